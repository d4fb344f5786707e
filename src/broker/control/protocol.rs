//! The protocol of the control of a broker: a line of JSON that asks, and one that answers.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::status::RunStatus;
use crate::broker::approvals::{Decision, Shown};
use crate::error::{Code, Error, Result};

/// The version of a line.
const VERSION: u32 = 1;

/// The most bytes of a line that asks.
pub(super) const LONGEST_REQUEST: usize = 4 << 10;

/// The most bytes of a line that answers: the text of a call can be 1 MiB, and JSON can write each byte as
/// six.
pub(super) const LONGEST_ANSWER: usize = 16 << 20;

/// A question to a broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub(crate) enum Request {
    /// Which calls wait? With a name: all of that call.
    Pending { id: Option<String> },
    /// Whether a call goes out.
    Decide { id: String, approve: bool },
    /// The status of the run?
    Status,
}

/// The answer of a broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The calls that wait.
    Pending { calls: Vec<Shown> },
    /// The decision that holds; none if no such call waits.
    Decided { decision: Option<Decision> },
    /// The status of the run.
    Status(Box<RunStatus>),
    /// The question was not understood.
    Unknown,
}

/// A line of either side.
#[derive(Serialize, Deserialize)]
struct Line<T> {
    version: u32,
    #[serde(flatten)]
    content: T,
}

/// Writes a line.
pub(super) fn line<T: Serialize>(content: T) -> Vec<u8> {
    let line = Line { version: VERSION, content };
    let mut bytes = serde_json::to_vec(&line).expect("a line is texts and numbers");
    bytes.push(b'\n');
    bytes
}

/// Reads a line.
///
/// # Errors
///
/// [`Code::BrokerFailed`]: it is none, or of another version.
pub(super) fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    let read: Result<Line<T>, _> = serde_json::from_slice(line);
    match read {
        Ok(line) if line.version == VERSION => Ok(line.content),
        Ok(line) => {
            let message = format!("a broker speaks version {} of its control", line.version);
            Err(Error::new(Code::BrokerFailed, message)
                .with_hint("it was launched by another version of the program"))
        }
        Err(_) => Err(Error::new(Code::BrokerFailed, "a broker does not answer as it should")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written_and_another_version_is_not() {
        for request in [
            Request::Pending { id: None },
            Request::Pending { id: Some("a".to_owned()) },
            Request::Decide { id: "a".to_owned(), approve: true },
            Request::Status,
        ] {
            let written = line(&request);
            assert!(written.ends_with(b"\n") && written.len() < LONGEST_REQUEST);
            assert_eq!(parse::<Request>(&written).expect("it is a line"), request);
            let text = String::from_utf8(written).expect("it is a text");
            let other = text.replace("\"version\":1", "\"version\":2");
            assert!(parse::<Request>(other.as_bytes()).is_err());
        }
        let denied = Answer::Decided { decision: Some(Decision::Denied) };
        assert_eq!(parse::<Answer>(&line(&denied)).expect("it is a line"), denied);
        for broken in ["", "{}", "{\"version\":1}", "{\"version\":1,\"request\":\"all\"}"] {
            assert!(parse::<Request>(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
