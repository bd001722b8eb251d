//! Which labels a cell holds, and what stands behind them in the same cell.

use super::answer;
use super::dictionary::{Labels, Target, Targets};
use super::label::normalise;
use super::model::{Cell, Scalar};
use super::ticks::has_boxes;
use crate::casework::FieldId;

/// A label found, and what stands behind it in the same cell.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    /// With 0 for a label that can mean nothing else, 1 for a vague one.
    pub targets: Targets,
    pub rest: Option<String>,
    /// The rest follows a colon or dash on the label's own line, so it can only be the answer.
    pub inline: bool,
}

/// A label within a line: where it starts, where its answer starts, what it means.
type InLine = (usize, usize, Targets);

/// A line longer than this is prose.
const LINE: usize = 2_000;

impl Labels<'_> {
    /// The labels in a cell; empty if it is not a label cell.
    pub(super) fn hits(&self, cell: &Cell) -> Vec<Hit> {
        if cell.is_blank() || cell.scalar != Scalar::Text {
            return Vec::new();
        }
        let text = cell.text.as_str();
        let whole = |targets: &Targets| vec![Hit { targets: targets.clone(), rest: None, inline: false }];
        // A text with a colon inside may be a label with its answer in brackets: that reading goes first.
        let inline = self.inline(text);
        if let Some(targets) = self.exact(text) {
            return whole(targets);
        }
        if !inline.is_empty()
            && inline.iter().any(|hit| hit.rest.as_deref().is_some_and(|rest| answer::answer(rest).is_some()))
        {
            return inline;
        }
        // The answer on the next line: "NHS number (if known)", then the number.
        let lines = text.split_once('\n').filter(|(first, _)| first.matches('(').count() == first.matches(')').count());
        if let Some((targets, rest)) = lines.and_then(|(first, rest)| Some((self.meaning(first)?, rest))) {
            return vec![Hit { targets: targets.clone(), rest: Some(rest.to_owned()), inline: false }];
        }
        // "Key risk (tick all that apply) ☐ Sexual ☒ Criminal": what follows the brackets is no hint.
        if inline.is_empty()
            && let Some(hit) = self.boxed(text)
        {
            return vec![hit];
        }
        if let Some(targets) = self.meaning(text) {
            // "DOB (01/02/2011)": what is in brackets may be the answer to a typed question.
            let rest = text.split_once('(').map(|(_, rest)| rest.trim_end_matches([')', ' ', ':', '*']).to_owned());
            return vec![Hit {
                targets: targets.clone(),
                rest: rest.filter(|rest| rest.chars().any(|ch| ch.is_ascii_digit())),
                inline: false,
            }];
        }
        if !inline.is_empty() {
            return inline;
        }
        self.spaced(text).into_iter().collect()
    }

    /// `Legal status ☐ CIN ☒ LAC`: a label, and behind it its boxes.
    fn boxed(&self, text: &str) -> Option<Hit> {
        let start = text.find(['☒', '☐', '☑', '['])?;
        let (label, rest) = text.split_at_checked(start)?;
        let targets = self.meaning(label.trim()).filter(|_| has_boxes(rest))?;
        Some(Hit { targets: targets.clone(), rest: Some(rest.to_owned()), inline: true })
    }

    /// Could there be a label of any of these forms in the cell? False only where [`Self::hits`] finds none for each of them:
    /// most cells of a long document hold none, and are not looked at once for every form.
    pub(super) fn could_hit(&self, cell: &Cell) -> bool {
        if cell.is_blank() || cell.scalar != Scalar::Text {
            return false;
        }
        let text = cell.text.as_str();
        let first = text.split_once('\n').map_or(text, |(first, _)| first);
        let short = |at: usize| text.get(..at).is_some_and(|label| self.exact(label).is_some());
        self.exact(text).is_some()
            || self.meaning(text).is_some()
            || (first.len() < text.len() && self.meaning(first).is_some())
            || self.boxed(text).is_some()
            || text.lines().any(|line| line.len() <= LINE && !self.in_line(line).0.is_empty())
            || (text.len() <= 80
                && self.begins_like_one(text)
                && text.char_indices().any(|(at, ch)| ch == ' ' && short(at)))
    }

    /// `Label: answer`, possibly several in one cell or line.
    fn inline(&self, text: &str) -> Vec<Hit> {
        let mut out: Vec<Hit> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let (found, doubtful) = if line.len() <= LINE { self.in_line(line) } else { Default::default() };
            // What stands before the first label of a line goes on with the answer above it.
            let lead = found.first().map_or(line, |(start, ..)| line.get(..*start).unwrap_or_default());
            if let (true, Some(rest)) =
                (number > 0 && !lead.trim().is_empty(), out.last_mut().and_then(|hit| hit.rest.as_mut()))
            {
                if !rest.is_empty() {
                    rest.push('\n');
                }
                rest.push_str(lead.trim());
            }
            if number == 0 && !lead.trim().is_empty() {
                return Vec::new();
            }
            for (at, (_, end, targets)) in found.iter().enumerate() {
                let stop = found.get(at + 1).map_or(line.len(), |(start, ..)| *start);
                // "Placed by which LA?: Surrey": the sign after the sign is the label's too.
                let rest = line.get(*end..stop).unwrap_or_default().trim_start_matches([':', '?', '*', ' ']);
                let rest = rest.trim().trim_matches(['|', ';']).trim();
                // "Child's name: Child's name": the label once more is no answer.
                let is_twice = targets.iter().all(|(_, tier)| *tier == 0) && self.exact(rest) == Some(targets);
                let rest = if is_twice { "" } else { rest };
                let is_doubtful = rest.len() < LINE / 2 && doubtful.iter().any(|start| (*end..stop).contains(start));
                let rest = if is_doubtful { format!("{rest}\u{FFFD}") } else { rest.to_owned() };
                out.push(Hit { targets: targets.clone(), inline: !rest.is_empty(), rest: Some(rest) });
            }
        }
        out
    }

    /// Labels of one line: (start, where the answer starts, targets); and where others may start that are perhaps another's.
    fn in_line(&self, line: &str) -> (Vec<InLine>, Vec<usize>) {
        const QUALIFIERS: &[&str] = &[
            "previous",
            "former",
            "last",
            "other",
            "mothers",
            "fathers",
            "parents",
            "carers",
            "siblings",
            "referrers",
            "guardians",
            "partners",
            "team",
            "school",
            "associates",
            "next",
            "of",
            "new",
        ];
        let (mut out, mut doubtful): (Vec<InLine>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut done = 0;
        for (colon, ch) in line.char_indices().filter(|(_, ch)| matches!(ch, ':' | '?' | '–' | '-' | '=')) {
            let after = colon + ch.len_utf8();
            let spaced = line.get(..colon).is_some_and(|left| left.ends_with(' '))
                && line.get(after..).is_some_and(|right| right.starts_with(' '));
            if colon < done || (matches!(ch, '-' | '–' | '=') && !spaced) {
                continue;
            }
            let starts = std::iter::once(done).chain(
                line.char_indices()
                    .filter(|(at, ch)| ch.is_whitespace() && *at >= done && *at < colon)
                    .map(|(at, ch)| at + ch.len_utf8()),
            );
            for start in starts {
                let Some(candidate) = line.get(start..colon) else { continue };
                // Behind the box of an option no label ends: "Key risk (tick all that apply) ☐ S – Sexual".
                if candidate.len() > 120 || candidate.trim().is_empty() || has_boxes(candidate) {
                    continue;
                }
                let at_edge = start == done && out.is_empty()
                    || line.get(..start).is_some_and(|left| left.trim_end().ends_with(['|', ';', ',', ')']));
                if !at_edge {
                    if out.is_empty() || matches!(ch, '-' | '–' | '=') {
                        continue;
                    }
                    let before = line
                        .get(..start)
                        .and_then(|left| left.split_whitespace().next_back())
                        .map(normalise)
                        .unwrap_or_default();
                    // A school or a team has a number and an address of its own, but is not born.
                    let of_place = matches!(before.as_str(), "school" | "team");
                    let is_own = |targets: &Targets| {
                        targets.iter().all(|(target, tier)| {
                            let target = match target {
                                Target::Field(field) => *field,
                                _ => return false,
                            };
                            *tier == 0
                                && matches!(
                                    target,
                                    FieldId::NhsNumber
                                        | FieldId::DateOfBirth
                                        | FieldId::Age
                                        | FieldId::LegalStatus
                                        | FieldId::ResponsibleAuthority
                                        | FieldId::Gp
                                        | FieldId::AssessmentDate
                                        | FieldId::ReviewDate
                                )
                        })
                    };
                    let parts = of_place && self.exact(candidate).is_some_and(is_own);
                    if QUALIFIERS.contains(&before.as_str()) && !parts {
                        // "Agency: Engage Team Tel: 01632 960001": where the answer ends, nobody can say.
                        if ch == ':' && self.exact(candidate).is_some() {
                            doubtful.push(start);
                        }
                        continue;
                    }
                }
                let targets = if start == 0 { self.meaning(candidate) } else { self.exact(candidate) };
                if let Some(targets) = targets {
                    out.push((start, after, targets.clone()));
                    done = after;
                    break;
                }
            }
        }
        (out, doubtful)
    }

    /// `DOB 01/02/2011`: a label and an answer parted by a space only. Taken for typed answers alone, and only when the
    /// label is several letters long; the parser decides whether the rest fits.
    fn spaced(&self, text: &str) -> Option<Hit> {
        if text.contains('\n') || text.len() > 80 {
            return None;
        }
        let mut cuts: Vec<usize> = text.char_indices().filter(|(_, ch)| *ch == ' ').map(|(at, _)| at).collect();
        cuts.reverse();
        cuts.into_iter().find_map(|at| {
            let (label, rest) = (text.get(..at)?, text.get(at..)?);
            let targets = self.exact(label)?;
            let typed = matches!(
                targets.first(),
                Some((
                    Target::Field(FieldId::DateOfBirth | FieldId::NhsNumber | FieldId::AssessmentDate | FieldId::Age),
                    0
                ))
            );
            (typed && rest.trim_start().starts_with(|ch: char| ch.is_ascii_digit())).then(|| Hit {
                targets: targets.clone(),
                rest: Some(rest.trim().to_owned()),
                inline: true,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::form::FormTables;

    proptest::proptest! {
        #[test]
        fn a_cell_without_a_label_of_any_form_has_none_of_each_form(
            label in proptest::sample::select(labels()),
            shape in proptest::sample::select(vec![
                "@", "@:", "@: answer", "@\nanswer", "@ 01/02/2011", "(@)", "@ (if known)", "answer | @: answer", "the @ answer",
                "answer\n@: answer", "@ - answer", "@ = answer; @: answer", "an @", "@?", "• @ –",
            ]),
        ) {
            let tables = FormTables::shipped().unwrap();
            let text = shape.replace('@', &label);
            let (at, nested) = (String::new(), String::new());
            let cell = Cell { at, col: 0, col_span: 1, row_span: 1, text, nested, scalar: Scalar::Text };
            for form in tables.forms() {
                if !form.labels.hits(&cell).is_empty() {
                    proptest::prop_assert!(tables.labels().could_hit(&cell), "{}: {}", form.table.id, cell.text);
                }
            }
        }
    }

    #[test]
    fn the_first_option_behind_a_hint_in_brackets_keeps_its_box() {
        let tables = FormTables::shipped().unwrap();
        let text = "Key risk for the child (tick all that apply) ☒ S – Sexual exploitation ☐ T – Trafficking";
        let hits = tables.labels().hits(&Cell::of_page(1, 0, text.to_owned()));
        let rests: Vec<Option<&str>> = hits.iter().map(|hit| hit.rest.as_deref()).collect();
        assert_eq!(rests, [Some("☒ S – Sexual exploitation ☐ T – Trafficking")]);
    }

    /// Labels that are printed, and words that are none.
    fn labels() -> Vec<String> {
        let printed = FormTables::shipped().unwrap().tables.into_iter().flat_map(|table| table.fields.into_values());
        let mut all: Vec<String> = printed.flat_map(|field| field.aliases).collect();
        all.extend(["seen at school", "Mother", "10 November 2026", "x"].map(str::to_owned));
        all
    }
}
