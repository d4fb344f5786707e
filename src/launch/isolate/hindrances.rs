//! What a machine says of itself that keeps namespaces from being made. For hints alone: whether they can
//! be made is found out by making them.

use std::fs;

/// Settings of this machine, each `None` if it has no such setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hindrances {
    /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu since 23.10).
    pub apparmor: Option<u64>,
    /// `user.max_user_namespaces`.
    pub most_namespaces: Option<u64>,
    /// `kernel.unprivileged_userns_clone` (Debian and its kin).
    pub unprivileged: Option<u64>,
    /// Whether this process runs below a filter of system calls, as in a container.
    pub is_filtered: bool,
}

impl Hindrances {
    /// Reads them.
    pub(super) fn of_this_machine() -> Self {
        let setting = |name: &str| {
            let text = fs::read_to_string(format!("/proc/sys/{name}")).ok()?;
            text.trim().parse().ok()
        };
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mode = status.lines().find_map(|line| line.strip_prefix("Seccomp:"));
        Self {
            apparmor: setting("kernel/apparmor_restrict_unprivileged_userns"),
            most_namespaces: setting("user/max_user_namespaces"),
            unprivileged: setting("kernel/unprivileged_userns_clone"),
            is_filtered: mode.is_some_and(|mode| mode.trim() == "2"),
        }
    }
}
