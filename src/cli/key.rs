//! `key new`: makes the master key, without which nothing stored can be read.

use super::show::Sheet;
use super::{Context, Failure, open};
use crate::seal::MasterKey;
use anyhow::{Context as _, anyhow};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Makes a new master key; never over an old one.
    New {
        /// Where to [default: the configuration's store.key_file].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    let Verb::New { out } = verb;
    let path = match out {
        Some(path) => path.clone(),
        None => context.config()?.store.key_file,
    };
    let key = MasterKey::generate(&open::chance()?);
    write(&path, &key)?;
    let mut sheet = Sheet::new(format!("The master key is in {}, readable by its owner alone.", path.display()));
    sheet.fact("file", path.display().to_string());
    sheet.fact("key id", key.id().to_string());
    sheet.warn(
        "Keep a copy apart from the database's backups: without this key nothing stored can be read, by anybody.",
    );
    sheet.print(context.out)
}

fn write(path: &Path, key: &MasterKey) -> Result<(), Failure> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!(
            "{} is there already and stays as it is: a database made with it opens with no other key. \
             Name another file with --out, or move the old one away",
            path.display()
        ),
        _ => anyhow!(error).context(format!("the master key cannot be written to {}", path.display())),
    })?;
    let written = file.write_all(key.to_text().as_bytes()).and_then(|()| file.sync_all());
    Ok(written.with_context(|| format!("the master key cannot be written to {}", path.display()))?)
}
