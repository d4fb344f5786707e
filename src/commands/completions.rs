//! `xreq completions`: completions for a shell.

use clap::CommandFactory;

use crate::app::context::Context;
use crate::cli::{Cli, Completions};
use crate::error::{Exit, Result};

pub(super) fn run(args: &Completions, context: &Context) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "xreq", &mut script);
    context.terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
