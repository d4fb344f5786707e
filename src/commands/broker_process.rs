//! The broker: xreq as the process beside an agent that holds its tokens, by the
//! [protocol](crate::broker::protocol).

use std::io::{self, BufReader};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use crate::app::brokered_credentials;
use crate::app::context::Context;
use crate::broker::process::tell;
use crate::broker::protocol::{News, Setup, ended};
use crate::cli::Colour;
use crate::error::{Exit, Result};
use crate::refresh::worker::protocol::{buffer, read_line};
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::terminal::Terminal;

/// Serves until the parent, whose socket is standard input, has gone.
pub(super) fn run() -> Exit {
    let Ok(parent) = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from) else {
        return Exit::Failed;
    };
    match serve(&parent) {
        Ok(()) => Exit::Done,
        Err(error) => {
            tell(&parent, &News::Failed(error));
            Exit::Failed
        }
    }
}

fn serve(parent: &UnixStream) -> Result<()> {
    let mut line = buffer();
    if !read_line(&mut BufReader::new(parent), &mut line).is_ok_and(|is_there| is_there) {
        return Err(ended());
    }
    let setup = Setup::parse(&line)?;
    let reporter = Arc::new(Terminal::new(Colour::Never.into()));
    let trust = Trust::new(&setup.trusted_owners);
    let context = Context::new(Env::of_process(), trust, true, reporter);
    let context = context.given(setup.passphrase.clone());
    brokered_credentials::serve(setup, &context, parent)
}
