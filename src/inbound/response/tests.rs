use super::*;
use crate::casework::{AnswerMethod, DeliveryAction, Participation};
use crate::inbound::unpack::{Limits, unpack};

fn answers(ics: &str) -> Vec<CalendarAnswer> {
    let method = if ics.contains("METHOD:COUNTER") { "COUNTER" } else { "REPLY" };
    let raw = format!(
        "From: Hannah Birchall <hannah.birchall@st-helens.example>\r\nTo: mace@st-helens.example\r\nSubject: Accepted\r\n\
         Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
         --b\r\nContent-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n{}\r\n--b--\r\n",
        ics.trim().replace('\n', "\r\n")
    );
    match read(&unpack(raw.as_bytes(), &Limits::default())) {
        Some(Response::Calendar(answers)) => answers,
        other => panic!("{other:?}"),
    }
}

fn event(method: &str, lines: &str) -> String {
    format!("BEGIN:VCALENDAR\nMETHOD:{method}\nPRODID:x\nVERSION:2.0\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR")
}

#[test]
fn outlook_google_and_apple_answers_are_read() {
    let outlook = event(
        "REPLY",
        "ATTENDEE;PARTSTAT=DECLINED;CN=Hannah Birchall:MAILTO:Hannah.Birchall@st-helens.example\nCOMMENT;LANGUAGE=en-GB:sorry\n\
         UID:0199-abc@st-helens.example\nSUMMARY;LANGUAGE=en-GB:Declined: MACE\nDTSTART;TZID=GMT Standard Time:20261208T133000\n\
         DTSTAMP:20261120T101112Z\nSEQUENCE:2\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY",
    );
    let read = answers(&outlook);
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].says, Participation::Declined);
    assert_eq!(read[0].uid, "0199-abc@st-helens.example");
    assert_eq!(read[0].sequence, Some(2));
    assert_eq!(read[0].attendee.as_ref().unwrap().as_str(), "hannah.birchall@st-helens.example");

    // Google names the organiser and a CUTYPE; Apple leaves the organiser and the sequence out.
    let google = event(
        "REPLY",
        "DTSTART:20261208T133000Z\nDTEND:20261208T134500Z\nDTSTAMP:20261120T101112Z\nORGANIZER;CN=MACE:mailto:mace@st-helens.example\n\
         UID:0199-abc@st-helens.example\nATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=h.birchall@\n \
         st-helens.example;X-NUM-GUESTS=0:mailto:h.birchall@st-helens.example\nSEQUENCE:0\nSTATUS:CONFIRMED",
    );
    let read = answers(&google);
    assert_eq!((read[0].says, read[0].sequence), (Participation::Accepted, Some(0)));
    assert_eq!(read[0].attendee.as_ref().unwrap().as_str(), "h.birchall@st-helens.example");

    let apple = event(
        "REPLY",
        "UID:0199-abc@st-helens.example\nDTSTAMP:20261120T101112Z\nATTENDEE;PARTSTAT=TENTATIVE:mailto:hannah.birchall@st-helens.example",
    );
    let read = answers(&apple);
    assert_eq!((read[0].says, read[0].sequence), (Participation::Tentative, None));
}

#[test]
fn a_delegation_a_proposal_and_what_says_nothing_are_told_apart() {
    let delegated = event(
        "REPLY",
        "UID:u\nATTENDEE;DELEGATED-FROM=\"mailto:hannah.birchall@st-helens.example\":mailto:joe.deputy@st-helens.example\n\
         ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:joe.deputy@st-helens.example\":mailto:hannah.birchall@st-helens.example",
    );
    let read = answers(&delegated);
    assert_eq!(read[0].says, Participation::Delegated);
    assert_eq!(read[0].delegate.as_ref().unwrap().as_str(), "joe.deputy@st-helens.example");
    assert_eq!(read[0].attendee.as_ref().unwrap().as_str(), "hannah.birchall@st-helens.example");

    let counter = event(
        "COUNTER",
        "UID:u\nATTENDEE;PARTSTAT=TENTATIVE:mailto:hannah.birchall@st-helens.example\nDTSTART:20261209T090000Z",
    );
    assert_eq!(answers(&counter)[0].method, AnswerMethod::Counter);
    let nothing = event("REPLY", "UID:u\nDTSTAMP:20261120T101112Z");
    assert_eq!((answers(&nothing)[0].says, &answers(&nothing)[0].attendee), (Participation::NeedsAction, &None));
    assert!(answers(&event("REPLY", "SUMMARY:no uid")).is_empty());
}

#[test]
fn an_answer_attached_a_second_time_counts_once() {
    let ics = event("REPLY", "UID:u\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@st-helens.example").replace('\n', "\r\n");
    let raw = format!(
        "From: a@st-helens.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n{ics}\r\n\
         --b\r\nContent-Type: application/ics; name=invite.ics\r\nContent-Disposition: attachment; filename=invite.ics\r\n\r\n{ics}\r\n--b--\r\n"
    );
    let Some(Response::Calendar(answers)) = read(&unpack(raw.as_bytes(), &Limits::default())) else { panic!() };
    assert_eq!(answers.len(), 1);
}

fn report(raw: &str) -> DeliveryReport {
    match read(&unpack(raw.replace('\n', "\r\n").as_bytes(), &Limits::default())) {
        Some(Response::Delivery(report)) => report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_report_as_postfix_writes_it_names_recipients_and_the_original() {
    let report = report(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\nTo: duty@panel.example\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\nI'm sorry\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\nX-Postfix-Queue-ID: 4XYZ\n\n\
         Final-Recipient: rfc822; moved@far.example\nOriginal-Recipient: rfc822;nurse@nhs.example\nAction: failed\nStatus: 5.1.1\n\
         Remote-MTA: dns; mail.far.example\nDiagnostic-Code: smtp; 550 5.1.1 <moved@far.example>:\n    no such user\n\n\
         Final-Recipient: rfc822; gp@nhs.example\nAction: delayed\nStatus: 4.4.1\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nReturn-Path: <duty@panel.example>\nMessage-ID: <0199@panel.example>\nSubject: x\n\n--b--\n",
    );
    assert_eq!(report.about[0].reveal(), "0199@panel.example");
    let [nurse, gp] = report.recipients.as_slice() else { panic!("{report:?}") };
    assert_eq!(nurse.address.as_ref().unwrap().as_str(), "nurse@nhs.example");
    assert_eq!((nurse.action, nurse.status.as_deref()), (DeliveryAction::Failed, Some("5.1.1")));
    assert_eq!((gp.action, gp.status.as_deref()), (DeliveryAction::Delayed, Some("4.4.1")));
}

#[test]
fn what_is_no_report_by_the_book_is_read_as_far_as_it_says_something() {
    let exim = report(
        "Return-Path: <>\nFrom: Mail Delivery System <Mailer-Daemon@mx.example>\nX-Failed-Recipients: nurse@nhs.example\n\
         Auto-Submitted: auto-replied\nReferences: <0199@panel.example>\nContent-Type: text/plain\n\nThis message was created automatically.\n",
    );
    assert_eq!(exim.recipients.len(), 1);
    assert_eq!(exim.recipients[0].address.as_ref().unwrap().as_str(), "nurse@nhs.example");
    assert_eq!(exim.about[0].reveal(), "0199@panel.example");
    let qmail = report(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: failure notice\nContent-Type: text/plain\n\n\
         Hi. This is the qmail-send program.\n<nurse@nhs.example>:\nSorry, no mailbox here by that name.\n\n\
         --- Below this line is a copy of the message.\n\nReturn-Path: <duty@panel.example>\nMessage-ID: <0199@panel.example>\n",
    );
    assert_eq!(qmail.about[0].reveal(), "0199@panel.example");
    assert!(qmail.recipients.is_empty());
}

#[test]
fn a_person_s_mail_is_no_response() {
    let raw = b"From: a@st-helens.example\r\nSubject: hello\r\n\r\nhello\r\n";
    assert_eq!(read(&unpack(raw, &Limits::default())), None);
}
