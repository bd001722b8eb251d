//! `rules`: the rules the program goes by, each in a sentence, and what the enabled panels chose where a rule leaves a choice.

use super::{Context, Failure};
use crate::casework::PanelId;
use crate::casework::rules::{chosen, family, meanings};
use crate::config::Config;
use serde::Serialize;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// One rule alone: SY-07.
    rule: Option<String>,
}

/// A rule, as it is printed.
#[derive(Serialize)]
struct Shown {
    /// Printed above the first of each family.
    #[serde(skip)]
    heading: String,
    rule: &'static str,
    family: &'static str,
    says: &'static str,
    chosen: Vec<Chosen>,
}

/// What panels chose alike.
#[derive(PartialEq, Serialize)]
struct Chosen {
    panels: Vec<PanelId>,
    says: String,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    let asked = |rule: &str| arguments.rule.as_ref().is_none_or(|asked| asked.eq_ignore_ascii_case(rule));
    let mut shown: Vec<Shown> = meanings()
        .filter(|(rule, _)| asked(rule))
        .map(|(rule, says)| Shown {
            heading: String::new(),
            rule,
            family: family(rule),
            says,
            chosen: choices(&config, rule),
        })
        .collect();
    if let (Some(asked), true) = (&arguments.rule, shown.is_empty()) {
        return Err(Failure::Usage(format!("no rule `{asked}` is cited here: `dutyclerk rules` lists those that are")));
    }
    shown.sort_by_key(|shown| (shown.family, shown.rule));
    let mut before = "";
    for rule in &mut shown {
        if rule.family != before {
            rule.heading = format!("{}{}\n", if before.is_empty() { "" } else { "\n" }, rule.family);
            before = rule.family;
        }
    }
    Ok(context.out.lines(&shown, in_words)?)
}

fn in_words(shown: &Shown) -> String {
    let mut text = format!("{}  {}  {}", shown.heading, shown.rule, shown.says);
    for chosen in &shown.chosen {
        let panels = chosen.panels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("\n         {panels}: {}", chosen.says));
    }
    text
}

fn choices(config: &Config, rule: &str) -> Vec<Chosen> {
    let mut all: Vec<Chosen> = Vec::new();
    for (panel, profile) in &config.panels {
        let said = chosen(profile).into_iter().filter(|(of, _)| *of == rule).map(|(_, says)| says);
        let said: Vec<String> = said.collect();
        if said.is_empty() {
            continue;
        }
        let says = said.join("; ");
        match all.iter_mut().find(|other| other.says == says) {
            Some(alike) => alike.panels.push(panel.clone()),
            None => all.push(Chosen { panels: vec![panel.clone()], says }),
        }
    }
    all
}
