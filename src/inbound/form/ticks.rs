//! Closed sets: which options a form prints and which of them are ticked. A tick may stand before or after its option,
//! in the same cell, in the next one, or in the row below; where that cannot be told, nothing is taken.

use super::label::normalise;
use super::model::{Cell, Scalar, TICKED, UNTICKED};
use super::table::Choice;
use std::collections::BTreeMap;

/// The options of a field, ready to be compared.
pub(super) struct Options<'a> {
    choices: &'a [Choice],
    /// (words, option), longest first.
    phrases: Vec<(Vec<String>, usize)>,
}

/// What a group of options says.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Options seen, and where each ticked one stood.
    pub ticked: BTreeMap<usize, String>,
    /// Options printed.
    pub seen: BTreeMap<usize, String>,
    /// There are ticks or boxes that belong to options.
    pub marks: bool,
    /// A tick could belong to either of two options.
    pub ambiguous: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    Word { text: String, raw: String },
    Separator(char),
    Tick(bool),
    Line,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    Tick(bool),
    Option(usize),
    /// Words behind a tick that are no option of this field: a tick of their own.
    Other,
    Line,
}

/// What a written answer to a one-of question is.
#[derive(Debug, PartialEq)]
pub(super) enum Written {
    /// This option, and the rest of the answer.
    One(usize, String),
    /// The options as printed, none chosen.
    Untouched,
    /// Something that is not one of the options.
    OffScale,
}

impl<'a> Options<'a> {
    pub(super) fn new(choices: &'a [Choice]) -> Self {
        let mut phrases: Vec<(Vec<String>, usize)> = choices
            .iter()
            .enumerate()
            .flat_map(|(at, choice)| choice.says.iter().map(move |text| (words(text), at)))
            .filter(|(phrase, _)| !phrase.is_empty())
            .collect();
        phrases.sort_by_key(|(phrase, _)| {
            std::cmp::Reverse((phrase.len(), phrase.iter().map(String::len).sum::<usize>()))
        });
        Self { choices, phrases }
    }

    /// The value of an option.
    pub(super) fn value(&self, at: usize) -> Option<&'a str> {
        self.choices.get(at).map(|choice| choice.value.as_str())
    }

    pub(super) fn len(&self) -> usize {
        self.choices.len()
    }

    /// Reads a group laid out over rows of cells.
    pub(super) fn group(&self, rows: &[Vec<&Cell>]) -> Group {
        let mut group = Group::default();
        let mut skip_next = false;
        for (at, row) in rows.iter().enumerate() {
            if std::mem::take(&mut skip_next) {
                continue;
            }
            skip_next = self.row(row, rows.get(at + 1), &mut group);
        }
        group
    }

    /// One row; true if the next row held its ticks.
    fn row(&self, row: &[&Cell], next: Option<&Vec<&Cell>>, group: &mut Group) -> bool {
        let mut loose: Vec<(&Cell, Mark)> = Vec::new();
        for cell in row {
            let marks = self.marks_of(cell);
            let options = marks.iter().filter(|mark| matches!(mark, Mark::Option(_))).count();
            let ticks = marks.iter().filter(|mark| matches!(mark, Mark::Tick(_))).count();
            for mark in &marks {
                if let Mark::Option(at) = mark {
                    group.seen.entry(*at).or_insert_with(|| cell.at.clone());
                }
            }
            if options > 0 && ticks > 0 {
                pair(&marks, &cell.at, group);
            } else {
                loose.extend(
                    marks
                        .into_iter()
                        .filter(|mark| !matches!(mark, Mark::Line | Mark::Other))
                        .map(|mark| (*cell, mark)),
                );
            }
        }
        let options: Vec<(&Cell, usize)> = loose
            .iter()
            .filter_map(|(cell, mark)| match mark {
                Mark::Option(at) => Some((*cell, *at)),
                _ => None,
            })
            .collect();
        let ticks: Vec<(&Cell, bool)> = loose
            .iter()
            .filter_map(|(cell, mark)| match mark {
                Mark::Tick(on) => Some((*cell, *on)),
                _ => None,
            })
            .collect();
        match (options.as_slice(), ticks.as_slice()) {
            ([], _) => false,
            (_, []) => options.len() >= 2 && next.is_some_and(|next| self.below(&options, next, group)),
            ([(_, only)], _) => {
                let on = ticks.iter().any(|(_, on)| *on);
                group.marks = true;
                if on {
                    group.ticked.insert(
                        *only,
                        ticks.iter().find(|(_, on)| *on).map(|(cell, _)| cell.at.clone()).unwrap_or_default(),
                    );
                }
                false
            }
            _ => {
                beside(row, &options, &ticks, group);
                false
            }
        }
    }

    /// Options in one row, ticks under them in the next.
    fn below(&self, options: &[(&Cell, usize)], next: &[&Cell], group: &mut Group) -> bool {
        let mut any = false;
        let marks: Vec<(&Cell, Vec<Mark>)> = next.iter().map(|cell| (*cell, self.marks_of(cell))).collect();
        if marks.iter().any(|(_, marks)| marks.iter().any(|mark| matches!(mark, Mark::Option(_)))) {
            return false;
        }
        for (cell, marks) in marks {
            let [Mark::Tick(on)] = marks.as_slice() else { continue };
            let over: Vec<usize> = options
                .iter()
                .filter(|(above, _)| above.col <= cell.col && cell.col < above.end())
                .map(|(_, at)| *at)
                .collect();
            if let [at] = over.as_slice() {
                any = true;
                if *on {
                    group.ticked.insert(*at, cell.at.clone());
                }
            }
        }
        group.marks |= any;
        any
    }

    fn marks_of(&self, cell: &Cell) -> Vec<Mark> {
        if let Scalar::Bool(on) = cell.scalar {
            return vec![Mark::Tick(on)];
        }
        let mut out = self.marks(&cell.text);
        if !cell.nested.is_empty() {
            out.push(Mark::Line);
            out.extend(self.marks(&cell.nested));
        }
        out
    }

    /// Ticks and options of a text in reading order.
    fn marks(&self, text: &str) -> Vec<Mark> {
        match normalise(text).as_str() {
            "x" | "yes" | "y" | "true" => return vec![Mark::Tick(true)],
            "no" | "n" | "false" => return vec![Mark::Tick(false)],
            _ => {}
        }
        let items = items(text);
        let mut out: Vec<Mark> = Vec::new();
        // `fresh`: an option may begin here. `chained`: nothing but options stood since the last boundary.
        let (mut at, mut fresh, mut chained) = (0, true, false);
        while let Some(item) = items.get(at) {
            at += 1;
            match item {
                Item::Tick(on) => {
                    out.push(Mark::Tick(*on));
                    fresh = true;
                }
                Item::Line => {
                    out.push(Mark::Line);
                    fresh = true;
                }
                Item::Separator(_) => fresh = true,
                Item::Word { text, .. } if text == "/" => fresh = true,
                Item::Word { text, .. } if chained && matches!(text.as_str(), "and" | "or") => fresh = true,
                Item::Word { text, raw } if fresh => {
                    let after_tick = matches!(out.last(), Some(Mark::Tick(_)));
                    if let Some((option, end)) = self.option_at(&items, at - 1, after_tick) {
                        if out.last() != Some(&Mark::Option(option)) {
                            out.push(Mark::Option(option));
                        }
                        let sentence = end - (at - 1) >= 4;
                        at = end;
                        chained = true;
                        if let Some((on, end)) = answer_after(&items, at) {
                            out.push(Mark::Tick(on));
                            at = end;
                        } else if sentence {
                            // The rest of a sentence explains it, sometimes in the words of another option.
                            let skip =
                                items.iter().skip(at).take_while(|item| !matches!(item, Item::Tick(_) | Item::Line));
                            at += skip.count();
                        }
                    } else if let Some(options) = self.codes(raw) {
                        out.extend(options.into_iter().map(Mark::Option));
                    } else if text == "x" {
                        out.push(Mark::Tick(true));
                    } else {
                        chained = false;
                        // Numbering ("1.", "b)") may stand before an option.
                        if text.parse::<u8>().is_ok() || text.chars().count() == 1 {
                            continue;
                        }
                        if matches!(at.checked_sub(2).and_then(|before| items.get(before)), Some(Item::Tick(_))) {
                            out.push(Mark::Other);
                        }
                        fresh =
                            matches!(text.as_str(), "risk" | "rating" | "subject" | "to" | "a" | "of" | "level" | "is");
                    }
                }
                Item::Word { .. } => chained = false,
            }
        }
        out
    }

    /// The longest option that starts at an item, and where it ends.
    fn option_at(&self, items: &[Item], start: usize, after_tick: bool) -> Option<(usize, usize)> {
        self.phrases.iter().find_map(|(phrase, option)| {
            let end = matches_at(items, start, phrase)?;
            let Some(Item::Word { raw, .. }) = items.get(start) else { return None };
            let is_code = phrase.iter().all(|word| word.len() == 1);
            if is_code && !raw.chars().all(|ch| !ch.is_lowercase()) {
                return None;
            }
            let bounded = match items.get(end) {
                None | Some(Item::Separator(_) | Item::Tick(_) | Item::Line) => true,
                Some(Item::Word { text, .. }) => {
                    matches!(text.as_str(), "/" | "x" | "yes" | "no" | "y" | "n" | "and" | "or")
                        || (!is_code
                            && (matches!(
                                text.as_str(),
                                "risk"
                                    | "rating"
                                    | "exploitation"
                                    | "episodes"
                                    | "assessment"
                                    | "level"
                                    | "plan"
                                    | "only"
                                    | "tick"
                                    | "please"
                                    | "request"
                            ) || self.phrases.iter().any(|(other, _)| matches_at(items, end, other).is_some())))
                }
            };
            let shouted = raw.len() >= 4 && raw.chars().all(|ch| !ch.is_lowercase());
            let fits = bounded || (!is_code && (phrase.len() >= 4 || after_tick || shouted));
            fits.then_some((*option, end))
        })
    }

    /// `SC` as S and C, where the options have one-letter codes.
    fn codes(&self, raw: &str) -> Option<Vec<usize>> {
        if !(2..=5).contains(&raw.len()) {
            return None;
        }
        raw.chars()
            .map(|ch| {
                let word = ch.is_ascii_uppercase().then(|| ch.to_ascii_lowercase().to_string())?;
                self.phrases.iter().find(|(phrase, _)| phrase.as_slice() == [word.as_str()]).map(|(_, option)| *option)
            })
            .collect()
    }

    /// Options named in a text without ticks, in the order of the table.
    pub(super) fn named(&self, text: &str) -> Vec<usize> {
        let mut out: Vec<usize> = self
            .marks(text)
            .into_iter()
            .filter_map(|mark| match mark {
                Mark::Option(at) => Some(at),
                _ => None,
            })
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// A written answer to a one-of question.
    pub(super) fn written(&self, text: &str) -> Written {
        const FILLERS: &[&str] = &[
            "risk",
            "rating",
            "level",
            "of",
            "is",
            "current",
            "currently",
            "ce",
            "the",
            "rated",
            "as",
            "at",
            "overall",
            "assessed",
            "category",
            "a",
            "this",
            "an",
            "outcome",
        ];
        let items = items(text);
        let start = items.iter().position(|item| {
            !matches!(item, Item::Word { text, .. } if FILLERS.contains(&text.as_str()) || text.parse::<u8>().is_ok())
                && !matches!(item, Item::Separator(_) | Item::Line)
        });
        let Some(start) = start else {
            let numbered =
                items.iter().any(|item| matches!(item, Item::Word { text, .. } if text.parse::<u8>().is_ok()));
            return if numbered { Written::OffScale } else { Written::Untouched };
        };
        let start = led_to(&items, start).unwrap_or(start);
        // Who is at risk of something is not said to be there.
        if let Some([Item::Word { text: risk, .. }, Item::Word { text: of, .. }]) =
            start.checked_sub(2).and_then(|at| items.get(at..start))
            && (risk.as_str(), of.as_str()) == ("risk", "of")
        {
            return Written::OffScale;
        }
        // A filler may itself begin an option ("currently experiencing").
        let found = (0..=start).rev().find_map(|at| {
            self.phrases.iter().find_map(|(phrase, option)| matches_at(&items, at, phrase).map(|end| (*option, end)))
        });
        let Some((option, end)) = found else { return Written::OffScale };
        let rest = items.get(end..).unwrap_or_default();
        if end - start >= 4 {
            // A sentence is explained in the words of others; only one that stands apart is a second answer.
            let apart = (1..rest.len()).any(|at| {
                let boundary = match rest.get(at - 1) {
                    Some(Item::Line) => true,
                    Some(Item::Word { text, .. }) => text == "/",
                    _ => false,
                };
                boundary
                    && self
                        .phrases
                        .iter()
                        .any(|(phrase, other)| *other != option && matches_at(rest, at, phrase).is_some())
            });
            return if apart { Written::OffScale } else { Written::One(option, String::new()) };
        }
        let mut others: Vec<usize> = (0..rest.len())
            .filter_map(|at| {
                self.phrases.iter().find(|(phrase, _)| {
                    matches_at(rest, at, phrase).is_some() && phrase.iter().any(|word| word.len() > 1)
                })
            })
            .map(|(_, other)| *other)
            .filter(|other| *other != option)
            .collect();
        others.sort_unstable();
        others.dedup();
        if !others.is_empty() {
            let printed = others.len() + 1 == self.len() || (self.len() <= 3 && others.len() + 1 >= 2);
            return if printed { Written::Untouched } else { Written::OffScale };
        }
        let listed = is_code_list(rest);
        if !listed && !tail_fits(rest) {
            return Written::OffScale;
        }
        let tail = rest.iter().filter_map(|item| match item {
            Item::Word { raw, .. } if listed && raw.len() == 1 => Some(raw.to_uppercase()),
            Item::Word { raw, .. } => Some(raw.clone()),
            _ => None,
        });
        Written::One(option, tail.collect::<Vec<_>>().join(" / "))
    }
}

/// "Remains", "Has been increased to": where the option they lead to starts. None if they say anything else, as
/// "reduced from" does.
fn led_to(items: &[Item], start: usize) -> Option<usize> {
    const STEADY: &[&str] = &["remains", "remain", "remaining", "still", "now", "stays", "continues", "at", "as", "a"];
    const CHANGED: &[&str] = &[
        "increased",
        "raised",
        "escalated",
        "reduced",
        "decreased",
        "lowered",
        "moved",
        "changed",
        "risen",
        "upgraded",
    ];
    let (mut at, mut changed, mut to) = (start, false, false);
    loop {
        let Some(Item::Word { text, .. }) = items.get(at) else { break };
        match text.as_str() {
            "to" if changed => to = true,
            "has" | "been" | "was" if matches!(items.get(at + 1), Some(Item::Word { text, .. }) if text == "been" || CHANGED.contains(&text.as_str())) =>
                {}
            word if CHANGED.contains(&word) && !changed => changed = true,
            word if STEADY.contains(&word) => {}
            _ => break,
        }
        at += 1;
    }
    (at > start && changed == to).then_some(at)
}

/// "S, C", "S/T/C/M/V", "SC": nothing but the letters of the risk types.
fn is_code_list(rest: &[Item]) -> bool {
    let mut letters = 0;
    let fits = rest.iter().all(|item| match item {
        Item::Separator(sign) => matches!(sign, ',' | ';' | '-' | '–' | '(' | ')' | '+' | ':' | '|' | '[' | ']'),
        Item::Line => true,
        Item::Tick(_) => false,
        Item::Word { text, .. } if matches!(text.as_str(), "/" | "and" | "risk") => true,
        Item::Word { raw, .. } => {
            letters += 1;
            let codes = raw.chars().all(|ch| "STCMV".contains(ch)) && raw.len() <= 5;
            codes || (raw.len() == 1 && raw.chars().all(|ch| "stcmv".contains(ch)))
        }
    });
    fits && letters > 0
}

/// What may follow an option up to the first sign: "risk", "risk of CSE", "CCE". After the sign a sentence may explain
/// it, unless it says that the option is a former one.
fn tail_fits(rest: &[Item]) -> bool {
    const KINDS: &[&str] =
        &["ce", "cse", "cce", "child", "sexual", "criminal", "exploitation", "trafficking", "missing", "and", "/"];
    let end = rest.iter().position(|item| matches!(item, Item::Separator(_) | Item::Line)).unwrap_or(rest.len());
    let (tail, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let mut words = Vec::new();
    for item in tail {
        let Item::Word { text, .. } = item else { return false };
        words.push(text.as_str());
    }
    let former = after.iter().find_map(|item| match item {
        Item::Word { text, .. } => Some(text.as_str()),
        _ => None,
    });
    if former.is_some_and(|word| matches!(word, "previous" | "previously" | "was" | "formerly" | "last" | "historic")) {
        return false;
    }
    let about = words.iter().take_while(|word| matches!(**word, "risk" | "rating" | "level" | "case" | "assessment"));
    let about = about.count();
    let kinds = words.get(about..).unwrap_or_default();
    match kinds.split_first() {
        None => true,
        // "Experiencing risk of": which of the two is meant?
        Some((&"of" | &"for", kinds)) if about == 0 => {
            !kinds.is_empty() && kinds.iter().all(|word| KINDS.contains(word))
        }
        Some((&"exploitation" | &"and" | &"/", _)) => false,
        _ => kinds.iter().all(|word| KINDS.contains(word)),
    }
}

/// Ticks and options within one cell.
fn pair(marks: &[Mark], at: &str, group: &mut Group) {
    group.marks = true;
    let lines: Vec<&[Mark]> = marks.split(|mark| *mark == Mark::Line).collect();
    let count = |line: &[Mark], ticks: bool| {
        line.iter().filter(|mark| **mark != Mark::Other && matches!(mark, Mark::Tick(_)) == ticks).count()
    };
    let by_line = lines.len() > 1
        && lines.iter().all(|line| count(line, false) <= 1 && (count(line, true) == 0 || count(line, false) == 1));
    if by_line {
        for line in lines {
            let option = line.iter().find_map(|mark| if let Mark::Option(at) = mark { Some(*at) } else { None });
            if let (Some(option), true) = (option, line.contains(&Mark::Tick(true))) {
                group.ticked.insert(option, at.to_owned());
            }
        }
        return;
    }
    let flat: Vec<Mark> = marks.iter().copied().filter(|mark| *mark != Mark::Line).collect();
    let before = matches!((flat.first(), flat.last()), (Some(Mark::Tick(_)), Some(Mark::Option(_) | Mark::Other)));
    let after = matches!((flat.first(), flat.last()), (Some(Mark::Option(_)), Some(Mark::Tick(_))));
    if !before && !after {
        group.ambiguous |= flat.contains(&Mark::Tick(true));
        return;
    }
    for pair in flat.windows(2) {
        let option = match pair {
            [Mark::Tick(true), Mark::Option(option)] if before => option,
            [Mark::Option(option), Mark::Tick(true)] if after => option,
            _ => continue,
        };
        group.ticked.insert(*option, at.to_owned());
    }
}

/// Ticks in cells of their own, in the row of several options.
fn beside(row: &[&Cell], options: &[(&Cell, usize)], ticks: &[(&Cell, bool)], group: &mut Group) {
    group.marks = true;
    let first = options.iter().map(|(cell, _)| cell.col).min().unwrap_or(0);
    let last = options.iter().map(|(cell, _)| cell.col).max().unwrap_or(0);
    let any_after = ticks.iter().any(|(cell, _)| cell.col > last) || row.last().is_some_and(|cell| cell.col > last);
    let any_before = ticks.iter().any(|(cell, _)| cell.col < first)
        || row.first().is_some_and(|cell| cell.col < first && cell.is_blank());
    if any_after == any_before {
        group.ambiguous |= ticks.iter().any(|(_, on)| *on);
        return;
    }
    for (cell, _) in ticks.iter().filter(|(_, on)| *on) {
        let option = if any_after {
            options.iter().filter(|(other, _)| other.col < cell.col).max_by_key(|(other, _)| other.col)
        } else {
            options.iter().filter(|(other, _)| other.col > cell.col).min_by_key(|(other, _)| other.col)
        };
        if let Some((_, at)) = option {
            group.ticked.insert(*at, cell.at.clone());
        }
    }
}

/// "Yes" or an x right behind an option.
fn answer_after(items: &[Item], mut at: usize) -> Option<(bool, usize)> {
    while matches!(items.get(at), Some(Item::Separator(':' | '-' | '–' | '='))) {
        at += 1;
    }
    let Some(Item::Word { text, .. }) = items.get(at) else { return None };
    let on = match text.as_str() {
        "x" | "yes" | "y" => true,
        "no" | "n" => false,
        _ => return None,
    };
    let ends = match items.get(at + 1) {
        None | Some(Item::Separator(_) | Item::Line | Item::Tick(_)) => true,
        Some(Item::Word { .. }) => text == "x",
    };
    ends.then_some((on, at + 1))
}

/// Where a phrase that starts at an item ends; separators within do not matter.
fn matches_at(items: &[Item], start: usize, phrase: &[String]) -> Option<usize> {
    let mut at = start;
    for (number, word) in phrase.iter().enumerate() {
        while number > 0 && matches!(items.get(at), Some(Item::Separator(_) | Item::Line)) {
            at += 1;
        }
        match items.get(at) {
            Some(Item::Word { text, .. }) if text == word => at += 1,
            _ => return None,
        }
    }
    Some(at)
}

fn words(text: &str) -> Vec<String> {
    normalise(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// True if the text shows a box or tick.
pub(super) fn has_boxes(text: &str) -> bool {
    count_boxes(text) > 0
}

/// How many boxes and ticks a text shows.
pub(super) fn count_boxes(text: &str) -> usize {
    boxes(text).matches([TICKED, UNTICKED]).count()
}

/// All the ways to draw a box or a tick, as ☒ and ☐.
fn boxes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(ch) = chars.get(at) {
        let close = match ch {
            '[' => Some(']'),
            '(' => Some(')'),
            '|' => Some('|'),
            _ => None,
        };
        if let Some(close) = close
            && let Some(width) = (1..=4).find(|width| chars.get(at + width) == Some(&close))
        {
            let inner: String = chars.get(at + 1..at + width).unwrap_or_default().iter().collect();
            let blank = inner.trim().is_empty() || inner.trim() == "_";
            let ticked = matches!(inner.trim(), "x" | "X" | "✓" | "✔" | "√" | "☒" | "☑" | "✗" | "✘" | "×");
            if ticked || (blank && (*ch != '|' || !inner.trim().is_empty())) {
                out.push(if ticked { TICKED } else { UNTICKED });
                at += width + 1;
                continue;
            }
        }
        out.push(match ch {
            '☒' | '☑' | '✓' | '✔' | '✗' | '✘' | '√' | '🗹' | '⮽' | '🗷' | '⊠' | '■' | '●' | '◉' | '⦿' | '✅' | '☓'
            | '×' => TICKED,
            '☐' | '□' | '◻' | '▢' | '❑' | '❏' | '❒' | '○' | '◯' | '⬜' | '▫' => UNTICKED,
            ch => *ch,
        });
        at += 1;
    }
    out
}

fn items(text: &str) -> Vec<Item> {
    let mut out = Vec::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut Vec<Item>| {
        let text: String = word
            .chars()
            .flat_map(char::to_lowercase)
            .filter(|ch| !matches!(ch, '\'' | '’' | '‘' | '.' | '*' | '"'))
            .collect();
        if !text.is_empty() {
            out.push(Item::Word { text, raw: word.replace(['.', '*'], "") });
        }
        word.clear();
    };
    for ch in boxes(text).chars() {
        match ch {
            TICKED | UNTICKED => {
                flush(&mut word, &mut out);
                out.push(Item::Tick(ch == TICKED));
            }
            '\n' => {
                flush(&mut word, &mut out);
                out.push(Item::Line);
            }
            '/' => {
                flush(&mut word, &mut out);
                out.push(Item::Word { text: "/".to_owned(), raw: "/".to_owned() });
            }
            '&' => {
                flush(&mut word, &mut out);
                out.push(Item::Word { text: "and".to_owned(), raw: "and".to_owned() });
            }
            '-' | '–' | '—' | '‑' | ',' | ';' | ':' | '|' | '(' | ')' | '[' | ']' | '\t' | '•' | '=' | '?' | '!'
            | '_' | '<' | '>' | '#' | '·' | '+' => {
                flush(&mut word, &mut out);
                let ch = if matches!(ch, '—' | '‑') { '-' } else { ch };
                out.push(Item::Separator(ch));
            }
            ch if ch.is_whitespace() => flush(&mut word, &mut out),
            ch => word.push(ch),
        }
    }
    flush(&mut word, &mut out);
    out
}
