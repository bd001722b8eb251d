//! Transfer encodings and character sets, by mail-parser's decoders.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use std::borrow::Cow;

/// A part's content without its Content-Transfer-Encoding.
pub(super) struct Decoded<'x> {
    pub(super) bytes: Cow<'x, [u8]>,
    /// The encoding was broken or unknown: the bytes are the best that could be made of it.
    pub(super) broken: bool,
    /// Nothing had to be decoded: the content stands in the message as it is.
    pub(super) verbatim: bool,
}

pub(super) fn transfer<'x>(body: &'x [u8], encoding: &str) -> Decoded<'x> {
    let verbatim = |broken| Decoded { bytes: Cow::Borrowed(body), broken, verbatim: true };
    let decoded = |bytes, broken| Decoded { bytes: Cow::Owned(bytes), broken, verbatim: false };
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => match base64_decode(body) {
            Some(bytes) => decoded(bytes, false),
            None => decoded(salvaged_base64(body), true),
        },
        "quoted-printable" => {
            quoted_printable_decode(body).map_or_else(|| verbatim(true), |bytes| decoded(bytes, false))
        }
        "x-uuencode" | "uuencode" | "x-uue" => {
            super::container::decode_uu(body).map_or_else(|| verbatim(true), |bytes| decoded(bytes, false))
        }
        "" | "7bit" | "8bit" | "binary" => verbatim(false),
        _ => verbatim(true),
    }
}

/// Base64 with something else in or after it, such as a gateway's footer: the alphabet up to the first padding.
fn salvaged_base64(body: &[u8]) -> Vec<u8> {
    let end = body.iter().position(|byte| *byte == b'=').unwrap_or(body.len());
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let clean: Vec<u8> = body.iter().take(end).copied().filter(alphabet).collect();
    base64_decode(&clean).unwrap_or_default()
}

/// Text in its character set. What is valid UTF-8 is UTF-8, whatever an ASCII label says; what has no usable label is
/// Windows-1252, the commonest mislabelled set in British mail.
pub(in crate::inbound) fn characters(bytes: &[u8], charset: Option<&str>) -> String {
    let charset = charset.unwrap_or_default().trim().to_ascii_lowercase();
    let utf8 = || std::str::from_utf8(bytes).ok().map(str::to_owned);
    let marked = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Some(String::from_utf8_lossy(rest).into_owned()),
        [0xFF, 0xFE, rest @ ..] => Some(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Some(utf16(rest, u16::from_be_bytes)),
        _ => None,
    };
    let text = marked.or_else(|| match charset.as_str() {
        "" | "us-ascii" | "ascii" | "utf-8" | "utf8" => utf8(),
        name => charset_decoder(name.as_bytes()).map(|decode| decode(bytes)).or_else(utf8),
    });
    let text = text.unwrap_or_else(|| windows_1252(bytes));
    // A label of ISO-8859 over Windows bytes (curly quotes, the euro) comes out as C1 controls.
    if text.chars().any(is_c1) {
        return text.chars().map(|c| if is_c1(c) { windows_1252_char(c) } else { c }).collect();
    }
    text
}

fn is_c1(c: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&c)
}

fn windows_1252_char(c: char) -> char {
    u8::try_from(u32::from(c)).ok().and_then(|byte| windows_1252(&[byte]).chars().next()).unwrap_or(c)
}

fn windows_1252(bytes: &[u8]) -> String {
    charset_decoder(b"windows-1252").map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |decode| decode(bytes))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_with_a_footer_keeps_the_file_and_says_so() {
        let good = transfer(b"SGVsbG8gd29y\r\nbGQ=\r\n", "Base64 ");
        assert_eq!((good.bytes.as_ref(), good.broken, good.verbatim), (&b"Hello world"[..], false, false));
        let footed = transfer(b"SGVsbG8gd29ybGQ=\r\n-- \r\nScanned: ok!\r\n", "base64");
        assert_eq!((footed.bytes.as_ref(), footed.broken), (&b"Hello world"[..], true));
        assert!(transfer(b"begin 644 x", "x-uuencode").broken);
    }

    #[test]
    fn mislabelled_text_is_read_as_what_it_is() {
        assert_eq!(characters("caf\u{e9} \u{2019}".as_bytes(), Some("us-ascii")), "café ’");
        assert_eq!(characters(b"caf\xe9 \x92s \x80", None), "café ’s €");
        assert_eq!(characters(b"Zo\xeb\x92s", Some("iso-8859-15")), "Zoë’s");
        assert_eq!(characters(b"Zo\xeb", Some("x-nonsense")), "Zoë");
        assert_eq!(characters(b"\xff\xfeZ\0o\0\xeb\0", None), "Zoë");
    }
}
