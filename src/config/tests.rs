use super::*;
use crate::casework::calendar::{WarningCode, civil};
use crate::casework::panel::{HealthContent, SectionId};
use crate::casework::{AuthorityId, RoleId};
use jiff::civil::date;

/// A configuration folder with the shipped main file and these files.
pub(super) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let all = [(MAIN_FILE, shipped::DUTYCLERK), ("directory.csv", shipped::DIRECTORY)];
    for (name, text) in all.iter().chain(files) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn load(files: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let folder = folder(files);
    let prefix = format!("{}/", folder.path().display());
    Config::load(folder.path())
        .map_err(|error| error.problems.iter().map(|p| p.to_string().replace(&prefix, "")).collect())
}

fn shipped() -> Config {
    load(&[]).unwrap()
}

/// The shipped main file with these panels, and a mailbox for each.
fn main_with(panels: &str) -> String {
    let rest = shipped::DUTYCLERK.split_once("[store]").unwrap().1.split_once("[[mailbox]]").unwrap().0;
    let mailboxes: String = panels
        .split(',')
        .map(|p| {
            let id = p.trim().trim_matches('"');
            format!(
                "[[mailbox]]\nid = \"{id}\"\naddress = \"{id}@x.example\"\nsource = \"maildir\"\npath = \"m/{id}\"\n"
            )
        })
        .collect();
    format!("panels = [{panels}]\nemergency = \"Ring 999.\"\n[store]{rest}{mailboxes}")
}

fn one<'a>(problems: &'a [String], start: &str) -> &'a str {
    problems.iter().find(|p| p.starts_with(start)).unwrap_or_else(|| panic!("no {start:?} in {problems:#?}"))
}

#[test]
fn the_shipped_configuration_is_as_the_procedures_say() {
    let config = shipped();
    let ids: Vec<&str> = config.panels.keys().map(PanelId::as_str).collect();
    assert_eq!(ids, ["st-helens-mace", "surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"]);
    let ne = &config.panels[&PanelId::new("surrey-rmm-ne")];
    assert_eq!((ne.authority.as_str(), ne.area.as_deref()), ("surrey", Some("North East")));
    let core: Vec<&str> = ne.core_roles.iter().map(RoleId::as_str).collect();
    assert_eq!(core, ["chair", "police", "education", "named-nurse-community", "camhs"], "SY-12");
    assert_eq!(ne.health.roles.len(), 5, "SY-08");
    assert!(ne.health.basis.is_some() && ne.health.roles.values().all(|c| *c == HealthContent::Paper), "MC-10");
    assert_eq!(ne.section(SectionId::Missing).unwrap().minutes, 10, "SY-15");
    assert!(ne.rating("experiencing").unwrap().very_high, "MC-22");
    let mace = &config.panels[&PanelId::new("st-helens-mace")];
    assert!(mace.health.basis.is_none(), "MC-10: off until a basis is named");
    assert_eq!(mace.fixed_reviews.as_ref().unwrap().months, [3, 6], "SH-06");
    assert_eq!(config.panel_of(&MailboxId::new("surrey-rmm-sw")).unwrap().id.as_str(), "surrey-rmm-sw");
    let may = |text: &str| config.is_allowed(&text.parse().unwrap());
    assert!(may("a@nhs.net") && may("a@x.police.uk") && may("a@surreycc.gov.uk") && may("a@acute.nhs.example"));
    assert!(!may("a@gmail.com") && !may("a@some.nhs.uk") && !may("a@catch22.example"));
}

#[test]
fn the_quadrants_meet_on_their_own_days() {
    let config = shipped();
    for (panel, first, days) in [
        ("st-helens-mace", "2025-01-14", 14),
        ("surrey-rmm-ne", "2025-01-13", 7),
        ("surrey-rmm-nw", "2025-01-14", 7),
        ("surrey-rmm-se", "2025-01-15", 7),
        ("surrey-rmm-sw", "2025-01-16", 7),
    ] {
        let meetings = config.calendars[&PanelId::new(panel)].meetings(date(2024, 1, 1), date(2025, 3, 1));
        assert_eq!(meetings[0].day().to_string(), first);
        assert_eq!(civil::local(meetings[0].starts_at).hour(), 10);
        assert_eq!((meetings[1].day() - meetings[0].day()).get_days(), days);
    }
}

#[test]
fn every_shipped_profile_is_either_good_or_says_what_it_needs() {
    for (id, _) in shipped::PANELS {
        let loaded = load(&[(MAIN_FILE, &main_with(&format!("\"{id}\"")))]);
        match *id {
            "st-helens-mace" | "surrey-rmm-ne" | "surrey-rmm-nw" | "surrey-rmm-se" | "surrey-rmm-sw" => {
                assert!(loaded.is_ok(), "{id}: {:?}", loaded.err());
            }
            "surrey-rmm" => assert!(one(&loaded.unwrap_err(), "panels/surrey-rmm.toml").contains("is missing")),
            _ => {
                let problems = loaded.unwrap_err();
                let cutoff = one(&problems, &format!("panels/{id}.toml (shipped):1:1: `cutoff` is missing"));
                assert!(cutoff.contains("BD-14") && cutoff.contains("[cutoff]\nrule ="), "{cutoff}");
            }
        }
    }
}

#[test]
fn bd_14_a_panel_works_once_its_cut_off_is_filled_in() {
    let profile = shipped::PANELS.iter().find(|(id, _)| *id == "blackburn-macse").unwrap().1;
    let filled = format!("{profile}\n[cutoff]\nrule = \"working-days-before\"\ndays = 5\n");
    let config =
        load(&[(MAIN_FILE, &main_with("\"blackburn-macse\"")), ("panels/blackburn-macse.toml", &filled)]).unwrap();
    let meetings = config.calendars[&PanelId::new("blackburn-macse")].meetings(date(2026, 11, 1), date(2026, 11, 30));
    assert_eq!(civil::rfc3339(meetings[0].cutoff_at), "2026-10-28T10:00:00+00:00");
}

#[test]
fn a_missing_main_file_is_told_and_nothing_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let error = Config::load(folder.path()).unwrap_err();
    assert!(error.to_string().contains("there is no such file. Give its folder with --config"), "{error}");
}

#[test]
fn the_folder_overrides_the_shipped_copies() {
    let mace = shipped::PANELS[0].1.replace("12:00", "13:30");
    let config = load(&[
        ("panels/st-helens-mace.toml", &mace),
        (
            "bank-holidays.json",
            r#"{"england-and-wales":{"division":"","events":[{"title":"One off","date":"2026-11-16"}]}}"#,
        ),
        ("forms/own-form.toml", "id = \"own-form\""),
        ("templates/agenda/subject.txt", "Agenda"),
    ])
    .unwrap();
    assert!(config.holidays.contains(date(2026, 12, 25)), "a newer file never shrinks the table");
    let meetings = config.calendars[&PanelId::new("st-helens-mace")].meetings(date(2026, 11, 17), date(2026, 11, 17));
    assert!(meetings[0].warns(WarningCode::EarlyPack), "the one-off holiday took the reading day");
    let meetings = config.calendars[&PanelId::new("st-helens-mace")].meetings(date(2026, 12, 1), date(2026, 12, 1));
    assert_eq!(civil::rfc3339(meetings[0].pack_at), "2026-11-27T13:30:00+00:00");
    let own = config.form_sources().iter().find(|form| form.id == "own-form").unwrap();
    assert_eq!(own.text, "id = \"own-form\"");
    assert_eq!(config.template_sources()[0].id, "agenda/subject.txt");
}

#[test]
fn paths_count_from_the_folder() {
    let folder = folder(&[]);
    let config = Config::load(folder.path()).unwrap();
    assert_eq!(config.store.database, folder.path().join("../state/dutyclerk.db"));
    assert_eq!(config.store.key_file, folder.path().join("../state/master.key"));
    assert_eq!(config.send.folder, folder.path().join("../state/out"));
    assert_eq!(config.mailboxes[0].path, folder.path().join("../mail/st-helens-mace"));
    assert_eq!(config.directory, Some(folder.path().join("directory.csv")));
}

fn line_of(text: &str, begins: &str) -> usize {
    1 + text.lines().position(|line| line.starts_with(begins)).unwrap()
}

#[test]
fn all_faults_of_the_main_file_are_told_at_once() {
    let text = shipped::DUTYCLERK
        .replacen("\"surrey-rmm-sw\"]", "\"surrey-rm-sw\"]", 1)
        .replacen("domain = \"nhs.net\"", "domain = \"nhs\"", 1)
        .replacen("id = \"surrey-rmm-se\"", "id = \"surrey-rmm-south\"", 1);
    let problems = load(&[(MAIN_FILE, &text)]).unwrap_err();
    assert!(
        one(&problems, "dutyclerk.toml:5:80: there is no profile `surrey-rm-sw`")
            .contains("Did you mean `surrey-rmm-sw`")
    );
    one(&problems, &format!("dutyclerk.toml:{}:10: `nhs` is not a domain", line_of(&text, "domain = \"nhs\"")));
    let mailbox = one(&problems, "panels/surrey-rmm-se.toml (shipped):8:14: there is no mailbox `surrey-rmm-se`");
    assert!(mailbox.contains("Add a [[mailbox]] with id = \"surrey-rmm-se\""), "{mailbox}");
    assert_eq!(problems.len(), 3, "{problems:#?}");
}

#[test]
fn unknown_keys_are_told_with_line_and_column() {
    let text = shipped::DUTYCLERK.replacen("emergency =", "emergancy =", 1).replacen("enabled =", "enabeld =", 1);
    let problems = load(&[(MAIN_FILE, &text)]).unwrap_err();
    assert!(one(&problems, "dutyclerk.toml:8:1: `emergancy`").contains("Did you mean `emergency`?"));
    let line = line_of(&text, "enabeld");
    assert!(one(&problems, &format!("dutyclerk.toml:{line}:1: `enabeld`")).contains("Did you mean `enabled`?"));
    one(&problems, "dutyclerk.toml:1:1: `emergency` is missing");
}

#[test]
fn what_makes_no_sense_in_a_profile_is_told_where_it_stands() {
    let mace = shipped::PANELS[0].1;
    let line_of = |text: &str| mace.lines().position(|line| line.contains(text)).unwrap() + 1;
    let wrong = |from: &str, to: &str| {
        assert!(mace.contains(from), "{from}");
        load(&[("panels/st-helens-mace.toml", &mace.replacen(from, to, 1))]).unwrap_err().remove(0)
    };
    for (from, to, message) in [
        ("BYDAY=TU", "BYDAYS=TU", "`BYDAYS=TU` is not a part of a recurrence rule"),
        ("BYDAY=TU", "BYDAY=MO", "is not a date the rule gives; the first one after it is 2025-01-27"),
        ("BYDAY=TU", "BYMONTH=2;BYDAY=TU;UNTIL=20250101", "never gives a date"),
        ("exceptions = []", "exceptions = [{ date = 2026-12-30, cancelled = true }]", "no meeting on 2026-12-30"),
        (
            "exceptions = []",
            "exceptions = [{ date = 2026-12-29, moved_to = 2026-12-15T10:00:00 }]",
            "the meeting of 2026-12-29 is moved to 2026-12-15T10:00:00, when the meeting of 2026-12-15 is held",
        ),
        ("\"complex-safeguarding\"", "\"complex-saveguarding\"", "Did you mean `complex-safeguarding`?"),
        ("months = [3, 6]", "months = [0, 6]", "whole months from 1"),
        ("start = \"09:00\"", "start = \"19:00\"", "the working hours end before they begin"),
        ("domains = [\"sthelens.gov.uk\"", "domains = [\"sthelens\"", "`sthelens` is not a domain"),
        ("session_minutes = 180", "session_minutes = 0", "the meeting has no minutes"),
        ("# core_invitations = 3", "core_invitations = 30", "30 meetings in every member's calendar"),
        ("owner = \"admin\"", "owner = \"boss\"", "`boss` is not a role"),
        ("weekday = \"thursday\"", "weekday = \"Thu\"", "`Thu` is not a weekday"),
        ("late = \"ask_chair\"", "late = \"ask_chairs\"", "Did you mean `ask_chair`?"),
        ("from = \"mace@st-helens.example\"", "from = \"MACE <mace@st-helens.example>\"", "not a plain e-mail address"),
    ] {
        let problem = wrong(from, to);
        assert!(problem.contains(message), "{problem}");
        let near = [line_of(from), line_of("[cutoff]")];
        let placed = near.iter().any(|line| problem.starts_with(&format!("panels/st-helens-mace.toml:{line}:")));
        // A start that the rule does not give is told at the start, above the rule.
        let above = problem.starts_with(&format!("panels/st-helens-mace.toml:{}:", line_of("start = \"2025")));
        assert!(placed || above, "{problem}");
    }
    let without = mace.replacen("id = \"expected\"", "id = \"missing\"", 1);
    let problem = load(&[("panels/st-helens-mace.toml", &without)]).unwrap_err().remove(0);
    assert!(problem.contains("there is no section `expected`") && problem.contains("MC-32"), "{problem}");
    let nobody = mace.lines().map(|l| if l.starts_with("core_roles") { "core_roles = []" } else { l });
    let nobody: Vec<&str> = nobody.collect();
    let problem = load(&[("panels/st-helens-mace.toml", &nobody.join("\n"))]).unwrap_err().remove(0);
    assert!(problem.contains("`core_roles` is empty"), "{problem}");
}

#[test]
fn a_fault_in_a_base_is_told_in_the_base() {
    let base = shipped::PANELS[1].1.replacen("days = 2", "days = 0", 1);
    let problems = load(&[("panels/surrey-rmm.toml", &base)]).unwrap_err();
    assert_eq!(problems.len(), 4, "once for each quadrant: {problems:#?}");
    one(&problems, "panels/surrey-rmm.toml:25:8: a cut-off 0 working days before");
}

#[test]
fn bases_that_go_round_are_refused() {
    let round = "base = \"a-panel\"\n";
    let problems = load(&[
        (MAIN_FILE, &main_with("\"a-panel\"")),
        ("panels/a-panel.toml", "base = \"b-panel\"\n"),
        ("panels/b-panel.toml", round),
    ])
    .unwrap_err();
    assert!(problems[0].contains("`base` goes round"), "{problems:?}");
}

#[test]
fn two_panels_cannot_share_a_mailbox_and_none_goes_unserved() {
    let ne = shipped::PANELS[2].1.replacen("mailboxes = [\"surrey-rmm-ne\"]", "mailboxes = [\"surrey-rmm-nw\"]", 1);
    let problems = load(&[("panels/surrey-rmm-ne.toml", &ne)]).unwrap_err();
    assert!(problems.iter().any(|p| p.contains("both claim the mailbox `surrey-rmm-nw`")), "{problems:#?}");
    assert!(problems.iter().any(|p| p.contains("no enabled panel is served by the mailbox `surrey-rmm-ne`")));
}

#[test]
fn a_broken_holiday_file_is_told() {
    let problems = load(&[("bank-holidays.json", "{\n \"england-and-wales\": 3}")]).unwrap_err();
    one(&problems, "bank-holidays.json:2: not GOV.UK's bank-holiday file");
}

#[test]
fn a_base_means_all_its_panels() {
    let config = shipped();
    let named = |word: &str| config.panels_named(word).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(named("surrey-rmm").len(), 4);
    assert_eq!(named("all").len(), 5);
    assert_eq!(named("surrey-rmm-ne"), ["surrey-rmm-ne"]);
    assert_eq!(named("nottinghamshire"), Vec::<String>::new());
    assert!(config.is_known_panel("nottinghamshire"));
}

#[test]
fn the_outlook_warns_of_what_is_coming() {
    let config = shipped();
    let warnings = |today| outlook::look(&config, today).iter().map(ToString::to_string).collect::<Vec<_>>();
    let now = warnings(date(2026, 11, 22));
    assert!(
        now.iter()
            .any(|w| w.contains("st-helens-mace: 1 meeting on a bank holiday or closure day: Tue 28 December 2027")),
        "{now:#?}"
    );
    assert!(now.iter().any(|w| w.contains("early pack") && w.contains("Tue 29 December 2026")), "{now:#?}");
    assert!(!now.iter().any(|w| w.contains("the bank holidays end")), "{now:#?}");
    let later = warnings(date(2028, 1, 1));
    assert!(later.iter().any(|w| w.contains("the bank holidays end with 2028-12-31")), "{later:#?}");
    assert!(!warnings(date(2027, 12, 31)).iter().any(|w| w.contains("the bank holidays end")));
}

#[test]
fn the_outlook_warns_of_what_is_left_open() {
    let main = shipped::DUTYCLERK.replacen("authserv_id = \"mx.st-helens.example\"\n", "", 1);
    let base = shipped::PANELS[1].1;
    let basis = base.lines().find(|line| line.starts_with("basis")).unwrap();
    let config = load(&[(MAIN_FILE, &main), ("panels/surrey-rmm.toml", &base.replace(basis, ""))]).unwrap();
    let warnings: Vec<String> = outlook::look(&config, date(2026, 11, 22)).iter().map(ToString::to_string).collect();
    assert!(warnings.iter().any(|w| w.contains("`st-helens-mace` has no authserv_id")), "{warnings:#?}");
    assert_eq!(warnings.iter().filter(|w| w.contains("health roles are named without a basis")).count(), 4);
}

#[test]
fn sy_40_two_trusted_domains_that_look_alike_are_told() {
    let warnings =
        |config: &Config| outlook::look(config, date(2026, 11, 22)).iter().map(ToString::to_string).collect();
    let told: Vec<String> = warnings(&shipped());
    assert!(!told.iter().any(|w| w.contains("look alike")), "{told:#?}");
    let main =
        format!("{}\n[[allowed_domains]]\ndomain = \"po1ice.example\"\nreason = \"a slip\"\n", shipped::DUTYCLERK);
    let told: Vec<String> = warnings(&load(&[(MAIN_FILE, &main)]).unwrap());
    let about: Vec<&String> = told.iter().filter(|w| w.contains("look alike")).collect();
    assert!(
        about.len() == 1 && about[0].contains("`po1ice.example` and `police.example` are both trusted"),
        "{told:#?}"
    );
}

#[test]
fn the_hash_of_a_profile_is_of_what_it_says() {
    let id = PanelId::new("surrey-rmm-ne");
    let version = |config: &Config| config.panels[&id].version();
    let commented = format!("# a remark\n{}", shipped::PANELS[2].1);
    let moved = shipped::PANELS[2].1.replacen("T10:00", "T11:00", 1);
    assert_eq!(version(&shipped()), version(&load(&[("panels/surrey-rmm-ne.toml", &commented)]).unwrap()));
    assert_ne!(version(&shipped()), version(&load(&[("panels/surrey-rmm-ne.toml", &moved)]).unwrap()));
    assert_eq!(shipped().panels[&id].authority, AuthorityId::new("surrey"));
}

/// `[send]` over SMTP: what is wrong is told with its line and what to write.
#[test]
fn a_mail_server_is_checked_with_line_and_what_to_write() {
    let with = |lines: &str| {
        let (before, rest) = shipped::DUTYCLERK.split_once("sink = \"folder\"").unwrap();
        let (_, after) = rest.split_once("[log]").unwrap();
        load(&[(MAIN_FILE, &format!("{before}{lines}\n[log]{after}"))])
    };
    let good = "sink = \"smtp\"\n[send.smtp]\nhost = \"smtp.x.example\"\nuser = \"u\"\npassword_file = \"p\"\n[send.journal]\n\
                address = \"j@x.example\"\n[send.journal.imap]\nhost = \"imap.x.example\"\npassword_file = \"p\"\n";
    let config = with(good).unwrap();
    let smtp = config.send.smtp.unwrap();
    assert_eq!((smtp.tls, smtp.port, smtp.most_a_minute), (crate::inbound::mailbox::Tls::Starttls, None, 30));
    assert!(
        smtp.password_file.unwrap().is_absolute()
            && config.send.journal.unwrap().imap.password_file.unwrap().is_absolute()
    );
    for (from, to, starts, says) in [
        (good, "sink = \"smtp\"\n", "dutyclerk.toml:21:8: mail is to go to a server", "[send.smtp]"),
        (
            "smtp.x.example",
            "smtp.x.example:587",
            "dutyclerk.toml:23:8: `smtp.x.example:587` is not a host",
            "its own key",
        ),
        (
            "password_file = \"p\"\n[send.journal]",
            "[send.journal]",
            "dutyclerk.toml:24:8: there is a login name",
            "password_file =",
        ),
        ("user = \"u\"\n", "", "dutyclerk.toml:24:17: there is a password and no", "user ="),
        ("user = ", "port = 25\nuser = ", "dutyclerk.toml:24:8: mail is not submitted on port 25", "587"),
        ("user = ", "most_a_minute = 0\nuser = ", "dutyclerk.toml:24:17: that is no number", "enabled = false"),
        ("user = ", "hello = \"a b\"\nuser = ", "dutyclerk.toml:24:9: that is no name for EHLO", "leave it out"),
        ("user = ", "tls = \"none\"\nuser = ", "dutyclerk.toml:24:7: ", "starttls"),
        (
            "j@x.example",
            "mace@st-helens.example",
            "dutyclerk.toml:27:11: the journal mailbox is a duty mailbox",
            "address of its own",
        ),
    ] {
        let problems = with(&good.replacen(from, to, 1)).unwrap_err();
        let problem = one(&problems, starts);
        assert!(problem.contains(says), "{problem}");
    }
}

#[test]
fn a_database_on_a_server_is_checked_and_its_password_stays_out_of_everything() {
    let load = |store: &str| {
        let text = shipped::DUTYCLERK.replacen("state = \"../state\"", &format!("state = \"../state\"\n{store}"), 1);
        Config::load(folder(&[("dutyclerk.toml", &text)]).path())
    };
    let good = "database_url = \"postgres://duty@db.example.org/duty\"\ndatabase_password_file = \"credential:db\"";
    let place = load(good).unwrap().store.place();
    assert_eq!(place.to_string(), "postgres://duty@db.example.org/duty");
    for (store, line, told) in [
        ("database_url = \"postgres://duty:hunter2@db.example.org/duty\"", 16, "a password stands in the URL"),
        ("database_url = \"postgres://duty@db.example.org/duty?password=hunter2\"", 16, "a password stands in the URL"),
        ("database_url = \"postgres://duty@db.example.org/duty?sslmode=require\"", 16, "read or pretend"),
        ("database_url = \"postgres://duty@localhost/duty\"\ndatabase = \"x.db\"", 17, "is a file and on a server"),
        ("database_ca_file = \"ca.pem\"", 16, "none is given"),
        ("lease_seconds = 1", 16, "takes over"),
        // A fault beside it shows the lines around.
        ("database_url = \"postgres://duty:hunter2@localhost/duty\"\nlease_second = 60", 17, "lease_second"),
    ] {
        let problems = load(store).unwrap_err().problems;
        let all = format!("{problems:?} {}", draw(&problems, false));
        let found = problems.iter().find(|problem| problem.message.contains(told));
        assert_eq!(found.and_then(|problem| problem.line), Some(line), "{store}: {all}");
        assert!(!all.contains("hunter2"), "{all}");
    }
}
