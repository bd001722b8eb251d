//! How the service stands, in a line: for `systemctl status`, and for whatever watches from outside (`status --alarm`, whose
//! exit code is the answer). The third way, beside mail and the route of [`crate::outbound::notice`], by which a person hears
//! that a token, a mailbox or the mail server fails.

use crate::casework::MailboxId;
use crate::daemon::{PATIENCE, stopped_since, title_of};
use crate::store::{StoreError, View};
use jiff::Timestamp;

/// What is amiss, each in a line; empty where nothing is. A mailbox that nobody has swept for long counts, for whoever
/// should have told of it may be what is dead.
pub(super) async fn amiss<'a>(
    view: &mut View,
    mailboxes: impl Iterator<Item = &'a MailboxId>,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let troubles = view.troubles().await?;
    let mut found: Vec<String> = troubles.iter().map(title_of).collect();
    // A person stopped it, and may have forgotten; a flood that did is a trouble of its own.
    let stopped = stopped_since(view).await?;
    if let (Some(since), Some(due)) = (stopped, view.next_due().await?)
        && now.duration_since(due.max(since)) > PATIENCE
    {
        found.push("all sending is stopped and mail waits: `dutyclerk outbox resume` lets it go on".to_owned());
    }
    let known = view.mailboxes().await?;
    for id in mailboxes {
        let swept = known.iter().find(|row| row.id == *id).and_then(|row| row.sweep_finished_at);
        let is_told = troubles.iter().any(|trouble| trouble.name == format!("mailbox:{id}"));
        if !is_told && swept.is_none_or(|at| now.duration_since(at) > PATIENCE) {
            found.push(format!("mailbox {id} has not been swept for 15 minutes"));
        }
    }
    Ok(found)
}

/// In one line.
pub(super) fn line(amiss: &[String]) -> String {
    if amiss.is_empty() { "nothing is amiss".to_owned() } else { format!("amiss: {}", amiss.join("; ")) }
}
