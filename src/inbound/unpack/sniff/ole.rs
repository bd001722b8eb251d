use crate::casework::Format;
use std::collections::HashSet;

/// Sectors followed; a directory of this many sectors describes tens of thousands of entries.
const SECTORS: usize = 4_096;

/// What an OLE compound file is (MS-CFB), from the names of its root's own entries, so that a workbook inside a letter
/// does not make the letter a workbook. A broken one is searched for its names as a whole.
pub(super) fn format(bytes: &[u8]) -> Format {
    let names = root_names(bytes).unwrap_or_default();
    let has = |name: &str| {
        if names.is_empty() { anywhere(bytes, name) } else { names.iter().any(|n| n.eq_ignore_ascii_case(name)) }
    };
    if has("EncryptedPackage") {
        Format::Encrypted
    } else if has("__properties_version1.0") {
        Format::Msg
    } else if has("WordDocument") {
        Format::Doc
    } else if has("Workbook") || has("Book") {
        Format::Xls
    } else {
        Format::Ole
    }
}

fn anywhere(bytes: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wide.len()).any(|window| window == wide)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}

/// The names of the entries directly under the root storage.
fn root_names(bytes: &[u8]) -> Option<Vec<String>> {
    let shift = u32::from(*bytes.get(30)?);
    let size = 1usize.checked_shl(shift).filter(|size| matches!(size, 512 | 4096))?;
    let sector = |number: u32| {
        let start = (number as usize).checked_add(1)?.checked_mul(size)?;
        bytes.get(start..start.checked_add(size)?)
    };
    let next = |number: u32| {
        let per = size / 4;
        let fat = u32_at(bytes, 76 + 4 * (number as usize / per).min(108))?;
        u32_at(sector(fat)?, 4 * (number as usize % per))
    };
    let mut directory = Vec::new();
    let (mut at, mut steps) = (u32_at(bytes, 48)?, 0);
    while at < 0xFFFF_FFFA && steps < SECTORS {
        directory.extend_from_slice(sector(at)?);
        at = next(at)?;
        steps += 1;
    }
    let (entries, _) = directory.as_chunks::<128>();
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    let mut todo = vec![u32_at(entries.first()?, 76)?];
    while let Some(at) = todo.pop() {
        let Some(entry) = entries.get(at as usize).filter(|_| seen.insert(at)) else { continue };
        let units = usize::from(u16::from_le_bytes([entry[64], entry[65]])).min(64) / 2;
        let (pairs, _) = entry.as_chunks::<2>();
        let wide = pairs.iter().take(units.saturating_sub(1)).map(|pair| u16::from_le_bytes(*pair));
        names.push(char::decode_utf16(wide).map(|c| c.unwrap_or('?')).collect());
        todo.extend([u32_at(entry, 68), u32_at(entry, 72)].into_iter().flatten());
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest compound file: header, one FAT sector, one directory sector whose root has these entries, in a chain
    /// of right siblings; the last name is put inside the storage before it.
    fn made(names: &[&str], inside: Option<&str>) -> Vec<u8> {
        let mut file = vec![0u8; 512 * 4];
        file[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
        file[30] = 9;
        file[48..52].copy_from_slice(&1u32.to_le_bytes());
        file[76..80].copy_from_slice(&0u32.to_le_bytes());
        let fat = [0xFFFF_FFFDu32, 2, 0xFFFF_FFFE];
        for (at, value) in fat.iter().enumerate() {
            file[512 + 4 * at..516 + 4 * at].copy_from_slice(&value.to_le_bytes());
        }
        let mut entry = |at: usize, name: &str, right: u32, child: u32| {
            let start = 1024 + 128 * at;
            for (n, unit) in name.encode_utf16().enumerate() {
                file[start + 2 * n..start + 2 * n + 2].copy_from_slice(&unit.to_le_bytes());
            }
            file[start + 64] = u8::try_from(2 * (name.len() + 1)).unwrap();
            for (offset, value) in [(68, u32::MAX), (72, right), (76, child)] {
                file[start + offset..start + offset + 4].copy_from_slice(&value.to_le_bytes());
            }
        };
        entry(0, "Root Entry", u32::MAX, 1);
        for (n, name) in names.iter().enumerate() {
            let last = n + 1 == names.len();
            let right = if last { u32::MAX } else { u32::try_from(n + 2).unwrap() };
            let child = if last && inside.is_some() { 7 } else { u32::MAX };
            entry(n + 1, name, right, child);
        }
        entry(7, inside.unwrap_or_default(), u32::MAX, u32::MAX);
        file
    }

    #[test]
    fn old_office_files_are_told_by_their_root() {
        assert_eq!(format(&made(&["Workbook"], None)), Format::Xls);
        assert_eq!(format(&made(&["Book"], None)), Format::Xls);
        assert_eq!(format(&made(&["1Table", "WordDocument", "ObjectPool"], Some("Workbook"))), Format::Doc);
        assert_eq!(format(&made(&["Workbook", "MBD0001"], Some("WordDocument"))), Format::Xls);
        assert_eq!(format(&made(&["__properties_version1.0", "__attach"], Some("Workbook"))), Format::Msg);
        assert_eq!(format(&made(&["EncryptionInfo", "EncryptedPackage"], None)), Format::Encrypted);
        assert_eq!(format(&made(&["Contents"], None)), Format::Ole);
    }

    #[test]
    fn a_broken_one_is_searched_as_a_whole() {
        let mut broken = made(&["Workbook"], None);
        broken[30] = 0xFF;
        assert_eq!(format(&broken), Format::Xls);
        assert_eq!(format(&broken[..8]), Format::Ole);
    }
}
