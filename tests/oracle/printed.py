"""Random forms as PDF, drawn by reportlab in ways that no test of ours has: is any value read that the form does not hold?

    printed.py [--seed N] [--count N] [--program PATH] [--keep FOLDER]

What is not read is counted (a page says only where ink goes, and half an answer is worse than none); what is read wrong is
shown, and the exit code is 1. Needs reportlab, so `tests/run` does not call it.
"""

import argparse
import collections
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
LABELS = {
    "child_name": ["Child's name", "Name of child/young person", "Full name of child", "Name of young person", "Child's full name"],
    "date_of_birth": ["Date of birth", "DOB", "Child's date of birth", "D.O.B."],
    "lcs_number": ["LCS number", "Liquidlogic number", "LCS ID"],
    "nhs_number": ["NHS number", "NHS No"],
    "address": ["Home address", "Address", "Current address", "Home address including postcode"],
    "education": ["School/college", "Present education placement", "School", "Name of school"],
    "gp": ["GP name and address", "GP details", "GP surgery"],
    "ethnicity": ["Ethnicity", "Ethnic origin"],
    "lead_professional": ["Name of lead professional"],
    "assessment_date": ["Date of assessment", "Date of risk assessment"],
    "risk_rating": ["Current risk rating", "Current CE risk rating"],
    "placement": ["Present care / home placement", "Placement address", "Living situation"],
}
OTHERS = ["Gender", "First language", "Religion", "Name of parent / carer", "Siblings", "School nurse", "Preferred name", "Height", "Interests"]
FIRST = "Nia Saint Amara-Jane Tobias Élodie Priya Mohammed Callum Wren Siobhan Lee Anastasia-Marie Kit".split()
LAST = "Hartley Okonkwo-Bright Ashdown O'Neil Featherstonehaugh Patel Vance St Clair Brook Winterbourne-Hale".split()
STREETS = ["Upper Station Road", "The Old Maltings", "Saint Mary's Close", "Beech Avenue", "King George's Crescent", "Mill Lane", "Long Row"]
TOWNS = ["Woking", "Guildford", "St Helens", "Newton-le-Willows", "Walton-on-Thames", "Epsom"]
WORDS = ("they were seen again with an older group near the station after school and did not say where the money came from "
         "mother reports new phones and trainers which nobody has explained the school is worried about attendance").split()
FONTS = [("Helvetica", "Helvetica-Bold"), ("Times-Roman", "Times-Bold"), ("Helvetica", "Helvetica"), ("Courier", "Courier-Bold")]
DATES = ["{d:02}/{m:02}/{y}", "{d}.{m}.{y}", "{d} {n} {y}", "{d:02}-{m:02}-{y}"]
MONTHS = "January February March April May June July August September October November December".split()


def nhs(rng):
    while True:
        digits = "999" + "".join(rng.choice("0123456789") for _ in range(6))
        check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11
        if check != 10:
            return digits + str(check % 11)


def date(rng, years):
    y, m, d = rng.choice(years), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(DATES).format(y=y, m=m, d=d, n=MONTHS[m - 1]), f"{y}-{m:02}-{d:02}"


def person(rng):
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def place(rng):
    flat = rng.choice(["", "", f"Flat {rng.randint(1, 9)}, The Old Maltings, "])
    return f"{flat}{rng.randint(1, 99)} {rng.choice(STREETS)}, {rng.choice(TOWNS)}, {rng.choice(['RH1 4QT', 'WA10 2ZZ', 'GU21 5AB'])}"


def answers(rng):
    """What the form holds: field, label, what is printed, what must be read."""
    born, born_is = date(rng, [2009, 2010, 2011, 2012])
    seen, seen_is = date(rng, [2026])
    number = nhs(rng)
    rating = rng.choice(["Minimal", "Emerging", "Significant", "Experiencing"])
    texts = {
        "child_name": (person(rng),) * 2, "date_of_birth": (born, born_is), "assessment_date": (seen, seen_is),
        "lcs_number": (f"LCS-{rng.randint(1000, 99999)}",) * 2,
        "nhs_number": (f"{number[:3]} {number[3:6]} {number[6:]}", number), "address": (place(rng),) * 2,
        "education": (f"{rng.choice(TOWNS)} {rng.choice(['High School', 'Academy', 'College of Further Education'])}",) * 2,
        "gp": (f"Dr {rng.choice(LAST)}, {rng.choice(STREETS)} Surgery, {rng.choice(TOWNS)}",) * 2,
        "ethnicity": (rng.choice(["White British", "Black or Black British - African", "Mixed - White and Asian"]),) * 2,
        "lead_professional": (person(rng),) * 2, "risk_rating": (rating, rating.lower()), "placement": (place(rng),) * 2,
    }
    fields = list(texts)
    optional = [f for f in fields if f not in ("child_name", "date_of_birth", "risk_rating", "assessment_date", "lead_professional")]
    dropped = set(rng.sample(optional, rng.randint(0, 4)))
    out = [(f, rng.choice(LABELS[f]), *texts[f]) for f in fields if f not in dropped]
    for label in rng.sample(OTHERS, rng.randint(0, 4)):
        out.append((None, label, rng.choice([person(rng), place(rng), "Yes", " ".join(rng.sample(WORDS, 14)).capitalize(), ""]), None))
    rng.shuffle(out)
    out.sort(key=lambda row: row[0] not in ("child_name",))
    return [(f, label, "" if f in optional and rng.random() < 0.08 else text, value) for f, label, text, value in out]


def split(text, font, size, width):
    """Lines as a word processor breaks them; a word that is too long is cut."""
    lines = []
    for line in simpleSplit(text, font, size, width) if text else [""]:
        while stringWidth(line, font, size) > width:
            keep = next(n for n in range(len(line) - 1, 0, -1) if stringWidth(line[:n], font, size) <= width or n == 1)
            lines.append(line[:keep])
            line = line[keep:]
        lines.append(line)
    return lines


class Sheet:
    """A page after the other, written from the top down."""

    def __init__(self, path, rng):
        self.rng, self.canvas = rng, Canvas(str(path), pagesize=A4)
        self.left, self.size = rng.choice([36, 50, 72]), rng.choice([9, 10, 11, 12])
        self.right = WIDTH - self.left
        self.font, self.bold = rng.choice(FONTS)
        self.lead = self.size * rng.choice([1.15, 1.2, 1.35])
        self.colon = rng.choice(["", ":"])
        self.y = HEIGHT - 60

    def text(self, x, y, text, font=None, size=None):
        self.canvas.setFont(font or self.font, size or self.size)
        self.canvas.drawString(x, y, text)

    def room(self, height):
        if self.y - height < 50:
            self.canvas.showPage()
            self.y = HEIGHT - 60

    def title(self):
        self.text(self.left, self.y, "Exploited and Missing Child Risk Assessment Tool (RAT)", self.bold, self.size + 3)
        self.y -= self.size * 3

    def block(self, x, top, lines, font=None):
        for number, line in enumerate(lines):
            self.text(x, top - number * self.lead, line, font)
        return len(lines) * self.lead


def lines(sheet, rows):
    """"Label: answer", which goes on under the label."""
    gap = sheet.rng.choice([0.2, 0.6, 1.2]) * sheet.lead
    for _, label, text, _ in rows:
        start = sheet.left + stringWidth(label + ": ", sheet.bold, sheet.size)
        first, rest = [], text.split()
        while rest and start + stringWidth(" ".join([*first, rest[0]]), sheet.font, sheet.size) <= sheet.right:
            first.append(rest.pop(0))
        more = split(" ".join(rest), sheet.font, sheet.size, sheet.right - sheet.left) if rest else []
        sheet.room((1 + len(more)) * sheet.lead)
        sheet.text(sheet.left, sheet.y, label + ":", sheet.bold)
        sheet.text(start, sheet.y, " ".join(first))
        sheet.block(sheet.left, sheet.y - sheet.lead, more)
        sheet.y -= (1 + len(more)) * sheet.lead + gap


def above(sheet, rows):
    """The label, and under it the answer."""
    gap = sheet.rng.choice([0.5, 1.0]) * sheet.lead
    for _, label, text, _ in rows:
        words = split(text, sheet.font, sheet.size, sheet.right - sheet.left)
        sheet.room((1 + len(words)) * sheet.lead)
        sheet.text(sheet.left, sheet.y, label + sheet.rng.choice(["", ":"]), sheet.bold)
        sheet.y -= sheet.lead + sheet.block(sheet.left, sheet.y - sheet.lead, words) + gap


def table(sheet, rows, rules, pairs=1, align=None):
    """Columns; with all rules, level ones or none; one or two pairs of label and answer a row; cells set to top, middle or foot."""
    rng = sheet.rng
    align = align or [rng.choice(["top", "middle", "foot"]) for _ in range(2)]
    total = (sheet.right - sheet.left) / pairs
    narrow = total * rng.choice([0.2, 0.3, 0.45])
    pad, air = rng.choice([2, 4, 6]), rng.choice([2, 4, 8])
    rows = list(rows)
    while rows:
        group, rows = rows[:pairs], rows[pairs:]
        cells = []
        for at, (_, label, text, _) in enumerate(group):
            x = sheet.left + at * total
            cells.append((x, narrow, split(label + sheet.colon, sheet.bold, sheet.size, narrow - 2 * pad), sheet.bold, align[0]))
            cells.append((x + narrow, total - narrow, split(text, sheet.font, sheet.size, total - narrow - 2 * pad), sheet.font, align[1]))
        height = max(len(words) for _, _, words, _, _ in cells) * sheet.lead + 2 * air
        sheet.room(height)
        for x, width, words, font, set_to in cells:
            used = len(words) * sheet.lead
            down = {"top": air, "middle": (height - used) / 2, "foot": height - used - air}[set_to]
            sheet.block(x + pad, sheet.y - down - sheet.size * 0.8, words, font)
            if rules == "all":
                sheet.canvas.rect(x, sheet.y - height, width, height)
        if rules == "level":
            sheet.canvas.line(sheet.left, sheet.y, sheet.right, sheet.y)
            sheet.canvas.line(sheet.left, sheet.y - height, sheet.right, sheet.y - height)
        sheet.y -= height


def drawn(sheet, rows):
    """A line to write on behind each label."""
    for _, label, text, _ in rows:
        start = sheet.left + stringWidth(label + ": ", sheet.font, sheet.size)
        words = split(text, sheet.font, sheet.size, sheet.right - start)
        sheet.room((len(words) + 1) * sheet.lead)
        sheet.text(sheet.left, sheet.y, label + ":")
        sheet.block(start, sheet.y, words)
        for number in range(len(words)):
            sheet.canvas.line(start, sheet.y - number * sheet.lead - 2, sheet.right, sheet.y - number * sheet.lead - 2)
        sheet.y -= (len(words) + 0.6) * sheet.lead


LAYOUTS = {
    "lines": lines,
    "above": above,
    "drawn": drawn,
    "ruled": lambda sheet, rows: table(sheet, rows, "all"),
    "ruled pairs": lambda sheet, rows: table(sheet, rows, "all", 2),
    "level rules": lambda sheet, rows: table(sheet, rows, "level"),
    "columns": lambda sheet, rows: table(sheet, rows, None, align=["top", "top"]),
    "columns set anyhow": lambda sheet, rows: table(sheet, rows, None),
    "side by side": lambda sheet, rows: table(sheet, rows, None, 2),
}


def same(read, printed):
    def plain(value):
        return "".join(str(value).lower().split())
    return plain(read) == plain(printed)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=100)
    arguments.add_argument("--program", default="target/debug/dutyclerk")
    arguments.add_argument("--keep")
    asked = arguments.parse_args()
    folder = Path(asked.keep or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    rng, forms = random.Random(asked.seed), {}
    for number in range(asked.count):
        layout, path = rng.choice(list(LAYOUTS)), folder / f"{number:05}.pdf"
        rows, sheet = answers(rng), Sheet(path, rng)
        sheet.title()
        LAYOUTS[layout](sheet, rows)
        sheet.canvas.save()
        forms[path.name] = (layout, rows)
    command = [asked.program, "read", "--json", *[str(folder / name) for name in forms]]
    found, wrong, all_values = collections.Counter(), 0, collections.Counter()
    for line in subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True).stdout.splitlines():
        reading = json.loads(line)
        layout, rows = forms[Path(reading["file"]).name]
        expected = {field: value for field, _, text, value in rows if field and text}
        read = {field: entry["value"] for field, entry in reading["fields"].items()}
        all_values[layout] += len(expected)
        for field, value in read.items():
            if field in LABELS and not same(value, expected.get(field, "")):
                wrong += 1
                print(f"WRONG {reading['file']} ({layout}) {field}: {value!r}, printed {expected.get(field)!r}")
            elif field in expected:
                found[layout] += 1
    for layout, count in sorted(all_values.items()):
        print(f"{layout:20} {found[layout]:5} of {count:5} ({100 * found[layout] / count:.0f} %)")
    print(f"{wrong} wrong in {asked.count} files, seed {asked.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
