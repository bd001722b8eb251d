//! `journal verify` and `journal export`: what the program did, in order, and whether anybody has changed it since.

use super::show::Sheet;
use super::{Context, Failure, open, tell};
use crate::store::Verdict;
use std::io::Write;

/// Lines read at a time.
const PAGE: i64 = 1_000;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Walks the whole chain: exit code 0 when every line is as it was written, 1 with the first line that is not.
    Verify,
    /// Every line as JSON: at, event, rule, reason, refs.
    Export,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let mut view = store.read().await?;
        match verb {
            Verb::Verify => judge(context, view.verify().await?),
            Verb::Export => {
                let mut out = std::io::BufWriter::new(std::io::stdout().lock());
                let mut after = 0;
                loop {
                    let lines = view.journal_after(after, PAGE).await?;
                    let Some(last) = lines.last() else { break };
                    after = last.seq;
                    for line in &lines {
                        serde_json::to_writer(&mut out, line).map_err(std::io::Error::from)?;
                        out.write_all(b"\n")?;
                    }
                }
                Ok(out.flush()?)
            }
        }
    })
}

fn judge(context: &Context, verdict: Verdict) -> Result<(), Failure> {
    match verdict {
        Verdict::Intact { lines, head } => {
            let mut sheet = Sheet::new("The journal is intact.");
            sheet.fact("lines", lines);
            sheet.fact("head", head);
            sheet.print(context.out)
        }
        Verdict::Broken { seq, why } => {
            if context.out.json {
                let mut sheet = Sheet::new("The journal is broken.");
                sheet.fact("line", seq);
                sheet.fact("why", why);
                sheet.print(context.out)?;
            }
            tell(&format!(
                "error: the journal is broken at line {seq}: {why}. Somebody has written to the database beside this \
                 program, or the disk is failing. Stop sending (send.enabled = false), keep a copy of the database as it \
                 is, and compare it with the last backup.\n"
            ));
            Err(Failure::Told(1))
        }
    }
}
