//! Papers packed into something else: opened by what the bytes are, sent on as they were inside.

use crate::harness::{Story, child, letter, outlook_message, rat, winmail, zipped};

const VIKTOR: &str = "viktor.sowerby@surrey.example";

#[test]
fn lessons_a13_forms_in_a_zip_a_saved_message_and_a_winmail_are_heard_like_any_other() {
    let children = [child(1, "Maisie Thornquist"), child(2, "Rory Quillfeather"), child(3, "Ottilie Brackenbury")];
    let [first, second, third] = children.each_ref().map(|child| rat(child).bytes());
    // Neither name says what it is.
    let saved = outlook_message("The form", "As discussed.", "assessment.xlsx", &second);
    let packed = zipped(&[("papers/assessment.xlsx", &first)]);
    let r = Story::new("surrey-rmm-se")
        .about(&children)
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").holding("form.docx", packed, &first))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:10:00").holding("form", saved, &second))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:20:00").holding(
            "ATT00001.dat",
            winmail("assessment.xlsx", &third),
            &third,
        ))
        .simulate("2026-11-19", "2026-11-25T09:00:00");
    assert_eq!(
        r.fates(),
        [("001.eml", "accepted"), ("002.eml", "accepted"), ("003.eml", "accepted")],
        "{}",
        r.overview()
    );
    let pack = r.only("agenda");
    assert_eq!(pack.contents, [first, second, third], "what goes to the members are the papers, not what they came in");
    assert!(
        r.answer("001.eml").says("Attachment 1: spreadsheet (.xlsx), \"assessment.xlsx\""),
        "{}",
        r.answer("001.eml").text
    );
}

#[test]
fn sh_22_the_same_form_in_another_wrapping_is_a_repeat() {
    let maisie = child(4, "Maisie Thornquist");
    let form = rat(&maisie).bytes();
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").file("rat.xlsx", form.clone()))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T10:00:00").file("rat.zip", zipped(&[("rat.xlsx", &form)])))
        .simulate("2026-11-19", "2026-11-20");
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "duplicate")], "{}", r.overview());
    assert!(r.answer("002.eml").says("Already received as R-0001"), "{}", r.answer("002.eml").text);
}

#[test]
fn mc_32_a_zip_with_a_password_counts_as_on_time_and_its_sender_is_asked() {
    let maisie = child(5, "Maisie Thornquist");
    let mut locked = zipped(&[("rat.xlsx", &rat(&maisie).bytes())]);
    let directory = locked.windows(4).position(|at| at == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[directory + 8] |= 1;
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T09:59:00").file("papers.zip", locked))
        .simulate("2026-11-23", "2026-11-23T12:00:00");
    assert_eq!(r.held[0].kind, "encrypted", "{}", r.overview());
    let asked = r.answer("001.eml");
    assert_eq!(asked.kind, "query");
    for words in [
        "The zip archive is protected by a password. It counts as received on time.",
        "Please send the form itself without a password, over secure e-mail.",
        "It came on time for the meeting of Wed 25 November 2026",
    ] {
        assert!(asked.says(words), "{words} in {}", asked.text);
    }
}
