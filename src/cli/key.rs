//! `key new`: makes the master key, without which nothing stored can be read. `key rotate`: puts another in its place.
//!
//! # Failure policy
//!
//! The next key is on the disk, beside the one in use (`….next`), before the database knows of it; the database then turns to
//! it in one transaction; last the old key is kept under a dated name and the next one takes its place. Wherever that is cut
//! off, both keys are there, the database says which of them opens it, and the same command finishes it.

use super::run::lock;
use super::show::Sheet;
use super::{Context, Failure, open, shift};
use crate::config::Config;
use crate::seal::MasterKey;
use crate::store::{Line, Rewrapped, Store, StoreError};
use anyhow::{Context as _, anyhow};
use jiff::SignedDuration;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Verb {
    /// Makes a new master key; never over an old one.
    New {
        /// Where to [default: the configuration's store.key_file].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Puts a new master key in the place of the old one, which is kept beside it. The daemon must be stopped; cut off, it is
    /// finished by calling it again.
    Rotate,
}

pub(super) fn run(context: &Context, verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::New { out } => make(context, out.as_deref()),
        Verb::Rotate => rotate(context),
    }
}

fn make(context: &Context, out: Option<&Path>) -> Result<(), Failure> {
    let path = match out {
        Some(path) => path.to_owned(),
        None => context.config()?.store.key_file,
    };
    let key = MasterKey::generate(&open::chance()?);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    write(&path, &key, OpenOptions::new().create_new(true))?;
    let mut sheet = Sheet::new(format!("The master key is in {}, readable by its owner alone.", path.display()));
    sheet.fact("file", path.display().to_string());
    sheet.fact("key id", key.id().to_string());
    sheet.warn(
        "Keep a copy apart from the database's backups: without this key nothing stored can be read, by anybody.",
    );
    sheet.print(context.out)
}

fn rotate(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let why = "it would go on with the old key";
    let _alone = if config.store.server.is_none() { Some(lock(&config, why)?) } else { None };
    let path = config.store.key_file.canonicalize();
    let path = path.with_context(|| format!("there is no master key {}", config.store.key_file.display()))?;
    let (old, next) = (open::key(&path)?, beside(&path, "next"));
    let (key, done) = open::runtime()?.block_on(turn_to(context, &config, (&old, &path), &next))?;
    let kept = beside(&path, &format!("{}-{:.8}", context.today(), old.id().to_string()));
    write(&kept, &old, OpenOptions::new().create(true).truncate(true))?;
    like(&kept, &path)?;
    let placed = std::fs::rename(&next, &path).and_then(|()| sync_folder(&path));
    placed.with_context(|| format!("{} cannot take the place of {}", next.display(), path.display()))?;
    let mut sheet = Sheet::new(format!("The master key in {} is a new one.", path.display()));
    sheet.fact("file", path.display().to_string());
    sheet.fact("key id", key.id().to_string());
    sheet.fact("old key", kept.display().to_string());
    sheet.fact("old key id", old.id().to_string());
    sheet.fact("data keys", done.map(|done| done.keys));
    if let Some(unreadable) = done.map(|done| done.unreadable).filter(|n| *n > 0) {
        sheet.warn(format!(
            "{unreadable} data keys are damaged: neither key opens them, and what is sealed under them stays lost. Compare \
             the database with its last backup."
        ));
    }
    sheet.warn(
        "Keep a copy of the new key apart from the database's backups. The old one still opens the backups made until now: \
         destroy it when the last of them is gone, or together with them if it was given away.",
    );
    sheet.print(context.out)
}

/// The database is turned to the next master key, which is made where it was not begun; nothing is done if it was turned
/// already.
async fn turn_to(
    context: &Context,
    config: &Config,
    (old, path): (&MasterKey, &Path),
    next: &Path,
) -> Result<(MasterKey, Option<Rewrapped>), Failure> {
    let chance = open::chance()?;
    let settings = open::store_settings(config).existing();
    let store = match Store::open(&settings, old.clone(), chance.clone()).await {
        Err(StoreError::WrongKey { .. }) if next.exists() => {
            let key = open::key(next)?;
            Store::open(&settings, key.clone(), chance).await.context("neither key opens the store")?.close().await;
            return Ok((key, None));
        }
        opened => opened.context("the store cannot be opened")?,
    };
    let mut tx = store.begin(context.clock.now()).await?;
    let lease = if store.is_shared() {
        let length = SignedDuration::from_secs(i64::from(config.store.lease_seconds));
        let Some(lease) = tx.claim_lease(shift::NAME, &shift::holder(&chance), length).await? else {
            let holder = tx.lease(shift::NAME).await?.map(|row| row.holder).unwrap_or_default();
            return Err(anyhow!(
                "a dutyclerk works on this database ({holder}); it would go on with the old key. Stop every one first"
            )
            .into());
        };
        Some(lease)
    } else {
        None
    };
    // One that was cut short while it was written cannot have been used yet.
    let key = match open::key(next) {
        Ok(key) => key,
        Err(_) => {
            let key = MasterKey::generate(&chance);
            write(next, &key, OpenOptions::new().create(true).truncate(true))?;
            key
        }
    };
    like(next, path)?;
    let done = tx.rewrap(&key).await?;
    let reason = format!("{} data keys were wrapped anew: {} → {}", done.keys, old.id(), key.id());
    tx.journal(Line { event: "key.rotated", rule: None, reason, refs: Vec::new() });
    if let Some(lease) = &lease {
        tx.release_lease(lease).await?;
    }
    tx.commit().await?;
    store.checkpoint().await?;
    store.close().await;
    Ok((key, Some(done)))
}

/// `master.key` and `next`: `master.key.next`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Whoever owns the one owns the other: root changes the key of the daemon's own user.
fn like(file: &Path, other: &Path) -> Result<(), Failure> {
    let owners = |path: &Path| std::fs::metadata(path).map(|of| (of.uid(), of.gid()));
    let given = owners(other).and_then(|(user, group)| match owners(file)?.0 == user {
        true => Ok(()),
        false => std::os::unix::fs::chown(file, Some(user), Some(group)),
    });
    Ok(given.with_context(|| format!("{} cannot be given to the owner of {}", file.display(), other.display()))?)
}

fn write(path: &Path, key: &MasterKey, how: &mut OpenOptions) -> Result<(), Failure> {
    let mut file = how.write(true).mode(0o600).open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!(
            "{} is there already and stays as it is: a database made with it opens with no other key. \
             Name another file with --out, or move the old one away; `key rotate` puts a new one in its place",
            path.display()
        ),
        _ => anyhow!(error).context(format!("the master key cannot be written to {}", path.display())),
    })?;
    let written =
        file.write_all(key.to_text().as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_folder(path));
    Ok(written.with_context(|| format!("the master key cannot be written to {}", path.display()))?)
}

/// A file that is new or has another name is there after a power cut only once its folder is on the disk.
pub(super) fn sync_folder(of: &Path) -> std::io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
