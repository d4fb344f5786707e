//! The commands, one file each, and what they share: the way in, the terminal, the exit status.

mod accounts;
mod audit;
mod audit_log;
mod catalog;
mod check;
mod client;
mod clients;
mod completions;
mod connect;
mod daemon;
mod declared;
mod demo;
mod diff;
mod disconnect;
mod discovery;
mod explain;
mod fresh;
mod hiding;
mod holding;
mod import;
mod init;
mod keeper;
mod launching;
mod listing;
mod man;
mod manifests;
mod names;
mod parallel;
mod refresh;
mod reseal;
mod rules;
mod run;
mod sandbox;
mod schema;
mod secret;
mod status;
mod staying;
mod terminal;
mod token;
mod trust;
mod validate;
mod ways;

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::OnceLock;

use clap::{Parser, ValueEnum};
use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::cli::{Against, CatalogFiles, Cli, Colour, Command, RuleLevels};
use crate::config::Config;
use crate::diagnostic::Levels;
use crate::env::Env;
use crate::error::{Code, Error, Exit, Result};
use crate::files::Trust;
use crate::launch::supervise;
use crate::provider_files;
use crate::redact::looks_secret;
use crate::signals;
use crate::store::{Home, Remembered, Store};
use crate::verdict::Policy;
use terminal::Terminal;

/// What every command may ask of the world around it.
struct Context {
    env: Env,
    now: Timestamp,
    terminal: Terminal,
    passphrase: Remembered,
    config: OnceLock<Config>,
    /// The owners that the files may have.
    trust: Trust,
    /// Whether the command uses a key, sends a request, or writes: it relies on files that others
    /// cannot change.
    relies: bool,
    home: OnceLock<Home>,
}

impl Context {
    /// Returns where the files are. Where the command relies on them, others must not be able to change
    /// the folders.
    fn home(&self) -> Result<Home> {
        if let Some(home) = self.home.get() {
            return Ok(home.clone());
        }
        let home = Home::of(&self.env)?;
        let home = if self.relies { home.trusting(self.trust.clone())? } else { home };
        Ok(self.home.get_or_init(|| home).clone())
    }

    /// The same; `None` where the environment names no home.
    fn known_home(&self) -> Result<Option<Home>> {
        match self.home() {
            Ok(home) => Ok(Some(home)),
            Err(error) if error.code() == Code::HomeUnknown => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn store(&self) -> Result<Store> {
        Ok(Store::new(self.home()?))
    }

    /// The settings, which are read once.
    fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = self.config_anew()?;
        Ok(self.config.get_or_init(|| config))
    }

    /// The settings as they are now, for a process that stays.
    fn config_anew(&self) -> Result<Config> {
        match self.known_home()? {
            Some(home) => Config::load(&home.config_file(), home.trust()),
            None => Ok(Config::default()),
        }
    }

    /// Reports a failure where a signal waits to end the process, which would leave nothing to report
    /// it later. It is called while signals are still held back.
    fn report_before_end(&self, error: &Error) {
        if signals::end_is_wanted() {
            self.terminal.report(error);
        }
    }

    /// How bad findings are: by `config.yaml`, and before that by the command line.
    fn levels(&self, asked: &RuleLevels) -> Result<Levels> {
        let mut levels = Levels::default();
        for (name, setting) in &self.config()?.rules {
            levels.set(name, *setting).map_err(|fault| {
                Error::new(Code::InvalidConfig, format!("`rules` in config.yaml: {fault}"))
            })?;
        }
        let mut seen = HashMap::new();
        for (setting, names) in asked.by_setting() {
            for name in names {
                if seen.insert(name, setting).is_some_and(|other| other != setting) {
                    let message = format!("`{name}` is set in two ways at once");
                    return Err(Error::new(Code::BadArgument, message));
                }
                levels.set(name, setting).map_err(|fault| Error::new(Code::BadArgument, fault))?;
            }
        }
        Ok(levels)
    }

    /// The rules of judging, as they were asked for. The time is that of the judgement: a refresh
    /// may have taken some since the start.
    fn policy(against: &Against) -> Policy {
        Policy { now: Timestamp::now(), min_ttl: against.min_ttl, strict: against.strict }
    }

    /// The built-in providers, those of the config folder and those of `--catalog`, with the
    /// endpoints of `config.yaml`. Without a home there are only the first and the last.
    fn catalog(&self, extra: &CatalogFiles) -> Result<Catalog> {
        self.catalog_by(self.config()?, extra)
    }

    /// The same with these settings.
    fn catalog_by(&self, config: &Config, extra: &CatalogFiles) -> Result<Catalog> {
        let Some(home) = self.known_home()? else {
            return provider_files::catalog(None, &extra.files);
        };
        let folder = home.providers();
        let mut catalog = provider_files::catalog_by(Some(&folder), &extra.files, home.trust())?;
        for (provider, endpoints) in &config.providers {
            catalog.override_endpoints(provider, endpoints.clone()).map_err(|error| {
                let place = format!("{}: `providers`", home.config_file().display());
                let named = Error::new(Code::InvalidConfig, format!("{place}: {error}"));
                match error.hint() {
                    Some(hint) => named.with_hint(hint),
                    None => named,
                }
            })?;
        }
        Ok(catalog)
    }
}

/// Runs the program: reads the arguments, does the work, reports a failure.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match supervise::part(arguments.into_iter().collect()) {
        Ok(exit) => return exit,
        Err(arguments) => arguments,
    };
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            return match Terminal::new(stated_colour(&arguments)).usage(&usage) {
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

/// Refuses what looks like a token in the place of something that is kept readable.
fn refuse_secret(what: &str, text: &str) -> Result<()> {
    if !looks_secret(text) {
        return Ok(());
    }
    let message = format!("this {what} looks like a token, and would be stored readable");
    Err(Error::new(Code::BadArgument, message)
        .with_hint("a token or the value of a secret comes from standard input"))
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
