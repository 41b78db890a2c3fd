//! From a host to a connection. This is where addresses are judged: those that are dialled, at the moment of dialling,
//! once for every connection. A name is looked up once, and only what that look-up said can be dialled, so a name whose
//! answer changes between two look-ups gains nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::net::TcpStream;
use tower::Service;
use world::World;

use super::tls::Tls;
use super::wire::Wire;
use super::{Network, Sockets};
use crate::{Destinations, is_public};

/// So many addresses of a name are tried; a name with hundreds is no reason to call hundreds.
const MAX_DIALS: usize = 8;

/// Why there is no connection; for the log and for choosing the word that a merchant sees.
#[derive(Debug, Error)]
pub(super) enum DialFailure {
    #[error("the name has no address")]
    NoAddress,
    #[error("no address of the host may be called")]
    NotAllowed,
    #[error("no connection: {0}")]
    Refused(io::Error),
    #[error("TLS: {0}")]
    Tls(io::Error),
    #[error("no connection in time")]
    TimedOut,
}

/// Makes connections for the client's pool.
#[derive(Clone)]
pub(super) struct Connector {
    world: World,
    destinations: Destinations,
    network: Arc<dyn Network>,
    connect_time: Duration,
    tls: Tls,
}

impl Connector {
    pub(super) fn new(sockets: Sockets) -> Result<Self, rustls::Error> {
        Ok(Self {
            world: sockets.world,
            destinations: sockets.destinations,
            network: sockets.network,
            connect_time: Duration::from_millis(sockets.connect_ms),
            tls: Tls::trusting(sockets.extra_roots)?,
        })
    }

    async fn connect_in_time(self, uri: Uri) -> Result<Wire, DialFailure> {
        let late = self.world.sleep(self.connect_time);
        tokio::select! {
            biased;
            made = self.connect(&uri) => made,
            () = late => Err(DialFailure::TimedOut),
        }
    }

    async fn connect(&self, uri: &Uri) -> Result<Wire, DialFailure> {
        let host = uri.host().ok_or(DialFailure::NoAddress)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_tls = uri.scheme() == Some(&Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let addresses = self.vetted(host).await?;
        let socket = self.dial(&addresses, port).await?;
        if !is_tls {
            return Ok(Wire::new(socket));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| DialFailure::NoAddress)?;
        let session = self.tls.connector().connect(name, socket).await;
        Ok(Wire::new(session.map_err(DialFailure::Tls)?))
    }

    /// The addresses of `host` that may be dialled; never empty.
    async fn vetted(&self, host: &str) -> Result<Vec<IpAddr>, DialFailure> {
        let found = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => {
                let found = self.network.look_up(host.to_owned()).await;
                found.map_err(|_| DialFailure::NoAddress)?
            }
        };
        if found.is_empty() {
            return Err(DialFailure::NoAddress);
        }
        let mut vetted = found;
        vetted.retain(|address| match self.destinations {
            Destinations::Public => is_public(*address),
            Destinations::PrivateToo => true,
        });
        vetted.truncate(MAX_DIALS);
        if vetted.is_empty() {
            return Err(DialFailure::NotAllowed);
        }
        Ok(vetted)
    }

    /// Dials one after the other. One that is silent may use up its share of the time, not that of the others.
    async fn dial(&self, addresses: &[IpAddr], port: u16) -> Result<TcpStream, DialFailure> {
        let share = self.connect_time / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        let mut failure = DialFailure::NoAddress;
        for (place, address) in addresses.iter().enumerate() {
            let is_last = place + 1 == addresses.len();
            failure = tokio::select! {
                biased;
                made = self.network.dial(SocketAddr::new(*address, port)) => match made {
                    Ok(socket) => {
                        // Letters are small; waiting for more of one only makes it late.
                        let _ = socket.set_nodelay(true);
                        return Ok(socket);
                    }
                    Err(error) => DialFailure::Refused(error),
                },
                () = self.world.sleep(share), if !is_last => DialFailure::TimedOut,
            };
        }
        Err(failure)
    }
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = DialFailure;
    type Future = Pin<Box<dyn Future<Output = Result<Wire, DialFailure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialFailure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect_in_time(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::{Connector, DialFailure};
    use crate::{Destinations, Sockets};
    use world::World;

    async fn vetted(host: &str, destinations: Destinations) -> Result<usize, DialFailure> {
        let connector = Connector::new(Sockets::new(World::system(), destinations)).unwrap();
        connector.vetted(host).await.map(|addresses| addresses.len())
    }

    /// The text of a URL is judged before; this is the second wall.
    #[tokio::test]
    async fn an_address_without_a_name_is_judged_at_the_dial_as_well() {
        for host in [
            "127.0.0.1",
            "169.254.169.254",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ] {
            let public = vetted(host, Destinations::Public).await;
            assert!(matches!(public, Err(DialFailure::NotAllowed)), "{host}");
            assert_eq!(vetted(host, Destinations::PrivateToo).await.unwrap(), 1, "{host}");
        }
    }

    /// The system's resolver reads old spellings of addresses by itself.
    #[tokio::test]
    async fn what_the_resolver_takes_for_an_address_is_judged_too() {
        for host in ["0x7f.1", "2130706433", "017700000001", "127.1", "localhost"] {
            assert!(vetted(host, Destinations::Public).await.is_err(), "{host}");
        }
    }
}
