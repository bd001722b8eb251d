//! A connection that gives no more bytes than the present command may bring: async-imap keeps a whole literal in memory, up
//! to 512 MiB, whatever was asked for. It makes room for a literal as soon as its length is announced, so announcements are
//! read here, before it sees them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes may still come.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowance(Arc<AtomicU64>);

impl Allowance {
    /// So many from now on.
    pub(super) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(super) struct Capped<S> {
    inner: S,
    left: Allowance,
    literals: Literals,
}

/// Where in the server's words the stream stands (RFC 9051 §4.3): in a line, or in a literal that was announced.
#[derive(Debug, Default)]
struct Literals {
    /// Bytes of a literal still to come.
    within: u64,
    /// The end of the line so far.
    tail: Vec<u8>,
}

/// The longest end of a line that may announce a literal: `{18446744073709551615+}` and CRLF.
const TAIL: usize = 25;

impl Literals {
    /// Goes over these bytes; the longest literal announced in them.
    fn read(&mut self, bytes: &[u8]) -> u64 {
        let (mut longest, mut rest) = (0, bytes);
        while !rest.is_empty() {
            if self.within > 0 {
                let skipped = usize::try_from(self.within).unwrap_or(usize::MAX).min(rest.len());
                self.within -= u64::try_from(skipped).unwrap_or(self.within);
                rest = rest.get(skipped..).unwrap_or_default();
                continue;
            }
            let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            self.tail.extend_from_slice(line.get(line.len().saturating_sub(TAIL)..).unwrap_or_default());
            let surplus = self.tail.len().saturating_sub(TAIL);
            self.tail.drain(..surplus);
            if line.ends_with(b"\n") {
                self.within = announced(&self.tail);
                longest = longest.max(self.within);
                self.tail.clear();
            }
            rest = after;
        }
        longest
    }
}

/// The length of the literal that the end of a line announces; 0 for none.
fn announced(line: &[u8]) -> u64 {
    let figures = line.strip_suffix(b"}\r\n").map(|line| line.strip_suffix(b"+").unwrap_or(line));
    let Some(figures) = figures.and_then(|line| line.rsplit(|byte| *byte == b'{').next()) else { return 0 };
    std::str::from_utf8(figures).ok().and_then(|figures| figures.parse().ok()).unwrap_or(0)
}

impl<S> Capped<S> {
    pub(super) fn new(inner: S, left: Allowance) -> Self {
        Self { inner, left, literals: Literals::default() }
    }

    pub(super) fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Capped<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        let came = u64::try_from(buf.filled().len() - before).unwrap_or(u64::MAX);
        let left = self.left.0.load(Ordering::Relaxed);
        let announced = self.literals.read(buf.filled().get(before..).unwrap_or_default());
        if came > left || announced > left {
            return Poll::Ready(Err(io::Error::other("more bytes than the command could bring")));
        }
        self.left.0.store(left - came, Ordering::Relaxed);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Capped<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_found_wherever_the_stream_is_cut_and_not_within_literals() {
        let said = b"* 1 FETCH (UID 1 BODY[] {12}\r\nx {900}\r\nyz) {77}\r\n";
        for cut in 0..said.len() {
            let mut literals = Literals::default();
            let longest = literals.read(&said[..cut]).max(literals.read(&said[cut..]));
            assert_eq!((longest, literals.within), (77, 77), "cut at {cut}");
        }
        let mut literals = Literals::default();
        let one_by_one = said.iter().map(|byte| literals.read(&[*byte])).max();
        assert_eq!(one_by_one, Some(77));
        assert_eq!(announced(b"* OK {400000000+}\r\n"), 400_000_000);
        assert_eq!((announced(b"* OK {x}\r\n"), announced(b"* OK {12} \r\n"), announced(b"\r\n")), (0, 0, 0));
    }
}
