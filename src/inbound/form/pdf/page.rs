//! One page's drawing instructions, as far as they place text or draw straight lines (ISO 32000-1, 8 and 9).

use super::fonts::{Font, UNKNOWN};
use super::{Page, Rule, Run, STREAM, Stroke, entry, number};
use crate::inbound::form::Refused;
use crate::inbound::form::model::{TICKED, UNTICKED};
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Forms drawn within forms.
const DEPTH: usize = 8;
const RUNS: usize = 10_000;
const RULES: usize = 5_000;
const BOXES: usize = 2_000;
/// What drawing a form costs besides its bytes, so that one that draws itself comes to an end.
const DRAWING: u64 = 128 * 1024;

/// `x' = a x + c y + e`, `y' = b x + d y + f`.
#[derive(Clone, Copy)]
struct Matrix([f64; 6]);

impl Matrix {
    const ONE: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn of(operands: &[Object]) -> Option<Self> {
        let mut out = [0.0; 6];
        if operands.len() != 6 {
            return None;
        }
        for (slot, object) in out.iter_mut().zip(operands) {
            *slot = number(object)?;
        }
        Some(Self(out))
    }

    /// First this, then the other.
    fn then(self, other: Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Self([a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l])
    }

    fn point(self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }
}

#[derive(Clone)]
struct State {
    ctm: Matrix,
    font: Option<Vec<u8>>,
    size: f64,
    letter: f64,
    word: f64,
    scale: f64,
    leading: f64,
    rise: f64,
    /// Rendering mode 3 and 7: nothing is drawn.
    unseen: bool,
    /// Drawn in grey, as the prompt of a form's field is.
    faint: bool,
}

/// The text and lines of a page.
pub(super) fn read(pdf: &Document, id: ObjectId, budget: &mut u64) -> Result<Page, Refused> {
    let mut page = Page::default();
    let content = pdf.get_page_content_with_limit(id, STREAM).map_err(|_| too_much())?;
    *budget = budget.checked_sub(content.len() as u64).ok_or_else(too_much)?;
    let mut resources: Vec<&Dictionary> = Vec::new();
    if let Ok((own, ids)) = pdf.get_page_resources(id) {
        resources.extend(own);
        resources.extend(ids.into_iter().filter_map(|id| pdf.get_dictionary(id).ok()));
    }
    let start = turned(pdf, id);
    draw(pdf, &content, &resources, start, DEPTH, &mut page, budget)?;
    boxes(&mut page);
    strike(&mut page);
    Ok(page)
}

/// Drawn boxes become the signs that fonts have for them.
fn boxes(page: &mut Page) {
    let filled = std::mem::take(&mut page.filled);
    let ticked: Vec<[f64; 4]> = filled.into_iter().filter(|square| holds_tick(*square, &page.strokes)).collect();
    page.boxes.extend(ticked);
    let mut done: Vec<[f64; 4]> = Vec::new();
    for square @ [left, bottom, right, top] in std::mem::take(&mut page.boxes) {
        if done.iter().any(|[x, y, ..]| (x - left).abs() < 3.0 && (y - bottom).abs() < 3.0) {
            continue;
        }
        done.push(square);
        let inside = |x: f64, y: f64| x > left - 1.0 && x < right + 1.0 && y > bottom - 1.0 && y < top + 1.0;
        let struck = page.strokes.iter().any(|((x0, y0), (x1, y1))| inside((x0 + x1) / 2.0, (y0 + y1) / 2.0));
        // A letter or tick printed in the box.
        let mut marked = false;
        page.runs.retain(|run| {
            let own = inside((run.x + run.end) / 2.0, run.y + run.size * 0.3) && run.text.trim().chars().count() <= 1;
            marked |= own && matches!(run.text.trim(), "x" | "X" | "✓" | "✔" | "✗" | "✘" | "☒" | "☑" | "√");
            !own
        });
        let text = if struck || marked { TICKED } else { UNTICKED }.to_string();
        let size = (top - bottom).max(8.0);
        page.runs.push(Run {
            x: left,
            end: right,
            y: bottom + (top - bottom) * 0.15,
            size,
            text,
            field: None,
            font: 0,
        });
    }
}

/// A browser fills the box that is ticked and draws its tick on it. A square with more lines on it is a picture.
fn holds_tick([left, bottom, right, top]: [f64; 4], strokes: &[Stroke]) -> bool {
    let inside = |(x, y): (f64, f64)| x > left && x < right && y > bottom && y < top;
    let own = strokes.iter().filter(|(from, to)| inside(*from) && inside(*to)).count();
    (1..=2).contains(&own)
}

fn too_much() -> Refused {
    Refused::limit("more data than the reader takes once it is unpacked".to_owned())
}

/// Text with a line through it was taken back by its author: it goes where the line is as long as what it strikes out. A
/// longer or shorter one leaves in doubt what was meant.
fn strike(page: &mut Page) {
    let through = |line: &Rule, run: &Run| {
        let middle = (run.x + run.end) / 2.0;
        let height = line.at > run.y + run.size * 0.15 && line.at < run.y + run.size * 0.6;
        height && line.from <= middle && middle <= line.to
    };
    let mut fits: Vec<bool> = Vec::new();
    for line in &page.level {
        let struck: Vec<&Run> = page.runs.iter().filter(|run| run.field.is_none() && through(line, run)).collect();
        let (left, right, size) = struck.iter().fold((f64::MAX, f64::MIN, 0.0f64), |(left, right, size), run| {
            (left.min(run.x), right.max(run.end), size.max(run.size))
        });
        // The space behind a word may be left without.
        fits.push((line.from - left).abs() < size * 0.2 && (line.to - right).abs() < size * 0.4);
    }
    let mut level = std::mem::take(&mut page.level);
    let mut gone: Vec<Run> = Vec::new();
    page.runs.retain_mut(|run| {
        let lines = || level.iter().zip(&fits).filter(|(line, _)| through(line, run));
        let (struck, out) = (lines().next().is_some(), lines().any(|(_, fits)| *fits));
        if struck && !out {
            run.text = UNKNOWN.to_string();
        }
        let stays = !out || run.field.is_some();
        gone.extend((!stays).then(|| run.clone()));
        stays
    });
    // What was written behind it stands where it stood: there its column begins.
    gone.sort_by(|a, b| b.x.total_cmp(&a.x));
    for struck in gone {
        let behind = page.runs.iter_mut().filter(|run| {
            let gap = run.x - struck.end;
            (run.y - struck.y).abs() < struck.size * 0.3 && gap > -struck.size * 0.2 && gap < struck.size
        });
        if let Some(run) = behind.min_by(|a, b| a.x.total_cmp(&b.x)) {
            run.x = struck.x;
        }
    }
    let mut fits = fits.into_iter();
    level.retain(|_| fits.next() != Some(true));
    // A line under words, and no longer than they are, is none of a table's.
    level.retain(|line| {
        let on = |run: &&Run| {
            let under = line.at < run.y + run.size * 0.05 && line.at > run.y - run.size * 0.35;
            under && run.field.is_none() && line.from - run.size <= run.x && run.end <= line.to + run.size
        };
        let (left, right, size) =
            page.runs.iter().filter(on).fold((f64::MAX, f64::MIN, 0.0f64), |(l, r, size), run| {
                (l.min(run.x), r.max(run.end), size.max(run.size))
            });
        (line.from - left).abs() > size * 0.2 || (line.to - right).abs() > size * 0.4
    });
    page.level = level;
}

/// Neither black nor white, and no other colour.
fn is_grey(operands: &[Object]) -> bool {
    let parts: Vec<f64> = operands.iter().filter_map(number).collect();
    let (low, high) = parts.iter().fold((1.0f64, 0.0f64), |(low, high), part| (low.min(*part), high.max(*part)));
    !parts.is_empty() && low > 0.3 && high < 0.85 && high - low < 0.03
}

/// A page that is shown turned is read as it is shown.
fn turned(pdf: &Document, id: ObjectId) -> Matrix {
    let turn = pdf.get_dictionary(id).ok().and_then(|page| entry(pdf, page, b"Rotate")?.as_i64().ok());
    match turn.map(|turn| turn.rem_euclid(360)) {
        Some(90) => Matrix([0.0, -1.0, 1.0, 0.0, 0.0, 842.0]),
        Some(180) => Matrix([-1.0, 0.0, 0.0, -1.0, 842.0, 842.0]),
        Some(270) => Matrix([0.0, 1.0, -1.0, 0.0, 842.0, 0.0]),
        _ => Matrix::ONE,
    }
}

/// The same for a place on the page, for what stands beside the drawing: fields and notes.
pub(super) fn place(pdf: &Document, id: ObjectId, x: f64, y: f64) -> (f64, f64) {
    turned(pdf, id).point(x, y)
}

fn find<'a>(pdf: &'a Document, resources: &[&'a Dictionary], kind: &[u8], name: &[u8]) -> Option<&'a Object> {
    resources.iter().find_map(|all| entry(pdf, entry(pdf, all, kind)?.as_dict().ok()?, name))
}

fn draw<'a>(
    pdf: &'a Document,
    content: &[u8],
    resources: &[&'a Dictionary],
    ctm: Matrix,
    depth: usize,
    page: &mut Page,
    budget: &mut u64,
) -> Result<(), Refused> {
    let Ok(content) = Content::decode(content) else { return Ok(()) };
    let state = State {
        ctm,
        font: None,
        size: 1.0,
        letter: 0.0,
        word: 0.0,
        scale: 1.0,
        leading: 0.0,
        rise: 0.0,
        unseen: false,
        faint: false,
    };
    let mut pen = Pen {
        pdf,
        resources,
        state,
        saved: Vec::new(),
        text: Matrix::ONE,
        line: Matrix::ONE,
        path: Vec::new(),
        at: (0.0, 0.0),
        start: (0.0, 0.0),
        fonts: BTreeMap::new(),
        page,
    };
    for operation in &content.operations {
        if let Some(form) = pen.perform(operation) {
            if depth == 0 {
                continue;
            }
            let Ok(inner) = form.decompressed_content_with_limit(STREAM) else { continue };
            *budget = budget.checked_sub(DRAWING + inner.len() as u64).ok_or_else(too_much)?;
            let matrix = form.dict.get(b"Matrix").and_then(Object::as_array).ok();
            let matrix = matrix.and_then(|matrix| Matrix::of(matrix)).unwrap_or(Matrix::ONE);
            let own = entry(pdf, &form.dict, b"Resources").and_then(|own| own.as_dict().ok());
            let inherited: Vec<&Dictionary> = own.into_iter().chain(resources.iter().copied()).collect();
            let ctm = matrix.then(pen.state.ctm);
            draw(pdf, &inner, &inherited, ctm, depth - 1, pen.page, budget)?;
        }
        if pen.page.runs.len() > RUNS {
            return Err(Refused::limit(format!("more than {RUNS} pieces of text on a page")));
        }
    }
    Ok(())
}

/// A space stands this near behind its word, in sizes of the letters.
const SPACE: f64 = 0.1;

struct Pen<'a, 'p> {
    pdf: &'a Document,
    resources: &'p [&'a Dictionary],
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    /// Straight pieces of the path being made, in the page's own measure.
    path: Vec<((f64, f64), (f64, f64))>,
    at: (f64, f64),
    start: (f64, f64),
    fonts: BTreeMap<Vec<u8>, Font<'a>>,
    page: &'p mut Page,
}

impl<'a> Pen<'a, '_> {
    /// One instruction; a form that is drawn is handed back.
    fn perform(&mut self, operation: &Operation) -> Option<&'a lopdf::Stream> {
        let operands = operation.operands.as_slice();
        let n = |at: usize| operands.get(at).and_then(number);
        match operation.operator.as_str() {
            "q" if self.saved.len() < 512 => self.saved.push(self.state.clone()),
            "Q" => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            "cm" => {
                if let Some(matrix) = Matrix::of(operands) {
                    self.state.ctm = matrix.then(self.state.ctm);
                }
            }
            "BT" => (self.text, self.line) = (Matrix::ONE, Matrix::ONE),
            "Tf" => {
                let name = operands.first().and_then(|name| name.as_name().ok());
                self.state.font = name.map(<[u8]>::to_vec);
                self.state.size = n(1).unwrap_or(1.0);
            }
            "Tc" => self.state.letter = n(0).unwrap_or(0.0),
            "Tw" => self.state.word = n(0).unwrap_or(0.0),
            "Tz" => self.state.scale = n(0).unwrap_or(100.0) / 100.0,
            "TL" => self.state.leading = n(0).unwrap_or(0.0),
            "Ts" => self.state.rise = n(0).unwrap_or(0.0),
            "Tr" => self.state.unseen = matches!(operands.first().map(Object::as_i64), Some(Ok(3 | 7))),
            "Td" => self.next_line(n(0).unwrap_or(0.0), n(1).unwrap_or(0.0)),
            "TD" => {
                self.state.leading = -n(1).unwrap_or(0.0);
                self.next_line(n(0).unwrap_or(0.0), n(1).unwrap_or(0.0));
            }
            "Tm" => {
                if let Some(matrix) = Matrix::of(operands) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            "T*" => self.next_line(0.0, -self.state.leading),
            "Tj" => self.show(operands.first()),
            "'" => {
                self.next_line(0.0, -self.state.leading);
                self.show(operands.first());
            }
            "\"" => {
                self.state.word = n(0).unwrap_or(0.0);
                self.state.letter = n(1).unwrap_or(0.0);
                self.next_line(0.0, -self.state.leading);
                self.show(operands.get(2));
            }
            "TJ" => {
                let parts = operands.first().and_then(|parts| parts.as_array().ok()).map(Vec::as_slice);
                for part in parts.unwrap_or_default() {
                    match number(part) {
                        Some(shift) => self.advance(-shift / 1000.0 * self.state.size * self.state.scale),
                        None => self.show(Some(part)),
                    }
                }
            }
            "Do" => {
                let name = operands.first().and_then(|name| name.as_name().ok())?;
                let drawn = find(self.pdf, self.resources, b"XObject", name)?.as_stream().ok()?;
                match drawn.dict.get(b"Subtype").and_then(Object::as_name) {
                    Ok(b"Form") => return Some(drawn),
                    _ => self.page.pictures += 1,
                }
            }
            "g" | "rg" | "sc" | "scn" => self.state.faint = is_grey(operands),
            "k" => self.state.faint = false,
            "BI" | "EI" => self.page.pictures += 1,
            other => self.path(other, operands),
        }
        None
    }

    fn path(&mut self, operator: &str, operands: &[Object]) {
        let n = |at: usize| operands.get(at).and_then(number).unwrap_or(0.0);
        match operator {
            "m" => {
                self.at = self.state.ctm.point(n(0), n(1));
                self.start = self.at;
            }
            "l" => {
                let to = self.state.ctm.point(n(0), n(1));
                self.path.push((self.at, to));
                self.at = to;
            }
            "c" => self.at = self.state.ctm.point(n(4), n(5)),
            "v" | "y" => self.at = self.state.ctm.point(n(2), n(3)),
            "h" => {
                self.path.push((self.at, self.start));
                self.at = self.start;
            }
            "re" => {
                let (x, y, width, height) = (n(0), n(1), n(2), n(3));
                let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
                let [a, b, c, d] = corners.map(|(x, y)| self.state.ctm.point(x, y));
                self.path.extend([(a, b), (b, c), (c, d), (d, a)]);
                (self.at, self.start) = (a, a);
            }
            "S" | "s" | "B" | "B*" | "b" | "b*" => self.paint(true),
            "f" | "F" | "f*" => self.paint(false),
            "n" => self.path.clear(),
            _ => {}
        }
        if self.path.len() > RULES {
            self.path.clear();
        }
    }

    /// A stroked line is a line; a filled shape is one only if it is thin.
    fn paint(&mut self, stroked: bool) {
        let path = std::mem::take(&mut self.path);
        let mut pieces = path;
        if !stroked {
            let (xs, ys): (Vec<f64>, Vec<f64>) = pieces.iter().map(|((x, y), _)| (*x, *y)).unzip();
            let span = |all: &[f64]| {
                let (low, high) = all.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
                (low, high)
            };
            let ((left, right), (bottom, top)) = (span(&xs), span(&ys));
            if pieces.is_empty() || pieces.len() > 8 {
                return;
            }
            pieces = match (right - left, top - bottom) {
                (width, height) if height <= 3.0 && width > 6.0 => {
                    let y = (top + bottom) / 2.0;
                    vec![((left, y), (right, y))]
                }
                (width, height) if width <= 3.0 && height > 3.0 => {
                    let x = (left + right) / 2.0;
                    vec![((x, bottom), (x, top))]
                }
                (width, height) if is_square(width, height) && self.page.filled.len() < BOXES => {
                    self.page.filled.push([left, bottom, right, top]);
                    return;
                }
                _ => return,
            };
        }
        if stroked && self.small_square(&pieces) {
            return;
        }
        for ((x0, y0), (x1, y1)) in pieces {
            if (x0 - x1).abs() < 1.0 && (y0 - y1).abs() > 3.0 && self.page.upright.len() < RULES {
                self.page.upright.push(Rule { at: x0, from: y0.min(y1), to: y0.max(y1) });
            } else if (y0 - y1).abs() < 1.0 && (x0 - x1).abs() > 3.0 && self.page.level.len() < RULES {
                self.page.level.push(Rule { at: y0, from: x0.min(x1), to: x0.max(x1) });
            }
        }
    }

    /// A small square is a box to tick; slanting lines in it are its tick.
    fn small_square(&mut self, pieces: &[Stroke]) -> bool {
        let slanting = |((x0, y0), (x1, y1)): &Stroke| (x0 - x1).abs() > 2.0 && (y0 - y1).abs() > 2.0;
        self.page.strokes.extend(pieces.iter().copied().filter(slanting).take(2_000));
        if !(4..=6).contains(&pieces.len()) || pieces.iter().any(slanting) {
            return false;
        }
        let points = pieces.iter().flat_map(|(from, to)| [*from, *to]);
        let (left, right, bottom, top) = points
            .fold((f64::MAX, f64::MIN, f64::MAX, f64::MIN), |(left, right, bottom, top), (x, y)| {
                (left.min(x), right.max(x), bottom.min(y), top.max(y))
            });
        let (width, height) = (right - left, top - bottom);
        let square = is_square(width, height);
        if square && self.page.boxes.len() < BOXES {
            self.page.boxes.push([left, bottom, right, top]);
        }
        square
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(self.line);
        self.text = self.line;
    }

    fn advance(&mut self, by: f64) {
        self.text = Matrix([1.0, 0.0, 0.0, 1.0, by, 0.0]).then(self.text);
    }

    fn show(&mut self, string: Option<&Object>) {
        let Some(Object::String(bytes, _)) = string else { return };
        let Some(name) = self.state.font.clone() else { return };
        if !self.fonts.contains_key(&name) {
            let found = find(self.pdf, self.resources, b"Font", &name).and_then(|font| font.as_dict().ok());
            let Some(found) = found else { return };
            self.fonts.insert(name.clone(), Font::of(self.pdf, found));
        }
        let Some(font) = self.fonts.get(&name) else { return };
        let shown = font.show(bytes);
        let place = self.text.then(self.state.ctm);
        let [a, b, ..] = place.0;
        let (x, y) = place.point(0.0, self.state.rise);
        let size = self.state.size.abs() * a.hypot(b);
        let level = a > 0.0 && b.abs() < a.abs() * 0.1;
        let mut text = String::new();
        let mut width = 0.0;
        for (piece, share, space) in shown {
            text.push_str(&piece);
            let word = if space { self.state.word } else { 0.0 };
            width += (share / 1000.0 * self.state.size + self.state.letter + word) * self.state.scale;
        }
        self.advance(width);
        let (end, _) = self.text.then(self.state.ctm).point(0.0, self.state.rise);
        if self.state.unseen || text.is_empty() {
            return;
        }
        if self.state.faint {
            text = UNKNOWN.to_string();
        }
        // A space by itself belongs to what it stands behind.
        let before = self.page.runs.last_mut().filter(|_| level && text == " ");
        if let Some(before) = before.filter(|run| (run.y - y).abs() < 0.5 && (run.end - x).abs() < size * SPACE) {
            before.text.push(' ');
        } else if level {
            let font = face(&name);
            self.page.runs.push(Run { x, end: end.max(x), y, size, text, field: None, font });
        } else if self.page.slanted.len() < 200 {
            self.page.slanted.push(text);
        }
    }
}

/// As large as a box to tick is.
fn is_square(width: f64, height: f64) -> bool {
    (5.0..=18.0).contains(&width) && (width - height).abs() < 2.0
}

/// A number for a font by the name that the page gives it.
fn face(name: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
