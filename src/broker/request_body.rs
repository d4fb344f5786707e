//! The body of a call on its way out: kept where it has to be read first, or may have to be sent again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::flow::{self, Flow, FlowError, full, longer, passing};
use super::{BodyCheck, BodyRule, Refusal};

/// The most bytes of a body that is kept.
pub(crate) const LONGEST_KEPT: usize = 1 << 20;

/// The longest time for which nothing comes of one that is being read: it takes room from others.
const LONGEST_STILL: Duration = Duration::from_mins(1);

/// KiB that all kept bodies of a process have together.
const ROOM: usize = 32 << 10;

/// The memory that kept bodies share.
#[derive(Clone)]
pub(crate) struct Room(Arc<Semaphore>);

/// A body that is ready to be sent.
pub(crate) enum Outgoing {
    /// All of it, with the memory that it takes.
    Whole { bytes: Bytes, _permit: Option<OwnedSemaphorePermit> },
    /// Too long to be kept.
    Streamed { flow: Flow, refused: Late },
}

/// The refusal of a body whose beginning has gone out.
type Late = Arc<Mutex<Option<Refusal>>>;

/// The reason why a body is not sent.
pub(crate) enum Unread {
    /// The rule refuses it.
    Refused(Refusal),
    /// It broke off.
    Broken,
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Elapsed> for Unread {
    fn from(_: Elapsed) -> Self {
        Self::Broken
    }
}

impl From<hyper::Error> for Unread {
    fn from(_: hyper::Error) -> Self {
        Self::Broken
    }
}

impl Room {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }

    /// Reads a body as far as it is kept, and judges it. One that is neither looked at nor `shown` to anybody is
    /// passed on as it comes where memory is short; of one that is too long the rest is judged on its way.
    ///
    /// # Errors
    ///
    /// The rule refuses it; or the client broke off, or sent what is no body.
    pub(crate) async fn read(
        &self,
        mut body: Incoming,
        rule: &BodyRule<'_>,
        is_shown: bool,
    ) -> Result<Outgoing, Unread> {
        if body.is_end_stream() {
            rule.check(&[])?;
            return Ok(Outgoing::whole_of(Bytes::new(), None));
        }
        let must_be_read = rule.buffers() || is_shown;
        let length = body.size_hint().upper().unwrap_or(LONGEST_KEPT as u64);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let permits = kibibytes(length.min(LONGEST_KEPT));
        let room = Arc::clone(&self.0);
        let mut permit = if must_be_read {
            room.acquire_many_owned(permits).await.ok()
        } else if length <= LONGEST_KEPT {
            room.try_acquire_many_owned(permits).ok()
        } else {
            None
        };
        if permit.is_none() {
            let flow = passing(WithoutTrailers(body));
            return Ok(Outgoing::Streamed { flow, refused: Arc::default() });
        }
        let mut kept = BytesMut::new();
        while let Some(frame) = timeout(LONGEST_STILL, body.frame()).await? {
            let Ok(data) = frame?.into_data() else { break };
            kept.extend_from_slice(&data);
            if kept.len() > LONGEST_KEPT {
                let mut check = rule.begin().into_owned();
                check.take(&kept)?;
                let judged = Judged {
                    begin: Some(kept.freeze()),
                    rest: WithoutTrailers(body),
                    check,
                    refused: Arc::default(),
                };
                let refused = Arc::clone(&judged.refused);
                return Ok(Outgoing::Streamed { flow: passing(judged), refused });
            }
        }
        rule.check(&kept)?;
        // A body whose length was not known took the place of the longest.
        let unused = permits.saturating_sub(kibibytes(kept.len()));
        drop(permit.as_mut().and_then(|permit| permit.split(unused as usize)));
        Ok(Outgoing::whole_of(kept.freeze(), permit))
    }
}

/// Returns the memory that a kept body of so many bytes takes.
fn kibibytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 10)).unwrap_or(1 << 10)
}

impl Outgoing {
    fn whole_of(bytes: Bytes, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self::Whole { bytes, _permit: permit }
    }

    /// Returns the bytes of a body that is all there.
    pub(crate) fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole { bytes, .. } => Some(bytes),
            Self::Streamed { .. } => None,
        }
    }

    /// Returns why the rest of a body was refused, if it was.
    pub(crate) fn refused(&self) -> Option<Refusal> {
        match self {
            Self::Whole { .. } => None,
            Self::Streamed { refused, .. } => {
                refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
            }
        }
    }

    /// Returns the body to be sent; a streamed one once.
    pub(crate) fn take(&mut self) -> Flow {
        match self {
            Self::Whole { bytes, .. } if bytes.is_empty() => flow::empty(),
            Self::Whole { bytes, .. } => full(bytes.clone()),
            Self::Streamed { flow, .. } => std::mem::replace(flow, flow::empty()),
        }
    }
}

/// A body without its trailers, which may say anything.
struct WithoutTrailers(Incoming);

impl Body for WithoutTrailers {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.0).poll_frame(context));
        Poll::Ready(frame.filter(|frame| !frame.as_ref().is_ok_and(Frame::is_trailers)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// A body of which the beginning has been judged, and the rest is on its way.
struct Judged {
    begin: Option<Bytes>,
    rest: WithoutTrailers,
    check: BodyCheck<'static>,
    refused: Late,
}

impl Judged {
    /// Breaks the body off.
    fn refuse(&self, refusal: Refusal) -> FlowError {
        let what = refusal.sentence();
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        what.into()
    }
}

impl Body for Judged {
    type Data = Bytes;
    type Error = FlowError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FlowError>>> {
        let this = &mut *self;
        if let Some(begin) = this.begin.take() {
            return Poll::Ready(Some(Ok(Frame::data(begin))));
        }
        let frame = ready!(Pin::new(&mut this.rest).poll_frame(context)).transpose()?;
        let judged = match frame.as_ref().and_then(Frame::data_ref) {
            Some(piece) => this.check.take(piece),
            None => this.check.end(),
        };
        Poll::Ready(match judged {
            Ok(()) => frame.map(Ok),
            Err(refusal) => Some(Err(this.refuse(refusal))),
        })
    }

    fn size_hint(&self) -> SizeHint {
        longer(&self.rest.size_hint(), self.begin.as_ref().map_or(0, Bytes::len))
    }
}
