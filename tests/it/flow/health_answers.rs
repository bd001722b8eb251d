//! What health sends back goes to the chair and the panel's health representative, and into no pack (MC-10); an update that
//! comes after the pack goes to the chair (SY-14).

use crate::harness::{
    Child, Letter, Live, Results, Sent, Story, addresses, child, document, letter, rat, same_second, zipped,
};
use dutyclerk::daemon::Release;
use dutyclerk::store::RestrictionSubject;

const BOX: &str = "surrey-rmm-se";
const VIKTOR: &str = "viktor.sowerby@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const DEPUTY_CHAIR: &str = "dana.mawson@surrey.example";
/// The community named nurse among the panel's members.
const REPRESENTATIVE: &str = "keir.fenwick@community.nhs.example";
const ACUTE: &str = "esther.thackray@acute.nhs.example";

fn report() -> Vec<u8> {
    document("Emergency department attendances").set("Visits", "Two since September, both after midnight").bytes()
}

/// Both children are on the agenda, and their health copies have gone.
fn copied(n: u32) -> (Vec<Child>, Live) {
    let children = vec![child(n, "Maisie Thornquist").gp("Z99005"), child(n + 1, "Rory Quillfeather").gp("Z99005")];
    let mut story = Story::new(BOX).about(&children);
    for (minute, one) in children.iter().enumerate() {
        story = story.mail(&letter(BOX, VIKTOR, &format!("2026-11-20T09:0{minute}:00")).form(&rat(one)));
    }
    let mut live = story.live("2026-11-20", "2026-11-27");
    live.until("2026-11-23T12:00:00");
    (children, live)
}

/// A health colleague's answer to the copy they were sent about this case.
fn reply(r: &Results, case: &str, from: &str, at: &str) -> Letter {
    let copies = r.of("health-copy");
    let of_case = |mail: &&&Sent| mail.children.contains(case) && mail.goes_to(ACUTE);
    let copy = copies.iter().find(of_case).unwrap();
    letter(BOX, from, at)
        .subject(&format!("RE: {}", copy.subject))
        .header("In-Reply-To", &format!("<{}>", copy.message_id))
}

fn handed_on(r: &Results) -> Vec<&Sent> {
    let mails = r.of("notification").into_iter();
    mails.filter(|mail| mail.subject.contains("what health sends") || mail.subject.contains("for the chair")).collect()
}

fn fate(r: &Results, file: &str) -> (String, Option<String>) {
    let message = r.message(file);
    (message.fate.clone(), message.reason.clone())
}

#[test]
fn mc_10_what_a_nurse_sends_back_goes_to_chair_and_health_representative_and_nowhere_else() {
    let (_, mut live) = copied(900);
    let words = "Two attendances at A&E since September.\n\nShe missed the last appointment.\n";
    let mail = reply(&live.so_far(), "R-0001", ACUTE, "2026-11-23T18:00:00").body(words).file("ED.xlsx", report());
    live.deliver(&mail);
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    assert_eq!(fate(&r, "003.eml").0, "accepted", "{}", r.overview());
    assert!(r.held.is_empty(), "{}", r.overview());
    let [on] = handed_on(&r).try_into().unwrap();
    assert_eq!(on.to, addresses([CHAIR, REPRESENTATIVE]));
    assert_eq!((on.children.clone(), on.meeting.as_str()), (addresses(["R-0001"]), "surrey-rmm-se/2026-11-25"));
    assert_eq!(on.contents, [report()]);
    assert_eq!(on.files[0].0, "01-R-0001-health-answer.xlsx");
    same_second(on.at, "2026-11-24T09:00:00");
    for words in ["Two attendances at A&E since September.", "Maisie Thornquist", "into no pack (rule MC-10)", ACUTE] {
        assert!(on.says(words), "{words}: {}", on.text);
    }
    let answer = r.answer("003.eml");
    assert_eq!((answer.kind.as_str(), &answer.to), ("acknowledgement", &addresses([ACUTE])));
    assert!(answer.says("What you write about R-0001 goes to the panel's chair and its health representative"));
    assert!(!answer.says("Please send the panel's own form"), "{}", answer.text);
    let others = r.sent.iter().filter(|mail| mail.contents.contains(&report()) && mail.number != on.number);
    assert_eq!(others.count(), 0, "in no pack and no extract: {}", r.overview());
    assert!(r.journal.contains("from health, for the chair and the health representative"), "{}", r.journal);
}

#[test]
fn mc_10_words_alone_and_an_address_the_directory_lacks_are_heard_in_answer_to_the_copy_or_by_the_reference() {
    let (_, mut live) = copied(910);
    let r = live.so_far();
    live.deliver(
        &reply(&r, "R-0002", "r.locum@acute.nhs.example", "2026-11-24T09:00:00").body("He was unable to attend.\n"),
    );
    live.deliver(&letter(BOX, ACUTE, "2026-11-24T10:00:00").subject("R-0001").body("Known to our clinic.\n"));
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    let told: Vec<_> = handed_on(&r).iter().map(|mail| (mail.children.clone(), mail.to.clone())).collect();
    let both = addresses([CHAIR, REPRESENTATIVE]);
    assert_eq!(told, [(addresses(["R-0002"]), both.clone()), (addresses(["R-0001"]), both)], "{}", r.overview());
    // Nobody knows the locum: what is answered says nothing about a child.
    let answer = r.answer("003.eml");
    assert!(answer.says("A person will read it and answer you.") && !answer.says("R-0002"), "{}", answer.text);
    assert!(r.held.is_empty(), "{}", r.overview());
}

#[test]
fn mc_10_the_representative_is_not_sent_what_she_sent_and_a_chair_who_may_not_know_of_the_child_gets_nothing() {
    let (_, mut live) = copied(920);
    live.restrict("R-0001", RestrictionSubject::Person, CHAIR);
    let words = "R-0001: seen at the clinic on Friday.\n";
    live.deliver(&letter(BOX, REPRESENTATIVE, "2026-11-24T09:00:00").subject("R-0001").body(words));
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    let [on] = handed_on(&r).try_into().unwrap();
    assert_eq!(on.to, addresses([DEPUTY_CHAIR]), "{}", r.overview());
}

#[test]
fn mc_10_where_it_is_not_certain_which_child_health_writes_about_a_person_says_so() {
    let (_, mut live) = copied(930);
    let words = "R-0001 and R-0002 were both seen here last week.\n";
    live.deliver(&letter(BOX, ACUTE, "2026-11-24T09:00:00").subject("Panel").body(words).file("ED.xlsx", report()));
    live.until("2026-11-24T10:00:00");
    let r = live.so_far();
    let held: Vec<_> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(held, ["health_answer"], "the message and what came with it are one: {}", r.overview());
    assert!(handed_on(&r).is_empty());
    let answer = r.answer("003.eml");
    assert!(answer.says("We could not tell for certain which child you write about."), "{}", answer.text);
    let refused = live.try_release("H-0001", Release::default()).unwrap_err().to_string();
    assert!(refused.contains("Say which: --case R-"), "{refused}");
    live.release("H-0001", Release { case: Some("R-0002".parse().unwrap()), ..Release::default() });
    let r = live.finish();
    let [on] = handed_on(&r).try_into().unwrap();
    assert_eq!((on.children.clone(), on.contents.clone()), (addresses(["R-0002"]), vec![report()]));
}

#[test]
fn sy_04_a_paper_from_health_that_names_no_case_of_ours_may_be_a_referral_and_the_panels_form_is_asked_for() {
    let (_, mut live) = copied(970);
    live.deliver(&letter(BOX, ACUTE, "2026-11-24T09:00:00").subject("Referral").file("note.xlsx", report()));
    live.deliver(&letter(BOX, ACUTE, "2026-11-24T09:10:00").subject("Panel").body("Shall I come on Wednesday?\n"));
    live.until("2026-11-24T10:00:00");
    let r = live.finish();
    let kinds: Vec<_> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(kinds, ["unknown_form", "health_answer"], "{}", r.overview());
    assert!(r.answer("003.eml").says("Please send the panel's own form."), "{}", r.answer("003.eml").text);
    let words = "We could not tell for certain which child you write about.";
    assert!(r.answer("004.eml").says(words), "{}", r.answer("004.eml").text);
}

#[test]
fn mc_10_what_cannot_be_read_waits_for_a_person_and_the_words_go() {
    let (_, mut live) = copied(940);
    let locked = zipped(&[("notes.xlsx", &report()[..100])]);
    let mail = reply(&live.so_far(), "R-0001", ACUTE, "2026-11-24T09:00:00").body("See attached.\n");
    live.deliver(&mail.file("notes.zip", locked));
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    let [on] = handed_on(&r).try_into().unwrap();
    assert!(on.says("See attached.") && on.files.is_empty(), "{}", on.text);
    assert!(on.says("One document that came with it could not be read here, and waits for a person."), "{}", on.text);
    assert_eq!(fate(&r, "003.eml").0, "held");
    assert_eq!(r.held.len(), 1, "{}", r.overview());
}

#[test]
fn mc_10_a_form_from_health_is_a_paper_like_any_other_and_words_that_stop_papers_stop_them() {
    let (children, mut live) = copied(950);
    let form = rat(&children[0]).dated("20/11/2026");
    live.deliver(&reply(&live.so_far(), "R-0001", ACUTE, "2026-11-24T09:00:00").form(&form));
    let words = "I am sorry to say that he died on Sunday.\n";
    live.deliver(&reply(&live.so_far(), "R-0002", ACUTE, "2026-11-24T09:30:00").body(words));
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    let [on] = handed_on(&r).try_into().unwrap();
    assert_eq!(on.children, addresses(["R-0002"]), "{}", r.overview());
    assert!(r.held.iter().any(|held| held.kind == "died"), "{}", r.overview());
}

#[test]
fn sy_14_an_update_that_comes_after_the_pack_goes_to_the_chair_at_once() {
    let (children, mut live) = copied(960);
    let child = &children[0];
    let update = document("RMM Update Form")
        .set("Child's name", &child.name)
        .set("DOB", &child.born.strftime("%d/%m/%Y").to_string())
        .set("LCS Number", &child.lcs)
        .set("NHS Number", &child.nhs)
        .set("Date this update was completed", "24/11/2026")
        .set("Update since last meeting", "Moved to her aunt on Sunday.");
    let manager = "keir.nettleton@surrey.example";
    live.deliver(&letter(BOX, manager, "2026-11-24T10:00:00").body("I come instead.\n").form(&update));
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    let [on] = handed_on(&r).try_into().unwrap();
    assert_eq!((on.to.clone(), on.contents.clone()), (addresses([CHAIR]), vec![update.bytes()]), "{}", r.overview());
    same_second(on.at, "2026-11-24T10:00:00");
    assert!(on.says("I come instead.") && on.says("updates the chair before the meeting (rule SY-14)"), "{}", on.text);
    assert_eq!(r.alerts("tabled paper for R-0001").len(), 1, "and may let the members have it: {}", r.overview());
}

#[test]
fn mc_10_where_nobody_may_have_what_health_sends_it_waits_and_a_person_is_told() {
    let (_, mut live) = copied(990);
    live.directory(|rows| {
        let chairs = ["chair", "deputy-chair", "admin", "health", "named-nurse-community", "camhs"];
        rows.retain(|row| !row.panels.contains(&BOX.into()) || !chairs.contains(&row.role.as_str()));
    });
    live.deliver(&letter(BOX, ACUTE, "2026-11-24T09:00:00").subject("R-0001").body("Known to our clinic.\n"));
    live.until("2026-11-24T12:00:00");
    let r = live.finish();
    assert_eq!(fate(&r, "003.eml").0, "held", "{}", r.overview());
    let kinds: Vec<_> = r.held.iter().map(|held| held.kind.as_str()).filter(|kind| *kind == "health_answer").collect();
    assert_eq!(kinds.len(), 1, "{}", r.overview());
    let told =
        r.alerts(&format!("held for you: {}", r.held.iter().find(|h| h.kind == "health_answer").unwrap().number));
    assert_eq!(told.len(), 1, "{}", r.overview());
}
