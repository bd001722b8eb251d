#!/usr/bin/env python3
"""Mail in, read, decided and durably committed: dutyclerk beside an honest script and beside mbsync, which copies only.

    sudo benches/peers/run.py [--count 2000] [--bytes 172000] [--only dutyclerk,script,mbsync] [--postgres URL]

Needs root (it starts a private Dovecot), Debian's dovecot-imapd and isync, Python's openpyxl, and
`cargo build --release --bins --examples`. Every peer gets the same messages anew, over TLS, on the same server in the same
run; the figures are worth comparing as ratios only. Sending is paused, so that nothing but the way in is measured.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MAILBOXES = ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"]


def timed(command, **more):
    """Seconds, and the most memory of the process or one it waited for, in MB."""
    begun = time.monotonic()
    # Into a file: a pipe that nobody reads meanwhile would hold up whoever writes a log.
    err = tempfile.TemporaryFile()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, **more)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    if status != 0:
        err.seek(0)
        told = err.read()
        sys.exit(f"{command[0]} failed:\n{out.decode()}\n{told.decode()[-3000:]}")
    return seconds, usage.ru_maxrss / 1024, out.decode()


def deliver(written, dovecot_mail, user_of):
    """The same files into each user's inbox, arrived just now."""
    for mailbox in MAILBOXES:
        home = dovecot_mail / user_of(mailbox)
        for part in ("cur", "new", "tmp"):
            (home / part).mkdir(parents=True)
        for file in sorted((written / "mail" / mailbox / "new").iterdir()):
            shutil.copy(file, home / "new" / file.name)
        subprocess.run(["chown", "-R", "vmailtest", home], check=True)
    os.sync()


def dutyclerk(work, server, user_of, program, url):
    folder = work / "config"
    folder.mkdir()
    text = (ROOT / "config/dutyclerk.toml").read_text()
    for mailbox in MAILBOXES:
        imap = (
            f'source = "imap"\nimap = {{ host = "localhost", port = {server["DUTYCLERK_TEST_IMAPS"]}, '
            f'user = "{user_of(mailbox)}", password_file = "password", ca_file = "{server["DUTYCLERK_TEST_CA"]}" }}'
        )
        text = text.replace(f'source = "maildir"\npath = "../mail/{mailbox}"', imap)
    text = text.replace("enabled = true", "enabled = false").replace('# authserv_id = "mx.', 'authserv_id = "mx.')
    if url:
        before, rest = url.split("://")
        user, rest = rest.split(":", 1)
        password, host = rest.split("@")
        (folder / "database-password").write_text(password)
        text = text.replace(
            "[store]\n",
            f'[store]\ndatabase_url = "{before}://{user}@{host}"\ndatabase_password_file = "database-password"\n',
        )
    (folder / "dutyclerk.toml").write_text(text)
    (folder / "password").write_text("secret\n")
    shutil.copy(work / "directory.csv", folder / "directory.csv")
    do = [program, "--config", folder]
    subprocess.run([*do, "key", "new"], check=True, capture_output=True)
    subprocess.run([*do, "directory", "import", folder / "directory.csv"], check=True, capture_output=True)
    seconds, memory, _ = timed([*do, "run", "--once"])
    status = subprocess.run([*do, "status"], check=True, capture_output=True, text=True).stdout
    return seconds, memory, status


def script(work, server, user_of, python):
    users = [user_of(mailbox) for mailbox in MAILBOXES]
    ports = [server["DUTYCLERK_TEST_IMAPS"], server["DUTYCLERK_TEST_CA"]]
    return timed([python, HERE / "script.py", *ports, work / "script.db", *users])


def mbsync(work, server, user_of):
    lines = []
    for mailbox in MAILBOXES:
        (work / "copied" / mailbox).mkdir(parents=True)
        lines += [
            f"IMAPAccount {mailbox}", "Host localhost", f"Port {server['DUTYCLERK_TEST_IMAPS']}",
            f"User {user_of(mailbox)}", "Pass secret", "SSLType IMAPS",
            f"CertificateFile {server['DUTYCLERK_TEST_CA']}", "",
            f"IMAPStore {mailbox}-far", f"Account {mailbox}", "",
            f"MaildirStore {mailbox}-near", f"Path {work}/copied/{mailbox}/", f"Inbox {work}/copied/{mailbox}/INBOX", "",
            f"Channel {mailbox}", f"Far :{mailbox}-far:", f"Near :{mailbox}-near:", "Patterns INBOX", "Create Near",
            "Sync Pull", f"SyncState {work}/copied/{mailbox}/state", "",
        ]
    (work / "mbsyncrc").write_text("FSync yes\n\n" + "\n".join(lines))
    return timed(["mbsync", "-q", "-c", work / "mbsyncrc", "-a"])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--count", type=int, default=2000)
    arguments.add_argument("--bytes", type=int, default=172000)
    arguments.add_argument("--only", default="script,mbsync,dutyclerk")
    arguments.add_argument("--program", default=ROOT / "target/release/dutyclerk")
    arguments.add_argument("--mail-writer", default=ROOT / "target/release/examples/invented_mail")
    arguments.add_argument("--python", default=sys.executable)
    arguments.add_argument("--postgres", help="postgres://user:password@host:port/database, an empty one")
    asked = arguments.parse_args()
    # On a disk, not in memory: what is compared is durable.
    work = pathlib.Path(tempfile.mkdtemp(prefix="peers", dir="/var/tmp"))
    work.chmod(0o755)
    dovecot = [ROOT / "tests/servers/dovecot.sh"]
    try:
        subprocess.run([asked.mail_writer, work], check=True)
        subprocess.run([asked.mail_writer, work / "bulk", str(asked.count), str(asked.bytes)], check=True)
        started = subprocess.run([*dovecot, "start", work], check=True, capture_output=True, text=True).stdout
        server = dict(line.split("=", 1) for line in started.split())
        rates = {}
        for name in asked.only.split(","):
            def user_of(mailbox, name=name):
                return f"{name}-{mailbox}"
            deliver(work / "bulk", pathlib.Path(server["DUTYCLERK_TEST_MAIL"]), user_of)
            if name == "dutyclerk":
                seconds, memory, told = dutyclerk(work, server, user_of, asked.program, asked.postgres)
                (work / "status").write_text(told)
                print(told, file=sys.stderr)
            elif name == "script":
                seconds, memory, _ = script(work, server, user_of, asked.python)
            else:
                seconds, memory, _ = mbsync(work, server, user_of)
            rates[name] = asked.count / seconds
            print(f"{name:10} {asked.count:6} messages {seconds:8.1f} s {rates[name]:8.1f} a second {memory:7.0f} MB", flush=True)
        for other in ("script", "mbsync"):
            if "dutyclerk" in rates and other in rates:
                print(f"dutyclerk / {other}: {rates['dutyclerk'] / rates[other]:.2f}")
    finally:
        subprocess.run([*dovecot, "stop", work], check=False)
        shutil.rmtree(work, ignore_errors=True)


main()
