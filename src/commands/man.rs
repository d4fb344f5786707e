//! `xreq man`: a manual page for xreq, and one for each command. At a terminal `man` shows it.

mod sections;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::{self, Stdio};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Help, Man as Args, manual_of};
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
    if !io::stdout().is_terminal() {
        terminal.print(&text)?;
    } else if !is_shown(&text) {
        let words = ["xreq", "help"].into_iter().chain(path.split(' ').filter(|it| !it.is_empty()));
        let words: Vec<_> = words.map(OsString::from).collect();
        return Ok(terminal.help(&Help::of(&words, terminal.page_columns()).page()));
    }
    Ok(Exit::Done)
}

/// Returns whether `man` has shown a page to the person at the terminal.
fn is_shown(page: &str) -> bool {
    let started = process::Command::new("man")
        .args(["-l", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut pager) = started else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // One that takes no page says so by its status.
        let _ = input.write_all(page.as_bytes());
    }
    pager.wait().is_ok_and(|status| status.success())
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
