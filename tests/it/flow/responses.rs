//! What comes back about mail of ours: answers to invitations (SY-14, SH-11) and delivery reports (RFC 3464).

use crate::harness::{
    Begin, Letter, Live, Results, Sent, Story, addresses, ce_assessment, child, letter, rat, same_second,
};

const VIKTOR: &str = "viktor.sowerby@surrey.example";
const NADIA: &str = "nadia.coverdale@st-helens.example";

/// What the invitation's calendar part says of a property.
pub(super) fn property(mail: &Sent, name: &str) -> String {
    let text = mail.calendar.as_ref().unwrap().0.replace("\r\n ", "");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:"))).unwrap();
    line.trim().to_owned()
}

/// An answer to that invitation, as Outlook writes it.
pub(super) fn reply(to: &Sent, from: Letter, attendee: &str, says: &str) -> Letter {
    reply_to(&property(to, "UID"), &property(to, "SEQUENCE"), from, attendee, &format!("PARTSTAT={says}"))
}

fn reply_to(uid: &str, sequence: &str, from: Letter, attendee: &str, params: &str) -> Letter {
    reply_saying("", uid, sequence, from, attendee, params)
}

fn reply_saying(words: &str, uid: &str, sequence: &str, from: Letter, attendee: &str, params: &str) -> Letter {
    let ics = format!(
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nPRODID:Microsoft Exchange Server 2010\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n\
         ATTENDEE;{params}:mailto:{attendee}\r\nUID:{uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:20261121T101112Z\r\n\
         DTSTART:20261125T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n--b\r\nContent-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n\
         {ics}\r\n--b--\r\n"
    );
    from.content("multipart/alternative; boundary=b", &body)
}

fn partstats(results: &Results) -> usize {
    results.journal.matches("\"invitation.answered\"").count()
}

#[test]
fn sy_14_a_caseworker_who_declines_has_the_manager_asked_to_come_with_the_update_form() {
    let maisie = child(501, "Maisie Thornquist");
    let form = rat(&maisie).set("Manager", "Keir Nettleton");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&form))
        .live("2026-11-18", "2026-11-24T12:00:00");
    live.until("2026-11-20T17:00:00");
    let invitation = live.so_far().only("invitation").clone();
    assert_eq!(invitation.to, addresses([VIKTOR]), "the manager on the form is no contact before");
    // A Saturday.
    live.deliver(&reply(&invitation, letter("surrey-rmm-se", VIKTOR, "2026-11-21T11:00:00"), VIKTOR, "DECLINED"));
    // And once more, from the phone.
    live.deliver(&reply(&invitation, letter("surrey-rmm-se", VIKTOR, "2026-11-21T11:02:00"), VIKTOR, "DECLINED"));
    live.until("2026-11-23T09:30:00");
    let r = live.so_far();
    assert_eq!(r.fates()[1].1, "calendar_reply");
    let chase = r.only("reminder");
    assert_eq!(chase.to, addresses(["keir.nettleton@surrey.example"]), "{}", r.overview());
    same_second(chase.at, "2026-11-23T09:00:00");
    assert_eq!(chase.subject, "RMM South East: who presents R-0001 on Wed 25 November 2026?");
    assert!(chase.says("send the update form to this mailbox") && chase.says("(rule SY-14)"), "{}", chase.text);
    assert!(r.journal.contains("\"rule\":\"SY-14\",\"reason\":\"the slot is declined\""), "{}", r.journal);
    assert_eq!(partstats(&r), 2);
    let kept = live.ask(async |store| {
        let mut view = store.read().await.unwrap();
        let found = view.invitations_of_case("R-0001".parse().unwrap()).await.unwrap();
        found[0].partstat.clone().unwrap().0
    });
    assert_eq!(kept, "declined");
}

#[test]
fn sh_11_a_declined_mace_slot_asks_the_manager_or_an_advanced_practitioner() {
    let maisie = child(502, "Maisie Thornquist");
    let mut live = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:00:00").form(&ce_assessment(&maisie)))
        .live("2026-11-10", "2026-11-16T12:00:00");
    live.until("2026-11-11T12:00:00");
    let invitation = live.so_far().only("invitation").clone();
    live.deliver(&reply(&invitation, letter("st-helens-mace", NADIA, "2026-11-11T13:00:00"), NADIA, "DECLINED"));
    live.until("2026-11-11T14:00:00");
    let r = live.so_far();
    let chase = r.only("reminder");
    assert_eq!(chase.to, addresses(["idris.yardley@st-helens.example"]), "the manager the form names");
    assert!(chase.says("advanced practitioner") && chase.says("(rule SH-11)"), "{}", chase.text);
}

#[test]
fn an_acceptance_under_an_alias_is_kept_and_a_stranger_s_is_not() {
    let maisie = child(503, "Maisie Thornquist");
    let priya = "priya.quarmby@st-helens.example";
    let mut live = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", priya, "2026-11-11T09:00:00").form(&ce_assessment(&maisie)))
        .live("2026-11-10", "2026-11-16T12:00:00");
    live.until("2026-11-11T12:00:00");
    let invitation = live.so_far().only("invitation").clone();
    let at = |from, time: &str| letter("st-helens-mace", from, &format!("2026-11-11T{time}"));
    // Somebody else of the authority, by themselves; nobody we know; and an unvouched sender.
    live.deliver(&reply(&invitation, at(NADIA, "13:00:00"), NADIA, "DECLINED"));
    live.deliver(&reply(&invitation, at("x@elsewhere.example", "13:01:00"), "x@elsewhere.example", "DECLINED"));
    live.deliver(&reply(&invitation, at(priya, "13:02:00").spoofed(), priya, "DECLINED"));
    // Under the old address that the directory has as an alias.
    live.deliver(&reply(
        &invitation,
        at("c.oldname@st-helens.example", "13:03:00"),
        "c.oldname@st-helens.example",
        "ACCEPTED",
    ));
    live.until("2026-11-11T14:00:00");
    let r = live.so_far();
    assert!(r.of("reminder").is_empty(), "{}", r.overview());
    assert_eq!(r.journal.matches("\"invitation.not_matched\"").count(), 3, "{}", r.journal);
    assert!(r.journal.contains("the slot is accepted"), "{}", r.journal);
    let shown = r.alerts("answers an invitation, but which?");
    assert_eq!(shown.len(), 1, "only an answer from somebody known is put before a person: {}", r.overview());
    assert!(shown[0].says("it comes from somebody who was not invited"), "{}", shown[0].text);
}

/// Facts 4.8: a reply counts from whom it was asked of; what somebody else sends on does not.
#[test]
fn a_reply_that_somebody_else_sends_on_says_nothing_of_the_one_invited() {
    let maisie = child(507, "Maisie Thornquist");
    let mut live = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:00:00").form(&ce_assessment(&maisie)))
        .live("2026-11-10", "2026-11-16T12:00:00");
    live.until("2026-11-11T12:00:00");
    let invitation = live.so_far().only("invitation").clone();
    let at = |from, time: &str| letter("st-helens-mace", from, &format!("2026-11-11T{time}"));
    // A colleague, and a police officer who is known to the directory, with the caseworker's own calendar part.
    for (from, time) in [("owen.jessop@st-helens.example", "13:00:00"), ("priya.quarmby@st-helens.example", "13:01:00")]
    {
        live.deliver(&reply(&invitation, at(from, time), NADIA, "DECLINED"));
    }
    live.until("2026-11-11T13:30:00");
    let r = live.so_far();
    assert!(r.of("reminder").is_empty(), "{}", r.overview());
    assert_eq!(partstats(&r), 0, "{}", r.journal);
}

#[test]
fn rfc_5546_neither_a_delegate_nor_an_old_version_changes_anything_by_itself() {
    let maisie = child(504, "Maisie Thornquist");
    let mut live = Story::new("st-helens-mace")
        .about([&maisie])
        .mail(&letter("st-helens-mace", NADIA, "2026-11-11T09:00:00").form(&ce_assessment(&maisie)))
        .live("2026-11-10", "2026-11-16T16:00:00");
    // The pack has gone, and with it an update that carries the slot.
    live.until("2026-11-16T09:00:00");
    let r = live.so_far();
    let (first, update) = (r.only("invitation").clone(), r.only("invitation-update").clone());
    let at = |time: &str| letter("st-helens-mace", NADIA, &format!("2026-11-16T{time}"));
    live.deliver(&reply(&first, at("10:00:00"), NADIA, "DECLINED"));
    let delegation = "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:owen.jessop@st-helens.example\"";
    let (uid, sequence) = (property(&update, "UID"), property(&update, "SEQUENCE"));
    live.deliver(&reply_to(&uid, &sequence, at("10:05:00"), NADIA, delegation));
    live.until("2026-11-16T12:00:00");
    let r = live.so_far();
    assert!(r.of("reminder").is_empty(), "{}", r.overview());
    // Whether she comes at the new time nobody but she can say.
    let told = r.alerts("answers an invitation, but which?");
    assert!(told[0].says("it declines a time that has changed since"), "{}", r.overview());
    let told = r.alerts("somebody else is to come for R-0001");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert!(r.to("owen.jessop@st-helens.example").is_empty(), "a delegate is sent nothing");
}

pub(super) fn bounce(about: &Sent, whom: &str, from: Letter) -> Letter {
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nDelivery has failed to these recipients.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.nhs.example\r\n\r\n\
         Final-Recipient: rfc822; {whom}\r\nAction: failed\r\nStatus: 5.1.10\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{}>\r\nSubject: x\r\n--b--\r\n",
        about.message_id
    );
    from.content("multipart/report; report-type=delivery-status; boundary=b", &body)
}

/// A child whose pack goes to the health colleagues at 10:00.
pub(crate) fn health_copies(begin: Begin) -> Live {
    let maisie = child(505, "Maisie Thornquist");
    let story = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)));
    let mut live = begin(story, "2026-11-18", "2026-11-24T20:00:00");
    live.until("2026-11-23T12:00:00");
    live
}

/// That the one recipient of this health copy is without it was told once, then, and nobody else's is touched.
pub(crate) fn told_that_it_came_back(live: &Live, copy: &Sent, moment: &str, report: &str) {
    let r = live.so_far();
    let told = r.alerts("did not reach 1 of 1");
    assert_eq!(told.len(), 1, "{}", r.overview());
    // After hours, at once: a health colleague is without the paper.
    same_second(told[0].at, moment);
    assert!(told[0].says("came back for: ") && told[0].says("5.1.10") && told[0].says(report), "{}", told[0].text);
    assert!(copy.to.iter().all(|whom| !told[0].text.contains(whom)), "an alert names roles, not people");
    let number = copy.number.parse().unwrap();
    let states = live.ask(async |store| {
        let recipients = store.read().await.unwrap().recipients(number).await.unwrap();
        recipients.into_iter().map(|r| (r.state.to_string(), r.reply_class)).collect::<Vec<_>>()
    });
    assert_eq!(states, [("failed".to_owned(), Some("5.1.10".to_owned()))]);
}

/// A member's mail is sent on to an address that nobody here knows: one of them is without the papers.
#[test]
fn rfc_3464_a_pack_that_comes_back_from_an_address_we_did_not_write_to_is_told() {
    let mut live = health_copies(Story::live);
    let pack = live.so_far().only("agenda").clone();
    let postmaster = letter("surrey-rmm-se", "postmaster@nhs.example", "2026-11-23T18:30:00");
    live.deliver(&bounce(&pack, "sent.on@elsewhere.example", postmaster));
    live.until("2026-11-23T19:00:00");
    let r = live.so_far();
    let told = r.alerts("did not reach 1 of 5");
    assert_eq!(told.len(), 1, "{}", r.overview());
    assert!(told[0].says("somebody, under an address we did not write to"), "{}", told[0].text);
}

#[test]
fn rfc_3464_a_health_copy_that_comes_back_is_told_the_same_hour_and_nobody_else_s_is_touched() {
    let mut live = health_copies(Story::live);
    let r = live.so_far();
    let copy = (*r.of("health-copy").first().unwrap()).clone();
    let whom = copy.to.first().unwrap().clone();
    let postmaster = |time: &str| letter("surrey-rmm-se", "postmaster@nhs.example", &format!("2026-11-23T{time}"));
    live.deliver(&bounce(&copy, &whom, postmaster("18:30:00")));
    // The same report once more, and one about a mail that nobody here sent.
    live.deliver(&bounce(&copy, &whom, postmaster("18:31:00")));
    let stranger = Sent { message_id: "another@surrey.example".to_owned(), ..copy.clone() };
    live.deliver(&bounce(&stranger, &whom, postmaster("18:32:00")));
    live.until("2026-11-23T19:00:00");
    told_that_it_came_back(&live, &copy, "2026-11-23T18:30:00", "M-000002");
    let r = live.so_far();
    assert_eq!(r.received.iter().filter(|m| m.fate == "bounce").count(), 3);
    assert!(r.journal.contains("\"report.not_matched\""), "{}", r.journal);
}

#[test]
fn sh_23_danger_written_beside_an_answer_to_an_invitation_is_put_before_a_person_at_once() {
    let maisie = child(507, "Maisie Thornquist");
    let mut live = Story::new("surrey-rmm-se")
        .about([&maisie])
        .mail(&letter("surrey-rmm-se", VIKTOR, "2026-11-19T09:00:00").form(&rat(&maisie)))
        .live("2026-11-18", "2026-11-24T12:00:00");
    live.until("2026-11-20T17:00:00");
    let invitation = live.so_far().only("invitation").clone();
    let (uid, sequence) = (property(&invitation, "UID"), property(&invitation, "SEQUENCE"));
    let accepted = |at: &str, words: &str| {
        let from = letter("surrey-rmm-se", VIKTOR, &format!("2026-11-20T{at}"));
        reply_saying(words, &uid, &sequence, from, VIKTOR, "PARTSTAT=ACCEPTED")
    };
    live.deliver(&accepted("20:00:00", "I will be there."));
    live.deliver(&accepted("21:00:00", "She is in immediate danger tonight, please ring me now."));
    live.until("2026-11-20T21:30:00");
    let r = live.so_far();
    assert_eq!(r.received.iter().filter(|m| m.fate == "calendar_reply").count(), 2, "{}", r.overview());
    let told = r.alerts("urgent wording in M-000003");
    assert_eq!(told.len(), 1, "{}", r.overview());
    same_second(told[0].at, "2026-11-20T21:00:00");
    assert_eq!(partstats(&r), 2, "it is an answer all the same");
}

/// Some servers say who was not reached, and of which mail only in words of their own.
#[test]
fn rfc_3464_a_report_that_names_no_mail_is_told_by_whom_it_names() {
    let mut live = health_copies(Story::live);
    let pack = live.so_far().only("agenda").clone();
    let member = pack.to.iter().find(|to| to.contains("police")).unwrap().clone();
    let plain = format!("Mail delivery failed: returning message to sender.\r\n\r\n  <{member}>: user unknown\r\n");
    let daemon = |time: &str| {
        letter("surrey-rmm-se", "mailer-daemon@mx.surrey.example", &format!("2026-11-23T{time}"))
            .subject("Mail delivery failed: returning message to sender")
    };
    live.deliver(&daemon("13:00:00").content("text/plain; charset=us-ascii", &plain));
    // Once more that day, and somebody nobody here has heard of.
    live.deliver(&daemon("13:05:00").content("text/plain; charset=us-ascii", &plain));
    live.deliver(&daemon("13:10:00").content(
        "text/plain; charset=us-ascii",
        "Mail delivery failed.\r\n\r\n  <somebody@elsewhere.example>: user unknown\r\n",
    ));
    live.until("2026-11-23T14:00:00");
    let r = live.so_far();
    assert_eq!(r.received.iter().filter(|m| m.fate == "bounce").count(), 3, "{}", r.overview());
    let told = r.alerts("may not have reached");
    assert_eq!(told.len(), 1, "{}", r.overview());
    same_second(told[0].at, "2026-11-23T13:00:00");
    assert!(told[0].says("police") && !told[0].text.contains(&member), "an alert names roles: {}", told[0].text);
}
