//! Messages about a process, by a descriptor of it: where it has another number for whoever reads, in
//! another PID namespace, the descriptor says which.

use std::io;
use std::os::unix::net::UnixDatagram;

use rustix::process::Pid;

/// Sends a message about a process.
#[cfg(target_os = "linux")]
pub(super) fn send(link: &UnixDatagram, bytes: &[u8], process: Pid) -> io::Result<()> {
    use std::io::IoSlice;
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;

    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use rustix::process::{PidfdFlags, pidfd_open};

    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    // A kernel that has no such descriptors has told the number by then.
    let descriptor = pidfd_open(process, PidfdFlags::empty()).ok();
    let files: Vec<_> = descriptor.iter().map(AsFd::as_fd).collect();
    if !files.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&files));
    }
    sendmsg(link, &[IoSlice::new(bytes)], &mut control, SendFlags::empty())?;
    Ok(())
}

/// Receives a message, and the number here of the process that it is about, if a descriptor came along.
#[cfg(target_os = "linux")]
pub(super) fn receive(link: &UnixDatagram, bytes: &mut [u8]) -> io::Result<Option<i32>> {
    use std::io::IoSliceMut;
    use std::mem::MaybeUninit;

    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    recvmsg(link, &mut [IoSliceMut::new(bytes)], &mut control, flags)?;
    let number = control.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut files) => files.next().and_then(|file| number(&file)),
        _ => None,
    });
    Ok(number)
}

/// Returns the number here of the process that a descriptor stands for.
#[cfg(target_os = "linux")]
fn number(descriptor: &impl std::os::fd::AsRawFd) -> Option<i32> {
    let path = format!("/proc/self/fdinfo/{}", descriptor.as_raw_fd());
    let about = std::fs::read_to_string(path).ok()?;
    let number = about.lines().find_map(|line| line.strip_prefix("Pid:"))?.trim().parse().ok()?;
    (number > 0).then_some(number)
}

/// Sends a message about a process.
#[cfg(not(target_os = "linux"))]
pub(super) fn send(link: &UnixDatagram, bytes: &[u8], _: Pid) -> io::Result<()> {
    link.send(bytes).map(|_| ())
}

/// Receives a message; no descriptor comes along.
#[cfg(not(target_os = "linux"))]
pub(super) fn receive(link: &UnixDatagram, bytes: &mut [u8]) -> io::Result<Option<i32>> {
    link.recv(bytes).map(|_| None)
}
