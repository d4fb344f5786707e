//! Grants that are kept fresh for as long as a process lives.
//!
//! ```text
//! who asks for a token ──▶ shared ◀── the thread ──▶ watch: one grant's metadata, its failures
//!                                        │  ▲
//!                                        ▼  │ the new token, or why there is none
//!                                     workers: xreq again, one refresh each
//! ```
//!
//! One thread looks at the files of the grants, which takes no key and one system call each, and says
//! by their metadata and the clock what is next ([`schedule`]). What has to be done, a process of its
//! own does ([`worker`]), one at a time a grant. What others do to a grant is noticed in the same way:
//! the new token is fetched when its file changes, whoever refreshed it, and a dead grant that is
//! connected anew comes to life.
//!
//! **How often a token is in memory.** Once: in its [`Live`], whose memory is wiped when the next one
//! takes its place and nobody uses it any longer. Beside that it passes through the memory that a
//! worker's answer is read into, which is wiped too before the new token is told of. Who only needs to
//! know that there is a new token keeps [`Holding::Metadata`], and no token is ever here.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use jiff::{SignedDuration, Timestamp};

pub use crate::refresh::live_token::Live;
pub use crate::refresh::token_requests::{Asked, Unavailable};

use crate::catalog::Catalog;
use crate::error::{Code, Error, Result};
use crate::refresh::agent_loop::Round;
use crate::refresh::token_requests::Shared;
use crate::refresh::worker::Workers;
use crate::store::{GrantName, Store};

/// The stack of a thread that does little.
pub(super) const STACK: usize = 256 << 10;

/// A grant to keep fresh.
#[derive(Debug)]
pub struct Kept {
    /// Which.
    pub name: GrantName,
    /// Its access token, where the process has it already.
    pub live: Option<Live>,
}

/// Whether the process holds access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// It does, and new ones are fetched.
    Tokens,
    /// It does not: they are refreshed in the store, and that is told.
    Metadata,
}

/// What keeping grants fresh takes.
#[derive(Debug)]
pub struct Options {
    /// Where the grants are.
    pub store: Store,
    /// What is known of their providers.
    pub catalog: Arc<Catalog>,
    /// What refreshes them.
    pub workers: Workers,
    /// Whether tokens are held.
    pub holding: Holding,
    /// The age from which an access token is refreshed, however long it still lives.
    pub older_than: Option<SignedDuration>,
}

/// What became of a grant.
#[derive(Clone, Debug)]
pub enum Event {
    /// It has a new access token, which nobody can have yet.
    Arrived(GrantName, Arc<Live>),
    /// It has a new access token, which can be had now.
    Refreshed(GrantName),
    /// Refreshing it fails. Tries go on; this is told once, and not for each.
    Failing(GrantName, Arc<Error>),
    /// It is dead, or gone: nothing but a person helps.
    Dead(GrantName, Arc<Error>),
    /// It was failing or dead, and is neither now.
    Recovered(GrantName),
}

/// A thread that keeps grants fresh until this is dropped.
pub struct Upkeep {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    /// Starts the thread. It tells of what happens through `tell`, and waits meanwhile. An error that
    /// `tell` answers to [`Event::Arrived`] says that the token was not taken: it is told of again
    /// after a while, and not as [`Event::Refreshed`] before. Other answers do not matter.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogUnknown`] where the catalog does not know a provider, and
    /// [`Code::WorkerFailed`] where the system gives no thread.
    pub fn start(
        grants: Vec<Kept>,
        options: Options,
        tell: impl Fn(Event) -> Result<()> + Send + 'static,
    ) -> Result<Self> {
        for grant in &grants {
            options.catalog.known_provider(grant.name.provider.as_str())?;
        }
        let names = grants.iter().map(|grant| grant.name.clone()).collect();
        let shared = Arc::new(Shared::of(grants));
        let round = Round::new(names, options, Arc::clone(&shared), Box::new(tell));
        let thread = thread::Builder::new()
            .name("upkeep".to_owned())
            .stack_size(STACK)
            .spawn(move || round.go())
            .map_err(|error| no_thread(&error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// What gives tokens, for whoever asks for them in another thread.
    pub fn tokens(&self) -> Tokens {
        Tokens(Arc::clone(&self.shared))
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.shared.end();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

/// What gives the tokens of grants that are kept fresh.
#[derive(Clone)]
pub struct Tokens(Arc<Shared>);

impl Tokens {
    /// Asks for a token of a provider that lives at least so long (as far as tokens do), or long
    /// enough for one use, where nothing is said of that.
    pub fn ask(&self, provider: &str, min_ttl: Option<SignedDuration>) -> Asked {
        self.0.ask(provider, min_ttl, Timestamp::now())
    }
}

pub(super) fn no_thread(error: &io::Error) -> Error {
    Error::new(Code::WorkerFailed, format!("no thread can be started: {error}"))
}
