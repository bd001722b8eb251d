//! What comes on time: acknowledged, listed, in the pack; and the second that decides.

use crate::harness::{Story, addresses, ce_assessment, child, letter, rat, same_second};

const SURREY_CORE: [&str; 5] = [
    "emil.draycott@surrey.example",
    "idris.hebden@police.example",
    "jasmin.openshaw@surrey.example",
    "keir.fenwick@community.nhs.example",
    "lowri.maddox@camhs.nhs.example",
];

#[test]
fn sy_06_a_referral_on_time_is_acknowledged_listed_and_in_the_pack() {
    let maisie = child(1, "Maisie Thornquist");
    let form = rat(&maisie);
    let mail = letter("surrey-rmm-se", "Viktor Sowerby <viktor.sowerby@surrey.example>", "2026-11-20T14:03:07")
        .subject("Risk assessment for the RMM")
        .form(&form);
    let r = Story::new("surrey-rmm-se").about([&maisie]).mail(&mail).simulate("2026-11-20", "2026-11-26T00:00:00");

    assert_eq!(r.fates(), [("001.eml", "accepted")], "{}", r.overview());
    assert_eq!(r.received[0].meeting_id.as_deref(), Some("surrey-rmm-se/2026-11-25"));
    same_second(r.received[0].arrived_at, "2026-11-20T14:03:07");

    let answer = r.answer("001.eml");
    same_second(answer.at, "2026-11-20T14:03:07");
    assert_eq!(answer.kind, "acknowledgement");
    assert_eq!(answer.to, addresses(["viktor.sowerby@surrey.example"]));
    assert_eq!(answer.subject, "RMM South East: received R-0001, meeting of Wed 25 November 2026");
    for words in [
        "R-0001 (M.T.): On time for the meeting of Wed 25 November 2026 at 10:00",
        "The cut-off is Mon 23 November 2026 at 10:00",
        "(rule SY-06)",
        "The papers go to the panel's members on Mon 23 November 2026 at 10:00",
        "If a child is in immediate danger ring 999",
    ] {
        assert!(answer.says(words), "{words} in {}", answer.text);
    }

    let pack = r.only("agenda");
    same_second(pack.at, "2026-11-23T10:00:00");
    assert_eq!(pack.to, addresses(SURREY_CORE));
    assert_eq!(pack.subject, "RMM South East: agenda and papers, Wed 25 November 2026");
    assert_eq!(pack.meeting, "surrey-rmm-se/2026-11-25");
    assert_eq!(pack.files, [("01-R-0001-assessment.xlsx".to_owned(), form.sha256())]);
    assert!(pack.says("Maisie Thornquist (R-0001)") && pack.says("10:00 to 10:15"), "{}", pack.text);
    assert!(r.of("supplement").is_empty() && r.of("list").is_empty(), "{}", r.overview());

    let extract = r.only("extract");
    assert_eq!(extract.to, addresses(["viktor.sowerby@surrey.example"]));
    assert_eq!(extract.hashes(), [form.sha256()]);
    same_second(extract.at, "2026-11-23T10:00:00");
}

#[test]
fn sh_02_a_referral_on_time_goes_to_the_core_members_at_noon_on_friday() {
    let rory = child(2, "Rory Quillfeather");
    let form = ce_assessment(&rory);
    let mail = letter("st-helens-mace", "Nadia Coverdale <nadia.coverdale@st-helens.example>", "2026-11-10T16:40:00")
        .form(&form);
    let r = Story::new("st-helens-mace").about([&rory]).mail(&mail).simulate("2026-11-10", "2026-11-18");

    same_second(r.answer("001.eml").at, "2026-11-10T16:40:00");
    assert!(
        r.answer("001.eml").says("The cut-off is Thu 12 November 2026 at 23:59 (rule SH-02)"),
        "{}",
        r.answer("001.eml").text
    );
    let pack = r.only("agenda");
    same_second(pack.at, "2026-11-13T12:00:00");
    let core = [
        "amira.ashdown@st-helens.example",
        "rowan.tyldesley@st-helens.example",
        "dilip.varley@st-helens.example",
        "esther.entwistle@police.example",
        "farah.lofthouse@nhs.example",
        "gareth.coverdale@st-helens.example",
        "hana.jessop@st-helens.example",
        "ivo.quarmby@catch22.example",
        "joanna.yardley@st-helens.example",
    ];
    assert_eq!(pack.to, addresses(core));
    assert_eq!(pack.files, [("01-R-0001-assessment.xlsx".to_owned(), form.sha256())]);
    assert!(r.of("health-copy").is_empty(), "no sharing agreement is named (MC-10)");
    // SH-04: invited in the next working hour, while the acknowledgement went at once.
    same_second(r.only("invitation").at, "2026-11-10T16:40:00");
    assert_eq!(r.only("invitation").to, addresses(["nadia.coverdale@st-helens.example"]));
}

#[test]
fn sy_07_the_cutoff_second_is_on_time_and_the_next_second_is_late() {
    let (first, second) = (child(3, "Ottilie Brackenbury"), child(4, "Caspian Wrenfield"));
    let from = "viktor.sowerby@surrey.example";
    let r = Story::new("surrey-rmm-se")
        .about([&first, &second])
        .mail(&letter("surrey-rmm-se", from, "2026-11-23T10:00:00").form(&rat(&first)))
        .mail(&letter("surrey-rmm-se", from, "2026-11-23T10:00:01").form(&rat(&second)))
        .simulate("2026-11-23", "2026-12-01");

    assert_eq!(r.message("001.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-11-25"));
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-12-02"));
    let this = r.for_meeting("agenda", "surrey-rmm-se/2026-11-25");
    assert_eq!(this.len(), 1);
    same_second(this[0].at, "2026-11-23T10:00:00");
    assert_eq!(this[0].hashes(), [rat(&first).sha256()]);
    let next = r.for_meeting("agenda", "surrey-rmm-se/2026-12-02");
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].hashes(), [rat(&second).sha256()]);
    let late = r.answer("002.eml");
    assert!(
        late.says("Late: it came after the cut-off of Mon 23 November 2026 at 10:00 for the meeting of Wed 25 November 2026 (rule SY-07). The child is on the next meeting, Wed 2 December 2026 at 10:00"),
        "{}",
        late.text
    );
    assert!(r.alerts("late paper").is_empty(), "not urgent: nobody is asked (MC-22)");
}

#[test]
fn sh_02_thursday_is_over_at_midnight() {
    let (first, second) = (child(5, "Ottilie Brackenbury"), child(6, "Caspian Wrenfield"));
    let from = "nadia.coverdale@st-helens.example";
    let r = Story::new("st-helens-mace")
        .about([&first, &second])
        .mail(&letter("st-helens-mace", from, "2026-11-12T23:59:59").form(&ce_assessment(&first)))
        .mail(&letter("st-helens-mace", from, "2026-11-13T00:00:00").form(&ce_assessment(&second)))
        .simulate("2026-11-12", "2026-11-15");
    assert_eq!(r.message("001.eml").meeting_id.as_deref(), Some("st-helens-mace/2026-11-17"));
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some("st-helens-mace/2026-12-01"));
    assert_eq!(r.only("agenda").hashes(), [ce_assessment(&first).sha256()]);
}

#[test]
fn mc_12_an_early_pack_goes_on_thursday_and_one_supplement_at_midnight() {
    let children = [
        child(7, "Maisie Thornquist"),
        child(8, "Rory Quillfeather"),
        child(9, "Ottilie Brackenbury"),
        child(10, "Caspian Wrenfield"),
    ];
    let from = "nadia.coverdale@st-helens.example";
    let form = |n: usize| ce_assessment(&children[n]).dated("15/12/2026");
    let r = Story::new("st-helens-mace")
        .about(&children)
        .mail(&letter("st-helens-mace", from, "2026-12-22T09:00:00").form(&form(0)))
        .mail(&letter("st-helens-mace", from, "2026-12-24T15:00:01").form(&form(1)))
        .mail(&letter("st-helens-mace", from, "2026-12-24T23:59:59").form(&form(2)))
        .mail(&letter("st-helens-mace", from, "2026-12-25T00:00:00").form(&form(3)))
        .simulate("2026-12-21", "2026-12-30");
    let this = "st-helens-mace/2026-12-29";
    for n in 1..4 {
        assert_eq!(r.message(&format!("00{n}.eml")).meeting_id.as_deref(), Some(this), "{n}");
    }
    assert_eq!(r.message("004.eml").meeting_id.as_deref(), Some("st-helens-mace/2027-01-12"));

    let pack = r.only("agenda");
    same_second(pack.at, "2026-12-24T15:00:00");
    assert_eq!(pack.hashes(), [form(0).sha256()]);
    assert!(pack.says("This pack goes out before the cut-off (Thu 24 December 2026 at 23:59). What comes until then follows in one supplement on Fri 25 December 2026 at 00:00"), "{}", pack.text);
    let supplement = r.only("supplement");
    same_second(supplement.at, "2026-12-25T00:00:00");
    assert_eq!(supplement.to, pack.to);
    assert_eq!(supplement.hashes(), [form(1).sha256(), form(2).sha256()]);
    assert!(!supplement.says("Maisie Thornquist"), "it adds to the pack: {}", supplement.text);
    // Slots are issued once; what comes later goes to the end.
    assert!(pack.says("10:00 to 10:15") && supplement.says("10:15 to 10:30") && supplement.says("10:30 to 10:45"));
    let answer = r.answer("002.eml");
    assert!(answer.says("this one follows in a supplement"), "{}", answer.text);
    // What goes with it to one person each goes in the next working hour, which is still before the meeting.
    for (kind, to) in [("extract", from), ("notification", "ben.holroyd@st-helens.example")] {
        let mails: Vec<_> = r.of(kind).into_iter().filter(|mail| mail.goes_to(to)).collect();
        assert!(mails.len() >= 2, "{kind}: {}", r.overview());
        same_second(mails[0].at, "2026-12-24T15:00:00");
        for mail in &mails[1..] {
            same_second(mail.at, "2026-12-29T09:00:00");
        }
    }
}

#[test]
fn mc_01_the_list_goes_alone_when_the_children_have_changed_since_the_pack() {
    let (on_time, late) = (child(11, "Maisie Thornquist"), child(12, "Rory Quillfeather"));
    let from = "viktor.sowerby@surrey.example";
    // The North East meets on Mondays: the pack goes on Thursday, the 48 hours roll back to Friday.
    let story = || {
        Story::new("surrey-rmm-ne")
            .about([&on_time, &late])
            .mail(&letter("surrey-rmm-ne", from, "2026-11-18T10:00:00").form(&rat(&on_time)))
            .mail(&letter("surrey-rmm-ne", from, "2026-11-19T11:00:00").form(&rat(&late)))
    };
    let unchanged = story().simulate("2026-11-18", "2026-11-23T09:00:00");
    assert!(unchanged.of("list").is_empty(), "{}", unchanged.overview());

    let mut live = story().live("2026-11-18", "2026-11-23T09:00:00");
    live.until("2026-11-19T12:00:00");
    live.admit("surrey-rmm-ne/2026-11-23", "R-0002");
    let r = live.finish();
    let supplement = r.only("supplement");
    assert_eq!(supplement.hashes(), [rat(&late).sha256()]);
    let list = r.only("list");
    same_second(list.at, "2026-11-20T10:00:00");
    assert_eq!(list.to, r.only("agenda").to);
    assert!(list.files.is_empty());
    assert!(list.says("Maisie Thornquist (R-0001)") && list.says("Rory Quillfeather (R-0002)"), "{}", list.text);
    assert!(list.says("The papers have been sent."));
}
