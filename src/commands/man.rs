//! `xreq man`: a manual page for xreq, and one for each command.

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Man as Args};
use crate::error::{Code, Error, Exit, Result};
use crate::terminal::Terminal;
use crate::text::nearest::suggestion;

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit> {
    let mut program = Cli::command();
    program.build();
    let page = match &args.command {
        None => Man::new(program),
        Some(name) => {
            let command = find(&program, name).cloned().ok_or_else(|| {
                let meant = suggestion(name, program.get_subcommands().map(Command::get_name));
                let message = format!("no command is called `{name}`{meant}");
                Error::new(Code::BadArgument, message).with_hint(
                    "`xreq --help` lists the commands; `secret set` is `secret-set` here",
                )
            })?;
            Man::new(command.display_name(format!("xreq-{name}"))).title(format!("xreq-{name}"))
        }
    };
    let page = page.source(concat!("xreq ", env!("CARGO_PKG_VERSION"))).manual("xreq");
    let mut roff = Vec::new();
    page.render(&mut roff)
        .map_err(|error| Error::new(Code::OutputFailed, format!("no page was made: {error}")))?;
    terminal.print(&String::from_utf8_lossy(&roff))?;
    Ok(Exit::Done)
}

/// Finds the command of a page's name: `run`, `audit-log`, or `secret-set` for `secret set`.
fn find<'a>(program: &'a Command, name: &str) -> Option<&'a Command> {
    let below =
        |(at, _): (usize, &str)| find(program.find_subcommand(&name[..at])?, &name[at + 1..]);
    program.find_subcommand(name).or_else(|| name.match_indices('-').find_map(below))
}
