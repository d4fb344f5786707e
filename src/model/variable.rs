//! Names of environment variables that steer programs, and so may not be named by any file.
//!
//! A secret or a token under such a name would reach every program that the agent starts as
//! something else: code to load, a machine to talk through, a certificate to trust. And a provider
//! file that removes one takes away what the user has set for all programs, such as their proxy.
//!
//! The table has exact names where it can, and prefixes where programs make names up. Names that
//! only look alike stay free: `LD_SDK_KEY`, `GIT_TOKEN`, `PYTHONANYWHERE_API_TOKEN`. It was put
//! together from what glibc drops for programs that run as somebody else (`unsecvars.h`), what sudo
//! removes (`env_delete`, `env_check`), what systemd sets (systemd.exec(5)), and the manuals of the
//! programs.

mod steering;
mod table;
#[cfg(test)]
mod tests;

pub use steering::Steering;
use table::TABLE;

/// Returns the effect of a variable of this name on programs that get it, if it steers any.
pub fn steering(name: &str) -> Option<&'static Steering> {
    TABLE.iter().find(|group| group.has(name))
}

/// Returns a regular expression, in the dialect of JSON Schema, which matches the names that steer
/// programs.
pub fn pattern() -> String {
    TABLE.iter().flat_map(Steering::patterns).collect::<Vec<_>>().join("|")
}

/// Returns whether a variable is one of xreq's own.
pub fn is_own(name: &str) -> bool {
    name.starts_with("XREQ_")
}
