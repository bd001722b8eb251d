//! Parses arguments and hands over to `cli`.

use clap::Parser;
use dutyclerk::cli::read::{ReadArgs, read_files};
use dutyclerk::clock::Clock;
use dutyclerk::inbound::form::{FormTables, Limits, ReadOptions, Reader, run_child};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
enum Verb {
    Read(ReadArgs),
    #[command(hide = true)]
    ReadDocument,
}

fn main() -> anyhow::Result<ExitCode> {
    match Verb::parse() {
        Verb::ReadDocument => Ok(run_child(std::io::stdin().lock(), std::io::stdout().lock())),
        Verb::Read(args) => {
            let reader = Reader::new(std::env::current_exe()?, Arc::new(FormTables::shipped()?), Limits::default());
            let today = Clock::System.now().to_zoned(jiff::tz::TimeZone::get("Europe/London")?).date();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(read_files(
                &reader,
                &args,
                today,
                &ReadOptions::default(),
                &mut std::io::stdout().lock(),
            ))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
