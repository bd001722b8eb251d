//! Was the sender authenticated? Read from the Authentication-Results field (RFC 8601) that our own mail server wrote,
//! and from nothing else.
//!
//! Anyone can write such a field, so only the topmost field with the configured authserv-id counts: our server adds its
//! own above what the message came with. (RFC 8601 §5 has the server remove forged ones; what it leaves below is ignored
//! here.) A server whose filters each add a field of their own must be set to write one.
//!
//! Exchange Online writes the field without any authserv-id; [`EXCHANGE_ONLINE`] as the configured id stands for that,
//! and then the topmost field of all counts if it has none.

use super::Headers;
use crate::casework::Address;
use crate::inbound::mailbox::head::without_comments;
use std::fmt;

/// Configure this as authserv-id for mailboxes at Exchange Online, whose field has no id.
pub const EXCHANGE_ONLINE: &str = "exchange-online";

/// What the receiving server found out about the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// The From domain is vouched for.
    Passed {
        /// By which check.
        by: Method,
    },
    /// It was checked, and is not.
    Failed {
        /// What the server said, as method and result words only.
        why: String,
    },
    /// The configured server wrote nothing about this message.
    Absent,
    /// This mailbox has no authserv-id: the allowed domains alone decide, and `check` warns of it.
    NotConfigured,
}

/// The checks that can vouch for a From domain, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// RFC 7489.
    Dmarc,
    /// RFC 6376, with an aligned signing domain.
    Dkim,
    /// RFC 7208, with an aligned envelope sender.
    Spf,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dmarc => "dmarc",
            Self::Dkim => "dkim",
            Self::Spf => "spf",
        })
    }
}

/// Reads the verdict on `from` of the server named `authserv_id`.
///
/// `dmarc=pass` for exactly the From domain passes; `dmarc=fail` fails whatever else passed; else an aligned `dkim=pass`,
/// else an aligned `spf=pass` (RFC 7489 §3.1, relaxed: the domain itself, its parent or a subdomain).
pub fn authenticate(headers: &Headers, from: &Address, authserv_id: Option<&str>) -> Authentication {
    let Some(wanted) = authserv_id.map(str::trim).filter(|id| !id.is_empty()) else {
        return Authentication::NotConfigured;
    };
    let mut fields = headers.authentication_results.reveal().iter().map(|field| Results::parse(field));
    let found = if wanted.eq_ignore_ascii_case(EXCHANGE_ONLINE) {
        fields.next().filter(|results| results.id.is_none())
    } else {
        fields.find(|results| results.id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(wanted)))
    };
    found.map_or(Authentication::Absent, |results| results.verdict(from.domain()))
}

/// One field: who checked, and what came of it.
struct Results {
    id: Option<String>,
    list: Vec<Outcome>,
}

/// `method=result` with its properties.
struct Outcome {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl Results {
    fn parse(field: &str) -> Self {
        let bare = without_comments(field);
        let mut segments = segments(&bare).into_iter();
        let first = segments.next().unwrap_or_default();
        let mut pairs = pairs(first);
        let (id, mut list) = if pairs.is_empty() {
            // The id, perhaps quoted, perhaps with a version after it.
            let word = first.trim();
            let id = match word.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => word.split_whitespace().next(),
            };
            (Some(id.unwrap_or_default().to_owned()), Vec::new())
        } else {
            (None, Outcome::from_pairs(&mut pairs).into_iter().collect())
        };
        list.extend(segments.filter_map(|segment| Outcome::from_pairs(&mut self::pairs(segment))));
        Self { id, list }
    }

    fn verdict(&self, from: &str) -> Authentication {
        let of = |method: &'static str| self.list.iter().filter(move |outcome| outcome.method == method);
        if of("dmarc").any(|outcome| outcome.result == "fail") {
            return Authentication::Failed { why: "dmarc=fail".to_owned() };
        }
        let passed = |method, test: &dyn Fn(&Outcome) -> bool| {
            of(method).any(|outcome| outcome.result == "pass" && test(outcome))
        };
        if passed("dmarc", &|outcome| outcome.get("header.from").is_some_and(|d| d.eq_ignore_ascii_case(from))) {
            return Authentication::Passed { by: Method::Dmarc };
        }
        let signed = |outcome: &Outcome| {
            outcome.get("header.d").or_else(|| outcome.get("header.i")).is_some_and(|domain| aligned(domain, from))
        };
        if passed("dkim", &signed) {
            return Authentication::Passed { by: Method::Dkim };
        }
        if passed("spf", &|outcome| outcome.get("smtp.mailfrom").is_some_and(|domain| aligned(domain, from))) {
            return Authentication::Passed { by: Method::Spf };
        }
        let told = self.list.iter().filter(|outcome| ["dmarc", "dkim", "spf"].contains(&outcome.method.as_str()));
        let told: Vec<String> = told.map(|outcome| format!("{}={}", outcome.method, outcome.result)).collect();
        let why = if told.is_empty() { "no check of the sender".to_owned() } else { told.join(", ") };
        let not_aligned = told.iter().any(|text| text.ends_with("=pass"));
        Authentication::Failed { why: if not_aligned { format!("{why}, for another domain") } else { why } }
    }
}

impl Outcome {
    /// The first pair is the method (`dkim` or `dkim/1`) and its result.
    fn from_pairs(pairs: &mut Vec<(String, String)>) -> Option<Self> {
        if pairs.is_empty() {
            return None;
        }
        let properties = pairs.split_off(1);
        let (method, result) = pairs.pop()?;
        let word =
            |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect::<String>();
        Some(Self {
            method: word(&method).to_ascii_lowercase(),
            result: word(&result).to_ascii_lowercase(),
            properties,
        })
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// Splits at semicolons outside quoted strings.
fn segments(text: &str) -> Vec<&str> {
    let (mut found, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                found.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(start..).unwrap_or_default());
    found
}

/// The `key=value` pairs of a segment; spaces may stand round the `=`, the value may be quoted and may hold `=` itself.
fn pairs(segment: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = segment.trim_start();
    while let Some((key, after)) = rest.split_once('=') {
        // A method may have a version after a slash; words before the key that belong to no pair are dropped.
        let key = key.split('/').next().unwrap_or_default();
        let key = key.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let (value, tail) = value(after);
        found.push((key.to_owned(), value));
        rest = tail.trim_start();
    }
    found
}

/// A value up to white space outside quotation marks.
fn value(text: &str) -> (String, &str) {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {
                escaped = false;
                out.push(c);
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => return (out, text.get(at..).unwrap_or_default()),
            c => out.push(c),
        }
    }
    (out, "")
}

/// Under these, a parent domain is nobody's own.
const SHARED: [&str; 13] = [
    "gov.uk",
    "nhs.uk",
    "police.uk",
    "sch.uk",
    "ac.uk",
    "co.uk",
    "org.uk",
    "net.uk",
    "ltd.uk",
    "plc.uk",
    "me.uk",
    "mod.uk",
    "onmicrosoft.com",
];

/// Do a checked domain (or address) and the From domain belong to one organisation? The same, or one within the other,
/// as long as the outer one is a domain that an organisation holds.
fn aligned(checked: &str, from: &str) -> bool {
    let checked = checked.rsplit('@').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let from = from.to_ascii_lowercase();
    let within = |inner: &str, outer: &str| {
        let held = outer.contains('.') && !SHARED.contains(&outer);
        held && inner.strip_suffix(outer).is_some_and(|head| head.ends_with('.'))
    };
    checked == from || within(&checked, &from) || within(&from, &checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casework::Redacted;

    const ID: &str = "mx.surrey.example";

    fn verdict(fields: &[&str], id: Option<&str>) -> Authentication {
        let results = fields.iter().map(|field| (*field).to_owned()).collect();
        let headers = Headers { authentication_results: Redacted::new(results), ..Headers::default() };
        authenticate(&headers, &"jo@st-helens.example".parse().unwrap(), id)
    }

    fn one(results: &str) -> Authentication {
        verdict(&[&format!("{ID}; {results}")], Some(ID))
    }

    const DMARC: Authentication = Authentication::Passed { by: Method::Dmarc };
    const DKIM: Authentication = Authentication::Passed { by: Method::Dkim };
    const SPF: Authentication = Authentication::Passed { by: Method::Spf };

    #[test]
    fn aligned_passes_pass() {
        for (results, want) in [
            ("dmarc=pass (p=reject dis=none) header.from=St-Helens.example", DMARC),
            (
                "spf=fail smtp.mailfrom=x.example; dkim=fail; dmarc=pass action=none header.from=st-helens.example;compauth=pass reason=100",
                DMARC,
            ),
            ("dkim=pass header.d=st-helens.example header.s=s1 header.b=abc=", DKIM),
            ("dkim=fail header.d=st-helens.example; dkim=pass header.d=mail.st-helens.example", DKIM),
            ("dkim / 1 = pass (2048-bit key; x=y) header.i = \"@st-helens.example\"", DKIM),
            ("spf=pass smtp.mailfrom=bounces+jo=surrey.example@st-helens.example; dmarc=none", SPF),
            ("dmarc=bestguesspass header.from=st-helens.example; spf=pass smtp.mailfrom=st-helens.example", SPF),
        ] {
            assert_eq!(one(results), want, "{results}");
        }
    }

    #[test]
    fn what_is_not_aligned_or_fails_does_not_pass() {
        for results in [
            "none",
            "",
            "dmarc=pass header.from=evil.example",
            "dmarc=pass",
            "dmarc=fail header.from=st-helens.example; spf=pass smtp.mailfrom=st-helens.example",
            "dmarc=pass header.from=st-helens.example; dmarc=fail header.from=st-helens.example",
            "dkim=pass header.d=evil.example header.i=@st-helens.example",
            "dkim=pass header.d=evilst-helens.example",
            "dkim=pass header.d=example",
            "spf=pass smtp.helo=st-helens.example",
            "spf=softfail smtp.mailfrom=st-helens.example",
            "spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=st-helens.example\"@evil.example",
            "spf=pass (; dmarc=pass header.from=st-helens.example) smtp.mailfrom=evil.example",
            "x-dmarc=pass header.from=st-helens.example",
        ] {
            assert!(matches!(one(results), Authentication::Failed { .. }), "{results}: {:?}", one(results));
        }
        let Authentication::Failed { why } = one("spf=pass smtp.mailfrom=evil.example") else { panic!() };
        assert_eq!(why, "spf=pass, for another domain");
    }

    #[test]
    fn only_the_topmost_field_of_our_own_server_counts() {
        let (good, bad) = ("dmarc=pass header.from=st-helens.example", "dmarc=fail header.from=st-helens.example");
        let field = |id: &str, results: &str| format!("{id}; {results}");
        let mut cases = vec![
            (vec![field("evil.example", good)], Authentication::Absent),
            (vec![], Authentication::Absent),
            (vec![field("evil.example", good), field(ID, bad)], Authentication::Failed { why: "dmarc=fail".into() }),
            (vec![field(ID, bad), field(ID, good)], Authentication::Failed { why: "dmarc=fail".into() }),
            (vec![field("MX.Surrey.example 1", good)], DMARC),
            (vec![field("(x) \"mx.surrey.example\"", good)], DMARC),
            (vec![good.to_owned()], Authentication::Absent),
        ];
        cases.push((vec![field(ID, good), field(ID, bad)], DMARC));
        for (fields, want) in cases {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            assert_eq!(verdict(&fields, Some(ID)), want, "{fields:?}");
            assert_eq!(verdict(&fields, None), Authentication::NotConfigured);
            assert_eq!(verdict(&fields, Some(" ")), Authentication::NotConfigured);
        }
    }

    #[test]
    fn exchange_online_writes_no_id() {
        let field = "spf=pass (sender IP is 192.0.2.1)\n smtp.mailfrom=st-helens.example; dkim=pass (signature was verified)\n \
            header.d=st-helens.example;dmarc=pass action=none\n header.from=st-helens.example;compauth=pass reason=100";
        assert_eq!(verdict(&[field], Some(EXCHANGE_ONLINE)), DMARC);
        assert_eq!(
            verdict(&["evil.example; dmarc=pass header.from=st-helens.example", field], Some(EXCHANGE_ONLINE)),
            Authentication::Absent
        );
    }

    #[test]
    fn nobody_owns_gov_uk() {
        assert!(aligned("surrey.gov.uk", "surrey.gov.uk") && aligned("mail.surrey.gov.uk", "surrey.gov.uk"));
        assert!(aligned("surrey.gov.uk", "mail.surrey.gov.uk"));
        assert!(
            !aligned("gov.uk", "surrey.gov.uk") && !aligned("uk", "surrey.gov.uk") && !aligned("", "surrey.gov.uk")
        );
    }
}
