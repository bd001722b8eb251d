//! Who is answered, and how much.

use crate::command::change;
use crate::harness::{Story, addresses, ce_assessment, child, letter, rat, same_second};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const WENDY: &str = "wendy.blenkin@surrey.example";

#[test]
fn sy_40_spoofed_and_unlisted_senders_are_held_and_not_answered() {
    let (maisie, rory) = (child(70, "Maisie Thornquist"), child(71, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").spoofed().form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", "someone@elsewhere.example", "2026-11-20T10:00:00").form(&rat(&rory)))
        .simulate("2026-11-19", "2026-11-26");
    assert_eq!(r.fates(), [("001.eml", "held"), ("002.eml", "held")]);
    let kinds: Vec<_> = r.held.iter().map(|h| h.kind.as_str()).collect();
    assert_eq!(kinds, ["unauthenticated_sender", "unlisted_sender"]);
    assert!(r.to(VIKTOR).is_empty() && r.to("someone@elsewhere.example").is_empty(), "{}", r.overview());
    assert!(r.of("acknowledgement").is_empty() && r.of("query").is_empty());
    assert!(r.only("agenda").files.is_empty());
    assert_eq!(r.alerts("held for you").len(), 2);
    assert_eq!(r.alerts("held for you")[0].to, addresses(["graham.rimmer@surrey.example"]));
}

#[test]
fn sy_40_a_sender_whose_domain_only_looks_like_a_trusted_one_is_told_apart_from_a_stranger() {
    let (maisie, rory) = (child(74, "Maisie Thornquist"), child(75, "Rory Quillfeather"));
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", "viktor.sowerby@surey.example", "2026-11-20T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", "someone@elsewhere.example", "2026-11-20T10:00:00").form(&rat(&rory)))
        .simulate("2026-11-19", "2026-11-26");
    assert_eq!(r.fates(), [("001.eml", "held"), ("002.eml", "held")]);
    let told = r.alerts("held for you");
    let words = "its domain only looks like surrey.example, which is how people are deceived";
    assert!(told[0].says(words), "{}", told[0].text);
    assert!(!told[1].says("only looks like"), "{}", told[1].text);
}

#[test]
fn sy_40_a_spoofed_mail_that_came_on_time_stays_on_time_once_released() {
    let maisie = child(72, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-20T09:00:00").spoofed().form(&rat(&maisie)))
        .live("2026-11-19", "2026-11-26");
    live.until("2026-11-23T14:00:00");
    live.release("H-0001", dutyclerk::daemon::Release::default());
    let r = live.finish();
    assert_eq!(r.message("001.eml").meeting_id.as_deref(), Some("surrey-rmm-se/2026-11-25"));
    assert_eq!(r.only("supplement").hashes(), [rat(&maisie).sha256()]);
}

#[test]
fn rfc_3834_automatic_mail_is_never_answered() {
    let report = "--b\r\nContent-Type: text/plain\r\n\r\nDelivery failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.nhs.example\r\n\r\nFinal-Recipient: rfc822; team-se@camhs.nhs.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n";
    let reply = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1@surrey.example\r\nDTSTAMP:20261119T090000Z\r\n\
        DTSTART:20261125T100000Z\r\nATTENDEE;PARTSTAT=DECLINED:mailto:viktor.sowerby@surrey.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let r = Story::new("surrey-rmm-se")
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00")
                .subject("Automatic reply: agenda and papers")
                .header("Auto-Submitted", "auto-replied")
                .body("I am away until Monday."),
        )
        .mail(
            &letter("surrey-rmm-se", "MAILER-DAEMON@nhs.example", "2026-11-19T10:00:00")
                .header("Auto-Submitted", "auto-replied")
                .content("multipart/report; report-type=delivery-status; boundary=b", report),
        )
        .mail(
            &letter("surrey-rmm-se", VIKTOR, "2026-11-19T11:00:00")
                .content("text/calendar; method=REPLY; charset=utf-8", reply),
        )
        .mail(&letter("surrey-rmm-se", "rmm-se@surrey.example", "2026-11-19T12:00:00").subject("Agenda and papers"))
        .simulate("2026-11-19", "2026-11-20");
    assert_eq!(
        r.fates(),
        [("001.eml", "ignored"), ("002.eml", "bounce"), ("003.eml", "calendar_reply"), ("004.eml", "ignored")]
    );
    assert!(r.of("acknowledgement").is_empty() && r.of("query").is_empty(), "{}", r.overview());
    assert!(r.held.is_empty());
}

#[test]
fn a_partner_agency_is_told_that_it_was_received_and_nothing_more() {
    let maisie = child(73, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", "A Nurse <a.nurse@ward.nhs.example>", "2026-11-20T09:00:00").form(&rat(&maisie)))
        .simulate("2026-11-19", "2026-11-26");
    assert_eq!(r.fates(), [("001.eml", "accepted")]);
    let answer = r.answer("001.eml");
    same_second(answer.at, "2026-11-20T09:00:00");
    assert_eq!(answer.to, addresses(["a.nurse@ward.nhs.example"]));
    assert!(answer.says("A person will read it and answer you.") && answer.says("ring 999"), "{}", answer.text);
    for secret in ["R-0001", "M.T.", "25 November", "cut-off", "10:00"] {
        assert!(!answer.text.contains(secret) && !answer.subject.contains(secret), "{secret}: {}", answer.text);
    }
    // The worker named on the form is listed: invited, and has the extract (MC-34); the nurse does not.
    assert_eq!(r.only("invitation").to, addresses([VIKTOR]));
    assert_eq!(r.only("extract").to, addresses([VIKTOR]));
    assert_eq!(r.to("a.nurse@ward.nhs.example").len(), 1);
}

#[test]
fn mc_34_a_manager_who_forwards_and_the_worker_on_the_form_are_both_invited() {
    let maisie = child(74, "Maisie Thornquist");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", "keir.nettleton@surrey.example", "2026-11-20T09:00:00").form(&rat(&maisie)))
        .simulate("2026-11-19", "2026-11-26");
    let invited: Vec<_> = r.of("invitation").into_iter().flat_map(|m| m.to.clone()).collect();
    assert_eq!(addresses(invited.iter().map(String::as_str)), addresses([VIKTOR, "keir.nettleton@surrey.example"]));
    assert_eq!(r.of("extract").len(), 2);
    assert_eq!(r.answer("001.eml").to, addresses(["keir.nettleton@surrey.example"]));
}

#[test]
fn mc_34_whoever_sent_the_first_paper_stays_a_contact_when_another_worker_sends_the_next() {
    let maisie = child(77, "Maisie Thornquist");
    let update = rat(&maisie).set("Summary of concerns", "An update: seen at the station again.");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", WENDY, "2026-11-20T09:00:00").form(&update))
        .simulate("2026-11-18", "2026-11-24");
    for kind in ["invitation", "extract", "invitation-update"] {
        let to: Vec<_> = r.of(kind).into_iter().flat_map(|mail| mail.to.clone()).collect();
        assert_eq!(addresses(to.iter().map(String::as_str)), addresses([VIKTOR, WENDY]), "{kind}: {}", r.overview());
    }
}

#[test]
fn op_13_a_sender_who_has_had_the_days_answers_is_not_answered_and_the_owner_hears_of_it_once() {
    let children = [child(78, "Maisie Thornquist"), child(79, "Rory Quillfeather"), child(80, "Alfie Marchbanks")];
    let mut story = Story::new("surrey-rmm-se").about(&children);
    let most = "most_answers_a_sender_and_day = ";
    change(&story.path("dutyclerk.toml"), &format!("{most}40"), &format!("{most}1"));
    for (child, hour) in children.iter().zip(9..) {
        let arrives = format!("2026-11-19T{hour:02}:00:00");
        story = story.mail(&letter("surrey-rmm-se", VIKTOR, &arrives).form(&rat(child)));
    }
    let r = story.simulate("2026-11-18", "2026-11-21");
    assert_eq!(r.of("acknowledgement").len(), 1, "{}", r.overview());
    assert!(r.fates().iter().all(|(_, fate)| *fate == "accepted"));
    let told = r.alerts("has no answer");
    assert!(told.len() == 1 && told[0].says("M-000002") && told[0].says("(rule OP-13)"), "{}", r.overview());
}

#[test]
fn sh_23_urgent_wording_reaches_duty_at_once_out_of_hours() {
    let (maisie, rory) = (child(75, "Maisie Thornquist"), child(76, "Rory Quillfeather"));
    let from = "nadia.coverdale@st-helens.example";
    let r =
        Story::new("st-helens-mace")
            .about([&maisie, &rory])
            // A Saturday night, and a note that only the form's own words would make urgent.
            .mail(
                &letter("st-helens-mace", from, "2026-11-07T23:41:00")
                    .body("She is at immediate risk of serious harm tonight and has gone missing.")
                    .form(&ce_assessment(&maisie)),
            )
            .mail(&letter("st-helens-mace", from, "2026-11-08T10:00:00").form(
                &ce_assessment(&rory).set("Analysis", "Strategy meeting held. Immediate risk, police protection."),
            ))
            .simulate("2026-11-07", "2026-11-10");
    let urgent = r.alerts("urgent wording in M-000001");
    assert_eq!(urgent.len(), 1, "{}", r.overview());
    same_second(urgent[0].at, "2026-11-07T23:41:00");
    assert_eq!(urgent[0].to, addresses(["mace.duty@st-helens.example"]));
    assert_eq!(r.alerts("urgent").len(), 1, "words in a form are in nearly every form");
    let answer = r.answer("001.eml");
    same_second(answer.at, "2026-11-07T23:41:00");
    assert!(
        answer.says("If a child is in immediate danger ring 999, then St Helens children's services on 01632 960 010 (out of hours 01632 960 011). This mailbox is not an emergency route."),
        "{}",
        answer.text
    );
}

#[test]
fn sh_05_an_initial_assessment_with_outcome_four_is_recorded_and_on_no_agenda() {
    let (maisie, rory) = (child(77, "Maisie Thornquist"), child(78, "Rory Quillfeather"));
    let from = "nadia.coverdale@st-helens.example";
    let review = ce_assessment(&rory).outcome(4).set("Type of assessment", "☐ Initial   ☒ Review   ☐ Closure");
    let r = Story::new("st-helens-mace")
        .about([&maisie, &rory])
        .mail(&letter("st-helens-mace", from, "2026-11-10T09:00:00").form(&ce_assessment(&maisie).outcome(4)))
        .mail(&letter("st-helens-mace", from, "2026-11-10T10:00:00").form(&review))
        .simulate("2026-11-09", "2026-11-18");
    assert_eq!(r.fates(), [("001.eml", "accepted"), ("002.eml", "accepted")], "{}", r.overview());
    let answer = r.answer("001.eml");
    assert_eq!(answer.kind, "acknowledgement");
    assert!(
        answer.says("R-0001 (M.T.): Received and recorded. The panel does not hear an initial assessment with this outcome (rule SH-05), so the child is on no agenda."),
        "{}",
        answer.text
    );
    assert_eq!(answer.subject, "MACE: received R-0001");
    // A review is heard whatever its outcome.
    assert_eq!(r.only("agenda").hashes(), [review.sha256()]);
    assert_eq!(r.of("invitation").len(), 1);
}

#[test]
fn sh_05_a_child_on_no_agenda_is_on_none_three_months_later_and_an_announced_one_is_expected_no_more() {
    let (maisie, orla) = (child(79, "Maisie Thornquist"), child(80, "Orla Penhallow"));
    let from = "nadia.coverdale@st-helens.example";
    let flag = format!("A CSE flag has been added for {} (DOB {}).\n", orla.name, orla.born.strftime("%d/%m/%Y"));
    let form = |of| ce_assessment(of).outcome(4);
    let r = Story::new("st-helens-mace")
        .about([&maisie, &orla])
        .mail(&letter("st-helens-mace", from, "2026-11-10T09:00:00").form(&form(&maisie)))
        .mail(&letter("st-helens-mace", from, "2026-11-10T10:00:00").content("text/plain; charset=utf-8", &flag))
        .mail(&letter("st-helens-mace", from, "2026-11-11T10:00:00").form(&form(&orla)))
        .simulate("2026-11-09", "2027-05-20");
    assert_eq!(r.fates().iter().filter(|(_, fate)| *fate == "accepted").count(), 3, "{}", r.overview());
    for mail in r.of("agenda") {
        assert!(mail.children.is_empty(), "{} {}", mail.meeting, mail.text);
    }
    assert!(r.alerts("still no assessment").is_empty(), "{}", r.overview());
    let reviews: Vec<_> = r.of("reminder").iter().map(|mail| mail.subject.clone()).collect();
    assert!(reviews.iter().all(|subject| !subject.contains("six months")), "{reviews:?}");
}

/// On time is on time, whoever sends it: the pack says that something may follow, and duty is told before it goes.
#[test]
fn mc_32_a_form_from_a_sender_nobody_vouches_for_is_a_paper_that_may_follow_and_duty_gets_no_code() {
    let (maisie, rory) = (child(260, "Maisie Thornquist"), child(261, "Rory Quillfeather"));
    let viktor = "viktor.sowerby@surrey.example";
    let stranger = "someone@elsewhere.example";
    let marked = rat(&rory).set("Additional risks", "Not for disclosure: a source names the flat in Castle Row.");
    let r = Story::new("surrey-rmm-se")
        .about([&maisie, &rory])
        .mail(&letter("surrey-rmm-se", viktor, "2026-11-19T09:00:00").spoofed().form(&rat(&maisie)))
        .mail(&letter("surrey-rmm-se", stranger, "2026-11-19T09:10:00").body("Buy our chairs"))
        .mail(&letter("surrey-rmm-se", viktor, "2026-11-19T09:20:00").form(&marked))
        .simulate("2026-11-18", "2026-11-23T12:00:00");
    let kinds: Vec<_> = r.held.iter().map(|held| (held.kind.as_str(), held.meeting_id.is_some())).collect();
    assert_eq!(
        kinds,
        [("unauthenticated_sender", true), ("unlisted_sender", false), ("sensitive", true)],
        "{}",
        r.overview()
    );
    let pack = r.only("agenda");
    assert!(pack.says("1 paper came on time and could not be matched to a child yet (M-000001)."), "{}", pack.text);
    let told = r.alerts("held, pack in 2 working hours");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert_eq!(told[0].to, addresses(["rmm-se.duty@surrey.example"]));
    assert!(told[0].says("Still held for it: H-0001.") && !told[0].says("H-0003"), "SY-21: {}", told[0].text);
    assert!(!told[0].says("code") && !told[0].says("Let it through"), "duty may not settle it: {}", told[0].text);
}
