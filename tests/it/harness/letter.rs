//! Mails as a receiving server leaves them: its own `Received` and `Authentication-Results` on top, MIME by hand.

use super::{Form, at};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::Write as _;

/// A mail being written.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) mailbox: &'static str,
    pub(crate) arrives: Timestamp,
    from: String,
    subject: String,
    body: String,
    passes: bool,
    extra: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// What lies packed in them.
    pub(crate) packed: Vec<Vec<u8>>,
    content_type: Option<(String, String)>,
}

/// A mail from this address into this mailbox, at this London time.
pub(crate) fn letter(mailbox: &'static str, from: &str, arrives: &str) -> Letter {
    Letter {
        mailbox,
        arrives: at(arrives),
        from: from.to_owned(),
        subject: "Risk assessment".to_owned(),
        body: "Please find attached the assessment for the panel.\n\nKind regards".to_owned(),
        passes: true,
        extra: String::new(),
        files: Vec::new(),
        packed: Vec::new(),
        content_type: None,
    }
}

impl Letter {
    pub(crate) fn subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.subject);
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// The receiving server found that it does not come from whom it says.
    pub(crate) fn spoofed(mut self) -> Self {
        self.passes = false;
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.extra, "{name}: {value}\r\n");
        self
    }

    pub(crate) fn form(self, form: &Form) -> Self {
        self.file("assessment.xlsx", form.bytes())
    }

    pub(crate) fn file(mut self, name: &str, bytes: Vec<u8>) -> Self {
        self.files.push((name.to_owned(), bytes));
        self
    }

    /// A file that holds another, as the harness makes them.
    pub(crate) fn holding(mut self, name: &str, container: Vec<u8>, inside: &[u8]) -> Self {
        self.packed.push(inside.to_vec());
        self.file(name, container)
    }

    /// Another content than text and attachments: its Content-Type and body.
    pub(crate) fn content(mut self, content_type: &str, body: &str) -> Self {
        self.content_type = Some((content_type.to_owned(), body.to_owned()));
        self
    }

    /// The bytes. The number makes the Message-ID.
    pub(crate) fn bytes(&self, n: usize) -> Vec<u8> {
        let zone = TimeZone::get("Europe/London").unwrap();
        let date = self.arrives.to_zoned(zone).strftime("%a, %-d %b %Y %H:%M:%S %z").to_string();
        let address = self.from.rsplit(['<', ' ']).next().unwrap_or_default().trim_end_matches('>');
        let domain = address.rsplit('@').next().unwrap_or_default();
        let server = if self.mailbox.starts_with("surrey") { "mx.surrey.example" } else { "mx.st-helens.example" };
        let to = match self.mailbox.strip_prefix("surrey-") {
            Some(local) => format!("{local}@surrey.example"),
            None => "mace@st-helens.example".to_owned(),
        };
        let verdict = if self.passes { "pass" } else { "fail" };
        let mut mail = format!(
            "Received: from {server} (10.20.0.5) by mailbox.{server} with ESMTPS id 4X{n};\r\n {date}\r\n\
             Authentication-Results: {server}; spf={verdict} smtp.mailfrom={domain};\r\n \
             dkim={verdict} header.d={domain}; dmarc={verdict} header.from={domain}\r\n\
             Received: from out.{domain} (192.0.2.25) by {server}; Mon, 5 Jan 2026 08:00:00 +0000\r\n\
             From: {}\r\nTo: <{to}>\r\nSubject: {}\r\nDate: Mon, 5 Jan 2026 08:00:00 +0000\r\n\
             Message-ID: <story-{n}@{domain}>\r\n{}MIME-Version: 1.0\r\n",
            self.from, self.subject, self.extra
        );
        if let Some((content_type, body)) = &self.content_type {
            let _ = write!(mail, "Content-Type: {content_type}\r\n\r\n{body}");
            return mail.into_bytes();
        }
        let text = self.body.replace("\r\n", "\n").replace('\n', "\r\n");
        let _ = write!(
            mail,
            "Content-Type: multipart/mixed; boundary=\"=_{n}\"\r\n\r\n\
             --=_{n}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        );
        for (name, bytes) in &self.files {
            let _ = write!(
                mail,
                "--=_{n}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
                 Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
                base64(bytes)
            );
        }
        let _ = write!(mail, "--=_{n}--\r\n");
        mail.into_bytes()
    }
}

/// Base64 in lines of 76.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push_str("\r\n");
        }
        let group = (0..3).fold(0u32, |group, i| group << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let sextet = (group >> (18 - 6 * i)) & 63;
            out.push(if i > chunk.len() { '=' } else { char::from(ALPHABET[sextet as usize]) });
        }
    }
    out
}
