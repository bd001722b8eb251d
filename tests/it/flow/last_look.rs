//! Every mail is opened once more just before it goes: what identifies a known child goes only to people who may see it.

use crate::harness::{Child, Letter, Results, Story, ce_assessment, child, letter, rat};
use dutyclerk::daemon::Release;

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
fn sy_40_a_paper_with_a_number_of_a_child_of_another_panel_is_kept_out_and_the_pack_goes() {
    let (maisie, rory) = (child(162, "Maisie Thornquist"), child(163, "Rory Quillfeather"));
    let alfie = child(166, "Alfie Marchbanks");
    let with_rory = about(&maisie, &format!("Goes missing with NHS {}.", rory.nhs));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory, &alfie])
        .mail(&with_rory)
        .mail(&later("surrey-rmm-nw", &rory))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T10:00:00").form(&rat(&alfie)))
        .live("2026-11-18", "2026-11-25T12:00:00");
    live.until("2026-11-24T09:00:00");
    let r = live.so_far();
    let agenda = r.only("agenda");
    assert_eq!(agenda.hashes(), [rat(&alfie).sha256()], "everybody else's papers go: {}", r.overview());
    assert!(agenda.says("Maisie Thornquist") && agenda.says("to follow"), "its child stays listed: {}", agenda.text);
    assert!(kinds_held(&r).is_empty(), "{}", r.overview());
    let extract = r.of("extract").into_iter().find(|mail| mail.children.contains("R-0001")).unwrap();
    assert!(
        extract.says("A paper came and has not gone to the panel yet, because the paper gives the number, or the name and date of birth, of a child whom the panel's members may not see (rule SY-40)."),
        "{}",
        extract.text
    );
    assert!(!extract.says("None. Please send") && !extract.says(&rory.nhs), "{}", extract.text);
    let held = r.held.iter().find(|held| held.kind == "speaks_of_another_child").unwrap();
    let alert = r.alerts("is kept out of the pack")[0];
    assert!(alert.says(&held.number) && alert.says("(rule SY-40)"), "{}", alert.text);

    live.release(&held.number, Release::default());
    live.until("2026-11-24T09:30:00");
    let r = live.so_far();
    let paper = rat(&maisie).set("Summary of concerns", &format!("Goes missing with NHS {}.", rory.nhs)).sha256();
    assert_eq!(r.only("supplement").hashes(), [paper.as_str()], "a person's word lets it follow: {}", r.overview());
    assert!(kinds_held(&r).is_empty(), "{}", r.overview());
    for mail in r.of("extract").into_iter().chain(r.of("health-copy")) {
        assert!(!mail.hashes().contains(&paper.as_str()), "it was let go to the members alone: {}", mail.text);
    }
    assert!(r.held.iter().any(|held| held.kind == "kept_from_health"), "health is asked about apart: {}", r.overview());
}

#[test]
fn sy_40_the_pack_itself_waits_for_a_number_of_a_child_who_came_to_be_known_since_it_was_drawn_up() {
    let (maisie, rory) = (child(167, "Maisie Thornquist"), child(168, "Rory Quillfeather"));
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&about(&maisie, &format!("Goes missing with NHS {}.", rory.nhs)))
        .live("2026-11-18", "2026-11-25T12:00:00");
    live.until("2026-11-23T09:00:00");
    live.stop_sending();
    live.until("2026-11-23T10:30:00");
    live.deliver(&letter("surrey-rmm-nw", VIKTOR, "2026-11-23T10:40:00").form(&rat(&rory)));
    live.until("2026-11-23T10:45:00");
    live.resume_sending();
    live.until("2026-11-23T11:30:00");
    let r = live.so_far();
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
    assert_eq!(with.alerts("is kept out of the pack").len(), 1, "{}", with.overview());
    assert!(with.only("agenda").files.is_empty());
    let without = story("Goes missing with Rory Quillfeather.");
    assert!(without.alerts(HELD).is_empty(), "associates are named in these papers: {}", without.overview());
    assert_eq!(without.only("agenda").files.len(), 1);
}

/// LCS numbers are local, and nothing is matched across authorities.
#[test]
fn sy_40_the_same_local_number_in_another_authority_is_another_child_and_keeps_nothing_back() {
    let maisie = child(169, "Maisie Thornquist");
    let mut other = child(170, "Jonty Aldersyde");
    other.lcs.clone_from(&maisie.lcs);
    let mace = letter("st-helens-mace", "nadia.coverdale@st-helens.example", "2026-11-18T09:00:00");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &other])
        .mail(&mace.form(&ce_assessment(&other)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .simulate("2026-11-17", "2026-11-24T09:00:00");
    assert_eq!(r.only("agenda").hashes(), [rat(&maisie).sha256()], "{}", r.overview());
    assert!(r.alerts(HELD).is_empty() && r.held.iter().all(|held| held.kind != "speaks_of_another_child"));
}
