//! The monitor: the leader of a session that is the agent's.
//!
//! If the agent's terminal is one of its own, it is the controlling terminal of another session than
//! xreq's, and that needs a leader. The agent cannot be it: nobody could stop it with Ctrl-Z then, as a
//! process group that has no parent in its session cannot be stopped. So the monitor is the agent's
//! parent. It makes the agent's process group the one in the foreground, tells xreq when the agent is
//! stopped, sends it the signals that xreq passes on, and ends as the agent does.

use std::ffi::{CStr, OsString};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixStream};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{getppid, ioctl_tiocsctty, setsid};
use rustix::termios::{isatty, tcsetpgrp};

use super::children::{self, Change};
use super::ending::End;
use super::identity::Identity;
#[cfg(target_os = "linux")]
use super::keeper;
use super::link::{Link, Message};
use super::parent;
use super::signals::{Mask, Signals};
use super::stage::{self, Place, Staged, Start, Tie, Told};
use crate::error::Exit;

/// The name of its process, lest who kills by name takes it for xreq.
const NAME: &CStr = c"session-monitor";

/// Runs the monitor, until the agent has ended.
pub(super) fn run(arguments: &[OsString]) -> Exit {
    let Some((mask, command)) = stage::begin(arguments) else { return Exit::NotLaunched };
    parent::take_name(NAME);
    lead(command, mask).unwrap_or(Exit::NotLaunched)
}

/// Runs the monitor of an agent that is confined, as the first process of its PID namespace.
#[cfg(target_os = "linux")]
pub(super) fn run_confined(arguments: &[OsString]) -> Exit {
    let Some((mask, command)) = stage::begin(arguments) else { return Exit::NotLaunched };
    parent::take_name(NAME);
    keeper::confine().and_then(|()| lead(command, mask)).unwrap_or(Exit::NotLaunched)
}

fn lead(command: &[OsString], mask: Mask) -> io::Result<Exit> {
    let mut told = Told::receive()?;
    let terminal = told.file()?;
    let link = Link::new(UnixDatagram::from(told.file()?))?;
    let is_terminal = isatty(&terminal);
    setsid()?;
    if is_terminal {
        ioctl_tiocsctty(&terminal)?;
    }
    let signals = Signals::block()?;
    let start = Start { command, tie: Tie::Parent, mask, place: Place::Group, outputs: None };
    let agent = Staged::start(start).map_err(io::Error::other)?;
    link.send_program(agent.process())?;
    if is_terminal {
        tcsetpgrp(&terminal, agent.process())?;
    }
    let variables = told.variables()?.into_iter();
    match getppid() {
        Some(xreq) => {
            let identity = Identity::new(xreq, agent.process());
            agent.go(terminal.as_fd(), identity.put_into(variables));
        }
        // Nobody in its PID namespace is before the first process, and no name is for the agent.
        None => agent.go(terminal.as_fd(), variables),
    }
    watch(agent, &link, &signals, told.into_link())
}

/// Passes on what there is until the agent has ended.
fn watch(agent: Staged, link: &Link, signals: &Signals, mut told: UnixStream) -> io::Result<Exit> {
    let mut continued = 0_u32;
    loop {
        // Nobody but children has anything to tell the monitor.
        while signals.next().is_some() {}
        while let Some((child, change)) = children::next() {
            match change {
                Change::Ended(end) if child == agent.process() => {
                    let words = agent.last_words();
                    told.write_all(words.as_bytes())?;
                    if let (true, End::Signalled(number)) = (words.is_empty(), end) {
                        told.write_all(stage::signalled(number).as_bytes())?;
                    }
                    return Ok(end.pass_on());
                }
                Change::Stopped(signal) if child == agent.process() => {
                    link.send(Message::Stopped(signal, continued));
                }
                _ => {}
            }
        }
        link.flush();
        while let Some(message) = link.receive() {
            if message.continues() {
                continued = continued.wrapping_add(1);
            }
            match message {
                Message::Signal(number) => agent.signal(number),
                Message::Group(number) => agent.signal_group(number),
                Message::Program(_) | Message::Stopped(..) => {}
            }
        }
        let mut sources = [PollFd::new(signals, PollFlags::IN), PollFd::new(link, link.interest())];
        // What interrupts it is looked at like everything else.
        let _ = poll(&mut sources, None);
    }
}
