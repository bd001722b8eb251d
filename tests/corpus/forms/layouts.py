"""Layouts that offices make out of the forms, and workbooks that other programs write (`pip install XlsxWriter`; for the
.xlsb also `npm install xlsx@0.18.5` in the folder NODE_PATH names, else the one that is checked in stays)."""
import shutil
import subprocess

from kit import *

CHILD = dict(child_name="Zoe Example", date_of_birth="2011-02-01", nhs_number="9990000018")
TEST = "test_number:nhs_number"


def authorised_under_a_heading():
    """A heading of its own, then whose name and which day: the commonest way to print it (SH-32)."""
    doc = docx.Document()
    doc.add_heading(CE, 1)
    table(doc, [["Child’s name", "Zoe Example", "D.O.B.", "1st February 2011"], ["NHS No.", "999 000 0018", "Type of assessment", boxes((False, "Initial"), (True, "Review"))]])
    doc.add_heading("Parent / carer details", 2)
    table(doc, [["Name", "Ann Example"], ["Relationship to child", None], ["Date of birth", "3/4/1985"], ["Address", "1 Other Street"]])
    doc.add_heading("Professionals involved", 2)
    table(doc, [["Name", "Role", "Agency", "Contact number"], ["Bo Nurse", "School nurse", "NHS", "01632 960002"], ["Lee Case", "Social worker", "Team", "01632 960003"]])
    table(doc, [["Date of CE assessment", "12.11.2026"], ["Social worker", "Pat Worker"], ["Contact number", "01632 960001"]])
    doc.add_heading("Outcome of the CE assessment", 2)
    for n, text in enumerate(OUTCOMES):
        p = doc.add_paragraph(text + "\t")
        legacy(p, int(n == 2))
    doc.add_heading("Manager’s authorisation", 2)
    doc.add_paragraph("I have read this assessment and agree with its outcome.")
    table(doc, [["Name:", "Sam Manager"], ["Job title:", "Team Manager"], ["Date:", sdt_date("13/11/2026", "2026-11-13")]])
    save("ce-authorised-under-heading.docx", doc, reading("st-helens-ce-assessment", [TEST], **CHILD, assessment_type="review", assessment_date="2026-11-12", lead_professional="Pat Worker",
         contact_number="01632 960001", outcome="may-be-exploited", authorisation="Sam Manager", authorised_date="2026-11-13"))


def previous_and_current_columns():
    doc = docx.Document()
    doc.add_heading(RAT, 1)
    table(doc, [["Child's name:\nas on the birth certificate", "Zoe Example"], ["Date of birth:\n(dd/mm/yyyy)", "01 / 02 / 2011"], ["NHS number:\nten digits", "999 000 0018"], ["School:\nor other provision", "Example High"], ["GP:\nname and practice", None]])
    table(doc, [[None, "Previous", "Current"], ["Date of assessment", "11/08/2026", "9/11/2026"], ["Risk rating", "Minimal", "Experiencing"]])
    table(doc, [["Lead professional", "Manager"], ["Pat Worker", "Sam Manager"]])
    save("rat-previous-and-current.docx", doc, reading("surrey-rat", [TEST], **CHILD, education="Example High", assessment_date="2026-11-09", previous_assessment_date="2026-08-11", risk_rating="experiencing",
         previous_risk_rating="minimal", lead_professional="Pat Worker", manager="Sam Manager"))


def questions_left_open():
    """What stands behind an open question is a heading, and what follows that is someone else's."""
    doc = docx.Document()
    for line in ("MACE Panel referral", "Surname: Example\tForename(s): Zoe", "D.O.B: dd/mm/yyyy: 1/2/2011", "NHS No: 999 000 0018", "School/College:", "Referrer’s details", "Name: Lee Referrer", "Agency:", "Parent / carer details",
                 "Name: Ann Example", "Relationship to child:", "Date of birth: 3/4/1985", "Address: 1 Other Street"):
        doc.add_paragraph(line)
    save("mace-referral-left-open.docx", doc, reading("mace-referral", [TEST], **CHILD, completed_by="Lee Referrer"))


def struck_out():
    doc = docx.Document()
    doc.add_paragraph("CSE Assessment")
    for line in ("Child's name: Zoe Example", "DOB: 1 Feb 2011", "NHS number: 999 000 0018", "Date of assessment: 12 November 2026"):
        doc.add_paragraph(line)
    doc.add_paragraph("Level of risk")
    for text in ("Low risk", "Medium risk", "High risk"):
        doc.add_paragraph().add_run(text).font.strike = text != "Medium risk"
    doc.add_paragraph("Recommendation")
    table(doc, [["Continue with the plan."]])
    doc.add_paragraph("Management oversight")
    table(doc, [["Agreed."]])
    save("cse-assessment-struck-out.docx", doc, reading("blackburn-cse-assessment", [TEST, "missing:domains"], **CHILD, assessment_date="2026-11-12", risk_rating="medium",
         recommendation="Continue with the plan.", management_oversight="Agreed."))


def by_xlsxwriter():
    """XlsxWriter writes shared and rich strings, as Excel does."""
    import xlsxwriter

    def workbook(name, write, *readings):
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True})
        book.set_properties({"created": STAMP})
        write(book)
        book.close()
        (HERE / name).write_bytes(still(out.getvalue()))
        (HERE / (name + ".json")).write_text(json.dumps(list(readings), indent=1, ensure_ascii=False) + "\n")
        made.append(name)

    def rat(book):
        bold, day, wrap = book.add_format({"bold": True}), book.add_format({"num_format": "d mmmm yyyy"}), book.add_format({"text_wrap": True})
        ws = book.add_worksheet("RAT")
        ws.merge_range("A1:D1", RAT, bold)
        for row, (label, value) in enumerate([("Child’s name:", "Zoe Example"), ("DOB:", D(2011, 2, 1)), ("NHS Number:", "999 000 0018"), ("Address:", "1 Invented Street,\nGuildford"), ("Date of assessment:", D(2026, 11, 9)),
                                              ("Lead professional:", "Pat Worker"), ("Current risk rating:", "Significant")], 2):
            ws.write(row, 0, label, bold)
            if isinstance(value, D):
                ws.write_datetime(row, 1, datetime.datetime(value.year, value.month, value.day), day)
            elif "Pat" in value:
                ws.write_rich_string(row, 1, bold, "Pat", " Worker")
            else:
                ws.write(row, 1, value, wrap)
        ws.data_validation("B9", {"validate": "list", "source": ["Minimal", "Emerging", "Significant", "Experiencing"]})
        ws.write_comment("B9", "Was Emerging")
        lists = book.add_worksheet("Lists")
        lists.write_column("A1", ["Child's name", "DOB", "Minimal", "Emerging"])
        lists.hide()

    workbook("rat-xlsxwriter.xlsx", rat, reading("surrey-rat", [TEST], **CHILD, address="1 Invented Street,\nGuildford", assessment_date="2026-11-09", lead_professional="Pat Worker", risk_rating="significant"))

    def outcome(book):
        ws = book.add_worksheet("Assessment")
        ws.write("A1", CE)
        for row, pair in enumerate([("Child's name", "Zoe Example"), ("Date of birth", "01.02.2011"), ("NHS number", "999 000 0018"), ("Date of assessment", "12/11/2026"), ("Type of assessment", "Initial")], 2):
            ws.write_row(row, 0, pair)
        ws.write("A9", "Outcome")
        for row, text in enumerate(OUTCOMES, 9):
            ws.write(row, 0, text)
            ws.write_boolean(row, 1, text == OUTCOMES[1])
        ws.write("A15", "Management authorisation")
        ws.write_row("A16", ["Manager’s name", "Sam Manager", "Date", "13/11/2026"])

    workbook("ce-xlsxwriter.xlsx", outcome, reading("st-helens-ce-assessment", [TEST], **CHILD, assessment_date="2026-11-12", assessment_type="initial", outcome="exploited", manager="Sam Manager",
             authorisation="Sam Manager", authorised_date="2026-11-13"))


def by_sheetjs():
    """SheetJS is what writes the workbooks of many web systems, and the only maintained writer of .xlsb: one column, for its
    short form of neighbouring cells is read by no library here."""
    script = """
      const X = require("xlsx"), rows = JSON.parse(process.argv[1]), wb = X.utils.book_new();
      X.utils.book_append_sheet(wb, X.utils.aoa_to_sheet(rows), "RAT");
      for (const kind of ["xlsb", "xlsx"]) X.writeFile(wb, process.argv[2] + "." + kind, { bookType: kind });
    """
    rows = [[RAT], [], ["Child's name: Zoe Example"], ["DOB: 01/02/2011"], ["NHS Number: 999 000 0018"], ["Date of risk assessment: 9 November 2026"], ["Current risk rating: Significant"], ["Key risk for the child: S, C"], ["Name of Lead Professional: Pat Worker"]]
    target = HERE / "rat-sheetjs"
    if shutil.which("node") and subprocess.run(["node", "-e", 'require("xlsx")'], stderr=subprocess.DEVNULL).returncode == 0:
        subprocess.run(["node", "-e", script, json.dumps(rows), str(target)], check=True)
    for kind in ("xlsb", "xlsx"):
        name = f"rat-sheetjs.{kind}"
        file = HERE / name
        file.write_bytes(still(file.read_bytes()))
        said = reading("surrey-rat", [TEST], **CHILD, assessment_date="2026-11-09", risk_rating="significant", risk_types=["S", "C"], lead_professional="Pat Worker")
        (HERE / (name + ".json")).write_text(json.dumps([said], indent=1, ensure_ascii=False) + "\n")
        made.append(name)


def out_of_sight():
    """Last quarter's answers in a hidden column and a hidden row."""
    rows = [("Child's name", "Old Child", "Zoe Example"), ("DOB", D(2001, 1, 1), D(2011, 2, 1)), ("NHS Number", None, "999 000 0018"), ("Date of assessment", D(2026, 8, 3), D(2026, 11, 9)), ("Risk rating", "Minimal", "Emerging"),
            ("Lead professional", "Lee Old", "Pat Worker"), ("DOB", None, D(2002, 2, 2))]
    wb = book([[RAT], [], *rows], "RAT")
    wb["RAT"].column_dimensions["B"].hidden = True
    wb["RAT"].row_dimensions[9].hidden = True
    save("rat-out-of-sight.xlsx", wb, reading("surrey-rat", [TEST], **CHILD, assessment_date="2026-11-09", risk_rating="emerging", lead_professional="Pat Worker"))


def struck_cells():
    """Cells that were struck out in a workbook, as a whole or but for some words, and an answer that a formula left as nought."""
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont
    from openpyxl.styles import Font

    def partly(old, new):
        return CellRichText(TextBlock(InlineFont(strike=True), old), TextBlock(InlineFont(b=True), new))

    wb = book([[RAT], [], ("Child's name", "Zoe Example"), ("DOB", D(2011, 2, 1)), ("NHS Number", "999 000 0018"), ("Date of assessment", D(2026, 11, 9)), ("School", 0), ("Risk rating", "Emerging"), ("Lead professional", "Pat Worker"),
               ("Manager", "Lee Old"), ("Review date", D(2026, 12, 1)), ("Agency", partly("Old Team ", "Engage Team & Co")), ("LCS number", partly("11111", "60538")), ("GP", partly("Dr Old", "")), ("Date of referral", 46200)], "RAT")
    for cell in ("A10", "B10", "B11"):
        wb["RAT"][cell].font = Font(strike=True)
    save("rat-struck-cells.xlsx", wb, reading("surrey-rat", [TEST], **CHILD, assessment_date="2026-11-09", risk_rating="emerging", lead_professional="Pat Worker", agency="Engage Team & Co", lcs_number="60538", referral_date="2026-06-27"))


def bold_labels():
    """Labels in bold letters with their answers under them, headings, boxes in paragraphs, words that were struck out, and
    a footer with a label in it."""
    doc = docx.Document()
    doc.sections[0].footer.paragraphs[0].text = "Date: page 1 of 3"
    doc.add_heading(RAT, 1)
    doc.add_heading("Child’s details", 2)
    for label, answer in [("1.1 Child’s name", "Zoe Example"), ("1.2 Date of birth", "1st February 2011"), ("1.3 NHS number", "999 000 0018"), ("1.4 Address", "1 Invented Street\nGuildford GU1 1AA"), ("1.5 Placement", "Lives with mother"), ("1.10 LCS number", "60538")]:
        doc.add_paragraph().add_run(label).bold = True
        doc.add_paragraph(answer)
    doc.add_paragraph().add_run("Manager").bold = True
    doc.add_heading("Siblings", 2)
    table(doc, [["Name", "DOB", "Relationship to child", "School"], ["Bo Example", "05/06/2014", "Brother", "Invented Primary"], ["Di Example", "07/08/2019", "Half-sister", "Nursery"]])
    doc.add_paragraph()

    def struck(p):
        p.add_run("Lee Old ").font.strike = True
        p.add_run("Pat Worker").underline = True

    table(doc, [["Lead professional", struck], ["Agency", "Engage Team"], ["Contact number", "01632 960001"]])
    doc.add_heading("Assessment", 2)
    for text in ("Date of assessment: 9 November 2026", "Current risk rating: ☐ Minimal ☐ Emerging ☒ Significant ☐ Experiencing"):
        doc.add_paragraph(text)
    p = doc.add_paragraph("Key risk for the child: ")
    for n, (on, text) in enumerate([(True, "Sexual exploitation"), (False, "Trafficking"), (False, "Criminal exploitation"), (True, "Missing episodes"), (False, "Modern slavery")]):
        p.add_run(("" if n == 0 else "\n") + ("(x) " if on else "( ) ") + text)
    save("rat-bold-labels.docx", doc, reading("surrey-rat", [TEST], **CHILD, address="1 Invented Street\nGuildford GU1 1AA", placement="Lives with mother", lcs_number="60538", lead_professional="Pat Worker", agency="Engage Team",
         contact_number="01632 960001", assessment_date="2026-11-09", risk_rating="significant", risk_types=["S", "M"]))


ALL = (out_of_sight, struck_cells, bold_labels, authorised_under_a_heading, previous_and_current_columns, questions_left_open, struck_out, by_xlsxwriter, by_sheetjs)
