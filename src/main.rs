//! The command line: only what the reader's own tests need.
fn main() -> std::process::ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(dutyclerk::inbound::form::READ_DOCUMENT) => dutyclerk::inbound::form::run_child(std::io::stdin().lock(), std::io::stdout().lock()),
        _ => std::process::ExitCode::from(2),
    }
}
