//! What is sensitive stands apart (SY-21): recorded, sealed, known to chair, police and admin, sent to named people only.

use crate::harness::{
    Child, Form, Live, Results, Sent, Story, addresses, child, document, filled, letter, rat, recording,
};
use dutyclerk::daemon::Release;
use dutyclerk::store::RestrictionSubject;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const POLICE: &str = "idris.hebden@police.example";

/// Heard on Wed 4 November 2026.
fn heard(n: u32) -> (Child, Story) {
    let maisie = child(n, "Maisie Thornquist");
    let story = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)));
    (maisie, story)
}

fn record(child: &Child) -> Form {
    recording(child)
        .set("RMM Discussion", "All agencies agreed the rating.")
        .set("Safety plan", "Keeps her phone charged")
        .set("Date of next RMM/MACE", "09/12/2026")
}

/// Not for disclosure.
fn marked(child: &Child) -> Form {
    record(child).set("Additional risks", "Not for disclosure: a source names the flat in Castle Row.")
}

fn appendix() -> Form {
    document("Sensitive appendix").set("Text", "A source names the flat in Castle Row and who holds its keys.")
}

fn let_go(live: &mut Live, to: &[&str]) {
    let to = to.iter().map(|address| address.parse().unwrap()).collect();
    live.release("H-0001", Release { to, ..Release::default() });
}

fn carrying<'r>(r: &'r Results, form: &Form) -> Vec<&'r Sent> {
    let hash = form.sha256();
    r.sent.iter().filter(|mail| mail.hashes().contains(&hash.as_str())).collect()
}

#[test]
fn sy_21_a_marked_recording_template_is_recorded_and_its_words_go_to_nobody() {
    let (maisie, story) = heard(400);
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&marked(&maisie)))
        .simulate("2026-11-02", "2026-11-12");
    assert_eq!(r.message("002.eml").fate, "held", "one fate, held if any of its documents is: {}", r.overview());
    assert!(r.journal.contains("outcome.recorded"), "{}", r.overview());
    let told = r.alerts("a sensitive document is kept apart");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert_eq!(told[0].to, addresses([CHAIR, POLICE, ADMIN]));
    assert!(carrying(&r, &marked(&maisie)).is_empty(), "{}", r.overview());
    assert!(!r.of("notes").is_empty(), "{}", r.overview());
    for mail in r.sent.iter().filter(|m| m.kind.ends_with("notes")) {
        assert!(mail.says("Wed 9 December 2026"), "the date is the meeting's: {}", mail.text);
        for words in ["Castle Row", "phone charged"] {
            assert!(!mail.text.contains(words) && !mail.html.contains(words), "{}", mail.text);
        }
    }
    assert!(r.of("notes")[0].says("kept on a separate appendix"), "{}", r.of("notes")[0].text);
}

#[test]
fn sy_21_a_clean_template_that_follows_a_marked_one_brings_its_own_words_and_no_more() {
    let (maisie, story) = heard(401);
    let marked = marked(&maisie).set("Disruption plan", "Watch the flat in Castle Row");
    let r = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&marked))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-05T10:00:00").form(&record(&maisie)))
        .simulate("2026-11-02", "2026-11-12");
    let last = r.of("notes").into_iter().rfind(|m| m.to.len() > 1).unwrap();
    assert!(last.says("Keeps her phone charged") && last.hashes() == [record(&maisie).sha256()], "{}", last.text);
    assert!(r.sent.iter().all(|mail| !mail.text.contains("Castle Row")), "{}", r.overview());
    assert!(carrying(&r, &marked).is_empty());
}

#[test]
fn sy_21_an_appendix_beside_a_template_stays_apart_and_goes_to_the_people_named() {
    let (maisie, story) = heard(402);
    let both = letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00")
        .file("appendix.xlsx", appendix().bytes())
        .file("template.xlsx", record(&maisie).bytes());
    let mut live = story.mail(&both).live("2026-11-02", "2026-11-12");
    live.until("2026-11-09T17:00:00");
    let before = live.so_far();
    assert_eq!(before.held.len(), 1, "{}", before.overview());
    assert_eq!(before.held[0].kind, "sensitive");
    assert!(before.held[0].refs.contains(&"R-0001".to_owned()), "the child it came with: {:?}", before.held);
    assert_eq!(before.alerts("R-0001: a sensitive document is kept apart")[0].to, addresses([CHAIR, POLICE, ADMIN]));
    let notes = before.of("notes");
    assert!(notes.iter().all(|m| m.hashes() == [record(&maisie).sha256()]), "{}", before.overview());
    assert!(notes.iter().all(|m| !m.says("appendix")), "its existence is for chair, police and admin alone");
    let_go(&mut live, &[CHAIR, POLICE]);
    live.until("2026-11-10T12:00:00");
    // One more, later: a release names people and closes nothing to a later word.
    let_go(&mut live, &["helena.aldridge@surrey.example"]);
    let r = live.finish();
    let had: Vec<_> = carrying(&r, &appendix()).into_iter().map(|m| m.to.clone()).collect();
    let named = [CHAIR, POLICE, "helena.aldridge@surrey.example"].map(|to| addresses([to]));
    assert_eq!(had, named, "{}", r.overview());
    assert!(carrying(&r, &appendix())[0].says("Released by: Ben Holroyd"), "{}", carrying(&r, &appendix())[0].text);
    assert_eq!(r.held[0].state, "released");
}

#[test]
fn sy_21_nobody_outside_the_directory_or_kept_from_the_child_can_be_named() {
    let (maisie, story) = heard(403);
    let both = letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00")
        .file("appendix.xlsx", appendix().bytes())
        .file("template.xlsx", record(&maisie).bytes());
    let mut live = story.mail(&both).live("2026-11-02", "2026-11-12");
    live.until("2026-11-05T10:00:00");
    live.restrict("R-0001", RestrictionSubject::Role, "police");
    for nobody in [POLICE, "stranger@surrey.example", "someone@mail.example"] {
        let word = Release { to: vec![CHAIR.parse().unwrap(), nobody.parse().unwrap()], ..Release::default() };
        let refused = live.try_release("H-0001", word).unwrap_err().to_string();
        assert!(refused.contains("was not released"), "{refused}");
    }
    // No form of the panel: it goes the usual way with nothing.
    let refused = live.try_release("H-0001", Release::default()).unwrap_err().to_string();
    assert!(refused.contains("--to ADDRESS"), "{refused}");
    let r = live.finish();
    assert!(carrying(&r, &appendix()).is_empty() && r.held[0].state == "open", "{}", r.overview());
}

#[test]
fn sy_21_a_marker_that_is_there_by_mistake_is_let_go_and_the_notes_follow_whole() {
    let (maisie, story) = heard(404);
    let mut live = story
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&marked(&maisie)))
        .live("2026-11-02", "2026-11-12");
    live.until("2026-11-09T17:00:00");
    let_go(&mut live, &[]);
    let r = live.finish();
    let last = r.of("notes").into_iter().rfind(|m| m.to.len() > 1).unwrap();
    assert!(last.says("Keeps her phone charged") && last.hashes() == [marked(&maisie).sha256()], "{}", last.text);
    assert!(last.says("These notes take the place of those we sent before"), "{}", last.text);
}

#[test]
fn sy_21_a_marked_row_of_the_outcome_sheet_keeps_its_reason_and_the_marked_action_back() {
    let (_, story) = heard(405);
    let pack = heard(405).1.simulate("2026-11-02", "2026-11-04");
    let sheets = pack.for_meeting("notification", "surrey-rmm-se/2026-11-04");
    let sheet = sheets.iter().find(|m| m.goes_to(ADMIN)).unwrap();
    let cells = [
        ("R-0001", "Rating agreed", "Significant"),
        ("R-0001", "Review date", "09/12/2026"),
        ("R-0001", "Action", "Visit the family"),
        ("R-0001", "Decision", "Continue"),
        ("R-0001", "Rationale", "Not for disclosure: a source names the flat in Castle Row."),
    ];
    let mail = letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").subject("Outcomes").body("Filled in.");
    let r = story
        .mail(&mail.file("outcome-sheet.xlsx", filled(&sheet.contents[0], &cells)))
        .simulate("2026-11-02", "2026-11-12");
    assert_eq!(r.alerts("a sensitive document is kept apart").len(), 1, "{}", r.overview());
    let notes: Vec<_> = r.of("notes").into_iter().filter(|m| m.to.len() > 1).collect();
    assert!(notes[0].says("Visit the family") && notes[0].says("Wed 9 December 2026"), "{}", notes[0].text);
    assert!(r.sent.iter().all(|mail| !mail.text.contains("Castle Row")), "{}", r.overview());
    let other = heard(405).1;
    let cells = [cells[0], cells[1], ("R-0001", "Action", "Do not share: watch the flat in Castle Row"), cells[3]];
    let mail = letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").subject("Outcomes").body("Filled in.");
    let r = other
        .mail(&mail.file("outcome-sheet.xlsx", filled(&sheet.contents[0], &cells)))
        .simulate("2026-11-02", "2026-11-12");
    assert_eq!(r.alerts("a sensitive document is kept apart").len(), 1, "{}", r.overview());
    assert!(!r.of("notes").is_empty() && r.sent.iter().all(|mail| !mail.text.contains("Castle Row")));
}

#[test]
fn sy_21_a_marked_assessment_is_listed_and_held_and_chair_police_and_admin_know() {
    let maisie = child(406, "Maisie Thornquist");
    let form = rat(&maisie).set("Summary of concerns", "Handling code P: not for onward sharing.");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&form))
        .simulate("2026-11-02", "2026-11-05");
    assert_eq!(r.alerts("R-0001: a sensitive document is kept apart")[0].to, addresses([CHAIR, POLICE, ADMIN]));
    let pack = r.only("agenda");
    assert!(pack.says("Paper to follow") && pack.files.is_empty(), "{}", pack.text);
    assert!(carrying(&r, &form).is_empty(), "{}", r.overview());
}
