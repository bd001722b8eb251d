#!/usr/bin/env python3
"""Writes the form documents of this folder and, beside each, what a reader must find in it.

    pip install openpyxl python-docx XlsxWriter
    python3 tests/corpus/forms/make.py

`forms.py` and `layouts.py` hold more of them; `pdf.py` writes PDFs, `convert.py` has LibreOffice save all in other formats.

The documents are checked in, so that `cargo test` needs no Python; run this after changing a layout and commit the
result. Two runs give the same bytes. People, addresses and numbers are invented; NHS numbers are from the test range.
"""
from kit import *


def surrey_workbooks():
    save("rat-two-columns.xlsx", book([
        [RAT], [],
        ["Child's name", "Zoe Example"], ["D.O.B.", D(2011, 2, 1)], ["Age", 15], ["LCS Number", 1234567], ["NHS Number", 9990000018],
        ["Home address", "1 Invented Street, Guildford"], ["Legal status", "CIN"], ["Ethnicity", "White British"],
        ["Date of risk assessment", D(2026, 11, 9)], ["Current risk rating", "Significant"], ["Key risk for the child", "S, C"],
        ["Name of Lead Professional", "Pat Worker"], ["Manager", "Sam Manager"], ["Agency", "Children's Services"], ["Contact number", "01632 960001"],
    ]), reading("surrey-rat", child_name=["Zoe Example", "Sheet1!B3"], date_of_birth=["2011-02-01", "Sheet1!B4"], age=15, lcs_number="1234567", nhs_number="9990000018",
                address="1 Invented Street, Guildford", legal_status=["CIN"], assessment_date="2026-11-09", risk_rating="significant", risk_types=["S", "C"],
                lead_professional="Pat Worker", manager="Sam Manager", agency="Children's Services", contact_number="01632 960001", findings=["test_number:nhs_number"]))

    wb = book([
        [RAT], [None],
        ["Child’s name:", "Kai O'Sample", None, "DOB:", "1st March 2010"], ["LCS No.", "L-200", None, "NHS no.", "999 000 0026"],
        ["School/College", "Example High", None, "GP", "Dr Invented, Old Surgery"], ["Date of assessment", "9.11.26", None, "Social worker", "Lee Case"],
        ["Risk rating", "EMERGING (M)", None, "Previous risk rating", "Minimal"],
    ], "RAT form")
    save("rat-pairs-in-a-row.xlsx", wb, reading("surrey-rat", child_name=["Kai O'Sample", "RAT form!B3"], date_of_birth=["2010-03-01", "RAT form!E3"], lcs_number="L-200",
         nhs_number="9990000026", education="Example High", gp="Dr Invented, Old Surgery", assessment_date="2026-11-09", lead_professional="Lee Case",
         risk_rating="emerging", risk_types=["M"], previous_risk_rating="minimal", findings=["test_number:nhs_number", "two_digit_year:assessment_date"]))

    wb = openpyxl.Workbook()
    ws = wb.active
    ws.title = "Assessment"
    ws["A1"] = "Surrey Child Exploitation Risk Assessment"
    ws.merge_cells("A1:H1")
    for r, (label, value) in enumerate([("Name of child / young person", "Ada Mergewell"), ("Date of Birth (dd/mm/yyyy)", D(2012, 12, 24)), ("LCS number", "778899"),
                                        ("Date of assessment", D(2026, 10, 30)), ("Allocated social worker", "Jo Allocated")], 3):
        ws.cell(r, 1, label)
        ws.merge_cells(start_row=r, start_column=1, end_row=r, end_column=3)
        ws.cell(r, 4, value)
        ws.merge_cells(start_row=r, start_column=4, end_row=r, end_column=8)
    ws["A9"] = "Current risk rating"
    ws.merge_cells("A9:H9")
    for c, text in zip((1, 3, 5, 7), ("Minimal", "Emerging", "Significant", "Experiencing")):
        ws.cell(10, c, text)
        ws.merge_cells(start_row=10, start_column=c, end_row=10, end_column=c + 1)
        ws.merge_cells(start_row=11, start_column=c, end_row=11, end_column=c + 1)
    ws["G11"] = "X"
    ws["A13"] = "Key risk for the child (tick all that apply)"
    for r, (text, tick) in enumerate([("S – Sexual exploitation", "✓"), ("T – Trafficking", None), ("C – Criminal exploitation", "✓"), ("M – Missing episodes", None), ("V – Modern slavery", None)], 14):
        ws.cell(r, 1, text)
        ws.cell(r, 2, tick)
    save("rat-merged-grid.xlsx", wb, reading("surrey-rat", child_name=["Ada Mergewell", "Assessment!D3"], date_of_birth="2012-12-24", lcs_number="778899", assessment_date="2026-10-30",
         lead_professional="Jo Allocated", risk_rating=["experiencing", "Assessment!G11"], risk_types=["S", "C"]))

    save("rat-labels-above.xlsx", book([
        ["CE RAT"], [],
        ["Surname", "Forename(s)", "Date of birth", "LCS number"], ["Stacked", "Mia Rose", D(2010, 7, 4), "55-1"], [],
        ["Date of RAT", "Risk level", "Lead professional"], [D(2026, 11, 3), "Minimal", "Kim Stack"],
    ]), reading("surrey-rat", child_name="Mia Rose Stacked", date_of_birth="2010-07-04", lcs_number="55-1", assessment_date="2026-11-03", risk_rating="minimal", lead_professional="Kim Stack"))

    save("rat-off-scale.xlsx", book([
        [RAT], ["Child's name", "Lou Offscale"], ["DOB", "13/25/2011"], ["NHS number", "999 123 4560"], ["Date of assessment", D(2026, 11, 2)],
        ["Current risk rating", "High"], ["Name of lead professional", "Click or tap here to enter text."], ["Age", 14],
    ]), reading("surrey-rat", child_name="Lou Offscale", assessment_date="2026-11-02", age=14,
                findings=["not_a_date:date_of_birth", "bad_nhs_number:nhs_number", "not_on_scale:risk_rating", "missing:date_of_birth", "missing:risk_rating", "missing:lead_professional"]))

    wb = book([[RAT], ["Child's name", "Twin One"], ["DOB", D(2011, 1, 1)], ["Date of assessment", D(2026, 11, 2)], ["Current risk rating", "Emerging"], ["Social worker", "Pat Worker"]], "Child 1")
    fill(wb.create_sheet(), [[RAT], ["Child's name", "Twin Two"], ["DOB", D(2011, 1, 1)], ["Date of assessment", D(2026, 11, 2)], ["Current risk rating", "Minimal"], ["Social worker", "Pat Worker"]], "Child 2")
    lists = fill(wb.create_sheet(), [["Minimal"], ["Emerging"], ["Significant"], ["Experiencing"], ["Child's name", "Old Hidden"]], "Lists")
    lists.sheet_state = "hidden"
    common = dict(date_of_birth="2011-01-01", assessment_date="2026-11-02", lead_professional="Pat Worker")
    save("rat-two-children.xlsx", wb, reading("surrey-rat", child_name=["Twin One", "Child 1!B2"], risk_rating="emerging", **common),
         reading("surrey-rat", child_name=["Twin Two", "Child 2!B2"], risk_rating="minimal", **common))

    wb = book([["Exploited & Missing Child Risk Assessment"], ["Section 1: Child's details"], ["Name", "Nat Sections"], ["Date of birth", "04/05/2011"], ["Address", "5 Test Road"],
               ["Section 2: Parent / carer details"], ["Name", "Chris Sections"], ["Date of birth", "01/01/1980"], ["Address", "9 Other Road"], ["Contact number", "01632 960777"],
               ["Section 3: Person completing this assessment"], ["Name", "Alex Author"], ["Agency", "Police"], ["Date completed", D(2026, 11, 6)],
               ["Section 4: Risk"], ["Lead professional", "Robin Lead"], ["Risk rating", "significant"]])
    save("rat-sections.xlsx", wb, reading("surrey-rat", child_name="Nat Sections", date_of_birth="2011-05-04", address="5 Test Road", completed_by="Alex Author", agency="Police",
         assessment_date="2026-11-06", lead_professional="Robin Lead", risk_rating="significant"))

    wb = book([[RAT], ["Child's name", "Bo Boolean"], ["DOB", D(2010, 1, 31)], ["Date of assessment", D(2026, 11, 1)], ["Lead professional", "Vi Lead"], ["Current risk rating"],
               ["Minimal", False], ["Emerging", True], ["Significant", False], ["Experiencing", False], ["Handling code: 3 - not for disclosure to family"]])
    save("rat-booleans-sensitive.xlsx", wb, reading("surrey-rat", child_name="Bo Boolean", date_of_birth="2010-01-31", assessment_date="2026-11-01", lead_professional="Vi Lead",
         risk_rating="emerging", sensitive=True, findings=["sensitive_marker:sensitive"]))

    save("rat-contradiction.xlsx", book([
        [RAT], ["Child's name", "Con Tra"], ["DOB", D(2011, 1, 31)], ["Date of birth", D(2011, 1, 30)], ["Date of assessment", D(2026, 11, 1)], ["Risk rating", "Emerging to Significant"],
        ["Lead professional", "Vi Lead"], ["Date of referral", "Tuesday 3 November 2026"]]),
        reading("surrey-rat", child_name="Con Tra", assessment_date="2026-11-01", lead_professional="Vi Lead", referral_date="2026-11-03",
                findings=["contradiction:date_of_birth", "missing:date_of_birth", "not_on_scale:risk_rating", "missing:risk_rating"]))

    save("rat-blank.xlsx", book([[RAT], ["Child's name"], ["Preferred pronouns"], ["DOB"], ["Age"], ["Date of assessment"], ["Current risk rating"], ["Minimal / Emerging / Significant / Experiencing"],
                                 ["Name of lead professional"], ["Manager"]]),
         reading("surrey-rat", findings=[f"missing:{f}" for f in ("child_name", "date_of_birth", "assessment_date", "risk_rating", "lead_professional")]))

    wb = book([[None, RAT], [], [None, "Child's name:", None, "Gap Column"], [None, "DOB:", None, D(2011, 8, 8)], [None, "Date of assessment:", None, D(2026, 11, 4)],
               [None, "Lead professional:", None, "Mo Gap"], [None, "Alias:", None, None, None, "Please give all names used"], [None, "Current risk rating:", None, "Experiencing"]])
    save("rat-gap-column.xlsx", wb, reading("surrey-rat", child_name=["Gap Column", "Sheet1!D3"], date_of_birth="2011-08-08", assessment_date="2026-11-04", lead_professional="Mo Gap", risk_rating="experiencing"))


def surrey_documents():
    doc = docx.Document()
    doc.add_heading(RAT, 1)
    table(doc, [["Child’s name", "Zoe Wordly", "DOB", "1/2/2011"], ["LCS Number", "9001", "NHS Number", "999 000 0034"], ["Address", "3 Paper Lane\nWoking\nGU00 0AA", "Age", "15 years"],
                ["Legal status", boxes((0, "CPP"), (0, "CPI"), (1, "LAC"), (0, "CIN")), "Ethnicity", "Not known"], ["Date of assessment", sdt_date("02/11/2026", "2026-11-02"), "Name of Lead Professional", sdt_text("Pat Worker")],
                ["Current CE risk rating", sdt_list("Significant"), "Previous CE risk rating", sdt_list("Choose an item.", True)], ["Manager", sdt_text("Click or tap here to enter text.", True), "Agency", "Social care"]])
    doc.add_paragraph("Key risk for the child (tick all that apply)")
    p = doc.add_paragraph()
    boxes((1, "S – Sexual exploitation"), (0, "T – Trafficking"), (1, "C – Criminal exploitation"), (1, "M – Missing episodes"), (0, "V – Modern slavery"))(p)
    save("rat-controls.docx", doc, reading("surrey-rat", child_name=["Zoe Wordly", "table1!r1c2"], date_of_birth=["2011-02-01", "table1!r1c4"], lcs_number="9001", nhs_number="9990000034",
         address="3 Paper Lane\nWoking\nGU00 0AA", age=15, legal_status=["LAC"], assessment_date="2026-11-02", lead_professional="Pat Worker", risk_rating="significant", risk_types=["S", "C", "M"],
         agency="Social care", findings=["test_number:nhs_number"]))

    doc = docx.Document()
    doc.add_paragraph("Child Exploitation Risk Assessment")
    for line in ("Child's name: Pia Paragraph    DOB: 03.04.2012   Age: 14", "LCS number:\t4711", "Address: 7 Flow Street, Reigate", "Date of assessment: Monday 2nd November 2026", "Social worker: Sol Flow", "Team manager: Tam Flow"):
        doc.add_paragraph(line)
    p = doc.add_paragraph("Risk rating: ")
    boxes((0, "Minimal"), (1, "Emerging"), (0, "Significant"), (0, "Experiencing"), after=True)(p)
    p = doc.add_paragraph()
    for code, text in (("F0FE", " Regular missing person"), ("F0A8", " Substance misuse"), ("F0FC", " Self harm")):
        sym(p, code, text + "\n")
    save("rat-paragraphs.docx", doc, reading("surrey-rat", child_name=["Pia Paragraph", "p2"], date_of_birth="2012-04-03", age=14, lcs_number="4711", address="7 Flow Street, Reigate", assessment_date="2026-11-02",
         lead_professional="Sol Flow", manager="Tam Flow", risk_rating="emerging", risk_factors=["Regular missing person", "Self harm"]))

    doc = docx.Document()
    doc.add_paragraph("Exploited and Missing Child Risk Assessment Tool")
    outer = table(doc, [["Details of child", None], ["Assessment", None]])
    inner = outer.cell(0, 1).add_table(4, 2)
    for r, (a, b) in enumerate([("Surname", "Nested"), ("First name(s)", "Ida"), ("Date of birth", "31/12/2010"), ("NHS No", "n/a")]):
        inner.cell(r, 0).text, inner.cell(r, 1).text = a, b
    inner = outer.cell(1, 1).add_table(3, 2)
    for r, (a, b) in enumerate([("Date of assessment", "30/10/2026"), ("Lead professional", "Una Nest"), ("Risk rating", "☐ Minimal ☐ Emerging ☐ Significant ☒ Experiencing")]):
        inner.cell(r, 0).text, inner.cell(r, 1).text = a, b
    save("rat-nested.docx", doc, reading("surrey-rat", child_name="Ida Nested", date_of_birth="2010-12-31", assessment_date="2026-10-30", lead_professional="Una Nest", risk_rating="experiencing"))

    doc = docx.Document()
    doc.sections[0].header.paragraphs[0].text = "Exploited and Missing Child Risk Assessment – OFFICIAL SENSITIVE"
    t = table(doc, [["Child's name & address", "Noa Split, 4 Comma Close, Epsom"], ["D.O.B:", legacy_text("5/6/2011")], ["Date completed", legacy_text("01/11/2026")], ["Lead professional", legacy_text("Gus Legacy")],
                    ["Manager", legacy_text("Enter manager", "Enter manager")], ["Risk rating", legacy_list(["Please select", "Minimal", "Emerging", "Significant", "Experiencing"], 3)],
                    ["Previous risk rating", legacy_list(["Please select", "Minimal", "Emerging"])], ["Legal status", None]])
    p = t.cell(7, 1).paragraphs[0]
    for text, mark in (("CPP ", None), ("  CPI ", 0), ("  LAC ", 1), ("  CIN ", None)):
        p.add_run(text)
        legacy(p, mark, 1 if text.strip() == "CIN" else 0)
    save("rat-legacy-fields.docx", doc, reading("surrey-rat", child_name="Noa Split", address="4 Comma Close, Epsom", date_of_birth="2011-06-05", assessment_date="2026-11-01", lead_professional="Gus Legacy",
         risk_rating="significant", legal_status=["LAC", "CIN"]))

    doc = docx.Document()
    for name, dob, rating in (("First Sibling", "01/02/2010", "Minimal"), ("Second Sibling", "03/04/2012", "Significant")):
        doc.add_heading(RAT, 1)
        table(doc, [["Child's name", name], ["DOB", dob], ["Date of assessment", "01/11/2026"], ["Risk rating", rating], ["Lead professional", "Pat Worker"]])
    common = dict(assessment_date="2026-11-01", lead_professional="Pat Worker")
    save("rat-repeated.docx", doc, reading("surrey-rat", child_name=["First Sibling", "table1!r1c2"], date_of_birth="2010-02-01", risk_rating="minimal", **common),
         reading("surrey-rat", child_name=["Second Sibling", "table2!r1c2"], date_of_birth="2012-04-03", risk_rating="significant", **common))

    doc = docx.Document()
    doc.add_heading("CE Risk Assessment Tool", 1)
    table(doc, [["Full name (and aliases)", "Rae Grid"], ["Date of birth", "7 Aug 2010"], ["Date of assessment", "28/10/2026"], ["Name of social worker", "Ed Grid"]])
    doc.add_paragraph("CURRENT RISK RATING")
    table(doc, [["☐", "MINIMAL", "LOW concerns of child exploitation"], ["☐", "EMERGING", "Current evidence /information of a Key Risk\nKey risk for the child (tick all that apply)\n☐ S – Sexual exploitation ☐ T – Trafficking"],
                ["☒", "SIGNIFICANT", "Knowledge of a key risk that the child is currently being targeted but not actively involved/exploited\nKey risk for the child (tick all that apply)\n☐ S – Sexual exploitation ☒ T – Trafficking ☒ V – Modern slavery"],
                ["☐", "EXPERIENCING", "Child is currently experiencing being exploited"]])
    doc.add_paragraph("Family members")
    table(doc, [["Name", "Relationship to child", "Date of birth", "Address"], ["Sky Grid", "Mother", "01/01/1984", "12 Family Way"], ["Jay Grid", "Brother", "02/02/2015", "12 Family Way"]])
    save("rat-rating-grid.docx", doc, reading("surrey-rat", child_name="Rae Grid", date_of_birth="2010-08-07", assessment_date="2026-10-28", lead_professional="Ed Grid", risk_rating="significant", risk_types=["T", "V"]))

    doc = docx.Document()
    doc.add_heading(RAT, 1)
    table(doc, [["Child's name", "Pat Several"], ["DOB", "01/01/1990"], ["Age", "9"], ["Date of assessment", "01/01/2030"], ["Risk rating", "☒ Minimal ☒ Emerging ☐ Significant ☐ Experiencing"], ["Lead professional", "Pat Worker"]])
    save("rat-implausible.docx", doc, reading("surrey-rat", child_name="Pat Several", age=9, lead_professional="Pat Worker", assessment_date="2030-01-01", findings=["implausible_date:date_of_birth", "implausible_date:assessment_date",
         "several_ticked:risk_rating", "missing:date_of_birth", "missing:risk_rating"]))


def st_helens():
    doc = docx.Document()
    doc.add_heading("St Helens " + CE, 1)
    table(doc, [["Type of assessment", boxes((1, "Initial"), (0, "Review"))], ["Child's name", "Max Helen"], ["Date of birth", "11/11/2011"], ["LCS ID", "SH-77"], ["Social worker", "Bea Worker"], ["Team manager", "Cy Manager"],
                ["Date of assessment", "5 November 2026"]])
    doc.add_paragraph("Outcome of assessment")
    table(doc, [["☐ " + OUTCOMES[0]], ["☒ " + OUTCOMES[1]], ["☐ " + OUTCOMES[2]], ["☐ " + OUTCOMES[3]]])
    base = dict(child_name="Max Helen", date_of_birth="2011-11-11", lcs_number="SH-77", lead_professional="Bea Worker", manager="Cy Manager", assessment_date="2026-11-05")
    save("ce-initial.docx", doc, reading("st-helens-ce-assessment", assessment_type="initial", outcome="exploited", **base))

    doc = docx.Document()
    doc.add_heading("CE Assessment", 1)
    doc.add_paragraph("Initial ☐   Review ☒")
    table(doc, [["Child's name", "Max Helen"], ["Date of birth", "11/11/2011"], ["LCS ID", "SH-77"], ["Social worker", "Bea Worker"], ["Team manager", "Cy Manager"], ["Date of assessment", "5 November 2026"],
                ["Outcome", OUTCOMES[0]], ["Date of next review", "03/12/2026"]])
    save("ce-review-text.docx", doc, reading("st-helens-ce-assessment", assessment_type="review", outcome="exploited-and-risk-to-others", review_date="2026-12-03", **base))

    for name, rationale, extra in (("ce-closure.xlsx", "The child has moved and is safe: no concerns for six months.", []), ("ce-closure-no-rationale.xlsx", None, ["missing:rationale"])):
        wb = book([["St Helens CE Assessment"], [], ["Initial", None], ["Review", None], ["Closure", "x"], [], ["Child's name", "Max Helen"], ["Date of birth", D(2011, 11, 11)], ["LCS ID", "SH-77"], ["Social worker", "Bea Worker"],
                   ["Team manager", "Cy Manager"], ["Date of assessment", D(2026, 11, 5)], [], ["Outcome of assessment", "(tick one)"]] + [[text, "x" if n == 3 else None] for n, text in enumerate(OUTCOMES)] + [[], ["Rationale for closure", rationale]])
        fields = dict(base, assessment_type="closure", outcome="not-exploited")
        if rationale:
            fields["rationale"] = rationale
        save(name, wb, reading("st-helens-ce-assessment", findings=extra, **fields))

    wb = book([["Child Exploitation Assessment"], ["Initial / Review"], ["Child's name", "Max Helen"], ["Date of birth", D(2011, 11, 11)], ["LCS ID", "SH-77"], ["Social worker", "Bea Worker"], ["Team manager", "Cy Manager"],
               ["Date of assessment", D(2026, 11, 5)], ["Outcome of assessment", "Child may be being exploited"]])
    save("ce-no-type.xlsx", wb, reading("st-helens-ce-assessment", findings=["missing:assessment_type"], outcome="may-be-exploited", **base))

    doc = docx.Document()
    doc.add_heading(CE, 1)
    t = table(doc, [["Name of young person", "DOB", "LCS number"], ["Ren Header", "09/10/2010", "808"], ["Type (tick)", "Initial", "Review"], [None, "✓", None]])
    table(doc, [["Social worker", "Di Header"], ["Date assessment completed", "04/11/26"], ["Outcome of CE assessment", "Yes\n" + OUTCOMES[2]]])
    save("ce-header-row.docx", doc, reading("st-helens-ce-assessment", child_name="Ren Header", date_of_birth="2010-10-09", lcs_number="808", assessment_type="initial", lead_professional="Di Header", assessment_date="2026-11-04",
         findings=["two_digit_year:assessment_date", "not_on_scale:outcome", "missing:outcome"]))


def recording_template():
    for name, filled in (("rmm-template.docx", True), ("rmm-template-blank.docx", False)):
        v = (lambda text: text) if filled else (lambda text: None)
        doc = docx.Document()
        doc.add_paragraph("Child Exploitation Risk Management Meeting recording template")
        t = table(doc, [
            ["Child’s name", v("Zed Template"), "DOB", v("12/05/2010")], ["LCS Number", v("30303"), "Age", v("16")], ["Address", v("1 Row Street"), "Present Care / Home Placement", v("At home")],
            ["Present Education Placement", v("Example College"), "NHS Number", v("9990000042")], ["GP Name and Address", v("Dr Row, Row Surgery"), "Ethnicity", v("Asian British")],
            ["Legal status", None, None, None], ["Date of most recent CE RAT (these need to be updated every 3 months)\nRisk assessment", v("01/10/2026"), "Date of previous CE RAT", v("01/07/2026")],
            ["CURRENT CE Risk Rating", v("Emerging"), "PREVIOUS CE Risk Rating", v("Significant (S)")], ["Date this update was completed", v("10/11/2026"), "Date of original referral to RMM", v("05/01/2026")],
            ["Name of Lead Professional", v("Lea Row"), "Manager", v("Mae Row")], ["Agency", v("Children's Services"), "Contact number", v("01632 960123")],
            ["Please identify any additional risks of CE since the last Risk Management Meeting (Known associates, unsafe places, unsafe adults.)", v("None new."), None, None],
            ["RMM Discussion (Concise) Use crib sheet! Update Risk rating", v("Discussed."), None, None],
        ])
        p = t.cell(5, 1).paragraphs[0]
        for text, on in (("CPP ", 0), ("  CPI ", 0), ("\nLAC ", 0), ("  CIN ", 1)):
            p.add_run(text)
            legacy(p, int(on and filled))
        doc.add_paragraph("Action Update (to include by when and who accountable)")
        table(doc, [["Action", "By when", "Accountable"], [v("Visit the family"), v("20/11/2026"), v("Lea Row")], [v("Submit NRM - ongoing"), v("30/11/2026"), v("Police")]])
        if filled:
            save(name, doc, reading("surrey-rmm-recording-template", child_name=["Zed Template", "table1!r1c2"], date_of_birth="2010-05-12", lcs_number="30303", age=16, address="1 Row Street", placement="At home",
                 education="Example College", nhs_number="9990000042", gp="Dr Row, Row Surgery", legal_status=["CIN"], assessment_date="2026-10-01", previous_assessment_date="2026-07-01", risk_rating="emerging",
                 previous_risk_rating="significant", completed_date="2026-11-10", referral_date="2026-01-05", lead_professional="Lea Row", manager="Mae Row", agency="Children's Services", contact_number="01632 960123",
                 additional_risks="None new.", discussion="Discussed.", actions=[{"text": "Visit the family", "by": "2026-11-20", "who": "Lea Row", "status": None}, {"text": "Submit NRM - ongoing", "by": "2026-11-30", "who": "Police", "status": "ONGOING"}],
                 findings=["test_number:nhs_number"]))
        else:
            save(name, doc, reading("surrey-rmm-recording-template", findings=[f"missing:{f}" for f in ("child_name", "date_of_birth", "risk_rating", "lead_professional")]))


def others():
    doc = docx.Document()
    doc.add_heading("Child Exploitation Screening Tool (CSERQ4)", 1)
    table(doc, [["Name of child/young person", "Sia Screen"], ["Date of birth", "02/03/2012"], ["NHS number", "999 000 0050"], ["GP", "Example Surgery"], ["Date screen completed", "01/11/2026"], ["Completed by (name and role)", "Nurse Example, A&E"]])
    save("screening-tool.docx", doc, reading("screening-tool", child_name="Sia Screen", date_of_birth="2012-03-02", nhs_number="9990000050", gp="Example Surgery", assessment_date="2026-11-01", completed_by="Nurse Example, A&E", findings=["test_number:nhs_number"]))

    doc = docx.Document()
    doc.add_heading("Independent Return Home Interview", 1)
    table(doc, [["Name of YP", "Ray Return"], ["D.O.B", "02/03/2011"], ["Home address", "8 Return Road"], ["Relating to missing incident date", "30/10/2026"], ["Date of interview", "01/11/2026"], ["Name of person completing interview", "Ivy Interviewer"]])
    save("return-home-interview.docx", doc, reading("return-home-interview", child_name="Ray Return", date_of_birth="2011-03-02", address="8 Return Road", missing_date="2026-10-30", assessment_date="2026-11-01", completed_by="Ivy Interviewer"))

    doc = docx.Document()
    doc.add_paragraph("Dear colleagues,")
    doc.add_paragraph("Please find attached the CE RAT for discussion at the next meeting. Kind regards, Pat Worker")
    save("covering-letter.docx", doc, reading(None, findings=["unknown_form"]))
    save("rota.xlsx", book([["Duty rota"], ["Name", "Monday", "Tuesday"], ["Pat", "x", None], ["Sam", None, "x"]]), reading(None, findings=["unknown_form"]))


def offices():
    """Layouts that offices make out of the blank forms."""
    base = dict(child_name="Zoe Example", date_of_birth="2011-02-01", assessment_date="2026-11-12")

    save("rat-guidance-column.xlsx", book([[RAT, None, "Guidance"], ["Child's name", None, "Give the full legal name"], ["DOB", "01/02/2011", "dd/mm/yyyy"], ["Date of assessment", "12/11/2026", "Must be within 3 months"],
         ["Risk rating", None, "See scale: Minimal, Emerging, Significant, Experiencing"], ["Lead professional", "Pat Worker", "Name of the allocated worker"]]),
         reading("surrey-rat", date_of_birth="2011-02-01", assessment_date="2026-11-12", lead_professional="Pat Worker", findings=["missing:child_name", "missing:risk_rating"]))

    doc = docx.Document()
    doc.add_heading("CE Assessment", 1)
    doc.add_paragraph("Please tick: Initial assessment ☒    Review assessment ☐    Closure ☐")
    for line in ("Child's Name: Zoe Example DOB: 01/02/2011 LCS: 123", "Parent's name: Mum Example DOB: 01/01/1980", "Social Worker: Pat Worker Team Manager: Sam Boss", "Date: 12/11/2026", "Outcome: " + OUTCOMES[1]):
        doc.add_paragraph(line)
    save("ce-lines-with-parent.docx", doc, reading("st-helens-ce-assessment", lcs_number="123", outcome="exploited", assessment_type="initial", lead_professional="Pat Worker", manager="Sam Boss", **base))

    doc = docx.Document()
    doc.add_heading("Child Exploitation Assessment", 1)
    table(doc, [["Child's name", "Zoe Example", "Outcome", "Date"], ["DOB", "01/02/2011", "☐ Child is being exploited and presents a risk\n☐ Child is being exploited\n☐ Child may be being exploited\n☒ Child is not being exploited", "12/11/2026"],
                ["Type", "Review", None, None], ["Social worker", "Pat Worker", None, None]])
    save("ce-side-column.docx", doc, reading("st-helens-ce-assessment", outcome=["not-exploited", "table1!r2c3"], assessment_type="review", lead_professional="Pat Worker", **base))

    doc = docx.Document()
    doc.add_heading(CE, 1)
    table(doc, [["Is this assessment:", "Initial", "☐", "Review", "☒", "Closure", "☐"], ["Child's name", "Zoe Example"], ["DOB", "01/02/2011"], ["Date of assessment", "12/11/2026"]])
    table(doc, [["Outcome of assessment", None]] + [[f"{n}. {text}", "Yes" if n == 2 else "No"] for n, text in enumerate(OUTCOMES, 1)])
    save("ce-numbered-yes-no.docx", doc, reading("st-helens-ce-assessment", outcome="exploited", assessment_type="review", **base))

    doc = docx.Document()
    doc.add_heading("Child Exploitation Risk Assessment", 1)
    t = table(doc, [["Child", "Name", "Zoe Example"], [None, "DOB", "01/02/2011"], ["Mother", "Name", "Mum Example"], [None, "DOB", "01/02/1980"], ["Assessor", "Name", "Pat Worker"], [None, "Date of assessment", "12/11/2026"],
                    ["Risk rating", "Minimal", "x"], [None, "Emerging", None], [None, "Significant", None], [None, "Experiencing", None]])
    for a, b in ((0, 1), (2, 3), (4, 5), (6, 9)):
        t.cell(a, 0).merge(t.cell(b, 0))
    save("rat-side-headings.docx", doc, reading("surrey-rat", risk_rating="minimal", completed_by="Pat Worker", findings=["missing:lead_professional"], **base))

    doc = docx.Document()
    doc.add_heading("Child Exploitation Risk Assessment", 1)
    t = table(doc, [["Child's name", "Zoe Example"], ["DOB", "01/02/2011"], ["Date of assessment", "12/11/2026"], ["Social worker", "Pat Worker"], ["Risk rating (delete as appropriate)", None]])
    for text, gone in (("Minimal / ", True), ("Emerging / ", True), ("Significant", False), (" / Experiencing", True)):
        t.cell(4, 1).paragraphs[0].add_run(text).font.strike = gone
    save("rat-struck-out.docx", doc, reading("surrey-rat", risk_rating="significant", lead_professional="Pat Worker", **base))

    doc = docx.Document()
    for name, birth in (("Zoe Example", "01/02/2011"), ("Kai Example", "03/04/2012")):
        for line in ("St Helens CE Assessment", f"Name of child: {name}", f"Date of birth: {birth}", "Assessment type: Initial", "Date of assessment: 12/11/2026", "Outcome: Child is being exploited"):
            doc.add_paragraph(line)
    rest = dict(assessment_type="initial", outcome="exploited", assessment_date="2026-11-12")
    save("ce-two-in-paragraphs.docx", doc, reading("st-helens-ce-assessment", child_name=["Zoe Example", "p2"], date_of_birth="2011-02-01", **rest),
         reading("st-helens-ce-assessment", child_name=["Kai Example", "p8"], date_of_birth="2012-04-03", **rest))

    save("rat-stacked.xlsx", book([[RAT], [], ["Child's name"], ["Zoe Example"], ["DOB"], [D(2011, 2, 1)], ["Date of assessment"], ["12 Nov 2026"], ["Risk rating"], ["Significant"], ["Lead professional"], ["Pat Worker"]]),
         reading("surrey-rat", risk_rating="significant", lead_professional="Pat Worker", **base))

    # Cells that say more than they are asked, and the labels of forms.md 2f and MC-35 that only some offices print.
    save("rat-busy-cells.xlsx", book([[RAT], ["Child's name", "Zoe Example (she/her) DOB 01/02/2011"], ["Date screen completed", "12/11/2026"], ["Current risk rating", "Emerging S, C"],
         ["Name of lead professional", "Pat Worker, Social Worker, 01632 960123"], ["Manager", "Sam Boss sam.boss@surrey.example"], ["When next discussed", "14/12/2026"]]),
         reading("surrey-rat", risk_rating="emerging", risk_types=["S", "C"], lead_professional="Pat Worker", contact_number="01632 960123", manager="Sam Boss", review_date="2026-12-14", **base))

    doc = docx.Document()
    doc.add_heading("Child Exploitation Risk Management Meeting recording template", 1)
    table(doc, [["Child’s name", "DOB"], ["Zoe Example", "01/02/2011"], ["Date of most recent CE RAT", "Date this update was completed"], ["12/11/2026", "20/11/2026"], ["CURRENT CE Risk Rating", "Experiencing S/M"], ["Name of Lead Professional", "Pat Worker\nTeam Manager: Sam Boss"],
                ["Date of next RMM/MACE", "14/12/2026"]])
    save("rmm-next-date.docx", doc, reading("surrey-rmm-recording-template", completed_date="2026-11-20", risk_rating="experiencing", risk_types=["S", "M"], lead_professional="Pat Worker", review_date="2026-12-14", **base))

    doc = docx.Document()
    doc.add_heading("CE Assessment", 1)
    table(doc, [["Type of referral", "Review"], ["Child's name", "Zoe Example"], ["DOB", "01/02/2011"], ["Date this update was completed", "12/11/2026"], ["Risk rating", "Outcome"], ["High", "Child is being exploited"], ["Social worker", "Pat Worker - Senior Social Worker"],
                ["Date of next MACE", "14/12/2026"]])
    save("ce-update-date.docx", doc, reading("st-helens-ce-assessment", assessment_type="review", outcome="exploited", completed_date="2026-11-12", lead_professional="Pat Worker", review_date="2026-12-14", **base))


def blank_sheet():
    """The sheet as it is sent: a copy that the program wrote."""
    return openpyxl.load_workbook(HERE / "outcome-sheet-blank.xlsx")


def columns(ws):
    return {cell.value: cell.column for row in ws.iter_rows(min_row=4, max_row=4) for cell in row if cell.value}


def outcome_row(ws, row, **values):
    at = columns(ws)
    for name, value in values.items():
        ws.cell(row, at[name.replace("_", " ")], value)


def outcome(case, row, meeting="surrey-rmm-ne/2026-11-24", findings=(), **fields):
    out = {"case_ref": [case, f"Outcomes!B{row}"], "meeting_id": [meeting, f"Outcomes!Q{row}"]}
    out.update(fields)
    return reading("outcome-sheet", findings, **out)


def action(text, by=None, who=None, status=None):
    return {"text": text, "by": by, "who": who, "status": status}


def outcome_sheets():
    """The program's own outcome sheet, filled in and rearranged as people do."""
    (HERE / "outcome-sheet-blank.xlsx.json").write_text(json.dumps([
        reading("outcome-sheet", ["empty"], meeting_id=["surrey-rmm-ne/2026-11-24", "Outcomes!A2"]),
    ], indent=1) + "\n")
    made.append("outcome-sheet-blank.xlsx")

    wb = blank_sheet()
    ws = wb["Outcomes"]
    outcome_row(ws, 5, Attended="DS Priya Blenkin, Quentin Illing\nRhian Priestley", Apologies="Samir Garside",
                Rating_agreed="emerging", Review_date="8/12/26", Action="Visit weekly", By_whom="Samira Sample",
                By_when=D(2026, 12, 1), Action_status="ongoing", Decision="continue", Rationale="Fewer missing episodes.")
    outcome_row(ws, 6, Rating_agreed="EXPERIENCING", Review_date=D(2026, 12, 22), Decision="Close")
    more = wb["More actions"]
    for column, value in enumerate(("R-0042", "Disruption visit to the address", "Police", "11 December 2026", "OUTSTANDING"), 1):
        more.cell(5, column, value)
    filled = [outcome(
        "R-0042", 5, attended=[["DS Priya Blenkin", "Quentin Illing", "Rhian Priestley"], "Outcomes!G5"],
        apologies=["Samir Garside"], risk_rating=["emerging", "Outcomes!I5"], review_date=["2026-12-08", "Outcomes!J5"],
        actions=[[action("Visit weekly", "2026-12-01", "Samira Sample", "ONGOING"),
                  action("Disruption visit to the address", "2026-12-11", "Police", "OUTSTANDING")], "Outcomes!K5"],
        decision=["continue", "Outcomes!O5"], rationale="Fewer missing episodes."),
        outcome("R-0017", 6, findings=["missing:rationale"], risk_rating="experiencing",
                review_date=["2026-12-22", "Outcomes!J6"], decision="close")]
    save("outcome-sheet-filled.xlsx", wb, *filled)
    # Opened and saved by LibreOffice: soffice --headless --convert-to xlsx:"Calc MS Excel 2007 XML" outcome-sheet-filled.xlsx
    (HERE / "outcome-sheet-libreoffice.xlsx.json").write_text(json.dumps(filled, indent=1) + "\n")
    made.append("outcome-sheet-libreoffice.xlsx")

    # Rows sorted the other way round, the middle one left blank, and the file saved without its hidden sheet.
    wb = blank_sheet()
    ws = wb["Outcomes"]
    ws.protection.sheet = False
    for sheet in ("Lists", "How to fill this in", "More actions"):
        del wb[sheet]
    del wb.defined_names["dutyclerk_outcome_sheet"]
    ws.data_validations.dataValidation = []
    rows = [[ws.cell(r, c).value for c in range(1, 18)] for r in (7, 6, 5)]
    for r, row in enumerate(rows, 5):
        for c, value in enumerate(row, 1):
            ws.cell(r, c, value)
    outcome_row(ws, 5, Rating_agreed="Remains Significant", Review_date="Tuesday 12 January 2027", Decision="Deferred",
                Rationale="n/a")
    outcome_row(ws, 7, Attended="TBC", Rating_agreed="Minimal", Decision="Close", Rationale="No evidence since July.")
    save("outcome-sheet-sorted.xlsx", wb,
         outcome("R-0051", 5, risk_rating="significant", review_date="2027-01-12", decision="defer"),
         outcome("R-0042", 7, risk_rating="minimal", decision="close", rationale="No evidence since July."))

    # Copied into a workbook of admin's own: columns moved, two actions a row, nothing hidden.
    save("outcome-sheet-own-workbook.xlsx", book([
        ["RMM outcomes for the meeting surrey-rmm-ne/2026-11-24"],
        [],
        ["Next review date", "Case reference", "Initials", "New rating", "Action 1", "Who", "Action 2", "By whom 2", "Continue / close / defer"],
        [D(2026, 12, 21), "r-42", "A.E.", "experiencing", "Strategy meeting", "SW", "Health check", "Nurse", "Continue"],
        [None, "R-0017", "B.S.L.", None, None, None, None, None, None],
        ["21.12.2026", "R51", "C.P.", "Emerging (S, C)", None, None, None, None, None],
    ]), reading("outcome-sheet", case_ref=["R-0042", "Sheet1!B4"], meeting_id=["surrey-rmm-ne/2026-11-24", "Sheet1!A1"],
                review_date="2026-12-21", risk_rating="experiencing", decision="continue",
                actions=[[action("Strategy meeting", who="SW"), action("Health check", who="Nurse")], "Sheet1!E4"]),
        reading("outcome-sheet", case_ref=["R-0051", "Sheet1!B6"], meeting_id="surrey-rmm-ne/2026-11-24",
                review_date="2026-12-21", risk_rating="emerging"))

    wb = blank_sheet()
    ws = wb["Outcomes"]
    outcome_row(ws, 5, Rating_agreed="High", Review_date=D(2026, 11, 2), Decision="NFA")
    outcome_row(ws, 6, Review_date="before Easter", Action="Visit", Action_status="later", Attended="Police")
    ws.cell(7, 2).value = "the third child"
    outcome_row(ws, 7, Rating_agreed="Emerging", By_whom="SW")
    save("outcome-sheet-problems.xlsx", wb,
         outcome("R-0042", 5, findings=["implausible_date:review_date", "not_on_scale:decision", "not_on_scale:risk_rating"]),
         outcome("R-0017", 6, findings=["not_a_date:review_date", "not_on_scale:actions"], attended=["Police"],
                 actions=[action("Visit")]),
         reading("outcome-sheet", ["missing:actions", "missing:case_ref"], meeting_id="surrey-rmm-ne/2026-11-24",
                 risk_rating="emerging"))

    # The headings went with the first rows.
    wb = blank_sheet()
    wb["Outcomes"].delete_rows(4)
    wb["Outcomes"].cell(4, 9, "Emerging")
    del wb["More actions"]
    save("outcome-sheet-no-headings.xlsx", wb, reading("outcome-sheet", ["unreadable"]))


if __name__ == "__main__":
    import forms
    import layouts

    for write in (surrey_workbooks, surrey_documents, st_helens, recording_template, others, offices, outcome_sheets, *forms.ALL, *layouts.ALL):
        write()
    print(f"{len(made)} documents")
