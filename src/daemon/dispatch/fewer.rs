//! A held mail goes to fewer than it was frozen for: somebody has left (OP-12). Its bytes name everybody, and are never
//! changed; so another mail takes its place, in the same transaction, with the same words and papers for those who are left.

use super::kept::LEFT;
use crate::casework::{Ref, SentRef, Sha256};
use crate::daemon::desk::stamp;
use crate::outbound::compose::readdress;
use crate::outbound::outbox::Entry;
use crate::store::{Envelope, EnvelopeRecipient, Line, NewEntry, OutboxEntry, Tx};

/// Freezes that mail and queues it, for whoever is still listed and has not had the mail. Returns its number and the hash of
/// its bytes.
pub(super) async fn for_fewer(
    tx: &mut Tx,
    held: &OutboxEntry,
    envelope: &Envelope,
    entry: &Entry,
) -> anyhow::Result<(SentRef, Sha256)> {
    let is_to_go = |to: &&EnvelopeRecipient| {
        entry.recipients.iter().any(|of| of.address == to.address && of.state.is_open() && !of.left)
    };
    let to: Vec<EnvelopeRecipient> = envelope.to.iter().filter(is_to_go).cloned().collect();
    let named = to.iter().map(|to| (to.name.as_ref().map(|name| name.reveal().as_str()), &to.address));
    let named: Vec<_> = named.collect();
    let stamp = stamp(tx).await?;
    let (number, frozen) = (stamp.reference, tx.frozen(held).await?);
    let again = readdress(&frozen, &named, &stamp)?;
    let sha256 = again.bytes.sha256();
    let new = NewEntry {
        number,
        purpose: format!("for fewer|{}", held.number),
        kind: held.kind,
        rule: held.rule.clone(),
        panel: held.panel.clone(),
        meeting: held.meeting.clone(),
        answers: held.answers,
        part: held.part.clone(),
        message_id: again.message_id.trim_matches(['<', '>']).to_owned(),
        due_at: tx.now(),
        expires_at: held.expires_at,
        held_by: None,
        envelope: Envelope { from: envelope.from.clone(), to },
        cases: tx.cases_of_entry(held.number).await?,
        documents: tx.documents_of_entry(held.number).await?,
        enclosed: tx.enclosed_in(held.number).await?,
        bytes: again.bytes,
        sha256,
    };
    let mut refs = vec![Ref::Sent(number), Ref::Sent(held.number)];
    refs.extend(new.cases.iter().copied().map(Ref::Case));
    let reason = format!(
        "{} for {} recipient(s): the words and papers of {}, SHA-256 {}, to those who are still listed",
        held.kind,
        new.envelope.to.len(),
        held.number,
        held.sha256
    );
    tx.journal(Line { event: "mail.frozen", rule: Some(LEFT.into()), reason, refs });
    tx.enqueue(new).await?;
    tx.says_the_same(number, held.number).await?;
    Ok((number, sha256))
}
