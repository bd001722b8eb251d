//! The directory as imported: every version is kept, because a decision names the one it was made with.

use super::row::{Columns, us};
use super::{StoreError, Tx, View};
use crate::casework::Sha256;
use crate::casework::directory::Directory;
use crate::seal::{Payload, Place};
use sqlx::any::AnyRow;

/// The hash of a directory's content, in hexadecimal.
pub type DirectoryVersion = String;

impl Payload for Directory {}

impl View {
    /// The version of the current directory: a cheap question, asked every turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn directory_version(&mut self) -> Result<Option<DirectoryVersion>, StoreError> {
        let row = sql!("SELECT version FROM directory_imports ORDER BY imported_at DESC, version DESC LIMIT 1");
        row.fetch_optional(self.db()).await?.map(|row| row.text("version")).transpose()
    }

    /// The current directory with its version; none before the first import.
    ///
    /// # Errors
    /// When the database fails or the content does not open.
    pub async fn directory(&mut self) -> Result<Option<(DirectoryVersion, Directory)>, StoreError> {
        let row = sql!(
            "SELECT d.version, d.data_key, d.content, k.wrapped FROM directory_imports d \
             JOIN data_keys k ON k.id = d.data_key ORDER BY d.imported_at DESC, d.version DESC LIMIT 1"
        );
        let row = row.fetch_optional(self.db()).await?;
        row.as_ref().map(|row| self.directory_of(row)).transpose()
    }

    fn directory_of(&self, row: &AnyRow) -> Result<(DirectoryVersion, Directory), StoreError> {
        let version = row.text("version")?;
        let key = row.key(&self.shared.master, "data_key", "wrapped")?;
        let sealed = row.sealed::<Directory>(key.as_ref(), content_place(&version), "content")?;
        Ok((version, sealed.open()?))
    }
}

impl Tx {
    /// Makes this the current directory and returns its version. One imported before becomes current again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn import_directory(&mut self, directory: &Directory) -> Result<DirectoryVersion, StoreError> {
        let content = serde_json::to_vec(directory).map_err(|_| crate::seal::SealError::Unwritable)?;
        let version = Sha256::of(&content).to_string();
        // Two imports within one instant: the later one is current all the same.
        let last = sql!("SELECT COALESCE(MAX(imported_at), 0) AS last FROM directory_imports");
        let last = last.fetch_one(self.db()).await?.int("last")?;
        let now = us(self.now()).max(last.saturating_add(1));
        let known = sql!("UPDATE directory_imports SET imported_at = $2 WHERE version = $1", version.as_str(), now);
        if known.execute(self.db()).await?.rows_affected() > 0 {
            return Ok(version);
        }
        let key = self.new_key().await?;
        let sealed = self.seal(&key, content_place(&version), directory)?;
        sql!(
            "INSERT INTO directory_imports (version, imported_at, entries, data_key, content) VALUES ($1, $2, $3, $4, $5)",
            version.as_str(),
            now,
            i64::try_from(directory.entries.len()).unwrap_or(i64::MAX),
            key.id().to_string(),
            sealed.blob().to_vec()
        )
        .execute(self.db())
        .await?;
        Ok(version)
    }
}

fn content_place(version: &str) -> Place {
    Place::new("directory_imports", version, "content")
}
