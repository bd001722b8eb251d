//! Every mail is opened once more just before it goes: what identifies a known child goes only to people who may see it.

use crate::harness::{Child, Letter, Results, Story, child, letter, rat};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const HELD: &str = "is held: it speaks of a child it is not about";

fn about(child: &Child, concerns: &str) -> Letter {
    letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(child).set("Summary of concerns", concerns))
}

/// The other child comes to be known after the paper that speaks of it was read, before this panel.
fn later(mailbox: &'static str, other: &Child) -> Letter {
    letter(mailbox, VIKTOR, "2026-11-19T09:30:00").form(&rat(other))
}

fn kinds_held(r: &Results) -> Vec<String> {
    // WHAT HAPPENED S-000123 (agenda for …) bears …
    let kind =
        |text: &str| text.split_once(" (").and_then(|(_, rest)| rest.split([' ', ')']).next()).unwrap().to_owned();
    let mut kinds: Vec<String> =
        r.alerts(HELD).iter().map(|alert| kind(alert.text.split_once("WHAT HAPPENED").unwrap().1)).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

#[test]
fn sy_40_a_number_of_a_child_known_since_keeps_one_childs_copies_back_and_the_pack_goes() {
    let (maisie, rory) = (child(160, "Maisie Thornquist"), child(161, "Rory Quillfeather"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&about(&maisie, &format!("Goes missing with the child LCS {}.", rory.lcs)))
        .mail(&later("surrey-rmm-se", &rory))
        .live("2026-11-18", "2026-11-25T09:00:00");
    live.until("2026-11-24T09:00:00");
    let r = live.so_far();
    assert_eq!(kinds_held(&r), ["extract", "health-copy"], "{}", r.overview());
    assert_eq!(r.only("agenda").contents.len(), 2, "the members hear both children");
    let alert = r.alerts(HELD)[0];
    assert!(alert.says("of R-0002") && alert.says("(rule SY-40)"), "{}", alert.text);

    let number = alert.subject.split(' ').find(|word| word.starts_with("S-")).unwrap().to_owned();
    let before = live.so_far().sent.len();
    live.judge_mail(&number, true).unwrap();
    live.until("2026-11-24T09:05:00");
    let r = live.so_far();
    assert!(r.sent.len() > before && r.sent.iter().any(|mail| mail.number == number), "a person's word lets it go");
}

#[test]
fn sy_40_the_pack_itself_waits_for_a_number_of_a_child_of_another_panel() {
    let (maisie, rory) = (child(162, "Maisie Thornquist"), child(163, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&about(&maisie, &format!("Goes missing with NHS {}.", rory.nhs)))
        .mail(&later("surrey-rmm-nw", &rory))
        .simulate("2026-11-18", "2026-11-24T09:00:00");
    assert!(r.of("agenda").is_empty(), "{}", r.overview());
    assert!(kinds_held(&r).contains(&"agenda".to_owned()), "{}", r.overview());
}

#[test]
fn sy_40_a_name_identifies_with_the_date_of_birth_and_by_itself_nobody() {
    let (maisie, rory) = (child(164, "Maisie Thornquist"), child(165, "Rory Quillfeather"));
    let story = |concerns: &str| {
        Story::new("surrey-rmm-se")
            .about([&maisie, &rory])
            .mail(&about(&maisie, concerns))
            .mail(&later("surrey-rmm-nw", &rory))
            .simulate("2026-11-18", "2026-11-24T09:00:00")
    };
    let born = rory.born.strftime("%-d %B %Y");
    let with = story(&format!("Goes missing with Rory Quillfeather, born {born}."));
    assert!(kinds_held(&with).contains(&"agenda".to_owned()), "{}", with.overview());
    let without = story("Goes missing with Rory Quillfeather.");
    assert!(without.alerts(HELD).is_empty(), "associates are named in these papers: {}", without.overview());
    assert_eq!(without.only("agenda").contents.len(), 1);
}
