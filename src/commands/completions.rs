//! `xreq completions`: completions for a shell.
//!
//! For bash, zsh and fish the script is short and asks xreq at each Tab, by the same command with the
//! words of the line behind `--`. The answer is a line with the kind of what is wanted there, and for
//! `words` a line for each: the word, a tab and its description. Files are left to the shell, which
//! knows how to quote them; a word that some shell would not read as it is written is not offered.

mod answer;
mod cursor;
mod known;
mod line;

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::app::context::Context;
use crate::app::reporter::{Progress, Reporter};
use crate::cli::{Cli, Completions};
use crate::error::{Advice, Error, Exit, Result};
use crate::findings::{Diagnostic, Source};
use crate::terminal::Terminal;

/// How long somebody waits for words at most, such as those of a store on a network.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn run(args: &Completions, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let text = match &args.words {
        Some(words) => answer(args.shell, words, context),
        None => script(args.shell),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

fn script(shell: Shell) -> String {
    let known = match shell {
        Shell::Bash => include_str!("completions/xreq.bash"),
        Shell::Zsh => include_str!("completions/xreq.zsh"),
        Shell::Fish => include_str!("completions/xreq.fish"),
        _ => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "xreq", &mut script);
            return String::from_utf8_lossy(&script).into_owned();
        }
    };
    known.to_owned()
}

/// Returns the answer to a script. Whatever cannot be read has nothing to offer, and tells nobody.
fn answer(shell: Shell, words: &[OsString], context: &Context) -> String {
    let words = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let context =
        Context::new(context.env.clone(), context.trust.clone(), false, Arc::new(Silence));
    let (sender, answers) = channel();
    let work = move || {
        // Nobody waits any more, if it is late.
        let _ = sender.send(answer::to(shell, words, &context));
    };
    match thread::Builder::new().spawn(work) {
        Ok(_) => answers.recv_timeout(PATIENCE).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// Nobody reads what is told while a line is typed.
struct Silence;

impl Reporter for Silence {
    fn warning(&self, _: Advice) {}
    fn note(&self, _: Advice) {}
    fn mishap(&self, _: &Error) {}
    fn failure(&self, _: &Error) {}
    fn findings(&self, _: &Source, _: &[Diagnostic]) {}
    fn progress(&self, _: &str) -> Progress {
        Progress::hidden()
    }
}
