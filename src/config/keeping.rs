//! `[alerts]`, `[schedule]`, `[retention]` and `[disk]` of dutyclerk.toml: what the program does by itself, and how it
//! reaches a person when the mailboxes or the mail server are what fails.

use super::document::Document;
use super::problem::Problem;
use crate::casework::Address;
use crate::casework::calendar::Timetable;
use crate::inbound::mailbox::Tls;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The way to a person that depends on no duty mailbox and not on the way mail leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertSettings {
    /// Every alert about the program is appended here; `alerts.log` in the state folder unless given.
    pub file: PathBuf,
    /// Program and arguments, run with the title as last argument and the text as standard input: a pager, a text message.
    pub command: Vec<String>,
    /// A mail server of its own.
    pub smtp: Option<AlertServer>,
}

/// A mail server for alerts about the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertServer {
    /// Its certificate bears this name.
    pub host: String,
    /// 465 for implicit TLS, 587 for STARTTLS, unless given.
    #[serde(default)]
    pub port: Option<u16>,
    /// `implicit` or `starttls`; there is no third way.
    #[serde(default = "starttls")]
    pub tls: Tls,
    /// Login name; none for a server that asks for no login.
    #[serde(default)]
    pub user: Option<String>,
    /// A file that holds the password and nothing else.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// PEM certificates to trust instead of the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Sender.
    pub from: Address,
    /// Who is told.
    pub to: Vec<Address>,
}

fn starttls() -> Tls {
    Tls::Starttls
}

/// When the jobs run, as cron expressions of six fields on London's clock; `never` for not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScheduleSettings {
    /// The digest to each panel's owner; on days that are no working days of the panel it is left out.
    pub digest: String,
    /// The ledger is compared with the mail servers.
    pub reconcile: String,
    /// Does the bank-holiday table reach far enough?
    pub holidays: String,
    /// What is no longer needed is destroyed.
    pub retention: String,
    /// Reconciling looks at mail that arrived in the last so many days.
    pub reconcile_days: u32,
}

impl Default for ScheduleSettings {
    fn default() -> Self {
        Self {
            digest: "0 0 9 * * MON-FRI".to_owned(),
            reconcile: "0 30 3 * * *".to_owned(),
            holidays: "0 30 8 * * MON".to_owned(),
            retention: "0 30 4 * * *".to_owned(),
            reconcile_days: 14,
        }
    }
}

impl ScheduleSettings {
    /// One of them, read; none for `never`. An expression that cannot be read was refused when the file was loaded.
    pub fn timetable(text: &str) -> Option<Timetable> {
        text.parse().ok()
    }
}

/// How long working copies are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    /// A closed case's papers, readings and mails are destroyed so many days after the last thing that happened to it, a
    /// message about no case so many days after it was decided.
    pub working_copies_days: u32,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { working_copies_days: 30 }
    }
}

/// Room the state folder's disk must have, in MiB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiskSettings {
    /// Below it a person is told.
    pub warn_below_mib: u64,
    /// Below it nothing is taken in or sent.
    pub stop_below_mib: u64,
}

impl Default for DiskSettings {
    fn default() -> Self {
        Self { warn_below_mib: 2048, stop_below_mib: 256 }
    }
}

/// The four tables as the file has them.
pub(super) struct Keeping<'a> {
    pub(super) alerts: &'a AlertSettings,
    pub(super) schedule: &'a ScheduleSettings,
    pub(super) retention: &'a RetentionSettings,
    pub(super) disk: &'a DiskSettings,
}

/// What is wrong with them.
pub(super) fn problems(document: &Document<'_>, keeping: &Keeping<'_>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |path: &str, message: String, help: &str| found.push(document.problem(path, message, help));
    let schedule = keeping.schedule;
    for (name, text) in [
        ("digest", &schedule.digest),
        ("reconcile", &schedule.reconcile),
        ("holidays", &schedule.holidays),
        ("retention", &schedule.retention),
    ] {
        if text.trim() != "never"
            && let Err(error) = text.parse::<Timetable>()
        {
            say(&format!("schedule.{name}"), format!("`{text}`: {error}"), error.help());
        }
    }
    if !(1..=366).contains(&schedule.reconcile_days) {
        let help = "Write days from 1 to 366; 14 unless given.";
        say("schedule.reconcile_days", "that is no time to look back".to_owned(), help);
    }
    if !(7..=3650).contains(&keeping.retention.working_copies_days) {
        let help = "Write days from 7 (minutes may be challenged for a working week, S0-02) to 3650; 30 unless given.";
        say("retention.working_copies_days", "working copies cannot be kept so long or so short".to_owned(), help);
    }
    if keeping.disk.stop_below_mib >= keeping.disk.warn_below_mib {
        let help = "Write a larger warn_below_mib, so that somebody is told before the program stops.";
        say("disk.stop_below_mib", "the program would stop before it warns".to_owned(), help);
    }
    if keeping.alerts.command.first().is_some_and(|program| !program.starts_with('/')) {
        let help = "Write the program with its whole path: command = [\"/usr/local/bin/page-duty\"].";
        say("alerts.command", "the command is not a whole path".to_owned(), help);
    }
    if let Some(server) = &keeping.alerts.smtp {
        if server.host.trim().is_empty() || server.host.contains(['/', ':', ' ']) {
            let help = "Write the server's name alone; the port has its own key.";
            say("alerts.smtp.host", format!("`{}` is not a host name", server.host), help);
        }
        if server.to.is_empty() {
            say("alerts.smtp.to", "nobody would be told".to_owned(), "Write to = [\"duty@authority.example\"].");
        }
        if server.user.is_some() != server.password_file.is_some() {
            let help = "Write both user and password_file, or neither for a server that asks for no login.";
            say("alerts.smtp", "a login needs a user and a password_file".to_owned(), help);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, MAIN_FILE, shipped};

    fn problems(more: &str) -> Vec<String> {
        let folder = crate::config::tests::folder(&[(MAIN_FILE, &format!("{}\n{more}\n", shipped::DUTYCLERK))]);
        let prefix = format!("{}/", folder.path().display());
        match Config::load(folder.path()) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems.iter().map(|p| p.to_string().replace(&prefix, "")).collect(),
        }
    }

    #[test]
    fn a_schedule_is_checked_when_it_is_read_and_its_line_named() {
        assert_eq!(problems(""), [""; 0]);
        assert_eq!(problems("[schedule]\ndigest = \"never\"\nreconcile = \"0 0 4 * * *\""), [""; 0]);
        let lines = shipped::DUTYCLERK.lines().count();
        let found = problems("[schedule]\ndigest = \"0 0 9 * * 1-5\"\nretention = \"0 30 1 * * *\"");
        assert_eq!(found.len(), 2, "{found:?}");
        let line = lines + 3;
        assert!(
            found[0].contains(&format!("dutyclerk.toml:{line}")) || found[0].contains(&line.to_string()),
            "{found:?}"
        );
        assert!(found[0].contains("1 would be Sunday") && found[0].contains("MON-FRI"), "{found:?}");
        assert!(found[1].contains("clocks change"), "{found:?}");
    }

    #[test]
    fn what_would_stop_without_a_warning_or_tell_nobody_is_refused() {
        let found = problems("[disk]\nwarn_below_mib = 10\nstop_below_mib = 10");
        assert!(found.len() == 1 && found[0].contains("before it warns"), "{found:?}");
        let found = problems("[alerts]\ncommand = [\"page-duty\"]");
        assert!(found.len() == 1 && found[0].contains("whole path"), "{found:?}");
        let found = problems("[alerts.smtp]\nhost = \"mail.example\"\nfrom = \"a@b.example\"\nto = []\nuser = \"a\"");
        assert_eq!(found.len(), 2, "{found:?}");
        let found = problems("[retention]\nworking_copies_days = 1");
        assert!(found.len() == 1 && found[0].contains("S0-02"), "{found:?}");
    }
}
