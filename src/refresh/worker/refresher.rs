//! A process that refreshes many grants at once for the daemon.
//!
//! The daemon then has no keys, no tokens and no TLS in it, and may be killed at any moment: the
//! process goes on until what it has begun is on the disk. It is started when there is work, and ends
//! when it has [rested](Refresher::rest). Should it die, or fall silent, what it was asked has failed,
//! and the next request starts another one.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::credential::freshness::Want;
use crate::error::Result;
use crate::refresh::agent::thread::STACK;
use crate::refresh::worker::protocol::{self, Reply, Request};
use crate::refresh::worker::{
    PATIENCE, Workers, await_readable, failed, failed_by, has_new_tokens,
};
use crate::store::CredentialId;

/// Interval at which late replies are looked for.
const EVERY: Duration = Duration::from_secs(5);

/// Takes the end of a refresh: whether it gave new tokens.
type Callback = Box<dyn FnOnce(Result<bool>) + Send>;

/// Refreshes many grants at once, in a process of its own.
pub struct Refresher {
    workers: Workers,
    at_once: usize,
    process: Mutex<Option<Arc<Process>>>,
}

/// The process, as long as it may be asked.
struct Process {
    /// Pipe that requests go to; `None` once it is to end.
    stdin: Mutex<Option<ChildStdin>>,
    requests: Mutex<Requests>,
}

/// The requests to a process.
#[derive(Default)]
struct Requests {
    last_id: u64,
    open: BTreeMap<u64, Open>,
    /// Whether no more replies come.
    has_ended: bool,
}

/// A request without a reply.
struct Open {
    name: CredentialId,
    since: Instant,
    callback: Callback,
}

impl Refresher {
    /// Returns one that refreshes so many grants at once. Nothing is started yet.
    pub fn new(workers: Workers, at_once: usize) -> Self {
        Self { workers, at_once, process: Mutex::default() }
    }

    /// Refreshes a grant if it is not as fresh as it is wanted, and hands over, in another thread,
    /// whether there are new tokens by that.
    pub fn refresh(
        &self,
        name: CredentialId,
        want: Want,
        callback: impl FnOnce(Result<bool>) + Send + 'static,
    ) {
        match self.process() {
            Ok(process) => process.ask(name, want, Box::new(callback)),
            Err(error) => callback(Err(failed_by(&name, "could not be started", error))),
        }
    }

    /// Lets the process end once it has done all that it was asked. The next request starts another
    /// one, which reads the configuration anew.
    pub fn rest(&self) {
        if let Some(process) = lock(&self.process).take() {
            process.close();
        }
    }

    fn process(&self) -> io::Result<Arc<Process>> {
        let mut current = lock(&self.process);
        if let Some(process) = current.as_ref().filter(|process| !process.has_ended()) {
            return Ok(Arc::clone(process));
        }
        let process = Process::start(&self.workers, self.at_once)?;
        *current = Some(Arc::clone(&process));
        Ok(process)
    }
}

impl Process {
    fn start(workers: &Workers, at_once: usize) -> io::Result<Arc<Self>> {
        let mut child = workers.spawn(at_once)?;
        let stdout = child.stdout.take().expect("it is a pipe");
        let stdin = Mutex::new(child.stdin.take());
        let process = Arc::new(Self { stdin, requests: Mutex::default() });
        let listening = Arc::clone(&process);
        let thread = thread::Builder::new().name("replies".to_owned()).stack_size(STACK);
        // Without the thread, the process ends with its input.
        thread.spawn(move || listening.listen(child, stdout))?;
        Ok(process)
    }

    fn has_ended(&self) -> bool {
        lock(&self.requests).has_ended
    }

    fn ask(&self, name: CredentialId, want: Want, callback: Callback) {
        let mut requests = lock(&self.requests);
        if requests.has_ended {
            drop(requests);
            return callback(Err(failed(&name, ENDED)));
        }
        requests.last_id += 1;
        let id = requests.last_id;
        let line = Request { id, name: name.clone(), want, wants_token: false }.to_line();
        requests.open.insert(id, Open { name, since: Instant::now(), callback });
        drop(requests);
        if let Some(stdin) = &mut *lock(&self.stdin) {
            // Where it has ended, whoever listens notices.
            let _ = stdin.write_all(&line);
        }
    }

    /// Ends its input, and so it.
    fn close(&self) {
        lock(&self.stdin).take();
    }

    /// Takes its replies until it ends.
    fn listen(&self, mut child: Child, stdout: ChildStdout) {
        let mut replies = BufReader::new(stdout);
        let mut line = protocol::buffer();
        loop {
            let is_readable = !replies.buffer().is_empty()
                || await_readable(replies.get_ref(), Instant::now() + EVERY).is_ok();
            if !is_readable {
                if self.is_silent() {
                    break;
                }
                continue;
            }
            match protocol::read_line(&mut replies, &mut line) {
                Ok(true) => self.hear(&line),
                Ok(false) | Err(_) => break,
            }
        }
        let open = {
            let mut requests = lock(&self.requests);
            requests.has_ended = true;
            std::mem::take(&mut requests.open)
        };
        for Open { name, callback, .. } in open.into_values() {
            callback(Err(failed(&name, ENDED)));
        }
        self.close();
        // One that was given up ends one day.
        let _ = child.wait();
    }

    fn hear(&self, line: &[u8]) {
        let Ok((id, reply)) = Reply::parse(line) else { return };
        let open = lock(&self.requests).open.remove(&id);
        if let Some(Open { name, callback, .. }) = open {
            callback(reply.and_then(|reply| has_new_tokens(&name, &reply)));
        }
    }

    /// Returns whether a reply is so late that no more is expected.
    fn is_silent(&self) -> bool {
        let requests = lock(&self.requests);
        requests.open.values().any(|open| open.since.elapsed() > PATIENCE)
    }
}

/// Description of a process that replies no more.
const ENDED: &str = "ended without a reply";

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
