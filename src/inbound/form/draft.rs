//! A first label table for a form that is not known yet. It gives what can be told from one filled or blank copy: the title,
//! which of its labels every form shares, which it has of its own, and the options of its boxes. What a label of its own means is
//! left to a person: one wrongly guessed would be a wrong value on every form to come.

use super::label::normalise;
use super::seen::{NOT_READ, Seen};
use super::ticks::{count_boxes, printed_options};
use crate::casework::FieldId;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A label table being drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The form's id: the file's name without `.toml`.
    pub id: String,
    /// The table.
    pub toml: String,
    /// Labels that every form shares, with what they mean.
    pub known: usize,
    /// Labels of the form's own, of which a person says what they mean.
    pub own: usize,
}

/// Beyond this a text is no label.
const LABEL: usize = 100;

/// Drafts a table of what was seen; none where nothing on the document is a label. `day` names the edition.
pub fn draft(seen: &[Seen], id: Option<&str>, day: jiff::civil::Date) -> Option<Draft> {
    let known: BTreeSet<&str> = seen.iter().flat_map(|cell| &cell.labels).map(String::as_str).collect();
    let own = own_labels(seen);
    if known.iter().all(|label| *label == NOT_READ) && own.is_empty() {
        return None;
    }
    let title = title(seen);
    let id = id.map_or_else(|| slug(title.unwrap_or("new form")), slug);
    let fields: Vec<&str> = known.into_iter().filter(|label| *label != NOT_READ).collect();
    let required: Vec<&str> = [FieldId::ChildName, FieldId::DateOfBirth, FieldId::AssessmentDate]
        .map(FieldId::as_str)
        .into_iter()
        .filter(|field| fields.contains(field))
        .collect();
    let toml = write(&id, title, &fields, &required, &own, day).unwrap_or_default();
    Some(Draft { id, toml, known: fields.len(), own: own.len() })
}

/// A label of the form's own, and the options printed beside it.
struct Own<'a> {
    text: &'a str,
    options: Vec<String>,
}

/// The first line that stands alone and is no label.
fn title(seen: &[Seen]) -> Option<&str> {
    let alone = |cell: &&Seen| seen.iter().filter(|other| other.row == cell.row).count() == 1;
    let first = seen.iter().take(12).filter(alone).find(|cell| {
        let text = cell.text.reveal();
        cell.labels.is_empty() && text.chars().count() <= LABEL && normalise(text).contains(' ') && !text.contains(':')
    })?;
    first.text.reveal().lines().next()
}

/// Texts that stand where labels stand and are none that is known: in a column of known labels, or before a colon or box.
fn own_labels(seen: &[Seen]) -> Vec<Own<'_>> {
    let columns: BTreeSet<(u32, u32)> =
        seen.iter().filter(|c| !c.flow && !c.labels.is_empty()).map(|c| (c.grid, c.col)).collect();
    let title = title(seen);
    let mut out: Vec<Own<'_>> = Vec::new();
    for (at, cell) in seen.iter().enumerate().filter(|(_, cell)| cell.labels.is_empty()) {
        let text = cell.text.reveal();
        let (label, behind) = text.split_once([':', '?']).unwrap_or((text, ""));
        let mut beside: Vec<&str> = vec![behind];
        let next = seen.iter().skip(at + 1).take_while(|n| n.row == cell.row && n.labels.is_empty());
        beside.extend(next.map(|n| n.text.reveal().as_str()));
        let beside = beside.join(" ");
        let placed = columns.contains(&(cell.grid, cell.col)) || (!behind.is_empty() || text.ends_with([':', '?']));
        let boxes = count_boxes(&beside) > 1;
        let is_label = label.chars().count() <= LABEL
            && label.chars().any(char::is_alphabetic)
            && count_boxes(label) == 0
            && Some(label) != title
            && (placed || boxes);
        if is_label && !out.iter().any(|own| normalise(own.text) == normalise(label)) {
            out.push(Own { text: label.trim(), options: if boxes { printed_options(&beside) } else { Vec::new() } });
        }
    }
    out
}

/// Lower-case words joined by dashes.
fn slug(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    text.chars().map(plain).collect::<String>().split_whitespace().collect::<Vec<_>>().join("-")
}

/// A basic TOML string.
fn quoted(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    toml::Value::String(one_line).to_string()
}

fn listed<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", texts.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}

fn write(
    id: &str,
    title: Option<&str>,
    fields: &[&str],
    required: &[&str],
    own: &[Own<'_>],
    day: jiff::civil::Date,
) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let name = title.unwrap_or(id);
    writeln!(
        out,
        "# Drafted from one copy of the form. It must hold what the form prints and nothing that was filled in:"
    )?;
    writeln!(
        out,
        "# look it through, then put it into the folder forms/ of the configuration as {id}.toml. docs/FORMS.md has the keys."
    )?;
    writeln!(
        out,
        "id = {}\ntitle = {}\nedition = \"drafted {day}\"\ninclude = [\"common\"]",
        quoted(id),
        quoted(name)
    )?;
    writeln!(out, "required = {}", listed(required.iter().copied()))?;
    writeln!(out, "\n# Read already, by labels that every form shares:")?;
    writeln!(out, "#   {}", if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") })?;
    if !own.is_empty() {
        writeln!(
            out,
            "\n# The form's own labels. None of them is read until a field names it among its `aliases`, below."
        )?;
        writeln!(out, "other-labels = [")?;
        for label in own {
            writeln!(out, "  {},", quoted(label.text))?;
        }
        writeln!(out, "]")?;
    }
    writeln!(out, "\n[detect]")?;
    match title {
        Some(title) => writeln!(out, "titles = {}", listed([title]))?,
        None => writeln!(out, "labels = {}", listed(own.iter().take(5).map(|own| own.text)))?,
    }
    for group in own.iter().filter(|own| own.options.len() > 1) {
        writeln!(
            out,
            "\n# These are boxes. If they are the risk rating (or write another field: outcome, assessment_type, risk_types), take"
        )?;
        writeln!(
            out,
            "# the \"#? \" away. `one-of` takes one tick, `many-of` several. Each value is what a reading will say."
        )?;
        writeln!(out, "#? [fields.risk_rating]\n#? label = {}\n#? kind = \"one-of\"", quoted(group.text))?;
        writeln!(out, "#? aliases = {}\n#? options = [", listed([group.text]))?;
        for option in &group.options {
            let value = quoted(&slug(option));
            writeln!(out, "#?   {{ value = {value}, says = {} }},", listed([option.as_str()]))?;
        }
        writeln!(out, "#? ]")?;
    }
    if own.iter().any(|own| own.options.is_empty()) {
        writeln!(
            out,
            "\n# To have one of the other labels read, name it so (the fields are listed in docs/FORMS.md):"
        )?;
        writeln!(out, "# [fields.lead_professional]\n# aliases = [\"worker leading on this\"]")?;
    }
    Ok(out)
}
