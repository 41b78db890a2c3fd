//! The two questions that are asked of the machine's network: which addresses a name has, and a connection to one of
//! them. Never judges an address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Names that are looked up at one time. A look-up holds a thread of the runtime until the system answers, whoever
/// gave up waiting; there must be threads left for everybody else.
const MAX_LOOK_UPS: usize = 64;

/// Something of the network that is under way.
pub type Pending<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// The network as the sender sees it. Tests put their own names and wires here; the judging of addresses stays before it.
pub trait Network: Send + Sync {
    /// The addresses of a name, best first. Asked once for each connection.
    fn look_up(&self, name: String) -> Pending<Vec<IpAddr>>;
    /// A connection to exactly this address.
    fn dial(&self, address: SocketAddr) -> Pending<TcpStream>;
}

/// The network of the machine.
pub struct SystemNetwork {
    look_ups: Arc<Semaphore>,
}

impl SystemNetwork {
    /// The machine's resolver and its sockets.
    #[must_use]
    pub fn new() -> Self {
        Self {
            look_ups: Arc::new(Semaphore::new(MAX_LOOK_UPS)),
        }
    }
}

impl Default for SystemNetwork {
    fn default() -> Self {
        Self::new()
    }
}

impl Network for SystemNetwork {
    fn look_up(&self, name: String) -> Pending<Vec<IpAddr>> {
        let look_ups = Arc::clone(&self.look_ups);
        Box::pin(async move {
            let turn = look_ups.acquire_owned().await.map_err(io::Error::other)?;
            // A task of its own: the turn must be held until the thread is free, even when nobody waits any more.
            let look_up = tokio::spawn(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await;
                drop(turn);
                found.map(|addresses| addresses.map(|address| address.ip()).collect())
            });
            look_up.await.map_err(io::Error::other)?
        })
    }

    fn dial(&self, address: SocketAddr) -> Pending<TcpStream> {
        Box::pin(TcpStream::connect(address))
    }
}
