//! Open files that one process passes to another one, each time with a byte.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// The most files that are passed at once.
const MOST: usize = 8;

/// Passes files.
pub(crate) fn pass(link: &UnixStream, byte: u8, files: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    sendmsg(link, &[IoSlice::new(&[byte])], &mut control, SendFlags::empty())?;
    Ok(())
}

/// Waits for the next byte, and the files that come with it; no byte is the end.
pub(crate) fn take(link: &UnixStream) -> io::Result<(Option<u8>, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let received = recvmsg(link, &mut [IoSliceMut::new(&mut byte)], &mut control, flags())?;
    let mut files = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            files.extend(passed);
        }
    }
    for file in &files {
        // Where it could not be asked for at once.
        fcntl_setfd(file, FdFlags::CLOEXEC)?;
    }
    Ok(((received.bytes > 0).then_some(byte[0]), files))
}

fn flags() -> RecvFlags {
    #[cfg(target_os = "linux")]
    let flags = RecvFlags::CMSG_CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = RecvFlags::empty();
    flags
}
