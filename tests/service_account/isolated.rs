//! Sources of tokens on this machine, and an agent that must not read them.

use std::fs;

use tempfile::TempDir;

use super::Cloud;
use crate::support::Ran;

/// What a program reads is known to nobody, and so is kept from nobody.
#[test]
fn no_agent_is_isolated_whose_tokens_come_from_a_program() {
    let Some(cloud) = Cloud::new() else { return };
    let printer = cloud.home.write_program("printer", "#!/bin/sh\necho token-of-printer\n");
    let printer = printer.to_str().expect("a plain path");
    cloud.import(&["--project-number", "1", "--command", printer]).succeeds();
    let project = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let manifest = cloud.home.path().join("xreq.yaml");
    fs::copy(manifest, project.path().join("xreq.yaml")).expect("a manifest can be copied");
    let mut command = cloud.home.command();
    command.current_dir(project.path()).args(["run", "--isolate", "--", "touch", "launched"]);
    let ran = Ran::of(&mut command).exits(125);
    ran.complains("isolation_failed").complains("cannot be kept from an isolated agent");
    assert!(!project.path().join("launched").exists());
}
