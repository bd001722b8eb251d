//! A pack that a person approves before it goes (MC-33).

use super::settling::{answer, code, codes};
use crate::command::{change, shipped};
use crate::harness::{Begin, Child, Live, Results, Sent, Story, addresses, at, child, letter, rat, same_second};
use dutyclerk::casework::Ref;
use dutyclerk::daemon::Approving;
use dutyclerk::store::{ItemState, Line, RestrictionSubject};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const WENDY: &str = "wendy.blenkin@surrey.example";
const APPROVER: &str = "helena.aldridge@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const BOX: &str = "surrey-rmm-se";
const MEETING: &str = "surrey-rmm-se/2026-11-25";
/// What a pack consists of.
const PACK: [&str; 5] = ["agenda", "extract", "invitation-update", "health-copy", "notification"];

/// A panel whose packs are approved. Two children; the first one's paper names the second where that is wished.
fn approving(number: u32, on_deadline: &str, naming: bool) -> (Story, [Child; 2]) {
    let children =
        [child(number, "Maisie Thornquist").gp("Z99005"), child(number + 1, "Rory Quillfeather").gp("Z99005")];
    let story = Story::new(BOX);
    let set = format!("approval = \"required\"\non_deadline = \"{on_deadline}\"\nlate = \"next_meeting\"");
    let base = story.path("panels/surrey-rmm.toml");
    std::fs::create_dir_all(base.parent().unwrap()).unwrap();
    std::fs::copy(shipped().join("panels/surrey-rmm.toml"), &base).unwrap();
    change(&base, "late = \"next_meeting\"", &set);
    let story = story.about(&children);
    let first = match naming {
        true => rat(&children[0]).set("Summary of concerns", "Seen twice with Rory Quillfeather at the station."),
        false => rat(&children[0]),
    };
    let note = "Please find the assessment attached.\n\nHer mother does not know about the second address yet.\n\nKind regards";
    let story = story
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").body(note).form(&first))
        .mail(&letter(BOX, WENDY, "2026-11-20T10:00:00").form(&rat(&children[1]).lead("Wendy Blenkin")));
    (story, children)
}

fn waiting(number: u32, on_deadline: &str, naming: bool, until: &str) -> Live {
    let mut live = approving(number, on_deadline, naming).0.live("2026-11-19", "2026-11-25T12:00:00");
    live.until(until);
    live
}

#[test]
fn mc_33_a_pack_that_waits_is_approved_anew_with_the_deputy_of_a_member_who_is_away() {
    let mut live = waiting(880, "hold", false, "2026-11-23T10:30:00");
    live.directory(super::deputies::with_a_deputy);
    live.until("2026-11-23T10:35:00");
    live.deliver(&super::deputies::automatic(super::deputies::IDRIS, "2026-11-23T10:36:00", "I am on annual leave."));
    live.until("2026-11-23T10:40:00");
    live.release("H-0001", dutyclerk::daemon::Release { by: "Graham Rimmer".into(), ..Default::default() });
    live.until("2026-11-23T10:45:00");
    let r = live.so_far();
    assert!(r.of("agenda").is_empty(), "{}", r.overview());
    assert_eq!(r.of("approval").iter().filter(|mail| mail.goes_to(APPROVER)).count(), 2, "{}", r.overview());
    live.approve(MEETING, Approving::Whole).unwrap();
    let r = live.finish();
    assert!(r.only("agenda").goes_to(super::deputies::NELL), "{:?}", r.only("agenda").to);
}

fn pack(r: &Results) -> Vec<&Sent> {
    r.sent.iter().filter(|mail| PACK.contains(&mail.kind.as_str()) && mail.meeting == MEETING).collect()
}

#[test]
fn mc_33_the_approver_sees_the_pack_as_it_goes_and_approves_it_by_answering() {
    approved_by_answering(Story::live);
}

pub(crate) fn approved_by_answering(begin: Begin) {
    let mut live = begin(approving(801, "send", true).0, "2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-23T10:04:00");
    let r = live.so_far();
    // Two working hours before the deadline approver and chair hear that it is coming.
    let soon = r.alerts("the pack for Wed 25 November 2026 will need approval")[0];
    assert_eq!(soon.to, addresses([APPROVER, CHAIR]), "{}", r.overview());
    same_second(soon.at, "2026-11-20T16:30:00");
    assert!(soon.says("it has 2 children and 2 papers. Papers of R-0001 name another child."), "{}", soon.text);
    // At its moment the pack goes to the approver, and to nobody else.
    assert!(pack(&r).is_empty(), "{}", r.overview());
    let preview = r.only("approval").clone();
    assert_eq!(preview.to, addresses([APPROVER]));
    same_second(preview.at, "2026-11-23T10:00:00");
    assert_eq!(preview.subject, "RMM South East: please approve the pack for Wed 25 November 2026");
    assert_eq!(preview.files.len(), 2);
    for words in [
        "01-R-0001-assessment.xlsx (R-0001) names another child.",
        "M-000001 (R-0001): the sender writes: \"Please find the assessment attached. Her mother does not know about the second address yet.\"",
        "Agenda and papers, R-0001, R-0002, 2 papers, to Emil Draycott, chair",
        "One child's health copy, R-0002, 1 paper, to Castle Hill Surgery, the child's GP practice",
        "Maisie Thornquist (R-0001)",
        "1. Send it as it is shown here. 2. Send it without the papers that name another child.",
    ] {
        assert!(preview.says(words), "{words}: {}", preview.text);
    }
    live.deliver(&answer(&preview, APPROVER, "2026-11-23T10:05:00", &format!("{} 1", code(&preview))));
    live.until("2026-11-23T11:00:00");
    let r = live.so_far();
    let sent = pack(&r);
    assert!(sent.len() > 8 && PACK.iter().all(|kind| sent.iter().any(|mail| mail.kind == *kind)), "{}", r.overview());
    for mail in &sent {
        same_second(mail.at, "2026-11-23T10:05:00");
    }
    assert_eq!(r.only("agenda").files, preview.files, "as it was shown");
    assert!(r.answer("003.eml").says("The pack for surrey-rmm-se/2026-11-25 is approved and goes now."));
    assert!(
        r.journal.contains("\"event\":\"pack.approved\",\"rule\":\"MC-33\",\"reason\":\"a person approved"),
        "{}",
        r.journal
    );
    assert!(r.alerts("without approval").is_empty() && r.of("supplement").is_empty() && r.of("approval").len() == 1);
    let by = live.ask(async |store| {
        let row = store.read().await.unwrap().approval(&MEETING.parse().unwrap()).await.unwrap().unwrap();
        row.decision.unwrap().open().unwrap().by.reveal().clone()
    });
    assert_eq!(by, "Helena Aldridge");
    assert!(!r.journal.contains(&code(&preview)));
}

#[test]
fn mc_33_a_pack_is_approved_by_verb_and_no_mail_of_it_goes_by_itself() {
    let mut live = waiting(803, "send", false, "2026-11-23T10:12:00");
    let waits = live.ask(async |store| {
        let mails = store.read().await.unwrap().awaiting_approval(&MEETING.parse().unwrap()).await.unwrap();
        mails.into_iter().map(|mail| mail.number.to_string()).collect::<Vec<_>>()
    });
    assert!(waits.len() > 8);
    let refused = live.judge_mail(&waits[0], true).unwrap_err().to_string();
    assert!(refused.contains("outbox approve surrey-rmm-se/2026-11-25"), "{refused}");
    live.approve(MEETING, Approving::Whole).unwrap();
    assert!(
        live.approve(MEETING, Approving::Whole).unwrap_err().to_string().contains("waits for no approval any more")
    );
    live.until("2026-11-23T10:20:00");
    let r = live.so_far();
    assert_eq!(pack(&r).len(), waits.len(), "{}", r.overview());
    same_second(r.only("agenda").at, "2026-11-23T10:12:01");
    let numbers: Vec<&String> = pack(&r).iter().map(|mail| &mail.number).collect();
    assert!(waits.iter().all(|number| numbers.contains(&number)), "the frozen mails themselves");
}

#[test]
fn mc_33_what_changes_after_the_preview_is_approved_anew() {
    let mut live = waiting(805, "send", false, "2026-11-23T10:04:00");
    let first = live.so_far().only("approval").clone();
    live.restrict("R-0002", RestrictionSubject::Person, "idris.hebden@police.example");
    // Before the program has had a turn.
    let stale = live.approve(MEETING, Approving::Whole).unwrap_err().to_string();
    assert!(stale.contains("is not what was shown any more"), "{stale}");
    live.until("2026-11-23T10:06:00");
    live.deliver(&answer(&first, APPROVER, "2026-11-23T10:07:00", &format!("{} 1", code(&first))));
    live.until("2026-11-23T10:09:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty(), "{}", r.overview());
    assert!(
        r.answer("003.eml").says("What you were shown has changed since, and holds no more."),
        "{}",
        r.answer("003.eml").text
    );
    let [_, second] = r.of("approval")[..] else { panic!("{}", r.overview()) };
    assert!(second.says("The agenda has changed since the last preview, which holds no more."));
    live.deliver(&answer(second, APPROVER, "2026-11-23T10:10:00", &format!("{} 1", code(second))));
    live.until("2026-11-23T10:25:00");
    let r = live.so_far();
    let police: Vec<&Sent> = r.to("idris.hebden@police.example").into_iter().filter(|m| m.kind == "agenda").collect();
    assert!(police.len() == 1 && !police[0].says("Quillfeather"), "{}", r.overview());
    assert_eq!(r.of("invitation-update").len(), 2, "each slot once: {}", r.overview());
    assert!(r.of("supplement").is_empty());
    assert!(r.journal.contains("\"event\":\"pack.changed\",\"rule\":\"MC-33\""));
}

#[test]
fn mc_33_unapproved_it_goes_at_the_deadline_without_flagged_papers_and_their_children_stay_listed() {
    let (story, children) = approving(807, "send", true);
    let mut live = story.live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-23T10:40:00");
    let r = live.so_far();
    // The chair is asked when half the time is gone.
    let asked: Vec<_> = r.of("approval").iter().map(|mail| (mail.to.clone(), mail.at)).collect();
    assert_eq!(asked.len(), 2, "{}", r.overview());
    assert_eq!(asked[1].0, addresses([CHAIR]));
    same_second(asked[1].1, "2026-11-23T10:15:00");
    assert_eq!(r.alerts("still waits for approval").len(), 1);
    let agenda = r.only("agenda");
    same_second(agenda.at, "2026-11-23T10:30:00");
    assert_eq!(agenda.hashes(), [rat(&children[1]).lead("Wendy Blenkin").sha256()]);
    assert_eq!(agenda.children, addresses(["R-0001", "R-0002"]));
    assert!(agenda.says("Maisie Thornquist (R-0001)") && agenda.says("Paper to follow"), "{}", agenda.text);
    assert_eq!((r.held[0].kind.as_str(), r.held[0].state.as_str()), ("names_another_child", "open"));
    let told = r.alerts("went without approval")[0].clone();
    assert_eq!(told.to, addresses([APPROVER, CHAIR]));
    assert!(told.says("It goes now, without 1 paper(s) that name another child (H-0001)."), "{}", told.text);
    assert!(r.journal.contains("\"event\":\"pack.sent_unapproved\",\"rule\":\"MC-33\""), "{}", r.journal);
    // Too late to approve; the paper follows when a person lets it.
    let preview = r.of("approval")[0].clone();
    live.deliver(&answer(&preview, APPROVER, "2026-11-23T10:45:00", &format!("{} 1", code(&preview))));
    live.deliver(&answer(&told, APPROVER, "2026-11-23T11:00:00", &format!("{} 1", code(&told))));
    let r = live.finish();
    assert!(r.answer("003.eml").says("It was settled already."), "{}", r.answer("003.eml").text);
    assert_eq!(r.only("supplement").children, addresses(["R-0001"]));
    assert_eq!(r.only("supplement").files.len(), 1, "{}", r.overview());
    assert_eq!(r.of("agenda").len(), 1);
}

#[test]
fn mc_33_unapproved_it_waits_where_the_profile_says_hold_and_nobody_is_left_in_silence() {
    let mut live = waiting(809, "hold", false, "2026-11-23T16:00:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty(), "{}", r.overview());
    let told = r.alerts("has not gone: nobody approved it");
    assert_eq!(told.len(), 1);
    same_second(told[0].at, "2026-11-23T10:30:00");
    let chased: Vec<String> = r.alerts("still waits for approval").iter().map(|mail| mail.at.to_string()).collect();
    assert_eq!(chased, ["2026-11-23T10:15:00Z", "2026-11-23T12:30:00Z", "2026-11-23T14:30:00Z"], "{}", r.overview());
    assert!(r.journal.contains("\"event\":\"pack.unapproved\",\"rule\":\"MC-33\""));
    // The chair's word counts as the approver's does.
    let preview = r.of("approval")[1].clone();
    assert_eq!(preview.to, addresses([CHAIR]));
    // With one of the papers that came with it.
    let (name, bytes) = (&preview.files[0].0, preview.contents[0].clone());
    let back = answer(&preview, CHAIR, "2026-11-24T11:00:00", &format!("{} 1", code(&preview))).file(name, bytes);
    live.deliver(&back);
    live.until("2026-11-24T12:00:00");
    let r = live.so_far();
    same_second(r.only("agenda").at, "2026-11-24T11:00:00");
    assert_eq!(r.only("agenda").files.len(), 2);
    let last = r.alerts("still waits for approval").len();
    let r = live.finish();
    assert_eq!(r.alerts("still waits for approval").len(), last, "approved, nobody is chased any more");
}

#[test]
fn mc_33_a_refusal_stands_above_the_deadline_and_can_be_taken_back() {
    let mut live = waiting(811, "send", false, "2026-11-23T10:04:00");
    let preview = live.so_far().only("approval").clone();
    assert!(preview.says("1. Send it as it is shown here. 2. Do not send it."), "{}", preview.text);
    // Nobody but those who may: the caseworker was passed the preview.
    live.deliver(&answer(&preview, VIKTOR, "2026-11-23T10:05:00", &format!("{} 1", code(&preview))));
    live.deliver(&answer(&preview, APPROVER, "2026-11-23T10:06:00", &format!("{} 2", code(&preview))));
    live.until("2026-11-23T13:00:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty(), "{}", r.overview());
    assert!(r.answer("003.eml").says("Only this panel's admin, chair or approver"));
    let refused = r.answer("004.eml").clone();
    assert!(
        refused.says("DONE: surrey-rmm-se/2026-11-25 The pack for surrey-rmm-se/2026-11-25 is refused."),
        "{}",
        refused.text
    );
    assert!(!r.alerts("was refused and still waits").is_empty(), "{}", r.overview());
    assert_eq!(codes(&refused).len(), 1);
    // What changes in it, after the deadline, makes it no more approved than it was.
    live.restrict("R-0002", RestrictionSubject::Person, "idris.hebden@police.example");
    live.until("2026-11-23T13:20:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty(), "{}", r.overview());
    let fresh = r.of("approval").pop().unwrap().clone();
    assert!(fresh.says("It was refused before: it goes only when somebody approves it."), "{}", fresh.text);
    live.deliver(&answer(&fresh, APPROVER, "2026-11-23T13:30:00", &format!("{} 1", code(&fresh))));
    live.until("2026-11-23T14:00:00");
    let r = live.so_far();
    assert!(r.of("agenda").iter().all(|mail| mail.at == at("2026-11-23T13:30:00")), "{}", r.overview());
    assert_eq!(r.of("agenda").len(), 2, "the police's is another");
}

#[test]
fn mc_33_whoever_may_not_see_a_child_of_it_does_not_approve_it() {
    let mut live = approving(813, "send", false).0.live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-20T12:00:00");
    live.restrict("R-0001", RestrictionSubject::Person, APPROVER);
    live.until("2026-11-23T10:04:00");
    let r = live.so_far();
    let preview = r.only("approval").clone();
    assert_eq!(preview.to, addresses([CHAIR]), "{}", r.overview());
    live.deliver(&answer(&preview, APPROVER, "2026-11-23T10:05:00", &format!("{} 1", code(&preview))));
    live.until("2026-11-23T10:08:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty());
    assert!(r.answer("003.eml").says("Only this panel's admin, chair or approver"));
}

#[test]
fn mc_33_a_recipient_picked_while_the_pack_waits_is_in_the_next_preview_and_had_nothing_before() {
    let (story, _) = approving(815, "hold", false);
    let ottilie = child(817, "Ottilie Brackenbury").gp("Castle Hill Surgery, Reigate");
    let mail = letter(BOX, VIKTOR, "2026-11-20T11:00:00").form(&rat(&ottilie));
    let mut live = story.about([&ottilie]).mail(&mail).live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-23T10:04:00");
    let missing = live.so_far().alerts("no match in the directory for R-0003: gp")[0].clone();
    let line = format!("{} 1 castle-hill-surgery@nhs.example", code(&missing));
    live.deliver(&answer(&missing, ADMIN, "2026-11-23T10:05:00", &line));
    live.until("2026-11-23T10:10:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty(), "{}", r.overview());
    let [_, second] = r.of("approval")[..] else { panic!("{}", r.overview()) };
    assert!(second.says("One child's health copy, R-0003, 1 paper, to Castle Hill Surgery"), "{}", second.text);
}

#[test]
fn mc_33_a_pack_that_nobody_approved_before_its_meeting_goes_to_nobody_and_that_is_told() {
    let mut live = waiting(818, "hold", false, "2026-11-25T09:59:00");
    live.until("2026-11-25T10:30:00");
    let r = live.so_far();
    assert!(pack(&r).is_empty(), "{}", r.overview());
    let told = r.alerts("the pack for Wed 25 November 2026 never went");
    assert_eq!((told.len(), &told[0].to), (1, &addresses([APPROVER, CHAIR])), "{}", r.overview());
    same_second(told[0].at, "2026-11-25T10:00:00");
    assert!(live.approve(MEETING, Approving::Whole).is_err());
    let left = live.ask(async |store| {
        store.read().await.unwrap().awaiting_approval(&MEETING.parse().unwrap()).await.unwrap().len()
    });
    assert_eq!(left, 0);
}

#[test]
fn mc_33_a_rehearsal_answers_no_preview_and_shows_what_goes_at_the_deadline() {
    let (story, children) = approving(820, "send", true);
    let r = story.simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.of("approval").len(), 2, "approver and chair: {}", r.overview());
    same_second(r.only("agenda").at, "2026-11-23T10:30:00");
    assert_eq!(r.only("agenda").hashes(), [rat(&children[1]).lead("Wendy Blenkin").sha256()]);
    for mail in r.of("approval") {
        assert!(!r.log.contains(&code(mail)) && !r.journal.contains(&code(mail)));
    }
}

/// The pack has been approved and has gone; a third child is admitted at noon on Monday.
fn admitted(number: u32, on_deadline: &str, naming: bool) -> Live {
    let (story, children) = approving(number, on_deadline, false);
    let nina = child(number + 2, "Nina Hallworth").gp("Z99005");
    let form = match naming {
        true => rat(&nina).set("Summary of concerns", "Seen twice with Rory Quillfeather at the station."),
        false => rat(&nina),
    };
    assert_eq!(children[1].name, "Rory Quillfeather");
    let note = "Her brother must not hear of it.";
    let mut live = story
        .about([&nina])
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:30:00").body(note).form(&form))
        .live("2026-11-19", "2026-11-25T12:00:00");
    live.until("2026-11-23T10:04:00");
    live.approve(MEETING, Approving::Whole).unwrap();
    live.until("2026-11-23T12:00:00");
    live.admit(MEETING, "R-0003");
    live.until("2026-11-23T12:15:00");
    live
}

/// The mails about the third child, but for the answer to its sender.
fn about_nina(r: &Results) -> Vec<&Sent> {
    let mails = r.sent.iter().filter(|mail| mail.meeting == MEETING && mail.children.contains("R-0003"));
    mails.filter(|mail| [&PACK[..], &["supplement"]].concat().contains(&mail.kind.as_str())).collect()
}

#[test]
fn mc_33_a_supplement_is_shown_and_approved_like_the_pack_it_follows() {
    let mut live = admitted(840, "send", false);
    let r = live.so_far();
    assert!(r.of("supplement").is_empty() && about_nina(&r).is_empty(), "{}", r.overview());
    let [_, preview] = r.of("approval").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    let preview = preview.clone();
    assert_eq!(preview.to, addresses([APPROVER]));
    assert_eq!(preview.subject, "RMM South East: please approve the supplement for Wed 25 November 2026");
    assert_eq!(preview.children, addresses(["R-0003"]), "what is new, and no more");
    assert_eq!(preview.files.len(), 1);
    for words in [
        "It waits for approval until Mon 23 November 2026 at 12:4",
        "the sender writes: \"Her brother must not hear of it.\"",
        "Supplement to the pack, R-0003, 1 paper, to Emil Draycott, chair",
        "THE SUPPLEMENT",
    ] {
        assert!(preview.says(words), "{words}: {}", preview.text);
    }
    assert!(!preview.says("second address"), "the pack's notes were shown with the pack: {}", preview.text);
    live.deliver(&answer(&preview, APPROVER, "2026-11-23T12:20:00", &format!("{} 1", code(&preview))));
    live.until("2026-11-23T13:00:00");
    let r = live.so_far();
    let supplement = r.only("supplement");
    same_second(supplement.at, "2026-11-23T12:20:00");
    assert_eq!(supplement.to, r.only("agenda").to);
    assert_eq!(supplement.hashes(), preview.hashes(), "as it was shown");
    assert!(about_nina(&r).iter().any(|mail| mail.kind == "extract"), "{}", r.overview());
    assert!(r.journal.contains("\"event\":\"supplement.approved\",\"rule\":\"MC-33\""), "{}", r.journal);
    let r = live.finish();
    assert_eq!((r.of("supplement").len(), r.of("approval").len()), (1, 2), "{}", r.overview());
    assert!(r.alerts("supplement").is_empty(), "{}", r.overview());
}

#[test]
fn mc_33_an_unapproved_supplement_goes_at_its_deadline_without_what_was_flagged_which_is_not_flagged_again() {
    let mut live = admitted(843, "send", true);
    live.until("2026-11-23T12:35:00");
    let r = live.so_far();
    let chased = r.of("approval").into_iter().filter(|mail| mail.goes_to(CHAIR)).count();
    assert_eq!(chased, 1, "half the time is gone: {}", r.overview());
    assert!(r.of("supplement").is_empty());
    live.until("2026-11-23T12:45:00");
    let r = live.so_far();
    let alert = r.alerts("the supplement for Wed 25 November 2026 went without approval")[0];
    assert!(alert.says("It goes now, without 1 paper(s) that name another child (H-0001)."), "{}", alert.text);
    let first = r.only("supplement");
    assert!(first.children.contains("R-0003") && first.files.is_empty(), "listed, the paper waits: {}", first.text);
    assert_eq!(r.held[0].kind, "names_another_child");
    // Released by a person, it is put before the approver once more, and nobody needs to look for it again.
    live.release("H-0001", dutyclerk::daemon::Release { by: "Graham Rimmer".into(), ..Default::default() });
    live.until("2026-11-23T12:50:00");
    let again = live.so_far().of("approval").into_iter().rfind(|mail| mail.goes_to(APPROVER)).unwrap().clone();
    assert!(
        again.children.contains("R-0003") && !again.says("names another child. It is in nobody's"),
        "{}",
        again.text
    );
    let r = live.finish();
    let [_, second] = r.of("supplement").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert_eq!(second.files.len(), 1);
    // Released for the members; health colleagues are another question (MC-10).
    let held: Vec<_> = r.held.iter().map(|held| (held.kind.as_str(), held.state.as_str())).collect();
    assert_eq!(held, [("names_another_child", "released"), ("kept_from_health", "open")], "{}", r.overview());
}

#[test]
fn mc_33_a_supplement_for_which_no_time_is_left_goes_at_once() {
    let mut live = waiting(846, "send", false, "2026-11-23T10:04:00");
    live.approve(MEETING, Approving::Whole).unwrap();
    let nina = child(848, "Nina Hallworth").gp("Z99005");
    live.deliver(&letter(BOX, VIKTOR, "2026-11-24T16:30:00").form(&rat(&nina)));
    live.until("2026-11-24T16:35:00");
    live.admit(MEETING, "R-0003");
    let r = live.finish();
    let supplement = r.only("supplement");
    // Two working hours before ten on Wednesday are over: waiting for the morning would leave nobody time to read.
    same_second(supplement.at, "2026-11-24T16:45:01");
    assert_eq!(supplement.files.len(), 1);
    assert_eq!(r.of("approval").len(), 1, "only the pack was asked for: {}", r.overview());
    assert_eq!(r.alerts("the supplement for Wed 25 November 2026 went without approval").len(), 1);
}

#[test]
fn mc_33_what_changes_while_a_supplement_waits_is_approved_with_it_and_delays_it_no_further() {
    let mut live = admitted(850, "send", false);
    let omar = child(853, "Omar Blakeley").gp("Z99005");
    live.deliver(&letter(BOX, VIKTOR, "2026-11-23T12:18:00").form(&rat(&omar)));
    live.until("2026-11-23T12:20:00");
    live.admit(MEETING, "R-0004");
    // Somebody who stands in now has the pack as it went, and nothing that nobody approved.
    live.directory(super::deputies::with_a_deputy);
    live.deliver(&super::deputies::automatic(super::deputies::IDRIS, "2026-11-23T12:21:00", "I am on annual leave."));
    live.until("2026-11-23T12:25:00");
    live.release("H-0001", dutyclerk::daemon::Release { by: "Graham Rimmer".into(), ..Default::default() });
    live.until("2026-11-23T12:30:00");
    let r = live.so_far();
    let [_, deputys] = r.of("agenda").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert_eq!(
        (deputys.to.clone(), deputys.children.len()),
        (addresses([super::deputies::NELL]), 2),
        "{}",
        deputys.text
    );
    assert!(r.of("supplement").is_empty(), "{}", r.overview());
    let newest = r.of("approval").into_iter().rfind(|mail| mail.goes_to(APPROVER)).unwrap();
    assert_eq!(newest.children, addresses(["R-0003", "R-0004"]), "{}", r.overview());
    assert!(newest.says("The agenda has changed since the last preview"), "{}", newest.text);
    let r = live.finish();
    let supplement = r.only("supplement");
    assert_eq!(supplement.children, addresses(["R-0003", "R-0004"]));
    assert!(supplement.goes_to(super::deputies::NELL), "{:?}", supplement.to);
    let first_asked = at("2026-11-23T12:10:00");
    let waited = supplement.at.duration_since(first_asked).as_mins();
    assert!((29..=32).contains(&waited), "{waited} minutes: {}", r.overview());
}

#[test]
fn mc_33_a_supplement_that_is_held_waits_and_is_told_to_have_never_gone() {
    let mut live = admitted(856, "hold", false);
    live.until("2026-11-24T09:00:00");
    let r = live.so_far();
    assert!(r.of("supplement").is_empty(), "{}", r.overview());
    assert_eq!(r.alerts("the supplement for Wed 25 November 2026 has not gone: nobody approved it").len(), 1);
    assert!(!r.alerts("the supplement for Wed 25 November 2026 still waits for approval").is_empty());
    let r = live.finish();
    assert!(r.of("supplement").is_empty() && about_nina(&r).is_empty(), "{}", r.overview());
    assert_eq!(r.alerts("the supplement for Wed 25 November 2026 never went").len(), 1, "{}", r.overview());
}

#[test]
fn mc_33_a_supplement_that_only_takes_a_child_off_goes_at_once() {
    let mut live = waiting(860, "hold", false, "2026-11-23T10:04:00");
    live.approve(MEETING, Approving::Whole).unwrap();
    live.until("2026-11-23T12:00:00");
    live.ask(async |store| {
        let mut tx = store.begin(at("2026-11-23T12:00:00")).await.unwrap();
        let mut rows = tx.agenda_items(&MEETING.parse().unwrap()).await.unwrap();
        let row = rows.iter_mut().find(|row| row.case.to_string() == "R-0002").unwrap();
        row.state = ItemState::Withdrawn;
        tx.put_agenda_item(row).await.unwrap();
        let refs = vec![Ref::Meeting(MEETING.parse().unwrap())];
        tx.journal(Line { event: "item.withdrawn", rule: None, reason: "by hand".to_owned(), refs });
        tx.commit().await.unwrap();
    });
    let r = live.finish();
    let supplement = r.only("supplement");
    assert_eq!((supplement.children.clone(), supplement.files.len()), (addresses(["R-0002"]), 0), "{}", r.overview());
    assert!(supplement.at < at("2026-11-23T12:30:00") && r.of("approval").len() == 1, "{}", r.overview());
}
