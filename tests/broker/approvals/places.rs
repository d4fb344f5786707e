//! Where a person decides: in another shell, of several runs, at the terminal; and where an agent does not.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use super::*;
use crate::support::lasting_folder;
use crate::support::pty::Pty;

#[test]
fn a_call_is_found_in_whichever_run_has_it() {
    let house = house();
    let runs = ["one", "two"].map(|text| asking(&house, &[], &format!("post {text}")));
    until("both wait", || pending(&house).len() == 2);
    let calls = pending(&house);
    let of = |text: &str| {
        let call = calls.iter().find(|call| call["text"] == format!("{{\"text\":\"{text}\"}}"));
        let call = call.expect("it waits");
        (id(call), call["run"].as_str().expect("it has one").to_owned())
    };
    let ((one, of_one), (two, of_two)) = (of("one"), of("two"));
    assert_ne!(of_one, of_two);
    let broker = |args: &[&str]| house.home.xreq(&[&["broker"], args].concat());
    let listed = broker(&["pending", "--run", &of_one]).succeeds();
    assert!(listed.stdout.contains(&one) && !listed.stdout.contains(&two), "{}", listed.stdout);
    broker(&["approve", &one, "--run", &of_two]).exits(1).complains("waits for an approval");
    broker(&["approve", &one, "--run", "nobody"]).exits(2).complains("xreq broker status");
    broker(&["approve", &one, "--run", &of_one[..6]]).succeeds();
    broker(&["deny", &two]).succeeds();
    let said = runs.map(|run| run.ends().succeeds().stdout);
    assert_eq!(said, ["201 ", "403 "]);
    assert_eq!(posts(&house), 1);
}

#[test]
fn a_broker_that_is_killed_sends_nothing_and_is_asked_nothing_any_more() {
    let house = house();
    let script = "post hello; until test -e over; do sleep 0.05; done";
    let run = asking(&house, &[], script);
    let call = run.waits();
    let broker = broker_of(&run.child).to_string();
    assert!(Command::new("kill").args(["-9", &broker]).status().expect("kill").success());
    run.ends().exits(125);
    assert!(pending(&house).is_empty());
    decide(&house, "approve", &id(&call)).exits(1);
    assert_eq!(posts(&house), 0);
    assert!(house.home.xreq(&["broker", "status"]).succeeds().stderr.contains("no run"));
    run_once(&house);
    let left = fs::read_dir(house.home.store().join("run")).expect("it is there").count();
    assert_eq!(left, 0, "the next run has removed what the killed one left");
}

#[test]
fn one_broker_that_talks_nonsense_is_in_nobody_s_way() {
    let house = house();
    let run = asking(&house, &[], "post hello");
    let call = run.waits();
    let folder = house.home.store().join("run/run-0123456789abcdef");
    fs::create_dir(&folder).expect("its parent is there");
    let listener = UnixListener::bind(folder.join("control.sock")).expect("it is free");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 256];
            let _ = stream.read(&mut asked);
            let _ = stream.write_all(b"nonsense\n");
        }
    });
    let listed = house.home.xreq(&["broker", "pending"]).succeeds();
    listed.prints(&id(&call)).complains("run 0123456789abcdef does not answer");
    house.home.xreq(&["broker", "pending", "--run", "0123"]).exits(3).complains("does not answer");
    decide(&house, "approve", &id(&call)).succeeds();
    assert_eq!(run.ends().succeeds().stdout, "201 ");
    fs::remove_dir_all(folder).expect("it is there");
}

fn run_once(house: &House) {
    run(house, "true").succeeds();
}

/// A house that an isolated agent finds where it is, and the command that runs a script in it.
fn isolated(house: &House, options: &[&str], script: &str) -> (tempfile::TempDir, Command) {
    let project = lasting_folder();
    fs::copy(house.home.path().join("xreq.yaml"), project.path().join("xreq.yaml"))
        .expect("copied");
    let mut command = house.home.command();
    command.current_dir(project.path()).args(["run", "--isolate"]).args(ASK).args(options);
    command.args(["--", "sh", "-c", &format!("{POST}{script}")]);
    (project, command)
}

/// The socket lies in a folder that is covered there; so do all others of the runtime folder but that of the
/// run's certificates.
#[cfg(target_os = "linux")]
#[test]
fn threat_10_an_isolated_agent_cannot_decide() {
    let house = house();
    let xreq = crate::support::XREQ;
    let script = format!(
        "post hello & sleep 0.5; ls $(dirname $SSL_CERT_FILE)/..; ls $(dirname $SSL_CERT_FILE); \
         find / -name control.sock 2>/dev/null; XREQ_HOME={} {xreq} broker pending; \
         touch tried; wait",
        house.home.store().display()
    );
    for options in [&[][..], &["--allow-unix-sockets"]] {
        let (project, mut command) = isolated(&house, options, &script);
        let run = started(&house, &mut command);
        until("it tried", || project.path().join("tried").exists());
        run.decides("deny");
        let ran = run.ends();
        assert!(!ran.stdout.contains("control.sock"), "{}", ran.stdout);
        assert!(ran.stdout.contains("ca.pem"), "{}", ran.stdout);
        assert_eq!(ran.stdout.matches("run-").count(), 1, "its own: {}", ran.stdout);
        assert!(!ran.stdout.contains("POST /2/tweets"), "{}", ran.stdout);
        assert!(!ran.stderr.contains("advisory"), "{}", ran.stderr);
        assert!(ran.stdout.contains("403 "), "{}", ran.stdout);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn threat_02_a_question_is_asked_at_the_terminal_where_the_agent_has_nothing_of_it() {
    let house = house();
    let script = "post hello; post bye; post maybe -m 1; post last; test -e /dev/tty && (: </dev/tty) 2>&1; true";
    let (project, command) = isolated(&house, &[], script);
    let mut words = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(ToOwned::to_owned));
    let mut shell = house.home.program("sh");
    shell.current_dir(project.path());
    shell.args(["-c", "\"$@\" </dev/null >out 2>err; echo over", "sh"]).args(&words);
    let mut session = Pty::of(&shell);
    let shown = session.wait_for("let it go out? [y/n] ");
    assert!(shown.contains("POST /2/tweets  x (default)"), "{shown}");
    assert!(shown.contains("| {\"text\":\"hello\"}"), "{shown}");
    session.type_in("what\n");
    session.wait_for("let it go out? [y/n] ");
    session.type_in("y\n");
    session.wait_for("| {\"text\":\"bye\"}");
    session.wait_for("let it go out? [y/n] ");
    session.type_in("n\n");
    session.wait_for("| {\"text\":\"maybe\"}");
    // Its client goes away, nobody has to answer any more, and the next one is asked about.
    session.wait_for("| {\"text\":\"last\"}");
    session.wait_for("let it go out? [y/n] ");
    session.type_in("yes\n");
    session.wait_for("over\n");
    session.end();
    let out = fs::read_to_string(project.path().join("out")).expect("it was written");
    assert!(out.starts_with("201 403 000 201 ") && out.contains("cannot open /dev/tty"), "{out}");
    assert_eq!(posts(&house), 2);
}

/// An agent to which the terminal is relayed, or whose output it shows, could answer by itself or paint over the
/// question; one that is not isolated can open it.
#[cfg(target_os = "linux")]
#[test]
fn threat_02_no_question_is_asked_at_a_terminal_that_the_agent_has_something_of() {
    let house = house();
    for (mode, streams) in [
        ("--isolate", ""),
        ("--isolate", "</dev/null 2>err"),
        ("--isolate", ">out 2>err"),
        ("--isolate", "</dev/null >out"),
        ("--broker", "</dev/null >out 2>err"),
    ] {
        let (project, command) = isolated(&house, &[], "post hello");
        let mut words = vec![command.get_program().to_owned()];
        words.extend(command.get_args().map(ToOwned::to_owned));
        let at = words.iter().position(|word| word == "--isolate").expect("it is there");
        words[at] = mode.into();
        let mut shell = house.home.program("sh");
        shell.current_dir(project.path());
        shell.args(["-c", &format!("\"$@\" {streams}; echo over"), "sh"]).args(&words);
        let mut session = Pty::of(&shell);
        until("it waits", || !pending(&house).is_empty());
        session.type_in("y\n");
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert_eq!(pending(&house).len(), 1, "{mode} {streams}");
        let call = pending(&house).remove(0);
        decide(&house, "deny", &id(&call)).succeeds();
        let printed = session.wait_for("over");
        assert!(!printed.contains("let it go out?"), "{mode} {streams}: {printed}");
        session.end();
    }
    assert_eq!(posts(&house), 0);
}
