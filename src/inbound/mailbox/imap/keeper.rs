//! The task that holds a mailbox's connection: it answers what is asked, one thing after another, and waits in IDLE
//! meanwhile.

use super::connect::{ImapSettings, connect};
use super::session::{Idled, Session};
use super::{Fault, Got, Request};
use crate::casework::MailboxId;
use crate::inbound::mailbox::Fetched;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tracing::{debug, info, warn};

/// Waited before connecting again, doubled each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Messages fetched for somebody who could not wait for them: (UIDVALIDITY, UID, at most so many bytes).
type Kept = BTreeMap<(u32, u32, u64), Option<Fetched>>;

/// Ends when the front is dropped.
pub(super) async fn keep(
    id: MailboxId,
    settings: ImapSettings,
    mut asked: mpsc::Receiver<Request>,
    moved: Arc<Notify>,
) {
    let mut wait = FIRST_WAIT;
    let mut kept = Kept::new();
    loop {
        let fault = match connect(&settings).await {
            Ok(mut session) => {
                debug!(mailbox.id = %id, "connected");
                // Whatever came while nobody was connected.
                moved.notify_one();
                match serve(&mut session, &mut asked, &mut kept, &moved, &mut wait).await {
                    None => return session.end().await,
                    Some(fault) => fault,
                }
            }
            Err(fault) => fault,
        };
        if asked.is_closed() {
            return;
        }
        if matches!(fault, Fault::Lost("IDLE")) {
            info!(mailbox.id = %id, "the server ended the connection; connecting again");
        } else {
            warn!(mailbox.id = %id, error = %fault, again_in_s = wait.as_secs(), "mailbox's server");
        }
        // Whoever asks meanwhile is told at once.
        let pause = tokio::time::sleep(wait);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => break,
                request = asked.recv() => match request {
                    Some(request) => request.refuse(fault),
                    None => return,
                },
            }
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Answers until the connection is lost (how), or nobody asks any more (none).
async fn serve(
    session: &mut Session,
    asked: &mut mpsc::Receiver<Request>,
    kept: &mut Kept,
    moved: &Notify,
    wait: &mut Duration,
) -> Option<Fault> {
    let mut next = None;
    loop {
        let request = match next.take() {
            Some(request) => request,
            None => {
                let mut came = None;
                let idled = session.idle(async { came = Some(asked.recv().await) }).await;
                match (idled, came) {
                    // What was asked while the connection was being lost is not lost with it.
                    (Err(fault), Some(Some(request))) => {
                        request.refuse(fault);
                        return Some(fault);
                    }
                    (Err(fault), _) => return Some(fault),
                    (Ok(Idled::Moved), None) => {
                        moved.notify_one();
                        continue;
                    }
                    (Ok(_), Some(Some(request))) => request,
                    (Ok(_), Some(None)) => return None,
                    (Ok(_), None) => continue,
                }
            }
        };
        let fault = answer(session, request, kept).await;
        match fault {
            None => *wait = FIRST_WAIT,
            Some(fault) if fault.is_the_servers_answer() => {}
            Some(fault) => return Some(fault),
        }
        next = asked.try_recv().ok();
    }
}

/// Does what is asked and says so; returns what went wrong.
async fn answer(session: &mut Session, request: Request, kept: &mut Kept) -> Option<Fault> {
    match request {
        Request::List(answer) => {
            let listed = session.list().await;
            let fault = listed.as_ref().err().copied();
            let _unheard = answer.send(listed).is_err();
            fault
        }
        Request::Fetch { epoch, uids, most, answer } => {
            let missing: Vec<u32> =
                uids.iter().copied().filter(|uid| !kept.contains_key(&(epoch, *uid, most))).collect();
            let fetched = if missing.is_empty() { Ok(Vec::new()) } else { session.fetch(epoch, &missing, most).await };
            match fetched {
                Err(fault) => {
                    let _unheard = answer.send(Err(fault)).is_err();
                    Some(fault)
                }
                Ok(fetched) => {
                    let mut all: Vec<Got> = fetched;
                    for uid in uids {
                        if let Some(known) = kept.remove(&(epoch, uid, most)) {
                            all.push((uid, known));
                        }
                    }
                    kept.clear();
                    if let Err(Ok(unheard)) = answer.send(Ok(all)) {
                        kept.extend(unheard.into_iter().map(|(uid, got)| ((epoch, uid, most), got)));
                    }
                    None
                }
            }
        }
        Request::Settle { epoch, uids, folder, answer } => {
            let settled = session.settle(epoch, &uids, folder).await;
            let _unheard = answer.send(settled).is_err();
            settled.err()
        }
    }
}
