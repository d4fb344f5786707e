//! A connection to a provider, which is read only while somebody waits for what comes.
//!
//! The client reads ahead of who takes the answer. Where many long answers are under way, a shut valve keeps it
//! from that, and what is read ends with a record of TLS: of a record that is there in part nothing can be
//! passed on.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

use super::pressure::Pressure;
use super::valve::Valve;

/// Bytes before each record of TLS (RFC 8446 section 5.1).
const HEADER: usize = 5;

/// A connection to a provider.
pub(crate) struct ProviderStream {
    stream: TcpStream,
    /// Shut while nobody waits for what comes.
    valve: Arc<Valve>,
    pressure: Pressure,
    /// Where what is read is TLS.
    records: Option<Records>,
}

/// The place in a stream of records of TLS.
#[derive(Debug, Default)]
struct Records {
    header: [u8; HEADER],
    /// The bytes of the header that are there.
    begun: usize,
    /// The bytes of the record that are not.
    left: usize,
}

impl Records {
    /// Notes bytes that were read.
    fn pass(&mut self, mut bytes: &[u8]) {
        while let Some(first) = bytes.first() {
            if self.left > 0 {
                let passed = self.left.min(bytes.len());
                self.left -= passed;
                bytes = &bytes[passed..];
                continue;
            }
            self.header[self.begun] = *first;
            self.begun += 1;
            bytes = &bytes[1..];
            if self.begun == HEADER {
                self.left = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
                self.begun = 0;
            }
        }
    }

    /// Returns how many bytes can be read without the beginning of another record.
    fn room(&self) -> usize {
        if self.left > 0 { self.left } else { HEADER - self.begun }
    }
}

impl AsyncRead for ProviderStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.valve.poll_open(context));
        let Some(records) = &mut this.records else {
            return Pin::new(&mut this.stream).poll_read(context, buffer);
        };
        if this.pressure.is_high() {
            let room = records.room().min(buffer.remaining());
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut part))?;
            let read = part.filled().len();
            records.pass(part.filled());
            buffer.advance(read);
        } else {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
            records.pass(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ProviderStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The valve of the connection that an answer comes over, among the answer's extensions.
#[derive(Clone, Debug)]
pub(crate) struct ProviderValve(pub(crate) Arc<Valve>);

impl Connection for ProviderStream {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(ProviderValve(Arc::clone(&self.valve)))
    }
}

/// Makes connections to providers.
#[derive(Clone)]
pub(crate) struct Dialer {
    connector: HttpConnector,
    pressure: Pressure,
}

impl Dialer {
    pub(crate) fn new(connector: HttpConnector, pressure: Pressure) -> Self {
        Self { connector, pressure }
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<ProviderStream>;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let records = (target.scheme_str() == Some("https")).then(Records::default);
        let (dialled, pressure) = (self.connector.call(target), self.pressure.clone());
        Box::pin(async move {
            let stream = dialled.await?.into_inner();
            let valve = Arc::default();
            Ok(TokioIo::new(ProviderStream { stream, valve, pressure, records }))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However records are cut, no read goes beyond the end of one.
        #[test]
        fn reads_end_with_records(
            lengths in proptest::collection::vec(0_u16..600, 1..6),
            most in proptest::collection::vec(1_usize..700, 64),
        ) {
            let (mut stream, mut ends) = (Vec::new(), Vec::new());
            for length in lengths {
                stream.extend([23, 3, 3]);
                stream.extend(length.to_be_bytes());
                ends.push(stream.len());
                stream.extend(vec![0; usize::from(length)]);
                ends.push(stream.len());
            }
            let (mut records, mut at) = (Records::default(), 0);
            for most in most.into_iter().cycle() {
                let end = *ends.iter().find(|end| **end > at).unwrap_or(&stream.len());
                let read = records.room().min(most).min(stream.len() - at);
                prop_assert!(at + read <= end);
                records.pass(&stream[at..at + read]);
                at += read;
                if at == stream.len() {
                    break;
                }
            }
            prop_assert_eq!((records.begun, records.left), (0, 0));
        }
    }
}
