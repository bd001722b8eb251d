#!/usr/bin/env python3
"""The routing oracle on cases worked out by hand, right answers and wrong ones: an oracle that cannot object is none."""

import copy
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import routing  # noqa: E402


def row(email, role, **more):
    base = {"name": role, "email": email, "role": role, "authority": "surrey", "panels": [], "areas": []}
    return {**base, "ods_code": None, "postcode": None, "secure": False, "valid_until": None, **more}


PANEL = ["surrey-rmm-ne"]
NORTH_EAST = ["North East"]
DIRECTORY = [
    row("chair@surrey.example", "chair", panels=PANEL),
    row("police@force.police.example", "police", panels=PANEL),
    row("camhs.rep@nhs.example", "camhs", panels=PANEL),
    row("nurse@nhs.example", "named-nurse-community", panels=PANEL, areas=NORTH_EAST),
    row("admin@surrey.example", "admin", panels=PANEL),
    row("chair.nw@surrey.example", "chair", panels=["surrey-rmm-nw"]),
    row("school@school.example", "school", panels=PANEL),
    row("camhs.team@nhs.example", "camhs", areas=["North East", "North West"]),
    row("camhs.south@nhs.example", "camhs", areas=["South East"]),
    row("adults@nhs.example", "adult-mental-health"),
    row("acute@nhs.example", "named-nurse-acute", areas=NORTH_EAST),
    row("surgery@nhs.example", "gp", name="Harbour Lane Surgery", ods_code="Z99001", postcode="ZZ11 1AA"),
    row("mill@nhs.example", "gp", name="The Old Mill Practice", ods_code="Z99002", postcode="ZZ11 2AB"),
]
ROLES = {"gp": "paper", "named-nurse-acute": "summary", "named-nurse-community": "paper", "camhs": "paper"}
CORE = ["chair", "police", "camhs", "named-nurse-community"]
MEMBERS = ["chair@surrey.example", "police@force.police.example", "camhs.rep@nhs.example", "nurse@nhs.example"]


def item(case, **more):
    base = {"case": case, "date_of_birth": "2011-05-01", "gp_text": "Z99001", "caseworker": "sw@surrey.example"}
    return {**base, "restrictions": [], "documents": [case.lower()], "names_other_listed_child": False, **more}


def sent(kind, to, cases, documents):
    return {"kind": kind, "to": to, "cases": cases, "documents": documents}


def usual(case, gp="surgery@nhs.example", camhs="camhs.team@nhs.example"):
    """The extract and health copies of a child nothing is particular about."""
    paper = [case.lower()]
    return [
        sent("extract", ["sw@surrey.example"], [case], paper),
        sent("health-copy", [gp], [case], paper),
        sent("health-copy", ["acute@nhs.example"], [case], []),
        sent("health-copy", [camhs], [case], paper),
    ]


def case(agenda, mails, missing=(), directory=DIRECTORY, **panel):
    health = {"basis": "ISA clause 4", "roles": ROLES}
    base = {"id": "surrey-rmm-ne", "authority": "surrey", "area": "North East", "domains": ["surrey.example"], "core_roles": CORE, "health": health}
    return {
        "panel": {**base, **panel},
        "allowed_domains": ["surrey.example", "nhs.example", "*.police.example"],
        "directory": list(directory),
        "day": "2026-11-05",
        "meeting_date": "2026-11-09",
        "agenda": agenda,
        "answer": {"mails": mails, "missing": [{"case": c, "role": r} for c, r in missing]},
    }


PLAIN = case([item("R-1")], [sent("agenda", MEMBERS, ["R-1"], ["r-1"]), *usual("R-1")])


class Right(unittest.TestCase):
    def right(self, facts):
        self.assertEqual(routing.differences(facts), [])

    def test_the_pack_goes_to_core_members_and_each_child_s_copies_to_its_own_people(self):
        self.right(PLAIN)
        two = case(
            [item("R-1"), item("R-2", gp_text="the old mill practice, Mill Road, zz112ab")],
            [sent("agenda", MEMBERS[::-1], ["R-2", "R-1"], ["r-2", "r-1"]), *usual("R-1"), *usual("R-2", "mill@nhs.example")],
        )
        self.right(two)

    def test_a_barred_member_gets_the_agenda_without_that_case(self):
        others = [MEMBERS[0], *MEMBERS[2:]]
        for restriction in (
            {"subject": "role", "value": "police"},
            {"subject": "person", "value": "Police@force.police.example"},
        ):
            agenda = [item("R-1", restrictions=[restriction]), item("R-2")]
            mails = [
                sent("agenda", others, ["R-1", "R-2"], ["r-1", "r-2"]),
                sent("agenda", [MEMBERS[1]], ["R-2"], ["r-2"]),
            ]
            self.right(case(agenda, mails + usual("R-1") + usual("R-2")))

    def test_a_barred_caseworker_and_a_barred_health_role_get_nothing_and_are_not_missing(self):
        barred = [{"subject": "person", "value": "sw@surrey.example"}, {"subject": "role", "value": "gp"}]
        mails = [sent("agenda", MEMBERS, ["R-1"], ["r-1"]), *usual("R-1")[2:]]
        self.right(case([item("R-1", restrictions=barred)], mails))

    def test_a_paper_that_names_another_child_stays_out_of_copies_but_not_of_the_pack(self):
        mails = [sent("agenda", MEMBERS, ["R-1"], ["r-1"])] + [{**m, "documents": []} for m in usual("R-1")]
        self.right(case([item("R-1", names_other_listed_child=True)], mails))

    def test_at_eighteen_on_the_meeting_day_the_copy_goes_to_adult_mental_health(self):
        agenda = sent("agenda", MEMBERS, ["R-1"], ["r-1"])
        self.right(case([item("R-1", date_of_birth="2008-11-09")], [agenda, *usual("R-1", camhs="adults@nhs.example")]))
        self.right(case([item("R-1", date_of_birth="2008-11-10")], [agenda, *usual("R-1")]))

    def test_no_health_copies_without_a_basis(self):
        mails = [sent("agenda", MEMBERS, ["R-1"], ["r-1"]), usual("R-1")[0]]
        self.right(case([item("R-1")], mails, health={"basis": None, "roles": ROLES}))

    def test_a_gp_is_never_found_by_name_alone(self):
        mails = [sent("agenda", MEMBERS, ["R-1"], ["r-1"]), usual("R-1")[0], *usual("R-1")[2:]]
        for text in ("Harbour Lane Surgery", "ZZ11 1AA", "Z99999", "AZ990010", "Z99001 or perhaps Z99002", None):
            self.right(case([item("R-1", gp_text=text)], mails, [("R-1", "gp")]))

    def test_expired_uncleared_and_functional_addresses_get_nothing(self):
        more = [
            row("leaver@surrey.example", "chair", panels=PANEL, valid_until="2026-11-04"),
            row("last.day@surrey.example", "chair", panels=PANEL, valid_until="2026-11-05"),
            row("someone@mail.example", "chair", panels=PANEL),
            row("police@police.example", "police", panels=PANEL),
            row("named@charity.example", "chair", panels=PANEL, secure=True),
            row("CHaRMM.ne@surrey.example", "chair", panels=PANEL),
            row("ne-jag@surrey.example", "police", panels=PANEL),
            row("jagdeep.gill@surrey.example", "police", panels=PANEL),
        ]
        members = [*MEMBERS, "last.day@surrey.example", "named@charity.example", "jagdeep.gill@surrey.example"]
        mails = [sent("agenda", members, ["R-1"], ["r-1"]), *usual("R-1")]
        self.right(case([item("R-1")], mails, directory=[*DIRECTORY, *more]))

    def test_somebody_with_two_roles_gets_one_copy(self):
        both = row("surgery@nhs.example", "named-nurse-acute", areas=NORTH_EAST)
        fewer = [r for r in DIRECTORY if r["email"] != "acute@nhs.example"]
        mails = [sent("agenda", MEMBERS, ["R-1"], ["r-1"])] + [m for m in usual("R-1") if m["to"] != ["acute@nhs.example"]]
        self.right(case([item("R-1")], mails, directory=[*fewer, both]))


    def test_the_pack_is_approved_by_the_first_who_may_see_all_of_it(self):
        more = [*DIRECTORY, row("approver@surrey.example", "approver", panels=PANEL)]
        pack = [sent("agenda", MEMBERS, ["R-1"], ["r-1"]), *usual("R-1")]
        barred = [{"subject": "person", "value": "approver@surrey.example"}]
        for restrictions, to in (([], "approver@surrey.example"), (barred, "chair@surrey.example")):
            facts = case([item("R-1", restrictions=restrictions)], pack, directory=more)
            facts["approvers"] = ["approver", "chair"]
            facts["answer"]["approval"] = {"to": [to], "cases": ["R-1"], "documents": ["r-1"]}
            self.right(facts)
            for other in ("admin@surrey.example", None):
                facts["answer"]["approval"] = other and {"to": [other], "cases": ["R-1"], "documents": ["r-1"]}
                self.assertTrue(any("is asked for approval" in line for line in routing.differences(facts)))


class Wrong(unittest.TestCase):
    """Each of these answers breaks one rule; the oracle must say so."""

    def wrong(self, change, text):
        facts = copy.deepcopy(PLAIN)
        change(facts["answer"])
        found = routing.differences(facts)
        self.assertTrue(any(text in line for line in found), found)

    def test_a_recipient_too_many(self):
        self.wrong(lambda a: a["mails"][0]["to"].append("admin@surrey.example"), "must not be sent: agenda")

    def test_a_recipient_too_few(self):
        self.wrong(lambda a: a["mails"][0]["to"].pop(), "is not sent: agenda")

    def test_a_case_by_case_invitee_gets_the_pack(self):
        self.wrong(lambda a: a["mails"][0]["to"].append("school@school.example"), "school@school.example")

    def test_the_pack_split_in_two(self):
        def split(answer):
            first = answer["mails"][0]
            answer["mails"].append({**first, "to": [first["to"].pop()]})

        self.wrong(split, "is not sent: agenda")

    def test_a_paper_left_out_or_put_in(self):
        self.wrong(lambda a: a["mails"][0]["documents"].clear(), "is not sent: agenda")
        self.wrong(lambda a: a["mails"][3]["documents"].append("r-1"), "must not be sent: health-copy to acute")

    def test_the_same_copy_twice_and_a_copy_of_what_is_in_the_pack(self):
        self.wrong(lambda a: a["mails"].append(a["mails"][2]), "must not be sent: health-copy to surgery")
        copy_for_nurse = sent("health-copy", ["nurse@nhs.example"], ["R-1"], ["r-1"])
        self.wrong(lambda a: a["mails"].append(copy_for_nurse), "must not be sent: health-copy to nurse")

    def test_the_representative_instead_of_the_team(self):
        self.wrong(lambda a: a["mails"][4].update(to=["camhs.rep@nhs.example"]), "is not sent: health-copy to camhs.team")

    def test_another_area_s_team(self):
        self.wrong(lambda a: a["mails"][4].update(to=["camhs.south@nhs.example"]), "must not be sent: health-copy to camhs.south")

    def test_no_extract_or_one_to_somebody_else(self):
        self.wrong(lambda a: a["mails"].pop(1), "is not sent: extract")
        self.wrong(lambda a: a["mails"][1].update(to=["other@surrey.example"]), "must not be sent: extract to other")

    def test_missing_said_wrongly_or_not_at_all(self):
        self.wrong(lambda a: a["missing"].append({"case": "R-1", "role": "gp"}), "is said to be missing")
        facts = case([item("R-1", gp_text="")], PLAIN["answer"]["mails"])
        found = routing.differences(facts)
        self.assertIn("is missing, and that is not said: R-1 gp", found)
        self.assertTrue(any("must not be sent: health-copy to surgery" in line for line in found), found)

    def test_a_kind_of_mail_that_routing_does_not_decide(self):
        self.wrong(lambda a: a["mails"].append(sent("notes", ["chair@surrey.example"], ["R-1"], [])), "must not be sent: notes")


class Command(unittest.TestCase):
    def run_on(self, text):
        script = pathlib.Path(__file__).with_name("routing.py")
        return subprocess.run([sys.executable, script], input=text, capture_output=True, text=True, check=False)

    def test_exit_codes(self):
        wrong = copy.deepcopy(PLAIN)
        wrong["answer"]["mails"][0]["to"].append("admin@surrey.example")
        self.assertEqual(self.run_on(json.dumps(PLAIN) + "\n").returncode, 0)
        told = self.run_on(json.dumps(PLAIN) + "\n" + json.dumps(wrong) + "\n")
        self.assertEqual(told.returncode, 1)
        self.assertIn("line 2:", told.stdout)
        self.assertIn("2 cases, 1 wrong", told.stdout)
        self.assertEqual(self.run_on("").returncode, 2)
        self.assertEqual(self.run_on("{}\n").returncode, 2)


if __name__ == "__main__":
    unittest.main()
