//! `check --connect`: everything the program connects to, tried step by step as the daemon would, so that an administrator
//! sees how far it gets and what to mend. Logs in and looks; writes, moves and sends nothing.
//!
//! The first step of a thing that fails ends it: what hangs on it is told as not tried. The connecting itself is the
//! daemon's own, and its fault says which step it was.

mod fixes;
mod servers;
mod token;

use super::open::{self, Keyring};
use super::{Context, Failure};
use crate::config::Config;
use serde::Serialize;
use std::net::SocketAddr;
use tokio::net::lookup_host;

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Failed,
    /// An earlier one failed.
    Skipped,
}

/// One step of one thing, as printed.
#[derive(Debug, Serialize)]
struct Step {
    subject: String,
    step: &'static str,
    outcome: Outcome,
    detail: String,
    /// What to do about it.
    fix: Option<String>,
}

/// What one thing's steps came to, in order.
#[derive(Debug)]
struct Ladder {
    subject: String,
    steps: Vec<Step>,
}

impl Ladder {
    fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), steps: Vec::new() }
    }

    fn push(&mut self, step: &'static str, outcome: Outcome, detail: String, fix: Option<String>) {
        self.steps.push(Step { subject: self.subject.clone(), step, outcome, detail, fix });
    }

    fn ok(&mut self, step: &'static str, detail: impl Into<String>) {
        self.push(step, Outcome::Ok, detail.into(), None);
    }

    fn failed(&mut self, step: &'static str, detail: impl Into<String>, fix: impl Into<String>) {
        self.push(step, Outcome::Failed, detail.into(), Some(fix.into()));
    }

    /// Of these steps all before that one went well, it failed, and the rest was not tried.
    fn stopped_at(&mut self, steps: &[&'static str], at: &'static str, detail: String, fix: String) {
        let mut told = Some((detail, fix));
        for step in steps {
            match &told {
                Some(_) if *step != at => self.ok(step, ""),
                Some(_) => {
                    if let Some((detail, fix)) = told.take() {
                        self.failed(step, detail, fix);
                    }
                }
                None => self.push(step, Outcome::Skipped, "not tried".to_owned(), None),
            }
        }
        if let Some((detail, fix)) = told {
            self.failed(at, detail, fix);
        }
    }

    fn skipped(&mut self, steps: &[&'static str]) {
        for step in steps {
            self.push(step, Outcome::Skipped, "not tried".to_owned(), None);
        }
    }

    /// The name, and where it leads. False: nothing else can be tried.
    async fn name(&mut self, host: &str, port: u16) -> bool {
        let found: Vec<SocketAddr> = match lookup_host((host, port)).await {
            Ok(found) => found.collect(),
            Err(_) => Vec::new(),
        };
        match found.split_first() {
            Some((first, [])) => self.ok(NAME, first.ip().to_string()),
            Some((first, rest)) => self.ok(NAME, format!("{} and {} more", first.ip(), rest.len())),
            None => {
                let fix = "Look at host, and at this machine's DNS (resolvectl query, or getent hosts).";
                self.failed(NAME, format!("{host} leads nowhere"), fix);
                return false;
            }
        }
        true
    }
}

const NAME: &str = "name";

/// Tries everything; the number of steps that failed.
pub(super) fn run(context: &Context, config: &Config) -> Result<usize, Failure> {
    let keyring = open::keyring(config, &context.clock)?;
    let mut failed = 0;
    open::runtime()?.block_on(async {
        for tokens in keyring.values() {
            failed += told(context, token::tried(config, tokens, context.clock.now()).await)?;
        }
        for mailbox in &config.mailboxes {
            failed += told(context, mailbox_tried(context, mailbox, &keyring).await)?;
        }
        if let (crate::config::Sink::Smtp, Some(server)) = (config.send.sink, &config.send.smtp) {
            failed += told(context, servers::smtp(config, server, &keyring).await)?;
        }
        if let Some(journal) = &config.send.journal {
            let subject = format!("journal mailbox {} on {}", journal.address, journal.imap.host);
            let ladder = Ladder::new(subject);
            failed += told(context, servers::imap(ladder, &journal.address, &journal.imap, &keyring).await)?;
        }
        Ok(failed)
    })
}

async fn mailbox_tried(context: &Context, mailbox: &crate::config::Mailbox, keyring: &Keyring) -> Ladder {
    if let Some(server) = &mailbox.imap {
        let ladder = Ladder::new(format!("mailbox {} on {}", mailbox.id, server.host));
        return servers::imap(ladder, &mailbox.address, server, keyring).await;
    }
    let mut ladder = Ladder::new(format!("mailbox {} in {}", mailbox.id, mailbox.path.display()));
    let swept = match open::source(mailbox, keyring, &std::sync::Arc::default()) {
        Err(error) => Err(format!("{error:#}")),
        Ok(mut source) => source.sweep(context.clock.now()).await.map_err(|error| error.to_string()),
    };
    match swept {
        Ok(sweep) => ladder.ok("folder", count(sweep.occurrences.len())),
        Err(error) => ladder.failed("folder", error, "Look at its path and permissions."),
    }
    ladder
}

fn count(messages: usize) -> String {
    match messages {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    }
}

/// Prints a thing's steps as soon as they are done; how many failed.
fn told(context: &Context, ladder: Ladder) -> Result<usize, Failure> {
    context.out.text(&ladder.subject)?;
    context.out.lines(&ladder.steps, |step| {
        let outcome = match step.outcome {
            Outcome::Ok => "ok",
            Outcome::Failed => "failed",
            Outcome::Skipped => "-",
        };
        let line = format!("  {outcome:<7} {:<12} {}", step.step, step.detail);
        match &step.fix {
            Some(fix) => format!("{}\n{}", line.trim_end(), indented(&format!("What to do: {fix}"))),
            None => line.trim_end().to_owned(),
        }
    })?;
    Ok(ladder.steps.iter().filter(|step| step.outcome == Outcome::Failed).count())
}

/// So many characters a line, below the step's detail.
const WIDTH: usize = 96;

fn indented(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| format!("{:23}{line}", "")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_is_told_in_lines_and_no_word_is_lost() {
        let text = "Look here. ".repeat(40);
        let lines = indented(text.trim());
        assert!(lines.lines().all(|line| line.starts_with("                       L") || line.contains("here.")));
        assert!(lines.lines().all(|line| line.chars().count() <= 23 + WIDTH), "{lines}");
        assert_eq!(lines.split_whitespace().count(), 80);
    }

    #[test]
    fn what_hangs_on_a_failed_step_is_not_tried() {
        let mut ladder = Ladder::new("mailbox duty");
        ladder.stopped_at(&["connection", "TLS", "login"], "TLS", "bad".to_owned(), "mend it".to_owned());
        let outcomes: Vec<_> = ladder.steps.iter().map(|step| (step.step, step.outcome)).collect();
        assert_eq!(outcomes, [("connection", Outcome::Ok), ("TLS", Outcome::Failed), ("login", Outcome::Skipped)]);
        assert_eq!(ladder.steps[1].fix.as_deref(), Some("mend it"));
    }
}
