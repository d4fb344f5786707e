//! One line about calls, as it is recorded: the template of an operation, never the values of its path or
//! its query.

use jiff::Timestamp;
use serde::Serialize;

use crate::text::redact::redact;

/// The kind of a line about calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum CallEvent {
    /// A call is about to go out.
    Call,
    /// It is still under way.
    Open,
    /// Its answer has gone to the agent, or there was none.
    Answer,
    /// Calls were refused.
    Refusal,
    /// A person decided on a call that waited, or nobody did in time.
    Approval,
}

/// One line about calls, as far as it is known.
#[derive(Clone, Debug, Serialize)]
pub struct CallEntry {
    #[serde(serialize_with = "milliseconds")]
    time: Timestamp,
    pid: u32,
    event: CallEvent,
    for_pid: u32,
    argv0: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
}

impl CallEntry {
    /// Creates the beginning of the lines of a run: the process that launched the agent, and the first word
    /// of the agent's command line.
    pub fn of_run(launcher: u32, argv0: &str) -> Self {
        Self {
            time: Timestamp::UNIX_EPOCH,
            pid: std::process::id(),
            event: CallEvent::Call,
            for_pid: launcher,
            argv0: redact(argv0).into_owned(),
            call: None,
            provider: None,
            account: None,
            operation: None,
            key: None,
            code: None,
            approval: None,
            by_uid: None,
            count: None,
            status: None,
            sent: None,
            received: None,
            ms: None,
        }
    }

    /// Adds the provider and the operation, by the template of its path.
    #[must_use]
    pub fn about(self, provider: Option<String>, operation: Option<String>) -> Self {
        Self { provider, operation, ..self }
    }

    /// Adds the number of a call in its run, the label of its account, and the key that gave it.
    #[must_use]
    pub fn of_call(self, number: u64, account: Option<String>, key: Option<String>) -> Self {
        Self { call: Some(number), account, key, ..self }
    }

    /// Makes it the line of a call that is about to go out now.
    #[must_use]
    pub fn opened(self) -> Self {
        Self { time: Timestamp::now(), event: CallEvent::Call, ..self }
    }

    /// Makes it the line of a call that is still under way, with what there is of it.
    #[must_use]
    pub fn still_open(self, status: Option<u16>, sent: u64, received: u64, ms: u64) -> Self {
        Self { event: CallEvent::Open, ..self.closed(status, sent, received, ms) }
    }

    /// Makes it the line of a call that is over now: the status of the answer, where there was one, the bytes
    /// of both bodies, and the milliseconds that it took.
    #[must_use]
    pub fn closed(self, status: Option<u16>, sent: u64, received: u64, ms: u64) -> Self {
        let (sent, received, ms) = (Some(sent), Some(received), Some(ms));
        let time = Timestamp::now();
        Self { time, event: CallEvent::Answer, status, sent, received, ms, ..self }
    }

    /// Makes it the line of a decision that was made now on a call that waited: its account, the key that gives
    /// it, and the user who decided.
    #[must_use]
    pub fn decided(
        self,
        account: Option<String>,
        key: Option<String>,
        approval: &'static str,
        by_uid: Option<u32>,
    ) -> Self {
        let (time, event, approval) = (Timestamp::now(), CallEvent::Approval, Some(approval));
        Self { time, event, account, key, approval, by_uid, ..self }
    }

    /// Makes it the line of so many refusals up to now, by their code.
    #[must_use]
    pub fn refused(self, code: &'static str, count: u64) -> Self {
        let (code, count) = (Some(code), Some(count));
        Self { time: Timestamp::now(), event: CallEvent::Refusal, code, count, ..self }
    }
}

fn milliseconds<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
}
