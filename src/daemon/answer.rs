//! From a decision to what the sender is told: one answer, in the sender's terms. Pure.

use super::carry_out::listing_of;
use super::gather::FirstCame;
use crate::casework::agenda::AgendaMeeting;
use crate::casework::calendar::{Meeting, WarningCode};
use crate::casework::panel::SectionId;
use crate::casework::rules::{
    Decision, Follows, HoldKind, Item, ItemOutcome, Listing, Resubmission, Review, Submission, missing_context,
};
use crate::casework::{CaseRef, FieldId, Finding, FindingCode, FormId, MeetingId, MessageRef, Redacted, initials};
use crate::outbound::compose::acknowledgement::{Child, Earlier, File, Next, Question, Standing, View};
use crate::outbound::compose::{Answering, Letterhead};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What carrying out a decision made of each of its items: the case it went to.
pub(super) type Carried = BTreeMap<usize, CaseRef>;

/// Facts the answer needs beside the decision.
pub(super) struct Told<'a> {
    /// Whose mail.
    pub head: Letterhead,
    /// What it answers.
    pub answering: Answering,
    /// The received message.
    pub message: MessageRef,
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// Attachment names, by document.
    pub names: &'a [Option<Redacted<String>>],
    /// Form titles.
    pub titles: &'a dyn Fn(&FormId) -> String,
    /// A rating as the panel's scale shows it.
    pub ratings: &'a dyn Fn(&str) -> String,
    /// Field names as forms call them.
    pub labels: &'a dyn Fn(&FormId, FieldId) -> String,
    /// A meeting's moments.
    pub meetings: &'a dyn Fn(&MeetingId) -> Option<Meeting>,
    /// The meeting whose cut-off the message met, for papers a person must look at first (MC-32).
    pub in_time_for: Option<MeetingId>,
    /// What is answered to a message that brings no form but says something the program knows.
    pub note: Option<String>,
    /// Somebody carries the case who may be written to.
    pub carried_by: &'a dyn Fn(CaseRef) -> bool,
    /// Packs already drawn up.
    pub drawn: &'a dyn Fn(&MeetingId) -> bool,
    /// What is known of a repeat, by document.
    pub earlier: &'a dyn Fn(usize) -> Option<&'a FirstCame>,
}

/// The whole answer to a sender who may know the meeting, the cut-off and the reference.
pub(super) fn view(s: &Submission, decision: &Decision, carried: &Carried, told: Told<'_>) -> View {
    let numbers: BTreeMap<usize, u32> =
        s.documents.iter().enumerate().filter(|(_, d)| !d.decoration).map(|(i, _)| i).zip(1..).collect();
    let files = s
        .documents
        .iter()
        .enumerate()
        .filter_map(|(i, document)| {
            let before = (told.earlier)(i);
            let forms = document.readings.iter().filter_map(|r| r.reading.form.as_ref());
            let forms = forms.chain(before.and_then(|first| first.form.as_ref()));
            Some(File {
                number: *numbers.get(&i)?,
                format: document.format,
                name: told.names.get(i).cloned().flatten(),
                read_as: forms.map(told.titles).next(),
                before: before.map(|first| first.at),
            })
        })
        .collect();
    let (mut children, mut brought_by) = (Vec::new(), Vec::new());
    let mut questions = Vec::new();
    for (n, item) in decision.items.iter().enumerate() {
        let child = child(s, item, carried.get(&n).copied(), &told);
        let child = child.map(|child| Child { earlier: together(decision, carried, n).or(child.earlier), ..child });
        if let Some(child) = child.filter(|child| !children.contains(child)) {
            children.push(child);
            brought_by.push(numbers.get(&item.document).copied());
        }
        let form = reading_of(s, item).and_then(|r| r.reading.form.as_ref());
        for finding in &item.asks {
            let case = carried.get(&n).copied().filter(|_| decision.items.len() > 1);
            questions.push(Question { case, ..question(finding, numbers.get(&item.document).copied(), form, &told) });
        }
    }
    // Children of the same initials, as twins may have, are told apart by what brought them.
    let named: Vec<_> = children.iter().map(|child: &Child| (child.case, child.initials.clone())).collect();
    for (child, file) in children.iter_mut().zip(brought_by) {
        let is_like = |(case, initials): &(Option<CaseRef>, _)| *case != child.case && *initials == child.initials;
        child.file = file.filter(|_| child.initials.is_some() && named.iter().any(is_like));
    }
    if decision.items.is_empty() && told.note.is_none() {
        questions.push(Question {
            file: None,
            case: None,
            field: None,
            problem: "No form was attached to your e-mail.".to_owned(),
            remedy: "If you meant to send a risk assessment, please reply with it attached. A person will read your message."
                .to_owned(),
            corrects: false,
        });
    }
    for problem in
        s.problems.iter().filter(|p| matches!(p.code, FindingCode::LimitExceeded | FindingCode::CountMismatch))
    {
        questions.push(Question {
            file: None,
            case: None,
            field: None,
            problem: problem.message.clone(),
            remedy: "Please send the papers again in smaller e-mails.".to_owned(),
            corrects: false,
        });
    }
    View {
        head: told.head.clone(),
        answering: told.answering.clone(),
        message: told.message,
        received_at: s.arrived_at,
        files,
        children,
        note: told.note.clone(),
        questions,
    }
}

fn reading_of<'a>(s: &'a Submission, item: &Item) -> Option<&'a crate::casework::rules::SubmittedReading> {
    s.documents.get(item.document)?.readings.get(item.reading?)
}

fn child(s: &Submission, item: &Item, case: Option<CaseRef>, told: &Told<'_>) -> Option<Child> {
    let name = reading_of(s, item).and_then(|r| r.reading.text(FieldId::ChildName)).map(|n| Redacted::new(initials(n)));
    let (standing, earlier) = match &item.outcome {
        ItemOutcome::Accepted { listing: Some(listing), .. } => (standing(listing, item.rule, told)?, earlier(listing)),
        // Announced where it is listed already.
        ItemOutcome::Accepted { listing: None, .. } if item.rule == "SH-10" => {
            (Standing::Announced { rule: item.rule.to_owned() }, None)
        }
        ItemOutcome::Accepted { listing: None, .. } => (Standing::Recorded { rule: item.rule.to_owned() }, None),
        ItemOutcome::Held { kind, case: Some(_), listing: Some(listing), .. } => (waiting(listing, *kind, told)?, None),
        ItemOutcome::Held { kind, listing, .. } => {
            // It is certain which form it is, and whose may be, too.
            let says_outcome = matches!(kind, HoldKind::Recording | HoldKind::NotHeard | HoldKind::NothingRecorded);
            let because = says_outcome.then(|| kind.words().to_owned());
            let in_time = listing.as_ref().filter(|l| l.missed.is_none()).map(|l| &l.meeting);
            let next = in_time.or(told.in_time_for.as_ref());
            (Standing::WithAPerson { on_time_for: next.and_then(|id| agenda_meeting(id, told)), because }, None)
        }
        ItemOutcome::Outcome(follows) => (outcome(follows, told)?, None),
        // Said of the message as a whole, or of the form that holds.
        ItemOutcome::HandedOn { .. } | ItemOutcome::Outdone { .. } => return None,
        ItemOutcome::Repeat { .. } => {
            let first = (told.earlier)(item.document);
            let meeting = first.and_then(|f| f.meeting.as_ref()).and_then(|id| agenda_meeting(id, told));
            (Standing::Repeat { first_at: first.map_or(s.arrived_at, |f| f.at), meeting }, None)
        }
    };
    let welcome = match (reading_of(s, item), &item.outcome) {
        (Some(read), ItemOutcome::Accepted { listing: Some(_), .. } | ItemOutcome::Held { listing: Some(_), .. }) => {
            let form = read.reading.form.as_ref();
            let label = |field| form.map(|form| (told.labels)(form, field));
            missing_context(&read.reading).into_iter().filter_map(label).collect()
        }
        _ => Vec::new(),
    };
    let at = listing_of(item).and_then(|listing| (told.meetings)(&listing.meeting));
    let holiday = at.is_some_and(|meeting| meeting.warns(WarningCode::BankHoliday));
    Some(Child { case, initials: name, file: None, holiday, standing, earlier, welcome })
}

fn outcome(follows: &Follows, told: &Told<'_>) -> Option<Standing> {
    let at = follows.next.as_ref().and_then(|id| agenda_meeting(id, told));
    let next = match follows.review {
        Review::Closed => Next::Closed,
        Review::Given { due } => Next::Given { due, at },
        Review::Fixed { due } => Next::Fixed { due, at },
        Review::Proposed { due, answer_by, .. } => Next::Proposed { due, answer_by },
        Review::Deferred { due } => Next::Deferred { due, at },
        Review::Unsettled { .. } => Next::Unsettled,
        Review::Past => Next::Past,
    };
    let rating = follows.rating.as_deref().map(|id| (told.ratings)(id));
    let actions = follows.outcome.actions.len();
    let meeting = agenda_meeting(&follows.heard.meeting, told)?;
    let carried = (told.carried_by)(follows.heard.case);
    Some(Standing::Outcome { meeting, rating, actions, next, told: carried, rule: follows.rule.to_owned() })
}

fn standing(listing: &Listing, rule: &str, told: &Told<'_>) -> Option<Standing> {
    let meeting = agenda_meeting(&listing.meeting, told)?;
    let rule = rule.to_owned();
    let moments = (told.meetings)(&listing.meeting)?;
    Some(match &listing.missed {
        None if listing.section == SectionId::Expected => {
            Standing::Expected { meeting, cutoff_at: moments.cutoff_at, rule }
        }
        None if moments.cutoff_at < told.arrived_at => Standing::Corrected { meeting, rule },
        None => Standing::OnTime {
            meeting,
            cutoff_at: moments.cutoff_at,
            pack_at: (!(told.drawn)(&listing.meeting)).then_some(moments.pack_at),
            rule,
        },
        Some(missed) if *missed == listing.meeting => {
            Standing::LatePaper { meeting, cutoff_at: moments.cutoff_at, rule: "MC-30".to_owned() }
        }
        Some(missed) => {
            let missed = (told.meetings)(missed)?;
            Standing::Late {
                meeting,
                cutoff_at: missed.cutoff_at,
                missed: AgendaMeeting { id: missed.id.clone(), starts: missed.starts, starts_at: missed.starts_at },
                provisional: rule == "MC-31",
                chair_asked: listing.ask_chair,
                rule,
            }
        }
    })
}

fn waiting(listing: &Listing, kind: HoldKind, told: &Told<'_>) -> Option<Standing> {
    if listing.missed.as_ref() == Some(&listing.meeting) {
        return standing(listing, kind.rule(), told);
    }
    let missed =
        listing.missed.as_ref().and_then(|id| Some((agenda_meeting(id, told)?, (told.meetings)(id)?.cutoff_at)));
    let because = match kind {
        HoldKind::Incomplete => "something on the form is missing or cannot be used",
        HoldKind::DoNotShare => "your note asks not to share it",
        HoldKind::Sensitive => "it carries a handling marker",
        other => other.words(),
    };
    Some(Standing::Waiting {
        meeting: agenda_meeting(&listing.meeting, told)?,
        missed,
        chair_asked: listing.ask_chair,
        because: because.to_owned(),
        rule: "MC-32".to_owned(),
    })
}

/// What became of the forms of one child that the mail brings together (MC-30).
fn together(decision: &Decision, carried: &Carried, n: usize) -> Option<Earlier> {
    let item = decision.items.get(n)?;
    let of_the_child = |m: usize| m != n && carried.get(&m) == carried.get(&n) && carried.contains_key(&n);
    let others = || decision.items.iter().enumerate().filter(|(m, _)| of_the_child(*m)).map(|(_, other)| other);
    let is_by =
        |other: &Item| matches!(other.outcome, ItemOutcome::Outdone { by, .. } if by == (item.document, item.reading));
    let both = |item: &Item| listing_of(item).is_some_and(|l| l.resubmission == Some(Resubmission::BothKept));
    if others().any(is_by) {
        return Some(Earlier::LatestHolds);
    }
    (both(item) && others().any(both)).then_some(Earlier::BothHere)
}

fn earlier(listing: &Listing) -> Option<Earlier> {
    match listing.resubmission? {
        Resubmission::Replaces => Some(Earlier::Replaced),
        Resubmission::BothKept => Some(Earlier::BothKept),
        Resubmission::Beside | Resubmission::Tabled => None,
    }
}

fn agenda_meeting(id: &MeetingId, told: &Told<'_>) -> Option<AgendaMeeting> {
    (told.meetings)(id).map(|m| AgendaMeeting { id: m.id, starts: m.starts, starts_at: m.starts_at })
}

/// A finding's message says what is wrong and, from its first "Please" on, what to do; where it says only the first, the
/// second follows from its kind.
fn question(finding: &Finding, file: Option<u32>, form: Option<&FormId>, told: &Told<'_>) -> Question {
    let field = match (finding.field, form) {
        (Some(field), Some(form)) => Some((told.labels)(form, field)),
        _ => None,
    };
    let (problem, said) = match finding.message.find("Please ") {
        Some(at) => finding.message.split_at(at),
        None => (finding.message.as_str(), ""),
    };
    let usual = match finding.code {
        FindingCode::Missing if finding.field.is_some() => "Please fill it in and send the form again to this mailbox.",
        FindingCode::Missing => "Please send it to this mailbox.",
        FindingCode::NotADate | FindingCode::ImplausibleDate => {
            "Please correct the date (day/month/year) and send the form again to this mailbox."
        }
        FindingCode::BadNhsNumber | FindingCode::AgeMismatch => {
            "Please check it and send the form again if it is wrong."
        }
        FindingCode::UnknownForm => "Please send the panel's own form. A person will look at this one.",
        FindingCode::NotAuthorised => {
            "Please have the allocated team manager authorise it, and send the form again to this mailbox. Nothing waits for it: the paper goes to the panel meanwhile, and the agenda says that it is not authorised."
        }
        FindingCode::OutOfDate => "If there is none, there is nothing more to do: the panel will see the date.",
        _ => "Please correct it and send it again to this mailbox, or reply to say which is right.",
    };
    let remedy = if said.is_empty() { usual } else { said };
    let corrects = !matches!(finding.code, FindingCode::OtherLead | FindingCode::OutOfDate);
    Question { file, case: None, field, problem: problem.trim_end().to_owned(), remedy: remedy.to_owned(), corrects }
}
