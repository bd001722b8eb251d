//! The six weeks, Monday 2 November to Sunday 13 December 2026: who sends what to which duty mailbox, when, and what
//! should become of it. London is on GMT throughout. St Helens meets on 3 and 17 November, 1 and 15 December (cut-off the
//! Thursday before, end of day); the Surrey quadrants weekly (cut-off two working days before at 10:00).

use super::manifest::{Fate, What};
use super::paper::Slip;
use super::word::WordLayout::{self, Controls, Paragraphs, Table, Wide};
use super::workbook::SheetLayout::{self, Below, Merged, Right, SameCell};
use jiff::civil::{Date, DateTime, date};

/// A document of the story.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) child: &'static str,
    pub(super) dated: Date,
    pub(super) content: Content,
    pub(super) file: FileKind,
    /// The name it is sent under, where it is not the worker's usual one.
    pub(super) named: Option<&'static str>,
    pub(super) slip: Slip,
}

/// Which form.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// Surrey: rating and key risks.
    Tool(&'static str, &'static str),
    /// St Helens: kind and outcome (1 to 4).
    Assessment(&'static str, usize),
    /// Surrey's recording template after a meeting: rating, and the next review where one was agreed.
    Recording(&'static str, Option<Date>),
}

/// In which file.
#[derive(Clone, Copy, Debug)]
pub(super) enum FileKind {
    Sheet(SheetLayout),
    Word(WordLayout),
    /// A Word file cut off in the middle.
    Truncated,
    /// `fixtures/`: needs a password.
    Locked,
    /// `fixtures/`: the old Excel format.
    OldExcel,
    /// `fixtures/`: LibreOffice's format.
    OpenDocument,
}

/// One mail of the story.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) what: What,
    pub(super) mailbox: &'static str,
    pub(super) at: DateTime,
    pub(super) from: &'static str,
    pub(super) documents: Vec<Document>,
    /// The meeting its child should be listed for.
    pub(super) meeting: Option<Date>,
    pub(super) fate: Fate,
    /// Where it is not the usual one.
    pub(super) subject: Option<&'static str>,
    pub(super) body: Option<&'static str>,
    /// The worker who filled in the form, where a manager sends it.
    pub(super) worker: Option<&'static str>,
}

impl Mail {
    fn said(self, subject: &'static str, body: &'static str) -> Self {
        Self { subject: Some(subject), body: Some(body), ..self }
    }
}

const MACE: &str = "st-helens-mace";
const NE: &str = "surrey-rmm-ne";
const NW: &str = "surrey-rmm-nw";
const SE: &str = "surrey-rmm-se";
const SW: &str = "surrey-rmm-sw";

const fn nov(day: i8, hour: i8, minute: i8, second: i8) -> DateTime {
    date(2026, 11, day).at(hour, minute, second, 0)
}

const fn dec(day: i8, hour: i8, minute: i8, second: i8) -> DateTime {
    date(2026, 12, day).at(hour, minute, second, 0)
}

fn mail(
    what: What,
    mailbox: &'static str,
    at: DateTime,
    from: &'static str,
    documents: Vec<Document>,
    meeting: Option<Date>,
) -> Mail {
    let fate = what.usual_fate();
    Mail { what, mailbox, at, from, documents, meeting, fate, subject: None, body: None, worker: None }
}

/// A mail with one document about a child who should be heard on this day.
fn sent(
    what: What,
    mailbox: &'static str,
    at: DateTime,
    from: &'static str,
    document: Document,
    meeting: Date,
) -> Mail {
    mail(what, mailbox, at, from, vec![document], Some(meeting))
}

fn tool(child: &'static str, dated: Date, rating: &'static str, risks: &'static str, file: FileKind) -> Document {
    Document { child, dated, content: Content::Tool(rating, risks), file, named: None, slip: Slip::None }
}

fn assessed(child: &'static str, dated: Date, kind: &'static str, outcome: usize, file: FileKind) -> Document {
    Document { child, dated, content: Content::Assessment(kind, outcome), file, named: None, slip: Slip::None }
}

/// What a meeting decided about children of one worker, from admin.
fn recorded(
    mailbox: &'static str,
    at: DateTime,
    admin: &'static str,
    worker: &'static str,
    documents: Vec<Document>,
) -> Mail {
    let meeting = documents.first().map(|document| document.dated);
    let mail = mail(What::Recording, mailbox, at, admin, documents, meeting);
    Mail { worker: Some(worker), ..mail }
        .said("Recording templates", "Hi,\n\nThe recording templates from today's meeting are attached.")
}

fn recording(child: &'static str, dated: Date, rating: &'static str, review: Option<Date>, file: FileKind) -> Document {
    Document { child, dated, content: Content::Recording(rating, review), file, named: None, slip: Slip::None }
}

const fn sheet(layout: SheetLayout) -> FileKind {
    FileKind::Sheet(layout)
}

const fn word(layout: WordLayout) -> FileKind {
    FileKind::Word(layout)
}

const fn n(day: i8) -> Date {
    date(2026, 11, day)
}

const fn d(day: i8) -> Date {
    date(2026, 12, day)
}

/// Every mail, mailbox by mailbox, in order of arrival within each.
pub(super) fn timetable() -> Vec<Mail> {
    let mut all = st_helens();
    all.extend(north_east());
    all.extend(north_west());
    all.extend(south_east());
    all.extend(south_west());
    all
}

#[rustfmt::skip]
fn st_helens() -> Vec<Mail> {
    use What::*;
    let unsigned = Document { slip: Slip::NotAuthorised, ..assessed("ryan", n(25), "Initial", 3, word(Table)) };
    let no_birth_date = Document { slip: Slip::NoDateOfBirth, ..assessed("owen", n(17), "Initial", 3, sheet(Right)) };
    let misnamed = Document { named: Some("CE assessment Leah Gaskell.docx"), ..assessed("ryan", d(7), "Review", 3, word(Table)) };
    vec![
        sent(NewReferral, MACE, nov(3, 9, 40, 12), "hannah.birchall", assessed("callum", n(2), "Initial", 2, word(Table)), n(17)),
        sent(NewReferral, MACE, nov(5, 14, 12, 40), "dev.chauhan", assessed("ellie", n(4), "Initial", 3, sheet(Right)), n(17)),
        mail(CalendarReply, MACE, nov(9, 8, 55, 3), "hannah.birchall", vec![], None).said("Accepted: MACE item", "Hannah Birchall has accepted."),
        mail(NoAttachment, MACE, nov(9, 11, 30, 0), "karen.doyle", vec![], None)
            .said("MACE next week", "Hi,\n\nDo we need a new assessment for a young person whose last one is three weeks old, or will that do? She asked me on Friday and I said I would find out."),
        sent(NewReferral, MACE, nov(10, 11, 5, 9), "lorna.mather", assessed("jayden", n(9), "Initial", 1, word(Controls)), n(17)),
        sent(AtCutoff, MACE, nov(12, 22, 47, 51), "stuart.glover", assessed("poppy", n(12), "Initial", 3, sheet(Merged)), n(17)),
        sent(Late, MACE, nov(13, 8, 31, 20), "dev.chauhan", assessed("harvey", n(12), "Initial", 3, word(Wide)), d(1)),
        mail(OutOfOffice, MACE, nov(13, 12, 1, 9), "patrick.lowe", vec![], None)
            .said("Automatic reply: MACE agenda", "I am on leave until Monday 23 November. For anything that cannot wait please ring the education welfare duty line."),
        sent(LateVeryHigh, MACE, nov(13, 15, 20, 44), "hannah.birchall", assessed("tia", n(13), "Initial", 1, sheet(Below)), d(1)),
        sent(OpenDocument, MACE, nov(16, 10, 2, 18), "lorna.mather", assessed("bryn", n(13), "Initial", 3, FileKind::OpenDocument), d(1)),
        sent(MissingField, MACE, nov(18, 13, 15, 30), "stuart.glover", no_birth_date, d(1)),
        sent(Review, MACE, nov(24, 10, 26, 37), "hannah.birchall", assessed("callum", n(23), "Review", 2, word(Controls)), d(1)),
        sent(ClosureRequest, MACE, nov(25, 9, 8, 2), "lorna.mather", assessed("sian", n(24), "Closure", 4, word(Table)), d(1))
            .said("Closure request", "Hi,\n\nPlease find attached the updated CE assessment with the rationale. We ask the panel to consider closing."),
        sent(NotAuthorised, MACE, nov(26, 16, 30, 55), "dev.chauhan", unsigned, d(1)),
        sent(NewReferral, MACE, dec(2, 11, 19, 26), "michael.tansey", assessed("leah", d(1), "Initial", 2, word(Paragraphs)), d(15)),
        mail(WrongAttachmentByName, MACE, dec(8, 14, 47, 13), "dev.chauhan", vec![misnamed], None),
        sent(NewReferral, MACE, dec(10, 17, 5, 0), "stuart.glover", assessed("mason", d(9), "Initial", 3, sheet(SameCell)), d(15)),
    ]
}

#[rustfmt::skip]
fn north_east() -> Vec<Mail> {
    use What::*;
    let noah = || tool("noah", n(3), "Significant", "SC", word(Wide));
    let again = mail(Repeat, NE, nov(11, 9, 0, 47), "alison.brock", vec![noah()], None)
        .said("RMM paper again", "Hi,\n\nI cannot see that this went last week, so here it is once more.");
    vec![
        sent(NewReferral, NE, nov(2, 11, 20, 5), "naomi.eddowes", tool("amelia", date(2026, 10, 30), "Emerging", "S", sheet(Right)), n(9)),
        sent(NewReferral, NE, nov(4, 16, 45, 33), "ben.achebe", noah(), n(9)),
        sent(Duplicate, NE, nov(4, 16, 45, 33), "ben.achebe", noah(), n(9)),
        sent(AtCutoff, NE, nov(5, 10, 0, 0), "naomi.eddowes", tool("freya", n(4), "Emerging", "SM", word(Controls)), n(9)),
        sent(Late, NE, nov(5, 10, 0, 1), "ben.achebe", tool("kian", n(4), "Significant", "C", sheet(Merged)), n(16)),
        mail(Bounce, NE, nov(5, 10, 4, 30), "postmaster@nhs.example", vec![], None)
            .said("Undeliverable: RMM agenda", "Your message could not be delivered to one recipient: no such mailbox.\n"),
        recorded(NE, nov(9, 15, 20, 11), "janet.fairweather", "naomi.eddowes", vec![
            recording("amelia", n(9), "Emerging", Some(date(2027, 2, 8)), sheet(Right)),
            recording("freya", n(9), "Significant", Some(d(21)), word(Table)),
        ]),
        // Nobody says when Noah is heard next: a date is proposed, and set after two working days (MC-35).
        recorded(NE, nov(9, 15, 42, 37), "janet.fairweather", "ben.achebe", vec![recording("noah", n(9), "Significant", None, word(Wide))]),
        Mail { worker: Some("ben.achebe"), ..again },
        sent(NewReferral, NE, nov(16, 15, 38, 21), "naomi.eddowes", tool("ruby", n(13), "Emerging", "M", sheet(Right)), n(23)),
        sent(Correction, NE, nov(18, 10, 12, 6), "naomi.eddowes", tool("ruby", n(17), "Significant", "SM", sheet(Right)), n(23))
            .said("Updated RAT", "Hi,\n\nHere is an updated RAT after yesterday's home visit. Please use this one, the rating has gone up."),
        sent(UnknownGp, NE, nov(24, 12, 50, 11), "ben.achebe", tool("dylan", n(23), "Emerging", "S", word(Table)), n(30)),
        mail(TwoChildren, NE, dec(2, 9, 33, 28), "naomi.eddowes", vec![
            tool("isla", d(1), "Emerging", "S", sheet(Below)),
            tool("rory", d(1), "Significant", "C", word(Paragraphs)),
        ], Some(d(7))).said("Two RATs for Monday's RMM", "Hi,\n\nTwo attached, a sister and brother. Please do not hear them back to back if you can help it."),
        mail(UnlistedSender, NE, dec(7, 20, 14, 2), "someone@mail.example", vec![tool("alfie", d(6), "Significant", "S", sheet(Right))], None)
            .said("Form about a young person", "Please see attached. I work with this family and was told to send it here."),
        sent(NewReferral, NE, dec(9, 14, 2, 59), "ben.achebe", tool("megan", d(8), "Emerging", "SM", word(Table)), d(14)),
    ]
}

#[rustfmt::skip]
fn north_west() -> Vec<Mail> {
    use What::*;
    vec![
        sent(NewReferral, NW, nov(3, 10, 8, 14), "catrin.vaughan", tool("zara", n(2), "Significant", "ST", sheet(Below)), n(10)),
        sent(NewReferral, NW, nov(5, 13, 27, 45), "luke.trevanion", tool("joshua", n(4), "Emerging", "C", word(Controls)), n(10)),
        sent(NewReferral, NW, nov(6, 9, 12, 38), "catrin.vaughan", tool("chloe", n(5), "Emerging", "M", sheet(SameCell)), n(10)),
        mail(Unclear, NW, nov(11, 15, 55, 20), "luke.trevanion", vec![tool("zara-2", n(10), "Emerging", "S", sheet(Right))], None),
        sent(LateVeryHigh, NW, nov(13, 14, 40, 3), "catrin.vaughan", tool("kayleigh", n(13), "Experiencing", "SCM", word(Table)), n(24)),
        mail(Spoofed, NW, nov(16, 7, 2, 56), "catrin.vaughan", vec![tool("leon", n(13), "Significant", "C", sheet(Right))], None)
            .said("RAT attached", "Please process the attached today and confirm by return which meeting it goes to."),
        mail(Unreadable, NW, nov(19, 11, 11, 11), "luke.trevanion", vec![tool("daisy", n(18), "Emerging", "S", FileKind::Truncated)], None),
        sent(FromGp, NW, nov(24, 8, 45, 17), "stationroad.safeguarding", tool("reece", n(23), "Significant", "SM", word(Wide)), d(1)),
        sent(NewReferral, NW, dec(2, 16, 20, 8), "catrin.vaughan", tool("maya", d(2), "Emerging", "S", sheet(Merged)), d(8)),
        sent(NewReferral, NW, dec(10, 10, 44, 52), "luke.trevanion", tool("tyler", d(9), "Significant", "CV", word(Paragraphs)), d(15)),
    ]
}

#[rustfmt::skip]
fn south_east() -> Vec<Mail> {
    use What::*;
    let unrated = Document { slip: Slip::NoRating, ..tool("sophie", n(13), "Emerging", "S", word(Controls)) };
    let off_scale = Document { slip: Slip::OffScale, ..tool("connor", n(23), "Significant", "C", word(Table)) };
    let forwarded = sent(Forwarded, SE, nov(19, 10, 30, 41), "femi.balogun", tool("nia", n(18), "Significant", "SC", sheet(Right)), n(25))
        .said("FW: RAT for RMM", "Hi,\n\nZainab sent me this on Wednesday; it should have come to you.");
    vec![
        sent(NewReferral, SE, nov(2, 8, 40, 36), "zainab.hussain", tool("imogen", date(2026, 10, 30), "Emerging", "S", sheet(SameCell)), n(4)),
        recorded(SE, nov(4, 15, 5, 2), "janet.fairweather", "zainab.hussain", vec![recording("imogen", n(4), "Minimal", None, word(Table))]),
        sent(NewReferral, SE, nov(5, 9, 57, 10), "peter.maddox", tool("kofi", n(4), "Significant", "CV", sheet(Merged)), n(11)),
        sent(Urgent, SE, nov(6, 16, 5, 29), "zainab.hussain", tool("lily", n(6), "Significant", "SM", word(Table)), n(11))
            .said("RAT - urgent", "Hi,\n\nRAT attached. She is missing now, since two o'clock, and we believe she is at immediate risk. Police have been called and a strategy meeting is being arranged."),
        mail(Encrypted, SE, nov(12, 14, 33, 0), "peter.maddox", vec![tool("ethan", n(11), "Emerging", "S", FileKind::Locked)], None)
            .said("RAT for RMM", "Hi,\n\nRAT attached. The password follows by phone."),
        sent(NewReferral, SE, nov(13, 11, 24, 19), "peter.maddox", tool("jamal", n(12), "Emerging", "CM", word(Paragraphs)), n(18)),
        mail(MissingField, SE, nov(16, 9, 15, 27), "zainab.hussain", vec![unrated], Some(n(18))),
        Mail { worker: Some("zainab.hussain"), ..forwarded },
        mail(OffScale, SE, nov(24, 15, 1, 48), "peter.maddox", vec![off_scale], Some(d(2))),
        sent(NewReferral, SE, dec(2, 10, 10, 10), "zainab.hussain", tool("abigail", d(1), "Emerging", "S", sheet(Below)), d(9)),
        sent(OldExcel, SE, dec(7, 9, 0, 35), "peter.maddox", tool("marcus", d(4), "Significant", "C", FileKind::OldExcel), d(9)),
    ]
}

#[rustfmt::skip]
fn south_west() -> Vec<Mail> {
    use What::*;
    vec![
        sent(NewReferral, SW, nov(2, 15, 10, 4), "orla.devine", tool("holly", date(2026, 10, 29), "Emerging", "S", sheet(Merged)), n(5)),
        sent(NewReferral, SW, nov(4, 12, 36, 58), "graham.sewell", tool("samuel", n(3), "Significant", "CV", word(Controls)), n(12)),
        recorded(SW, nov(6, 9, 50, 44), "janet.fairweather", "orla.devine", vec![recording("holly", n(5), "Experiencing", Some(d(3)), sheet(Merged))]),
        mail(WrongAttachment, SW, nov(9, 13, 3, 39), "orla.devine", vec![tool("evie", n(6), "Emerging", "M", sheet(Right))], None)
            .said("RAT for Samuel Ogunleye", "Hi,\n\nUpdated RAT for Samuel attached for Thursday."),
        sent(NewReferral, SW, nov(13, 10, 18, 22), "graham.sewell", tool("billy", n(12), "Emerging", "S", sheet(SameCell)), n(19)),
        sent(Late, SW, nov(17, 10, 26, 50), "orla.devine", tool("grace", n(16), "Significant", "ST", word(Table)), n(26)),
        sent(Adult, SW, nov(25, 11, 40, 15), "graham.sewell", tool("jordan", n(24), "Significant", "CV", word(Wide)), d(3)),
        sent(NewReferral, SW, dec(4, 9, 29, 7), "orla.devine", tool("matilda", d(3), "Emerging", "SM", sheet(Below)), d(10)),
        sent(AtCutoff, SW, dec(8, 9, 59, 59), "graham.sewell", tool("aiden", d(7), "Emerging", "C", word(Paragraphs)), d(10)),
    ]
}
