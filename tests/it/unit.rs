//! The systemd unit against the program and its documentation.

use std::path::{Path, PathBuf};
use std::process::Command;

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn directives(unit: &str) -> Vec<(&str, &str)> {
    let lines = unit.lines().filter(|line| !line.starts_with(['#', '[']) && !line.is_empty());
    lines.map(|line| line.split_once('=').unwrap_or_else(|| panic!("no directive: {line}"))).collect()
}

#[test]
fn the_unit_starts_the_daemon_as_the_program_understands_it() {
    let unit = file("systemd/dutyclerk.service");
    let value = |name: &str| directives(&unit).into_iter().find(|(n, _)| *n == name).unwrap().1;
    let words: Vec<&str> = value("ExecStart").split(' ').collect();
    assert_eq!(Path::new(words[0]).file_name(), PathBuf::from("dutyclerk").file_name());
    let asked = Command::new(env!("CARGO_BIN_EXE_dutyclerk")).args(&words[1..]).arg("--help").output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    assert_eq!(value("Type"), "notify", "the program says when it is ready");
    assert_eq!(value("RestartPreventExitStatus"), "2", "a wrong configuration does not mend itself");
    assert!(
        value("TimeoutStopSec").parse::<u32>().unwrap() > 60,
        "the final dot may take 60 s at a stop (invariant 12)"
    );
}

#[test]
fn every_credential_of_the_unit_is_one_the_operator_is_told_of() {
    let (unit, operating) = (file("systemd/dutyclerk.service"), file("docs/OPERATING.md"));
    for (_, value) in directives(&unit).into_iter().filter(|(name, _)| *name == "LoadCredential") {
        let (name, path) = value.split_once(':').unwrap();
        assert!(operating.contains(&format!("credential:{name}")), "{name} is not in docs/OPERATING.md");
        assert!(operating.contains(path), "{path} is not in docs/OPERATING.md");
    }
}

#[test]
fn every_directive_of_the_unit_is_explained() {
    let unit = file("systemd/dutyclerk.service");
    let mut explained = false;
    for line in unit.lines() {
        match line {
            line if line.starts_with('#') => explained = true,
            // A blank line ends what a comment speaks of; the heads of sections explain themselves.
            "" | "[Unit]" | "[Service]" | "[Install]" => explained = line.starts_with('['),
            "Description=dutyclerk, the clerk of a child-safeguarding panel's duty mailbox" => {}
            line => assert!(explained, "not explained: {line}"),
        }
    }
}
