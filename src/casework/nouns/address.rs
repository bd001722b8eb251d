use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A text that is not an address this program sends to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a plain e-mail address (ASCII letters, digits and dots, one @, a domain with a dot)")]
pub struct BadAddress;

/// An e-mail address: plain ASCII dot-atom local part (RFC 5322 §3.2.3) and a DNS domain, folded to lower case.
/// Quoted local parts, address literals and anything outside ASCII are refused: nothing this program sends to needs them,
/// and each is a way to smuggle a second recipient.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// The whole address in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }
}

impl FromStr for Address {
    type Err = BadAddress;
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim().to_ascii_lowercase();
        let at = text.find('@').ok_or(BadAddress)?;
        let (local, domain) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let dot_atom = |s: &str| s.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext));
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        let good = local.len() <= 64
            && text.len() <= 254
            && dot_atom(local)
            && domain.contains('.')
            && domain.split('.').all(label);
        if good { Ok(Self { text, at }) } else { Err(BadAddress) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A full address may name a person, so `Debug` (and so every log line) shows the domain only.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[address]@{}", self.domain())
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A domain, or `*.` and a domain for all its subdomains (the domain itself not included).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainPattern(String);

impl DomainPattern {
    /// From its text, folded to lower case.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_ascii_lowercase())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Does it cover this domain?
    pub fn covers(&self, domain: &str) -> bool {
        let (domain, pattern) = (domain.to_ascii_lowercase(), self.0.to_ascii_lowercase());
        match pattern.strip_prefix("*.") {
            Some(parent) => domain.strip_suffix(parent).is_some_and(|head| head.len() > 1 && head.ends_with('.')),
            None => domain == pattern,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_addresses() {
        for good in ["a@b.example", "Jo.Bloggs+x@st-helens.example", "o'neil@surrey.example"] {
            assert_eq!(good.parse::<Address>().unwrap().as_str(), good.to_ascii_lowercase());
        }
        for bad in [
            "",
            "a",
            "@b.example",
            "a@b",
            "a@@b.example",
            "a b@c.example",
            "\"a b\"@c.example",
            "a@[10.0.0.1]",
            ".a@b.example",
            "a..b@c.example",
            "a@b..example",
            "a@-b.example",
            "é@b.example",
            "a@b.example\r\nBcc: x@y.example",
            "a,b@c.example",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_starred_domain_covers_its_subdomains_only() {
        let gov = DomainPattern::new("*.gov.uk");
        assert!(gov.covers("sthelens.gov.uk"));
        assert!(!gov.covers("gov.uk"));
        assert!(!gov.covers("evilgov.uk"));
        assert!(!gov.covers("gov.uk.evil.example"));
        assert!(DomainPattern::new("nhs.net").covers("NHS.net"));
        assert!(!DomainPattern::new("nhs.net").covers("x.nhs.net"));
    }
}
