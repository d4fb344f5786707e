//! The body of an answer: bytes that are known, or a stream of them.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Bytes, Frame, SizeHint};

use super::turn::Turn;

/// A body, which may hold secrets and cannot be printed.
#[derive(Default)]
pub(crate) struct Body {
    content: Content,
    /// Turn that passes to the client at the end of the answer.
    turn: Option<Arc<Turn>>,
}

#[derive(Default)]
enum Content {
    #[default]
    Empty,
    Whole(Bytes),
    /// Pieces that are sent from where they are.
    Pieces(std::vec::IntoIter<Bytes>),
    Stream(Stream),
}

/// A body of which the end is not known.
type Stream = Pin<Box<dyn hyper::body::Body<Data = Bytes, Error = io::Error> + Send>>;

impl Body {
    /// Returns a body that consists of pieces, which are not copied.
    pub(crate) fn pieces(pieces: Vec<Bytes>) -> Self {
        Self { content: Content::Pieces(pieces.into_iter()), turn: None }
    }

    /// Returns a body that may take its time, and may break off.
    pub(crate) fn stream(
        stream: impl hyper::body::Body<Data = Bytes, Error = io::Error> + Send + 'static,
    ) -> Self {
        Self { content: Content::Stream(Box::pin(stream)), turn: None }
    }

    /// Returns the bytes of a body that is whole.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Whole(bytes) => bytes,
            _ => &[],
        }
    }

    pub(crate) fn ending(mut self, turn: Arc<Turn>) -> Self {
        self.turn = Some(turn);
        self
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self { content: Content::Whole(bytes.into()), turn: None }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(turn) = &self.turn {
            turn.to_client();
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let piece = match &mut self.content {
            Content::Empty => None,
            Content::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                self.content = Content::Empty;
                Some(bytes)
            }
            Content::Pieces(pieces) => pieces.next(),
            Content::Stream(stream) => return stream.as_mut().poll_frame(context),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Empty => true,
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Pieces(pieces) => pieces.as_slice().is_empty(),
            Content::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        let length = |bytes: &Bytes| bytes.len() as u64;
        match &self.content {
            Content::Empty => SizeHint::with_exact(0),
            Content::Whole(bytes) => SizeHint::with_exact(length(bytes)),
            Content::Pieces(pieces) => {
                SizeHint::with_exact(pieces.as_slice().iter().map(length).sum())
            }
            Content::Stream(stream) => stream.size_hint(),
        }
    }
}
