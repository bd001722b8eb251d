//! The program: parse arguments, hand to `cli`, turn what comes back into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    dutyclerk::cli::run(std::env::args_os())
}
