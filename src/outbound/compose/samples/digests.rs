//! Invented digests: a full one, and a quiet one.

use super::at;
use crate::outbound::compose::Letterhead;
use crate::outbound::compose::digest::{Day, Held, Mailbox, Meeting, Obligation, Undated, Unsent, View};
use jiff::civil::date;

pub(in crate::outbound::compose) fn digests(head: &Letterhead) -> Vec<View> {
    let day = |day, received, accepted, held, pending| Day {
        day: date(2026, 11, day),
        received,
        accepted,
        held,
        duplicate: 1,
        calendar_reply: 2,
        bounce: 0,
        ignored: 1,
        pending,
        adds_up: received == accepted + held + 4 + pending,
    };
    let meeting = |d, listed, pack_drawn| Meeting {
        id: format!("surrey-rmm-ne/2026-11-{d}"),
        starts: date(2026, 11, d).at(10, 0, 0, 0),
        cutoff_at: at("2026-11-20T10:00:00Z"),
        pack_at: at("2026-11-20T10:00:00Z"),
        listed,
        pack_drawn,
    };
    let full = View {
        head: head.clone(),
        day: date(2026, 11, 20),
        troubles: vec!["Mailbox surrey-rmm-ne cannot be read, since Fri 20 November 2026 at 07:10.".to_owned()],
        mailboxes: vec![Mailbox {
            id: "surrey-rmm-ne".to_owned(),
            swept_at: Some(at("2026-11-20T07:05:00Z")),
            days: vec![day(19, 11, 6, 1, 0), day(20, 3, 0, 1, 1)],
            gone: vec!["M-000123".to_owned(), "M-000130".to_owned()],
        }],
        held: vec![
            Held {
                number: "H-0007".to_owned(),
                why: "the child may be one the panel knows".to_owned(),
                since: at("2026-11-18T14:20:00Z"),
            },
            Held {
                number: "H-0009".to_owned(),
                why: "the attachment needs a password or a key".to_owned(),
                since: at("2026-11-19T16:40:00Z"),
            },
        ],
        alerts: vec![Held {
            number: "A-0003".to_owned(),
            why: "mailbox surrey-rmm-ne cannot be read".to_owned(),
            since: at("2026-11-20T07:25:00Z"),
        }],
        obligations: vec![
            Obligation {
                what: "record outcome".to_owned(),
                about: "R-0042".to_owned(),
                owner: "admin".to_owned(),
                due_at: at("2026-11-19T17:00:00Z"),
                overdue: true,
                rule: "SY-19".to_owned(),
            },
            Obligation {
                what: "record outcome".to_owned(),
                about: "R-0051".to_owned(),
                owner: "admin".to_owned(),
                due_at: at("2026-11-26T17:00:00Z"),
                overdue: false,
                rule: "SY-19".to_owned(),
            },
        ],
        meetings: vec![meeting(24, 7, true), meeting(25, 1, false)],
        unsent: vec![Unsent {
            number: "S-000123".to_owned(),
            kind: "agenda".to_owned(),
            meeting: Some("surrey-rmm-ne/2026-11-24".to_owned()),
            taken: (4, 5),
            state: "queued".to_owned(),
        }],
        undated: vec![Undated { id: "surrey-rmm-ne/2026-12-28".to_owned(), day: date(2026, 12, 28) }],
        holidays: Some((date(2027, 12, 31), 13)),
    };
    let quiet = View {
        troubles: Vec::new(),
        alerts: Vec::new(),
        mailboxes: vec![Mailbox {
            id: "surrey-rmm-ne".to_owned(),
            swept_at: None,
            days: vec![Day {
                day: date(2026, 11, 19),
                received: 0,
                accepted: 0,
                held: 0,
                duplicate: 0,
                calendar_reply: 0,
                bounce: 0,
                ignored: 0,
                pending: 0,
                adds_up: true,
            }],
            gone: Vec::new(),
        }],
        held: Vec::new(),
        obligations: Vec::new(),
        meetings: Vec::new(),
        unsent: Vec::new(),
        undated: Vec::new(),
        holidays: None,
        ..full.clone()
    };
    vec![full, quiet]
}
