//! Reports on a confinement, from the processes that make it to xreq: a letter each, and what belongs to
//! it.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere nothing is confined"))]

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

use crate::launch::isolate::Failure;
use crate::sys::passing;

const LISTENING: u8 = b'l';
const READY: u8 = b'r';
const FAILED: u8 = b'f';

/// A report.
#[derive(Debug)]
pub(super) enum Report {
    /// The namespaces are there, with these listeners.
    Listening(Vec<OwnedFd>),
    /// The agent can be started.
    Ready,
    /// It will not be started.
    Failed(Failure),
}

impl Report {
    /// Sends it. A failure is the last one.
    pub(super) fn send(&self, link: &UnixStream) -> io::Result<()> {
        match self {
            Self::Listening(listeners) => {
                let files: Vec<_> = listeners.iter().map(AsFd::as_fd).collect();
                passing::pass(link, LISTENING, &files)
            }
            Self::Ready => (&*link).write_all(&[READY]),
            Self::Failed(failure) => {
                (&*link).write_all(&[&[FAILED][..], &failure.encoded()].concat())
            }
        }
    }

    /// Waits for the next one; an error if there is none.
    pub(super) fn receive(link: &UnixStream) -> io::Result<Self> {
        let (letter, files) = passing::take(link)?;
        match letter {
            Some(LISTENING) => Ok(Self::Listening(files)),
            Some(READY) => Ok(Self::Ready),
            Some(FAILED) => {
                let mut told = Vec::new();
                (&*link).read_to_end(&mut told)?;
                let failure = Failure::decoded(&told);
                failure.map(Self::Failed).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpListener};

    use super::*;
    use crate::launch::isolate::Step;

    #[test]
    fn reports_arrive_in_their_order() {
        let (here, there) = UnixStream::pair().expect("a pair");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let failure = Failure::of(Step::Filter, &io::Error::from_raw_os_error(22));
        for report in [
            Report::Listening(vec![listener.into()]),
            Report::Ready,
            Report::Failed(failure.clone()),
        ] {
            report.send(&there).expect("there is room");
        }
        there.shutdown(Shutdown::Write).expect("it is open");
        let Ok(Report::Listening(mut listeners)) = Report::receive(&here) else {
            panic!("the first one is of listeners")
        };
        let listener = TcpListener::from(listeners.pop().expect("one came"));
        assert_eq!(listener.local_addr().expect("it has an address"), address);
        assert!(matches!(Report::receive(&here), Ok(Report::Ready)));
        assert!(matches!(Report::receive(&here), Ok(Report::Failed(told)) if told == failure));
        assert!(Report::receive(&here).is_err());
    }
}
