//! What an agent begins with, and how it ends.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use super::{Way, home, same_in_all_ways};
use crate::support::pty::ended;
use crate::support::{Home, Ran, XREQ};

/// Runs a script below xreq, or without it.
fn run(home: &Home, way: Way, setup: &str, command: &[&str]) -> Ran {
    let script = format!("{setup}\nexec {} \"$@\"", way.wrapper()).replace("$0", XREQ);
    Ran::of(home.program("sh").args(["-c", &script, "sh"]).args(command))
}

fn agent(home: &Home, way: Way, script: &str) -> Ran {
    run(home, way, "", &["sh", "-c", script])
}

#[test]
fn statuses_are_passed_on() {
    let home = home();
    for status in [0, 1, 2, 7, 42, 125, 126, 127, 128, 130, 255] {
        let script = format!("exit {status}");
        let found = same_in_all_ways(|way| ended(agent(&home, way, &script).status));
        assert_eq!(found, format!("exit {status}"));
    }
}

#[test]
fn death_by_a_signal_is_passed_on() {
    let home = home();
    let fatal = (1..=16).chain(24..=27).chain(29..=31).chain([34, 35, 64]);
    for signal in fatal {
        let script = format!("ulimit -c 0; kill -{signal} $$; echo survived");
        let ran = agent(&home, Way::Supervised, &script);
        assert_eq!(ran.status.signal(), Some(signal), "{}{}", ran.stdout, ran.stderr);
    }
}

/// xreq dies of the signal of which the agent died, and its own memory is nowhere.
#[test]
fn xreq_leaves_no_core() {
    let home = home();
    let script = "ulimit -c unlimited; exec \"$@\"";
    let mut xreq = Command::new("sh");
    xreq.args(["-c", script, "sh", XREQ, "run", "--keep-fresh", "--", "sh", "-c"]);
    xreq.arg("ulimit -c 0; kill -QUIT $$").current_dir(home.path());
    let status = xreq.env("XREQ_HOME", home.store()).status().expect("it runs");
    assert_eq!(status.signal(), Some(3));
    assert!(!status.core_dumped());
}

#[test]
fn what_cannot_be_executed_is_said_by_xreq() {
    let home = home();
    home.write("plain", "echo no\n");
    home.write("no-interpreter", "#!/nowhere/sh\n");
    let interpreter = home.path().join("no-interpreter");
    fs::set_permissions(interpreter, Permissions::from_mode(0o755)).expect("a mode");
    for (command, status) in
        [("./plain", 126), ("/", 126), ("./no-interpreter", 127), ("nothing", 127)]
    {
        let plain = run(&home, Way::Plain, "", &[command]).exits(status);
        let supervised = run(&home, Way::Supervised, "", &[command]).exits(status);
        assert_eq!(supervised.stderr, plain.stderr, "{command}");
        assert!(plain.stderr.contains(command), "{}", plain.stderr);
    }
}

/// What a process has from its parent: limits, mask, ignored signals, open files, and a lot more.
#[test]
fn an_agent_begins_with_what_its_caller_gave() {
    let home = home();
    home.write("seven", "through descriptor 7\n");
    // Signals 32 and 33 are the C library's own, and whatever was before does not count.
    let status = "grep -E '^(Umask|Sig[BIC]|ShdPnd|Groups|Uid|Gid|Cap|NoNewPrivs|Seccomp|Cpus|Mems)' \
                  /proc/self/status | sed -E 's/^(SigIgn:.{8})../\\100/'";
    let probes = [
        ("umask 0137; trap '' HUP USR1", status),
        (
            "exec env --block-signal=USR1,TERM --ignore-signal=USR2 -- sh -c 'exec \"$@\"' sh",
            status,
        ),
        ("ulimit -n 77; ulimit -c 0; ulimit -S -s 4096", "cat /proc/self/limits"),
        ("exec 7<seven 9>/dev/null </dev/null 2>/dev/null", "ls /proc/$$/fd; cat <&7; exit"),
        ("exec <seven; read part <seven", "cat; exit"),
        ("mkdir -p deep/folder; cd deep/folder; printf 'name: an app' >xreq.yaml", "pwd; exit"),
        ("A='a b\n c'; export A", "printf %s \"$A\"; exit"),
        (
            "cd /",
            "read -r pid name state rest </proc/$$/stat; set -- $rest; \
                  echo $2 $3 $4 $5 ${15} ${16}",
        ),
    ];
    for (setup, probe) in probes {
        let manifest = home.path().join("xreq.yaml");
        let found = same_in_all_ways(|way| {
            let wrapper = match way {
                Way::Bare => String::new(),
                Way::Plain => format!("{XREQ} run --manifest {} --", manifest.display()),
                Way::Supervised => {
                    format!("{XREQ} run --keep-fresh --manifest {} --", manifest.display())
                }
            };
            // The mask of `env` comes from a command that executes the rest.
            let script = match setup.strip_prefix("exec env ") {
                Some(_) => format!("{setup} {wrapper} sh -c \"$1\""),
                None => format!("{setup}\n{wrapper} sh -c \"$1\"; exit"),
            };
            let ran = Ran::of(home.program("sh").args(["-c", &script, "sh", probe])).succeeds();
            // Two signals of the C library itself are no business of anybody else.
            ran.stdout.replace("SigIgn:\t0000000180", "SigIgn:\t0000000000")
        });
        assert!(!found.is_empty(), "{setup}");
    }
}

/// A caller that ignores the ends of its children passes that on; xreq has to know of them.
#[test]
fn the_end_of_an_agent_is_seen_where_the_caller_ignores_ends() {
    let home = home();
    let ran = run(&home, Way::Supervised, "trap '' CHLD", &["sh", "-c", "exit 7"]);
    ran.exits(7);
    let ignoring = "exec env --ignore-signal=CHLD --";
    let script = format!("{ignoring} {XREQ} run --keep-fresh -- sh -c 'exit 7'");
    Ran::of(home.program("sh").args(["-c", &script])).exits(7);
}

/// Who stops reading ends the agent, and not xreq in its place.
#[test]
fn an_agent_whose_reader_has_gone_dies_of_that() {
    let home = home();
    let found = same_in_all_ways(|way| {
        let script = format!("{} yes | head -n 1; echo ${{PIPESTATUS[0]}}", way.wrapper());
        let script = script.replace("\"$0\"", XREQ);
        Ran::of(home.program("bash").args(["-c", &script])).succeeds().stdout
    });
    assert_eq!(found, "y\n141\n");
}

/// More arguments and variables than fit in a socket at once.
#[test]
fn a_large_environment_arrives() {
    let home = home().var("LARGE", &"x".repeat(100_000)).var("LARGER", &"y".repeat(120_000));
    let ran = agent(&home, Way::Supervised, "echo ${#LARGE} ${#LARGER}").succeeds();
    assert_eq!(ran.stdout, "100000 120000\n");
}
