//! One panel's profile: read with what it builds on, and checked for sense. A fault is told where it stands, in the
//! panel's own file or in its base.

use super::document::{Document, Layers, Source, nearest};
use super::files::Files;
use super::problem::Problem;
use super::roles::{ROLES, is_role};
use crate::casework::calendar::{BadRule, BadSeries, BankHolidays, PanelCalendar};
use crate::casework::panel::{Cutoff, Interval, Profile, SectionId};
use crate::casework::{DomainPattern, PanelId, RoleId};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeSet;

/// Meetings ahead that members are invited to: a year of monthly ones.
const MOST_INVITATIONS: u8 = 12;
/// How deep `base` may go.
const MOST_BASES: usize = 4;

/// A profile that has been found good.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) profile: Profile,
    pub(super) calendar: PanelCalendar,
    /// The profiles it builds on.
    pub(super) bases: Vec<String>,
    /// Which `[[mailbox]]` it names is checked by the caller, who knows them; this places the complaint.
    pub(super) mailbox_problems: Vec<Problem>,
}

/// Is it a name a file and a URL can carry?
pub(super) fn is_plain_id(id: &str) -> bool {
    !id.is_empty()
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !id.starts_with('-')
        && !id.ends_with('-')
}

/// Is it a domain, or `*.` and a domain with a dot in it?
pub(super) fn is_plain_domain(pattern: &DomainPattern) -> bool {
    let domain = pattern.as_str().strip_prefix("*.").unwrap_or(pattern.as_str());
    format!("a@{domain}").parse::<crate::casework::Address>().is_ok()
}

/// Reads and checks a panel's profile.
///
/// # Errors
/// Everything found wrong with it.
pub(super) fn load(
    files: &Files,
    id: &PanelId,
    holidays: &BankHolidays,
    mailboxes: &[&str],
) -> Result<Loaded, Vec<Problem>> {
    let (sources, bases) = sources(files, id)?;
    let layers = Layers::new(sources);
    let mut document = Document::parse(&layers)?;
    document.remove("base");
    match document.text("id") {
        Some(written) if written != id.as_str() => {
            let message = format!("`id` is `{written}`, but the file is that of `{id}`");
            return Err(vec![document.problem("id", message, format!("Write id = \"{id}\", or leave it out."))]);
        }
        _ => document.default_text("id", id.as_str()),
    }
    let profile: Profile = document.read()?;
    let mut problems = nonsense(&document, &profile);
    let calendar = PanelCalendar::new(&profile, holidays);
    if let Err(error) = &calendar {
        problems.push(series_problem(&document, error));
    }
    let mailbox_problems: Vec<Problem> = profile
        .mailboxes
        .iter()
        .enumerate()
        .filter(|(_, mailbox)| !mailboxes.contains(&mailbox.as_str()))
        .map(|(i, mailbox)| {
            let message = format!("there is no mailbox `{mailbox}` in dutyclerk.toml");
            let help =
                format!("Add a [[mailbox]] with id = \"{mailbox}\" there. {}", nearest(mailbox.as_str(), mailboxes));
            document.problem(&format!("mailboxes.{i}"), message, help)
        })
        .collect();
    match calendar {
        Ok(calendar) if problems.is_empty() => Ok(Loaded { profile, calendar, bases, mailbox_problems }),
        _ => {
            problems.extend(mailbox_problems);
            Err(problems)
        }
    }
}

/// The profile's file and those it builds on, the deepest first.
fn sources(files: &Files, id: &PanelId) -> Result<(Vec<Source>, Vec<String>), Vec<Problem>> {
    let mut chain: Vec<Source> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut wanted = Some(id.as_str().to_owned());
    while let Some(name) = wanted.take() {
        if seen.contains(&name) || seen.len() > MOST_BASES {
            let help = "Let each profile build on one that stands on its own.";
            return Err(vec![Problem::error(
                format!("panels/{id}.toml"),
                format!("`base` goes round through `{name}`"),
                help,
            )]);
        }
        let Some(source) = files.panel(&name).map_err(|error| error.problems)? else {
            let ids = files.panel_ids();
            let known: Vec<&str> = ids.iter().map(String::as_str).collect();
            let file = format!("panels/{id}.toml");
            return Err(vec![Problem::error(file, format!("there is no profile `{name}`"), nearest(&name, &known))]);
        };
        let layers = Layers::new(vec![source.clone()]);
        wanted = Document::parse(&layers)?.text("base").map(str::to_owned);
        if let Some(base) = wanted.as_ref().filter(|base| !is_plain_id(base)) {
            let message = format!("`{base}` is not the id of a profile");
            let document = Document::parse(&layers)?;
            return Err(vec![document.problem(
                "base",
                message,
                "Write the id of another profile, e.g. \"surrey-rmm\".",
            )]);
        }
        seen.push(name);
        chain.push(source);
    }
    chain.reverse();
    seen.remove(0);
    Ok((chain, seen))
}

fn series_problem(document: &Document<'_>, error: &BadSeries) -> Problem {
    let (path, help) = match error {
        BadSeries::Rule(BadRule::StartNotInRule { .. }) => {
            ("series.start".to_owned(), "Write the date of the first meeting, or change the rule.".to_owned())
        }
        BadSeries::Rule(BadRule::NeverMatches) => {
            ("series.rrule".to_owned(), "Write a rule that gives dates, e.g. FREQ=WEEKLY;BYDAY=TU.".to_owned())
        }
        BadSeries::Rule(_) => (
            "series.rrule".to_owned(),
            "Write for example FREQ=WEEKLY;INTERVAL=2;BYDAY=TU, or FREQ=MONTHLY;BYDAY=1MO for the first Monday."
                .to_owned(),
        ),
        BadSeries::NoSuchMeeting { exception, .. } => (
            format!("series.exceptions.{exception}.date"),
            "Write the date the series gives the meeting; `dutyclerk calendar` lists them.".to_owned(),
        ),
        BadSeries::Undecided { exception, .. } => (
            format!("series.exceptions.{exception}"),
            "Write moved_to = \"2027-01-04T10:00\" or cancelled = true.".to_owned(),
        ),
        BadSeries::Together { exception, .. } => (
            format!("series.exceptions.{exception}.moved_to"),
            "Write another day or time, or cancelled = true instead: the children of a cancelled meeting go to the next one."
                .to_owned(),
        ),
        BadSeries::Twice { exception, .. } => {
            (format!("series.exceptions.{exception}.date"), "Keep one of them.".to_owned())
        }
    };
    document.problem(&path, error.to_string(), help)
}

/// Values that are well formed and make no sense.
fn nonsense(document: &Document<'_>, profile: &Profile) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |path: &str, message: String, help: &str| found.push(document.problem(path, message, help));

    for (path, text) in [
        ("name", &profile.name),
        ("short", &profile.short),
        ("authority_name", &profile.authority_name),
        ("emergency", &profile.emergency),
        ("location", &profile.location),
    ] {
        if text.trim().is_empty() {
            say(path, format!("`{path}` is empty"), &super::what_to_write::of(path));
        }
    }
    for (path, empty) in [
        ("domains", profile.domains.is_empty()),
        ("mailboxes", profile.mailboxes.is_empty()),
        ("accepts", profile.accepts.is_empty()),
        ("core_roles", profile.core_roles.is_empty()),
        ("scale", profile.scale.is_empty()),
    ] {
        if empty {
            say(path, format!("`{path}` is empty"), &super::what_to_write::of(path));
        }
    }
    for (i, pattern) in profile.domains.iter().enumerate().filter(|(_, pattern)| !is_plain_domain(pattern)) {
        let message = format!("`{}` is not a domain", pattern.as_str());
        say(&format!("domains.{i}"), message, "Write a domain such as surrey.example, or *.surrey.example.");
    }
    if let Cutoff::WorkingDaysBefore { days, .. } = profile.cutoff
        && !(1..=30).contains(&days)
    {
        say("cutoff.days", format!("a cut-off {days} working days before"), "Write 1 to 30 working days.");
    }
    if let Some(list) = &profile.list
        && !(1..=720).contains(&list.hours_before)
    {
        say("list.hours_before", format!("a list {} hours before", list.hours_before), "Write 1 to 720 hours.");
    }
    if profile.working_hours.start >= profile.working_hours.end {
        let help = "Write for example { start = \"09:00\", end = \"17:00\" }.";
        say("working_hours", "the working hours end before they begin".to_owned(), help);
    }
    if profile.core_invitations > MOST_INVITATIONS {
        let help = "Write 1 to 12 meetings, or 0 for no invitations: each is a mail for every core member.";
        say("core_invitations", format!("{} meetings in every member's calendar", profile.core_invitations), help);
    }
    if profile.session_minutes <= 0 {
        say("session_minutes", "the meeting has no minutes".to_owned(), "Write how long it takes, e.g. 180.");
    }
    sections(profile, &mut say);
    scale(profile, &mut say);
    roles(profile, &mut say);
    timers(profile, &mut say);
    found
}

type Say<'a> = &'a mut dyn FnMut(&str, String, &str);

fn sections(profile: &Profile, say: Say<'_>) {
    let mut seen = BTreeSet::new();
    for (i, section) in profile.sections.iter().enumerate() {
        if !seen.insert(section.id) {
            say(&format!("sections.{i}.id"), "this section stands twice".to_owned(), "Keep one of them.");
        }
        if !(0..=480).contains(&section.minutes) {
            let help = "Write 1 to 480 minutes, or 0 for a section that is only listed.";
            say(&format!("sections.{i}.minutes"), format!("a slot of {} minutes", section.minutes), help);
        }
    }
    for (id, name, why) in [
        (SectionId::New, "new", "children heard for the first time have no place"),
        (SectionId::Review, "review", "children due for review have no place"),
        (SectionId::Expected, "expected", "children whose papers have not come have no place (SH-05, MC-32)"),
    ] {
        if !seen.contains(&id) {
            let help = format!("Add [[sections]] with id = \"{name}\", a title and minutes.");
            say("sections", format!("there is no section `{name}`: {why}"), &help);
        }
    }
}

fn scale(profile: &Profile, say: Say<'_>) {
    let mut seen = BTreeSet::new();
    for (i, rating) in profile.scale.iter().enumerate() {
        if !seen.insert(rating.id.as_str()) {
            say(&format!("scale.{i}.id"), format!("the rating `{}` stands twice", rating.id), "Keep one of them.");
        }
        let Some(review) = rating.review else { continue };
        // In a February, the shortest month, a target must still not lie after the latest date.
        let reach = |interval| reach(date(2026, 2, 1), interval);
        if review.target.is_some_and(|target| reach(target) > reach(review.latest)) {
            let help = "Write a target that is no longer than latest.";
            say(&format!("scale.{i}.review"), "the target lies after the latest date".to_owned(), help);
        }
        for interval in review.target.into_iter().chain([review.latest]) {
            if !is_positive(interval) {
                say(&format!("scale.{i}.review"), "an interval of no days".to_owned(), "Write 1 or more.");
            }
        }
    }
    if !is_positive(profile.assessment_age) {
        say("assessment_age", "an age of no days".to_owned(), "Write { days = 28 } or { months = 3 }.");
    }
    if let Some(fixed) = &profile.fixed_reviews
        && (fixed.then_every <= 0 || fixed.months.iter().any(|n| *n <= 0))
    {
        let help = "Write for example { months = [3, 6], then_every = 3 }.";
        say("fixed_reviews.months", "fixed reviews are counted in whole months from 1".to_owned(), help);
    }
}

fn timers(profile: &Profile, say: Say<'_>) {
    let timers = &profile.timers;
    let rated = timers.assessment.iter().flat_map(|timer| timer.while_rated.iter().enumerate());
    for (i, rating) in rated.filter(|(_, rating)| profile.rating(rating).is_none()) {
        let known: Vec<&str> = profile.scale.iter().map(|rating| rating.id.as_str()).collect();
        let message = format!("`{rating}` is not on the panel's scale");
        say(&format!("timers.assessment.while_rated.{i}"), message, &nearest(rating, &known));
    }
    if timers.template.is_some_and(|timer| !(1..=90).contains(&timer.days)) {
        say(
            "timers.template.days",
            "a template due in no days, or in months".to_owned(),
            "Write 1 to 90 calendar days.",
        );
    }
    for (i, timer) in timers.clocks.iter().enumerate() {
        if !is_positive(timer.after) {
            say(&format!("timers.clocks.{i}.after"), "due before its clock began".to_owned(), "Write 1 day or more.");
        }
        if timers.clocks.iter().take(i).any(|other| other.rule == timer.rule) {
            let rule = timer.rule.as_str();
            say(&format!("timers.clocks.{i}.rule"), format!("{rule} is there twice"), "Remove one of the two.");
        }
    }
    if timers.senior.as_ref().is_some_and(|timer| !(1..=60).contains(&timer.months)) {
        say("timers.senior.months", "a senior review after no months, or years".to_owned(), "Write 1 to 60 months.");
    }
}

fn is_positive(interval: Interval) -> bool {
    matches!(interval, Interval::Days(n) | Interval::Months(n) if n > 0)
}

fn reach(from: Date, interval: Interval) -> Date {
    let span = match interval {
        Interval::Days(n) => n.days(),
        Interval::Months(n) => n.months(),
    };
    from.checked_add(span).unwrap_or(Date::MAX)
}

fn roles(profile: &Profile, say: Say<'_>) {
    let mut named: Vec<(String, &RoleId)> = Vec::new();
    let list = |path: &str, roles: &'_ [RoleId]| -> Vec<(String, RoleId)> {
        roles.iter().enumerate().map(|(i, role)| (format!("{path}.{i}"), role.clone())).collect()
    };
    let core = list("core_roles", &profile.core_roles);
    let case = list("case_roles", &profile.case_roles);
    let initial = list("initial_roles", &profile.initial_roles);
    let quorum: Vec<(String, RoleId)> =
        profile.quorum.iter().enumerate().flat_map(|(i, set)| list(&format!("quorum.{i}"), set)).collect();
    named.extend(core.iter().chain(&case).chain(&initial).chain(&quorum).map(|(path, role)| (path.clone(), role)));
    named.extend(profile.health.roles.keys().map(|role| (format!("health.roles.{role}"), role)));
    let timers = &profile.timers;
    named.extend(
        timers.assessment.iter().filter_map(|t| Some(("timers.assessment.alert_by".to_owned(), t.alert_by.as_ref()?))),
    );
    named.extend(timers.health.iter().map(|t| ("timers.health.role".to_owned(), &t.role)));
    named.extend(timers.senior.iter().map(|t| ("timers.senior.role".to_owned(), &t.role)));
    named.push(("alerts.owner".to_owned(), &profile.alerts.owner));
    named.push(("alerts.deputy".to_owned(), &profile.alerts.deputy));
    named.push(("alerts.chair".to_owned(), &profile.alerts.chair));
    for (path, role) in named {
        if !is_role(role) {
            say(&path, format!("`{role}` is not a role"), &nearest(role.as_str(), ROLES));
        }
    }
    for (i, _) in profile.quorum.iter().enumerate().filter(|(_, set)| set.is_empty()) {
        say(&format!("quorum.{i}"), "nobody can make this part of the quorum".to_owned(), "Name a role, or remove it.");
    }
    let blank = profile.health.basis.as_ref().is_some_and(|basis| basis.trim().is_empty());
    if blank {
        let help =
            "Name the clause of the sharing agreement, or remove `basis`: without it no health copy goes (MC-10).";
        say("health.basis", "`basis` is empty".to_owned(), help);
    }
    if profile.health.basis.is_some() && profile.health.roles.is_empty() {
        let help = "Add [health.roles] with gp = \"paper\" and so on, or remove `basis`.";
        say("health", "health copies have a basis and no role to go to".to_owned(), help);
    }
}
