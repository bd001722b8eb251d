//! A zip archive (APPNOTE). Names and declared sizes are looked at before anything is inflated, real sizes while
//! inflating, since an archive may lie about them. An archive with one bad entry is kept whole and nothing in it is opened.

use super::{Budget, Content, Member, Opened, broken, limit};
use crate::casework::{Finding, FindingCode};
use ::zip::ZipArchive;
use ::zip::result::ZipError;
use std::io::{Cursor, Read};

/// What office software packs: below this no ratio is a bomb.
const RATIO_FROM: u64 = 100 * 1024;
const WHAT: &str = "The zip archive";

/// Opens an archive: a member for each file in it.
pub(in super::super) fn open(bytes: &[u8], budget: &mut Budget<'_>) -> Result<Opened, Finding> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken(WHAT))?;
    if archive.is_empty() {
        return Err(Finding::document(
            FindingCode::Empty,
            "The zip archive is empty. Please attach the form itself and send it again.",
        ));
    }
    if archive.len() > budget.limits.container_members {
        return Err(limit("it holds more files than this mailbox unpacks"));
    }
    let mut contents = Opened::default();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| broken(WHAT))?;
        let name = entry.name().map_err(|_| broken(WHAT))?.into_owned();
        if entry.is_dir() || is_litter(&name) {
            continue;
        }
        let refused = refused(&name, entry.encrypted(), entry.is_symlink())
            .or_else(|| too_large(entry.size(), entry.compressed_size(), budget));
        drop(entry);
        if let Some(finding) = refused {
            return Err(finding);
        }
        let most = budget.limits.member_bytes;
        let mut inflated = Vec::new();
        match archive.by_index(index) {
            Ok(entry) => entry.take(most + 1).read_to_end(&mut inflated).map_err(|_| broken(WHAT))?,
            Err(ZipError::UnsupportedArchive(_)) => {
                return Err(Finding::document(
                    FindingCode::UnsupportedFormat,
                    "The zip archive is packed in a way that is not read here. Please attach the form itself and send it again.",
                ));
            }
            Err(_) => return Err(broken(WHAT)),
        };
        budget.take(inflated.len())?;
        let content = Content::Bytes(inflated);
        contents.members.push(Member { name: Some(name), declared: None, content_id: None, hidden: false, content });
    }
    Ok(contents)
}

/// What a Macintosh or Windows puts beside the files it packs.
fn is_litter(name: &str) -> bool {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.starts_with("__MACOSX/")
        || base == ".DS_Store"
        || base.eq_ignore_ascii_case("thumbs.db")
        || base == "desktop.ini"
}

fn refused(name: &str, encrypted: bool, link: bool) -> Option<Finding> {
    if encrypted {
        return Some(Finding::document(
            FindingCode::Encrypted,
            "The zip archive is protected by a password. It counts as received on time. Please send the form itself without a password, over secure e-mail.",
        ));
    }
    let leads_out = name.starts_with(['/', '\\']) || name.contains(':') || name.split(['/', '\\']).any(|s| s == "..");
    (leads_out || link).then(|| {
        Finding::document(
            FindingCode::Unreadable,
            "The zip archive holds a name that leads out of it, or a link, which an ordinary archive never does. Please attach the form itself and send it again.",
        )
    })
}

fn too_large(size: u64, packed: u64, budget: &Budget<'_>) -> Option<Finding> {
    if size > budget.limits.member_bytes || size > budget.bytes {
        return Some(limit("a file in it is larger than this mailbox unpacks"));
    }
    let bomb = size > RATIO_FROM && size / packed.max(1) > budget.limits.unpacked_ratio;
    bomb.then(|| limit("a file in it is packed far more tightly than documents are"))
}
