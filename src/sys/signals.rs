//! Signals that end a process, held back while their moment would do harm.
//!
//! Between the request for new tokens and their rest on the disk, an end of the process costs the
//! account's owner a login. `SIGKILL` cannot be kept from coming then; Ctrl-C, a time-out of cron and
//! the stop of a service can: they wait, for seconds at most, until the audit log has it too, and then
//! do what they always do.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::low_level::emulate_default_handler;

const NAP: Duration = Duration::from_millis(5);

/// A part of the work that no signal ends, as long as this lives.
#[must_use = "signals are held back until this is dropped"]
pub(crate) struct Uninterrupted(&'static Watch);

/// The knowledge of signals and of the parts that they wait for.
struct Watch {
    /// The number of parts at present, in all threads. None begins or ends while another one does:
    /// the last one that ends would let signals through into one that begins.
    parts: Mutex<usize>,
    /// `true` if there is none, and signals do what they always do.
    lets_through: Arc<AtomicBool>,
    /// The signals, each with whether it came meanwhile.
    pending: Vec<(i32, Arc<AtomicBool>)>,
}

impl Uninterrupted {
    /// Begins a part. If a signal waits already, none is begun: this thread waits with it.
    pub(crate) fn begin() -> Self {
        let watch = watch();
        while !watch.begins() {
            thread::sleep(NAP);
        }
        Self(watch)
    }
}

impl Drop for Uninterrupted {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Watch {
    /// Begins a part, unless a signal waits.
    fn begins(&self) -> bool {
        let mut parts = self.parts();
        self.lets_through.store(false, Ordering::SeqCst);
        if self.pending.iter().any(|(_, came)| came.load(Ordering::SeqCst)) {
            self.settle(*parts);
            return false;
        }
        *parts += 1;
        true
    }

    fn end(&self) {
        let mut parts = self.parts();
        *parts -= 1;
        self.settle(*parts);
    }

    /// Lets a signal that came do what it always does, after the last part.
    fn settle(&self, parts: usize) {
        if parts > 0 {
            return;
        }
        self.lets_through.store(true, Ordering::SeqCst);
        for (signal, came) in &self.pending {
            if came.load(Ordering::SeqCst) {
                // What cannot be ended goes on.
                let _ = emulate_default_handler(*signal);
            }
        }
    }

    fn parts(&self) -> MutexGuard<'_, usize> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether a signal came that waits for the end of the parts. Work that waits for a person
/// asks this, and ends early.
pub(crate) fn end_is_wanted() -> bool {
    let came = |(_, came): &(i32, Arc<AtomicBool>)| came.load(Ordering::SeqCst);
    WATCH.get().is_some_and(|watch| watch.pending.iter().any(came))
}

static WATCH: OnceLock<Watch> = OnceLock::new();

/// Sets the handlers up when they are needed first. A signal that the process ignores (as below
/// `nohup`) stays ignored, and a program that is started with `exec` finds the defaults again.
fn watch() -> &'static Watch {
    WATCH.get_or_init(|| {
        let lets_through = Arc::new(AtomicBool::new(true));
        let ignored = ignored();
        // A file that would outgrow the limit is then an error of the write, and no death in it.
        if ignored & (1 << (SIGXFSZ - 1)) == 0 {
            let _ = flag::register(SIGXFSZ, Arc::default());
        }
        let pending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .filter_map(|signal| {
                let came = Arc::new(AtomicBool::new(false));
                // It is noted first: what comes as the last part ends is then seen by one of the two.
                flag::register(signal, Arc::clone(&came)).ok()?;
                flag::register_conditional_default(signal, Arc::clone(&lets_through)).ok()?;
                Some((signal, came))
            });
        let pending = pending.collect();
        Watch { parts: Mutex::new(0), lets_through, pending }
    })
}

/// Returns the signals that the process ignores, a bit each, where the system tells.
pub(crate) fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
