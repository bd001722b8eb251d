//! The program: parse arguments, hand to `cli`, turn what comes back into an exit code.

use std::process::ExitCode;

/// Papers are allocated, copied and freed by the hundred kilobytes; the system's allocator hands each back to the kernel.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dutyclerk::cli::run(std::env::args_os())
}
