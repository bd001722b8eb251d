//! The task that holds the connection: it does one thing after another, and closes the connection when nothing is asked.

use super::connect::SmtpSettings;
use super::conversation::Conversation;
use super::{Asked, Fault, Mail};
use crate::outbound::submission::reply::Said;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::timeout;
use tracing::debug;

/// What the keeper is asked to do.
pub(super) enum Request {
    Connect(oneshot::Sender<Result<(), Fault>>),
    Ask(Mail, oneshot::Sender<Result<Asked, Fault>>),
    Go(oneshot::Sender<Result<Said, Fault>>),
    Leave,
}

/// Ends when the front is dropped. Nothing it does is given up half-way but by its own limits.
pub(super) async fn keep(settings: SmtpSettings, mut requests: mpsc::Receiver<Request>, woken: Arc<Notify>) {
    let mut open: Option<Conversation> = None;
    loop {
        let request = match timeout(settings.idle, requests.recv()).await {
            Ok(Some(request)) => request,
            Ok(None) => break,
            Err(_) if open.is_none() => match requests.recv().await {
                Some(request) => request,
                None => break,
            },
            Err(_) => {
                debug!("the mail server's connection is closed: nothing was asked for a while");
                goodbye(&mut open).await;
                continue;
            }
        };
        // Nobody may be waiting any more: `heard` was not called yet, or the front is gone.
        let _unheard = match request {
            Request::Connect(answer) => answer.send(connect(&settings, &mut open).await).is_err(),
            Request::Ask(mail, answer) => {
                let asked = match open.as_mut() {
                    Some(conversation) => conversation.ask(mail).await,
                    None => Err(Fault::Lost("MAIL")),
                };
                match &asked {
                    Err(_) => open = None,
                    Ok(Asked::Refused(_, said)) if said.closes() => open = None,
                    Ok(_) => {}
                }
                answer.send(asked).is_err()
            }
            Request::Go(answer) => {
                let answered = match open.as_mut() {
                    Some(conversation) => conversation.go().await,
                    None => Err(Fault::Lost("the final dot")),
                };
                let unheard = answer.send(answered).is_err();
                match (answered, open.as_mut()) {
                    // Postfix takes a refused mail for one still under way, and the next MAIL for a nested one.
                    (Ok(said), Some(conversation)) if !said.is_yes() && !said.closes() => {
                        if conversation.reset().await.is_err() {
                            open = None;
                        }
                    }
                    (Ok(said), _) if said.is_yes() => {}
                    _ => open = None,
                }
                unheard
            }
            Request::Leave => {
                // After a 354 there is no taking back but this.
                open = None;
                false
            }
        };
        woken.notify_one();
    }
    goodbye(&mut open).await;
}

async fn connect(settings: &SmtpSettings, open: &mut Option<Conversation>) -> Result<(), Fault> {
    if let Some(conversation) = open.as_mut()
        && conversation.is_alive().await
    {
        return Ok(());
    }
    *open = None;
    *open = Some(Conversation::begin(settings).await?);
    debug!("connected to the mail server");
    Ok(())
}

async fn goodbye(open: &mut Option<Conversation>) {
    if let Some(mut conversation) = open.take() {
        conversation.end().await;
    }
}
