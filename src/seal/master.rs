//! The master key: it wraps the data keys and nothing else.

use super::{DataKey, KeyId, Place, SealError};
use crate::clock::Chance;
use std::fmt;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// 32 secret bytes, kept outside the database in a file or a systemd credential. Who loses it loses every sealed column.
#[derive(Clone)]
pub struct MasterKey {
    bytes: [u8; 32],
    wrapping: DataKey,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

impl MasterKey {
    /// From its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        let id = blake3::derive_key("dutyclerk 2026 master key id", &bytes);
        let secret = blake3::derive_key("dutyclerk 2026 wrapping key", &bytes);
        let id = KeyId(id.first_chunk().copied().unwrap_or_default());
        Self { bytes, wrapping: DataKey::from_bytes(id, secret) }
    }

    /// A new one. For real data `chance` must be the operating system's.
    pub fn generate(chance: &Chance) -> Self {
        Self::new(chance.bytes())
    }

    /// A value that tells this key from another and gives nothing of it away.
    pub fn id(&self) -> KeyId {
        self.wrapping.id()
    }

    /// One line of base64 (RFC 4648 §4) with a line end.
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(45);
        for chunk in self.bytes.chunks(3) {
            let mut group = 0u32;
            for i in 0..3 {
                group = group << 8 | u32::from(chunk.get(i).copied().unwrap_or_default());
            }
            for i in 0..4 {
                let sextet = (group >> (18 - 6 * i)) & 63;
                let c = ALPHABET.get(sextet as usize).copied().unwrap_or_default();
                out.push(if i > chunk.len() { '=' } else { char::from(c) });
            }
        }
        out.push('\n');
        out
    }

    /// Reads [`MasterKey::to_text`] back; white space round it is ignored.
    ///
    /// # Errors
    /// [`SealError::BadMasterKey`].
    pub fn from_text(text: &str) -> Result<Self, SealError> {
        let text = text.trim().strip_suffix('=').ok_or(SealError::BadMasterKey)?;
        let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::with_capacity(32));
        for c in text.bytes() {
            let sextet = ALPHABET.iter().position(|a| *a == c).ok_or(SealError::BadMasterKey)?;
            bits = bits << 6 | u32::try_from(sextet).unwrap_or_default();
            held += 6;
            if held >= 8 {
                held -= 8;
                out.extend(u8::try_from((bits >> held) & 255));
                bits &= (1 << held) - 1;
            }
        }
        // 43 characters are 258 bits: the last two must be zero, so that each key has one text.
        match <[u8; 32]>::try_from(out) {
            Ok(bytes) if text.len() == 43 && bits == 0 => Ok(Self::new(bytes)),
            _ => Err(SealError::BadMasterKey),
        }
    }

    /// Wraps a data key for `data_keys`.
    ///
    /// # Errors
    /// None that a 32-byte key can cause.
    pub fn wrap(&self, chance: &Chance, key: &DataKey) -> Result<Vec<u8>, SealError> {
        self.wrapping.seal(chance, &place_of(key.id()), key.secret())
    }

    /// Unwraps a data key.
    ///
    /// # Errors
    /// [`SealError::OtherKey`] when another master key wrapped it; else as [`DataKey::open`].
    pub fn unwrap_key(&self, id: KeyId, wrapped: &[u8]) -> Result<DataKey, SealError> {
        let bytes = self.wrapping.open(&place_of(id), wrapped)?;
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| SealError::NotWhatItShouldBe)?;
        Ok(DataKey::from_bytes(id, bytes))
    }
}

fn place_of(id: KeyId) -> Place {
    Place::new("data_keys", id, "wrapped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_from_its_text() {
        let key = MasterKey::new(*b"0123456789abcdef0123456789abcdef");
        assert_eq!(key.to_text(), "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
        for seed in 0..50 {
            let key = MasterKey::generate(&Chance::seeded(seed));
            assert_eq!(MasterKey::from_text(&format!("  {}\n", key.to_text())).unwrap().bytes, key.bytes);
        }
    }

    #[test]
    fn a_spoilt_text_is_refused() {
        let text = MasterKey::generate(&Chance::seeded(1)).to_text();
        let text = text.trim();
        for bad in [
            "",
            "=",
            "abc=",
            &text[1..],
            &text[..43],
            &format!("A{text}"),
            &text.replace('=', "!"),
            &format!("{text}="),
        ] {
            assert_eq!(MasterKey::from_text(bad).err(), Some(SealError::BadMasterKey), "{bad:?}");
        }
        let loose = text.replace(&text[42..43], "_");
        assert!(MasterKey::from_text(&loose).is_err());
    }

    #[test]
    fn a_wrapped_key_opens_under_its_own_master_and_id_only() {
        let chance = Chance::seeded(2);
        let (master, other) = (MasterKey::generate(&chance), MasterKey::generate(&chance));
        let key = DataKey::generate(KeyId([7; 16]), &chance);
        let wrapped = master.wrap(&chance, &key).unwrap();
        assert_eq!(master.unwrap_key(key.id(), &wrapped).unwrap().secret(), key.secret());
        assert_eq!(other.unwrap_key(key.id(), &wrapped).err(), Some(SealError::OtherKey));
        assert_eq!(master.unwrap_key(KeyId([8; 16]), &wrapped).err(), Some(SealError::Tampered));
    }

    #[test]
    fn debug_gives_no_secret_away() {
        let key = MasterKey::new([65; 32]);
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
    }
}
