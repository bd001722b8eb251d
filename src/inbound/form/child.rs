//! The child process in which documents are read: the hidden verb `read-document`. It confines itself (`confine`) before it
//! looks at anything, takes the setup and then one document after another on standard input, and writes a report on each on
//! standard output. After [`DOCUMENTS`] documents, or one that made it grow, it says that it takes no more and ends.
//!
//! Why it takes more than one: measured on 100 KB mails (`cargo bench --bench reading`), a workbook costs 1.6 ms of
//! processor in a child that is there already, and 5.5 ms in one of its own, of which 1.2 ms are the reading and the rest
//! the start of a process and the label tables it is told. That one document cannot harm the next is the caller's care:
//! a document's failure is believed only of a child that read nothing before (see [`super::Reader`]).

use super::confine::confine;
use super::{FormTables, Limits, ReadOptions, ReadReport, Refused, read_document};
use crate::casework::Format;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::process::ExitCode;

/// The hidden verb that runs the child.
pub const READ_DOCUMENT: &str = "read-document";

/// What the parent says once for all documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    pub tables: FormTables,
    pub limits: Limits,
}

/// What the parent says about one document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub today: Date,
    pub options: ReadOptions,
    /// The file name's extension; never the name.
    pub extension: Option<String>,
    /// Length of the document that follows, in bytes.
    pub bytes: u64,
}

/// Before a report: the child takes another document.
pub(super) const AGAIN: u8 = 1;
/// Before a report: it was the child's last.
pub(super) const LAST: u8 = 0;

/// Beyond what the document's own limits allow, a request is not one of ours.
const HEADER_BYTES: u32 = 4 * 1024 * 1024;
const DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Documents read by one process.
const DOCUMENTS: u32 = 50;
/// What a process may have grown by and still read another.
const GROWTH: u64 = 64 * 1024 * 1024;

/// The body of the hidden verb. Input: the `Setup`, then for each document a `Request` and its bytes. Output: for
/// each document `AGAIN` or `LAST` and the report. Setup, request and report are JSON after their length (4 bytes,
/// big-endian). Exit code 0 says that all that was asked was answered.
pub fn run_child(mut input: impl Read, mut output: impl Write) -> ExitCode {
    // Opened while files can be.
    let size = AddressSpace(File::open("/proc/self/status").ok());
    if confine().is_err() {
        return ExitCode::from(3);
    }
    match serve(&size, &mut input, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(1),
    }
}

fn serve(size: &AddressSpace, input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let Some(setup) = header(input)? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
    let setup: Setup = serde_json::from_slice(&setup)?;
    let begun = size.now();
    for left in (0..DOCUMENTS).rev() {
        let Some(request) = header(input)? else { return Ok(()) };
        let request: Request = serde_json::from_slice(&request)?;
        let known = request.bytes <= DOCUMENT_BYTES;
        let report = if known {
            let mut document = Vec::new();
            if input.take(request.bytes).read_to_end(&mut document)? as u64 != request.bytes {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            read_document(
                &document,
                request.extension.as_deref(),
                &setup.tables,
                &setup.limits,
                request.today,
                &request.options,
            )
        } else {
            ReadReport::of_no_form(Format::Unknown, Refused::limit("more than 64 MiB".to_owned()).into())
        };
        let lean = begun.zip(size.now()).is_some_and(|(begun, now)| now.saturating_sub(begun) <= GROWTH);
        let again = known && lean && left > 0;
        answer(output, if again { AGAIN } else { LAST }, &report)?;
        if !again {
            break;
        }
    }
    Ok(())
}

/// What follows a length, or none at the end of the input.
fn header(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = Vec::new();
    input.take(4).read_to_end(&mut length)?;
    let Ok(length) = <[u8; 4]>::try_from(length.as_slice()) else {
        return if length.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
    };
    let length = u32::from_be_bytes(length);
    if length > HEADER_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut header = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut header)?;
    Ok(Some(header))
}

fn answer(output: &mut impl Write, state: u8, report: &ReadReport) -> io::Result<()> {
    let report = serde_json::to_vec(report)?;
    let length = u32::try_from(report.len()).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut all = Vec::with_capacity(report.len() + 5);
    all.push(state);
    all.extend(length.to_be_bytes());
    all.extend(report);
    output.write_all(&all)?;
    output.flush()
}

/// This process's status in `/proc`, for what `RLIMIT_AS` counts: `VmSize` in `proc(5)`.
struct AddressSpace(Option<File>);

impl AddressSpace {
    /// In bytes. None where it cannot be told, and then each process reads one document.
    fn now(&self) -> Option<u64> {
        let mut status = [0; 4096];
        let read = self.0.as_ref()?.read_at(&mut status, 0).ok()?;
        let status = std::str::from_utf8(status.get(..read)?).ok()?;
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
        Some(size.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.saturating_mul(1024))
    }
}
