//! Launches that are refused before the agent: in places that would let it out, and where the system
//! makes no namespaces.

use std::fs;

use super::as_each;
use crate::support::{Ran, XREQ};

#[test]
fn places_that_would_let_it_out_are_refused() {
    as_each(|place| {
        place.write("home/xreq.yaml", "name: an app\n");
        place.write("home/bin/program", "");
        place.write("home/project/bin/program", "");
        let programs = place.path("home/project/bin");
        for (folder, why) in [
            ("home", "it is your home"),
            ("", "your home lies in it"),
            ("home/.config/xreq", "it is xreq's configuration"),
            ("home/.config", "xreq's configuration lies in it"),
            ("home/project", "a folder of `PATH` lies in it"),
        ] {
            let mut command = place.program(XREQ);
            command.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
            command.args([
                "run",
                "--isolate",
                "--manifest",
                &place.name("home/xreq.yaml"),
                "--",
                "true",
            ]);
            let ran = Ran::of(command.current_dir(place.path(folder))).exits(125);
            ran.complains("isolation_failed").complains(why);
        }
        for (path, why) in [
            ("home", "it is your home"),
            ("home/.config", "xreq's configuration lies in it"),
            ("home/.local/share/xreq", "it is xreq's store"),
        ] {
            let ran = place.isolated_with(&["--writable", &place.name(path)], "true").exits(125);
            ran.complains(why);
        }
        place.isolated_with(&["--writable", "/tmp"], "true").exits(125);
        place.isolated_with(&["--writable", "/dev"], "true").exits(125);
        place
            .isolated_with(&["--writable", "missing"], "true")
            .exits(125)
            .complains("make it first");
    });
}

#[test]
fn a_name_that_is_a_link_is_refused() {
    as_each(|place| {
        fs::create_dir(place.path("project/other")).expect("a folder can be made");
        std::os::unix::fs::symlink("other", place.path("project/.vscode")).expect("a link");
        place.give("");
        place.isolated("true").exits(125).complains("is a symbolic link");
        place.isolated_with(&["--writable", ".vscode"], "true").succeeds();
    });
}

/// The real obstacle of a machine on which no user namespaces are made: as in one that forbids them.
#[test]
fn where_no_namespace_is_made_nothing_is_launched() {
    as_each(|place| {
        let inner = format!("{XREQ} run --isolate -- touch launched");
        let script = format!("echo 0 >/proc/sys/user/max_user_namespaces; exec {inner}");
        let mut unshare = place.program("unshare");
        unshare.args(["--user", "--map-current-user", "--keep-caps"]);
        let ran = Ran::of(unshare.args(["sh", "-c", &script]));
        if ran.stderr.contains("max_user_namespaces") && ran.stderr.contains("ermission") {
            crate::support::machine::skips("the setting of a namespace cannot be changed here");
            return;
        }
        let ran = ran.exits(125).complains("isolation_failed").complains("(step `namespaces`)");
        ran.complains("user.max_user_namespaces");
        assert!(!place.path("project/launched").exists());
    });
}
