use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// SHA-256 of some bytes (FIPS 180-4): what a document or message *is*, whatever it is called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The hash of these pieces one after another.
    pub fn of_all<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        use sha2::Digest;
        let mut hash = sha2::Sha256::new();
        pieces.into_iter().for_each(|piece| hash.update(piece));
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sha256 {
    type Err = super::BadRef;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || super::BadRef("not a SHA-256 in hexadecimal".to_owned());
        let mut out = [0u8; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        for (i, byte) in out.iter_mut().enumerate() {
            let pair = text.get(2 * i..2 * i + 2).ok_or_else(bad)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(out))
    }
}

impl Serialize for Sha256 {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What some bytes are, found out from the bytes; the declared type and the file name never decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each variant is a well-known format")]
pub enum Format {
    Xlsx,
    /// A macro-enabled workbook.
    Xlsm,
    Xlsb,
    Xls,
    Ods,
    Docx,
    /// A macro-enabled Word document.
    Docm,
    Odt,
    Doc,
    Rtf,
    Pdf,
    Msg,
    /// winmail.dat (MS-OXTNEF).
    Tnef,
    /// A nested message (RFC 5322).
    Eml,
    Zip,
    /// iCalendar (RFC 5545).
    Ics,
    Html,
    Text,
    Image,
    /// OLE compound file that is none of the above.
    Ole,
    /// Encrypted: a password or a key is needed to open it.
    Encrypted,
    /// Zero bytes.
    Empty,
    Unknown,
}

impl Format {
    /// The usual file extension, for naming a forwarded paper.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsm => "xlsm",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
            Self::Docx => "docx",
            Self::Docm => "docm",
            Self::Odt => "odt",
            Self::Doc => "doc",
            Self::Rtf => "rtf",
            Self::Pdf => "pdf",
            Self::Msg => "msg",
            Self::Tnef => "dat",
            Self::Eml => "eml",
            Self::Zip => "zip",
            Self::Ics => "ics",
            Self::Html => "html",
            Self::Text => "txt",
            Self::Image => "img",
            Self::Ole | Self::Encrypted | Self::Empty | Self::Unknown => "bin",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", format!("{self:?}").to_lowercase())
    }
}
