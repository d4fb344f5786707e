//! The confinement of an agent (Linux): namespaces, mounts and a filter of system calls, between which
//! it reaches the broker alone.
//!
//! Nothing of it can be done from outside without `unsafe`, so processes between xreq and the agent do it
//! to themselves, before the agent is there (`supervise`):
//!
//! ```text
//! xreq run
//!  └─ keeper          makes the namespaces, sets `lo` up, makes the listeners and hands them to xreq
//!      └─ monitor     first process of the PID namespace: mounts, covers, capabilities, filter
//!          └─ stage ──▶ the agent
//! ```
//!
//! * **Network**: a namespace of its own, in which only `lo` exists. A socket stays in the namespace in
//!   which it was made, so xreq accepts on a listener from inside as on any other, and nobody forwards.
//! * **Files**: every mount is read-only but those of the [`Confinement`]. What the agent must not read
//!   lies below a cover; capabilities to take one away are gone for good, and no user namespace can be
//!   made that would give them back.
//! * **Processes**: a PID namespace, so that none outside can be signalled, traced or looked into.
//! * **System calls**: families of sockets, `io_uring`, keys of the kernel, what types into a terminal.
//!
//! A step that fails is told by its name and the number of the error, and the agent is not
//! launched.

#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, unused_imports, reason = "elsewhere nothing is confined")
)]

mod confinement;
mod errors;
mod failure;
mod hindrances;
mod mount_table;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod privileges;
mod step;
#[cfg(target_os = "linux")]
mod syscalls;
#[cfg(target_os = "linux")]
mod tree;

pub use confinement::Confinement;
pub(super) use errors::unavailable;
pub(super) use failure::Failure;
pub use hindrances::Hindrances;
#[cfg(target_os = "linux")]
pub(super) use namespaces::enter;
#[cfg(target_os = "linux")]
pub(super) use privileges::give_up;
pub(super) use step::Step;
#[cfg(target_os = "linux")]
pub(super) use tree::arrange;
