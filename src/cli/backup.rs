//! `backup`: a copy of the store in one file, made while the daemon runs, and looked at before it is called one.
//!
//! # Failure policy
//!
//! The copy is written beside its place (`….part`) and gets its name once it has been opened with the master key and its
//! journal walked. What fails on the way is taken away again; nothing is ever written over. The master key is not in it.

use super::key::{beside, sync_folder};
use super::show::Sheet;
use super::{Context, Failure, open};
use crate::casework::calendar::civil;
use crate::store::{Line, Store, StoreSettings, Verdict};
use anyhow::{Context as _, anyhow};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file to write, or the folder to write one into that is named after the time.
    #[arg(value_name = "FILE|DIR")]
    into: PathBuf,
}

/// What was found in a copy.
struct Found {
    lines: i64,
    head: String,
    bytes: u64,
}

pub(super) fn run(context: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let config = context.config()?;
    if config.store.server.is_some() {
        let message = "the store is on a PostgreSQL server: back it up there, with pg_dump --format=custom";
        return Err(Failure::Usage(message.to_owned()));
    }
    let (now, into) = (context.clock.now(), &arguments.into);
    let path = match into.is_dir() {
        true => into.join(civil::local(now).strftime("dutyclerk-%Y-%m-%dT%H%M%S.db").to_string()),
        false => into.clone(),
    };
    if path.symlink_metadata().is_ok() {
        return Err(anyhow!("{} is there already and stays as it is: name another file", path.display()).into());
    }
    let part = beside(&path, "part");
    let found = open::runtime()?.block_on(async {
        let store = open::existing_store(&config).await?;
        let found = copy(&store, &config.store.key_file, &part).await;
        for left in [beside(&part, "lock"), beside(&part, "journal")] {
            let _was_not_there = std::fs::remove_file(left).is_err();
        }
        let placed = found.and_then(|found| place(&part, &path).map(|()| found));
        if placed.is_err() {
            let _was_not_there = std::fs::remove_file(&part).is_err();
        }
        let found = placed?;
        let mut tx = store.begin(now).await?;
        let reason = format!("a copy with {} journal lines, up to {}", found.lines, found.head);
        tx.journal(Line { event: "backup.made", rule: None, reason, refs: Vec::new() });
        tx.commit().await?;
        Ok::<_, Failure>(found)
    })?;
    let mut sheet = Sheet::new(format!("The store is copied to {}.", path.display()));
    sheet.fact("file", path.display().to_string());
    sheet.fact("bytes", i64::try_from(found.bytes).unwrap_or(i64::MAX));
    sheet.fact("journal lines", found.lines);
    sheet.fact("head", found.head);
    let folder = |path: &Path| path.parent().and_then(|folder| folder.canonicalize().ok());
    if folder(&path) == folder(&config.store.key_file) {
        sheet.warn("It is in the folder of the master key: whoever takes both can read it. Keep them apart.");
    }
    sheet.print(context.out)
}

/// Copies the store and opens the copy, with the key that opens the store.
async fn copy(store: &Store, key_file: &Path, part: &Path) -> Result<Found, Failure> {
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
    let file = made.with_context(|| format!("{} cannot be written", part.display()))?;
    store.copy_into(part).await.with_context(|| format!("the store cannot be copied to {}", part.display()))?;
    file.sync_all()?;
    let unusable = "the copy cannot be used and is taken away again";
    let settings = StoreSettings::rehearsal(part).existing();
    let copied = Store::open(&settings, open::key(key_file)?, open::chance()?).await.context(unusable)?;
    let verdict = copied.read().await?.verify().await.context(unusable)?;
    copied.close().await;
    match verdict {
        Verdict::Intact { lines, head } => Ok(Found { lines, head, bytes: file.metadata()?.len() }),
        Verdict::Broken { seq, why } => {
            Err(anyhow!("{unusable}: its journal is broken at line {seq}: {why}. Try `dutyclerk journal verify`")
                .into())
        }
    }
}

/// Gives the copy its name, where nothing has taken it meanwhile.
fn place(part: &Path, path: &Path) -> Result<(), Failure> {
    // The look at it may have written to it.
    File::open(part)?.sync_all()?;
    let placed = renameat_with(CWD, part, CWD, path, RenameFlags::NOREPLACE).map_err(std::io::Error::from);
    Ok(placed
        .and_then(|()| sync_folder(path))
        .with_context(|| format!("the copy cannot be named {}", path.display()))?)
}
