use super::*;
use crate::casework::MailKind;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn opened(raw: &str) -> Parcel {
    unpack(raw.as_bytes(), &Limits::default())
}

fn codes(parcel: &Parcel) -> Vec<FindingCode> {
    parcel.problems.iter().map(|problem| problem.code).collect()
}

const HEAD: &str =
    "From: Jo Bloggs <jo@surrey.example>\r\nTo: duty@panel.example\r\nSubject: Form\r\nMIME-Version: 1.0\r\n";

fn mixed(parts: &[&str]) -> String {
    let mut raw = format!("{HEAD}Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n");
    for part in parts {
        raw.push_str(&format!("--b\r\n{part}\r\n"));
    }
    raw + "--b--\r\n"
}

#[test]
fn a_mail_with_a_form_gives_text_and_one_leaf() {
    let parcel = opened(&mixed(&[
        "Content-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\r\nForm attached.\r\n",
        "Content-Type: application/octet-stream; name=\"a.xlsx\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"C:\\\\forms\\\\Zoe.xlsx\"\r\n\r\nJVBERi0xLjcK\r\n",
    ]));
    assert_eq!(parcel.new_text.reveal(), "Form attached.");
    assert_eq!((parcel.leaves.len(), parcel.mime_leaves), (1, 2));
    let leaf = &parcel.leaves[0];
    assert_eq!((leaf.path.as_str(), leaf.format, leaf.bytes.as_slice()), ("2", Format::Pdf, &b"%PDF-1.7\n"[..]));
    assert_eq!(leaf.name.as_ref().unwrap().reveal(), "Zoe.xlsx");
    assert_eq!(leaf.sha256, Sha256::of(b"%PDF-1.7\n"));
    assert!(parcel.problems.is_empty(), "{:?}", parcel.problems);
    assert!(!format!("{parcel:?}").contains("Zoe") && !format!("{parcel:?}").contains("Form attached"));
}

#[test]
fn lessons_a12_every_spelling_of_a_file_name_is_one_leaf() {
    let names = [
        "attachment; filename*=utf-8''Zo%C3%AB%20RAT.pdf",
        "attachment; filename*0*=utf-8''Zo%C3%AB; filename*1*=%20RAT; filename*2=.pdf",
        "attachment; filename=\"=?utf-8?Q?Zo=C3=AB_RAT=2Epdf?=\"",
        "attachment;\r\n filename=\"=?utf-8?B?Wm/DqyBSQVQ=?=\r\n =?utf-8?B?LnBkZg==?=\"",
        "inline; filename=\"Zoë RAT.pdf\"",
    ];
    let parts: Vec<String> = names
        .iter()
        .map(|name| format!("Content-Type: application/pdf\r\nContent-Disposition: {name}\r\n\r\n%PDF-"))
        .collect();
    let parcel = opened(&mixed(&parts.iter().map(String::as_str).collect::<Vec<_>>()));
    let found: Vec<&str> = parcel.leaves.iter().map(|leaf| leaf.name.as_ref().unwrap().reveal().as_str()).collect();
    assert_eq!(found, ["Zoë RAT.pdf"; 5]);
    assert!(parcel.problems.is_empty(), "{:?}", parcel.problems);
}

#[test]
fn lessons_a14_an_inline_pdf_called_text_is_still_a_paper() {
    let parcel = opened(&mixed(&["Content-Type: text/plain\r\nContent-Disposition: inline\r\n\r\n%PDF-1.4 x"]));
    assert_eq!((parcel.leaves.len(), parcel.leaves[0].format), (1, Format::Pdf));
    let alone = opened(&format!("{HEAD}Content-Type: application/pdf\r\n\r\n%PDF-1.4 x"));
    assert_eq!((alone.leaves[0].path.as_str(), alone.mime_leaves), ("1", 1));
}

#[test]
fn nested_messages_are_opened_whatever_they_are_called() {
    let inner = mixed(&["\r\ninner text", "Content-Type: application/pdf; name=x.pdf\r\n\r\n%PDF-inner"])
        .replace("\"b\"", "\"i\"");
    let inner = inner
        .replace("--b", "--i")
        .replace("Subject: Form", "Subject: Inner\r\nX-Dutyclerk-Ref: S-000009\r\nX-Dutyclerk-Kind: agenda");
    let base64 = mail_base64(&inner);
    let parcel = opened(&mixed(&[
        "Content-Type: text/plain\r\n\r\nouter",
        &format!("Content-Type: message/rfc822\r\n\r\n{inner}"),
        &format!(
            "Content-Type: application/octet-stream; name=fw.eml\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64}"
        ),
    ]));
    let paths: Vec<&str> = parcel.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    assert_eq!(paths, ["2/2", "3/2"]);
    assert_eq!(parcel.leaves[1].provenance, ["3 application/octet-stream"]);
    assert_eq!(parcel.text.reveal(), "outer");
    assert_eq!(parcel.nested.len(), 2);
    assert_eq!(parcel.nested[0].text.reveal(), "inner text");
    let own = parcel.nested[0].headers.own.clone().unwrap();
    assert_eq!((own.reference.as_deref(), own.kind), (Some("S-000009"), Some(MailKind::Agenda)));
    assert!(parcel.headers.own.is_none());
    assert!(parcel.problems.is_empty(), "{:?}", parcel.problems);
    assert_eq!(parcel.mime_leaves, 4, "the encoded one counts as one");
}

fn mail_base64(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in text.as_bytes().chunks(3).enumerate() {
        let value = chunk.iter().fold(0u32, |v, b| v << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = ALPHABET[(value >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at <= chunk.len() { digit } else { '=' });
        }
        if n % 19 == 18 {
            out.push_str("\r\n");
        }
    }
    out
}

#[test]
fn the_sender_is_one_plain_address_or_none() {
    let from = |field: &str| opened(&format!("{field}\r\nSubject: x\r\n\r\nx"));
    for good in [
        "From: jo@surrey.example",
        "From: \"Bloggs, Jo (Children's)\" <Jo@Surrey.example>",
        "From: \"jo@home.example\" <jo@surrey.example>",
        "From: =?utf-8?q?jo@home.example?= <jo@surrey.example>",
        "From: Jo <jo@surrey.example> (jo@home.example)",
    ] {
        let parcel = from(good);
        assert_eq!(parcel.headers.from.as_ref().map(|a| a.as_str()), Some("jo@surrey.example"), "{good}");
        assert!(parcel.problems.is_empty());
    }
    for (bad, code) in [
        ("From: jo@surrey.example, al@surrey.example", FindingCode::Contradiction),
        ("From: jo@surrey.example\r\nFrom: jo@surrey.example", FindingCode::Contradiction),
        ("From: jo@surrey.example <al@evil.example>", FindingCode::Contradiction),
        ("From: Jo Bloggs", FindingCode::Missing),
        ("From: \"a b\"@surrey.example", FindingCode::Missing),
        ("From:", FindingCode::Missing),
        ("To: x@y.example", FindingCode::Missing),
        ("From: team: ;", FindingCode::Missing),
    ] {
        let parcel = from(bad);
        assert_eq!((parcel.headers.from.clone(), codes(&parcel)), (None, vec![code]), "{bad}");
    }
}

#[test]
fn headers_are_read_without_their_brackets() {
    let parcel = opened(
        "Return-Path: <bounce@surrey.example>\nFrom: a@surrey.example\nTo: \"Duty\" <duty@x.example>, b@x.example\nCc: group: c@x.example;\n\
         Subject: =?utf-8?Q?Zo=C3=AB?=\n\t=?utf-8?Q?_form?=\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\nReferences: <a@x>\n <0@x>\n\
         Date: Tue, 9 Jun 2026 10:00:00 BST\nX-Dutyclerk-Ref: S-000001\nX-Dutyclerk-Kind: nonsense\n\nx",
    );
    let headers = &parcel.headers;
    assert_eq!(headers.subject.reveal(), "Zoë form");
    assert_eq!((headers.message_id.as_deref(), headers.in_reply_to.as_deref()), (Some("1@x"), Some("0@x")));
    assert_eq!(headers.references, ["a@x", "0@x"]);
    assert_eq!(headers.date_header.unwrap().to_string(), "2026-06-09T09:00:00Z");
    assert_eq!(headers.to.len() + headers.cc.len(), 3);
    assert_eq!(headers.return_path, ReturnPath::Address("bounce@surrey.example".parse().unwrap()));
    assert_eq!(headers.own, Some(Own { reference: Some("S-000001".into()), kind: None }));
}

#[test]
fn rfc_3834_machines_are_told_from_people() {
    let kind = |fields: &str, rest: &str| opened(&format!("From: a@b.example\r\n{fields}{rest}")).headers.auto;
    let text = "\r\n\r\nhello";
    for (fields, want) in [
        ("Subject: x", AutoKind::Person),
        ("Auto-Submitted: no", AutoKind::Person),
        ("X-Auto-Response-Suppress: All", AutoKind::Person),
        ("Subject: Automatic reply: Form", AutoKind::Person),
        ("Auto-Submitted: auto-replied (vacation)", AutoKind::AutoReply),
        ("Auto-Submitted: auto-generated; owner=x", AutoKind::AutoReply),
        ("Return-Path: <>\r\nSubject: Automatic reply: Form", AutoKind::AutoReply),
        ("X-Autoreply: yes", AutoKind::AutoReply),
        ("X-Autorespond: x", AutoKind::AutoReply),
        ("Precedence: auto_reply", AutoKind::AutoReply),
        ("Precedence: bulk", AutoKind::List),
        ("List-Id: <x.y>", AutoKind::List),
        ("X-Failed-Recipients: c@d.example", AutoKind::Bounce),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", AutoKind::Bounce),
        ("Content-Type: message/delivery-status", AutoKind::Bounce),
        ("Content-Type: text/calendar; method=REPLY", AutoKind::CalendarReply),
        ("Content-Type: text/calendar; method=REQUEST", AutoKind::Person),
    ] {
        let body =
            if fields.starts_with("Content-Type: text/calendar") { "\r\n\r\nBEGIN:VCALENDAR\r\nX:y" } else { text };
        assert_eq!(kind(fields, body), want, "{fields}");
    }
    assert_eq!(
        kind("Content-Type: application/ics", "\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:COUNTER\r\n"),
        AutoKind::CalendarReply
    );
    assert_eq!(opened("From: MAILER-DAEMON@x.example\n\nx").headers.auto, AutoKind::Bounce);
}

#[test]
fn a_calendar_answer_with_papers_is_read_for_its_papers() {
    let answer = "Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n";
    assert_eq!(opened(&mixed(&[answer])).headers.auto, AutoKind::CalendarReply);
    assert_eq!(opened(&mixed(&[answer, "Content-Type: application/pdf\r\n\r\n%PDF-"])).headers.auto, AutoKind::Person);
    let report = "Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nDate: x\r\nSubject: x\r\nContent-Type: message/delivery-status\r\n\r\nx";
    assert_eq!(opened(&mixed(&[report])).headers.auto, AutoKind::Person, "a forwarded bounce is a person's mail");
}

#[test]
fn logos_are_decoration_and_photographs_are_not() {
    let image = |head: &str, size: usize| {
        let bytes = mail_base64(&format!("GIF8{}", "x".repeat(size)));
        format!("Content-Type: image/gif\r\n{head}Content-Transfer-Encoding: base64\r\n\r\n{bytes}")
    };
    let parcel = opened(&mixed(&[
        "Content-Type: text/html\r\n\r\n<p>x<img src=\"cid:logo@x\">",
        &image("Content-ID: <logo@x>\r\n", 300_000),
        &image("Content-ID: <other@x>\r\n", 300_000),
        &image("Content-Disposition: inline\r\n", 300_000),
        &image("Content-Disposition: inline\r\n", 50_000),
        &image("Content-Disposition: attachment\r\n", 100),
        &image("Content-Disposition: attachment\r\n", 50_000),
        // AppleDouble: what a Mac knows of the file that comes with it.
        "Content-Type: application/applefile; name=\"rat.xlsx\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAUWBwACAAA=",
    ]));
    let decoration: Vec<bool> = parcel.leaves.iter().map(Leaf::is_decoration).collect();
    assert_eq!(decoration, [true, false, false, true, true, false, true]);
}

#[test]
fn beyond_a_limit_is_a_finding_and_the_rest_is_read() {
    let limits = Limits::default();
    let limited = |raw: &str| {
        let parcel = unpack(raw.as_bytes(), &limits);
        assert!(codes(&parcel).contains(&FindingCode::LimitExceeded), "{:?}", parcel.problems);
        parcel
    };
    let part = "Content-Type: application/pdf\r\n\r\n%PDF-";
    assert_eq!(limited(&mixed(&[part; 200])).leaves.len(), 99);
    assert_eq!(limited(&mixed(&[part; 21])).leaves.len(), 21);
    assert!(codes(&opened(&mixed(&[part; 20]))).is_empty());
    assert!(limited(&format!("{HEAD}{}\r\nx", "X-A: b\r\n".repeat(300))).headers.from.is_some());
    assert!(limited(&format!("{HEAD}X-A: {}\r\n\r\nx", "b".repeat(300_000))).headers.from.is_some());
    let large = format!("{HEAD}Content-Type: application/pdf\r\n\r\n%PDF-{}", "x".repeat(2000));
    let small = Limits { message_bytes: 1000, ..Limits::default() };
    let parcel = unpack(large.as_bytes(), &small);
    assert_eq!(codes(&parcel), [FindingCode::LimitExceeded]);
    assert_eq!(parcel.headers.from.unwrap().as_str(), "jo@surrey.example");
    assert!(parcel.leaves.iter().all(|leaf| leaf.bytes.is_empty()));
}

#[test]
fn four_hundred_levels_stop_at_ten() {
    let mut nested = String::new();
    for n in 0..400 {
        nested.push_str(&format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\nContent-Type: message/rfc822\r\n\r\n"
        ));
    }
    let parcel = opened(&nested);
    assert!(codes(&parcel).contains(&FindingCode::LimitExceeded));
    assert!(parcel.nested.len() <= 10 && parcel.leaves.len() == 1);
    let mut multiparts = HEAD.to_owned();
    for n in 0..400 {
        multiparts.push_str(&format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"));
    }
    assert!(codes(&opened(&multiparts)).contains(&FindingCode::LimitExceeded));
}

#[test]
fn lessons_a12_parts_that_do_not_add_up_are_told() {
    // A part within a body's text: one reader sees an attachment, another a text that mentions one.
    let hidden = "Content-Type: text/plain\r\n\r\nContent-Type: multipart/mixed; boundary=h\r\n\r\n--h\r\n\r\none\r\n--h\r\n\r\ntwo\r\n--h--\r\n";
    let parcel = opened(&mixed(&[hidden]));
    assert_eq!(codes(&parcel), [FindingCode::CountMismatch]);
    assert_eq!(parcel.mime_leaves, 2);
}

#[test]
fn broken_mail_is_data() {
    assert_eq!(codes(&opened("")), [FindingCode::Empty, FindingCode::Missing]);
    assert_eq!(opened("").mime_leaves, 0);
    assert_eq!(opened("just some text").text.reveal(), "just some text");
    let head_only = opened("From: a@b.example\nSubject: x");
    assert_eq!((head_only.headers.subject.reveal().as_str(), head_only.text.reveal().as_str()), ("x", ""));
    let no_mime = opened(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: application/pdf\n\n%PDF-\n--b--",
    );
    assert_eq!((no_mime.text.reveal().as_str(), no_mime.leaves.len()), ("hi", 1));
    let cut = opened(&mixed(&["\r\nhi", "Content-Type: application/pdf\r\n\r\n%PDF-x"]).replace("--b--", ""));
    assert_eq!((codes(&cut), cut.leaves.len()), (vec![FindingCode::Unreadable], 1));
    let no_boundary = opened(&format!("{HEAD}Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\nhi"));
    assert_eq!((no_boundary.leaves.len(), no_boundary.problems.len()), (1, 0), "kept as one unread part");
    let odd =
        opened(&format!("{HEAD}Content-Type: application/pdf\r\nContent-Transfer-Encoding: x-secret\r\n\r\n%PDF-"));
    assert_eq!((codes(&odd), odd.leaves.len()), (vec![FindingCode::Unreadable], 1));
    let postmark = opened("\r\nFrom jo@x.example Thu Jun  4 10:00:00 2026\nFrom: a@b.example\n\nx");
    assert!(postmark.headers.from.is_some());
    let prefix = opened(&mixed(&[
        "Content-Type: multipart/mixed; boundary=\"b2\"\r\n\r\n--b2\r\nContent-Type: application/pdf\r\n\r\n%PDF-1\r\n--b2--",
        "Content-Type: application/pdf\r\n\r\n%PDF-2 --b not a boundary\r\n",
    ]));
    let paths: Vec<&str> = prefix.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    assert_eq!((paths, prefix.problems.len()), (vec!["1.1", "2"], 0));
}

/// A random tree of parts, as text, and how many leaves it has.
fn tree() -> impl Strategy<Value = (String, usize)> {
    let leaf = prop_oneof![
        Just(("Content-Type: text/plain\r\n\r\nHello there\r\n".to_owned(), 1)),
        Just(("Content-Type: text/html\r\n\r\n<p>Hello</p>\r\n".to_owned(), 1)),
        Just((
            "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcK\r\n"
                .to_owned(),
            1
        )),
        Just(("\r\n".to_owned(), 1)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 1..4), any::<u64>(), any::<bool>()).prop_map(
                |(parts, n, alternative)| {
                    let kind = if alternative { "alternative" } else { "mixed" };
                    let mut raw = format!("Content-Type: multipart/{kind};\r\n boundary=\"=_{n}\"\r\n\r\n");
                    let mut leaves = 0;
                    for (part, count) in parts {
                        raw.push_str(&format!("--=_{n}\r\n{part}\r\n"));
                        leaves += count;
                    }
                    (format!("{raw}--=_{n}--\r\n"), leaves)
                }
            ),
            inner.prop_map(|(part, count)| {
                (
                    format!("Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\nDate: x\r\nSubject: n\r\n{part}"),
                    count,
                )
            }),
        ]
    })
}

fn sound(parcel: &Parcel) {
    let paths: BTreeSet<&str> = parcel.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    assert_eq!(paths.len(), parcel.leaves.len(), "paths are unique");
    assert!(parcel.leaves.iter().all(|leaf| leaf.sha256 == Sha256::of(&leaf.bytes)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        sound(&unpack(&bytes, &Limits::default()));
    }

    #[test]
    fn scraps_of_mail_never_panic(scraps in prop::collection::vec(prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=b\r\n"), Just("--b\r\n"), Just("--b--\r\n"), Just("\r\n"),
        Just("Content-Type: message/rfc822\r\n"), Just("From: a@b.example\r\n"), Just("Content-Transfer-Encoding: base64\r\n"),
        Just("JVBERi0x"), Just("<p>&#99999999;&"), Just("=?utf-8?q?=ff?="), Just("(\"\\"), Just("Subject: "), Just("é"), Just("PK\u{3}\u{4}"),
        Just("Content-Disposition: attachment; filename*0*=utf-8''%"), Just("On 1 wrote:\n> "), Just("\u{0}"), Just("From: "),
        Just("Authentication-Results: a; dmarc=\"pass"), Just("Content-Type: text/html\r\n\r\n"),
    ], 0..60)) {
        let parcel = opened(&scraps.concat());
        sound(&parcel);
        let from = "a@b.example".parse().unwrap();
        authentication::authenticate(&parcel.headers, &from, Some("a"));
    }

    #[test]
    fn well_formed_mail_adds_up((body, leaves) in tree()) {
        let raw = format!("{HEAD}{body}");
        let parcel = opened(&raw);
        sound(&parcel);
        prop_assert_eq!(parcel.mime_leaves, leaves);
        prop_assert!(parcel.problems.is_empty(), "{:?}\n{}", parcel.problems, raw);
    }

    #[test]
    fn texts_of_any_kind_never_panic(text in "\\PC{0,400}") {
        new_text(&text);
        html_to_text(&text);
    }
}

/// A file of this size whose header names one sector as its allocation table many thousand times over.
fn ole_that_grows() -> Vec<u8> {
    let mut file = vec![0u8; 512];
    file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    file[24..34].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    file[44..48].copy_from_slice(&1u32.to_le_bytes());
    file[48..52].copy_from_slice(&0xFFFF_FFFEu32.to_le_bytes());
    file[68..72].copy_from_slice(&0u32.to_le_bytes());
    for n in 1..=2000u32 {
        let mut sector = [0u8; 512];
        sector[508..].copy_from_slice(&if n == 2000 { 0xFFFF_FFFEu32 } else { n }.to_le_bytes());
        file.extend_from_slice(&sector);
    }
    let name: Vec<u8> = "__properties_version1.0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    file.extend_from_slice(&name);
    file
}

#[test]
fn invariant_9_a_message_file_that_would_grow_is_refused_unopened() {
    let parcel = unpack(&ole_that_grows(), &Limits::default());
    let refused = parcel.leaves[0].refused.as_ref().map(|finding| finding.code);
    assert_eq!((parcel.leaves.len(), refused), (1, Some(FindingCode::Unreadable)));
}

#[test]
fn a_container_that_comes_alone_is_opened_too() {
    let zip = |files: &[(&str, &[u8])]| {
        use std::io::Write;
        let mut zip = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, ::zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let parcel = unpack(&zip(&[("a/b.pdf", b"%PDF-1"), ("c.zip", &zip(&[("d.pdf", b"%PDF-2")]))]), &Limits::default());
    let paths: Vec<&str> = parcel.leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    assert_eq!((paths, parcel.problems.len()), (vec!["1", "2/1"], 0));
    assert_eq!(parcel.leaves[0].name.as_ref().unwrap().reveal(), "b.pdf");
    // What all of one message's archives hold together is bounded, and their number.
    let large: Vec<u8> = (0..90_000u32).flat_map(u32::to_le_bytes).collect();
    let limits = Limits { unpacked_bytes: 400_000, ..Limits::default() };
    let twice = zip(&[("a.zip", &zip(&[("x", &large)])), ("b.zip", &zip(&[("y", &large)]))]);
    let parcel = unpack(&twice, &limits);
    let refused: Vec<_> = parcel.leaves.iter().map(|leaf| leaf.refused.as_ref().map(|finding| finding.code)).collect();
    assert_eq!(refused, [Some(FindingCode::LimitExceeded)]);
    let many: Vec<(String, &[u8])> = (0..150).map(|n| (format!("{n}.pdf"), b"%PDF-1".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let parcel = unpack(&zip(&many), &Limits::default());
    assert!(codes(&parcel).contains(&FindingCode::LimitExceeded));
    assert_eq!(parcel.leaves.len(), 100);
}

#[test]
fn invariant_9_a_message_file_that_names_one_stream_again_and_again_is_refused() {
    use std::io::Write;
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    let mut put = |path: &str, bytes: &[u8]| file.create_stream(path).unwrap().write_all(bytes).unwrap();
    put("/__substg1.0_1000001F", &[b'x'; 100_000]);
    let row = [0x1F, 0, 0, 0x10, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let table = |rows: usize| [vec![0; 32], row.repeat(rows)].concat();
    put("/__properties_version1.0", &table(3_000));
    file.flush().unwrap();
    let parcel = unpack(&file.into_inner().into_inner(), &Limits::default());
    let refused: Vec<_> = parcel.leaves.iter().map(|leaf| leaf.refused.as_ref().map(|finding| finding.code)).collect();
    assert_eq!(refused, [Some(FindingCode::Unreadable)]);
    assert!(parcel.text.reveal().is_empty());
}

#[test]
fn of_a_message_that_is_not_opened_the_head_is_known_and_nothing_else() {
    let raw =
        mixed(&["Content-Type: text/plain\r\n\r\nHello\r\n", "Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n"]);
    let parcel = unopened(raw.as_bytes(), &Limits::default());
    assert_eq!(parcel.headers.from.as_ref().unwrap().as_str(), "jo@surrey.example");
    assert!(parcel.leaves.is_empty() && parcel.text.reveal().is_empty());
    assert_eq!(codes(&parcel), [FindingCode::ReaderFailed]);
}

/// A file as uuencode writes it.
fn uuencoded(name: &str, bytes: &[u8]) -> String {
    let sign = |value: u8| char::from(if value == 0 { b'`' } else { value + 0x20 });
    let mut text = format!("begin 644 {name}\r\n");
    for line in bytes.chunks(45) {
        text.push(sign(u8::try_from(line.len()).unwrap()));
        for three in line.chunks(3) {
            let at = |place: usize| three.get(place).copied().unwrap_or(0);
            let [a, b, c] = [at(0), at(1), at(2)];
            text.extend([a >> 2, (a << 4 | b >> 4) & 0x3F, (b << 2 | c >> 6) & 0x3F, c & 0x3F].map(sign));
        }
        text.push_str("\r\n");
    }
    text + "`\r\nend\r\n"
}

#[test]
fn files_written_into_a_text_by_uuencode_are_its_leaves() {
    let (form, more) = (uuencoded("Zoe RAT.pdf", b"%PDF-1.7\n"), uuencoded("second.rtf", b"{\\rtf1 x}"));
    let parcel = opened(&format!("{HEAD}\r\nForm below.\r\n\r\n{form}And another:\r\n{more}\r\nThanks, all.\r\n"));
    let found: Vec<_> =
        parcel.leaves.iter().map(|leaf| (leaf.path.as_str(), leaf.format, leaf.provenance.join(", "))).collect();
    let inside = || "1 text/x-uuencode".to_owned();
    assert_eq!(found, [("1/1", Format::Pdf, inside()), ("1/2", Format::Rtf, inside())]);
    assert_eq!(parcel.leaves[0].name.as_ref().unwrap().reveal(), "Zoe RAT.pdf");
    assert!(parcel.text.reveal().contains("And another:") && !parcel.text.reveal().contains("begin"));
    assert!(parcel.problems.is_empty(), "{:?}", parcel.problems);
    // As a part's encoding it was written before there was MIME.
    let part = format!(
        "Content-Type: application/octet-stream; name=a.pdf\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n{form}"
    );
    let parcel = opened(&mixed(&["Content-Type: text/plain\r\n\r\nHello", &part]));
    assert_eq!((parcel.leaves[0].path.as_str(), parcel.leaves[0].bytes.as_slice()), ("2", &b"%PDF-1.7\n"[..]));
    assert!(parcel.problems.is_empty(), "{:?}", parcel.problems);
}

#[test]
fn uuencoded_files_count_towards_the_limits() {
    let form = uuencoded("a.pdf", b"%PDF-1.7\n");
    let raw = format!("{HEAD}\r\n{}", form.repeat(5));
    let few = Limits { parts: 3, ..Limits::default() };
    let parcel = unpack(raw.as_bytes(), &few);
    assert_eq!((parcel.leaves.len(), codes(&parcel)), (2, vec![FindingCode::LimitExceeded]));
    let small = Limits { member_bytes: 4, ..Limits::default() };
    let refused = unpack(raw.as_bytes(), &small).leaves;
    assert!(
        refused
            .iter()
            .all(|leaf| leaf.refused.as_ref().is_some_and(|finding| finding.code == FindingCode::LimitExceeded))
    );
    let shallow = unpack(raw.as_bytes(), &Limits { depth: 0, ..Limits::default() });
    assert_eq!((shallow.leaves.len(), codes(&shallow)), (0, vec![FindingCode::LimitExceeded]));
    assert!(shallow.text.reveal().contains("begin 644"), "what was not taken out stays");
}

#[test]
fn a_form_in_the_html_is_seen_beside_a_text_that_says_nothing_of_it() {
    let mail = |html: &str| {
        format!(
            "From: jo@surrey.example\r\nSubject: form\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
             This message is best seen as HTML.\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n"
        )
    };
    let body = |html: &str| unpack(mail(html).as_bytes(), &Limits::default()).bodies.pop();
    let form = body("<table><tr><td>Date of birth</td><td>01/02/2011</td></tr></table>");
    assert_eq!(form.map(|body| body.format), Some(Format::Html));
    assert!(body("<p>See you on Monday.</p>").is_none());
}

#[test]
fn a_text_for_the_holder_of_a_key_is_an_attachment_nobody_can_open() {
    let sealed = "-----BEGIN PGP MESSAGE-----\n\nhQEMA5\n-----END PGP MESSAGE-----\n";
    let parcel = unpack(format!("From: jo@surrey.example\nSubject: form\n\n{sealed}").as_bytes(), &Limits::default());
    assert_eq!((parcel.leaves.len(), parcel.text.reveal().as_str()), (1, ""));
    assert!(parcel.leaves[0].may_be_a_paper());
}
