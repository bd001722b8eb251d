//! The stream under lettre's connection: TLS already begun, and no more than a reply's worth of bytes let in at a time.
//!
//! TLS is begun here and not by lettre, whose reader keeps what a man in the middle sent after the 220 to STARTTLS and takes it
//! for the first replies within TLS. lettre wants to read a greeting first; after STARTTLS there is none, so it is given
//! one.

use lettre::transport::smtp::client::AsyncTokioStream;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// Bytes the server may send after each thing we say: a reply of many lines is a few thousand.
const A_REPLY: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Wire {
    tls: TlsStream<TcpStream>,
    /// Read before anything else.
    greeting: &'static [u8],
    left: usize,
}

impl Wire {
    /// `greeting` stands in for the one the server does not give again after STARTTLS.
    pub(super) fn new(tls: TlsStream<TcpStream>, greeting: &'static [u8]) -> Self {
        Self { tls, greeting, left: A_REPLY }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tls.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.greeting.is_empty() {
            let (now, later) = this.greeting.split_at(this.greeting.len().min(buf.remaining()));
            buf.put_slice(now);
            this.greeting = later;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut this.tls).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = read {
            let came = buf.filled().len() - before;
            match this.left.checked_sub(came) {
                Some(left) => this.left = left,
                None => return Poll::Ready(Err(io::Error::other("more than any reply"))),
            }
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.left = A_REPLY;
        Pin::new(&mut this.tls).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tls).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tls).poll_shutdown(cx)
    }
}
