//! The side that asks a broker.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::protocol::{Answer, LONGEST_ANSWER, Request, line, parse};
use crate::error::{Code, Error, Result};

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the broker behind a socket; none where nobody listens there any more.
///
/// # Errors
///
/// [`Code::BrokerFailed`]: it does not answer as it should.
pub(crate) fn ask(socket: &Path, request: &Request) -> Result<Option<Answer>> {
    let stream = match UnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error) if has_ended(&error) => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    let answer = exchange(&stream, request).map_err(|error| failed(&error))?;
    if answer.is_empty() { Ok(None) } else { parse(&answer).map(Some) }
}

fn has_ended(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn exchange(mut stream: &UnixStream, request: &Request) -> io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(&line(request))?;
    let mut answer = Vec::new();
    BufReader::new(stream.take(LONGEST_ANSWER as u64)).read_until(b'\n', &mut answer)?;
    Ok(answer)
}

fn failed(error: &io::Error) -> Error {
    Error::of_system(Code::BrokerFailed, "a broker does not answer", error)
}
