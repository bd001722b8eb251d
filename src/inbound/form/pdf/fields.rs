//! The values of form fields (ISO 32000-1, 12.7) and of notes typed onto a page, as if they were printed where they stand.

use super::super::model::{TICKED, UNTICKED};
use super::{Page, Run, entry, number, page};
use lopdf::{Dictionary, Document, Object, ObjectId, decode_text_string};

/// Parents of a field.
const DEPTH: usize = 16;
const HIDDEN: i64 = 1 << 1;
const NO_VIEW: i64 = 1 << 5;
const PUSH_BUTTON: i64 = 1 << 16;

pub(super) fn add(pdf: &Document, id: ObjectId, page: &mut Page) {
    for note in pdf.get_page_annotations(id).unwrap_or_default().into_iter().take(5_000) {
        let flags = entry(pdf, note, b"F").and_then(|flags| flags.as_i64().ok()).unwrap_or(0);
        if flags & (HIDDEN | NO_VIEW) != 0 {
            continue;
        }
        let (text, field) = match note.get(b"Subtype").and_then(Object::as_name) {
            Ok(b"Widget") => {
                let Some(field) = Field::of(pdf, note) else { continue };
                // A field left blank is where an answer would stand.
                let Some(text) = field.value(pdf, note).or_else(|| field.is_blank()) else { continue };
                (text, Some(field.name))
            }
            // Text typed onto a form that has no fields.
            Ok(b"FreeText") => match entry(pdf, note, b"Contents").and_then(|text| decode_text_string(text).ok()) {
                Some(text) => (text, None),
                None => continue,
            },
            _ => continue,
        };
        place(pdf, id, note, &text, field, page);
    }
}

fn place(pdf: &Document, id: ObjectId, note: &Dictionary, text: &str, field: Option<String>, page: &mut Page) {
    let corners = entry(pdf, note, b"Rect").and_then(|rect| rect.as_array().ok()).map(Vec::as_slice);
    let [x0, y0, x1, y1] = corners.unwrap_or_default() else { return };
    let (Some(x0), Some(y0), Some(x1), Some(y1)) = (number(x0), number(y0), number(x1), number(y1)) else { return };
    let ((x0, y0), (x1, y1)) = (page::place(pdf, id, x0, y0), page::place(pdf, id, x1, y1));
    let (left, right, bottom, top) = (x0.min(x1), x0.max(x1), y0.min(y1), y0.max(y1));
    // The line it stands on is that of the text beside it.
    let beside = page.runs.iter().filter(|run| run.field.is_none() && run.y >= bottom - 1.0 && run.y <= top);
    let line = beside.map(|run| run.y).fold(None, |best: Option<f64>, y| Some(best.map_or(y, |best| best.max(y))));
    let y = line.unwrap_or(if top - bottom > 24.0 { top - 12.0 } else { bottom + (top - bottom) * 0.3 });
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    page.runs.push(Run { x: left, end: right, y, size: 10.0, text, field, font: 0 });
}

struct Field {
    name: String,
    kind: Vec<u8>,
    flags: i64,
    value: Option<Object>,
    options: Vec<(Vec<u8>, Object)>,
}

impl Field {
    /// A field with what it takes over from its parents.
    fn of(pdf: &Document, widget: &Dictionary) -> Option<Self> {
        let mut field = Self { name: String::new(), kind: Vec::new(), flags: 0, value: None, options: Vec::new() };
        let (mut names, mut flags) = (Vec::new(), None);
        let mut at = Some(widget);
        for _ in 0..DEPTH {
            let Some(dictionary) = at else { break };
            if let Some(name) = entry(pdf, dictionary, b"T").and_then(|name| decode_text_string(name).ok()) {
                names.push(name);
            }
            if let (true, Some(kind)) =
                (field.kind.is_empty(), entry(pdf, dictionary, b"FT").and_then(|kind| kind.as_name().ok()))
            {
                field.kind = kind.to_vec();
            }
            flags = flags.or_else(|| entry(pdf, dictionary, b"Ff")?.as_i64().ok());
            field.value = field.value.take().or_else(|| entry(pdf, dictionary, b"V").cloned());
            if field.options.is_empty() {
                field.options = options(pdf, dictionary);
            }
            at = entry(pdf, dictionary, b"Parent").and_then(|parent| parent.as_dict().ok());
        }
        names.reverse();
        field.name = names.join(".");
        field.flags = flags.unwrap_or(0);
        (!field.kind.is_empty()).then_some(field)
    }

    fn is_blank(&self) -> Option<String> {
        matches!(self.kind.as_slice(), b"Tx" | b"Ch").then(String::new)
    }

    /// What the field shows: text, or a box.
    fn value(&self, pdf: &Document, widget: &Dictionary) -> Option<String> {
        match self.kind.as_slice() {
            b"Tx" => self.value.as_ref().and_then(text),
            b"Ch" => {
                let chosen: Vec<&Object> = match self.value.as_ref()? {
                    Object::Array(all) => all.iter().collect(),
                    one => vec![one],
                };
                let shown = chosen.into_iter().filter_map(|value| {
                    let key = value.as_str().unwrap_or_default();
                    let shown = self.options.iter().find(|(export, _)| export == key).map(|(_, shown)| shown);
                    text(shown.unwrap_or(value))
                });
                let shown: Vec<String> = shown.collect();
                (!shown.is_empty()).then(|| shown.join(", "))
            }
            b"Btn" if self.flags & PUSH_BUTTON == 0 => {
                let shown = widget.get(b"AS").and_then(Object::as_name).ok().map(<[u8]>::to_vec);
                let named = match &self.value {
                    Some(Object::Name(name)) => Some(name.clone()),
                    Some(Object::String(name, _)) => Some(name.clone()),
                    _ => None,
                };
                let states: Vec<Vec<u8>> = entry(pdf, widget, b"AP")
                    .and_then(|looks| entry(pdf, looks.as_dict().ok()?, b"N")?.as_dict().ok())
                    .map(|looks| looks.iter().map(|(name, _)| name.clone()).filter(|name| name != b"Off").collect())
                    .unwrap_or_default();
                // What the field says counts before how it looks; a viewer that changed one but not the other is odd.
                let on = match (named, shown) {
                    (Some(name), _) if name == b"Off" => false,
                    (Some(name), _) if states.contains(&name) => true,
                    (Some(_), Some(shown)) => shown != b"Off",
                    (Some(_), None) => states.is_empty(),
                    (None, Some(shown)) => shown != b"Off",
                    (None, None) => false,
                };
                Some(if on { TICKED } else { UNTICKED }.to_string())
            }
            _ => None,
        }
    }
}

fn text(value: &Object) -> Option<String> {
    let text = match value {
        Object::Stream(stream) => {
            let bytes = stream.decompressed_content_with_limit(1024 * 1024).ok()?;
            decode_text_string(&Object::string_literal(bytes)).ok()?
        }
        value => decode_text_string(value).ok()?,
    };
    (!text.trim().is_empty()).then_some(text)
}

/// What each choice is exported as and how it is shown.
fn options(pdf: &Document, field: &Dictionary) -> Vec<(Vec<u8>, Object)> {
    let all = entry(pdf, field, b"Opt").and_then(|all| all.as_array().ok()).map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .take(1_000)
        .filter_map(|option| match option {
            Object::Array(pair) => Some((pair.first()?.as_str().ok()?.to_vec(), pair.get(1)?.clone())),
            one => Some((one.as_str().ok()?.to_vec(), one.clone())),
        })
        .collect()
}
