//! Each trouble in words: what happened, why it matters, what to do, and that it is over.

use super::{DISK_FULL, FLOOD, PROOF, SENDING, TOKEN, mailbox_of};
use crate::casework::calendar::civil;
use crate::oauth::explain;
use crate::store::Trouble;
use jiff::civil::Date;

/// What a trouble is told with.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) next: String,
    pub(super) over: String,
}

pub(super) fn words(trouble: &Trouble) -> Words {
    let since = civil::instant_in_words(trouble.since);
    match (mailbox_of(&trouble.name), trouble.name.as_str()) {
        (Some(id), _) => Words {
            title: format!("mailbox {id} cannot be read"),
            what: format!("The mailbox {id} has not been read since {since} ({}).", cause(&trouble.detail)),
            why: "Mail may be waiting there that nobody has answered or listed; a pack waits for its mailboxes 15 minutes and then goes without what they hold. What arrived in time stays in time: it is taken in when the mailbox can be read again.".to_owned(),
            next: remedy(&trouble.detail).to_owned(),
            over: format!("mailbox {id} is read again"),
        },
        (None, name) if name.starts_with(TOKEN) => {
            let name = name.trim_start_matches(TOKEN);
            let (cause, remedy) = explain(&trouble.detail);
            Words {
                title: format!("no new token is given for {name}: {cause}"),
                what: format!("Since {since} dutyclerk has got no new token for [oauth.{name}]: {cause} ({}).", trouble.detail),
                why: "Without a token no mailbox that this application opens can be read and no mail sent by it. The last one may be good for some minutes more. Nothing is lost: mail stays in its mailbox, and what arrived in time stays in time.".to_owned(),
                next: format!("{remedy} `dutyclerk check --connect` then tries each step. It goes on by itself, without a restart."),
                over: format!("tokens for {name} are given again"),
            }
        }
        (None, name) if name.starts_with(PROOF) => {
            let name = name.trim_start_matches(PROOF);
            let last = trouble.detail.parse().map_or_else(|_| trouble.detail.clone(), |day: Date| civil::day_in_words(day));
            Words {
                title: format!("what {name} proves itself with ends on {last}"),
                what: format!("The client secret or certificate of [oauth.{name}] is good until {last}."),
                why: "After that day no token is given: no mailbox that the application opens is read and no mail sent by it.".to_owned(),
                next: "Make a new one in the app registration and put it in the old one's place before that day; both are good until then. For a secret write its new last day as `expires`, and restart.".to_owned(),
                over: format!("what {name} proves itself with is good for longer"),
            }
        }
        (None, SENDING) => Words {
            title: "no mail is being sent".to_owned(),
            what: format!("Since {since} the mail server has taken no mail from dutyclerk ({}).", trouble.detail),
            why: "Answers, packs and alerts wait in the outbox. They go by themselves when the server takes mail again, as long as their meeting has not begun.".to_owned(),
            next: "Look at the mail server and at [send] in dutyclerk.toml; `dutyclerk check --connect` says what is wrong, `dutyclerk status` what waits.".to_owned(),
            over: "mail is being sent again".to_owned(),
        },
        (None, FLOOD) => Words {
            title: "too much mail: all sending is stopped".to_owned(),
            what: format!("On {since} more than {} were about to go, and sending was stopped.", trouble.detail),
            why: "So much mail at once is more likely a fault than a busy day, and mail cannot be called back. What is due waits; mail is still taken in and decided.".to_owned(),
            next: "See with `dutyclerk outbox list` what waits. If it is right, `dutyclerk outbox resume` (and a higher most_mails_an_hour under [send]); else `dutyclerk outbox cancel S-…` first.".to_owned(),
            over: "sending goes on".to_owned(),
        },
        (None, DISK_FULL) => Words {
            title: "the disk is full: nothing is taken in or sent".to_owned(),
            what: format!("The disk of the state folder has {} left.", trouble.detail),
            why: "Nothing is lost: what comes stays in its mailbox, and what is due waits. Nothing goes out until there is room.".to_owned(),
            next: "Free some space; dutyclerk goes on by itself, without a restart.".to_owned(),
            over: "there is room on the disk again: mail is taken in and sent".to_owned(),
        },
        (None, _) => Words {
            title: "the disk is filling".to_owned(),
            what: format!("The disk of the state folder has {} left.", trouble.detail),
            why: "When it is nearly full dutyclerk stops taking mail in and sending, so that nothing is half written.".to_owned(),
            next: "Free some space, or give the state folder a larger disk.".to_owned(),
            over: "there is room on the disk again".to_owned(),
        },
    }
}

/// The code of a failed sweep in words.
fn cause(code: &str) -> &'static str {
    match code {
        "unreachable" | "no_imap" => "its server does not answer",
        "tls" => "its server's TLS is refused or not to be trusted",
        "login_refused" => "its server refuses the login",
        "no_token" => "there is no token to open it with",
        "token_refused" => "its server refuses the token",
        "not_connected" => "its server takes the token and opens no mailbox for it",
        "throttled" => "its server says that it is asked too often",
        "refused" | "no_uidvalidity" => "its server refuses the folder",
        "timed_out" | "connection_lost" | "nonsense" | "busy" => "its server stalls or breaks off",
        "cannot_be_opened" => "its folder or password cannot be opened",
        "unreadable_message" | "gone" => "a message in it cannot be read",
        _ => "its sweeps fail",
    }
}

fn remedy(code: &str) -> &'static str {
    match code {
        "login_refused" => "Look at the mailbox's user and password_file: has the password changed or expired?",
        "no_token" => "See the alert about the token, or `dutyclerk check --connect`.",
        "token_refused" | "not_connected" => {
            "Ask who keeps Exchange whether the application still has the right to this mailbox (docs/OPERATING.md, Microsoft 365); `dutyclerk check --connect` tries each step."
        }
        "throttled" => "It passes by itself. Look whether another program reads the same mailbox.",
        "tls" => {
            "Look at the server's certificate: has it expired, does it bear the host's name, does ca_file hold its authority?"
        }
        "cannot_be_opened" => "Look at its path or password_file and at their permissions.",
        "unreadable_message" => {
            "Open the mailbox and look for a message that cannot be opened there either; move it aside."
        }
        _ => {
            "Ask who runs the mail server whether it is up; `dutyclerk check --connect` says what is wrong. Read the mailbox yourself meanwhile."
        }
    }
}
