//! The child process in which documents are read: the hidden verb `read-document`. It limits itself before it looks at
//! anything, takes one request on standard input, writes one report on standard output and ends.

use super::{FormTables, Limits, ReadOptions, read_document};
use crate::casework::Format;
use jiff::civil::Date;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
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
}

/// Beyond what the document's own limits allow, a request is not one of ours.
const HEADER_BYTES: u32 = 4 * 1024 * 1024;
const DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Memory for the reading itself, and what the program and its libraries take on top.
const MEMORY: u64 = (512 + 64) * 1024 * 1024;
const CPU_SECONDS: u64 = 15;

/// The body of the hidden verb. The request is: the length of a JSON header (4 bytes, big-endian), that header
/// (`[setup, request]`), then the document to the end of the input. Exit code 0 says that a report was written.
pub fn run_child(mut input: impl Read, mut output: impl Write) -> ExitCode {
    if limit_process().is_err() {
        return ExitCode::from(3);
    }
    match answer(&mut input, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(1),
    }
}

/// `RLIMIT_NPROC` is left alone: it counts all processes of the user, not this one's.
fn limit_process() -> io::Result<()> {
    let at_most = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Core, at_most(0))?;
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Nofile, at_most(16))?;
    setrlimit(Resource::Cpu, at_most(CPU_SECONDS))?;
    setrlimit(Resource::As, at_most(MEMORY))?;
    Ok(())
}

fn answer(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let mut length = [0u8; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > HEADER_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut header = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut header)?;
    let (setup, request): (Setup, Request) = serde_json::from_slice(&header)?;
    let mut document = Vec::new();
    input.take(DOCUMENT_BYTES + 1).read_to_end(&mut document)?;
    let report = if document.len() as u64 > DOCUMENT_BYTES {
        super::ReadReport::of_no_form(Format::Unknown, super::Refused::limit("more than 64 MiB".to_owned()).into())
    } else {
        read_document(
            &document,
            request.extension.as_deref(),
            &setup.tables,
            &setup.limits,
            request.today,
            &request.options,
        )
    };
    serde_json::to_writer(&mut *output, &report)?;
    output.flush()
}
