//! The assertion an application signs with its certificate's key (RFC 7523 §3, in the form that Microsoft's token endpoint
//! asks for: the certificate is named by its thumbprint).

use crate::casework::Redacted;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rustls::SignatureScheme;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Digest as _;
use std::path::Path;
use uuid::Uuid;
use x509_cert::der::Decode as _;

/// An assertion is good for so long: long enough for a clock that is a little wrong.
const LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How the assertion is signed, and by which of its thumbprints the certificate is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// RSASSA-PSS with SHA-256; `x5t#S256`. What Microsoft asks for now.
    #[default]
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256; `x5t`. What it asked for before, and other servers still do.
    Rs256,
}

/// Why a certificate is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// No file, or no certificate in it.
    #[error("the certificate cannot be read")]
    Certificate,
    /// No file, no key in it, a key under a password, or one that is not RSA.
    #[error("the certificate's private key cannot be read, or is not RSA")]
    Key,
    /// They do not belong together.
    #[error("the private key is another certificate's")]
    Mismatch,
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Certificate {
    pair: CertifiedKey,
    der: CertificateDer<'static>,
    /// The last moment it is good for.
    pub valid_until: Timestamp,
}

impl Certificate {
    /// Reads both from PEM files, which may be one.
    ///
    /// # Errors
    /// When one of them cannot be used, or they do not belong together.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, BadCertificate> {
        let der = CertificateDer::from_pem_file(certificate).map_err(|_| BadCertificate::Certificate)?;
        let parsed = x509_cert::Certificate::from_der(&der).map_err(|_| BadCertificate::Certificate)?;
        let not_after = parsed.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
        let valid_until = i64::try_from(not_after).ok().and_then(|s| Timestamp::from_second(s).ok());
        let key = PrivateKeyDer::from_pem_file(key).map_err(|_| BadCertificate::Key)?;
        let provider = rustls::crypto::ring::default_provider();
        let pair = CertifiedKey::from_der(vec![der.clone()], key, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => BadCertificate::Mismatch,
            _ => BadCertificate::Key,
        })?;
        let found = Self { pair, der, valid_until: valid_until.ok_or(BadCertificate::Certificate)? };
        found.sign(Algorithm::Rs256, b"")?;
        Ok(found)
    }

    /// A signed assertion that this is the application, good for five minutes from now.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn assertion(
        &self,
        algorithm: Algorithm,
        audience: &str,
        client_id: &str,
        now: Timestamp,
        id: Uuid,
    ) -> Result<Redacted<String>, BadCertificate> {
        let (name, thumbprint) = match algorithm {
            Algorithm::Ps256 => ("x5t#S256", URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&self.der))),
            Algorithm::Rs256 => ("x5t", URL_SAFE_NO_PAD.encode(sha1::Sha1::digest(&self.der))),
        };
        let header = json!({ "alg": algorithm.name(), "typ": "JWT", name: thumbprint });
        let seconds = now.as_second();
        let claims = json!({
            "aud": audience, "iss": client_id, "sub": client_id, "jti": id.to_string(),
            "nbf": seconds, "iat": seconds, "exp": seconds.saturating_add(LIFE.as_secs()),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.sign(algorithm, signed.as_bytes())?;
        Ok(Redacted::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    fn sign(&self, algorithm: Algorithm, bytes: &[u8]) -> Result<Vec<u8>, BadCertificate> {
        let scheme = match algorithm {
            Algorithm::Ps256 => SignatureScheme::RSA_PSS_SHA256,
            Algorithm::Rs256 => SignatureScheme::RSA_PKCS1_SHA256,
        };
        let signer = self.pair.key.choose_scheme(&[scheme]).ok_or(BadCertificate::Key)?;
        signer.sign(bytes).map_err(|_| BadCertificate::Key)
    }
}

impl Algorithm {
    /// As in the assertion's header (RFC 7518 §3.1).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::process::Command;

    fn openssl(folder: &Path, arguments: &[&str]) {
        let done = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn made(folder: &Path, name: &str, kind: &[&str]) -> (PathBuf, PathBuf) {
        let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
        let rest = ["-nodes", "-days", "10", "-subj", "/CN=dutyclerk test", "-keyout", &key, "-out", &pem];
        openssl(folder, &[&["req", "-x509"], kind, &rest[..]].concat());
        (folder.join(pem), folder.join(key))
    }

    /// OpenSSL, which shares no code with what signed, finds the signature good.
    #[test]
    fn an_assertion_is_what_microsoft_describes_and_its_signature_holds() {
        let folder = tempfile::tempdir().unwrap();
        let (pem, key) = made(folder.path(), "one", &["-newkey", "rsa:2048"]);
        let certificate = Certificate::read(&pem, &key).unwrap();
        let now: Timestamp = "2026-11-20T14:00:00Z".parse().unwrap();
        let audience = "https://login.example/t/oauth2/v2.0/token";
        openssl(folder.path(), &["x509", "-in", "one.pem", "-pubkey", "-noout", "-out", "one.pub"]);
        for (algorithm, thumbprint, padding) in [
            (Algorithm::Ps256, "x5t#S256", &["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"][..]),
            (Algorithm::Rs256, "x5t", &[]),
        ] {
            let assertion = certificate.assertion(algorithm, audience, "9990", now, Uuid::nil()).unwrap();
            let parts: Vec<&str> = assertion.reveal().split('.').collect();
            let read =
                |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
            let (header, claims) = (read(parts[0]), read(parts[1]));
            assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some(algorithm.name()), Some("JWT")));
            let digest = if algorithm == Algorithm::Ps256 { "-sha256" } else { "-sha1" };
            openssl(folder.path(), &["x509", "-in", "one.pem", "-outform", "DER", "-out", "one.der"]);
            openssl(folder.path(), &["dgst", digest, "-binary", "-out", "thumb", "one.der"]);
            let thumb = URL_SAFE_NO_PAD.encode(std::fs::read(folder.path().join("thumb")).unwrap());
            assert_eq!(header[thumbprint].as_str(), Some(thumb.as_str()));
            assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("9990"), Some("9990")));
            assert_eq!(claims["aud"], audience);
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 300);
            std::fs::write(folder.path().join("signed"), format!("{}.{}", parts[0], parts[1])).unwrap();
            std::fs::write(folder.path().join("signature"), URL_SAFE_NO_PAD.decode(parts[2]).unwrap()).unwrap();
            let verify = ["dgst", "-sha256", "-verify", "one.pub", "-signature", "signature"];
            openssl(folder.path(), &[&verify, padding, &["signed"]].concat());
        }
        let days = certificate.valid_until.duration_since(crate::clock::Clock::System.now()).as_hours() / 24;
        assert!((8..=10).contains(&days), "{days}");
    }

    #[test]
    fn what_cannot_sign_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let (pem, key) = made(folder.path(), "one", &["-newkey", "rsa:2048"]);
        let (other, other_key) = made(folder.path(), "two", &["-newkey", "rsa:2048"]);
        let (ec, ec_key) = made(folder.path(), "ec", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        openssl(folder.path(), &["pkey", "-in", "one.key", "-aes256", "-passout", "pass:x", "-out", "locked.key"]);
        let read = |certificate: &Path, key: &Path| Certificate::read(certificate, key).map(drop).unwrap_err();
        assert_eq!(read(&pem, &other_key), BadCertificate::Mismatch);
        assert_eq!(read(&other, &key), BadCertificate::Mismatch);
        assert_eq!(read(&ec, &ec_key), BadCertificate::Key, "an assertion is signed with RSA");
        assert_eq!(read(&pem, &folder.path().join("locked.key")), BadCertificate::Key);
        assert_eq!(read(&key, &key), BadCertificate::Certificate);
        assert_eq!(read(&folder.path().join("none"), &key), BadCertificate::Certificate);
        let both = folder.path().join("both.pem");
        let text = [std::fs::read(&key).unwrap(), std::fs::read(&pem).unwrap()].concat();
        std::fs::write(&both, text).unwrap();
        assert!(Certificate::read(&both, &both).is_ok(), "both may be in one file");
    }
}
