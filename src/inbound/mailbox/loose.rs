//! A folder of .eml files, at any depth: read only.

use super::{Fetched, Found, Occurrence, OccurrenceKey, arrival, modified, opaque, read_capped};
use crate::casework::Redacted;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Folders within folders beyond this are a loop or a mistake.
const DEPTH: usize = 16;

#[derive(Debug)]
pub(super) struct Loose {
    root: PathBuf,
    seen: HashMap<String, PathBuf>,
}

impl Loose {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), seen: HashMap::new() }
    }

    pub(super) fn sweep(&mut self) -> io::Result<Found> {
        let mut paths = Vec::new();
        let mut found = Found::new();
        collect(&self.root, DEPTH, &mut paths, &mut found)?;
        paths.sort();
        self.seen.clear();
        for path in paths {
            let relative = path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy().into_owned();
            let size = fs::symlink_metadata(&path).map(|meta| meta.len()).unwrap_or_default();
            let uid = opaque(format!("{relative}\0{size}").as_bytes());
            match look(&uid, &relative, &path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => found.push(Err((uid, error))),
                Ok(occurrence) => {
                    self.seen.insert(uid, path);
                    found.push(Ok(occurrence));
                }
            }
        }
        Ok(found)
    }

    pub(super) fn fetch(&mut self, uid: &str, max_bytes: u64) -> io::Result<Fetched> {
        if !self.seen.contains_key(uid) {
            self.sweep()?;
        }
        read_capped(fs::File::open(self.seen.get(uid).ok_or(io::ErrorKind::NotFound)?)?, max_bytes)
    }
}

fn look(uid: &str, relative: &str, path: &Path) -> io::Result<Occurrence> {
    let file = fs::File::open(path)?;
    let meta = file.metadata()?;
    let head = arrival::read_head(&file)?;
    Ok(Occurrence {
        key: OccurrenceKey { epoch: 0, uid: uid.to_owned() },
        size: meta.len(),
        arrived_at: arrival::arrival(&head, modified(&meta)),
        file: Redacted::new(relative.to_owned()),
    })
}

/// Symbolic links are not followed: mail lies in the folder or it is not in the mailbox. Hidden files are not mail.
fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            if let Err(error) = collect(&path, depth - 1, paths, found) {
                found.push(Err((opaque(path.to_string_lossy().as_bytes()), error)));
            }
        } else if kind.is_file() && path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("eml")) {
            paths.push(path);
        }
    }
    Ok(())
}
