//! Representative outputs.

use super::{WIDTHS, fits, is_as_written, session};
use crate::support::pty::Pty;
use crate::support::{Home, Ran, XREQ};

const MANIFEST: &str = "\
requirements:
  integrations:
    - key: x.tweet.write
      description: Post a summary every morning, and a picture of the week on each Sunday evening
    - key: x.dm.read
      description: 毎朝の要約を投稿し、日曜の夜にはその週の写真を投稿します
      optional: true
    - key: x.like.write
      optional: true
  secrets:
    - key: FAL_KEY
      description: Generate images
";

const WRONG: &str = "\
requirements:
  integrations:
    - key: x.tweet.wriet
      descripton: Post a summary every morning
    - key: x.dm.read
      optional: yes please
";

/// Lines as they are typed, each with an output that differs from the others in kind.
const COMMANDS: [&str; 31] = [
    "init",
    "check",
    "check --account x=full",
    "explain",
    "explain x.tweet.read",
    "status",
    "status nowhere",
    "refresh x",
    "refresh --all",
    "run --dry-run --account x=full -- ./agent --once",
    "run -- ./agent",
    "validate wrong.yaml",
    "validate nowhere.yaml",
    "diff old.yaml xreq.yaml",
    "catalog",
    "catalog x.dm.read",
    "catalog dm.read",
    "catalog 'POST /2/tweets'",
    "client show",
    "secret list",
    "secret rm NOT_THERE",
    "rules",
    "rules scope/missing",
    "writer list",
    "reseal --dry-run",
    "trust --yes",
    "token x --account nobody",
    "connect nowhere",
    "checks",
    "diff --no-such",
    "secret import secrets.env --replace",
];

/// Returns a home in which the outputs of all commands are the same on every machine.
fn home() -> Home {
    let home = Home::with_manifest(MANIFEST);
    home.write("wrong.yaml", WRONG);
    home.write("old.yaml", "requirements:\n  integrations: [x.tweet.write]\n");
    home.write("secrets.env", "FAL_KEY=value # mine\nOTHER=1\n");
    let token = "token-of-a-test-alone";
    let import = |account: &str, scopes: &str| {
        let args = ["import", "x", "--account", account, "--scopes", scopes, "-"];
        home.xreq_with(&args, token).succeeds();
    };
    import("default", "tweet.read users.read offline.access");
    import("full", "tweet.read tweet.write users.read dm.read like.read like.write offline.access");
    for name in ["FAL_KEY", "A_SECRET_WITH_A_LONG_NAME"] {
        home.xreq_with(&["secret", "set", name], "value").succeeds();
    }
    home.xreq_with(&["client", "set", "x", "--id", "bWFkZS11cC1leGFtcGxl:1:ci"], "secret")
        .succeeds();
    let other = ["client", "set", "x", "--client", "bots", "--public", "--id", "b3RoZXI"];
    home.xreq(&other).succeeds();
    // Files of other programs are nothing to tell of.
    let temporary = home.path().to_str().expect("it is a word").to_owned();
    home.var("NO_COLOR", "1").var("TMPDIR", &temporary)
}

#[test]
fn outputs_read_well_at_every_width() {
    let home = home();
    let commands = COMMANDS.map(str::to_owned);
    for width in WIDTHS {
        let shown = session(&home, &commands, width);
        fits(&shown, width);
        let folder = home.path().to_str().expect("it is a word");
        is_as_written("outputs", width, &masked(&shown.replace(folder, "/home/me/agents")));
    }
}

#[test]
fn no_command_is_broken_over_lines() {
    let first = Home::empty().var("NO_COLOR", "1");
    first.xreq(&["init"]).succeeds();
    let cases = [(home(), &COMMANDS[..]), (first, &["init", "check", "run -- ./agent"])];
    for (home, commands) in cases {
        let commands: Vec<_> = commands.iter().map(ToString::to_string).collect();
        let shown = session(&home, &commands, WIDTHS[0]);
        let steps: Vec<_> = commands.iter().map(|line| format!("\"$0\" {line} 2>&1")).collect();
        let script = steps.join("; ");
        let whole = Ran::of(home.program("sh").args(["-c", &script, XREQ])).stdout;
        let named = commands_in(&whole);
        assert!(named.len() > 6, "{whole}");
        for command in named {
            let [there, whole] = [&shown, &whole].map(|text| text.matches(command).count());
            assert!(there >= whole, "{command} is broken in {shown}");
        }
    }
}

/// Returns the commands that a text names, each on a line.
fn commands_in(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let next = line.strip_prefix("next").and_then(|rest| rest.split_once(": "));
        found.extend(line.split('`').skip(1).step_by(2));
        found.extend(next.map(|(_, command)| command));
    }
    found.retain(|it| it.starts_with("xreq "));
    found
}

/// Replaces times and keys by others that are as wide.
fn masked(text: &str) -> String {
    let masked = |word: &str| {
        let is_time =
            word.len() >= 20 && word.contains('T') && word.contains(':') && word.contains('Z');
        let is_key = word.len() > 40
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "+=-_:".contains(c));
        if is_time && word.starts_with(|c: char| c.is_ascii_digit() || c == '(') {
            word.replace(|c: char| c.is_ascii_digit(), "0")
        } else if is_key {
            "k".repeat(word.len())
        } else {
            word.to_owned()
        }
    };
    let lines =
        text.split('\n').map(|line| line.split(' ').map(masked).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn colours_add_nothing_and_are_few() {
    let home = home();
    for line in [
        "check",
        "explain",
        "status",
        "rules",
        "run --dry-run -- a",
        "--help",
        "validate wrong.yaml",
    ] {
        let words: Vec<_> = line.split(' ').collect();
        let run = |colour: &str| {
            let ran = home.xreq(&[&["--color", colour], &words[..]].concat());
            (ran.stdout, ran.stderr)
        };
        let (plain, coloured) = (run("never"), run("always"));
        assert_ne!(plain, coloured, "{line} has no colour");
        let stripped = [&coloured.0, &coloured.1].map(|text| strip(text));
        assert_eq!([plain.0, plain.1], stripped, "{line}");
    }
}

/// Removes styles, and asserts that they are such as every terminal shows legibly.
fn strip(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |mut text, piece| {
        let (style, rest) = piece.split_once('m').expect("a style");
        assert!(["0", "1", "2", "31", "32", "35"].contains(&style), "{style} in {piece:?}");
        text.push_str(rest);
        text
    })
}

#[test]
fn in_a_pipe_lines_stay_whole_whatever_the_terminal() {
    let home = home();
    let piped = |columns: &str| {
        let mut command = home.command();
        Ran::of(command.arg("explain").env("COLUMNS", columns)).succeeds().stdout
    };
    let whole = piped("60");
    assert_eq!(whole, piped("120"));
    assert!(
        whole.contains(
            "a summary every morning, and a picture of the week on each Sunday evening\n"
        )
    );
}

#[test]
fn the_stated_columns_win_over_those_of_the_terminal() {
    let home = home();
    let (printed, _) = Pty::start_wide(&home, "COLUMNS=60 \"$0\" explain", 120).end();
    assert!(printed.lines().all(|line| line.chars().count() <= 60), "{printed}");
    let (printed, _) = Pty::start_wide(&home, "COLUMNS=some \"$0\" explain", 120).end();
    assert!(printed.lines().any(|line| line.chars().count() > 60), "{printed}");
}
