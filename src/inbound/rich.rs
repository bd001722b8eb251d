//! Rich text (RTF 1.9.1) as a run of tokens: groups, control words, bytes. What they mean is for whoever reads a form or a
//! message out of them.

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// A byte of text in the document's character set, as it stands, escaped or by its number.
    Byte(u8),
    /// A control word and its number.
    Word(&'a str, Option<i64>),
    /// A control symbol: `\*`, `\~`.
    Symbol(u8),
}

/// The tokens of some rich text, to its end or to where it was cut.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What a backslash begins; none for what stands for nothing.
    fn control(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        if first.is_ascii_alphabetic() {
            return Some(self.word());
        }
        self.rest = rest;
        match first {
            b'\'' => {
                let digits = rest.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                self.rest = rest.get(2..).unwrap_or_default();
                digits.and_then(|two| u8::from_str_radix(two, 16).ok()).map(Token::Byte)
            }
            b'{' | b'}' | b'\\' => Some(Token::Byte(*first)),
            symbol => Some(Token::Symbol(*symbol)),
        }
    }

    fn word(&mut self) -> Token<'a> {
        let end = self.rest.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        let signed = usize::from(rest.first() == Some(&b'-'));
        let digits = rest.iter().skip(signed).take_while(|byte| byte.is_ascii_digit()).count().min(10);
        let (number, rest) = rest.split_at_checked(if digits > 0 { signed + digits } else { 0 }).unwrap_or((&[], rest));
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i64>().ok());
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        // So many bytes of a picture follow, braces and all.
        let raw = if word == b"bin" { usize::try_from(number.unwrap_or_default()).unwrap_or_default() } else { 0 };
        self.rest = rest.get(raw..).unwrap_or_default();
        Token::Word(std::str::from_utf8(word).unwrap_or_default(), number)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        while let Some((byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            let token = match byte {
                b'{' => Some(Token::Open),
                b'}' => Some(Token::Close),
                b'\\' => self.control(),
                b'\r' | b'\n' => None,
                byte => Some(Token::Byte(*byte)),
            };
            if token.is_some() {
                return token;
            }
        }
        None
    }
}

/// The character set that `\ansicpg` names.
pub(super) fn charset(page: Option<i64>) -> String {
    match page.unwrap_or(1252) {
        65001 => "utf-8".to_owned(),
        page => format!("windows-{page}"),
    }
}

/// The character of `\u`: numbers above 32,767 are written as negative ones.
pub(super) fn character(number: Option<i64>) -> Option<char> {
    let code = number.unwrap_or_default();
    char::from_u32(u32::try_from(if code < 0 { code + 65_536 } else { code }).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::Token::{Byte, Close, Open, Symbol, Word};
    use super::*;

    #[test]
    fn groups_words_bytes_and_symbols_are_told_apart() {
        let all: Vec<Token<'_>> = Tokens::of(b"{\\rtf1\\b0 a\\'e9\\{\r\n\\*\\u-4 ?\\pard}").collect();
        let expected = [
            Open,
            Word("rtf", Some(1)),
            Word("b", Some(0)),
            Byte(b'a'),
            Byte(0xE9),
            Byte(b'{'),
            Symbol(b'*'),
            Word("u", Some(-4)),
            Byte(b'?'),
            Word("pard", None),
            Close,
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_picture_is_passed_over_and_a_cut_file_ends() {
        assert_eq!(Tokens::of(b"\\bin3 }{}x").collect::<Vec<_>>(), [Word("bin", Some(3)), Byte(b'x')]);
        assert_eq!(Tokens::of(b"\\bin99 x").count(), 1);
        for cut in [&b"\\"[..], b"\\'", b"\\'e", b"\\bin-1"] {
            assert!(Tokens::of(cut).count() <= 1, "{cut:?}");
        }
        assert_eq!((character(Some(-4051)), character(Some(233))), (char::from_u32(0xF02D), Some('é')));
    }
}
