//! Requests are polled on the worker's thread, and what they open belongs to the runtime that outlives the
//! workers. Each worker has a runtime of its own, which ends with the worker's last request; a connection of
//! the database that was opened on it would break in the hands of those who still use it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use tokio::runtime::Handle;

/// Middleware: what the request opens belongs to the application's runtime.
pub async fn keep(
    runtime: web::Data<Handle>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    on(&runtime, next.call(request)).await
}

/// `work`, as if it were polled by `runtime`. It is dropped there too.
pub fn on<F: Future>(runtime: &Handle, work: F) -> impl Future<Output = F::Output> + use<F> {
    Lasting { runtime: runtime.clone(), work: Some(Box::pin(work)) }
}

struct Lasting<F> {
    runtime: Handle,
    work: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Lasting<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let _entered = this.runtime.enter();
        let Some(work) = &mut this.work else { return Poll::Pending };
        let done = work.as_mut().poll(context);
        if done.is_ready() {
            this.work = None;
        }
        done
    }
}

impl<F> Drop for Lasting<F> {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        self.work = None;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

    use std::net::TcpListener;
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpStream;
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn a_connection_that_a_request_opens_outlives_its_worker() {
        let main = Builder::new_current_thread().enable_all().build().unwrap();
        let worker = Builder::new_current_thread().enable_all().build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let opened = std::thread::scope(|scope| {
            let request = on(main.handle(), TcpStream::connect(address));
            let asked = scope.spawn(|| worker.block_on(request));
            main.block_on(async {
                while !asked.is_finished() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
            asked.join().unwrap()
        });
        let mut connection = opened.unwrap();
        drop(worker);
        drop(listener.accept().unwrap());
        let mut rest = Vec::new();
        let read = main.block_on(async {
            tokio::time::timeout(Duration::from_secs(5), connection.read_to_end(&mut rest)).await
        });
        assert_eq!(read.expect("its end is heard").unwrap(), 0);
    }
}
