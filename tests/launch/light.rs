//! A launch with a fresh grant pays for nothing that it does not use. `.ci/launch` holds the memory that it
//! touches against a bound.

use super::covered;
use crate::support::trace::{calls, can_trace};

const THREADS_PROCESSES_SOCKETS: &str = "?clone,?clone3,?fork,?vfork,socket,epoll_create1,eventfd2";

#[test]
fn a_launch_starts_no_thread_no_process_and_no_runtime() {
    if !can_trace() {
        return;
    }
    let home = covered();
    let made = |args: &[&str]| calls(&home, args, THREADS_PROCESSES_SOCKETS);
    assert_eq!(made(&["run", "--", "/bin/true"]), "");
    let supervised = made(&["run", "--keep-fresh", "--", "/bin/true"]);
    assert!(supervised.contains("clone"), "a process would have been seen: {supervised}");
}
