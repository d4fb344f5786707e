//! `xreq man`: a manual page for xreq, and one for each command.

mod sections;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Man as Args, manual_of};
use crate::error::{Code, Error, Exit, Result};
use crate::terminal::Terminal;
use crate::text::nearest::suggestion;

pub(super) fn run(args: &Args, terminal: &Terminal) -> Result<Exit> {
    let mut program = Cli::command();
    program.build();
    let (page, path) = match &args.command {
        None => (Man::new(program), String::new()),
        Some(name) => {
            let (command, path) = find(&program, name).ok_or_else(|| {
                let meant = suggestion(name, program.get_subcommands().map(Command::get_name));
                let message = format!("no command is called `{name}`{meant}");
                Error::new(Code::BadArgument, message).with_hint(
                    "`xreq --help` lists the commands; `secret set` is `secret-set` here",
                )
            })?;
            let page = Man::new(command.clone().display_name(format!("xreq-{name}")));
            (page.title(format!("xreq-{name}")), path)
        }
    };
    let page = page.source(concat!("xreq ", env!("CARGO_PKG_VERSION"))).manual("xreq");
    let mut roff = Vec::new();
    page.render(&mut roff)
        .map_err(|error| Error::new(Code::OutputFailed, format!("no page was made: {error}")))?;
    let mut text = String::from_utf8_lossy(&roff).into_owned();
    if let Some(manual) = manual_of(&path) {
        text.push_str(&sections::of(manual));
    }
    terminal.print(&text)?;
    Ok(Exit::Done)
}

/// Finds the command of a page's name: `run`, `audit-log`, or `secret-set` for `secret set`; and its
/// path.
fn find<'a>(program: &'a Command, name: &str) -> Option<(&'a Command, String)> {
    if let Some(command) = program.find_subcommand(name) {
        return Some((command, command.get_name().to_owned()));
    }
    name.match_indices('-').find_map(|(at, _)| {
        let group = program.find_subcommand(&name[..at])?;
        let (command, path) = find(group, &name[at + 1..])?;
        Some((command, format!("{} {path}", group.get_name())))
    })
}
