//! Sealing of stored personal data, and keyed look-ups.
//!
//! What is personal is sealed before it reaches the database: XChaCha20-Poly1305 under a *data key*, one for each message,
//! case or outgoing mail; data keys are wrapped by the *master key*, which comes from a file or a systemd credential. To
//! destroy what a row says, destroy its data key. A blob is version (1), key id (16), nonce (24), ciphertext and tag;
//! table, row and column are authenticated with it, so a blob copied elsewhere does not open.
//!
//! Failure policy: nothing here is worth trying again. A blob that does not open is damaged, moved or shredded, and the
//! error says which; the caller shows it to a person and goes on with the rest.

mod key;
mod lookup;
mod master;

pub use key::{DataKey, KeyId, Payload, Place, Sealed};
pub use lookup::{LookUps, LookupHash, has_mark};
pub use master::MasterKey;

/// Why a sealed value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Retention has destroyed its key; nobody can read it any more.
    #[error("the data was destroyed on purpose: its key has been shredded")]
    Shredded,
    /// It was sealed under another key.
    #[error("the data was sealed under another key")]
    OtherKey,
    /// It was altered, or copied from another row or column.
    #[error("the sealed data does not belong here: it was altered, or copied from another row or column")]
    Tampered,
    /// Sealed by a newer program, or not a sealed value at all.
    #[error("the sealed data has a form this program does not know; a newer program may have written it")]
    UnknownForm,
    /// It opened, but does not say what this column should hold.
    #[error("the data opened, but does not hold what this column should")]
    NotWhatItShouldBe,
    /// It could not be written as JSON.
    #[error("the data cannot be written as JSON")]
    Unwritable,
    /// Not a master key's text.
    #[error("not a master key: expected one line of 44 base64 characters, as `dutyclerk key new` writes it")]
    BadMasterKey,
}
