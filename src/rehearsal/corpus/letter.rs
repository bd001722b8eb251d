//! Invented e-mails as Outlook and Exchange write them: Received lines (the topmost one is the arrival), the receiving
//! server's Authentication-Results, text and HTML, a logo in the signature, RFC 2231 file names. ASCII throughout and
//! lines ended by LF, as a Maildir keeps them.

use super::people::Writer;
use crate::casework::Sha256;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::fmt::Write as _;

/// What the receiving server found when it checked the sender (RFC 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// SPF, DKIM and DMARC passed.
    Pass,
    /// All failed. The sender wrote a passing line of his own further down.
    Fail,
}

/// A file that goes with a mail.
#[derive(Clone, Debug)]
pub(super) struct Enclosure {
    pub(super) name: String,
    pub(super) mime: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What sort of message it is.
#[derive(Clone, Debug)]
pub(super) enum Sort {
    /// Somebody wrote it.
    Written,
    /// Out of office (RFC 3834).
    AutoReply,
    /// Delivery status notification (RFC 3464) about this address.
    Bounce(&'static str),
    /// An answer to an invitation (RFC 6047).
    MeetingReply,
    /// A manager passes on what a worker sent.
    Forward(Box<Letter>),
}

/// One message before it is bytes.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) from: Writer,
    pub(super) to: (&'static str, &'static str),
    /// Authserv-id of the receiving server.
    pub(super) server: &'static str,
    pub(super) arrives: Timestamp,
    pub(super) subject: String,
    /// Paragraphs parted by an empty line.
    pub(super) body: String,
    pub(super) checked: Checked,
    pub(super) logo: bool,
    pub(super) enclosures: Vec<Enclosure>,
    pub(super) sort: Sort,
}

const LOGO: &[u8] = include_bytes!("fixtures/logo.png");

/// The message's bytes.
pub(super) fn write(letter: &Letter) -> String {
    let id = identifier(letter);
    let mut out = String::new();
    trace(&mut out, letter, &id);
    headers(&mut out, letter, &id);
    let (kind, content) = content(letter, &id);
    let _ = write!(out, "MIME-Version: 1.0\n{kind}\n{content}");
    out
}

/// The same letter always gets the same Message-ID and boundaries.
fn identifier(letter: &Letter) -> String {
    let facts = format!("{} {} {} {}", letter.arrives, letter.from.email, letter.to.1, letter.subject);
    Sha256::of(facts.as_bytes()).to_string().chars().take(24).collect()
}

/// RFC 5322 date in London time.
fn date(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%a, %-d %b %Y %H:%M:%S %z").to_string()
}

fn trace(out: &mut String, letter: &Letter, id: &str) {
    let (from, domain, server) = (letter.from, letter.from.domain(), letter.server);
    let sender = if matches!(letter.sort, Sort::Bounce(_)) { "" } else { from.email };
    let hop = |seconds| date(letter.arrives.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(letter.arrives));
    let tag: String = id.chars().take(10).collect();
    let _ = write!(
        out,
        "Return-Path: <{sender}>\n\
         Received: from {server} (10.20.0.5) by mailbox.{server}\n with Microsoft SMTP Server (version=TLS1_2) id 15.2.1544.9 via Mailbox\n Transport; {}\n",
        hop(0)
    );
    let _ = match letter.checked {
        Checked::Pass => write!(
            out,
            "Authentication-Results: {server}; spf=pass smtp.mailfrom={domain};\n dkim=pass header.d={domain} header.s=s1; dmarc=pass header.from={domain}\n"
        ),
        Checked::Fail => write!(
            out,
            "Authentication-Results: {server}; spf=fail smtp.mailfrom={domain};\n dkim=none; dmarc=fail header.from={domain}\n"
        ),
    };
    let _ = write!(
        out,
        "Received: from out.{domain} (out.{domain} [192.0.2.25])\n by {server} (Postfix) with ESMTPS id {tag}\n for <{}>; {}\n",
        letter.to.1,
        hop(2)
    );
    if letter.checked == Checked::Fail {
        // Written by the sender, below the server's own: must not count.
        let _ = writeln!(
            out,
            "Authentication-Results: {server}; spf=pass smtp.mailfrom={domain}; dmarc=pass header.from={domain}"
        );
    }
    let _ = write!(out, "Received: from client.{domain} ([198.51.100.7]) by out.{domain} with HTTPS;\n {}\n", hop(4));
}

fn headers(out: &mut String, letter: &Letter, id: &str) {
    let (from, domain) = (letter.from, letter.from.domain());
    let sent = letter.arrives.checked_sub(SignedDuration::from_secs(5)).unwrap_or(letter.arrives);
    let _ = write!(
        out,
        "From: {} <{}>\nTo: \"{}\" <{}>\nSubject: {}\nDate: {}\nMessage-ID: <{id}@{domain}>\n\
         Thread-Topic: {}\nAccept-Language: en-GB, en-US\nContent-Language: en-GB\nX-MS-Has-Attach: {}\n",
        header_text(from.name),
        from.email,
        letter.to.0,
        letter.to.1,
        header_text(&letter.subject),
        date(sent),
        header_text(&letter.subject),
        if letter.enclosures.is_empty() { "" } else { "yes" },
    );
    match letter.sort {
        Sort::AutoReply => {
            out.push_str("Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\nPrecedence: bulk\n")
        }
        Sort::Bounce(_) => out.push_str("Auto-Submitted: auto-replied\n"),
        _ => {}
    }
}

/// RFC 2047 when it is not plain ASCII.
fn header_text(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { format!("=?utf-8?B?{}?=", base64(text.as_bytes()).replace('\n', "")) }
}

/// The Content-Type line and all that follows it.
fn content(letter: &Letter, id: &str) -> (String, String) {
    match &letter.sort {
        Sort::Bounce(address) => bounce(letter, address, id),
        Sort::MeetingReply => meeting_reply(letter, id),
        Sort::Forward(inner) => {
            let inner = format!("Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{}", inside(inner));
            multipart("mixed", "", id, &[text_part(letter, id), inner])
        }
        Sort::Written | Sort::AutoReply => {
            let text = text_part(letter, id);
            if letter.enclosures.is_empty() {
                return text
                    .split_once('\n')
                    .map_or((text.clone(), String::new()), |(a, b)| (a.to_owned(), b.to_owned()));
            }
            let mut parts = vec![text];
            parts.extend(letter.enclosures.iter().map(attachment));
            multipart("mixed", "", id, &parts)
        }
    }
}

/// A message as it stands inside another: no trace lines of its own receipt.
fn inside(letter: &Letter) -> String {
    let id = identifier(letter);
    let mut out = String::new();
    headers(&mut out, letter, &id);
    let (kind, content) = content(letter, &id);
    let _ = write!(out, "MIME-Version: 1.0\n{kind}\n{content}");
    out
}

fn multipart(subtype: &str, parameters: &str, id: &str, parts: &[String]) -> (String, String) {
    let boundary = format!("_{}_{id}_", subtype.replace('/', "-"));
    let mut body = "\n".to_owned();
    for part in parts {
        let _ = write!(body, "--{boundary}\n{}\n", part.trim_end_matches('\n'));
    }
    let _ = writeln!(body, "--{boundary}--");
    (format!("Content-Type: multipart/{subtype};{parameters}\n boundary=\"{boundary}\""), body)
}

/// Text and HTML, with the logo the HTML shows.
fn text_part(letter: &Letter, id: &str) -> String {
    let signature = if letter.from.title.is_empty() {
        letter.from.name.to_owned()
    } else {
        format!("{}\n{}\n{}", letter.from.name, letter.from.title, letter.from.email)
    };
    let text = format!("{}\n\n{signature}\n", letter.body);
    let paragraphs: String = text.split("\n\n").fold(String::new(), |mut html, paragraph| {
        let _ = writeln!(html, "<p>{}</p>", escape(paragraph.trim_end()).replace('\n', "<br>\n"));
        html
    });
    let image = if letter.logo { format!("<img src=\"cid:logo{id}\" alt=\"logo\">\n") } else { String::new() };
    let html = format!("<html><body style=\"font-family:Calibri\">\n{paragraphs}{image}</body></html>\n");
    let part = |kind: &str, text: &str| {
        format!(
            "Content-Type: {kind}; charset=\"utf-8\"\nContent-Transfer-Encoding: quoted-printable\n\n{}",
            quoted(text)
        )
    };
    let (kind, body) = multipart("alternative", "", id, &[part("text/plain", &text), part("text/html", &html)]);
    let alternative = format!("{kind}\n{body}");
    if !letter.logo {
        return alternative;
    }
    let logo = format!(
        "Content-Type: image/png; name=\"image001.png\"\nContent-Disposition: inline; filename=\"image001.png\"\n\
         Content-ID: <logo{id}>\nContent-Transfer-Encoding: base64\n\n{}",
        base64(LOGO)
    );
    let (kind, body) = multipart("related", "", id, &[alternative, logo]);
    format!("{kind}\n{body}")
}

fn attachment(file: &Enclosure) -> String {
    format!(
        "Content-Type: {}\nContent-Disposition: attachment;\n {}; size={}\nContent-Transfer-Encoding: base64\n\n{}",
        file.mime,
        file_name(&file.name),
        file.bytes.len(),
        base64(&file.bytes)
    )
}

/// RFC 2231: percent-encoded when not ASCII, continued when long.
fn file_name(name: &str) -> String {
    if !name.is_ascii() {
        let encoded: String = name.bytes().fold(String::new(), |mut out, byte| {
            let _ = match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => write!(out, "{}", char::from(byte)),
                other => write!(out, "%{other:02X}"),
            };
            out
        });
        return format!("filename*=UTF-8''{encoded}");
    }
    if name.len() <= 40 {
        return format!("filename=\"{name}\"");
    }
    let letters: Vec<char> = name.chars().collect();
    let pieces =
        letters.chunks(30).enumerate().map(|(n, piece)| format!("filename*{n}=\"{}\"", String::from_iter(piece)));
    pieces.collect::<Vec<_>>().join(";\n ")
}

fn bounce(letter: &Letter, address: &str, id: &str) -> (String, String) {
    let (domain, original) = (letter.from.domain(), "X-Dutyclerk-Ref: S-000001");
    let parts = [
        format!("Content-Type: text/plain; charset=us-ascii\n\n{}", letter.body),
        format!(
            "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.{domain}\n\n\
             Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such mailbox\n"
        ),
        format!(
            "Content-Type: text/rfc822-headers\n\nFrom: <{}>\nTo: <{address}>\nSubject: RMM agenda\n{original}\n",
            letter.to.1
        ),
    ];
    multipart("report", " report-type=delivery-status;", id, &parts)
}

fn meeting_reply(letter: &Letter, id: &str) -> (String, String) {
    let stamp = letter.arrives.strftime("%Y%m%dT%H%M%SZ");
    let reply = format!(
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nPRODID:Microsoft Exchange Server 2010\nVERSION:2.0\nBEGIN:VEVENT\n\
         ATTENDEE;PARTSTAT=ACCEPTED;CN={}:mailto:{}\nUID:{id}@{}\nSUMMARY;LANGUAGE=en-GB:Accepted: panel item\n\
         DTSTART:20261117T100000Z\nDTEND:20261117T101500Z\nDTSTAMP:{stamp}\nSEQUENCE:0\nSTATUS:CONFIRMED\nEND:VEVENT\nEND:VCALENDAR\n",
        letter.from.name,
        letter.from.email,
        letter.to.1.split('@').nth(1).unwrap_or_default(),
    );
    let calendar = format!(
        "Content-Type: text/calendar; charset=\"utf-8\"; method=REPLY\nContent-Transfer-Encoding: base64\n\n{}",
        base64(reply.replace('\n', "\r\n").as_bytes())
    );
    let text = "Content-Type: text/plain; charset=\"utf-8\"\n\n".to_owned() + &letter.body;
    multipart("alternative", "", id, &[text, calendar])
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Quoted-printable (RFC 2045 §6.7).
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut width = 0;
        for byte in line.bytes() {
            let plain = matches!(byte, b' '..=b'~') && byte != b'=';
            if width + if plain { 1 } else { 3 } > 74 {
                out.push_str("=\n");
                width = 0;
            }
            width += if plain { 1 } else { 3 };
            let _ = if plain { write!(out, "{}", char::from(byte)) } else { write!(out, "={byte:02X}") };
        }
        if out.ends_with(' ') {
            out.pop();
            out.push_str("=20");
        }
        out.push('\n');
    }
    out
}

/// Base64 in lines of 76 (RFC 2045 §6.8).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() / 3 * 4 + bytes.len() / 57 + 8);
    for (n, group) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push('\n');
        }
        let word = group.iter().chain(&[0; 3]).take(3).fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = ALPHABET.get(word >> (18 - 6 * place) & 63).copied().unwrap_or(b'A');
            out.push(if place > group.len() { '=' } else { char::from(letter) });
        }
    }
    out.push('\n');
    out
}
