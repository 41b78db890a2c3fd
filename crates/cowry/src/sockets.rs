//! The sockets that are listened on. Binds before anything else is touched, so that a port in use changes nothing.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, lookup_host};

use crate::failure::Failure;

/// Connections that may wait to be taken.
const BACKLOG: u32 = 1_024;

/// An address that was asked for, with the flag that asked.
pub(crate) struct Asked {
    pub(crate) address: SocketAddr,
    pub(crate) flag: &'static str,
}

impl Asked {
    /// Reads `host:port`; a name is looked up.
    pub(crate) async fn read(text: &str) -> Result<Self, Failure> {
        let wrong = |reason: String| Failure::usage(format!("--listen {text}: {reason} (write it as 127.0.0.1:8600)"));
        let mut found = lookup_host(text).await.map_err(|error| wrong(error.to_string()))?;
        let address = found.next().ok_or_else(|| wrong("no such address".to_owned()))?;
        Ok(Self {
            address,
            flag: "choose another with --listen",
        })
    }

    /// Where the embedded simulator goes: the next port, or any when any was asked for.
    pub(crate) fn beside(&self) -> Result<Self, Failure> {
        let port = match self.address.port() {
            0 => 0,
            port => port.checked_add(1).ok_or_else(|| {
                Failure::usage("the embedded simulator needs the port after --listen, and there is none after 65535")
            })?,
        };
        Ok(Self {
            address: SocketAddr::new(self.address.ip(), port),
            flag: "the simulator takes the port after the API's; choose another with --listen, or start with --simulator off",
        })
    }

    /// Listens, also right after a process that was killed listened here.
    pub(crate) fn bind(&self) -> Result<TcpListener, Failure> {
        listen(self.address).map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => Failure::new(format!(
                "port {} on {} is in use by another program: stop it, or {}",
                self.address.port(),
                self.address.ip(),
                self.flag
            )),
            ErrorKind::PermissionDenied => Failure::new(format!(
                "port {} may not be used by this user: {} (ports below 1024 need rights)",
                self.address.port(),
                self.flag
            )),
            _ => Failure::new(format!("cannot listen on {} ({error}): {}", self.address, self.flag)),
        })
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// A URL at which this machine reaches a listener.
pub(crate) fn url(listener: &TcpListener) -> Result<String, Failure> {
    let bound = listener
        .local_addr()
        .map_err(|error| Failure::new(format!("cannot listen: {error}")))?;
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Ok(format!("http://{}", SocketAddr::new(ip, bound.port())))
}
