//! What comes twice: the same bytes, the same form, a second form, two children at once.

use crate::harness::{Story, addresses, ce_assessment, child, letter, rat, recording, return_home_interview};
use dutyclerk::daemon::Release;

const VIKTOR: &str = "viktor.sowerby@surrey.example";

#[test]
fn sh_22_the_same_bytes_twice_are_a_duplicate_and_answered_once() {
    let maisie = child(60, "Maisie Thornquist");
    let mail = letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie));
    let r =
        Story::new("surrey-rmm-se").about([&maisie]).mail(&mail).again(&mail, 1).simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "duplicate")], "{}", r.overview());
    assert_eq!(r.of("acknowledgement").len(), 1, "{}", r.overview());
    assert_eq!(r.only("agenda").files.len(), 1);
}

#[test]
fn sh_22_the_same_form_in_another_mail_is_a_repeat_and_the_answer_says_so() {
    let maisie = child(61, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-20T11:00:00")
                .subject("Resending")
                .file("again.xlsx", rat(&maisie).bytes()),
        )
        .simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "duplicate")]);
    let answer = r.answer("002.eml");
    assert!(
        answer.says("Already received as R-0001 on Fri 20 November 2026 at 09:00. Nothing has changed and nothing more is needed. The child is on the meeting of Wed 25 November 2026 at 10:00."),
        "{}",
        answer.text
    );
    let file = "the same file as the one received on Fri 20 November 2026 at 09:00, which was read as";
    assert!(answer.says(file) && !answer.says("A person") && !answer.says("not recognised"), "{}", answer.text);
    assert_eq!(r.only("agenda").files.len(), 1);
    assert_eq!(r.of("invitation").len(), 1);
}

#[test]
fn mc_30_a_later_form_replaces_and_an_equal_one_is_kept_beside_it() {
    let (replaced, both, kinds) =
        (child(62, "Maisie Thornquist"), child(63, "Rory Quillfeather"), child(64, "Ottilie Brackenbury"));
    let later = rat(&replaced).dated("12/11/2026").rating("Emerging");
    let equal = rat(&both).rating("Emerging");
    let r = Story::new("surrey-rmm-se")
        .about([&replaced, &both, &kinds])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&replaced)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T10:00:00").form(&later))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T11:00:00").form(&rat(&both)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T12:00:00").form(&equal))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T13:00:00").form(&rat(&kinds)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T14:00:00").form(&return_home_interview(&kinds)))
        .simulate("2026-11-19", "2026-11-24");
    assert!(r.fates().iter().all(|(_, fate)| *fate == "accepted"), "{}", r.overview());
    assert!(r.answer("002.eml").says("It takes the place of the earlier paper for this child."));
    assert!(
        r.answer("004.eml").says("An earlier paper for this child is kept too; admin has been asked which one holds.")
    );
    let pack = r.only("agenda");
    // Highest concern first.
    let last = [rat(&kinds).sha256(), return_home_interview(&kinds).sha256(), later.sha256()];
    let papers = [&[rat(&both).sha256(), equal.sha256()], &last[..]].concat();
    assert_eq!(pack.hashes(), papers);
    let names: Vec<&str> = pack.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "01-R-0002-assessment-1.xlsx",
            "01-R-0002-assessment-2.xlsx",
            "02-R-0003-assessment.xlsx",
            "02-R-0003-return-home-interview.xlsx",
            "03-R-0001-assessment.xlsx"
        ]
    );
    assert!(pack.says("Two papers are kept for this child"), "{}", pack.text);
    let asked = r.alerts("two papers for R-0002");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].to, addresses(["graham.rimmer@surrey.example"]), "admin");
}

#[test]
fn mc_07_a_return_home_interview_alone_is_listed_and_the_assessment_asked_for() {
    let maisie = child(65, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&return_home_interview(&maisie)))
        .simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.fates(), [("001.eml", "accepted")], "{}", r.overview());
    let query = r.answer("001.eml");
    assert_eq!(query.kind, "query");
    assert!(query.says("no risk assessment is on file for this child"), "{}", query.text);
    assert!(r.only("agenda").says("No assessment on file: a return home interview only."));
}

#[test]
fn two_children_in_one_mail_get_one_answer() {
    let (maisie, rory) = (child(66, "Maisie Thornquist"), child(67, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00")
                .file("one.xlsx", rat(&maisie).bytes())
                .file("two.xlsx", rat(&rory).bytes()),
        )
        .simulate("2026-11-19", "2026-11-24");
    let answer = r.answer("001.eml");
    assert_eq!(answer.children, addresses(["R-0001", "R-0002"]));
    assert!(answer.says("R-0001 (M.T.): On time") && answer.says("R-0002 (R.Q.): On time"), "{}", answer.text);
    assert_eq!(answer.subject, "RMM South East: received R-0001, R-0002, meeting of Wed 25 November 2026");
    assert_eq!(r.only("agenda").hashes(), [rat(&maisie).sha256(), rat(&rory).sha256()]);
    // Each child's extract holds that child only (MC-08).
    let extracts = r.of("extract");
    assert_eq!(extracts.len(), 2);
    for (mail, own, other) in [(extracts[0], &maisie, "Quillfeather"), (extracts[1], &rory, "Thornquist")] {
        assert_eq!(mail.hashes(), [rat(own).sha256()]);
        assert!(mail.says(&own.name) && !mail.text.contains(other) && !mail.html.contains(other));
    }
}

/// Sent to the wrong quadrant first, or the child has moved: which panel hears it is a person's to say.
#[test]
fn sy_03_the_same_file_sent_to_another_quadrant_is_asked_about_and_heard_there_on_a_persons_word() {
    let maisie = child(920, "Maisie Thornquist");
    let form = rat(&maisie);
    let mut live = Story::new("surrey-rmm-nw")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-16T09:00:00").form(&form))
        .mail(&letter("surrey-rmm-nw", VIKTOR, "2026-11-16T11:00:00").form(&form))
        .live("2026-11-15", "2026-12-01");
    live.until("2026-11-16T12:00:00");
    let r = live.so_far();
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "held")], "{}", r.overview());
    assert_eq!(r.held[0].kind, "taken_elsewhere");
    let query = r.answer("002.eml");
    assert_eq!(query.kind, "query");
    assert!(
        query.says("The same file was sent to another area's mailbox before, and was taken there (rule SY-03).")
            && query.says("Please reply to say in which area the child lives now."),
        "{}",
        query.text
    );
    assert_eq!(r.alerts("held").len(), 1, "{}", r.overview());

    live.release("H-0001", Release::default());
    let r = live.finish();
    let packs = r.of("agenda");
    let with: Vec<_> = packs.iter().filter(|mail| mail.children.contains("R-0001")).collect();
    assert_eq!(with.len(), 1, "{}", r.overview());
    assert_eq!(with[0].hashes(), [form.sha256()]);
}

#[test]
fn sy_03_a_new_paper_of_another_quadrants_child_is_asked_about_and_nobody_has_it_meanwhile() {
    let maisie = child(921, "Maisie Thornquist");
    let (first, second) = (rat(&maisie), rat(&maisie).dated("16/11/2026").rating("Emerging"));
    let r = Story::new("surrey-rmm-nw")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-16T09:00:00").form(&first))
        .mail(&letter("surrey-rmm-nw", VIKTOR, "2026-11-17T11:00:00").form(&second))
        .simulate("2026-11-15", "2026-12-01");
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "held")], "{}", r.overview());
    assert_eq!(r.held[0].kind, "taken_elsewhere");
    let query = r.answer("002.eml");
    assert!(query.says("Another area's panel has this child's case (rule SY-03)."), "{}", query.text);
    let carried: Vec<_> = r.sent.iter().filter(|mail| mail.hashes().contains(&second.sha256().as_str())).collect();
    assert!(carried.is_empty(), "{}", r.overview());
    let pack = r.for_meeting("agenda", "surrey-rmm-se/2026-11-18");
    let risk = pack.iter().all(|mail| !mail.says("Emerging"));
    assert!(risk, "what its own panel hears is what its own panel was sent");
}

#[test]
fn sy_03_once_a_person_says_that_another_area_hears_the_child_the_area_that_did_does_so_no_more() {
    let maisie = child(922, "Maisie Thornquist");
    let moved = rat(&maisie).dated("16/11/2026");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-16T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-nw", VIKTOR, "2026-11-16T12:00:00").form(&moved))
        .live("2026-11-15", "2026-12-10");
    live.until("2026-11-16T14:00:00");
    assert_eq!(live.so_far().for_meeting("agenda", "surrey-rmm-se/2026-11-18").len(), 1);
    live.release("H-0001", Release::default());
    let r = live.finish();
    let gone = r.only("supplement");
    assert!(gone.says("NO LONGER ON THIS AGENDA") && gone.files.is_empty(), "{}", gone.text);
    assert_eq!(r.only("invitation-cancel").to, addresses([VIKTOR]), "{}", r.overview());
    assert!(r.journal.contains("\"event\":\"case.transferred\",\"rule\":\"SY-03\""), "{}", r.journal);
    let later = r.sent.iter().filter(|mail| mail.meeting.as_str() > "surrey-rmm-se/2026-11-18");
    assert!(later.clone().count() > 1, "{}", r.overview());
    assert!(later.clone().all(|mail| mail.children.is_empty()), "nor at this area's later ones: {}", r.overview());
}

/// Somebody writes the reference of another authority's child, or of one whose case is closed or heard elsewhere.
#[test]
fn invariant_5_no_persons_word_puts_a_child_before_another_authoritys_panel_or_one_that_does_not_hear_it() {
    let (maisie, rory) = (child(923, "Maisie Thornquist"), child(924, "Rory Quillfeather"));
    let nadia = "nadia.coverdale@st-helens.example";
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-16T09:00:00").form(&rat(&maisie)))
        .mail(&letter("st-helens-mace", nadia, "2026-11-16T09:10:00").form(&ce_assessment(&rory)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-16T09:20:00").spoofed().form(&rat(&child(925, "Ada Fernsby"))))
        .live("2026-11-15", "2026-12-10");
    live.until("2026-11-16T12:00:00");
    let case = |case: &str| Release { case: Some(case.parse().unwrap()), ..Release::default() };
    let refused = live.try_release("H-0001", case("R-0002")).unwrap_err().to_string();
    assert!(refused.contains("R-0002 is a case of another authority (st-helens)"), "{refused}");
    let refused = live.try_admit("surrey-rmm-se/2026-11-18", "R-0002").unwrap_err().to_string();
    assert!(refused.contains("R-0002 is a case of another authority (st-helens)"), "{refused}");
    let refused = live.try_admit("surrey-rmm-nw/2026-11-17", "R-0001").unwrap_err().to_string();
    assert!(refused.contains("R-0001 is heard by surrey-rmm-se, not by surrey-rmm-nw"), "{refused}");
    let admin = letter("surrey-rmm-se", "graham.rimmer@surrey.example", "2026-11-18T15:00:00");
    live.deliver(&admin.form(&recording(&maisie).rating("Minimal").set("Rationale", "No risk is left.")));
    live.until("2026-11-18T16:00:00");
    let closed = live.try_admit("surrey-rmm-se/2026-11-25", "R-0001").unwrap_err().to_string();
    assert!(closed.contains("R-0001 is closed"), "{closed}");
    assert_eq!(live.finish().held[0].state, "open", "it waits on for whose it is");
}

#[test]
fn mc_30_an_older_paper_that_is_kept_beside_the_one_on_file_says_nothing_of_the_childs_risk_before_a_person_chose() {
    let maisie = child(926, "Maisie Thornquist");
    let newer = rat(&maisie).dated("05/11/2026").rating("Experiencing");
    let older = rat(&maisie).dated("01/09/2026").rating("Emerging");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&newer))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T11:00:00").form(&older))
        .live("2026-11-18", "2026-11-24");
    live.until("2026-11-23T12:00:00");
    let r = live.finish();
    assert_eq!(r.alerts("two papers for R-0001").len(), 1, "{}", r.overview());
    let pack = r.only("agenda");
    assert_eq!(pack.files.len(), 2, "both are kept");
    assert!(pack.says("Risk rating: Experiencing") && !pack.says("Risk rating: Emerging"), "{}", pack.text);
    assert!(r.of("health-copy").iter().all(|mail| mail.says("Risk rating: Experiencing")), "{}", r.overview());
}

#[test]
fn mc_30_of_two_forms_of_one_child_in_one_mail_the_later_date_holds_and_the_sender_is_told() {
    let (maisie, rory) = (child(69, "Maisie Thornquist"), child(70, "Rory Quillfeather"));
    let (old, new) = (rat(&maisie).rating("Experiencing"), rat(&maisie).dated("12/11/2026").rating("Emerging"));
    // Incomplete, the earlier one is nobody's to mend any more.
    let (blank, whole) = (rat(&rory).rating(""), rat(&rory).dated("12/11/2026"));
    let mut both = letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00");
    for (n, form) in [&new, &old].into_iter().enumerate() {
        both = both.file(&format!("form-{n}.xlsx"), form.bytes());
    }
    let mended = letter("surrey-rmm-se", VIKTOR, "2026-11-19T10:00:00")
        .file("a.xlsx", blank.bytes())
        .file("b.xlsx", whole.bytes());
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&both)
        .mail(&mended)
        .simulate("2026-11-19", "2026-11-24");
    assert!(r.fates().iter().all(|(_, fate)| *fate == "accepted"), "{}", r.overview());
    assert!(r.held.iter().all(|held| held.state != "open"), "{}", r.overview());
    let answer = r.answer("001.eml");
    assert!(
        answer.says(
            "Of its forms in your mail the one with the latest date holds, and the others go to nobody (rule MC-30)."
        ),
        "{}",
        answer.text
    );
    assert_eq!(answer.text.matches("R-0001 (").count(), 1, "said once: {}", answer.text);
    assert_eq!(r.answer("002.eml").kind, "acknowledgement", "nothing is asked: {}", r.answer("002.eml").text);
    let pack = r.only("agenda");
    let mut sent = pack.hashes();
    let mut wanted = [new.sha256(), whole.sha256()];
    sent.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(sent, wanted, "{}", pack.text);
    assert!(pack.says("Emerging") && !pack.says("Experiencing"), "{}", pack.text);
    assert!(r.alerts("two papers").is_empty(), "{}", r.overview());
}

#[test]
fn mc_30_two_forms_of_one_day_in_one_mail_are_both_kept_and_admin_is_asked() {
    let (maisie, twin) = (child(71, "Maisie Thornquist"), child(72, "Rory Quillfeather"));
    let (one, other) = (rat(&maisie), rat(&maisie).rating("Emerging"));
    let mail = letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00")
        .file("a.xlsx", one.bytes())
        .file("b.xlsx", other.bytes())
        .file("c.xlsx", rat(&twin).dated("12/11/2026").bytes());
    let r = Story::new("surrey-rmm-se").about([&maisie, &twin]).mail(&mail).simulate("2026-11-19", "2026-11-24");
    assert_eq!(r.alerts("two papers for R-0001").len(), 1, "{}", r.overview());
    let answer = r.answer("001.eml");
    assert!(answer.says("Both of its forms in your mail are kept, because neither is dated later; admin has been asked which one holds (rule MC-30)."), "{}", answer.text);
    let pack = r.only("agenda");
    assert_eq!(pack.files.len(), 3, "{}", pack.text);
    assert!(pack.says("Two papers"), "{}", pack.text);
}
