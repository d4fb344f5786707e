//! One way for one thing: providers, accounts, files, durations and numbers, in every command.

use crate::support::{Home, Ran, SCOPES};

/// A home with grants of two accounts of X.
fn home() -> Home {
    let home = Home::with_manifest("integrations: [x.tweet.write]\nsecrets: [FAL_KEY]\n");
    for account in ["work", "home"] {
        let args =
            ["import", "x", "--account", account, "--scopes", SCOPES, "--expires-in", "2h", "-"];
        home.xreq_with(&args, format!("token-{account}")).succeeds();
    }
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    home
}

#[test]
fn the_only_provider_may_be_left_out() {
    let home = home();
    home.xreq(&["token", "--account", "work"]).succeeds().prints("token-work");
    home.xreq(&["token", "--account", "x=home"]).succeeds().prints("token-home");
    home.xreq(&["token"]).exits(2).complains("x has several accounts");
    home.xreq(&["refresh", "--account", "work"]).succeeds().prints("x (work) is fresh");
    home.xreq(&["connect", "--paste"]).complains("no client of X");
    // What ends or makes a record is named.
    for args in [&["disconnect"][..], &["import"], &["client", "rm"]] {
        home.xreq(args).exits(2).complains("<PROVIDER>");
    }
    let empty = Home::empty();
    empty.xreq(&["init"]).succeeds();
    empty.xreq(&["token"]).exits(2).complains("no provider was named");
    empty.xreq(&["refresh"]).exits(2).complains("no provider was named");
    let none = Home::with_manifest("secrets: [FAL_KEY]\n");
    none.xreq(&["connect"]).exits(2).complains("no manifest needs one");
}

#[test]
fn several_providers_are_listed() {
    let home = home();
    home.write("xreq.yaml", "integrations: [x.tweet.read, google.gmail.read]\n");
    let manifest = home.xreq(&["explain"]);
    if manifest.status.success() {
        home.xreq(&["connect"])
            .exits(2)
            .complains("the manifest needs several providers: x, google");
        let bare = home.xreq(&["check", "--account", "work"]).exits(2);
        bare.complains("`work` may be an account of several: x, google").complains("x=work");
    }
}

#[test]
fn an_account_is_a_label_or_has_its_provider() {
    let home = home();
    for account in ["work", "x=work"] {
        home.xreq(&["check", "--account", account]).succeeds();
        home.xreq(&["run", "--account", account, "--", "sh", "-c", "echo $X_ACCESS_TOKEN"])
            .succeeds()
            .prints("token-work");
        home.xreq(&["token", "x", "--account", account]).succeeds().prints("token-work");
        home.xreq(&["refresh", "x", "--account", account]).succeeds();
        home.xreq(&["explain", "--account", account]).succeeds();
    }
    for command in ["token", "refresh", "disconnect", "connect"] {
        let wrong = home.xreq(&[command, "x", "--account", "google=work"]).exits(2);
        wrong.complains("the account is one of google, and x was named");
    }
    home.xreq(&["check", "--account", "=work"]).exits(2).complains("LABEL or PROVIDER=LABEL");
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest() {
    let home = home().var("X_CLIENT_ID", "id");
    home.xreq_with(&["client", "set", "x", "--id", "a", "--client", "release"], "s").succeeds();
    for (args, status, meant) in [
        (&["token", "x", "--account", "wrk"][..], 2, "work"),
        (&["refresh", "x", "--account", "wrok"], 2, "work"),
        (&["disconnect", "x", "--account", "wokr"], 2, "work"),
        (&["disconnect", "x", "--account", "wokr", "--local-only"], 2, "work"),
        (&["check", "--account", "wrk"], 1, "work"),
        (&["run", "--account", "x=hme", "--", "true"], 125, "home"),
        (&["explain", "--account", "x=wrok"], 0, "work"),
        (&["secret", "rm", "FAL_KYE"], 2, "FAL_KEY"),
        (&["client", "rm", "x", "--client", "relase"], 2, "release"),
        (&["connect", "x", "--client", "relase", "--paste"], 2, "release"),
        (&["explain", "x.tweet.wirte"], 2, "x.tweet.write"),
        (&["catalog", "x.tweet.wirte"], 2, "x.tweet.write"),
        (&["rules", "scope/rwa"], 2, "scope/raw"),
        (&["validate", "--deny", "scope/rwa"], 2, "scope/raw"),
        (&["connect", "x", "--add-scope", "twet.read", "--paste"], 2, "tweet.read"),
        (&["schema", "manifst"], 2, "manifest"),
        (&["man", "rnu"], 2, "run"),
        (&["completions", "bsh"], 2, "bash"),
    ] {
        let ran = home.xreq(args);
        let is_said = ran.stderr.contains(&format!("`{meant}`"))
            || ran.stderr.contains(&format!("'{meant}'"));
        assert!(is_said, "{args:?}: {}", ran.stderr);
        ran.exits(status);
    }
}

#[test]
fn a_misspelt_provider_is_answered_with_the_nearest() {
    let home = home();
    let minimal = std::fs::read("examples/providers/minimal.yaml").expect("an example");
    home.write("home/providers/photos.yaml", minimal);
    for args in [
        &["connect", "potos"][..],
        &["connect", "potos.read"],
        &["connect", "potos", "photos.read"],
        &["import", "potos"],
        &["client", "set", "potos", "--id", "a"],
        &["client", "show", "potos"],
        &["client", "rm", "potos"],
        &["refresh", "potos"],
        &["token", "potos"],
        &["disconnect", "potos"],
        &["disconnect", "potos", "--local-only"],
        &["status", "potos"],
        &["catalog", "potos"],
    ] {
        home.xreq(args).exits(2).complains("did you mean `photos`?");
    }
    home.xreq(&["client", "rm", "photos"]).exits(2).complains("there is no client photos");
    home.xreq(&["status", "photos"]).succeeds().complains("there is no grant of photos");
}

#[test]
fn a_key_in_the_place_of_a_provider_is_one_to_ask_for() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    let connect = |args: &[&str]| {
        let args = [&["connect"], args, &["--paste", "--expect", "@me"]].concat();
        let mut command = home.command();
        command.env("X_CLIENT_ID", "an-id").args(&args);
        Ran::of(&mut command)
    };
    let named = connect(&["x", "x.dm.read", "x.like.read"]).stderr;
    assert!(named.contains("(x.dm.read)") && named.contains("(x.like.read)"), "{named}");
    let bare = |text: &str| {
        let lines = text.lines().filter(|line| !line.contains("https://"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(bare(&connect(&["x.dm.read", "x.like.read"]).stderr), bare(&named));
    connect(&["x.dm.raed"]).exits(1).complains("did you mean `x.dm.read`?");
}

#[test]
fn a_file_is_an_argument_where_it_is_the_subject() {
    let home = home();
    home.write("agent/xreq.yaml", "integrations: [x.tweet.read]\n");
    for args in [
        &["check", "agent/xreq.yaml", "--account", "work"][..],
        &["check", "--manifest", "agent/xreq.yaml", "--account", "work"],
        &["explain", "agent/xreq.yaml", "--account", "work"],
        &["explain", "--manifest", "agent/xreq.yaml", "--account", "work"],
        &["validate", "agent/xreq.yaml"],
        &["validate", "--manifest", "agent/xreq.yaml"],
        &["trust", "--yes", "agent/xreq.yaml"],
        &["trust", "--yes", "--manifest", "agent/xreq.yaml"],
    ] {
        home.xreq(args).succeeds();
    }
    home.xreq(&["explain", "agent/xreq.yaml", "x.tweet.read"])
        .exits(2)
        .complains("one file, or keys");
    home.xreq(&["check", "a.yaml", "--manifest", "b.yaml"])
        .exits(2)
        .complains("cannot be used with");
    home.xreq_with(&["explain", "-", "--account", "work"], "integrations: [x.dm.read]\n")
        .succeeds()
        .prints("x.dm.read");
}

#[test]
fn a_duration_is_written_in_one_way() {
    let home = home();
    for duration in ["90s", "5m", "1h30m", "90", "2h"] {
        for args in [
            &["check", "--account", "work", "--min-ttl", duration][..],
            &["status", "--within", duration],
            &["refresh", "x", "--account", "work", "--min-ttl", duration],
            &["run", "--account", "work", "--keep-fresh", "--grace", duration, "--", "true"],
        ] {
            let stderr = home.xreq(args).stderr;
            assert!(!stderr.contains("invalid value"), "{args:?}: {stderr}");
        }
    }
    for args in [
        &["import", "x", "--expires-in", "soon"][..],
        &["sandbox", "--expires-in", "soon"],
        &["connect", "x", "--timeout", "soon"],
        &["daemon", "--older-than", "soon"],
        &["check", "--min-ttl", "soon"],
        &["status", "--within", "soon"],
    ] {
        home.xreq(args).exits(2).complains("such as 90s, 5m, 1h30m or 7d");
    }
}
