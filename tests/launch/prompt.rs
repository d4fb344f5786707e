//! A person at the terminal is asked for what only a person knows, and nobody looks over the
//! shoulder.

use std::fs;
use std::io::Write;
use std::iter;
use std::process::Stdio;

use age::secrecy::SecretString;

use crate::launch::{MANIFEST, SCOPES, TOKEN, covered, launch};
use crate::support::pty::{Pty, ended};
use crate::support::{Home, Ran, XREQ};

const PASSPHRASE: &str = "correct hörse 👋 battery";

/// What a terminal does for a shell: shows what is typed, a line at a time, and interrupts.
const USUAL: [bool; 3] = [true; 3];

/// Seals the identity of a home with the passphrase.
fn seal_identity(home: &Home) {
    let file = home.store().join("identity.txt");
    let identity = fs::read(&file).expect("an identity");
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(PASSPHRASE.to_owned()));
    recipient.set_work_factor(2);
    let encryptor = age::Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
        .expect("one recipient");
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).expect("memory takes it");
    writer.write_all(&identity).and_then(|()| writer.finish().map(drop)).expect("memory takes it");
    fs::write(&file, sealed).expect("the store can be written");
}

/// A home where everything is met, and only a passphrase opens it.
fn locked() -> Home {
    let home = covered();
    seal_identity(&home);
    home
}

/// Waits for a question, at which nothing that is typed is shown.
#[track_caller]
fn asked(session: &mut Pty, question: &str) {
    session.wait_for(question);
    assert!(!session.modes()[0], "what is typed is shown");
}

#[test]
fn the_right_passphrase_launches_the_agent() {
    let home = locked();
    let agent = "echo ${#X_ACCESS_TOKEN}; read line; echo got $line; exit 6";
    let mut session = Pty::start(&home, &format!("exec \"$0\" run -- sh -c '{agent}'"));
    let identity = home.store().join("identity.txt");
    asked(&mut session, &format!("Passphrase of the identity `{}`: ", identity.display()));
    session.type_in(&format!("{PASSPHRASE}\n"));
    session.wait_for(&format!("\n{}\n", TOKEN.len()));
    assert_eq!(session.modes(), USUAL);
    session.type_in("a line\n");
    let (printed, status) = session.end();
    assert!(printed.ends_with("a line\ngot a line\n"), "{printed}");
    assert!(!printed.contains(PASSPHRASE) && !printed.contains("battery"), "{printed}");
    assert_eq!(ended(status), "exit 6");
}

#[test]
fn a_wrong_passphrase_launches_nothing() {
    for wrong in ["something else", ""] {
        let home = locked();
        let mut session = Pty::start(&home, "\"$0\" run -- touch launched; echo status $?; read x");
        asked(&mut session, "Passphrase of ");
        session.type_in(&format!("{wrong}\n"));
        let printed = session.wait_for("status 125\n");
        assert!(printed.contains("error[passphrase_needed]: "), "{printed}");
        assert!(wrong.is_empty() || !printed.contains(wrong), "{printed}");
        assert_eq!(session.modes(), USUAL);
        assert!(!home.path().join("launched").exists());
    }
}

/// The answer comes from the terminal even where the input is something else, of which the agent
/// gets every byte.
#[test]
fn the_input_of_the_agent_is_not_the_answer() {
    let home = locked();
    home.write("input", "not the passphrase\n");
    // Descriptor 3 keeps the terminal open until somebody is asked.
    let script =
        "exec \"$0\" run -- sh -c 'wc -c; echo launched >&2' <input >output 2>errors 3</dev/tty";
    let mut session = Pty::start(&home, script);
    asked(&mut session, "Passphrase of ");
    session.type_in(&format!("{PASSPHRASE}\n"));
    let (printed, status) = session.end();
    assert_eq!(ended(status), "exit 0", "{printed}");
    let read = |name: &str| fs::read_to_string(home.path().join(name)).expect("a file");
    assert_eq!((read("output").trim(), read("errors").as_str()), ("19", "launched\n"));
}

/// What is typed behind the answer is the agent's.
#[test]
fn only_one_line_is_the_answer() {
    let home = locked();
    let mut session = Pty::start(&home, "exec \"$0\" run -- sh -c 'read a; read b; echo $b, $a'");
    asked(&mut session, "Passphrase of ");
    session.type_in(&format!("{PASSPHRASE}\nfor the agent\nand more\n"));
    session.wait_for("and more, for the agent\n");
}

/// Where nobody can be asked, a file answers, and the agent does not hear of it.
#[test]
fn a_file_answers_where_nobody_can() {
    let home = locked();
    let agent = "echo ${#X_ACCESS_TOKEN} $XREQ_PASSPHRASE_FILE";
    let launched = |answer: &str| {
        home.write("passphrase", answer);
        let mut xreq = launch(&home, &["sh", "-c", agent]);
        Ran::of(xreq.env("XREQ_PASSPHRASE_FILE", home.path().join("passphrase")))
    };
    let right = launched(&format!("{PASSPHRASE}\nand a second line\n"));
    assert_eq!((right.status.code(), right.stdout), (Some(0), format!("{}\n", TOKEN.len())));
    for wrong in ["", "something else\n"] {
        let ran = launched(wrong);
        assert_eq!((ran.status.code(), ran.stdout.as_str()), (Some(125), ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("error[passphrase_needed]: "), "{}", ran.stderr);
    }
}

#[test]
fn a_typing_error_can_be_corrected() {
    let home = locked();
    let mut session = Pty::start(&home, "exec \"$0\" run -- echo launched");
    asked(&mut session, "Passphrase of ");
    session.type_in(&format!("wrong\x15{PASSPHRASE}ü👋\x7f\x7f\n"));
    session.wait_for("launched\n");
}

#[test]
fn ctrl_c_ends_the_question_and_leaves_the_terminal_as_it_was() {
    for script in ["run -- touch launched", "secret set FAL_KEY", "import x"] {
        let home = locked();
        // The shell lives on, as that of a person does.
        let script = format!("trap : INT; \"$0\" {script}; echo status $?; read line");
        let mut session = Pty::start(&home, &script);
        asked(&mut session, ": ");
        session.type_in("half a pass\x03");
        let shown = session.wait_for("status 130\n");
        let last = "\nended by Ctrl-C at the question, and nothing was done\n";
        assert!(shown.contains(last), "{shown:?}");
        assert_eq!(session.modes(), USUAL);
        assert!(!home.path().join("launched").exists());
    }
}

#[test]
fn an_end_of_input_is_no_answer() {
    let home = locked();
    let mut session = Pty::start(&home, "\"$0\" run -- touch launched; echo status $?; read line");
    asked(&mut session, "Passphrase of ");
    session.type_in("\x04");
    assert!(session.wait_for("status 125\n").contains("error[passphrase_needed]"));
    assert_eq!(session.modes(), USUAL);
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let home = locked();
    // A session of its own has no terminal.
    let mut alone = home.program("setsid");
    alone.args(["--wait", XREQ, "run", "--", "touch", "launched"]);
    let ran = Ran::with_input(&mut alone, PASSPHRASE.as_bytes()).exits(125);
    let ran = ran.complains("error[passphrase_needed]: ").complains("no terminal to ask");
    ran.complains("`XREQ_IDENTITY_FILE`");
    assert!(!home.path().join("launched").exists());
}

/// Who needs no key is asked for no passphrase.
#[test]
fn nobody_is_asked_without_need() {
    let home = locked();
    for args in [
        &["check"][..],
        &["status", "--within", "0s"],
        &["explain"],
        &["secret", "list"],
        &["validate"],
    ] {
        Ran::of(home.program("setsid").args(["--wait", XREQ]).args(args)).succeeds();
    }
    home.write("xreq.yaml", "integrations: [x.dm.read]\n");
    let mut unmet = home.program("setsid");
    unmet.args(["--wait", XREQ, "run", "--", "true"]);
    Ran::of(&mut unmet).exits(125).complains("error[requirements_unmet]");
    home.write("xreq.yaml", "name: an app\n");
    Ran::of(launch(&home, &["true"]).stdin(Stdio::null())).succeeds();
}

#[test]
fn a_secret_can_be_typed() {
    let home = Home::with_manifest("secrets: [FAL_KEY]\n");
    let mut session = Pty::start(&home, "exec \"$0\" secret set FAL_KEY");
    asked(&mut session, "value of FAL_KEY: ");
    session.type_in(" the schlüssel \\ of \"fal\"\n");
    let (printed, status) = session.end();
    assert_eq!(ended(status), "exit 0");
    let ending = "\nstored FAL_KEY\nnext: xreq run -- printenv XREQ_INTEGRATIONS\n";
    assert!(printed.ends_with(ending) && !printed.contains("schl"), "{printed}");
    let agent = home.xreq(&["run", "--", "sh", "-c", "printf %s \"$FAL_KEY\""]).succeeds();
    assert_eq!(agent.stdout, " the schlüssel \\ of \"fal\"");
}

#[test]
fn an_empty_secret_is_not_stored() {
    let home = Home::with_manifest("secrets: [FAL_KEY]\n");
    let mut session = Pty::start(&home, "exec \"$0\" secret set FAL_KEY");
    asked(&mut session, "value of FAL_KEY: ");
    session.type_in("\n");
    let (printed, status) = session.end();
    assert_eq!(ended(status), "exit 2");
    assert!(printed.contains("error[bad_argument]: the value of FAL_KEY is empty"), "{printed}");
    assert_eq!(home.xreq(&["secret", "list"]).succeeds().stdout, "");
}

/// A name that cannot be is refused before anybody has typed a value.
#[test]
fn a_bad_name_is_told_before_the_question() {
    let home = Home::with_manifest(MANIFEST);
    let (printed, status) = Pty::start(&home, "exec \"$0\" secret set FAL-KEY").end();
    assert_eq!(ended(status), "exit 2", "{printed}");
    assert!(!printed.contains("value of"), "{printed}");
}

#[test]
fn a_token_can_be_typed() {
    let home = Home::with_manifest(MANIFEST);
    let script = format!("exec \"$0\" import x --scopes \"{SCOPES}\" --expires-in 7200");
    let mut session = Pty::start(&home, &script);
    asked(&mut session, "token or token response: ");
    session.type_in(&format!("{TOKEN}\n"));
    let (printed, status) = session.end();
    assert_eq!(ended(status), "exit 0", "{printed}");
    assert!(!printed.contains(TOKEN), "{printed}");
    let agent = home.xreq(&["run", "--", "sh", "-c", "printf %s $X_ACCESS_TOKEN"]).succeeds();
    assert_eq!(agent.stdout, TOKEN);
}

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nbWFkZSB1cA==\n-----END PRIVATE KEY-----\n";

/// A text as a terminal hands over what is pasted, if it was asked to mark that.
fn pasted(text: &str) -> String {
    format!("\x1b[200~{text}\x1b[201~")
}

/// A shell in which a command runs, then what is typed next is shown.
fn before_the_next_command(home: &Home, command: &str) -> Pty {
    let script = format!("\"$0\" {command}; echo status $?; read line; echo \"next: $line\"");
    Pty::start(home, &script)
}

/// Asserts that nothing of what was typed before gets to what the person does next.
#[track_caller]
fn shell_gets_nothing(mut session: Pty) -> String {
    session.type_in("a new line\n");
    session.wait_for("next: a new line\n");
    let (printed, _) = session.end();
    assert!(!printed.contains("BEGIN") && !printed.contains("bWFk"), "{printed}");
    printed
}

#[test]
fn several_lines_that_the_terminal_marks_as_one_paste_are_one_value() {
    let home = Home::with_manifest("secrets: [KEY]\n");
    for (typed, stored) in [
        (format!("{}\r", pasted(KEY)), KEY.trim_end().to_owned()),
        (format!("{}\r", pasted(&KEY.replace('\n', "\r"))), KEY.trim_end().to_owned()),
        (format!("{}\r", pasted(&KEY.replace('\n', "\r\n"))), KEY.trim_end().to_owned()),
        (format!("{}\r", pasted("one line\n")), "one line".to_owned()),
        (format!("a{}b\n", pasted("\n")), "a\nb".to_owned()),
        (format!("wrong\x15{}\n", pasted("right")), "right".to_owned()),
    ] {
        let mut session = before_the_next_command(&home, "secret set KEY");
        asked(&mut session, "value of KEY: ");
        session.type_in(&typed);
        session.wait_for("status 0\n");
        assert_eq!(session.modes(), USUAL);
        let printed = shell_gets_nothing(session);
        // The terminal is asked to mark pastes, and then no longer.
        let (on, off) = (printed.find("\x1b[?2004h"), printed.rfind("\x1b[?2004l"));
        assert!(on.is_some() && on < off, "{printed:?}");
        let agent = home.xreq(&["run", "--", "sh", "-c", "printf %s \"$KEY\""]).succeeds();
        assert_eq!(agent.stdout, stored, "{typed:?}");
    }
}

#[test]
fn several_lines_that_are_not_marked_are_refused_and_dropped() {
    let home = Home::with_manifest("secrets: [KEY]\n");
    for lines in
        [KEY.to_owned(), KEY.replace('\n', "\r\n"), format!("{KEY}half a line"), KEY.repeat(90)]
    {
        let mut session = before_the_next_command(&home, "secret set KEY");
        asked(&mut session, "value of KEY: ");
        session.type_in(&lines);
        let said = session.wait_for("status 2\n");
        assert!(
            said.contains("error[bad_argument]: the value of KEY was pasted with several lines"),
            "{said}"
        );
        assert!(said.contains("`xreq secret set KEY <FILE`"), "{said}");
        assert_eq!(session.modes(), USUAL);
        shell_gets_nothing(session);
        assert_eq!(home.xreq(&["secret", "list"]).succeeds().stdout, "");
    }
}

#[test]
fn a_client_secret_is_one_line() {
    let home = Home::with_manifest(MANIFEST);
    let command = "client set x --id an-id";
    for (typed, says) in [
        (KEY.to_owned(), "was pasted with several lines"),
        (format!("{}\r", pasted(KEY)), "the client secret has several lines"),
    ] {
        let mut session = before_the_next_command(&home, command);
        asked(&mut session, "client secret of X: ");
        session.type_in(&typed);
        let said = session.wait_for("status 2\n");
        assert!(said.contains(says), "{said}");
        shell_gets_nothing(session);
    }
    let mut session = before_the_next_command(&home, command);
    asked(&mut session, "client secret of X: ");
    session.type_in(&format!("{}\r", pasted("the-secret\n")));
    session.wait_for("status 0\n");
}

#[test]
fn a_token_response_may_be_pasted_in_lines_and_nothing_behind_it() {
    let home = Home::with_manifest(MANIFEST);
    let response = format!(
        "{{\"access_token\": \"{TOKEN}\",\n \"expires_in\": 7200,\n \"scope\": \"{SCOPES}\"}}\n"
    );
    for typed in
        [response.clone(), response.replace('\n', "\r\n"), format!("{}\r", pasted(&response))]
    {
        let mut session = before_the_next_command(&home, "import x");
        asked(&mut session, "token or token response: ");
        session.type_in(&typed);
        session.wait_for("status 0\n");
        shell_gets_nothing(session);
    }
    fs::remove_file(home.grant("default")).expect("it was stored");
    for typed in [format!("{response}{KEY}"), format!("{TOKEN}\n{KEY}")] {
        let mut session = before_the_next_command(&home, "import x");
        asked(&mut session, "token or token response: ");
        session.type_in(&typed);
        let said = session.wait_for("status 2\n");
        assert!(said.contains("was pasted with several lines"), "{said}");
        shell_gets_nothing(session);
        assert!(!home.grant("default").exists());
    }
}

/// What is pasted where a passphrase belongs is no passphrase, and does not get to the shell either.
#[test]
fn several_lines_are_no_passphrase() {
    let home = locked();
    for (typed, says) in [
        (KEY.to_owned(), "this is not the passphrase"),
        (format!("{}\n", pasted(KEY)), "was pasted with several lines"),
    ] {
        let mut session = before_the_next_command(&home, "run -- touch launched");
        asked(&mut session, "Passphrase of ");
        session.type_in(&typed);
        let said = session.wait_for("status 125\n");
        assert!(said.contains("error[") && said.contains(says), "{said}");
        shell_gets_nothing(session);
        assert!(!home.path().join("launched").exists());
    }
    let mut session = Pty::start(&home, "exec \"$0\" run -- echo launched");
    asked(&mut session, "Passphrase of ");
    session.type_in(&format!("{}\n", pasted(&format!("{PASSPHRASE}\n"))));
    session.wait_for("launched\n");
}
