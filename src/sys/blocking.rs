//! A few threads for work that blocks, such as waiting for the disk, on behalf of asynchronous work.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::sync::oneshot;

/// The name of the threads.
const NAME: &str = "disk";

type Job = Box<dyn FnOnce() + Send>;

/// A bounded set of threads, started when there is work for them.
///
/// Work that was begun comes to its end, whether or not anybody waits for it. If the system has no
/// room for a thread, the caller's does the work.
pub(crate) struct BlockingPool {
    jobs: Sender<Job>,
    shared: Arc<Shared>,
    most: usize,
}

struct Shared {
    queue: Mutex<Receiver<Job>>,
    load: Mutex<Load>,
}

#[derive(Default)]
struct Load {
    /// Threads that were started.
    threads: usize,
    /// Jobs that were submitted and have not ended.
    jobs: usize,
}

impl BlockingPool {
    /// Returns a pool of at most so many threads; with none, the caller's thread does all work.
    pub(crate) fn new(most: usize) -> Self {
        let (jobs, queue) = mpsc::channel();
        let (queue, load) = (Mutex::new(queue), Mutex::default());
        Self { jobs, shared: Arc::new(Shared { queue, load }), most }
    }

    /// Does the work on a thread of the pool. A panic of the work is that of the caller.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let (sender, result) = oneshot::channel();
        let job = Box::new(move || {
            // A caller that went away needs no result.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        });
        self.submit(job);
        let result = result.await.expect("every job that was submitted is done");
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn submit(&self, job: Job) {
        let mut load = self.shared.load();
        load.jobs += 1;
        if load.jobs > load.threads && load.threads < self.most {
            let shared = Arc::clone(&self.shared);
            let thread = thread::Builder::new().name(NAME.to_owned());
            load.threads += usize::from(thread.spawn(move || shared.serve()).is_ok());
        }
        let has_thread = load.threads > 0;
        drop(load);
        if has_thread {
            self.jobs.send(job).expect("the queue lives as long as the pool");
        } else {
            self.shared.work_off(job);
        }
    }
}

/// Blocks until a future is done, without a runtime: for one that waits for other threads alone.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Wakes a thread that waits for a future.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Shared {
    /// Works until the pool is dropped.
    fn serve(&self) {
        let next = || self.queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok(job) = next() {
            self.work_off(job);
        }
    }

    fn work_off(&self, job: Job) {
        job();
        self.load().jobs -= 1;
    }

    fn load(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread::ThreadId;

    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("the system has room").block_on(future)
    }

    fn this_thread() -> ThreadId {
        thread::current().id()
    }

    #[test]
    fn work_is_done_at_once_as_far_as_there_are_threads() {
        let (pool, both) = (BlockingPool::new(2), Arc::new(Barrier::new(2)));
        let meet = || {
            let both = Arc::clone(&both);
            pool.run(move || {
                both.wait();
                this_thread()
            })
        };
        let (one, other) = wait(async { tokio::join!(meet(), meet()) });
        assert_ne!(one, other);
        let third = wait(pool.run(this_thread));
        assert!(third == one || third == other, "there are no more than two");
    }

    #[test]
    fn a_pool_without_threads_works_in_the_callers() {
        assert_eq!(wait(BlockingPool::new(0).run(this_thread)), this_thread());
    }

    #[test]
    fn work_comes_to_its_end_though_nobody_waits_for_it() {
        let (pool, gate) = (BlockingPool::new(1), Arc::new(Barrier::new(2)));
        let (at_gate, (sender, done)) = (Arc::clone(&gate), mpsc::channel());
        let work = pool.run(move || {
            at_gate.wait();
            sender.send("done").expect("somebody listens");
        });
        // It is begun, and then given up.
        wait(async {
            tokio::select! { biased; () = work => (), () = async {} => () }
        });
        gate.wait();
        assert_eq!(done.recv(), Ok("done"));
    }

    #[test]
    #[should_panic(expected = "it went wrong")]
    fn a_panic_comes_through() {
        wait(BlockingPool::new(1).run(|| panic!("it went wrong")));
    }
}
