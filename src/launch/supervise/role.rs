//! The parts of supervising that xreq plays as a process of its own.

/// First arguments of xreq that no person types: the part that it plays.
pub(super) const STAGE: &str = "@stage";
pub(super) const MONITOR: &str = "@monitor";
pub(super) const WITNESS: &str = "@witness";
/// The parent of a monitor that is the first process of a PID namespace, and that monitor.
pub(super) const KEEPER: &str = "@keeper";
pub(super) const INIT: &str = "@init";
/// xreq itself, as it is, but for signals that its parent has blocked.
pub(super) const ITSELF: &str = "@itself";

/// Returns the arguments that stand before those of xreq if a process that supervises starts it:
/// children inherit that all signals are blocked.
pub fn arguments_of_itself() -> [&'static str; 1] {
    [ITSELF]
}
