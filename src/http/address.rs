//! Where a request comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderName};
use ipnet::IpNet;

use crate::state::AppState;

/// The client's address: the peer's, unless the peer is a trusted proxy. Then it is the right-most one of
/// `Forwarded` (RFC 7239) or `X-Forwarded-For` that is no trusted proxy itself.
pub fn client_address(request: &HttpRequest, state: &AppState) -> String {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip()) else {
        return String::new();
    };
    let trusted = &state.config.trusted_proxies;
    let hops = hops(request);
    resolve(peer, &hops, trusted).to_string()
}

fn resolve(peer: IpAddr, hops: &[IpAddr], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    hops.iter().rev().find(|hop| !is_trusted(hop)).or(hops.first()).copied().unwrap_or(peer)
}

/// The addresses that the proxies noted, the client's first.
fn hops(request: &HttpRequest) -> Vec<IpAddr> {
    let values = |name: HeaderName| {
        let headers = request.headers().get_all(name);
        headers.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
    };
    let forwarded = values(FORWARDED);
    let hops: Vec<IpAddr> = forwarded
        .split([',', ';'])
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("for"))
        .filter_map(|(_, node)| parse_node(node))
        .collect();
    if !hops.is_empty() {
        return hops;
    }
    let x_forwarded_for = values(HeaderName::from_static("x-forwarded-for"));
    x_forwarded_for.split(',').filter_map(parse_node).collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `"[2001:db8::1]:80"`
fn parse_node(node: &str) -> Option<IpAddr> {
    let node = node.trim().trim_matches('"');
    if let Some(rest) = node.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok();
    }
    node.parse().ok().or_else(|| node.rsplit_once(':').and_then(|(address, _)| address.parse().ok()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_proxys_word_counts_only_when_it_is_trusted() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let hops = [ip("203.0.113.9"), ip("198.51.100.7"), ip("10.0.0.2")];
        assert_eq!(resolve(ip("192.0.2.1"), &hops, &trusted), ip("192.0.2.1"));
        assert_eq!(resolve(ip("10.0.0.1"), &hops, &trusted), ip("198.51.100.7"));
        assert_eq!(resolve(ip("10.0.0.1"), &[], &trusted), ip("10.0.0.1"));
    }

    #[test]
    fn nodes_are_read_with_and_without_ports() {
        for (node, address) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1:4711", "192.0.2.1"),
            ("\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(parse_node(node), Some(address.parse().unwrap()), "{node}");
        }
        assert_eq!(parse_node("unknown"), None);
    }
}
