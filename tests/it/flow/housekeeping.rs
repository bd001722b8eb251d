//! What the program does by itself, on the manual clock: the digest, the look at the bank-holiday table, and retention.

use crate::harness::{Live, Story, addresses, child, letter, rat, recording, same_second};
use dutyclerk::casework::{CaseRef, MessageRef, SentRef};
use dutyclerk::daemon::Schedules;
use dutyclerk::store::{EntryState, OutcomeKind, Verdict};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const ADMIN: &str = "graham.rimmer@surrey.example";

fn schedules() -> Schedules {
    Schedules { reconcile_days: 30, working_copies_days: 30, ..Schedules::default() }
}

#[test]
fn op_06_the_digest_goes_to_admin_on_working_days_and_names_no_child() {
    let maisie = child(401, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T10:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T10:05:00").subject("A question").body("Is there a meeting?"))
        .live("2026-11-19", "2026-11-24");
    live.keep(Schedules { digest: Some("0 0 9 * * *".parse().unwrap()), ..schedules() });
    let r = live.finish();
    let digests: Vec<_> = r.of("digest").into_iter().filter(|m| m.goes_to(ADMIN)).collect();
    // Armed on Thursday at midnight; not on the weekend.
    assert_eq!(digests.len(), 3, "{}", r.overview());
    same_second(digests[2].at, "2026-11-23T09:00:00");
    let monday = digests[2];
    assert_eq!(monday.to, addresses([ADMIN]));
    assert!(monday.says("H-0001"), "what waits for a person: {}", monday.text);
    assert!(monday.says("25 November 2026"), "the next meeting: {}", monday.text);
    for part in ["Maisie", "Thornquist", maisie.lcs.as_str()] {
        assert!(!monday.text.contains(part) && !monday.html.contains(part), "{part}");
    }
}

#[test]
fn op_05_a_bank_holiday_table_that_ends_within_a_year_is_told_once_a_month() {
    // Told to one panel of each authority.
    let mut live = Story::new("surrey-rmm-ne").live("2026-11-19", "2026-12-03");
    live.keep(Schedules {
        holidays: Some("0 0 7 * * *".parse().unwrap()),
        holiday_horizon: Some("2027-06-30".parse().unwrap()),
        ..schedules()
    });
    let r = live.finish();
    assert_eq!(r.alerts("bank-holiday table ends within a year").len(), 2, "November and December: {}", r.overview());
}

/// Two children are heard; one's case is closed at once, the other goes on.
fn closed(n: u32) -> Live {
    let (maisie, rory) = (child(n, "Maisie Thornquist"), child(n + 1, "Rory Quillfeather"));
    let why = "No contact with the adults named since the summer; the school carries the plan.";
    let form = recording(&maisie).rating("Minimal").set("Rationale", why).set("Action Update", "Tell the school");
    let goes_on = recording(&rory).set("Date of next RMM/MACE", "16/12/2026").set("Action Update", "Visit the family");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:10:00").form(&rat(&rory)))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:10:00").form(&goes_on))
        .live("2026-11-02", "2026-12-12");
    live.keep(Schedules { retention: Some("0 30 3 * * *".parse().unwrap()), ..schedules() });
    live.until("2026-12-11T12:00:00");
    live
}

/// Can the message be read, and is anything of this kind about the case left to be read?
fn readable(live: &Live, message: i64, case: i64) -> (bool, usize) {
    live.ask(async |store| {
        let mut view = store.read().await.unwrap();
        let raw = view.raw(MessageRef(message)).await.is_ok();
        let mut mails = 0;
        for entry in view.entries_of_case(CaseRef(case)).await.unwrap() {
            assert_eq!(entry.state, EntryState::Settled, "{}", SentRef(entry.number.0));
            mails += usize::from(entry.envelope.open().is_ok());
        }
        (raw, mails)
    })
}

#[test]
fn op_07_a_closed_case_s_papers_and_mails_are_destroyed_and_the_journal_stays_whole() {
    let mut live = closed(410);
    let (raw, mails) = readable(&live, 1, 1);
    // The agenda and the notes also speak of the other child, whose case is open.
    assert!(!raw && mails > 0 && mails < 6, "{mails}");
    let (raw, mails) = readable(&live, 2, 2);
    assert!(raw && mails > 6, "the open case keeps everything: {mails}");
    let verdict = live.ask(async |store| store.read().await.unwrap().verify().await.unwrap());
    assert!(matches!(verdict, Verdict::Intact { .. }), "{verdict:?}");
    let r = live.so_far();
    assert!(r.journal.contains("case.purged") && r.journal.contains("OP-07"), "{}", r.journal);
    live.until("2026-12-11T13:00:00");
}

#[test]
fn op_07_mc_06_of_a_closed_case_the_bare_outcome_stays_and_the_words_of_the_meeting_go() {
    let live = closed(415);
    let of = |case: i64| {
        live.ask(async |store| {
            let mut view = store.read().await.unwrap();
            let row = view.outcomes_of_case(CaseRef(case)).await.unwrap().remove(0);
            let actions = view.actions_of_case(CaseRef(case)).await.unwrap().len();
            let known = view.case(CaseRef(case)).await.unwrap().unwrap();
            let same_key = row.body.key().unwrap().id() == known.key().unwrap().id();
            (row.kind, row.body.open().unwrap(), actions, same_key, known.details.open().unwrap().name)
        })
    };
    let (kind, body, actions, under_the_cases_key, name) = of(1);
    assert_eq!((kind, body.outcome.rating.as_deref()), (OutcomeKind::Close, Some("minimal")));
    assert_eq!(name.reveal(), "Maisie Thornquist", "who the child is stays");
    assert_eq!((actions, under_the_cases_key, body.said.is_empty()), (0, true, true));
    assert_eq!(body.outcome.rationale, None);
    assert_eq!(body.outcome, body.outcome.clone().bare(), "nothing else is left");
    // The open case keeps what was said, under a key of its own.
    let (kind, body, actions, under_the_cases_key, _) = of(2);
    assert_eq!((kind, actions, under_the_cases_key), (OutcomeKind::Continue, 1, false));
    assert_eq!(body.outcome.actions.len(), 1);
}

#[test]
fn op_07_a_legal_hold_keeps_everything_until_it_is_lifted() {
    let maisie = child(420, "Maisie Thornquist");
    let form = recording(&maisie).rating("Minimal").set("Rationale", "Nothing of concern since the summer.");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form))
        .live("2026-11-02", "2026-12-20");
    live.keep(Schedules { retention: Some("0 30 3 * * *".parse().unwrap()), ..schedules() });
    live.until("2026-11-10T12:00:00");
    live.legal_hold("R-0001");
    live.until("2026-12-15T12:00:00");
    assert!(readable(&live, 1, 1).0, "held");
    live.ask(async |store| {
        let mut tx = store.begin("2026-12-15T12:00:00Z".parse().unwrap()).await.unwrap();
        assert_eq!(tx.lift_legal_holds(CaseRef(1)).await.unwrap(), 1);
        tx.commit().await.unwrap();
    });
    live.until("2026-12-16T12:00:00");
    assert_eq!(readable(&live, 1, 1), (false, 0));
}

#[test]
fn op_07_a_child_referred_again_after_its_papers_were_destroyed_is_the_same_child() {
    let maisie = child(430, "Maisie Thornquist");
    let form = recording(&maisie).rating("Minimal").set("Rationale", "Nothing of concern since the summer.");
    let again = rat(&maisie);
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-02T09:00:00").form(&again))
        .mail(&letter("surrey-rmm-se", ADMIN, "2026-11-04T15:00:00").form(&form))
        // The very same file: what was destroyed is no repeat of anything.
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-12-14T09:00:00").form(&again))
        .live("2026-11-02", "2026-12-17");
    live.keep(Schedules { retention: Some("0 30 3 * * *".parse().unwrap()), ..schedules() });
    let r = live.finish();
    assert_eq!(r.message("003.eml").fate, "accepted", "{}", r.overview());
    assert_eq!(r.for_meeting("agenda", "surrey-rmm-se/2026-12-16")[0].children, addresses(["R-0001"]));
    assert_eq!(r.for_meeting("agenda", "surrey-rmm-se/2026-12-16")[0].files.len(), 1, "{}", r.overview());
}
