//! Which addresses are public: the edges of every block.
#![allow(clippy::unwrap_used, missing_docs)]

use std::net::IpAddr;

use webhooks::is_public;

/// The first and the last address of every block that is not public, and their neighbours outside when those are.
const BLOCKS: [(&str, &str, &str, &str); 27] = [
    ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
    ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
    ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"),
    ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
    ("168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"),
    ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"),
    ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"),
    ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
    ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
    ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"),
    ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"),
    ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"),
    ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"),
    ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"),
    ("223.255.255.255", "224.0.0.0", "239.255.255.255", ""),
    ("", "240.0.0.0", "255.255.255.255", ""),
    // Everything before and after 2000::/3.
    ("", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"),
    ("3fff:1000::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""),
    (
        "2000:ffff::",
        "2001::",
        "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:200::",
    ),
    (
        "2001:db7:ffff::",
        "2001:db8::",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db9::",
    ),
    (
        "2001:ffff::",
        "2002::",
        "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2003::",
    ),
    (
        "3ffe:ffff::",
        "3fff::",
        "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
        "3fff:1000::",
    ),
    // What clouds and translators answer on, and IPv4 inside IPv6.
    ("", "169.254.169.254", "100.100.100.200", ""),
    ("", "fd00:ec2::254", "fd20:ce::254", ""),
    ("", "::ffff:8.8.8.8", "::8.8.8.8", ""),
    ("", "64:ff9b::8.8.8.8", "64:ff9b:1::8.8.8.8", ""),
    ("", "100::1", "5f00::1", ""),
];

#[test]
fn every_block_is_closed_from_its_first_to_its_last_address() {
    let ask = |text: &str| is_public(text.parse::<IpAddr>().unwrap());
    for (before, first, last, after) in BLOCKS {
        assert!(!ask(first), "{first}");
        assert!(!ask(last), "{last}");
        for neighbour in [before, after].into_iter().filter(|text| !text.is_empty()) {
            assert!(ask(neighbour), "{neighbour}");
        }
    }
}

#[test]
fn receivers_of_today_are_public() {
    for text in [
        "8.8.8.8",
        "41.202.0.1",
        "102.89.0.1",
        "196.201.214.200",
        "2606:4700::1111",
        "2c0f:fb50::1",
    ] {
        assert!(is_public(text.parse().unwrap()), "{text}");
    }
}
