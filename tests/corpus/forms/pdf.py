#!/usr/bin/env python3
"""Writes the PDFs of this folder that no office program prints: forms with fields (AcroForm), and those that are refused.

    pip install reportlab pypdf openpyxl python-docx
    python3 tests/corpus/forms/pdf.py
"""
import io
import json

import pypdf
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject, NameObject, TextStringObject
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from kit import *

LEFT, RIGHT, MIDDLE, LINE = 50, 545, 210, 26


class Form:
    def __init__(self, title):
        self.out = io.BytesIO()
        self.c = canvas.Canvas(self.out, pagesize=A4, invariant=1)
        self.c.setFont("Helvetica-Bold", 14)
        self.c.drawString(LEFT, 790, title)
        self.c.setFont("Helvetica", 10)
        self.y = 750
        self.n = 0

    def name(self):
        self.n += 1
        return f"field{self.n}"

    def text(self, x, width, value, tooltip=None):
        self.c.acroForm.textfield(name=self.name(), tooltip=tooltip, value=value or "", x=x, y=self.y - 4, width=width, height=18, fontSize=10, borderWidth=0, forceBorder=False)

    def box(self, x, on):
        self.c.acroForm.checkbox(name=self.name(), checked=on, x=x, y=self.y - 2, size=12, buttonStyle="cross", borderWidth=1)

    def choice(self, x, options, value):
        self.c.acroForm.choice(name=self.name(), options=options, value=value, x=x, y=self.y - 4, width=150, height=18, fontSize=10)

    def line(self, label, fill):
        self.c.drawString(LEFT, self.y, label)
        fill(MIDDLE)
        self.y -= LINE

    def row(self, label, fill):
        """A row of a ruled table."""
        for x0, x1 in ((LEFT - 5, MIDDLE - 5), (MIDDLE - 5, RIGHT)):
            self.c.rect(x0, self.y - 8, x1 - x0, LINE)
        self.line(label, fill)

    def boxes(self, x, options, chosen):
        for text in options:
            self.box(x, text in chosen)
            self.c.drawString(x + 16, self.y, text)
            x += 24 + self.c.stringWidth(text)

    def done(self):
        self.c.save()
        return self.out.getvalue()


def write(name, data, *readings):
    (HERE / name).write_bytes(data)
    (HERE / (name + ".json")).write_text(json.dumps(list(readings), indent=1, ensure_ascii=False) + "\n")


RATINGS = ("Minimal", "Emerging", "Significant", "Experiencing")
FILLED = [("Child's name", "Ava Fields"), ("Date of birth", "06/07/2011"), ("LCS number", "60601"), ("NHS number", "999 000 0018"), ("Home address", "3 Field Close, Epsom"), ("Date of assessment", "09/11/2026"), ("Name of lead professional", "Kim Lead"),
          ("Contact number", "01632 960444")]
READ = dict(child_name="Ava Fields", date_of_birth="2011-07-06", lcs_number="60601", nhs_number="9990000018", address="3 Field Close, Epsom", assessment_date="2026-11-09", lead_professional="Kim Lead", contact_number="01632 960444")


def filled(form, put):
    for label, value in FILLED:
        put(label, lambda x, value=value: form.text(x, 300, value))


def with_fields():
    f = Form(RAT)
    filled(f, f.row)
    f.row("Current risk rating", lambda x: f.boxes(x, RATINGS, ("Significant",)))
    f.row("Key risk for the child", lambda x: f.boxes(x, ("Sexual", "Trafficking", "Criminal"), ("Sexual", "Criminal")))
    write("acro-table.pdf", f.done(), reading("surrey-rat", ["test_number:nhs_number"], risk_rating="significant", risk_types=["S", "C"], **READ))

    f = Form(RAT)
    filled(f, lambda label, fill: f.line(label + ":", fill))
    f.line("Current risk rating:", lambda x: f.choice(x, list(RATINGS), "Emerging"))
    f.line("Key risk for the child:", lambda x: f.boxes(x, ("Sexual", "Trafficking", "Criminal"), ("Trafficking",)))
    f.line("Manager:", lambda x: f.text(x, 300, ""))
    write("acro-lines.pdf", f.done(), reading("surrey-rat", ["test_number:nhs_number"], risk_rating="emerging", risk_types=["T"], **READ))

    f = Form("Child Exploitation (CE) Assessment")
    f.line("Type of assessment", lambda x: f.boxes(x, ("Initial", "Review", "Closure"), ("Review",)))
    for label, value in (("Name of child", "Ava Fields"), ("Date of birth", "06/07/2011"), ("Date of assessment", "09/11/2026"), ("Allocated social worker", "Kim Lead")):
        f.line(label, lambda x, value=value: f.text(x, 300, value))
    f.c.drawString(LEFT, f.y, "Outcome of assessment")
    f.y -= LINE
    for n, text in enumerate(OUTCOMES):
        f.box(LEFT, n == 2)
        f.c.drawString(LEFT + 18, f.y, text.split(" (")[0])
        f.y -= LINE
    write("acro-outcomes.pdf", f.done(), reading("st-helens-ce-assessment", child_name="Ava Fields", date_of_birth="2011-07-06", assessment_date="2026-11-09", lead_professional="Kim Lead", assessment_type="review", outcome="may-be-exploited"))

    # Two questions a line.
    f = Form(RAT)
    pairs = FILLED[:4] + FILLED[5:7]
    for (a, x), (b, y) in zip(pairs[::2], pairs[1::2]):
        f.c.drawString(LEFT, f.y, a)
        f.text(140, 130, x)
        f.c.drawString(290, f.y, b)
        f.text(430, 110, y)
        f.y -= LINE
    write("acro-two-a-line.pdf", f.done(), dict(reading("surrey-rat", **{k: READ[k] for k in ("child_name", "date_of_birth", "lcs_number", "nhs_number", "assessment_date", "lead_professional")}), partly=True))

    # Whose an address is, a heading between the fields says.
    f = Form(RAT)
    filled(f, f.line)
    f.c.drawString(LEFT, f.y, "Parent / carer details")
    f.y -= LINE
    for label, value in (("Mother's name", "Ann Fields"), ("DOB", "03/04/1985"), ("Address", "1 Other Street")):
        f.line(label, lambda x, value=value: f.text(x, 300, value))
    write("acro-parents.pdf", f.done(), dict(reading("surrey-rat", **READ), partly=True))

    # Labels above their fields.
    f = Form(RAT)
    for label, value in FILLED:
        f.c.drawString(LEFT, f.y, label)
        f.y -= 20
        f.text(LEFT, 300, value)
        f.y -= LINE
    write("acro-above.pdf", f.done(), dict(reading("surrey-rat", **READ), partly=True))

    # Boxes under their questions: what was said last time is not what is said now.
    f = Form(RAT)
    filled(f, f.line)
    for label, chosen in (("CURRENT CE risk rating", ()), ("PREVIOUS CE risk rating", ("Significant",))):
        f.c.drawString(LEFT, f.y, label)
        for text in RATINGS:
            f.y -= 15
            f.box(LEFT, text in chosen)
            f.c.drawString(LEFT + 18, f.y, text)
        f.y -= LINE
    # Boxes of which more than one may be ticked, and rows of fields under the heads of their columns.
    lists = Form(RAT)
    filled(lists, lists.line)
    lists.c.drawString(LEFT, lists.y, "Legal status")
    for text in ("CPP", "CPI", "LAC", "CIN"):
        lists.y -= 15
        lists.box(LEFT, text in ("CPP", "LAC"))
        lists.c.drawString(LEFT + 18, lists.y, text)
    lists.y -= LINE
    for row in (("Action", "By when", "Who"), ("See the school", "01/12/2026", "Kim Lead"), ("Write to mother", "04/12/2026", "Sam Case")):
        for x, text in zip((LEFT, 250, 400), row):
            if row[0] == "Action":
                lists.c.drawString(x, lists.y, text)
            else:
                lists.text(x, 140, text)
        lists.y -= 20
    actions = [dict(text="See the school", by="2026-12-01", who="Kim Lead", status=None), dict(text="Write to mother", by="2026-12-04", who="Sam Case", status=None)]
    write("acro-lists-under-question.pdf", lists.done(), dict(reading("surrey-rat", ["test_number:nhs_number"], legal_status=["CPP", "LAC"], actions=actions, **READ), partly=True))

    write("acro-previous-under-question.pdf", f.done(), dict(reading("surrey-rat", ["test_number:nhs_number"], previous_risk_rating="significant", **READ), partly=True))


def without():
    # Words on a page, no lines and no fields.
    f = Form(RAT)
    for label, value in FILLED:
        f.c.drawString(LEFT, f.y, label)
        f.c.drawString(MIDDLE, f.y, value)
        f.y -= LINE
    write("pdf-words-only.pdf", f.done(), dict(reading("surrey-rat", ["missing:risk_rating", "test_number:nhs_number"], **READ)))

    # Each answer behind the colon of its label; one goes on in the next line.
    f = Form(RAT)
    for label, value in FILLED[:4] + [("Home address", "Flat 3, The Old Maltings, 44 Upper Station Road, near the railway bridge and,"), (None, "by the library, Epsom")] + FILLED[5:]:
        f.c.drawString(LEFT, f.y, f"{label}: {value}" if label else value)
        f.y -= 14
    address = "Flat 3, The Old Maltings, 44 Upper Station Road, near the railway bridge and, by the library, Epsom"
    write("pdf-lines.pdf", f.done(), reading("surrey-rat", ["missing:risk_rating", "test_number:nhs_number"], **dict(READ, address=address)))

    # Columns without lines, set to the foot of their cells: a first line that stands over its answer leaves both out.
    f = Form(RAT)
    for label, value in FILLED:
        if label == "Home address":
            f.c.drawString(MIDDLE, f.y, "Flat 3, The Old Maltings,")
            f.y -= 14
            value = "Field Close, Epsom"
        f.c.drawString(LEFT, f.y, label)
        f.c.drawString(MIDDLE, f.y, value)
        f.y -= 20
    left_out = ("address", "nhs_number", "assessment_date")
    kept = {k: v for k, v in READ.items() if k not in left_out}
    write("pdf-columns-at-the-foot.pdf", f.done(), reading("surrey-rat", ["missing:assessment_date", "missing:risk_rating"], **kept))

    # Grey prompts and answers struck out, inside ruled cells.
    f = Form(RAT)
    def grey(x):
        f.c.setFillGray(0.5)
        f.c.drawString(x, f.y, "Surname, forename")
        f.c.setFillGray(0)
    def struck(x):
        f.c.drawString(x, f.y, "Old Worker")
        f.c.line(x, f.y + 3, x + 60, f.y + 3)
    f.row("Child's name", lambda x: f.c.drawString(x, f.y, "Ava Fields"))
    f.row("Date of birth", lambda x: f.c.drawString(x, f.y, "06/07/2011"))
    f.row("Date of assessment", lambda x: f.c.drawString(x, f.y, "09/11/2026"))
    f.row("Name of lead professional", struck)
    f.row("Manager", grey)
    f.row("Current risk rating", lambda x: f.c.drawString(x, f.y, "Emerging"))
    write("pdf-prompt-and-struck-out.pdf", f.done(), reading("surrey-rat", ["missing:lead_professional"], child_name="Ava Fields", date_of_birth="2011-07-06", assessment_date="2026-11-09", risk_rating="emerging"))

    out = io.BytesIO()
    c = canvas.Canvas(out, pagesize=A4, invariant=1)
    picture = io.BytesIO()
    from PIL import Image
    Image.new("L", (40, 60), 220).save(picture, "PNG")
    c.drawImage(ImageReader(io.BytesIO(picture.getvalue())), 0, 0, *A4)
    c.save()
    write("pdf-scan.pdf", out.getvalue(), reading(None, ["unsupported_format"]))

    f = Form(RAT)
    filled(f, f.row)
    writer = pypdf.PdfWriter(io.BytesIO(f.done()))
    form = writer.root_object["/AcroForm"].get_object()
    form[NameObject("/XFA")] = ArrayObject([TextStringObject("template"), writer._add_object(pypdf.generic.StreamObject())])
    writer.root_object[NameObject("/NeedsRendering")] = BooleanObject(True)
    out = io.BytesIO()
    writer.write(out)
    write("pdf-xfa.pdf", out.getvalue(), reading(None, ["unsupported_format"]))

    f = Form(RAT)
    filled(f, f.row)
    writer = pypdf.PdfWriter(io.BytesIO(f.done()))
    writer.encrypt("secret", "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    if not (HERE / "pdf-password.pdf").exists():  # its key is new each time
        write("pdf-password.pdf", out.getvalue(), reading(None, ["encrypted"]))


FACTORS = ("Regular missing person", "Substance misuse", "Self harm")
TOLD = "Ava says that all is well at home and that she sees no risk at all. Her legal status remains under review."


def details(f, x=LEFT, gap=14):
    for label, value in FILLED:
        f.c.drawString(x, f.y, f"{label}: {value}")
        f.y -= gap


def drawn_box(f, x, on):
    f.c.rect(x, f.y, 9, 9)
    if on:
        f.c.line(x + 1, f.y + 1, x + 8, f.y + 8)
        f.c.line(x + 1, f.y + 8, x + 8, f.y + 1)


def lists():
    # Boxes in a column of their own, without lines, and options of two lines; the form prints four of the legal statuses.
    f = Form(RAT)
    details(f)
    f.c.drawString(LEFT, f.y, "Legal status")
    x = 130
    for text in ("CPP", "CPI", "LAC", "CIN"):
        drawn_box(f, x, text == "LAC")
        f.c.drawString(x + 13, f.y, text)
        x += 50
    f.y -= 30
    f.c.drawString(LEFT, f.y, "Current risk rating")
    f.y -= 24
    for text in RATINGS:
        f.c.drawString(LEFT, f.y, text)
        drawn_box(f, 470, text == "Significant")
        f.y -= 20
    f.y -= 10
    f.c.drawString(LEFT, f.y, "Key risk for the child")
    f.y -= 24
    for lines, on in ((("S – Sexual exploitation, in person or by",  "any means of communication"), True), (("T – Trafficking",), False), (("C – Criminal exploitation, by groups or", "by one person alone"), True), (("M – Missing episodes",), False), (("V – Modern slavery",), False)):
        drawn_box(f, 470, on)
        for line in lines:
            f.c.drawString(LEFT, f.y, line)
            f.y -= 12
        f.y -= 12
    write("pdf-tick-column.pdf", f.done(), reading("surrey-rat", ["test_number:nhs_number"], legal_status=["LAC"], risk_rating="significant", risk_types=["S", "C"], **READ))

    # Factors as bullets under their heading, and sentences whose next line begins like a label.
    f = Form(RAT)
    details(f)
    f.c.drawString(LEFT, f.y, "Current risk rating: Emerging")
    f.y -= 26
    f.c.drawString(LEFT, f.y, "Current risk factors")
    for text in FACTORS[1:]:
        f.y -= 14
        f.c.drawString(LEFT, f.y, "• " + text)
    f.y -= 30
    f.c.drawString(LEFT, f.y, "Analysis")
    for text in (TOLD, "Education: Ava enjoys art and wants to become a designer one day."):
        f.y -= 14
        f.c.drawString(LEFT, f.y, text)
    write("pdf-bullets.pdf", f.done(), reading("surrey-rat", ["test_number:nhs_number"], risk_rating="emerging", risk_factors=list(FACTORS[1:]), **READ))

    # Two columns as in a newspaper: details in the first, what was told in the second.
    f = Form(RAT)
    details(f, gap=17)
    f.c.drawString(LEFT, f.y, "Current risk rating: Emerging")
    f.y = 746
    for text in ("Analysis", "Ava was seen at home with her mother and", "says that all is well. The school shares no", "concern and the GP has not met her since", "the spring. She went missing once, for two",
                 "hours, and came home by herself. Her", "sister was told of it by a friend. The", "worker will see her again within a month", "and speak to the school nurse as well."):
        f.c.drawString(310, f.y, text)
        f.y -= 13
    write("pdf-newspaper.pdf", f.done(), reading("surrey-rat", ["test_number:nhs_number"], risk_rating="emerging", **READ))


if __name__ == "__main__":
    with_fields()
    without()
    lists()
