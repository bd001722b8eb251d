//! What came on time and could not go with the pack: listed "paper to follow", told, and sent by supplement (MC-32).

use crate::harness::{Story, addresses, at, ce_assessment, child, letter, rat, same_second};
use dutyclerk::casework::{MeetingId, Ref};
use dutyclerk::daemon::Release;
use dutyclerk::store::{ItemState, Line};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NADIA: &str = "nadia.coverdale@st-helens.example";

#[test]
fn mc_32_unreadable_on_time_is_listed_as_to_follow_and_told_8_and_2_working_hours_before() {
    let maisie = child(30, "Maisie Thornquist");
    let form = ce_assessment(&maisie);
    let mut broken = form.bytes();
    broken.truncate(broken.len() / 2);
    let mut live = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:30:00").file("assessment.xlsx", broken))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T14:00:00").form(&form))
        .live("2026-11-10", "2026-11-18");
    live.until("2026-11-13T13:00:00");
    let r = live.so_far();
    assert_eq!(r.fates(), [("001.eml", "held")]);
    assert_eq!(
        (r.held[0].kind.as_str(), r.held[0].meeting_id.as_deref()),
        ("unreadable", Some("st-helens-mace/2026-11-17"))
    );
    let answer = r.answer("001.eml");
    assert_eq!(answer.kind, "query");
    same_second(answer.at, "2026-11-11T09:30:00");
    assert!(
        answer.says("It came on time for the meeting of Tue 17 November 2026 at 10:00 and stays on time while we check (rule MC-32)."),
        "{}",
        answer.text
    );
    // Pack on Friday at 12:00, working hours 9 to 17: 2 before is 10:00, 8 before is 12:00 the day before.
    let told = r.alerts("working hours");
    let times: Vec<_> = told.iter().map(|mail| (mail.at, mail.subject.as_str())).collect();
    assert_eq!(times.len(), 2, "{}", r.overview());
    same_second(times[0].0, "2026-11-12T12:00:00");
    same_second(times[1].0, "2026-11-13T10:00:00");
    assert_eq!(times[0].1, "MACE: 1 held, pack in 8 working hours");
    assert_eq!(times[1].1, "MACE: 1 held, pack in 2 working hours");
    assert_eq!(told[0].to, addresses(["mace.duty@st-helens.example"]), "duty is alerted");
    let pack = r.only("agenda");
    assert!(
        pack.says("1 paper came on time and could not be matched to a child yet (M-000001). Papers to follow."),
        "{}",
        pack.text
    );
}

#[test]
fn mc_32_a_missing_required_field_is_asked_for_and_the_child_is_listed() {
    let maisie = child(31, "Maisie Thornquist");
    let without = rat(&maisie).rating("");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:30:00").form(&without))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&rat(&maisie)))
        .simulate("2026-11-19", "2026-11-26");
    assert_eq!(r.fates(), [("001.eml", "held"), ("002.eml", "accepted")], "{}", r.overview());
    let query = r.answer("001.eml");
    assert_eq!(query.kind, "query");
    assert_eq!(query.subject, "RMM South East: 1 question about R-0001, meeting of Wed 25 November 2026");
    assert!(
        query.says("Current risk rating") && query.says("Please complete it and send the form again."),
        "{}",
        query.text
    );
    assert!(
        query.says("The child is on the agenda of Wed 25 November 2026 at 10:00. The paper is not sent out yet, because something on the form is missing or cannot be used; until then the agenda says \"paper to follow\". What came on time stays on time (rule MC-32)."),
        "{}",
        query.text
    );
    assert_eq!((r.held[0].kind.as_str(), r.held[0].state.as_str()), ("missing_field", "superseded"));
    let answer = r.answer("002.eml");
    assert!(answer.says("It takes the place of the earlier paper for this child."), "{}", answer.text);
    let pack = r.only("agenda");
    assert_eq!(pack.hashes(), [rat(&maisie).sha256()]);
    assert!(!pack.says("Paper to follow"), "{}", pack.text);
    assert!(r.alerts("working hours").is_empty(), "nothing is held any more: {}", r.overview());
}

#[test]
fn mc_32_still_incomplete_at_the_pack_the_child_is_listed_and_the_corrected_form_follows_by_supplement() {
    let maisie = child(32, "Maisie Thornquist");
    let without = rat(&maisie).rating("");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&without))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-24T09:30:00").form(&rat(&maisie)))
        .simulate("2026-11-19", "2026-11-26");
    let pack = r.only("agenda");
    assert!(pack.files.is_empty());
    let extract = r.of("extract")[0];
    assert!(
        extract.says("because something on the form is missing or cannot be used (rule SY-04). If we have asked you about it, please answer that mail"),
        "{}",
        extract.text
    );
    assert!(!extract.says("None. Please send"), "{}", extract.text);
    assert!(pack.says("Maisie Thornquist (R-0001)") && pack.says("Paper to follow"), "{}", pack.text);
    // On time is on time: what we asked for is not tabled as late.
    let answer = r.answer("002.eml");
    assert!(
        answer.says("The first paper came on time, so this corrected one counts as on time too and goes to the panel's members in a supplement (rule MC-32)."),
        "{}",
        answer.text
    );
    let supplement = r.only("supplement");
    same_second(supplement.at, "2026-11-24T09:40:00");
    assert_eq!(supplement.hashes(), [rat(&maisie).sha256()]);
    assert!(!supplement.says("Paper to follow"), "{}", supplement.text);
    assert_eq!(r.held[0].state, "superseded");
    assert!(r.alerts("tabled").is_empty(), "{}", r.overview());
}

#[test]
fn mc_32_released_after_the_pack_it_follows_by_supplement_and_never_as_a_second_pack() {
    let maisie = child(33, "Maisie Thornquist");
    let without = rat(&maisie).rating("");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&without))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-23T15:00:00");
    live.release("H-0001", Release::default());
    let r = live.finish();
    assert_eq!(r.held[0].state, "released");
    assert_eq!(r.for_meeting("agenda", "surrey-rmm-se/2026-11-25").len(), 1);
    let supplement = r.only("supplement");
    assert_eq!(supplement.hashes(), [without.sha256()]);
    assert_eq!(supplement.to, r.only("agenda").to);
    assert_eq!(r.of("acknowledgement").len() + r.of("query").len(), 1, "the sender has had the answer");
    // The health colleagues were told without it, and get it now.
    let acute: Vec<_> = r.to("esther.thackray@acute.nhs.example").into_iter().map(|m| m.hashes().len()).collect();
    assert_eq!(acute, [0, 1]);
}

/// Two children in a pack that has gone; the first is taken off or put on, by hand, and what the supplement then says.
#[test]
fn mc_32_the_last_word_on_a_child_is_told_once_however_often_it_is_taken_off_and_put_on_again() {
    let children = [child(36, "Maisie Thornquist"), child(37, "Rory Quillfeather")];
    let mut live = Story::new("surrey-rmm-se")
        .about(&children)
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-18T09:30:00").form(&rat(&children[0])))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-18T09:40:00").form(&rat(&children[1])))
        .live("2026-11-17", "2026-11-25T09:00:00");
    let meeting: MeetingId = "surrey-rmm-se/2026-11-25".parse().unwrap();
    for (time, state) in [
        ("2026-11-23T11:00:00", ItemState::Withdrawn),
        ("2026-11-23T13:00:00", ItemState::Listed),
        ("2026-11-23T15:00:00", ItemState::Withdrawn),
    ] {
        live.until(time);
        let id = meeting.clone();
        live.ask(async move |store| {
            let mut tx = store.begin(at(time)).await.unwrap();
            let mut rows = tx.agenda_items(&id).await.unwrap();
            let row = rows.iter_mut().find(|row| row.case.to_string() == "R-0001").unwrap();
            (row.state, row.added_at) = (state, at(time));
            tx.put_agenda_item(row).await.unwrap();
            let refs = vec![Ref::Meeting(id)];
            tx.journal(Line { event: "item.changed", rule: None, reason: "by hand".to_owned(), refs });
            tx.commit().await.unwrap();
        });
    }
    let r = live.finish();
    let supplements = r.of("supplement");
    let said: Vec<_> = supplements.iter().map(|mail| mail.children.clone()).collect();
    assert_eq!(said, [addresses(["R-0001"]), addresses(["R-0001"]), addresses(["R-0001"])], "{}", r.overview());
    let off: Vec<_> = supplements.iter().map(|mail| mail.says("NO LONGER ON THIS AGENDA")).collect();
    assert_eq!(off, [true, false, true], "{}", supplements[0].text);
    let drawn = r.journal.matches("\"supplement.drawn_up\"").count();
    assert_eq!(drawn, 3, "each is drawn up once");
}

#[test]
fn sy_04_an_encrypted_form_is_held_told_and_does_not_stop_the_others() {
    let (locked, open) = (child(34, "Maisie Thornquist"), child(35, "Rory Quillfeather"));
    // What Office writes when a password is set: an OLE container with an EncryptedPackage.
    let encrypted = ole_with_encrypted_package();
    let r = Story::new("surrey-rmm-se")
        .about([&locked, &open])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").file("one.xlsx", encrypted).form(&rat(&open)))
        .simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.fates(), [("001.eml", "held")]);
    assert_eq!(r.held[0].kind, "encrypted");
    assert!(r.answer("001.eml").says("a password or a key is needed to open it"), "{}", r.answer("001.eml").text);
    let pack = r.only("agenda");
    assert_eq!(pack.hashes(), [rat(&open).sha256()]);
    assert!(pack.says("1 paper came on time and could not be matched to a child yet"), "{}", pack.text);
}

/// A compound file whose directory names the streams of an encrypted Office document (MS-OFFCRYPTO 2.3).
fn ole_with_encrypted_package() -> Vec<u8> {
    let mut file = vec![0u8; 512 * 4];
    file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    for (at, value) in [(24, 0x3E_u16), (26, 3), (28, 0xFFFE), (30, 9), (32, 6)] {
        put(at, &value.to_le_bytes());
    }
    for (at, value) in [(44, 1_u32), (48, 1), (56, 4096), (60, 0xFFFF_FFFE), (68, 0xFFFF_FFFE), (76, 0)] {
        put(at, &value.to_le_bytes());
    }
    for n in 1..109 {
        put(76 + 4 * n, &0xFFFF_FFFF_u32.to_le_bytes());
    }
    // The table of sectors: itself, the directory, and nothing more.
    for n in 0..128 {
        let value: u32 = match n {
            0 => 0xFFFF_FFFD,
            1 | 2 => 0xFFFF_FFFE,
            _ => 0xFFFF_FFFF,
        };
        put(512 + 4 * n, &value.to_le_bytes());
    }
    for (n, (name, kind)) in
        [("Root Entry", 5_u8), ("EncryptionInfo", 2), ("EncryptedPackage", 2)].into_iter().enumerate()
    {
        let at = 1024 + 128 * n;
        let utf16: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put(at, &utf16);
        put(at + 64, &u16::try_from(utf16.len() + 2).unwrap().to_le_bytes());
        put(at + 66, &[kind, 1]);
        for sibling in [68, 72, 76] {
            put(at + sibling, &0xFFFF_FFFF_u32.to_le_bytes());
        }
        put(at + 116, &0xFFFF_FFFE_u32.to_le_bytes());
    }
    put(1024 + 76, &1_u32.to_le_bytes());
    put(1024 + 128 + 72, &2_u32.to_le_bytes());
    file
}

#[test]
fn mc_32_what_is_still_held_follows_at_every_later_meeting_until_a_person_has_settled_it() {
    let (maisie, rory) = (child(38, "Maisie Thornquist"), child(39, "Rory Quillfeather"));
    let incomplete = ce_assessment(&maisie).set("Type of assessment", "☐ Initial   ☐ Review   ☐ Closure");
    let mut broken = ce_assessment(&rory).bytes();
    broken.truncate(broken.len() / 2);
    let mut live = Story::new("st-helens-mace")
        .about([&maisie, &rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:30:00").form(&incomplete))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T10:30:00").file("assessment.xlsx", broken))
        .live("2026-11-10", "2027-05-06");
    live.until("2026-12-01T18:00:00");
    let unmatched = "1 paper came on time and could not be matched to a child yet (M-000002). Papers to follow.";
    let r = live.so_far();
    assert!(r.for_meeting("agenda", "st-helens-mace/2026-12-01")[0].says(unmatched), "{}", r.overview());
    let number = |r: &crate::harness::Results, kind: &str| {
        r.held.iter().find(|held| held.kind == kind && held.state == "open").map(|held| held.number.clone()).unwrap()
    };
    live.reject(&number(&r, "unreadable"));
    // Heard on 17 November without its paper; its first review is three months after that.
    live.until("2027-02-09T18:00:00");
    let r = live.so_far();
    assert!(!r.for_meeting("agenda", "st-helens-mace/2026-12-15")[0].says(unmatched), "{}", r.overview());
    let review = r.for_meeting("agenda", "st-helens-mace/2027-02-09")[0];
    assert!(review.says("Maisie Thornquist (R-0001)") && review.says("Paper to follow"), "{}", review.text);
    assert!(!review.says("Update not received"), "{}", review.text);
    live.reject(&number(&r, "missing_field"));
    let r = live.finish();
    let review = r.for_meeting("agenda", "st-helens-mace/2027-05-04")[0];
    assert!(review.says("Update not received") && !review.says("Paper to follow"), "{}", review.text);
}
