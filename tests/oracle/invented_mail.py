#!/usr/bin/env python3
"""Opens the demo's mail with other people's readers: Python's own for the mails, openpyxl and python-docx for the documents.

    invented_mail.py DIR    where `cargo run --example invented_mail -- DIR` wrote
"""

import csv
import email
import email.policy
import io
import pathlib
import sys

import docx
import openpyxl

LABELS = ("lcs number",)
# Planted to be unreadable, here or anywhere: by how many of each there are.
BROKEN = {"truncated .docx": 1, "locked .xlsx": 1, ".xls": 1, ".ods": 1}


def words_of_sheet(data):
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=False)
    return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None)


def words_of_document(data):
    """All text, content controls included, which python-docx's own paragraphs leave out."""
    body = docx.Document(io.BytesIO(data)).element.body
    return " ".join(node.text or "" for node in body.iter() if node.tag.endswith("}t"))


def attached(message):
    for part in message.walk():
        name = part.get_filename()
        if name and part.get_content_type() != "image/png":
            yield name, part.get_content()


def main(folder):
    wrong, broken, read = [], dict.fromkeys(BROKEN, 0), 0
    files = sorted(path for path in folder.glob("mail/*/*/*") if path.is_file())
    for path in files:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        defects = [d for part in message.walk() for d in part.defects]
        if defects or not message["message-id"] or not message.get_all("received"):
            wrong.append(f"{path}: not a sound mail: {defects}")
        for name, data in attached(message):
            suffix = pathlib.PurePath(name).suffix
            if suffix in (".xls", ".ods"):
                broken[suffix] += 1
                continue
            if not data.startswith(b"PK"):
                broken["locked .xlsx"] += 1
                continue
            try:
                text = words_of_sheet(data) if suffix == ".xlsx" else words_of_document(data)
            except Exception as error:  # noqa: BLE001: whatever the reader says, the document is not readable
                if suffix == ".docx" and "zip" in str(error).lower():
                    broken["truncated .docx"] += 1
                else:
                    wrong.append(f"{path}: {name}: {error}")
                continue
            read += 1
            wrong += [f"{path}: {name}: no {label}" for label in LABELS if label not in text.lower()]
    if broken != BROKEN:
        wrong.append(f"unreadable documents are {broken}, planted were {BROKEN}")
    with open(folder / "directory.csv", encoding="utf-8", newline="") as rows:
        directory = list(csv.DictReader(rows))
    wrong += [f"directory: no address: {row}" for row in directory if "@" not in row["email"] or None in row]
    if len(files) < 50 or read < 40:
        wrong.append(f"only {len(files)} mails and {read} readable documents")
    print("\n".join(wrong) or f"invented mail: {len(files)} mails, {read} readable documents, {len(directory)} directory rows")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say where the mail is: invented_mail.py DIR")
    sys.exit(main(pathlib.Path(sys.argv[1])))
