//! The parent's side of reading documents in child processes. Whatever a child does, its caller gets a report or a
//! [`ReaderError`] within the time limit; the child is killed when the future is dropped.
//!
//! A child that has answered waits for the next document, because starting one costs more than reading does (`child` has
//! the figures). A document still costs at most itself (invariant 9): one that a used child fails at is read again by a
//! fresh one, and only what the fresh one does is held against it; a child that failed, or grew, reads no other. A time-out
//! counts as the document's own: a child that has answered and waits is not busy with anything else.

use super::child::{Request, Setup};
use super::confine::Attempt;
use super::process::{self, Process};
use super::{FormTables, Limits, ReadOptions, ReadReport};
use crate::casework::{Finding, FindingCode, Sha256};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

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

/// Reads documents in child processes: one at a time in each, and as many at once as there are processors.
#[derive(Clone, Debug)]
pub struct Reader {
    program: PathBuf,
    timeout: Duration,
    tables: Arc<FormTables>,
    limits: Limits,
    /// The setup as a child is told it, made once.
    setup: Arc<[u8]>,
    waiting: Arc<Mutex<Vec<Process>>>,
    /// Leave to read: a place for each document that is read at once.
    places: Arc<Semaphore>,
    /// Documents that are being read before they are asked for.
    ahead: Arc<Mutex<HashMap<(Sha256, Date), Ahead>>>,
    /// Where children are waited for; none: where their caller is.
    aside: Option<Handle>,
}

type Ahead = JoinHandle<Result<ReadReport, ReaderError>>;

impl Reader {
    /// A reader that runs `program read-document`. The program is this binary's own path; it is a setting because
    /// under `cargo test` the running binary is the test's.
    pub fn new(program: impl Into<PathBuf>, tables: Arc<FormTables>, limits: Limits) -> Self {
        // Tables and limits are plain data: they always serialise. Should they not, every child says so by dying.
        let setup = framed(&Setup { tables: tables.for_reading(), limits: limits.clone() }).unwrap_or_default().into();
        let (timeout, waiting, ahead) = (Duration::from_secs(15), Arc::default(), Arc::default());
        let at_once = std::thread::available_parallelism().map_or(1, usize::from).max(2);
        let places = Arc::new(Semaphore::new(at_once));
        Self { program: program.into(), timeout, tables, limits, setup, waiting, places, ahead, aside: None }
    }

    /// With another time limit than 15 s.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Waits for its children in this runtime, whose threads its caller leaves alone; for a rehearsal. A reading then goes on,
    /// within its time limit, when whoever asked for it does not wait any more.
    #[must_use]
    pub fn aside(mut self, runtime: Handle) -> Self {
        self.aside = Some(runtime);
        self
    }

    /// Lets go of the children that wait for a document: there will be none for a while.
    pub fn rest(&self) {
        self.waiting().clear();
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

    /// Begins to read a document that will be asked for soon; [`Reader::read`] then waits for that reading instead of
    /// beginning one. Reading depends on nothing but its arguments, so it makes no difference when it is done. For a
    /// rehearsal, which knows what comes next.
    pub fn read_ahead(&self, bytes: Vec<u8>, extension: Option<String>, today: Date, options: ReadOptions) {
        let key = (Sha256::of(&bytes), today);
        self.ahead().entry(key).or_insert_with(|| self.begin(bytes, extension, today, options));
    }

    fn begin(&self, bytes: Vec<u8>, extension: Option<String>, today: Date, options: ReadOptions) -> Ahead {
        let reader = self.clone();
        let task = async move { reader.read_now(&bytes, extension.as_deref(), today, &options).await };
        match &self.aside {
            Some(aside) => aside.spawn(task),
            None => tokio::spawn(task),
        }
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
        let ahead = if self.ahead().is_empty() { None } else { self.ahead().remove(&(Sha256::of(bytes), today)) };
        if let Some(reading) = ahead
            && let Ok(Ok(report)) = reading.await
        {
            return Ok(report);
        }
        if self.aside.is_some() {
            let reading = self.begin(bytes.to_vec(), extension.map(str::to_owned), today, options.clone());
            return reading.await.unwrap_or_else(|error| Err(ReaderError::Died(error.to_string())));
        }
        self.read_now(bytes, extension, today, options).await
    }

    async fn read_now(
        &self,
        bytes: &[u8],
        extension: Option<&str>,
        today: Date,
        options: &ReadOptions,
    ) -> Result<ReadReport, ReaderError> {
        let extension = extension.map(str::to_ascii_lowercase);
        let request = Request { today, options: options.clone(), extension, bytes: bytes.len() as u64 };
        let request = framed(&request)?;
        // Never closed. The time limit begins when reading does.
        let _place = self.places.acquire().await;
        let used = self.waiting().pop();
        let read = async {
            if let Some(used) = used
                && let Ok(answer) = used.ask(&[&request, bytes]).await
            {
                return Ok(answer);
            }
            Process::start(&self.program)?.ask(&[&self.setup, &request, bytes]).await
        };
        let answer = tokio::time::timeout(self.timeout, read).await;
        let (report, again) = answer.unwrap_or(Err(ReaderError::TimedOut(self.timeout)))?;
        self.waiting().extend(again);
        Ok(report)
    }

    /// Does a child of this reader succeed in what it must not be able to do? Its output goes to `output`.
    ///
    /// # Errors
    /// [`ReaderError`] if the child could not be started or did not get so far as to try.
    pub async fn succeeds(&self, attempt: Attempt, output: Stdio) -> Result<bool, ReaderError> {
        let tried = tokio::time::timeout(self.timeout, process::succeeds(&self.program, attempt, output)).await;
        tried.unwrap_or(Err(ReaderError::TimedOut(self.timeout)))
    }

    /// What the kernel should keep a child from and does not ([`Attempt::words`]); empty on a sound machine.
    ///
    /// # Errors
    /// As [`Reader::succeeds`].
    pub async fn left_open(&self) -> Result<Vec<Attempt>, ReaderError> {
        let mut open = Vec::new();
        for attempt in Attempt::OF_THE_KERNEL {
            if self.succeeds(attempt, Stdio::null()).await? {
                open.push(attempt);
            }
        }
        Ok(open)
    }

    fn ahead(&self) -> std::sync::MutexGuard<'_, HashMap<(Sha256, Date), Ahead>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Process>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// JSON after its length.
fn framed(what: &impl Serialize) -> Result<Vec<u8>, ReaderError> {
    let json = serde_json::to_vec(what).map_err(|error| ReaderError::Died(error.to_string()))?;
    let length = u32::try_from(json.len()).map_err(|_| ReaderError::Died("the request is too long".to_owned()))?;
    Ok([&length.to_be_bytes(), json.as_slice()].concat())
}
