//! What compose refuses, and what a stranger's values cannot do.

use super::*;

#[test]
fn only_what_is_cleared_is_attached_and_all_of_it() {
    let view = samples::agendas(&head()).remove(0);
    let papers = documents(view.agenda.items());
    let cases: Vec<_> = view.agenda.items().map(|item| item.case).collect();
    let t = templates();
    let compose = |clearance: &Clearance, view: &Agenda, papers: &[ClearedPaper<'_>]| {
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
    let other = PaperBytes::new(b"other bytes".to_vec()).unwrap();
    altered[0].1 = &other;
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

/// What a stranger might write to end a line, a header, a message or a tag, and go on in their own name: 300 strings.
pub(crate) fn hostile() -> Vec<String> {
    const ENDS: [&str; 15] = [
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\u{b}",
        "\u{c}",
        "\u{202e}",
        "\r\n\r\n",
        "\r\n.\r\n",
        "\r\n ",
        "\", ",
        "\\n",
    ];
    const GOES_ON: [&str; 10] = [
        "Bcc: thief@evil.example",
        "To: thief@evil.example",
        "RCPT TO:<thief@evil.example>",
        "ATTENDEE:mailto:thief@evil.example",
        "END:VEVENT",
        "--dutyclerk-a",
        "<script>alert(1)</script>",
        "</td></tr><img src=x>",
        "=?utf-8?q?x=0D=0ABcc:_thief@evil.example?=",
        "\"thief\\\"@evil\"@evil.example, x",
    ];
    let both = ENDS.iter().flat_map(|end| GOES_ON.iter().map(move |more| (end, more)));
    both.flat_map(|(end, more)| [format!("x{end}{more}"), format!("{end}{more}{end}x")]).collect()
}

/// Each hostile string, and an answer and an invitation to this address with it wherever a stranger, or a careless
/// administrator, can put one; no invitation where it cannot stand.
pub(in crate::outbound) fn hostile_mails(to: &str) -> Vec<(String, Vec<Frozen>)> {
    let t = templates();
    hostile().into_iter().map(|hostile| (hostile.clone(), composed_with(&t, &hostile, to))).collect()
}

fn composed_with(t: &Templates, hostile: &str, to: &str) -> Vec<Frozen> {
    let stamp = samples::stamp();
    let mut view = samples::answers(&head()).remove(0);
    view.head.panel_short = hostile.to_owned();
    view.head.from_name = hostile.to_owned();
    view.answering.message_id = Some(format!("<{hostile}@x>"));
    view.files[0].name = Some(hostile.to_owned().into());
    let cleared = clearance(MailKind::Acknowledgement, &[to], &[CaseRef(42)], &[]);
    let answer = acknowledgement::compose(t, &cleared, &view, &stamp, &[]).unwrap();
    let mut view = samples::invitations(&head()).remove(0);
    view.head.from_name = hostile.to_owned();
    view.head.panel_name = hostile.to_owned();
    view.head.location = hostile.to_owned();
    view.why = Some(hostile.to_owned());
    let cleared = clearance(MailKind::Invitation, &[to], &[CaseRef(42)], &[]);
    match invitation::compose(t, &cleared, &view, &stamp, &[]) {
        Ok(invitation) => vec![answer, invitation],
        // Whom the invitation comes from is ours to write: what cannot stand in a calendar is refused.
        Err(error) => {
            assert_eq!(error, ComposeError::ControlCharacter { place: "ORGANIZER" }, "{hostile:?}");
            vec![answer]
        }
    }
}

/// Everything a stranger can put in a value comes out as text in one line, or is left out: in headers, bodies and calendars.
#[test]
fn nothing_can_be_injected() {
    let all = hostile_mails(ONE[0]);
    assert_eq!(all.len(), 300);
    let mut invited = 0;
    for (hostile, mails) in all {
        invited += mails.len() - 1;
        for (mail, parts) in mails.iter().zip([2, 3]) {
            let bytes = mail.bytes().to_vec();
            let parsed = MessageParser::default().parse(&bytes).unwrap();
            assert!(parsed.bcc().is_none(), "{hostile:?}");
            assert!(parsed.in_reply_to().as_text().is_none(), "{hostile:?}");
            assert_eq!(parsed.from().unwrap().iter().count(), 1, "{hostile:?}");
            assert_eq!(parsed.to().unwrap().iter().count(), 1, "{hostile:?}");
            assert_eq!(parsed.headers().iter().filter(|h| h.name().eq_ignore_ascii_case("bcc")).count(), 0);
            assert_eq!(parsed.part(0).unwrap().sub_parts().unwrap().len(), parts, "{hostile:?}");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(text.starts_with("Date: "), "{hostile:?}");
            let head = text.split("\r\n\r\n").next().unwrap();
            assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{hostile:?}");
            assert!(!text.split("\r\n").any(|line| line == "." || line.contains(['\n', '\r', '\0'])), "{hostile:?}");
            let html = parsed.html_part(0).and_then(|part| part.text_contents()).unwrap();
            assert!(!html.contains("<script") && !html.contains("<img"), "{hostile:?}");
            for part in &parsed.parts {
                if part.content_type().is_some_and(|t| t.subtype() == Some("calendar")) {
                    let calendar = part.text_contents().unwrap().replace("\r\n ", "");
                    let attendees = calendar.lines().filter(|line| line.starts_with("ATTENDEE")).count();
                    let ends = calendar.lines().filter(|line| line.starts_with("END:VEVENT")).count();
                    assert_eq!((attendees, ends), (1, 1), "{hostile:?}");
                }
            }
        }
    }
    assert!(invited > 30, "{invited}");
}

#[test]
fn threading_headers_are_kept_only_when_well_formed_and_anonymous() {
    let t = templates();
    let mut view = samples::received(&head()).remove(0);
    let cleared = clearance(MailKind::Acknowledgement, ONE, &[], &[]);
    let references = |view: &received_only::View| {
        let mail = received_only::compose(&t, &cleared, view, &samples::stamp(), &forbidden()).unwrap();
        let parsed = MessageParser::default().parse(&mail.bytes().to_vec()).unwrap().into_owned();
        parsed.header_raw("References").map(|r| r.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    };
    view.answering.references = (0..30).map(|n| format!("<{n}@x.example>")).chain(["bad id".to_owned()]).collect();
    let kept = references(&view).unwrap();
    assert_eq!((kept.len(), kept.last().unwrap().as_str()), (10, "<original@surrey.example>"));
    view.answering.message_id = Some("<alfie.example.rat@surrey.example>".to_owned());
    assert_eq!(references(&view), None);
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
