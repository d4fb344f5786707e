//! Ends and signals: xreq is a faithful parent of an isolated agent too.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::as_each;
use crate::support::wait::until;
use crate::support::{Ran, XREQ};

#[test]
fn the_end_is_the_agent_s() {
    as_each(|place| {
        place.isolated("exit 7").exits(7);
        for (signal, number) in [("TERM", 15), ("KILL", 9), ("INT", 2)] {
            let ran = place.isolated(&format!("kill -{signal} $$; sleep 5"));
            let died = std::os::unix::process::ExitStatusExt::signal(&ran.status);
            assert_eq!(died, Some(number), "{}", ran.stderr);
        }
        place.xreq(&["run", "--isolate", "--", "no-such-program"]).exits(127);
        place.write("project/no-program", "");
        place.xreq(&["run", "--isolate", "--", "./no-program"]).exits(126);
    });
}

#[test]
fn signals_reach_the_agent_and_a_kill_takes_it_along() {
    as_each(|place| {
        for (signal, end) in [(Signal::TERM, "told\n"), (Signal::KILL, "")] {
            let script = "trap 'echo told >end; exit 3' TERM; echo up >up; \
                          while :; do sleep 0.1; echo x >>beats; done";
            let mut command = place.program(XREQ);
            command.args(["run", "--isolate", "--", "sh", "-c", script]).stdin(Stdio::null());
            let mut xreq = command.spawn().expect("it can be started");
            until("the agent is not there", || place.path("project/up").exists());
            let id =
                i32::try_from(xreq.id()).ok().and_then(Pid::from_raw).expect("it is a process");
            kill_process(id, signal).expect("it runs");
            let status = xreq.wait().expect("it is ours");
            if signal == Signal::TERM {
                assert_eq!(status.code(), Some(3));
            }
            thread::sleep(Duration::from_millis(300));
            let beats = place.read("project/beats");
            thread::sleep(Duration::from_millis(400));
            assert_eq!(place.read("project/beats"), beats, "it lives after {signal:?}");
            assert_eq!(place.read("project/end"), end);
            for name in ["up", "beats", "end"] {
                let _ = std::fs::remove_file(place.path("project").join(name));
            }
        }
    });
}

/// A signal to the group comes once.
#[test]
fn a_signal_to_the_group_comes_once() {
    as_each(|place| {
        let script =
            "trap 'echo got >>got' HUP; echo up >up; while [ ! -e stop ]; do sleep 0.1; done";
        let mut shell = place.program("setsid");
        shell.args([
            "sh",
            "-c",
            "echo $$ >group; exec \"$0\" run --isolate -- sh -c \"$1\"",
            XREQ,
            script,
        ]);
        let mut xreq = shell.stdin(Stdio::null()).spawn().expect("it can be started");
        until("the agent is not there", || place.path("project/up").exists());
        let group = place.read("project/group").trim().parse().ok().and_then(Pid::from_raw);
        rustix::process::kill_process_group(group.expect("it was written"), Signal::HUP)
            .expect("it is there");
        until("nothing came", || place.path("project/got").exists());
        thread::sleep(Duration::from_millis(300));
        place.write("project/stop", "");
        assert!(xreq.wait().expect("it is ours").success());
        assert_eq!(place.read("project/got"), "got\n");
    });
}

/// What is piped comes through as it is.
#[test]
fn streams_are_what_they_were() {
    as_each(|place| {
        let mut command = place.program(XREQ);
        command.args(["run", "--isolate", "--", "sh", "-c", "cat; echo err >&2"]);
        let input: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("it can be started");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        let given = input.clone();
        let writer = thread::spawn(move || std::io::Write::write_all(&mut stdin, &given));
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("it ends").expect("all is read");
        assert_eq!(output.stdout, input);
        assert_eq!(Ran::from(output).stderr, "err\n");
    });
}
