//! A core member answers automatically: whoever runs the panel is asked whether the deputy gets the papers (MC-08).

use super::members::inviting;
use super::responses::reply;
use super::settling::{answer, code};
use crate::harness::{Letter, Live, Results, Sent, Story, addresses, child, letter, rat};
use dutyclerk::casework::MailKind;
use dutyclerk::casework::directory::Entry;
use dutyclerk::daemon::Release;
use dutyclerk::store::RestrictionSubject;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
pub(super) const IDRIS: &str = "idris.hebden@police.example";
pub(super) const NELL: &str = "nell.carver@police.example";
const JASMIN: &str = "jasmin.openshaw@surrey.example";
const BOX: &str = "surrey-rmm-se";
const MEETING: &str = "surrey-rmm-se/2026-11-25";

/// Nell, of no panel, is the deputy whom the police representative's row names.
pub(super) fn with_a_deputy(rows: &mut Vec<Entry>) {
    let idris = rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap();
    idris.deputy = Some(NELL.parse().unwrap());
    let nell = Entry {
        name: "Nell Carver".to_owned().into(),
        email: NELL.parse().unwrap(),
        panels: Vec::new(),
        deputy: None,
        ..idris.clone()
    };
    rows.push(nell);
}

/// Two children on the agenda of 25 November; the pack goes on Monday at ten.
fn two_children(n: u32) -> Live {
    let (maisie, omar) = (child(n, "Maisie Thornquist"), child(n + 1, "Omar Blakeley"));
    let mut live = Story::new(BOX)
        .about([&maisie, &omar])
        .mail(&letter(BOX, VIKTOR, "2026-11-18T09:00:00").form(&rat(&maisie)))
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&rat(&omar)))
        .live("2026-11-17", "2026-11-27");
    live.until("2026-11-17T09:00:00");
    live.directory(with_a_deputy);
    live
}

pub(super) fn automatic(from: &str, arrives: &str, text: &str) -> Letter {
    letter(BOX, from, arrives)
        .subject("Automatic reply: RMM South East")
        .header("Auto-Submitted", "auto-replied")
        .header("X-Auto-Response-Suppress", "All")
        .body(text)
}

/// As Exchange answers the mail that came in.
fn away(to: &Sent, arrives: &str) -> Letter {
    automatic(IDRIS, arrives, "I am out of the office until Monday 7 December.")
        .header("In-Reply-To", &format!("<{}>", to.message_id))
}

fn asked(r: &Results) -> Sent {
    let alerts = r.alerts("may be away on");
    assert_eq!(alerts.len(), 1, "{}", r.overview());
    alerts[0].clone()
}

#[test]
fn mc_08_an_automatic_reply_to_the_pack_offers_it_to_the_deputy_who_gets_it_by_a_persons_word() {
    let mut live = two_children(720);
    live.until("2026-11-20T09:00:00");
    live.restrict("R-0002", RestrictionSubject::Person, NELL);
    live.until("2026-11-23T11:00:00");
    let pack = live.so_far().only("agenda").clone();
    assert!(pack.goes_to(IDRIS) && !pack.goes_to(NELL), "{:?}", pack.to);
    live.deliver(&away(&pack, "2026-11-23T11:05:00"));
    live.until("2026-11-23T11:10:00");
    let r = live.so_far();
    assert_eq!(r.fates().last(), Some(&("003.eml", "ignored")), "nobody answers an automatic reply");
    let alert = asked(&r);
    assert_eq!(alert.to, addresses([ADMIN]));
    assert!(
        alert.says("Idris Hebden (police) has answered automatically and seems to be away.")
            && alert.says("names Nell Carver as deputy, who has not had the papers for surrey-rmm-se/2026-11-25."),
        "{}",
        alert.text
    );
    assert_eq!(r.of("agenda").len(), 1, "nothing goes by an automatic reply alone");
    assert!(r.to(NELL).is_empty());

    live.deliver(&answer(&alert, ADMIN, "2026-11-23T11:30:00", &format!("{} 1", code(&alert))));
    live.deliver(&away(&pack, "2026-11-23T11:40:00"));
    live.until("2026-11-23T12:30:00");
    let r = live.so_far();
    let [_, deputys] = r.of("agenda").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert_eq!(deputys.to, addresses([NELL]), "the others have it");
    assert_eq!(deputys.children, addresses(["R-0001"]), "what is kept from the deputy stays kept");
    assert_eq!(deputys.files.len(), 1);
    assert!(r.answer("004.eml").says("the deputy gets the papers"), "{}", r.answer("004.eml").text);
    asked(&r);

    // What is added later goes to the deputy too.
    let nina = child(722, "Nina Hallworth");
    live.deliver(&letter(BOX, VIKTOR, "2026-11-24T09:00:00").form(&rat(&nina)));
    live.until("2026-11-24T09:30:00");
    live.admit(MEETING, "R-0003");
    let r = live.finish();
    assert!(
        r.only("supplement").goes_to(NELL) || r.of("supplement").iter().any(|s| s.goes_to(NELL)),
        "{}",
        r.overview()
    );
}

#[test]
fn mc_32_what_the_deputy_is_sent_takes_nothing_from_the_supplement_of_the_others() {
    let mut live = two_children(740);
    live.until("2026-11-23T11:00:00");
    let pack = live.so_far().only("agenda").clone();
    live.deliver(&away(&pack, "2026-11-23T11:05:00"));
    let nina = child(742, "Nina Hallworth");
    live.deliver(&letter(BOX, VIKTOR, "2026-11-23T11:06:00").form(&rat(&nina)));
    // A later paper of a child who was in the pack, too.
    let corrected = rat(&child(740, "Maisie Thornquist")).set("Summary of concerns", "Seen at the station again.");
    live.deliver(&letter(BOX, VIKTOR, "2026-11-23T11:07:00").form(&corrected));
    live.until("2026-11-23T11:12:00");
    // Admitted, and no supplement has gone yet: changes settle first.
    live.admit(MEETING, "R-0003");
    live.admit(MEETING, "R-0001");
    live.release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    let r = live.finish();
    let [_, deputys] = r.of("agenda").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert_eq!(deputys.to, addresses([NELL]));
    assert_eq!(deputys.children, pack.children, "what the members had, and no more");
    assert_eq!(deputys.files.len(), pack.files.len());
    let supplement = r.only("supplement");
    assert_eq!(supplement.to, addresses(pack.to.iter().map(String::as_str).chain([NELL])));
    let late: std::collections::BTreeSet<&str> = supplement.hashes().into_iter().collect();
    let (nina, corrected) = (rat(&nina).sha256(), corrected.sha256());
    assert_eq!(late, [nina.as_str(), corrected.as_str()].into());
}

#[test]
fn mc_08_a_member_who_is_away_before_the_pack_has_the_deputy_in_it() {
    let mut live = two_children(724);
    live.until("2026-11-19T12:00:00");
    // No mail of ours is named: an answer that Exchange gives once an absence.
    live.deliver(&automatic(IDRIS, "2026-11-19T12:05:00", "I am on annual leave."));
    live.until("2026-11-19T13:00:00");
    live.release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    let r = live.finish();
    let pack = r.only("agenda");
    assert!(pack.goes_to(IDRIS) && pack.goes_to(NELL), "{:?}", pack.to);
    assert!(pack.says("Apologies: Idris Hebden (police; Nell Carver comes instead)"), "{}", pack.text);
    assert!(!pack.says("No answer yet"), "nobody was asked: {}", pack.text);
    assert_eq!(r.held[0].state, "released");
}

#[test]
fn op_07_what_retention_destroyed_stands_in_nobodys_way() {
    let mut live = two_children(744);
    live.until("2026-11-19T12:00:00");
    live.deliver(&automatic(IDRIS, "2026-11-19T12:05:00", "I am on annual leave."));
    live.until("2026-11-19T13:00:00");
    live.release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    live.ask(async |store| {
        let mut tx = store.begin("2026-11-19T13:00:00Z".parse().unwrap()).await.unwrap();
        let message = tx.message("M-000003".parse().unwrap()).await.unwrap().unwrap();
        let key = message.key().unwrap().id();
        tx.shred(key).await.unwrap();
        tx.commit().await.unwrap();
    });
    live.until("2026-11-23T11:00:00");
    let to = live.ask(async |store| {
        let entries = store.read().await.unwrap().entries_of_meeting(&MEETING.parse().unwrap()).await.unwrap();
        let pack = entries.into_iter().find(|entry| entry.kind == MailKind::Agenda).expect("the pack has gone");
        pack.envelope.open().unwrap().to.into_iter().map(|to| to.address.to_string()).collect::<Vec<_>>()
    });
    assert!(to.contains(&IDRIS.to_owned()) && !to.contains(&NELL.to_owned()), "{to:?}");
}

#[test]
fn mc_08_a_deputy_who_is_named_no_more_when_the_pack_is_drawn_up_neither_has_it_nor_comes_instead() {
    let mut live = two_children(747);
    live.until("2026-11-19T12:00:00");
    live.deliver(&automatic(IDRIS, "2026-11-19T12:05:00", "I am on annual leave."));
    live.until("2026-11-19T13:00:00");
    live.release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    live.directory(|rows| rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap().deputy = None);
    let r = live.finish();
    let pack = r.only("agenda");
    assert!(!pack.goes_to(NELL) && !pack.says("comes instead"), "{}", pack.text);
}

#[test]
fn mc_08_nobody_is_asked_twice_and_a_no_sends_nothing() {
    let mut live = two_children(727);
    live.until("2026-11-19T12:00:00");
    live.deliver(&automatic(IDRIS, "2026-11-19T12:05:00", "Away until Monday."));
    live.deliver(&automatic(IDRIS, "2026-11-19T12:15:00", "Away until Monday."));
    live.until("2026-11-23T11:00:00");
    let r = live.so_far();
    asked(&r);
    live.deliver(&answer(&asked(&r), ADMIN, "2026-11-23T11:05:00", &format!("{} 2", code(&asked(&r)))));
    let r = live.finish();
    assert_eq!(r.held.iter().map(|h| h.state.as_str()).collect::<Vec<_>>(), ["rejected"]);
    assert!(r.to(NELL).is_empty(), "{}", r.overview());
}

#[test]
fn mc_08_a_question_that_nobody_answered_ends_with_the_meeting() {
    let mut live = two_children(730);
    live.until("2026-11-23T11:00:00");
    let pack = live.so_far().only("agenda").clone();
    live.deliver(&away(&pack, "2026-11-25T08:00:00"));
    live.until("2026-11-25T10:30:00");
    assert_eq!(live.so_far().held[0].state, "open");
    let failed = live.try_release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    assert!(failed.unwrap_err().to_string().contains("has begun"));
    let r = live.finish();
    assert_eq!(r.held[0].state, "superseded", "{}", r.overview());
    assert!(r.to(NELL).is_empty());
}

#[test]
fn mc_08_who_names_no_deputy_is_told_of_and_a_mailbox_that_gives_thanks_is_not() {
    let mut live = two_children(733);
    live.until("2026-11-19T12:00:00");
    live.deliver(&automatic(
        JASMIN,
        "2026-11-19T12:05:00",
        "Thank you for your e-mail. This mailbox is read from 9 to 5.",
    ));
    live.deliver(&automatic(VIKTOR, "2026-11-19T12:10:00", "I am out of the office."));
    live.deliver(&automatic(IDRIS, "2026-11-19T12:15:00", "I am out of the office.").spoofed());
    live.until("2026-11-19T12:30:00");
    let r = live.so_far();
    assert!(r.alerts("may be away on").is_empty() && r.held.is_empty(), "{}", r.overview());
    live.deliver(&automatic(JASMIN, "2026-11-19T13:00:00", "I am out of the office until Monday."));
    live.deliver(&automatic(JASMIN, "2026-11-19T13:10:00", "I am out of the office until Monday."));
    let r = live.finish();
    let alert = asked(&r);
    assert!(alert.says("The directory names no deputy for them"), "{}", alert.text);
    assert!(r.held.is_empty());
}

#[test]
fn mc_08_a_deputy_who_has_left_since_gets_nothing() {
    let mut live = two_children(736);
    live.until("2026-11-19T12:00:00");
    live.deliver(&automatic(IDRIS, "2026-11-19T12:05:00", "I am on annual leave."));
    live.until("2026-11-19T13:00:00");
    live.directory(|rows| rows.retain(|row| row.email.to_string() != NELL));
    let failed = live.try_release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    assert!(failed.unwrap_err().to_string().contains("names another deputy now"));
    live.directory(|rows| {
        rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap().deputy = None;
        with_a_deputy(rows);
    });
    live.release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    live.until("2026-11-23T09:00:00");
    live.stop_sending();
    live.until("2026-11-23T11:00:00");
    live.directory(|rows| rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap().deputy = None);
    live.resume_sending();
    live.until("2026-11-23T11:30:00");
    let r = live.so_far();
    assert!(r.of("agenda").is_empty() && r.to(NELL).is_empty(), "{}", r.overview());
    assert!(r.journal.contains("agenda: held (OP-12)"), "{}", r.journal);
}

fn apology(from: &str, arrives: &str) -> Letter {
    letter(BOX, from, arrives)
        .subject("Next week's meeting")
        .content("text/plain; charset=utf-8", "I am sorry, I am unable to attend on Wednesday.\n")
}

#[test]
fn mc_08_a_members_apology_offers_the_deputy_the_papers_and_counts_among_the_answers() {
    let mut live = two_children(750);
    live.until("2026-11-19T12:00:00");
    live.deliver(&apology(IDRIS, "2026-11-19T12:05:00"));
    live.until("2026-11-19T12:30:00");
    let r = live.so_far();
    assert_eq!(r.held.iter().map(|held| held.kind.as_str()).collect::<Vec<_>>(), ["member_away"], "{}", r.overview());
    assert!(r.alerts("held for you").is_empty(), "one alert is enough: {}", r.overview());
    let alert = asked(&r);
    assert_eq!(alert.to, addresses([ADMIN]));
    assert!(
        alert.says("Idris Hebden (police) has written that they cannot come. The directory names Nell Carver as deputy, who has not had the papers for surrey-rmm-se/2026-11-25."),
        "{}",
        alert.text
    );
    let told = r.answer("003.eml");
    assert!(told.says("they are asked whether your deputy has the papers in your place (rule MC-08)"), "{}", told.text);
    assert!(!told.says("SH-11"), "no caseworker: {}", told.text);
    // An automatic reply that follows asks nothing again.
    live.deliver(&automatic(IDRIS, "2026-11-19T13:00:00", "I am on annual leave."));
    live.until("2026-11-19T13:30:00");
    let alert = asked(&live.so_far());
    live.deliver(&answer(&alert, ADMIN, "2026-11-19T14:00:00", &format!("{} 1", code(&alert))));
    let r = live.finish();
    let pack = r.only("agenda");
    assert!(pack.goes_to(IDRIS) && pack.goes_to(NELL), "{:?}", pack.to);
    assert!(pack.says("Apologies: Idris Hebden (police; Nell Carver comes instead)"), "{}", pack.text);
    assert!(r.alerts("no quorum").is_empty(), "the deputy makes it: {}", r.overview());
}

#[test]
fn mc_23_the_apology_of_a_member_without_a_deputy_is_shown_and_may_cost_the_quorum() {
    let mut live = two_children(753);
    live.until("2026-11-19T12:00:00");
    live.directory(|rows| rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap().deputy = None);
    live.deliver(&apology(IDRIS, "2026-11-19T12:05:00"));
    // One that nobody vouches for is held like any mail of its kind, and is no apology.
    live.deliver(&apology(JASMIN, "2026-11-19T12:10:00").spoofed());
    live.until("2026-11-23T11:00:00");
    let r = live.so_far();
    assert_eq!(r.held[0].kind, "apology", "{}", r.overview());
    assert_eq!(r.alerts("held for you: H-0001").len(), 1, "{}", r.overview());
    assert!(r.answer("003.eml").says("The directory names no deputy for you"), "{}", r.answer("003.eml").text);
    let pack = r.only("agenda");
    assert!(pack.says("Apologies: Idris Hebden (police)"), "{}", pack.text);
    assert!(
        !pack.says("No answer yet") && !pack.says("Jasmin Openshaw (education)"),
        "nobody was invited: {}",
        pack.text
    );
    let r = live.finish();
    let [warning] = r.alerts("no quorum").try_into().unwrap_or_else(|_| panic!("{}", r.overview()));
    assert!(warning.says("By their answers, nobody comes to surrey-rmm-se/2026-11-25 as: police."), "{}", warning.text);
    assert_eq!(r.held[0].state, "superseded", "the meeting has been held");
}

#[test]
fn mc_23_an_apology_that_a_person_turns_away_was_none() {
    let mut live = two_children(756);
    live.until("2026-11-19T12:00:00");
    live.directory(|rows| rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap().deputy = None);
    live.deliver(&apology(IDRIS, "2026-11-19T12:05:00"));
    live.until("2026-11-19T13:00:00");
    let alert = live.so_far().alerts("held for you: H-0001")[0].clone();
    live.deliver(&answer(&alert, ADMIN, "2026-11-19T14:00:00", &format!("{} 2", code(&alert))));
    let r = live.finish();
    assert_eq!(r.held[0].state, "rejected");
    assert!(!r.only("agenda").says("Apologies") && r.alerts("no quorum").is_empty(), "{}", r.overview());
}

/// A child on the agenda of 25 November, and the members' invitations to that meeting and the next.
fn invited(n: u32) -> (Live, Sent) {
    let maisie = child(n, "Maisie Thornquist");
    let mut live = inviting()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-18T09:00:00").form(&rat(&maisie)))
        .live("2026-11-17T09:00:00", "2026-11-27");
    live.until("2026-11-17T09:01:00");
    live.directory(with_a_deputy);
    live.until("2026-11-18T09:30:00");
    let r = live.so_far();
    let invitation = r.for_meeting("invitation", MEETING).into_iter().find(|mail| mail.goes_to(IDRIS)).unwrap().clone();
    (live, invitation)
}

/// His answer to the invitation, on 18 November at this time.
fn says(invitation: &Sent, time: &str, says: &str) -> Letter {
    reply(invitation, letter(BOX, IDRIS, &format!("2026-11-18T{time}")), IDRIS, says)
}

#[test]
fn mc_08_a_member_who_declines_the_invitation_is_asked_about_once_and_for_that_meeting_alone() {
    let (mut live, invitation) = invited(760);
    live.deliver(&says(&invitation, "10:00:00", "DECLINED"));
    // And once more, from the phone.
    live.deliver(&says(&invitation, "10:02:00", "DECLINED"));
    live.until("2026-11-18T11:00:00");
    let r = live.so_far();
    assert_eq!(r.fates().last(), Some(&("003.eml", "calendar_reply")), "nobody answers an answer");
    let held: Vec<_> = r.held.iter().map(|held| held.kind.as_str()).collect();
    assert_eq!(held, ["member_away"], "{}", r.overview());
    let alert = asked(&r);
    assert_eq!(alert.to, addresses([ADMIN]));
    assert!(
        alert.says("Idris Hebden (police) has declined the invitation. The directory names Nell Carver as deputy, who has not had the papers for surrey-rmm-se/2026-11-25."),
        "{}",
        alert.text
    );
    live.deliver(&answer(&alert, ADMIN, "2026-11-18T12:00:00", &format!("{} 1", code(&alert))));
    let r = live.finish();
    let pack = r.only("agenda");
    assert!(pack.goes_to(IDRIS) && pack.goes_to(NELL), "{:?}", pack.to);
    assert!(pack.says("Apologies: Idris Hebden (police; Nell Carver comes instead)"), "{}", pack.text);
    assert!(r.alerts("no quorum").is_empty(), "the deputy makes it: {}", r.overview());
}

#[test]
fn mc_08_a_member_who_accepts_after_all_takes_the_question_back_and_may_decline_again() {
    let (mut live, invitation) = invited(762);
    live.deliver(&says(&invitation, "10:00:00", "DECLINED"));
    live.deliver(&says(&invitation, "10:30:00", "TENTATIVE"));
    live.until("2026-11-18T10:45:00");
    assert_eq!(live.so_far().held[0].state, "open", "perhaps is no yes");
    live.deliver(&says(&invitation, "11:00:00", "ACCEPTED"));
    live.until("2026-11-18T12:00:00");
    let r = live.so_far();
    assert_eq!(r.held[0].state, "superseded", "{}", r.overview());
    let late = answer(&asked(&r), ADMIN, "2026-11-18T12:05:00", &format!("{} 1", code(&asked(&r))));
    live.deliver(&late);
    live.until("2026-11-18T12:30:00");
    let r = live.so_far();
    assert_eq!(r.held[0].state, "superseded", "what was taken back is settled by no answer: {}", r.overview());
    live.deliver(&says(&invitation, "13:00:00", "DECLINED"));
    live.until("2026-11-18T14:00:00");
    let r = live.so_far();
    assert_eq!((r.alerts("may be away on").len(), r.held.len()), (2, 2), "{}", r.overview());
    assert_eq!(r.held[1].state, "open");
    let r = live.finish();
    assert_eq!(r.held[1].state, "superseded", "the meeting has been held");
    assert!(r.to(NELL).is_empty(), "{}", r.overview());
}

#[test]
fn mc_08_who_comes_is_asked_where_a_member_declines_and_no_deputy_is_named_until_they_accept() {
    let (mut live, invitation) = invited(764);
    live.directory(|rows| rows.iter_mut().find(|row| row.email.to_string() == IDRIS).unwrap().deputy = None);
    live.deliver(&says(&invitation, "10:00:00", "DECLINED"));
    live.until("2026-11-18T10:30:00");
    let r = live.so_far();
    let alert = asked(&r);
    assert!(
        alert.says("The police has declined the invitation. The directory names no deputy for them"),
        "{}",
        alert.text
    );
    assert!(r.held.is_empty(), "{}", r.overview());
    live.deliver(&says(&invitation, "11:00:00", "ACCEPTED"));
    live.until("2026-11-18T16:00:00");
    let r = live.so_far();
    assert!(r.journal.contains("nobody is asked any more: the invitation is declined no more"), "{}", r.journal);
    assert!(r.alerts("is not answered").is_empty(), "{}", r.overview());
}

#[test]
fn mc_08_a_member_who_accepts_after_a_deputy_was_agreed_is_expected_and_the_owner_is_told_of_both() {
    let (mut live, invitation) = invited(766);
    live.deliver(&says(&invitation, "10:00:00", "DECLINED"));
    live.until("2026-11-18T10:30:00");
    live.release("H-0001", Release { by: "Graham Rimmer".into(), ..Release::default() });
    live.deliver(&says(&invitation, "11:00:00", "ACCEPTED"));
    live.deliver(&says(&invitation, "11:05:00", "ACCEPTED"));
    let r = live.finish();
    assert_eq!(r.held[0].state, "released", "a person's word is not taken back by a calendar's");
    let told = r.alerts("the police comes on Wed 25 November 2026 after all");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert!(told[0].to == addresses([ADMIN]) && told[0].says("so the deputy has the papers too"), "{}", told[0].text);
    let pack = r.only("agenda");
    assert!(pack.goes_to(IDRIS) && pack.goes_to(NELL), "{:?}", pack.to);
    assert!(pack.says("Expected: Idris Hebden (police)") && !pack.says("comes instead"), "{}", pack.text);
}
