//! Attacks by their numbers in the list of the project.

use super::as_each;
use crate::support::XREQ;
use crate::support::pty::Pty;

/// The agent writes what the next shell, commit, editor or launch outside runs.
#[test]
fn threat_01_what_runs_outside_later_is_not_written() {
    as_each(|place| {
        place.write("project/.git/hooks/pre-commit.sample", "");
        place.write("project/.git/config", "[core]\n");
        place.write("project/.envrc", "");
        place.write("project/.mcp.json", "{}");
        place.write("project/.vscode/tasks.json", "{}");
        place.write("project/.claude/settings.json", "{}");
        place.write("home/.profile", "");
        place.write("home/.local/bin/tool", "");
        let of_project =
            |name: &str| place.path("project").join(name).to_str().expect("a text").to_owned();
        place.closes(&[
            (format!("create {}", of_project(".git/hooks/pre-commit")), "EROFS"),
            (format!("write {}", of_project(".git/config")), "EROFS"),
            (format!("write {}", of_project("xreq.yaml")), "EROFS"),
            (format!("write {}", of_project(".envrc")), "EROFS"),
            (format!("write {}", of_project(".mcp.json")), "EROFS"),
            (format!("write {}", of_project(".vscode/tasks.json")), "EROFS"),
            (format!("write {}", of_project(".claude/settings.json")), "EROFS"),
            (format!("write {}", place.name("home/.profile")), "EROFS"),
            (format!("create {}", place.name("home/.local/bin/xreq")), "EROFS"),
            (format!("write {}", place.name("home/.config/xreq/identity.txt")), "EACCES"),
        ]);
        // Neither is another one put in their place.
        place.refuses(&[
            (format!("rename {} {}", of_project(".git"), of_project("git")), "EBUSY"),
            (format!("rename {} {}", of_project("probe.py"), of_project("xreq.yaml")), "EBUSY"),
            (format!("remove {}", of_project("xreq.yaml")), "EBUSY"),
            (format!("remove {}", of_project(".envrc")), "EBUSY"),
            (format!("unmount {}", of_project(".git")), "EPERM"),
        ]);
        // What is named is opened.
        let made = place.isolated_with(&["--writable", ".git"], "echo x >.git/hooks/pre-commit");
        made.succeeds().complains(".git");
        assert_eq!(place.read("project/.git/hooks/pre-commit"), "x\n");
    });
}

/// The agent types into the user's shell.
#[test]
fn threat_02_nothing_is_typed_into_the_user_s_terminal() {
    as_each(|place| {
        // TIOCSTI and TIOCLINUX, as they are and with bits above those that the kernel reads.
        let ways = ["terminal 0x5412", "terminal 0x5412 1", "terminal 0x541c", "terminal 0x541c 1"];
        for way in ways {
            let script = format!(
                "\"$0\" run --isolate -- python3 probe.py {way}; echo next; read -r line; echo \"<$line>\""
            );
            let mut shell = place.program("sh");
            let mut session = Pty::of(shell.args(["-c", &script, XREQ]));
            session.wait_for(&format!("{way}: refused EPERM\n"));
            session.wait_for("next\n");
            session.type_in("y\n");
            // Nothing but what the person typed.
            session.wait_for("<y>\n");
            session.end();
        }
        // Nor is it opened by its name.
        let script = "tty >name; \"$0\" run --isolate -- sh -c 'read -r name <name; echo x >$name'";
        let mut shell = place.program("sh");
        let mut session = Pty::of(shell.args(["-c", script, XREQ]));
        session.wait_for("cannot create");
        session.end();
    });
}
