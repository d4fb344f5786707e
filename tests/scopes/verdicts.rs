//! Verdicts on granted scopes, as every command shows them.

use serde_json::{Value, json};

use super::{GOODS, granted, home_at, manifest};
use crate::support::{Home, conforms};

/// What `xreq check` says in JSON, with its exit status.
#[track_caller]
fn check(home: &Home, options: &[&str], status: i32) -> Value {
    let args = [&["check", "--format", "json"], options].concat();
    let answer = home.xreq(&args).exits(status).json();
    conforms("check", &answer);
    answer
}

/// The codes of warnings and notes.
fn codes(answer: &Value) -> Vec<&str> {
    let lists = [&answer["warnings"], &answer["notes"]].into_iter();
    let entries = lists.flat_map(|list| list.as_array().expect("a list"));
    entries.map(|entry| entry["code"].as_str().expect("a code")).collect()
}

#[test]
fn line_01_a_scope_that_includes_the_needed_one_is_named_as_why_and_is_not_over_granted() {
    let home = granted("goods", "mail.modify", "goods.mail.readonly");
    let answer = check(&home, &[], 0);
    assert_eq!(answer["satisfied"], true);
    let why = "goods.mail.readonly needs mail.readonly: granted mail.modify, which includes it";
    assert_eq!(
        answer["included"],
        json!([{
            "key": "goods.mail.readonly", "scope": "mail.readonly", "granted": "mail.modify",
            "through": [], "message": why,
        }])
    );
    // It is not over-granted; that a smaller one would do is another thing.
    assert_eq!(codes(&answer), ["scope/broad"]);
    assert_eq!(
        answer["notes"][0]["message"],
        "the grant of goods (default): `mail.modify` is granted where `mail.readonly` is enough"
    );
    assert_eq!(answer["notes"][0]["enough"], json!(["mail.readonly"]));
    home.xreq(&["check"]).succeeds().complains("note[scope/broad]");

    let explained = home.xreq(&["explain"]).succeeds();
    explained.prints("why         mail.readonly: granted mail.modify, which includes it");
    let explained = home.xreq(&["explain", "--format", "json"]).succeeds().json();
    assert_eq!(explained["requirements"][0]["included"], answer["included"]);
    assert_eq!(explained["requirements"][0]["covered"], true);
    let table = home.xreq(&["explain", "--format", "markdown"]).succeeds();
    table.prints("granted mail.modify, which includes it");

    let status = home.xreq(&["status", "--format", "json"]).exits(1).json();
    conforms("status", &status);
    let account = &status["accounts"][0];
    assert_eq!(account["scopes"], json!(["mail.modify"]));
    assert_eq!(account["included_scopes"], json!(["mail.readonly", "mail.send"]));
    home.xreq(&["status"]).exits(1).prints("included: mail.readonly mail.send\n");

    home.write("xreq.yaml", manifest("goods.mail.readonly, goods.mail.modify"));
    assert_eq!(codes(&check(&home, &[], 0)), [""; 0], "it is needed");
}

#[test]
fn line_03_of_several_alternatives_that_which_lacks_least_is_missing() {
    let keys = "goods.sheets.readonly";
    let missing = |scopes: &str| {
        let answer = check(&granted("goods", scopes, keys), &[], 1);
        answer["errors"][0]["action"]["scopes"].clone()
    };
    assert_eq!(missing("mail.send"), json!(["sheets.readonly"]), "as many as the other lacks");
    assert_eq!(missing("mail.readonly"), json!(["sheets.readonly"]), "fewer");
    for enough in ["sheets.readonly", "drive.readonly mail.send", "drive mail.modify"] {
        check(&granted("goods", enough, keys), &[], 0);
    }
    let home = granted("goods", "drive.readonly mail.send", keys);
    assert_eq!(codes(&check(&home, &[], 0)), [""; 0], "both are needed");
    home.xreq(&["explain"]).succeeds().prints("or          drive.readonly mail.send\n");
}

#[test]
fn what_the_api_asks_for_beyond_a_covered_set_is_missing_of_that_set() {
    let missing = |scopes: &str, strict: bool| {
        let options = if strict { &["--strict"][..] } else { &[] };
        let answer = check(&granted("goods", scopes, "goods.report"), options, strict.into());
        let list = if strict { "errors" } else { "warnings" };
        answer[list][0]["action"]["scopes"].clone()
    };
    // Another set would lack fewer.
    assert_eq!(missing("sheets.readonly", false), json!(["drive.readonly", "mail.send"]));
    assert_eq!(missing("sheets.readonly", true), json!(["drive.readonly", "mail.send"]));
    assert_eq!(missing("mail.send", true), json!(["auth/userinfo.email"]), "neither is covered");
    for enough in ["email", "sheets.readonly drive.readonly mail.send"] {
        check(&granted("goods", enough, "goods.report"), &["--strict"], 0);
    }
}

#[test]
fn line_05_a_key_that_only_a_narrow_scope_covers_is_a_warning_and_with_strict_an_error() {
    let home = granted("goods", "drive.file", "goods.drive");
    let answer = check(&home, &[], 0);
    assert_eq!(codes(&answer), ["scope/narrow"]);
    let warning = &answer["warnings"][0];
    let limit =
        "covered only by `drive.file`, which sees only files that the app made or was given";
    assert_eq!(warning["message"], limit);
    assert_eq!(warning["narrow"], json!(["drive.file"]));
    assert_eq!(warning["action"]["command"], "xreq connect goods --add-scope drive");
    home.xreq(&["check"])
        .succeeds()
        .complains("warning[scope/narrow]: covered only by `drive.file`");
    home.xreq(&["explain"]).succeeds().prints("narrow      `drive.file`, which sees only files");
    home.xreq(&["run", "--dry-run", "--", "true"]).succeeds().complains(limit);
    home.xreq(&["status"]).exits(1).prints("narrow: drive.file sees only files that the app");

    let answer = check(&home, &["--strict"], 1);
    assert_eq!(answer["errors"][0]["message"], "Missing scope: drive (drive.file sees less)");
    assert_eq!(answer["errors"][0]["action"]["scopes"], json!(["drive"]));

    for options in [&[][..], &["--strict"]] {
        let meant = granted("goods", "drive.file", "goods.drive.file");
        assert_eq!(codes(&check(&meant, options, 0)), [""; 0], "the key means it");
        let wide = granted("goods", "drive drive.file", "goods.drive");
        assert_eq!(codes(&check(&wide, options, 0)), [""; 0]);
    }
}

#[test]
fn other_names_of_a_scope_are_the_same_scope() {
    let wire = "auth/userinfo.email";
    for granted_as in ["email", wire] {
        let home = granted("goods", granted_as, "goods.email, {key: goods, scopes: [email]}");
        let answer = check(&home, &["--strict"], 0);
        assert_eq!(codes(&answer), [""; 0]);
        home.xreq(&["validate"]).succeeds();
    }
    let home = granted("goods", "email", "goods.email");
    home.xreq(&["explain"]).succeeds().prints(&format!("{wire}: granted email, which is the same"));
    home.xreq(&["catalog", "goods email"]).succeeds().prints("also       email\n");
    let ran = home.xreq(&["catalog", "email"]).exits(2);
    ran.complains("`email` is of several providers").complains(" or `xreq catalog 'goods email'`?");
}

#[test]
fn what_an_older_scope_includes_is_no_new_authority() {
    let home = home_at("https://NAME.example", "goods.mail.modify, goods.mail.readonly");
    home.write("old.yaml", manifest("goods.mail.modify"));
    let diff = |old: &str, new: &str, status: i32| home.xreq(&["diff", old, new]).exits(status);
    let ran = diff("old.yaml", "xreq.yaml", 0);
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains("mail.readonly is included in mail.modify"), "{told}");
    home.write("old.yaml", manifest("goods.mail.readonly"));
    diff("old.yaml", "xreq.yaml", 1);
    // To see all files is more than to see those of the app, although both satisfy the key.
    home.write("old.yaml", manifest("goods.drive.file"));
    home.write("xreq.yaml", manifest("goods.drive"));
    diff("old.yaml", "xreq.yaml", 1);
    diff("xreq.yaml", "old.yaml", 0);
}

#[test]
fn line_04_an_unknown_scope_of_an_alternative_and_a_cycle_are_errors_with_their_place() {
    let home = home_at("https://NAME.example", "goods.drive");
    for (from, to, place) in [
        (
            "[drive.readonly], [drive]",
            "[drive.readonly], [drvie]",
            "goods.yaml:41:89: `operations[0].user.any_of[1]` has `drvie`",
        ),
        (
            "mail.readonly: Read mail",
            "mail.readonly: {text: T, implies: [mail.modify]}",
            "goods.yaml:13:38: `scopes.mail.readonly.implies` has `mail.modify`, and so includes itself",
        ),
    ] {
        let file = GOODS.replacen(from, to, 1).replace('@', "https://NAME.example");
        assert_ne!(file, GOODS);
        home.write("home/providers/goods.yaml", &file);
        let ran = home.xreq(&["validate"]).exits(2).complains("error[catalog_invalid]");
        ran.complains(place);
    }
}
