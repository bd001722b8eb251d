//! Streams of an OLE compound file (MS-CFB), read with the `cfb` crate after a look at what it would take on trust.

use super::{broken, limit};
use crate::casework::Finding;
use cfb::CompoundFile;
use std::io::{Cursor, Read};

/// An open compound file.
pub(super) struct Ole<'b> {
    file: CompoundFile<Cursor<&'b [u8]>>,
    most: u64,
}

const WHAT: &str = "The Outlook message";

impl<'b> Ole<'b> {
    /// Opens one. `most` bounds each stream.
    pub(super) fn open(bytes: &'b [u8], most: u64) -> Result<Self, Finding> {
        if !is_sane(bytes) {
            return Err(broken(WHAT));
        }
        let file = CompoundFile::open(Cursor::new(bytes)).map_err(|_| broken(WHAT))?;
        Ok(Self { file, most })
    }

    /// The names of what lies directly in a storage, storages and streams.
    pub(super) fn names(&self, storage: &str) -> Vec<String> {
        let entries = self.file.read_storage(storage);
        entries.map(|entries| entries.map(|entry| entry.name().to_owned()).collect()).unwrap_or_default()
    }

    /// A stream's bytes; none if there is no such stream.
    pub(super) fn stream(&mut self, path: &str) -> Result<Option<Vec<u8>>, Finding> {
        if !self.file.is_stream(path) {
            return Ok(None);
        }
        let mut stream = self.file.open_stream(path).map_err(|_| broken(WHAT))?;
        if stream.len() > self.most {
            return Err(limit("a file in it is larger than this mailbox unpacks"));
        }
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_err(|_| broken(WHAT))?;
        Ok(Some(bytes))
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
