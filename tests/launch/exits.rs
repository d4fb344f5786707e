//! The exit status is the agent's own; xreq's are 125, 126 and 127, and 2 for the command line.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;

use crate::launch::{MANIFEST, TOKEN, covered, launch, script};
use crate::support::{Home, Ran};

#[test]
fn every_status_of_an_agent_is_passed_on() {
    let home = covered();
    for code in 0..=255 {
        let status = script(&home, &format!("exit {code}")).status().expect("xreq can be started");
        assert_eq!(status.code(), Some(code));
    }
}

/// A shell would say 128 + n for both; whoever waits for the process sees the difference.
#[test]
fn death_by_a_signal_is_passed_on() {
    // Those that end a process by default, some with a core, and the first and last real-time ones.
    let fatal = (1..=16).chain(24..=27).chain(29..=31).chain([34, 64]);
    let home = covered();
    for signal in fatal {
        let mut agent = script(&home, &format!("ulimit -c 0; kill -{signal} $$; echo survived"));
        let ran = Ran::of(&mut agent);
        assert_eq!(ran.status.signal(), Some(signal), "{}{}", ran.stdout, ran.stderr);
    }
}

/// Files that cannot be launched, each with the status of it. `env(1)` says the same.
#[test]
fn what_is_no_program_is_told_from_what_is_not_there() {
    let home = covered();
    let bin = home.path().join("bin");
    let file = |name: &str, content: &str, mode| {
        home.write(&format!("bin/{name}"), content);
        fs::set_permissions(bin.join(name), Permissions::from_mode(mode)).expect("a mode");
    };
    file("plain", "echo no\n", 0o644);
    file("no-interpreter", "#!/nowhere/sh\necho no\n", 0o755);
    file("ours", "#!/bin/sh\nexit 9\n", 0o755);
    file("folder/keep", "", 0o644);
    fs::create_dir_all(bin.join("folder/sh")).expect("a folder");
    symlink("loop", bin.join("loop")).expect("a link");
    symlink("nowhere", bin.join("dangling")).expect("a link");
    let long = "n".repeat(300);

    let table: &[(&str, i32)] = &[
        ("bin/plain", 126),
        ("bin/folder", 126),
        ("/", 126),
        ("bin/plain/below", 126),
        ("bin/loop", 126),
        ("plain", 126),
        (&long, 126),
        ("bin/no-interpreter", 127),
        ("bin/dangling", 127),
        ("bin/nothing", 127),
        ("nothing-of-this-name", 127),
        ("", 127),
        ("bin/ours", 9),
        ("ours", 9),
    ];
    for &(command, status) in table {
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let peer = Ran::of(home.program("env").args(["--", command]).env("PATH", &path));
        assert_eq!(peer.status.code(), Some(status), "env {command}");
        let ran = Ran::of(launch(&home, &[command]).env("PATH", &path)).exits(status);
        assert_eq!(ran.stdout, "", "{command}");
        match status {
            126 => ran.complains(&format!("error[command_not_executable]: command `{command}`")),
            127 => ran.complains(&format!("error[command_not_found]: command `{command}`")),
            _ => ran,
        };
    }
}

/// The way out is one that leads there.
#[test]
fn only_what_lacks_permission_is_told_to_get_it() {
    let home = covered();
    home.write("plain", "echo no\n");
    let told = |command: &str| Ran::of(&mut launch(&home, &[command])).exits(126).stderr;
    assert!(told("./plain").contains("`chmod +x ./plain`"));
    for command in ["/", "./plain/below"] {
        assert!(!told(command).contains("chmod"), "{}", told(command));
    }
}

/// As every shell has done since there were no `#!` lines.
#[test]
fn a_script_without_an_interpreter_is_run_by_sh() {
    let home = covered();
    home.write("script", "echo \"$0 $1\"; exit 7\n");
    fs::set_permissions(home.path().join("script"), Permissions::from_mode(0o755)).expect("a mode");
    Ran::of(&mut launch(&home, &["./script", "one"])).exits(7).prints("./script one\n");
}

#[test]
fn the_command_is_looked_up_in_the_path_of_the_agent() {
    let home = covered();
    home.write("bin/agent-of-ours", "#!/bin/sh\necho \"launched with PATH=$PATH\"\n");
    let agent = home.path().join("bin/agent-of-ours");
    fs::set_permissions(agent, Permissions::from_mode(0o755)).expect("a mode");
    let start = |path: &str| Ran::of(launch(&home, &["agent-of-ours"]).env("PATH", path));
    start("/nowhere:bin").succeeds().prints("launched with PATH=/nowhere:bin\n");
    start("/nowhere").exits(127);
    let without_path = Ran::of(launch(&home, &["sh", "-c", "exit 5"]).env_remove("PATH"));
    without_path.exits(5);
}

/// Everything that keeps xreq from launching is 125, whatever the status of other commands.
#[test]
fn nothing_is_launched_where_xreq_fails() {
    type Damage = fn(&Home);
    let table: &[(&str, Damage)] = &[
        ("requirements_unmet", |home| fs::remove_file(home.grant("default")).expect("a grant")),
        ("manifest_invalid", |home| home.write("xreq.yaml", "integrations:\n  - x.tweet.reed\n")),
        ("manifest_invalid", |home| home.write("xreq.yaml", "integrations: [\n")),
        ("manifest_missing", |home| {
            fs::remove_file(home.path().join("xreq.yaml")).expect("a manifest");
        }),
        ("identity_missing", |home| {
            fs::remove_file(home.store().join("identity.txt")).expect("an identity");
        }),
        ("identity_invalid", |home| home.write("home/identity.txt", "AGE-SECRET-KEY-1NO\n")),
        ("store_corrupt", |home| home.write("home/grants/x/default.json", "{\"version\":")),
        ("store_corrupt", |home| home.write("home/grants/x/default.json", "")),
        ("store_corrupt", |home| home.write("home/secrets/FAL_KEY.json", "\0\0\0\0")),
        ("store_tampered", |home| {
            let record = fs::read_to_string(home.grant("default")).expect("a grant");
            let more = record.replace("\"users.read\"", "\"users.read\",\"dm.read\"");
            assert_ne!(more, record, "the record has its scopes in another form");
            home.write("home/grants/x/default.json", more);
        }),
        ("store_symlink", |home| {
            let grant = home.grant("default");
            fs::rename(&grant, home.path().join("elsewhere")).expect("a grant");
            symlink(home.path().join("elsewhere"), grant).expect("a link");
        }),
        ("invalid_config", |home| home.write("home/config.yaml", "providers: 3\n")),
        ("catalog_invalid", |home| home.write("home/providers/a.yaml", "provider: a\n")),
    ];
    for (code, damage) in table {
        let manifest = format!("{MANIFEST}secrets:\n  - key: FAL_KEY\n    optional: true\n");
        let home = Home::with_manifest(&manifest);
        home.import(TOKEN, "tweet.read users.read");
        script(&home, "echo sound").status().expect("xreq can be started");
        damage(&home);
        let ran = Ran::of(&mut script(&home, "touch launched; echo launched"))
            .exits(125)
            .complains(&format!("error[{code}]: "));
        assert_eq!(ran.stdout, "", "{code}");
        assert!(!home.path().join("launched").exists(), "{code}");
        assert!(!ran.stderr.contains(TOKEN), "{code}");
    }
}

#[test]
fn a_home_that_nobody_names_is_a_failure_too() {
    let home = covered();
    let mut agent = script(&home, "touch launched");
    Ran::of(agent.env_remove("XREQ_HOME").env_remove("HOME"))
        .exits(125)
        .complains("error[home_unknown]");
    assert!(!home.path().join("launched").exists());
}

#[test]
fn a_command_line_that_cannot_be_read_launches_nothing() {
    let home = covered();
    for usage in [
        &["run"][..],
        &["run", "--"],
        &["run", "touch", "launched"],
        &["run", "--no-such-option", "--", "touch", "launched"],
        &["run", "--account", "x=", "--", "touch", "launched"],
        &["run", "--account", "=work", "--", "touch", "launched"],
        &["run", "--min-ttl", "soon", "--", "touch", "launched"],
        &["run", "--min-ttl", "-5m", "--", "touch", "launched"],
        &["run", "--color", "green", "--", "touch", "launched"],
        &["--color", "never", "run", "--no-such-option", "--", "touch", "launched"],
    ] {
        let ran = home.xreq(usage).exits(125).complains("error: ");
        assert_eq!(ran.stdout, "", "{usage:?}");
    }
    home.xreq(&["ran", "--", "touch", "launched"]).exits(2);
    assert!(!home.path().join("launched").exists());
}

#[test]
fn a_program_that_is_not_found_is_named_as_it_is_here() {
    let home = Home::with_manifest("secrets: [{key: FAL_KEY, optional: true}]\n");
    home.write("agent.py", "print()\n");
    home.write_program("bin/python3", "#!/bin/sh\n");
    let path = home.path().join("bin").display().to_string();
    let home = home.var("PATH", &path);
    for with in [&[][..], &["--redact"]] {
        for (program, hint) in [
            ("python", "`python3` is there: run that in its place"),
            ("agent.py", "the file of this folder is `./agent.py`"),
            ("pip", "check its spelling and PATH"),
        ] {
            let args = [&["run"], with, &["--", program]].concat();
            home.xreq(&args).exits(127).complains(hint);
        }
    }
}
