//! The broker's side of its control.

use std::convert::Infallible;
use std::io;
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::geteuid;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::protocol::{Answer, LONGEST_REQUEST, Request, line, parse};
use super::status::{CredentialStatus, RunStatus};
use crate::broker::approvals::Decision;
use crate::broker::broker::Broker;

/// The name of the socket in its folder.
pub(crate) const SOCKET_NAME: &str = "control.sock";

/// The most connections at once.
const CONNECTIONS: usize = 16;

/// Time for a question, and for its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Pause when no connection can be accepted.
const NAP: Duration = Duration::from_millis(10);

/// Answers for as long as this is awaited.
pub(crate) async fn serve(broker: Arc<Broker>, listener: UnixListener) -> io::Result<Infallible> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::UnixListener::from_std(listener)?;
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&room).acquire_owned().await.expect("it is never closed");
        let Ok((stream, _)) = listener.accept().await else {
            sleep(NAP).await;
            continue;
        };
        let broker = Arc::clone(&broker);
        tokio::spawn(async move {
            // Who asks too slowly, or goes away, gets no answer.
            let _ = timeout(PATIENCE, converse(&broker, stream)).await;
            drop(place);
        });
    }
}

/// Answers one question.
async fn converse(broker: &Arc<Broker>, mut stream: UnixStream) -> io::Result<()> {
    let user = stream.peer_cred()?.uid();
    if !may_ask(user, geteuid().as_raw()) {
        return Ok(());
    }
    let (reader, mut writer) = stream.split();
    let mut asked = Vec::new();
    BufReader::new(reader.take(LONGEST_REQUEST as u64)).read_until(b'\n', &mut asked).await?;
    let answer = match parse(&asked) {
        Ok(request) => answer(broker, request, user).await,
        Err(_) => Answer::Unknown,
    };
    writer.write_all(&line(answer)).await
}

/// Returns whether a user may ask the broker of another one: its own, and root, who can do anything to it.
fn may_ask(user: u32, own: u32) -> bool {
    user == own || user == 0
}

async fn answer(broker: &Arc<Broker>, request: Request, user: u32) -> Answer {
    let approvals = &broker.approvals;
    match request {
        Request::Pending { id: None } => Answer::Pending { calls: approvals.pending() },
        Request::Pending { id: Some(id) } => {
            Answer::Pending { calls: approvals.whole(&id).into_iter().collect() }
        }
        Request::Decide { id, approve } => {
            let decision = if approve { Decision::Approved } else { Decision::Denied };
            Answer::Decided { decision: approvals.decide(&id, decision, user) }
        }
        Request::Status => {
            let broker = Arc::clone(broker);
            let status = spawn_blocking(move || status(&broker)).await;
            status.map_or(Answer::Unknown, |status| Answer::Status(Box::new(status)))
        }
    }
}

fn status(broker: &Broker) -> RunStatus {
    let credentials = broker.credentials.iter().map(|credential| CredentialStatus {
        provider: credential.id.provider.to_string(),
        account: credential.id.account.to_string(),
        kind: credential.id.kind.name().to_owned(),
        standing: broker.standings.of(&credential.id),
    });
    RunStatus {
        pid: broker.run.pid,
        argv0: broker.run.argv0.clone(),
        since: broker.run.since,
        read_only: broker.read_only,
        asks: broker.approvals.keys().map(str::to_owned).collect(),
        pending: broker.approvals.pending().len(),
        through: broker.tally.through.load(Ordering::Relaxed),
        refused: broker.tally.refused.load(Ordering::Relaxed),
        credentials: credentials.collect(),
        limits: broker.limits.left(&broker.credentials),
        rates: broker.rates.snapshot(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_user_is_not_answered() {
        assert!(may_ask(1000, 1000) && may_ask(0, 1000) && may_ask(0, 0));
        assert!(!may_ask(1001, 1000) && !may_ask(1000, 0));
    }
}
