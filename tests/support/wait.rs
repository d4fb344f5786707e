//! Waiting for what has to happen.

use std::thread;
use std::time::{Duration, Instant};

/// How long it may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something is so, and fails with what lasts too long.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it lasts too long: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
