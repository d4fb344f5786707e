//! The log of the calls of a run.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tokio::sync::{Semaphore, oneshot};

use super::about::About;
use super::call::Call;
use super::progress::Progress;
use super::refusals::Refusals;
use super::share::Share;
use super::under_way::UnderWay;
use super::writer::{Job, Opening, Writer};
use crate::audit_log::{CallEntry, Calls};
use crate::broker::{Admission, Refusal, RefusalCode};

/// The most opening lines that wait at once. A closing line follows each call, so that all of the lines are
/// bounded by the calls that are open.
const WAITING: usize = 1024;

/// The log of the calls of a run, where there is one.
pub(crate) struct CallLog(Option<Kept>);

/// A log that is kept. Its last lines are written when it is dropped.
struct Kept {
    lines: Option<Sender<Job>>,
    room: Semaphore,
    share: Mutex<Share>,
    refusals: Arc<Mutex<Refusals>>,
    run: CallEntry,
    calls: AtomicU64,
    begun: Instant,
    writer: Option<JoinHandle<()>>,
}

impl CallLog {
    /// Starts the writer of a log; `None` keeps none. `run` is what all lines begin with.
    ///
    /// # Errors
    ///
    /// The system has no room for a thread.
    pub(crate) fn start(calls: Option<Calls>, run: CallEntry) -> std::io::Result<Self> {
        let Some(calls) = calls else { return Ok(Self(None)) };
        let (lines, jobs) = channel();
        let refusals = Arc::<Mutex<Refusals>>::default();
        let (share, begun) = (Mutex::new(Share::new(calls.per_hour())), Instant::now());
        let under_way = UnderWay::with_lines_every(calls.open_every());
        let refused = Arc::clone(&refusals);
        let writer = Writer { calls, jobs, refusals: refused, under_way, run: run.clone(), begun };
        let thread = thread::Builder::new().name("calls".to_owned());
        let writer = thread.spawn(move || writer.run())?;
        Ok(Self(Some(Kept {
            lines: Some(lines),
            room: Semaphore::new(WAITING),
            share,
            refusals,
            run,
            calls: AtomicU64::new(1),
            begun,
            writer: Some(writer),
        })))
    }

    /// Records a call that is about to go out. When this returns, the line is in the file.
    ///
    /// # Errors
    ///
    /// It cannot be recorded, or the run has used up its share of the log.
    pub(crate) async fn begin(&self, admission: &Admission<'_>) -> Result<Call, Refusal> {
        let Some(kept) = &self.0 else { return Ok(Call::unrecorded()) };
        kept.begin(admission).await.map_err(|refusal| {
            refusal.of_provider(admission.provider.slug.as_str()).of_operation(admission.operation)
        })
    }

    /// Records a decision on a call that waited for an approval, and the user who made it.
    pub(crate) fn decided(&self, about: About<'_>, decision: &'static str, by: Option<u32>) {
        let Some(kept) = &self.0 else { return };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let entry = kept
            .run
            .clone()
            .about(owned(Some(about.provider)), owned(Some(about.operation)))
            .decided(owned(about.account), owned(about.key), decision, by);
        let lines = kept.lines.as_ref().expect("it is there until this is dropped");
        // Where the writer has ended, no call goes out any more either.
        let _ = lines.send(Job::line(entry));
    }

    /// Counts a call that was refused.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        if let Some(kept) = &self.0 {
            kept.refusals.lock().unwrap_or_else(PoisonError::into_inner).add(refusal);
        }
    }
}

impl Kept {
    async fn begin(&self, admission: &Admission<'_>) -> Result<Call, Refusal> {
        let minute = self.begun.elapsed().as_secs() / 60;
        let taken = self.share.lock().unwrap_or_else(PoisonError::into_inner).take(minute);
        taken.map_err(|minutes| {
            let detail = "the run has used up its share of the log of calls for this hour";
            Refusal::new(RefusalCode::LogExceeded, detail).to_be_repeated(minutes * 60)
        })?;
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let account = admission.credential.map(|it| it.id.account.as_str().to_owned());
        let provider = admission.provider.slug.as_str().to_owned();
        let about = self
            .run
            .clone()
            .about(Some(provider), Some(admission.operation.to_string()))
            .of_call(number, account, admission.key.map(str::to_owned));
        let unrecorded = |why: String| {
            let detail = format!("the call cannot be recorded: {why}");
            Refusal::new(RefusalCode::LogUnavailable, detail)
        };
        let lines = self.lines.as_ref().expect("it is there until this is dropped");
        let _room = self.room.acquire().await;
        let (written, is_written) = oneshot::channel();
        let progress = Arc::new(Progress::begin());
        let opening = Opening { progress: Arc::downgrade(&progress), written };
        let job = Job { entry: about.clone().opened(), opening: Some(opening) };
        let has_ended = || unrecorded("the writer has ended".to_owned());
        lines.send(job).map_err(|_| has_ended())?;
        match is_written.await {
            Ok(Ok(())) => Ok(Call::recorded(about, progress, lines.clone())),
            Ok(Err(why)) => Err(unrecorded(why)),
            Err(_) => Err(has_ended()),
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.lines.take());
        if let Some(writer) = self.writer.take() {
            // A panic of the thread was printed when it happened.
            let _ = writer.join();
        }
    }
}
