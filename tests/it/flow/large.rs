//! Mail that is larger than a server takes, and mail that a person holds back or lets go (OP-09).

use crate::command::change;
use crate::harness::{Begin, Live, Results, Sent, Story, addresses, child, letter, rat, return_home_interview};
use std::collections::BTreeSet;

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
fn op_09_one_childs_papers_go_in_numbered_parts_to_each_of_the_childs_people() {
    one_childs_parts(Story::live);
}

/// A child with two papers that together are too large for one mail.
fn two_papers(n: u32, begin: Begin, most: u32) -> Live {
    let maisie = child(n, "Maisie Thornquist");
    let interview = return_home_interview(&maisie);
    let story = taking(most)
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:05:00").form(&interview));
    let mut live = begin(story, "2026-11-19", "2026-11-27");
    live.until("2026-11-23T12:00:00");
    live
}

/// That each has both papers, each once, in parts that say which of how many they are.
fn has_both_parts(r: &Results, kind: &str, to: &str) -> [Sent; 2] {
    let mails: Vec<&Sent> = r.of(kind).into_iter().filter(|mail| mail.goes_to(to)).collect();
    let [first, second] = mails.try_into().unwrap_or_else(|_| panic!("{kind} {to}: {}", r.overview()));
    let mut files = Vec::new();
    for (mail, nth) in [(first, "1/2"), (second, "2/2")] {
        assert_eq!((mail.part.as_deref(), mail.files.len(), mail.to.len()), (Some(nth), 1, 1), "{}", r.overview());
        assert!(mail.size <= MOST as usize && mail.children == addresses(["R-0001"]), "{} bytes", mail.size);
        let [(name, _)] = mail.files.as_slice() else { panic!("{:?}", mail.files) };
        assert!(mail.says(name), "{}", mail.text);
        files.push(name.clone());
    }
    assert!(
        first.subject.ends_with(" (part 1 of 2)") && second.subject.ends_with(" (part 2 of 2)"),
        "{}",
        first.subject
    );
    assert!(first.message_id != second.message_id);
    files.sort_unstable();
    assert_eq!(files, ["01-R-0001-assessment.xlsx", "01-R-0001-return-home-interview.xlsx"]);
    [first.clone(), second.clone()]
}

pub(crate) fn one_childs_parts(begin: Begin) {
    let mut live = two_papers(610, begin, MOST);
    let r = live.so_far();
    let [first, second] = has_both_parts(&r, "extract", VIKTOR);
    assert!(first.says("They come in 2 mails; this one says what we ask of you.") && first.says("Date of birth"));
    assert!(second.says("What we ask of you is in part 1.") && !second.says("Date of birth"), "{}", second.text);
    assert!(second.says("Use it for that purpose alone."), "{}", second.text);
    let copies: BTreeSet<&String> = r.of("health-copy").into_iter().flat_map(|mail| &mail.to).collect();
    assert!(copies.len() > 1, "{}", r.overview());
    for to in copies {
        let with_papers = r.of("health-copy").into_iter().any(|mail| mail.goes_to(to) && !mail.files.is_empty());
        if with_papers {
            let [first, second] = has_both_parts(&r, "health-copy", to);
            assert!(first.says("Date of birth") && !second.says("Date of birth"), "{}", second.text);
            assert!(
                second.says("HIDE FROM ONLINE RECORD ACCESS") && second.says("It is shared to safeguard the child")
            );
        }
    }
    assert!(r.alerts("is too large to send").is_empty(), "{}", r.overview());
    // Looked at again, nothing goes again.
    live.start_again();
    live.until("2026-11-24T12:00:00");
    assert_eq!(live.so_far().of("extract").len(), 2);
    assert_eq!(live.so_far().of("health-copy").len(), r.of("health-copy").len());
}

#[test]
fn op_09_of_a_childs_papers_only_the_one_that_fits_into_no_mail_is_held() {
    let live = two_papers(612, Story::live, 16_000);
    let r = live.so_far();
    let went: Vec<&Sent> = r.of("extract");
    assert_eq!(went.len(), 1, "{}", r.overview());
    assert_eq!(went[0].part.as_deref(), Some("2/2"));
    assert!(went[0].files[0].0.ends_with("return-home-interview.xlsx"), "{:?}", went[0].files);
    assert!(r.alerts("is too large to send").iter().any(|mail| mail.says("(extract for")), "{}", r.overview());
}

#[test]
fn op_09_a_supplement_that_is_too_large_goes_in_parts_and_is_told_once() {
    let [maisie, rory, petra] = [(614, "Maisie Thornquist"), (615, "Rory Quillfeather"), (616, "Petra Vantongeren")]
        .map(|(n, name)| child(n, name));
    let mut live = taking(MOST)
        .about([&maisie, &rory, &petra])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T11:00:00").form(&rat(&rory)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T11:01:00").form(&rat(&petra)))
        .live("2026-11-19", "2026-11-25T09:00:00");
    live.until("2026-11-23T11:10:00");
    live.admit("surrey-rmm-se/2026-11-25", "R-0002");
    live.admit("surrey-rmm-se/2026-11-25", "R-0003");
    let r = live.finish();
    let parts: Vec<(Option<&str>, usize)> =
        r.of("supplement").iter().map(|mail| (mail.part.as_deref(), mail.files.len())).collect();
    assert_eq!(parts, [(Some("1/2"), 1), (Some("2/2"), 1)], "{}", r.overview());
    let [first, second] = r.of("supplement").try_into().unwrap();
    assert!(first.says("CHILD ADDED") && first.says("this one says what has changed"), "{}", first.text);
    assert!(second.says("What has changed is in part 1.") && !second.says("CHILD ADDED"), "{}", second.text);
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
