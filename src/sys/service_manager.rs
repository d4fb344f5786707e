//! A service's notifications to the manager that started it, as `sd_notify(3)` describes them: datagrams
//! of `NAME=value` to the socket that `NOTIFY_SOCKET` names. Without a listener, nothing is sent.

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use crate::sys::env::Env;

/// The way to the manager of the service.
#[derive(Debug)]
pub(crate) struct Manager {
    way: Option<(UnixDatagram, SocketAddr)>,
    watchdog: Option<Duration>,
    status: String,
}

impl Manager {
    /// Returns the manager that the environment names.
    pub(crate) fn of(env: &Env) -> Self {
        let address = env.get("NOTIFY_SOCKET").and_then(address);
        let way = address.and_then(|address| Some((socket()?, address)));
        let watchdog = way.as_ref().and_then(|_| watchdog(env, std::process::id()));
        Self { way, watchdog, status: String::new() }
    }

    /// Returns whether there is one.
    pub(crate) fn listens(&self) -> bool {
        self.way.is_some()
    }

    /// Returns how often it wants to hear that the service lives, if it does: half of the time after
    /// which it takes it for dead.
    pub(crate) fn hears_every(&self) -> Option<Duration> {
        self.watchdog.map(|limit| limit / 2)
    }

    /// Reports that the service is up, with these words for `systemctl status`.
    pub(crate) fn ready(&mut self, status: &str) {
        status.clone_into(&mut self.status);
        self.tell(&format!("READY=1\nSTATUS={status}"));
    }

    /// Reports that the service reads its configuration again; [`ready`](Self::ready) ends it.
    pub(crate) fn reloading(&self) {
        self.tell("RELOADING=1");
    }

    /// Updates the words for `systemctl status`, if they are new.
    pub(crate) fn status(&mut self, status: &str) {
        if self.status != status {
            status.clone_into(&mut self.status);
            self.tell(&format!("STATUS={status}"));
        }
    }

    /// Reports that the service lives.
    pub(crate) fn alive(&self) {
        if self.watchdog.is_some() {
            self.tell("WATCHDOG=1");
        }
    }

    /// Reports that the service is about to end.
    pub(crate) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Sends a message. A manager that is not there, or too busy, is no reason to fail or to wait.
    fn tell(&self, message: &str) {
        if let Some((socket, address)) = &self.way {
            let _ = socket.send_to_addr(message.as_bytes(), address);
        }
    }
}

fn socket() -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.set_nonblocking(true).ok()?;
    Some(socket)
}

/// Parses a path, or after an `@` a name of the abstract namespace.
fn address(named: &OsStr) -> Option<SocketAddr> {
    match named.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name).ok(),
        [b'/', ..] => SocketAddr::from_pathname(named).ok(),
        _ => None,
    }
}

/// Returns how long the service may be silent, if the limit is meant for this process.
fn watchdog(env: &Env, process: u32) -> Option<Duration> {
    let number = |name| env.get(name).and_then(OsStr::to_str)?.parse::<u64>().ok();
    let meant = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(process));
    number("WATCHDOG_USEC").filter(|limit| meant && *limit > 0).map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> Env {
        vars.iter().copied().collect()
    }

    #[test]
    fn a_watchdog_is_for_the_process_that_it_names() {
        let limit = Some(Duration::from_secs(30));
        let usec = ("WATCHDOG_USEC", "30000000");
        assert_eq!(watchdog(&env(&[usec]), 7), limit);
        assert_eq!(watchdog(&env(&[usec, ("WATCHDOG_PID", "7")]), 7), limit);
        assert_eq!(watchdog(&env(&[usec, ("WATCHDOG_PID", "8")]), 7), None);
        assert_eq!(watchdog(&env(&[("WATCHDOG_USEC", "0")]), 7), None);
        assert_eq!(watchdog(&env(&[("WATCHDOG_USEC", "soon")]), 7), None);
    }

    #[test]
    fn an_address_is_a_path_or_abstract() {
        let address = |text: &str| address(OsStr::new(text));
        let path = address("/run/systemd/notify").expect("a path");
        assert_eq!(path.as_pathname(), Some("/run/systemd/notify".as_ref()));
        let name = address("@org/xreq").expect("a name");
        assert_eq!(name.as_abstract_name(), Some(&b"org/xreq"[..]));
        for other in ["", "run/notify", "vsock:2:1234"] {
            assert!(address(other).is_none(), "{other}");
        }
    }

    #[test]
    fn nobody_is_told_where_nobody_listens() {
        let mut manager = Manager::of(&env(&[("WATCHDOG_USEC", "30000000")]));
        assert_eq!(manager.hears_every(), None);
        manager.ready("two grants");
        manager.stopping();
    }
}
