//! What is typed at a terminal is not shown there.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use rustix::termios::{LocalModes, tcgetattr};

use super::house::House;
use crate::support::machine;

/// Runs a command at a terminal, answers its question as soon as the terminal shows nothing of
/// what is typed, and gives what it showed.
fn answer(house: &House, line: &str, question: &str, answer: &str) -> String {
    let direct = house.home.command();
    let program = direct.get_program().to_str().expect("a plain path");
    let mut command = Command::new("script");
    let typed = format!("tty; '{program}' {line}");
    command.args(["--quiet", "--return", "--command", &typed, "/dev/null"]);
    command.env_clear().current_dir(house.home.path());
    command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = pipes.spawn().expect("`script` starts");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is a pipe"));

    let mut name = String::new();
    stdout.read_line(&mut name).expect("`tty` says its name");
    let terminal = File::open(name.trim_end()).expect("the terminal is there");
    while tcgetattr(&terminal).expect("it is one").local_modes.contains(LocalModes::ECHO) {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it does not ask");
        thread::yield_now();
    }
    drop(terminal);
    stdin.write_all(format!("{answer}\n").as_bytes()).expect("the terminal is there");
    let mut shown = Vec::new();
    stdout.read_to_end(&mut shown).expect("it can be read");
    drop(stdin);
    child.wait().expect("it ends");
    assert!(String::from_utf8_lossy(&shown).contains(question));
    house.assert_silent(&shown, &command);
    String::from_utf8_lossy(&shown).into_owned()
}

#[test]
fn what_is_typed_is_not_shown() {
    if machine::lacks("script") {
        return;
    }
    let house = House::new();
    let canaries = &house.canaries;
    house.plant("home/identity.txt", canaries.sealed_identity());
    let passphrase = canaries.passphrase.text.as_str();
    let run = "run -- sh -c 'echo ${#X_ACCESS_TOKEN} characters'";
    let shown = answer(&house, run, "Passphrase of", passphrase);
    assert!(shown.contains("90 characters"), "{shown}");
    let shown = answer(&house, run, "Passphrase of", &passphrase[1..]);
    assert!(shown.contains("passphrase_needed"), "{shown}");

    house.reset();
    let secret = canaries.client_secret.text.as_str();
    let shown = answer(&house, "secret set TYPED", "value of", secret);
    assert!(shown.contains("stored TYPED"), "{shown}");
    let import = "import x --account typed --scopes tweet.read";
    let shown = answer(&house, import, "token response:", &canaries.pasted.text);
    assert!(shown.contains("stored x (typed)"), "{shown}");
}
