//! The namespaces of an agent, made by the process that will be the parent of their first one.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::os::fd::OwnedFd;

use nix::sched::{CloneFlags, unshare};
use nix::unistd;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use rustix::process::{DumpableBehavior, getgid, getuid, set_dumpable_behavior};

use super::failure::Failure;
use super::privileges;
use super::step::Step;

/// Makes the namespaces and listens in them, on both loopback addresses of each port. Nothing may have
/// been opened by this process but its standard streams, and it may have no other thread.
pub(in crate::launch) fn enter(ports: &[u16]) -> Result<Vec<OwnedFd>, Failure> {
    let failed = |step| move |error: io::Error| Failure::of(step, &error);
    close_inherited().map_err(failed(Step::Descriptors))?;
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    let all = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWPID;
    unshare(all).map_err(|errno| Failure::of(Step::Namespaces, &errno.into()))?;
    map(user, group).map_err(failed(Step::Identity))?;
    privileges::keep().map_err(failed(Step::Capabilities))?;
    set_loopback_up().map_err(failed(Step::Loopback))?;
    listeners(ports).map_err(failed(Step::Listeners))
}

/// Closes what this process was started with beside its standard streams: it may lead out.
fn close_inherited() -> io::Result<()> {
    let entries = fs::read_dir("/proc/self/fd")?;
    let numbers = entries.map(|entry| Ok(entry?.file_name().to_str().and_then(|n| n.parse().ok())));
    let numbers: Vec<Option<i32>> = numbers.collect::<io::Result<_>>()?;
    for number in numbers.into_iter().flatten().filter(|number| *number > 2) {
        // That of the list itself is closed already.
        let _ = unistd::close(number);
    }
    Ok(())
}

/// Maps the user and the group to themselves.
fn map(user: u32, group: u32) -> io::Result<()> {
    // The files belong to root while this process cannot be looked into. It holds nothing yet.
    set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    let written = fs::write("/proc/self/setgroups", "deny")
        .and_then(|()| fs::write("/proc/self/uid_map", format!("{user} {user} 1\n")))
        .and_then(|()| fs::write("/proc/self/gid_map", format!("{group} {group} 1\n")));
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    written
}

/// Sets up `lo`, the first interface of a network namespace, by `RTM_NEWLINK` (`rtnetlink(7)`).
fn set_loopback_up() -> io::Result<()> {
    const LENGTH: u32 = 32;
    const NEW_LINK: u16 = 16;
    const REQUEST_AND_ANSWER: u16 = 1 | 4;
    const UP: u32 = 1;
    let loopback = 1_i32;
    let mut message = Vec::new();
    // The header: length, type, flags, number, sender.
    message.extend(LENGTH.to_ne_bytes());
    message.extend(NEW_LINK.to_ne_bytes());
    message.extend(REQUEST_AND_ANSWER.to_ne_bytes());
    message.extend([0; 8]);
    // The interface: family and type (any), number, flags, and which of them are meant.
    message.extend([0; 4]);
    message.extend(loopback.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        // The family of interfaces.
        None,
    )?;
    send(&socket, &message, SendFlags::empty())?;
    let mut answer = [0; 256];
    let (length, _) = recv(&socket, &mut answer[..], RecvFlags::empty())?;
    // A header again, and then the number of an error, negative, or 0.
    let errno = answer.get(16..length).and_then(|rest| rest.first_chunk());
    match errno.map(|bytes| i32::from_ne_bytes(*bytes)) {
        Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(-errno)),
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// Listens. A machine without IPv6 has no `::1`.
fn listeners(ports: &[u16]) -> io::Result<Vec<OwnedFd>> {
    let mut listeners = Vec::new();
    for port in ports {
        listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, *port))?.into());
        match TcpListener::bind((Ipv6Addr::LOCALHOST, *port)) {
            Ok(listener) => listeners.push(listener.into()),
            Err(error) if is_without_ipv6(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(listeners)
}

fn is_without_ipv6(error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}
