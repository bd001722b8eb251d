use serde::{Deserialize, Serialize};
use std::fmt;

/// A personal value. `Debug` prints `[redacted]` and there is no `Display`: whoever needs the value says so by calling
/// [`Redacted::reveal`]. Serialised as the bare value, because it is only ever serialised into sealed payloads and into
/// what the operator asked to see.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Wraps a personal value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place where personal data is used.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// Gives the value away.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Redacted::new("Zoe Marker")), "[redacted]");
    }
}
