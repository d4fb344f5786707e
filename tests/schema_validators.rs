//! Two judges that are not ours, on the manifests of `tests/manifest`: `check-jsonschema`, which
//! reads them with ruamel.yaml, and `ajv`, for which the package `yaml` reads them. With the
//! published schema they say what `xreq validate` says, but for the exceptions that are listed here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;
use xreq::findings::Rule;

use crate::corpus::{self, BEYOND_A_SCHEMA};
use crate::support::{Ran, machine, node};

/// Rules that are beyond a schema, but not beyond a reader of YAML: whoever lets such a file pass is
/// an exception.
const FOR_THE_READER: [Rule; 5] =
    [Rule::Syntax, Rule::NotUtf8, Rule::Nul, Rule::SecondDocument, Rule::DuplicateKey];

const CHECK_JSONSCHEMA: Judge = Judge {
    verdicts: ask_check_jsonschema,
    left_out: &[
        ("err/alias-bomb-large", "it expands aliases, for minutes"),
        ("err/alias-bomb-small", "it expands aliases, for minutes"),
        ("err/alias-to-itself", "it follows the alias until Python ends it, and judges no file"),
        ("err/too-deep-unclosed", "it recurses until Python ends it, and judges no file"),
    ],
    apart: &[
        ("err/not-utf8-utf-16", "it reads UTF-16 too, which YAML allows"),
        ("err/syntax-comment-without-space", "its reader wants no space before a comment"),
        ("err/syntax-no-break-space", "a no-break space is a letter of a key, as YAML has it"),
        ("err/syntax-lone-surrogate-escape", "text in Python can have half a character"),
        ("ok/descriptions-that-are-text", "it takes 1_000 for a number, as YAML 1.1 does"),
        ("ok/tabs-where-allowed", "its reader refuses tabs between tokens, which YAML allows"),
    ],
};

const AJV: Judge = Judge {
    verdicts: ask_ajv,
    left_out: &[],
    apart: &[
        ("err/nul-after-multibyte", "its reader lets control characters pass"),
        ("err/nul-in-text", "its reader lets control characters pass"),
        ("err/syntax-bell-character", "its reader lets control characters pass"),
        ("err/syntax-control-character-after-emoji", "its reader lets control characters pass"),
        ("err/syntax-control-character-in-comment", "its reader lets control characters pass"),
        ("err/syntax-escape-character", "its reader lets control characters pass"),
        ("err/syntax-no-break-space", "a no-break space is a letter of a key, as YAML has it"),
        ("err/syntax-lone-surrogate-escape", "text in JavaScript can have half a character"),
    ],
};

/// By a file's path, whether it is valid.
type Verdicts = BTreeMap<String, bool>;

struct Judge {
    /// Holds files against a schema; gives nothing where the judge is not installed.
    verdicts: fn(&str, &[&String]) -> Option<Verdicts>,
    /// The files that it is not asked about, and why.
    left_out: &'static [(&'static str, &'static str)],
    /// The files of which it says something else, and why.
    apart: &'static [(&'static str, &'static str)],
}

#[test]
fn check_jsonschema_says_the_same() {
    CHECK_JSONSCHEMA.agrees();
}

#[test]
fn ajv_says_the_same() {
    AJV.agrees();
}

#[test]
fn check_jsonschema_notices_a_broken_schema() {
    CHECK_JSONSCHEMA.notices_a_broken_schema();
}

#[test]
fn ajv_notices_a_broken_schema() {
    AJV.notices_a_broken_schema();
}

impl Judge {
    fn agrees(&self) {
        let Some(differences) = self.differences("schemas/manifest.schema.json") else { return };
        let listed: BTreeSet<_> = self.apart.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(differences, listed);
    }

    /// A key is taken out of the schema, and a closed entry opened.
    fn notices_a_broken_schema(&self) {
        let published = fs::read_to_string("schemas/manifest.schema.json").expect("it is there");
        let mut schema: Value = serde_json::from_str(&published).expect("it is JSON");
        let definitions = &mut schema["$defs"];
        definitions["entry"]["additionalProperties"] = true.into();
        let keys = definitions["capability"]["oneOf"].as_array_mut().expect("a list");
        keys.retain(|key| key["const"] != "x.tweet.moderate");
        let folder = TempDir::new().expect("a temporary folder can be made");
        let path = folder.path().join("broken.json");
        fs::write(&path, schema.to_string()).expect("it can be written");
        let path = path.to_str().expect("it has a plain name");
        let Some(differences) = self.differences(path) else { return };
        for name in ["ok/all-keys-bare", "ok/all-keys-as-entries", "err/unknown-field-case"] {
            assert!(differences.contains(name), "{name} is not in {differences:?}");
        }
    }

    /// The files of which the judge says something else than `xreq validate`, although a value, or
    /// its reader of YAML, has what is wrong with them.
    fn differences(&self, schema: &str) -> Option<BTreeSet<String>> {
        let asked: BTreeMap<_, _> = OURS
            .iter()
            .filter(|(name, _)| self.left_out.iter().all(|(left_out, _)| left_out != name))
            .map(|(name, errors)| (format!("tests/manifest/{name}.yaml"), (name, errors)))
            .collect();
        assert_eq!(asked.len() + self.left_out.len(), OURS.len(), "what is left out is there");
        let theirs = (self.verdicts)(schema, &asked.keys().collect::<Vec<_>>())?;
        assert!(theirs.keys().eq(asked.keys()), "there is a verdict for each file");
        let beyond: BTreeSet<_> = BEYOND_A_SCHEMA
            .iter()
            .filter(|(rule, _)| !FOR_THE_READER.contains(rule))
            .map(|(rule, _)| rule.name())
            .collect();
        let differ = theirs.values().zip(asked.into_values()).filter(|(valid, (_, errors))| {
            **valid != errors.is_empty()
                && !(**valid && errors.iter().all(|code| beyond.contains(code.as_str())))
        });
        Some(differ.map(|(_, (name, _))| name.clone()).collect())
    }
}

/// The errors of each manifest, as `err/unknown-field-case`.
static OURS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let of_folder = |folder: &'static str| {
        corpus::files(folder).into_iter().map(move |path| {
            let bytes = fs::read(&path).expect("it can be read");
            (format!("{folder}/{}", corpus::stem(&path)), corpus::codes(&bytes, &["error"]))
        })
    };
    of_folder("ok").chain(of_folder("err")).collect()
});

fn ask_check_jsonschema(schema: &str, files: &[&String]) -> Option<Verdicts> {
    let program = Path::new(&machine::python()).with_file_name("check-jsonschema");
    if !program.exists() {
        machine::skips("there is no check-jsonschema beside Python: run tests/python/setup");
        return None;
    }
    let mut command = Command::new(program);
    command.args(["--schemafile", schema, "--verbose", "--output-format", "json"]).args(files);
    let ran = Ran::of(&mut command);
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    let report = ran.json();
    let named = |list: &str, name: fn(&Value) -> &Value, valid| {
        let list = report[list].as_array().expect("a list").iter();
        let files: Vec<_> =
            list.map(|file| (name(file).as_str().expect("a path").to_owned(), valid)).collect();
        files
    };
    let failed: fn(&Value) -> &Value = |error| &error["filename"];
    let valid = named("successes", |file| file, true);
    let invalid = named("errors", failed, false);
    let unreadable = named("parse_errors", failed, false);
    Some(valid.into_iter().chain(invalid).chain(unreadable).collect())
}

fn ask_ajv(schema: &str, files: &[&String]) -> Option<Verdicts> {
    node::installed("ajv/package.json")?;
    let mut command = Command::new("node");
    command.args(["tests/node/judge.mjs", schema]).args(files);
    let ran = Ran::of(&mut command).succeeds();
    assert!(ran.stderr.is_empty(), "ajv warns of the schema: {}", ran.stderr);
    let verdicts = ran.json();
    let verdicts = verdicts.as_object().expect("it is by file").iter();
    Some(verdicts.map(|(file, complaint)| (file.clone(), complaint.is_null())).collect())
}
