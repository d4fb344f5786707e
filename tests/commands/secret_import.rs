//! `xreq secret import`: secrets of a `.env` file come into the store as programs read them, or not at
//! all; the lines of the others are told of.

use crate::support::pty::Pty;
use crate::support::{Home, Ran};

const MANIFEST: &str = "secrets: [FAL_KEY, DB_URL, PEM, {key: EMPTY, optional: true}]\n";
const PRINT: &str = "printf '<%s>' \"$FAL_KEY\" \"$DB_URL\" \"$PEM\"";

fn names(home: &Home) -> Vec<String> {
    let listed = home.xreq(&["secret", "list", "--format", "json"]).succeeds().json();
    let secrets = listed["secrets"].as_array().expect("a list").iter();
    secrets.map(|secret| secret["name"].as_str().expect("a name").to_owned()).collect()
}

fn import(home: &Home, args: &[&str]) -> Ran {
    home.xreq(&[&["secret", "import"], args].concat())
}

#[test]
fn declared_secrets_are_stored_as_they_are_read() {
    let home = Home::with_manifest(MANIFEST);
    home.write(
        ".env",
        "\u{feff}export FAL_KEY=fal-canary\r\n# a comment\r\nLOG_LEVEL=debug # why\nDB_URL=\"a # canary\" # \
         db\nPEM='one\ntwo'\nEMPTY=\n",
    );
    let trial = import(&home, &[".env", "--dry-run"]).succeeds();
    assert_eq!(names(&home), [""; 0]);
    let ran = import(&home, &[".env"]).succeeds();
    assert_eq!(
        ran.stdout,
        "stored FAL_KEY (.env:1)\nstored DB_URL (.env:4)\nstored PEM (.env:5-6)\nleft out EMPTY (.env:7): \
         it has no value\nlines of .env that can go now: 1, 4, 5-6\n"
    );
    assert_eq!(
        trial.stdout,
        ran.stdout.replace("stored ", "would store ").replace(" now:", " then:")
    );
    let ran = ran.complains("left alone: LOG_LEVEL");
    assert!(!format!("{trial:?}{ran:?}").contains("canary"), "no value is shown");
    let printed = home.xreq(&["run", "--", "sh", "-c", PRINT]).succeeds().stdout;
    assert_eq!(printed, "<fal-canary><a # canary><one\ntwo>");
}

#[test]
fn a_line_on_which_readers_differ_is_left_out_and_told_of() {
    for (line, place, why) in [
        ("DB_URL=a#canary", ".env:2:1: `DB_URL`", "begins a comment"),
        ("DB_URL=canary # c", ".env:2:1: `DB_URL`", "give the comment a line of its own"),
        ("DB_URL=\"canary\\t\"", ".env:2:1: `DB_URL`", "a backslash"),
        (" DB_URL='${canary}'", ".env:2:2: `DB_URL`", "a variable's value"),
        ("DB_URL='canary", ".env:2:1: ", "a quote is not closed"),
        ("canary canary", ".env:2:1: ", "no assignment"),
    ] {
        let home = Home::with_manifest(MANIFEST);
        home.write(".env", format!("FAL_KEY=1\n{line}\n"));
        let trial = import(&home, &[".env", "--dry-run"]).exits(1);
        assert_eq!(names(&home), [""; 0]);
        let ran = import(&home, &[".env"]).exits(1);
        assert_eq!(ran.stderr.replace("next: xreq secret set DB_URL\n", ""), trial.stderr);
        let ran = ran.complains("error[ambiguous_assignment]").complains(place).complains(why);
        let ran = ran.prints("stored FAL_KEY (.env:1)\nlines of .env that can go now: 1\n");
        let ran = ran.complains("next: xreq secret set DB_URL\n");
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
        assert_eq!(names(&home), ["FAL_KEY"], "{line}");
    }
    let home = Home::with_manifest(MANIFEST);
    home.write(".env", "FAL_KEY=1\nOTHER=a # b\n");
    import(&home, &[".env"]).succeeds().prints("stored FAL_KEY (.env:1)");
}

#[test]
fn a_comment_behind_a_value_is_none_of_it_where_all_readers_agree() {
    let home = Home::with_manifest("secrets: [FAL_KEY, DB_URL]\n");
    home.write(".env", "export FAL_KEY=fal-1 # from the site\nDB_URL=\"a # b\" # c\n");
    import(&home, &[".env"]).succeeds();
    let script = "printf '<%s>' \"$FAL_KEY\" \"$DB_URL\"";
    home.xreq(&["run", "--", "sh", "-c", script]).succeeds().prints("<fal-1><a # b>");
}

/// For python-dotenv the first quote ends in the third line, which it drops; for npm's dotenv in none.
#[test]
fn what_may_be_a_part_of_an_unclosed_value_is_left_out() {
    let home = Home::with_manifest(MANIFEST);
    home.write(".env", "DB_URL=1\nPEM='canary\nFAL_KEY='2'\nDB_URL=3\n");
    let ran = import(&home, &[".env"]).exits(1).prints("nothing to store");
    for place in [".env:2:1: a quote", ".env:3:1: `FAL_KEY`: for some", ".env:4:1: `DB_URL`: for"] {
        assert!(ran.stderr.contains(place), "{place}: {}", ran.stderr);
    }
    assert_eq!(names(&home), [""; 0]);
}

#[test]
fn a_stored_secret_is_replaced_on_request_alone() {
    let home = Home::with_manifest(MANIFEST);
    home.write(".env", "FAL_KEY=old\nFAL_KEY=first\n");
    import(&home, &[".env"]).succeeds().prints("stored FAL_KEY (.env:1, 2)");
    home.write(".env", "FAL_KEY=second\nDB_URL=db\n");
    let ran = import(&home, &[".env"]).succeeds();
    ran.prints("kept FAL_KEY (.env:1)").prints("lines of .env that can go now: 2\n");
    let value = || home.xreq(&["run", "--manifest", "one.yaml", "--", "printenv", "FAL_KEY"]);
    home.write("one.yaml", "secrets: [FAL_KEY]\n");
    assert_eq!(value().succeeds().stdout, "first\n");
    import(&home, &[".env", "--replace"]).succeeds().prints("replaced FAL_KEY (.env:1)");
    assert_eq!(value().succeeds().stdout, "second\n");
}

#[test]
fn names_and_all_need_no_manifest() {
    let home = Home::with_manifest(MANIFEST);
    std::fs::remove_file(home.path().join("xreq.yaml")).expect("it goes");
    home.write(".env", "OTHER=1\nMORE=2\nX_ACCESS_TOKEN=3\nPATH=/tmp\nbad-name=4\n");
    import(&home, &[".env"]).exits(2).complains("manifest_missing");
    import(&home, &[".env", "OTHRE"]).exits(2).complains("did you mean `OTHER`?");
    let ran = import(&home, &[".env", "MORE", "X_ACCESS_TOKEN"]).exits(1);
    ran.complains("secret_name_reserved").prints("stored MORE (.env:2)");
    let ran = import(&home, &[".env", "--all"]).exits(1).prints("stored OTHER (.env:1)\nkept MORE");
    for place in [".env:3:1: ", ".env:4:1: ", ".env:5:1: "] {
        assert!(ran.stderr.contains(place), "{place}: {}", ran.stderr);
    }
    home.xreq(&["secret", "rm", "MORE"]).succeeds();
    import(&home, &[".env", "OTHER"]).succeeds().complains("MORE");
    let ran = home.xreq_with(&["secret", "import", "-", "--all"], "MORE=2\n").succeeds();
    ran.prints("stored MORE (<stdin>:1)");
    assert_eq!(names(&home), ["MORE", "OTHER"]);
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let home = Home::with_manifest(MANIFEST);
    import(&home, &["none"]).exits(2).complains("file_unreadable");
    home.write("latin1", b"# caf\xe9\nFAL_KEY=1\n");
    import(&home, &["latin1"]).exits(2).complains("is not UTF-8");
    home.write("large", vec![b'\n'; (1 << 20) + 1]);
    import(&home, &["large"]).exits(2).complains("has more than 1024 KiB");
    home.write("nul", "FAL_KEY='a\0b'\n");
    import(&home, &["nul"]).exits(1).complains("nul:1:1: ").complains("NUL");
    assert_eq!(names(&home), [""; 0]);
}

#[test]
fn a_check_names_what_takes_the_file_over_until_it_was() {
    let home =
        Home::with_manifest("secrets: [FAL_KEY, DB_URL, EMPTY, {key: OTHER, optional: true}]\n");
    home.write(".env", "FAL_KEY=fal-canary\nDB_URL=db-canary\nEMPTY=\nOTHER=other-canary\n");
    let check = home.xreq(&["check"]).exits(1);
    let note = "secrets that are not stored yet lie in a .env file: `FAL_KEY` (.env:1), `DB_URL` (.env:2), \
                `OTHER` (.env:4)";
    assert_eq!(check.stderr.matches("note[").count(), 1, "{}", check.stderr);
    let check =
        check.complains(note).complains("take them over: `xreq secret import .env`, then remove");
    let (first, _) = check.stderr.split_once("xreq secret set").expect("it is the other way");
    assert!(first.contains("run `xreq secret import .env`, or run `"), "{}", check.stderr);
    assert!(check.stderr.contains("help: run `xreq secret set EMPTY`"), "{}", check.stderr);
    assert!(check.stderr.ends_with("next: xreq secret import .env\n"), "{}", check.stderr);
    assert!(!format!("{check:?}").contains("canary"));
    let run = home.xreq(&["run", "--", "true"]).exits(125);
    assert_eq!(run.stderr.matches("help: run `xreq secret import .env`, or run `").count(), 3);
    let run = run.complains("help: run `xreq secret set EMPTY`\n");
    assert!(!run.stderr.contains("note["), "{}", run.stderr);
    import(&home, &[".env"]).succeeds().complains("next: xreq secret set EMPTY");
    home.xreq_with(&["secret", "set", "EMPTY"], "a").succeeds();
    let check = home.xreq(&["check"]).succeeds().complains(
        "note[variable/dotenv-override]: secrets that are stored lie in a .env file, too: `FAL_KEY` \
         (.env:1), `DB_URL` (.env:2), `EMPTY` (.env:3), `OTHER` (.env:4)\n",
    );
    let check = check.complains("= help: remove the lines: a program that lets the file override");
    assert_eq!(check.stderr.matches("note[").count(), 1, "{}", check.stderr);
    home.write(".env", "UNRELATED=1\n");
    assert_eq!(home.xreq(&["check"]).succeeds().stderr, "");
}

#[test]
fn a_line_that_a_comment_allows_is_not_told_of() {
    let home = Home::with_manifest(
        "secrets:\n  - DB_URL\n  # xreq: allow variable/dotenv-override it is a sample\n  - FAL_KEY\n",
    );
    home.write(".env", "FAL_KEY=1\nDB_URL=2\n");
    let check = home.xreq(&["check"]).exits(1).complains("a .env file: `DB_URL` (.env:2)\n");
    assert!(!check.stderr.contains("allow/"), "{}", check.stderr);
    assert!(check.stderr.contains("help: run `xreq secret set FAL_KEY`"), "{}", check.stderr);
    let run = home.xreq(&["run", "--", "true"]).exits(125);
    run.complains("help: run `xreq secret set FAL_KEY`").complains("run `xreq secret import .env`");
    import(&home, &[".env"]).succeeds();
    let check = home.xreq(&["check"]).succeeds().complains("too: `DB_URL` (.env:2)\n");
    assert!(!check.stderr.contains("FAL_KEY"), "{}", check.stderr);
}

#[test]
fn at_a_terminal_lines_are_wrapped() {
    let home = Home::with_manifest("secrets: [FAL_KEY]\n");
    home.write(".env", "FAL_KEY=1\n");
    import(&home, &[".env"]).succeeds();
    let (shown, _) = Pty::start_wide(&home, "\"$0\" secret import .env", 60).end();
    assert!(shown.starts_with("kept FAL_KEY (.env:1): "), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
}

#[test]
fn a_file_that_assigns_the_secret_is_no_value_of_it() {
    let home = Home::with_manifest(MANIFEST);
    let set = ["secret", "set", "FAL_KEY"];
    for text in ["FAL_KEY=canary", "OTHER=1\nexport FAL_KEY='canary'\n"] {
        let ran = home.xreq_with(&set, text).exits(2);
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
        ran.complains("`xreq secret import FILE FAL_KEY`")
            .complains("`xreq secret import - FAL_KEY`");
    }
    assert_eq!(names(&home), [""; 0]);
    home.xreq_with(&["secret", "import", "-", "FAL_KEY"], "FAL_KEY=1\n").succeeds();
    // Other assignments, and what ends in `=`, may be a value.
    for text in ["OTHER=1\nMORE=2\n", "Zm9vYmE="] {
        home.xreq_with(&set, text).succeeds();
    }
}
