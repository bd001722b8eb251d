//! `calendar`, a contract: other programs read it.

use crate::command::{change, copy, dutyclerk, err, json, out, shipped};
use serde_json::json;

fn of(panel: &str, from: &str, until: &str) -> Vec<serde_json::Value> {
    let output = dutyclerk(shipped(), &["calendar", panel, "--from", from, "--until", until, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output), "");
    json(&output)
}

#[test]
fn a_meeting_is_one_object_with_exactly_the_contracts_keys() {
    let meetings = of("surrey-rmm-ne", "2026-11-23", "2026-11-23");
    let expected = json!({
        "panel": "surrey-rmm-ne",
        "meeting_id": "surrey-rmm-ne/2026-11-23",
        "starts_at": "2026-11-23T10:00:00+00:00",
        "cutoff_at": "2026-11-19T10:00:00+00:00",
        "list_at": "2026-11-20T10:00:00+00:00",
        "pack_at": "2026-11-19T10:00:00+00:00",
        "supplement_at": null,
        "warnings": []
    });
    assert_eq!(meetings, [expected]);
}

#[test]
fn an_early_pack_shows_its_supplement_and_why() {
    let [meeting] = &of("st-helens-mace", "2026-04-07", "2026-04-07")[..] else { panic!("one meeting") };
    assert_eq!(meeting["cutoff_at"], "2026-04-02T23:59:59+01:00");
    assert_eq!(meeting["list_at"], json!(null));
    assert_eq!(meeting["pack_at"], "2026-04-02T15:00:00+01:00");
    assert_eq!(meeting["supplement_at"], "2026-04-03T00:00:00+01:00");
    let codes: Vec<&str> =
        meeting["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["no_reading_day", "early_pack"]);
    assert!(meeting["warnings"][0]["message"].as_str().unwrap().contains("Tue 7 April 2026"));
}

#[test]
fn both_dates_are_included_and_meetings_stand_in_order() {
    let output = dutyclerk(shipped(), &["calendar", "--from", "2026-12-28", "--until", "2026-12-31", "--json"]);
    let ids: Vec<String> = json(&output).iter().map(|m| m["meeting_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(
        ids,
        [
            "surrey-rmm-ne/2026-12-28",
            "st-helens-mace/2026-12-29",
            "surrey-rmm-nw/2026-12-29",
            "surrey-rmm-se/2026-12-30",
            "surrey-rmm-sw/2026-12-31"
        ]
    );
}

#[test]
fn mc_13_a_bank_holiday_is_warned_of_and_a_replacement_keeps_the_id() {
    let on_the_day = of("st-helens-mace", "2027-12-28", "2027-12-28");
    assert_eq!(on_the_day[0]["warnings"][0]["code"], "bank_holiday");

    let folder = copy();
    std::fs::create_dir(folder.path().join("panels")).unwrap();
    let profile = folder.path().join("panels/st-helens-mace.toml");
    std::fs::copy(shipped().join("panels/st-helens-mace.toml"), &profile).unwrap();
    change(&profile, "exceptions = []", "exceptions = [{ date = 2027-12-28, moved_to = 2028-01-04T10:00:00 }]");
    let output = dutyclerk(
        folder.path(),
        &["calendar", "st-helens-mace", "--from", "2027-12-20", "--until", "2028-01-07", "--json"],
    );
    let meetings = json(&output);
    assert_eq!(meetings.len(), 1, "{}", err(&output));
    assert_eq!(meetings[0]["meeting_id"], "st-helens-mace/2027-12-28");
    assert_eq!(meetings[0]["starts_at"], "2028-01-04T10:00:00+00:00");
    assert_eq!(meetings[0]["cutoff_at"], "2027-12-30T23:59:59+00:00");
}

#[test]
fn from_today_for_eight_weeks_without_dates() {
    let output = dutyclerk(shipped(), &["calendar", "surrey-rmm-ne", "--json"]);
    let count = json(&output).len();
    assert!((8..=9).contains(&count), "{count} Mondays in eight weeks");
}

#[test]
fn people_read_days_and_times() {
    let output = dutyclerk(shipped(), &["calendar", "st-helens-mace", "--from", "2026-11-17", "--until", "2026-11-17"]);
    let text = out(&output);
    for part in [
        "Tue 17 November 2026 at 10:00  st-helens-mace/2026-11-17",
        "Thu 12 November 2026 at 23:59",
        "Fri 13 November 2026 at 12:00",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn an_unknown_panel_is_told_the_enabled_ones() {
    let output = dutyclerk(shipped(), &["calendar", "nottinghamshire"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(out(&output), "");
    assert!(err(&output).contains("Enabled: st-helens-mace, surrey-rmm-ne"), "{}", err(&output));
}

#[test]
fn a_date_that_is_none_and_a_range_turned_round_are_refused() {
    for arguments in
        [&["calendar", "--from", "soon"][..], &["calendar", "--from", "2026-12-02", "--until", "2026-12-01"]]
    {
        let output = dutyclerk(shipped(), arguments);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(!err(&output).is_empty());
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_dutyclerk"))
        .args(["calendar", "--json", "--from", "2025-01-01", "--until", "2039-12-31", "--config"])
        .arg(shipped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}
