//! Floods from one address are cut in the process, before they reach the database. What must hold over all
//! processes (sign-ins, registrations, look-ups) is counted there.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::web;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::address::client_address;
use crate::kernel::error::AppError;
use crate::kernel::platform::network::network_of;
use crate::kernel::state::AppState;

/// So many seconds' worth may come at once: a page with its pictures, an office behind one address.
const BURST: u32 = 4;

/// Seconds between two looks for addresses that have fallen silent.
const SWEEP_EVERY: i64 = 10;

/// Counts requests by address. One for all workers of the process.
#[derive(Debug)]
pub struct Floods {
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
    swept_at: AtomicI64,
}

impl Floods {
    /// Lets `rate` requests a second through from each address, and four times as many at once.
    pub fn new(rate: Option<NonZeroU32>) -> Self {
        let quota = |rate: NonZeroU32| {
            let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST - 1));
            Quota::per_second(rate).allow_burst(burst)
        };
        Self { addresses: rate.map(|rate| RateLimiter::keyed(quota(rate))), swept_at: AtomicI64::new(0) }
    }

    /// `now` in seconds.
    ///
    /// # Errors
    /// The seconds until the next request is heard.
    fn pass(&self, address: IpAddr, now: i64) -> Result<(), u64> {
        let Some(addresses) = &self.addresses else { return Ok(()) };
        self.sweep(addresses, now);
        addresses.check_key(&network_of(address)).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            wait.as_secs() + 1
        })
    }

    /// Keeps the memory to the addresses of the last seconds.
    fn sweep(&self, addresses: &DefaultKeyedRateLimiter<IpAddr>, now: i64) {
        let last = self.swept_at.load(Ordering::Relaxed);
        let due = now - last >= SWEEP_EVERY;
        if due && self.swept_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            addresses.retain_recent();
            addresses.shrink_to_fit();
        }
    }
}

/// Middleware: answers 429 to what is too much, and closes the connection. Static files and probes do not pass here.
pub async fn cut(
    state: web::Data<AppState>,
    floods: web::Data<Floods>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Ok(address) = client_address(request.request(), &state).parse()
        && let Err(retry_after) = floods.pass(address, state.clock.now().timestamp())
    {
        let mut response = request.error_response(AppError::TooMany { retry_after });
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        return Ok(response);
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn an_address_that_sends_too_much_waits_and_others_do_not() {
        let floods = Floods::new(NonZeroU32::new(1));
        let (loud, quiet) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..4 {
            assert_eq!(floods.pass(loud, 0), Ok(()));
        }
        assert_eq!(floods.pass(loud, 0), Err(1));
        assert_eq!(floods.pass(quiet, 0), Ok(()));
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let floods = Floods::new(None);
        assert!((0..1_000).all(|_| floods.pass("192.0.2.1".parse().unwrap(), 0).is_ok()));
    }

    #[test]
    fn addresses_that_fell_silent_are_forgotten() {
        let floods = Floods::new(NonZeroU32::new(1_000));
        for last in 0..100 {
            assert_eq!(floods.pass(IpAddr::from([192, 0, 2, last]), 0), Ok(()));
        }
        let addresses = floods.addresses.as_ref().unwrap();
        assert_eq!(addresses.len(), 100);
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(floods.pass(IpAddr::from([198, 51, 100, 1]), SWEEP_EVERY), Ok(()));
        assert_eq!(addresses.len(), 1);
    }
}
