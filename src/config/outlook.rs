//! What `check` says beyond errors: what the next eighteen months hold, and who is missing from the directory.

use super::problem::Problem;
use super::{Config, MAIN_FILE};
use crate::casework::calendar::{Meeting, WarningCode, civil};
use crate::casework::directory::Directory;
use crate::casework::panel::{Approval, Profile};
use crate::casework::{PanelId, RoleId, is_slip_of};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How far `check` looks ahead, in months.
pub const MONTHS_AHEAD: i32 = 18;

/// How many dates a warning names before it only counts.
const MOST_DATES: usize = 6;

/// Everything doubtful about a configuration as seen on a day.
pub fn look(config: &Config, today: Date) -> Vec<Problem> {
    let main = config.folder.join(MAIN_FILE).display().to_string();
    let mut found = Vec::new();
    if !config.holidays.reaches_a_year_beyond(today) {
        let message = match config.holidays.horizon() {
            Some(horizon) => format!("the bank holidays end with {horizon}, less than twelve months ahead"),
            None => "there are no bank holidays".to_owned(),
        };
        let help = "Fetch https://www.gov.uk/bank-holidays.json into the configuration folder.";
        found.push(Problem::warning("bank-holidays.json", message, help));
    }
    for mailbox in config.mailboxes.iter().filter(|mailbox| mailbox.authserv_id.is_none()) {
        let message =
            format!("the mailbox `{}` has no authserv_id: senders in allowed domains are believed", mailbox.id);
        let help = "Write the authserv-id your mail server puts in its Authentication-Results header.";
        found.push(Problem::warning(&main, message, help));
    }
    let trusted: BTreeSet<&str> = config.trusted_domains().map(|domain| domain.trim_start_matches("*.")).collect();
    let pairs = trusted.iter().flat_map(|one| trusted.range(*one..).skip(1).map(move |other| (*one, *other)));
    for (one, other) in pairs.filter(|(one, other)| is_slip_of(one, other)) {
        let message =
            format!("the domains `{one}` and `{other}` are both trusted, and look alike: one may be a slip (SY-40)");
        let help = "If one of them is not somebody's, remove it: papers about children may go to it.";
        found.push(Problem::warning(&main, message, help));
    }
    if config.send.sink == super::Sink::Smtp && config.send.journal.is_none() {
        let help = "Name a mailbox of your own as [send.journal]: its copy proves what a broken connection leaves unknown; \
                    without it such a mail is held for a person.";
        found.push(Problem::warning(&main, "mail goes to a server and no journal mailbox is named", help));
    }
    if !config.oauth.is_empty() && config.alerts.command.is_empty() && config.alerts.smtp.is_none() {
        let help =
            "Name a command or a mail server of another provider under [alerts]: without a token mail cannot tell it.";
        found.push(Problem::warning(&main, "nobody is told by another way when no token is given", help));
    }
    for profile in config.panels.values() {
        let file = panel_file(&profile.id);
        if !profile.health.roles.is_empty() && profile.health.basis.is_none() {
            let help = "Name the clause of the sharing agreement as health.basis, or remove the roles (MC-10).";
            let message = "health roles are named without a basis: no health copy goes";
            found.push(Problem::warning(&file, message, help));
        }
        let unchecked = |m: &&super::Mailbox| profile.mailboxes.contains(&m.id) && m.authserv_id.is_none();
        if profile.approval == Approval::Required && config.mailboxes.iter().any(|m| unchecked(&m)) {
            let message = format!(
                "{}: its packs are to be approved, and cannot be by mail: a mailbox has no authserv_id",
                profile.id
            );
            let help = "Write the mailbox's authserv_id, or approve with `dutyclerk outbox approve` (MC-33).";
            found.push(Problem::warning(&file, message, help));
        }
        if !config.mailboxes.iter().any(|m| profile.mailboxes.contains(&m.id) && m.address == profile.from) {
            let help = "Use the address of one of its mailboxes, so that answers come back to the panel.";
            found.push(Problem::warning(&file, format!("{}: `from` is none of its mailboxes", profile.id), help));
        }
    }
    let until = today.checked_add(MONTHS_AHEAD.months()).unwrap_or(Date::MAX);
    for (id, calendar) in &config.calendars {
        let meetings = calendar.meetings(today, until);
        if meetings.is_empty() {
            let help = "Look at the series: has it ended?";
            found.push(Problem::warning(
                panel_file(id),
                format!("{id}: no meeting in the next {MONTHS_AHEAD} months"),
                help,
            ));
        }
        for (code, what, help) in [
            (
                WarningCode::BankHoliday,
                "on a bank holiday or closure day",
                "Give each a replacement date: an exception in the panel's series (MC-13).",
            ),
            (
                WarningCode::EarlyPack,
                "with an early pack and a supplement",
                "Tell the chair and members; nothing else is needed (MC-12).",
            ),
            (WarningCode::NoReadingDay, "without a working day to read the pack", "Tell the chair (SH-03)."),
        ] {
            let days: Vec<Date> = meetings.iter().filter(|m| m.warns(code)).map(Meeting::day).collect();
            if !days.is_empty() {
                let n = days.len();
                let message = format!("{id}: {n} meeting{} {what}: {}", if n == 1 { "" } else { "s" }, in_words(&days));
                found.push(Problem::warning(panel_file(id), message, help));
            }
        }
    }
    found
}

fn panel_file(id: &PanelId) -> String {
    format!("panels/{id}.toml")
}

fn in_words(days: &[Date]) -> String {
    let named: Vec<String> = days.iter().take(MOST_DATES).map(|day| civil::day_in_words(*day)).collect();
    let more = days.len().saturating_sub(MOST_DATES);
    if more > 0 { format!("{} and {more} more", named.join(", ")) } else { named.join(", ") }
}

/// What a directory lacks. A panel without core members, or without anybody to alert, cannot work: an error. One role
/// without a holder: a warning.
pub fn look_at_directory(config: &Config, directory: &Directory, file: &str, today: Date) -> Vec<Problem> {
    let mut found = Vec::new();
    for profile in config.panels.values() {
        let held = |role: &RoleId| directory.of_panel(&profile.id, role, today).next().is_some();
        let missing: Vec<&str> = profile.core_roles.iter().filter(|role| !held(role)).map(RoleId::as_str).collect();
        if missing.len() == profile.core_roles.len() {
            let message = format!("{}: nobody in the directory holds a core role", profile.id);
            let help = format!("Add rows with the panel {} and the roles {}.", profile.id, missing.join(", "));
            found.push(Problem::error(file, message, help));
        } else if !missing.is_empty() {
            let message = format!("{}: nobody holds the core role {}", profile.id, missing.join(", "));
            let help = format!("Add rows with the panel {}, or the pack goes without them.", profile.id);
            found.push(Problem::warning(file, message, help));
        }
        let approvers = [RoleId::new("approver"), profile.alerts.chair.clone(), RoleId::new("deputy-chair")];
        if profile.approval == Approval::Required && !approvers.iter().any(&held) {
            let message =
                format!("{}: its packs are to be approved, and nobody in the directory can (MC-33)", profile.id);
            let help = format!(
                "Add a row with the panel {} and the role approver or chair, or write approval = \"automatic\" in its profile.",
                profile.id
            );
            found.push(Problem::error(file, message, help));
        }
        found.extend(alerts(profile, file, held));
        found.extend(health(profile, directory, file, today));
    }
    found
}

fn alerts(profile: &Profile, file: &str, held: impl Fn(&RoleId) -> bool) -> Vec<Problem> {
    let roles = [&profile.alerts.owner, &profile.alerts.deputy, &profile.alerts.chair];
    let missing: Vec<&str> = roles.iter().filter(|role| !held(role)).map(|role| role.as_str()).collect();
    let help = format!("Add rows with the panel {} and the roles {}.", profile.id, missing.join(", "));
    if missing.len() == roles.len() {
        vec![Problem::error(file, format!("{}: there is nobody to alert", profile.id), help)]
    } else if missing.is_empty() {
        Vec::new()
    } else {
        let message = format!("{}: nobody is alerted as {}", profile.id, missing.join(", "));
        vec![Problem::warning(file, message, help)]
    }
}

fn health(profile: &Profile, directory: &Directory, file: &str, today: Date) -> Vec<Problem> {
    if profile.health.basis.is_none() {
        return Vec::new();
    }
    let serves = |role: &RoleId| {
        directory.entries.iter().any(|entry| {
            entry.role == *role
                && entry.is_valid_on(today)
                && entry.authority.as_ref().is_none_or(|authority| *authority == profile.authority)
                && profile.area.as_ref().is_none_or(|area| entry.areas.is_empty() || entry.areas.contains(area))
        })
    };
    let missing: Vec<&str> = profile.health.roles.keys().filter(|role| !serves(role)).map(RoleId::as_str).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let message = format!("{}: no {} in the directory for its area", profile.id, missing.join(", "));
    vec![Problem::warning(file, message, "Add rows with the area, or health copies are held for a person.")]
}
