//! The body of an answer on its way to the agent: read from the provider as the agent takes it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::flow::FlowError;
use super::pressure::{Pressed, Pressure};
use super::valve::Valve;

/// The longest time for which nothing moves in a body: heartbeats of streams come every half a minute, and
/// what stands longer has most likely lost its other end.
pub(crate) const LONGEST_STILL: Duration = Duration::from_mins(15);

/// Bytes from which on an answer is a long one.
const LONG: usize = 64 << 10;

/// The two ends of an answer's way.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// Shut while the agent does not take what is written.
    pub(crate) agent: Arc<Valve>,
    /// To be shut while nobody waits for what the provider sends.
    pub(crate) provider: Arc<Valve>,
}

/// The body of an answer, which is read no faster than the agent takes it. It ends with an error where the
/// provider has sent nothing for too long.
pub(crate) struct Paced<B> {
    inner: B,
    ends: Ends,
    pressure: Pressure,
    passed: usize,
    /// Once it is a long answer.
    pressed: Option<Pressed>,
    patience: Duration,
    /// The time from which on the provider has been waited for.
    waited_from: Option<Instant>,
    silence: Option<Pin<Box<Sleep>>>,
}

impl<B> Paced<B> {
    pub(crate) fn new(inner: B, ends: Ends, pressure: Pressure, patience: Duration) -> Self {
        let (passed, pressed, waited_from, silence) = (0, None, None, None);
        Self { inner, ends, pressure, passed, pressed, patience, waited_from, silence }
    }

    /// Waits until the provider has sent nothing for too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<FlowError> {
        let until = *self.waited_from.get_or_insert_with(Instant::now) + self.patience;
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep_until(until)));
        while silence.as_mut().poll(context).is_ready() {
            if until <= Instant::now() {
                return Poll::Ready("the provider sent nothing for too long".into());
            }
            silence.as_mut().reset(until);
        }
        Poll::Pending
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes, Error: Into<FlowError>> + Unpin,
{
    type Data = Bytes;
    type Error = FlowError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FlowError>>> {
        let this = &mut *self;
        if this.pressure.is_high() {
            ready!(this.ends.agent.poll_open(context));
        }
        this.ends.provider.open();
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) else {
            return this.poll_silence(context).map(|error| Some(Err(error)));
        };
        let frame = frame.map(|frame| frame.map_err(Into::into));
        if let Some(bytes) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
            this.waited_from = None;
            this.passed = this.passed.saturating_add(bytes.len());
            if this.passed > LONG && this.pressed.is_none() {
                this.pressed = Some(this.pressure.add());
            }
            if this.pressure.is_high() {
                this.ends.provider.shut();
            }
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

impl<B> Drop for Paced<B> {
    /// Lets the connection go on: to its next answer, or its end.
    fn drop(&mut self) {
        self.ends.provider.open();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt;
    use tokio::time::{sleep, timeout};

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONGER: Duration = Duration::from_millis(200);

    /// A body of frames, as many as there are, and silence then.
    struct Frames(Arc<AtomicUsize>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = FlowError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, FlowError>>> {
            let left =
                self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            match left {
                Ok(_) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 8 << 10]))))),
                Err(_) => Poll::Pending,
            }
        }
    }

    fn paced(
        frames: usize,
        pressure: &Pressure,
        patience: Duration,
    ) -> (Paced<Frames>, Arc<Valve>, Arc<Valve>) {
        let ends = Ends::default();
        let (agent, provider) = (Arc::clone(&ends.agent), Arc::clone(&ends.provider));
        let frames = Frames(Arc::new(AtomicUsize::new(frames)));
        (Paced::new(frames, ends, pressure.clone(), patience), agent, provider)
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn a_provider_that_is_silent_for_too_long_ends_the_answer() {
        block_on(async {
            let (mut body, ..) = paced(1, &Pressure::default(), SHORT);
            assert!(body.frame().await.unwrap().is_ok());
            // An agent that takes its time is not the provider's silence.
            sleep(SHORT * 3).await;
            let (mut patient, ..) = paced(0, &Pressure::default(), LONGER * 100);
            assert!(timeout(LONGER, patient.frame()).await.is_err(), "it is waited for");
            let silence = timeout(LONGER, body.frame()).await.expect("it ends");
            assert!(silence.unwrap().is_err());
        });
    }

    #[test]
    fn each_frame_is_waited_for_anew() {
        block_on(async {
            let (mut body, ..) = paced(1, &Pressure::default(), LONGER);
            assert!(body.frame().await.unwrap().is_ok());
            assert!(timeout(LONGER / 2, body.frame()).await.is_err());
            body.inner.0.store(1, Ordering::SeqCst);
            assert!(body.frame().await.unwrap().is_ok());
            assert!(timeout(LONGER * 3 / 4, body.frame()).await.is_err(), "the time began anew");
        });
    }

    #[test]
    fn among_many_long_answers_one_waits_for_its_agent_and_holds_its_provider_back() {
        block_on(async {
            let pressure = Pressure::default();
            let (mut body, agent, provider) = paced(100, &pressure, LONGER);
            agent.shut();
            for _ in 0..9 {
                assert!(body.frame().await.unwrap().is_ok());
            }
            assert!(!provider.is_shut(), "it is one of few");
            let others: Vec<_> = (0..100).map(|_| pressure.add()).collect();
            assert!(timeout(SHORT, body.frame()).await.is_err(), "the agent takes nothing");
            agent.open();
            assert!(body.frame().await.unwrap().is_ok());
            assert!(provider.is_shut(), "nobody waits for more");
            drop(others);
            agent.shut();
            assert!(body.frame().await.unwrap().is_ok());
            assert!(!provider.is_shut());
            drop(body);
            assert!(!pressure.is_high());
        });
    }
}
