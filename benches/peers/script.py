#!/usr/bin/env python3
"""What somebody would write in an afternoon: reads a duty mailbox over IMAP, each workbook's first sheet, into SQLite.

    script.py PORT CA_FILE DATABASE USER...

One connection at a time, one message after another, each committed before the next. It reads and keeps; it decides nothing,
answers nobody and moves nothing.
"""
import email
import email.policy
import imaplib
import io
import sqlite3
import ssl
import sys

import openpyxl

port, ca_file, path, *users = sys.argv[1:]
db = sqlite3.connect(path)
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, mailbox TEXT, uid TEXT, raw BLOB)")
db.execute("CREATE TABLE field (message INTEGER, label TEXT, value TEXT)")
context = ssl.create_default_context(cafile=ca_file)
done = 0
for user in users:
    imap = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=context)
    imap.login(user, "secret")
    imap.select("INBOX", readonly=True)
    _, (uids,) = imap.uid("search", "ALL")
    for uid in uids.split():
        _, fetched = imap.uid("fetch", uid, "(BODY.PEEK[])")
        raw = fetched[0][1]
        row = db.execute("INSERT INTO message (mailbox, uid, raw) VALUES (?, ?, ?)", (user, uid.decode(), raw))
        for part in email.message_from_bytes(raw, policy=email.policy.default).iter_attachments():
            if (part.get_filename() or "").lower().endswith(".xlsx"):
                book = openpyxl.load_workbook(io.BytesIO(part.get_content()), read_only=True, data_only=True)
                for cells in book.worksheets[0].iter_rows(values_only=True):
                    told = [str(cell) for cell in cells if cell is not None]
                    if told:
                        db.execute("INSERT INTO field VALUES (?, ?, ?)", (row.lastrowid, told[0], " | ".join(told[1:])))
        db.commit()
        done += 1
    imap.logout()
print(done)
