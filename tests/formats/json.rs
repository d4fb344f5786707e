//! JSON is an interface: its schemas are published, and all of it conforms to them.

use serde_json::Value;

use super::{corpus, diagnostics, printed};
use crate::corpus::generated::generated;
use crate::support::{Home, conforms};

#[test]
fn findings_conform_to_the_published_schema() {
    let (home, mut paths) = corpus();
    for case in generated() {
        let path = format!("m/{}.yaml", case.name);
        home.write(&path, case.text);
        paths.push(path);
    }
    paths.push("nowhere.yaml".to_owned());
    let answer = printed(&home, &["validate"], "json", &paths).exits(2).json();
    conforms("findings", &answer);
    assert_eq!(answer["valid"], false);
    assert_eq!(answer["failures"][0]["code"], "file_unreadable");
    for path in ["m/ok-01-spelling-1-documented.yaml", "m/err-bad-key-newline.yaml"] {
        conforms("findings", &home.xreq(&["validate", "--format", "json", path]).json());
    }
}

#[test]
fn verdicts_conform_to_the_published_schema() {
    let (home, paths) = corpus();
    home.initialise("integrations: [x.tweet.read]\n");
    home.import("token", "tweet.read users.read like.read");
    for path in paths {
        let ran = home.xreq(&["check", "--format", "json", "--manifest", &path]);
        conforms("check", &ran.json());
    }
}

#[test]
fn check_has_all_findings_of_the_store() {
    let home = Home::with_manifest(
        "integrations:\n- x.dm.read\n- {key: x.tweet.write, optional: true}\nsecrets: [FAL_KEY]\n",
    );
    home.import("token", "users.read like.read");
    let answer = home.xreq(&["check", "--format", "json"]).exits(1).json();
    conforms("check", &answer);
    let codes: Vec<_> = diagnostics(&answer).iter().map(|finding| &finding["code"]).collect();
    for part in ["errors", "warnings", "notes"] {
        let told = answer[part].as_array().expect("it is a list");
        assert!(!told.is_empty(), "{part}");
        assert!(told.iter().all(|told| codes.contains(&&told["code"])), "{part} beyond {codes:?}");
    }
}

#[test]
fn the_schemas_describe_the_same_findings() {
    let read = |name: &str| -> Value {
        let printed = Home::empty().xreq(&["schema", name]).succeeds().stdout;
        let path = format!("schemas/{name}.schema.json");
        assert_eq!(printed, std::fs::read_to_string(path).expect("it is published"));
        let schema: Value = serde_json::from_str(&printed).expect("it is JSON");
        for example in schema["examples"].as_array().expect("it has examples") {
            conforms(name, example);
        }
        schema
    };
    let (findings, check) = (read("findings"), read("check"));
    for part in ["finding", "range", "position"] {
        assert_eq!(findings["$defs"][part], check["$defs"][part]);
    }
}

#[test]
fn the_whole_is_indented_as_its_parts_are() {
    let (home, paths) = corpus();
    for format in ["json", "sarif", "gitlab"] {
        for paths in [&paths[..], &paths[..1]] {
            let ran = printed(&home, &["validate"], format, paths);
            assert_eq!(ran.stdout, format!("{:#}\n", ran.json()), "{format}");
        }
    }
}
