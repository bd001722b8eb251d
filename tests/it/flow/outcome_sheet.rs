//! The outcome sheet: who gets it, and who is on it.

use crate::harness::{Story, addresses, child, letter, rat, same_second};
use dutyclerk::store::RestrictionSubject;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";

#[test]
fn sy_19_admin_gets_an_outcome_sheet_of_every_child_with_the_pack() {
    let (maisie, rory) = (child(301, "Maisie Thornquist"), child(302, "Rory Quillfeather"));
    let mail = |time: &str| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&mail("09:00:00").form(&rat(&maisie)))
        .mail(&mail("09:10:00").form(&rat(&rory).set("NHS Number", "12")))
        .simulate("2026-11-19", "2026-11-25T12:00:00");
    let sheet = r.only("notification");
    assert_eq!(sheet.to, addresses([ADMIN]), "{}", r.overview());
    assert_eq!(sheet.subject, "RMM South East: outcome sheet, Wed 25 November 2026");
    assert_eq!(sheet.files[0].0, "outcome-sheet-surrey-rmm-se-2026-11-25.xlsx");
    assert_eq!(sheet.files.len(), 1, "no papers travel with it");
    same_second(sheet.at, "2026-11-23T10:00:00");
    assert_eq!(sheet.children, addresses(["R-0001", "R-0002"]), "a child whose paper is to follow as well");
    assert!(r.journal.contains("\"outcome_sheet.drawn_up\",\"rule\":\"SY-19\""), "{}", r.journal);
    assert!(sheet.says("(SY-18, SY-19, SH-13)") && !sheet.says("Thornquist"), "{}", sheet.text);
}

#[test]
fn invariant_5_a_child_kept_from_admin_is_on_no_outcome_sheet_of_theirs() {
    let (maisie, rory) = (child(303, "Maisie Thornquist"), child(304, "Rory Quillfeather"));
    let mail = |time: &str| letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{time}"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&mail("09:00:00").form(&rat(&maisie)))
        .mail(&mail("09:10:00").form(&rat(&rory)))
        .live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-20T14:00:00");
    live.restrict("R-0001", RestrictionSubject::Person, ADMIN);
    let r = live.finish();
    let sheet = r.only("notification");
    assert_eq!((&sheet.to, &sheet.children), (&addresses([ADMIN]), &addresses(["R-0002"])), "{}", r.overview());
    assert!(r.journal.contains("an outcome sheet for 1 child(ren), 1 left out by restriction"), "{}", r.journal);
}

#[test]
fn a_child_admitted_after_the_pack_brings_a_fresh_outcome_sheet() {
    let (maisie, rory) = (child(305, "Maisie Thornquist"), child(306, "Rory Quillfeather"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T12:00:00").form(&rat(&rory)))
        .live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-23T13:00:00");
    live.admit("surrey-rmm-se/2026-11-25", "R-0002");
    let r = live.finish();
    let sheets = r.of("notification");
    assert_eq!(sheets.len(), 2, "{}", r.overview());
    assert_eq!(sheets[1].children, addresses(["R-0001", "R-0002"]));
    assert!(sheets[1].says("takes the place of the one you had before") && !sheets[0].says("takes the place"));
}
