//! Meetings that are cancelled or moved after children were listed (MC-13).

use super::members::own_profile;
use super::responses::property;
use crate::command::change;
use crate::harness::{addresses, child, letter, rat};

const BOX: &str = "surrey-rmm-se";
const VIKTOR: &str = "viktor.sowerby@surrey.example";
const CHAIR: &str = "emil.draycott@surrey.example";
const CANCELLED: &str = "surrey-rmm-se/2026-11-25";
const NEXT: &str = "surrey-rmm-se/2026-12-02";

#[test]
fn mc_13_the_children_of_a_cancelled_meeting_go_to_the_next_one_and_whoever_was_invited_is_told() {
    let maisie = child(960, "Maisie Thornquist");
    let form = rat(&maisie);
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&form))
        .live("2026-11-18", "2026-12-09");
    live.until("2026-11-19T12:00:00");
    let invited = live.so_far().only("invitation").clone();
    change(
        &live.path("panels/surrey-rmm-se.toml"),
        "exceptions = []",
        "exceptions = [{ date = 2026-11-25, cancelled = true }]",
    );
    live.start_again();
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    let update = r.only("invitation-update");
    assert_eq!((&update.to, property(update, "UID")), (&addresses([VIKTOR]), property(&invited, "UID")));
    assert_eq!(property(update, "DTSTART;TZID=Europe/London"), "20261202T100000");
    let told = r.alerts("is cancelled: its children are on Wed 2 December 2026");
    assert_eq!((told.len(), &told[0].to), (1, &addresses([CHAIR])), "{}", r.overview());
    assert!(told[0].says("R-0001 moved to surrey-rmm-se/2026-12-02 with their papers"), "{}", told[0].text);

    let r = live.finish();
    assert!(r.for_meeting("agenda", CANCELLED).is_empty(), "{}", r.overview());
    let pack = r.for_meeting("agenda", NEXT);
    assert_eq!((pack.len(), pack[0].hashes()), (1, vec![form.sha256().as_str()]), "{}", r.overview());
    let reviews: Vec<_> = r.of("invitation").into_iter().filter(|mail| mail.meeting.as_str() > NEXT).collect();
    assert!(reviews.iter().all(|mail| mail.at > pack[0].at), "nobody counts a review from it: {}", r.overview());
}

#[test]
fn mc_13_whoever_was_invited_for_a_child_hears_of_a_moved_meeting_at_once() {
    let maisie = child(961, "Maisie Thornquist");
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-12-01");
    live.until("2026-11-19T12:00:00");
    let invited = live.so_far().only("invitation").clone();
    let moved = "exceptions = [{ date = 2026-11-25, moved_to = 2026-11-26T14:00:00 }]";
    change(&live.path("panels/surrey-rmm-se.toml"), "exceptions = []", moved);
    live.start_again();
    live.until("2026-11-20T10:00:00");
    let r = live.so_far();
    let update = r.only("invitation-update");
    assert_eq!(property(update, "UID"), property(&invited, "UID"));
    assert_eq!(property(update, "DTSTART;TZID=Europe/London"), "20261126T140000");
    // Once, until the pack brings the slot.
    live.start_again();
    live.until("2026-11-23T12:00:00");
    assert_eq!(live.so_far().of("invitation-update").len(), 1);
    let r = live.finish();
    assert_eq!(r.of("invitation-update").len(), 2, "{}", r.overview());
    assert_eq!(r.for_meeting("agenda", CANCELLED).len(), 1);
}

#[test]
fn mc_13_where_no_meeting_is_left_the_children_stay_and_the_chair_is_told_once() {
    let maisie = child(962, "Maisie Thornquist");
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-11-24");
    live.until("2026-11-19T12:00:00");
    let profile = live.path("panels/surrey-rmm-se.toml");
    let text = std::fs::read_to_string(&profile).unwrap();
    let rule = text.lines().find(|line| line.starts_with("rrule")).unwrap().trim_end_matches('"').to_owned();
    change(&profile, &rule, &format!("{rule};UNTIL=20261125T235959Z"));
    change(&profile, "exceptions = []", "exceptions = [{ date = 2026-11-25, cancelled = true }]");
    live.start_again();
    let r = live.finish();
    let told = r.alerts("is cancelled, and no meeting is left for its children");
    assert_eq!(told.len(), 1, "{}\n{}", r.overview(), r.journal);
    assert_eq!((told.len(), &told[0].to), (1, &addresses([CHAIR])), "{}", r.overview());
    assert!(told[0].says("R-0001 cannot be moved"), "{}", told[0].text);
    assert!(!r.journal.contains("case.taken_off") && !r.journal.contains("meeting.not_held"), "{}", r.journal);
}

const ACUTE: &str = "esther.thackray@acute.nhs.example";

/// The pack, and the copies for health, have gone.
fn with_papers_out(n: u32) -> crate::harness::Live {
    let maisie = child(n, "Maisie Thornquist").gp("Z99005");
    let mut live = own_profile()
        .about([&maisie])
        .mail(&letter(BOX, VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-12-03");
    live.until("2026-11-23T14:00:00");
    live
}

fn told<'r>(r: &'r crate::harness::Results, words: &str) -> Vec<&'r crate::harness::Sent> {
    r.of("notification").into_iter().filter(|mail| mail.subject.contains(words)).collect()
}

#[test]
fn mc_13_members_and_health_who_have_papers_for_a_meeting_are_told_at_once_that_it_is_moved() {
    let mut live = with_papers_out(963);
    let moved = "exceptions = [{ date = 2026-11-25, moved_to = 2026-11-26T14:00:00 }]";
    change(&live.path("panels/surrey-rmm-se.toml"), "exceptions = []", moved);
    live.start_again();
    live.until("2026-11-23T15:00:00");
    live.start_again();
    let r = live.finish();
    let mails = told(&r, "the meeting of Wed 25 November 2026 is moved to Thu 26 November 2026");
    let members: Vec<_> = mails.iter().filter(|mail| mail.children.is_empty()).collect();
    assert_eq!(members.len(), 1, "{}", r.overview());
    let packs = r.for_meeting("agenda", CANCELLED);
    assert_eq!((packs.len(), &packs[0].to), (1, &members[0].to), "never a second pack: {}", r.overview());
    assert!(members[0].says("Thu 26 November 2026 at 14:00") && members[0].says("The papers you have for it hold."));
    let of_health: Vec<_> = mails.iter().filter(|mail| !mail.children.is_empty()).collect();
    let copied: Vec<_> = r.of("health-copy").iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(of_health.len(), copied.len(), "{}", r.overview());
    assert!(of_health.iter().all(|mail| copied.contains(&mail.to) && mail.says("R-0001")), "{}", r.overview());
    assert!(of_health.iter().any(|mail| mail.goes_to(ACUTE)));
}

#[test]
fn mc_13_members_and_health_who_have_papers_for_a_meeting_are_told_that_it_is_not_held_and_where_its_children_are() {
    let mut live = with_papers_out(964);
    let cancelled = "exceptions = [{ date = 2026-11-25, cancelled = true }]";
    change(&live.path("panels/surrey-rmm-se.toml"), "exceptions = []", cancelled);
    live.start_again();
    live.until("2026-11-23T15:00:00");
    let r = live.finish();
    let mails = told(&r, "the meeting of Wed 25 November 2026 is not held");
    assert_eq!(mails.len(), 1 + r.for_meeting("health-copy", CANCELLED).len(), "{}", r.overview());
    assert!(mails.iter().all(|mail| mail.says("Next: Wed 2 December 2026 at 10:00")), "{}", mails[0].text);
    assert_eq!(r.for_meeting("agenda", NEXT).len(), 1, "{}", r.overview());
}

#[test]
fn mc_13_a_bank_holiday_meeting_that_gets_its_date_after_the_chair_had_the_pack_has_one_for_everybody() {
    let maisie = child(965, "Maisie Thornquist").gp("Z99001");
    let story = crate::harness::Story::new("surrey-rmm-ne");
    std::fs::create_dir_all(story.path("panels")).unwrap();
    for name in ["surrey-rmm-ne", "surrey-rmm"] {
        let file = format!("panels/{name}.toml");
        std::fs::copy(crate::command::shipped().join(&file), story.path(&file)).unwrap();
    }
    // Mon 28 December 2026 is a bank holiday.
    let meeting = "surrey-rmm-ne/2026-12-28";
    let form = rat(&maisie).dated("14/12/2026");
    let mut live = story
        .about([&maisie])
        .mail(&letter("surrey-rmm-ne", VIKTOR, "2026-12-22T09:30:00").form(&form))
        .live("2026-12-21", "2027-01-02");
    live.until("2026-12-23T11:00:00");
    assert_eq!(live.so_far().for_meeting("agenda", meeting)[0].to.len(), 1, "the chair alone");
    let moved = "exceptions = [{ date = 2026-12-28, moved_to = 2026-12-31T10:00:00 }]";
    change(&live.path("panels/surrey-rmm-ne.toml"), "exceptions = []", moved);
    live.start_again();
    let r = live.finish();
    let packs = r.for_meeting("agenda", meeting);
    assert_eq!(packs.len(), 2, "{}", r.overview());
    assert!(packs[1].to.len() > 4 && packs[1].hashes() == [form.sha256()], "{}", r.overview());
    for kind in ["health-copy", "extract", "list"] {
        let everybody = r.for_meeting(kind, meeting).into_iter().any(|mail| mail.at > packs[0].at);
        assert!(everybody || kind == "list", "{kind}: {}", r.overview());
    }
}

#[test]
fn mc_13_a_child_who_is_in_time_by_the_cutoff_of_the_moved_meeting_is_heard_there() {
    let (maisie, rory, petra) =
        (child(967, "Maisie Thornquist"), child(968, "Rory Quillfeather"), child(969, "Petra Vantongeren"));
    let newer = rat(&petra).dated("22/11/2026").rating("Emerging");
    let mut live = own_profile()
        .about([&maisie, &rory, &petra])
        .mail(&letter(BOX, VIKTOR, "2026-11-20T11:00:00").form(&rat(&petra)))
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:00:00").form(&rat(&maisie).rating("Experiencing")))
        .mail(&letter(BOX, VIKTOR, "2026-11-23T11:10:00").form(&newer))
        .mail(&letter(BOX, VIKTOR, "2026-11-24T15:00:00").form(&rat(&rory)))
        .live("2026-11-18", "2026-12-01");
    live.until("2026-11-24T16:00:00");
    assert_eq!(live.so_far().message("002.eml").meeting_id.as_deref(), Some(NEXT));
    // Its cut-off is Tue 24 November at 14:00 now.
    let moved = "exceptions = [{ date = 2026-11-25, moved_to = 2026-11-26T14:00:00 }]";
    change(&live.path("panels/surrey-rmm-se.toml"), "exceptions = []", moved);
    live.start_again();
    live.until("2026-11-24T17:00:00");
    let r = live.so_far();
    assert!(
        r.journal.contains(&format!("R-0002 is on the agenda of {CANCELLED} instead of {NEXT}")),
        "{}",
        r.overview()
    );
    assert!(
        !r.journal.contains(&format!("R-0003 is on the agenda of {CANCELLED}")),
        "that one is late still: {}",
        r.overview()
    );
    let supplement = r.only("supplement");
    let mut sent = supplement.hashes();
    let mut wanted = [rat(&maisie).rating("Experiencing").sha256(), newer.sha256()];
    sent.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(sent, wanted, "{}", supplement.text);
    let told = r
        .of("invitation-update")
        .into_iter()
        .find(|mail| mail.children.contains("R-0002") && mail.says("in time for it"));
    assert!(told.is_some(), "{}", r.overview());
}

#[test]
fn mc_13_of_a_bank_holiday_meeting_that_is_cancelled_only_the_chair_who_had_its_papers_is_told() {
    let maisie = child(971, "Maisie Thornquist").gp("Z99001");
    let story = crate::harness::Story::new("surrey-rmm-ne");
    std::fs::create_dir_all(story.path("panels")).unwrap();
    for name in ["surrey-rmm-ne", "surrey-rmm"] {
        let file = format!("panels/{name}.toml");
        std::fs::copy(crate::command::shipped().join(&file), story.path(&file)).unwrap();
    }
    let mut live = story
        .about([&maisie])
        .mail(&letter("surrey-rmm-ne", VIKTOR, "2026-12-22T09:30:00").form(&rat(&maisie).dated("14/12/2026")))
        .live("2026-12-21", "2026-12-25");
    live.until("2026-12-23T11:00:00");
    let cancelled = "exceptions = [{ date = 2026-12-28, cancelled = true }]";
    change(&live.path("panels/surrey-rmm-ne.toml"), "exceptions = []", cancelled);
    live.start_again();
    let r = live.finish();
    let pack = r.for_meeting("agenda", "surrey-rmm-ne/2026-12-28")[0];
    let mails = told(&r, "the meeting of Mon 28 December 2026 is not held");
    assert_eq!(mails.iter().map(|mail| &mail.to).collect::<Vec<_>>(), [&pack.to], "{}", r.overview());
}
