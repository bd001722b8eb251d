//! What the token endpoint answers (RFC 6749 §5): a token, or why not.

use super::refusal::{NoToken, Refusal};
use crate::casework::Redacted;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::Deserialize;

/// A token that says it lives longer is asked for anew after a day all the same.
const LONGEST: i64 = 24 * 60 * 60;

#[derive(Deserialize)]
struct Granted {
    access_token: Redacted<String>,
    token_type: String,
    expires_in: Seconds,
}

/// A number; some servers write it as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(i64),
    Text(String),
}

/// The description is looked through for its code and dropped: it names the application and the time, and whatever else.
#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    error_description: String,
}

/// The token and how long it lives.
pub(super) fn read(status: u16, body: &[u8]) -> Result<(Redacted<String>, SignedDuration), NoToken> {
    if status == 200 {
        let granted: Granted = serde_json::from_slice(body).map_err(|_| NoToken::Nonsense)?;
        let seconds = match granted.expires_in {
            Seconds::Number(seconds) => Some(seconds),
            Seconds::Text(text) => text.trim().parse().ok(),
        };
        let seconds = seconds.filter(|seconds| *seconds > 0).ok_or(NoToken::Nonsense)?;
        let token = granted.access_token.reveal();
        // It goes into a SASL line, where a control character would end it (RFC 6750 §2.1 allows none).
        let plain = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || !granted.token_type.eq_ignore_ascii_case("bearer") {
            return Err(NoToken::Nonsense);
        }
        return Ok((granted.access_token, SignedDuration::from_secs(seconds.min(LONGEST))));
    }
    match serde_json::from_slice::<Refused>(body) {
        Ok(refused) => {
            let refusal = Refusal::of(&refused.error, refused.error_codes.first().copied(), &refused.error_description);
            Err(if refusal.passes() || status == 429 || status >= 500 {
                NoToken::Later(status)
            } else {
                NoToken::Refused(refusal)
            })
        }
        Err(_) if status == 429 || status >= 500 => Err(NoToken::Later(status)),
        Err(_) => Err(NoToken::Nonsense),
    }
}

/// What a token says of itself. Only for showing an administrator what was granted: a token is its server's to read, and
/// nothing depends on this.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Whom it is for.
    pub aud: String,
    /// What the application was granted, e.g. `IMAP.AccessAsApp`.
    pub roles: Vec<String>,
}

/// Reads them; none where the token is no JWT, or a sealed one.
pub fn claims(token: &Redacted<String>) -> Option<Claims> {
    let payload = token.reveal().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_only_from_an_answer_that_is_one() {
        let (token, life) =
            read(200, br#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"a.b.c"}"#)
                .unwrap();
        assert_eq!((token.reveal().as_str(), life.as_secs()), ("a.b.c", 3599));
        let text = read(200, br#"{"token_type":"bearer","expires_in":"3599","access_token":"a"}"#).unwrap();
        assert_eq!(text.1.as_secs(), 3599);
        for none in [
            &br#"{"token_type":"Bearer","expires_in":3599,"access_token":""}"#[..],
            br#"{"token_type":"Bearer","expires_in":3599,"access_token":"a\u0001b"}"#,
            br#"{"token_type":"Bearer","expires_in":0,"access_token":"a"}"#,
            br#"{"token_type":"mac","expires_in":3599,"access_token":"a"}"#,
            br#"{"access_token":"a"}"#,
            b"<html>Sign in</html>",
            b"",
        ] {
            assert_eq!(read(200, none).unwrap_err(), NoToken::Nonsense, "{}", String::from_utf8_lossy(none));
        }
        assert_eq!(read(302, b"").unwrap_err(), NoToken::Nonsense, "no redirect is followed");
    }

    #[test]
    fn of_a_refusal_only_the_codes_are_kept() {
        let body =
            br#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app
            '9990-someone' are expired. Trace ID: x","error_codes":[7000222],"timestamp":"2026-11-20 14:00:00Z"}"#;
        let body = String::from_utf8_lossy(body).replace('\n', " ");
        let refused = read(401, body.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), "aadsts_7000222");
        assert!(refused.is_for_a_person() && !format!("{refused} {refused:?}").contains("someone"));
        let without = br#"{"error":"invalid_client","error_description":"AADSTS7000215: no"}"#;
        assert_eq!(read(401, without).unwrap_err().code(), "aadsts_7000215");
        assert_eq!(read(400, br#"{"error":"unauthorized_client"}"#).unwrap_err().code(), "unauthorized_client");
        assert_eq!(read(400, br#"{"error":"<b>x</b>"}"#).unwrap_err().code(), "refused");
        for (status, later) in [(503, &b"busy"[..]), (429, b"{}"), (400, br#"{"error":"temporarily_unavailable"}"#)] {
            assert_eq!(read(status, later).unwrap_err(), NoToken::Later(status));
        }
        assert!(!NoToken::Later(503).is_for_a_person());
    }

    #[test]
    fn what_a_token_grants_can_be_shown() {
        let payload =
            URL_SAFE_NO_PAD.encode(br#"{"aud":"https://outlook.office365.com","roles":["IMAP.AccessAsApp"],"exp":1}"#);
        let found = claims(&Redacted::new(format!("h.{payload}.s"))).unwrap();
        assert_eq!((found.aud.as_str(), found.roles.len()), ("https://outlook.office365.com", 1));
        assert_eq!(claims(&Redacted::new("opaque".to_owned())), None);
    }
}
