//! What is approved: the bytes that wait, and what they say to whom.

use crate::casework::routing::{Clearance, HealthCopy};
use crate::casework::{MailKind, Sha256};
use crate::daemon::desk::agenda_meeting;
use crate::daemon::pack::{self, News, members};
use crate::daemon::table::Table;
use crate::daemon::{Book, Panel};
use crate::store::{Approved, OutboxEntry};
use jiff::Timestamp;

/// The SHA-256 of a pack: of its mails' numbers and SHA-256s, in order.
pub(super) fn hash_of(mails: &[OutboxEntry]) -> Sha256 {
    let lines: Vec<String> = mails.iter().map(|mail| format!("{} {}", mail.number, mail.sha256)).collect();
    Sha256::of(lines.join("\n").as_bytes())
}

/// What it would say were it drawn up now, and to whom: while it is the same, the frozen mails are what they would be. Of a
/// supplement that is what is new.
pub(super) fn plan(
    book: &Book<'_>,
    panel: &Panel,
    of: Approved,
    table: &Table,
    now: Timestamp,
) -> anyhow::Result<Sha256> {
    let routing = table.routing(book, panel, now);
    let id = &table.meeting.id;
    let agenda = table.agenda(panel, id.date);
    let (kind, agenda, routed) = match of {
        Approved::Pack => (MailKind::Agenda, agenda, table.routed.clone()),
        Approved::Supplement => {
            let News { agenda, routed } = pack::news(table, &agenda);
            (MailKind::Supplement, agenda, routed)
        }
    };
    let core = members(&routing, kind, &table.meeting, &routed);
    let describe = |c: &Clearance| {
        let to: Vec<&str> = c.recipients().iter().map(|r| r.address.as_str()).collect();
        format!("{} {to:?} {:?} {:?}\n", c.kind(), c.cases(), c.documents())
    };
    let mut text = serde_json::to_string(&(agenda_meeting(&table.meeting), &agenda))?;
    if of == Approved::Supplement {
        text.push_str(&format!("{:?}", table.changes().removed));
    }
    text.extend(core.iter().map(describe));
    text.extend(routing.recorders(MailKind::Notification, id, &routed).iter().map(describe));
    for case in &routed {
        text.extend(routing.extracts(id, case, &core).iter().map(describe));
        text.extend(routing.invitations(MailKind::InvitationUpdate, id, case).iter().map(describe));
        for copy in routing.health(id, case, &core) {
            match copy {
                HealthCopy::Cleared { clearance, kept_back } => {
                    text.push_str(&format!("{} {kept_back}", describe(&clearance)));
                }
                HealthCopy::Missing { role } => text.push_str(role.as_str()),
            }
        }
        if let Some(open) = table.cases.get(&case.case) {
            text.push_str(&serde_json::to_string(&open.facts)?);
        }
    }
    Ok(Sha256::of(text.as_bytes()))
}
