//! Rich text as Outlook keeps a message's body: packed (MS-OXRTFCP), and often HTML in disguise (MS-OXRTFEX). Enough to
//! read what a person wrote.

use super::super::decode;
use crate::inbound::rich::{self, Token, Tokens};

/// What rich text turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    Plain(String),
    Html(String),
}

/// The text every packer and unpacker begins with.
const DICTIONARY: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;

/// Unpacks rich text; none when it is no such thing. A cut one gives what came before the cut.
pub(super) fn inflate(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let size = usize::try_from(u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?)).ok()?.min(most);
    let body = bytes.get(16..)?;
    match bytes.get(8..12)? {
        b"MELA" => return body.get(..body.len().min(size)).map(<[u8]>::to_vec),
        b"LZFu" => {}
        _ => return None,
    }
    let mut window = [b' '; WINDOW];
    for (slot, byte) in window.iter_mut().zip(DICTIONARY) {
        *slot = *byte;
    }
    let mut write = DICTIONARY.len();
    let mut out = Vec::new();
    let mut put = |byte: u8, window: &mut [u8; WINDOW], write: &mut usize| {
        if let Some(slot) = window.get_mut(*write) {
            *slot = byte;
        }
        *write = (*write + 1) % WINDOW;
        out.push(byte);
        out.len() < size
    };
    let mut at = body.iter().copied();
    'all: while let Some(control) = at.next() {
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some(byte) = at.next() else { break 'all };
                if !put(byte, &mut window, &mut write) {
                    break 'all;
                }
                continue;
            }
            let (Some(high), Some(low)) = (at.next(), at.next()) else { break 'all };
            let token = usize::from(u16::from_be_bytes([high, low]));
            let (offset, length) = (token >> 4, (token & 0xF) + 2);
            if offset == write {
                break 'all;
            }
            for step in 0..length {
                let byte = window.get((offset + step) % WINDOW).copied().unwrap_or(b' ');
                if !put(byte, &mut window, &mut write) {
                    break 'all;
                }
            }
        }
    }
    Some(out)
}

/// Groups whose content is not text for the reader.
const SILENT: [&str; 12] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "footer",
    "themedata",
    "listtable",
    "generator",
    "datastore",
];

/// What one group of braces sets.
#[derive(Clone, Copy, Default)]
struct Group {
    silent: bool,
    /// HTML markup that stands in the rich text as such.
    markup: bool,
    /// Rich text that the HTML is to be read without.
    in_rich_only: bool,
    /// Bytes to skip after a character given by number.
    skip: usize,
}

/// Rich text as plain text or, where HTML was wrapped in it, as that.
pub(super) fn text(rich: &[u8]) -> Text {
    let html = rich.get(..rich.len().min(2_000)).unwrap_or_default().windows(9).any(|at| at == b"\\fromhtml");
    let mut reader = Reader { charset: "windows-1252".to_owned(), ..Reader::default() };
    for token in Tokens::of(rich) {
        match token {
            Token::Open => reader.open(),
            Token::Close => reader.close(),
            Token::Byte(byte) => reader.byte(byte, html),
            Token::Symbol(symbol) => reader.symbol(symbol, html),
            Token::Word(word, number) => reader.word(word, number, html),
        }
    }
    reader.flush();
    if html { Text::Html(reader.out) } else { Text::Plain(reader.out) }
}

#[derive(Default)]
struct Reader {
    out: String,
    /// Bytes of the rich text's character set, not yet turned into text.
    bytes: Vec<u8>,
    charset: String,
    group: Group,
    outer: Vec<Group>,
    skipped: usize,
}

/// Groups deeper than this are read as if they were at this depth.
const DEPTH: usize = 200;

impl Reader {
    fn open(&mut self) {
        if self.outer.len() < DEPTH {
            self.outer.push(self.group);
        }
    }

    fn close(&mut self) {
        self.group = self.outer.pop().unwrap_or_default();
    }

    fn is_heard(&self, html: bool) -> bool {
        !self.group.silent && (!html || self.group.markup || !self.group.in_rich_only)
    }

    fn byte(&mut self, byte: u8, html: bool) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if self.is_heard(html) {
            self.bytes.push(byte);
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.out.push_str(&decode::characters(&self.bytes, Some(&self.charset)));
            self.bytes.clear();
        }
    }

    fn say(&mut self, text: &str, html: bool) {
        if self.is_heard(html) {
            self.flush();
            self.out.push_str(text);
        }
    }

    fn symbol(&mut self, symbol: u8, html: bool) {
        match symbol {
            b'*' => self.group.silent = true,
            b'~' => self.say(" ", html),
            b'_' => self.say("-", html),
            b'\r' | b'\n' => self.say("\n", html),
            _ => {}
        }
    }

    fn word(&mut self, word: &str, number: Option<i64>, html: bool) {
        match word {
            "htmltag" | "mhtmltag" if html => {
                self.group.silent = word == "mhtmltag";
                self.group.markup = true;
            }
            "htmlrtf" => self.group.in_rich_only = number != Some(0),
            "ansicpg" => self.charset = rich::charset(number),
            "uc" => self.group.skip = usize::try_from(number.unwrap_or(1)).unwrap_or(1).min(8),
            "u" => {
                if let Some(character) = rich::character(number) {
                    self.say(&character.to_string(), html);
                }
                self.skipped = if self.group.skip == 0 { 1 } else { self.group.skip };
            }
            "par" | "line" | "row" | "sect" => self.say("\n", html),
            "tab" | "cell" => self.say("\t", html),
            "lquote" | "rquote" => self.say("’", html),
            "ldblquote" | "rdblquote" => self.say("\"", html),
            "endash" | "emdash" => self.say("–", html),
            "bullet" => self.say("•", html),
            "v" if !html => self.group.silent |= number != Some(0),
            word if SILENT.contains(&word) => self.group.silent = true,
            _ => {}
        }
    }
}
