//! The confinement of a launch.

use std::collections::BTreeSet;
use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::aside::{self, Absent};
use super::boundary::{Guarded, objection};
use super::names::NAMES;
use super::options::IsolationOptions;
use super::sockets;
use crate::app::launch::Launch;
use crate::error::{Code, Error, Parameter, Remedy, Result, advice};
use crate::launch::isolate::Confinement;
use crate::store::PASSPHRASE_FILE;
use crate::sys::env::Env;
use crate::sys::state::StateFolder;

/// Folders in whose place every isolated agent has one of its own.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

/// Folders that say what the machine is.
const OF_THE_SYSTEM: [&str; 3] = ["/dev", "/proc", "/sys"];

/// Returns the confinement of a launch, and the names to be looked for after it; tells what is unexpected.
///
/// # Errors
///
/// [`Code::IsolationFailed`]: there is none on this system, or a path that was asked for would let the
/// agent out.
pub(crate) fn confinement(
    launch: Launch<'_>,
    asked: &IsolationOptions,
) -> Result<(Confinement, Absent)> {
    if !cfg!(target_os = "linux") {
        let message = "an agent can be isolated on Linux alone";
        return Err(Error::new(Code::IsolationFailed, message).with_hint(advice![
            "leave ",
            Parameter::Isolate,
            " out, or run it in a container"
        ]));
    }
    let places = Places::of(launch)?;
    let folder = env::current_dir().and_then(|folder| folder.canonicalize()).map_err(|error| {
        Error::of_system(Code::IsolationFailed, "the working directory is unknown", &error)
    })?;
    if let Some(objection) = objection(&folder, &places.guarded) {
        let message = format!(
            "an isolated agent cannot have `{}` as its working directory: {objection}",
            folder.display()
        );
        return Err(Error::new(Code::IsolationFailed, message)
            .with_hint("start it in a folder that has nothing but its project"));
    }
    let writable = asked.writable.iter().map(|path| writable(path, &places.guarded));
    let writable: Vec<_> = writable.collect::<Result<_>>()?;
    let named = asked.writable.iter().filter_map(|path| std::path::absolute(path).ok());
    let opened: Vec<_> = writable.iter().cloned().chain(named).collect();
    aside::clear(launch.context)?;
    let (read_only, absent) = read_only(launch, &folder, &opened)?;
    let absent = Absent::note(absent, launch.context)?;
    let reporter = &launch.context.reporter;
    for path in opened.iter().filter(|path| is_name(path)).collect::<BTreeSet<_>>() {
        let message =
            format!("the agent can write `{}`, which others run things by", path.display());
        reporter.note(message.into());
    }
    if io::stdin().is_terminal() && !io::stdout().is_terminal() {
        reporter.note(
            "an isolated agent reads no terminal that others print to: its input is empty".into(),
        );
    }
    let confinement = Confinement {
        folder,
        writable,
        read_only,
        private: places.private,
        covered: places.covered,
        shown: Vec::new(),
        ports: Vec::new(),
        unix_sockets: asked.unix_sockets,
    };
    Ok((confinement, absent))
}

/// The places of a machine and its user that a confinement is about, without links.
struct Places {
    guarded: Vec<Guarded>,
    private: Vec<PathBuf>,
    covered: Vec<PathBuf>,
}

impl Places {
    fn of(launch: Launch<'_>) -> Result<Self> {
        let context = launch.context;
        let (env, home) = (&context.env, context.home()?);
        let file = home.config_file();
        let config = file.parent().expect("the file of a home is in a folder");
        let state = StateFolder::of(env, &context.trust)?;
        let mut own = vec![
            ("xreq's configuration", config.to_owned()),
            ("xreq's store", home.data().to_owned()),
            ("xreq's state", state.path().to_owned()),
        ];
        for name in ["XREQ_IDENTITY_FILE", PASSPHRASE_FILE] {
            own.extend(env.get(name).map(|path| ("a key of xreq's store", PathBuf::from(path))));
        }
        if let Some(audit) = context.audit()? {
            own.push(("xreq's audit log", audit.file().to_owned()));
            own.push(("xreq's log of calls", audit.calls().file().to_owned()));
        }
        let brokering = launch.options.supervision.broker.as_ref();
        let limits = brokering.and_then(|brokering| brokering.limit_log.clone());
        own.extend(limits.map(|path| ("the log of limits", path)));
        let own: Vec<_> = own.into_iter().map(|(what, path)| (what, real(&path))).collect();
        let private = private(env);
        let mut covered: Vec<_> = own.iter().map(|(_, path)| path.clone()).collect();
        covered.extend(sockets::places(env).iter().map(|path| real(path)));
        // One in another one is not there any more.
        covered.sort();
        covered.dedup_by(|later, first| later.starts_with(&*first));
        let home = env.get("HOME").map(|path| Guarded::open("your home", real(Path::new(path))));
        let mut guarded: Vec<_> = home.into_iter().collect();
        guarded.extend(own.into_iter().map(|(what, path)| Guarded::closed(what, path)));
        guarded
            .extend(OF_THE_SYSTEM.map(|path| Guarded::closed("no folder of yours", path.into())));
        let temporary = private.iter().cloned();
        guarded.extend(temporary.map(|path| Guarded::open("a folder of temporary files", path)));
        let path = env.get("PATH").unwrap_or_default();
        let programs = env::split_paths(path).map(|folder| real(&folder));
        guarded.extend(programs.map(|path| Guarded::open("a folder of `PATH`", path)));
        Ok(Self { guarded, private, covered })
    }
}

/// Returns a path without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = absolute.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match known {
        Some((above, real)) => {
            let rest = absolute.strip_prefix(above).expect("it is above");
            if rest.as_os_str().is_empty() { real } else { real.join(rest) }
        }
        None => absolute,
    }
}

/// Returns the folders in whose place the agent has one of its own: those that are there.
fn private(env: &Env) -> Vec<PathBuf> {
    let runtime = env.get("XDG_RUNTIME_DIR").map(PathBuf::from);
    let of_user = PathBuf::from(format!("/run/user/{}", rustix::process::getuid().as_raw()));
    let folders = TEMPORARY.map(PathBuf::from).into_iter().chain(runtime).chain([of_user]);
    let mut folders: Vec<_> =
        folders.filter_map(|path| path.canonicalize().ok()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.dedup_by(|later, first| later.starts_with(&*first));
    folders
}

/// Returns a path that was asked to be writable, without links.
fn writable(path: &Path, guarded: &[Guarded]) -> Result<PathBuf> {
    let shown = path.display();
    let real = path.canonicalize().map_err(|error| {
        let message = format!("`{shown}` cannot be made writable");
        Error::of_system(Code::BadArgument, message, &error)
            .with_hint("make it first: only what is there can be written")
    })?;
    match objection(&real, guarded) {
        Some(objection) => {
            let message = format!("an isolated agent cannot write `{shown}`: {objection}");
            Err(Error::new(Code::IsolationFailed, message))
        }
        None => Ok(real),
    }
}

/// Returns whether a path has one of the names.
fn is_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known))
}

/// Returns what stays read-only in the folders that can be written, and what is not there that would.
fn read_only(
    launch: Launch<'_>,
    folder: &Path,
    writable: &[PathBuf],
) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let folders: Vec<_> = writable.iter().map(PathBuf::as_path).chain([folder]).collect();
    let mut names: Vec<PathBuf> =
        folders.iter().flat_map(|folder| NAMES.map(|name| folder.join(name))).collect();
    let files = launch.options.catalog.iter().map(|file| real(file));
    names.extend(files.chain(launch.declared.real_path()?));
    // Nothing that was named on the command line is read-only, nor lies in such a thing.
    names.retain(|name| {
        folders.iter().any(|folder| name.starts_with(folder))
            && !writable.iter().any(|path| path.starts_with(name))
    });
    names.sort();
    names.dedup();
    for name in &names {
        if name.is_symlink() {
            let message =
                format!("`{}` is a symbolic link, and cannot be kept as it is", name.display());
            let opening = Parameter::Writable.path(name);
            return Err(Error::new(Code::IsolationFailed, message).with_hint(advice![
                "put the thing itself there, or let the agent write it: ",
                Remedy::from(advice![opening])
            ]));
        }
    }
    Ok(names.into_iter().partition(|name| name.exists()))
}
