//! A launch: what it refuses, what it takes, and what it records.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{MANIFEST, home, is_launched, is_launched_by, is_refused, launch};
use crate::support::provider::House;
use crate::support::wait::until;
use crate::support::{Home, Ran, conforms};

#[test]
fn a_command_of_a_manifest_is_refused_until_it_is_trusted() {
    let home = home(MANIFEST);
    is_refused(&home, "`exec touch told`");
    let ran = launch(&home, &[]).exits(125).complains("`xreq trust xreq.yaml`");
    ran.complains("`--on-refresh ACTION`");
    // Where xreq does not stay, nothing is told, and so nothing is run.
    home.xreq(&["run", "--", "true"]).succeeds();
    home.xreq(&["run", "--redact", "--", "true"]).succeeds();
    home.xreq(&["trust", "--yes"]).succeeds().prints("trusted /").prints("/xreq.yaml\n");
    is_launched_by(&home, &[]);
    home.xreq(&["trust", "--remove"]).succeeds().prints("no longer trusted: /");
    is_refused(&home, "`exec touch told`");
    assert!(!home.path().join("told").exists());
}

#[test]
fn trust_is_bound_to_what_the_manifest_decides() {
    let home = home(MANIFEST);
    home.xreq(&["trust", "--yes"]).succeeds();
    let with = |from: &str, to: &str| {
        let changed = MANIFEST.replace(from, to);
        assert_ne!(changed, MANIFEST);
        home.write("xreq.yaml", changed);
    };
    for (from, to) in [
        ("requirements:", "# a comment\nname: an app\nrequirements:"),
        ("[x.tweet.write]", "[{key: x.tweet.write, optional: true, description: Post}]"),
        ("exec touch told", "'exec  touch told'"),
        ("  on_refresh: exec touch told\n", ""),
        ("exec touch told", "none"),
    ] {
        with(from, to);
        is_launched_by(&home, &[]);
    }
    for (from, to, by) in [
        ("touch told", "touch  told", "on_refresh `exec touch  told`"),
        ("touch told", "touch told; id", "on_refresh `exec touch told; id`"),
        ("[x.tweet.write]", "[x.tweet.write, x.user.read]", "key `x.user.read`"),
        ("[x.tweet.write]", "[x.tweet.write, {key: x, scopes: [tweet.read]}]", "scope `x tweet"),
        (
            "  on_refresh",
            "  secrets: [{key: A_KEY, optional: true}]\n  on_refresh",
            "secret `A_KEY`",
        ),
        ("  on_refresh", "  delivery: [file]\n  on_refresh", "delivery `file`"),
    ] {
        with(from, to);
        is_refused(&home, by);
    }
    // The same text at another path is another manifest; another way to it is not.
    home.write("xreq.yaml", MANIFEST);
    home.write("other.yaml", MANIFEST);
    launch(&home, &["--manifest", "other.yaml"]).exits(125).complains("not_trusted");
    std::os::unix::fs::symlink("xreq.yaml", home.path().join("link.yaml")).expect("a link");
    is_launched_by(&home, &["--manifest", "link.yaml"]);
    // Growth is agreed to as a whole, and then covers what was trusted before.
    with("[x.tweet.write]", "[x.tweet.write, x.user.read]");
    let ran = home.xreq(&["trust", "--yes"]).succeeds().complains("more than was trusted");
    ran.complains("key         x.user.read\n");
    is_launched_by(&home, &[]);
    home.write("xreq.yaml", MANIFEST);
    is_launched_by(&home, &[]);
}

#[test]
fn what_the_user_says_needs_no_trust() {
    let home = home(MANIFEST);
    for action in ["exec true", "restart", "none", "signal=HUP"] {
        is_launched_by(&home, &["--on-refresh", action]);
    }
    home.write("home/config.yaml", "on_refresh: exec touch configured\n");
    is_launched_by(&home, &[]);
    home.write("home/config.yaml", "on_refresh: none\n");
    is_launched_by(&home, &[]);
    for wrong in ["exec", "signal=KILL", "[exec a]", "reload"] {
        home.write("home/config.yaml", format!("on_refresh: {wrong}\n"));
        launch(&home, &[]).exits(125).complains("invalid_config").complains("config.yaml:1:");
        assert!(!is_launched(&home));
    }
    fs::remove_file(home.path().join("home/config.yaml")).expect("it is there");
    for harmless in ["restart", "signal=HUP", "none"] {
        home.write("xreq.yaml", MANIFEST.replace("exec touch told", harmless));
        is_launched_by(&home, &[]);
    }
}

#[test]
fn a_manifest_from_standard_input_is_not_trusted() {
    let home = home(MANIFEST);
    let args = ["run", "--keep-fresh", "--manifest", "-", "--", "touch", "launched"];
    let ran = home.xreq_with(&args, MANIFEST).exits(125).complains("not_trusted");
    ran.complains("has no path").complains("--on-refresh ACTION");
    assert!(!is_launched(&home));
    home.xreq_with(&["trust", "--yes", "-"], MANIFEST).exits(2).complains("bad_argument");
}

#[test]
fn a_trusted_command_runs_and_is_recorded_with_who_decided_on_it() {
    for (options, config, from, told) in [
        (&[][..], "", "manifest", "told"),
        (&["--on-refresh", "exec touch typed"], "", "command_line", "typed"),
        (&[], "on_refresh: exec touch configured\n", "config", "configured"),
    ] {
        let house = House::connected();
        // What was issued in the same second cannot be told apart.
        house.age(100);
        let home = &house.home;
        home.write("xreq.yaml", MANIFEST);
        home.xreq(&["trust", "--yes"]).succeeds();
        let settings = House::config(&house.sandbox.base_url());
        home.write("home/config.yaml", format!("{settings}audit: true\n{config}"));
        let mut command = home.command();
        command.args(["run", "--keep-fresh"]).args(options).args(["--", "sleep", "1000"]);
        let mut xreq = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("xreq");
        until("it is launched", || events(home).iter().any(|line| line["event"] == "launch"));
        home.xreq(&["refresh", "x", "--force"]).succeeds();
        until("the command is run", || home.path().join(told).exists());
        let all = events(home);
        home.program("kill").arg(xreq.id().to_string()).status().expect("kill");
        xreq.wait().expect("it ends");
        let on_refresh = json!({ "action": format!("exec touch {told}"), "from": from });
        for event in ["launch", "command"] {
            let line = all.iter().find(|line| line["event"] == event).expect("it is recorded");
            assert_eq!(line["on_refresh"], on_refresh, "{line:#}");
            assert_eq!(line["delivery"], json!(["env", "endpoint"]), "{line:#}");
        }
    }
}

fn events(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.store().join("audit.jsonl")).unwrap_or_default();
    // The last line may be on its way.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().map(|line| serde_json::from_str(line).expect("it is JSON"));
    lines.inspect(|line| conforms("audit", line)).collect()
}

#[test]
fn a_refusal_is_recorded_as_a_denial() {
    let home = home(MANIFEST);
    home.write("home/config.yaml", "audit: true\n");
    is_refused(&home, "touch told");
    let all = events(&home);
    let [line] = all.as_slice() else { panic!("one line, and not {all:#?}") };
    assert_eq!(
        (&line["event"], &line["outcome"], &line["code"]),
        (&json!("launch"), &json!("denied"), &json!("not_trusted"))
    );
}

#[test]
fn a_dry_run_shows_what_would_be_told_and_by_whom() {
    let home = home(MANIFEST);
    let dry = |options: &[&str]| -> Ran {
        home.xreq(&[&["run", "--dry-run"], options, &["--", "true"]].concat()).succeeds()
    };
    let refused = "on refresh exec touch told  (of the manifest, which is not trusted: a launch \
                   refuses it until `xreq trust`";
    dry(&["--keep-fresh"]).prints(&format!("  {refused})\n")).prints("  deliver env,endpoint\n");
    dry(&[]).prints(&format!("  {refused}, used with `--keep-fresh`)\n"));
    let typed = dry(&["--keep-fresh", "--on-refresh", "exec true", "--deliver", "file"]);
    typed.prints("  on refresh exec true  (of the command line)\n").prints("  deliver file\n");
    home.xreq(&["trust", "--yes"]).succeeds();
    let trusted = "on refresh exec touch told  (of the manifest, which is trusted)\n";
    dry(&["--keep-fresh"]).prints(trusted);
    home.write("home/config.yaml", "on_refresh: exec true\n");
    dry(&["--keep-fresh"]).prints("  on refresh exec true  (of config.yaml)\n");
}
