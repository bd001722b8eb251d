//! What the codes of a font mean and how wide they are.

use super::super::model::{UNTICKED, wingdings};
use super::{STREAM, entry, number, standard};
use lopdf::{Dictionary, Document, Encoding, Object};
use std::collections::BTreeMap;

/// Stands for a character whose meaning the file does not give.
pub(super) const UNKNOWN: char = '\u{FFFD}';

/// A font in use.
pub(super) struct Font<'a> {
    meaning: Meaning<'a>,
    /// Codes of two bytes.
    wide: bool,
    widths: BTreeMap<u32, f64>,
    usual: f64,
}

enum Meaning<'a> {
    Encoded(Encoding<'a>),
    /// Letters that are ticks and boxes.
    Dingbats,
    Wingdings,
    /// Codes without a meaning.
    None,
}

impl<'a> Font<'a> {
    pub(super) fn of(pdf: &'a Document, font: &'a Dictionary) -> Self {
        let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_lowercase();
        let composite = font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0");
        let mapped = font.has(b"ToUnicode");
        let embedded =
            entry(pdf, font, b"FontDescriptor").and_then(|descriptor| descriptor.as_dict().ok()).is_some_and(
                |descriptor| [&b"FontFile"[..], b"FontFile2", b"FontFile3"].iter().any(|key| descriptor.has(key)),
            );
        let meaning = if name.contains("zapfdingbats") && !mapped {
            Meaning::Dingbats
        } else if name.contains("wingdings") && !mapped && !composite {
            Meaning::Wingdings
        } else if !mapped && (composite || (embedded && !font.has(b"Encoding"))) {
            // The codes are numbers of shapes: which letters they are is anybody's guess.
            Meaning::None
        } else {
            font.get_font_encoding_with_limit(pdf, STREAM).map_or(Meaning::None, Meaning::Encoded)
        };
        let (widths, usual) = if composite { composite_widths(pdf, font) } else { simple_widths(pdf, font) };
        Self { meaning, wide: composite, widths, usual }
    }

    /// The text of a string and how far it reaches, in thousandths of the font's size; with each code's share.
    pub(super) fn show(&self, bytes: &[u8]) -> Vec<(String, f64, bool)> {
        let step = if self.wide { 2 } else { 1 };
        bytes
            .chunks(step)
            .map(|code| {
                let number = code.iter().fold(0u32, |all, byte| (all << 8) | u32::from(*byte));
                let width = self.widths.get(&number).copied().unwrap_or(self.usual);
                (self.meaning(code), width, code == b" ")
            })
            .collect()
    }

    fn meaning(&self, code: &[u8]) -> String {
        let byte = u32::from(code.last().copied().unwrap_or(0));
        let text = match &self.meaning {
            Meaning::Dingbats => match byte {
                0x33 | 0x34 => "✓".to_owned(),
                0x35..=0x38 => "✗".to_owned(),
                // A black square is a box filled in, or how each line of a list begins.
                0x6E => UNKNOWN.to_string(),
                0x6F..=0x72 => UNTICKED.to_string(),
                0x20 => " ".to_owned(),
                _ => String::new(),
            },
            Meaning::Wingdings => match (wingdings(byte), byte) {
                (Some(mark), _) => mark.to_string(),
                (None, 0x20) => " ".to_owned(),
                _ => String::new(),
            },
            Meaning::Encoded(encoding) => {
                let text = encoding.bytes_to_string(code).unwrap_or_default();
                if text.is_empty() && byte > 0x20 { UNKNOWN.to_string() } else { text }
            }
            Meaning::None => UNKNOWN.to_string(),
        };
        text.chars().map(|ch| if ch.is_control() { UNKNOWN } else { ch }).flat_map(unligature).collect()
    }
}

/// Letters that a font joins are letters again.
fn unligature(ch: char) -> impl Iterator<Item = char> {
    let joined = match ch {
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' | 'ﬆ' => "st",
        _ => "",
    };
    let own = joined.is_empty().then_some(ch);
    joined.chars().chain(own)
}

fn simple_widths(pdf: &Document, font: &Dictionary) -> (BTreeMap<u32, f64>, f64) {
    let first = entry(pdf, font, b"FirstChar").and_then(|first| first.as_i64().ok()).unwrap_or(0);
    let widths = entry(pdf, font, b"Widths").and_then(|widths| widths.as_array().ok());
    let Some(widths) = widths else { return (standard_widths(font), 520.0) };
    let numbered = widths.iter().take(256).enumerate().filter_map(|(at, width)| {
        let code = u32::try_from(first.checked_add(i64::try_from(at).ok()?)?).ok()?;
        let width = match width {
            Object::Reference(id) => number(pdf.get_object(*id).ok()?),
            width => number(width),
        };
        Some((code, width?))
    });
    (numbered.collect(), 500.0)
}

fn standard_widths(font: &Dictionary) -> BTreeMap<u32, f64> {
    let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
    (standard::FIRST..).zip(standard::of(name).iter().map(|width| f64::from(*width))).collect()
}

fn composite_widths(pdf: &Document, font: &Dictionary) -> (BTreeMap<u32, f64>, f64) {
    let mut out = BTreeMap::new();
    let descendant =
        entry(pdf, font, b"DescendantFonts").and_then(|fonts| fonts.as_array().ok()?.first()).and_then(|first| {
            match first {
                Object::Reference(id) => pdf.get_dictionary(*id).ok(),
                first => first.as_dict().ok(),
            }
        });
    let Some(descendant) = descendant else { return (out, 1000.0) };
    let usual = entry(pdf, descendant, b"DW").and_then(number).unwrap_or(1000.0);
    let widths = entry(pdf, descendant, b"W").and_then(|widths| widths.as_array().ok());
    let mut rest = widths.map(Vec::as_slice).unwrap_or_default();
    let mut given = 0usize;
    while let [first, next, more @ ..] = rest {
        let Some(first) = first.as_i64().ok().and_then(|first| u32::try_from(first).ok()) else { break };
        let list = match next {
            Object::Reference(id) => pdf.get_object(*id).ok().and_then(|list| list.as_array().ok()),
            next => next.as_array().ok(),
        };
        if let Some(list) = list {
            given += list.len();
            out.extend((first..).zip(list.iter().take(65_536).filter_map(number)));
            rest = more;
        } else if let ([width, more @ ..], Ok(last)) = (more, next.as_i64()) {
            let last = u32::try_from(last).unwrap_or(0).min(first.saturating_add(65_536));
            let width = number(width).unwrap_or(usual);
            given += usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX);
            out.extend((first..=last).map(|code| (code, width)));
            rest = more;
        } else {
            break;
        }
        if given > 200_000 {
            break;
        }
    }
    (out, usual)
}
