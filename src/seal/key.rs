//! A data key, and what it seals.

use super::SealError;
use crate::clock::Chance;
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, marker::PhantomData};

const VERSION: u8 = 1;
const HEAD: usize = 1 + 16 + 24;
const TAG: usize = 16;

/// Which key sealed a blob; stands in the blob and in `data_keys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        uuid::Uuid::from_bytes(self.0).fmt(f)
    }
}

impl std::str::FromStr for KeyId {
    type Err = SealError;
    fn from_str(text: &str) -> Result<Self, SealError> {
        uuid::Uuid::parse_str(text).map(|id| Self(id.into_bytes())).map_err(|_| SealError::UnknownForm)
    }
}

/// Where a sealed value stands; authenticated with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The row's key as text.
    pub row: String,
    /// The column.
    pub column: &'static str,
}

impl Place {
    /// This table, row and column.
    pub fn new(table: &'static str, row: impl fmt::Display, column: &'static str) -> Self {
        Self { table, row: row.to_string(), column }
    }

    /// Each part with its length before it, so that no two places read alike.
    fn associated_data(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        for part in [self.table, &self.row, self.column] {
            out.extend((part.len() as u64).to_le_bytes());
            out.extend(part.as_bytes());
        }
        out
    }
}

/// A key that seals one message's, case's or mail's columns.
#[derive(Clone)]
pub struct DataKey {
    id: KeyId,
    cipher: XChaCha20Poly1305,
    bytes: [u8; 32],
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

impl DataKey {
    /// A new key under this id.
    pub fn generate(id: KeyId, chance: &Chance) -> Self {
        Self::from_bytes(id, chance.bytes())
    }

    pub(super) fn from_bytes(id: KeyId, bytes: [u8; 32]) -> Self {
        Self { id, cipher: XChaCha20Poly1305::new(&bytes.into()), bytes }
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Seals bytes for this place.
    ///
    /// # Errors
    /// [`SealError::Unwritable`] for more than 256 GiB.
    pub fn seal(&self, chance: &Chance, place: &Place, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; 24] = chance.bytes();
        let mut blob = Vec::with_capacity(HEAD + plain.len() + TAG);
        blob.push(VERSION);
        blob.extend(self.id.0);
        blob.extend(nonce);
        blob.extend(plain);
        let body = blob.get_mut(HEAD..).unwrap_or_default();
        let tag = self
            .cipher
            .encrypt_inout_detached(&XNonce::from(nonce), &place.associated_data(), body.into())
            .map_err(|_| SealError::Unwritable)?;
        blob.extend(tag);
        Ok(blob)
    }

    /// Opens a blob that was sealed for this place.
    ///
    /// # Errors
    /// [`SealError::UnknownForm`], [`SealError::OtherKey`] or [`SealError::Tampered`].
    pub fn open(&self, place: &Place, blob: &[u8]) -> Result<Vec<u8>, SealError> {
        let (version, rest) = blob.split_first().ok_or(SealError::UnknownForm)?;
        let (id, rest) = rest.split_first_chunk::<16>().ok_or(SealError::UnknownForm)?;
        let (nonce, rest) = rest.split_first_chunk::<24>().ok_or(SealError::UnknownForm)?;
        let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(SealError::UnknownForm)?;
        if *version != VERSION {
            return Err(SealError::UnknownForm);
        }
        if *id != self.id.0 {
            return Err(SealError::OtherKey);
        }
        let mut plain = body.to_vec();
        self.cipher
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                &place.associated_data(),
                plain.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| SealError::Tampered)?;
        Ok(plain)
    }

    /// Seals a value for this place.
    ///
    /// # Errors
    /// [`SealError::Unwritable`] when the value does not serialise.
    pub fn seal_value<T: Payload>(&self, chance: &Chance, place: Place, value: &T) -> Result<Sealed<T>, SealError> {
        let json = serde_json::to_vec(&Written { v: T::VERSION, d: value }).map_err(|_| SealError::Unwritable)?;
        let blob = self.seal(chance, &place, &json)?;
        Ok(Sealed { key: Some(self.clone()), blob, place, holds: PhantomData })
    }
}

/// What a sealed column holds. Its version is written beside it, so that a later program can read an earlier one's rows.
pub trait Payload: Serialize + DeserializeOwned {
    /// Raised when a change of the type would misread what was written before.
    const VERSION: u32 = 1;
}

impl Payload for String {}

#[derive(Serialize)]
struct Written<'a, T> {
    v: u32,
    d: &'a T,
}

#[derive(Deserialize)]
struct Head {
    v: u32,
}

#[derive(Deserialize)]
struct Read<T> {
    d: T,
}

/// A sealed value as it stands in its row, with the key to it unless that was shredded. Opened only when asked, so that
/// listing rows neither costs decryption nor fails because one of them was shredded.
pub struct Sealed<T> {
    key: Option<DataKey>,
    blob: Vec<u8>,
    place: Place,
    holds: PhantomData<fn() -> T>,
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), blob: self.blob.clone(), place: self.place.clone(), holds: PhantomData }
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

impl<T: Payload> Sealed<T> {
    /// As found in a row; `key` is none when it was shredded.
    pub fn found(key: Option<DataKey>, place: Place, blob: Vec<u8>) -> Self {
        Self { key, blob, place, holds: PhantomData }
    }

    /// The value.
    ///
    /// # Errors
    /// Every reason of [`SealError`] for which a blob does not open.
    pub fn open(&self) -> Result<T, SealError> {
        let json = self.key()?.open(&self.place, &self.blob)?;
        let head: Head = serde_json::from_slice(&json).map_err(|_| SealError::NotWhatItShouldBe)?;
        if head.v > T::VERSION {
            return Err(SealError::UnknownForm);
        }
        let read: Read<T> = serde_json::from_slice(&json).map_err(|_| SealError::NotWhatItShouldBe)?;
        Ok(read.d)
    }

    /// The value, or none where its key was shredded: retention destroyed it.
    ///
    /// # Errors
    /// Every other reason of [`SealError`] for which a blob does not open.
    pub fn kept(&self) -> Result<Option<T>, SealError> {
        match self.open() {
            Err(SealError::Shredded) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Another value for the same place under the same key.
    ///
    /// # Errors
    /// [`SealError::Shredded`] or [`SealError::Unwritable`].
    pub fn reseal(&self, chance: &Chance, value: &T) -> Result<Self, SealError> {
        self.key()?.seal_value(chance, self.place.clone(), value)
    }

    /// The key it is sealed under.
    ///
    /// # Errors
    /// [`SealError::Shredded`].
    pub fn key(&self) -> Result<&DataKey, SealError> {
        self.key.as_ref().ok_or(SealError::Shredded)
    }

    /// What goes into the column.
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8, chance: &Chance) -> DataKey {
        DataKey::generate(KeyId([n; 16]), chance)
    }

    #[test]
    fn a_blob_opens_only_where_it_was_sealed() {
        let chance = Chance::seeded(1);
        let (one, two) = (key(1, &chance), key(2, &chance));
        let place = Place::new("cases", 7, "facts");
        let blob = one.seal(&chance, &place, b"Zoe Marker").unwrap();
        assert_eq!(blob.len(), HEAD + 10 + TAG);
        assert!(!blob.windows(3).any(|w| w == b"Zoe"));
        assert_eq!(one.open(&place, &blob).unwrap(), b"Zoe Marker");
        for other in [
            Place::new("cases", 8, "facts"),
            Place::new("children", 7, "facts"),
            Place::new("cases", 7, "identity"),
            Place::new("case", "s7", "facts"),
        ] {
            assert_eq!(one.open(&other, &blob), Err(SealError::Tampered), "{other:?}");
        }
        assert_eq!(two.open(&place, &blob), Err(SealError::OtherKey));
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed() {
        let chance = Chance::seeded(2);
        let (key, place) = (key(1, &chance), Place::new("t", "r", "c"));
        let blob = key.seal(&chance, &place, b"x").unwrap();
        for i in 0..blob.len() {
            let mut bad = blob.clone();
            bad[i] ^= 1;
            assert!(key.open(&place, &bad).is_err(), "byte {i}");
            assert!(key.open(&place, &blob[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn the_same_value_never_gives_the_same_blob() {
        let chance = Chance::seeded(3);
        let (key, place) = (key(1, &chance), Place::new("t", "r", "c"));
        assert_ne!(key.seal(&chance, &place, b"x").unwrap(), key.seal(&chance, &place, b"x").unwrap());
    }

    #[derive(Serialize, Deserialize)]
    struct Newer(String);
    impl Payload for Newer {
        const VERSION: u32 = 2;
    }

    #[test]
    fn a_value_written_by_a_newer_program_is_refused_by_name() {
        let chance = Chance::seeded(4);
        let (key, place) = (key(1, &chance), Place::new("t", "r", "c"));
        let newer = key.seal_value(&chance, place.clone(), &Newer("x".into())).unwrap();
        let older = Sealed::<String>::found(Some(key.clone()), place.clone(), newer.blob().to_vec());
        assert_eq!(older.open(), Err(SealError::UnknownForm));
        let own = key.seal_value(&chance, place.clone(), &"x".to_owned()).unwrap();
        assert_eq!(Sealed::<Newer>::found(Some(key), place.clone(), own.blob().to_vec()).open().unwrap().0, "x");
        assert_eq!(Sealed::<String>::found(None, place, own.blob().to_vec()).open(), Err(SealError::Shredded));
    }

    #[test]
    fn debug_shows_neither_key_nor_value() {
        let chance = Chance::seeded(5);
        let key = key(1, &chance);
        let sealed = key.seal_value(&chance, Place::new("t", "r", "c"), &"Zoe".to_owned()).unwrap();
        assert_eq!(format!("{sealed:?}"), "[sealed]");
        assert!(!format!("{key:?}").contains(&format!("{:?}", key.secret())));
    }
}
