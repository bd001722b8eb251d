//! What follows from one received message: for each paper whose child, which meeting, taken or held; what the sender is
//! told; whom to alert. A pure function of the facts, the profile and now.

use super::after::{HeardAt, follow};
use super::decision::*;
use super::lead::names_another_lead;
use super::note::Note;
use super::outcome::{MeetingOutcome, OUTCOME_SHEET, records_outcome};
use super::placing::{Placing, place};
use super::resubmission::{OnFile, Resubmission, resubmit};
use super::standing::Standing;
use super::together::decide_together;
use crate::casework::calendar::{Meeting, review};
use crate::casework::identify::{Identity, Unclear};
use crate::casework::panel::{Cutoff, Late, Profile, SectionId};
use crate::casework::{FieldId, Finding, FindingCode, FormId, MeetingId, Reading};

/// Decides a message. `meetings` are the panel's meetings to come, in order.
pub fn decide(submission: &Submission, profile: &Profile, meetings: &[Meeting]) -> Decision {
    let s = submission;
    let papers = || s.documents.iter().any(|d| !d.decoration && d.seen.is_none());
    match s.kind {
        MessageKind::CalendarReply => {
            return answering(s, settled(Fate::CalendarReply, "SH-11", "an answer to an invitation"));
        }
        MessageKind::Bounce => return settled(Fate::Bounce, "RFC 3464", "a delivery report"),
        MessageKind::Answer => {
            return answering(s, settled(Fate::Accepted, "MC-33", "an answer to a question of ours, with a code"));
        }
        MessageKind::Own => return settled(Fate::Ignored, "RFC 3834", "one of our own mails"),
        MessageKind::AutoReply | MessageKind::Bulk if !papers() => {
            return settled(Fate::Ignored, "RFC 3834", "an automatic message without a paper");
        }
        MessageKind::AutoReply if !s.word.accept_paper => return held_whole(s, HoldKind::AutoReplyWithPaper),
        _ => {}
    }
    if !s.word.trust_sender {
        let untrusted = match s.sender.standing {
            Standing::NoSender => Some(HoldKind::NoSender),
            Standing::Unauthenticated => Some(HoldKind::Unauthenticated),
            Standing::Unlisted => Some(HoldKind::Unlisted),
            Standing::Known | Standing::Partner => None,
        };
        if let Some(kind) = untrusted {
            return held_whole(s, kind);
        }
    }
    let mut items = Vec::new();
    // What health sends back of an uncertain child waits as one.
    let waits_whole = s.is_health_answer() && s.health_answer_about().is_none();
    for (d, document) in s.documents.iter().enumerate().filter(|(_, document)| !document.decoration) {
        if let Some(case) = document.seen {
            items.push(Item {
                document: d,
                reading: None,
                outcome: ItemOutcome::Repeat { case },
                asks: Vec::new(),
                rule: "SH-22",
            });
            continue;
        }
        for (r, reading) in document.readings.iter().enumerate() {
            if waits_whole && is_of_no_form(&reading.reading) {
                continue;
            }
            items.push(decide_reading(s, profile, meetings, d, r, reading));
        }
    }
    decide_together(s, &mut items);
    conclude(s, profile, items)
}

fn settled(fate: Fate, rule: &'static str, reason: &str) -> Decision {
    Decision {
        fate,
        rule,
        reason: reason.to_owned(),
        message_hold: None,
        items: Vec::new(),
        answer: Answer::None,
        alerts: Vec::new(),
    }
}

/// What else a person writes beside an answer of theirs (SH-23).
fn answering(s: &Submission, mut decision: Decision) -> Decision {
    decision.alerts.extend(s.urgent.then_some(AlertKind::Urgent));
    decision
}

fn held_whole(s: &Submission, kind: HoldKind) -> Decision {
    let mut decision = settled(Fate::Held, kind.rule(), kind.words());
    decision.message_hold = Some(kind);
    decision.alerts.push(AlertKind::Held);
    if s.urgent {
        decision.alerts.insert(0, AlertKind::Urgent);
    }
    decision
}

fn conclude(s: &Submission, profile: &Profile, items: Vec<Item>) -> Decision {
    let mut alerts = Vec::new();
    let listings = || {
        items.iter().filter_map(|item| match &item.outcome {
            ItemOutcome::Accepted { listing, .. } | ItemOutcome::Held { listing, .. } => listing.as_ref(),
            ItemOutcome::Repeat { .. }
            | ItemOutcome::Outdone { .. }
            | ItemOutcome::HandedOn { .. }
            | ItemOutcome::Outcome(_) => None,
        })
    };
    if s.urgent {
        alerts.push(AlertKind::Urgent);
    }
    if listings().any(|listing| listing.section == SectionId::Expected) {
        alerts.push(AlertKind::Expected);
    }
    if listings().any(|listing| listing.ask_chair) {
        alerts.push(AlertKind::LatePaper);
    }
    if listings().any(|listing| listing.resubmission == Some(Resubmission::Tabled)) {
        alerts.push(AlertKind::TabledPaper);
    }
    if listings().any(|listing| listing.resubmission == Some(Resubmission::BothKept)) {
        alerts.push(AlertKind::TwoPapers);
    }
    let first_held = items.iter().find_map(|item| match item.outcome {
        ItemOutcome::Held { kind, .. } => Some(kind),
        // What was decided is recorded; the document waits for a person.
        ItemOutcome::Outcome(_) if s.is_set_apart(item) => Some(HoldKind::Sensitive),
        _ => None,
    });
    let broken = s.problems.iter().find_map(|problem| match problem.code {
        FindingCode::LimitExceeded => Some(HoldKind::LimitExceeded),
        FindingCode::CountMismatch => Some(HoldKind::CountMismatch),
        FindingCode::ReaderFailed => Some(HoldKind::ReaderFailed),
        _ => None,
    });
    let handed_on = s.health_answer_about().is_some();
    let pleads = s.pleads().is_some();
    let nothing = match s.is_health_answer() {
        true => (!handed_on).then_some(HoldKind::HealthAnswer),
        false => (items.is_empty() && !pleads).then_some(HoldKind::NoDocument),
    };
    let says_only = s.says_only().map(Note::hold);
    let message_hold = if s.word.accept_paper { None } else { broken.or(says_only).or(nothing) };
    alerts.extend(pleads.then_some(AlertKind::Plea));
    if message_hold == Some(HoldKind::Escalation) {
        alerts.push(AlertKind::Escalation);
    }
    let all_repeats = !items.is_empty() && items.iter().all(|item| matches!(item.outcome, ItemOutcome::Repeat { .. }));
    let (fate, rule, reason) = match message_hold.or(first_held) {
        Some(kind) => (Fate::Held, kind.rule(), kind.words().to_owned()),
        None if handed_on => {
            let reason = "what health sends back goes to the chair and the panel's health representative";
            (Fate::Accepted, "MC-10", reason.to_owned())
        }
        None if pleads => (Fate::Accepted, "MC-22", "it is put before the chair, who may hear a late child".to_owned()),
        None if all_repeats => (Fate::Duplicate, "SH-22", "every paper in it was received before".to_owned()),
        None => {
            let rule =
                items.iter().find(|i| !matches!(i.outcome, ItemOutcome::Repeat { .. })).map_or("SY-04", |i| i.rule);
            (Fate::Accepted, rule, "its papers were taken".to_owned())
        }
    };
    if fate == Fate::Held {
        alerts.push(AlertKind::Held);
    }
    if !s.sender.is_caseworker() && !s.sender.own_authority && listings().next().is_some() {
        alerts.push(AlertKind::NoCaseworker);
    }
    let answer = match (s.kind, s.sender.standing) {
        (MessageKind::Bulk | MessageKind::AutoReply, _) => Answer::None,
        // Replies-all and packs forwarded back get no acknowledgement (LESSONS D).
        _ if s.is_reply_to_us && (all_repeats || items.is_empty()) && says_only.is_none() && !handed_on && !pleads => {
            Answer::None
        }
        // Nobody has seen what is in it, so nothing can be said of it.
        (_, Standing::Known) if message_hold == Some(HoldKind::ReaderFailed) => Answer::ReceivedOnly,
        (_, Standing::Known) => Answer::Full,
        (_, Standing::Partner) => Answer::ReceivedOnly,
        _ => Answer::None,
    };
    let _ = profile;
    Decision { fate, rule, reason, message_hold, items, answer, alerts }
}

fn decide_reading(
    s: &Submission,
    profile: &Profile,
    meetings: &[Meeting],
    d: usize,
    r: usize,
    submitted: &SubmittedReading,
) -> Item {
    let reading = &submitted.reading;
    let mut asks: Vec<Finding> = reading.findings.iter().filter(|f| asks_something(f.code)).cloned().collect();
    let item = |outcome, asks, rule| Item { document: d, reading: Some(r), outcome, asks, rule };
    let hold = |kind: HoldKind, asks| {
        item(
            ItemOutcome::Held { kind, case: None, listing: None, candidates: Vec::new(), unclear: None },
            asks,
            kind.rule(),
        )
    };

    let Some(form) = &reading.form else {
        // SY-21: an appendix of its own, or a document of any kind that restricts whom it may go to.
        return match reading.fields.contains_key(&FieldId::Sensitive) {
            true => hold(HoldKind::Sensitive, Vec::new()),
            false => match s.health_answer_about().filter(|_| is_of_no_form(reading)) {
                Some(case) => item(ItemOutcome::HandedOn { case }, Vec::new(), "MC-10"),
                None => hold(unreadable(reading), asks),
            },
        };
    };
    let says_outcome = records_outcome(profile, form);
    if says_outcome && !s.sender.is_obeyed && !s.word.accept_paper {
        return hold(HoldKind::Recording, Vec::new());
    }
    if what_is(form) == FLAG && !profile.accepts.contains(form) {
        return hold(HoldKind::Flagged, asks);
    }
    if !says_outcome && !profile.accepts.contains(form) {
        asks.push(Finding::document(
            FindingCode::UnknownForm,
            format!("This form is not one that {} hears. Please check which panel it is meant for and send it to that panel's mailbox.", profile.short),
        ));
        return hold(HoldKind::FormNotAccepted, asks);
    }
    // What a file with macros says is read, but it is not passed on: mail systems of the health service refuse it.
    if reading.findings.iter().any(|finding| finding.code == FindingCode::Macros) && !s.word.accept_paper {
        return hold(HoldKind::Macros, asks);
    }
    if let (Some(mismatch), false) = (&submitted.mismatch, s.word.accept_paper) {
        asks.push(Finding::field(
            FindingCode::Contradiction,
            FieldId::ChildName,
            format!(
                "The child on this form is not the child named in {}. Please check that the right file is attached, and reply to say which is right or send the right file.",
                mismatch.place.words()
            ),
        ));
        return hold(HoldKind::WrongAttachment, asks);
    }
    if says_outcome {
        return decide_outcome(s, profile, meetings, (d, r), submitted, asks);
    }
    let case = match (&submitted.identity, s.word.case, s.word.new_child) {
        (_, Some(case), _) => CaseChoice::Known(case),
        (_, None, true) => CaseChoice::New,
        // SY-14: an update is of a child who is heard already.
        (Identity::New, ..) if what_is(form) == "update" => {
            let kind = HoldKind::ChildNotIdentified;
            let unclear = Some(Unclear::NotKnown);
            let outcome = ItemOutcome::Held { kind, case: None, listing: None, candidates: Vec::new(), unclear };
            return item(outcome, asks, kind.rule());
        }
        (Identity::New, ..) => CaseChoice::New,
        (Identity::Known(case), ..) => CaseChoice::Known(*case),
        (Identity::Unclear { candidates, why }, ..) => {
            let outcome = ItemOutcome::Held {
                kind: HoldKind::ChildUnclear,
                case: None,
                listing: None,
                candidates: candidates.clone(),
                unclear: Some(*why),
            };
            return item(outcome, asks, HoldKind::ChildUnclear.rule());
        }
        (Identity::TooLittle, ..) => return hold(HoldKind::ChildNotIdentified, asks),
    };
    // SY-03: sent to the wrong quadrant, or the child has moved since. Which panel hears the child is not guessed.
    let elsewhere = match s.documents.get(d) {
        Some(document) if document.elsewhere => {
            Some("The same file was sent to another area's mailbox before, and was taken there (rule SY-03).")
        }
        _ if submitted.elsewhere => Some("Another area's panel has this child's case (rule SY-03)."),
        _ => None,
    };
    if let (Some(why), None, false) = (elsewhere, &submitted.existing, s.word.accept_paper) {
        asks.push(Finding::document(
            FindingCode::Contradiction,
            format!("{why} A person is checking which panel hears the child. Please reply to say in which area the child lives now."),
        ));
        return hold(HoldKind::TakenElsewhere, asks);
    }
    if is_not_heard(reading) {
        return item(ItemOutcome::Accepted { case, listing: None }, asks, "SH-05");
    }
    let Some(placing) = place(s.arrived_at, s.now, meetings) else {
        let outcome = ItemOutcome::Held {
            kind: HoldKind::NoMeeting,
            case: Some(case),
            listing: None,
            candidates: Vec::new(),
            unclear: None,
        };
        return item(outcome, asks, HoldKind::NoMeeting.rule());
    };
    let hold_kind = held_for(s, reading);
    if what_is(form) == FLAG {
        let listing = expected(profile, submitted, placing, &mut asks);
        let outcome = match hold_kind {
            None => ItemOutcome::Accepted { case, listing },
            Some(kind) => {
                ItemOutcome::Held { kind, case: Some(case), listing: None, candidates: Vec::new(), unclear: None }
            }
        };
        return item(outcome, asks, hold_kind.map_or("SH-10", HoldKind::rule));
    }
    let hold_kind = if hold_kind.is_some() || s.word.accept_paper {
        hold_kind
    } else if s.documents.get(d).is_some_and(|document| document.pasted) {
        asks.push(Finding::document(
            FindingCode::UnsupportedFormat,
            "The form stands in the text of an e-mail, not in a document of its own, and counts as received now. Please send it as a document too, so that the panel gets the form and nothing else that was written there.",
        ));
        Some(HoldKind::PastedForm)
    } else {
        None
    };
    let mut listing = list(s, profile, submitted, &placing, hold_kind.is_some());
    if names_another_lead(reading, &s.sender) && !submitted.lead_settled {
        asks.push(Finding::field(
            FindingCode::OtherLead,
            FieldId::LeadProfessional,
            "The form names somebody else as the one who carries the case. Until that is confirmed, the invitation and the child's papers come to you (rule MC-34). Please reply to say who carries the case, with their e-mail address.",
        ));
    }
    let dated = reading.date(FieldId::AssessmentDate);
    if dated.is_some_and(|d| review::is_out_of_date(d, listing.meeting.date, profile.assessment_age)) {
        asks.push(Finding::field(
            FindingCode::OutOfDate,
            FieldId::AssessmentDate,
            "The assessment will be older than the panel accepts by the day of the meeting. Please send the most up to date one if there is one.",
        ));
    }
    if what_is(form) == "return-home-interview" && submitted.existing.is_none() {
        asks.push(Finding::document(
            FindingCode::Missing,
            "A return home interview is enough to be listed, but no risk assessment is on file for this child. Please send one (MC-07).",
        ));
    }
    let after_its_cutoff = submitted.existing.as_ref().is_some_and(|e| s.arrived_at > e.cutoff_at);
    let rule = match (&listing.missed, profile.late) {
        (None, _) if after_its_cutoff => "MC-32",
        (None, _) => profile.on_time_rule(),
        (Some(_), Late::NextMeeting) => "SY-07",
        (Some(_), Late::AskChair) => "MC-31",
    };
    match hold_kind {
        Some(kind) => {
            listing.replaces.clear();
            let outcome = ItemOutcome::Held {
                kind,
                case: Some(case),
                listing: Some(listing),
                candidates: Vec::new(),
                unclear: None,
            };
            item(outcome, asks, kind.rule())
        }
        None => item(ItemOutcome::Accepted { case, listing: Some(listing) }, asks, rule),
    }
}

/// What a paper is held for, whatever form it is.
fn held_for(s: &Submission, reading: &Reading) -> Option<HoldKind> {
    if s.word.accept_paper {
        None
    } else if let Some(kind) = s.noted().and_then(Note::holds_its_paper) {
        Some(kind)
    } else if s.do_not_share {
        Some(HoldKind::DoNotShare)
    } else if reading.fields.contains_key(&FieldId::Sensitive) {
        Some(HoldKind::Sensitive)
    } else {
        is_incomplete(reading).then_some(HoldKind::Incomplete)
    }
}

/// Where a child who is announced without an assessment is expected (SH-05, SH-10): at the next meeting whose papers are
/// still taken. Nowhere new where the child is listed already.
fn expected(
    profile: &Profile,
    submitted: &SubmittedReading,
    placing: Placing,
    asks: &mut Vec<Finding>,
) -> Option<Listing> {
    if submitted.existing.is_some() {
        return None;
    }
    asks.push(Finding::document(
        FindingCode::Missing,
        format!("{} hears the child on its assessment, and none has come yet. Please have it sent to this mailbox before the cut-off.", profile.short),
    ));
    Some(Listing {
        meeting: placing.meeting,
        section: SectionId::Expected,
        already: false,
        missed: None,
        ask_chair: false,
        paper_to_follow: true,
        resubmission: None,
        replaces: Vec::new(),
    })
}

/// What a meeting decided: matched to the child, then what follows ([`follow`]).
fn decide_outcome(
    s: &Submission,
    profile: &Profile,
    meetings: &[Meeting],
    (d, r): (usize, usize),
    submitted: &SubmittedReading,
    mut asks: Vec<Finding>,
) -> Item {
    let item = |outcome, asks, rule| Item { document: d, reading: Some(r), outcome, asks, rule };
    let held = |kind: HoldKind, candidates, unclear, asks| {
        item(ItemOutcome::Held { kind, case: None, listing: None, candidates, unclear }, asks, kind.rule())
    };
    let has = |code| submitted.reading.findings.iter().any(|finding| finding.code == code);
    if has(FindingCode::Empty) {
        return held(HoldKind::NothingRecorded, Vec::new(), None, asks);
    }
    if has(FindingCode::Unreadable) {
        return held(HoldKind::Unreadable, Vec::new(), None, asks);
    }
    // A person's word on whose it is stands above what the form says.
    if let (Identity::Unclear { candidates, why }, None) = (&submitted.identity, s.word.case) {
        return held(HoldKind::ChildUnclear, candidates.clone(), Some(*why), asks);
    }
    let heard = match &submitted.heard {
        Some(HeardAt::Here(heard)) => heard.as_ref().clone(),
        None if submitted.identity == Identity::TooLittle => {
            return held(HoldKind::ChildNotIdentified, Vec::new(), None, asks);
        }
        Some(HeardAt::AnotherChild(case)) => {
            asks.push(Finding::field(
                FindingCode::Contradiction,
                FieldId::CaseRef,
                format!("The row of {case} bears another child's initials or LCS number, so nothing of it was recorded. Please send the sheet again with each child's outcome in that child's own row."),
            ));
            return held(HoldKind::ChildUnclear, vec![*case], None, asks);
        }
        Some(HeardAt::Nowhere | HeardAt::NotThere) | None => return held(HoldKind::NotHeard, Vec::new(), None, asks),
    };
    let said = MeetingOutcome::on(&submitted.reading);
    let said = if s.word.accept_paper { said.let_go() } else { said };
    let unusable = asks.iter().find(|ask| ask.field == Some(FieldId::ReviewDate) && ask.code != FindingCode::Missing);
    let follows = follow(said, heard, profile, meetings, s.now, unusable);
    // What is asked of an outcome is said once, in the words of its own rules.
    asks.retain(|ask| ask.code != FindingCode::Missing && !follows.asks.iter().any(|f| f.field == ask.field));
    asks.extend(follows.asks.iter().cloned());
    let rule = follows.rule;
    item(ItemOutcome::Outcome(Box::new(follows)), asks, rule)
}

fn list(s: &Submission, profile: &Profile, submitted: &SubmittedReading, placing: &Placing, held: bool) -> Listing {
    let reading = &submitted.reading;
    let very_high = reading.rating().and_then(|r| profile.rating(r)).is_some_and(|r| r.very_high);
    let section = section_of(reading, profile, submitted.heard_before);
    let pressing = s.urgent || very_high;
    let existing = submitted.existing.as_ref().filter(|e| stays(e, placing, pressing));
    if let Some(existing) = existing {
        let in_time = s.arrived_at <= existing.cutoff_at;
        let new = on_file(reading, s);
        let corrected = s.noted() == Some(Note::Correction);
        let effects: Vec<(&String, Resubmission)> =
            existing.on_file.iter().map(|(id, earlier)| (id, resubmit(&new, earlier, in_time, corrected))).collect();
        let strongest = |r: Resubmission| effects.iter().any(|(_, effect)| *effect == r).then_some(r);
        // The correction of a held paper that came in time is not late (MC-32), nor that of wrong data already sent (MC-30).
        let corrects = !in_time && strongest(Resubmission::Replaces).is_some();
        let resubmission = corrects
            .then_some(Resubmission::Replaces)
            .or(strongest(Resubmission::BothKept))
            .or(strongest(Resubmission::Tabled))
            .or(strongest(Resubmission::Replaces))
            .or(strongest(Resubmission::Beside))
            .or((!in_time).then_some(Resubmission::Tabled));
        let replaces =
            effects.iter().filter(|(_, e)| *e == Resubmission::Replaces).map(|(id, _)| (*id).clone()).collect();
        let late = (!in_time && !corrects).then(|| existing.meeting.clone());
        // Expected until its assessment came (SH-10), the child is heard like any other now; a request to close it is heard as one,
        // though a review was listed (SH-08), until a later paper of the same worker takes its place.
        let is_request = section == SectionId::Closure
            || (existing.section == SectionId::Closure && resubmission == Some(Resubmission::Replaces));
        let follows_paper = late.is_none() && (existing.section == SectionId::Expected || is_request);
        let passed_over = passed_over(existing, placing, s.urgent, very_high);
        return Listing {
            meeting: existing.meeting.clone(),
            section: if follows_paper { section } else { existing.section },
            already: true,
            // Tabled for the chair anyway; asked whether to admit it where that is the panel's way, or where it is urgent.
            ask_chair: passed_over.is_some() || (late.is_some() && (profile.late == Late::AskChair || pressing)),
            missed: late.or(passed_over),
            paper_to_follow: held && existing.on_file.iter().all(|(_, paper)| paper.held),
            resubmission,
            replaces,
        };
    }
    let ask_chair = placing.missed.is_some() && (profile.late == Late::AskChair || pressing);
    Listing {
        meeting: placing.meeting.clone(),
        section,
        already: false,
        missed: placing.missed.clone(),
        ask_chair,
        paper_to_follow: held,
        resubmission: None,
        replaces: Vec::new(),
    }
}

/// A paper for a child who is listed already goes with that listing, unless it could be heard much sooner: a review in
/// two months does not keep a new paper waiting that met the next cut-off (SY-06, SY-07), and an urgent one waits for none.
fn stays(existing: &ExistingListing, placing: &Placing, urgent: bool) -> bool {
    let later_by = placing.meeting.date.until(existing.meeting.date).map_or(0, |span| span.get_days());
    later_by <= 0 || (later_by <= 14 && !urgent)
}

/// The meeting to come that a child at very high risk waits past, because this paper came after its cut-off (MC-22): that an
/// earlier paper put it on a later one already makes this no less late. A review of a child who was at very high risk before
/// is on the meeting it was set for, and its paper is on time.
fn passed_over(existing: &ExistingListing, placing: &Placing, urgent: bool, very_high: bool) -> Option<MeetingId> {
    let rises = very_high && !(existing.is_review && existing.was_very_high);
    let is_sooner = |missed: &&MeetingId| missed.date < existing.meeting.date;
    placing.missed.as_ref().filter(is_sooner).filter(|_| urgent || rises).cloned()
}

/// The facts of this paper as later papers will be compared with it.
pub(super) fn on_file(reading: &Reading, s: &Submission) -> OnFile {
    let worker = reading.text(FieldId::CompletedBy).or(reading.text(FieldId::LeadProfessional)).unwrap_or_default();
    OnFile {
        form_date: reading.date(FieldId::AssessmentDate).or(reading.date(FieldId::CompletedDate)),
        sender: s.sender.address.clone(),
        worker: crate::casework::normal_name(worker),
        what: reading.form.as_ref().map(what_is).unwrap_or("assessment").to_owned(),
        held: false,
        unauthorised: reading.is_unauthorised(),
    }
}

/// No paper: it announces a child (SH-10).
pub const FLAG: &str = "flag";

/// What kind of paper a form is, for file names and for what replaces what.
pub fn what_is(form: &FormId) -> &'static str {
    let id = form.as_str();
    if id == OUTCOME_SHEET {
        "outcome-sheet"
    } else if id.contains("flag") {
        FLAG
    } else if id.contains("recording") || id.contains("checklist") || id.contains("mace-template") {
        "recording"
    } else if id.contains("screening") {
        "screening-tool"
    } else if id.contains("return-home") || id.contains("rhi") {
        "return-home-interview"
    } else if id.contains("update") {
        "update"
    } else {
        "assessment"
    }
}

/// Initial, review, closure as ticked; untold, by whether the child has been heard before. A child at risk only by going
/// missing has the shorter slot (SY-15), one who is both has the longer (MC-21).
fn section_of(reading: &Reading, profile: &Profile, heard_before: bool) -> SectionId {
    let wanted = match reading.text(FieldId::AssessmentType) {
        _ if asks_to_close(reading) => SectionId::Closure,
        Some("review") => SectionId::Review,
        Some("initial") => SectionId::New,
        _ if heard_before => SectionId::Review,
        _ if matches!(reading.list(FieldId::RiskTypes), [only] if only == "M") => SectionId::Missing,
        _ => SectionId::New,
    };
    if profile.section(wanted).is_some() { wanted } else { SectionId::New }
}

/// SH-05: an initial assessment with the outcome that the child is not being exploited is not heard by the panel; the
/// three others are, and every review and closure request is.
pub fn is_not_heard(reading: &Reading) -> bool {
    reading.text(FieldId::Outcome) == Some("not-exploited") && reading.text(FieldId::AssessmentType) == Some("initial")
}

/// SH-08: it asks the panel to agree that the case is closed.
pub fn asks_to_close(reading: &Reading) -> bool {
    reading.text(FieldId::AssessmentType) == Some("closure")
}

/// SY-04: fully complete. A required field without a usable value.
fn is_incomplete(reading: &Reading) -> bool {
    // Who the child is, is all that announces it (SH-10).
    let is_flag = reading.form.as_ref().is_some_and(|form| what_is(form) == FLAG);
    use FieldId::{AssessmentDate, AssessmentType, ChildName, DateOfBirth, Outcome, RiskRating};
    use FindingCode::{Contradiction, ImplausibleDate, Missing, NotADate, NotOnScale, SeveralTicked};
    let counts = |finding: &&Finding| !is_flag || matches!(finding.field, Some(ChildName | DateOfBirth));
    reading.findings.iter().filter(counts).any(|finding| match finding.code {
        Missing => finding.field.is_some(),
        NotOnScale | NotADate | ImplausibleDate | SeveralTicked | Contradiction => finding.field.is_some_and(|field| {
            matches!(field, ChildName | DateOfBirth | AssessmentDate | RiskRating | Outcome | AssessmentType)
                && !reading.fields.contains_key(&field)
        }),
        _ => false,
    })
}

/// Findings the sender is asked about; the rest is remarked upon or kept for staff.
fn asks_something(code: FindingCode) -> bool {
    !matches!(
        code,
        FindingCode::TestNumber | FindingCode::TwoDigitYear | FindingCode::SensitiveMarker | FindingCode::CountMismatch
    )
}

/// It could be read, bears no handling marker, and is none of the panel's forms.
fn is_of_no_form(reading: &Reading) -> bool {
    let marked = reading.fields.contains_key(&FieldId::Sensitive);
    reading.form.is_none() && !marked && unreadable(reading) == HoldKind::UnknownForm
}

fn unreadable(reading: &Reading) -> HoldKind {
    let has = |code| reading.findings.iter().any(|f| f.code == code);
    [
        (FindingCode::Encrypted, HoldKind::Encrypted),
        (FindingCode::Macros, HoldKind::Macros),
        (FindingCode::LimitExceeded, HoldKind::LimitExceeded),
        (FindingCode::ReaderFailed, HoldKind::ReaderFailed),
        (FindingCode::UnsupportedFormat, HoldKind::UnsupportedFormat),
        (FindingCode::Unreadable, HoldKind::Unreadable),
        (FindingCode::Empty, HoldKind::Unreadable),
    ]
    .into_iter()
    .find(|(code, _)| has(*code))
    .map_or(HoldKind::UnknownForm, |(_, kind)| kind)
}

impl Profile {
    /// The rule by which a paper in time is heard at the next meeting.
    pub fn on_time_rule(&self) -> &'static str {
        match self.late {
            Late::NextMeeting => "SY-06",
            // The Thursday is St Helens'; no source gives a MACSE's cut-off, and its profile states one (BD-14).
            Late::AskChair if matches!(self.cutoff, Cutoff::WeekdayBefore { .. }) => "SH-02",
            Late::AskChair => "BD-14",
        }
    }
}
