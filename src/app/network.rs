//! The asynchronous runtime of a command, and the HTTP client that runs in it.
//!
//! This is the only place that makes a runtime for requests to providers. It is made at the first use,
//! so that a command which asks nobody anything has none.

use std::future::Future;
use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use crate::error::{Code, Error, Result};
use crate::http::client::{Http, limit};
use crate::oauth::token::failure::RequestFailure;
use crate::store::FailureClass;

/// The way to providers.
#[derive(Default)]
pub(crate) struct Network {
    http: Arc<Http>,
    runtime: OnceLock<Runtime>,
}

impl Network {
    /// Returns the client, for use within [`wait`](Self::wait).
    pub(crate) fn http(&self) -> &Arc<Http> {
        &self.http
    }

    /// Blocks until the work is done.
    ///
    /// # Errors
    ///
    /// [`Code::ProviderUnavailable`]: the system has no room for a runtime.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        Ok(self.runtime()?.block_on(work))
    }

    /// Blocks until a request is answered. If the system has no room for a runtime, none was sent.
    pub(crate) fn ask<T, F: From<RequestFailure>>(
        &self,
        request: impl Future<Output = Result<T, F>>,
    ) -> Result<T, F> {
        let unsent = |error: Error| RequestFailure::new(FailureClass::Transient, error.to_string());
        self.wait(request).unwrap_or_else(|error| Err(unsent(error).into()))
    }

    /// Does some work beside which a thread carries out the requests that it starts by this handle.
    ///
    /// # Errors
    ///
    /// [`Code::ProviderUnavailable`]: the system has no room for a runtime, or no thread.
    pub(crate) fn beside<T>(&self, work: impl FnOnce(&Handle) -> T) -> Result<T> {
        let runtime = self.runtime()?;
        let (done, is_done) = oneshot::channel::<()>();
        thread::scope(|scope| {
            let serve = move || drop(runtime.block_on(is_done));
            let thread = thread::Builder::new().name("network".to_owned());
            thread.spawn_scoped(scope, serve).map_err(|error| no_room(&error))?;
            let result = work(runtime.handle());
            drop(done);
            Ok(result)
        })
    }

    fn runtime(&self) -> Result<&Runtime> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| no_room(&error))?;
        Ok(self.runtime.get_or_init(|| runtime))
    }
}

fn no_room(error: &io::Error) -> Error {
    let why = limit::of(error).map_or_else(|| error.to_string(), str::to_owned);
    Error::new(Code::ProviderUnavailable, format!("cannot start the network: {why}"))
        .with_hint("end other processes of this user, and try again")
}

impl Drop for Network {
    /// Shuts the runtime down without waiting: a name server that does not answer keeps nobody here.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
