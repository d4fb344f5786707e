//! The identity of an agent below xreq: variables in which a service manager says which process they
//! are for.
//!
//! A program takes the sockets that it was handed, or pings a watchdog, only if such a variable is its
//! own process id. xreq that becomes the agent leaves it the id that they name; below xreq that stays,
//! the agent has another one, and they have to name that.

use std::ffi::OsStr;

use rustix::process::Pid;

/// The variables that hold a process id: `sd_listen_fds(3)`, `sd_watchdog_enabled(3)`,
/// `systemd.exec(5)`.
const IDS: [&str; 4] = ["LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID", "MAINPID"];

/// The variable that holds the number of a process's pidfd, which is never used twice.
const PIDFD_ID: &str = "LISTEN_PIDFDID";

/// A process that takes the place of another one in the environment of an agent.
pub(super) struct Identity {
    old: Names,
    new: Names,
}

/// The names of a process in variables.
struct Names {
    id: String,
    /// Absent if the kernel has no such numbers.
    pidfd_id: Option<String>,
}

impl Identity {
    /// Creates the identity of a process that is started in the place of another one.
    pub(super) fn new(old: Pid, new: Pid) -> Self {
        Self { old: Names::of(old), new: Names::of(new) }
    }

    /// Returns an environment in which each name of the old process is replaced by that of the new one.
    /// A variable that cannot is left out.
    pub(super) fn put_into<'a>(
        &'a self,
        variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)> + Clone,
    ) -> impl Iterator<Item = (&'a OsStr, &'a OsStr)> + Clone {
        let Self { old, new } = self;
        variables.filter_map(|(name, value)| {
            let is_id = value == OsStr::new(&old.id) && IDS.iter().any(|known| name == *known);
            let is_pidfd_id = || {
                name == PIDFD_ID
                    && old.pidfd_id.as_ref().is_some_and(|old| value == OsStr::new(old))
            };
            let value = if is_id {
                OsStr::new(&new.id)
            } else if is_pidfd_id() {
                OsStr::new(new.pidfd_id.as_ref()?)
            } else {
                value
            };
            Some((name, value))
        })
    }
}

impl Names {
    fn of(process: Pid) -> Self {
        Self { id: process.as_raw_nonzero().to_string(), pidfd_id: pidfd_id(process) }
    }
}

#[cfg(target_os = "linux")]
fn pidfd_id(process: Pid) -> Option<String> {
    use rustix::fs::fstat;
    use rustix::process::{PidfdFlags, pidfd_open};

    let pidfd = pidfd_open(process, PidfdFlags::empty()).ok()?;
    fstat(pidfd).ok().map(|stat| stat.st_ino.to_string())
}

#[cfg(not(target_os = "linux"))]
fn pidfd_id(_: Pid) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(id: &str, pidfd_id: Option<&str>) -> Names {
        Names { id: id.to_owned(), pidfd_id: pidfd_id.map(str::to_owned) }
    }

    fn told(identity: &Identity, variables: &[(&str, &str)]) -> Vec<(String, String)> {
        let text = |text: &OsStr| text.to_str().expect("it is text").to_owned();
        let all = variables.iter().map(|(name, value)| (OsStr::new(name), OsStr::new(value)));
        identity.put_into(all).map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn what_names_the_old_process_names_the_new_one() {
        let identity = Identity { old: names("12", Some("345")), new: names("67", Some("890")) };
        for (name, value, expected) in [
            ("LISTEN_PID", "12", "67"),
            ("WATCHDOG_PID", "12", "67"),
            ("SYSTEMD_EXEC_PID", "12", "67"),
            ("LISTEN_PIDFDID", "345", "890"),
            ("LISTEN_PID", "13", "13"),
            ("LISTEN_PID", "012", "012"),
            ("LISTEN_PIDFDID", "12", "12"),
            ("MANAGERPID", "12", "12"),
            ("PORT", "12", "12"),
        ] {
            let told = told(&identity, &[(name, value)]);
            assert_eq!(told, [(name.to_owned(), expected.to_owned())]);
        }
    }

    #[test]
    fn without_a_number_of_the_new_process_there_is_no_variable() {
        let identity = Identity { old: names("12", Some("345")), new: names("67", None) };
        assert_eq!(told(&identity, &[("LISTEN_PIDFDID", "345")]), []);
    }
}
