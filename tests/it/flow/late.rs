//! What comes late: the next meeting, the chair's word, and the difference between a late paper and a late child.

use crate::harness::{Story, addresses, ce_assessment, child, letter, rat, same_second};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NADIA: &str = "nadia.coverdale@st-helens.example";

#[test]
fn mc_22_a_late_child_at_very_high_risk_is_put_before_the_chair_at_once() {
    let (very_high, urgent) = (child(20, "Maisie Thornquist"), child(21, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&very_high, &urgent])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T19:30:00").form(&rat(&very_high).rating("Experiencing")))
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-23T20:00:00")
                .body("This cannot wait, he is at immediate risk tonight.")
                .form(&rat(&urgent)),
        )
        .simulate("2026-11-23", "2026-11-25T09:00:00");
    for (file, case, time) in [("001.eml", "R-0001", "19:30:00"), ("002.eml", "R-0002", "20:00:00")] {
        assert_eq!(r.message(file).meeting_id.as_deref(), Some("surrey-rmm-se/2026-12-02"));
        let alerts = r.alerts(&format!("late paper for {case}: admit it to Wed 25 November 2026?"));
        assert_eq!(alerts.len(), 1, "{}", r.overview());
        let told = ["emil.draycott@surrey.example", "dana.mawson@surrey.example", "rmm-se.duty@surrey.example"];
        assert_eq!(alerts[0].to, addresses(told), "chair, deputy chair and duty");
        same_second(alerts[0].at, &format!("2026-11-23T{time}"));
        assert!(alerts[0].says(&format!("dutyclerk meeting admit surrey-rmm-se/2026-11-25 {case}")));
        assert!(r.answer(file).says("The chair has been asked whether to admit it to Wed 25 November 2026."));
    }
}

#[test]
fn mc_22_a_second_late_paper_that_raises_a_waiting_child_to_very_high_risk_is_put_before_the_chair_at_once() {
    let maisie = child(28, "Maisie Thornquist");
    let (this, next) = ("surrey-rmm-se/2026-11-25", "surrey-rmm-se/2026-12-02");
    let first = rat(&maisie).dated("20/11/2026").rating("Significant");
    let second = rat(&maisie).dated("24/11/2026").rating("Experiencing");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T19:30:00").form(&first))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-24T10:16:00").form(&second))
        .live("2026-11-23", "2026-11-26");
    live.until("2026-11-24T12:00:00");
    let r = live.so_far();
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some(next));
    let alerts = r.alerts("late paper for R-0001: admit it to Wed 25 November 2026?");
    assert_eq!(alerts.len(), 1, "{}", r.overview());
    let told = ["emil.draycott@surrey.example", "dana.mawson@surrey.example", "rmm-se.duty@surrey.example"];
    assert_eq!(alerts[0].to, addresses(told), "chair, deputy chair and duty");
    same_second(alerts[0].at, "2026-11-24T10:16:00");
    assert!(alerts[0].says(&format!("dutyclerk meeting admit {this} R-0001")), "{}", alerts[0].text);
    let answer = r.answer("002.eml");
    assert!(answer.says("Late: it came after the cut-off of Mon 23 November 2026 at 10:00"), "{}", answer.text);
    assert!(answer.says("The chair has been asked whether to admit it to Wed 25 November 2026."), "{}", answer.text);
    assert!(!answer.says("On time"), "{}", answer.text);

    live.admit(this, "R-0001");
    let r = live.finish();
    assert_eq!(r.for_meeting("supplement", this)[0].hashes(), [second.sha256()], "{}", r.overview());
    assert_eq!(r.for_meeting("invitation-cancel", next).len(), 1, "{}", r.overview());
}

#[test]
fn mc_22_at_st_helens_deputy_and_duty_hear_of_it_too_where_only_the_chair_was_asked_about_the_first() {
    let rory = child(29, "Rory Quillfeather");
    let lower = ce_assessment(&rory).dated("10/11/2026").outcome(3);
    let higher = ce_assessment(&rory).dated("12/11/2026");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T11:00:00").form(&lower))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-14T11:00:00").form(&higher))
        .simulate("2026-11-10", "2026-11-17T09:00:00");
    let asked = r.alerts("late paper for R-0001: admit it to Tue 17 November 2026?");
    assert_eq!(asked.len(), 2, "{}", r.overview());
    assert_eq!(asked[0].to, addresses(["amira.ashdown@st-helens.example"]), "not yet very high: the chair (MC-31)");
    let told = ["amira.ashdown@st-helens.example", "rowan.tyldesley@st-helens.example", "mace.duty@st-helens.example"];
    assert_eq!(asked[1].to, addresses(told));
    same_second(asked[1].at, "2026-11-14T11:00:00");
    assert!(asked[1].says("dutyclerk meeting admit st-helens-mace/2026-11-17 R-0001"), "{}", asked[1].text);
    let answer = r.answer("002.eml");
    assert!(answer.says("The chair has been asked whether to admit it to Tue 17 November 2026."), "{}", answer.text);
}

#[test]
fn mc_22_an_update_that_is_on_time_for_the_review_of_a_child_at_very_high_risk_alerts_nobody() {
    let maisie = child(30, "Maisie Thornquist");
    let form = |dated| rat(&maisie).dated(dated).rating("Experiencing");
    // Heard on 4 November; its review is due in 28 days, on 2 December.
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-10-30T09:30:00").form(&form("28/10/2026")))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-24T10:16:00").form(&form("23/11/2026")))
        .simulate("2026-10-29", "2026-11-26");
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-12-02"));
    assert!(r.alerts("late paper").is_empty(), "{}", r.overview());
    assert!(r.answer("002.eml").says("On time for the meeting of Wed 2 December 2026"), "{}", r.overview());
}

#[test]
fn mc_31_a_late_paper_at_st_helens_is_provisional_and_goes_by_supplement_once_the_chair_admits_it() {
    let (on_time, late) = (child(22, "Maisie Thornquist"), child(23, "Rory Quillfeather"));
    let (this, next) = ("st-helens-mace/2026-11-17", "st-helens-mace/2026-12-01");
    let mut live = Story::new("st-helens-mace")
        .about([&on_time, &late])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:30:00").form(&ce_assessment(&on_time)))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T14:05:00").form(&ce_assessment(&late).dated("10/11/2026")))
        .live("2026-11-10", "2026-11-18");
    live.until("2026-11-13T15:00:00");
    let before = live.so_far();
    assert_eq!(before.message("002.eml").meeting_id.as_deref(), Some(next));
    let answer = before.answer("002.eml");
    assert!(
        answer.says("Late: it came after the cut-off of Thu 12 November 2026 at 23:59 for the meeting of Tue 17 November 2026 (rule MC-31). The child is provisionally on the meeting of Tue 1 December 2026 at 10:00. The chair has been asked whether to admit it to Tue 17 November 2026."),
        "{}",
        answer.text
    );
    let asked = before.alerts("late paper for R-0002: admit it to Tue 17 November 2026?");
    assert_eq!(asked.len(), 1);
    same_second(asked[0].at, "2026-11-13T14:05:00");
    let told = ["amira.ashdown@st-helens.example", "rowan.tyldesley@st-helens.example", "mace.duty@st-helens.example"];
    assert_eq!(asked[0].to, addresses(told), "very high on the panel's scale: deputy chair and duty too (MC-22)");
    assert!(before.of("supplement").is_empty());
    assert_eq!(before.for_meeting("invitation", next).len(), 1);

    live.admit(this, "R-0002");
    let r = live.finish();
    let supplement = r.only("supplement");
    same_second(supplement.at, "2026-11-13T15:10:01");
    assert_eq!(supplement.to, r.only("agenda").to);
    assert_eq!(
        supplement.files,
        [("02-R-0002-assessment.xlsx".to_owned(), ce_assessment(&late).dated("10/11/2026").sha256())]
    );
    assert!(supplement.says("Admitted by the chair."), "{}", supplement.text);
    // The later meeting's invitation is cancelled, one for this meeting is sent.
    let cancelled = r.for_meeting("invitation-cancel", next);
    assert_eq!(cancelled.len(), 1);
    assert_eq!(cancelled[0].calendar.as_ref().unwrap().1, "CANCEL");
    let invited: Vec<_> =
        r.for_meeting("invitation", this).into_iter().filter(|m| m.children.contains("R-0002")).collect();
    assert_eq!(invited.len(), 1);
    assert_eq!(invited[0].to, addresses([NADIA]));
    // The child has its extract and its slot, at the end.
    let extract: Vec<_> = r.of("extract").into_iter().filter(|m| m.children.contains("R-0002")).collect();
    assert_eq!(extract.len(), 1);
    assert_eq!(extract[0].subject, "MACE: please come for R-0002, Tue 17 November 2026 at 10:15");
}

#[test]
fn mc_31_admitted_before_the_pack_it_is_in_the_pack() {
    let late = child(24, "Rory Quillfeather");
    let mut live = Story::new("st-helens-mace")
        .about([&late])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T09:05:00").form(&ce_assessment(&late)))
        .live("2026-11-10", "2026-11-18");
    live.until("2026-11-13T10:00:00");
    live.admit("st-helens-mace/2026-11-17", "R-0001");
    let r = live.finish();
    assert_eq!(r.only("agenda").hashes(), [ce_assessment(&late).sha256()]);
    assert!(r.only("agenda").says("Admitted by the chair."));
    assert!(r.of("supplement").is_empty(), "{}", r.overview());
}

#[test]
fn sy_07_a_late_paper_is_not_a_late_child() {
    let maisie = child(25, "Maisie Thornquist");
    let newer = rat(&maisie).dated("20/11/2026").rating("Emerging");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T11:00:00").form(&newer))
        .live("2026-11-20", "2026-11-26");
    live.until("2026-11-23T16:00:00");
    let r = live.so_far();
    assert_eq!(r.message("002.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-11-25"), "the child stays (MC-30)");
    assert_eq!(r.only("agenda").hashes(), [rat(&maisie).sha256()]);
    assert!(r.of("supplement").is_empty(), "a tabled paper waits for the chair");
    let answer = r.answer("002.eml");
    assert!(
        answer.says("The child is heard on Wed 25 November 2026 at 10:00 as planned. This paper came after the cut-off of Mon 23 November 2026 at 10:00 (rule MC-30), so it does not go with the papers; the chair decides whether it is tabled."),
        "{}",
        answer.text
    );
    let tabled = r.alerts("tabled paper for R-0001");
    assert_eq!(tabled.len(), 1, "{}", r.overview());
    assert_eq!(tabled[0].to, addresses(["emil.draycott@surrey.example"]));
    same_second(tabled[0].at, "2026-11-23T11:00:00");

    live.admit("surrey-rmm-se/2026-11-25", "R-0001");
    let r = live.finish();
    let supplement = r.only("supplement");
    assert_eq!(supplement.hashes(), [newer.sha256()]);
    let waits =
        |mail: &&&crate::harness::Sent| mail.says("waits for the chair") || mail.says("has not gone to the panel yet");
    let extract = r.of("extract").into_iter().filter(|mail| mail.at >= supplement.at).collect::<Vec<_>>();
    assert!(!extract.is_empty() && supplement.says("Admitted by the chair"), "{}", r.overview());
    assert!(extract.iter().chain(&[supplement]).find(waits).is_none(), "it waits no more: {}", r.overview());
    assert_eq!(supplement.to, r.for_meeting("agenda", "surrey-rmm-se/2026-11-25")[0].to);
    assert_eq!(r.for_meeting("agenda", "surrey-rmm-se/2026-11-25").len(), 1, "never a second pack");
}

#[test]
fn sy_07_between_cutoff_and_meeting_a_referral_goes_to_the_week_after() {
    let (before, after) = (child(26, "Maisie Thornquist"), child(27, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&before, &after])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-25T09:59:59").form(&rat(&before)))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-25T10:00:00").form(&rat(&after)))
        .simulate("2026-11-24", "2026-12-01");
    let pack = r.for_meeting("agenda", "surrey-rmm-se/2026-12-02");
    assert_eq!(pack.len(), 1);
    assert_eq!(pack[0].hashes(), [rat(&before).sha256(), rat(&after).sha256()]);
    assert!(r.answer("001.eml").says("Late: it came after the cut-off"));
    assert!(r.answer("002.eml").says("On time for the meeting of Wed 2 December 2026"), "that meeting has begun");
}

#[test]
fn mc_30_a_correction_of_what_was_sent_goes_at_once_and_recalls_it_by_name() {
    let (maisie, rory) = (child(33, "Maisie Thornquist"), child(34, "Rory Quillfeather"));
    let (wrong, right) = (rat(&maisie).dated("18/11/2026"), rat(&maisie).dated("18/11/2026").set("Gender", "Girl"));
    let later = rat(&rory).dated("20/11/2026");
    let correction = letter("surrey-rmm-se", VIKTOR, "2026-11-23T12:00:00").body(
        "CORRECTION: the RAT I sent had the wrong NHS number. Correct one attached, please destroy the earlier one.",
    );
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:30:00").form(&wrong))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:40:00").form(&rat(&rory).dated("18/11/2026")))
        .mail(&correction.form(&right))
        // One that says nothing of a correction is the chair's to admit.
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T12:05:00").form(&later))
        .simulate("2026-11-18", "2026-11-24T18:00:00");
    let pack = r.only("agenda");
    let supplement = r.only("supplement");
    assert_eq!((&supplement.to, supplement.hashes()), (&pack.to, vec![right.sha256().as_str()]), "{}", r.overview());
    assert!(
        supplement.says("CORRECTED PAPER") && supplement.says("Delete the earlier 01-R-0001-assessment"),
        "{}",
        supplement.text
    );
    let after = |kind: &str| {
        let all = r.of(kind).into_iter().filter(|m| m.children.contains("R-0001") && m.at > pack.at);
        all.map(|m| (m.to.clone(), m.clone())).collect::<Vec<_>>()
    };
    let health: std::collections::BTreeSet<_> = r.of("health-copy").iter().flat_map(|m| m.to.clone()).collect();
    let again: std::collections::BTreeSet<_> = after("health-copy").iter().flat_map(|(to, _)| to.clone()).collect();
    assert_eq!(health, again, "everybody who had it: {}", r.overview());
    for (_, mail) in after("health-copy").iter().chain(&after("extract")) {
        assert!(mail.says("Please delete the earlier one (rule MC-30)"), "{}: {}", mail.kind, mail.text);
    }
    assert!(!after("extract").is_empty() && !pack.says("Please delete"), "{}", r.overview());
    assert!(
        r.answer("003.eml").says("goes to the panel's members in a supplement (rule MC-3"),
        "{}",
        r.answer("003.eml").text
    );
}

#[test]
fn mc_30_what_a_tabled_paper_says_of_the_child_does_not_hold_before_the_chair_admits_it() {
    let rory = child(31, "Rory Quillfeather");
    let (this, lower) = ("st-helens-mace/2026-11-17", ce_assessment(&rory).dated("10/11/2026").outcome(3));
    let higher = ce_assessment(&rory).dated("12/11/2026").outcome(1);
    // After the cut-off of Thursday, before the pack of Friday.
    let story = || {
        Story::new("st-helens-mace")
            .about([&rory])
            .mail(&letter("st-helens-mace", NADIA, "2026-11-11T11:00:00").form(&lower))
            .mail(&letter("st-helens-mace", NADIA, "2026-11-13T09:05:00").form(&higher))
            .live("2026-11-10", "2026-11-18")
    };
    let r = story().finish();
    let agenda = r.only("agenda");
    assert_eq!(agenda.contents, [lower.bytes()], "{}", r.overview());
    assert!(agenda.says("Child may be being exploited") && !agenda.says("Child is being exploited"), "{}", agenda.text);

    let mut live = story();
    live.until("2026-11-13T10:00:00");
    live.admit(this, "R-0001");
    let r = live.finish();
    let agenda = r.only("agenda");
    assert!(agenda.says("Child is being exploited"), "{}", agenda.text);
}

#[test]
fn mc_03_the_review_of_a_child_follows_from_the_papers_it_was_heard_with_and_not_from_one_that_came_late() {
    let maisie = child(32, "Maisie Thornquist");
    let heard = rat(&maisie).dated("18/11/2026").rating("Experiencing");
    let late = rat(&maisie).dated("23/11/2026").rating("Minimal");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&heard))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T11:00:00").form(&late))
        .simulate("2026-11-20", "2026-12-05");
    let asked = r.of("query");
    assert!(asked.iter().any(|query| query.says("Wed 23 December 2026")), "{}", r.overview());
    assert!(r.alerts("R-0001 has no next review").is_empty(), "{}", r.overview());
}

#[test]
fn sy_07_a_late_paper_that_nobody_admitted_goes_with_the_next_meeting_of_its_child() {
    let maisie = child(33, "Maisie Thornquist");
    let heard = rat(&maisie).dated("18/11/2026").rating("Emerging");
    let late = rat(&maisie).dated("23/11/2026").rating("Experiencing");
    let record = crate::harness::recording(&maisie).rating("Emerging").set("Date of next RMM/MACE", "02/12/2026");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&heard))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T11:00:00").form(&late))
        .mail(&letter("surrey-rmm-se", "graham.rimmer@surrey.example", "2026-11-25T15:00:00").form(&record))
        .simulate("2026-11-20", "2026-12-01");
    for (meeting, form) in [("surrey-rmm-se/2026-11-25", &heard), ("surrey-rmm-se/2026-12-02", &late)] {
        assert_eq!(r.for_meeting("agenda", meeting)[0].hashes(), [form.sha256()], "{}", r.overview());
    }
    assert!(r.journal.contains("\"paper.moved\",\"rule\":\"SY-07\""), "{}", r.journal);
}

#[test]
fn sy_07_a_late_paper_that_nobody_admitted_goes_with_a_meeting_at_which_its_child_was_to_be_heard_already() {
    let maisie = child(35, "Maisie Thornquist");
    let heard = rat(&maisie).dated("04/11/2026").rating("Emerging");
    let sooner = rat(&maisie).dated("12/11/2026").rating("Significant");
    let record = crate::harness::recording(&maisie).rating("Emerging").set("Date of next RMM/MACE", "02/12/2026");
    let late = rat(&maisie).dated("16/11/2026").rating("Experiencing");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-05T09:30:00").form(&heard))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-12T09:30:00").form(&sooner))
        .mail(&letter("surrey-rmm-se", "graham.rimmer@surrey.example", "2026-11-13T11:00:00").form(&record))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-16T19:00:00").form(&late))
        .simulate("2026-11-05", "2026-12-02T09:00:00");
    let packs = [
        ("surrey-rmm-se/2026-11-11", &heard),
        ("surrey-rmm-se/2026-11-18", &sooner),
        ("surrey-rmm-se/2026-12-02", &late),
    ];
    for (meeting, form) in packs {
        assert_eq!(r.for_meeting("agenda", meeting)[0].hashes(), [form.sha256()], "{meeting} {}", r.overview());
    }
    let agenda = r.for_meeting("agenda", "surrey-rmm-se/2026-12-02")[0];
    assert!(agenda.says("Experiencing"), "{}", agenda.text);
}

#[test]
fn mc_30_an_incomplete_late_paper_says_nothing_of_the_child_either() {
    let rory = child(34, "Rory Quillfeather");
    let lower = ce_assessment(&rory).dated("10/11/2026").outcome(3);
    let higher = ce_assessment(&rory).dated("12/11/2026").outcome(1).set("Type of assessment", "");
    let r = Story::new("st-helens-mace")
        .about([&rory])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T11:00:00").form(&lower))
        .mail(&letter("st-helens-mace", NADIA, "2026-11-13T09:05:00").form(&higher))
        .simulate("2026-11-10", "2026-11-18");
    assert_eq!(r.held[0].kind, "missing_field", "{}", r.overview());
    let agenda = r.only("agenda");
    assert!(agenda.says("Child may be being exploited") && !agenda.says("Child is being exploited"), "{}", agenda.text);
}

#[test]
fn mc_03_a_late_paper_that_raises_the_rating_brings_the_review_that_the_program_sets_nearer() {
    let maisie = child(36, "Maisie Thornquist");
    let heard = rat(&maisie).dated("18/11/2026").rating("Emerging");
    let late = rat(&maisie).dated("23/11/2026").rating("Experiencing");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:30:00").form(&heard))
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-23T11:00:00").form(&late))
        .simulate("2026-11-20", "2026-12-22");
    let asked = r.of("query");
    assert!(asked.iter().any(|query| query.says("Wed 23 December 2026")), "{}", r.overview());
    let review = r.for_meeting("invitation", "surrey-rmm-se/2026-12-23");
    assert!(review.iter().any(|mail| mail.children.contains("R-0001")), "{}", r.overview());
    // There it is heard with the late paper.
    assert_eq!(r.for_meeting("agenda", "surrey-rmm-se/2026-12-23")[0].hashes(), [late.sha256()], "{}", r.overview());
}
