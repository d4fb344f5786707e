//! What keeps the memory of this process from others.
//!
//! Tokens and keys are wiped where that is in our hands; while they are in use, they are in memory. A
//! crash must not write them to a disk, and no other process of the same user may read them there. Both
//! is what Linux calls not dumpable (`prctl(2)`, `PR_SET_DUMPABLE`; `ptrace(2)`, "access mode
//! checking"). It ends with `exec`: an agent can be debugged, and dumps its core, as if it had been
//! launched by hand.

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
