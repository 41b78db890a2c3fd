//! Trust: the certificate must be valid for the name.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use webhooks::{Destinations, SendFailure, Sender};

use crate::lab::{OK, hasty, letter, sender};

const ROOT: &[u8] = include_bytes!("../../../gateways/tests/http/certificates/root.pem");
const LEAF: &[u8] = include_bytes!("../../../gateways/tests/http/certificates/localhost.pem");
const LEAF_KEY: &[u8] = include_bytes!("../../../gateways/tests/http/certificates/localhost.key.pem");

async fn secure_receiver() -> u16 {
    let chain = vec![CertificateDer::from_pem_slice(LEAF).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(LEAF_KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_no_client_auth().with_single_cert(chain, key);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let Ok(mut session) = acceptor.accept(socket).await else {
                continue;
            };
            let _ = session.read(&mut [0; 4096]).await;
            let _ = session.write_all(OK.as_bytes()).await;
            let _ = session.flush().await;
        }
    });
    port
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let port = secure_receiver().await;
    let (failure, _) = sender()
        .send(letter(format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert_eq!(failure, SendFailure::Tls);
}

#[tokio::test]
async fn an_added_root_is_trusted_for_its_names_only() {
    let port = secure_receiver().await;
    let mut sockets = hasty(Destinations::PrivateToo);
    sockets.extra_roots = vec![CertificateDer::from_pem_slice(ROOT).unwrap()];
    let sender = Sender::over(sockets).unwrap();
    let mut results = Vec::new();
    for host in ["localhost", "127.0.0.1", "127.0.0.2"] {
        let sent = sender.send(letter(format!("https://{host}:{port}/"))).await;
        results.push(sent.map(|answer| answer.status).map_err(|(failure, _)| failure));
    }
    assert_eq!(results, [Ok(200), Ok(200), Err(SendFailure::Tls)]);
}

#[tokio::test]
async fn who_does_not_speak_tls_gets_no_letter() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let count = socket.read(&mut heard).await.unwrap();
        let _ = socket.write_all(OK.as_bytes()).await;
        String::from_utf8_lossy(&heard[..count]).into_owned()
    });
    let (failure, _) = sender()
        .send(letter(format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert_eq!(failure, SendFailure::Tls);
    let heard = plain.await.unwrap();
    assert!(!heard.contains("POST") && !heard.contains("payment"), "{heard}");
}
