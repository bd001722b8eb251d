//! TLS as it is spoken to mail servers, of either kind: which way it begins and whom it trusts. One place, so that reading and
//! sending mail cannot come to differ in it.
//!
//! There is no third way and no going on without: a server that offers no TLS gets neither password nor mail.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

/// How a connection is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (RFC 8314): IMAP on port 993, submission on 465.
    Implicit,
    /// STARTTLS (RFC 9051 §6.2.1, RFC 3207): IMAP on port 143, submission on 587. A server that does not offer it gets no
    /// password.
    Starttls,
}

/// The file of certificates to trust cannot be read as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificates to trust cannot be read")]
pub struct BadCertificates;

/// Trusts the system's certificates, or those of the PEM file and no others.
///
/// # Errors
/// When the file cannot be read or holds no certificates.
pub fn connector(ca_file: Option<&Path>) -> Result<TlsConnector, BadCertificates> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file).map_err(|_| BadCertificates)? {
                roots.add(certificate.map_err(|_| BadCertificates)?).map_err(|_| BadCertificates)?;
            }
        }
        None => {
            for certificate in rustls_native_certs::load_native_certs().certs {
                // One that cannot be read is one fewer that is trusted.
                let _ignored = roots.add(certificate);
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|_| BadCertificates)?.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
