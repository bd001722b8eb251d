//! Compound files (MS-CFB), the container of .doc, .xls and encrypted Office files: what is in them, and one stream of
//! them, each under the reader's limits.

use super::{Limits, Refused};
use cfb::CompoundFile;
use std::io::{Cursor, Read};

/// An opened compound file.
pub(super) struct Ole<'a> {
    file: CompoundFile<Cursor<&'a [u8]>>,
}

impl<'a> Ole<'a> {
    /// Reads the directory; a file whose sectors lead in circles or out of it is broken.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        CompoundFile::open(Cursor::new(bytes)).map(|file| Self { file }).map_err(|_| Refused::broken())
    }

    /// One stream's bytes, none if there is no such stream.
    pub(super) fn stream(&mut self, name: &str, limits: &Limits) -> Result<Option<Vec<u8>>, Refused> {
        if !self.file.is_stream(name) {
            return Ok(None);
        }
        let stream = self.file.open_stream(name).map_err(|_| Refused::broken())?;
        let mut bytes = Vec::new();
        stream.take(limits.zip_entry_bytes + 1).read_to_end(&mut bytes).map_err(|_| Refused::broken())?;
        if bytes.len() as u64 > limits.zip_entry_bytes {
            return Err(Refused::limit("more data than the reader takes".to_owned()));
        }
        Ok(Some(bytes))
    }

    /// A macro project is in it, whatever it is called (MS-OVBA 2.2.1).
    pub(super) fn has_macros(&self) -> bool {
        self.file.walk().any(|entry| {
            let name = entry.name();
            ["_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "Macros"].iter().any(|known| name.eq_ignore_ascii_case(known))
        })
    }
}

/// Little-endian numbers out of a stream; none beyond its end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

/// As [`u16_at`].
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}
