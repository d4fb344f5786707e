//! The calls of a run: each is counted when it begins, and closed when its answer has gone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::Admission;
use super::Refusal;
use super::flow::{Flow, FlowError};

/// The calls of a run.
#[derive(Clone, Default)]
pub(crate) struct CallLog(Arc<Mutex<BTreeMap<String, Tally>>>);

/// The calls of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Those that were let through.
    pub(crate) calls: u64,
    /// Those that were refused.
    pub(crate) refused: u64,
    /// Bytes of their answers.
    pub(crate) received: u64,
}

impl CallLog {
    /// Notes a call that is about to go out.
    pub(crate) fn begin(&self, admission: &Admission<'_>) -> Call {
        let operation = admission.operation.to_string();
        self.change(&operation, |tally| tally.calls += 1);
        Call { log: self.clone(), operation, received: 0 }
    }

    /// Notes a call that was refused.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        let operation = refusal.operation.as_deref().unwrap_or(refusal.code.name());
        self.change(operation, |tally| tally.refused += 1);
    }

    fn change(&self, operation: &str, change: impl FnOnce(&mut Tally)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tallies.get_mut(operation) {
            Some(tally) => change(tally),
            None => change(tallies.entry(operation.to_owned()).or_default()),
        }
    }
}

/// A call that is under way. It is closed when this is dropped.
pub(crate) struct Call {
    log: CallLog,
    operation: String,
    received: u64,
}

impl Drop for Call {
    fn drop(&mut self) {
        let received = self.received;
        self.log.change(&self.operation, |tally| tally.received += received);
    }
}

/// The body of an answer, whose end closes its call.
pub(crate) struct Counted {
    inner: Flow,
    call: Call,
}

impl Counted {
    pub(crate) fn new(inner: Flow, call: Call) -> Self {
        Self { inner, call }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = FlowError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FlowError>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.call.received += frame.data_ref().map_or(0, Bytes::len) as u64;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
