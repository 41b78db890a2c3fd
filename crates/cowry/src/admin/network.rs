//! A connection to a server elsewhere that stays open for as long as it is read. Checks whom it speaks with as every other
//! client of the house does; what a single answer ends goes through the engine's own client.

use std::sync::Arc;

use hyper::Uri;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Both directions of a connection, in clear or not.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// Connects to the server of a URL; with it, what the server calls itself. The reason when that fails.
pub(super) async fn connect(url: &str) -> Result<(Box<dyn Wire>, String), String> {
    let uri: Uri = url.parse().map_err(|error| format!("{url} is no URL: {error}"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{url} is no http:// or https:// URL"));
    };
    let host = authority.host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let failed = |error: std::io::Error| format!("{url} cannot be reached: {error}");
    let socket = TcpStream::connect((bare, port)).await.map_err(failed)?;
    let wire: Box<dyn Wire> = match scheme {
        "https" => {
            let name = ServerName::try_from(bare.to_owned()).map_err(|_| format!("{host} is no name of a server"))?;
            Box::new(connector()?.connect(name, socket).await.map_err(failed)?)
        }
        "http" => Box::new(socket),
        _ => return Err(format!("{url} is no http:// or https:// URL")),
    };
    Ok((wire, authority.as_str().to_owned()))
}

fn connector() -> Result<TlsConnector, String> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
