//! The token of a call, taken out of the answer where the provider repeats it.
//!
//! A text of the same length stands in its place, the placeholder as far as that reaches, so that lengths
//! which the head of the answer gave stay true. Bytes wait only while they can be the beginning of the token.
//! A compressed answer is passed on as it is.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use zeroize::Zeroizing;

use super::flow::longer;

/// The body of an answer without the token.
pub(crate) struct WithoutToken<B> {
    inner: B,
    token: Zeroizing<Vec<u8>>,
    replacement: Vec<u8>,
    /// The bytes at the end of what came, which may be the beginning of the token.
    held: Vec<u8>,
    /// A frame that follows what was held.
    next: Option<Frame<Bytes>>,
    has_ended: bool,
}

impl<B> WithoutToken<B> {
    /// Returns a body in which a text of the same length, which begins as the placeholder, stands in the
    /// place of the token.
    pub(crate) fn new(inner: B, token: &str, placeholder: &str) -> Self {
        Self {
            inner,
            replacement: replacement(token.len(), placeholder),
            token: Zeroizing::new(token.as_bytes().to_vec()),
            held: Vec::new(),
            next: None,
            has_ended: false,
        }
    }

    /// Returns what can go out of these bytes, and holds the rest back.
    fn pass(&mut self, bytes: Bytes) -> Bytes {
        let (token, first) = (self.token.as_slice(), self.token[0]);
        let is_untouched = self.held.is_empty() && !bytes.contains(&first);
        if is_untouched {
            return bytes;
        }
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(&bytes);
        let mut at = 0;
        while let Some(found) = find(&all[at..], token) {
            let start = at + found;
            all[start..start + token.len()].copy_from_slice(&self.replacement);
            at = start + token.len();
        }
        let longest = token.len().min(all.len() - at + 1) - 1;
        let begun = (1..=longest).rev().find(|length| all.ends_with(&token[..*length]));
        self.held = all.split_off(all.len() - begun.unwrap_or(0));
        all.into()
    }
}

/// Returns a text of this length that begins as the placeholder.
pub(crate) fn replacement(length: usize, placeholder: &str) -> Vec<u8> {
    let filling = std::iter::repeat(b'*');
    placeholder.bytes().chain(filling).take(length).collect()
}

fn find(bytes: &[u8], token: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + bytes[from..].iter().position(|byte| *byte == token[0])?;
        if bytes[at..].starts_with(token) {
            return Some(at);
        }
        from = at + 1;
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for WithoutToken<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        loop {
            if let Some(frame) = this.next.take() {
                return Poll::Ready(Some(Ok(frame)));
            }
            if this.has_ended {
                return Poll::Ready(None);
            }
            let frame = match Pin::new(&mut this.inner).poll_frame(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => Some(frame),
                Poll::Ready(None) => None,
            };
            match frame.map(Frame::into_data) {
                Some(Ok(bytes)) => {
                    let out = this.pass(bytes);
                    if !out.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(out))));
                    }
                }
                // Trailers, or the end: what is held is no token.
                other => {
                    this.has_ended = other.is_none();
                    this.next = other.and_then(Result::err);
                    if !this.held.is_empty() {
                        let held = std::mem::take(&mut this.held);
                        return Poll::Ready(Some(Ok(Frame::data(held.into()))));
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.next.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        longer(&self.inner.size_hint(), self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::super::flow::{FlowError, passing};
    use super::*;

    fn out(pieces: &[&[u8]], token: &str, placeholder: &str) -> Vec<u8> {
        let pieces = pieces.iter().map(|piece| Bytes::copy_from_slice(piece)).collect();
        let inner = passing(Pieces(pieces));
        let body = WithoutToken::new(inner, token, placeholder);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(body.collect()).unwrap().to_bytes().to_vec()
    }

    /// A body of what is there.
    struct Pieces(VecDeque<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = FlowError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, FlowError>>> {
            Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
        }
    }

    #[test]
    fn a_token_is_replaced_wherever_frames_are_cut() {
        for pieces in [
            &[&b"a secret b"[..]][..],
            &[b"a sec", b"ret b"],
            &[b"a ", b"s", b"e", b"c", b"r", b"e", b"t", b" b"],
        ] {
            assert_eq!(out(pieces, "secret", "PLACEHOLDER"), b"a PLACEH b");
        }
        assert_eq!(out(&[b"secret"], "secret", "P"), b"P*****");
        assert_eq!(out(&[b"secrets", b"ecre"], "secret", "P"), b"P*****secre");
    }

    proptest! {
        #[test]
        fn what_goes_out_is_the_whole_with_every_token_replaced(
            pieces in proptest::collection::vec("[ab]{0,6}", 0..6),
            token in "[ab]{1,4}",
        ) {
            let bytes: Vec<_> = pieces.iter().map(String::as_bytes).collect();
            let expected = pieces.concat().replace(&token, &"x".repeat(token.len()));
            prop_assert_eq!(out(&bytes, &token, "xxxx"), expected.into_bytes());
        }
    }
}
