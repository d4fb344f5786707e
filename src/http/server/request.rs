//! A request that was let in.

use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::Method;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName};
use hyper::http::request::Parts;
use tokio::time::timeout;

use super::limits::Limits;
use super::refusal::Refusal;

/// A request. Its body has not been read yet. It may hold secrets, and cannot be printed.
pub(crate) struct Request {
    head: Parts,
    body: Incoming,
    longest_body: usize,
    patience: Duration,
}

impl Request {
    pub(crate) fn new(request: hyper::Request<Incoming>, limits: &Limits) -> Self {
        let (head, body) = request.into_parts();
        Self { head, body, longest_body: limits.body, patience: limits.patience }
    }

    /// Returns the method.
    pub(crate) fn method(&self) -> &Method {
        &self.head.method
    }

    /// Returns the path, as it was sent.
    pub(crate) fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// Returns what follows the `?`, as it was sent; nothing without one.
    pub(crate) fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    /// Returns whether the target is a whole URL, as a proxy is asked (RFC 9112 section 3.2.2).
    pub(crate) fn is_for_a_proxy(&self) -> bool {
        self.head.uri.authority().is_some()
    }

    /// Returns whether there is a body.
    pub(crate) fn has_body(&self) -> bool {
        !self.body.is_end_stream()
    }

    /// Returns the value of a header, the first one if there are several.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// Returns the names of all headers, in lower case.
    pub(crate) fn header_names(&self) -> impl Iterator<Item = &str> {
        self.head.headers.keys().map(HeaderName::as_str)
    }

    /// Returns the value of a header that is there once.
    pub(crate) fn only(&self, name: &HeaderName) -> Option<&[u8]> {
        only(&self.head.headers, name)
    }

    /// Reads the body.
    ///
    /// # Errors
    ///
    /// [`Refusal::BodyTooLong`], also for one that breaks off or does not come in time.
    pub(crate) async fn body(self) -> Result<Bytes, Refusal> {
        let body = Limited::new(self.body, self.longest_body).collect();
        let body = timeout(self.patience, body).await.map_err(|_| Refusal::BodyTooLong)?;
        body.map(http_body_util::Collected::to_bytes).map_err(|_| Refusal::BodyTooLong)
    }
}

/// Returns the value of a header that is there once.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    all.next().is_none().then_some(first.as_bytes())
}
