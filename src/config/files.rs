//! The configuration folder, with the shipped copies behind it.

use super::document::Source;
use super::problem::{ConfigError, Problem};
use super::shipped;
use crate::inbound::form::embedded;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// No configuration file is larger than this.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// A file handed on as it is, to the part that reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// The id of a form table (`surrey-rat`), or a template's path below the folder (`agenda/subject.txt`).
    pub id: String,
    /// Where it was found, for messages.
    pub path: String,
    /// Its text.
    pub text: String,
}

#[derive(Clone, Debug)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The text of a file of the folder; none where there is no such file.
    pub(super) fn own(&self, name: &str) -> Result<Option<Source>, ConfigError> {
        read(&self.path(name))
    }

    /// The text of a panel's profile: the folder's, else the shipped one.
    pub(super) fn panel(&self, id: &str) -> Result<Option<Source>, ConfigError> {
        let name = format!("panels/{id}.toml");
        let own = self.own(&name)?;
        let shipped = || shipped::PANELS.iter().find(|(known, _)| *known == id);
        Ok(own.or_else(|| {
            shipped().map(|(_, text)| Source { name: format!("{name} (shipped)"), text: Arc::from(*text) })
        }))
    }

    /// Ids of the profiles in the folder and shipped, in order.
    pub(super) fn panel_ids(&self) -> Vec<String> {
        let own = list(&self.path("panels"), "toml").unwrap_or_default();
        let mut ids: Vec<String> = own.iter().filter_map(|p| Some(p.file_stem()?.to_str()?.to_owned())).collect();
        ids.extend(shipped::PANELS.iter().map(|(id, _)| (*id).to_owned()));
        ids.sort();
        ids.dedup();
        ids
    }

    /// Form tables: the shipped ones, overridden and added to by the folder's.
    pub(super) fn forms(&self) -> Result<Vec<TextFile>, ConfigError> {
        let shipped = embedded().into_iter().map(|(file, text)| TextFile {
            id: file.trim_end_matches(".toml").to_owned(),
            path: format!("forms/{file} (shipped)"),
            text: text.to_owned(),
        });
        let mut forms: Vec<TextFile> = shipped.collect();
        for path in list(&self.path("forms"), "toml")? {
            let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) else { continue };
            if let Some(source) = read(&path)? {
                forms.retain(|form| form.id != id);
                forms.push(TextFile { id, path: source.name, text: source.text.to_string() });
            }
        }
        forms.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(forms)
    }

    /// Template texts that override the shipped ones: `templates/<mail>/<part>`.
    pub(super) fn templates(&self) -> Result<Vec<TextFile>, ConfigError> {
        let root = self.path("templates");
        let mut found = Vec::new();
        for folder in folders(&root)? {
            for path in list(&folder, "txt")?.into_iter().chain(list(&folder, "html")?) {
                let id = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
                if let Some(source) = read(&path)? {
                    found.push(TextFile { id, path: source.name, text: source.text.to_string() });
                }
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }
}

fn read(path: &Path) -> Result<Option<Source>, ConfigError> {
    let name = path.display().to_string();
    let cannot = |why: &dyn std::fmt::Display, help: &str| {
        ConfigError::from(Problem::error(&name, format!("cannot be read: {why}"), help))
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot(&error, "Look at the folder's permissions.")),
        Ok(found) if found.len() > MOST_BYTES => {
            return Err(cannot(&"it is larger than 4 MiB", "Is it the right file?"));
        }
        Ok(_) => {}
    }
    let bytes = std::fs::read(path).map_err(|error| cannot(&error, "Look at the file's permissions."))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8", "Save it again as UTF-8."))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(Some(Source { name, text: Arc::from(text) }))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let cannot = |error: &std::io::Error| {
        let name = folder.display().to_string();
        let message = format!("cannot be listed: {error}");
        ConfigError::from(Problem::error(name, message, "Look at the folder's permissions."))
    };
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(cannot(&error)),
        Ok(found) => {
            let mut paths = Vec::new();
            for entry in found {
                paths.push(entry.map_err(|error| cannot(&error))?.path());
            }
            paths.sort();
            Ok(paths)
        }
    }
}

fn list(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, ConfigError> {
    let has = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|found| found == extension);
    Ok(entries(folder)?.into_iter().filter(has).collect())
}

fn folders(root: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    Ok(entries(root)?.into_iter().filter(|path| path.is_dir()).collect())
}
