//! `check` says what is wrong, where, and what to write.

use crate::command::{change, copy, dutyclerk, err, json, out, shipped};

#[test]
fn the_shipped_configuration_is_usable() {
    let output = dutyclerk(shipped(), &["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("Panels: st-helens-mace, surrey-rmm-ne"), "{}", out(&output));
}

#[test]
fn a_wrong_key_is_told_with_file_line_and_remedy() {
    let folder = copy();
    change(&folder.path().join("dutyclerk.toml"), "emergency =", "emergancy =");
    let output = dutyclerk(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let text = err(&output);
    assert!(text.contains("dutyclerk.toml:8:1") && text.contains("Did you mean `emergency`?"), "{text}");
}

#[test]
fn bd_14_a_panel_without_a_cut_off_is_refused() {
    let folder = copy();
    let main = folder.path().join("dutyclerk.toml");
    change(&main, "panels = [", "panels = [\"blackburn-macse\", ");
    let output = dutyclerk(folder.path(), &["check", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let problems = json(&output);
    let cutoff = problems.iter().find(|p| p["message"] == "`cutoff` is missing").unwrap();
    assert_eq!(cutoff["file"], "panels/blackburn-macse.toml (shipped)");
    assert!(cutoff["help"].as_str().unwrap().contains("BD-14"), "{cutoff}");
    assert_eq!((cutoff["level"].as_str(), cutoff["line"].as_i64()), (Some("error"), Some(1)));
}

#[test]
fn a_directory_without_core_members_is_refused() {
    let folder = copy();
    let text = std::fs::read_to_string(folder.path().join("directory.csv")).unwrap();
    let header = text.lines().next().unwrap();
    std::fs::write(folder.path().join("directory.csv"), format!("{header}\n")).unwrap();
    let output = dutyclerk(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("surrey-rmm-ne: nobody in the directory holds a core role"), "{}", err(&output));
}

#[test]
fn a_folder_without_configuration_is_a_configuration_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = dutyclerk(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("there is no such file"), "{}", err(&output));
}

#[test]
fn a_log_filter_that_is_none_is_told() {
    let folder = copy();
    change(&folder.path().join("dutyclerk.toml"), "filter = \"info\"", "filter = \"dutyclerk=loud\"");
    let output = dutyclerk(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("is not a log filter"), "{}", err(&output));
}

#[test]
fn invariant_9_a_reader_that_is_not_shut_in_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = copy();
    let program = folder.path().join("reader");
    // Exit code 4 is a child's word that it was let.
    std::fs::write(&program, "#!/bin/sh\n[ \"$2\" = file-by-landlock ] && exit 4\nexit 0\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    change(&folder.path().join("dutyclerk.toml"), "[reader]", &format!("[reader]\nprogram = {program:?}"));
    let output = dutyclerk(folder.path(), &["check", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told = json(&output).into_iter().filter(|problem| problem["file"] == program.display().to_string());
    let told: Vec<_> = told.map(|p| (p["level"].clone(), p["message"].as_str().unwrap().to_owned())).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0 == "warning" && told[0].1.contains("does not enforce Landlock"), "{told:?}");
}

#[test]
fn sh_18_a_clock_that_is_due_before_it_begins_or_is_there_twice_is_refused() {
    let folder = copy();
    let panels = folder.path().join("panels");
    std::fs::create_dir(&panels).unwrap();
    let own = panels.join("st-helens-mace.toml");
    std::fs::copy(shipped().join("panels/st-helens-mace.toml"), &own).unwrap();
    let clock = "[[timers.clocks]]\nrule = \"SH-18\"\nafter = { days = 10 }\n";
    change(&own, clock, &format!("{}\n{clock}", clock.replace("10", "0")));
    let output = dutyclerk(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(2));
    let text = err(&output);
    assert!(text.contains("due before its clock began") && text.contains("SH-18 is there twice"), "{text}");
}
