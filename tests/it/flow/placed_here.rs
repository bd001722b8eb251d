//! A child of another authority who is placed in the panel's area: that authority's worker is invited, and worker and manager
//! get what was agreed (SY-35).

use crate::harness::{Form, Results, Story, addresses, child, letter, rat, recording};
use dutyclerk::casework::directory::Entry;

const KIRA: &str = "kira.whitstable@kent.example";
const TOM: &str = "tom.margate@kent.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const POLICE: &str = "idris.hebden@police.example";
const BOX: &str = "surrey-rmm-se";

fn form(n: u32) -> Form {
    let form = rat(&child(n, "Maisie Thornquist")).lead("Kira Whitstable").set("Manager", "Tom Margate");
    form.set("Responsible local authority", "Kent County Council")
}

fn record(n: u32) -> Form {
    recording(&child(n, "Maisie Thornquist")).lead("Kira Whitstable").set("Date of next RMM/MACE", "16/12/2026")
}

/// Rows of Kent, cleared by a person.
fn of_kent(rows: &mut Vec<Entry>) {
    for (name, email, role) in [("Kira Whitstable", KIRA, "social-worker"), ("Tom Margate", TOM, "team-manager")] {
        let mut row = rows.iter().find(|row| row.role.as_str() == role).unwrap().clone();
        row.name = name.to_owned().into();
        row.email = email.parse().unwrap();
        row.authority = Some("kent".into());
        row.secure = true;
        rows.push(row);
    }
}

fn to<'r>(r: &'r Results, kind: &str, address: &str) -> Vec<&'r crate::harness::Sent> {
    r.of(kind).into_iter().filter(|mail| mail.goes_to(address) && mail.children.contains("R-0001")).collect()
}

#[test]
fn sy_35_the_responsible_authoritys_worker_is_invited_and_worker_and_manager_get_what_was_agreed() {
    let maisie = child(770, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, KIRA, "2026-11-02T09:00:00").form(&form(770)))
        .mail(&letter(BOX, ADMIN, "2026-11-04T15:00:00").form(&record(770)))
        .live("2026-11-01", "2026-11-10");
    live.directory(of_kent);
    let r = live.finish();
    assert_eq!(to(&r, "invitation", KIRA).len(), 2, "to the meeting, and to the review: {}", r.overview());
    assert!(to(&r, "invitation", TOM).is_empty(), "the manager is invited to nothing: {}", r.overview());
    assert_eq!(to(&r, "extract", KIRA).len(), 1, "{}", r.overview());
    assert!(r.alerts("no caseworker known").is_empty(), "{}", r.overview());
    for who in [KIRA, TOM] {
        assert_eq!(to(&r, "notes", who).len(), 1, "{who}: {}", r.overview());
    }
    assert!(
        r.answer("002.eml").says("The lead professional has been told and invited."),
        "{}",
        r.answer("002.eml").text
    );
}

#[test]
fn sy_35_nobody_is_said_to_be_told_who_is_not_and_whoever_the_form_names_is_invited_once_the_directory_has_them() {
    let maisie = child(771, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, POLICE, "2026-11-02T09:00:00").form(&form(771)))
        .mail(&letter(BOX, ADMIN, "2026-11-04T15:00:00").form(&record(771)))
        .live("2026-11-01", "2026-11-10");
    live.until("2026-11-04T16:00:00");
    let r = live.so_far();
    assert_eq!(r.alerts("no caseworker known for R-0001").len(), 1, "{}", r.overview());
    let answer = r.answer("002.eml");
    assert!(
        answer.says("Nobody is known who carries the case, so nobody has been told or invited (rule SY-28)."),
        "{}",
        answer.text
    );
    assert!(!answer.says("has been told and invited"), "{}", answer.text);
    live.directory(of_kent);
    live.until("2026-11-05T10:00:00");
    let r = live.so_far();
    let invited = to(&r, "invitation", KIRA);
    assert_eq!(invited.len(), 1, "{}", r.overview());
    assert_eq!(invited[0].meeting, "surrey-rmm-se/2026-12-16");
    assert_eq!(invited[0].to, addresses([KIRA]));
}

#[test]
fn sy_35_a_worker_of_another_authority_carries_no_case_whose_form_does_not_name_it() {
    let maisie = child(772, "Maisie Thornquist");
    let of_surrey = rat(&maisie).lead("Kira Whitstable").set("Responsible local authority", "Surrey");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, KIRA, "2026-11-02T09:00:00").form(&of_surrey))
        .live("2026-11-01", "2026-11-05");
    live.directory(of_kent);
    let r = live.finish();
    assert!(to(&r, "invitation", KIRA).is_empty() && to(&r, "extract", KIRA).is_empty(), "{}", r.overview());
    assert_eq!(r.alerts("no caseworker known").len(), 1, "{}", r.overview());
}
