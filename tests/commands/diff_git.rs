//! `diff --git`: manifests with what they were, of which none that changed is missed.

use std::os::unix::fs::symlink;

use crate::support::machine::lacks;
use crate::support::{Home, Ran};

const NARROW: &str = "integrations: [x.tweet.read]\n";
const WIDE: &str = "integrations: [x.tweet.read, x.dm.write]\n";
const LESS: &str = "no new authority, some less\n";

/// A repository whose branch `main` has one commit with these files.
fn repository(files: &[(&str, &str)]) -> Option<Home> {
    if lacks("git") {
        return None;
    }
    let home = Home::empty();
    home.make_repository();
    home.write("README.md", "These are agents.\n");
    for (file, text) in files {
        home.write(file, text);
    }
    home.commit_all();
    Some(home)
}

fn diff(home: &Home, args: &[&str]) -> Ran {
    home.xreq(&[&["diff", "--git"], args].concat())
}

fn remove(home: &Home, file: &str) {
    std::fs::remove_file(home.path().join(file)).expect("it is there");
}

#[test]
fn no_rule_of_a_change_hides_what_it_changes() {
    let folders = ["b", ".agents", "vendor/b", "a/node_modules/b"];
    let files = folders.map(|folder| format!("{folder}/xreq.yaml"));
    let Some(home) = repository(&[]) else { return };
    for file in &files[..2] {
        home.write(file, NARROW);
    }
    home.commit_all();
    for file in &files {
        home.write(file, WIDE);
    }
    home.write(".ignore", "b/\nxreq.yaml\n");
    for args in [&["HEAD", "."][..], &["HEAD"], &["HEAD", "**/*.yaml"]] {
        let ran = diff(&home, args).exits(1);
        for file in &files {
            assert!(ran.stdout.contains(&format!("{file}: new authority")), "{file}: {args:?}");
        }
    }
    // Git's own rules say what is kept; what it keeps already, they cannot hide.
    home.write(".gitignore", "xreq.yaml\n");
    let ran = diff(&home, &["HEAD", "."]).exits(1).prints("b/xreq.yaml: new authority");
    assert!(!ran.stdout.contains("vendor"), "{}", ran.stdout);
    diff(&home, &["HEAD", "vendor/b/xreq.yaml"]).exits(1).prints("by 2 requirements");
    let wrong = WIDE.replace("read", "raed");
    for file in &files[..2] {
        home.write(file, &wrong);
    }
    let ran = home.xreq(&["validate", "--changed", "HEAD"]).exits(1);
    ran.prints("--> .agents/xreq.yaml:1:").prints("--> b/xreq.yaml:1:");
}

#[test]
fn a_link_in_the_place_of_a_manifest_is_told() {
    let files = [("a/xreq.yaml", NARROW), ("b/xreq.yaml", NARROW), ("wide.yaml", WIDE)];
    let Some(home) = repository(&files) else { return };
    let link = |to: &str, at: &str| symlink(to, home.path().join(at)).expect("a link");
    remove(&home, "b/xreq.yaml");
    link("../wide.yaml", "b/xreq.yaml");
    for args in [&["HEAD", "."][..], &["HEAD"], &["HEAD", "b"], &["HEAD", "b/xreq.yaml"]] {
        diff(&home, args).exits(2).complains("b/xreq.yaml is a link");
    }
    home.xreq(&["validate", "--changed", "HEAD"]).exits(2).complains("b/xreq.yaml is a link");
    home.xreq(&["validate", "."]).exits(2).complains("b/xreq.yaml is a link");
    // One that was there before is told when it may lead to something else.
    link("../a/xreq.yaml", "xreq.yml");
    remove(&home, "xreq.yml");
    link("a/xreq.yaml", "inf.yml");
    home.commit_all();
    diff(&home, &["HEAD"]).succeeds().prints("no manifest changed");
    home.write("a/xreq.yaml", "integrations: [x.like.read]\n");
    let ran = diff(&home, &["HEAD", "."]).exits(2).complains("inf.yml is a link");
    assert!(!ran.stderr.contains("b/xreq.yaml"), "{}", ran.stderr);
    diff(&home, &["HEAD", "a"]).exits(1).prints("a/xreq.yaml: new authority");
    home.git(&["checkout", "-q", "a"]);
    home.write("wide.yaml", "integrations: [x.like.read]\n");
    diff(&home, &["HEAD", "."]).exits(2).complains("b/xreq.yaml is a link");
    remove(&home, "wide.yaml");
    diff(&home, &["HEAD", "."]).exits(2).complains("b/xreq.yaml is a link");
}

#[test]
fn what_is_gone_is_told_and_is_no_failure() {
    let files = [("a/xreq.yaml", WIDE), ("b/c/xreq.yaml", WIDE), ("b/app.yaml", WIDE)];
    let Some(home) = repository(&files) else { return };
    home.git(&["rm", "-q", "-r", "a", "b"]);
    let ran = diff(&home, &["HEAD"]).succeeds().prints(&format!("a/xreq.yaml: {LESS}"));
    ran.prints("HEAD:a/xreq.yaml:1:").prints(&format!("b/c/xreq.yaml: {LESS}"));
    for path in [".", "b", "b/c", "b/c/xreq.yaml", "b/app.yaml", "b/*.yaml"] {
        diff(&home, &["HEAD", path]).succeeds().prints(LESS);
    }
    diff(&home, &["HEAD", "c"]).exits(2).complains("file_unreadable");
    home.xreq(&["validate", "--changed", "HEAD", "a"]).succeeds().prints("no manifest changed");
}

#[test]
fn a_manifest_that_takes_over_is_compared_with_what_ruled() {
    let both = [("a/xreq.yaml", NARROW), ("a/inf.yml", WIDE)];
    let Some(home) = repository(&both) else { return };
    remove(&home, "a/xreq.yaml");
    for args in [&["HEAD", "."][..], &["HEAD"], &["HEAD", "a/xreq.yaml"]] {
        let ran = diff(&home, args).exits(1).prints("a/inf.yml: new authority by 1 requirement\n");
        assert_eq!(ran.stdout.matches("new authority").count(), 1, "{}", ran.stdout);
    }
    // Where it went does not matter.
    home.git(&["checkout", "-q", "."]);
    std::fs::create_dir(home.path().join("b")).expect("a folder");
    home.git(&["mv", "a/xreq.yaml", "b"]);
    let ran = diff(&home, &["HEAD", "."]).exits(1).prints("a/inf.yml: new authority");
    ran.prints("b/xreq.yaml: no new authority\n");
    // A new one that rules, and one that does not.
    home.git(&["reset", "-q", "--hard"]);
    home.git(&["rm", "-q", "a/inf.yml"]);
    home.commit_all();
    home.write("a/inf.yaml", NARROW);
    diff(&home, &["HEAD"]).exits(1).prints("a/inf.yaml: new authority by 1 requirement\n");
    home.git(&["mv", "a/xreq.yaml", "a/xreq.yml"]);
    home.write("a/xreq.yml", "integrations:\n- key: x.tweet.read\n  description: To see.\n");
    let ran = diff(&home, &["HEAD"]).exits(1);
    ran.prints("a/xreq.yml: no new authority\n").prints("a/inf.yaml: new authority");
}

#[test]
fn what_moved_is_compared_with_what_it_was() {
    let about = "# An agent that reads what people say of us,\n# and sums it up.\n".to_owned();
    let wide = about.clone() + WIDE;
    let files = [("apps/a/xreq.yaml", &*wide), ("apps/b.yaml", WIDE), ("docs/wide.yaml", WIDE)];
    let Some(home) = repository(&files) else { return };
    home.git(&["mv", "apps", "agents"]);
    home.write("agents/a/xreq.yaml", about.clone() + NARROW);
    let ran = diff(&home, &["HEAD"]).succeeds().prints(&format!("agents/a/xreq.yaml: {LESS}"));
    let ran = ran.prints("HEAD:apps/a/xreq.yaml:3:");
    assert!(!ran.stdout.contains("\napps/a"), "{}", ran.stdout);
    let ran = diff(&home, &["HEAD", "*/b.yaml"]).succeeds();
    assert_eq!(ran.stdout, "agents/b.yaml: no new authority\n");
    // What was no manifest, or did not count, gave no authority.
    home.git(&["reset", "-q", "--hard"]);
    home.git(&["mv", "docs/wide.yaml", "docs/xreq.yaml"]);
    diff(&home, &["HEAD"]).exits(1).prints("docs/xreq.yaml: new authority by 2 requirements\n");
    home.git(&["reset", "-q", "--hard"]);
    home.write("apps/a/inf.yml", "secrets: [A_SECRET, B_SECRET, C_SECRET]\n");
    home.commit_all();
    home.write("new/README.md", "");
    home.git(&["mv", "apps/a/inf.yml", "new/inf.yml"]);
    diff(&home, &["HEAD"]).exits(1).prints("new/inf.yml: new authority by 3 requirements\n");
}

#[test]
fn what_cannot_be_read_fully_is_never_left_out() {
    let Some(home) = repository(&[("a/xreq.yaml", "name: \u{fffd}\n")]) else { return };
    home.write("a/xreq.yaml", b"name: \xff\n");
    home.write("b/xreq.yaml", WIDE.to_owned() + &"#".repeat(1_100_000));
    let ran = diff(&home, &["HEAD", "."]).exits(2);
    ran.complains("a/xreq.yaml has 1 error").complains("b/xreq.yaml has 1 error");
    home.commit_all();
    home.write("b/xreq.yaml", WIDE);
    // With what had errors nothing could be launched.
    diff(&home, &["HEAD", "."]).exits(1).prints("b/xreq.yaml: new authority by 2 requirements");
}

#[test]
fn what_others_changed_meanwhile_is_not_ours() {
    let Some(home) = repository(&[("a/xreq.yaml", WIDE), ("b/xreq.yaml", NARROW)]) else { return };
    home.git(&["switch", "-q", "-c", "work"]);
    home.write("b/xreq.yaml", WIDE);
    home.commit_all();
    home.git(&["switch", "-q", "main"]);
    home.write("a/xreq.yaml", NARROW);
    home.commit_all();
    home.git(&["switch", "-q", "work"]);
    let ran = diff(&home, &["main", "."]).exits(1).prints("b/xreq.yaml: new authority");
    assert!(!ran.stdout.contains("a/xreq.yaml"), "{}", ran.stdout);
    home.git(&["switch", "-q", "--orphan", "apart"]);
    home.write("b/xreq.yaml", WIDE);
    home.commit_all();
    let ran = diff(&home, &["main"]).exits(1).prints("b/xreq.yaml: new authority");
    ran.prints(&format!("a/xreq.yaml: {LESS}")).complains("note: `main` and HEAD have no commit");
    let ran = home.xreq(&["validate", "--changed", "main"]).succeeds();
    ran.complains("note: `main` and HEAD have no commit in common");
}

#[test]
fn nothing_changed_is_said_in_every_format() {
    let Some(home) = repository(&[("a/xreq.yaml", WIDE)]) else { return };
    let said = diff(&home, &["HEAD", "."]).succeeds();
    assert_eq!(said.stdout, "no manifest changed since `HEAD`\n");
    let said = |format| diff(&home, &["HEAD", "a/xreq.yaml", "--format", format]).succeeds();
    assert_eq!(said("text").stdout, "no manifest changed since `HEAD`\n");
    assert_eq!(said("github").stdout, "no manifest changed since `HEAD`\n");
    said("markdown").prints("no manifest changed since");
    assert_eq!(said("json").json()["manifests"].as_array().map(Vec::len), Some(0));
    assert_eq!(said("gitlab").json().as_array().map(Vec::len), Some(0));
    assert_eq!(said("sarif").json()["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}

#[test]
fn an_unknown_revision_is_told_with_what_helps() {
    let Some(home) = repository(&[("a/xreq.yaml", WIDE)]) else { return };
    home.git(&["branch", "release"]);
    home.git(&["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
    for (revision, help) in [
        ("realease", "did you mean `release`?"),
        ("trunk", "did you mean `origin/trunk`?"),
        ("nothing-like-it", "`git branch --all`"),
        ("main..HEAD", "name one revision"),
        ("main...HEAD", "name one revision"),
    ] {
        let ran = diff(&home, &[revision]).exits(2).complains("revision_unknown").complains(help);
        assert!(!ran.stderr.contains("git fetch"), "{}", ran.stderr);
    }
    let from = format!("file://{}", home.path().display());
    home.git(&["commit", "-q", "--allow-empty", "-m", "Another"]);
    home.git(&["clone", "-q", "--depth=1", &from, "shallow"]);
    let mut command = home.command();
    command.current_dir(home.path().join("shallow")).args(["diff", "--git", "realease"]);
    Ran::of(&mut command).exits(2).complains("git fetch --depth=1");
}

/// A program in the place of `git` that counts how often it is started.
#[test]
fn git_is_asked_as_often_for_many_as_for_one() {
    let Some(home) = repository(&[("changed/0/xreq.yaml", NARROW)]) else { return };
    for agent in 0..50 {
        home.write(&format!("changed/{agent}/xreq.yaml"), NARROW);
        home.write(&format!("same/{agent}/xreq.yaml"), NARROW);
    }
    home.commit_all();
    let path = std::env::var("PATH").unwrap_or_default();
    let count = "#!/bin/sh\necho >>\"$HOME/count\"\nPATH=${PATH#*:} exec git \"$@\"\n";
    home.write_program("counting/git", count);
    home.write(".git/info/exclude", "/counting\n/count\n");
    let started = |widened| {
        for agent in 0..widened {
            home.write(&format!("changed/{agent}/xreq.yaml"), WIDE);
        }
        home.write("count", "");
        let folder = home.path().join("counting");
        let mut command = home.command();
        command.env("PATH", format!("{}:{path}", folder.display()));
        let ran = Ran::of(command.args(["diff", "--git", "HEAD", "."])).exits(1);
        assert_eq!(ran.stdout.matches("new authority by").count(), widened, "{}", ran.stdout);
        std::fs::read_to_string(home.path().join("count")).expect("it was started").len()
    };
    let once = started(1);
    assert!((1..12).contains(&once), "{once}");
    assert_eq!(started(50), once);
}
