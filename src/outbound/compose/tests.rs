//! Every mail of every sample, composed: looked at whole (snapshots), taken apart again by a mail parser, and refused when
//! something is not as cleared.

use super::agenda::View as Agenda;
use super::*;
use crate::casework::agenda::{Item, Paper};
use crate::casework::routing::{Clearance, ClearedDocument};
use crate::casework::{MailKind, Ref};
use mail_parser::{MessageParser, MimeHeaders, PartType};
use std::path::Path;

const PANEL: &str = "surrey-rmm-ne";
const CORE: &[&str] = &["chair@surrey.example", "ds.safeguarding@police.example", "named.nurse@nhs.example"];
const ONE: &[&str] = &["samira.sample@surrey.example"];

fn templates() -> Templates {
    Templates::load([]).unwrap()
}

fn head() -> Letterhead {
    samples::head().unwrap()
}

fn documents<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<(ClearedDocument, Vec<u8>)> {
    let of = |item: &Item, paper: &Paper| {
        let bytes = samples::paper_bytes(item.case.0, &paper.what);
        (ClearedDocument { sha256: paper.sha256, case: item.case }, bytes)
    };
    items.flat_map(|item| item.papers.iter().map(move |paper| of(item, paper))).collect()
}

fn borrowed(papers: &[(ClearedDocument, Vec<u8>)]) -> Vec<PaperBytes<'_>> {
    papers.iter().map(|(document, bytes)| (*document, bytes.as_slice())).collect()
}

fn clearance(kind: MailKind, to: &[&str], cases: &[CaseRef], papers: &[(ClearedDocument, Vec<u8>)]) -> Clearance {
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
    for (n, view) in samples::agendas(&head).iter().enumerate() {
        keep("agenda", n, pack(view));
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
        let papers = documents(std::iter::once(&view.item).filter(|_| view.paper == health_copy::Paper::Attached));
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
    for (n, view) in samples::alerts(&head).iter().enumerate() {
        let clearance = clearance(MailKind::Alert, &["chair@surrey.example"], &[CaseRef(43)], &[]);
        keep("alert", n, alert::compose(&t, &clearance, view, &stamp, &forbidden));
    }
    mails
}

/// Set `DUTYCLERK_GALLERY` to a folder to look at the mails there, as text, HTML and .eml.
#[test]
fn whole_mails_are_as_they_were() {
    let gallery = std::env::var_os("DUTYCLERK_GALLERY");
    for (name, mail) in every_mail() {
        let text = String::from_utf8(mail.bytes().to_vec()).unwrap();
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{name}: a bare line feed");
        assert!(text.ends_with("\r\n"), "{name}");
        insta::assert_snapshot!(name.as_str(), text.replace("\r\n", "\n"));
        if let Some(dir) = &gallery {
            let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
            let file = |ending: &str| Path::new(dir).join(format!("{name}.{ending}"));
            std::fs::write(file("txt"), parsed.body_text(0).unwrap().as_bytes()).unwrap();
            std::fs::write(file("html"), parsed.body_html(0).unwrap().as_bytes()).unwrap();
            std::fs::write(file("eml"), mail.bytes()).unwrap();
        }
    }
}

#[test]
fn every_mail_has_the_headers_of_the_contract() {
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
        let header = |name: &str| parsed.header_raw(name).map(|value| value.trim().to_owned());
        assert_eq!(header("X-Dutyclerk-Ref").as_deref(), Some("S-000123"), "{name}");
        assert_eq!(header("X-Dutyclerk-Kind").as_deref(), Some(mail.kind().as_str()), "{name}");
        let is_answer = matches!(mail.kind(), MailKind::Acknowledgement | MailKind::Query);
        let auto = if is_answer { "auto-replied" } else { "auto-generated" };
        assert_eq!(header("Auto-Submitted").as_deref(), Some(auto), "{name}");
        assert_eq!(header("In-Reply-To").as_deref(), is_answer.then_some("<original@surrey.example>"), "{name}");
        assert_eq!(header("Date").as_deref(), Some("Fri, 20 Nov 2026 12:00:00 +0000"), "{name}");
        assert_eq!(header("Message-ID").as_deref(), Some(mail.message_id()), "{name}");
        let to: Vec<_> = parsed.to().unwrap().iter().map(|a| a.address().unwrap().to_owned()).collect();
        assert_eq!(to, mail.to().iter().map(ToString::to_string).collect::<Vec<_>>(), "{name}");
        let from = parsed.from().unwrap().first().unwrap();
        assert_eq!((from.name(), from.address()), (Some("RMM North East"), Some("rmm.northeast@surrey.example")));
        assert!(mail.bytes().split(|b| *b == b'\n').all(|line| line.len() <= 999), "{name}: a line over 998 octets");
        assert_eq!(mail.sha256(), Sha256::of(mail.bytes()));
    }
}

#[test]
fn plain_text_fits_a_screen() {
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
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
    assert!(String::from_utf8_lossy(mail.bytes()).contains("Date: Tue, 14 Jul 2026 10:00:00 +0100\r\n"));
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
    papers[0].1.clone_from(&hostile);
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let clearance = clearance(MailKind::Agenda, CORE, &cases, &papers);
    let mail =
        agenda::compose(&templates(), &clearance, &view, &borrowed(&papers), &samples::stamp(), &forbidden()).unwrap();
    let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
    let attached: Vec<_> = parsed.attachments().collect();
    let names: Vec<_> = attached.iter().map(|part| part.attachment_name().unwrap()).collect();
    assert_eq!(
        names,
        ["01-R-0042-assessment.xlsx", "01-R-0042-return-home-interview.docx", "02-R-0017-assessment.docx"]
    );
    for (part, (document, bytes)) in attached.iter().zip(&papers) {
        assert_eq!(part.contents(), bytes);
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
    let bytes = samples::paper_bytes(42, "assessment");
    let papers: Vec<_> = documents(view.agenda.items()).into_iter().map(|(d, _)| (d, bytes.clone())).collect();
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let clearance = clearance(MailKind::Agenda, CORE, &cases, &papers);
    let mail = agenda::compose(&templates(), &clearance, &view, &borrowed(&papers), &samples::stamp(), &[]).unwrap();
    assert_eq!(MessageParser::default().parse(mail.bytes()).unwrap().attachment_count(), 1);
    assert_eq!(mail.documents().len(), 2);
}

#[test]
fn only_what_is_cleared_is_attached_and_all_of_it() {
    let view = samples::agendas(&head()).remove(0);
    let papers = documents(view.agenda.items());
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let t = templates();
    let compose = |clearance: &Clearance, view: &Agenda, papers: &[PaperBytes<'_>]| {
        agenda::compose(&t, clearance, view, papers, &samples::stamp(), &forbidden()).unwrap_err()
    };
    let whole = clearance(MailKind::Agenda, CORE, &cases, &papers);
    let given = borrowed(&papers);

    let fewer = clearance(MailKind::Agenda, CORE, &cases, &papers[1..]);
    assert_eq!(compose(&fewer, &view, &given), ComposeError::DocumentNotCleared(papers[0].0.sha256));
    assert_eq!(compose(&fewer, &view, &given[1..]), ComposeError::DocumentNotCleared(papers[0].0.sha256));
    assert_eq!(compose(&whole, &view, &given[1..]), ComposeError::DocumentMissing(papers[0].0.sha256));
    let mut unlisted = view.clone();
    unlisted.agenda.sections[0].items[0].papers.remove(0);
    assert_eq!(compose(&whole, &unlisted, &given), ComposeError::DocumentMissing(papers[0].0.sha256));
    let mut altered = given.clone();
    altered[0].1 = b"other bytes";
    assert_eq!(compose(&whole, &view, &altered), ComposeError::DocumentAltered(papers[0].0.sha256));
    // The right paper under the wrong child.
    let mut swapped = papers.clone();
    swapped[0].0.case = CaseRef(17);
    let wrong = clearance(MailKind::Agenda, CORE, &cases, &swapped);
    assert_eq!(compose(&wrong, &view, &borrowed(&swapped)), ComposeError::DocumentMissing(papers[0].0.sha256));
    // A mail without papers cannot swallow cleared ones.
    let listing = &samples::lists(&head())[0];
    let with_papers = clearance(MailKind::List, CORE, &cases, &papers);
    let error = list::compose(&t, &with_papers, listing, &samples::stamp(), &[]).unwrap_err();
    assert_eq!(error, ComposeError::DocumentMissing(papers[0].0.sha256));
}

#[test]
fn invariant_5_a_mail_goes_only_where_and_about_whom_it_is_cleared() {
    let (t, head, stamp) = (templates(), head(), samples::stamp());
    let view = &samples::lists(&head)[0];
    let all: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let compose = |clearance: &Clearance| list::compose(&t, clearance, view, &stamp, &[]);
    let wrong = ComposeError::WrongKind { cleared: MailKind::Agenda, composed: MailKind::List };
    assert_eq!(compose(&clearance(MailKind::Agenda, CORE, &all, &[])).unwrap_err(), wrong);
    let not_all = clearance(MailKind::List, CORE, &all[1..], &[]);
    assert_eq!(compose(&not_all).unwrap_err(), ComposeError::CaseNotCleared(CaseRef(42)));
    let other = Clearance::for_test(MailKind::List, "st-helens-mace", CORE, &all, &[]);
    assert_eq!(compose(&other).unwrap_err(), ComposeError::WrongPanel);
    let nobody = clearance(MailKind::List, &[], &all, &[]);
    assert!(matches!(compose(&nobody).unwrap_err(), ComposeError::Recipients { cleared: 0, .. }));
    let twice = clearance(MailKind::List, &["a@surrey.example", "A@surrey.example", "b@nhs.example"], &all, &[]);
    assert_eq!(compose(&twice).unwrap().to().len(), 2);

    let copy = &samples::health_copies(&head)[1];
    let two = clearance(MailKind::HealthCopy, &["gp@nhs.example", "nurse@nhs.example"], &[copy.item.case], &[]);
    let error = health_copy::compose(&t, &two, copy, &[], &stamp, &[]).unwrap_err();
    assert_eq!(error, ComposeError::Recipients { expected: "one person", cleared: 2 });
}

fn with(path: &str, text: &str) -> Result<Templates, TemplateError> {
    Templates::load([(path.to_owned(), text.to_owned())])
}

#[test]
fn invariant_5_no_identifier_in_subject_file_name_or_calendar() {
    let (head, stamp, forbidden) = (head(), samples::stamp(), forbidden());
    let exposed = |place| ComposeError::IdentifierExposed { place };

    // A careless override of a subject.
    let view = &samples::extracts(&head)[0];
    let cleared = clearance(MailKind::Extract, ONE, &[CaseRef(42)], &[]);
    for (field, shown) in [("name", ""), ("lcs_number", ""), ("date_of_birth", ""), ("date_of_birth", "|day")] {
        let careless =
            format!("Panel: {{% if item.child.{field} %}}{{{{ item.child.{field}{shown} }}}}{{% endif %}} R-0042");
        let subject = with("extract/subject.txt", &careless).unwrap();
        let error = extract::compose(&subject, &cleared, view, &[], &stamp, &forbidden).unwrap_err();
        assert_eq!(error, exposed("subject"), "{field}");
        assert!(!error.to_string().contains("Alfie"));
    }

    let t = templates();
    let mut named = samples::agendas(&head).remove(0);
    named.agenda.sections[0].items[0].papers[0].what = "Alfie_EXAMPLE-rat".to_owned();
    let papers = documents(samples::agendas(&head)[0].agenda.items());
    let cases: Vec<_> = named.agenda.items().map(|item| item.case).collect();
    let cleared = clearance(MailKind::Agenda, CORE, &cases, &papers);
    let error = agenda::compose(&t, &cleared, &named, &borrowed(&papers), &stamp, &forbidden).unwrap_err();
    assert_eq!(error, exposed("attachment name"));

    let invitation = samples::invitations(&head).remove(0);
    let cleared = clearance(MailKind::Invitation, ONE, &[CaseRef(42)], &[]);
    for uid in ["alfie.example@surrey.example", "9990000018", "999-000-0018@x", "1234567@surrey.example"] {
        let view = invitation::View { uid: uid.to_owned(), ..invitation.clone() };
        let error = invitation::compose(&t, &cleared, &view, &stamp, &forbidden).unwrap_err();
        assert_eq!(error, exposed("calendar"), "{uid}");
    }
    let told = invitation::View { why: Some("Alfie Example is heard later.".to_owned()), ..invitation.clone() };
    let cleared = clearance(MailKind::InvitationUpdate, ONE, &[CaseRef(42)], &[]);
    assert_eq!(invitation::compose(&t, &cleared, &told, &stamp, &forbidden).unwrap_err(), exposed("body"));
    // A worker who has a child's name is invited all the same: the address is theirs.
    let namesake = clearance(MailKind::Invitation, &["alfie.example@surrey.example"], &[CaseRef(42)], &[]);
    assert!(invitation::compose(&t, &namesake, &invitation, &stamp, &forbidden).is_ok());

    let mut alert = samples::alerts(&head).remove(0);
    alert.what = "A paper for Example, Alfie came late.".to_owned();
    let cleared = clearance(MailKind::Alert, ONE, &[CaseRef(43)], &[]);
    assert_eq!(alert::compose(&t, &cleared, &alert, &stamp, &forbidden).unwrap_err(), exposed("body"));
}

/// Everything a stranger can put in a header value comes out as text in one line, or is left out.
#[test]
fn headers_cannot_be_injected() {
    let (t, stamp) = (templates(), samples::stamp());
    for hostile in [
        "x\r\nBcc: thief@evil.example",
        "x\nBcc: thief@evil.example",
        "x\rBcc: thief@evil.example",
        "x\0\u{2028}Bcc: thief@evil.example\u{2029}",
        "\u{202e}x\r\n\r\nBcc: thief@evil.example",
        "=?utf-8?q?x=0D=0ABcc:_thief@evil.example?=",
        "\", thief@evil.example, \"x",
    ] {
        let mut view = samples::answers(&head()).remove(0);
        view.head.panel_short = hostile.to_owned();
        view.head.from_name = hostile.to_owned();
        view.answering.message_id = Some(format!("<{hostile}@x>"));
        view.files[0].name = Some(hostile.to_owned().into());
        let cleared = clearance(MailKind::Acknowledgement, ONE, &[CaseRef(42)], &[]);
        let mail = acknowledgement::compose(&t, &cleared, &view, &stamp, &[]).unwrap();
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
        assert!(parsed.bcc().is_none(), "{hostile:?}");
        assert!(parsed.in_reply_to().as_text().is_none(), "{hostile:?}");
        assert_eq!(parsed.from().unwrap().iter().count(), 1, "{hostile:?}");
        assert_eq!(parsed.to().unwrap().iter().count(), 1, "{hostile:?}");
        assert_eq!(parsed.headers().iter().filter(|h| h.name().eq_ignore_ascii_case("bcc")).count(), 0);
        assert_eq!(parsed.part(0).unwrap().sub_parts().unwrap().len(), 2, "{hostile:?}");
        let text = String::from_utf8_lossy(mail.bytes());
        assert!(text.starts_with("Date: "), "{hostile:?}");
        assert!(!text.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{hostile:?}");
    }
}

#[test]
fn threading_headers_are_kept_only_when_well_formed_and_anonymous() {
    let t = templates();
    let mut view = samples::received(&head()).remove(0);
    let cleared = clearance(MailKind::Acknowledgement, ONE, &[], &[]);
    let references = |view: &received_only::View| {
        let mail = received_only::compose(&t, &cleared, view, &samples::stamp(), &forbidden()).unwrap();
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
        parsed.header_raw("References").map(|r| r.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    view.answering.references = (0..30).map(|n| format!("<{n}@x.example>")).chain(["bad id".to_owned()]).collect();
    let kept = references(&view).unwrap();
    assert_eq!((kept.len(), kept.last().unwrap().as_str()), (10, "<original@surrey.example>"));
    view.answering.message_id = Some("<alfie.example.rat@surrey.example>".to_owned());
    assert_eq!(references(&view), None);
}

#[test]
fn a_long_list_of_recipients_is_folded() {
    let people: Vec<String> = (0..60).map(|n| format!("a.rather.long.name.{n}@safeguarding.police.example")).collect();
    let to: Vec<&str> = people.iter().map(String::as_str).collect();
    let view = &samples::lists(&head())[1];
    let cleared = clearance(MailKind::List, &to, &[], &[]);
    let mail = list::compose(&templates(), &cleared, view, &samples::stamp(), &[]).unwrap();
    let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
    assert_eq!(parsed.to().unwrap().iter().count(), 60);
    assert!(mail.bytes().split(|b| *b == b'\n').all(|line| line.len() <= 200));
}

#[test]
fn markup_in_a_value_is_text() {
    let mut view = samples::agendas(&head()).remove(0);
    let child = &mut view.agenda.sections[0].items[0].child;
    child.name = "<script>alert(1)</script> & \"O'Neil\"".to_owned().into();
    let mail = pack(&view).unwrap();
    let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
    let html = parsed.body_html(0).unwrap();
    assert!(!html.contains("<script>"));
    assert!(html.contains("&lt;script&gt;"));
    assert!(parsed.body_text(0).unwrap().contains("<script>alert(1)</script> & \"O'Neil\""));
    for (name, mail) in every_mail() {
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
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
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
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
        if matches!(mail.kind(), MailKind::Acknowledgement | MailKind::Query) {
            let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
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
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
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
        let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
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
fn a_template_that_does_not_hold_is_refused_at_start_with_file_and_line() {
    let at = |path: &str, text: &str| {
        let error = with(path, text).unwrap_err();
        (error.file.clone(), error.line, error.to_string())
    };
    let (file, line, _) = at("list/text.txt", "one\n{{ agenda.meting.starts }}\n");
    assert_eq!((file.as_str(), line), ("list/text.txt", 2));
    let (file, line, _) = at("list/text.txt", "one\ntwo {% if %}\n");
    assert_eq!((file.as_str(), line), ("list/text.txt", 2));
    let (file, line, text) = at("extract/text.txt", "\n\n{{ item.rating }}\n");
    assert_eq!((file.as_str(), line), ("extract/text.txt", 3));
    assert!(text.contains("absent"), "{text}");
    assert!(at("extract/subject.txt", "two\nlines").2.contains("one line"));
    assert!(at("nothing/text.txt", "x").2.contains("agenda/text.txt"));
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}";
    assert!(at("list/text.txt", endless).2.contains("fuel"));
}

#[test]
fn every_reference_of_an_alert_is_shown() {
    let view = samples::alerts(&head()).remove(0);
    let cleared = clearance(MailKind::Alert, ONE, &[CaseRef(43)], &[]);
    let mail = alert::compose(&templates(), &cleared, &view, &samples::stamp(), &[]).unwrap();
    let parsed = MessageParser::default().parse(mail.bytes()).unwrap();
    let text = parsed.body_text(0).unwrap();
    assert!(view.about.iter().map(Ref::to_string).all(|about| text.contains(&about)), "{text}");
    assert!(text.contains("\n   dutyclerk meeting admit surrey-rmm-ne/2026-11-24 R-0043"), "{text}");
}
