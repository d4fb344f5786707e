//! The interface between a server and what it serves.

use super::refusal::Refusal;
use super::request::Request;
use super::response::Response;

/// A site that a server serves.
pub(crate) trait Site: Send + Sync + 'static {
    /// Answers a request.
    fn answer(&self, request: Request) -> impl Future<Output = Outcome> + Send;

    /// Answers what is no request, or none that is let in. `None` closes the connection without a
    /// word. The connection ends in any case.
    fn refuse(&self, refusal: Refusal) -> Option<Response> {
        Some(Response::new(refusal.status()))
    }
}

/// The state of a connection after a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The request is answered.
    Answer(Response),
    /// The connection is closed without an answer.
    Drop,
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        Self::Answer(response)
    }
}
