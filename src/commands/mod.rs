//! The commands, one file each, and what they share: the way in, the terminal, the exit status.

mod audit_log;
mod catalog;
mod check;
mod client;
mod completions;
mod connect;
mod daemon;
mod demo;
mod diff;
mod disconnect;
mod explain;
mod findings_stream;
mod import;
mod init;
mod man;
mod refresh;
mod reseal;
mod rules;
mod run;
mod sandbox;
mod schema;
mod secret;
mod status;
mod token;
mod trust;
mod validate;

use std::ffi::OsString;
use std::sync::OnceLock;

use clap::{Parser, ValueEnum};
use jiff::Timestamp;

use crate::app::context::Context;
use crate::cli::{Cli, Colour, Command};
use crate::error::{Exit, Result};
use crate::launch::supervise;
use crate::store::Remembered;
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::terminal::Terminal;

/// Runs the program: reads the arguments, does the work, reports a failure.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match supervise::part(arguments.into_iter().collect()) {
        Ok(exit) => return exit,
        Err(arguments) => arguments,
    };
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            return match Terminal::new(stated_colour(&arguments)).usage(usage) {
                Exit::Usage if is_launch(&arguments) => Exit::NotLaunched,
                exit => exit,
            };
        }
    };
    let env = Env::of_process();
    let context = Context {
        passphrase: Remembered::of(&env),
        config: OnceLock::new(),
        trust: Trust::new(&cli.trusted_owners),
        relies: cli.command.relies_on_home(),
        home: OnceLock::new(),
        env,
        now: Timestamp::now(),
        terminal: Terminal::new(cli.color),
    };
    let launching = matches!(cli.command, Command::Run(_));
    dispatch(cli.command, &context).unwrap_or_else(|error| {
        context.terminal.report(&error);
        match error.code().exit() {
            exit @ (Exit::NotExecutable | Exit::NotFound) => exit,
            _ if launching => Exit::NotLaunched,
            exit => exit,
        }
    })
}

/// Whether a command line that cannot be read as a whole was meant to launch an agent, whose own
/// statuses are then to be told from those of xreq.
fn is_launch(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--color" || word == "--trust-owner" {
            words.next();
        } else if !word.as_encoded_bytes().starts_with(b"-") {
            return word == "run";
        }
    }
    false
}

/// What a command line says of colour that cannot be read as a whole.
fn stated_colour(arguments: &[OsString]) -> Colour {
    let words: Vec<_> = arguments.iter().map_while(|word| word.to_str()).collect();
    let options = words.split(|word| *word == "--").next().unwrap_or_default();
    let joined = options.iter().find_map(|word| word.strip_prefix("--color="));
    let apart = options.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let stated = joined.or(apart).and_then(|word| Colour::from_str(word, false).ok());
    stated.unwrap_or(Colour::Auto)
}

fn dispatch(command: Command, context: &Context) -> Result<Exit> {
    match command {
        Command::Init(args) => init::run(&args, context),
        Command::Import(args) => import::run(&args, context),
        Command::Secret(args) => secret::run(&args, context),
        Command::Client(args) => client::run(&args, context),
        Command::Connect(args) => connect::run(&args, context),
        Command::Refresh(args) => refresh::run(&args, context),
        Command::Daemon(args) => daemon::run(&args, context),
        Command::Token(args) => token::run(&args, context),
        Command::Disconnect(args) => disconnect::run(&args, context),
        Command::Reseal(args) => reseal::run(&args, context),
        Command::Status(args) => status::run(&args, context),
        Command::Validate(args) => validate::run(&args, context),
        Command::Explain(args) => explain::run(&args, context),
        Command::Check(args) => check::run(&args, context),
        Command::Diff(args) => diff::run(&args, context),
        Command::Run(args) => run::run(&args, context),
        Command::AuditLog(command) => audit_log::run(&command, context),
        Command::Trust(args) => trust::run(&args, context),
        Command::Catalog(args) => catalog::run(&args, context),
        Command::Rules(args) => rules::run(&args, context),
        Command::Schema(args) => schema::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
        Command::Sandbox(args) => sandbox::run(&args, context),
        Command::Demo => demo::run(context),
    }
}
