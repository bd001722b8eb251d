//! Every mail of every sample, composed: looked at whole (snapshots), taken apart again by a mail parser, and refused when
//! something is not as cleared.

use super::agenda::View as Agenda;
use super::*;
use crate::casework::agenda::{Item, Paper};
use crate::casework::routing::{Clearance, ClearedDocument};
use crate::casework::{MailKind, Ref};
use mail_parser::{MessageParser, MimeHeaders, PartType};

pub(crate) mod refusals;
mod outcome_sheet_tests;
mod looked_at_tests;
mod readdress_tests;

const PANEL: &str = "surrey-rmm-ne";
const CORE: &[&str] = &["chair@surrey.example", "ds.safeguarding@police.example", "named.nurse@nhs.example"];
const ONE: &[&str] = &["samira.sample@surrey.example"];

fn templates() -> Templates {
    Templates::load([]).unwrap()
}

fn head() -> Letterhead {
    samples::head().unwrap()
}

fn documents<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<(ClearedDocument, PaperBytes)> {
    items.flat_map(|item| item.papers.iter().flat_map(|paper| document(item.case, paper))).collect()
}

/// The one paper of a mail about nothing else.
fn document(case: CaseRef, paper: &Paper) -> Vec<(ClearedDocument, PaperBytes)> {
    let bytes = PaperBytes::new(samples::paper_bytes(case.0, &paper.what)).unwrap();
    vec![(ClearedDocument { sha256: paper.sha256, case }, bytes)]
}

fn borrowed(papers: &[(ClearedDocument, PaperBytes)]) -> Vec<ClearedPaper<'_>> {
    papers.iter().map(|(document, bytes)| (*document, bytes)).collect()
}

fn clearance(kind: MailKind, to: &[&str], cases: &[CaseRef], papers: &[(ClearedDocument, PaperBytes)]) -> Clearance {
    let documents: Vec<_> = papers.iter().map(|(document, _)| *document).collect();
    Clearance::for_test(kind, PANEL, to, cases, &documents)
}

/// The identifiers of the samples' children.
fn forbidden() -> Vec<Identifier> {
    let agendas = samples::agendas(&head());
    agendas[0].agenda.items().flat_map(|item| Identifier::of(&item.child)).collect()
}

fn pack(view: &Agenda) -> Result<Frozen, ComposeError> {
    let papers = documents(view.agenda.items());
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let clearance = clearance(MailKind::Agenda, CORE, &cases, &papers);
    agenda::compose(&templates(), &clearance, view, &borrowed(&papers), &samples::stamp(), &forbidden())
}

/// Every sample as a mail, by a name for its snapshot.
fn every_mail() -> Vec<(String, Frozen)> {
    let (t, head, stamp, forbidden) = (templates(), head(), samples::stamp(), forbidden());
    let mut mails = Vec::new();
    let mut keep =
        |name: &str, n: usize, mail: Result<Frozen, ComposeError>| mails.push((format!("{name}-{n}"), mail.unwrap()));
    for (n, view) in samples::answers(&head).iter().enumerate() {
        let cases: Vec<_> = view.children.iter().filter_map(|child| child.case).collect();
        let kind = if view.questions.is_empty() { MailKind::Acknowledgement } else { MailKind::Query };
        let clearance = clearance(kind, ONE, &cases, &[]);
        keep(kind.as_str(), n, acknowledgement::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::received(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Acknowledgement, ONE, &[], &[]);
        keep("received-only", n, received_only::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::settled(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Acknowledgement, ONE, &[], &[]);
        keep("settled", n, settled::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::agendas(&head).iter().enumerate() {
        keep("agenda", n, pack(view));
    }
    for (n, view) in samples::approvals(&head).iter().enumerate() {
        let papers = documents(view.pack.agenda.items());
        let cases: Vec<_> = view.pack.agenda.items().map(|item| item.case).collect();
        let clearance = clearance(MailKind::Approval, ONE, &cases, &papers);
        keep("approval", n, approval::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::supplements(&head).iter().enumerate() {
        let papers = documents(view.changes.iter().map(|change| &change.item));
        let cases: Vec<_> = view.changes.iter().map(|change| change.item.case).collect();
        let clearance = clearance(MailKind::Supplement, CORE, &cases, &papers);
        keep("supplement", n, supplement::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::lists(&head).iter().enumerate() {
        let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
        let clearance = clearance(MailKind::List, CORE, &cases, &[]);
        keep("list", n, list::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::extracts(&head).iter().enumerate() {
        let papers = documents(std::iter::once(&view.item).filter(|_| view.with_papers));
        let clearance = clearance(MailKind::Extract, ONE, &[view.item.case], &papers);
        keep("extract", n, extract::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::health_copies(&head).iter().enumerate() {
        let papers = documents(std::iter::once(&view.item).filter(|_| view.paper.is_attached()));
        let clearance =
            clearance(MailKind::HealthCopy, &["reception@gp-practice.nhs.example"], &[view.item.case], &papers);
        keep("health-copy", n, health_copy::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::invitations(&head).iter().enumerate() {
        for kind in [MailKind::Invitation, MailKind::InvitationUpdate, MailKind::InvitationCancel] {
            let clearance = clearance(kind, ONE, &[CaseRef(42)], &[]);
            keep(kind.as_str(), n, invitation::compose(&t, &clearance, view, &stamp, &forbidden));
        }
    }
    for (n, view) in samples::notifications(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Notification, ONE, &[view.case], &[]);
        keep("notification", n, notification::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::reminders(&head).iter().enumerate() {
        let alert = matches!(view.what, reminder::What::PracticeAlert { .. });
        let kind = if alert { MailKind::Alert } else { MailKind::Reminder };
        let clearance = clearance(kind, ONE, &[view.case], &[]);
        keep("reminder", n, reminder::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::outcome_queries(&head).iter().enumerate() {
        let cases: Vec<_> = view.children.iter().map(|child| child.case).collect();
        let clearance = clearance(MailKind::Query, ONE, &cases, &[]);
        keep("outcome-query", n, outcome_query::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::after_notes(&head).iter().enumerate() {
        let papers = documents(view.children.iter().map(|child| &child.item));
        let cases: Vec<_> = view.children.iter().map(|child| child.item.case).collect();
        let clearance = clearance(MailKind::Notes, CORE, &cases, &papers);
        keep("notes", n, notes::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::appendices(&head).iter().enumerate() {
        let papers = document(view.case, &view.paper);
        let clearance = clearance(MailKind::Notes, ONE, &[view.case], &papers);
        keep("appendix", n, appendix::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::meetings_changed(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Notification, CORE, &view.cases, &[]);
        let of: crate::casework::MeetingId = "surrey-rmm-ne/2026-11-24".parse().unwrap();
        keep("meeting-changed", n, meeting_changed::compose(&t, &clearance, &of, view, &stamp, &forbidden));
    }
    for (n, view) in samples::after_handed_on(&head).iter().enumerate() {
        let papers: Vec<_> = view.papers.iter().flat_map(|paper| document(view.case, paper)).collect();
        let clearance = clearance(MailKind::Notification, CORE, &[view.case], &papers);
        keep("handed-on", n, handed_on::compose(&t, &clearance, view, &borrowed(&papers), &stamp, &forbidden));
    }
    for (n, view) in samples::after_health(&head).iter().enumerate() {
        let clearance =
            clearance(MailKind::HealthNotes, &["reception@gp-practice.nhs.example"], &[view.item.case], &[]);
        keep("health-notes", n, health_notes::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::alerts(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Alert, &["chair@surrey.example"], &[CaseRef(43)], &[]);
        keep("alert", n, alert::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::canaries(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Canary, &["journal@surrey.example"], &[], &[]);
        keep("canary", n, canary::compose(&t, &clearance, view, &stamp));
    }
    for (n, view) in samples::digests(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Digest, &["admin@surrey.example"], &[], &[]);
        keep("digest", n, digest::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    for (n, view) in samples::outcome_sheets(&head).iter().enumerate() {
        let cases: Vec<_> = view.rows.iter().map(|row| row.case).collect();
        let clearance = clearance(MailKind::Notification, &["admin@surrey.example"], &cases, &[]);
        keep("outcome-sheet", n, outcome_sheet::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    mails
}

#[test]
fn whole_mails_are_as_they_were() {
    for (name, mail) in every_mail() {
        let text = String::from_utf8(mail.bytes().to_vec()).unwrap();
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{name}: a bare line feed");
        assert!(text.ends_with("\r\n"), "{name}");
        // The workbook is looked at by its own test; how its bytes are packed is the packing library's matter.
        let shown = match text.split_once("spreadsheetml.sheet\r\n").filter(|_| name.starts_with("outcome-sheet")) {
            Some((before, _)) => format!("{before}spreadsheetml.sheet\r\n[the workbook]\r\n"),
            None => text,
        };
        insta::assert_snapshot!(name.as_str(), shown.replace("\r\n", "\n"));
    }
}

#[test]
fn every_mail_has_the_headers_of_the_contract() {
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        let header = |name: &str| parsed.header_raw(name).map(|value| value.trim().to_owned());
        assert_eq!(header("X-Dutyclerk-Ref").as_deref(), Some("S-000123"), "{name}");
        assert_eq!(header("X-Dutyclerk-Kind").as_deref(), Some(mail.kind().as_str()), "{name}");
        let is_answer =
            matches!(mail.kind(), MailKind::Acknowledgement | MailKind::Query) && !name.starts_with("outcome-query");
        let auto = if is_answer { "auto-replied" } else { "auto-generated" };
        assert_eq!(header("Auto-Submitted").as_deref(), Some(auto), "{name}");
        assert_eq!(header("In-Reply-To").as_deref(), is_answer.then_some("<original@surrey.example>"), "{name}");
        assert_eq!(header("Date").as_deref(), Some("Fri, 20 Nov 2026 12:00:00 +0000"), "{name}");
        assert_eq!(header("Message-ID").as_deref(), Some(mail.message_id()), "{name}");
        let to: Vec<_> = parsed.to().unwrap().iter().map(|a| a.address().unwrap().to_owned()).collect();
        assert_eq!(to, mail.to().iter().map(ToString::to_string).collect::<Vec<_>>(), "{name}");
        let from = parsed.from().unwrap().first().unwrap();
        assert_eq!((from.name(), from.address()), (Some("RMM North East"), Some("rmm.northeast@surrey.example")));
        assert!(
            mail.bytes().to_vec().split(|b| *b == b'\n').all(|line| line.len() <= 999),
            "{name}: a line over 998 octets"
        );
        assert_eq!(mail.sha256(), Sha256::of(&mail.bytes().to_vec()));
    }
}

#[test]
fn plain_text_fits_a_screen() {
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        let text = parsed.body_text(0).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("dutyclerk ")) {
            assert!(line.chars().count() <= 78, "{name}: {line}");
        }
        assert!(!text.contains("\n\n\n"), "{name}: two empty lines");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for ((name, one), (_, other)) in every_mail().into_iter().zip(every_mail()) {
        assert_eq!(one, other, "{name}");
    }
}

#[test]
fn a_summer_mail_is_dated_with_londons_offset() {
    let stamp = Stamp { date: "2026-07-14T09:00:00Z".parse().unwrap(), ..samples::stamp() };
    let view = &samples::received(&head())[0];
    let clearance = clearance(MailKind::Acknowledgement, ONE, &[], &[]);
    let mail = received_only::compose(&templates(), &clearance, view, &stamp, &[]).unwrap();
    assert!(String::from_utf8_lossy(&mail.bytes().to_vec()).contains("Date: Tue, 14 Jul 2026 10:00:00 +0100\r\n"));
}

/// LESSONS A16: what is forwarded is what was received, byte for byte.
#[test]
fn forwarded_papers_are_byte_identical() {
    let mut view = samples::agendas(&head()).remove(0);
    // Every byte there is, bare line ends of both kinds, and a length that base64 must pad.
    let hostile: Vec<u8> = (0..=255u8).cycle().take(100_001).chain(*b"\r\n.\r\n\n\r").collect();
    let item = &mut view.agenda.sections[0].items[0];
    item.papers[0].sha256 = Sha256::of(&hostile);
    let mut papers = documents(view.agenda.items());
    papers[0].1 = PaperBytes::new(hostile.clone()).unwrap();
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let clearance = clearance(MailKind::Agenda, CORE, &cases, &papers);
    let mail =
        agenda::compose(&templates(), &clearance, &view, &borrowed(&papers), &samples::stamp(), &forbidden()).unwrap();
    let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
    let attached: Vec<_> = parsed.attachments().collect();
    let names: Vec<_> = attached.iter().map(|part| part.attachment_name().unwrap()).collect();
    assert_eq!(
        names,
        ["01-R-0042-assessment.xlsx", "01-R-0042-return-home-interview.docx", "02-R-0017-assessment.docx"]
    );
    assert_eq!(attached[0].contents(), hostile);
    for (part, (document, _)) in attached.iter().zip(&papers) {
        assert_eq!(Sha256::of(part.contents()), document.sha256);
        assert!(part.content_disposition().unwrap().is_attachment());
    }
    assert_eq!(mail.documents().len(), 3);
}

#[test]
fn a_paper_for_two_children_travels_once() {
    let mut view = samples::agendas(&head()).remove(0);
    let shared = view.agenda.sections[0].items[0].papers[0].clone();
    view.agenda.sections[1].items[0].papers = vec![shared.clone()];
    view.agenda.sections[0].items[0].papers = vec![shared];
    let bytes = PaperBytes::new(samples::paper_bytes(42, "assessment")).unwrap();
    let papers: Vec<_> = documents(view.agenda.items()).into_iter().map(|(d, _)| (d, bytes.clone())).collect();
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let clearance = clearance(MailKind::Agenda, CORE, &cases, &papers);
    let mail = agenda::compose(&templates(), &clearance, &view, &borrowed(&papers), &samples::stamp(), &[]).unwrap();
    assert_eq!(MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().attachment_count(), 1);
    assert_eq!(mail.documents().len(), 2);
}

fn with(path: &str, text: &str) -> Result<Templates, TemplateError> {
    Templates::load([(path.to_owned(), text.to_owned())])
}

#[test]
fn a_long_list_of_recipients_is_folded() {
    let people: Vec<String> = (0..60).map(|n| format!("a.rather.long.name.{n}@safeguarding.police.example")).collect();
    let to: Vec<&str> = people.iter().map(String::as_str).collect();
    let view = &samples::lists(&head())[1];
    let cleared = clearance(MailKind::List, &to, &[], &[]);
    let mail = list::compose(&templates(), &cleared, view, &samples::stamp(), &[]).unwrap();
    let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
    assert_eq!(parsed.to().unwrap().iter().count(), 60);
    assert!(mail.bytes().to_vec().split(|b| *b == b'\n').all(|line| line.len() <= 200));
}

#[test]
fn markup_in_a_value_is_text() {
    let mut view = samples::agendas(&head()).remove(0);
    let child = &mut view.agenda.sections[0].items[0].child;
    child.name = "<script>alert(1)</script> & \"O'Neil\"".to_owned().into();
    let mail = pack(&view).unwrap();
    let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
    let html = parsed.body_html(0).unwrap();
    assert!(!html.contains("<script>"));
    assert!(html.contains("&lt;script&gt;"));
    assert!(parsed.body_text(0).unwrap().contains("<script>alert(1)</script> & \"O'Neil\""));
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        let html = parsed.body_html(0).unwrap();
        for outside in ["http://", "https://", "src=", "url(", "<img", "@import"] {
            let found = html.replace("http://www.w3.org/1999/xhtml", "");
            assert!(!found.contains(outside), "{name}: {outside}");
        }
    }
}

/// BD-09: no mail ever tells its reader to wait for notes or minutes.
#[test]
fn bd_09_the_pack_says_act_on_what_you_know() {
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        let text = parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        if matches!(mail.kind(), MailKind::Agenda | MailKind::Supplement | MailKind::Extract) {
            assert!(text.contains("Do not wait for notes or minutes."), "{name}");
        }
        let others = text.replace("Do not wait for notes", "").replace("do not wait for the meeting or its notes", "");
        assert!(!others.contains("wait for notes") && !others.contains("minutes will"), "{name}");
    }
}

#[test]
fn sh_23_every_answer_carries_the_emergency_line() {
    for (name, mail) in every_mail() {
        if matches!(mail.kind(), MailKind::Acknowledgement | MailKind::Query) && !name.starts_with("outcome-query") {
            let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
            let text = parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&head().emergency), "{name}");
            assert!(parsed.body_html(0).unwrap().contains(&head().emergency), "{name}");
        }
    }
    let lost = with("received-only/body.html", "<p>Received.</p>").unwrap_err();
    assert_eq!(lost.file, "received-only/text.txt");
    // A panel whose emergency line is empty cannot answer at all.
    let mut view = samples::received(&head()).remove(0);
    view.head.emergency = "  ".to_owned();
    let cleared = clearance(MailKind::Acknowledgement, ONE, &[], &[]);
    let error = received_only::compose(&templates(), &cleared, &view, &samples::stamp(), &[]).unwrap_err();
    assert_eq!(error, ComposeError::EmergencyLineMissing);
}

/// SY-07, MC-31: a late paper's sender reads exactly what follows.
#[test]
fn late_is_answered_with_the_rule_the_meeting_and_who_was_asked() {
    let late = |view: usize| {
        let view = &samples::answers(&head())[view];
        let cleared = clearance(MailKind::Acknowledgement, ONE, &[CaseRef(43)], &[]);
        let mail = acknowledgement::compose(&templates(), &cleared, view, &samples::stamp(), &[]).unwrap();
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let cutoff = "after the cut-off of Thu 19 November 2026 at 23:59 for the meeting of Tue 24 November 2026";
    let rmm = late(1);
    assert!(rmm.contains(cutoff) && rmm.contains("(rule SY-07)"), "{rmm}");
    assert!(rmm.contains("on the next meeting, Tue 1 December 2026 at 10:00.") && !rmm.contains("chair"), "{rmm}");
    let mace = late(3);
    assert!(mace.contains("provisionally on the meeting of Tue 1 December 2026 at 10:00."), "{mace}");
    assert!(mace.contains("The chair has been asked whether to admit it to Tue 24 November 2026."), "{mace}");
}

/// LESSONS A21, A23: text/calendar last in multipart/alternative, one method in both places, never an attachment.
#[test]
fn an_invitation_is_an_invitation() {
    for (name, mail) in every_mail().into_iter().filter(|(name, _)| name.starts_with("invitation")) {
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        let parts = parsed.part(0).unwrap().sub_parts().unwrap();
        assert_eq!(parts.len(), 3, "{name}");
        let last = parsed.part(parts[2]).unwrap();
        let kind = last.content_type().unwrap();
        assert_eq!((kind.ctype(), kind.subtype()), ("text", Some("calendar")), "{name}");
        assert_eq!(kind.attribute("charset").map(str::to_ascii_lowercase).as_deref(), Some("utf-8"), "{name}");
        assert!(last.content_disposition().is_none(), "{name}");
        let PartType::Text(calendar) = &last.body else { panic!("{name}") };
        let method = if mail.kind() == MailKind::InvitationCancel { "CANCEL" } else { "REQUEST" };
        assert_eq!(kind.attribute("method"), Some(method), "{name}");
        assert!(calendar.contains(&format!("\r\nMETHOD:{method}\r\n")), "{name}");
        assert!(parsed.header_raw("X-Auto-Response-Suppress").is_none(), "{name}");
    }
}

#[test]
fn every_reference_of_an_alert_is_shown() {
    let view = samples::alerts(&head()).remove(0);
    let cleared = clearance(MailKind::Alert, ONE, &[CaseRef(43)], &[]);
    let mail = alert::compose(&templates(), &cleared, &view, &samples::stamp(), &[]).unwrap();
    let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
    let text = parsed.body_text(0).unwrap();
    assert!(view.about.iter().map(Ref::to_string).all(|about| text.contains(&about)), "{text}");
    assert!(text.contains("\n   dutyclerk meeting admit surrey-rmm-ne/2026-11-24 R-0043"), "{text}");
}
