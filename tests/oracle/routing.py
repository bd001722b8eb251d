#!/usr/bin/env python3
"""Who may have what, worked out a second time.

An oracle for casework::routing, written from the rule catalogue alone (MC-08, MC-09, MC-10, MC-33, SY-08, SY-12, SY-13,
SY-36, SY-39, `restrict`, the directory's columns) and sharing no code with the program. It reads JSON lines, from a file or
standard input, one case and the program's answer to it a line:

    {"panel": {"id", "authority", "area", "core_roles": [], "health": {"basis", "roles": {role: "paper" | "summary"}}},
     "allowed_domains": ["surrey.example", "*.police.example"],
     "directory": [{"name", "email", "aliases": [], "role", "authority", "panels": [], "areas": [], "ods_code",
                    "postcode", "secure", "valid_until"}],
     "day": "2026-11-20", "meeting_date": "2026-11-25",
     "agenda": [{"case", "date_of_birth", "gp_text", "caseworker", "restrictions": [{"subject": "role" | "person", "value"}],
                 "documents": [sha256], "names_other_listed_child": false}],
     "approvers": [role],
     "answer": {"mails": [{"kind", "to": [], "cases": [], "documents": []}], "missing": [{"case", "role"}],
                "approval": {"to": [], "cases": [], "documents": []} | null}}

`approvers` and `approval` may be left out together: who would approve the pack is not asked then.

It prints the first differences and ends with 1 if there are any, 2 if the input is not what it should be, else 0.

Readings of the rules that the catalogue leaves open, each in one place below:
  * a restricted role bars everybody who holds it in any valid row, whatever other role they would get the paper in;
  * a member from whom every case is barred still gets the agenda, without a child in it;
  * MC-09 skips a health copy where the same address gets the child's *paper* in the pack; where the pack has no paper for
    the child there is nothing sent twice, and the copy goes;
  * two practices that fit one form are no match: a person picks, so the GP is missing;
  * a caseworker writes from the authority's own domain or is cleared in the directory, like any other;
  * somebody called Jagdeep is not the JAG: see `functional`.
"""

import argparse
import collections
import json
import re
import sys
from datetime import date

KINDS = ("agenda", "extract", "health-copy")


def folded(text):
    """Case and spacing make no difference in names, areas and postcodes."""
    return " ".join((text or "").casefold().split())


def closed_up(text):
    return "".join((text or "").casefold().split())


def address(text):
    return (text or "").strip().lower()


def functional(email):
    """SY-39: a CHaRMM or JAG mailbox, never a person: `charmm.ne`, `ne-jag`, `northeastjag`, but not `jagdeep.gill`."""
    local = address(email).split("@")[0]
    words = re.split(r"[^a-z]+", local)
    return "charmm" in local or any(word.endswith("jag") for word in words)


def covered(domain, pattern):
    pattern = pattern.strip().lower()
    if pattern.startswith("*."):
        return domain.endswith(pattern[1:]) and len(domain) > len(pattern) - 1
    return domain == pattern


def age_on(born, day):
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Case:
    """One line of input, with the questions the rules ask of it."""

    def __init__(self, facts):
        self.panel = facts["panel"]
        self.allowed = facts["allowed_domains"]
        self.day = date.fromisoformat(facts["day"])
        self.meeting = date.fromisoformat(facts["meeting_date"])
        self.agenda = facts["agenda"]
        self.approvers = facts.get("approvers") or []
        self.rows = [row for row in facts["directory"] if self.valid(row)]
        self.seen = collections.Counter()

    def valid(self, row):
        """A row may be used up to and including its last day."""
        return not row.get("valid_until") or self.day <= date.fromisoformat(row["valid_until"])

    def in_allowed_domain(self, email):
        domain = address(email).rpartition("@")[2]
        return any(covered(domain, pattern) for pattern in self.allowed)

    def cleared(self, row):
        if functional(row["email"]):
            self.seen["functional mailbox (SY-39)"] += 1
            return False
        return bool(row.get("secure")) or self.in_allowed_domain(row["email"])

    def addresses_of(self, email):
        """All addresses of the person who has this one."""
        known = {address(email)}
        for row in self.rows:
            own = {address(row["email"])} | {address(alias) for alias in row.get("aliases") or []}
            if address(email) in own:
                known |= own
        return known

    def roles_of(self, email):
        known = self.addresses_of(email)
        return {row["role"] for row in self.rows if address(row["email"]) in known}

    def barred(self, item, email, role):
        """`restrict` overrides every rule."""
        for restriction in item.get("restrictions") or []:
            subject, value = restriction["subject"], restriction["value"]
            if subject == "person" and address(value) in self.addresses_of(email):
                return True
            if subject == "role" and (value == role or value in self.roles_of(email)):
                return True
        return False

    # The pack: MC-08, SY-12.

    def pack(self):
        members = {}
        for row in self.rows:
            if row["role"] in self.panel["core_roles"] and self.panel["id"] in row["panels"] and self.cleared(row):
                members.setdefault(address(row["email"]), set()).add(row["role"])
        self.visible = {}
        for email, roles in members.items():
            may_see = [item for item in self.agenda if not any(self.barred(item, email, role) for role in roles)]
            self.visible[email] = frozenset(item["case"] for item in may_see)
            self.seen["core member barred"] += len(may_see) < len(self.agenda)
        groups = collections.defaultdict(set)
        for email, cases in self.visible.items():
            groups[cases].add(email)
        for cases, to in groups.items():
            papers = [sha for item in self.agenda if item["case"] in cases for sha in item["documents"]]
            yield mail("agenda", to, cases, papers)

    def in_pack(self, email, item):
        """MC-09: this address gets this child's paper in the pack."""
        return bool(item["documents"]) and item["case"] in self.visible.get(email, ())

    # Approval: MC-33.

    def approval(self):
        """The whole pack, to the holders of the first of these roles of whom one may see every child of it."""
        for role in self.approvers:
            holders = [row for row in self.rows if row["role"] == role and self.panel["id"] in row["panels"] and self.cleared(row)]
            emails = {address(row["email"]) for row in holders}
            may = {email for email in emails if not any(self.barred(item, email, role) for item in self.agenda)}
            self.seen["approver barred (MC-33)"] += len(may) < len(emails)
            if may:
                papers = [sha for item in self.agenda for sha in item["documents"]]
                return mail("approval", may, [item["case"] for item in self.agenda], papers)
        self.seen["nobody can approve (MC-33)"] += 1
        return None

    # One child's copies: MC-08, MC-09, MC-10, SY-08.

    def shareable(self, item):
        """MC-10: a paper that names another listed child stays out of extracts and health copies."""
        if item.get("names_other_listed_child"):
            self.seen["paper names another child (MC-10)"] += 1
            return []
        return item["documents"]

    def extract(self, item):
        workers = item.get("caseworker") or []
        for worker in [workers] if isinstance(workers, str) else workers:
            email = address(worker)
            listed = any(self.cleared(row) and address(row["email"]) == email for row in self.rows)
            own = any(covered(email.rpartition("@")[2], domain) for domain in self.panel.get("domains") or [])
            # A worker who is not listed writes from the authority's own domain; a partner's address must be in the directory.
            if functional(email) or not (listed or own):
                self.seen["caseworker not cleared"] += 1
            elif self.in_pack(email, item):
                self.seen["caseworker had it in the pack (MC-09)"] += 1
            elif self.barred(item, email, "caseworker"):
                self.seen["caseworker barred"] += 1
            else:
                yield mail("extract", [email], [item["case"]], self.shareable(item))

    def practice(self, item):
        """The GP: by ODS code, else by name and postcode together; never by one of them."""
        text = item.get("gp_text") or ""
        # Which authority lists the practice makes no difference: an ODS code is the practice's own, whoever keeps the row.
        practices = [row for row in self.rows if row["role"] == "gp" and self.cleared(row)]
        codes = set(re.findall(r"\b[A-Z]\d{5}\b", text))
        coded = [row for row in practices if row.get("ods_code") in codes]
        fits = lambda row: (  # noqa: E731
            folded(row.get("name"))
            and closed_up(row.get("postcode"))
            and folded(row["name"]) in folded(text)
            and closed_up(row["postcode"]) in closed_up(text)
        )
        named = [row for row in practices if fits(row)]
        found, how = (coded, "GP by ODS code") if coded else (named, "GP by name and postcode")
        # The code of one practice and the name of another contradict each other.
        both = coded + named
        if len({row.get("ods_code") or (folded(row.get("name")), closed_up(row.get("postcode"))) for row in both}) > 1:
            self.seen["two practices fit"] += 1
            return []
        self.seen[how] += bool(found)
        return found

    def rows_of(self, role):
        return [
            row
            for row in self.rows
            if row["role"] == role and row.get("authority") == self.panel["authority"] and self.cleared(row)
        ]

    def team(self, role):
        """The child's own team: by area; a panel's representative without an area is nobody's team (MC-09)."""
        here = folded(self.panel.get("area"))
        for row in self.rows_of(role):
            areas = {folded(area) for area in row.get("areas") or []}
            if row["panels"] and not areas:
                self.seen["panel's representative is not the team (MC-09)"] += 1
            elif not areas or (here and here in areas):
                yield row

    def health(self, item):
        """Who gets a copy, and with the paper or without; and the roles nobody can be found for."""
        content, missing = {}, []
        if not (self.panel.get("health") or {}).get("basis"):
            return content, missing
        born = item.get("date_of_birth")
        adult = bool(born) and age_on(date.fromisoformat(born), self.meeting) >= 18
        wanted = {}
        for role, gets in self.panel["health"]["roles"].items():
            if role == "camhs" and adult:
                self.seen["adult instead of CAMHS (SY-36)"] += 1
                role = "adult-mental-health"
            wanted[role] = "paper" if "paper" in (gets, wanted.get(role)) else "summary"
        for role, gets in wanted.items():
            if any(r["subject"] == "role" and r["value"] == role for r in item.get("restrictions") or []):
                self.seen["health role barred"] += 1
                continue
            rows = self.practice(item) if role == "gp" else list(self.team(role))
            if not rows:
                self.seen["health role missing"] += 1
                missing.append(role)
            for row in rows:
                email = address(row["email"])
                if self.barred(item, email, role):
                    self.seen["health colleague barred"] += 1
                elif self.in_pack(email, item):
                    self.seen["already in the pack (MC-09)"] += 1
                else:
                    content[email] = "paper" if "paper" in (gets, content.get(email)) else "summary"
        return content, missing

    def expected(self):
        mails, missing = list(self.pack()), set()
        for item in self.agenda:
            mails.extend(self.extract(item))
            copies, unfound = self.health(item)
            missing |= {(item["case"], role) for role in unfound}
            for email, gets in copies.items():
                mails.append(mail("health-copy", [email], [item["case"]], self.shareable(item) if gets == "paper" else []))
        return collections.Counter(mails), missing


def mail(kind, to, cases, documents):
    """A mail as a value: order makes no difference, repetition does."""
    return (kind, tuple(sorted(address(a) for a in to)), tuple(sorted(cases)), tuple(sorted(documents)))


def told(value):
    kind, to, cases, documents = value
    papers = ", ".join(sha[:8] for sha in documents) or "no papers"
    return f"{kind} to {', '.join(to)} about {', '.join(cases) or 'no child'} with {papers}"


def differences(facts, seen=None):
    """What is wrong with one answer, in words; nothing if it is right."""
    case = Case(facts)
    mails, missing = case.expected()
    answer = facts["answer"]
    given = collections.Counter(mail(m["kind"], m["to"], m["cases"], m["documents"]) for m in answer["mails"])
    wrong = [f"must not be sent: {told(m)}" for m in sorted((given - mails).elements())]
    wrong += [f"is not sent: {told(m)}" for m in sorted((mails - given).elements())]
    if "approval" in answer:
        asked = answer["approval"] and mail("approval", *(answer["approval"][key] for key in ("to", "cases", "documents")))
        if asked != (expected := case.approval()):
            wrong.append(f"is asked for approval: {told(asked) if asked else 'nobody'}, not {told(expected) if expected else 'nobody'}")
    if seen is not None:
        seen.update(case.seen)
    said = {(entry["case"], entry["role"]) for entry in answer["missing"]}
    wrong += [f"is said to be missing, and is not: {case} {role}" for case, role in sorted(said - missing)]
    wrong += [f"is missing, and that is not said: {case} {role}" for case, role in sorted(missing - said)]
    return wrong


def main():
    words = argparse.ArgumentParser(description="Checks routing answers against the rules.")
    words.add_argument("file", nargs="?", default="-", help="JSON lines; standard input if left out")
    words.add_argument("--show", type=int, default=5, help="how many wrong cases to print (default 5)")
    chosen = words.parse_args()
    cases, wrong, seen, kinds = 0, 0, collections.Counter(), collections.Counter()
    with sys.stdin if chosen.file == "-" else open(chosen.file, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                facts = json.loads(line)
                found = differences(facts, seen)
                kinds.update(m["kind"] for m in facts["answer"]["mails"])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                print(f"line {number} is not a case: {type(error).__name__}: {error}", file=sys.stderr)
                return 2
            cases += 1
            if found:
                wrong += 1
                if wrong <= chosen.show:
                    print(f"line {number}:")
                    print("\n".join(f"  {what}" for what in found[:10]))
                    print(f"  {line.strip()}")
    if not cases:
        print("no cases: nothing was checked", file=sys.stderr)
        return 2
    met = ", ".join(f"{what} {count}" for what, count in sorted(seen.items()) if count)
    print(f"routing: {cases} cases, {wrong} wrong; " + ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS))
    print(f"routing: met: {met or 'none of the special cases'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
