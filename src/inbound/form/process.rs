//! The parent's end of one child process (`child`): started, asked, killed when it is dropped.

use super::child::{AGAIN, LAST, READ_DOCUMENT};
use super::confine::{Attempt, LET};
use super::{ReadReport, ReaderError};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A report larger than this is not believed.
const REPORT_BYTES: u32 = 16 * 1024 * 1024;

/// A child that reads documents.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Process {
    /// Starts one. Nothing is said to it yet.
    pub(super) fn start(program: &Path) -> Result<Self, ReaderError> {
        let piped = || Stdio::piped();
        let mut child = command(program).stdin(piped()).stdout(piped()).spawn().map_err(ReaderError::Spawn)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Self { child, input, output }),
            _ => Err(died("it has no pipes")),
        }
    }

    /// Says `parts` to the child and waits for its report. The child comes back too if it takes another document.
    pub(super) async fn ask(self, parts: &[&[u8]]) -> Result<(ReadReport, Option<Self>), ReaderError> {
        let Self { mut child, mut input, mut output } = self;
        let answer = {
            let write = async {
                for part in parts {
                    // A child that dies early closes its end; how it ended is told by its exit status.
                    if input.write_all(part).await.is_err() {
                        return false;
                    }
                }
                true
            };
            let mut write = std::pin::pin!(write);
            let mut read = std::pin::pin!(report(&mut output));
            // A child that has said all it has to say need not have listened to the end.
            tokio::select! {
                biased;
                written = &mut write => read.await.map(|(again, report)| (again && written, report)),
                answer = &mut read => answer.map(|(_, report)| (false, report)),
            }
        };
        match answer {
            Ok((again, report)) => {
                let report = serde_json::from_slice(&report).map_err(|_| died("its report could not be read"))?;
                Ok((report, again.then_some(Self { child, input, output })))
            }
            Err(Silence::Babble(what)) => Err(died(what)),
            Err(Silence::End) => {
                // It may have closed its output only.
                drop(input);
                let status = child.wait().await.map_err(|error| ReaderError::Died(error.to_string()))?;
                Err(ReaderError::Died(status.to_string()))
            }
        }
    }
}

/// The child's program with nothing of ours but what its pipes bring.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(READ_DOCUMENT).env_clear().current_dir("/").stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Does a child, confined as for reading, succeed in what it must not? Whatever it says goes to `output`.
pub(super) async fn succeeds(program: &Path, attempt: Attempt, output: Stdio) -> Result<bool, ReaderError> {
    let mut command = command(program);
    command.arg(attempt.as_str()).stdin(Stdio::null()).stdout(output);
    let ended = command.status().await.map_err(ReaderError::Spawn)?;
    match (ended.code(), ended.signal()) {
        (Some(0), _) | (None, Some(_)) => Ok(false),
        (Some(code), _) if code == i32::from(LET) => Ok(true),
        _ => Err(died(&ended.to_string())),
    }
}

/// Why there is no report.
enum Silence {
    End,
    Babble(&'static str),
}

/// Whether the child takes another document, and its report.
async fn report(output: &mut ChildStdout) -> Result<(bool, Vec<u8>), Silence> {
    let state = output.read_u8().await.map_err(|_| Silence::End)?;
    if !matches!(state, AGAIN | LAST) {
        return Err(Silence::Babble("its report could not be read"));
    }
    let length = output.read_u32().await.map_err(|_| Silence::End)?;
    if length > REPORT_BYTES {
        return Err(Silence::Babble("its report is too long"));
    }
    let mut report = Vec::new();
    output.take(u64::from(length)).read_to_end(&mut report).await.map_err(|_| Silence::End)?;
    if report.len() as u64 == u64::from(length) { Ok((state == AGAIN, report)) } else { Err(Silence::End) }
}

fn died(what: &str) -> ReaderError {
    ReaderError::Died(what.to_owned())
}
