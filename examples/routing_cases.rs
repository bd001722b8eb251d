//! Prints random routing cases with this program's answers, one JSON object a line, for `tests/oracle/routing.py` to judge.
//!
//! `cargo run --example routing_cases -- 10000 [SEED] | python3 tests/oracle/routing.py`

use dutyclerk::casework::directory::{Directory, Entry};
use dutyclerk::casework::panel::Profile;
use dutyclerk::casework::routing::{Contact, HealthCopy, Restriction, RoutedCase, RoutedPaper, Routing};
use dutyclerk::casework::{
    Address, AuthorityId, CaseRef, DomainPattern, MailKind, MeetingId, PanelId, Redacted, RoleId, Sha256,
};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::io::Write;

/// SplitMix64: small, seedable, good enough to shuffle cases.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n.max(1)).unwrap_or(1)).unwrap_or(0)
    }
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let n = self.below(from.len());
        from.get(n)
    }
    fn word(&mut self, from: &[&str]) -> String {
        self.pick(from).copied().unwrap_or_default().to_owned()
    }
}

const AREAS: &[&str] = &["North East", "North West", "South East"];
const PANELS: &[&str] = &["rmm-ne", "rmm-nw", "mace"];
const AUTHORITIES: &[&str] = &["surrey", "st-helens"];
const ROLES: &[&str] = &[
    "chair",
    "police",
    "education",
    "named-nurse-community",
    "camhs",
    "gp",
    "gp",
    "named-nurse-acute",
    "sexual-health",
    "adult-mental-health",
    "social-worker",
    "admin",
    "team-manager",
    "approver",
    "deputy-chair",
];
const APPROVERS: &[&str] = &["approver", "chair", "deputy-chair", "admin"];
const CORE: &[&str] = &["chair", "police", "education", "named-nurse-community", "camhs"];
const HEALTH: &[&str] = &["gp", "named-nurse-acute", "named-nurse-community", "sexual-health", "camhs"];
const DOMAINS: &[&str] = &["nhs.example", "police.example", "surrey.example", "school.example", "mail.example"];
const LOCALS: &[&str] = &["a", "b", "c", "d", "e", "f", "g", "h", "charmm", "jag.panel", "jagger"];
const PRACTICES: &[(&str, &str, &str)] = &[
    ("Oak Surgery", "Z99001", "GU99 1AA"),
    ("Elm Practice", "Z99002", "GU99 2BB"),
    ("Oak Surgery Annexe", "Z99003", "GU99 3CC"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let count: usize = args.next().as_deref().unwrap_or("10000").parse()?;
    let seed: u64 = args.next().as_deref().unwrap_or("1").parse()?;
    let mut dice = Dice(seed);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for _ in 0..count {
        let line = case(&mut dice)?;
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(())
}

fn case(dice: &mut Dice) -> Result<Value, Box<dyn std::error::Error>> {
    let mut profile: Profile = serde_json::from_value(base_profile())?;
    profile.id = PanelId::new(dice.word(PANELS));
    profile.authority = AuthorityId::new(dice.word(AUTHORITIES));
    profile.area = dice.chance(85).then(|| dice.word(AREAS));
    profile.core_roles = CORE.iter().filter(|_| dice.chance(80)).map(|r| RoleId::new(*r)).collect();
    profile.health.basis = dice.chance(85).then(|| "ISA clause 4".to_owned());
    for role in HEALTH {
        if dice.chance(85) {
            let content = if dice.chance(70) { "paper" } else { "summary" };
            profile.health.roles.insert(RoleId::new(*role), serde_json::from_value(json!(content))?);
        }
    }
    let allowed: Vec<DomainPattern> =
        DOMAINS.iter().filter(|_| dice.chance(80)).map(|d| DomainPattern::new(d)).collect();
    let meeting_date = date(2026, 11, 25).checked_add(i64::try_from(dice.below(20))?.days())?;
    let day = meeting_date.checked_sub(2.days())?;
    let directory = Directory { entries: (0..dice.below(22)).filter_map(|_| entry(dice, day)).collect() };
    let mut cases: Vec<RoutedCase> = Vec::new();
    for n in 0..dice.below(5) {
        cases.push(child(dice, n, &directory, meeting_date)?);
    }
    let answer = answer(&profile, &directory, &allowed, day, meeting_date, &cases);
    Ok(json!({
        "panel": {
            "id": profile.id, "authority": profile.authority, "area": profile.area, "core_roles": profile.core_roles,
            "domains": profile.domains, "health": profile.health,
        },
        "allowed_domains": allowed,
        "directory": directory.entries.iter().map(entry_json).collect::<Vec<_>>(),
        "day": day, "meeting_date": meeting_date,
        "agenda": cases.iter().map(case_json).collect::<Vec<_>>(),
        "approvers": APPROVERS,
        "answer": answer,
    }))
}

fn entry(dice: &mut Dice, day: Date) -> Option<Entry> {
    let role = dice.word(ROLES);
    let email: Address = format!("{}@{}", dice.word(LOCALS), dice.word(DOMAINS)).parse().ok()?;
    let (name, ods_code, postcode) = match (role.as_str(), dice.pick(PRACTICES)) {
        ("gp", Some((name, ods, postcode))) => (
            (*name).to_owned(),
            dice.chance(80).then(|| (*ods).to_owned()),
            dice.chance(80).then(|| (*postcode).to_owned()),
        ),
        _ => ("Sam Field".to_owned(), None, None),
    };
    Some(Entry {
        name: Redacted::new(name),
        email,
        aliases: Vec::new(),
        role: RoleId::new(role),
        agency: "agency".to_owned(),
        authority: dice.chance(90).then(|| AuthorityId::new(dice.word(AUTHORITIES))),
        panels: PANELS.iter().filter(|_| dice.chance(45)).map(|p| PanelId::new(*p)).collect(),
        areas: AREAS.iter().filter(|_| dice.chance(35)).map(|a| (*a).to_owned()).collect(),
        ods_code,
        postcode,
        secure: dice.chance(15),
        deputy: None,
        valid_until: if dice.chance(30) {
            day.checked_add((i64::try_from(dice.below(5)).ok()? - 2).days()).ok()
        } else {
            None
        },
    })
}

fn child(
    dice: &mut Dice,
    n: usize,
    directory: &Directory,
    meeting: Date,
) -> Result<RoutedCase, Box<dyn std::error::Error>> {
    let years = 16 + i16::try_from(dice.below(4))?;
    let offset = i64::try_from(dice.below(3))? - 1;
    let born = meeting.checked_add(offset.days())?.checked_sub(years.years())?;
    let gp = dice.pick(PRACTICES).and_then(|(name, ods, postcode)| match dice.below(7) {
        0 => None,
        1 => Some(format!("Dr Patel, {name}, {postcode}")),
        2 => Some(format!("{ods} {name}")),
        3 => Some((*name).to_owned()),
        4 => Some(format!("{name} {}", postcode.replace(' ', ""))),
        // The code of one practice beside another's name and postcode.
        5 => dice.pick(PRACTICES).map(|(_, other, _)| format!("{name} {other} {postcode}")),
        _ => Some(format!("{name} Z99009 {postcode}")),
    });
    let someone = |dice: &mut Dice| -> Result<Address, Box<dyn std::error::Error>> {
        match dice.pick(&directory.entries) {
            Some(entry) if dice.chance(60) => Ok(entry.email.clone()),
            _ => Ok(format!("{}@surrey.example", dice.word(LOCALS)).parse()?),
        }
    };
    let mut restrictions = Vec::new();
    if dice.chance(20) {
        restrictions.push(Restriction::Role(RoleId::new(dice.word(ROLES))));
    }
    if dice.chance(20) {
        restrictions.push(Restriction::Person(someone(dice)?));
    }
    let caseworkers = if dice.chance(85) { vec![Contact { address: someone(dice)?, name: None }] } else { Vec::new() };
    let names_another_child = dice.chance(20);
    Ok(RoutedCase {
        case: CaseRef(i64::try_from(n)? + 1),
        date_of_birth: dice.chance(90).then(|| Redacted::new(born)),
        gp: gp.map(Redacted::new),
        gp_picked: None,
        caseworkers,
        invitees: Vec::new(),
        restrictions,
        papers: (0..dice.below(3))
            .map(|p| RoutedPaper {
                sha256: Sha256::of(format!("{n}/{p}").as_bytes()),
                names_another_child,
                let_go: false,
            })
            .collect(),
    })
}

fn answer(
    profile: &Profile,
    directory: &Directory,
    allowed: &[DomainPattern],
    day: Date,
    meeting: Date,
    cases: &[RoutedCase],
) -> Value {
    let routing = Routing { profile, directory, allowed, day, stand_ins: &[] };
    let meeting = MeetingId { panel: profile.id.clone(), date: meeting };
    let pack = routing.core(MailKind::Agenda, &meeting, cases);
    let mut mails = pack.clone();
    let mut missing = Vec::new();
    for case in cases {
        mails.extend(routing.extracts(&meeting, case, &pack));
        for copy in routing.health(&meeting, case, &pack) {
            match copy {
                HealthCopy::Cleared { clearance, .. } => mails.push(clearance),
                HealthCopy::Missing { role } => missing.push(json!({"case": case.case, "role": role})),
            }
        }
    }
    let approvers: Vec<RoleId> = APPROVERS.iter().map(|role| RoleId::new(*role)).collect();
    let approval = routing.approval(&approvers.iter().collect::<Vec<_>>(), &meeting, cases).map(|m| {
        json!({
            "to": m.recipients().iter().map(|r| r.address.as_str()).collect::<Vec<_>>(),
            "cases": m.cases(),
            "documents": m.documents().iter().map(|d| d.sha256).collect::<Vec<_>>(),
        })
    });
    let mails: Vec<Value> = mails
        .iter()
        .map(|m| {
            json!({
                "kind": m.kind(),
                "to": m.recipients().iter().map(|r| r.address.as_str()).collect::<Vec<_>>(),
                "cases": m.cases(),
                "documents": m.documents().iter().map(|d| d.sha256).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({"mails": mails, "missing": missing, "approval": approval})
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "name": entry.name, "email": entry.email, "role": entry.role, "authority": entry.authority, "panels": entry.panels,
        "areas": entry.areas, "ods_code": entry.ods_code, "postcode": entry.postcode, "secure": entry.secure,
        "valid_until": entry.valid_until,
    })
}

fn case_json(case: &RoutedCase) -> Value {
    let restrictions: Vec<Value> = case
        .restrictions
        .iter()
        .map(|r| match r {
            Restriction::Role(role) => json!({"subject": "role", "value": role}),
            Restriction::Person(address) => json!({"subject": "person", "value": address}),
        })
        .collect();
    json!({
        "case": case.case, "date_of_birth": case.date_of_birth, "gp_text": case.gp,
        "caseworker": case.caseworkers.first().map(|c| c.address.as_str()),
        "restrictions": restrictions,
        "documents": case.papers.iter().map(|p| p.sha256).collect::<Vec<_>>(),
        "names_other_listed_child": case.papers.iter().any(|p| p.names_another_child),
    })
}

fn base_profile() -> Value {
    json!({
        "id": "x", "name": "X", "short": "X", "authority": "surrey", "authority_name": "Surrey", "domains": ["surrey.example"],
        "mailboxes": ["x"], "from": "x@surrey.example", "emergency": "-", "location": "-",
        "series": {"start": "2026-01-07T10:00", "rrule": "FREQ=WEEKLY"},
        "cutoff": {"rule": "working-days-before", "days": 2}, "pack": {"rule": "at-cutoff"}, "late": "next_meeting",
        "accepts": [], "sections": [], "session_minutes": 180, "scale": [], "assessment_age": {"months": 3},
        "core_roles": [], "working_hours": {"start": "09:00:00", "end": "17:00:00"},
        "alerts": {"owner": "admin", "deputy": "admin", "chair": "chair"},
    })
}
