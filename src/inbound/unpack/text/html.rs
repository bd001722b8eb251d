//! HTML mail to plain text: tags to line breaks, quotations to `>`, entities to characters. Not a browser: enough to
//! read what a person wrote.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content is not text for the reader.
const SILENT: [&str; 6] = ["head", "style", "script", "template", "title", "noscript"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "section",
    "table",
    "ul",
];

/// The text of an HTML body. Paragraphs are set apart by an empty line, quotations start with `> `, table cells are
/// separated by tabs.
pub fn html_to_text(html: &str) -> String {
    let mut page = Page::default();
    for piece in raw_pieces(html) {
        match piece {
            Raw::Text(text) => page.text(text),
            Raw::Tag(tag) => page.tag(tag),
        }
    }
    page.end_line();
    super::tidy(&page.out)
}

/// A piece of a page: text with its character references resolved, or what stands between `<` and `>`.
pub(in crate::inbound) enum Piece<'h> {
    Text(String),
    Tag(&'h str),
}

/// The pieces of a page in order; comments are left out.
pub(in crate::inbound) fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    raw_pieces(html).map(|piece| match piece {
        Raw::Text(text) => Piece::Text(decode(text)),
        Raw::Tag(tag) => Piece::Tag(tag),
    })
}

enum Raw<'h> {
    Text(&'h str),
    Tag(&'h str),
}

fn raw_pieces(html: &str) -> impl Iterator<Item = Raw<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let open = rest.find('<').unwrap_or(rest.len());
            if open > 0 {
                let (text, tail) = rest.split_at_checked(open)?;
                rest = tail;
                return Some(Raw::Text(text));
            }
            let names = |c: char| c.is_ascii_alphabetic() || "/!?".contains(c);
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
            } else if rest.get(1..2).is_some_and(|c| c.starts_with(names)) {
                let (tag, after) = tag_end(rest);
                rest = after;
                return Some(Raw::Tag(tag));
            } else {
                let (sign, after) = rest.split_at_checked(1)?;
                rest = after;
                return Some(Raw::Text(sign));
            }
        }
    })
}

/// Splits `<tag a=">">rest` after the tag; quoted values may hold `>`.
fn tag_end(tail: &str) -> (&str, &str) {
    let (mut quote, mut after_equals) = (None, false);
    for (at, byte) in tail.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (None, b'>') => {
                return (tail.get(1..at).unwrap_or_default(), tail.get(at + 1..).unwrap_or_default());
            }
            _ => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    // A quotation mark that never closes: the tag ends at the first `>`, as browsers' readers would hope.
    tail.get(1..).and_then(|tag| tag.split_once('>')).unwrap_or((tail, ""))
}

#[derive(Default)]
struct Page {
    out: String,
    line: String,
    space: bool,
    quotes: usize,
    pre: usize,
    silent: Option<&'static str>,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.silent.is_some() || text.is_empty() {
            return;
        }
        if self.pre > 0 {
            for (at, line) in decode(text).split('\n').enumerate() {
                if at > 0 {
                    self.break_line();
                }
                self.line.push_str(line.trim_end_matches('\r'));
            }
            return;
        }
        for (at, word) in text.split(|c: char| c.is_ascii_whitespace()).enumerate() {
            self.space |= at > 0;
            if word.is_empty() {
                continue;
            }
            if self.space && !self.line.is_empty() && !self.line.ends_with('\t') {
                self.line.push(' ');
            }
            self.space = false;
            self.line.push_str(&decode(word));
        }
    }

    fn tag(&mut self, tag: &str) {
        let closing = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split(|c: char| c.is_ascii_whitespace() || c == '/').next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if let Some(silent) = self.silent {
            // A head that is never closed ends where the body starts.
            if (closing && name == silent) || (silent == "head" && name == "body") {
                self.silent = None;
            }
            return;
        }
        if let Some(silent) = SILENT.iter().find(|silent| **silent == name) {
            self.silent = (!closing && !tag.ends_with('/')).then_some(*silent);
            return;
        }
        match (name.as_str(), closing) {
            ("br", _) => self.break_line(),
            ("p", _) => self.gap(),
            ("td" | "th", true) => self.line.push('\t'),
            ("tr", _) => self.end_line(),
            ("pre", _) => {
                self.end_line();
                self.pre = if closing { self.pre.saturating_sub(1) } else { self.pre + 1 };
            }
            ("blockquote", _) => {
                self.end_line();
                self.quotes = if closing { self.quotes.saturating_sub(1) } else { (self.quotes + 1).min(20) };
            }
            ("li", false) => {
                self.end_line();
                self.line.push_str("- ");
            }
            ("hr", _) => self.gap(),
            (block, _) if BLOCKS.contains(&block) => self.end_line(),
            _ => {}
        }
    }

    fn gap(&mut self) {
        self.end_line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.break_line();
        }
    }

    fn end_line(&mut self) {
        if !self.line.trim().is_empty() {
            self.break_line();
        }
        self.line.clear();
        self.space = false;
    }

    fn break_line(&mut self) {
        for _ in 0..self.quotes {
            self.out.push_str("> ");
        }
        self.out.push_str(self.line.trim_end());
        self.out.push('\n');
        self.line.clear();
        self.space = false;
    }
}

/// The text with its character references resolved, by mail-parser's table.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let end = tail.bytes().take(32).position(|byte| byte == b';');
        let token = end.and_then(|end| tail.get(..=end)).filter(|token| is_reference(token));
        if let Some(token) = token {
            add_html_token(&mut out, token.as_bytes(), false);
            rest = tail.get(token.len()..).unwrap_or_default();
        } else {
            out.push('&');
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

fn is_reference(token: &str) -> bool {
    let name = token.trim_start_matches('&').trim_end_matches(';');
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_reads_as_it_looks() {
        let html = "<html><head><title>no</title><style>p{a:b}</style></head><body><!-- no > -->\n\
            <p>Hello&nbsp;Jo,</p><p>Please find <b>two</b>\nforms &amp; a note.<br>Zo&euml; &#8211; done &lt;ok&gt;</p>\
            <ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>b</td></tr></table>\
            <blockquote><div>old</div><blockquote>older</blockquote></blockquote>5 < 6 &unknown; &</body></html>";
        assert_eq!(
            html_to_text(html),
            "Hello Jo,\n\nPlease find two forms & a note.\nZoë – done <ok>\n\n- one\n- two\na\tb\n> old\n> > older\n5 < 6 &unknown; &"
        );
    }

    #[test]
    fn broken_html_loses_no_text() {
        assert_eq!(html_to_text("a<p title=\">\">b</p"), "a\n\nb");
        assert_eq!(html_to_text("<a title=\"x>visible"), "visible");
        assert_eq!(html_to_text("<head><p>no<body>yes"), "yes");
        assert_eq!(html_to_text("<pre>a\n  b</pre>c"), "a\n  b\nc");
        assert_eq!(html_to_text("<"), "<");
        assert_eq!(html_to_text(""), "");
    }
}
