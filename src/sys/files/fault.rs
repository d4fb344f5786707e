//! Faults of files and folders, in words, each with the way out.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::geteuid;

use super::groups;
use crate::error::{Advice, Code, Error, Parameter, advice};
use crate::text::shell;

/// A fault that the system has no error number for, or says too little of. It travels in an
/// [`io::Error`], to which the caller adds what the file was to be used for.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// A link whose target is not there.
    Dangling { link: PathBuf, target: PathBuf },
    /// A link that leads back to itself.
    Circle { link: PathBuf },
    /// A file where a folder should be.
    NoFolder { path: PathBuf },
    /// A folder, or the target of a link, that may not be entered.
    Shut { path: PathBuf },
    /// A link where the thing itself has to be.
    Link { target: PathBuf },
    /// A pipe, a device, a socket or a folder.
    Irregular { path: PathBuf, kind: &'static str },
    /// A file with other names, which is about to be written.
    Shared { path: PathBuf, names: u64 },
    /// The property of another user.
    Foreign { path: PathBuf, owner: u32 },
    /// A file or a folder that others can change.
    Open { path: PathBuf, mode: u32, owner: u32, by_others: bool, keeps_modes: bool },
    /// A file system that cannot lock files.
    Lockless,
    /// A file system that does not keep the mode of a file.
    Modeless,
    /// An identity that others can read.
    Exposed { path: PathBuf, mode: u32, keeps_modes: bool },
}

/// The place of a file, which says what can be pointed elsewhere where it is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// In the home or the store.
    Home,
    /// In the state folder.
    State,
    /// A place that somebody named.
    Named,
}

impl Site {
    /// Returns the way out by a folder elsewhere, with more about it; `None` where a file was
    /// named.
    fn elsewhere(self, more: &str) -> Option<String> {
        let variable = match self {
            Self::Home => "XREQ_HOME",
            Self::State => "XDG_STATE_HOME",
            Self::Named => return None,
        };
        Some(format!("point `{variable}` to {more}"))
    }
}

impl Fault {
    /// Returns the code, where it is the same whatever the file is used for.
    fn code(&self) -> Option<Code> {
        match self {
            Self::Foreign { .. } | Self::Open { .. } => Some(Code::HomeUntrusted),
            Self::Exposed { .. } => Some(Code::IdentityExposed),
            _ => None,
        }
    }

    /// Returns the way out, with the exact command where there is one.
    fn hint(&self, site: Site) -> Option<Advice> {
        const LOCAL: &str = "a folder on another file system, such as a local disk (NFS locks with \
                             its lock service, or mounted with `local_lock=flock`)";
        const KEEPING: &str = "a folder on another file system (vfat, CIFS and the drives of Windows \
                               keep no modes)";
        let words = match self {
            Self::Dangling { link, target } => format!(
                "bring `{}` back; or, where it is gone for good, run `rm {}`",
                target.display(),
                shell::path(link)
            ),
            Self::Circle { link } => {
                format!("see `ls -l {}`, and mend the link", shell::path(link))
            }
            Self::NoFolder { path } => {
                let elsewhere = site.elsewhere("another folder")?;
                format!("move `{}` away, or {elsewhere}", path.display())
            }
            Self::Shut { path } => {
                format!(
                    "let yourself in: see `ls -ld {}`, and run xreq as its owner",
                    shell::path(path)
                )
            }
            Self::Link { .. } | Self::Irregular { .. } => return None,
            Self::Lockless => format!("nothing was changed; {}", site.elsewhere(LOCAL)?),
            Self::Modeless => format!("nothing was changed; {}", site.elsewhere(KEEPING)?),
            Self::Shared { path, .. } => {
                let word = shell::path(path);
                format!(
                    "make it a file of its own: `cp -p {word} {word}.new && mv {word}.new {word}`"
                )
            }
            Self::Foreign { path, owner } => return Some(foreign_hint(path, *owner, site)),
            Self::Open { keeps_modes: false, .. } | Self::Exposed { keeps_modes: false, .. } => {
                let elsewhere = site.elsewhere("a folder on another one")?;
                format!("its file system keeps no modes, so that no `chmod` helps: {elsewhere}")
            }
            Self::Open { path, owner, by_others, .. } => {
                let bits = if *by_others { "go-w" } else { "g-w" };
                let sudo = if *owner == geteuid().as_raw() { "" } else { "sudo " };
                format!("see who changed it, then run `{sudo}chmod {bits} {}`", shell::path(path))
            }
            Self::Exposed { path, .. } => format!(
                "run `chmod 600 {}`; if somebody may have read it, make a new one and import anew",
                shell::path(path)
            ),
        };
        Some(words.into())
    }
}

/// Returns the way out of a file that is another user's. Root has the whole of another user's home
/// before it, and would leave files there that this user cannot read.
fn foreign_hint(path: &Path, owner: u32, site: Site) -> Advice {
    let with_trust = |words: String| {
        advice![
            words,
            "; in a container, ",
            Parameter::TrustOwner.value(owner.to_string()),
            " says that this owner is yours"
        ]
    };
    let is_strangers_home =
        path.is_dir() || path.parent().is_some_and(|folder| is_of(folder, owner));
    if geteuid().is_root()
        && is_strangers_home
        && let Some(elsewhere) = site.elsewhere("a folder of root's")
    {
        let user = groups::user_name(owner).unwrap_or_else(|| format!("#{owner}"));
        let same =
            if site == Site::Home { " (with the same `XREQ_HOME`, if it is set)" } else { "" };
        return with_trust(format!(
            "run `sudo -u {} xreq …`{same}, or {elsewhere}",
            shell::word(&user)
        ));
    }
    let sudo = if geteuid().is_root() { "" } else { "sudo " };
    let user = geteuid().as_raw();
    with_trust(format!(
        "see who put it there, then run `{sudo}chown -h {user} {}`",
        shell::path(path)
    ))
}

fn is_of(folder: &Path, owner: u32) -> bool {
    fs::metadata(folder).is_ok_and(|found| found.uid() == owner)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dangling { link, target } => write!(
                f,
                "`{}` is a link to `{}`, which is not there",
                link.display(),
                target.display()
            ),
            Self::Circle { link } => write!(f, "the link `{}` leads in a circle", link.display()),
            Self::NoFolder { path } => write!(f, "`{}` is no folder", path.display()),
            Self::Shut { path } => write!(f, "`{}` may not be entered", path.display()),
            Self::Link { target } => {
                write!(f, "it is a symbolic link to `{}`", target.display())
            }
            Self::Irregular { path, kind } => {
                write!(f, "`{}` is no regular file, but a {kind}", path.display())
            }
            Self::Shared { path, names } => write!(
                f,
                "`{}` has {names} names (hard links), and another file would be written with it",
                path.display()
            ),
            Self::Foreign { path, owner } => {
                let name = groups::user_name(*owner);
                let name = name.map_or_else(String::new, |name| format!(" ({name})"));
                write!(f, "`{}` belongs to the user {owner}{name}", path.display())
            }
            Self::Open { path, mode, by_others, .. } => {
                let who = if *by_others { "others" } else { "its group" };
                write!(f, "`{}` can be changed by {who} (mode {mode:04o})", path.display())
            }
            Self::Lockless => f.write_str("its file system cannot lock files"),
            Self::Modeless => f.write_str("its file system does not keep the mode of a file"),
            Self::Exposed { path, mode, .. } => write!(
                f,
                "the identity `{}` has mode {mode:04o}, so that others can read or change it",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        let kind = match &fault {
            Fault::NoFolder { .. } => ErrorKind::NotADirectory,
            Fault::Shut { .. } => ErrorKind::PermissionDenied,
            _ => ErrorKind::Other,
        };
        Self::new(kind, fault)
    }
}

/// Returns the error of a lock that could not be taken, with what it says of the file system.
pub(crate) fn unlocked(error: io::Error) -> io::Error {
    match Errno::from_io_error(&error) {
        Some(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL) => {
            Fault::Lockless.into()
        }
        _ => error,
    }
}

/// Returns the failure that an error of a file is for whoever wanted something of it: `message` with
/// the error's words behind it, and `hint` where the error itself knows no way out.
pub(crate) fn failure(
    code: Code,
    message: &str,
    error: &io::Error,
    hint: impl Into<Advice>,
) -> Error {
    failure_in(Site::Home, code, message, error, hint)
}

/// Does the same for a file of another place. The codes of the home are the home's alone.
pub(crate) fn failure_in(
    site: Site,
    code: Code,
    message: &str,
    error: &io::Error,
    hint: impl Into<Advice>,
) -> Error {
    let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
    if let Some(fault) = fault {
        let (code, text) = match fault.code().filter(|_| site == Site::Home) {
            Some(own) => (own, fault.to_string()),
            None => (code, format!("{message}: {fault}")),
        };
        let hint = fault.hint(site).unwrap_or_else(|| hint.into());
        return Error::new(code, text).with_exact_hint(hint).with_source(fault.clone());
    }
    let hint = system_hint(error).map_or_else(|| hint.into(), Advice::from);
    Error::of_system(code, message, error).with_hint(hint)
}

/// Returns the way out of what a file system or a limit of the process refuses.
fn system_hint(error: &io::Error) -> Option<&'static str> {
    let errno = Errno::from_io_error(error)?;
    Some(match errno {
        Errno::NOSPC | Errno::DQUOT => "nothing was lost; free some space and try again",
        Errno::FBIG => "nothing was lost; raise the limit for files (`ulimit -f`), and try again",
        Errno::MFILE | Errno::NFILE => {
            "nothing was lost; raise the limit for open files (`ulimit -n`), or end other \
             processes, and try again"
        }
        _ => return None,
    })
}
