#!/usr/bin/env python3
"""The documents that make.py wrote, saved by LibreOffice in other formats: python3 tests/corpus/forms/convert.py

Needs `soffice`. One run for each format over all files; what must be read is what must be read in the original, without
the places. A PDF is read only where that is certain, so its values may be missing but never wrong (`partly`). LibreOffice
writes its own dates into the files, so they are only made again when make.py changed a document.
"""
import json
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FORMATS = {".docx": ("odt", "pdf"), ".xlsx": ("ods", "xls")}


def plain(value):
    """A value without the place it stood at."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str) and ("!" in value[1] or value[1].lstrip("p").isdigit()):
        return value[0]
    return value


def expected(original, partly):
    readings = json.loads(original.with_name(original.name + ".json").read_text())
    for reading in readings:
        reading["fields"] = {field: plain(value) for field, value in reading["fields"].items()}
        if partly:
            reading["partly"] = True
    return json.dumps(readings, indent=1, ensure_ascii=False) + "\n"


def main():
    for suffix, formats in FORMATS.items():
        originals = sorted(path for path in HERE.glob("*" + suffix) if "libreoffice" not in path.stem)
        for kind in formats:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind, "--outdir", folder / "out", *originals], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for original in originals:
                    target = HERE / f"{original.stem}.{kind}"
                    shutil.copyfile(folder / "out" / target.name, target)
                    target.with_name(target.name + ".json").write_text(expected(original, kind == "pdf"))


if __name__ == "__main__":
    main()
