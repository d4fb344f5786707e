//! The bodies of requests and answers, as they pass through: frame by frame, never collected.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, SizeHint};

/// An error that ends a body early: the connection that it goes out on is closed.
pub(crate) type FlowError = Box<dyn std::error::Error + Send + Sync>;

/// A body on its way through.
pub(crate) type Flow = UnsyncBoxBody<Bytes, FlowError>;

/// Returns a body without a byte.
pub(crate) fn empty() -> Flow {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// Returns a body that is all there.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Flow {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Returns a body that is passed on as it comes.
pub(crate) fn passing<B>(body: B) -> Flow
where
    B: Body<Data = Bytes, Error: Into<FlowError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// Returns the size of a body before which some bytes stand.
pub(crate) fn longer(rest: &SizeHint, by: usize) -> SizeHint {
    let mut size = SizeHint::new();
    size.set_lower(rest.lower() + by as u64);
    if let Some(upper) = rest.upper() {
        size.set_upper(upper + by as u64);
    }
    size
}
