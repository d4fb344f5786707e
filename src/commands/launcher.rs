//! The program `xreq`: a launch whose grants are fresh. For all else the whole program takes its place.
//!
//! A launch costs by what the program touches that does it, and the loader touches more of a larger one:
//! so nothing here reaches another command, the network, the reader of provider files, or what words
//! findings. Whatever has to be found, asked, refreshed or refused before the launch, and a launch with
//! provider files of one's own, is the whole program's, which begins anew: until the launch begins nothing
//! is done that cannot be done once more, and notes are kept back.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::not_run;
use crate::app::context::Context;
use crate::app::launch::{Launch, LaunchOptions};
use crate::app::manifest_discovery::locate;
use crate::app::manifest_source::LoadedManifest;
use crate::app::preflight::record_failure;
use crate::app::reporter::{Progress, Reporter};
use crate::cli::LaunchLine;
use crate::error::{Advice, Error, Exit};
use crate::findings::{Diagnostic, Source};
use crate::sys::env::Env;
use crate::sys::files::Trust;
use crate::sys::sibling;
use crate::terminal::Terminal;

/// Runs the program: launches the agent, or becomes the whole program.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    launch(&arguments).unwrap_or_else(|| not_run(&sibling::take_over(&arguments), &arguments))
}

/// Launches an agent; `None` if that is for the whole program to do or to refuse.
fn launch(arguments: &[OsString]) -> Option<Exit> {
    let LaunchLine { everywhere, run } = LaunchLine::of(arguments)?;
    let options = LaunchOptions::from(run);
    if options.dry_run || options.supervision.is_wanted() || !options.catalog.is_empty() {
        return None;
    }
    let terminal = Terminal::new(everywhere.color.into());
    let events = Arc::new(Events::new(terminal.clone()));
    let reporter = Arc::clone(&events) as Arc<dyn Reporter>;
    let context =
        Context::new(Env::of_process(), Trust::new(&everywhere.trusted_owners), true, reporter);
    if reads_what_is_read_once(&options, &context) {
        return None;
    }
    let config = context.config().ok()?;
    // What is to be told of its grants is for the whole program.
    if config.is_of_sandbox {
        return None;
    }
    let declared = LoadedManifest::find(options.manifest.as_deref(), &context).ok()?;
    let catalog = context.builtin_catalog(config).ok()??;
    let needs = declared.needs(&catalog, &context).ok()?;
    let launch = Launch {
        options: &options,
        context: &context,
        catalog: &catalog,
        declared: &declared,
        needs: &needs,
    };
    let ready = launch.ready_unaided().ok()??;
    if !events.begin() {
        return None;
    }
    let error = ready.start();
    record_failure(&options, &error, &context);
    terminal.report(&error);
    Some(error.code().exit_of_launch())
}

/// Returns whether a pipe or its like was named, of which nothing would be left for another program.
fn reads_what_is_read_once(options: &LaunchOptions, context: &Context) -> bool {
    let manifest = locate(options.manifest.as_deref(), context).ok();
    let manifest = manifest.filter(|place| place.is_named).map(|place| place.path);
    let is_file = |path: &Path| path.metadata().is_ok_and(|found| found.is_file());
    !manifest.iter().all(|path| is_file(path)) || context.needs_lasting_identity().is_err()
}

/// The events of a launch. Until it begins notes are kept, and all else is left to the whole program,
/// which has it anew.
struct Events {
    terminal: Terminal,
    /// The notes that were kept; `None` once the launch has begun.
    kept: Mutex<Option<Vec<Advice>>>,
    have_come: AtomicBool,
}

impl Events {
    fn new(terminal: Terminal) -> Self {
        let kept = Mutex::new(Some(Vec::new()));
        Self { terminal, kept, have_come: AtomicBool::new(false) }
    }

    /// Shows the notes that were kept, and events from now on, unless others have come before. Returns
    /// whether it does.
    fn begin(&self) -> bool {
        if self.have_come.load(Ordering::Relaxed) {
            return false;
        }
        for note in self.lock().take().unwrap_or_default() {
            Reporter::note(&self.terminal, note);
        }
        true
    }

    fn show(&self, show: impl FnOnce(&Terminal)) {
        if self.lock().is_none() {
            show(&self.terminal);
        } else {
            self.have_come.store(true, Ordering::Relaxed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Advice>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Events {
    fn warning(&self, advice: Advice) {
        self.show(|terminal| terminal.warning(advice));
    }

    fn note(&self, advice: Advice) {
        match &mut *self.lock() {
            Some(kept) => kept.push(advice),
            None => Reporter::note(&self.terminal, advice),
        }
    }

    fn mishap(&self, error: &Error) {
        self.show(|terminal| terminal.warn_of(error));
    }

    fn failure(&self, error: &Error) {
        self.show(|terminal| terminal.report(error));
    }

    /// A manifest is read before the launch begins.
    fn findings(&self, _: &Source, findings: &[Diagnostic]) {
        if !findings.is_empty() {
            self.show(|_| ());
        }
    }

    fn progress(&self, _: &str) -> Progress {
        Progress::hidden()
    }
}
