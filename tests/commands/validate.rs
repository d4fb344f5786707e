//! `validate`: files, folders, standard input.

use serde_json::json;

use crate::support::Home;

const RIGHT: &str = "integrations: [x.tweet.read]\n";
const WRONG: &str = "integrations: [x.tweet.raed]\n";

#[test]
fn a_folder_is_searched_for_manifests() {
    let home = Home::empty();
    home.write("a/xreq.yaml", RIGHT);
    home.write("b/deep/inf.yml", WRONG);
    home.write("b/other.yaml", "this: [is, no, manifest");
    home.write("b/node_modules/xreq.yaml", WRONG);
    home.write(".hidden/xreq.yaml", WRONG);
    let ran = home.xreq(&["validate", "."]).exits(1);
    assert!(ran.stdout.ends_with("2 manifests: 1 error, 0 warnings\n"), "{}", ran.stdout);
    ran.prints("b/deep/inf.yml:1:16");
    home.xreq(&["validate", "a"]).succeeds();
    home.write("c/nothing", "");
    home.xreq(&["validate", "c"]).exits(2).complains("manifest_missing");
}

#[test]
fn standard_input_has_a_name() {
    let home = Home::empty();
    home.xreq_with(&["validate", "-"], WRONG).exits(1).prints("<stdin>:1:16");
    home.xreq_with(&["validate", "-"], RIGHT).succeeds();
}

#[test]
fn machines_get_positions_in_all_units() {
    let home = Home::empty();
    home.write("xreq.yaml", "\u{feff}é😀: 1\r\nintegrations: [ # 😀\r\n  x.tweet.raed]\r\n");
    let answer = home.xreq(&["validate", "--format", "json"]).exits(1).json();
    assert_eq!(answer["valid"], false);
    let finding = &answer["diagnostics"][0];
    assert_eq!(finding["code"], "manifest/unknown-key");
    assert_eq!(
        finding["range"]["start"],
        json!({ "byte": 40, "line": 3, "column": 3, "column_utf16": 3 })
    );
    assert_eq!(finding["fix"]["replacement"], "x.tweet.read");
    home.write("xreq.yaml", "integrations: [{description: \"😀\", key: x.tweet.raed}]\n");
    let answer = home.xreq(&["validate", "--format", "json"]).exits(1).json();
    let start = &answer["diagnostics"][0]["range"]["start"];
    assert_eq!(*start, json!({ "byte": 42, "line": 1, "column": 40, "column_utf16": 41 }));
}

#[test]
fn the_manifest_is_found_by_name() {
    let home = Home::empty();
    home.write("inf.yaml", RIGHT);
    home.xreq(&["validate"]).succeeds();
    home.write("inf.yml", WRONG);
    home.xreq(&["validate"]).exits(1).prints("inf.yml:1:16");
    home.write("xreq.yml", RIGHT);
    home.xreq(&["validate"]).succeeds();
    let home = home.var("XREQ_MANIFEST", "inf.yml");
    home.xreq(&["validate"]).exits(1);
}

#[test]
fn what_cannot_be_read_is_told() {
    let home = Home::empty();
    home.write("wrong.yaml", WRONG);
    let ran = home.xreq(&["validate", "nowhere.yaml", "wrong.yaml"]).exits(2);
    let ran = ran.complains("file_unreadable").prints("wrong.yaml:1:16");
    ran.prints("1 manifest: 1 error, 0 warnings, 1 failure");
}

#[test]
fn own_keys_beside_a_section_are_left_alone() {
    let home = Home::empty();
    for name in ["own-key-near-section", "own-list-near-section"] {
        let path = format!("{}/tests/manifest/ok/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let ran = home.xreq(&["validate", &path]).succeeds();
        assert!(!ran.stdout.contains("misspelled-section"), "{}", ran.stdout);
    }
}

#[test]
fn a_manifest_that_requires_nothing_is_noted_and_can_be_denied() {
    const NOTE: &str = "note[manifest/requires-nothing]: nothing is required";
    let deny = ["--deny", "manifest/requires-nothing"];
    let nested = "spec:\n  integrations:\n    - key: x.tweet.write\n";
    for (manifest, place) in [
        (nested, "`spec.integrations` is not read"),
        ("permissions: [x.tweet.write]\n", "`permissions` is not read"),
        ("services: {web: {image: a}}\n", "say so with `requirements: {}`"),
        ("{}\n", "say so with `requirements: {}`"),
    ] {
        let home = Home::with_manifest(manifest);
        home.xreq(&["validate", "--deny", "warnings"]).succeeds().prints(NOTE).prints(place);
        home.xreq(&[&["validate"], &deny[..]].concat())
            .exits(1)
            .prints("error[manifest/requires-nothing]");
        let checked = home.xreq(&["check"]).succeeds().complains(NOTE).complains(place);
        assert!(checked.stdout.contains("satisfied: nothing is required"), "{}", checked.stdout);
        home.xreq(&[&["check"], &deny[..]].concat()).exits(1);
        // A launch says it where something looks like a requirement.
        let ran = home.xreq(&["run", "--", "true"]).succeeds();
        assert_eq!(ran.stderr.contains(NOTE), place.ends_with("is not read"), "{}", ran.stderr);
    }
    for manifest in ["requirements: {}\n", "secrets: [A]\n", "intergrations: [x.tweet.read]\n"] {
        let home = Home::with_manifest(manifest);
        let ran = home.xreq(&[&["validate"], &deny[..]].concat()).succeeds();
        assert!(!ran.stdout.contains("requires-nothing"), "{}", ran.stdout);
    }
    let allowed =
        format!("# xreq: allow manifest/requires-nothing it counts words\n{}", "name: a\n");
    let home = Home::with_manifest(&allowed);
    let ran = home.xreq(&["validate"]).succeeds();
    assert_eq!(ran.stdout, "1 manifest: 0 errors, 0 warnings\n");
}

#[test]
fn files_that_a_gate_is_set_up_by_have_one_reading_too() {
    let home = Home::with_manifest(RIGHT);
    let hidden = "rules: {scope/raw: warn} # ours\u{85}audit: true\n";
    home.write("home/config.yaml", hidden);
    let place = "config.yaml:1:32: U+0085 (next line) ends a line for some readers of YAML";
    let ran = home.xreq(&["validate"]);
    assert!(!ran.status.success());
    ran.complains("error[invalid_config]").complains(place);
    home.write("home/config.yaml", "rules: {scope/raw: warn}\n");
    home.write("acme.yaml", "provider: acme\ntitle: A\u{2028}provider: b\n");
    let ran = home.xreq(&["validate", "--catalog", "acme.yaml"]);
    assert!(!ran.status.success());
    ran.complains("acme.yaml:2:9: U+2028 (line separator)");
}
