//! What an operator asks for: the rules, reviews, what is owed, and the numbers of a quarter.

use crate::cli_operator::{done, shown};
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
        cutoff.contains("st-helens-mace: cut-off: the thursday before at 23:59:59, bank holiday or not"),
        "{cutoff}"
    );
    let review = out(&done(at, &["rules", "MC-03"]));
    assert!(review.contains("aimed at 28 days, 1 calendar month at the latest"), "{review}");
    let unknown = dutyclerk(at, &["rules", "SY-99"]);
    assert_eq!((unknown.status.code(), out(&unknown).as_str()), (Some(2), ""));
    assert!(err(&unknown).contains("no rule `SY-99`"), "{}", err(&unknown));
}
