//! Looking personal values up without storing them: keyed hashes that mean nothing without the look-up key.

use crate::casework::{Address, AuthorityId};
use std::fmt;

/// A keyed hash (BLAKE3, 128 bits) of what kind of value it is, within which authority, and the normalised value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupHash(pub [u8; 16]);

impl LookupHash {
    /// Its first 8 bytes, as papers keep them.
    pub fn mark(self) -> [u8; 8] {
        self.0.first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Debug for LookupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for LookupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Makes look-up hashes. Its key is the store's own, wrapped by the master key, so that a change of master key leaves
/// every look-up as it was.
#[derive(Clone)]
pub struct LookUps([u8; 32]);

impl fmt::Debug for LookUps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUps")
    }
}

impl LookUps {
    /// Under this data key.
    pub fn new(key: &super::DataKey) -> Self {
        Self(*key.secret())
    }

    /// The hash of an already normalised value.
    pub fn hash(&self, kind: &str, authority: Option<&AuthorityId>, value: &str) -> LookupHash {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in [kind, authority.map_or("", AuthorityId::as_str), value] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        LookupHash(hasher.finalize().as_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// The hash of an e-mail address (already folded to lower case by its type).
    pub fn address(&self, address: &Address) -> LookupHash {
        self.hash("address", None, address.as_str())
    }

    /// The mark of a value in a paper: 8 bytes of its hash. Short, because a chance likeness only asks a person to look.
    pub fn mark(&self, kind: &str, authority: &AuthorityId, value: &str) -> [u8; 8] {
        self.hash(kind, Some(authority), value).mark()
    }

    /// The mark of a name, a pair as [`crate::casework::name_pair`] gives it.
    pub fn name_mark(&self, authority: &AuthorityId, pair: &(String, String)) -> [u8; 8] {
        self.mark("name_pair", authority, &format!("{} {}", pair.0, pair.1))
    }

    /// The marks of all these pairs, one after another, as `documents.name_marks` keeps them.
    pub fn name_marks<'a>(
        &self,
        authority: &AuthorityId,
        pairs: impl IntoIterator<Item = &'a (String, String)>,
    ) -> Vec<u8> {
        pairs.into_iter().flat_map(|pair| self.name_mark(authority, pair)).collect()
    }
}

/// Is this mark among those of a paper?
pub fn has_mark(marks: &[u8], mark: [u8; 8]) -> bool {
    marks.chunks_exact(8).any(|own| own == mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::{name_pair, name_pairs_in, normal_name};
    use crate::clock::Chance;
    use crate::seal::{DataKey, KeyId};

    fn look_ups(seed: u64) -> LookUps {
        LookUps::new(&DataKey::generate(KeyId([0; 16]), &Chance::seeded(seed)))
    }

    #[test]
    fn kind_authority_value_and_key_all_count() {
        let (one, two) = (look_ups(1), look_ups(2));
        let (here, there) = (AuthorityId::new("surrey"), AuthorityId::new("st-helens"));
        let hash = one.hash("lcs", Some(&here), "1234");
        assert_eq!(hash, one.hash("lcs", Some(&here), "1234"));
        assert_ne!(hash, one.hash("nhs", Some(&here), "1234"));
        assert_ne!(hash, one.hash("lcs", Some(&there), "1234"));
        assert_ne!(hash, one.hash("lcs", Some(&here), "1235"));
        assert_ne!(hash, two.hash("lcs", Some(&here), "1234"));
        assert_ne!(one.hash("a", None, "bc"), one.hash("ab", None, "c"));
    }

    #[test]
    fn a_name_in_a_paper_is_found_by_its_mark() {
        let (look_ups, here) = (look_ups(1), AuthorityId::new("surrey"));
        let marks = look_ups.name_marks(&here, &name_pairs_in("Seen with Zoë Marker in town"));
        let mark = |name: &str| look_ups.name_mark(&here, &name_pair(&normal_name(name)).unwrap());
        assert!(has_mark(&marks, mark("MARKER, Zoe")));
        assert!(!has_mark(&marks, mark("Zoe Barker")));
    }
}
