//! What is owed, and what ends it. Most of it ends by itself, with the paper or the word that it waits for, and would begin
//! something else if it did not come; what a person alone can know of, a person ends.

use super::record::{OUTCOME, REVIEW_DATE};
use super::timers::TEMPLATE;
use super::{one_child, review};
use crate::casework::Ref;
use crate::store::{Line, ObligationId, ObligationState, Store, Word};
use anyhow::{Context, bail};
use jiff::Timestamp;

/// What ends an obligation of this kind.
pub fn ended_by(kind: &str) -> &'static str {
    match kind {
        TEMPLATE => {
            "the meeting's template, by mail; `meeting uploaded PANEL/DATE` for all of a meeting; or a person's word"
        }
        OUTCOME => {
            "the outcome sheet or recording template of the meeting; after its time the program sets the review itself (MC-35)"
        }
        REVIEW_DATE => {
            "the review date, by mail or by `review set R-… DATE`; after its time the program sets it itself (MC-35)"
        }
        review::ASK => "the mail that asks what is not recorded, which the program sends",
        one_child::PICK_RECIPIENT => "`held release H-…` with the recipient, or `held reject H-…`",
        _ => "what it waits for",
    }
}

/// Ends what a person says is met, or need not be: templates, which the program cannot see where they are written (SH-14).
///
/// # Errors
/// When there is no such open obligation, when another thing ends it, or the store fails.
pub async fn end_obligation(
    store: &Store,
    id: &ObligationId,
    as_: ObligationState,
    word: Word,
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut tx = store.begin(now).await?;
    let owed = tx.obligation(id).await?.with_context(|| format!("there is no obligation {id}"))?;
    if owed.state != ObligationState::Open {
        bail!(
            "it is {} already, since {}",
            owed.state,
            owed.closed_at.map(crate::casework::calendar::civil::rfc3339).unwrap_or_default()
        );
    }
    let case = match owed.what.case {
        Some(case) if owed.what.kind == TEMPLATE => case,
        _ => bail!("a person's word does not end it, but {}", ended_by(&owed.what.kind)),
    };
    let mut open = tx.case(case).await?.with_context(|| format!("there is no case {case}"))?;
    let mut facts = open.facts.open()?;
    facts.owed_words.insert(id.as_str().to_owned(), word);
    tx.update_case(&mut open, Some(&facts)).await?;
    tx.close_obligation(id, as_).await?;
    let mut refs = vec![Ref::Case(case)];
    refs.extend(owed.what.meeting.map(Ref::Meeting));
    tx.journal(Line {
        event: "obligation.ended",
        rule: Some(owed.what.rule.into()),
        reason: format!("{}: {as_}, at a person's word", owed.what.kind),
        refs,
    });
    tx.commit().await?;
    Ok(())
}
