//! The habits of people who know other tools: each works, or is answered with the line to type.

use crate::support::{Home, SCOPES};

/// Lines that work, each with the line that means the same.
const SAME: &[(&str, &str)] = &[
    ("ls", "status"),
    ("list", "status"),
    ("ls x", "status x"),
    ("--color never ls", "--color never status"),
    ("version", "--version"),
    ("completion bash", "completions bash"),
    ("status --json", "status --format json"),
    ("status --account default", "status"),
    ("status --account x=default", "status x"),
    ("--json check", "check --format json"),
    ("check --json", "check --format json"),
    ("secret ls", "secret list"),
    ("secret ls --json", "secret list --format json"),
    ("secret remove NONE", "secret rm NONE"),
    ("secret delete NONE", "secret rm NONE"),
    ("client ls", "client show"),
    ("client list", "client show"),
    ("client remove x", "client rm x"),
    ("client delete x", "client rm x"),
    ("client rm x --name ci", "client rm x --client ci"),
    ("writer ls", "writer list"),
    ("writer rm KEY", "writer remove KEY"),
    ("check -f xreq.yaml", "check --manifest xreq.yaml"),
    ("check -fxreq.yaml", "check --manifest xreq.yaml"),
    ("check --file xreq.yaml", "check --manifest xreq.yaml"),
    ("check --file=xreq.yaml", "check --manifest xreq.yaml"),
    ("explain -f xreq.yaml", "explain --manifest xreq.yaml"),
    ("validate -f xreq.yaml", "validate xreq.yaml"),
    ("validate --manifest=xreq.yaml", "validate xreq.yaml"),
    ("run -f xreq.yaml -- sh -c :", "run --manifest xreq.yaml -- sh -c :"),
    ("run -n -- true", "run --dry-run -- true"),
    ("run --no-color -n -- true", "run --color never --dry-run -- true"),
    ("reseal -n", "reseal --dry-run"),
    ("help ls", "help status"),
    ("help run", "run --help"),
];

/// Lines that do not work, each with part of the answer.
const ANSWERED: &[(&str, &str)] = &[
    ("login", "`xreq connect PROVIDER`"),
    ("login x", "`xreq connect x`"),
    ("login x x.dm.read", "`xreq connect x x.dm.read`"),
    ("login x --account work", "`xreq connect x --account work`"),
    ("login x --password hunter2", "`xreq connect x`"),
    ("login x hunter2", "`xreq connect x`"),
    ("completions", "name the shell: `xreq completions bash`"),
    ("signin", "`xreq connect PROVIDER`"),
    ("uninstall", "`xreq disconnect` ends what is granted"),
    ("reset", "`xreq disconnect` ends what is granted"),
    ("backup", "a store is folders that are copied"),
    ("migrate", "a store is folders that are copied"),
    ("test", "`xreq check`"),
    ("show x.dm.read", "`xreq catalog x.dm.read`"),
    ("auth login", "`xreq connect PROVIDER`"),
    ("auth login x", "`xreq connect x`"),
    ("logout x", "`xreq disconnect x`"),
    ("signout", "`xreq disconnect PROVIDER`"),
    ("revoke x", "`xreq disconnect x`"),
    ("auth logout", "`xreq disconnect PROVIDER`"),
    ("auth token", "`xreq token PROVIDER`"),
    ("auth refresh x", "`xreq refresh x`"),
    ("rotate x", "`xreq refresh x`"),
    ("renew", "`xreq refresh PROVIDER`"),
    ("auth status", "`xreq status`"),
    ("auth", "`xreq status`"),
    ("whoami", "`xreq status`"),
    ("me", "`xreq status`"),
    ("accounts", "`xreq status`"),
    ("account list", "`xreq status`"),
    ("grants", "`xreq status`"),
    ("doctor", "`xreq check`"),
    ("diagnose", "`xreq check`"),
    ("preflight", "`xreq check`"),
    ("config", "config.yaml"),
    ("configure", "config.yaml"),
    ("settings", "config.yaml"),
    ("check --config a", "config.yaml"),
    ("setup", "`xreq init`"),
    ("new", "`xreq init`"),
    ("create", "`xreq init`"),
    ("exec", "`xreq run -- COMMAND`"),
    ("exec -- python agent.py", "`xreq run -- python agent.py`"),
    ("exec python agent.py", "`xreq run -- python agent.py`"),
    ("start ./agent --key hunter2", "`xreq run -- ./agent --key …`"),
    ("launch ./agent KEY=hunter2", "`xreq run -- ./agent …`"),
    ("shell", "`xreq run -- COMMAND`"),
    ("run python agent.py", "did you mean `xreq run -- python agent.py`?"),
    ("run ./agent --once", "did you mean `xreq run -- ./agent --once`?"),
    ("run ./agent -- --once", "did you mean `xreq run -- ./agent --once`?"),
    ("run --min-ttl 5m ./agent", "did you mean `xreq run --min-ttl 5m -- ./agent`?"),
    ("run ./agent --key hunter2", "did you mean `xreq run -- ./agent --key …`?"),
    ("get FAL_KEY", "is never printed"),
    ("read FAL_KEY", "is never printed"),
    ("reveal FAL_KEY", "is never printed"),
    ("secret get FAL_KEY", "is never printed"),
    ("secrets get FAL_KEY", "is never printed"),
    ("secrets download", "is never printed"),
    ("set FAL_KEY hunter2", "`xreq secret set FAL_KEY`"),
    ("set FAL_KEY=hunter2", "`xreq secret set NAME`"),
    ("add", "`xreq secret set NAME`"),
    ("rm FAL_KEY", "`xreq secret rm FAL_KEY`"),
    ("remove", "`xreq disconnect PROVIDER`"),
    ("delete", "`xreq client rm PROVIDER`"),
    ("secrets", "`xreq secret list`"),
    ("secrets list", "`xreq secret list`"),
    ("secrets set FAL_KEY hunter2", "`xreq secret set FAL_KEY`"),
    ("secrets rm FAL_KEY", "`xreq secret rm FAL_KEY`"),
    ("secret add FAL_KEY hunter2", "`xreq secret set FAL_KEY`"),
    ("secret set FAL_KEY hunter2", "`xreq secret set FAL_KEY` asks for it"),
    ("secret set FAL_KEY --value hunter2", "list of processes"),
    ("clients", "`xreq client show`"),
    ("apps", "`xreq client show`"),
    ("client add x", "`xreq client set x`"),
    ("client set x hunter2", "a client's id is an option"),
    ("client set x --id a --secret hunter2", "list of processes"),
    ("client set x --id a --client-secret=hunter2", "list of processes"),
    ("providers", "`xreq catalog`"),
    ("scopes x", "`xreq catalog x`"),
    ("keys x", "`xreq catalog x`"),
    ("env", "`xreq run --dry-run -- COMMAND`"),
    ("export", "`xreq run --dry-run -- COMMAND`"),
    ("printenv", "`xreq run --dry-run -- COMMAND`"),
    ("inject", "`xreq run --dry-run -- COMMAND`"),
    ("scan", "`xreq validate`"),
    ("lint agents/", "`xreq validate agents/`"),
    ("verify", "`xreq check --verify`"),
    ("audit", "`xreq audit-log verify`"),
    ("log", "`xreq audit-log verify`"),
    ("logs", "`xreq audit-log verify`"),
    ("history", "`xreq audit-log verify`"),
    ("upgrade", "`xreq --version`"),
    ("update", "`xreq --version`"),
    ("self-update", "`xreq --version`"),
    ("help login", "`xreq connect --help`"),
    ("help exec", "`xreq run --help`"),
    ("help run explain", "`xreq explain --help`"),
    ("-v", "one level of detail"),
    ("check --verbose", "one level of detail"),
    ("check --debug", "one level of detail"),
    ("run -q -- true", "one level of detail"),
    ("status --quiet", "one level of detail"),
    ("connect x --yes", "it is not needed"),
    ("disconnect x -y", "it is not needed"),
    ("disconnect x --dry-run", "`xreq run --dry-run -- COMMAND`"),
    ("check -n", "`xreq check` changes nothing"),
    ("token x work", "did you mean `xreq token x --account work`?"),
    ("refresh x work", "did you mean `xreq refresh x --account work`?"),
    ("disconnect x work", "did you mean `xreq disconnect x --account work`?"),
    ("token x --profile work", "`--account work`"),
    ("run --profile work -- true", "`--account work`"),
    ("check --user=work", "`--account work`"),
    ("token -u", "`--account LABEL`"),
    ("connect x --scopes dm.read", "`--add-scope dm.read`"),
    ("connect x -s dm.read", "`--add-scope dm.read`"),
    ("connect x --web", "the browser is opened"),
    ("import x --with-token", "`xreq import PROVIDER`"),
    ("import x --token hunter2", "`xreq import PROVIDER`"),
    ("run --duration 1h -- true", "`--min-ttl 1h`"),
    ("run --env-file .env -- true", "`xreq secret set NAME`"),
    ("run --no-masking -- true", "`--redact`"),
    ("run --command true", "`xreq run -- sh -c 'COMMAND'`"),
    ("status --show-token", "`xreq token PROVIDER`"),
    ("status -o json", "`--format`"),
    ("add x", "`xreq connect x`"),
    ("add FAL_KEY hunter2", "`xreq connect PROVIDER`"),
    ("exec work -- true", "`xreq run --account work -- true`"),
    ("exec --min-ttl 1h -- true", "`xreq run --min-ttl 1h -- true`"),
    ("exec a b -- true", "`xreq run -- true`"),
    ("secret show FAL_KEY", "is never printed"),
    ("secret set FAL_KEY=hunter2", "`xreq secret set FAL_KEY` asks for it"),
    ("secret set 1=hunter2", "`xreq secret set NAME` asks for it"),
    ("check xreq.yaml other.yaml", "one manifest at a time"),
    ("init my-app", "`mkdir my-app && cd my-app && xreq init`"),
    ("help conect", "`xreq connect --help`"),
    ("run --env A=hunter2 -- true", "`NAME=VALUE xreq run -- COMMAND`"),
    ("run --scope dm.read -- true", "`xreq connect PROVIDER --add-scope SCOPE`"),
    ("connect x --headless", "`xreq connect PROVIDER --paste`"),
    ("check --fix", "`xreq check` changes nothing"),
    ("disconnect x --all", "`xreq disconnect PROVIDER --account LABEL`"),
    ("token x --copy", "pbcopy"),
    ("status --expired", "`xreq status --format json`"),
    ("status --watch", "`watch xreq status`"),
    ("connect twitter", "did you mean `x`?"),
    ("rules scope", "`scope/missing`"),
    ("checks", "a similar subcommand exists: 'check'"),
];

fn home() -> Home {
    let home = Home::with_manifest("integrations: [x.tweet.write]\n");
    home.import("token", SCOPES);
    home
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn habits_that_mean_one_thing_work() {
    let home = home();
    let mut failed = Vec::new();
    for (line, meaning) in SAME {
        let (typed, meant) = (home.xreq(&words(line)), home.xreq(&words(meaning)));
        let of = |ran: &crate::support::Ran| {
            (ran.status, ran.stdout.replace(char::is_numeric, ""), ran.stderr.clone())
        };
        if of(&typed) != of(&meant) || typed.stderr.contains("tip:") {
            failed.push(format!("{line}: {}{}", typed.stdout, typed.stderr));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn other_habits_are_answered_with_the_line_to_type() {
    let home = home();
    let mut failed = Vec::new();
    for (line, answer) in ANSWERED {
        let ran = home.xreq(&words(line));
        let status = if line.starts_with("run ") { 125 } else { 2 };
        let is_answered = ran.status.code() == Some(status)
            && ran.stdout.is_empty()
            && ran.stderr.contains(answer)
            && !ran.stderr.contains("hunter2");
        if !is_answered {
            failed.push(format!("{line}: {}: {}", ran.status, ran.stderr));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn nothing_is_guessed_that_no_slip_explains() {
    let home = home();
    for (line, usage) in [
        ("test", "xreq [OPTIONS] <COMMAND>"),
        ("plan", "xreq [OPTIONS] <COMMAND>"),
        ("--verbose", "xreq [OPTIONS] <COMMAND>"),
        ("check --no-such", "xreq check [OPTIONS] [FILE]"),
        ("status --watching x", "xreq status [OPTIONS] [PROVIDER]"),
        ("disconnect x --no-such", "xreq disconnect [OPTIONS] <PROVIDER>"),
        ("diff --no-such", "xreq diff [OPTIONS] OLD NEW"),
    ] {
        let stderr = home.xreq(&words(line)).exits(2).stderr;
        assert!(stderr.contains(&format!("Usage: {usage}\n")), "{line}: {stderr}");
        let is_guess = ["as a value", "a similar"].iter().any(|part| stderr.contains(part));
        assert!(!is_guess, "{line}: {stderr}");
    }
    home.xreq(&["status", "--wihtin", "1d"]).exits(2).complains("exists: '--within'");
    home.xreq(&["status", "--format", "jsno"]).exits(2).complains("exists: 'json'");
    home.xreq(&["status", "--account", "nobody"]).complains("no account has the label `nobody`");
    home.xreq(&["status", "--account", "defualt"]).complains("did you mean `default`?");
}

#[test]
fn a_program_that_is_none_is_explained() {
    let home = home();
    let run = |program: &str| home.xreq(&["run", "--", program, "/"]).exits(127);
    run("python3 agent.py").complains("made one word of it");
    run("umask").complains("is a command of shells");
    run("no-such-program").complains("check its spelling");
}

#[test]
fn every_command_that_is_answered_with_can_be_typed() {
    let home = home();
    for (line, _) in ANSWERED {
        let stderr = home.xreq(&words(line)).stderr;
        let quoted = stderr.split('`').skip(1).step_by(2).filter_map(|it| it.strip_prefix("xreq "));
        for named in quoted.filter(|it| !it.starts_with('-')) {
            let is_name = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let words: Vec<_> = named.split(' ').take_while(is_name).collect();
            let length = match words[0] {
                "secret" | "client" | "audit-log" => 2,
                _ => 1,
            };
            home.xreq(&[&words[..length], &["--help"]].concat()).succeeds();
        }
    }
}

#[test]
fn words_of_an_agent_are_its_own() {
    let home = home();
    let agent = "run -- echo ls --json -f a -v login";
    home.xreq(&words(agent)).succeeds().prints("ls --json -f a -v login\n");
    let shell = ["run", "--no-color", "--", "echo", "--no-color"];
    home.xreq(&shell).succeeds().prints("--no-color\n");
    // An option of xreq that is misspelt is none of the agent's.
    home.xreq(&words("run --strikt ./agent --strict")).exits(125).complains("'--strikt'");
}

#[test]
fn habits_are_in_no_help_and_no_completion() {
    let home = Home::empty();
    let help = home.xreq(&["--help"]).stdout;
    for shell in ["bash", "zsh", "fish"] {
        let script = home.xreq(&["completions", shell]).succeeds().stdout;
        for habit in ["login", "whoami", "no-colour", "--json"] {
            assert!(!script.contains(habit) && !help.contains(habit), "{shell}: {habit}");
        }
    }
}
