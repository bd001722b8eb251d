//! Invented views of every mail, several where a template branches. The templates are checked on them before the first
//! mail goes, and the tests look at what they give.

mod after;
mod children;
mod digests;

pub(super) use after::{
    appendices, handed_on as after_handed_on, health_notes as after_health, meetings_changed, notes as after_notes,
    notifications, outcome_queries, reminders,
};
#[cfg(test)]
pub(super) use children::paper_bytes;
pub(super) use digests::digests;

use super::acknowledgement::{Child, Earlier, File, Next, Question, Standing};
use super::supplement::{Change, ChangeKind};
use super::templates::TemplateError;
use super::{
    Answering, Letterhead, Stamp, Templates, acknowledgement, agenda, alert, appendix, approval, canary, digest,
    extract, frozen, handed_on, health_copy, invitation, list, notes, outcome_sheet, papers, received_only, settled,
    supplement,
};
use crate::casework::agenda::{Agenda, AgendaMeeting, ChildIdentity, Item, ItemNote};
use crate::casework::rules::{Attendance, Attendee, Choice, HoldKind};
use crate::casework::{
    Address, CaseRef, Format, HeldRef, MailKind, MeetingId, MessageRef, PanelId, Ref, RoleId, SentRef,
};
use children::{agenda_of, all_notes, item, items, paper};
use jiff::Timestamp;
use jiff::civil::date;
use serde::Serialize;

/// Renders every sample of every mail.
pub(super) fn check(templates: &Templates) -> Result<(), TemplateError> {
    let Some(head) = head() else {
        let message = "the samples have no sender to be checked with".to_owned();
        return Err(TemplateError { file: "_layout.html".to_owned(), line: 0, message });
    };
    let check = Check { templates, stamp: stamp() };
    for view in answers(&head) {
        let folder = if view.questions.is_empty() { "acknowledgement" } else { "query" };
        check.answer(folder, &view, &view.head, acknowledgement::more(&view))?;
    }
    for view in received(&head) {
        check.answer("received-only", &view, &view.head, serde_json::Map::new())?;
    }
    for view in settled(&head) {
        check.answer("settled", &view, &view.head, serde_json::Map::new())?;
    }
    for view in agendas(&head) {
        check.mail("agenda", &view, agenda::more(&view, &papers::list(view.agenda.items())))?;
    }
    for view in approvals(&head) {
        check.mail("approval", &view, agenda::more(&view.pack, &papers::list(view.pack.agenda.items())))?;
    }
    for view in supplements(&head) {
        check.mail("supplement", &view, supplement::more(&supplement::listed(&view)))?;
    }
    for view in lists(&head) {
        check.mail("list", &view, list::more(&view))?;
    }
    for view in extracts(&head) {
        check.mail("extract", &view, extract::more(&papers::list(std::iter::once(&view.item))))?;
    }
    for view in health_copies(&head) {
        check.mail("health-copy", &view, health_copy::more(&health_copy::attached(&view)))?;
    }
    for view in invitations(&head) {
        for folder in ["invitation", "invitation-update", "invitation-cancel"] {
            check.mail(folder, &view, serde_json::Map::new())?;
        }
    }
    for view in notifications(&head) {
        check.mail("notification", &view, serde_json::Map::new())?;
    }
    for view in reminders(&head) {
        check.mail("reminder", &view, serde_json::Map::new())?;
    }
    for view in outcome_queries(&head) {
        check.mail("outcome-query", &view, serde_json::Map::new())?;
    }
    for view in after_notes(&head) {
        check.mail("notes", &view, notes::more(&notes::listed(&view)))?;
    }
    for view in appendices(&head) {
        check.mail("appendix", &view, appendix::more(&view))?;
    }
    for view in meetings_changed(&head) {
        check.mail("meeting-changed", &view, serde_json::Map::new())?;
    }
    for view in after_handed_on(&head) {
        check.mail("handed-on", &view, handed_on::more(&view))?;
    }
    for view in after_health(&head) {
        check.mail("health-notes", &view, serde_json::Map::new())?;
    }
    for view in alerts(&head) {
        check.mail("alert", &view, alert::more(&view))?;
    }
    for view in canaries(&head) {
        check.mail("canary", &view, serde_json::Map::new())?;
    }
    for view in digests(&head) {
        check.mail("digest", &view, digest::more(&view))?;
    }
    for view in outcome_sheets(&head) {
        check.mail("outcome-sheet", &view, outcome_sheet::more(&view))?;
    }
    Ok(())
}

struct Check<'t> {
    templates: &'t Templates,
    stamp: Stamp,
}

type More = serde_json::Map<String, serde_json::Value>;

impl Check<'_> {
    fn mail(
        &self,
        folder: &str,
        view: &impl Serialize,
        more: More,
    ) -> Result<super::templates::Rendered, TemplateError> {
        let whole = |message: String| TemplateError { file: format!("{folder}/text.txt"), line: 0, message };
        let context =
            frozen::context(view, MailKind::Alert, &self.stamp, more).map_err(|error| whole(error.to_string()))?;
        self.templates.render(folder, &context)
    }

    fn answer(&self, folder: &str, view: &impl Serialize, head: &Letterhead, more: More) -> Result<(), TemplateError> {
        let rendered = self.mail(folder, view, more)?;
        if frozen::says_emergency(&rendered, &head.emergency) {
            return Ok(());
        }
        let message = "an answer shows head.emergency in its text and its HTML (SH-23)".to_owned();
        Err(TemplateError { file: format!("{folder}/text.txt"), line: 0, message })
    }
}

pub(super) fn stamp() -> Stamp {
    Stamp {
        reference: SentRef(123),
        date: at("2026-11-20T12:00:00Z"),
        id: uuid::Uuid::from_u128(0x0199_9a3e_7c00_7abc_8def_0123_4567_89ab),
        boundary: *b"sixteen of bytes",
    }
}

/// An instant written in this file.
fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn head() -> Option<Letterhead> {
    let from: Address = "rmm.northeast@surrey.example".parse().ok()?;
    Some(Letterhead {
        panel: PanelId::new("surrey-rmm-ne"),
        panel_name: "Child Exploitation Risk Management Meeting, North East".to_owned(),
        panel_short: "RMM North East".to_owned(),
        authority_name: "Surrey County Council".to_owned(),
        from,
        from_name: "RMM North East".to_owned(),
        emergency:
            "If a child is in immediate danger ring 999. Out of hours ring the emergency duty team on 01483 000 000. \
                    This mailbox is not an emergency route."
                .to_owned(),
        location: "Quadrant Court, room 2, or by Teams".to_owned(),
    })
}

pub(super) fn meeting() -> AgendaMeeting {
    let starts = date(2026, 11, 24).at(10, 0, 0, 0);
    AgendaMeeting {
        id: MeetingId { panel: PanelId::new("surrey-rmm-ne"), date: starts.date() },
        starts,
        starts_at: at("2026-11-24T10:00:00Z"),
    }
}

fn next_meeting() -> AgendaMeeting {
    let starts = date(2026, 12, 1).at(10, 0, 0, 0);
    AgendaMeeting {
        id: MeetingId { panel: PanelId::new("surrey-rmm-ne"), date: starts.date() },
        starts,
        starts_at: at("2026-12-01T10:00:00Z"),
    }
}

fn answering() -> Answering {
    Answering {
        message_id: Some("<original@surrey.example>".to_owned()),
        references: vec!["<first@surrey.example>".to_owned()],
    }
}

pub(super) fn answers(head: &Letterhead) -> Vec<acknowledgement::View> {
    let cutoff_at = at("2026-11-19T23:59:59Z");
    let on_time = Standing::OnTime {
        meeting: meeting(),
        cutoff_at,
        pack_at: Some(at("2026-11-20T12:00:00Z")),
        rule: "SY-06".to_owned(),
    };
    let file = |number, format, name: &str, read_as: Option<&str>| File {
        number,
        format,
        name: Some(name.to_owned().into()),
        read_as: read_as.map(str::to_owned),
        before: None,
    };
    let child = |case, initials: &str, standing| Child {
        case: Some(CaseRef(case)),
        initials: Some(initials.to_owned().into()),
        file: None,
        holiday: false,
        standing,
        earlier: None,
        welcome: Vec::new(),
    };
    let plain = acknowledgement::View {
        head: head.clone(),
        answering: answering(),
        message: MessageRef(317),
        received_at: at("2026-11-18T14:02:11Z"),
        files: vec![file(1, Format::Xlsx, "RAT November.xlsx", Some("Surrey Risk Assessment Tool"))],
        children: vec![Child {
            welcome: vec!["NHS Number".to_owned(), "GP".to_owned()],
            ..child(42, "A.E.", on_time.clone())
        }],
        note: None,
        questions: Vec::new(),
    };
    let late = |provisional, chair_asked, rule: &str| Standing::Late {
        meeting: next_meeting(),
        missed: meeting(),
        cutoff_at,
        provisional,
        chair_asked,
        rule: rule.to_owned(),
    };
    let base = plain.clone();
    let with_late = |standing| acknowledgement::View {
        received_at: at("2026-11-20T09:15:00Z"),
        children: vec![child(43, "B.S.", standing)],
        ..base.clone()
    };
    let question = |file, field: Option<&str>, problem: &str, remedy: &str| Question {
        file,
        case: None,
        field: field.map(str::to_owned),
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
        corrects: true,
    };
    let query = acknowledgement::View {
        files: vec![
            file(1, Format::Xlsx, "RAT November.xlsx", Some("Surrey Risk Assessment Tool")),
            file(2, Format::Encrypted, "second.docx", None),
        ],
        children: vec![
            child(42, "A.E.", on_time.clone()),
            Child {
                case: None,
                initials: None,
                file: None,
                holiday: false,
                standing: Standing::WithAPerson { on_time_for: Some(meeting()), because: None },
                earlier: None,
                welcome: Vec::new(),
            },
        ],
        note: None,
        questions: vec![
            question(
                Some(1),
                Some("NHS Number"),
                "has nine digits; an NHS number has ten.",
                "Send the form again with the number put right, or answer this mail with the number's missing digit and nothing else.",
            ),
            question(Some(2), None, "needs a password to open.", "Send it again without a password."),
            Question {
                case: Some(CaseRef(42)),
                ..question(
                    Some(1),
                    Some("Review date"),
                    "Review date (Outcomes!J5) is not one day.",
                    "Please send the date the panel wants.",
                )
            },
            question(None, None, "Two children may be meant.", "Tell us which form is the newer one."),
        ],
        ..plain.clone()
    };
    let waiting = |missed: Option<_>| Standing::Waiting {
        meeting: if missed.is_some() { next_meeting() } else { meeting() },
        chair_asked: missed.is_some(),
        missed,
        because: "something on the form is missing or cannot be used".to_owned(),
        rule: "MC-32".to_owned(),
    };
    let outcome = |case, next| {
        let rating = (case % 2 == 0).then(|| "Significant".to_owned());
        let said = Standing::Outcome {
            meeting: meeting(),
            rating,
            actions: case as usize % 3,
            next,
            told: case != 53,
            rule: "SY-19".to_owned(),
        };
        child(case, "J.M.", said)
    };
    let several = acknowledgement::View {
        children: vec![
            Child { earlier: Some(Earlier::Replaced), ..child(42, "A.E.", on_time.clone()) },
            Child {
                earlier: Some(Earlier::BothKept),
                ..child(44, "C.D.", Standing::LatePaper { meeting: meeting(), cutoff_at, rule: "MC-30".to_owned() })
            },
            child(45, "D.F.", Standing::Repeat { first_at: at("2026-11-16T09:12:00Z"), meeting: Some(meeting()) }),
            child(46, "E.G.", Standing::Repeat { first_at: at("2026-11-16T09:12:00Z"), meeting: None }),
            Child {
                case: None,
                initials: None,
                file: None,
                holiday: false,
                standing: Standing::WithAPerson { on_time_for: None, because: None },
                earlier: None,
                welcome: Vec::new(),
            },
            Child { earlier: Some(Earlier::LatestHolds), file: Some(2), ..child(67, "Y.Z.", on_time.clone()) },
            Child { earlier: Some(Earlier::BothHere), holiday: true, ..child(68, "Z.A.", on_time) },
            child(47, "F.H.", Standing::Corrected { meeting: meeting(), rule: "MC-32".to_owned() }),
            child(48, "G.J.", waiting(None)),
            child(49, "H.K.", waiting(Some((meeting(), cutoff_at)))),
            child(50, "I.L.", Standing::Recorded { rule: "SH-05".to_owned() }),
            child(66, "X.Z.", Standing::Announced { rule: "SH-10".to_owned() }),
            Child {
                case: None,
                initials: None,
                file: None,
                holiday: false,
                standing: Standing::WithAPerson {
                    on_time_for: None,
                    because: Some(crate::casework::rules::HoldKind::Recording.words().to_owned()),
                },
                earlier: None,
                welcome: Vec::new(),
            },
            child(57, "L.P.", Standing::Expected { meeting: meeting(), cutoff_at, rule: "SH-10".to_owned() }),
            outcome(51, Next::Closed),
            outcome(52, Next::Given { due: date(2027, 1, 8), at: Some(next_meeting()) }),
            outcome(53, Next::Fixed { due: date(2027, 1, 8), at: None }),
            outcome(54, Next::Proposed { due: date(2027, 1, 5), answer_by: at("2026-11-27T17:00:00Z") }),
            outcome(55, Next::Deferred { due: date(2026, 12, 1), at: Some(next_meeting()) }),
            outcome(56, Next::Unsettled),
            outcome(57, Next::Past),
        ],
        ..plain.clone()
    };
    let nothing = acknowledgement::View {
        files: vec![File { number: 1, format: Format::Image, name: None, read_as: None, before: None }],
        children: Vec::new(),
        ..plain.clone()
    };
    let bare = acknowledgement::View { files: Vec::new(), ..nothing.clone() };
    vec![
        plain,
        with_late(late(false, false, "SY-07")),
        with_late(late(false, true, "MC-22")),
        with_late(late(true, true, "MC-31")),
        with_late(late(true, false, "MC-31")),
        several,
        nothing,
        bare,
        query,
    ]
}

pub(super) fn received(head: &Letterhead) -> Vec<received_only::View> {
    vec![received_only::View { head: head.clone(), answering: answering(), received_at: at("2026-11-18T14:02:11Z") }]
}

pub(super) fn canaries(head: &Letterhead) -> Vec<canary::View> {
    vec![canary::View { head: head.clone(), after: SentRef(122) }]
}

pub(super) fn agendas(head: &Letterhead) -> Vec<agenda::View> {
    let plain = agenda::View {
        head: head.clone(),
        agenda: agenda_of(items()),
        cutoff_at: at("2026-11-19T23:59:59Z"),
        supplement_at: None,
        missing: Vec::new(),
        attendance: None,
        part: None,
    };
    let full = Agenda {
        unmatched: vec![MessageRef(318), MessageRef(321)],
        overrun_minutes: Some(25),
        ..agenda_of(items().into_iter().map(|item| Item { notes: all_notes(), ..item }).collect())
    };
    let incomplete = agenda::View {
        agenda: full,
        supplement_at: Some(at("2026-11-20T00:15:00Z")),
        missing: vec![
            "The mailbox rmm.northeast@surrey.example could not be read after 16:40 on the day of the cut-off."
                .to_owned(),
        ],
        attendance: Some(attendance()),
        part: Some((1, 2)),
        ..plain.clone()
    };
    let empty = agenda::View { agenda: agenda_of(Vec::new()), ..plain.clone() };
    let second = agenda::View { part: Some((2, 2)), ..plain.clone() };
    vec![plain, incomplete, empty, second]
}

/// Some have answered, one is away.
fn attendance() -> Attendance {
    let attendee =
        |name: &str, role: &str| Attendee { name: name.to_owned().into(), role: RoleId::new(role), instead: None };
    let away = Attendee { instead: Some("Nell Carver".to_owned().into()), ..attendee("Idris Hebden", "police") };
    Attendance {
        expected: vec![attendee("Emil Draycott", "chair"), attendee("Keir Fenwick", "named-nurse-community")],
        apologies: vec![attendee("Jasmin Openshaw", "education"), away],
        unanswered: vec![attendee("Lowri Maddox", "camhs")],
    }
}

pub(super) fn approvals(head: &Letterhead) -> Vec<approval::View> {
    let mut packs = agendas(head).into_iter();
    let (Some(plain), Some(incomplete)) = (packs.next(), packs.next()) else { return Vec::new() };
    let calm = approval::View {
        pack: plain,
        noun: "pack".to_owned(),
        until: at("2026-11-20T12:30:00Z"),
        otherwise: "Then it goes without the papers that name another child; their children stay listed.".to_owned(),
        again: false,
        chased: false,
        mails: vec![approval::Mail {
            what: "Agenda and papers".to_owned(),
            to: vec!["Emil Draycott, chair".to_owned().into(), "Idris Hebden, police".to_owned().into()],
            cases: vec![CaseRef(42), CaseRef(43)],
            papers: 3,
        }],
        flagged: Vec::new(),
        notes: Vec::new(),
        held: Vec::new(),
        offer: None,
        command: "dutyclerk outbox approve surrey-rmm-ne/2026-11-24".to_owned(),
    };
    let full = approval::View {
        pack: incomplete,
        again: true,
        chased: true,
        flagged: vec![approval::Flagged { case: CaseRef(42), file: "01-R-0042-assessment.xlsx".to_owned() }],
        notes: vec![approval::CoveringNote {
            message: MessageRef(317),
            cases: vec![CaseRef(42)],
            text: "Her mother does not know about the second address yet.".to_owned().into(),
        }],
        held: vec![
            approval::Waiting {
                held: HeldRef(7),
                case: Some(CaseRef(43)),
                why: "the attachment needs a password or a key".to_owned(),
            },
            approval::Waiting { held: HeldRef(8), case: None, why: "the attachment holds macros".to_owned() },
        ],
        offer: Some(alert::Offer {
            about: meeting().id.to_string(),
            why: "its pack waits for approval".to_owned(),
            choices: [Choice::Approve, Choice::ApproveWithout, Choice::Refuse].into_iter().map(Choice::words).collect(),
            ..offer(7)
        }),
        ..calm.clone()
    };
    vec![calm, full]
}

pub(super) fn supplements(head: &Letterhead) -> Vec<supplement::View> {
    let [first, review, follow] = items().try_into().unwrap_or_else(|_| [item(), item(), item()]);
    let change = |what, item| Change { what, item, replaces: None, why: None };
    let added = Item {
        papers: vec![paper(51, "assessment", Format::Pdf, Some(date(2026, 11, 19)))],
        notes: Vec::new(),
        ..follow
    };
    let removed = Item { papers: Vec::new(), slot: None, ..review.clone() };
    let plain = supplement::View {
        head: head.clone(),
        meeting: meeting(),
        changes: vec![
            change(ChangeKind::PaperAdded, added),
            Change {
                replaces: Some("01-R-0042-assessment.xlsx".to_owned()),
                why: Some("the date of birth on the earlier form was wrong".to_owned()),
                ..change(ChangeKind::Corrected, Item { notes: all_notes(), ..first })
            },
            change(ChangeKind::ChildAdded, Item { number: 4, case: CaseRef(60), papers: Vec::new(), ..review.clone() }),
            change(ChangeKind::ChildRemoved, removed),
            change(ChangeKind::SlotChanged, Item { papers: Vec::new(), number: 5, case: CaseRef(61), ..review }),
        ],
        part: None,
    };
    let second = supplement::View { part: Some((2, 2)), ..plain.clone() };
    vec![plain, second]
}

pub(super) fn lists(head: &Letterhead) -> Vec<list::View> {
    let plain =
        list::View { head: head.clone(), agenda: agenda_of(items()), pack_at: Some(at("2026-11-20T12:00:00Z")) };
    let sent = list::View { agenda: agenda_of(Vec::new()), pack_at: None, ..plain.clone() };
    vec![plain, sent]
}

pub(super) fn extracts(head: &Letterhead) -> Vec<extract::View> {
    let plain = extract::View {
        head: head.clone(),
        meeting: meeting(),
        item: item(),
        stand_in: extract::StandIn::ManagerWithUpdateForm,
        with_papers: false,
        kept_out: Vec::new(),
        waiting: Vec::new(),
        part: None,
    };
    let bare = Item { papers: Vec::new(), slot: None, notes: all_notes(), rating: None, ..item() };
    let other = extract::View {
        item: Item { child: ChildIdentity { date_of_birth: None, lcs_number: None, ..bare.child.clone() }, ..bare },
        stand_in: extract::StandIn::ManagerOrAdvancedPractitioner,
        ..plain.clone()
    };
    let with_papers = extract::View { with_papers: true, ..plain.clone() };
    let first = extract::View { part: Some((1, 2)), ..with_papers.clone() };
    let second = extract::View { part: Some((2, 2)), ..with_papers.clone() };
    let kept_out = extract::View {
        item: Item { papers: Vec::new(), ..item() },
        kept_out: vec![paper(42, "assessment", Format::Xlsx, Some(date(2026, 11, 16)))],
        ..plain.clone()
    };
    let waiting = extract::View {
        item: Item { papers: Vec::new(), notes: vec![ItemNote::PaperToFollow], ..item() },
        waiting: vec![extract::Waiting::held(HoldKind::SpeaksOfAnother)],
        ..plain.clone()
    };
    vec![plain, other, with_papers, first, second, kept_out, waiting]
}

pub(super) fn health_copies(head: &Letterhead) -> Vec<health_copy::View> {
    let item = Item { papers: vec![paper(42, "assessment", Format::Xlsx, Some(date(2026, 11, 16)))], ..item() };
    let plain = health_copy::View {
        head: head.clone(),
        meeting: meeting(),
        item,
        sent_to: "the child's GP practice".to_owned(),
        risk_factors: vec!["Regular missing person".to_owned(), "Substance misuse".to_owned()],
        lead: Some(health_copy::Lead {
            name: "Samira Sample".to_owned().into(),
            agency: Some("Children's Services".to_owned()),
            contact: Some("01483 000 111".to_owned().into()),
        }),
        answer_by: Some(at("2026-11-23T17:00:00Z")),
        basis: "clause 4.2 of the Surrey multi-agency information-sharing protocol".to_owned(),
        paper: health_copy::Paper::Attached,
        part: None,
    };
    let held = health_copy::View {
        lead: Some(health_copy::Lead { name: "Samira Sample".to_owned().into(), agency: None, contact: None }),
        paper: health_copy::Paper::HeldBack { because: "it names another child".to_owned() },
        answer_by: None,
        ..plain.clone()
    };
    let bare = Item {
        rating: None,
        risk_types: Vec::new(),
        slot: None,
        child: ChildIdentity { date_of_birth: None, lcs_number: None, nhs_number: None, ..plain.item.child.clone() },
        ..plain.item.clone()
    };
    let summary = health_copy::View {
        item: bare,
        paper: health_copy::Paper::SummaryOnly,
        lead: None,
        risk_factors: Vec::new(),
        ..plain.clone()
    };
    let first = health_copy::View { part: Some((1, 2)), ..plain.clone() };
    let second = health_copy::View { part: Some((2, 2)), ..plain.clone() };
    let in_part = health_copy::View {
        paper: health_copy::Paper::AttachedInPart { because: "it names another child".to_owned() },
        ..plain.clone()
    };
    let none = health_copy::View { paper: health_copy::Paper::None, ..held.clone() };
    vec![plain, held, summary, first, second, in_part, none]
}

pub(super) fn invitations(head: &Letterhead) -> Vec<invitation::View> {
    let plain = invitation::View {
        head: head.clone(),
        meeting: meeting(),
        case: Some(CaseRef(42)),
        invitee: false,
        starts: date(2026, 11, 24).at(10, 0, 0, 0),
        ends: date(2026, 11, 24).at(12, 0, 0, 0),
        slot_fixed: false,
        uid: "01999a3e-7c00-7abc-8def-0123456789ab@surrey.example".to_owned(),
        sequence: 0,
        why: None,
    };
    let slot = invitation::View {
        ends: date(2026, 11, 24).at(10, 15, 0, 0),
        slot_fixed: true,
        sequence: 1,
        why: Some("The agenda is out and your slot is fixed.".to_owned()),
        ..plain.clone()
    };
    let member = invitation::View { case: None, ..plain.clone() };
    let invitee = invitation::View { invitee: true, ..plain.clone() };
    let invitee_slot = invitation::View { invitee: true, ..slot.clone() };
    vec![plain, slot, member, invitee, invitee_slot]
}

pub(super) fn outcome_sheets(head: &Letterhead) -> Vec<outcome_sheet::View> {
    let row = |item: Item| outcome_sheet::Row {
        number: item.number,
        case: item.case,
        initials: crate::casework::initials(item.child.name.reveal()).into(),
        lcs_number: item.child.lcs_number,
        lead_professional: item.caseworker,
        rating: item.rating,
    };
    let step =
        |id: &str, title: &str, review| outcome_sheet::Step { id: id.to_owned(), title: title.to_owned(), review };
    let plain = outcome_sheet::View {
        head: head.clone(),
        meeting: meeting(),
        rows: items().into_iter().map(row).collect(),
        scale: vec![
            step("minimal", "Minimal", None),
            step("emerging", "Emerging", Some((date(2027, 2, 24), date(2027, 2, 24)))),
            step("significant", "Significant", Some((date(2027, 1, 5), date(2027, 1, 19)))),
            step("experiencing", "Experiencing", Some((date(2026, 12, 22), date(2026, 12, 24)))),
        ],
        fixed_reviews: false,
        again: false,
    };
    let again = outcome_sheet::View { fixed_reviews: true, again: true, ..plain.clone() };
    vec![plain, again]
}

pub(super) fn alerts(head: &Letterhead) -> Vec<alert::View> {
    let plain = alert::View {
        head: head.clone(),
        title: "late paper R-0043, admit it to Tue 24 November 2026?".to_owned(),
        what:
            "A risk assessment for R-0043 came 9 hours after the cut-off of the meeting of Tue 24 November 2026. It is \
               provisionally on the meeting of Tue 1 December 2026, and the sender has been told so."
                .to_owned(),
        happened_at: at("2026-11-20T09:15:00Z"),
        why: "A late paper always goes to a person; the chair may admit it.".to_owned(),
        rule: "MC-31".to_owned(),
        decide_by: Some(at("2026-11-23T17:00:00Z")),
        otherwise: Some("R-0043 stays on the meeting of Tue 1 December 2026.".to_owned()),
        about: vec![Ref::Case(CaseRef(43)), Ref::Message(MessageRef(317)), Ref::Meeting(meeting().id)],
        next: vec![
            alert::NextStep {
                text: "To admit it, run:".to_owned(),
                command: Some("dutyclerk meeting admit surrey-rmm-ne/2026-11-24 R-0043".to_owned()),
            },
            alert::NextStep { text: "To leave it on the later meeting, do nothing.".to_owned(), command: None },
        ],
        offers: Vec::new(),
    };
    let bare = alert::View { decide_by: None, otherwise: None, about: Vec::new(), next: Vec::new(), ..plain.clone() };
    let held = alert::View {
        title: "held for you: H-0007".to_owned(),
        about: vec![Ref::Held(HeldRef(7)), Ref::Message(MessageRef(317))],
        offers: vec![offer(7), offer(8)],
        ..bare.clone()
    };
    vec![plain, bare, held]
}

fn offer(held: i64) -> alert::Offer {
    let choices = [Choice::Case(CaseRef(42)), Choice::OtherCase, Choice::NewChild, Choice::Reject];
    alert::Offer {
        about: HeldRef(held).to_string(),
        why: "it is not certain which child the form is about".to_owned(),
        code: crate::casework::Code::of([u8::try_from(held).unwrap_or_default(); 16]).shown().into(),
        until: at("2026-11-27T12:00:00Z"),
        choices: choices.into_iter().map(Choice::words).collect(),
    }
}

pub(super) fn settled(head: &Letterhead) -> Vec<settled::View> {
    let outcome = |done, said: &[&str]| settled::Outcome {
        about: Some("H-0007".to_owned()),
        done,
        said: said.iter().map(|line| (*line).to_owned()).collect(),
        offer: None,
    };
    let plain = settled::View {
        head: head.clone(),
        answering: Answering {
            message_id: Some("<original@surrey.example>".to_owned()),
            references: vec!["<01999a3e-7c00-7abc-8def-0123456789ab@surrey.example>".to_owned()],
        },
        title: "H-0007 is settled".to_owned(),
        results: vec![outcome(
            true,
            &["H-0007 was let through.", "R-0042 is on the agenda of surrey-rmm-ne/2026-11-24."],
        )],
    };
    let refused = settled::Outcome {
        offer: Some(offer(7)),
        ..outcome(false, &["Your answer names no number, or more than one, beside the code."])
    };
    let unknown = settled::Outcome { about: None, ..outcome(false, &["The code in your answer is none of ours."]) };
    let other = settled::View {
        title: "your answer changed nothing".to_owned(),
        results: vec![refused, unknown],
        ..plain.clone()
    };
    vec![plain, other]
}
