#!/usr/bin/env python3
"""The daemon as it runs, on a real Dovecot and a real Postfix: its memory at rest, and how long a sender waits for an answer.

    sudo benches/daemon.py [--mails 50] [--bytes 100000] [--rest 60]

Two mailboxes over IMAP with TLS (IDLE), answers over SMTP with STARTTLS. At rest: resident memory (proc(5), VmRSS) of the daemon
after so many seconds without mail, and of its child processes; and how long its quiet turns take, by its own log. Then one mail after another is delivered into a mailbox, the
next when the last is answered: from the moment the mail stands in its Maildir until Postfix has accepted the
acknowledgement and put it into the sender's mailbox.

Needs root (it starts private servers), Debian's dovecot-imapd and postfix, and `cargo build --release --bins --examples`.
"""
import argparse
import csv
import email
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAILBOXES = ["surrey-rmm-ne", "surrey-rmm-nw"]
# Longer than any answer may take; then the run has failed.
PATIENCE_SECONDS = 60


def configuration(folder, server):
    """Two mailboxes, mail out to Postfix; who may have papers as in the shipped sample."""
    ca, password = server["DUTYCLERK_TEST_CA"], 'password_file = "password"'
    lines = [
        f"panels = {MAILBOXES}".replace("'", '"'),
        'emergency = "If a child is in immediate danger ring 999. This mailbox is not an emergency route."',
        'directory = "directory.csv"',
        "[store]", 'state = "state"',
        "[send]", 'sink = "smtp"', "most_answers_a_sender_and_day = 10000",
        "[send.smtp]", 'host = "localhost"', f'port = {server["DUTYCLERK_TEST_SMTP"]}', f'ca_file = "{ca}"',
        'user = "duty@surrey.example"', password, "most_a_minute = 6000",
    ]
    for mailbox in MAILBOXES:
        lines += [
            "[[mailbox]]", f'id = "{mailbox}"', f'address = "{mailbox.replace("surrey-", "")}@surrey.example"',
            'authserv_id = "mx.surrey.example"', 'source = "imap"',
            f'imap = {{ host = "localhost", port = {server["DUTYCLERK_TEST_IMAPS"]}, user = "{mailbox}", {password}, ca_file = "{ca}", sweep_seconds = 5 }}',
        ]
    domains = (ROOT / "config/dutyclerk.toml").read_text().partition("# Domains that may have papers")[2]
    (folder / "dutyclerk.toml").write_text("\n".join(lines) + "\n#" + domains)
    (folder / "password").write_text("secret\n")


def directory(shipped, own):
    """The invented people, without those of panels that have no mailbox here."""
    with open(shipped, newline="") as old, open(own, "w", newline="") as new:
        rows = csv.DictReader(old)
        writer = csv.DictWriter(new, rows.fieldnames)
        writer.writeheader()
        for row in rows:
            panels = [panel for panel in row["panels"].split(";") if panel in MAILBOXES]
            if row["authority"] == "st-helens" or (row["panels"] and not panels):
                continue
            areas = [area for area in row["area"].split(";") if area.startswith("North")]
            writer.writerow({**row, "panels": ";".join(panels), "area": ";".join(areas)})


def megabytes(pid):
    """Resident memory of a process, and the part of it that is no file's."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    figures = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss") or line.startswith("VmRSS")}
    return int(figures["VmRSS"]) / 1024, int(figures["RssAnon"]) / 1024


def children(pid):
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def quiet_turns(log):
    """How long turns took in which nothing came, was due or went, and how much of it was asking the mail servers and
    writing down that they were asked; in milliseconds, by the daemon's debug log."""
    quiet = re.compile(r"a turn is over received=0 decided=0 drawn_up=0 sent=0 took_us=(\d+) sweeps_us=(\d+)")
    return [(int(took) / 1000, int(sweeps) / 1000) for took, sweeps in quiet.findall(log.read_text())]


def answered(folder, seen, message_id):
    """Whether an answer to this message has come into the folder; `seen` are the files that were looked at."""
    for file in folder.glob("new/*") if folder.exists() else []:
        if file.name not in seen:
            seen.add(file.name)
            if email.message_from_bytes(file.read_bytes())["In-Reply-To"] == message_id:
                return True
    return False


def wait_for(what, holds, daemon):
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if daemon.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"{what} did not happen; the daemon {'has ended' if daemon.poll() is not None else 'runs'}")
        time.sleep(0.005)


def answers(mails, maildirs, daemon):
    """Seconds from delivery to answer, one mail after another."""
    took, seen = [], set()
    for number, file in enumerate(mails):
        message = email.message_from_bytes(file.read_bytes())
        sender = maildirs / email.utils.parseaddr(message["From"])[1]
        inbox = maildirs / file.parent.parent.name
        unseen = inbox / "tmp" / f"{number}.bench"
        shutil.copy(file, unseen)
        shutil.chown(unseen, "vmailtest")
        begun = time.monotonic()
        unseen.rename(inbox / "new" / f"{int(time.time())}.{number}.bench")
        wait_for(f"an answer to {file.name}", lambda: answered(sender, seen, message["Message-ID"]), daemon)
        took.append(time.monotonic() - begun)
    return sorted(took)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--mails", type=int, default=50)
    arguments.add_argument("--bytes", type=int, default=100_000)
    arguments.add_argument("--rest", type=int, default=60, help="seconds without mail before memory is looked at")
    arguments.add_argument("--program", default=ROOT / "target/release/dutyclerk")
    arguments.add_argument("--mail-writer", default=ROOT / "target/release/examples/invented_mail")
    asked = arguments.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="daemon", dir="/var/tmp"))
    work.chmod(0o755)
    started, daemon = [], None
    try:
        server = {}
        for name in ("dovecot", "postfix"):
            told = subprocess.run([ROOT / f"tests/servers/{name}.sh", "start", work], check=True, capture_output=True, text=True)
            started.append(name)
            server.update(line.split("=", 1) for line in told.stdout.split())
        maildirs = pathlib.Path(server["DUTYCLERK_TEST_MAIL"])
        for mailbox in MAILBOXES:
            for part in ("cur", "new", "tmp"):
                (maildirs / mailbox / part).mkdir(parents=True)
            subprocess.run(["chown", "-R", "vmailtest", maildirs / mailbox], check=True)
        folder = work / "config"
        folder.mkdir()
        configuration(folder, server)
        subprocess.run([asked.mail_writer, work / "bulk", str(asked.mails * 5), str(asked.bytes)], check=True)
        mails = sorted(file for mailbox in MAILBOXES for file in (work / "bulk/mail" / mailbox / "new").iterdir())
        mails = sorted(mails, key=lambda file: file.name)[: asked.mails]
        subprocess.run([asked.mail_writer, work / "few"], check=True)
        directory(work / "few/directory.csv", folder / "directory.csv")
        do = [asked.program, "--config", folder]
        for verb in (["key", "new"], ["directory", "import", folder / "directory.csv"]):
            subprocess.run([*do, *verb], check=True, stdout=subprocess.DEVNULL)
        with open(work / "log", "wb") as log:
            daemon = subprocess.Popen(
                [*do, "run"], stderr=log, env={**os.environ, "DUTYCLERK_LOG": "info,dutyclerk::daemon=debug", "NO_COLOR": "1"})
        time.sleep(asked.rest)
        resident, anonymous = megabytes(daemon.pid)
        print(f"at rest for {asked.rest} s with {len(MAILBOXES)} mailboxes: {resident:.1f} MB resident, {anonymous:.1f} MB of it not a file's; "
              f"children: {[round(megabytes(child)[0], 1) for child in children(daemon.pid)] or 'none'}")
        turns = quiet_turns(work / "log")
        whole, rest = sorted(took for took, _ in turns), sorted(took - sweeps for took, sweeps in turns)
        print(f"{len(turns)} quiet turns: median {statistics.median(whole):.2f} ms, {whole[0]:.2f} to {whole[-1]:.2f} ms; "
              f"without the sweeps {statistics.median(rest):.2f} ms, {rest[0]:.2f} to {rest[-1]:.2f} ms")
        took = answers(mails, maildirs, daemon)
        print(f"delivered to answered, {len(took)} mails of {asked.bytes} bytes one after another: median {statistics.median(took):.2f} s, "
              f"19 of 20 within {took[len(took) * 19 // 20]:.2f} s, {took[0]:.2f} to {took[-1]:.2f} s")
        resident, _ = megabytes(daemon.pid)
        print(f"after them: {resident:.1f} MB resident; children: {[round(megabytes(child)[0], 1) for child in children(daemon.pid)] or 'none'}")
    except SystemExit:
        sys.stderr.write((work / "log").read_text()[-3000:])
        raise
    finally:
        if daemon is not None and daemon.poll() is None:
            daemon.terminate()
            daemon.wait(30)
        for name in reversed(started):
            subprocess.run([ROOT / f"tests/servers/{name}.sh", "stop", work], check=False)
        shutil.rmtree(work, ignore_errors=True)


main()
