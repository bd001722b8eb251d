//! What `check --connect` looks at: folders are opened to be read only, and nothing is changed.

use super::{Can, Fault, Folder, SMALL, Session, within};

/// What is found by looking.
#[derive(Clone, Copy, Debug)]
pub struct Survey {
    /// RFC 2177: the server says at once when something moves.
    pub idle: bool,
    /// RFC 6851.
    pub mv: bool,
    /// RFC 4315.
    pub uid_plus: bool,
    /// How many messages lie in the folder; or why it cannot be opened.
    pub folder: Result<usize, Fault>,
    /// Is there a folder `Processed`?
    pub processed: bool,
    /// Is there a folder `Quarantine`?
    pub quarantine: bool,
}

impl Session {
    /// What is offered and what is there, without changing any of it.
    pub(in crate::inbound::mailbox::imap) async fn survey(&mut self) -> Survey {
        let Can { idle, mv, uid_plus } = self.can;
        let folder = self.settings.folder.clone();
        let folder = self.look(&folder).await;
        let mut beside = async |place: Folder| folder.is_ok() && self.look(place.name()).await.is_ok();
        let (processed, quarantine) = (beside(Folder::Processed).await, beside(Folder::Quarantine).await);
        Survey { idle, mv, uid_plus, folder, processed, quarantine }
    }

    async fn look(&mut self, folder: &str) -> Result<usize, Fault> {
        let limit = self.settings.command;
        self.selected = None;
        let opened = within(limit, "EXAMINE", self.imap(SMALL)?.examine(folder)).await?;
        opened.uid_validity.filter(|epoch| *epoch != 0).ok_or(Fault::NoUidValidity)?;
        Ok(usize::try_from(opened.exists).unwrap_or(usize::MAX))
    }
}
