#!/usr/bin/env python3
"""How fast mail leaves: the daemon's outbox against Postfix's own smtp-source, on the same Postfix in the same run.

    sudo benches/submission.py [--mails 1000] [--bytes 200000]

smtp-source sends that many mails of that size over one session without TLS, and writes nothing down. Then the daemon sends
as many over one session with STARTTLS, each looked over once more, with every state committed to the disk before and after
(claimed, at the dot, answered). The rate is from the first attempt's begin to the last one's end, by the store's own
times. Postfix throws the mail away once it has it.

Needs root (it starts private servers), Debian's dovecot-imapd and postfix, and `cargo build --release --bins --examples`.
"""
import argparse
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PANEL, FROM, TO = "surrey-rmm-ne", "rmm-ne@surrey.example", "somebody@surrey.example"
# Longer than sending may take; then the run has failed.
PATIENCE_SECONDS = 600
# Whoever is on this machine may send, so that smtp-source needs no login; and nothing is kept.
POSTFIX = """mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
virtual_transport = discard"""


def configuration(folder, server):
    """One panel, an empty mailbox, mail out to Postfix."""
    (folder / "maildir").mkdir()
    for part in ("cur", "new", "tmp"):
        (folder / "maildir" / part).mkdir()
    lines = [
        f'panels = ["{PANEL}"]',
        'emergency = "If a child is in immediate danger ring 999. This mailbox is not an emergency route."',
        'directory = "directory.csv"',
        "[store]", 'state = "state"',
        "[send]", 'sink = "smtp"', "most_mails_an_hour = 1000000",
        "[send.smtp]", 'host = "localhost"', f'port = {server["DUTYCLERK_TEST_SMTP"]}',
        f'ca_file = "{server["DUTYCLERK_TEST_CA"]}"', 'user = "duty@surrey.example"', 'password_file = "password"',
        "most_a_minute = 6000",
        "[[mailbox]]", f'id = "{PANEL}"', f'address = "{FROM}"', 'authserv_id = "mx.surrey.example"',
        'source = "maildir"', 'path = "maildir"',
    ]
    domains = (ROOT / "config/dutyclerk.toml").read_text().partition("# Domains that may have papers")[2]
    (folder / "dutyclerk.toml").write_text("\n".join(lines) + "\n#" + domains)
    (folder / "password").write_text("secret\n")


def by_smtp_source(server, asked):
    """Mails a second."""
    program = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    begun = time.monotonic()
    subprocess.run(
        [program, "-d", "-s", "1", "-m", str(asked.mails), "-l", str(asked.bytes), "-f", FROM, "-t", TO,
         f'127.0.0.1:{server["DUTYCLERK_TEST_SMTP_PLAIN"]}'], check=True)
    return asked.mails / (time.monotonic() - begun)


def by_the_daemon(do, database, mails):
    """Mails a second."""
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with open(database.parent / "log", "wb") as log:
        daemon = subprocess.Popen([*do, "run"], stderr=log)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while store.execute("SELECT COUNT(*) FROM outbox WHERE state = 'settled'").fetchone()[0] < mails:
            if daemon.poll() is not None or time.monotonic() > until:
                raise SystemExit((database.parent / "log").read_text()[-3000:])
            time.sleep(0.1)
    finally:
        daemon.terminate()
        daemon.wait(90)
    accepted = store.execute("SELECT COUNT(*) FROM outbox_recipients WHERE state = 'accepted'").fetchone()[0]
    first, last = store.execute("SELECT MIN(began_at), MAX(ended_at) FROM attempts").fetchone()
    if accepted < mails:
        raise SystemExit(f"only {accepted} were accepted")
    return mails / ((last - first) / 1_000_000)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--mails", type=int, default=1000)
    arguments.add_argument("--bytes", type=int, default=200_000)
    arguments.add_argument("--program", default=ROOT / "target/release/dutyclerk")
    arguments.add_argument("--mail-writer", default=ROOT / "target/release/examples/queued_mail")
    asked = arguments.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="submission", dir="/var/tmp"))
    work.chmod(0o755)
    started = []
    try:
        server = {}
        for name in ("dovecot", "postfix"):
            told = subprocess.run(
                [ROOT / f"tests/servers/{name}.sh", "start", work], check=True, capture_output=True, text=True,
                env={**os.environ, "POSTFIX_EXTRA": POSTFIX})
            started.append(name)
            server.update(line.split("=", 1) for line in told.stdout.split())
        folder = work / "config"
        folder.mkdir()
        configuration(folder, server)
        (folder / "directory.csv").write_text(
            "name,email,aliases,role,agency,authority,panels,area,ods_code,postcode,secure,deputy,valid_until\n"
            f"Some Body,{TO},,Admin,Surrey County Council,Surrey,{PANEL},,,,,,\n"
            f"Any Body,chair@surrey.example,,Chair,Surrey County Council,Surrey,{PANEL},,,,,,\n")
        do = [asked.program, "--config", folder]
        for verb in (["key", "new"], ["directory", "import", folder / "directory.csv"]):
            subprocess.run([*do, *verb], check=True, stdout=subprocess.DEVNULL)
        database = folder / "state/dutyclerk.db"
        key = next(file for file in (folder / "state").iterdir() if "key" in file.name)
        subprocess.run(
            [asked.mail_writer, database, key, PANEL, str(asked.mails), str(asked.bytes), FROM, TO], check=True)
        theirs = by_smtp_source(server, asked)
        ours = by_the_daemon(do, database, asked.mails)
        print(f"{asked.mails} mails of {asked.bytes} bytes: smtp-source {theirs:.0f}/s, the daemon {ours:.0f}/s, {ours / theirs:.2f} of it")
    finally:
        for name in reversed(started):
            subprocess.run([ROOT / f"tests/servers/{name}.sh", "stop", work], check=False)
        shutil.rmtree(work, ignore_errors=True)


main()
