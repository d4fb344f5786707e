//! systemd, as the judge of units.

use std::fs;
use std::process::Command;

use super::machine;

/// Holds a unit of this name against systemd, where that is there.
#[track_caller]
pub fn takes(name: &str, unit: &str) {
    if machine::lacks("systemd-analyze") {
        return;
    }
    let folder = tempfile::TempDir::new().expect("a temporary folder can be made");
    // The program that it starts has to be there.
    let unit = unit.replace("%h/.cargo/bin/xreq", super::XREQ);
    assert!(unit.contains(super::XREQ), "{unit}");
    let path = folder.path().join(name);
    fs::write(&path, unit).expect("it can be written");
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", "--user"]).arg(&path);
    let verified = verify.env("XDG_RUNTIME_DIR", folder.path()).output().expect("it starts");
    let complaints = String::from_utf8_lossy(&verified.stderr);
    let ours: Vec<_> = complaints.lines().filter(|line| line.contains("xreq")).collect();
    assert!(verified.status.success() && ours.is_empty(), "{complaints}");
}
