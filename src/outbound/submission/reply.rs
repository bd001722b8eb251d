//! What a server's reply means for a mail: tried again, given up, or taken. Pure; the text of a reply is never kept, for it
//! may name people.
//!
//! # Policy, most particular first
//!
//! | reply | meaning |
//! |---|---|
//! | 2xx | taken (after the final dot), or go on |
//! | 421 | later: the server closes (RFC 5321 §3.8) |
//! | 530, 534, 535, 538, `5.7.30`, `5.7.57`, `5.7.139` | later, and a person is told: our login is at fault, not the mail (basic authentication switched off, Microsoft's `5.7.30`) |
//! | `5.1.90`, `5.7.705`, `5.7.708` | later: Microsoft 365 takes no more from this account or address for now |
//! | 452 and 552 at RCPT, `4.5.3`, `5.5.3` | later, soon: too many recipients for one transaction (RFC 5321 §4.5.3.1.10); unless the mailbox is full or the mail too big |
//! | 552 elsewhere, `5.3.4`, `5.2.3` | never: too big, now and tomorrow |
//! | 5xx with `5.5.0`, and 500 to 504 | later once, then never: servers say it of a moment's confusion too (LESSONS B) |
//! | 4xx | later |
//! | 5xx | never |
//! | anything else | later, on a new connection: that is no SMTP |

use crate::outbound::outbox::{Refusal, Reply};
use std::fmt;

/// What the server was answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// MAIL: about the sender, or the mail's size.
    Mail,
    /// RCPT: about one recipient.
    Rcpt,
    /// DATA: before the first body byte.
    Data,
    /// The final dot.
    Dot,
}

/// An enhanced status code (RFC 3463).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status {
    /// 2, 4 or 5.
    pub class: u8,
    /// e.g. 1 for addresses.
    pub subject: u16,
    /// e.g. 1 for no such mailbox.
    pub detail: u16,
}

impl Status {
    /// The code a reply's text begins with, if it is one and agrees with the reply (RFC 2034 §4).
    pub fn of(text: &str, code: u16) -> Option<Self> {
        let word = text.split_whitespace().next()?;
        let mut parts = word.split('.');
        let mut number = |longest: usize| {
            let part = parts.next()?;
            let plain = !part.is_empty() && part.len() <= longest && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (class, subject, detail) = (number(1)?, number(3)?, number(3)?);
        let status = Self { class: u8::try_from(class).ok()?, subject, detail };
        (parts.next().is_none() && class == code / 100).then_some(status)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What the server said, without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// e.g. 550.
    pub code: u16,
    /// e.g. `5.1.1`.
    pub status: Option<Status>,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{} {status}", self.code),
            None => write!(f, "{}", self.code),
        }
    }
}

impl Said {
    /// A positive answer.
    pub const fn is_yes(self) -> bool {
        self.code >= 200 && self.code < 400
    }

    /// The server closes the connection with it.
    pub const fn closes(self) -> bool {
        self.code == 421
    }

    fn is(self, subject: u16, detail: u16) -> bool {
        self.status.is_some_and(|status| (status.subject, status.detail) == (subject, detail))
    }

    /// Our login is at fault: nothing that is wrong with a mail or a recipient.
    pub fn is_about_the_login(self) -> bool {
        let words = self.code >= 500 && (self.is(7, 30) || self.is(7, 57) || self.is(7, 139));
        words || matches!(self.code, 530 | 534 | 535 | 538)
    }
}

impl Said {
    /// The server has had too much from us: about the pace, whatever the mail, so the next mail would hear the same
    /// (Microsoft 365: 30 mails a minute and three connections a mailbox, `4.3.2`; a busy server, `4.7.500`; the day's
    /// limit, `5.1.90`; the tenant or the address, `5.7.705` and `5.7.708`).
    pub fn is_about_the_pace(self) -> bool {
        let too_fast = self.code == 432 || (self.code < 500 && (self.is(3, 2) || self.is(7, 500)));
        !self.is_yes() && (too_fast || self.is_the_limit())
    }

    fn is_the_limit(self) -> bool {
        self.code >= 500 && (self.is(1, 90) || self.is(7, 705) || self.is(7, 708))
    }
}

/// What `said` means. `before` is the enhanced status code this recipient was put off with last time, if it was.
pub fn classify(stage: Stage, said: Said, before: Option<&str>) -> Reply {
    let refusal = |why| Refusal { code: Some(said.code), status: said.status.map(|s| s.to_string()), why };
    let later = |why| Reply::Transient(refusal(why));
    let once_more = || {
        let kept = refusal("not understood");
        Reply::Transient(Refusal { status: kept.status.or_else(|| Some(NOT_UNDERSTOOD.to_owned())), ..kept })
    };
    let never = |why| Reply::Permanent(refusal(why));
    let full = said.is(2, 2);
    let too_big = said.is(3, 4) || said.is(2, 3);
    let confused = matches!(said.code, 500..=504) || (said.code >= 500 && said.is(5, 0));
    let crowded = (matches!(said.code, 452 | 552) && stage == Stage::Rcpt && !full && !too_big) || said.is(5, 3);
    match said.code {
        200..=299 if stage == Stage::Dot => Reply::Accepted,
        421 => later("the server is closing"),
        400..=599 if said.is_about_the_login() => later("the server refuses our login"),
        500..=599 if said.is_the_limit() => later("the server takes no more from us for now"),
        400..=599 if crowded => later("too many recipients at once"),
        552 if !full => never("the mail is too big"),
        500..=599 if too_big => never("the mail is too big"),
        500..=599 if confused && before.is_some_and(is_confusion) => never("refused twice as not understood"),
        500..=599 if confused => once_more(),
        400..=499 => later("the server says later"),
        500..=599 => never("the server refuses"),
        _ => later("the server's answer is none"),
    }
}

/// `5.5.0`, or what is kept for a reply of this kind without an enhanced code.
fn is_confusion(status: &str) -> bool {
    matches!(status, NOT_UNDERSTOOD | "5.5.1" | "5.5.2" | "5.5.4")
}

/// Kept for 500 to 504 without an enhanced status code, so that the second time is known for one.
pub const NOT_UNDERSTOOD: &str = "5.5.0";

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        let (code, rest) = text.split_once(' ').unwrap_or((text, ""));
        let code = code.parse().unwrap();
        Said { code, status: Status::of(rest, code) }
    }

    #[test]
    fn every_kind_of_reply_is_known_for_what_it_means() {
        use Stage::{Data, Dot, Mail, Rcpt};
        let table: &[(Stage, &str, Option<&str>, &str)] = &[
            (Dot, "250 2.0.0 queued", None, "accepted"),
            (Dot, "250", None, "accepted"),
            (Dot, "354", None, "later"),
            (Dot, "451 4.3.0 try again", None, "later"),
            (Dot, "554 5.7.1 no", None, "never"),
            (Dot, "550 5.7.60 not as this sender", None, "never"),
            (Dot, "552 5.3.4 too big", None, "never"),
            (Dot, "552", None, "never"),
            (Dot, "554 5.2.3 too big for the mailbox", None, "never"),
            (Mail, "552 5.3.4 too big", None, "never"),
            (Mail, "550 5.7.30 Basic authentication is not supported", None, "later, login"),
            (Mail, "530 5.7.0 authenticate first", None, "later, login"),
            (Mail, "535 5.7.139 switched off", None, "later, login"),
            (Mail, "550 5.7.57 Client not authenticated to send mail", None, "later, login"),
            (Mail, "452 4.3.1 disk full", None, "later"),
            (Mail, "451 4.7.500 Server busy", None, "later, pace"),
            (Mail, "550 5.7.708 Access denied, traffic not accepted from this IP", None, "later, pace"),
            (Dot, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", None, "later, pace"),
            (Rcpt, "550 5.1.90 daily limit", None, "later, pace"),
            (Rcpt, "550 5.7.705 tenant has exceeded threshold", None, "later, pace"),
            (Mail, "432 4.3.2 slow down", None, "later, pace"),
            (Rcpt, "550 5.1.1 nobody", None, "never"),
            (Rcpt, "550", None, "never"),
            (Rcpt, "450 4.2.1 greylisted", None, "later"),
            (Rcpt, "452 4.5.3 too many", None, "later"),
            (Rcpt, "452", None, "later"),
            (Rcpt, "552", None, "later"),
            (Rcpt, "550 5.5.3 too many", None, "later"),
            (Rcpt, "552 5.2.2 mailbox full", None, "never"),
            (Rcpt, "452 4.2.2 mailbox full", None, "later"),
            (Rcpt, "421 4.7.0 closing", None, "later"),
            (Rcpt, "550 5.5.0 confused", None, "later"),
            (Rcpt, "550 5.5.0 confused", Some("4.2.1"), "later"),
            (Rcpt, "550 5.5.0 confused", Some("5.5.0"), "never"),
            (Rcpt, "501 5.5.4 syntax", None, "later"),
            (Rcpt, "501 5.5.4 syntax", Some("5.5.4"), "never"),
            (Rcpt, "503", None, "later"),
            (Rcpt, "503", Some(NOT_UNDERSTOOD), "never"),
            (Rcpt, "250", None, "later"),
            (Data, "554 no valid recipients", None, "never"),
            (Data, "421", None, "later"),
            (Data, "199", None, "later"),
            (Data, "777", None, "later"),
        ];
        for (stage, text, before, expected) in table {
            let said = said(text);
            let found = match classify(*stage, said, *before) {
                Reply::Accepted => "accepted",
                Reply::Transient(_) if said.is_about_the_login() => "later, login",
                Reply::Transient(_) if said.is_about_the_pace() => "later, pace",
                Reply::Transient(_) => "later",
                Reply::Permanent(_) => "never",
            };
            assert_eq!(found, *expected, "{stage:?} {text} after {before:?}");
        }
    }

    #[test]
    fn only_the_codes_of_a_reply_are_kept() {
        let Reply::Permanent(refusal) = classify(Stage::Rcpt, said("550 5.1.1 <someone@x.example> unknown"), None)
        else {
            panic!("not refused")
        };
        assert_eq!((refusal.code, refusal.status.as_deref()), (Some(550), Some("5.1.1")));
        assert!(!format!("{refusal:?}").contains("someone"));
    }

    #[test]
    fn an_enhanced_status_code_is_only_what_looks_like_one_and_agrees() {
        for (text, code, status) in [
            ("5.1.1 no", 550, Some("5.1.1")),
            ("5.7.139", 535, Some("5.7.139")),
            ("4.1.1 no", 550, None),
            ("5.1 no", 550, None),
            ("5.1.1.1 no", 550, None),
            ("5.1.1111 no", 550, None),
            ("5..1 no", 550, None),
            ("", 550, None),
            ("2.0.0 ok", 250, Some("2.0.0")),
            ("+5.1.1", 550, None),
        ] {
            assert_eq!(Status::of(text, code).map(|s| s.to_string()).as_deref(), status, "{text}");
        }
    }
}
