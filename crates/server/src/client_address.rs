//! Where a request comes from. Behind proxies that are known that is what they say in `X-Forwarded-For`; anybody else's word
//! counts for nothing. Owns reading addresses; never what is done about one.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Entries of the header that are looked at, from the last one.
const HOPS_MAX: usize = 20;

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    /// Reads addresses and networks, with commas between them: `10.0.0.5, 172.16.0.0/12, 2001:db8::/32`.
    fn from_str(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(IpNet::from);
    let found = text.parse().ok().or_else(|| address(text));
    found.ok_or_else(|| format!("`{text}` is neither an address nor a network such as 10.0.0.0/8"))
}

impl TrustedProxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Of a request with these extensions and headers; `None` when it came by no network.
    pub(crate) fn of(extensions: &Extensions, headers: &HeaderMap, trusted: &TrustedProxies) -> Option<Self> {
        let Peer(peer) = *extensions.get::<Peer>()?;
        let mut known = peer.to_canonical();
        // In bytes: what a visitor wrote before the proxy did need not be text.
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops.take(HOPS_MAX) {
            if !trusted.trust(known) {
                break;
            }
            // What cannot be read was not written by a proxy that is to be believed.
            let next = std::str::from_utf8(hop).ok().and_then(|hop| address(hop.trim()));
            let Some(next) = next else { break };
            known = next.to_canonical();
        }
        Some(Self(known))
    }

    /// By what it is counted: the address, or the network of one customer with IPv6. `None` inside our own networks: there
    /// stands a proxy that nobody told us of, with everybody behind it, or somebody who needs no limits.
    pub(crate) fn counted_as(self) -> Option<String> {
        match self.0 {
            IpAddr::V4(v4) if v4.is_loopback() || v4.is_private() || v4.is_link_local() => None,
            IpAddr::V4(v4) => Some(v4.to_string()),
            IpAddr::V6(v6) if v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() => None,
            IpAddr::V6(v6) => Some(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).to_string()),
        }
    }
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare.or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn from(peer: &str, forwarded: &[impl AsRef<[u8]>], trusted: &str) -> Option<String> {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value.as_ref()).unwrap());
        }
        let found = ClientAddress::of(&extensions, &headers, &trusted.parse().unwrap());
        found.unwrap().counted_as()
    }

    #[test]
    fn only_known_proxies_are_believed() {
        for (peer, forwarded, trusted, expected) in [
            ("203.0.113.1", vec!["198.51.100.9"], "", "203.0.113.1"),
            ("203.0.113.1", vec![], "203.0.113.1", "203.0.113.1"),
            ("203.0.113.1", vec!["198.51.100.9"], "203.0.113.0/24", "198.51.100.9"),
            // What a visitor wrote before the proxy did.
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.9"], "10.0.0.1", "198.51.100.9"),
            ("10.0.0.1", vec!["1.1.1.1", "198.51.100.9"], "10.0.0.1", "198.51.100.9"),
            ("10.0.0.1", vec!["198.51.100.9, 10.0.0.2"], "10.0.0.0/8", "198.51.100.9"),
            (
                "203.0.113.1",
                vec!["198.51.100.9, nonsense"],
                "203.0.113.1",
                "203.0.113.1",
            ),
            ("203.0.113.1", vec!["198.51.100.9:4711"], "203.0.113.1", "198.51.100.9"),
            (
                "::ffff:203.0.113.1",
                vec!["198.51.100.9"],
                "203.0.113.1",
                "198.51.100.9",
            ),
            (
                "203.0.113.1",
                vec!["[2001:db8:1:2:3::4]:80"],
                "203.0.113.1",
                "2001:db8:1:2::",
            ),
            ("2001:db8:1:2:ffff::1", vec![], "", "2001:db8:1:2::"),
        ] {
            let found = from(peer, &forwarded, trusted);
            assert_eq!(found.as_deref(), Some(expected), "{peer} {forwarded:?} {trusted}");
        }
    }

    #[test]
    fn bytes_of_a_visitor_hide_nothing_that_the_proxy_wrote() {
        for (forwarded, expected) in [
            (&[b"\xff, 198.51.100.9".as_slice()][..], Some("198.51.100.9")),
            (&[b"\xff", b"198.51.100.9"], Some("198.51.100.9")),
            (&[b"198.51.100.9, \xff"], None),
        ] {
            let found = from("10.0.0.1", forwarded, "10.0.0.1");
            assert_eq!(found.as_deref(), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn nobody_inside_our_networks_is_counted() {
        for peer in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.9",
            "169.254.1.1",
            "::1",
            "fd00::1",
            "fe80::1",
        ] {
            assert_eq!(from(peer, &["198.51.100.9"], ""), None, "{peer}");
        }
        let found = ClientAddress::of(&Extensions::new(), &HeaderMap::new(), &TrustedProxies::default());
        assert_eq!(found, None);
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        assert!(
            "10.0.0.5, 172.16.0.0/12,2001:db8::/32"
                .parse::<TrustedProxies>()
                .is_ok()
        );
        assert_eq!("".parse(), Ok(TrustedProxies::default()));
        for wrong in ["all", "10.0.0.0/33", "10.0.0", "proxy.example"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
