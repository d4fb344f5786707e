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
    match exchange(&stream, request) {
        Ok(answer) if answer.is_empty() => Ok(None),
        Ok(answer) => parse(&answer).map(Some),
        // It ends just now.
        Err(error) if has_ended(&error) => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}

fn has_ended(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionRefused, ConnectionReset, NotFound};
    matches!(error.kind(), NotFound | ConnectionRefused | ConnectionReset | BrokenPipe)
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
    let seconds = PATIENCE.as_secs();
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Error::new(Code::BrokerFailed, format!("it said nothing for {seconds} seconds"))
        }
        _ => Error::of_system(Code::BrokerFailed, "its socket cannot be used", error),
    }
}
