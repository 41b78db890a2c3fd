//! The one who carries letters: over sockets, or into a function for tests. Never decides when, never tries again, never
//! follows a redirect.

use std::fmt;
use std::sync::Arc;

use world::World;

use crate::sockets::{Line, Sockets};
use crate::{Answer, Destinations, Letter, Receiver, SendFailure};

/// Sends letters. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Sender {
    carrier: Carrier,
    destinations: Destinations,
}

#[derive(Clone)]
enum Carrier {
    Sockets(Arc<Line>),
    InProcess(Arc<dyn Receiver>),
}

impl Sender {
    /// Sends over the network: HTTP/1.1, connections kept for the next letter, 5 s to connect, 15 s in all.
    ///
    /// # Errors
    /// When the cryptography library supports no usable version of TLS, which no build of ours does.
    pub fn sockets(world: World, destinations: Destinations) -> Result<Self, String> {
        Self::over(Sockets::new(world, destinations))
    }

    /// Sends over the network with other settings than [`Sender::sockets`].
    ///
    /// # Errors
    /// When a root is not a certificate, besides the reason of [`Sender::sockets`].
    pub fn over(sockets: Sockets) -> Result<Self, String> {
        let destinations = sockets.destinations;
        let line = Line::open(sockets).map_err(|error| format!("TLS settings: {error}"))?;
        Ok(Self {
            carrier: Carrier::Sockets(Arc::new(line)),
            destinations,
        })
    }

    /// Gives letters to a function of this process, whatever their URL. For registration only public URLs count.
    #[must_use]
    pub fn in_process(receiver: Arc<dyn Receiver>) -> Self {
        Self {
            carrier: Carrier::InProcess(receiver),
            destinations: Destinations::Public,
        }
    }

    /// Which addresses letters may go to, and URLs may name at registration.
    #[must_use]
    pub fn destinations(&self) -> Destinations {
        self.destinations
    }

    /// Sends one letter, once. Dropping the future ends the exchange and its connection.
    ///
    /// # Errors
    /// Why there is no answer, and how long that took, in milliseconds.
    pub async fn send(&self, letter: Letter) -> Result<Answer, (SendFailure, i64)> {
        match &self.carrier {
            Carrier::Sockets(line) => line.send(letter).await,
            Carrier::InProcess(receiver) => receiver.receive(letter).await.map_err(|failure| (failure, 0)),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("destinations", &self.destinations)
            .finish_non_exhaustive()
    }
}
