//! The system calls that a confined agent is refused.
//!
//! Most of what leads out is closed by namespaces and by the lack of capabilities. A filter closes the
//! rest: sockets that know no network namespace (a path in the file system, a virtual machine's host),
//! the queue that makes calls in a process's place, keys that are the user's and not the namespace's, and
//! keys typed into a terminal by a program. It is built here instruction by instruction
//! (`seccomp(2)`), because several errors and x86's second table of calls are beyond what the crate that
//! installs it can say.

use std::io;

use nix::libc;
use seccompiler::sock_filter;

/// The answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Allow,
    Refuse(i32),
    /// The process ends: what it does cannot be told.
    Kill,
}

/// The decision on one call.
enum Decision {
    Always(Answer),
    /// By the lower half of an argument, after a mask: the kernel reads no more of these.
    By {
        argument: u32,
        mask: u32,
        cases: Vec<(u32, Self)>,
        otherwise: Answer,
    },
}

use Answer::{Allow, Kill, Refuse};

const ALL_BITS: u32 = u32::MAX;

/// The bits of the second argument of `socket(2)` that are a type.
const SOCKET_TYPE: u32 = 0xf;

/// The bit by which x86-64 tells calls with pointers of 32 bits.
const SHORT_POINTERS: u32 = 0x4000_0000;

/// The kernel's number of this processor (`linux/audit.h`).
const PROCESSOR: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xc000_003e)
} else if cfg!(target_arch = "aarch64") {
    Some(0xc000_00b7)
} else if cfg!(target_arch = "riscv64") {
    Some(0xc000_00f3)
} else {
    None
};

/// Returns the program of the filter.
///
/// # Errors
///
/// `Unsupported`: the numbers of this processor are not known.
pub(super) fn filter(unix_sockets: bool) -> io::Result<Vec<sock_filter>> {
    let processor = PROCESSOR.ok_or(io::ErrorKind::Unsupported)?;
    Ok(assembled(processor, &rules(unix_sockets)))
}

/// Returns the calls that are decided on; all others are allowed.
fn rules(unix_sockets: bool) -> Vec<(i64, Decision)> {
    let refused = |errno| move |call| (call, Decision::Always(Refuse(errno)));
    let mut rules = vec![
        (libc::SYS_socket, sockets(unix_sockets)),
        (libc::SYS_socketpair, pairs(unix_sockets)),
        (libc::SYS_ioctl, terminals()),
    ];
    let queues = [libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];
    rules.extend(queues.map(refused(libc::ENOSYS)));
    let keys = [libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl];
    rules.extend(keys.map(refused(libc::EPERM)));
    // Parts of the kernel that no agent needs, and by which it was broken before.
    let kernel = [
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_open_by_handle_at,
    ];
    rules.extend(kernel.map(refused(libc::EPERM)));
    rules
}

/// Returns the decision on `socket`: the Internet's, and questions about interfaces.
fn sockets(unix_sockets: bool) -> Decision {
    let unix = if unix_sockets { Allow } else { Refuse(libc::EPERM) };
    let interfaces = Decision::By {
        argument: 2,
        mask: ALL_BITS,
        cases: vec![(bits(libc::NETLINK_ROUTE), Decision::Always(Allow))],
        otherwise: Refuse(libc::EPROTONOSUPPORT),
    };
    Decision::By {
        argument: 0,
        mask: ALL_BITS,
        cases: vec![
            (bits(libc::AF_INET), Decision::Always(Allow)),
            (bits(libc::AF_INET6), Decision::Always(Allow)),
            (bits(libc::AF_NETLINK), interfaces),
            (bits(libc::AF_UNIX), Decision::Always(unix)),
        ],
        otherwise: Refuse(libc::EAFNOSUPPORT),
    }
}

/// Returns the decision on `socketpair`: one of datagrams can be connected to another address later.
fn pairs(unix_sockets: bool) -> Decision {
    let datagrams = if unix_sockets { Allow } else { Refuse(libc::EPERM) };
    let raw_is_datagrams = [libc::SOCK_DGRAM, libc::SOCK_RAW];
    let cases = raw_is_datagrams.map(|kind| (bits(kind), Decision::Always(datagrams)));
    let kinds =
        Decision::By { argument: 1, mask: SOCKET_TYPE, cases: cases.into(), otherwise: Allow };
    Decision::By {
        argument: 0,
        mask: ALL_BITS,
        cases: vec![(bits(libc::AF_UNIX), kinds)],
        otherwise: Refuse(libc::EAFNOSUPPORT),
    }
}

/// Returns the decision on `ioctl`: no typing into a terminal, and no pasting.
fn terminals() -> Decision {
    const PASTE: u32 = 0x541c;
    let typing = u32::try_from(libc::TIOCSTI).expect("it has 16 bits");
    let refused = |request| (request, Decision::Always(Refuse(libc::EPERM)));
    Decision::By {
        argument: 1,
        mask: ALL_BITS,
        cases: vec![refused(typing), refused(PASTE)],
        otherwise: Allow,
    }
}

fn bits(number: i32) -> u32 {
    number.cast_unsigned()
}

/// The parts of `struct seccomp_data` by their offset.
const CALL: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// Returns the instructions. Each decision ends the program.
fn assembled(processor: u32, rules: &[(i64, Decision)]) -> Vec<sock_filter> {
    let mut program = load(ARCHITECTURE);
    program.extend(case(libc::BPF_JEQ, processor, vec![], answer(Kill)));
    program.extend(load(CALL));
    program.extend(case(libc::BPF_JGE, SHORT_POINTERS, answer(Refuse(libc::ENOSYS)), vec![]));
    for (call, decision) in rules {
        let call = u32::try_from(*call).expect("calls have small numbers");
        program.extend(case(libc::BPF_JEQ, call, decided(decision), vec![]));
    }
    program.extend(answer(Allow));
    program
}

fn decided(decision: &Decision) -> Vec<sock_filter> {
    match decision {
        Decision::Always(always) => answer(*always),
        Decision::By { argument, mask, cases, otherwise } => {
            let high_first = if cfg!(target_endian = "big") { 4 } else { 0 };
            let mut program = load(ARGUMENTS + 8 * argument + high_first);
            if *mask != ALL_BITS {
                program.push(statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, *mask));
            }
            for (value, decision) in cases {
                program.extend(case(libc::BPF_JEQ, *value, decided(decision), vec![]));
            }
            program.extend(answer(*otherwise));
            program
        }
    }
}

/// Returns what goes on with one part if a comparison holds, and with another one if not; then with what
/// follows.
fn case(
    test: u32,
    value: u32,
    then: Vec<sock_filter>,
    otherwise: Vec<sock_filter>,
) -> Vec<sock_filter> {
    let length = |part: &[sock_filter]| u8::try_from(part.len()).expect("parts are short");
    let mut jump = statement(libc::BPF_JMP | test | libc::BPF_K, value);
    // A part that is passed over ends the program, so that at most one of them is not empty.
    if then.is_empty() {
        jump.jt = length(&otherwise);
        [vec![jump], otherwise].concat()
    } else {
        jump.jf = length(&then);
        [vec![jump], then].concat()
    }
}

fn load(offset: u32) -> Vec<sock_filter> {
    vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)]
}

fn answer(answer: Answer) -> Vec<sock_filter> {
    let value = match answer {
        Allow => libc::SECCOMP_RET_ALLOW,
        Refuse(errno) => libc::SECCOMP_RET_ERRNO | bits(errno),
        Kill => libc::SECCOMP_RET_KILL_PROCESS,
    };
    vec![statement(libc::BPF_RET | libc::BPF_K, value)]
}

fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter { code: u16::try_from(code).expect("codes have 16 bits"), jt: 0, jf: 0, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: u32 = 7;

    /// Returns what a filter answers to a call, as the kernel would.
    fn runs(program: &[sock_filter], processor: u32, call: i64, arguments: [u64; 3]) -> u32 {
        let (mut at, mut register) = (0, 0);
        loop {
            let step = program.get(at).expect("it ends before its end");
            at += 1;
            let (class, jumps) = (u32::from(step.code) & 7, u32::from(step.code) & 0xf0);
            match class {
                libc::BPF_LD => {
                    register = match step.k {
                        CALL => u32::try_from(call).expect("it is small"),
                        ARCHITECTURE => processor,
                        // The lower half.
                        offset => {
                            let argument = arguments[((offset - ARGUMENTS) / 8) as usize];
                            u32::try_from(argument & u64::from(u32::MAX)).expect("it is a half")
                        }
                    }
                }
                libc::BPF_ALU => register &= step.k,
                libc::BPF_JMP => {
                    let holds = match jumps {
                        libc::BPF_JEQ => register == step.k,
                        _ => register >= step.k,
                    };
                    at += usize::from(if holds { step.jt } else { step.jf });
                }
                _ => return step.k,
            }
        }
    }

    fn answers(unix_sockets: bool, call: i64, arguments: [u64; 3]) -> u32 {
        runs(&assembled(HERE, &rules(unix_sockets)), HERE, call, arguments)
    }

    fn errno(number: i32) -> u32 {
        libc::SECCOMP_RET_ERRNO | bits(number)
    }

    const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;

    #[test]
    fn sockets_of_the_internet_alone_are_made() {
        let socket = |family: i32, protocol: u64| {
            answers(false, libc::SYS_socket, [u64::from(bits(family)), 1, protocol])
        };
        assert_eq!(socket(libc::AF_INET, 6), ALLOWED);
        assert_eq!(socket(libc::AF_INET6, 0), ALLOWED);
        assert_eq!(socket(libc::AF_NETLINK, 0), ALLOWED);
        assert_eq!(socket(libc::AF_NETLINK, 9), errno(libc::EPROTONOSUPPORT));
        assert_eq!(socket(libc::AF_UNIX, 0), errno(libc::EPERM));
        for family in [libc::AF_VSOCK, libc::AF_PACKET, libc::AF_ALG, libc::AF_BLUETOOTH, 999] {
            assert_eq!(socket(family, 0), errno(libc::EAFNOSUPPORT), "{family}");
        }
        let unix = [u64::from(bits(libc::AF_UNIX)), 1, 0];
        assert_eq!(answers(true, libc::SYS_socket, unix), ALLOWED);
    }

    /// The upper half of a register is not what the kernel reads.
    #[test]
    fn upper_halves_do_not_matter() {
        let above = 1 << 40;
        let arguments = [above | u64::from(bits(libc::AF_VSOCK)), 1, 0];
        assert_eq!(answers(false, libc::SYS_socket, arguments), errno(libc::EAFNOSUPPORT));
        for request in [0x5412, 0x541c] {
            let arguments = [0, above | request, 0];
            assert_eq!(answers(false, libc::SYS_ioctl, arguments), errno(libc::EPERM));
        }
        assert_eq!(answers(false, libc::SYS_ioctl, [0, 0x5413, 0]), ALLOWED);
    }

    #[test]
    fn pairs_of_streams_alone_are_made() {
        let pair = |kind: i32| {
            let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
            let unix = u64::from(bits(libc::AF_UNIX));
            answers(false, libc::SYS_socketpair, [unix, u64::from(bits(kind | flags)), 0])
        };
        assert_eq!(pair(libc::SOCK_STREAM), ALLOWED);
        assert_eq!(pair(libc::SOCK_SEQPACKET), ALLOWED);
        assert_eq!(pair(libc::SOCK_DGRAM), errno(libc::EPERM));
        assert_eq!(pair(libc::SOCK_RAW), errno(libc::EPERM));
    }

    #[test]
    fn other_tables_of_calls_are_closed() {
        let program = assembled(HERE, &rules(true));
        let short = libc::SYS_io_uring_setup | i64::from(SHORT_POINTERS);
        assert_eq!(runs(&program, HERE, short, [0; 3]), errno(libc::ENOSYS));
        let other = runs(&program, HERE + 1, libc::SYS_read, [0; 3]);
        assert_eq!(other, libc::SECCOMP_RET_KILL_PROCESS);
        assert_eq!(runs(&program, HERE, libc::SYS_read, [0; 3]), ALLOWED);
        assert_eq!(answers(true, libc::SYS_io_uring_setup, [0; 3]), errno(libc::ENOSYS));
        assert_eq!(answers(true, libc::SYS_keyctl, [0; 3]), errno(libc::EPERM));
    }
}
