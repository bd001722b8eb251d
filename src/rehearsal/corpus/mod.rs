//! The demo's invented material: six weeks of mail to five duty mailboxes, with real documents, and the directory that
//! goes with it. Nothing here knows a rule; [`manifest()`] only says what was planted and what should become of it.
//!
//! Everything is made from fixed data: two calls write the same bytes. All people, practices and numbers are invented.

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use std::fs;
use std::path::{Path, PathBuf};

mod people;
mod children;
mod paper;
mod workbook;
mod word;
mod letter;
mod story;
mod manifest;

#[cfg(test)]
mod tests;

pub use manifest::{Fate, Planted, What, manifest};

use letter::{Checked, Enclosure, Letter, Sort};
use paper::Author;
use story::{Content, Document, FileKind, Mail};

/// Why the material could not be written.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A folder or file.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A workbook.
    #[error("cannot make a workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// A Word document.
    #[error("cannot make a Word document: {0}")]
    Word(#[from] zip::result::ZipError),
    /// The story speaks of a child it does not know: a mistake in this folder.
    #[error("the story has no child called {0}")]
    NoSuchChild(&'static str),
}

/// The duty mailboxes, in the order they are written.
pub const MAILBOXES: [&str; 5] = ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"];

/// The first moment of the six weeks (inclusive): Monday 2 November 2026, 00:00 London.
pub fn from() -> Timestamp {
    midnight(date(2026, 11, 2))
}

/// The end of the six weeks (exclusive): Monday 14 December 2026, 00:00 London.
pub fn until() -> Timestamp {
    midnight(date(2026, 12, 14))
}

fn midnight(day: jiff::civil::Date) -> Timestamp {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0)).compatible().unwrap_or_default()
}

/// The directory as the spreadsheet's CSV, consistent with the panels and with everyone who writes.
pub fn directory_csv() -> String {
    let quote = |cell: &str| {
        if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
    };
    let line = |cells: &[&str]| cells.iter().map(|cell| quote(cell)).collect::<Vec<_>>().join(",") + "\n";
    let head = line(&people::COLUMNS);
    people::DIRECTORY.iter().fold(head, |csv, row| csv + &line(&row.cells()))
}

/// Writes `dir/mail/<mailbox>/{cur,new,tmp}` and reports progress as (mails written, mails in all). What it wrote is the
/// return value, the same as [`manifest()`].
///
/// # Errors
/// When a folder or file cannot be written.
pub fn write(dir: &Path, progress: &dyn Fn(usize, usize)) -> Result<Vec<Planted>, CorpusError> {
    let mail = dir.join("mail");
    make_folders(&mail)?;
    let timetable = story::timetable();
    for (n, item) in timetable.iter().enumerate() {
        let planted = manifest::planted(n, item);
        save(&mail.join(&planted.file), letter::write(&compose(item, planted.arrives)?).as_bytes())?;
        progress(n + 1, timetable.len());
    }
    Ok(manifest())
}

/// Writes `n` mails of about `bytes_each` bytes (a workbook with a picture in it) over the six weeks and the five
/// mailboxes, each about a child of its own, for measuring `simulate`.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn bulk(dir: &Path, n: usize, bytes_each: usize) -> Result<(), CorpusError> {
    let mail = dir.join("mail");
    make_folders(&mail)?;
    let span = until().as_second() - from().as_second();
    for (number, mailbox) in (0..n).zip(MAILBOXES.iter().copied().cycle()) {
        let offset = span * i64::try_from(number).unwrap_or_default() / i64::try_from(n.max(1)).unwrap_or(1);
        let arrives = from().checked_add(offset.seconds()).unwrap_or_default();
        let letter = bulk_letter(mailbox, number, arrives, bytes_each)?;
        let name = format!("{mailbox}/new/{}.M{number:06}P4343.{}", arrives.as_second(), server(mailbox));
        save(&mail.join(name), letter::write(&letter).as_bytes())?;
    }
    Ok(())
}

/// The authserv-id of the server that receives for a mailbox.
fn server(mailbox: &str) -> &'static str {
    if mailbox == "st-helens-mace" { "mx.st-helens.example" } else { "mx.surrey.example" }
}

/// A mailbox's display name and address.
fn address(mailbox: &str) -> (&'static str, &'static str) {
    match mailbox {
        "surrey-rmm-ne" => ("RMM Duty North East", "rmm-ne@surrey.example"),
        "surrey-rmm-nw" => ("RMM Duty North West", "rmm-nw@surrey.example"),
        "surrey-rmm-se" => ("RMM Duty South East", "rmm-se@surrey.example"),
        "surrey-rmm-sw" => ("RMM Duty South West", "rmm-sw@surrey.example"),
        _ => ("MACE inbox", "mace@st-helens.example"),
    }
}

fn make_folders(mail: &Path) -> Result<(), CorpusError> {
    for mailbox in MAILBOXES {
        for folder in ["cur", "new", "tmp"] {
            let path = mail.join(mailbox).join(folder);
            fs::create_dir_all(&path).map_err(|source| CorpusError::Write { path, source })?;
        }
    }
    Ok(())
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), CorpusError> {
    fs::write(path, bytes).map_err(|source| CorpusError::Write { path: path.to_owned(), source })
}

/// The mail as it arrived.
fn compose(mail: &Mail, arrives: Timestamp) -> Result<Letter, CorpusError> {
    let (sender, worker) = (people::writer(mail.from), people::writer(mail.worker.unwrap_or(mail.from)));
    let enclosures = mail.documents.iter().map(|document| enclose(document, worker)).collect::<Result<Vec<_>, _>>()?;
    let written = Letter {
        from: sender,
        to: address(mail.mailbox),
        server: server(mail.mailbox),
        arrives,
        subject: mail.subject.map_or_else(|| usual_subject(mail), str::to_owned),
        body: mail.body.map_or_else(|| usual_body(mail), str::to_owned),
        checked: if mail.what == What::Spoofed { Checked::Fail } else { Checked::Pass },
        logo: arrives.as_second() % 3 == 0,
        enclosures,
        sort: Sort::Written,
    };
    Ok(match mail.what {
        What::OutOfOffice => Letter { sort: Sort::AutoReply, logo: false, ..written },
        What::CalendarReply => Letter { sort: Sort::MeetingReply, ..written },
        What::Bounce => Letter { sort: Sort::Bounce("ian.prosser@nhs.example"), ..written },
        What::Forwarded => {
            let before = arrives.checked_sub(SignedDuration::from_hours(18)).unwrap_or(arrives);
            let (subject, body) = ("RAT for RMM".to_owned(), usual_body(mail));
            let to = (sender.name, sender.email);
            let inner = Letter { from: worker, to, arrives: before, subject, body, ..written.clone() };
            Letter { enclosures: Vec::new(), sort: Sort::Forward(Box::new(inner)), ..written }
        }
        _ => written,
    })
}

fn initials(name: &str) -> String {
    name.split(' ').filter_map(|part| part.chars().next()).collect()
}

fn child_of(mail: &Mail) -> Option<&'static children::Child<'static>> {
    mail.documents.first().and_then(|document| children::find(document.child))
}

fn usual_subject(mail: &Mail) -> String {
    let name = child_of(mail).map_or("", |child| child.name);
    let (panel, form) = if mail.mailbox == "st-helens-mace" { ("MACE", "CE assessment") } else { ("RMM", "RAT") };
    match mail.at.minute() % 4 {
        0 => format!("{form} for {panel}"),
        1 => format!("{} – {form}", initials(name)),
        2 => format!("{panel} referral"),
        _ => format!("{panel}: {name}"),
    }
}

fn usual_body(mail: &Mail) -> String {
    let initials = child_of(mail).map(|child| initials(child.name)).unwrap_or_default();
    let (panel, form) = if mail.mailbox == "st-helens-mace" { ("MACE", "CE assessment") } else { ("RMM", "RAT") };
    if mail.what == What::FromGp {
        return format!(
            "Dear colleagues,\n\nWe have seen {initials} in surgery and are worried. Our form is attached for the {panel}."
        );
    }
    format!(
        "Hi,\n\nPlease find attached the {form} for {initials} for the next {panel}. I can come on the day.\n\nMany thanks"
    )
}

fn author(writer: people::Writer) -> Author {
    let (agency, manager) = match (writer.domain(), writer.title) {
        ("st-helens.example", _) => ("Children's Services", "Karen Doyle"),
        ("surrey.example", _)
            if ["Zainab Hussain", "Peter Maddox", "Orla Devine", "Graham Sewell"].contains(&writer.name) =>
        {
            ("Children's Services", "Femi Balogun")
        }
        ("surrey.example", _) => ("Children's Services", "Alison Brock"),
        (_, "Practice safeguarding lead") => (writer.name, "Practice manager"),
        _ => ("Not stated", "Not stated"),
    };
    // A number Ofcom keeps for drama.
    Author { name: writer.name, agency, manager, phone: "01632 960123" }
}

/// The document as its author filled it in: the same bytes whoever sends it on.
fn enclose(document: &Document, worker: people::Writer) -> Result<Enclosure, CorpusError> {
    let child = children::find(document.child).ok_or(CorpusError::NoSuchChild(document.child))?;
    let by = author(worker);
    let (paper, short) = match document.content {
        Content::Tool(rating, risks) => {
            (paper::risk_assessment_tool(child, by, document.dated, rating, risks, document.slip), "RAT")
        }
        Content::Assessment(kind, outcome) => {
            (paper::ce_assessment(child, by, document.dated, kind, outcome, document.slip), "CE assessment")
        }
        Content::Recording(rating, review) => {
            (paper::recording_template(child, by, document.dated, rating, review), "Recording template")
        }
    };
    const XLSX: (&str, &str) = ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    const DOCX: (&str, &str) = ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    let (bytes, (extension, mime)) = match document.file {
        FileKind::Sheet(layout) => (workbook::write(&paper, layout, 0)?, XLSX),
        FileKind::Word(layout) => (word::write(&paper, layout)?, DOCX),
        FileKind::Truncated => {
            let mut bytes = word::write(&paper, word::WordLayout::Table)?;
            bytes.truncate(bytes.len() / 2);
            (bytes, DOCX)
        }
        FileKind::Locked => (include_bytes!("fixtures/locked.xlsx").to_vec(), XLSX),
        FileKind::OldExcel => (include_bytes!("fixtures/rat.xls").to_vec(), ("xls", "application/vnd.ms-excel")),
        FileKind::OpenDocument => (
            include_bytes!("fixtures/assessment.ods").to_vec(),
            ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
        ),
    };
    let usual = match document.dated.day() % 3 {
        0 => format!("{short} {} {}.{extension}", initials(child.name), document.dated.strftime("%d.%m.%Y")),
        1 => format!("{} – {short}.{extension}", child.name),
        _ => format!(
            "{short} for panel {} completed and checked {}.{extension}",
            child.lcs,
            document.dated.strftime("%d %B")
        ),
    };
    Ok(Enclosure { name: document.named.map_or(usual, str::to_owned), mime, bytes })
}

/// One mail of the benchmark: a child of its own, named by number words so that no two are near each other.
fn bulk_letter(mailbox: &'static str, number: usize, arrives: Timestamp, bytes: usize) -> Result<Letter, CorpusError> {
    const FIRST: [&str; 20] = [
        "Amber", "Bertie", "Cerys", "Duncan", "Esme", "Fergus", "Gwen", "Hamish", "Ines", "Jasper", "Keira", "Logan",
        "Mabel", "Niall", "Opal", "Percy", "Quinn", "Rowan", "Stella", "Toby",
    ];
    const LAST: [&str; 20] = [
        "Ashdown",
        "Blackwood",
        "Copperfield",
        "Dunstable",
        "Elmhurst",
        "Farringdon",
        "Goldsmith",
        "Hawksworth",
        "Inkpen",
        "Jessop",
        "Kettlewell",
        "Lockhart",
        "Mayhew",
        "Northcote",
        "Oakshott",
        "Pickering",
        "Quayle",
        "Ravenscroft",
        "Sheringham",
        "Thistlewood",
    ];
    let pick = |list: &[&'static str], n: usize| list.get(n % list.len()).copied().unwrap_or_default();
    let name = format!("{} {} {}", pick(&FIRST, number), pick(&LAST, number / 20), pick(&LAST, number / 400 + 7));
    let lcs = (2_000_000 + number).to_string();
    // A prime number of days, so that children of one birthday differ in both names.
    let day = i64::try_from(number % 1399).unwrap_or_default();
    let child = children::Child {
        key: "",
        name: &name,
        born: date(2009, 6, 1).checked_add(day.days()).unwrap_or(date(2011, 1, 1)),
        lcs: &lcs,
        // Every other serial: one without a check digit moves on to the next.
        nhs: u32::try_from(number % 490_000 * 2 + 1_000).unwrap_or(1_000),
        address: "1 Long Row, ZZ19 9ZZ",
        gp: "Harbour Lane Surgery (Z99001), 2 Harbour Lane, ZZ11 1AA",
        school: "Riverside Secondary School",
    };
    let st_helens = mailbox == "st-helens-mace";
    let from = people::writer(if st_helens { "hannah.birchall" } else { "naomi.eddowes" });
    let dated = arrives.to_zoned(TimeZone::UTC).date();
    let paper = if st_helens {
        paper::ce_assessment(&child, author(from), dated, "Initial", 3, paper::Slip::None)
    } else {
        paper::risk_assessment_tool(&child, author(from), dated, "Emerging", "S", paper::Slip::None)
    };
    // Base64 takes a third on top, the rest of the mail and the workbook's own parts some ten kilobytes.
    let padding = (bytes * 3 / 4).saturating_sub(10_000);
    let sheet = workbook::write(&paper, workbook::SheetLayout::Right, padding)?;
    let mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(Letter {
        from,
        to: address(mailbox),
        server: server(mailbox),
        arrives,
        subject: format!("Referral {number}"),
        body: "Hi,\n\nPlease find the form attached.".to_owned(),
        checked: Checked::Pass,
        logo: false,
        enclosures: vec![Enclosure { name: format!("form {number}.xlsx"), mime, bytes: sheet }],
        sort: Sort::Written,
    })
}
