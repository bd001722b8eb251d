//! Names of things. None of them says anything about a child.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);
        impl $name {
            /// From its text.
            pub fn new(text: impl Into<String>) -> Self { Self(text.into()) }
            /// The text.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl From<&str> for $name { fn from(text: &str) -> Self { Self(text.to_owned()) } }
    };
}

name!(
    /// A panel profile, e.g. `surrey-rmm-ne`.
    PanelId
);
name!(
    /// A duty mailbox as configured, e.g. `surrey-rmm-ne`; not its address.
    MailboxId
);
name!(
    /// A local authority. LCS numbers are local to it: nothing is matched across authorities.
    AuthorityId
);
name!(
    /// A form edition's label table, e.g. `surrey-rat`.
    FormId
);
name!(
    /// A directory role in kebab case, e.g. `named-nurse-acute`.
    RoleId
);

/// A text that is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a reference: {0} (expected R-0042, M-000123, S-000123, H-0007 or panel/2026-12-08)")]
pub struct BadRef(pub String);

macro_rules! reference {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $width:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!($prefix, "-{:0", $width, "}"), self.0) }
        }
        impl FromStr for $name {
            type Err = BadRef;
            fn from_str(text: &str) -> Result<Self, BadRef> {
                let digits = text.trim().strip_prefix(concat!($prefix, "-"));
                match digits.and_then(|d| d.parse::<i64>().ok()) {
                    Some(n) if n > 0 => Ok(Self(n)),
                    _ => Err(BadRef(text.to_owned())),
                }
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

reference!(
    /// A case: one child's involvement with one authority's panels. `R-0042`.
    CaseRef, "R", "4"
);
reference!(
    /// A received message. `M-000123`.
    MessageRef, "M", "6"
);
reference!(
    /// A sent (or to be sent) message: an outbox entry. `S-000123`.
    SentRef, "S", "6"
);
reference!(
    /// Something held for a person. `H-0007`.
    HeldRef, "H", "4"
);

reference!(
    /// An alert that asks somebody to do something. `A-0007`.
    AlertRef, "A", "4"
);

/// A meeting: its panel and its original date, kept when the meeting moves. `surrey-rmm-ne/2026-12-08`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingId {
    /// Whose meeting.
    pub panel: PanelId,
    /// The date the series gives it, whatever became of it since.
    pub date: Date,
}

impl fmt::Display for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.panel, self.date)
    }
}

impl FromStr for MeetingId {
    type Err = BadRef;
    fn from_str(text: &str) -> Result<Self, BadRef> {
        let bad = || BadRef(text.to_owned());
        let (panel, date) = text.trim().rsplit_once('/').ok_or_else(bad)?;
        let date = date.parse().map_err(|_| bad())?;
        if panel.is_empty() { Err(bad()) } else { Ok(Self { panel: PanelId::new(panel), date }) }
    }
}

impl Serialize for MeetingId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MeetingId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Anything `explain` takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is its type")]
pub enum Ref {
    Case(CaseRef),
    Message(MessageRef),
    Sent(SentRef),
    Held(HeldRef),
    Alert(AlertRef),
    Meeting(MeetingId),
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(r) => r.fmt(f),
            Self::Message(r) => r.fmt(f),
            Self::Sent(r) => r.fmt(f),
            Self::Held(r) => r.fmt(f),
            Self::Alert(r) => r.fmt(f),
            Self::Meeting(r) => r.fmt(f),
        }
    }
}

impl FromStr for Ref {
    type Err = BadRef;
    fn from_str(text: &str) -> Result<Self, BadRef> {
        text.parse()
            .map(Self::Case)
            .or_else(|_| text.parse().map(Self::Message))
            .or_else(|_| text.parse().map(Self::Sent))
            .or_else(|_| text.parse().map(Self::Held))
            .or_else(|_| text.parse().map(Self::Alert))
            .or_else(|_| text.parse().map(Self::Meeting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_back_as_written() {
        for text in ["R-0042", "M-000123", "S-000001", "H-0007", "A-0003", "surrey-rmm-ne/2026-12-08", "R-12345"] {
            assert_eq!(text.parse::<Ref>().unwrap().to_string(), text);
        }
        assert!("R-".parse::<Ref>().is_err());
        assert!("R-0".parse::<Ref>().is_err());
        assert!("/2026-12-08".parse::<Ref>().is_err());
        assert!("x/2026-13-08".parse::<Ref>().is_err());
    }
}
