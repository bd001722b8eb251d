//! St Helens' whole cycle with its own meeting template: referred, heard, recorded, reviewed (SH-02, SH-04, SH-06, SH-13, SH-14).

use crate::harness::{
    Child, Results, Sent, Story, addresses, ce_assessment, child, letter, mace_template, same_second,
};
use dutyclerk::daemon::Release;

const NADIA: &str = "nadia.coverdale@st-helens.example";
const ADMIN: &str = "ben.holroyd@st-helens.example";
const MEETING: &str = "st-helens-mace/2026-11-17";

fn referred(rory: &Child) -> Story {
    Story::new("st-helens-mace")
        .about([rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(rory)))
}

/// What the worker is told of the meeting's decision.
fn told(r: &Results) -> Vec<&Sent> {
    r.to(NADIA).into_iter().filter(|mail| mail.kind == "notification").collect()
}

#[test]
fn st_helens_whole_cycle_from_the_assessment_to_the_review_that_the_template_sets_and_moves() {
    let rory = child(420, "Rory Quillfeather");
    let first = mace_template(&rory).set("Date of next MACE", "26/01/2027");
    let corrected = mace_template(&rory).set("Date of next MACE", "14/01/2027");
    let r = referred(&rory)
        .mail(&letter("st-helens-mace", ADMIN, "2026-11-18T11:00:00").form(&first))
        .mail(&letter("st-helens-mace", ADMIN, "2026-11-19T11:00:00").form(&corrected))
        .simulate("2026-11-10", "2027-01-13");
    // The assessment came by Thursday: in the pack of Friday noon, and the worker is invited.
    assert_eq!(r.answer("001.eml").meeting, MEETING);
    let pack = r.for_meeting("agenda", MEETING);
    assert_eq!((pack.len(), pack[0].hashes()), (1, vec![ce_assessment(&rory).sha256().as_str()]));
    same_second(pack[0].at, "2026-11-13T12:00:00");
    assert_eq!(r.for_meeting("invitation", MEETING).len(), 1, "{}", r.overview());
    // The template, from business support, sets outcome and date; the corrected one moves the invitation.
    assert_eq!((r.message("002.eml").fate.as_str(), r.message("003.eml").fate.as_str()), ("accepted", "accepted"));
    let invited = r.for_meeting("invitation", "st-helens-mace/2027-01-26");
    let moved = r.for_meeting("invitation-update", "st-helens-mace/2027-01-12");
    // The last meeting on or before the 14th; the pack of January gives it its slot.
    assert_eq!((invited.len(), moved.len()), (1, 2), "{}", r.overview());
    same_second(moved[0].at, "2026-11-19T11:00:00");
    assert_eq!((&invited[0].to, &moved[0].to), (&addresses([NADIA]), &addresses([NADIA])));
    let told = told(&r);
    assert_eq!(told.len(), 2, "{}", r.overview());
    assert!(
        told[0].says("due by Tue 26 January 2027") && told[0].says("Child may be being exploited"),
        "{}",
        told[0].text
    );
    assert!(
        told[1].says("due by Thu 14 January 2027. The child is on the agenda of Tue 12 January 2027"),
        "{}",
        told[1].text
    );
    // SH-14: nobody is reminded of a template that has come. SH-13: the notes wait for the upload.
    assert!(r.of("reminder").iter().all(|mail| !mail.subject.contains("template")), "{}", r.overview());
    assert!(r.for_meeting("notes", MEETING).is_empty(), "{}", r.overview());
    // It is heard again on the date the panel set, with what was agreed (SY-42).
    let again = r.for_meeting("agenda", "st-helens-mace/2027-01-12");
    assert!(again.len() == 1 && again[0].says("REVIEWS") && again[0].says(&rory.name), "{}", r.overview());
    assert!(again[0].says("Ask the licensing team about the taxi firm. Status: not said yet"), "{}", again[0].text);
}

#[test]
fn sh_13_what_the_template_says_goes_to_the_members_once_it_is_on_the_childs_record() {
    let rory = child(423, "Rory Quillfeather");
    let mut live = referred(&rory)
        .mail(&letter("st-helens-mace", ADMIN, "2026-11-18T11:00:00").form(&mace_template(&rory)))
        .live("2026-11-10", "2026-11-26");
    live.until("2026-11-20T09:30:00");
    live.uploaded(MEETING);
    let r = live.finish();
    let members = r.only("agenda").to.clone();
    let notes = r.for_meeting("notes", MEETING);
    let whole = notes.iter().find(|mail| mail.to == members).unwrap_or_else(|| panic!("{}", r.overview()));
    for words in
        ["Keeps her phone charged", "Ask the licensing team about the taxi firm", "Child may be being exploited"]
    {
        assert!(whole.says(words), "{words}: {}", whole.text);
    }
    assert!(notes.iter().all(|mail| mail.at >= crate::harness::at("2026-11-20T09:30:00")), "{}", r.overview());
}

#[test]
fn sh_08_a_template_closes_a_case_only_with_its_rationale_and_sh_09_the_flag_is_ended() {
    let rory = child(421, "Rory Quillfeather");
    let bare = mace_template(&rory)
        .set("Outcome agreed by MACE", "Child is not being exploited")
        .set("Decision of MACE", "Close");
    let full = bare.clone().set("Rationale for closure", "No contact with the adults named since the summer.");
    let r = referred(&rory)
        .mail(&letter("st-helens-mace", ADMIN, "2026-11-18T11:00:00").form(&bare))
        .mail(&letter("st-helens-mace", ADMIN, "2026-11-19T11:00:00").form(&full))
        .simulate("2026-11-10", "2026-11-24");
    let query = r.answer("002.eml");
    assert!(query.kind == "query" && query.says("closed only with its rationale"), "{}", query.text);
    assert!(told(&r).iter().any(|mail| mail.subject.contains("closed")), "{}", r.overview());
    let flag =
        r.to("dilip.varley@st-helens.example").into_iter().filter(|m| m.subject.contains("end the flag")).count();
    assert_eq!(flag, 1, "{}", r.overview());
}

#[test]
fn sy_19_a_template_that_the_worker_sends_waits_for_business_support_and_counts_when_it_is_released() {
    let rory = child(422, "Rory Quillfeather");
    let form = mace_template(&rory).set("Date of next MACE", "12/01/2027");
    let mut live = referred(&rory)
        .mail(&letter("st-helens-mace", NADIA, "2026-11-18T11:00:00").form(&form))
        .live("2026-11-10", "2026-11-26");
    live.until("2026-11-18T15:00:00");
    let before = live.so_far();
    assert_eq!((before.message("002.eml").fate.as_str(), told(&before).len()), ("held", 0), "{}", before.overview());
    live.release("H-0001", Release::default());
    let r = live.finish();
    assert_eq!(told(&r).len(), 1, "{}", r.overview());
    assert!(told(&r)[0].says("Tue 12 January 2027"), "{}", told(&r)[0].text);
    assert!(r.of("reminder").iter().all(|mail| !mail.subject.contains("template")), "SH-14: {}", r.overview());
}
