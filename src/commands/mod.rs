//! The commands, one file each, and what they share: the way in, the terminal, the exit status.

mod audit_log;
mod broker;
mod broker_process;
mod catalog;
mod check;
mod client;
mod completions;
mod connect;
mod criteria;
mod daemon;
mod demo;
mod diff;
mod disconnect;
mod explain;
mod findings_stream;
mod import;
mod init;
mod keyboard;
pub mod launcher;
mod man;
mod refresh;
mod reporting;
mod reseal;
mod rules;
mod run;
mod sandbox;
mod schema;
mod secret;
mod sidecar;
mod status;
mod token;
mod trust;
mod validate;
mod way;
mod worker;
mod writer;

use std::ffi::OsString;
use std::sync::Arc;

use clap::error::ErrorKind;

use crate::app::context::Context;
use crate::broker::protocol::BROKER;
use crate::cli::{Cli, Colour, Command, Everywhere, Help, Unparsed};
use crate::error::{Error, Exit, Result};
use crate::launch::supervise;
use crate::refresh::worker::protocol::WORKER;
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::sys::sibling;
use crate::terminal::Terminal;

/// Runs the whole program: reads the arguments, does the work, reports a failure.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    if let Err(mismatch) = sibling::is_of_this_version() {
        return not_run(&mismatch, &arguments);
    }
    let arguments = match supervise::part(arguments) {
        Ok(exit) => return exit,
        Err(arguments) => arguments,
    };
    if arguments.get(1).is_some_and(|first| first == WORKER) {
        return worker::run();
    }
    if arguments.get(1).is_some_and(|first| first == BROKER) {
        return broker_process::run();
    }
    let cli = match Cli::of(&arguments) {
        Ok(cli) => cli,
        Err(unparsed) => {
            return match answer(unparsed, &arguments) {
                Exit::Usage if is_launch(&arguments) => Exit::NotLaunched,
                exit => exit,
            };
        }
    };
    let terminal = Terminal::new(cli.everywhere.color.into());
    let context = Context::new(
        Env::of_process(),
        Trust::new(&cli.everywhere.trusted_owners),
        cli.command.relies_on_home(),
        Arc::new(terminal.clone()),
    );
    let launching = cli.command.is_launch();
    dispatch(cli.command, &context, &terminal).unwrap_or_else(|error| {
        terminal.report(&error);
        if launching { error.code().exit_of_launch() } else { error.code().exit() }
    })
}

/// Prints help or the version that were asked for, or what a command line lacks.
fn answer(unparsed: Unparsed, typed: &[OsString]) -> Exit {
    let terminal = Terminal::new(stated_colour(typed).into());
    let Unparsed { error: usage, arguments } = unparsed;
    let page = || Help::of(&arguments, terminal.page_columns()).page();
    match usage.kind() {
        ErrorKind::DisplayHelp => terminal.help(&page()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => terminal.help_instead(&page()),
        ErrorKind::DisplayVersion => terminal.help(&usage.render().to_string()),
        _ => terminal.usage(usage),
    }
}

/// Reports why nothing of a command line was looked at.
fn not_run(error: &Error, arguments: &[OsString]) -> Exit {
    Terminal::new(stated_colour(arguments).into()).report(error);
    if is_launch(arguments) { Exit::NotLaunched } else { error.code().exit() }
}

/// Returns whether a command line that cannot be read as a whole was meant to launch an agent, whose own
/// statuses are then to be told from those of xreq.
fn is_launch(arguments: &[OsString]) -> bool {
    Everywhere::words(arguments).first().is_some_and(|at| arguments[*at] == "run")
}

/// Returns the colour stated by a command line that cannot be read as a whole.
fn stated_colour(arguments: &[OsString]) -> Colour {
    let words: Vec<_> = arguments.iter().map_while(|word| word.to_str()).collect();
    let options = words.split(|word| *word == "--").next().unwrap_or_default();
    let joined = options.iter().find_map(|word| word.strip_prefix("--color="));
    let apart = options.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let stated = joined.or(apart).and_then(Colour::of);
    stated.unwrap_or(Colour::Auto)
}

fn dispatch(command: Command, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match command {
        Command::Init(args) => init::run(&args, context, terminal),
        Command::Import(args) => import::run(args, context, terminal),
        Command::Secret(args) => secret::run(&args, context, terminal),
        Command::Client(args) => client::run(args, context, terminal),
        Command::Connect(args) => Ok(connect::run(args, context, terminal)),
        Command::Refresh(args) => refresh::run(&args, context, terminal),
        Command::Daemon(args) => daemon::run(&args, context, terminal),
        Command::Token(args) => token::run(&args, context, terminal),
        Command::Disconnect(args) => disconnect::run(args, context, terminal),
        Command::Reseal(args) => reseal::run(&args, context, terminal),
        Command::Status(args) => status::run(args, context, terminal),
        Command::Writer(command) => writer::run(command, context, terminal),
        Command::Validate(args) => validate::run(&args, context, terminal),
        Command::Explain(args) => explain::run(&args, context, terminal),
        Command::Check(args) => check::run(args, context, terminal),
        Command::Diff(args) => diff::run(&args, context, terminal),
        Command::Run(args) => run::run(args, context, terminal),
        Command::Broker(args) => broker::run(args, context, terminal),
        Command::AuditLog(command) => audit_log::run(&command, context, terminal),
        Command::Trust(args) => trust::run(&args, context, terminal),
        Command::Catalog(args) => catalog::run(&args, context, terminal),
        Command::Rules(args) => rules::run(&args, terminal),
        Command::Schema(args) => schema::run(&args, context, terminal),
        Command::Completions(args) => completions::run(&args, context, terminal),
        Command::Man(args) => man::run(&args, terminal),
        Command::Sandbox(args) => sandbox::run(&args, context, terminal),
        Command::Demo(args) => demo::run(&args, context, terminal),
    }
}
