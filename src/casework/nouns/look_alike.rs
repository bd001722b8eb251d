//! Domains that look like one that is trusted and are not it: slips of a typist, and addresses made to deceive.

use unicode_security::confusable_detection::skeleton;

/// From this length on a domain that differs in two letters is a slip too.
const LONG: usize = 16;

/// Is this domain the other one with a slip in it: a letter wrong, missing, doubled or swapped, one that looks the same
/// (UTS #39), a hyphen or a dot put elsewhere? A domain is no slip of itself, nor of what it is a part of.
pub fn is_slip_of(domain: &str, other: &str) -> bool {
    let (domain, other) = (shown(domain), shown(other));
    if is_within(&domain, &other) || is_within(&other, &domain) {
        return false;
    }
    let (one, two) = (folded(&domain), folded(&other));
    let allowed = if two.chars().count() >= LONG { 2 } else { 1 };
    let squeezed = |text: &str| text.replace(['.', '-'], "");
    one == two || squeezed(&one) == squeezed(&two) || strsim::osa_distance(&one, &two) <= allowed
}

/// Which of these trusted domains does this one look like? A slip, the trusted name before another ending, or the trusted
/// domain with something hung to it.
pub fn looks_like<'a>(domain: &str, trusted: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let seen = shown(domain);
    let trusted: Vec<(&str, String)> = trusted.into_iter().map(|one| (one, shown(one))).collect();
    if trusted.iter().any(|(_, other)| is_within(&seen, other) || is_within(other, &seen)) {
        return None;
    }
    let name = |domain: &str| domain.split('.').next().map(folded).unwrap_or_default();
    let same_name = |other: &str| name(&seen) == name(other) && name(other).chars().count() > 3;
    let hung_to = |other: &str| {
        let (seen, other) = (format!(".{}", folded(&seen)), folded(other));
        let before = [".", "-"].iter().any(|mark| seen.contains(&format!(".{other}{mark}")));
        before || seen.ends_with(&format!("-{other}"))
    };
    // The nearest first, since that is the one meant.
    let find = |is_like: &dyn Fn(&str) -> bool| trusted.iter().find(|(_, other)| is_like(other)).map(|(one, _)| *one);
    find(&|other| is_slip_of(&seen, other)).or_else(|| find(&hung_to)).or_else(|| find(&same_name))
}

/// As a reader sees it: an internationalised domain in its own letters (RFC 5890), a pattern without its star.
fn shown(domain: &str) -> String {
    let (shown, _) = idna::domain_to_unicode(domain.trim_start_matches("*."));
    shown.to_lowercase()
}

fn folded(text: &str) -> String {
    skeleton(text).collect::<String>().to_lowercase()
}

fn is_within(domain: &str, other: &str) -> bool {
    domain == other || domain.strip_suffix(other).is_some_and(|head| head.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUSTED: [&str; 4] = ["surrey.example", "*.nhs.example", "police.example", "st-helens.example"];

    fn like(domain: &str) -> Option<&'static str> {
        looks_like(domain, TRUSTED)
    }

    #[test]
    fn sy_40_a_domain_made_to_look_like_a_trusted_one_is_seen() {
        for (domain, expected) in [
            ("surey.example", "surrey.example"),
            ("surrrey.example", "surrey.example"),
            ("surrye.example", "surrey.example"),
            ("surrey.exarnple", "surrey.example"),
            ("surrey.com", "surrey.example"),
            ("surrey.example.mail.test", "surrey.example"),
            ("surrey.example-secure.test", "surrey.example"),
            ("surrey.nhs.example.test", "*.nhs.example"),
            ("surrey-nhs.example", "*.nhs.example"),
            ("po1ice.example", "police.example"),
            ("p0lice.example", "police.example"),
            ("sthelens.example", "st-helens.example"),
            ("st.helens.example", "st-helens.example"),
            ("nhs-example", "*.nhs.example"),
            // A Cyrillic letter, as mail carries them.
            ("xn--plice-jye.example", "police.example"),
        ] {
            assert_eq!(like(domain), Some(expected), "{domain}");
        }
    }

    #[test]
    fn what_is_trusted_or_only_another_place_looks_like_nothing() {
        for domain in
            ["surrey.example", "rmm.surrey.example", "gp.nhs.example", "nhs.example", "mail.example", "sussex.example"]
        {
            assert_eq!(like(domain), None, "{domain}");
        }
        assert!(!is_slip_of("surrey.com", "surrey.example"), "another ending is no slip");
        assert!(is_slip_of("surey.example", "surrey.example"));
        assert!(!is_slip_of("a.gov.uk", "*.gov.uk") && !is_slip_of("gov.uk", "*.gov.uk"));
    }
}
