//! The privileges that a confined agent gives up, for good.

use std::io;

use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    configure_capability_in_ambient_set, remove_capability_from_bounding_set, set_capabilities,
    set_no_new_privs,
};

use super::confinement::Confinement;
use super::failure::Failure;
use super::step::Step;
use super::syscalls;

/// The capabilities that the first process of the namespaces needs: to mount, to bound what is made there,
/// and to give up all others.
const NEEDED: [CapabilitySet; 3] =
    [CapabilitySet::SYS_ADMIN, CapabilitySet::SYS_RESOURCE, CapabilitySet::SETPCAP];

/// Keeps the capabilities of a new user namespace for the program that this process starts.
pub(super) fn keep() -> io::Result<()> {
    let mut sets = capabilities(None)?;
    sets.inheritable = NEEDED.into_iter().collect();
    set_capabilities(None, sets)?;
    for capability in NEEDED {
        configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

/// Gives up all capabilities, also those that a program could have or that root would get back by
/// starting one, and system calls that lead out.
pub(in crate::launch) fn give_up(confinement: &Confinement) -> Result<(), Failure> {
    give_up_capabilities().map_err(|errno| Failure::of(Step::Capabilities, &errno.into()))?;
    let filtered = syscalls::filter(confinement.unix_sockets).and_then(|program| {
        seccompiler::apply_filter(&program).map_err(|error| match error {
            seccompiler::Error::Prctl(error) | seccompiler::Error::Seccomp(error) => error,
            other => io::Error::other(other),
        })
    });
    filtered.map_err(|error| Failure::of(Step::Filter, &error))
}

fn give_up_capabilities() -> Result<(), Errno> {
    for number in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match remove_capability_from_bounding_set(capability) {
            // The kernel has none of this number, nor of a greater one.
            Err(Errno::INVAL) if number > 0 => break,
            removed => removed?,
        }
    }
    clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    set_no_new_privs(true)
}
