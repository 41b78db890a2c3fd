//! A PostgreSQL URL and what it says about TLS. Never connects in the clear to another machine unless told to.

use std::{net::IpAddr, time::Duration};

use postgres::{Client, NoTls, config::Host, config::SslMode};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use super::refusal;
use crate::error::{OpenError, StoreError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// After this long without a sign of life a connection counts as lost, also in the middle of a statement.
const SILENCE: Duration = Duration::from_secs(15);

/// Where a server is and how to speak to it.
pub(crate) struct Address {
    config: postgres::Config,
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads `postgres://…?sslmode=…&sslrootcert=…`. `disable` means in the clear; `require`, `verify-ca` and
    /// `verify-full` all mean that certificate and name are verified; without one of them, or with `prefer`, a
    /// socket or a loopback address is spoken to in the clear and any other host is verified.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let wrong = |reason: String| OpenError::Address(reason);
        let mut url = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        let (mut mode, mut roots, mut rest) = (String::new(), None, Vec::new());
        for (name, value) in url.query_pairs().into_owned() {
            match name.as_str() {
                "sslmode" => mode = value,
                "sslrootcert" => roots = Some(value),
                _ => rest.push((name, value)),
            }
        }
        url.set_query(None);
        if !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest);
        }
        let mut config: postgres::Config = url.as_str().parse().map_err(|error| wrong(describe(&error)))?;
        let encrypted = match mode.as_str() {
            "disable" => false,
            "require" | "verify-ca" | "verify-full" => true,
            "" | "prefer" | "allow" => !config.get_hosts().iter().all(is_local),
            other => return Err(wrong(format!("sslmode={other} is not known"))),
        };
        if !encrypted && !config.get_hosts().iter().all(is_local) {
            tracing::warn!("sslmode=disable: the connection to the database is not encrypted");
        }
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        config.connect_timeout(CONNECT_TIMEOUT);
        config
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE)
            .keepalives_interval(CONNECT_TIMEOUT);
        config.application_name("cowry");
        let tls = if encrypted {
            Some(verified(roots.as_deref())?)
        } else {
            None
        };
        Ok(Self { config, tls })
    }

    /// Opens a connection. Blocks; not on an async task.
    pub(crate) fn connect(&self) -> Result<Client, StoreError> {
        let connected = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        connected.map_err(|error| match refusal(error) {
            StoreError::Other(reason) => StoreError::Unavailable(reason),
            known => known,
        })
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        Host::Unix(_) => true,
    }
}

fn verified(file: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
    let mut roots = rustls::RootCertStore::empty();
    match file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let fail = |reason: String| OpenError::File {
                path: path.into(),
                reason,
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| fail(error.to_string()))? {
                let certificate = certificate.map_err(|error| fail(error.to_string()))?;
                roots.add(certificate).map_err(|error| fail(error.to_string()))?;
            }
        }
    }
    let provider = rustls::crypto::ring::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Address(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn describe(error: &postgres::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_servers_are_spoken_to_in_the_clear_unasked() {
        let encrypted = |url| Address::parse(url).unwrap().tls.is_some();
        assert!(!encrypted("postgres://u:p@127.0.0.1:5432/d"));
        assert!(!encrypted("postgres://u@localhost/d?sslmode=prefer"));
        assert!(!encrypted("postgres:///d?host=/run/postgresql"));
        assert!(!encrypted("postgres://u@db.example/d?sslmode=disable"));
        assert!(encrypted("postgres://u@db.example/d"));
        assert!(encrypted("postgres://u@db.example/d?sslmode=prefer"));
        assert!(encrypted("postgres://u@127.0.0.1/d?sslmode=verify-full"));
        assert!(matches!(
            Address::parse("postgres://u@h/d?sslmode=maybe"),
            Err(OpenError::Address(_))
        ));
        assert!(matches!(Address::parse("mysql://u@h/d"), Err(OpenError::Address(_))));
    }
}
