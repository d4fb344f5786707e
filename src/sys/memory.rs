//! Protection of this process's memory from others.
//!
//! Tokens and keys are wiped where that is in our hands; while they are in use, they are in memory. A
//! crash must not write them to a disk, and no other process of the same user may read them there. Both
//! is what Linux calls not dumpable (`prctl(2)`, `PR_SET_DUMPABLE`; `ptrace(2)`, "access mode
//! checking"). It ends with `exec`: an agent can be debugged, and dumps its core, as if it had been
//! launched by hand.

/// The bytes of the stack that are overwritten at once: more than the functions use that read a key.
const DEEP: usize = 32 << 10;

/// Overwrites the stack below the caller, where functions that have returned left copies of a key: a
/// value that is moved leaves its bytes behind. They must not be inlined into the caller.
#[inline(never)]
#[allow(clippy::large_stack_arrays, reason = "the stack is what is overwritten")]
pub(crate) fn overwrite_stack() {
    std::hint::black_box(&mut [0_u8; DEEP]);
}

/// Makes this process one that leaves no core dump and cannot be looked into by the same user, where
/// the kernel knows how. This is the first thing to do.
pub fn guard() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // No kernel refuses this; one that did would be no reason not to go on.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
