//! An assessment that the team manager has not authorised (SH-32): said to whoever sent it and on the agenda; nothing waits.

use crate::harness::{Story, ce_assessment, child, letter};

const NADIA: &str = "nadia.coverdale@st-helens.example";
const BOX: &str = "Team manager's authorisation";

#[test]
fn sh_32_an_assessment_without_authorisation_is_asked_about_and_marked_on_the_agenda_and_still_on_time() {
    let (rory, maisie) = (child(900, "Rory Quillfeather"), child(901, "Maisie Thornquist"));
    let without = ce_assessment(&rory).set(BOX, "");
    let authorised = ce_assessment(&maisie).set(BOX, "Idris Yardley");
    let r = Story::new("st-helens-mace")
        .about([&rory, &maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&without))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:45:00").form(&authorised))
        .simulate("2026-11-10", "2026-11-18");
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "accepted")], "{}", r.overview());
    let query = r.answer("001.eml");
    assert_eq!(query.kind, "query");
    for words in [
        "\"Team manager's authorisation\" is not given on the form (rule SH-32).",
        "Please have the allocated team manager authorise it, and send the form again to this mailbox.",
        "On time for the meeting of Tue 17 November 2026 at 10:00",
    ] {
        assert!(query.says(words), "{words} in {}", query.text);
    }
    assert_eq!(r.answer("002.eml").kind, "acknowledgement");

    let pack = r.only("agenda");
    assert_eq!(pack.hashes(), [without.sha256(), authorised.sha256()]);
    let marked: Vec<_> =
        pack.text.lines().filter(|line| line.contains("has not authorised the assessment (rule SH-32)")).collect();
    assert_eq!(marked.len(), 1, "{}", pack.text);
    assert!(r.journal.lines().any(|line| line.contains("SH-32") && line.contains("R-0001")), "{}", r.journal);
    assert!(!r.journal.lines().any(|line| line.contains("SH-32") && line.contains("R-0002")), "{}", r.journal);
}

#[test]
fn sh_32_the_same_assessment_authorised_takes_the_place_of_the_one_that_was_not() {
    let rory = child(902, "Rory Quillfeather");
    let authorised = ce_assessment(&rory).set(BOX, "Idris Yardley");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-10T16:40:00").form(&ce_assessment(&rory).set(BOX, "")))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:40:00").form(&authorised))
        .simulate("2026-11-10", "2026-11-18");
    let answer = r.answer("002.eml");
    assert_eq!(answer.kind, "acknowledgement");
    assert!(answer.says("It takes the place of the earlier paper for this child."), "{}", answer.text);
    let pack = r.only("agenda");
    assert_eq!(pack.hashes(), [authorised.sha256()]);
    assert!(!pack.says("SH-32"), "{}", pack.text);
}
