//! Names by which others run things, made by an agent where there were none.

use std::fs;
use std::process::Stdio;

use super::as_each;
use crate::support::XREQ;
use crate::support::wait::until;

#[test]
fn what_an_agent_made_is_moved_aside_and_named() {
    as_each(|place| {
        place.write("project/.envrc.made-by-agent", "earlier\n");
        let script = "mkdir -p .git/hooks .vscode; echo x >.git/hooks/pre-commit; echo y >.envrc; \
                      ln -s /etc .mcp.json; echo z >plain";
        let ran = place.isolated(script).succeeds();
        for name in [".git", ".vscode", ".envrc", ".mcp.json"] {
            assert!(
                place.path("project").join(name).symlink_metadata().is_err(),
                "{name} is there"
            );
            assert!(ran.stderr.contains(&format!("/project/{name}`, by which")), "{}", ran.stderr);
        }
        assert_eq!(place.read("project/.git.made-by-agent/hooks/pre-commit"), "x\n");
        assert_eq!(place.read("project/.envrc.made-by-agent"), "earlier\n");
        assert_eq!(place.read("project/.envrc.made-by-agent-2"), "y\n");
        assert_eq!(place.read("project/plain"), "z\n");
        // What was there before stays, and nothing is said of it.
        fs::create_dir(place.path("project/.vscode")).expect("a folder can be made");
        place.give("");
        let ran = place.isolated("true").succeeds();
        assert!(!ran.stderr.contains("by which"), "{}", ran.stderr);
        assert!(place.path("project/.vscode").exists());
    });
}

#[test]
fn after_a_kill_the_next_one_does_it() {
    as_each(|place| {
        let script = "mkdir .git; echo up >up; sleep 100";
        let mut command = place.program(XREQ);
        command.args(["run", "--isolate", "--", "sh", "-c", script]).stdin(Stdio::null());
        let mut xreq = command.spawn().expect("it can be started");
        until("the agent is not there", || place.path("project/up").exists());
        // Another one beside it does nothing: it lives.
        place.isolated("true").succeeds();
        assert!(place.path("project/.git").exists());
        xreq.kill().expect("it runs");
        xreq.wait().expect("it is ours");
        assert!(place.path("project/.git").exists());
        place.isolated("true").succeeds().complains("/project/.git`, by which");
        assert!(!place.path("project/.git").exists());
        place.isolated_with(&["--writable", "up"], "mkdir x").succeeds();
        let notes = fs::read_dir(place.path("home/.local/state/xreq/isolated"));
        assert_eq!(notes.expect("the folder is there").count(), 1, "the lock alone");
    });
}
