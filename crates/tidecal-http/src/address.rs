//! Which IP addresses belong to the public internet (IANA special-purpose address registries).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far an address is from the public internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// An ordinary address.
    Public,
    /// Loopback, private networks, documentation, reserved: the operator may open these.
    Private(&'static str),
    /// Link-local, metadata services, multicast: never a calendar server.
    Never(&'static str),
}

/// Addresses of cloud metadata services outside the link-local range.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

const NEVER_V4: [(Ipv4Addr, u32, &str); 4] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an unspecified address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, "a broadcast address"),
];

const PRIVATE_V4: [(Ipv4Addr, u32, &str); 12] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a carrier-grade NAT address"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a reserved address"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "a documentation address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "a documentation address"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "a documentation address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

const NEVER_V6: [(Ipv6Addr, u32, &str); 3] = [
    (Ipv6Addr::UNSPECIFIED, 128, "an unspecified address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

const PRIVATE_V6: [(Ipv6Addr, u32, &str); 6] = [
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a site-local address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a reserved address"),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32, "a documentation address"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "a documentation address"),
];

/// Prefixes whose address carries an IPv4 address at that byte: the inner address decides.
const CARRIERS: [(Ipv6Addr, u32, usize); 4] = [
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, 12), // IPv4-mapped
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, 12), // IPv4-translated
    (Ipv6Addr::new(0x0064, 0xff9b, 0, 0, 0, 0, 0, 0), 96, 12), // NAT64
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 2),  // 6to4
];

/// Classifies one address.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never("a cloud metadata address");
    }
    let within = |(net, bits, _): &&(Ipv4Addr, u32, &str)| {
        let shift = 32 - bits;
        address.to_bits().checked_shr(shift) == net.to_bits().checked_shr(shift)
    };
    if let Some((_, _, what)) = NEVER_V4.iter().find(within) {
        return Reach::Never(what);
    }
    PRIVATE_V4.iter().find(within).map_or(Reach::Public, |(_, _, what)| Reach::Private(what))
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if address == METADATA_V6 {
        return Reach::Never("a cloud metadata address");
    }
    let within = |net: Ipv6Addr, bits: u32| address.to_bits() >> (128 - bits) == net.to_bits() >> (128 - bits);
    if let Some((_, _, what)) = NEVER_V6.iter().find(|(net, bits, _)| within(*net, *bits)) {
        return Reach::Never(what);
    }
    if let Some((_, _, what)) = PRIVATE_V6.iter().find(|(net, bits, _)| within(*net, *bits)) {
        return Reach::Private(what);
    }
    if let Some((_, _, at)) = CARRIERS.iter().find(|(net, bits, _)| within(*net, *bits)) {
        let inner = &address.octets()[*at..*at + 4];
        return reach_v4(Ipv4Addr::new(inner[0], inner[1], inner[2], inner[3]));
    }
    // Only 2000::/3 is global unicast; the rest is unassigned or of local meaning.
    if within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) {
        Reach::Public
    } else {
        Reach::Private("a reserved address")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn ordinary_addresses_are_public() {
        for text in ["8.8.8.8", "17.248.1.1", "172.32.0.1", "100.128.0.1", "2a00:1450::1", "2620:fe::fe"] {
            assert_eq!(of(text), Reach::Public, "{text}");
        }
        assert_eq!(of("64:ff9b::808:808"), Reach::Public, "NAT64 of a public address is that address");
        assert_eq!(of("2002:808:808::1"), Reach::Public);
    }

    #[test]
    fn private_ones_are_private_in_every_wrapping() {
        for text in [
            "127.0.0.1",
            "127.255.0.3",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "240.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
            "fd12::1",
            "fc00::1",
            "fec0::1",
            "2001::1",
            "2001:db8::1",
            "64:ff9b:1::1",
            "100::1",
            "4000::1",
        ] {
            assert!(matches!(of(text), Reach::Private(_)), "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn some_are_never_opened() {
        for text in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
            "100.100.100.200",
            "168.63.129.16",
            "fd00:ec2::254",
        ] {
            assert!(matches!(of(text), Reach::Never(_)), "{text}: {:?}", of(text));
        }
    }
}
