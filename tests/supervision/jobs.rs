//! Jobs of a shell: stopped, looked at, continued in the background and in the foreground, killed.

use std::fs;

use rustix::process::Signal;

use super::{
    Seen, To, Way, agent, agent_of, home, log, same_in_all_ways, seen, stat, state, until,
};
use crate::support::Home;
use crate::support::machine::lacks;
use crate::support::pty::Pty;

/// Shells that a person types into.
const SHELLS: [&str; 2] = ["bash --norc --noprofile --noediting -i", "dash -i"];

/// The field of `/proc/PID/stat` that has the foreground group of the terminal.
const TERMINAL_GROUP: usize = 5;

/// A person at a shell, in whose folder `./go` starts an agent.
struct Person {
    session: Pty,
    home: Home,
    way: Way,
}

impl Person {
    /// Sits down at a shell. `agent` is what `./go` starts.
    fn at(shell: &str, way: Way, agent: &str) -> Self {
        let home = home();
        let go = format!("#!/bin/sh\necho $$ >pid\nexec {} {agent}\n", way.wrapper());
        home.write_program("go", &go.replace("$0", crate::support::XREQ));
        let script = format!("ulimit -c 0; PS1='\n@ '; export PS1; exec {shell}");
        let mut session = Pty::start(&home, &script);
        session.wait_for("@ ");
        Self { session, home, way }
    }

    /// Types a command and waits for a text of it or of the shell.
    #[track_caller]
    fn types(&mut self, command: &str, text: &str) -> String {
        self.session.type_in(command);
        self.session.wait_for(text)
    }

    /// What a command prints. (What the shell says by itself, and its prompts, come when they come;
    /// and what is typed is shown, so the marks are typed in another way.)
    #[track_caller]
    fn does(&mut self, command: &str) -> String {
        self.types(&format!("echo be''gin; {command}; echo e''nd\n"), "begin\n");
        let printed = self.session.wait_for("end\n");
        self.session.wait_for("@ ");
        printed.trim_end_matches("end\n").trim().to_owned()
    }

    /// The exit status of the last command.
    #[track_caller]
    fn status(&mut self) -> String {
        self.status_told_by("echo sta''tus $?")
    }

    /// The exit status of this one.
    #[track_caller]
    fn status_of(&mut self, command: &str) -> String {
        self.status_told_by(&format!("{command}; echo sta''tus $?"))
    }

    #[track_caller]
    fn status_told_by(&mut self, line: &str) -> String {
        self.types(&format!("{line}\n"), "status ");
        let status = self.session.wait_for("\n");
        self.session.wait_for("@ ");
        format!("status {}", status.trim())
    }

    /// The process that the shell started.
    fn job(&self) -> u32 {
        let pid = fs::read_to_string(self.home.path().join("pid")).expect("it was written down");
        pid.trim().parse().expect("a number")
    }

    /// All that runs of the job: what the shell started, and the agent.
    fn job_processes(&self) -> Vec<u32> {
        let job = self.job();
        let mut all = vec![job];
        all.extend((self.way == Way::Supervised).then(|| agent_of(job)));
        all
    }

    /// Waits until the whole job does something: `T` is stopped.
    #[track_caller]
    fn all_are(&self, wanted: &str) {
        for process in self.job_processes() {
            let is_so = || state(process).is_some_and(|state| wanted.contains(state));
            until(&format!("{process} is not {wanted}"), is_so);
        }
    }

    /// Types `fg`, and waits until the terminal belongs to the job.
    #[track_caller]
    fn takes_it_to_the_foreground(&mut self) {
        self.session.type_in("fg\n");
        let job = self.job().to_string();
        until("the terminal is not the job's", || {
            stat(self.job(), TERMINAL_GROUP).as_ref() == Some(&job)
        });
    }

    #[track_caller]
    fn leaves(mut self) -> Seen {
        self.session.type_in("exit\n");
        let status = self.session.end().1;
        seen(&self.home, status)
    }
}

#[test]
fn a_job_is_stopped_and_continued_as_a_whole() {
    if lacks("python3") || lacks("dash") {
        return;
    }
    for shell in SHELLS {
        let found = same_in_all_ways(|way| {
            let mut person = Person::at(shell, way, &agent("exit"));
            person.types("./go\n", "ready\n");
            person.types("\x1a", "@ ");
            let mut told = vec![person.status()];
            person.all_are("T");
            told.push(person.does("jobs"));
            person.types("bg\n", "got 18\n");
            person.all_are("RS");
            person.takes_it_to_the_foreground();
            if shell.starts_with("dash") {
                // It continues also what runs.
                person.session.wait_for("got 18\n");
            }
            person.types("\x1a", "@ ");
            person.all_are("T");
            told.push(person.status());
            person.types("fg\n", "got 18\n");
            person.types("\x03", "clean\n");
            person.session.wait_for("@ ");
            told.push(person.status());
            (told, person.leaves())
        });
        let (told, seen) = found;
        assert_eq!(told[0], "status 148", "{shell}");
        assert_eq!(told[2..], ["status 148", "status 42"], "{shell}");
        assert!(told[1].contains("Stopped"), "{told:?}");
        assert!(!told[1].contains("signal"), "{told:?}");
        assert_eq!(seen.times(Signal::INT), 1, "{seen:?}");
    }
}

/// Stopped by a program and not by a key, and continued the same way.
#[test]
fn a_job_is_stopped_by_whoever_sends_it_to_one_process_or_to_the_group() {
    if lacks("python3") {
        return;
    }
    for to in [To::Process, To::Group] {
        let found = same_in_all_ways(|way| {
            let mut person = Person::at(SHELLS[0], way, &agent("exit"));
            person.types("./go\n", "ready\n");
            to.send(person.job(), Signal::TSTP);
            person.session.wait_for("@ ");
            let mut told = vec![person.status()];
            person.all_are("T");
            to.send(person.job(), Signal::CONT);
            person.session.wait_for("got 18\n");
            person.all_are("RS");
            person.takes_it_to_the_foreground();
            person.types("\x03", "clean\n");
            person.session.wait_for("@ ");
            told.push(person.status());
            (told, person.leaves().log)
        });
        assert_eq!(found.0, ["status 148", "status 42"], "{to:?}");
        assert_eq!(found.1.matches("got 2\n").count(), 1, "{to:?}");
    }
}

#[test]
fn a_stopped_job_can_be_ended() {
    if lacks("python3") || lacks("dash") {
        return;
    }
    for shell in SHELLS {
        for kill in ["kill %1; fg", "kill -HUP %1; fg"] {
            let found = same_in_all_ways(|way| {
                let mut person = Person::at(shell, way, &agent("exit"));
                person.types("./go\n", "ready\n");
                person.types("\x1a", "@ ");
                person.all_are("T");
                let status = person.status_of(kill);
                let log = log(&person.home);
                assert!(log.contains("got 18\n"), "{log}");
                // `kill` continues it, and so does `fg` if the shell has not noticed yet.
                let lines = log.lines().filter(|line| *line != "got 18");
                (status, lines.map(str::to_owned).collect::<Vec<_>>())
            });
            assert_eq!(found.0, "status 42");
        }
    }
}

#[test]
fn a_stopped_job_can_be_killed() {
    if lacks("python3") {
        return;
    }
    same_in_all_ways(|way| {
        let mut person = Person::at(SHELLS[0], way, &agent("exit"));
        person.types("./go\n", "ready\n");
        person.types("\x1a", "@ ");
        person.all_are("T");
        let job = person.job_processes();
        person.types("kill -KILL %1\n", "@ ");
        until("it survives", || !job.iter().any(|process| super::lives(*process)));
        log(&person.home)
    });
}

/// What reads from the terminal in the background is stopped by the kernel; the shell says by what.
#[test]
fn a_job_that_reads_in_the_background_is_stopped() {
    let found = same_in_all_ways(|way| {
        let mut person =
            Person::at(SHELLS[0], way, "sh -c 'echo ready; read line; echo got $line'");
        person.types("./go &\n", "ready\n");
        person.all_are("T");
        let job = person.job().to_string();
        let told = person.does("jobs -l").replace(&job, "PID");
        person.takes_it_to_the_foreground();
        person.types("a line\n", "got a line\n");
        person.session.wait_for("@ ");
        told
    });
    assert!(found.contains("Stopped (tty input)"), "{found}");
}

/// As editors do: they put the terminal in order first, and then stop their whole group.
const TIDY: &str = "python3 -c '
import os, signal
heard = [signal.SIGTSTP, signal.SIGINT]
signal.pthread_sigmask(signal.SIG_BLOCK, heard)
print(\"ready\", flush=True)
while signal.sigwait(heard) == signal.SIGTSTP:
    print(\"tidy\", flush=True)
    os.kill(WHOM, signal.SIGTSTP)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTSTP])
    signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    print(\"back\", flush=True)
'";

#[test]
fn an_agent_may_tidy_up_before_it_stops() {
    if lacks("python3") {
        return;
    }
    for whom in ["0", "os.getpid()"] {
        let found = same_in_all_ways(|way| {
            let mut person = Person::at(SHELLS[0], way, &TIDY.replace("WHOM", whom));
            person.types("./go\n", "ready\n");
            let mut told = Vec::new();
            for _ in 0..2 {
                person.types("\x1a", "tidy\n");
                person.all_are("T");
                told.push(person.status());
                person.types("fg\n", "back\n");
            }
            person.types("\x03", "@ ");
            told.push(person.status());
            told
        });
        assert_eq!(found, ["status 148", "status 148", "status 0"], "{whom}");
    }
}

#[test]
fn an_agent_that_does_not_want_to_stop_goes_on() {
    let found = same_in_all_ways(|way| {
        let stubborn = "sh -c 'trap \"\" TSTP; echo ready; read line; echo got $line'";
        let mut person = Person::at(SHELLS[0], way, stubborn);
        person.types("./go\n", "ready\n");
        person.session.type_in("\x1a");
        person.types("a line\n", "got a line\n");
        person.session.wait_for("@ ");
        person.status()
    });
    assert_eq!(found, "status 0");
}

/// Who stops the agent alone with what cannot be caught means the agent alone.
#[test]
fn an_agent_that_is_frozen_does_not_freeze_xreq() {
    if lacks("python3") {
        return;
    }
    let mut person = Person::at(SHELLS[0], Way::Supervised, &agent("exit"));
    person.types("./go\n", "ready\n");
    let agent = agent_of(person.job());
    To::Process.send(agent, Signal::STOP);
    until("the agent runs", || state(agent) == Some('T'));
    // It is heard as soon as it can be.
    To::Process.send(person.job(), Signal::USR1);
    To::Process.send(agent, Signal::CONT);
    person.session.wait_for("got 10\n");
    assert_ne!(state(person.job()), Some('T'));
    person.types("\x03", "clean\n");
}

/// An agent that is a shell makes a group of its own, which the terminal's keys go to.
#[test]
fn an_agent_with_jobs_of_its_own_has_the_terminal() {
    let found = same_in_all_ways(|way| {
        let mut person =
            Person::at(SHELLS[0], way, "env PS1='inner> ' bash --norc --noprofile --noediting -i");
        person.types("./go\n", "inner> ");
        person.types("cat\nechoed\n", "echoed\nechoed\n");
        person.types("\x1a", "inner> ");
        person.types("echo inner $?\n", "inner 148\n");
        person.types("fg\n", "cat\n");
        person.types("again\n", "again\nagain\n");
        person.types("\x03", "inner> ");
        person.types("echo inner $?\n", "inner 130\n");
        person.types("exit 9\n", "@ ");
        person.status()
    });
    assert_eq!(found, "status 9");
}
