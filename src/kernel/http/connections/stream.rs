//! The bytes of a connection, as far as they may come.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::link::Link;

/// A socket that hands on one request at a time. What came behind it waits here, and the rest in the system.
#[derive(Debug)]
pub struct Stream {
    socket: TcpStream,
    link: Rc<Link>,
    /// What came with the last read and belongs to later requests.
    kept: Bytes,
}

impl Stream {
    /// Reads and writes `socket` as `link` allows.
    pub fn new(socket: TcpStream, link: Rc<Link>) -> Self {
        Self { socket, link, kept: Bytes::new() }
    }

    /// What the application is told with each request.
    pub fn link(&self) -> Rc<Link> {
        Rc::clone(&self.link)
    }
}

impl Drop for Stream {
    /// What the peer does not take is not kept for it.
    fn drop(&mut self) {
        if self.link.is_full()
            && let Err(error) = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))
        {
            tracing::debug!(%error, "what was written waits for its peer");
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.link.may_read() {
            return Poll::Pending; // The guard wakes the task when it may.
        }
        let before = buffer.filled().len();
        if this.kept.is_empty() {
            ready!(Pin::new(&mut this.socket).poll_read(context, buffer))?;
            let came = &mut buffer.filled_mut()[before..];
            let taken = this.link.hand_on(came);
            this.kept = Bytes::copy_from_slice(&came[taken..]);
            buffer.set_filled(before + taken);
        } else {
            let ahead = this.kept.len().min(buffer.remaining());
            buffer.put_slice(&this.kept[..ahead]);
            let taken = this.link.hand_on(&mut buffer.filled_mut()[before..]);
            this.kept.advance(taken);
            buffer.set_filled(before + taken);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.link.wrote(&written);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
