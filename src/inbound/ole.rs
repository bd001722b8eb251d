//! Compound files (MS-CFB), the container of .doc, .xls, encrypted Office files and Outlook messages: what is in them, and
//! one stream of them. Read with the `cfb` crate after a look at what it would take on trust.

use cfb::CompoundFile;
use std::io::{Cursor, Read};

/// Why there is nothing to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Its sectors lead in circles or out of it, or it is no such file.
    Broken,
    /// A stream is longer than asked for.
    TooLarge,
}

/// An open compound file.
pub(super) struct Ole<'b> {
    file: CompoundFile<Cursor<&'b [u8]>>,
    /// Bytes that may still be read: streams that share their sectors, or are named again and again, add up to more than
    /// the file.
    left: u64,
}

impl<'b> Ole<'b> {
    /// Reads the directory.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Trouble> {
        if !is_sane(bytes) {
            return Err(Trouble::Broken);
        }
        let file = CompoundFile::open(Cursor::new(bytes)).map_err(|_| Trouble::Broken)?;
        Ok(Self { file, left: (bytes.len() as u64).saturating_mul(2) })
    }

    /// The names of what lies directly in a storage, storages and streams.
    pub(super) fn names(&self, storage: &str) -> Vec<String> {
        let entries = self.file.read_storage(storage);
        entries.map(|entries| entries.map(|entry| entry.name().to_owned()).collect()).unwrap_or_default()
    }

    /// A stream's bytes, `most` of them; none if there is no such stream.
    pub(super) fn stream(&mut self, path: &str, most: u64) -> Result<Option<Vec<u8>>, Trouble> {
        if !self.file.is_stream(path) {
            return Ok(None);
        }
        let mut stream = self.file.open_stream(path).map_err(|_| Trouble::Broken)?;
        if stream.len() > most {
            return Err(Trouble::TooLarge);
        }
        self.left = self.left.checked_sub(stream.len()).ok_or(Trouble::Broken)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_err(|_| Trouble::Broken)?;
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

/// The crate gathers as many sectors of the allocation table as the file names, the same one any number of times: a
/// megabyte of names makes half a gigabyte of table. A true file names no more of them than it is long.
fn is_sane(bytes: &[u8]) -> bool {
    let u16_at = |at: usize| bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes);
    let u32_at = |at: usize| bytes.get(at..at.checked_add(4)?).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    let Some(shift @ (9 | 12)) = u16_at(30) else { return false };
    let size = 1usize << shift;
    let sectors = bytes.len().div_ceil(size);
    let per_sector = size / 4;
    let (Some(declared), Some(mut at)) = (u32_at(44), u32_at(68)) else { return false };
    if usize::try_from(declared).is_ok_and(|declared| declared > sectors) {
        return false;
    }
    let (mut steps, enough) = (0, sectors.div_ceil(per_sector).div_ceil(per_sector - 1) + 1);
    while at < 0xFFFF_FFFA {
        steps += 1;
        let Some(next) = usize::try_from(at).ok().and_then(|at| u32_at((at + 2).checked_mul(size)?.checked_sub(4)?))
        else {
            return false;
        };
        if steps > enough {
            return false;
        }
        at = next;
    }
    true
}
