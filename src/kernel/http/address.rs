//! Where a request comes from.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderName};
use ipnet::IpNet;

use crate::kernel::state::AppState;

/// The client's address: the peer's, unless the peer is a trusted proxy. Then it is the right-most one of
/// `X-Forwarded-For` or `Forwarded` (RFC 7239) that is no trusted proxy itself. A request with both headers has
/// one that no proxy of ours wrote: then neither is believed.
pub fn client_address(request: &HttpRequest, state: &AppState) -> String {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()) else {
        return String::new();
    };
    resolve(peer, &hops(request), &state.config.trusted_proxies).to_string()
}

/// Walks from the peer towards the client, as far as the proxies are trusted and their notes can be read.
fn resolve(peer: IpAddr, hops: &[Option<IpAddr>], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut address = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(hop) if is_trusted(address) => address = *hop,
            _ => break,
        }
    }
    address
}

/// What the proxies noted, the client's address first; `None` where a note is no address.
fn hops(request: &HttpRequest) -> Vec<Option<IpAddr>> {
    let values = |name: HeaderName| {
        let headers = request.headers().get_all(name);
        headers.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
    };
    let x_forwarded_for = values(HeaderName::from_static("x-forwarded-for"));
    let forwarded = values(FORWARDED);
    match (x_forwarded_for.is_empty(), forwarded.is_empty()) {
        (false, true) => x_forwarded_for.split(',').map(parse_node).collect(),
        (true, false) => forwarded.split(',').map(parse_forwarded).collect(),
        _ => Vec::new(),
    }
}

/// The address in `for=192.0.2.1;proto=https`.
fn parse_forwarded(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    parse_node(pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?.1)
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
        let hops = [Some(ip("203.0.113.9")), Some(ip("198.51.100.7")), Some(ip("10.0.0.2"))];
        assert_eq!(resolve(ip("192.0.2.1"), &hops, &trusted), ip("192.0.2.1"));
        assert_eq!(resolve(ip("10.0.0.1"), &hops, &trusted), ip("198.51.100.7"));
        assert_eq!(resolve(ip("10.0.0.1"), &[], &trusted), ip("10.0.0.1"));
        let unreadable = [Some(ip("203.0.113.9")), None, Some(ip("10.0.0.2"))];
        assert_eq!(resolve(ip("10.0.0.1"), &unreadable, &trusted), ip("10.0.0.2"));
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
