//! The same work on many things, on all processors, with the results in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// How many things a worker takes at once.
const BATCH: usize = 32;

/// Does `work` on every item, and gives the results to `take` in the order of the items. What it
/// keeps are the results that came too early.
pub(super) fn in_order<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R),
) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    if workers == 1 || items.len() <= BATCH {
        items.iter().map(work).for_each(take);
        return;
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel(2 * workers);
    thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let batch = next.fetch_add(1, Ordering::Relaxed);
                    let Some(items) = items.chunks(BATCH).nth(batch) else { return };
                    let results: Vec<R> = items.iter().map(work).collect();
                    if sender.send((batch, results)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (batch, results) in receiver {
            early.insert(batch, results);
            while let Some(results) = early.remove(&due) {
                results.into_iter().for_each(&mut take);
                due += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whoever_is_slow() {
        for count in [0, 1, BATCH, BATCH + 1, 5_000] {
            let items: Vec<usize> = (0..count).collect();
            let mut taken = Vec::new();
            let slow = |item: &usize| {
                let turns = if item.is_multiple_of(97) { 20_000 } else { 1 };
                (0..turns).fold(*item, |sum, turn| std::hint::black_box(sum + turn - turn))
            };
            in_order(&items, slow, |result| taken.push(result));
            assert_eq!(taken, items);
        }
    }
}
