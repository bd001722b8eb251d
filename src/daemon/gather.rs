//! The facts of one message, collected for `casework::rules::decide`: unpacked, read, looked up. Decides nothing.

use super::heard::{REVIEW_WEEKS, heard_at};
use super::mentions::{cases_in_words, cases_of_numbers, find_mismatches, look_up, text_marks};
use super::record::REVIEWS;
use super::review::LISTED_DAYS;
use super::{Book, Daemon, MailboxFacts, Panel, lead};
use crate::casework::agenda::ChildIdentity;
use crate::casework::calendar::{Meeting, civil};
use crate::casework::identify::{Identity, KnownChild, identify, identity_on};
use crate::casework::panel::Profile;
use crate::casework::rules::{
    ExistingListing, FLAG, MessageKind, Note, OnFile, Override, PassedOver, Sender, SenderCheck, Submission,
    SubmittedDocument, SubmittedReading, asks_not_to_share, begins_with_a_miscopied_code, begins_with_a_number,
    is_urgent, keeps_a_paper_back, picks, place, records_outcome, what_is,
};
use crate::casework::{
    AuthorityId, CaseRef, FieldId, Finding, FindingCode, FormId, MailKind, MeetingId, MessageRef, Reading, Redacted,
    Sha256, normal_name,
};
use crate::inbound::form::{ReadOptions, ReadReport, Reader, ReaderError};
use crate::inbound::response::{self, Response};
use crate::inbound::unpack::authentication::{Authentication, authenticate};
use crate::inbound::unpack::{self, AutoKind, Leaf, Limits, Parcel};
use crate::store::{
    AgendaRow, CaseState, ChildDetails, Document, DocumentState, ItemState, Message, MessageFacts, View, child_keys,
};
use jiff::{Timestamp, ToSpan};
use std::collections::{BTreeMap, BTreeSet};
use tracing::warn;

/// A message unpacked and read: everything that needs its bytes and nothing that needs the store.
pub(super) struct Opened {
    pub parcel: Parcel,
    /// By leaf; none for decoration.
    pub reports: Vec<Option<ReadReport>>,
    /// What it says about mail of ours, if that is what it is.
    pub response: Option<Response>,
}

/// How far ahead meetings are looked at for placing a paper.
const HORIZON_WEEKS: i64 = 26;

/// Unpacks a message and reads its attachments in child processes, a few at a time.
pub(super) async fn open(reader: &Reader, limits: &Limits, message: &Message, raw: &[u8]) -> Opened {
    let mut parcel = unpack::unpack(raw, limits);
    if !message.complete {
        parcel.problems.push(Finding::document(
            FindingCode::LimitExceeded,
            "Your e-mail is larger than this mailbox takes, so its attachments could not be opened.",
        ));
    }
    let today = civil::date(message.arrived_at);
    let mut reports = Vec::with_capacity(parcel.leaves.len());
    for leaf in &parcel.leaves {
        reports.push(match &leaf.refused {
            Some(finding) => Some(ReadReport::of_no_form(leaf.format, finding.clone())),
            None if leaf.may_be_a_paper() => Some(read(reader, leaf, today, message).await),
            None => None,
        });
    }
    // A form pasted into a message itself.
    let has_form = |report: &ReadReport| report.readings.iter().any(|reading| reading.form.is_some());
    let forms = parcel.leaves.iter().zip(&reports).filter(|(_, report)| report.as_ref().is_some_and(has_form));
    let forms: Vec<&str> = forms.map(|(leaf, _)| leaf.path.as_str()).collect();
    for body in parcel.bodies_without(&forms) {
        let report = read(reader, &body, today, message).await;
        if has_form(&report) && says_so_itself(&parcel, &body, &report) {
            parcel.leaves.push(body);
            reports.push(Some(report));
        }
    }
    let response = response::read(&parcel);
    Opened { parcel, reports, response }
}

/// What announces a child in the message's own words is one only where the sender says it now, and nothing weightier (SH-10).
fn says_so_itself(parcel: &Parcel, body: &Leaf, report: &ReadReport) -> bool {
    let of_flag = |reading: &&Reading| reading.form.as_ref().is_some_and(|form| what_is(form) == FLAG);
    let mut flags = report.readings.iter().filter(of_flag).peekable();
    if flags.peek().is_none() {
        return true;
    }
    let new_text = parcel.new_text.reveal();
    let note = Note::of(&format!("{}\n{new_text}", parcel.headers.subject.reveal()));
    let words = normal_name(new_text);
    let is_named = |reading: &Reading| {
        let name = reading.text(FieldId::ChildName).map(normal_name).unwrap_or_default();
        name.iter().all(|word| words.contains(word))
    };
    body.body_of() == Some("") && note.is_none_or(|note| note == Note::Flagged) && flags.all(is_named)
}

/// Twice, since a machine may have been busy; two deaths are the document's own (LESSONS B).
async fn read(reader: &Reader, leaf: &Leaf, today: jiff::civil::Date, message: &Message) -> ReadReport {
    let extension = leaf.name.as_ref().and_then(|n| n.reveal().rsplit_once('.').map(|(_, e)| e.to_owned()));
    let options = ReadOptions::default();
    let mut attempt = 1;
    loop {
        match reader.read(&leaf.bytes, extension.as_deref(), today, &options).await {
            Ok(report) => return report,
            Err(error) => {
                warn!(message.id = %message.number, part = %leaf.path, attempt, error = %error, "the reader of a document did not finish");
                if attempt == 2 || matches!(error, ReaderError::TimedOut(_)) {
                    return ReadReport::of_no_form(leaf.format, error.finding());
                }
                attempt += 1;
            }
        }
    }
}

/// A message that the program failed at: whatever is in it stays closed.
pub(super) fn unopened(limits: &Limits, raw: &[u8]) -> Opened {
    Opened { parcel: unpack::unopened(raw, limits), reports: Vec::new(), response: None }
}

/// What came of the same bytes before.
#[derive(Clone)]
pub(super) struct FirstCame {
    /// When they first came.
    pub at: Timestamp,
    /// The form they were recognised as, if any.
    pub form: Option<FormId>,
    /// Where their child is heard.
    pub meeting: Option<MeetingId>,
}

/// The facts of a message for one panel, and what carrying out its decision will need.
pub(super) struct Gathered {
    pub submission: Submission,
    pub meetings: Vec<Meeting>,
    /// What is known of a repeat, by document.
    pub earlier: BTreeMap<usize, FirstCame>,
    /// Name marks of each document's text.
    pub marks: Vec<Vec<u8>>,
    /// Known children whose numbers stand in each document's text.
    pub numbers_of: Vec<Vec<CaseRef>>,
    pub facts: MessageFacts,
    /// It names a code of ours, whoever sent it.
    pub names_a_code: bool,
}

#[expect(clippy::too_many_arguments, reason = "the facts come from everywhere; that is this function's job")]
/// Collects the facts. `view` sees the state the decision will be taken on.
pub(super) async fn gather(
    daemon: &Daemon,
    book: &Book<'_>,
    panel: &Panel,
    view: &mut View,
    message: &Message,
    opened: &Opened,
    word: Override,
    now: Timestamp,
) -> anyhow::Result<Gathered> {
    let parcel = &opened.parcel;
    let headers = &parcel.headers;
    let mailbox = daemon.mailboxes.get(&message.mailbox);
    let today = civil::date(now);
    let check = check(parcel, mailbox);
    let profile = &panel.profile;
    let sender = Sender::judge(
        headers.from.clone(),
        headers.from_name.clone(),
        check,
        profile,
        &book.directory,
        book.allowed,
        today,
    );
    let forms = opened.reports.iter().flatten().flat_map(|r| &r.readings).filter_map(|r| r.form.as_ref());
    let weeks = if forms.into_iter().any(|f| records_outcome(profile, f)) { REVIEW_WEEKS } else { HORIZON_WEEKS };
    let meetings = panel.calendar.meetings(civil::date(message.arrived_at.min(now)), today.checked_add(weeks.weeks())?);
    let (answered, is_ours) = ours(daemon, view, parcel).await?;
    let answers = answered.as_ref().map(|(kind, _)| *kind);
    let names_a_code = names_a_code(view, opened, answers).await?;
    let kind = match headers.auto {
        AutoKind::CalendarReply => MessageKind::CalendarReply,
        AutoKind::Bounce => MessageKind::Bounce,
        _ if is_ours => MessageKind::Own,
        AutoKind::AutoReply => MessageKind::AutoReply,
        AutoKind::List => MessageKind::Bulk,
        AutoKind::Person if names_a_code && check == SenderCheck::Passed && sender.is_answered() => MessageKind::Answer,
        AutoKind::Person => MessageKind::Person,
    };
    let by_a_person = matches!(kind, MessageKind::Person | MessageKind::Answer);
    let replies_to_us = answered.is_some();
    let answered = answered.map(|(_, cases)| cases).unwrap_or_default();
    let own_words = format!("{}\n{}", headers.subject.reveal(), parcel.new_text.reveal());
    // The subject of an answer to an alert is the alert's, which may speak of urgent wording itself.
    let urgent = match (kind, answers) {
        (MessageKind::Answer | MessageKind::CalendarReply, _) | (_, Some(MailKind::Alert)) => {
            is_urgent(parcel.new_text.reveal())
        }
        _ => is_urgent(&own_words),
    };

    look_up(view, &profile.authority, opened).await?;
    let mut documents = Vec::new();
    let mut earlier = BTreeMap::new();
    let (mut marks, mut numbers_of) = (Vec::new(), Vec::new());
    for (d, leaf) in parcel.leaves.iter().enumerate() {
        let report = opened.reports.get(d).and_then(Option::as_ref);
        let mut document = SubmittedDocument {
            path: leaf.path.clone(),
            sha256: leaf.sha256,
            format: report.map_or(leaf.format, |r| r.format),
            decoration: report.is_none(),
            pasted: leaf.body_of().is_some(),
            seen: None,
            elsewhere: false,
            readings: Vec::new(),
        };
        numbers_of.push(match report {
            Some(report) => cases_of_numbers(view, &profile.authority, &report.text).await?,
            None => Vec::new(),
        });
        marks.push(report.map(|r| text_marks(view.look_ups(), &profile.authority, &r.text, today)).unwrap_or_default());
        if let Some(report) = report {
            let first = seen_before(view, profile, message, leaf.sha256).await?;
            // A pack that comes back says nothing new, to whichever mailbox; what a meeting decided is that panel's.
            document.elsewhere = !replies_to_us
                && first.as_ref().is_some_and(|first| {
                    let decides = first.form.as_ref().is_some_and(|form| records_outcome(profile, form));
                    !decides && first.case.is_some() && first.panel.as_ref().is_some_and(|panel| *panel != profile.id)
                });
            match first.filter(|_| !document.elsewhere) {
                Some(first) => {
                    let meeting = first.meeting.clone().filter(|_| first.case.is_some());
                    earlier.insert(d, FirstCame { at: first.arrived_at, form: first.form.clone(), meeting });
                    document.seen = Some(first.case);
                }
                None => {
                    for reading in &report.readings {
                        document.readings.push(judge(view, panel, message.number, reading, word.case, now).await?);
                    }
                }
            }
        }
        documents.push(document);
    }
    find_mismatches(view, book, &profile.authority, parcel, &sender, &mut documents).await?;
    let facts = MessageFacts {
        from: headers.from.clone(),
        from_name: headers.from_name.clone(),
        subject: Some(headers.subject.clone()),
        message_id: headers.message_id.clone().map(Redacted::new),
        references: headers.references.iter().chain(&headers.in_reply_to).cloned().map(Redacted::new).collect(),
        authenticated: check != SenderCheck::Failed,
        automatic: !by_a_person,
    };
    let answers_health = matches!(answers, Some(MailKind::HealthCopy | MailKind::HealthNotes));
    // Whoever answers a copy was invited to nothing: it is the child who was unable to attend (MC-10).
    let is_theirs = |note: &Note| !(answers_health && *note == Note::Apology);
    let note = Note::of(&own_words).filter(|note| kind == MessageKind::Person && is_theirs(note));
    let mut about = about(view, &profile.authority, &answered, &own_words).await?;
    if note.is_some()
        && sender.is_answered()
        && opened.reports.iter().flatten().all(|report| report.readings.iter().all(|r| r.form.is_none()))
    {
        let named = cases_in_words(view, &profile.authority, &own_words).await?;
        about.extend(named.into_iter().filter(|case| !about.contains(case)).collect::<Vec<_>>());
    }
    let passed_over =
        if let [case] = about.as_slice() { passed_over(view, panel, *case, &meetings, now).await? } else { None };
    // A paper of theirs that names none of our cases may be a referral on another form (SY-04).
    let is_a_colleague = sender.listed.as_ref().is_some_and(|entry| entry.role.is_health());
    let brings_nothing = documents.iter().all(|document| document.decoration);
    let from_health = answers_health || (is_a_colleague && (brings_nothing || !about.is_empty()));
    let submission = Submission {
        arrived_at: message.arrived_at,
        now,
        kind,
        sender,
        // Whoever answers an invitation may write beside it.
        urgent: urgent && (by_a_person || kind == MessageKind::CalendarReply),
        note,
        about,
        passed_over,
        from_health,
        do_not_share: asks_not_to_share(&own_words) || keeps_a_paper_back(&own_words),
        is_reply_to_us: replies_to_us,
        problems: parcel.problems.clone(),
        documents,
        word,
    };
    Ok(Gathered { submission, meetings, earlier, marks, numbers_of, facts, names_a_code })
}

fn check(parcel: &Parcel, mailbox: Option<&MailboxFacts>) -> SenderCheck {
    let Some(from) = &parcel.headers.from else { return SenderCheck::Failed };
    match authenticate(&parcel.headers, from, mailbox.and_then(|m| m.authserv_id.as_deref())) {
        Authentication::Passed { .. } => SenderCheck::Passed,
        Authentication::NotConfigured => SenderCheck::NotConfigured,
        Authentication::Failed { .. } | Authentication::Absent => SenderCheck::Failed,
    }
}

/// The case of the mail that was answered, if that is about one child, and those whose reference stands in the sender's own words; of
/// this authority.
async fn about(
    view: &mut View,
    authority: &AuthorityId,
    answered: &[CaseRef],
    own_words: &str,
) -> anyhow::Result<Vec<CaseRef>> {
    let written = own_words.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let named: BTreeSet<CaseRef> = written.filter_map(|word| word.parse().ok()).take(10).collect();
    let mut out = Vec::new();
    let answered = if let [one] = answered { Some(*one) } else { None };
    for number in answered.into_iter().chain(named) {
        let known = view.case(number).await?.is_some_and(|case| case.authority == *authority);
        if known && !out.contains(&number) {
            out.push(number);
        }
    }
    Ok(out)
}

/// The meeting to come for which the child's paper came too late, where it is listed at a later one (SY-07, MC-31).
async fn passed_over(
    view: &mut View,
    panel: &Panel,
    case: CaseRef,
    meetings: &[Meeting],
    now: Timestamp,
) -> anyhow::Result<Option<PassedOver>> {
    let to_come = |row: &AgendaRow| panel.meeting(&row.meeting).is_some_and(|meeting| meeting.starts_at > now);
    let listed = view.open_items_of_case(case).await?.into_iter();
    let Some(row) = listed.filter(|row| row.state == ItemState::Listed).find(to_come) else { return Ok(None) };
    let papers = view.documents_of_meeting(&row.meeting).await?;
    let first = papers.iter().find(|document| document.case == Some(case));
    let missed = first.and_then(|paper| place(paper.arrived_at, now, meetings)?.missed);
    let listed = row.meeting;
    Ok(missed.filter(|missed| missed.date < listed.date).map(|missed| PassedOver { missed, listed }))
}

/// The kind and the cases of our mail that the message answers, if it answers one; and is it one of ours come back?
async fn ours(
    daemon: &Daemon,
    view: &mut View,
    parcel: &Parcel,
) -> anyhow::Result<(Option<(MailKind, Vec<CaseRef>)>, bool)> {
    let headers = &parcel.headers;
    let from_us = headers.from.as_ref().is_some_and(|from| {
        daemon.mailboxes.values().any(|m| m.address == *from) || daemon.panels.values().any(|p| p.profile.from == *from)
    });
    let mut answered = None;
    for id in headers.in_reply_to.iter().chain(headers.references.iter().rev().take(5)) {
        // The newest of ours in the thread says what it is about.
        if answered.is_none()
            && let Some(entry) = view.entry_by_message_id(id).await?
        {
            answered = Some((entry.kind, view.cases_of_entry(entry.number).await?));
        }
    }
    Ok((answered, from_us))
}

/// Does the message, which brings no new paper, name a code of ours in its own words? In answer to a mail that offers codes, one
/// that is wrong or left out is an attempt too.
async fn names_a_code(view: &mut View, opened: &Opened, answers: Option<MailKind>) -> anyhow::Result<bool> {
    let fresh = opened.parcel.new_text.reveal();
    let picks = picks(fresh);
    let answers_an_offer = matches!(answers, Some(MailKind::Alert | MailKind::Approval));
    let attempted = begins_with_a_number(fresh) || begins_with_a_miscopied_code(fresh);
    if picks.is_empty() && !(answers_an_offer && attempted) {
        return Ok(false);
    }
    for (leaf, _) in opened.parcel.leaves.iter().zip(&opened.reports).filter(|(_, report)| report.is_some()) {
        // Papers of ours may come back with an answer.
        if view.documents_by_hash(leaf.sha256, None).await?.is_empty() {
            return Ok(false);
        }
    }
    if answers_an_offer {
        return Ok(true);
    }
    for pick in picks {
        if view.offered(&pick.code).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The first document of these bytes that came with another message, for this panel; failing any, for another of the authority.
async fn seen_before(
    view: &mut View,
    profile: &Profile,
    message: &Message,
    sha256: Sha256,
) -> anyhow::Result<Option<Document>> {
    let mut found = view.documents_by_hash(sha256, Some(&profile.authority)).await?;
    found.sort_by_key(|d| d.panel.as_ref() != Some(&profile.id));
    // A paper that was held without a child (an unvouched sender, a wrong attachment, a cut file) has not been taken: when
    // the same file comes again it is judged again, so that a forgery cannot stand in the way of the real one.
    let counts = |d: &Document| {
        let taken = match d.state {
            DocumentState::Accepted | DocumentState::Superseded => true,
            DocumentState::Held | DocumentState::SetApart => d.case.is_some(),
            DocumentState::Decoration | DocumentState::Rejected | DocumentState::Repeat => false,
        };
        // What retention destroyed is here no more: the same file is taken as if it were new.
        taken && d.message != message.number && d.body.open().is_ok()
    };
    let Some(at) = found.iter().position(counts) else { return Ok(None) };
    let mut first = found.swap_remove(at);
    // A sheet of several children's rows is no one child's.
    let of_others = |d: &Document| d.message == first.message && d.position == first.position && d.case != first.case;
    if found.iter().any(of_others) {
        first.case = None;
    }
    Ok(Some(first))
}

/// Whose form it is, and where the child stands.
async fn judge(
    view: &mut View,
    panel: &Panel,
    message: MessageRef,
    reading: &Reading,
    word: Option<CaseRef>,
    now: Timestamp,
) -> anyhow::Result<SubmittedReading> {
    let mut submitted = SubmittedReading {
        reading: reading.clone(),
        identity: Identity::TooLittle,
        existing: None,
        heard_before: false,
        elsewhere: false,
        lead_settled: false,
        mismatch: None,
        heard: None,
    };
    if let Some(identity) = identity_on(reading) {
        let known = known_children(view, &panel.profile.authority, &identity, reading.text(FieldId::Alias)).await?;
        submitted.identity = identify(&identity, &known);
    }
    if reading.form.as_ref().is_some_and(|form| records_outcome(&panel.profile, form)) {
        submitted.heard = heard_at(view, panel, reading, &submitted.identity, word, now).await?;
        return Ok(submitted);
    }
    if let Identity::Known(case) = submitted.identity {
        let (existing, heard) = standing_of(view, panel, case, Some(message), now).await?;
        submitted.existing = existing;
        submitted.lead_settled = lead::is_settled(view, case, reading).await?;
        submitted.heard_before = heard;
        let known = view.case(case).await?;
        submitted.elsewhere = known.is_some_and(|c| c.state == CaseState::Open && c.panel != panel.profile.id);
    }
    Ok(submitted)
}

/// Every child of the authority that shares a number, a name or a date of birth with the form.
pub(super) async fn known_children(
    view: &mut View,
    authority: &AuthorityId,
    identity: &ChildIdentity,
    alias: Option<&str>,
) -> anyhow::Result<Vec<KnownChild>> {
    let keys = child_keys(view.look_ups(), authority, &details(identity, alias));
    let found: Vec<_> = view.find_children(authority, &keys).await?.into_keys().collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    view.cases_of_children(&found)
        .await?
        .into_iter()
        .map(|case| {
            let details = case.details.open()?;
            let identity = ChildIdentity {
                name: details.name,
                date_of_birth: details.date_of_birth,
                lcs_number: details.lcs_number,
                nhs_number: details.nhs_number,
            };
            Ok(KnownChild { case: case.number, identity, aliases: details.aliases })
        })
        .collect()
}

/// What else a form says the child is called, one by one.
pub(super) fn aliases_in(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '/', '\n']).map(str::trim).filter(|part| !normal_name(part).is_empty())
}

/// A form's child as the store keeps children.
pub(super) fn details(identity: &ChildIdentity, alias: Option<&str>) -> ChildDetails {
    let split = |text: &str| -> Vec<Redacted<String>> {
        aliases_in(text).map(|alias| Redacted::new(alias.to_owned())).collect()
    };
    ChildDetails {
        name: identity.name.clone(),
        aliases: alias.map(split).unwrap_or_default(),
        date_of_birth: identity.date_of_birth.clone(),
        lcs_number: identity.lcs_number.clone(),
        nhs_number: identity.nhs_number.clone(),
        former: Vec::new(),
    }
}

/// The child's next listing, and whether it was heard before. A message decided again is not on file beside itself.
pub(super) async fn standing_of(
    view: &mut View,
    panel: &Panel,
    case: CaseRef,
    deciding: Option<MessageRef>,
    now: Timestamp,
) -> anyhow::Result<(Option<ExistingListing>, bool)> {
    let known = view.case(case).await?;
    let heard = known.as_ref().is_some_and(|c| c.last_heard.is_some());
    let mut next: Option<(crate::store::AgendaRow, Meeting)> = None;
    for row in view.open_items_of_case(case).await? {
        let Some(meeting) = panel.meeting(&row.meeting) else { continue };
        if meeting.starts_at > now && next.as_ref().is_none_or(|(_, best)| meeting.starts_at < best.starts_at) {
            next = Some((row, meeting));
        }
    }
    let Some((row, meeting)) = next else { return Ok((None, heard)) };
    let far_off = meeting.day() > civil::date(now).saturating_add(LISTED_DAYS.days());
    let mut on_file = Vec::new();
    for document in view.documents_of_meeting(&row.meeting).await? {
        let counts = matches!(document.state, DocumentState::Accepted | DocumentState::Held);
        if document.case == Some(case) && counts && Some(document.message) != deciding {
            on_file.push((document.id.to_string(), paper_on_file(view, &document).await?));
        }
    }
    // A review weeks ahead is no reason to keep a child who is referred again from the next meeting.
    if far_off && on_file.is_empty() {
        return Ok((None, heard));
    }
    let drawn = view.marks(&row.meeting).await?.contains_key(&crate::store::Mark::PackDrawn);
    let rating = known.map(|case| case.facts.open()).transpose()?.and_then(|facts| facts.rating);
    let existing = ExistingListing {
        is_review: REVIEWS.contains(&row.rule.as_str()),
        was_very_high: rating.and_then(|id| panel.profile.rating(&id).map(|r| r.very_high)) == Some(true),
        meeting: row.meeting,
        section: row.section,
        cutoff_at: meeting.cutoff_at,
        pack_drawn: drawn,
        on_file,
    };
    Ok((Some(existing), heard))
}

async fn paper_on_file(view: &mut View, document: &Document) -> anyhow::Result<OnFile> {
    let body = document.body.open()?;
    let sender = match view.message(document.message).await?.and_then(|m| m.facts) {
        Some(facts) => facts.open()?.from,
        None => None,
    };
    let worker = body.reading.as_ref().and_then(|r| r.text(FieldId::CompletedBy).or(r.text(FieldId::LeadProfessional)));
    Ok(OnFile {
        form_date: body.dated,
        sender,
        worker: normal_name(worker.unwrap_or_default()),
        what: document.what.clone(),
        held: document.state == DocumentState::Held,
        unauthorised: body.reading.as_ref().is_some_and(Reading::is_unauthorised),
    })
}
