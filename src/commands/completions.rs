//! `xreq completions`: completions for a shell.

use clap::CommandFactory;

use crate::cli::{Cli, Completions};
use crate::error::{Exit, Result};
use crate::terminal::Terminal;

pub(super) fn run(args: &Completions, terminal: &Terminal) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "xreq", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
