//! Why a document is not read, told so that its sender knows what to send instead.

use super::{ReadReport, kinds};
use crate::casework::{Finding, FindingCode, Format};
use crate::inbound::ole::Trouble;

/// A document that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub code: FindingCode,
    pub message: String,
}

impl Refused {
    pub(super) fn broken() -> Self {
        let message =
            "The file is damaged or was cut short on its way. Please open it, save it again and send it once more.";
        Self { code: FindingCode::Unreadable, message: message.to_owned() }
    }

    pub(super) fn hostile(what: &str) -> Self {
        let message = format!(
            "The file holds {what}, which an office document never does. Please make it again from the blank form and send that."
        );
        Self { code: FindingCode::Unreadable, message }
    }

    pub(super) fn limit(what: String) -> Self {
        let message = format!(
            "The file is larger than the reader takes: {what}. Please send the form alone, without other sheets or pictures."
        );
        Self { code: FindingCode::LimitExceeded, message }
    }

    pub(super) fn encrypted() -> Self {
        let message = "The file is protected by a password. It counts as received on time. Please send it again without the password, over secure e-mail.";
        Self { code: FindingCode::Encrypted, message: message.to_owned() }
    }
}

impl From<Refused> for Finding {
    fn from(refused: Refused) -> Self {
        Self::document(refused.code, refused.message)
    }
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Broken => Self::broken(),
            Trouble::TooLarge => Self::limit("more data than the reader takes".to_owned()),
        }
    }
}

/// Is the file named like an office document?
pub(super) fn is_named_office(extension: Option<&str>) -> bool {
    matches!(extension, Some("docx" | "xlsx" | "docm" | "xlsm"))
}

/// A file that is not what its name says.
pub(super) fn no_office_file() -> Finding {
    Finding::document(
        FindingCode::Unreadable,
        "The file is named like an office document but is not one, or it is damaged. Please open it, save it again and send it once more.",
    )
}

/// A page or a text that is no form is of a kind that is not read: its sender is told what to send instead.
pub(super) fn what_is_no_form(report: &mut ReadReport, bytes: &[u8], extension: Option<&str>) {
    let Some(instead) = kind(report.format, bytes).or_else(|| format(report.format)) else { return };
    let instead = if report.format == Format::Text && is_named_office(extension) { no_office_file() } else { instead };
    for reading in report.readings.iter_mut().filter(|reading| reading.form.is_none()) {
        for finding in &mut reading.findings {
            if matches!(finding.code, FindingCode::UnknownForm | FindingCode::Empty) {
                *finding = instead.clone();
            }
        }
    }
}

/// What the sender of a file with macros is told.
pub(super) const MACROS: &str = "The file holds macros. They were not run, and a file with macros is not passed on. Please open it, choose Save As, Word Document (.docx) or Excel Workbook (.xlsx), and send it again.";

/// What the sender of a PDF that runs a script is told.
pub(super) const PDF_SCRIPT: &str = "The PDF runs a script when it is opened, so it is not passed on. Please print it to a new PDF, or send the Word (.docx) or Excel (.xlsx) file it was made from.";

/// What the sender of a PDF is told in which no form is found for certain.
pub(super) const PDF: &str = "This is a PDF in which the answers cannot be told from the rest for certain. Please send the Word (.docx) or Excel (.xlsx) file it was made from.";

/// A PDF whose form needs a program of its own to be shown.
pub(super) fn xfa() -> Refused {
    let message = "This is an XFA form, which only Adobe's own program can show. Please send the Word (.docx) or Excel (.xlsx) form instead.";
    Refused { code: FindingCode::UnsupportedFormat, message: message.to_owned() }
}

/// A PDF that was printed from a workbook.
pub(super) fn printed_sheet() -> Refused {
    let message = "This PDF was printed from a spreadsheet, which may show only part of what a cell holds. Please send the workbook itself (.xlsx).";
    Refused { code: FindingCode::UnsupportedFormat, message: message.to_owned() }
}

/// A PDF that holds pictures of pages.
pub(super) fn scanned() -> Refused {
    let message = "This PDF is a scan: it holds pictures of pages, which cannot be read here. Please send the Word (.docx) or Excel (.xlsx) file it was printed from.";
    Refused { code: FindingCode::UnsupportedFormat, message: message.to_owned() }
}

/// Something that only the holder of a key can open.
pub(super) fn for_a_key() -> Refused {
    let message = "The file is encrypted for somebody's key (PGP, S/MIME or Microsoft rights management) and cannot be opened here. It counts as received on time. Please send it again without that, over the council's secure e-mail.";
    Refused { code: FindingCode::Encrypted, message: message.to_owned() }
}

/// A file of a kind that is not read: what it is, where that is known.
pub(super) fn kind(format: Format, bytes: &[u8]) -> Option<Finding> {
    match format {
        Format::Encrypted if kinds::is_for_a_key(bytes) => Some(for_a_key().into()),
        Format::Ole | Format::Unknown | Format::Text => {
            let (what, instead) = kinds::told(bytes)?;
            Some(Finding::document(FindingCode::UnsupportedFormat, format!("{what} {instead}")))
        }
        _ => None,
    }
}

/// Why a format is not read, and what to send instead. None for the formats that are.
pub(super) fn format(format: Format) -> Option<Finding> {
    const WORD: &str = "Please open it, choose Save As, Word Document (.docx), and send it again.";
    let unsupported =
        |what: &str, instead: &str| Finding::document(FindingCode::UnsupportedFormat, format!("{what} {instead}"));
    let form = "Please fill in the Word (.docx) or Excel (.xlsx) form and send that.";
    let finding = match format {
        Format::Xlsx
        | Format::Xlsm
        | Format::Xlsb
        | Format::Xls
        | Format::Ods
        | Format::Docx
        | Format::Docm
        | Format::Odt
        | Format::Rtf
        | Format::Pdf => return None,
        Format::Doc => unsupported("This is a Word 97-2003 document (.doc).", WORD),
        Format::Image => unsupported("This is a picture or a scan.", form),
        Format::Html => unsupported("This is a web page.", form),
        Format::Text => unsupported("This is plain text.", form),
        Format::Ics => unsupported("This is a calendar entry.", form),
        Format::Msg | Format::Eml => {
            unsupported("This is another e-mail.", "Please attach the form itself and send it again.")
        }
        Format::Tnef => unsupported(
            "This is an Outlook rich-text package (winmail.dat).",
            "Please send the e-mail in HTML or plain text, with the form attached.",
        ),
        Format::Zip => {
            unsupported("This is a zip archive.", "Please attach the form itself, as a .docx or .xlsx file.")
        }
        Format::Encrypted => Refused::encrypted().into(),
        Format::Empty => {
            Finding::document(FindingCode::Empty, "The file is empty. Please attach it again and send it once more.")
        }
        Format::Ole | Format::Unknown => unsupported("This is not a kind of file that is read here.", form),
    };
    Some(finding)
}
