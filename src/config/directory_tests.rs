use super::super::{outlook, read_sheet, shipped, tests::folder};
use super::*;
use crate::casework::{PanelId, RoleId};
use jiff::civil::date;

const TODAY: Date = Date::constant(2026, 9, 1);

fn config() -> Config {
    Config::load(folder(&[]).path()).unwrap()
}

fn import(text: &str) -> Import {
    read_rows(&read_sheet(text.as_bytes()).unwrap(), &config(), TODAY)
}

/// One row under the full header.
fn row(cells: &str) -> Import {
    import(&format!("{}\n{cells}\n", COLUMNS.join(",")))
}

fn told(import: &Import) -> Vec<String> {
    import.problems.iter().map(|p| p.in_file("d.csv").to_string()).collect()
}

fn errors(import: &Import) -> Vec<String> {
    import.problems.iter().filter(|p| p.level == Level::Error).map(|p| p.in_file("d.csv").to_string()).collect()
}

#[test]
fn the_sample_directory_has_everyone_the_shipped_panels_need() {
    let import = import(shipped::DIRECTORY);
    assert_eq!(told(&import), Vec::<String>::new());
    let config = config();
    assert_eq!(outlook::look_at_directory(&config, &import.directory, "d.csv", TODAY), []);
    let held = |panel: &str, role: &str| {
        let (panel, role) = (PanelId::new(panel), RoleId::new(role));
        import.directory.of_panel(&panel, &role, TODAY).count()
    };
    for profile in config.panels.values() {
        for role in ["chair", "deputy-chair", "admin", "deputy-admin", "duty"] {
            assert_eq!(held(profile.id.as_str(), role), 1, "{} {role}", profile.id);
        }
        for role in &profile.core_roles {
            assert_eq!(held(profile.id.as_str(), role.as_str()), 1, "{} {role}", profile.id);
        }
    }
    let of = |role: &str, area: &str| {
        let entries = import.directory.entries.iter();
        entries.filter(|e| e.role.as_str() == role && e.panels.is_empty() && e.areas == [area]).count()
    };
    for area in ["North East", "North West", "South East", "South West"] {
        assert_eq!((of("gp", area), of("named-nurse-acute", area), of("sexual-health", area)), (2, 1, 1), "{area}");
        assert_eq!((of("camhs", area), of("adult-mental-health", area)), (1, 1), "{area}");
    }
    let count = |role: &str| import.directory.entries.iter().filter(|e| e.role.as_str() == role).count();
    assert_eq!((count("social-worker"), count("team-manager")), (20, 5));
}

#[test]
fn a_row_is_read_tolerantly() {
    let text = "Email;NAME;Role;Panels;Area;ODS Code;Post-code;valid until;Secure;Agency;Aliases;remarks\n\
        Team.NE@nhs.example;Example Surgery;GP practice;;north east;z99001;kt109zz;31/12/2026;No;Example;a@nhs.example, b@nhs.example;x\n\
        p@police.example;Pat Lee;Police DS;surrey-rmm;;;;;;Police;;\n";
    let import = import(text);
    assert_eq!(told(&import).len(), 1, "{:#?}", told(&import));
    assert!(told(&import)[0].starts_with("d.csv:1: the column `remarks`"), "{:?}", told(&import));
    let [gp, police] = &import.directory.entries[..] else { panic!("{:?}", import.directory) };
    assert_eq!((gp.email.as_str(), gp.role.as_str()), ("team.ne@nhs.example", "gp"));
    assert_eq!(gp.areas, ["North East"]);
    assert_eq!((gp.ods_code.as_deref(), gp.postcode.as_deref()), (Some("Z99001"), Some("KT10 9ZZ")));
    assert_eq!(gp.valid_until, Some(date(2026, 12, 31)));
    assert_eq!(gp.aliases.len(), 2);
    assert_eq!(police.panels.len(), 4, "a base means all its panels");
    assert_eq!(police.authority.as_ref().unwrap().as_str(), "surrey", "taken from the panels");
}

#[test]
fn core_and_health_addresses_are_cleared_at_import() {
    let import = row("Jo,jo@charity.example,,Police,Charity,Surrey,surrey-rmm-ne,,,,,,");
    let error = errors(&import).remove(0);
    assert!(
        error.starts_with("d.csv:2: email: the domain charity.example is not cleared, and a police gets papers"),
        "{error}"
    );
    assert!(error.contains("[[allowed_domains]]") && error.contains("`secure`"), "{error}");
    assert!(import.has_errors() && import.directory.entries.is_empty());
    let cleared = row("Jo,jo@charity.example,,Police,Charity,Surrey,surrey-rmm-ne,,,,yes,,");
    assert_eq!(told(&cleared), Vec::<String>::new());
    let worker = row("Jo,jo@charity.example,,Social worker,Charity,Surrey,,,,,,,");
    assert!(!worker.has_errors() && told(&worker)[0].contains("mail to it is held"), "{:?}", told(&worker));
    let private = row("Jo,jo@gmail.com,,Police,Police,Surrey,surrey-rmm-ne,,,,yes,,");
    assert!(errors(&private)[0].contains("gmail.com is a private mail service"));
}

#[test]
fn what_is_wrong_in_a_row_is_told_in_plain_words() {
    for (cells, message) in [
        (",jo@surrey.example,,Chair,S,Surrey,,,,,,,", "name: there is no name"),
        ("Jo,,,Chair,S,Surrey,,,,,,,", "email: there is no e-mail address"),
        ("Jo,Jo <jo@surrey.example>,,Chair,S,Surrey,,,,,,,", "email: not a plain e-mail address"),
        ("Jo,jo@surrey.example,nobody,Chair,S,Surrey,,,,,,,", "aliases: not a plain e-mail address"),
        ("Jo,jo@surrey.example,,Chiar,S,Surrey,,,,,,,", "role: `Chiar` is not a role. Did you mean `chair`?"),
        ("Jo,jo@surrey.example,,Chair,S,Kent,,,,,,,", "authority: no enabled panel belongs to `Kent`"),
        (
            "Jo,jo@surrey.example,,Chair,S,Surrey,surrey-rmm-nee,,,,,,",
            "panels: there is no panel `surrey-rmm-nee`. Did you mean",
        ),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,,,,perhaps,,", "secure: neither yes nor no"),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,,,,,,soon", "valid_until: not a date"),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,,,,,,31/02/2026", "valid_until: not a date"),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,,,,,x@surrey.example,", "deputy: the deputy is not in this sheet"),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,,,,,jo@surrey.example,", "deputy: nobody stands in for themselves"),
    ] {
        let errors = errors(&row(cells));
        assert!(errors.len() == 1 && errors[0].starts_with(&format!("d.csv:2: {message}")), "{cells}: {errors:?}");
        assert!(!errors[0].contains("jo@surrey"), "no address in a message: {errors:?}");
    }
    for (cells, message) in [
        (
            "Jo,jo@surrey.example,,Chair,S,Surrey,nottinghamshire,,,,,,",
            "panels: the panel `nottinghamshire` is not enabled",
        ),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,Centre,,,,,", "area: no enabled panel has the area `Centre`"),
        ("Jo,jo@surrey.example,,Chair,S,Surrey,,,,,,,2026-08-31", "valid_until: the date has passed"),
        ("Jo,jo@nhs.example,,GP,S,Surrey,,North East,,,,,", "ods_code: a practice without ODS code and postcode"),
        ("Jo,jo@nhs.example,,GP,S,Surrey,,North East,G1234567,,,,", "ods_code: a practice's code is usually"),
        ("Jo,jo@surrey.example,,Chair,,Surrey,,,,,,,", "agency: there is no agency"),
        // Cleared by a person, and all the same (SY-40).
        (
            "Jo,jo@po1ice.example,,Police,P,Surrey,,,,,yes,,",
            "email: the domain po1ice.example only looks like police.example",
        ),
        (
            "Jo,jo@surrey.example,jo@surey.example,Chair,S,Surrey,,,,,,,",
            "aliases: the domain surey.example only looks like surrey.example",
        ),
    ] {
        let import = row(cells);
        assert!(!import.has_errors() && import.directory.entries.len() == 1, "{cells}: {:?}", told(&import));
        assert!(told(&import)[0].starts_with(&format!("d.csv:2: {message}")), "{cells}: {:?}", told(&import));
    }
}

/// A health row with panels is their representative, and without any every child's own team.
#[test]
fn mc_09_a_representative_of_a_panel_that_is_not_enabled_is_nobodys_own_team() {
    let import = row("Jo,jo@nhs.example,,CAMHS,S,Surrey,nottinghamshire,,,,,,");
    let panels: Vec<&str> = import.directory.entries[0].panels.iter().map(|id| id.as_str()).collect();
    assert_eq!(panels, ["nottinghamshire"], "{:?}", told(&import));
}

#[test]
fn duplicates_are_told() {
    let header = COLUMNS.join(",");
    let same = "Jo,jo@surrey.example,,Chair,S,Surrey,surrey-rmm-ne,,,,,,";
    let twice = import(&format!("{header}\n{same}\n{same}\n"));
    assert_eq!((twice.directory.entries.len(), twice.has_errors()), (1, false));
    assert!(told(&twice)[0].starts_with("d.csv:3: email: row 2 already gives this address the same role"));
    let roles = import(&format!("{header}\n{same}\n{}\n", same.replace("Chair", "Duty")));
    assert_eq!((roles.directory.entries.len(), told(&roles)), (2, Vec::new()), "one person, two roles");
    let other = same.replace("Jo,jo@surrey.example,", "Al,al@surrey.example,jo@surrey.example");
    let shared = import(&format!("{header}\n{same}\n{other}\n"));
    assert!(errors(&shared)[0].starts_with("d.csv:3: email: row 2 gives the same address to another name"));
}

#[test]
fn a_sheet_without_its_columns_is_refused() {
    let import = import("who,where\nJo,jo@surrey.example\n");
    assert!(import.has_errors() && import.directory.entries.is_empty());
    assert!(told(&import).iter().any(|p| p.contains("email: the column is missing")), "{:?}", told(&import));
}

#[test]
fn a_panel_without_core_members_or_anybody_to_alert_is_refused() {
    let config = config();
    let found = outlook::look_at_directory(&config, &Directory::default(), "d.csv", TODAY);
    let errors: Vec<String> = found.iter().filter(|p| p.level == Level::Error).map(ToString::to_string).collect();
    assert_eq!(errors.len(), 10, "{errors:#?}");
    assert!(errors.iter().any(|e| e.contains("surrey-rmm-ne: nobody in the directory holds a core role")));
    assert!(errors.iter().any(|e| e.contains("surrey-rmm-ne: there is nobody to alert")));
    let mut directory = import(shipped::DIRECTORY).directory;
    directory.entries.retain(|e| !(e.role.as_str() == "police" && e.panels.contains(&PanelId::new("surrey-rmm-ne"))));
    let found = outlook::look_at_directory(&config, &directory, "d.csv", TODAY);
    assert_eq!(found.len(), 1);
    assert!(found[0].level == Level::Warning && found[0].message.contains("nobody holds the core role police"));
}

#[test]
fn the_version_is_of_what_the_directory_says() {
    let lines: Vec<&str> = shipped::DIRECTORY.lines().collect();
    let mut turned = lines.clone();
    turned[1..].reverse();
    let version = |lines: &[&str]| import(&lines.join("\n")).directory.version();
    assert_eq!(version(&lines), version(&turned), "the order of rows says nothing");
    assert_ne!(version(&lines), version(&lines[..lines.len() - 1]));
}

#[test]
fn mc_33_a_panel_whose_packs_are_approved_has_somebody_to_approve_them() {
    let base = shipped::PANELS[1].1.replacen("late = ", "approval = \"required\"\nlate = ", 1);
    let config = Config::load(folder(&[("panels/surrey-rmm.toml", &base)]).path()).unwrap();
    let mut directory = import(shipped::DIRECTORY).directory;
    let found = |directory: &Directory| {
        let found = outlook::look_at_directory(&config, directory, "d.csv", TODAY);
        found.iter().filter(|p| p.message.contains("(MC-33)")).map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(found(&directory), Vec::<String>::new());
    let may = |role: &str| ["approver", "chair", "deputy-chair"].contains(&role);
    directory.entries.retain(|e| !(may(e.role.as_str()) && e.panels.contains(&PanelId::new("surrey-rmm-ne"))));
    let told = found(&directory);
    assert!(told.len() == 1 && told[0].contains("surrey-rmm-ne: its packs are to be approved, and nobody"), "{told:?}");
    // Without an authserv-id it is approved by the verb alone; another word is told with those there are.
    let main = shipped::DUTYCLERK.replace("authserv_id = \"mx.surrey", "# authserv_id = \"mx.surrey");
    let folder_of = |base: &str| folder(&[("panels/surrey-rmm.toml", base), (super::super::MAIN_FILE, &main)]);
    let config = Config::load(folder_of(&base).path()).unwrap();
    let warned = outlook::look(&config, TODAY);
    assert_eq!(warned.iter().filter(|p| p.message.contains("cannot be by mail")).count(), 4, "{warned:?}");
    let wrong = Config::load(folder_of(&base.replace("\"required\"", "\"needed\"")).path()).unwrap_err();
    assert!(
        wrong.to_string().contains("`needed` is not one of the values") && wrong.to_string().contains("required"),
        "{wrong}"
    );
}
