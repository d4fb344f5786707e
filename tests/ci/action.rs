//! The GitHub Action, run as a runner runs it.

use std::fs;
use std::os::unix::fs::symlink;

use super::repository::Repository;
use super::runner::{Runner, root, yaml};
use crate::support::{Home, XREQ, XREQ_MAIN};

const GOOD: &str =
    "requirements:\n  integrations:\n    - key: x.tweet.write\n      description: Post\n";
const BROKEN: &str =
    "requirements:\n  integrations:\n    - key: x.tweet.wriet\n      description: Post\n";
const UNMET: &str =
    "requirements:\n  integrations:\n    - key: x.dm.read\n      description: Read\n";

fn runner(repository: &Repository) -> Runner<'_> {
    Runner::new(&repository.home, repository.path())
}

#[test]
fn a_valid_manifest_passes() {
    let repository = Repository::with_manifest(GOOD);
    let job = runner(&repository).run().exits(0).gives("valid", "true");
    let job = job.gives("satisfied", "").gives("widened", "").sums_up("## xreq validate");
    assert!(!job.log.contains("::error"), "{}", job.log);
    assert_eq!(job.results("validate.sarif").len(), 0);
    assert_eq!(job.used, []);
}

#[test]
fn a_broken_manifest_is_annotated_summed_up_and_in_the_sarif_file() {
    let repository = Repository::with_manifest(BROKEN);
    let job = runner(&repository).run().exits(1).gives("valid", "false");
    let annotation = "::error file=xreq.yaml,line=3,endLine=3,col=12,endColumn=25,\
                      title=manifest/unknown-key::provider `x` has no key";
    let job = job.logs(annotation).sums_up("did you mean <code>x.tweet.write</code>");
    let results = job.results("validate.sarif");
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(results[0]["ruleId"], "manifest/unknown-key");
    assert_eq!(place["artifactLocation"]["uri"], "xreq.yaml");
    assert_eq!(place["region"]["startLine"], 3);
}

#[test]
fn a_store_that_does_not_cover_the_manifest_fails() {
    let repository = Repository::with_manifest(UNMET);
    repository.keep_store("grants-store");
    let job = runner(&repository).input("store", "grants-store").run().exits(1);
    let job = job.gives("valid", "true").gives("satisfied", "false");
    let job = job.logs("::error file=xreq.yaml,line=3").logs("title=scope/missing::Missing scope");
    let job = job.sums_up("## xreq.yaml: not satisfied").sums_up("```mermaid");
    assert_eq!(job.results("check.sarif")[0]["ruleId"], "scope/missing");
    assert!(job.results("validate.sarif").iter().all(|result| result["level"] != "error"));

    repository.write("xreq.yaml", GOOD);
    let job = runner(&repository).input("store", "grants-store").run().exits(0);
    job.gives("satisfied", "true").sums_up("satisfied: 1 of 1");
}

/// The findings of `validate` do not keep `check` from running, and are not told twice.
#[test]
fn every_part_runs_and_tells_what_the_others_did_not() {
    let repository = Repository::with_manifest(BROKEN);
    repository.keep_store("grants-store");
    let job = runner(&repository).input("store", "grants-store").run().exits(1);
    let job =
        job.gives("valid", "false").gives("satisfied", "false").sums_up("xreq.yaml: not valid");
    assert_eq!(job.log.matches("::error").count(), 1, "{}", job.log);
    assert_eq!(job.results("check.sarif").len(), 1);
}

#[test]
fn the_worst_status_is_that_of_the_job() {
    let repository = Repository::with_manifest(GOOD);
    repository.keep_store("grants-store");
    repository.write("broken.yaml", BROKEN);
    let runner = |paths| runner(&repository).input("paths", paths).input("store", "grants-store");
    let job = runner("broken.yaml").run().exits(1);
    job.gives("valid", "false").gives("satisfied", "true");
    let job = runner("none.yaml").run().exits(2);
    job.gives("valid", "").gives("satisfied", "true");
    repository.write("xreq.yaml", UNMET);
    let job = runner("none.yaml").run().exits(2);
    job.gives("valid", "").gives("satisfied", "false");
}

#[test]
fn what_cannot_be_judged_is_told_from_what_is_wrong() {
    let repository = Repository::with_manifest(GOOD);
    repository.write("broken.yaml", BROKEN);
    let job = runner(&repository).input("paths", "broken.yaml").input("store", "no\nwhere");
    let job = job.run().exits(2);
    let job = job.gives("valid", "false").gives("satisfied", "").logs("manifest/unknown-key");
    let job = job.sums_up("## xreq check: exit status 2");
    let told = "::error title=xreq check::exit status 2: error[file_unreadable]: ";
    let command = job.commands().into_iter().find(|command| command.starts_with(told));
    assert!(command.is_some_and(|command| command.contains("%0A  help: ")), "{}", job.log);

    let empty = Repository::new();
    let job = runner(&empty).run().exits(2).gives("valid", "");
    let job = job.logs("::error title=manifest_missing::no manifest in .");
    job.sums_up("no manifest in .");

    repository.keep_store("grants-store");
    fs::write(repository.path().join("grants-store/grants/x/default.json"), "{").expect("a file");
    let job = runner(&repository).input("store", "grants-store").run().exits(3);
    job.gives("satisfied", "").gives("valid", "true").logs("store_corrupt");

    let job = runner(&repository).input("working-directory", "nowhere").run().exits(2);
    job.logs("::error title=xreq action::exit status 2: the input \"working-directory\"");
    let job = runner(&repository).input("deny", "no/such-rule").run().exits(2);
    job.logs("no/such-rule");
}

#[test]
fn a_sub_folder_is_judged_by_itself_and_named_from_the_root() {
    let repository = Repository::with_manifest(BROKEN);
    repository.write("agents/the first/xreq.yaml", UNMET);
    repository.keep_store("agents/the store");
    let runner = runner(&repository).input("working-directory", "agents/the first");
    let job = runner.input("store", "../the store").input("sarif", "the reports").run().exits(1);
    let job = job.logs("::error file=agents/the first/xreq.yaml,line=3");
    let job = job.gives("valid", "true").gives("satisfied", "false");
    let reports = repository.path().join("agents/the first/the reports");
    let job = job.gives("sarif", reports.to_str().expect("it is UTF-8"));
    let result = &job.results("check.sarif")[0];
    let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "agents/the%20first/xreq.yaml");
}

#[test]
fn paths_stand_on_lines_and_rules_between_spaces() {
    let repository = Repository::new();
    repository.write("a b/one.yaml", &GOOD.replace("tweet.write", "user.read"));
    repository.write("-c/two.yaml", &GOOD.replace("Post", "''"));
    let paths = "a b/one.yaml\n\n-c/two.yaml\n";
    let job = runner(&repository).input("paths", paths).run().exits(0);
    let job = job.logs("::warning file=-c/two.yaml").logs("2 manifests: 0 errors, ");
    job.sums_up("2 manifests");
    let denied = "scope/published-insufficient\nmanifest/empty-description";
    let job = runner(&repository).input("paths", paths).input("deny", denied).run().exits(1);
    job.logs("::error file=-c/two.yaml").logs("::error file=a b/one.yaml");
    let allowed = "manifest/empty-description scope/published-insufficient";
    let job = runner(&repository).input("paths", paths).input("allow", allowed).run().exits(0);
    job.logs("2 manifests: 0 errors, 0 warnings");
}

#[test]
fn inputs_reach_check_as_they_are() {
    let repository = Repository::with_manifest(BROKEN);
    repository.keep_store("grants-store");
    repository.write("other name.yaml", "integrations: [x.user.read]\n");
    let runner = || {
        let runner = runner(&repository).input("store", "grants-store");
        runner.input("paths", "other name.yaml").input("manifest", "other name.yaml")
    };
    runner().run().exits(0).gives("satisfied", "true");
    let job = runner().input("account", "x=other").run().exits(1).gives("satisfied", "false");
    job.logs("Not connected: x (other)");
    runner().input("account", "x=default\n").run().exits(0);
    repository.keep_store_of("grants-store", "users.read");
    runner().run().exits(0).gives("satisfied", "true");
    runner().input("strict", "true").run().exits(1).gives("satisfied", "false");
    runner().input("catalog", "no such\n").run().exits(2).logs("no such");
}

/// What somebody else can choose is text, whatever a shell or a runner would take it for.
#[test]
fn no_input_is_run() {
    let texts = [
        "$(touch injected)",
        "`touch injected`",
        "; touch injected",
        "' ; touch injected #",
        "\"; touch injected; \"",
        "x\ntouch injected",
        "x\n::error::injected\n::add-path::/injected",
        "--help",
        "-",
        "*",
    ];
    let repository = Repository::with_manifest(GOOD);
    repository.keep_store("grants-store");
    let lists = ["paths", "manifest", "account", "store", "deny", "warn", "allow", "catalog"];
    for text in texts {
        for names in [&lists[..], &["base"], &["working-directory"], &["sarif"], &["xreq"]] {
            let job = runner(&repository).input("store", "grants-store").input("base", "HEAD");
            let job = names.iter().fold(job, |job, name| job.input(name, text)).run();
            assert!(job.status <= 3, "{names:?} {text}: {}", job.log);
            for command in job.commands() {
                assert!(!command.starts_with("::add-path"), "{names:?} {text}: {}", job.log);
                assert!(!command.starts_with("::error::"), "{names:?} {text}: {}", job.log);
            }
        }
    }
    for folder in [repository.path(), repository.home.path(), root()] {
        assert!(!folder.join("injected").exists(), "{}", folder.display());
    }
}

/// A folder, a branch and a manifest can be called anything by whoever opens a pull request.
#[test]
fn no_name_of_a_file_is_run() {
    let repository = Repository::with_manifest(GOOD);
    let folder = "$(touch injected)\n::error::injected";
    repository.write(&format!("{folder}/xreq.yaml"), BROKEN);
    repository.write("; touch injected/inf.yml", UNMET);
    repository.commit();
    let job = runner(&repository).input("base", "HEAD^").run().exits(1);
    let job = job.logs("title=not_comparable::").logs("::error file=; touch injected/inf.yml");
    assert!(!job.commands().iter().any(|line| line.starts_with("::error::")), "{}", job.log);
    assert!(!repository.path().join("injected").exists());
}

#[test]
fn expressions_stand_nowhere_in_a_script() {
    let action = yaml("action.yml");
    for step in action["runs"]["steps"].as_array().expect("there are steps") {
        let run = step["run"].as_str().unwrap_or_default();
        assert!(!run.contains("${{"), "{run}");
    }
}

#[test]
fn findings_are_uploaded_where_that_is_asked_for() {
    let repository = Repository::with_manifest(BROKEN);
    repository.keep_store("grants-store");
    let job = runner(&repository).input("upload-sarif", "true").run().exits(1);
    assert_eq!(job.used.len(), 1);
    let runner = runner(&repository).input("upload-sarif", "true").input("store", "grants-store");
    let job = runner.run().exits(1);
    let (actions, with): (Vec<_>, Vec<_>) = job.used.into_iter().unzip();
    assert_eq!(actions, ["github/codeql-action/upload-sarif@v4"; 2]);
    let categories: Vec<_> = with.iter().map(|with| &with["category"]).collect();
    assert_eq!(categories, ["xreq-validate:.", "xreq-check:."]);
    assert!(with.iter().all(|with| fs::exists(&with["sarif_file"]).expect("it can be looked for")));
}

#[test]
fn a_long_summary_is_cut() {
    let repository = Repository::new();
    let entries: Vec<_> = (0..200).map(|at| format!("  - key: x.no.such{at}\n")).collect();
    let entries = entries.concat();
    for at in 0..80 {
        repository.write(&format!("{at}/xreq.yaml"), &format!("integrations:\n{entries}"));
    }
    let job = runner(&repository).run().exits(1).sums_up(" more\n");
    assert!(job.summary.len() < 65_536, "{}", job.summary.len());
    // Stands for the summaries of many commands.
    let long = format!(
        "#!/bin/sh\ncase \"$*\" in *markdown*) yes '| row |' | head -n 150000;; *) exec '{XREQ}' \"$@\";; esac\n"
    );
    let path = on_path(&repository.home, "xreq", &long);
    let program = path.split(':').next().expect("it is first").to_owned() + "/xreq";
    let job = runner(&repository).input("xreq", &program).run();
    let job = job.exits(1).sums_up("The rest is in the log.");
    assert!(job.summary.len() < 1_000_100, "{}", job.summary.len());
    assert!(job.summary.len() > 900_000, "{}", job.summary.len());
    assert!(job.summary.trim_end().ends_with("|\n\nThe rest is in the log."));
}

/// A program in a folder of the home, which is put before all others.
fn on_path(home: &Home, name: &str, script: &str) -> String {
    home.write_program(&format!("programs/{name}"), script);
    let folder = home.path().join("programs");
    format!("{}:{}", folder.display(), std::env::var("PATH").expect("it is UTF-8"))
}

#[test]
fn xreq_is_found_or_built_once() {
    let repository = Repository::with_manifest(GOOD);
    // Stands for cargo: puts the program where it is told to.
    let cargo = format!(
        "#!/bin/sh\necho \"cargo $* in $PWD\"\nwhile [ \"$1\" != --root ]; do shift; done\n\
         mkdir -p \"$2/bin\" && cp '{XREQ}' '{XREQ_MAIN}' \"$2/bin\"\n"
    );
    let path = on_path(&repository.home, "cargo", &cargo);
    let runner = || runner(&repository).input("xreq", "").var("PATH", &path);
    let job = runner().run().exits(0).gives("valid", "true").logs("cargo install --locked --path");
    let job = job.logs(&format!(" in {}\n", root().display()));
    let (action, with) = &job.used[0];
    assert_eq!(action, "actions/cache@v5");
    let key = with["key"].strip_prefix("xreq-Linux-X64-").expect("it names the machine");
    assert!(key.len() == 40 && with["path"].ends_with(key), "{with:?}");

    let job = runner().run().exits(0).gives("valid", "true");
    assert!(!job.log.contains("cargo install") && job.used.is_empty(), "{}", job.log);

    fs::remove_dir_all(repository.home.path().join("tools")).expect("it is there");
    let job = runner().fact("steps.cache.outputs.cache-hit", "true").run();
    assert!(!job.log.contains("cargo install"), "{}", job.log);

    symlink(XREQ, repository.home.path().join("programs/xreq")).expect("a link can be made");
    let job = runner().run().exits(0).gives("valid", "true");
    assert!(!job.log.contains("cargo install") && job.used.is_empty(), "{}", job.log);
    runner().input("xreq", "no/such").run().exits(2).logs("names no program");
}
