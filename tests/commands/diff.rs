//! `diff`: two manifests held against each other, and the store.

use crate::support::{Home, SCOPES};

const OLD: &str = "integrations: [x.tweet.read, x.like.read]\n";
const NEW: &str = "integrations:\n- x.tweet.read\n- x.dm.write\n";

fn home() -> Home {
    let home = Home::empty();
    home.write("old.yaml", OLD);
    home.write("new.yaml", NEW);
    home
}

#[test]
fn new_authority_is_told_in_words_and_by_the_exit_status() {
    let home = home();
    let ran = home.xreq(&["diff", "old.yaml", "new.yaml"]).exits(1);
    let ran = ran.prints("the agent can now send direct messages");
    let ran = ran.prints("new.yaml:3:3").prints("new scopes: dm.write");
    let ran = ran.prints("the agent can no longer see what was liked");
    let ran = ran.prints("old.yaml:1:30");
    let ran = ran.prints("accounts of x have to consent again, to: dm.write");
    assert!(ran.stdout.ends_with("new.yaml: new authority by 1 requirement, some less\n"));
    let ran = home.xreq(&["diff", "--allow-widening", "old.yaml", "new.yaml"]).succeeds();
    ran.prints("note[authority/added]: the agent can now send direct messages");
    home.xreq(&["diff", "new.yaml", "new.yaml"]).succeeds().prints("new.yaml: no new authority\n");
    home.xreq(&["diff", "old.yaml", "/dev/null"]).succeeds().prints("no new authority, some less");
    home.xreq(&["diff", "/dev/null", "old.yaml"]).exits(1).prints("by 2 requirements");
}

#[test]
fn what_is_wrong_cannot_be_compared() {
    let home = home();
    home.write("wrong.yaml", "integrations: [x.tweet.raed]\n");
    for (format, part) in [
        ("text", "wrong.yaml:1:16"),
        ("json", "manifest/unknown-key"),
        ("github", "::error file=wrong.yaml,line=1"),
        ("gitlab", "manifest/unknown-key"),
        ("sarif", "manifest/unknown-key"),
        ("markdown", "wrong.yaml"),
    ] {
        let ran = home.xreq(&["diff", "old.yaml", "wrong.yaml", "--format", format]).exits(2);
        let ran = ran.complains("not_comparable").prints(part);
        match format {
            "json" => assert_eq!(ran.json()["widened"], serde_json::Value::Null),
            "sarif" => {
                let run = &ran.json()["runs"][0];
                assert_eq!(run["invocations"][0]["executionSuccessful"], false);
            }
            _ => {}
        }
    }
    // Nothing could be launched with what was wrong.
    let ran = home.xreq(&["diff", "wrong.yaml", "new.yaml"]).exits(1);
    ran.complains("wrong.yaml has errors").prints("the agent can now read posts");
    home.xreq(&["diff", "--allow-widening", "wrong.yaml", "new.yaml"]).succeeds();
    home.write("section.yaml", "integratons: [x.dm.write]\n");
    let ran = home.xreq(&["diff", "new.yaml", "section.yaml"]).succeeds();
    ran.prints("warning[manifest/misspelled-section]");
    home.xreq(&["diff", "nowhere.yaml", "new.yaml"]).exits(2).complains("file_unreadable");
    home.xreq(&["diff", "-", "-"]).exits(2).complains("only one of the two");
    home.xreq_with(&["diff", "-", "new.yaml"], NEW).succeeds();
    home.xreq_with(&["diff", "new.yaml", "-"], OLD).exits(1).prints("<stdin>:1:30");
}

#[test]
fn the_store_says_who_has_to_consent() {
    let home = Home::with_manifest(NEW);
    home.write("old.yaml", OLD);
    let import = |account, scopes: &str| {
        home.xreq_with(&["import", "x", "--account", account, "--scopes", scopes, "-"], "token-1")
            .succeeds();
    };
    import("default", SCOPES);
    import("work", "tweet.read users.read dm.write");
    let ran = home.xreq(&["diff", "old.yaml", "xreq.yaml"]).exits(1);
    let ran = ran.prints("x (default) has to consent again: it has not granted dm.write");
    let ran = ran.prints("run `xreq connect x --add-scope dm.write`\n");
    assert!(!ran.stdout.contains("work"), "{}", ran.stdout);
    let ran = ran.prints("; 1 account has to consent");
    assert!(!ran.stdout.contains("accounts of x"), "{}", ran.stdout);
    home.write(
        "optional.yaml",
        "integrations: [x.tweet.read, {key: x.dm.write, optional: true}]\n",
    );
    let ran = home.xreq(&["diff", "optional.yaml", "xreq.yaml"]).succeeds();
    let ran = ran.prints("`x.dm.write` was optional, and is now required");
    ran.prints("x (default) has to consent again: it has not granted dm.write");
    home.xreq(&["diff", "old.yaml", "xreq.yaml", "--store", "nowhere"]).exits(2);
    let elsewhere = Home::empty().var("XREQ_HOME", "");
    elsewhere.write("old.yaml", OLD);
    elsewhere.write("new.yaml", NEW);
    let store = home.store();
    let store = store.to_str().expect("a plain path");
    let ran = elsewhere.xreq(&["diff", "old.yaml", "new.yaml", "--store", store]).exits(1);
    ran.prints("x (default) has to consent again");
}

#[test]
fn machines_get_what_people_get() {
    let home = home();
    let answer = home.xreq(&["diff", "old.yaml", "new.yaml", "--format", "json"]).exits(1).json();
    assert_eq!(answer["widened"], true);
    let answer = &answer["manifests"][0];
    assert_eq!(answer["file"], "new.yaml");
    assert_eq!(answer["gained"][0]["key"], "x.dm.write");
    assert_eq!(answer["gained"][0]["scopes"][0], "dm.write");
    assert_eq!(answer["gained"][0]["the_agent_can"], "send direct messages");
    assert_eq!(answer["lost"][0]["key"], "x.like.read");
    assert_eq!(answer["consents"][0]["account"], serde_json::Value::Null);
    let codes: Vec<_> = answer["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|d| d["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        [Some("authority/removed"), Some("authority/added"), Some("authority/consent-needed")]
    );
    let ran = home.xreq(&["diff", "old.yaml", "new.yaml", "--format", "markdown"]).exits(1);
    let ran = ran.prints("- the agent **can now** send direct messages");
    ran.prints("- the agent can no longer see what was liked");
    let ran = home.xreq(&["diff", "old.yaml", "new.yaml", "--format", "github"]).exits(1);
    let ran = ran.prints("::error file=new.yaml,line=3,endLine=3,col=3,endColumn=13,");
    let ran = ran.prints(
        "::notice file=new.yaml,line=1,endLine=1,col=1,endColumn=1,title=authority/removed",
    );
    assert!(!ran.stdout.contains("old.yaml"), "{}", ran.stdout);
}

fn git(home: &Home, args: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let mut git = home.program("git");
    let git = git.args(identity).args(["-c", "init.defaultBranch=main"]).args(args);
    let ran = git.output().expect("git is there");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn files_are_compared_with_what_they_were() {
    let home = Home::empty();
    home.write("a/xreq.yaml", OLD);
    home.write("b/inf.yml", OLD);
    home.write("c/xreq.yaml", OLD);
    git(&home, &["init", "-q"]);
    git(&home, &["add", "."]);
    git(&home, &["commit", "-qm", "one"]);
    home.xreq(&["diff", "--git", "HEAD", "a/xreq.yaml"]).succeeds().prints("no manifest changed");
    home.write("a/xreq.yaml", NEW);
    home.write("d/xreq.yaml", NEW);
    home.write("c/xreq.yaml", "integrations: [x.like.read]\n");
    let ran = home.xreq(&["diff", "--git", "HEAD", "."]).exits(1);
    let ran = ran.prints("a/xreq.yaml: new authority by 1 requirement, some less\n");
    let ran = ran.prints("HEAD:a/xreq.yaml:1:30").prints("d/xreq.yaml: new authority by 2");
    let ran = ran.prints("`x.tweet.read` is gone, and all that it asked for is still asked for");
    let ran = ran.prints("c/xreq.yaml: no new authority\n");
    assert!(!ran.stdout.contains("inf.yml"), "{}", ran.stdout);
    let absolute = home.path().join("a/xreq.yaml");
    let absolute = absolute.to_str().expect("a plain path");
    home.xreq(&["diff", "--git", "HEAD", absolute]).exits(1).prints("by 1 requirement");
    let below = home
        .command()
        .current_dir(home.path().join("a"))
        .args(["diff", "--git", "HEAD"])
        .args(["../c/xreq.yaml"])
        .output()
        .expect("it runs");
    assert_eq!(below.status.code(), Some(0), "{}", String::from_utf8_lossy(&below.stderr));
    home.xreq(&["diff", "--git=--help", "a/xreq.yaml"]).exits(2).complains("revision_unknown");
    home.xreq(&["diff", "--git", "HEAD", "-"]).exits(2).complains("standard input is none");
    home.xreq(&["diff", "a/xreq.yaml"]).exits(2).complains("OLD and NEW");
    home.write("c/xreq.yaml", "integrations: [x.like.raed]\n");
    let ran = home.xreq(&["diff", "--git", "HEAD", ".", "--format", "json"]).exits(2);
    let answer = ran.json();
    assert_eq!(answer["manifests"].as_array().map(Vec::len), Some(3));
    assert_eq!(answer["failures"][0]["code"], "not_comparable");
    assert_eq!(answer["widened"], true);
}
