//! Tokens: how the program proves who it is to mail servers that take no password from programs any more (Microsoft 365).
//!
//! A token is got with the client credentials grant (RFC 6749 §4.4): an [`Application`] shows a secret, or an assertion
//! signed with its certificate's key (RFC 7523), at the token endpoint. [`Tokens`] keeps what it got for everyone who logs in as
//! that application, to whichever mailbox: who is read is said in the login ([`xoauth2`]), not in the token.
//!
//! # Failure policy
//!
//! A token is renewed when two thirds of its life are over, so that a refusal is told while mail still flows with the old
//! one. What the endpoint says in words is never passed on, only its codes ([`NoToken`]). After a failure it is left alone
//! for a minute, then longer, however many connections want a token meanwhile. Secrets are read from their files each time
//! one is shown, so that a new one needs no restart, and are in no log and no error.

mod answer;
mod application;
mod assertion;
mod endpoint;
mod refusal;
mod tokens;

pub use answer::{Claims, claims};
pub use application::{Application, Proof, SCOPE};
pub use assertion::{Algorithm, BadCertificate, Certificate};
pub use endpoint::{BadEndpoint, Endpoint};
pub use refusal::{NoToken, Refusal, explain};
pub use tokens::{Health, Tokens};

use crate::casework::Redacted;

/// What a login is proven by.
#[derive(Clone, Debug)]
pub enum Secret {
    /// A password.
    Password(Redacted<String>),
    /// A token, as good as the day it is asked for.
    Token(Tokens),
}

impl From<Redacted<String>> for Secret {
    fn from(password: Redacted<String>) -> Self {
        Self::Password(password)
    }
}

/// What a client says in SASL XOAUTH2, before base64. `user` is the mailbox to be opened: a shared one has its own address
/// here, whoever the token was given to.
pub fn xoauth2(user: &str, token: &Redacted<String>) -> Redacted<String> {
    Redacted::new(format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailbox_and_not_the_application_is_named_in_the_login() {
        let said = xoauth2("rmm-ne@surrey.example", &Redacted::new("abc.def".to_owned()));
        assert_eq!(said.reveal(), "user=rmm-ne@surrey.example\u{1}auth=Bearer abc.def\u{1}\u{1}");
        assert!(!format!("{said:?}").contains("abc"));
    }
}
