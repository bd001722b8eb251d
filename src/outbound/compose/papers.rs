//! The papers a mail carries: the cleared ones, all of them, byte for byte.

use super::ComposeError;
use super::headers::encoding;
use crate::casework::agenda::Item;
use crate::casework::routing::{Clearance, ClearedDocument};
use crate::casework::{CaseRef, Format, Sha256};
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;
use serde::Serialize;
use std::sync::Arc;

/// A paper's bytes: hashed and encoded once, however many mails carry them.
#[derive(Clone)]
pub struct PaperBytes {
    sha256: Sha256,
    encoded: Arc<[u8]>,
}

impl PaperBytes {
    /// These bytes, as the caller unpacked them again.
    ///
    /// # Errors
    /// When they cannot be encoded.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ComposeError> {
        let sha256 = Sha256::of(&bytes);
        let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
        let encoded: Arc<[u8]> = body.map_err(|_| encoding("a paper could not be written as base64"))?.as_ref().into();
        Ok(Self { sha256, encoded })
    }

    /// Their hash.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// As they stand in a mail: base64 in lines (RFC 2045 §6.8).
    pub fn encoded(&self) -> &Arc<[u8]> {
        &self.encoded
    }
}

/// A cleared document and its bytes.
pub type ClearedPaper<'a> = (ClearedDocument, &'a PaperBytes);

/// A paper under the name it will have.
pub(super) struct Attachment<'a> {
    pub(super) document: ClearedDocument,
    pub(super) name: String,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'a PaperBytes,
}

/// One row of the table of item, child and file.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) number: u32,
    pub(super) case: CaseRef,
    pub(super) what: String,
    pub(super) dated: Option<jiff::civil::Date>,
    pub(super) file: String,
    sha256: Sha256,
    #[serde(skip)]
    format: Format,
}

impl Listed {
    pub(super) fn document(&self) -> ClearedDocument {
        ClearedDocument { sha256: self.sha256, case: self.case }
    }
}

/// Names every paper of these items. Bytes that stand for two children are attached once and listed twice.
pub(super) fn list<'i>(items: impl Iterator<Item = &'i Item>) -> Vec<Listed> {
    let mut listed: Vec<Listed> = Vec::new();
    for item in items {
        for (nth, paper) in item.papers.iter().enumerate() {
            let alike =
                |other: &crate::casework::agenda::Paper| other.what == paper.what && other.format == paper.format;
            let several = item.papers.iter().filter(|other| alike(other)).count() > 1;
            let before = item.papers.iter().take(nth).filter(|other| alike(other)).count();
            let part = several.then(|| u32::try_from(before + 1).unwrap_or(u32::MAX));
            let already = listed.iter().find(|row| row.sha256 == paper.sha256).map(|row| row.file.clone());
            listed.push(Listed {
                number: item.number,
                case: item.case,
                what: paper.what.clone(),
                dated: paper.dated,
                file: already.unwrap_or_else(|| paper.file_name(item.number, item.case, part)),
                sha256: paper.sha256,
                format: paper.format,
            });
        }
    }
    listed
}

/// Those of them that a mail brings, by the names they have in the whole: in a part, the cleared ones alone (OP-09).
pub(super) fn of_part(mut listed: Vec<Listed>, part: Option<(u32, u32)>, clearance: &Clearance) -> Vec<Listed> {
    if part.is_some() {
        listed.retain(|row| clearance.documents().contains(&row.document()));
    }
    listed
}

/// The papers of a mail about one child that belongs to no agenda.
pub(super) fn list_apart(case: CaseRef, papers: &[crate::casework::agenda::Paper]) -> Vec<Listed> {
    let listed = (1..).zip(papers).map(|(number, paper)| Listed {
        number,
        case,
        what: paper.what.clone(),
        dated: paper.dated,
        file: paper.file_name(number, case, None),
        sha256: paper.sha256,
        format: paper.format,
    });
    listed.collect()
}

/// The listed papers with their bytes: exactly the cleared ones, each with the hash it was cleared by.
///
/// # Errors
/// A paper not cleared for that child, a cleared one that is missing or unlisted, or bytes that changed.
pub(super) fn gather<'a>(
    listed: &[Listed],
    papers: &[ClearedPaper<'a>],
    clearance: &Clearance,
) -> Result<Vec<Attachment<'a>>, ComposeError> {
    for (document, bytes) in papers {
        if !clearance.documents().contains(document) {
            return Err(ComposeError::DocumentNotCleared(document.sha256));
        }
        if bytes.sha256 != document.sha256 {
            return Err(ComposeError::DocumentAltered(document.sha256));
        }
    }
    let is_listed = |d: &ClearedDocument| listed.iter().any(|row| row.sha256 == d.sha256 && row.case == d.case);
    let has_bytes = |d: &ClearedDocument| papers.iter().any(|(document, _)| document == d);
    if let Some(missing) = clearance.documents().iter().find(|d| !is_listed(d) || !has_bytes(d)) {
        return Err(ComposeError::DocumentMissing(missing.sha256));
    }
    let mut attachments: Vec<Attachment<'a>> = Vec::new();
    for row in listed {
        let document = row.document();
        let Some((_, bytes)) = papers.iter().find(|(given, _)| *given == document) else {
            return Err(ComposeError::DocumentNotCleared(row.sha256));
        };
        if !attachments.iter().any(|attachment| attachment.document.sha256 == row.sha256) {
            let content_type = content_type(row.format);
            attachments.push(Attachment { document, name: row.file.clone(), content_type, bytes });
        }
    }
    Ok(attachments)
}

/// The registered media type of a workbook (IANA).
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The registered media type of a format (IANA); the sender's own declaration is not repeated.
const fn content_type(format: Format) -> &'static str {
    match format {
        Format::Xlsx => XLSX,
        Format::Xlsm => "application/vnd.ms-excel.sheet.macroenabled.12",
        Format::Xlsb => "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        Format::Xls => "application/vnd.ms-excel",
        Format::Ods => "application/vnd.oasis.opendocument.spreadsheet",
        Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Format::Docm => "application/vnd.ms-word.document.macroenabled.12",
        Format::Odt => "application/vnd.oasis.opendocument.text",
        Format::Doc => "application/msword",
        Format::Rtf => "application/rtf",
        Format::Pdf => "application/pdf",
        Format::Msg => "application/vnd.ms-outlook",
        Format::Zip => "application/zip",
        // A nested message, page, text, image or calendar file is a paper to be saved here, not mail to be opened in place.
        _ => "application/octet-stream",
    }
}
