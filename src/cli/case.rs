//! `case list`, `show`, `restrict` and `unrestrict`: what is known of a child's case, and who must not have it.

use super::person::By;
use super::show::{Cell, Sheet, Table, list};
use super::{Context, Failure, held, open, outbox};
use crate::casework::panel::ClockRule;
use crate::casework::{Address, CaseRef, FieldId, Redacted, Ref};
use crate::config::{Config, ROLES, role_of};
use crate::daemon::{care_leaver, set_clock};
use crate::store::{
    Case, CaseState, EntryState, ItemState, LegalHoldDetail, Line, Person, RestrictionDetail, RestrictionId,
    RestrictionSubject, Store, View,
};
use anyhow::anyhow;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// Without --review a restriction is looked at again after so many months.
const REVIEW_MONTHS: i32 = 3;

/// A clock that begins further away than this is a slip of the pen.
const MOST_DAYS: i32 = 366;

/// What the mails themselves say of a child, so that holding back its papers would hide none of it.
const IN_EVERY_MAIL: &[FieldId] = &[
    FieldId::ChildName,
    FieldId::DateOfBirth,
    FieldId::LcsNumber,
    FieldId::NhsNumber,
    FieldId::RiskRating,
    FieldId::Outcome,
    FieldId::RiskTypes,
    FieldId::RiskFactors,
    FieldId::LeadProfessional,
];

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// The open cases of every panel, without names.
    List,
    /// Everything known of a case. Shows names.
    Show {
        /// Which: R-0042.
        case: CaseRef,
    },
    /// Keeps a case from a role or a person, or a field of its form from everybody; this beats every rule (SY-40).
    Restrict(RestrictArguments),
    /// Lifts a restriction.
    Unrestrict {
        /// Of which case: R-0042.
        case: CaseRef,
        /// Its id, as `case show` shows it.
        id: String,
    },
    /// Starts a clock of which no paper tells the beginning, or stops it: the worker and the team manager are reminded (SH-18,
    /// S0-08, SY-32, SY-33).
    Clock(ClockArguments),
    /// Says whether a young person of 18 or over is a care leaver; of one it is asked whom else to invite (SY-36).
    CareLeaver {
        /// Which: R-0042.
        case: CaseRef,
        /// Is it one?
        #[arg(value_parser = ["yes", "no"])]
        answer: String,
        #[command(flatten)]
        by: By,
    },
    /// A legal hold: retention destroys nothing about the case until it is lifted.
    Hold(HoldArguments),
    /// Lifts every legal hold on a case.
    Unhold {
        /// Which: R-0042.
        case: CaseRef,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ClockArguments {
    /// Which: R-0042.
    case: CaseRef,
    /// The rule: SH-18 (from the decision), S0-08 (from when an NRM referral is considered), SY-32 (from the last review), SY-33 (from the move).
    #[arg(long, value_name = "RULE")]
    rule: String,
    /// The day it runs from.
    #[arg(long, value_name = "DATE", required_unless_present = "stop")]
    from: Option<Date>,
    /// Stops it: what it was for is done.
    #[arg(long, conflicts_with = "from")]
    stop: bool,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, clap::Args)]
pub(super) struct HoldArguments {
    /// Which: R-0042.
    case: CaseRef,
    /// Why; kept sealed, shown by `case show`.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, clap::Args)]
pub(super) struct RestrictArguments {
    /// Which: R-0042.
    case: CaseRef,
    #[command(flatten)]
    subject: Subject,
    /// Why; kept sealed, shown by `case show`.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// When a person looks at it again [default: in three months].
    #[arg(long, value_name = "DATE")]
    review: Option<Date>,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Subject {
    /// Nobody in this role, as the directory names it.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Not this person, at any of their addresses.
    #[arg(long, value_name = "ADDRESS")]
    person: Option<Address>,
    /// This field of the form: papers that say it are sent to nobody.
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let config = context.config()?;
    open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        match verb {
            Verb::List => {
                let table = open_cases(&mut store.read().await?, &config).await?;
                table.print(context.out, "No case is open.")
            }
            Verb::Show { case } => {
                let mut view = store.read().await?;
                let case = find(&mut view, *case).await?;
                sheet(&mut view, &case).await?.print(context.out)
            }
            Verb::Clock(arguments) => clock(context, &config, &store, arguments).await,
            Verb::CareLeaver { case, answer, by } => {
                let mut daemon = open::daemon(&config, store.clone(), open::chance()?)?;
                let is_one = answer == "yes";
                care_leaver(&mut daemon, *case, is_one, (&by.name()?, ""), context.clock.now()).await?;
                let what =
                    if is_one { "a care leaver: whom else to invite is asked by mail" } else { "no care leaver" };
                context.out.text(&format!("{case} is {what}.\n"))?;
                Ok(())
            }
            Verb::Hold(arguments) => hold(context, &store, arguments).await,
            Verb::Unhold { case } => {
                let mut tx = store.begin(context.clock.now()).await?;
                find(&mut tx, *case).await?;
                let lifted = tx.lift_legal_holds(*case).await?;
                let reason = format!("{lifted} legal hold(s) lifted: retention applies again");
                tx.journal(Line {
                    event: "case.unheld",
                    rule: Some("OP-07".into()),
                    reason,
                    refs: vec![Ref::Case(*case)],
                });
                tx.commit().await?;
                Ok(context.out.text(&format!("{lifted} legal hold(s) on {case} lifted: retention applies again.\n"))?)
            }
            Verb::Restrict(arguments) => restrict(context, &store, arguments).await,
            Verb::Unrestrict { case, id } => {
                lift(&store, *case, &RestrictionId::from(id.as_str()), context.clock.now()).await?;
                let mut sheet = Sheet::new(format!("The restriction on {case} is lifted."));
                sheet.fact(
                    "what follows",
                    "papers it held back go with the next supplement; mail it stopped stays held",
                );
                sheet.print(context.out)
            }
        }
    })
}

async fn clock(context: &Context, config: &Config, store: &Store, arguments: &ClockArguments) -> Result<(), Failure> {
    let case = find(&mut store.read().await?, arguments.case).await?;
    if case.state != CaseState::Open {
        return Err(Failure::Usage(format!("{} is closed: no clock runs for it", case.number)));
    }
    let clocks = config.panels.get(&case.panel).map(|panel| panel.timers.clocks.as_slice()).unwrap_or_default();
    let Some(timer) = clocks.iter().find(|timer| timer.rule.as_str().eq_ignore_ascii_case(&arguments.rule)) else {
        let known = clocks.iter().map(|timer| timer.rule.as_str()).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {known}") };
        return Err(Failure::Usage(format!("{} has no clock `{}`: {known}", case.panel, arguments.rule)));
    };
    let (rule, today) = (timer.rule, context.today());
    if arguments.from.is_some_and(|day| (day - today).get_days().abs() > MOST_DAYS) {
        return Err(Failure::Usage("--from is more than a year away: is it the right year?".to_owned()));
    }
    let before =
        set_clock(store, case.number, (rule, arguments.from), arguments.by.name()?, context.clock.now()).await?;
    let mut sheet = Sheet::new(match (arguments.from, before) {
        (Some(_), _) => format!("{} runs for {}.", rule.as_str(), case.number),
        (None, Some(_)) => format!("{} no longer runs for {}.", rule.as_str(), case.number),
        (None, None) => format!("{} did not run for {}.", rule.as_str(), case.number),
    });
    if let Some(from) = arguments.from {
        sheet.fact("from", from);
        sheet.fact("due by", crate::casework::calendar::review::after(from, timer.after));
    }
    sheet.fact("before", before);
    sheet.print(context.out)
}

async fn hold(context: &Context, store: &Store, arguments: &HoldArguments) -> Result<(), Failure> {
    let mut tx = store.begin(context.clock.now()).await?;
    let case = find(&mut tx, arguments.case).await?;
    let detail = LegalHoldDetail {
        reason: Redacted::new(arguments.reason.clone()),
        by: Some(Redacted::new(arguments.by.name()?)),
    };
    tx.set_legal_hold(&case, &detail).await?;
    tx.journal(Line {
        event: "case.held",
        rule: Some("OP-07".into()),
        reason: "a legal hold: retention destroys nothing about it".to_owned(),
        refs: vec![Ref::Case(case.number)],
    });
    tx.commit().await?;
    let text = format!("Nothing about {} is destroyed until `dutyclerk case unhold {0}`.\n", case.number);
    Ok(context.out.text(&text)?)
}

pub(super) async fn find(view: &mut View, number: CaseRef) -> Result<Case, Failure> {
    let found = view.case(number).await?;
    Ok(found.ok_or_else(|| anyhow!("there is no case {number}: `dutyclerk case list` shows those there are"))?)
}

async fn open_cases(view: &mut View, config: &Config) -> Result<Table, Failure> {
    let columns = &["case", "panel", "opened", "rating", "last heard", "review due", "next meeting"];
    let mut table = Table::new("Open cases", columns);
    for panel in config.panels.keys() {
        for case in view.open_cases(panel).await? {
            let items = view.open_items_of_case(case.number).await?;
            let next = items.iter().find(|row| row.state == ItemState::Listed);
            table.row([
                case.number.into(),
                panel.into(),
                case.opened_at.into(),
                case.facts.open()?.rating.into(),
                case.last_heard.into(),
                case.review_due.into(),
                next.map(|row| &row.meeting).into(),
            ]);
        }
    }
    Ok(table)
}

async fn sheet(view: &mut View, case: &Case) -> Result<Sheet, Failure> {
    let (number, child, facts) = (case.number, case.details.open()?, case.facts.open()?);
    let mut sheet = Sheet::new(format!("{number}: {}", child.name.reveal()));
    sheet.fact("also known as", list(child.aliases.iter().map(Redacted::reveal)));
    sheet.fact("born", child.date_of_birth.as_ref().map(|day| *day.reveal()));
    sheet.fact("LCS number", child.lcs_number.map(Redacted::into_inner));
    sheet.fact("NHS number", child.nhs_number.map(Redacted::into_inner));
    sheet.fact("panel", &case.panel);
    sheet.fact("state", case.state.as_str());
    sheet.fact("opened", case.opened_at);
    sheet.fact("closed", case.closed_at);
    sheet.fact("rating", facts.rating);
    sheet.fact("risk types", list(facts.risk_types));
    sheet.fact("assessed on", facts.assessed_on);
    sheet.fact("caseworker", person(facts.caseworker.as_ref()));
    sheet.fact("manager", person(facts.manager.as_ref()));
    sheet.fact("lead professional", person(facts.lead_professional.as_ref()));
    sheet.fact("GP", facts.gp.map(Redacted::into_inner));
    sheet.fact("GP picked", facts.gp_pick.map(Redacted::into_inner));
    sheet.fact("linked children", list(facts.linked));
    sheet.fact("pathway start", case.pathway_start);
    let clock = |(rule, from): (&ClockRule, &Date)| {
        let by = facts.clocks_by.get(rule).map(|by| format!(" (by {})", by.reveal())).unwrap_or_default();
        format!("{} from {from}{by}", rule.as_str())
    };
    sheet.fact("clocks", list(facts.clocks.iter().map(clock)));
    sheet.fact("last heard", case.last_heard);
    let provisional = if case.review_provisional { " (nobody confirmed it yet)" } else { "" };
    sheet.fact("review due", case.review_due.map(|day| format!("{day}{provisional}")));
    sheet.table(restrictions(view, number).await?);
    let mut heard = Table::new("Meetings", &["meeting", "section", "state", "rule", "since"]);
    for row in view.items_of_case(number).await? {
        let (section, state) = (super::meeting::words(&row.section), Cell::of(&row.state));
        heard.row([(&row.meeting).into(), section.into(), state, (&row.rule).into(), row.added_at.into()]);
    }
    sheet.table(heard);
    sheet.table(actions(view, number).await?);
    let documents = view.documents_of_case(number).await?;
    sheet.table(held::papers(documents.iter())?);
    sheet.table(invitations(view, number).await?);
    let entries = view.entries_of_case(number).await?;
    sheet.table(outbox::table(view, "Mails", &entries).await?);
    sheet.table(held::table("Held", &view.held_of_case(number).await?));
    sheet.table(obligations(view, number).await?);
    Ok(sheet)
}

/// What meetings agreed, and how it stands (SY-44).
async fn actions(view: &mut View, case: CaseRef) -> Result<Table, Failure> {
    let mut table = Table::new("Actions", &["action", "who", "by when", "status", "agreed at", "last looked at"]);
    for row in view.actions_of_case(case).await? {
        let said = row.detail.open()?.action;
        let text = if said.sensitive { "(kept apart, SY-21)".to_owned() } else { said.text.into_inner() };
        let by = row.due.map_or_else(|| said.by.map(Redacted::into_inner).into(), Cell::Day);
        table.row([
            text.into(),
            said.who.map(Redacted::into_inner).into(),
            by,
            row.state.as_str().to_uppercase().into(),
            (&row.meeting).into(),
            (&row.looked_at).into(),
        ]);
    }
    Ok(table)
}

fn person(person: Option<&Person>) -> Cell {
    let Some(person) = person else { return Cell::None };
    let name = person.name.as_ref().map(|name| name.reveal().clone());
    let address = person.address.as_ref().map(|address| format!("<{address}>"));
    list(name.into_iter().chain(address))
}

pub(super) async fn restrictions(view: &mut View, case: CaseRef) -> Result<Table, Failure> {
    let mut table = Table::new("Restrictions", &["id", "kept from", "who or what", "why", "by", "since", "look again"]);
    for restriction in view.restrictions(case).await? {
        let detail = restriction.detail.open()?;
        let kept_from = match restriction.subject {
            RestrictionSubject::Role => "a role",
            RestrictionSubject::Person => "a person",
            RestrictionSubject::Field => "everybody: a field",
        };
        table.row([
            Cell::of(&restriction.id),
            kept_from.into(),
            detail.value.into_inner().into(),
            detail.reason.into_inner().into(),
            detail.by.map(Redacted::into_inner).into(),
            restriction.created_at.into(),
            restriction.review_on.into(),
        ]);
    }
    Ok(table)
}

/// A case's invitations, by time; addresses are shown to the operator.
pub(super) async fn invitations(view: &mut View, case: CaseRef) -> Result<Table, Failure> {
    let mut table = Table::new("Invitations", &["meeting", "starts", "to", "state", "sequence", "answer", "mail"]);
    for invitation in view.invitations_of_case(case).await? {
        let starts = invitation.starts.strftime("%a %-d %b %Y %H:%M").to_string();
        table.row([
            invitation.meeting.as_ref().into(),
            starts.into(),
            Cell::of(&invitation.attendee.open()?.address),
            Cell::of(&invitation.state),
            invitation.sequence.into(),
            invitation.partstat.map(|(answer, _)| answer).into(),
            invitation.last_entry.into(),
        ]);
    }
    Ok(table)
}

pub(super) async fn obligations(view: &mut View, case: CaseRef) -> Result<Table, Failure> {
    let mut table = Table::new("Obligations", &["what", "owner", "due", "rule", "state"]);
    for owed in view.obligations_of_case(case).await? {
        let what = owed.what.kind.replace('_', " ");
        let (owner, state) = (Cell::of(&owed.what.owner), Cell::of(&owed.state));
        table.row([what.into(), owner, owed.what.due_at.into(), owed.what.rule.into(), state]);
    }
    Ok(table)
}

async fn restrict(context: &Context, store: &Store, arguments: &RestrictArguments) -> Result<(), Failure> {
    let (today, now, number) = (context.today(), context.clock.now(), arguments.case);
    if arguments.reason.trim().is_empty() {
        return Err(Failure::Usage("a restriction needs a reason: --reason TEXT".to_owned()));
    }
    let review = arguments.review.unwrap_or_else(|| today.saturating_add(REVIEW_MONTHS.months()));
    if review <= today {
        return Err(Failure::Usage(format!("--review {review} is not a day to come")));
    }
    let mut sheet = Sheet::new(format!("{number} is restricted."));
    let mut view = store.read().await?;
    let case = find(&mut view, number).await?;
    let (subject, value, words) = subject(&mut view, &arguments.subject, today, &mut sheet).await?;
    mails_that_say_it(&mut view, number, subject, &value, &mut sheet).await?;
    drop(view);
    let detail = RestrictionDetail {
        value: Redacted::new(value),
        reason: Redacted::new(arguments.reason.trim().to_owned()),
        by: Some(Redacted::new(arguments.by.name()?)),
    };
    let mut tx = store.begin(now).await?;
    let id = tx.restrict(&case, subject, &detail, Some(review)).await?;
    tx.journal(Line {
        event: "case.restricted",
        rule: Some("SY-40".into()),
        reason: format!("a person kept {number} from {words}; to be looked at again by {review}"),
        refs: vec![Ref::Case(number)],
    });
    tx.commit().await?;
    sheet.fact("id", id.to_string());
    sheet.fact("kept from", words);
    sheet.fact("look again", review);
    sheet.print(context.out)
}

/// Whom or what, as it is stored, and in words that name nobody.
async fn subject(
    view: &mut View,
    subject: &Subject,
    today: Date,
    sheet: &mut Sheet,
) -> Result<(RestrictionSubject, String, String), Failure> {
    if let Some(written) = &subject.role {
        let Some(role) = role_of(written) else {
            return Err(Failure::Usage(format!("`{written}` is no role. Roles: {}", ROLES.join(", "))));
        };
        return Ok((RestrictionSubject::Role, role.to_string(), format!("the role {role}")));
    }
    if let Some(address) = &subject.person {
        let directory = view.directory().await?;
        let entry = directory.as_ref().and_then(|(_, directory)| directory.find(address, today));
        match entry {
            None => sheet.warn("that address is not in the directory today; the restriction holds all the same"),
            Some(entry) if entry.email != *address => {
                sheet.warn(format!("that person is written to at {}: the restriction names that address", entry.email));
            }
            Some(_) => {}
        }
        let address = entry.map_or(address, |entry| &entry.email);
        return Ok((RestrictionSubject::Person, address.to_string(), "one person".to_owned()));
    }
    let written = subject.field.as_deref().unwrap_or_default();
    let Some(field) = FieldId::ALL.iter().find(|id| id.as_str() == written) else {
        let known: Vec<&str> =
            FieldId::ALL.iter().filter(|id| !IN_EVERY_MAIL.contains(id)).map(|id| id.as_str()).collect();
        return Err(Failure::Usage(format!("`{written}` is no field of a form. Fields: {}", known.join(", "))));
    };
    if IN_EVERY_MAIL.contains(field) {
        let message = format!(
            "{field} stands in the mails themselves, so holding back papers would not hide it: restrict the case by \
             --role or --person instead"
        );
        return Err(Failure::Usage(message));
    }
    sheet.warn(format!("papers that say {field} go to nobody; the child stays listed, \"paper to follow\""));
    Ok((RestrictionSubject::Field, field.to_string(), format!("everybody as to the field {field}")))
}

/// What has gone cannot be called back, and what is frozen waits for a person: both should be known.
async fn mails_that_say_it(
    view: &mut View,
    case: CaseRef,
    subject: RestrictionSubject,
    value: &str,
    sheet: &mut Sheet,
) -> Result<(), Failure> {
    let (mut gone, mut waiting) = (Vec::new(), Vec::new());
    for entry in view.entries_of_case(case).await? {
        let Some(envelope) = entry.envelope.kept()? else { continue };
        let has = match subject {
            RestrictionSubject::Role => envelope.to.iter().any(|to| to.role.as_str() == value),
            RestrictionSubject::Person => envelope.to.iter().any(|to| to.address.as_str() == value),
            RestrictionSubject::Field => !view.documents_of_entry(entry.number).await?.is_empty(),
        };
        let name = || format!("{} ({})", entry.number, entry.kind);
        match entry.state {
            _ if !has => {}
            EntryState::Settled | EntryState::AtTheDot => gone.push(name()),
            EntryState::Queued | EntryState::Sending => waiting.push(name()),
            EntryState::Held | EntryState::Cancelled | EntryState::Expired => {}
        }
    }
    if !gone.is_empty() {
        sheet.warn(format!("already sent and not to be called back: {}", gone.join(", ")));
    }
    if !waiting.is_empty() {
        sheet.warn(format!(
            "frozen before the restriction, so held instead of sent, for all on it: {}",
            waiting.join(", ")
        ));
    }
    Ok(())
}

async fn lift(store: &Store, case: CaseRef, id: &RestrictionId, now: Timestamp) -> Result<(), Failure> {
    let mut tx = store.begin(now).await?;
    find(&mut tx, case).await?;
    if !tx.restrictions(case).await?.iter().any(|restriction| restriction.id == *id) {
        return Err(
            anyhow!("no restriction {id} is in force on {case}: `dutyclerk case show {case}` lists them").into()
        );
    }
    tx.lift_restriction(id).await?;
    tx.journal(Line {
        event: "case.unrestricted",
        rule: Some("SY-40".into()),
        reason: format!("a person lifted a restriction on {case}"),
        refs: vec![Ref::Case(case)],
    });
    tx.commit().await?;
    Ok(())
}
