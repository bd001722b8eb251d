//! Mail that is larger than a server takes, and mail that a person holds back or lets go (OP-09).

use crate::command::change;
use crate::harness::{Begin, Story, addresses, child, letter, rat};

const VIKTOR: &str = "viktor.sowerby@surrey.example";

/// A panel whose server takes mails of so many bytes.
fn taking(bytes: u32) -> Story {
    let story = Story::new("surrey-rmm-se");
    change(&story.path("dutyclerk.toml"), "[send]", &format!("[send]\nmost_mail_bytes = {bytes}"));
    story
}

#[test]
fn op_09_a_pack_too_large_for_one_mail_goes_in_numbered_parts_and_loses_no_paper() {
    numbered_parts(Story::live);
}

/// Bytes that a mail of this story's panel may have.
pub(crate) const MOST: u32 = 28_000;

pub(crate) fn numbered_parts(begin: Begin) {
    let children = [child(601, "Maisie Thornquist"), child(602, "Rory Quillfeather"), child(603, "Petra Vantongeren")];
    let mut story = taking(MOST).about(&children);
    for (n, child) in children.iter().enumerate() {
        story = story.mail(&letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T09:0{n}:00")).form(&rat(child)));
    }
    let mut live = begin(story, "2026-11-19", "2026-11-24");
    live.until("2026-11-23T18:00:00");
    let r = live.so_far();
    let parts = r.of("agenda");
    let numbers: Vec<_> = parts.iter().map(|mail| mail.part.as_deref().unwrap()).collect();
    assert!(numbers.len() > 1 && numbers[0] == format!("1/{}", numbers.len()), "{}", r.overview());
    assert!(
        parts.iter().all(|mail| mail.size <= MOST as usize),
        "{:?}",
        parts.iter().map(|m| m.size).collect::<Vec<_>>()
    );
    assert!(parts.iter().all(|mail| mail.to == parts[0].to && mail.children.len() == 3));
    let mut files: Vec<&str> = parts.iter().flat_map(|mail| mail.files.iter().map(|(name, _)| name.as_str())).collect();
    files.sort_unstable();
    assert_eq!(files, ["01-R-0001-assessment.xlsx", "02-R-0002-assessment.xlsx", "03-R-0003-assessment.xlsx"]);
    let of = numbers.len();
    assert_eq!(parts[1].subject, format!("RMM South East: agenda and papers, Wed 25 November 2026 (part 2 of {of})"));
    assert!(parts[0].says(&format!("They come in {of} mails; this one has the agenda.")), "{}", parts[0].text);
    assert!(parts[1].says("The agenda is in part 1.") && !parts[1].says("Date of birth"), "{}", parts[1].text);
}

#[test]
fn op_09_a_mail_that_cannot_be_parted_is_held_told_at_once_and_goes_by_a_person_s_word() {
    let maisie = child(604, "Maisie Thornquist");
    let mut live = taking(16_000)
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .live("2026-11-19", "2026-11-25T09:00:00");
    live.until("2026-11-23T12:00:00");
    let r = live.so_far();
    assert!(r.of("agenda").is_empty(), "{}", r.overview());
    let told = r.alerts("is too large to send");
    assert!(told.iter().any(|mail| mail.says("(agenda for surrey-rmm-se/2026-11-25)")), "{}", r.overview());
    let number = told[0].subject.split_whitespace().find(|word| word.starts_with("S-")).unwrap().to_owned();
    assert_eq!(live.judge_mail(&number, true).unwrap(), "queued");
    live.until("2026-11-23T12:30:00");
    let r = live.so_far();
    assert!(r.sent.iter().any(|mail| mail.number == number), "{}", r.overview());
    assert!(r.journal.contains("\"mail.released\""));
    assert!(live.judge_mail(&number, true).unwrap_err().to_string().contains("only a held mail can be released"));
}

#[test]
fn a_person_stops_all_sending_and_what_is_due_waits_and_one_mail_is_taken_back() {
    let maisie = child(605, "Maisie Thornquist");
    let mut live = taking(20_000_000)
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .live("2026-11-19", "2026-11-25T09:00:00");
    live.stop_sending();
    live.until("2026-11-20T12:00:00");
    let r = live.so_far();
    assert_eq!(r.fates(), [("001.eml", "accepted")], "mail is taken in all the same");
    assert!(r.sent.is_empty(), "{}", r.overview());
    // The invitation is taken back; the answer goes when sending goes on.
    let waiting = live.ask(async |store| {
        let mut view = store.read().await.unwrap();
        let queued = view.entries_in("queued".parse().unwrap()).await.unwrap();
        queued.into_iter().map(|entry| (entry.kind.to_string(), entry.number.to_string())).collect::<Vec<_>>()
    });
    let number = |kind: &str| waiting.iter().find(|(k, _)| k == kind).unwrap().1.clone();
    assert_eq!(live.judge_mail(&number("invitation"), false).unwrap(), "cancelled");
    live.resume_sending();
    live.until("2026-11-20T12:30:00");
    let r = live.so_far();
    assert_eq!(r.only("acknowledgement").to, addresses([VIKTOR]));
    assert!(r.of("invitation").is_empty(), "{}", r.overview());
    assert!(r.journal.contains("\"sending.stopped\"") && r.journal.contains("\"sending.resumed\""));
}
