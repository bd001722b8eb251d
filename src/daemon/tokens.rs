//! Tokens are got ahead of their end, at the beginning of each turn (LESSONS A7): whoever logs in finds one at hand, and a
//! refusal is known while mail still flows. What fails is told by [`super::watch`].

use super::Daemon;
use crate::oauth::Tokens;
use futures_util::future::join_all;
use jiff::Timestamp;

/// Renews what is due, all applications at once; says when the next is due.
pub(super) async fn turn(daemon: &Daemon) -> Option<Timestamp> {
    join_all(daemon.tokens.iter().map(Tokens::renew)).await.into_iter().map(|health| health.next).min()
}
