//! The dispatcher of the parts of supervising.

use std::ffi::OsString;

#[cfg(target_os = "linux")]
use super::keeper;
use super::role::{INIT, ITSELF, KEEPER, MONITOR, STAGE, WITNESS};
use super::{monitor, signals, stage, witness};
use crate::error::Exit;

/// Reads the arguments of a process, beginning with its name, before anything else does: either it is a
/// part of supervising, which is over when this returns its exit status, or it is xreq, with the
/// arguments that are returned.
pub fn part(mut arguments: Vec<OsString>) -> Result<Exit, Vec<OsString>> {
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some(STAGE) => Ok(stage::run(&arguments[2..])),
        Some(MONITOR) => Ok(monitor::run(&arguments[2..])),
        #[cfg(target_os = "linux")]
        Some(KEEPER) => Ok(keeper::run(&arguments[2..])),
        #[cfg(target_os = "linux")]
        Some(INIT) => Ok(monitor::run_confined(&arguments[2..])),
        #[cfg(not(target_os = "linux"))]
        Some(KEEPER | INIT) => Ok(Exit::NotLaunched),
        Some(WITNESS) => Ok(witness::run(&arguments[2..])),
        Some(ITSELF) => {
            arguments.remove(1);
            signals::Mask::default().apply().map_or(Ok(Exit::NotLaunched), |()| Err(arguments))
        }
        _ => Err(arguments),
    }
}
