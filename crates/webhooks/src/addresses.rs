//! Which addresses stand on the public internet. Never resolves a name.
//!
//! Sources: the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and what came after it), and the
//! addresses that clouds answer on for the machines inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks that are no place for a merchant's receiver, as the first address and the length of the prefix in bits.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    // This network; Linux takes 0.0.0.0 for itself.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Behind a carrier's translator; 100.100.100.200 is a cloud's metadata.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback.
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // A cloud's own service for its machines, although the address looks public.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Link-local; 169.254.169.254 is the metadata of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Protocol assignments; 192.0.0.192 is a cloud's metadata.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Relays from IPv6 to IPv4, given up.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarks.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    // Reserved, and broadcast at its end.
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The one block of IPv6 that is given out to the public. What is mapped, translated (64:ff9b::/96), unique-local,
/// link-local, site-local, multicast, discarded or loopback lies outside.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public inside [`GLOBAL_V6`].
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments: Teredo (an IPv4 address inside), benchmarks, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4: an IPv4 address inside.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];

/// Whether a merchant's receiver may stand at `ip`: an address that everybody on the internet reaches alike. What is
/// not known to be public is not.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !NOT_PUBLIC_V4.iter().any(|block| holds_v4(*block, ip)),
        IpAddr::V6(ip) => holds_v6(GLOBAL_V6, ip) && !NOT_PUBLIC_V6.iter().any(|block| holds_v6(*block, ip)),
    }
}

fn holds_v4((first, prefix_bits): (Ipv4Addr, u32), ip: Ipv4Addr) -> bool {
    let rest_bits = u32::BITS.saturating_sub(prefix_bits);
    (first.to_bits() ^ ip.to_bits())
        .checked_shr(rest_bits)
        .unwrap_or_default()
        == 0
}

fn holds_v6((first, prefix_bits): (Ipv6Addr, u32), ip: Ipv6Addr) -> bool {
    let rest_bits = u128::BITS.saturating_sub(prefix_bits);
    (first.to_bits() ^ ip.to_bits())
        .checked_shr(rest_bits)
        .unwrap_or_default()
        == 0
}
