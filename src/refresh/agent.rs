//! Grants that are kept fresh for as long as a process lives.
//!
//! ```text
//! who asks for a token ──▶ shared ◀── the thread ──▶ fleet: the monitors of its grants, and outages
//!                                        │  ▲
//!                                        ▼  │ the new token, or why there is none
//!                                     workers: xreq again, one refresh each
//! ```
//!
//! One thread looks at the files of the grants, which takes no key and one system call each, and shows
//! them to a [fleet](crate::refresh) of a few, which says what is next. The work itself
//! is done by a process of its own ([`worker`](crate::refresh::worker)), one at a time a grant. Changes
//! that others make to a grant are noticed in the same way: the new token is fetched when its file
//! changes, whoever refreshed it, and a dead grant that is connected anew comes to life.
//!
//! **Copies of a token in memory.** One: in its [`Live`], whose memory is wiped when the next one takes
//! its place and nobody uses it any longer. Beside that it passes through the memory that a worker's
//! answer is read into, which is wiped too before the new token is told of. A caller that only needs to
//! know that there is a new token keeps [`Holding::Metadata`], and no token is ever here.

pub mod event;
mod kept;
pub mod live_token;
pub mod options;
mod rounds;
pub(crate) mod thread;
pub mod token_requests;

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use jiff::{SignedDuration, Timestamp};

pub use crate::refresh::agent::event::GrantEvent;
pub use crate::refresh::agent::live_token::Live;
pub use crate::refresh::agent::options::{Holding, KeptGrant, Options};
pub use crate::refresh::agent::token_requests::{Asked, Unavailable};

use crate::error::Result;
use crate::refresh::agent::rounds::Rounds;
use crate::refresh::agent::thread::{STACK, no_thread};
use crate::refresh::agent::token_requests::Shared;

/// A thread that keeps grants fresh until this is dropped.
pub struct Upkeep {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Upkeep {
    /// Starts the thread. It tells of what happens through `tell`, and waits meanwhile. An error that
    /// `tell` answers to [`GrantEvent::Arrived`] says that the token was not taken: it is told of again
    /// after a while, and not as [`GrantEvent::Refreshed`] before. Other answers do not matter.
    ///
    /// # Errors
    ///
    /// [`Code::CatalogUnknown`](crate::error::Code::CatalogUnknown) if the catalog does not know a
    /// provider, and [`Code::WorkerFailed`](crate::error::Code::WorkerFailed) if the system gives no
    /// thread.
    pub fn start(
        grants: Vec<KeptGrant>,
        options: Options,
        tell: impl Fn(GrantEvent) -> Result<()> + Send + 'static,
    ) -> Result<Self> {
        for grant in &grants {
            options.catalog.known_provider(grant.name.provider.as_str())?;
        }
        let names = grants.iter().map(|grant| grant.name.clone()).collect();
        let shared = Arc::new(Shared::of(grants));
        let rounds = Rounds::new(names, options, Arc::clone(&shared), Box::new(tell));
        let thread = Builder::new()
            .name("upkeep".to_owned())
            .stack_size(STACK)
            .spawn(move || rounds.run())
            .map_err(|error| no_thread(&error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Returns the source of tokens, for use by other threads.
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

/// The source of the tokens of grants that are kept fresh.
#[derive(Clone)]
pub struct Tokens(Arc<Shared>);

impl Tokens {
    /// Asks for a token of a credential, by its name in the launch, that lives at least so long (as far
    /// as tokens do), or long enough for one use, if nothing is said of that.
    pub fn ask(&self, name: &str, min_ttl: Option<SignedDuration>) -> Asked {
        self.0.ask(name, min_ttl, Timestamp::now())
    }
}
