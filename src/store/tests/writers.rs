//! The judgement of records while other writers are at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;
use crate::store::{Notice, Writers};
use crate::sys::files::Trust;
use crate::sys::state::StateFolder;

/// What is read just before somebody replaces it is no old copy that was put back.
#[test]
fn a_record_that_is_written_meanwhile_is_not_told_as_older() {
    let fixture = Fixture::new();
    let state = TempDir::new().unwrap();
    let is_told = Arc::new(AtomicBool::new(false));
    let store = || {
        let env: Env = [("XDG_STATE_HOME", state.path())].into_iter().collect();
        let state = StateFolder::of(&env, &Trust::new(&[])).unwrap();
        let told = Arc::clone(&is_told);
        let writers = Writers::new(Some(state), fixture.home().data(), move |notice| {
            told.fetch_or(matches!(notice, Notice::Older(_)), Ordering::Relaxed);
        });
        fixture.store.clone().with_writers(Arc::new(writers))
    };
    let (writer, reader) = (store(), store());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                reader.grant(&id("x", "default")).unwrap();
            }
        });
        for generation in 1..300 {
            let mut grant = grant("default");
            grant.metadata.generation = generation;
            let lock = writer.lock_grant(&id("x", "default")).unwrap();
            writer.put_grant(&lock, &grant, &fixture.recipients).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(!is_told.load(Ordering::Relaxed));
}
