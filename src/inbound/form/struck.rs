//! Words that are struck out within a cell of an .xlsx, whose runs are styled by themselves (ECMA-376 part 1, 18.4.4): their
//! author took them back, and what is not struck out is the answer.

use super::folded::place;
use super::xml;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// A string as it goes by: of what was not struck out, and whether anything was.
#[derive(Default)]
struct Rich {
    kept: String,
    is_struck: bool,
    any: bool,
    in_text: bool,
    /// How a word is pronounced, which is not part of it.
    in_sound: bool,
}

impl Rich {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(start) | Event::Empty(start) => match start.local_name().as_ref() {
                "r" => self.is_struck = false,
                "strike" => self.is_struck = !matches!(attribute(start, "val").as_deref(), Some("0" | "false")),
                "t" => self.in_text = matches!(event, Event::Start(_)),
                "rPh" => self.in_sound = matches!(event, Event::Start(_)),
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "t" => self.in_text = false,
                "rPh" => self.in_sound = false,
                _ => {}
            },
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => self.text(&xml::resolved(reference).unwrap_or_default()),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match self.in_text && !self.in_sound {
            true if self.is_struck => self.any = true,
            true => self.kept.push_str(text),
            false => {}
        }
    }

    /// What is left, where something was struck out.
    fn left(self) -> Option<String> {
        self.any.then_some(self.kept)
    }
}

/// By their number, what is left of the shared strings of which something is struck out.
pub(super) fn strings(shared: &str) -> BTreeMap<usize, String> {
    let (mut out, mut number, mut rich) = (BTreeMap::new(), 0usize, Rich::default());
    each(shared, |event| {
        rich.event(event);
        if ends(event, "si") {
            out.extend(std::mem::take(&mut rich).left().map(|left| (number, left)));
            number += 1;
        }
    });
    out
}

/// By row and column, what is left in the cells of a sheet of which something is struck out.
pub(super) fn cells(sheet: &str, strings: &BTreeMap<usize, String>) -> BTreeMap<(u32, u32), String> {
    let mut out = BTreeMap::new();
    if strings.is_empty() && !sheet.contains("strike") {
        return out;
    }
    let (mut at, mut is_shared, mut in_number) = (None, false, false);
    let (mut number, mut rich) = (String::new(), Rich::default());
    each(sheet, |event| {
        match event {
            Event::Start(start) if start.local_name().as_ref() == "c" => {
                at = attribute(start, "r").and_then(|reference| place(&reference));
                is_shared = attribute(start, "t").as_deref() == Some("s");
                (number, rich) = (String::new(), Rich::default());
            }
            Event::Start(start) if start.local_name().as_ref() == "v" => in_number = true,
            Event::Text(text) if in_number => number.push_str(&text.xml10_content()),
            _ => rich.event(event),
        }
        in_number &= !ends(event, "v");
        if ends(event, "c") {
            let shared =
                number.trim().parse().ok().filter(|_| is_shared).and_then(|number: usize| strings.get(&number));
            out.extend(at.take().zip(shared.cloned().or_else(|| std::mem::take(&mut rich).left())));
        }
    });
    out
}

fn each(text: &str, mut take: impl FnMut(&Event<'_>)) {
    let mut reader = quick_xml::Reader::from_str(text);
    while let Ok(event) = reader.read_event() {
        if matches!(event, Event::Eof) {
            return;
        }
        take(&event);
    }
}

fn ends(event: &Event<'_>, name: &str) -> bool {
    matches!(event, Event::End(end) if end.local_name().as_ref() == name)
        || name == "si" && matches!(event, Event::Empty(empty) if empty.local_name().as_ref() == name)
}

fn attribute(start: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == wanted)?;
    Some(found.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: &str = "<sst><si><t>Plain</t></si><si/><si><r><rPr><b/><strike/></rPr><t>Lee Old</t></r>\
        <r><t xml:space=\"preserve\"> Pat &amp; Bo</t></r><rPh sb=\"0\" eb=\"1\"><t>sound</t></rPh></si>\
        <si><r><rPr><strike val=\"0\"/></rPr><t>kept</t></r></si><si><r><rPr><strike/></rPr><t>gone</t></r></si></sst>";

    #[test]
    fn what_is_not_struck_out_is_left() {
        let strings = strings(SHARED);
        assert_eq!(strings, BTreeMap::from([(2, " Pat & Bo".to_owned()), (4, String::new())]));
        let inline = "<is><r><t>High</t></r><r><rPr><strike/></rPr><t>Low</t></r></is>";
        let sheet = format!(
            "<sheetData><row><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>2</v></c><c r=\"C1\"><v>2</v></c>\
             <c r=\"D2\" t=\"inlineStr\">{inline}</c></row></sheetData>"
        );
        let expected = BTreeMap::from([((0, 1), " Pat & Bo".to_owned()), ((1, 3), "High".to_owned())]);
        assert_eq!(cells(&sheet, &strings), expected);
        assert_eq!(cells("<c r=\"A1\" t=\"s\"><v>4</v>", &strings), BTreeMap::new(), "broken");
    }
}
