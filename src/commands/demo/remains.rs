//! The processes and the folder of a demo, of which nothing remains however it ends: what one leaves that
//! was killed, the next one removes.

use std::env::temp_dir;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, geteuid, kill_process_group, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::{emulate_default_handler, pipe};

use crate::sys::signals::ignored;

/// The begin of the name of each demo's folder.
const PREFIX: &str = "xreq-demo-";

/// The processes and the folder, until this is dropped or a signal ends the demo.
pub(super) struct Remains(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    /// The folder, locked for as long as the demo lives.
    _lock: File,
    /// The leaders of the process groups that live.
    groups: Mutex<Vec<Pid>>,
}

impl Remains {
    /// Makes a new folder, which also a signal removes.
    pub(super) fn new() -> io::Result<Self> {
        remove_leftovers();
        let (folder, lock) = loop {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
            let lock = opened(folder.path())?;
            lock.lock()?;
            // Another demo may have taken it for a leftover until now.
            if folder.path().exists() {
                break (folder.keep(), lock);
            }
        };
        let remains = Self(Arc::new(Inner { folder, _lock: lock, groups: Mutex::default() }));
        remains.end_with_signals()?;
        Ok(remains)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Starts a program as the leader of a process group.
    pub(super) fn start(&self, command: &mut Command) -> io::Result<Child> {
        let mut groups = self.0.groups();
        let child = command.process_group(0).spawn()?;
        groups.extend(Pid::from_raw(child.id().cast_signed()));
        Ok(child)
    }

    /// Waits for the end of a program. Its number is another's only once nobody would kill it.
    pub(super) fn wait(&self, child: &mut Child) -> io::Result<ExitStatus> {
        let pid = Pid::from_raw(child.id().cast_signed()).expect("a child has a number");
        waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        let mut groups = self.0.groups();
        groups.retain(|group| *group != pid);
        child.wait()
    }

    /// Clears up when a signal comes that is not ignored, and then does what it always does.
    fn end_with_signals(&self) -> io::Result<()> {
        let (mut wakes, wake) = UnixStream::pair()?;
        let ignored = ignored();
        let mut came = Vec::new();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if ignored & (1 << (signal - 1)) == 0 {
                let noted = Arc::new(AtomicBool::new(false));
                flag::register(signal, Arc::clone(&noted))?;
                pipe::register(signal, wake.try_clone()?)?;
                came.push((signal, noted));
            }
        }
        let inner = Arc::clone(&self.0);
        let listening = move || {
            while wakes.read_exact(&mut [0]).is_ok() {
                if let Some((signal, _)) = came.iter().find(|(_, it)| it.load(Ordering::SeqCst)) {
                    // Nothing is started any more.
                    let _groups = inner.clear();
                    let _ = emulate_default_handler(*signal);
                }
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(listening).map(drop)
    }
}

/// Removes the folders of demos that were killed. What cannot be removed stays.
fn remove_leftovers() {
    let Ok(entries) = temp_dir().read_dir() else { return };
    for entry in entries.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && let Ok(folder) = opened(&entry.path())
            && folder.metadata().is_ok_and(|found| found.uid() == geteuid().as_raw())
            && folder.try_lock().is_ok()
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Opens a folder, and no link to one.
fn opened(folder: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(open(folder, flags, Mode::empty())?.into())
}

impl Drop for Remains {
    fn drop(&mut self) {
        drop(self.0.clear());
    }
}

impl Inner {
    fn groups(&self) -> MutexGuard<'_, Vec<Pid>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills the processes and removes the folder, as long as there is one: a process that is about
    /// to end may still write into it.
    fn clear(&self) -> MutexGuard<'_, Vec<Pid>> {
        let mut groups = self.groups();
        for group in groups.drain(..) {
            let _ = kill_process_group(group, Signal::KILL);
            let _ = waitid(WaitId::Pid(group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        }
        for _ in 0..10 {
            let removed = std::fs::remove_dir_all(&self.folder);
            if removed.is_ok_and(|()| !self.folder.exists()) {
                break;
            }
        }
        groups
    }
}
