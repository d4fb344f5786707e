//! The same work on many things, on all processors, with the results in order.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// The number of items that a worker takes at once.
const BATCH: usize = 32;

/// The number of batches for each worker that may be under way or wait for their turn. So a slow
/// one does not make the results of all others pile up behind it.
const AHEAD: usize = 4;

/// Does `work` on every item, and gives the results to `take` in the order of the items.
///
/// # Errors
///
/// That of `take`, after which no more work is begun.
pub(crate) fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    if workers == 1 || items.len() <= BATCH {
        return items.iter().map(work).try_for_each(take);
    }
    on_workers(workers, items, work, take)
}

/// Returns whether the system has room for so many threads at once, for work that fails where it
/// has not.
pub(crate) fn has_room(threads: usize) -> bool {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock();
        let wait = || drop(gate.lock());
        let have_started =
            (0..threads).all(|_| thread::Builder::new().spawn_scoped(scope, wait).is_ok());
        drop(closed);
        have_started
    })
}

/// Items that belong together, and which of all batches they are.
type Batch<'a, T> = (usize, &'a [T]);
/// The result of a batch; the panic of a worker is passed on to the caller.
type Done<R> = (usize, thread::Result<Vec<R>>);

fn on_workers<T: Sync, R: Send, E>(
    workers: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (to_do, batches) = mpsc::channel();
    let batches = Mutex::new(batches);
    thread::scope(|scope| {
        // These go when the results are taken, or cannot be: that ends the workers.
        let to_do = to_do;
        let (sender, done) = mpsc::channel();
        let start = |_: &usize| {
            let (sender, batches, work) = (sender.clone(), &batches, &work);
            let serve = move || serve(batches, work, &sender);
            thread::Builder::new().spawn_scoped(scope, serve).is_ok()
        };
        // At a limit of the system there are fewer, or none.
        match (0..workers).take_while(start).count() {
            0 => items.iter().map(&work).try_for_each(take),
            started => hand_out(items, AHEAD * started, &to_do, &done, take),
        }
    })
}

/// Works until there is nothing to do any more, or nobody who wants it done.
fn serve<T, R>(
    batches: &Mutex<Receiver<Batch<'_, T>>>,
    work: &impl Fn(&T) -> R,
    done: &Sender<Done<R>>,
) {
    let next = || batches.lock().expect("nobody panics while waiting").recv();
    while let Ok((batch, items)) = next() {
        let work = || items.iter().map(work).collect();
        if done.send((batch, panic::catch_unwind(AssertUnwindSafe(work)))).is_err() {
            return;
        }
    }
}

/// Hands a batch out for each one whose results were taken, `ahead` of these at first.
fn hand_out<'a, T, R, E>(
    items: &'a [T],
    ahead: usize,
    to_do: &Sender<Batch<'a, T>>,
    done: &Receiver<Done<R>>,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let mut batches = items.chunks(BATCH).enumerate();
    for batch in batches.by_ref().take(ahead) {
        to_do.send(batch).expect("the workers wait for it");
    }
    let mut early = BTreeMap::new();
    for due in 0..items.len().div_ceil(BATCH) {
        while !early.contains_key(&due) {
            let (batch, results) = done.recv().expect("what was handed out comes back");
            early.insert(batch, results.unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        early.remove(&due).into_iter().flatten().try_for_each(&mut take)?;
        if let Some(batch) = batches.next() {
            to_do.send(batch).expect("the workers wait for it");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use super::*;

    const WORKERS: usize = 4;
    const MOST: usize = AHEAD * WORKERS * BATCH;

    #[test]
    fn results_come_in_order_whoever_is_slow() {
        for count in [0, 1, BATCH, BATCH + 1, 5_000] {
            let items: Vec<usize> = (0..count).collect();
            let mut taken = Vec::new();
            let slow = |item: &usize| {
                let turns = if item.is_multiple_of(97) { 20_000 } else { 1 };
                (0..turns).fold(*item, |sum, turn| std::hint::black_box(sum + turn - turn))
            };
            let Ok(()) = on_workers(WORKERS, &items, slow, |result| {
                taken.push(result);
                Ok::<_, Infallible>(())
            });
            assert_eq!(taken, items);
        }
    }

    #[test]
    fn nobody_works_far_ahead_of_a_slow_one() {
        let items: Vec<usize> = (0..10 * MOST).collect();
        let begun = AtomicUsize::new(0);
        let deadline = Instant::now() + Duration::from_millis(200);
        let work = |item: &usize| {
            let mut seen = begun.fetch_add(1, Ordering::Relaxed) + 1;
            while *item == 0 && seen <= MOST && Instant::now() < deadline {
                thread::yield_now();
                seen = begun.load(Ordering::Relaxed);
            }
            (*item, seen)
        };
        let Ok(()) = on_workers(WORKERS, &items, work, |(item, seen)| {
            assert!(item != 0 || seen <= MOST, "{seen} were begun before the first was done");
            Ok::<_, Infallible>(())
        });
    }

    #[test]
    fn no_more_is_begun_when_nobody_takes_it() {
        let items: Vec<usize> = (0..10 * MOST).collect();
        let begun = AtomicUsize::new(0);
        let work = |item: &usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            *item
        };
        assert_eq!(on_workers(WORKERS, &items, work, Err), Err(0));
        assert!(begun.into_inner() <= MOST);
    }

    #[test]
    #[should_panic(expected = "the 40th")]
    fn a_panic_comes_through() {
        let items: Vec<usize> = (0..10 * MOST).collect();
        let work = |item: &usize| assert!(*item != 40, "the 40th");
        let Ok(()) = on_workers(WORKERS, &items, work, Ok::<_, Infallible>);
    }
}
