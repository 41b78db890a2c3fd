//! The socket of one connection. Owns two corrections: a head that is not HTTP at all is answered by the HTTP library with
//! a bare status; here that answer gets our envelope. And while an answer lasts, a client that hangs up is noticed. Never
//! touches any other byte.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use engine::world::World;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::envelope::Problem;
use crate::error_codes::ErrorCode;
use crate::line::Line;

/// Bytes read ahead of the HTTP library while an answer lasts, at most.
const AHEAD_BYTES: usize = 256;

/// A socket whose bare refusals get a body.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    stream: S,
    line: Line,
    /// How callers reach the server; help is addressed on it.
    public_url: Arc<str>,
    /// What goes out instead of a bare refusal, and how much of it has gone.
    instead: Option<(Vec<u8>, usize)>,
    /// What the client said while an answer lasted.
    ahead: Vec<u8>,
}

impl<S> Wire<S> {
    /// Wraps a socket of a server that callers reach at `public_url`, without a trailing slash.
    pub(crate) fn new(stream: S, line: Line, public_url: Arc<str>) -> Self {
        Self {
            stream,
            line,
            public_url,
            instead: None,
            ahead: Vec::new(),
        }
    }
}

/// The answer to give instead, when `bytes` are a refusal that did not come from the router: ours all carry a request id.
fn enveloped(bytes: &[u8], public_url: &str) -> Option<Vec<u8>> {
    let code = match bytes.get(..13)? {
        b"HTTP/1.1 400 " => ErrorCode::MalformedRequest,
        b"HTTP/1.1 414 " => ErrorCode::UriTooLong,
        b"HTTP/1.1 431 " => ErrorCode::HeadersTooLarge,
        _ => return None,
    };
    let head = str::from_utf8(bytes).ok()?.strip_suffix("\r\n\r\n")?;
    if head.contains("\r\nx-request-id:") || !head.contains("\r\ncontent-length: 0") {
        return None;
    }
    let request_id = engine::new_request_id(&World::system());
    let body = Problem::new(code).body(&request_id, public_url);
    let status = code.status();
    let mut answer = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\nx-request-id: {request_id}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(&body);
    Some(answer)
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Sends what goes out instead; ready when nothing is left of it.
    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((answer, sent)) = &mut self.instead {
            let rest = answer.get(*sent..).unwrap_or_default();
            if rest.is_empty() {
                self.instead = None;
                break;
            }
            match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => *sent += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Fails when the client has hung up. The HTTP library does not look, because requests outlive their clients.
    fn check_client(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.ahead.is_empty() {
            return Ok(());
        }
        let mut bytes = [0; AHEAD_BYTES];
        let mut buf = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buf) {
            Poll::Pending => Ok(()),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) if buf.filled().is_empty() => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Ready(Ok(())) => {
                self.ahead.extend_from_slice(buf.filled());
                Ok(())
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(buf.remaining());
            buf.put_slice(self.ahead.drain(..count).as_slice());
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.instead.is_none() {
            let Some(answer) = enveloped(bytes, &self.public_url) else {
                return Pin::new(&mut self.stream).poll_write(cx, bytes);
            };
            self.instead = Some((answer, 0));
        }
        match self.poll_instead(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(bytes.len())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match bytes {
            [only] => self.poll_write(cx, only),
            _ => Pin::new(&mut self.stream).poll_write_vectored(cx, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// The HTTP library flushes whenever its task is woken: also by a client that hangs up, once that was asked for here.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Ready(Ok(())) if self.line.is_lasting() => Poll::Ready(self.check_client(cx)),
            flushed => flushed,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
