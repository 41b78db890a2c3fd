//! Whom we trust at the other end: the public roots, and roots that were added by name.
//!
//! Never skips a check; there is no switch for it.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio_rustls::TlsConnector;

/// The TLS settings of outgoing calls. Cloning is cheap.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
}

/// The TLS settings could not be made.
#[derive(Debug, Error)]
#[error("TLS settings: {0}")]
pub struct TlsError(#[from] rustls::Error);

impl Tls {
    /// Trusts the public certificate authorities.
    ///
    /// # Errors
    /// When the cryptography library supports no usable protocol version, which no build of ours does.
    pub fn public() -> Result<Self, TlsError> {
        Self::trusting([])
    }

    /// Trusts the public certificate authorities and these roots besides: for tests and private providers.
    ///
    /// # Errors
    /// When a root is not a certificate.
    pub fn trusting(extra_roots: impl IntoIterator<Item = CertificateDer<'static>>) -> Result<Self, TlsError> {
        let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        for root in extra_roots {
            roots.add(root)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Early data would leave before the gate is asked.
        config.enable_early_data = false;
        Ok(Self {
            config: Arc::new(config),
        })
    }

    pub(super) fn connector(&self) -> TlsConnector {
        TlsConnector::from(Arc::clone(&self.config))
    }
}
