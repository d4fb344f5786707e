//! GitLab's jobs, run as its runner runs them: one shell for all lines, which ends at the first
//! that fails.

use std::path::Path;

use serde_json::Value;

use super::repository::Repository;
use super::runner::yaml;
use crate::support::{Ran, XREQ};

const GOOD: &str =
    "requirements:\n  integrations:\n    - key: x.tweet.write\n      description: Post\n";
const WIDER: &str = "requirements:\n  integrations:\n    - key: x.tweet.write\n      description: Post\n    - key: x.dm.write\n      description: Answer\n";

/// Runs a job of the example.
fn job(repository: &Repository, job: &str, vars: &[(&str, &str)]) -> Ran {
    let file = yaml("examples/ci/gitlab-ci.yml");
    let (shared, job) = (&file[".xreq"], &file[job]);
    assert_eq!(job["extends"], ".xreq");
    let lines = |script: &Value| -> Vec<String> {
        let script = script.as_array().expect("there are lines");
        script.iter().map(|line| line.as_str().expect("it is text").to_owned()).collect()
    };
    let script = [lines(&shared["before_script"]), lines(&job["script"])].concat().join("\n");
    let programs = Path::new(XREQ).parent().expect("it is in a folder");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").expect("it is UTF-8"));
    let mut bash = repository.home.program("bash");
    bash.args(["-e", "-o", "pipefail", "-c", &script]).current_dir(repository.path());
    bash.env("PATH", path).env("CI_PROJECT_DIR", repository.path()).env_remove("XREQ_HOME");
    for (name, value) in shared["variables"].as_object().expect("there are variables") {
        bash.env(name, value.as_str().expect("it is text"));
    }
    Ran::of(bash.envs(vars.iter().copied()))
}

/// The report that a job leaves.
fn report(repository: &Repository, name: &str) -> Vec<Value> {
    let file = yaml("examples/ci/gitlab-ci.yml");
    let path = file[name]["artifacts"]["reports"]["codequality"].as_str().expect("it is text");
    assert_eq!(file[name]["artifacts"]["when"], "always");
    let text = std::fs::read_to_string(repository.path().join(path)).expect("it was written");
    serde_json::from_str(&text).expect("it is an array")
}

#[test]
fn a_job_tells_in_its_log_and_in_its_report() {
    let repository = Repository::with_manifest(GOOD);
    job(&repository, "xreq-validate", &[]).exits(0);
    let found = report(&repository, "xreq-validate");
    assert!(found.iter().all(|issue| issue["severity"] != "critical"), "{found:?}");
    repository.write("xreq.yaml", &GOOD.replace("write", "wriet"));
    job(&repository, "xreq-validate", &[]).exits(1).prints("did you mean `x.tweet.write`");
    let issue = &report(&repository, "xreq-validate")[0];
    assert_eq!(issue["check_name"], "manifest/unknown-key");
    assert_eq!(issue["location"]["path"], "xreq.yaml");
}

#[test]
fn the_store_in_the_repository_is_enough() {
    let repository = Repository::with_manifest(GOOD);
    job(&repository, "xreq-check", &[]).exits(2).complains("grants-store is no folder");
    repository.keep_store("grants-store");
    job(&repository, "xreq-check", &[]).exits(0);
    repository.write("xreq.yaml", WIDER);
    job(&repository, "xreq-check", &[]).exits(1).complains("Missing scope: dm.write");
    assert_eq!(report(&repository, "xreq-check")[0]["check_name"], "scope/missing");
    std::fs::write(repository.path().join("grants-store/grants/x/default.json"), "")
        .expect("a file");
    job(&repository, "xreq-check", &[]).exits(3);
}

#[test]
fn new_authority_has_a_status_of_its_own() {
    let repository = Repository::with_manifest(GOOD);
    let base = repository.commit_empty();
    let vars = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str())];
    job(&repository, "xreq-diff", &vars).exits(0).prints("no manifest changed since");
    repository.write("xreq.yaml", WIDER);
    job(&repository, "xreq-diff", &vars).exits(1).prints("new authority");
    assert_eq!(report(&repository, "xreq-diff")[0]["check_name"], "authority/added");
    assert_eq!(yaml("examples/ci/gitlab-ci.yml")["xreq-diff"]["allow_failure"]["exit_codes"], 1);

    let unknown = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123456789012345678901234567890123456789")];
    job(&repository, "xreq-diff", &unknown).exits(2).complains("revision_unknown");
}

#[test]
fn a_manifest_that_is_new_had_no_authority() {
    let repository = Repository::new();
    let base = repository.commit_empty();
    repository.write("xreq.yaml", GOOD);
    let vars = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str())];
    job(&repository, "xreq-diff", &vars).exits(1).prints("new authority");
}
