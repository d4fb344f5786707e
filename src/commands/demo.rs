//! `xreq demo`: the whole way as a story, in a throw-away home, with no account and no network.
//!
//! The demo types the commands that a user would type: a shell runs each as it is shown, and what is
//! shown of it is all that it printed. The provider is the sandbox, and the account's owner `xreq
//! sandbox approve`.

mod recording;
mod remains;
mod stage;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::app::context::Context;
use crate::cli::Demo;
use crate::error::{Code, Error, Exit, Result};
use crate::terminal::{Terminal, pause};
use crate::text::layout::{Style, lines};

use recording::Recording;
use stage::Stage;

/// A step of the story.
struct Step {
    heading: &'static str,
    /// The commands as they are typed, each with the exit status that the story needs.
    commands: &'static [(&'static str, i32)],
    meaning: &'static str,
}

const TITLE: &str = "\
A provider in the shape of X, and a new store, for as long as this runs.
@alice let an app read her posts, and nothing else. Tokens live 3 seconds here.
";

const STEPS: [Step; 8] = [
    Step {
        heading: "An app declares what its agent needs.",
        commands: &[("cat xreq.yaml", 0)],
        meaning: "A key stands for scopes of the provider; `xreq explain` says which.",
    },
    Step {
        heading: "Less was granted, so the agent does not start.",
        commands: &[
            ("xreq run --min-ttl 1s -- ./agent 2>gap.txt", 125),
            ("grep -e missing -e help gap.txt | head -n 2", 0),
        ],
        meaning: "Exit status 125, before the agent did anything. The help closes the gap:",
    },
    Step {
        heading: "The account's owner is asked for what is missing.",
        commands: &[
            ("xreq connect x --add-scope tweet.write 2>asked.txt", 0),
            ("grep -A 1 '^  tweet.write' asked.txt", 0),
        ],
        meaning: "That was the question, in words. A browser opens for it; @alice said yes.",
    },
    Step {
        heading: "Now the grant covers the manifest, and the agent starts.",
        commands: &[("xreq run --min-ttl 1s -- ./agent", 0)],
        meaning: "xreq has become the agent: no process and no token stays behind.",
    },
    Step {
        heading: "The token dies (at X after two hours), and the agent does not notice.",
        commands: &[
            ("sleep 3; xreq status | head -n 1", 0),
            ("xreq run --min-ttl 1s -- ./agent", 0),
        ],
        meaning: "The launch got a new token first. For an agent that stays: --keep-fresh.",
    },
    Step {
        heading: "A pull request asks for more, and the gate sees it.",
        commands: &[("xreq diff --allow authority/consent-needed xreq.yaml pull-request.yaml", 1)],
        meaning: "Exit status 1 stops the merge. In CI: `xreq diff --git origin/main`.",
    },
    Step {
        heading: "The agent never saw what makes new tokens.",
        commands: &[("xreq run --min-ttl 1s --redact -- sh -c 'env | grep ^X_'", 0)],
        meaning: "No refresh token, no client secret, no key of the store.",
    },
    Step {
        heading: "Below a broker it has no token at all, and can do what is declared alone.",
        commands: &[
            ("xreq run --min-ttl 1s --broker --manifest reader.yaml -- ./agent 2>no.txt", 3),
            ("grep -o '`POST.*' no.txt", 0),
        ],
        meaning: "The token allows posts, and reader.yaml declares none.",
    },
];

const END: &str = "\nNothing of this stays. Your turn, in your project: `xreq init`\n";

pub(super) fn run(args: &Demo, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let mut record = args.record.as_deref().map(created).transpose()?;
    let stage = Stage::set(context)?;
    let waits = !args.fast
        && args.record.is_none()
        && io::stdin().is_terminal()
        && io::stdout().is_terminal();
    let mut recording = Recording::default();
    let mut show = |text: &str| {
        recording.shows(text);
        // What the commands printed was for a pipe.
        terminal.print_styled(&lines(text, terminal.columns(), |_| Some(2)))
    };
    show(TITLE)?;
    for (number, step) in (1..).zip(&STEPS) {
        show(&format!("\n\x1b[1m{number}. {}\x1b[0m\n", step.heading))?;
        for (command, expected) in step.commands {
            show(&format!("{} {command}\n", Style::Good.of("$")))?;
            show(&stage.plays(command, *expected)?)?;
        }
        show(&format!("{} {}\n", Style::Attention.of("=>"), step.meaning))?;
        if waits && number < STEPS.len() && !pause() {
            return Ok(Exit::Done);
        }
    }
    show(END)?;
    if let (Some(file), Some(path)) = (&mut record, &args.record) {
        let written = file.write_all(recording.asciicast().as_bytes());
        written.map_err(|error| unwritten(path, &error))?;
    }
    Ok(Exit::Done)
}

fn created(path: &Path) -> Result<File> {
    File::create(path).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    let message = format!("cannot write {}", path.display());
    Error::of_system(Code::OutputFailed, message, error)
}
