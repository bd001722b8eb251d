//! Who carries the case, where the form names another lead professional than whoever sent it (MC-34).

use super::settling::{answer, code};
use crate::harness::{Live, Results, Story, addresses, child, letter, rat, same_second};
use dutyclerk::daemon::Release;

const BOX: &str = "surrey-rmm-se";
const VIKTOR: &str = "viktor.sowerby@surrey.example";
const WENDY: &str = "wendy.blenkin@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";

/// Wendy sends the form on which Viktor stands as the lead professional.
fn sent_by_wendy(n: u32, lead: &str) -> Live {
    let maisie = child(n, "Maisie Thornquist");
    let mut live = Story::new(BOX)
        .about([&maisie])
        .mail(&letter(BOX, WENDY, "2026-11-19T09:00:00").form(&rat(&maisie).lead(lead)))
        .mail(&letter(BOX, WENDY, "2026-11-20T09:00:00").form(&rat(&maisie).lead(lead).dated("12/11/2026")))
        .live("2026-11-18", "2026-11-25T12:00:00");
    live.until("2026-11-19T09:30:00");
    live
}

/// To whom each mail of a kind went, in order.
fn to(r: &Results, kind: &str) -> Vec<String> {
    r.of(kind).into_iter().flat_map(|mail| mail.to.clone()).collect()
}

#[test]
fn mc_34_another_lead_professional_is_asked_about_and_invited_in_the_senders_place_once_confirmed() {
    let mut live = sent_by_wendy(940, "Viktor Sowerby");
    let r = live.so_far();
    let query = r.answer("001.eml");
    assert_eq!((query.kind.as_str(), &query.to), ("query", &addresses([WENDY])));
    for words in [
        "The form names somebody else as the one who carries the case. Until that is confirmed, the invitation and the child's papers come to you (rule MC-34).",
        "Please reply to say who carries the case, with their e-mail address.",
        "On time for the meeting of Wed 25 November 2026 at 10:00",
    ] {
        assert!(query.says(words), "{words} in {}", query.text);
    }
    assert_eq!(to(&r, "invitation"), [WENDY], "the contact until another is confirmed");
    let alert = r.alerts("R-0001: who carries the case?")[0].clone();
    assert_eq!(alert.to, addresses([ADMIN]));
    assert!(alert.says("(rule MC-34)") && alert.says("2. Whoever sent the paper carries the case."), "{}", alert.text);

    live.deliver(&answer(&alert, ADMIN, "2026-11-19T11:00:00", &format!("{} 1", code(&alert))));
    live.until("2026-11-24T12:00:00");
    let r = live.so_far();
    assert!(
        r.answer("003.eml").says("whoever carries the case is invited, and the sender no more"),
        "{}",
        r.overview()
    );
    assert_eq!(
        (to(&r, "invitation"), to(&r, "invitation-cancel")),
        (vec![WENDY.into(), VIKTOR.into()], vec![WENDY.into()])
    );
    // The next paper of the same sender is taken, and nobody is asked or invited again.
    let next = r.answer("002.eml");
    assert!(!next.says("MC-34"), "{}", next.text);
    assert_eq!(r.held.iter().filter(|held| held.kind == "other_lead").count(), 1, "{}", r.overview());
    assert_eq!(to(&r, "extract"), [VIKTOR], "{}", r.overview());
    assert!(r.journal.contains("\"lead.confirmed\",\"rule\":\"MC-34\""), "{}", r.journal);
    assert!(r.alerts("still wait").is_empty(), "nothing waits for it");
}

#[test]
fn mc_34_the_sender_who_carries_the_case_stays_the_contact_and_is_told_of_its_reviews() {
    let mut live = sent_by_wendy(941, "Viktor Sowerby");
    live.until("2026-11-19T11:00:00");
    live.reject("H-0001");
    let r = live.finish();
    assert_eq!((to(&r, "invitation"), to(&r, "extract")), (vec![WENDY.to_owned()], vec![WENDY.to_owned()]));
    assert!(r.of("invitation-cancel").is_empty(), "{}", r.overview());
    assert_eq!(r.held.len(), 1, "{}", r.overview());
}

#[test]
fn mc_34_confirmed_after_the_pack_by_address_the_extract_follows() {
    let mut live = sent_by_wendy(942, "Vic Sowerbutts");
    live.until("2026-11-23T11:00:00");
    assert_eq!(to(&live.so_far(), "extract"), [WENDY]);
    let refused = live.try_release("H-0001", Release::default()).unwrap_err();
    assert!(refused.to_string().contains("say who it is by their address"), "{refused}");
    let police = Release { to: vec!["idris.hebden@police.example".parse().unwrap()], ..Release::default() };
    assert!(live.try_release("H-0001", police).is_err(), "no worker of the authority");
    live.release("H-0001", Release { to: vec![VIKTOR.parse().unwrap()], ..Release::default() });
    let r = live.finish();
    assert_eq!(
        (to(&r, "extract"), to(&r, "invitation-cancel")),
        (vec![WENDY.into(), VIKTOR.into()], vec![WENDY.into()])
    );
    same_second(r.of("extract")[1].at, "2026-11-23T11:00:01");
    assert_eq!(r.of("health-copy").iter().filter(|mail| mail.goes_to("esther.thackray@acute.nhs.example")).count(), 1);
}
