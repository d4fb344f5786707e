//! The whole way, where something is missing on it.

use serde_json::json;

use crate::support::provider::House;
use crate::support::{Home, Ran, SCOPES};

const HEADING: &str = "The way to a launch, step by step:\n";

/// Returns the way that a command shows, once.
#[track_caller]
fn way(ran: &Ran) -> String {
    let (before, way) = ran.stderr.split_once(HEADING).unwrap_or_else(|| panic!("{}", ran.stderr));
    assert!(!way.contains(HEADING) && !before.contains("next: "), "{}", ran.stderr);
    way.to_owned()
}

/// Returns the marks of the steps, and the commands of those that are to do.
fn steps(way: &str) -> (Vec<&str>, Vec<&str>) {
    let marks = way.lines().filter_map(|line| line.strip_prefix("  "));
    let marks = marks.filter(|line| !line.starts_with(' ')).map(|line| line[..5].trim());
    let commands = way.lines().filter_map(|line| line.strip_prefix("         "));
    let commands = commands.filter(|line| line.starts_with("xreq "));
    (marks.collect(), commands.collect())
}

/// Returns the way as a launch shows it: whoever typed the agent's command has it.
#[track_caller]
fn repeated(whole: &str) -> String {
    let launch = "the launch: put your agent's command in the place of `printenv …`\n         xreq run -- \
                  printenv XREQ_INTEGRATIONS\n";
    assert!(whole.contains(launch), "{whole}");
    whole.replace(launch, "the launch: the same command again\n")
}

#[test]
fn from_nothing_every_command_says_the_same_whole_way() {
    let home = Home::empty();
    let check = home.xreq(&["check"]).exits(2).complains("error[manifest_missing]");
    let whole = way(&check);
    let sandbox = format!("xreq sandbox --home {}/xreq-sandbox", home.path().display());
    let (marks, commands) = steps(&whole);
    assert_eq!(marks, ["to do"; 4], "{whole}");
    let launch = "xreq run -- printenv XREQ_INTEGRATIONS";
    assert_eq!(
        commands,
        ["xreq init", "xreq client set x", &sandbox, "xreq connect x", launch],
        "{whole}"
    );
    assert!(whole.contains("the developer portal") && whole.contains("/callback"), "{whole}");
    assert!(whole.ends_with("next: xreq init\n"), "{whole}");
    assert_eq!(way(&home.xreq(&["explain"]).exits(2)), whole);
    assert_eq!(way(&home.xreq(&["run", "--", "true"]).exits(125)), repeated(&whole));
    assert!(!home.store().exists());
}

#[test]
fn what_is_done_is_ticked_in_words() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    let whole = way(&home.xreq(&["check"]).exits(1));
    let (marks, commands) = steps(&whole);
    assert_eq!(marks, ["done", "to do", "to do", "done", "to do"], "{whole}");
    assert_eq!(commands.len(), 3, "{whole}");
    assert!(whole.contains("\nnext, with an app of yours at X: xreq client set x\n"), "{whole}");
    assert!(whole.contains("\nnext, without one, in another terminal: xreq sandbox"), "{whole}");
    let others: [(&[&str], i32); 2] = [(&["explain"], 0), (&["connect", "x"], 2)];
    for (args, status) in others {
        assert_eq!(way(&home.xreq(args).exits(status)), whole, "{args:?}");
    }
    assert_eq!(way(&home.xreq(&["run", "--", "true"]).exits(125)), repeated(&whole));
    home.xreq(&["client", "set", "x", "--id", "an-id", "--public"]).succeeds();
    let whole = way(&home.xreq(&["check"]).exits(1));
    assert_eq!(steps(&whole).0, ["done", "done", "to do", "done", "to do"], "{whole}");
    assert!(whole.ends_with("next: xreq connect x\n") && !whole.contains("sandbox"), "{whole}");
}

#[test]
fn commands_repeat_what_was_named() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.write("a b.yaml", "integrations: [x.tweet.read]\n");
    home.xreq(&["client", "set", "x", "--id", "an-id", "--public"]).succeeds();
    let args = ["check", "--manifest", "a b.yaml", "--account", "x=work"];
    let whole = way(&home.xreq(&args).exits(1));
    assert_eq!(
        steps(&whole).1,
        [
            "xreq connect x --account work --manifest 'a b.yaml'",
            "xreq run --manifest 'a b.yaml' --account x=work -- printenv XREQ_INTEGRATIONS",
        ],
        "{whole}"
    );
}

#[test]
fn keys_that_were_named_have_a_way_too() {
    let home = Home::empty();
    let refused = home.xreq(&["connect", "x", "x.tweet.read", "x.dm.read"]).exits(3);
    let (marks, commands) = (way(&refused), "xreq connect x x.tweet.read x.dm.read");
    assert_eq!(steps(&marks).1[3], commands, "{marks}");
    home.write("xreq.yaml", "integrations: [x.like.read]\n");
    home.xreq(&["init"]).succeeds();
    let refused = home.xreq(&["connect", "x.tweet.read"]).exits(2);
    let whole = way(&refused.complains("no client of X"));
    let (marks, commands) = steps(&whole);
    assert_eq!(marks, ["done", "to do", "to do", "to do"], "{whole}");
    assert_eq!(commands[1], "xreq connect x x.tweet.read", "{whole}");
}

#[test]
fn pages_of_markdown_have_the_steps_too() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let page = home.xreq(&["check", "--format", "markdown"]).exits(1).stdout;
    let (_, way) = page.split_once("The way to a launch:\n\n").expect("it is there");
    assert_eq!(way.lines().filter(|line| line.starts_with("- to do: ")).count(), 3, "{way}");
    assert!(way.starts_with("- done: an identity, a store and a manifest\n"), "{way}");
    for command in ["xreq client set x", "xreq connect x", "xreq run -- printenv"] {
        assert!(way.contains(&format!(": <code>{command}")), "{way}");
    }
    home.import("token", SCOPES);
    let page = home.xreq(&["check", "--format", "markdown"]).succeeds().stdout;
    assert!(!page.contains("The way to a launch"), "{page}");
}

#[test]
fn programs_get_the_steps_as_fields() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\nsecrets: [FAL_KEY]\n");
    let ran = home.xreq(&["check", "--format", "json"]).exits(1);
    assert!(!ran.stderr.contains(HEADING), "{}", ran.stderr);
    let next = ran.json()["next"].clone();
    let sandbox = format!("xreq sandbox --home {}/xreq-sandbox", home.path().display());
    assert_eq!(
        next,
        json!([
            { "step": "home", "done": true, "command": "xreq init" },
            {
                "step": "client", "done": false, "command": "xreq client set x",
                "provider": "x", "sandbox": sandbox,
            },
            { "step": "consent", "done": false, "command": "xreq connect x", "provider": "x" },
            {
                "step": "secret", "done": false, "command": "xreq secret set FAL_KEY",
                "secret_key": "FAL_KEY",
            },
            {
                "step": "launch", "done": false,
                "command": "xreq run -- printenv XREQ_INTEGRATIONS",
            },
        ])
    );
    assert_eq!(home.xreq(&["explain", "--format", "json"]).succeeds().json()["next"], next);
}

#[test]
fn where_nothing_is_missing_there_is_no_way_to_show() {
    let home =
        Home::with_manifest("integrations: [x.tweet.read, {key: x.dm.read, optional: true}]\n");
    home.import("token", SCOPES);
    let quiet: [&[&str]; 3] = [&["check"], &["explain"], &["run", "--", "true"]];
    for args in quiet {
        let ran = home.xreq(args).succeeds();
        assert!(!ran.stderr.contains(HEADING) && !ran.stderr.contains("next"), "{}", ran.stderr);
    }
    assert!(home.xreq(&["check", "--format", "json"]).succeeds().json().get("next").is_none());
    // What another machine stores is set up there.
    home.write("xreq.yaml", "integrations: [x.like.read]\n");
    let ran = home.xreq(&["check", "--store", "home"]).exits(1);
    assert!(!ran.stderr.contains(HEADING), "{}", ran.stderr);
}

#[test]
fn missing_scopes_have_one_fix_wherever_it_is_said() {
    let house = House::new();
    let granted = |scope: &str| scope != "tweet.write";
    let connect = house.connect_as("alice", &[], granted).exits(1);
    let fix = "xreq connect x --add-scope tweet.write";
    let check = house.home.xreq(&["check"]).exits(1);
    let run = house.home.xreq(&["run", "--", "true"]).exits(125);
    let explain = house.home.xreq(&["explain"]).succeeds();
    for ran in [connect, check, run, explain] {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let commands = said.split("xreq connect x").skip(1);
        let commands: Vec<_> =
            commands.map(|rest| rest.split(['`', '\n']).next().unwrap_or_default()).collect();
        assert!(commands.len() > 1, "{said}");
        assert!(commands.iter().all(|rest| *rest == " --add-scope tweet.write"), "{said}");
    }
    // Several gaps of a provider are closed at once.
    house.home.write("xreq.yaml", "integrations: [x.tweet.write, x.like.write]\n");
    let whole = way(&house.home.xreq(&["check"]).exits(1));
    assert!(whole.ends_with("--add-scope like.write --add-scope tweet.write\n"), "{whole}");
    let answer = house.home.xreq(&["check", "--format", "json"]).exits(1).json();
    let step = answer["next"].as_array().expect("steps").iter().find(|it| it["step"] == "consent");
    let both = "xreq connect x --add-scope like.write --add-scope tweet.write";
    assert_eq!(step.expect("it is one")["command"], both);
    assert_eq!(answer["errors"][0]["action"]["command"], fix);
}

#[test]
fn a_provider_that_was_named_is_the_next_step() {
    let home = Home::with_manifest("integrations: [github.repo.read, google.calendar]\n");
    let refused = home.xreq(&["connect", "google"]).exits(2);
    let last = format!(
        "next, with an app of yours at Google: xreq client set google\n\
         next, without one, in another terminal: xreq sandbox --provider google --home {}/xreq-sandbox\n",
        home.path().display()
    );
    assert!(way(&refused).ends_with(&last), "{}", refused.stderr);
    let check = home.xreq(&["check"]).exits(1);
    let first = "next, with an app of yours at GitHub: xreq client set github\n";
    assert!(way(&check).contains(first), "{}", check.stderr);
}
