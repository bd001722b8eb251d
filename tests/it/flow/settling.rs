//! What waits for a person is settled by answering the mail that tells of it: a code, and the number of a choice.

use crate::harness::{Letter, Live, Results, Sent, Story, addresses, child, document, letter, rat};
use dutyclerk::daemon::Release;
use dutyclerk::store::ObligationState;

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const STRANGER: &str = "someone@elsewhere.example";
const BOX: &str = "surrey-rmm-se";
const CASTLE_HILL: &str = "castle-hill-surgery@nhs.example";

/// The codes a mail offers, in order, by what each settles.
pub(super) fn codes(mail: &Sent) -> Vec<(String, String)> {
    let mut about = String::new();
    let mut found = Vec::new();
    for line in mail.text.lines() {
        if let Some(code) = line.trim().strip_prefix("Code: ") {
            found.push((about.clone(), code.to_owned()));
        }
        about = line.split(':').next().unwrap_or_default().trim().to_owned();
    }
    found
}

pub(super) fn code(mail: &Sent) -> String {
    let [(_, code)] = codes(mail).try_into().unwrap_or_else(|all| panic!("{all:?} in {}", mail.text));
    code
}

/// An answer as Outlook writes it, the original below.
pub(super) fn answer(to: &Sent, from: &str, arrives: &str, words: &str) -> Letter {
    let quoted = format!(
        "________________________________\nFrom: RMM South East <rmm-se@surrey.example>\nSent: 20 November 2026 09:00\nTo: {from}\nSubject: {}\n\n{}",
        to.subject, to.text
    );
    letter(BOX, from, arrives)
        .subject(&format!("Re: {}", to.subject))
        .header("In-Reply-To", &format!("<{}>", to.message_id))
        .body(&format!("{words}\n\nKind regards\n\n{quoted}"))
}

/// One mail of a sender nobody vouches for, held, told to admin.
fn one_held(number: u32) -> (Live, Sent) {
    let maisie = child(number, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").spoofed().form(&rat(&maisie)))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-20T09:30:00");
    let alert = live.so_far().alerts("held for you: H-0001")[0].clone();
    assert_eq!(alert.to, addresses([ADMIN]));
    (live, alert)
}

/// The answer to an answer.
fn told<'r>(r: &'r Results, file: &str) -> &'r Sent {
    let mail = r.answer(file);
    assert_eq!(mail.kind, "acknowledgement");
    assert!(mail.says("If a child is in immediate danger"), "SH-23: {}", mail.text);
    mail
}

fn state(r: &Results) -> &str {
    &r.held[0].state
}

#[test]
fn mc_33_a_held_item_is_released_by_mail_and_what_came_in_time_stays_in_time() {
    let (mut live, alert) = one_held(701);
    assert!(alert.says("1. Let it through. What came in time stays in time. 2. Turn it away."), "{}", alert.text);
    // After the pack has gone.
    live.deliver(&answer(
        &alert,
        ADMIN,
        "2026-11-23T14:00:00",
        &format!("Hello,\n\n{} 1 please", code(&alert).to_lowercase()),
    ));
    live.until("2026-11-23T14:30:00");
    let r = live.so_far();
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "accepted")], "{}", r.overview());
    assert_eq!(state(&r), "released");
    let done = told(&r, "002.eml");
    assert_eq!(done.subject, "RMM South East: H-0001 is settled");
    assert_eq!(done.to, addresses([ADMIN]));
    assert!(
        done.says("H-0001 was let through.") && done.says("R-0001 is on the agenda of surrey-rmm-se/2026-11-25."),
        "{}",
        done.text
    );
    assert_eq!(r.message("001.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-11-25"));
    assert_eq!(r.of("supplement").len(), 1, "{}", r.overview());
    assert!(r.journal.contains("\"event\":\"answer.taken\",\"rule\":\"MC-33\""), "{}", r.journal);
    let by = live.ask(async |store| {
        let held = store.read().await.unwrap().held("H-0001".parse().unwrap()).await.unwrap().unwrap();
        held.decision.unwrap().open().unwrap().by.reveal().clone()
    });
    assert_eq!(by, "Graham Rimmer");
    // The code is spent.
    live.deliver(&answer(&alert, ADMIN, "2026-11-23T15:00:00", &format!("{} 2", code(&alert))));
    live.until("2026-11-23T15:30:00");
    let r = live.so_far();
    assert!(
        told(&r, "003.eml").says("NOTHING WAS CHANGED: H-0001 It was settled already."),
        "{}",
        told(&r, "003.eml").text
    );
    assert_eq!(state(&r), "released");
}

#[test]
fn mc_33_a_held_item_is_turned_away_by_mail() {
    let (mut live, alert) = one_held(702);
    live.deliver(&answer(&alert, CHAIR, "2026-11-20T10:00:00", &format!("{} 2", code(&alert))));
    let r = live.finish();
    assert_eq!(state(&r), "rejected", "the chair may too: {}", r.overview());
    assert!(told(&r, "002.eml").says("H-0001 was turned away. It goes to nobody"));
    assert!(r.only("agenda").files.is_empty());
}

#[test]
fn mc_33_a_wrong_code_no_code_and_an_unclear_choice_are_answered_and_change_nothing() {
    let (mut live, alert) = one_held(703);
    let code = code(&alert);
    let at = |time: &str, words: &str| answer(&alert, ADMIN, &format!("2026-11-20T{time}"), words);
    live.deliver(&at("10:00:00", "BCDFG-HJKLM 1"));
    live.deliver(&at("10:10:00", "1"));
    live.deliver(&at("10:20:00", &format!("{code} 1 or 2?")));
    live.deliver(&at("10:30:00", &format!("{code} 7")));
    live.until("2026-11-20T10:40:00");
    let r = live.so_far();
    assert_eq!(state(&r), "open");
    for (file, words) in [
        ("002.eml", "The code in your answer is none of ours"),
        ("003.eml", "Your answer has no code."),
        ("004.eml", "names no number of a choice beside the code, or more than one"),
        ("005.eml", "The choices are: 1. Let it through."),
    ] {
        let mail = told(&r, file);
        assert_eq!(mail.subject, "RMM South East: your answer changed nothing");
        assert!(mail.says(words), "{file}: {}", mail.text);
        assert!(!mail.text.contains(&code), "{}", mail.text);
    }
    // The code is as good as before; one more wrong answer, and it would have been the fifth.
    live.deliver(&at("11:00:00", &format!("{code} 1")));
    let r = live.finish();
    assert_eq!(state(&r), "released");
}

#[test]
fn mc_33_quoted_text_chooses_nothing_even_where_the_quotation_is_not_recognised() {
    let (mut live, alert) = one_held(704);
    // A mail program that quotes without any mark.
    let words = format!("Ich kümmere mich darum.\n\nVon: RMM South East\nGesendet: Freitag\n\n{}", alert.text);
    live.deliver(&letter(BOX, ADMIN, "2026-11-20T10:00:00").subject("AW: held for you").body(&words));
    // Below a mark it is not read at all: no answer with a code.
    live.deliver(&answer(&alert, ADMIN, "2026-11-20T11:00:00", "I will look at it."));
    let r = live.finish();
    assert_eq!(state(&r), "open", "{}", r.overview());
    assert!(told(&r, "002.eml").says("names no number of a choice"), "{}", told(&r, "002.eml").text);
    assert_eq!(r.fates()[2], ("003.eml", "held"));
}

#[test]
fn mc_33_a_code_that_was_passed_on_is_of_no_use_to_anybody_else() {
    let (mut live, alert) = one_held(705);
    let line = format!("{} 1", code(&alert));
    // A stranger; a partner; a social worker of the authority; admin's address without its server's word.
    live.deliver(&answer(&alert, STRANGER, "2026-11-20T10:00:00", &line));
    live.deliver(&answer(&alert, "a.nurse@ward.nhs.example", "2026-11-20T10:10:00", &line));
    live.deliver(&answer(&alert, VIKTOR, "2026-11-20T10:20:00", &line));
    live.deliver(&answer(&alert, ADMIN, "2026-11-20T10:30:00", &line).spoofed());
    live.until("2026-11-20T11:00:00");
    let r = live.so_far();
    assert_eq!(state(&r), "open", "{}", r.overview());
    assert!(r.to(STRANGER).is_empty());
    assert_eq!(
        r.fates()[1..],
        [("002.eml", "held"), ("003.eml", "accepted"), ("004.eml", "accepted"), ("005.eml", "held")]
    );
    for file in ["003.eml", "004.eml"] {
        assert!(
            told(&r, file).says("Only this panel's admin, chair or approver can settle it"),
            "{}",
            told(&r, file).text
        );
        assert!(!told(&r, file).text.contains("H-0001"), "it is told nothing of what waits");
    }
    assert_eq!(r.journal.matches("a code of ours came from somebody who is not known, or not vouched for").count(), 2);
    // It still works for whom it was meant.
    live.deliver(&answer(&alert, ADMIN, "2026-11-20T12:00:00", &line));
    let r = live.finish();
    assert_eq!(state(&r), "released");
}

#[test]
fn mc_33_after_five_wrong_answers_an_address_is_not_heard_that_day_and_a_person_is_told() {
    let (mut live, alert) = one_held(706);
    let code = code(&alert);
    for n in 0..6 {
        let guess: String = format!("BCDFG-HJK{}Z 1", ["B", "C", "D", "F", "G", "H"][n]);
        live.deliver(&answer(&alert, ADMIN, &format!("2026-11-20T10:0{n}:00"), &guess));
    }
    live.deliver(&answer(&alert, ADMIN, "2026-11-20T10:10:00", &format!("{code} 1")));
    live.until("2026-11-20T11:00:00");
    let r = live.so_far();
    assert_eq!(state(&r), "open", "even the right code: {}", r.overview());
    assert_eq!(r.of("acknowledgement").len(), 5, "{}", r.overview());
    assert_eq!(r.alerts("too many wrong answers from one address").len(), 1);
    live.deliver(&answer(&alert, ADMIN, "2026-11-21T11:00:00", &format!("{code} 1")));
    let r = live.finish();
    assert_eq!(state(&r), "released");
}

#[test]
fn mc_33_a_code_expires_and_whoever_answers_late_gets_a_fresh_one() {
    let maisie = child(707, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-06T09:00:00").spoofed().form(&rat(&maisie)))
        .live("2026-11-05", "2026-11-26");
    live.until("2026-11-06T10:00:00");
    let alert = live.so_far().alerts("held for you: H-0001")[0].clone();
    live.deliver(&answer(&alert, ADMIN, "2026-11-13T09:00:01", &format!("{} 1", code(&alert))));
    live.until("2026-11-13T10:00:00");
    let r = live.so_far();
    let late = told(&r, "002.eml").clone();
    assert!(late.says("The code has expired."), "{}", late.text);
    assert_eq!(state(&r), "open");
    live.deliver(&answer(&late, ADMIN, "2026-11-13T11:00:00", &format!("{} 1", code(&late))));
    let r = live.finish();
    assert_eq!(state(&r), "released");
}

#[test]
fn mc_33_whose_child_it_is_and_who_is_missing_are_said_by_mail() {
    let maisie = child(708, "Maisie Thornquist").gp("Castle Hill Surgery, Reigate");
    let mut disagrees = child(709, "Rory Quillfeather");
    disagrees.lcs.clone_from(&maisie.lcs);
    disagrees.nhs.clone_from(&maisie.nhs);
    let mut live = Story::new(BOX)
        .about([&maisie, &disagrees])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter(BOX, VIKTOR, "2026-11-20T10:00:00").form(&rat(&disagrees).dated("12/11/2026")))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-20T10:30:00");
    let alert = live.so_far().alerts("held for you: H-0001")[0].clone();
    assert!(
        alert.says("1. It is the child of R-0001.") && alert.says("3. It is a child the panel does not know yet."),
        "{}",
        alert.text
    );
    live.deliver(&answer(&alert, ADMIN, "2026-11-20T11:00:00", &format!("{} 3", code(&alert))));
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    assert!(
        told(&r, "003.eml").says("R-0002 is on the agenda of surrey-rmm-se/2026-11-25."),
        "{}",
        told(&r, "003.eml").text
    );
    // MC-09: the practice is picked by its address.
    let missing = r.alerts("no match in the directory for R-0001: gp")[0].clone();
    let line = |to: &str| format!("{} 1 {to}", code(&missing));
    live.deliver(&answer(&missing, ADMIN, "2026-11-23T13:00:00", &line("nobody@surrey.example")));
    live.deliver(&answer(
        &missing,
        ADMIN,
        "2026-11-23T13:10:00",
        &line(&format!("{CASTLE_HILL}<mailto:{CASTLE_HILL}>")),
    ));
    live.until("2026-11-23T13:30:00");
    let picked = live.ask(async |store| store.read().await.unwrap().all_obligations().await.unwrap());
    let picked: Vec<_> =
        picked.iter().filter(|o| o.what.kind == "pick_recipient" && o.what.purpose.contains("R-0001")).collect();
    assert!(!picked.is_empty() && picked.iter().all(|o| o.state == ObligationState::Done), "{picked:?}");
    let r = live.finish();
    assert!(told(&r, "004.eml").says("That address is not in the directory"), "{}", told(&r, "004.eml").text);
    assert!(
        r.of("health-copy").iter().any(|mail| mail.goes_to(CASTLE_HILL) && mail.children == addresses(["R-0001"])),
        "{}",
        r.overview()
    );
}

#[test]
fn mc_33_a_mail_too_large_to_send_is_let_go_by_mail() {
    let maisie = child(710, "Maisie Thornquist");
    let story = Story::new(BOX);
    crate::command::change(&story.path("dutyclerk.toml"), "[send]", "[send]\nmost_mail_bytes = 16000");
    let mut live = story
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .live("2026-11-19", "2026-11-25T09:00:00");
    live.until("2026-11-23T12:00:00");
    let alert = live.so_far().alerts("is too large to send")[0].clone();
    let number = codes(&alert)[0].0.clone();
    live.deliver(&answer(&alert, ADMIN, "2026-11-23T12:10:00", &format!("{} 1", codes(&alert)[0].1)));
    live.until("2026-11-23T12:30:00");
    let r = live.so_far();
    assert!(r.sent.iter().any(|mail| mail.number == number), "{}", r.overview());
}

#[test]
fn a_code_stands_in_its_mail_and_nowhere_else_and_none_is_offered_where_senders_are_not_checked() {
    let maisie = child(711, "Maisie Thornquist");
    let mail = letter(BOX, STRANGER, "2026-11-20T09:00:00").form(&rat(&maisie));
    let r = Story::new(BOX).about([&maisie]).mail(&mail).simulate("2026-11-19", "2026-11-24");
    let code = code(r.alerts("held for you")[0]);
    assert!(r.log.len() > 1_000 && !r.log.contains(&code) && !r.journal.contains(&code));
    assert!(!r.log.contains(&code.replace('-', "")));

    let story = Story::new(BOX);
    let main = story.path("dutyclerk.toml");
    let text = std::fs::read_to_string(&main).unwrap().replace("authserv_id = \"mx.", "# authserv_id = \"mx.");
    std::fs::write(&main, text).unwrap();
    let r = story.about([&maisie]).mail(&mail).simulate("2026-11-19", "2026-11-24");
    assert_eq!(codes(r.alerts("held for you")[0]), []);
}

#[test]
fn sy_04_what_no_release_can_change_is_not_released_and_says_what_to_do() {
    let notice = document("Something for the noticeboard").set("Date", "Friday 4 December").bytes();
    let mail = letter(BOX, VIKTOR, "2026-11-20T09:00:00").file("notice.xlsx", notice);
    let mut live = Story::new(BOX).mail(&mail).live("2026-11-19", "2026-11-24");
    live.until("2026-11-20T09:30:00");
    assert_eq!(live.so_far().held[0].kind, "unknown_form");
    let refused = live.try_release("H-0001", Release::default()).unwrap_err().to_string();
    assert!(refused.contains("releasing it does not change that. Reject it with a reason"), "{refused}");
    assert_eq!(live.finish().held.len(), 1, "nothing new waits for it");
}

#[test]
fn mc_33_what_the_verbs_settled_is_settled_for_mail_too() {
    let (mut live, alert) = one_held(712);
    live.release("H-0001", Release::default());
    live.deliver(&answer(&alert, ADMIN, "2026-11-20T10:00:00", &format!("{} 2", code(&alert))));
    let r = live.finish();
    assert_eq!(state(&r), "released");
    assert!(told(&r, "002.eml").says("It was settled already."));
}

/// A child late for Wed 25 November, rated so, and the alert of that title.
fn late(number: u32, rating: &str, title: &str) -> (Live, Sent) {
    let maisie = child(number, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&rat(&maisie).rating(rating)))
        .live("2026-11-22", "2026-11-26");
    live.until("2026-11-23T11:30:00");
    let alert = live.so_far().alerts(title)[0].clone();
    (live, alert)
}

#[test]
fn mc_22_a_late_child_is_admitted_by_answering_the_alert_by_chair_or_duty_and_who_said_so_is_kept() {
    for (n, who, name) in [(740, CHAIR, "Emil Draycott"), (741, "rmm-se.duty@surrey.example", "duty worker")] {
        let (mut live, alert) = late(n, "Experiencing", "late paper for R-0001");
        assert!(
            alert.says("1. Admit it: it is heard at that meeting") && alert.says("2. I have it in hand."),
            "{}",
            alert.text
        );
        assert!(
            alert.says("until Wed 25 November 2026 at 10:00."),
            "no longer than it can be admitted: {}",
            alert.text
        );
        live.deliver(&answer(&alert, who, "2026-11-23T12:00:00", &format!("{} 1", code(&alert))));
        live.until("2026-11-23T12:30:00");
        let r = live.so_far();
        let done = told(&r, "002.eml");
        assert!(done.says("R-0001 is on the agenda of surrey-rmm-se/2026-11-25 by the chair's word."), "{}", done.text);
        let by = live.ask(async |store| {
            let asked = store.read().await.unwrap().all_asked().await.unwrap();
            let asked = asked.into_iter().find(|asked| asked.ends.to_string().starts_with("admitted")).unwrap();
            asked.answer.unwrap().open().unwrap().by.reveal().clone()
        });
        assert!(by.contains(name), "{by}");
        let r = live.finish();
        assert_eq!(r.of("supplement").len(), 1, "{}", r.overview());
        assert!(r.only("supplement").says("Admitted by the chair."));
        assert!(r.alerts("is not answered").is_empty(), "{}", r.overview());
    }
}

#[test]
fn mc_31_whoever_is_on_duty_admits_nobody_where_only_the_chair_was_asked() {
    let rory = child(742, "Rory Quillfeather");
    let mut live = Story::new("st-helens-mace")
        .about([&rory])
        .mail(
            &letter("st-helens-mace", "nadia.coverdale@st-helens.example", "2026-11-13T14:00:00")
                .form(&crate::harness::ce_assessment(&rory).outcome(3)),
        )
        .live("2026-11-10", "2026-11-18");
    live.until("2026-11-13T14:30:00");
    let alert = live.so_far().alerts("late paper for R-0001")[0].clone();
    let answered = |who: &str, at: &str| {
        letter("st-helens-mace", who, at)
            .subject(&format!("Re: {}", alert.subject))
            .header("In-Reply-To", &format!("<{}>", alert.message_id))
            .body(&format!("{} 1", code(&alert)))
    };
    live.deliver(&answered("mace.duty@st-helens.example", "2026-11-13T14:40:00"));
    live.until("2026-11-13T14:50:00");
    let r = live.so_far();
    let done = told(&r, "002.eml");
    assert!(done.says("NOTHING WAS CHANGED") && done.says("The chair decides whether it is heard"), "{}", done.text);
    live.deliver(&answered("amira.ashdown@st-helens.example", "2026-11-13T15:00:00"));
    let r = live.finish();
    assert!(r.only("supplement").says("Admitted by the chair."), "{}", r.overview());
}

#[test]
fn mc_30_a_tabled_paper_is_admitted_by_answering_the_alert_which_goes_on_to_nobody() {
    let maisie = child(743, "Maisie Thornquist");
    let newer = rat(&maisie).dated("20/11/2026").rating("Emerging");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T09:30:00").form(&rat(&maisie)))
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&newer))
        .live("2026-11-20", "2026-11-26");
    live.until("2026-11-24T11:00:00");
    let r = live.so_far();
    assert!(r.alerts("is not answered").is_empty(), "the chair may leave it: {}", r.overview());
    let alert = r.alerts("tabled paper for R-0001")[0].clone();
    live.deliver(&answer(&alert, CHAIR, "2026-11-24T12:00:00", &format!("{} 1", code(&alert))));
    let r = live.finish();
    assert_eq!(r.only("supplement").hashes(), [newer.sha256()], "{}", r.overview());
}

#[test]
fn mc_31_who_admits_a_child_by_the_verb_is_kept_where_nobody_had_asked() {
    let maisie = child(744, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&rat(&maisie)))
        .live("2026-11-22", "2026-11-26");
    live.until("2026-11-23T11:30:00");
    live.admit("surrey-rmm-se/2026-11-25", "R-0001");
    let kept = live.ask(async |store| {
        let asked = store.read().await.unwrap().all_asked().await.unwrap();
        let asked =
            asked.into_iter().find(|asked| asked.ends.to_string() == "admitted surrey-rmm-se/2026-11-25 R-0001");
        let asked = asked.unwrap();
        (asked.state.to_string(), asked.answer.unwrap().open().unwrap().by.reveal().clone())
    });
    assert_eq!(kept, ("answered".to_owned(), "Ben Holroyd".to_owned()));
}
