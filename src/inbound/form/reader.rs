//! The parent's side of reading a document in a child process. Whatever the child does, its caller gets a report or a
//! [`ReaderError`] within the time limit; the child is killed when the future is dropped.

use super::child::{READ_DOCUMENT, Request, Setup};
use super::{FormTables, Limits, ReadOptions, ReadReport};
use crate::casework::{Finding, FindingCode};
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// A report larger than this is not believed.
const REPORT_BYTES: u64 = 16 * 1024 * 1024;

/// How reading failed. The document may be at fault or the machine: the caller counts attempts before reading and
/// quarantines after the second death (`LESSONS.md` B).
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// The child could not be started: the machine's or the configuration's fault, never the document's.
    #[error("the reader could not be started")]
    Spawn(#[source] std::io::Error),
    /// The child died, was killed by one of its limits, or gave no sound report.
    #[error("the reader died ({0})")]
    Died(String),
    /// The child did not finish in time and was killed.
    #[error("the reader did not finish within {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl ReaderError {
    /// What the sender is told: the document could not be read, and what to do.
    pub fn finding(&self) -> Finding {
        let message = match self {
            Self::TimedOut(_) => {
                "The file took too long to read and was put aside for a person. Please open it, save it again as .docx or .xlsx, and send it again."
            }
            Self::Died(_) => {
                "The file made the reader fail and was put aside for a person. Please open it, save it again as .docx or .xlsx, and send it again."
            }
            Self::Spawn(_) => {
                "The reader could not be started on this machine. The document itself may be sound; a person will look at it."
            }
        };
        Finding::document(FindingCode::ReaderFailed, message)
    }
}

/// Reads documents, each in a process of its own.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    timeout: Duration,
    tables: Arc<FormTables>,
    limits: Limits,
    /// The setup as JSON, made once.
    setup: Arc<str>,
}

impl Reader {
    /// A reader that runs `program read-document`. The program is this binary's own path; it is a setting because
    /// under `cargo test` the running binary is the test's.
    pub fn new(program: impl Into<PathBuf>, tables: Arc<FormTables>, limits: Limits) -> Self {
        let setup = Setup { tables: tables.for_reading(), limits: limits.clone() };
        // Tables and limits are plain data: they always serialise. Should they not, every child says so by dying.
        let setup = serde_json::to_string(&setup).unwrap_or_default().into();
        Self { program: program.into(), timeout: Duration::from_secs(15), tables, limits, setup }
    }

    /// With another time limit than 15 s.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The label tables in use.
    pub fn tables(&self) -> &FormTables {
        &self.tables
    }

    /// The limits in use.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The binary that is run.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Reads one document. `extension` is that of its name, without the dot; the name itself never leaves the caller.
    ///
    /// # Errors
    /// [`ReaderError`]; the document itself never causes one unless it kills the child.
    pub async fn read(
        &self,
        bytes: &[u8],
        extension: Option<&str>,
        today: Date,
        options: &ReadOptions,
    ) -> Result<ReadReport, ReaderError> {
        let request = Request { today, options: options.clone(), extension: extension.map(str::to_ascii_lowercase) };
        let request = serde_json::to_string(&request).map_err(|error| ReaderError::Died(error.to_string()))?;
        let header = format!("[{},{request}]", self.setup);
        let length = u32::try_from(header.len()).map_err(|_| ReaderError::Died("the header is too long".to_owned()))?;
        let mut child = Command::new(&self.program)
            .arg(READ_DOCUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(ReaderError::Spawn)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ReaderError::Died("it has no pipes".to_owned()));
        };
        let talk = async {
            let write = async {
                // A child that dies early closes its end; how it ended is told by its exit status.
                let _ = input.write_all(&length.to_be_bytes()).await;
                let _ = input.write_all(header.as_bytes()).await;
                let _ = input.write_all(bytes).await;
                drop(input);
            };
            let mut report = Vec::new();
            let mut output = output.take(REPORT_BYTES + 1);
            let read = {
                let mut read = std::pin::pin!(output.read_to_end(&mut report));
                let mut write = std::pin::pin!(write);
                // A child that has said all it has to say need not have listened to the end.
                tokio::select! {
                    read = &mut read => read,
                    () = &mut write => read.await,
                }
            };
            drop(output);
            if report.len() as u64 > REPORT_BYTES {
                let _ = child.start_kill();
            }
            (read, child.wait().await, report)
        };
        let Ok((read, status, report)) = tokio::time::timeout(self.timeout, talk).await else {
            return Err(ReaderError::TimedOut(self.timeout));
        };
        let died = |what: String| ReaderError::Died(what);
        let status = status.map_err(|error| died(error.to_string()))?;
        if !status.success() {
            return Err(died(status.to_string()));
        }
        read.map_err(|error| died(error.to_string()))?;
        if report.len() as u64 > REPORT_BYTES {
            return Err(died("its report is too long".to_owned()));
        }
        serde_json::from_slice(&report).map_err(|_| died("its report could not be read".to_owned()))
    }
}
