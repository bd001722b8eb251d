"""One filled copy, or more, of every form that has a label table."""
from kit import *

FACTORS = [
    "Regular missing person", "Internet/phone activity", "Associating with potentially abusive older person", "Associating with others at risk of child exploitation", "Substance misuse", "Self harm",
    "Current investigation into an allegation of sexual assault", "Evidence of being given gifts/money/phones/food, which are unexplained",
    "Indicators of additional vulnerability factors, eg, subject to bullying, looked after child, learning difficulties, etc.",
]
REASONS = [
    "More information known/shared about risks to child", "New incident/police report", "Risk reduced due to effective support", "Risk reduced due to effective disruption",
    "Child has moved from Surrey (does not include looked after children placed outside Surrey)", "Child has turned 18 and effective transition arrangements are in place", "No further evidence of risk indicators",
]
CHECKS = [
    "Is the Child Exploitation/Missing Child Risk Assessment current?", "Please tick if a referral been made to the Community Harm & Risk Management Meeting (CHaRMM) regarding a perpetrator?",
    "Have you considered a Joint Action Group (JAG) referral to discuss local place-based concerns?", "If there is evidence of trafficking – has a referral been made to the National Referral Mechanism (NRM)?",
    "Has the young person been sent their safety plan for when they are missing?",
    "Has the child’s parent or care home been able to record intelligence such as types of drugs, vehicle registrations, times leaving and returning, train tickets and report this through partnership.intelligence@surrey.example",
]
KEYS = ["S – Sexual exploitation", "T – Trafficking", "C – Criminal exploitation", "M – Missing episodes", "V – Modern slavery"]
DOMAINS = [
    "Episodes of missing from home", "School/college attendance", "Misuse of drugs or alcohol", "Parent/Carer – young person relationships", "Accommodation",
    "Ability to identify abusive/exploitive behaviour - both young person and parent/carer", "Engagement with appropriate services", "Sexual health, activities and awareness",
    "Association with gangs/criminals or adults and peers who pose a risk", "Social Media (internet and mobile usage)",
]
DOMAIN_VALUES = [
    "Episodes of missing from home", "School/college attendance", "Misuse of drugs or alcohol", "Parent/carer – young person relationships", "Accommodation", "Ability to identify abusive/exploitive behaviour",
    "Engagement with appropriate services", "Sexual health, activities and awareness", "Association with gangs/criminals or adults and peers who pose a risk", "Social media (internet and mobile usage)",
]


def checklist(doc, rating=None, keys=(), factors=(), reasons=(), checks=(), types=()):
    """Appendix 1 as it is printed: a box before each factor and reason, the grid of ratings, a box before each question."""
    tick = lambda on: (lambda p: legacy(p, int(on)))
    doc.add_heading("RMM Checklist", 1)
    for line in ("NEW CASE: Highlight the name of the child, risk rating, when first known to children’s services and briefly why?", "REVIEW CASE: 1) Update on the case 2) Review actions from last RMM 3) Safety and disruption plan (inc. the risk rating)",
                 "QUESTIONS FOR ALL MEMBERS (not exhaustive)", "1. Is the child aware of the referral to RMM and asked to contribute to the agenda?", "9. Confirm agreed risk rating / category of risk and when next discussed.",
                 "Minimal – no review date and CE episode to close", "Emerging – 3 months", "Significant – 6-8 Weeks", "Experiencing – 4-6 Weeks"):
        doc.add_paragraph(line)
    table(doc, [["S = Sexual", tick("S" in types), "T = Trafficking", tick("T" in types), "C = Criminal", tick("C" in types)], ["M = Missing", tick("M" in types), "V = Modern Slavery", tick("V" in types), None, None]])
    doc.add_paragraph("CURRENT RISK FACTORS – tick all that apply currently")
    table(doc, [[tick(n in factors), text] for n, text in enumerate(FACTORS)])
    doc.add_paragraph("CURRENT RISK RATING")
    rows = [["Risk rating", None, "Key risk for the child (tick all that apply)", None, None], ["MINIMAL", tick(rating == "MINIMAL"), None, None, "LOW concerns of child exploitation"]]
    says = {"EMERGING": "Current evidence /information of a Key Risk", "SIGNIFICANT": "Knowledge of a key risk that the child is currently being targeted but not actively involved/exploited",
            "EXPERIENCING": "Knowledge of a key risk that recognises the child is currently experiencing being exploited"}
    for name, text in says.items():
        for n, key in enumerate(KEYS):
            on = name == rating and key[0] in keys
            rows.append([name, tick(rating == name), key, tick(on), text] if n == 0 else [None, None, key, tick(on), None])
    t = table(doc, rows)
    for first in (2, 7, 12):
        for col in (0, 1, 4):
            t.cell(first, col).merge(t.cell(first + 4, col))
    doc.add_paragraph("If the risk rating has changed, please indicate why this is:")
    table(doc, [[tick(n in reasons), text] for n, text in enumerate(REASONS)])
    table(doc, [["YES", None]] + [[tick(n in checks), text] for n, text in enumerate(CHECKS)])


def checklists():
    doc = docx.Document()
    doc.add_paragraph("Child Exploitation RMM Checklist (completed for each child)")
    table(doc, [["Child’s name", "Ivo Checkett"], ["DOB", "03/09/2010"], ["LCS Number", "61001"]])
    checklist(doc, "SIGNIFICANT", keys="SM", factors=(0, 3, 8), reasons=(1,), checks=(0, 4, 5))
    who = dict(child_name="Ivo Checkett", date_of_birth="2010-09-03", lcs_number="61001")
    save("checklist-grid.docx", doc, reading("surrey-rmm-checklist", risk_rating="significant", risk_types=["S", "M"],
         risk_factors=["Regular missing person", "Associating with others at risk of child exploitation", "Indicators of additional vulnerability factors"],
         rating_change=["New incident/police report"], confirmations=["Risk assessment is current", "Safety plan for when missing sent", "Intelligence recorded by parent or care home"], **who))

    doc = docx.Document()
    doc.add_paragraph("Child Exploitation RMM Checklist (completed for each child)")
    table(doc, [["Child’s name", "Ivo Checkett"], ["DOB", "03/09/2010"], ["LCS Number", "61001"]])
    checklist(doc, types="C")
    save("checklist-unrated.docx", doc, reading("surrey-rmm-checklist", risk_types=["C"], findings=["missing:risk_rating"], **who))

    # The same as a workbook: crosses beside what applies.
    cross = lambda on: "x" if on else None
    rows = [["Child Exploitation RMM Checklist"], [], ["Child's name", "Ivo Checkett"], ["DOB", D(2010, 9, 3)], ["LCS Number", "61001"], [], ["CURRENT RISK FACTORS – tick all that apply currently"]]
    rows += [[text, cross(n in (4, 7))] for n, text in enumerate(FACTORS)] + [[], ["CURRENT RISK RATING"]] + [[name, cross(name == "EMERGING")] for name in ("MINIMAL", "EMERGING", "SIGNIFICANT", "EXPERIENCING")]
    rows += [[], ["Key risk for the child (tick all that apply)"]] + [[key, cross(key[0] in "TC")] for key in KEYS] + [[], ["If the risk rating has changed, please indicate why this is:"]]
    rows += [[text, cross(n in (2, 3))] for n, text in enumerate(REASONS)] + [[], [None, "YES", "NO"]] + [[text, cross(n in (0, 2)), cross(n not in (0, 2))] for n, text in enumerate(CHECKS)]
    save("checklist-crosses.xlsx", book(rows), reading("surrey-rmm-checklist", risk_rating="emerging", risk_types=["T", "C"], risk_factors=["Substance misuse", "Evidence of being given gifts/money/phones/food, which are unexplained"],
         rating_change=["Risk reduced due to effective support", "Risk reduced due to effective disruption"], confirmations=["Risk assessment is current", "JAG referral considered"], **who))


def recording_templates():
    """All 27 rows of Appendix 2."""
    def status(p):
        for text, on in (("CPP  ", 0), ("   CPI   ", 0), ("\nLAC  ", 1), ("   CIN   ", 0)):
            p.add_run(text)
            legacy(p, on)
    doc = docx.Document()
    doc.add_paragraph("Child Exploitation Risk Management Meeting recording template")
    t = table(doc, [
        ["Child’s name", "Oona Fullard", "DOB", "14/02/2011"], ["LCS Number", "70707", "Age", "15"], ["Address", "4 Full Row, Woking", None, None], ["Present Care / Home Placement", "With foster carers", None, None],
        ["Present Education Placement", "Example Academy", None, None], ["NHS Number", "999 000 0018", None, None], ["GP Name and Address", "Dr Full, The Surgery, Woking", None, None], ["Ethnicity", "White British", "Legal status", status],
        ["Date of most recent CE RAT (these need to be updated every 3 months)\nRisk assessment", "02/11/2026", "Date of previous CE RAT", "03/08/2026"], ["CURRENT CE Risk Rating", "Significant S, C", "PREVIOUS CE Risk Rating", "Emerging C"],
        ["Date this update was completed", "18/11/2026", "Date of original referral to RMM", "12/01/2026"], ["Name of Lead Professional", "Pia Lead", "Manager", "Max Manager"], ["Agency", "Children’s Services", "Contact number", "01483 960111"],
        ["Please identify any additional risks of CE since the last Risk Management Meeting (Known associates, unsafe places, unsafe adults.)", "A new older associate; the car park.", None, None],
        ["RMM Discussion (Concise) Use crib sheet! Update Risk rating", "Two episodes this month. School is engaged.", None, None],
    ])
    for r in (2, 3, 4, 5, 6, 13, 14):
        t.cell(r, 1).merge(t.cell(r, 3))
    doc.add_paragraph("Review of Actions (please see in previous minutes, copy and paste then indicate whether the action has been COMPLETED is ONGOING or OUTSTANDING with an explanation).")
    table(doc, [["Action", "Status"], ["Return interviews after each episode", "COMPLETED: both held within 72 hours"], ["Photograph on LCS", "OUTSTANDING – no consent yet"]])
    t = table(doc, [["Safety plan (Bullet points)", None, None, None], ["Home", "Safe Spaces", "Safe friendships", "Who to call"], ["Door alarm on", "Youth club", "Amy’s family", "Duty team"]])
    t.cell(0, 0).merge(t.cell(0, 3))
    t = table(doc, [["Disruption Plan (Bullet points) see Toolkit – Police actions, Trafficking NRM, Licensing, Housing.", None, None], ["Local Police", "CEMU", "Other"], ["Patrol of the car park", "Abduction notice", "Licensing visit"]])
    t.cell(0, 0).merge(t.cell(0, 2))
    doc.add_paragraph("Action Update (to include by when and who accountable)")
    table(doc, [["Action", "By when", "Accountable"], ["Refer to NRM", "01/12/2026", "Pia Lead"], ["Health assessment", "within two weeks", "Named nurse"]])
    act = lambda text, by=None, who=None, status=None: {"text": text, "by": by, "who": who, "status": status}
    save("rmm-template-full.docx", doc, reading(
        "surrey-rmm-recording-template", child_name="Oona Fullard", date_of_birth="2011-02-14", lcs_number="70707", age=15, address="4 Full Row, Woking", placement="With foster carers", education="Example Academy", nhs_number="9990000018",
        gp="Dr Full, The Surgery, Woking", legal_status=["LAC"], assessment_date="2026-11-02", previous_assessment_date="2026-08-03", risk_rating="significant", previous_risk_rating="emerging", risk_types=["S", "C"], completed_date="2026-11-18",
        referral_date="2026-01-12", lead_professional="Pia Lead", manager="Max Manager", agency="Children’s Services", contact_number="01483 960111", additional_risks="A new older associate; the car park.",
        discussion="Two episodes this month. School is engaged.", safety_plan="Home: Door alarm on\nSafe Spaces: Youth club\nSafe friendships: Amy’s family\nWho to call: Duty team",
        disruption_plan="Local Police: Patrol of the car park\nCEMU: Abduction notice\nOther: Licensing visit",
        actions=[act("Return interviews after each episode", status="COMPLETED"), act("Photograph on LCS", status="OUTSTANDING"), act("Refer to NRM", "2026-12-01", "Pia Lead"), act("Health assessment", "within two weeks", "Named nurse")],
        findings=["test_number:nhs_number"]))

    # Typed as paragraphs, the plans as bullet points.
    doc = docx.Document()
    doc.add_heading("Child Exploitation Risk Management Meeting recording template", 1)
    for line in ("Child’s name: Oona Fullard", "DOB: 14/02/2011", "CURRENT CE Risk Rating: Emerging", "Name of Lead Professional: Pia Lead", "RMM Discussion (Concise) Use crib sheet! Update Risk rating", "Quieter month.", "Placement stable.",
                 "Safety plan (Bullet points)", "Home: door alarm", "Who to call: duty team", "Disruption Plan (Bullet points) see Toolkit", "Local police: patrols", "Action Update (to include by when and who accountable)", "Visit the family - ongoing"):
        doc.add_paragraph(line)
    save("rmm-template-typed.docx", doc, reading("surrey-rmm-recording-template", child_name="Oona Fullard", date_of_birth="2011-02-14", risk_rating="emerging", lead_professional="Pia Lead", discussion="Quieter month.\nPlacement stable.",
         safety_plan="Home: door alarm\nWho to call: duty team", disruption_plan="Local police: patrols", actions=[act("Visit the family - ongoing", status="ONGOING")]))


def update_forms():
    doc = docx.Document()
    doc.add_heading("RMM Update Form", 1)
    table(doc, [["Child’s name", "Ned Upton"], ["DOB", "21/03/2011"], ["LCS Number", "45454"], ["Date this update was completed", "19/11/2026"], ["Name of Lead Professional", "Una Worker"], ["Manager", "Tom Manager"], ["Current CE Risk Rating", "Emerging"],
                ["Previous CE Risk Rating", "Significant"], ["Update since last meeting", "Attending school every day."], ["Any new risks", "None seen."], ["Update on safety plan", "In place and shared with him."]])
    save("update-form.docx", doc, reading("surrey-rmm-update-form", child_name="Ned Upton", date_of_birth="2011-03-21", lcs_number="45454", completed_date="2026-11-19", lead_professional="Una Worker", manager="Tom Manager", risk_rating="emerging",
         previous_risk_rating="significant", discussion="Attending school every day.", additional_risks="None seen.", safety_plan="In place and shared with him."))
    save("update-form.xlsx", book([["Update form"], ["Unable to attend the Risk Management Meeting"], ["Child's name", "Ned Upton"], ["Date of birth", D(2011, 3, 21)], ["Date", D(2026, 11, 19)], ["Social worker", "Una Worker"], ["Update to the chair", "No episodes."]]),
         reading("surrey-rmm-update-form", child_name="Ned Upton", date_of_birth="2011-03-21", completed_date="2026-11-19", lead_professional="Una Worker", discussion="No episodes."))


def blackburn():
    who = dict(child_name="Isla Domain", date_of_birth="2010-06-30", assessment_date="2026-11-10", lead_professional="Ed Engage")
    head = [["Name of young person", "Isla Domain"], ["Date of birth", "30/06/2010"], ["Date of assessment", "10/11/2026"], ["Engage worker", "Ed Engage"]]
    tail = [["Classification of risk level", "High"], ["Recommendation of further action", "Consider at MACSE."], ["Management Oversight", "Agreed. Review in three months."], ["Authorised by", "Mo Manager"], ["Date authorised", "12/11/2026"]]
    end = dict(risk_rating="high", recommendation="Consider at MACSE.", management_oversight="Agreed. Review in three months.", authorisation="Mo Manager", authorised_date="2026-11-12")
    doc = docx.Document()
    doc.add_heading("Engage CSE Assessment", 1)
    table(doc, head)
    table(doc, [["Domain", "Analysis"]] + [[f"{n}. {text}", f"Invented analysis {n}."] for n, text in enumerate(DOMAINS, 1)])
    table(doc, tail)
    save("cse-assessment.docx", doc, reading("blackburn-cse-assessment", domains=DOMAIN_VALUES, **who, **end))

    doc = docx.Document()
    doc.add_heading("CSE Assessment", 1)
    table(doc, head)
    for n, text in enumerate(DOMAINS):
        doc.add_paragraph(text)
        if n not in (2, 9):
            doc.add_paragraph("High: an invented analysis.")
    table(doc, tail[:2] + [["Management oversight", None], ["Authorised by", None]])
    left = [value for n, value in enumerate(DOMAIN_VALUES) if n not in (2, 9)]
    save("cse-assessment-two-blank.docx", doc, reading("blackburn-cse-assessment", domains=left, risk_rating="high", recommendation="Consider at MACSE.",
         findings=["missing:domains", "missing:management_oversight", "not_authorised:authorisation"], **who))


def mace_referrals():
    doc = docx.Document()
    doc.add_heading("Multi-Agency Child Exploitation (MACE) Referral Form", 1)
    table(doc, [["Surname", "Referral"], ["Forename(s)", "Bea Ann"], ["Alias / Other given names", "Bee"], ["D.O.B: dd/mm/yyyy", "08/08/2011"], ["NHS No", "999 000 0026"], ["FWi No", "4455"], ["Gender", "F"], ["First Language", "English"],
                ["Legal Status", boxes((0, "CIN Plan"), (1, "CP Plan"), (0, "LAC"), (0, "Not open to Social Care"))], ["Home Address of Child", "9 Referral Road"], ["Placement Address", "n/a"], ["Allocated Social Worker & Team", "Kit Social, East Team"],
                ["Date of referral", "16/11/2026"], ["Level of risk", boxes((0, "Low"), (1, "Medium"), (0, "High"))], ["Type of exploitation", boxes((0, "CSE"), (1, "CCE"), (1, "Missing"))]])
    doc.add_paragraph("Referrer's details")
    table(doc, [["Name of person making referral", "Rae Referrer"], ["Agency", "Example School"], ["Contact number", "01632 960555"]])
    save("mace-referral.docx", doc, reading("mace-referral", child_name="Bea Ann Referral", alias="Bee", date_of_birth="2011-08-08", nhs_number="9990000026", lcs_number="4455", legal_status=["CPP"], address="9 Referral Road",
         lead_professional="Kit Social", referral_date="2026-11-16", assessment_date="2026-11-16", risk_rating="medium", risk_types=["C", "M"], completed_by="Rae Referrer", agency="Example School", contact_number="01632 960555",
         findings=["test_number:nhs_number"]))
    save("mace-referral-off-scale.xlsx", book([["CSE Referral Form"], ["Name of child", "Bea Referral"], ["DOB", D(2011, 8, 8)], ["Date referred", D(2026, 11, 16)], ["Risk level", "Emerging"], ["Caseworker", "Kit Social"]]),
         reading("mace-referral", child_name="Bea Referral", date_of_birth="2011-08-08", referral_date="2026-11-16", assessment_date="2026-11-16", lead_professional="Kit Social", findings=["not_on_scale:risk_rating"]))


def mace_templates():
    """The MACE meeting template as Liquid Logic prints it: a summary table, passages under headings, the decision in boxes."""
    doc = docx.Document()
    doc.add_heading("St Helens MACE meeting template", 1)
    table(doc, [["Child's name", "Mac Template", "DOB", "07/06/2010"], ["LCS number", "60601", "NHS number", "999 000 0077"], ["Date of MACE meeting", "17/11/2026", "Initial or review", "Initial"],
                ["Allocated social worker", "Sal Social", "Team manager", "Tam Manager"], ["Date of CE assessment", "02/11/2026", "Chair", "Chris Chair"]])
    table(doc, [["Attended", "Sal Social; Tam Manager; DS Example"], ["Apologies", "Ned Nurse"]])
    for heading, text in (("Key information shared", "School report fewer absences since half term."), ("Police and intelligence updates", "A vehicle seen twice near the home is known to police."), ("Safety plan", "Phone charged; aunt's house is the safe place.")):
        doc.add_paragraph(heading)
        doc.add_paragraph(text)
    doc.add_paragraph("Actions agreed")
    table(doc, [["Action", "By whom", "By when"], ["Ask the licensing team about the taxi firm", "Police", "01/12/2026"], ["Update the safety plan with the aunt", "Sal Social", "24/11/2026"]])
    table(doc, [["Outcome agreed by MACE", boxes((0, "Child is being exploited"), (1, "Child may be being exploited"), (0, "Child is not being exploited"))], ["Decision of MACE", boxes((1, "Continue"), (0, "Close"), (0, "Defer"))], ["Date of next MACE", "26/01/2027"]])
    save("mace-template.docx", doc, reading("st-helens-mace-template", child_name="Mac Template", date_of_birth="2010-06-07", lcs_number="60601", nhs_number="9990000077", lead_professional="Sal Social", manager="Tam Manager", assessment_date="2026-11-02",
         attended="Sal Social; Tam Manager; DS Example", apologies="Ned Nurse", discussion="School report fewer absences since half term.", additional_risks="A vehicle seen twice near the home is known to police.",
         safety_plan="Phone charged; aunt's house is the safe place.", outcome="may-be-exploited", decision="continue", review_date="2027-01-26",
         actions=[{"text": "Ask the licensing team about the taxi firm", "by": "2026-12-01", "who": "Police", "status": None}, {"text": "Update the safety plan with the aunt", "by": "2026-11-24", "who": "Sal Social", "status": None}],
         findings=["test_number:nhs_number"]))

    save("mace-template-closes.xlsx", book([
        ["MACE Meeting Template"], [], ["Name of child", "Mac Template"], ["Date of birth", D(2010, 6, 7)], ["LCS number", 60601], ["Date of MACE meeting", D(2026, 11, 17)], ["Social worker", "Sal Social"],
        ["Key information shared", "No concerns since the summer."], ["Outcome agreed by MACE", "Child is not being exploited (No signs or evidence the child is being exploited)"], ["MACE decision", "Close"],
        ["Rationale for closure", "No contact with the adults named; the school carries the plan."],
    ]), reading("st-helens-mace-template", child_name="Mac Template", date_of_birth="2010-06-07", lcs_number="60601", lead_professional="Sal Social", discussion="No concerns since the summer.", outcome="not-exploited", decision="close",
                rationale="No contact with the adults named; the school carries the plan."))

    doc = docx.Document()
    doc.add_paragraph("MACE Meeting Template")
    table(doc, [["Child's name", "Mac Template"], ["DOB", "07/06/2010"], ["Date of MACE meeting", "17/11/2026"], ["Risk rating", "High"], ["Outcome agreed by MACE", None], ["Decision of MACE", "Close"], ["Rationale for closure", None]])
    save("mace-template-without.docx", doc, reading("st-helens-mace-template", child_name="Mac Template", date_of_birth="2010-06-07", decision="close", findings=["missing:outcome", "missing:rationale"]))


def health():
    questions = ["Have you ever stayed out overnight or longer without permission from your parent(s) or guardian?", "Is there an age difference of 4 or more years between you and your partner?", "Does your partner stop you from doing things you want to do?",
                 "Thinking about where you go to hang out, or to have sex, do you feel unsafe there?"]
    doc = docx.Document()
    doc.add_heading("CSERQ4 – Child Sexual Exploitation Risk Questionnaire", 1)
    table(doc, [["Name", "Hal Healthy"], ["Date of birth", "19/04/2012"], ["NHS No.", "999 000 0050"], ["Hospital number", "H-778"], ["GP Practice", "Invented Health Centre"], ["School", "Example High"], ["Date of attendance", "15/11/2026"], ["Completed by (name and role)", "Sr Nurse, ED"]])
    table(doc, [["Question", "Yes", "No"]] + [[text, "✓" if n in (0, 3) else None, None if n in (0, 3) else "✓"] for n, text in enumerate(questions)])
    table(doc, [["Outcome of screening", "At risk"], ["Referral made to", "MASH"]])
    save("cserq4.docx", doc, reading("screening-tool", child_name="Hal Healthy", date_of_birth="2012-04-19", nhs_number="9990000050", gp="Invented Health Centre", education="Example High", assessment_date="2026-11-15", completed_by="Sr Nurse, ED",
         risk_factors=["Stayed out overnight without permission", "Feels unsafe where they go"], screening_result="at-risk", findings=["test_number:nhs_number"]))

    doc = docx.Document()
    doc.add_heading("Child Exploitation Initial Screening Tool", 1)
    table(doc, [["Name of person making referral", "Dr Practice"], ["Organisation", "Practice Surgery"], ["Worker's Contact Details", "01632 960888"], ["Child's Name", "Hal Healthy"], ["Age", "14"], ["D.O.B.", "19/04/2012"], ["Lives with", "Both parents"],
                ["Local Authority with responsibility", "Surrey"], ["Date screen completed", "15/11/2026"], ["Result of screening", "No Current CSE Risk"]])
    save("screening-gp.docx", doc, reading("screening-tool", completed_by="Dr Practice", agency="Practice Surgery", contact_number="01632 960888", child_name="Hal Healthy", age=14, date_of_birth="2012-04-19", placement="Both parents",
         responsible_authority="Surrey", assessment_date="2026-11-15", screening_result="no-current-risk"))


def interviews():
    doc = docx.Document()
    doc.add_heading("Missing Child/Young Person Return Interview Form", 1)
    table(doc, [["Name of YP", "Ren Roamer"], ["D.O.B", "05/05/2011"], ["LCS number", "88001"], ["Home address", "2 Home Street"], ["Legal status", "LAC"], ["Allocated social worker", "Sol Worker"], ["Date and time reported missing", "13/11/2026 22:15"],
                ["Date and time returned", "15/11/2026 07:40"], ["Date of return interview", "17/11/2026"], ["Location at which Interview took place", "At home"], ["Name of person completing interview", "Ivy Independent"], ["Job Role", "RHI worker"],
                ["Level of risk", "Medium"], ["Where did they go?", "To a friend’s house."]])
    save("rhi-times.docx", doc, reading("return-home-interview", child_name="Ren Roamer", date_of_birth="2011-05-05", lcs_number="88001", address="2 Home Street", legal_status=["LAC"], lead_professional="Sol Worker", missing_date="2026-11-13",
         returned_date="2026-11-15", assessment_date="2026-11-17", completed_by="Ivy Independent"))
    save("rhi.xlsx", book([["Return Home Interview"], ["Name of young person", "Ren Roamer"], ["Date of birth", D(2011, 5, 5)], ["Missing since", D(2026, 11, 13)], ["Date found", D(2026, 11, 15)], ["Interview date", D(2026, 11, 17)], ["Interview refused", "No"],
                           ["Interviewer", "Ivy Independent"]]), reading("return-home-interview", child_name="Ren Roamer", date_of_birth="2011-05-05", missing_date="2026-11-13", returned_date="2026-11-15", assessment_date="2026-11-17",
                                                                           completed_by="Ivy Independent"))


def st_helens_complete():
    outcomes = lambda at: [[("☒ " if n == at else "☐ ") + text] for n, text in enumerate(OUTCOMES)]
    who = dict(child_name="Nia Saint", date_of_birth="2011-10-12", lcs_number="SH-900", lead_professional="Bob Social", manager="Tess Manager", assessment_date="2026-11-16")
    for name, kind, at, value, signed, findings in (
        ("ce-authorised.docx", "Initial", 2, "may-be-exploited", "Authorised, Tess Manager, 17/11/2026", []), ("ce-unauthorised.docx", "Review", 0, "exploited-and-risk-to-others", None, ["not_authorised:authorisation"]),
        ("ce-not-yet-authorised.docx", "Closure", 3, "not-exploited", "Not yet", ["missing:rationale", "not_authorised:authorisation"]),
    ):
        doc = docx.Document()
        doc.add_heading("Child Exploitation (CE) Assessment", 1)
        table(doc, [["Type of assessment", boxes(*((text == kind, text) for text in ("Initial", "Review", "Closure")))], ["Name of child", "Nia Saint"], ["Date of birth", "12/10/2011"], ["LCS number", "SH-900"], ["Allocated social worker", "Bob Social"],
                    ["Date of assessment", "16/11/2026"]])
        doc.add_paragraph("Outcome")
        table(doc, outcomes(at))
        table(doc, [["Rationale for closure", None], ["Team manager", "Tess Manager"], ["Team manager’s authorisation", signed]])
        fields = dict(who, assessment_type=kind.lower(), outcome=value)
        if not findings:
            fields["authorisation"] = signed
        save(name, doc, reading("st-helens-ce-assessment", findings, **fields))


ALL = (checklists, recording_templates, update_forms, blackburn, mace_referrals, mace_templates, health, interviews, st_helens_complete)
