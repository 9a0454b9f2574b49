//! `gatehouse health`: for containers, whose image has no other program to ask with.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use gatehouse::kernel::config::Config;

use crate::Failure;

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/ready`.
///
/// # Errors
/// When nothing answers, or the portal is not ready.
pub fn ask(config: &Config) -> Result<(), Failure> {
    let mut address: SocketAddr = config.bind_addr;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)
        .map_err(|error| format!("nothing answers at {address}: {error}"))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(b"GET /ready HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    if head.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(body.trim().to_owned().into()) }
}
