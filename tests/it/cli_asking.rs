//! What an operator asks for: the rules, reviews, what is owed, and the numbers of a quarter.

use crate::cli_operator::{done, shown};
use crate::cli_store::{alter, with_a_case};
use crate::command::{copy, dutyclerk, err, json, out};

#[test]
fn rules_tells_each_rule_in_a_sentence_and_what_the_panels_chose() {
    let folder = copy();
    let at = folder.path();
    let text = out(&done(at, &["rules"]));
    assert!(text.starts_with("Blackburn with Darwen, MACSE\n  BD-01  The MACSE panel meets monthly.\n"), "{text}");
    assert!(text.contains("\nSurrey, RMM\n  SY-01  "), "{text}");
    let rules = json(&done(at, &["rules", "--json"]));
    assert!(rules.len() > 100 && rules.iter().all(|rule| rule["says"].is_string() && rule["family"].is_string()));
    // One rule, in any case of letters, with the panels that chose alike together.
    let rule = shown(at, &["rules", "sy-05"]);
    let panels = ["surrey-rmm-ne", "surrey-rmm-nw", "surrey-rmm-se", "surrey-rmm-sw"];
    let chosen = serde_json::json!([{ "panels": panels, "says": "the list goes 48 hours before" }]);
    assert_eq!((rule["rule"].as_str(), &rule["chosen"]), (Some("SY-05"), &chosen));
    let cutoff = out(&done(at, &["rules", "BD-14"]));
    assert!(
        cutoff.contains("st-helens-mace: cut-off: the Thursday before at 23:59:59, bank holiday or not"),
        "{cutoff}"
    );
    let review = out(&done(at, &["rules", "MC-03"]));
    assert!(review.contains("aimed at 28 days, 1 calendar month at the latest"), "{review}");
    let unknown = dutyclerk(at, &["rules", "SY-99"]);
    assert_eq!((unknown.status.code(), out(&unknown).as_str()), (Some(2), ""));
    assert!(err(&unknown).contains("no rule `SY-99`"), "{}", err(&unknown));
}

#[test]
fn obligation_tells_what_is_owed_and_a_persons_word_is_kept_with_the_case() {
    let folder = with_a_case();
    let at = folder.path();
    assert_eq!(out(&done(at, &["obligation", "list"])), "Nothing is owed.\n");
    alter(
        at,
        "INSERT INTO obligations (id, purpose, kind, rule, due_at, owner, panel, case_no, state, opened_at, level) VALUES \
         ('o-1', 'x', 'meeting_template', 'SH-14', 0, 'social-worker', 'surrey-rmm-ne', 1, 'open', 0, 0), \
         ('o-2', 'y', 'record_outcome', 'SY-19', 9000000000000000, 'admin', 'surrey-rmm-ne', 1, 'open', 0, 0)",
    );
    let listed = |more: &[&str]| json(&done(at, &[&["obligation", "list", "--json"], more].concat()));
    let rows = listed(&[]);
    assert_eq!((rows.len(), &rows[0]["id"], &rows[0]["state"]), (2, &"o-1".into(), &"overdue".into()));
    assert_eq!((&rows[1]["what"], &rows[1]["owner"]), (&"record outcome".into(), &"admin".into()));
    assert!(listed(&["--panel", "st-helens-mace"]).is_empty());
    let end = |words: &[&str]| dutyclerk(at, &[&["obligation"], words].concat());
    assert_eq!(end(&["done", "o-1", "--by", "Odile Marchbanks"]).status.code(), Some(2), "no reason");
    let shown_before = shown(at, &["obligation", "show", "o-1"]);
    assert!(shown_before["what_ends_it"].as_str().unwrap().contains("template"), "{shown_before}");
    let word = ["--reason", "it is on the record", "--by", "Odile Marchbanks"];
    assert_eq!(end(&[&["done", "o-1"], &word[..]].concat()).status.code(), Some(0));
    let ended = shown(at, &["obligation", "show", "o-1"]);
    assert_eq!((&ended["state"], &ended["ended_by"]), (&"done".into(), &"Odile Marchbanks".into()));
    assert_eq!(ended["why"], "it is on the record");
    assert!(!out(&done(at, &["journal", "export"])).contains("Odile"));
    let refused = end(&[&["waive", "o-2"], &word[..]].concat());
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("outcome sheet"), "{}", err(&refused));
    assert_eq!((listed(&[]).len(), listed(&["--all"]).len()), (1, 2));
    assert_eq!(end(&["show", "o-3"]).status.code(), Some(1));
}

#[test]
fn review_tells_what_is_due_within_which_window_and_what_is_owed_for_it() {
    let folder = with_a_case();
    let at = folder.path();
    assert_eq!(out(&done(at, &["review", "list"])), "No review is due.\n");
    alter(
        at,
        "UPDATE cases SET last_heard = '2020-01-08', review_due = '2020-02-05'; \
         INSERT INTO obligations (id, purpose, kind, rule, due_at, owner, panel, case_no, state, opened_at, level) VALUES \
         ('o-1', 'x', 'record_outcome', 'SY-19', 0, 'admin', 'surrey-rmm-ne', 1, 'open', 0, 0)",
    );
    let listed = |more: &[&str]| json(&done(at, &[&["review", "list", "--json"], more].concat()));
    let rows = listed(&["--panel", "surrey-rmm-ne", "--until", "2020-02-05"]);
    assert_eq!((rows.len(), &rows[0]["case"], &rows[0]["due"]), (1, &"R-0001".into(), &"2020-02-05".into()));
    assert_eq!((&rows[0]["remark"], &rows[0]["asked"]), (&"overdue".into(), &"record outcome of admin".into()));
    assert!(listed(&["--until", "2020-02-04"]).is_empty() && listed(&["--panel", "st-helens-mace"]).is_empty());
    let review = shown(at, &["review", "show", "R-0001"]);
    assert_eq!((&review["review_due"], &review["last_heard"]), (&"2020-02-05".into(), &"2020-01-08".into()));
    assert_eq!(review["warnings"], serde_json::json!(["overdue"]));
    assert_eq!(dutyclerk(at, &["review", "list", "--panel", "nowhere"]).status.code(), Some(2));
    assert_eq!(dutyclerk(at, &["review", "set", "R-0001", "2027-01-01", "--by", "A Chair"]).status.code(), Some(2));
    let unheard = dutyclerk(at, &["review", "set", "R-0001", "2026-12-30", "--reason", "sooner", "--by", "A Chair"]);
    assert_eq!(unheard.status.code(), Some(1), "{}", out(&unheard));
}
