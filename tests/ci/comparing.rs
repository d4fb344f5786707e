//! What the GitHub Action says of a pull request: the authority that it adds.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::repository::{Repository, git};
use super::runner::Runner;
use crate::support::Ran;

const OLD: &str =
    "requirements:\n  integrations:\n    - key: x.tweet.read\n      description: Read\n";
const WIDER: &str = "requirements:\n  integrations:\n    - key: x.tweet.read\n      description: Read\n    - key: x.dm.write\n      description: Answer\n";

/// A repository whose branch `main` has a manifest, and in which what a pull request would be when
/// merged is checked out.
struct PullRequest {
    repository: Repository,
    merge: String,
}

impl PullRequest {
    fn new(old: &str, new: &str) -> Self {
        let repository = Repository::with_manifest(old);
        repository.git(&["switch", "--quiet", "--create", "topic"]);
        repository.write("xreq.yaml", new);
        repository.commit();
        Self::merging(repository)
    }

    /// Merges the branch `topic` into `main`, which goes on meanwhile.
    fn merging(repository: Repository) -> Self {
        repository.git(&["switch", "--quiet", "main"]);
        repository.write("other.txt", "text");
        repository.commit();
        repository.git(&["merge", "--quiet", "--no-edit", "topic"]);
        let merge = repository.git(&["rev-parse", "HEAD"]);
        Self { repository, merge }
    }

    fn runner(&self) -> Runner<'_> {
        self.runner_in(self.repository.path())
    }

    fn runner_in(&self, workspace: &Path) -> Runner<'_> {
        let server = format!("file://{}", self.repository.home.path().display());
        let runner = Runner::new(&self.repository.home, workspace);
        let runner = runner.var("GITHUB_SERVER_URL", &server);
        let base = self.repository.git(&["rev-parse", "HEAD^1"]);
        let runner = runner.var("GITHUB_EVENT_NAME", "pull_request").var("GITHUB_BASE_REF", "main");
        let runner = runner.var("GITHUB_REF", "refs/pull/7/merge").var("GITHUB_SHA", &self.merge);
        runner.fact("github.event.pull_request.base.sha", &base)
    }

    /// A checkout of the last `depth` commits, as actions/checkout makes it.
    fn checkout(&self, depth: u32) -> PathBuf {
        let home = &self.repository.home;
        let folder = tempfile::tempdir_in(home.path()).expect("a folder can be made").keep();
        let from = format!("file://{}", self.repository.path().display());
        let mut clone = git(home, home.path());
        clone.args(["clone", "--quiet", &format!("--depth={depth}"), &from]).arg(&folder);
        Ran::of(&mut clone).succeeds();
        folder
    }
}

#[test]
fn new_authority_is_an_error_unless_it_is_allowed() {
    let request = PullRequest::new(OLD, WIDER);
    let job = request.runner().run().exits(1).gives("valid", "true").gives("widened", "true");
    let job = job.logs("::error file=xreq.yaml,line=5,").logs("title=authority/added::");
    job.sums_up("the agent **can now** send direct messages");

    let job = request.runner().input("allow-widening", "true").run().exits(0);
    let job = job.gives("widened", "false").logs("::notice file=xreq.yaml,line=5,");
    job.sums_up("the agent **can now** send direct messages");

    request.runner().input("diff", "false").run().exits(0).gives("widened", "");
}

#[test]
fn less_authority_and_none_pass() {
    PullRequest::new(WIDER, OLD).runner().run().exits(0).gives("widened", "false");
    let described = OLD.replace("Read", "Read what is new");
    PullRequest::new(OLD, &described).runner().run().exits(0).gives("widened", "false");
    let repository = Repository::with_manifest(OLD);
    let job = Runner::new(&repository.home, repository.path()).run().exits(0);
    job.gives("widened", "");
}

/// What is checked out may be the merge with its parents, or the merge alone.
#[test]
fn the_revision_to_compare_with_is_found_or_fetched() {
    let request = PullRequest::new(OLD, WIDER);
    for depth in [1, 2] {
        let job = request.runner_in(&request.checkout(depth)).run().exits(1);
        job.gives("widened", "true").sums_up("send direct messages");
    }
    let alone = |depth| {
        let folder = request.checkout(depth);
        let mut remove = git(&request.repository.home, &folder);
        Ran::of(remove.args(["remote", "remove", "origin"])).succeeds();
        request.runner_in(&folder).run()
    };
    alone(2).exits(1).gives("widened", "true");
    let job = alone(1).exits(2).gives("valid", "true").gives("widened", "");
    job.logs("fetch-depth: 2").sums_up("## xreq diff: exit status 2");
}

/// The branch that a pull request merges into may have gone on since it was opened.
#[test]
fn what_others_have_merged_is_not_the_pull_requests() {
    let repository = Repository::with_manifest(OLD);
    let opened = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.write("topic.txt", "text");
    repository.commit();
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("xreq.yaml", WIDER);
    let request = PullRequest::merging(repository);
    let runner = request.runner().fact("github.event.pull_request.base.sha", &opened);
    runner.run().exits(0).gives("widened", "false");
}

/// A workflow may check out the branch itself, and not what it would be when merged.
#[test]
fn a_branch_is_compared_with_what_it_was_opened_against() {
    let repository = Repository::with_manifest(WIDER);
    let opened = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.write("topic.txt", "text");
    repository.commit();
    repository.git(&["switch", "--quiet", "main"]);
    repository.write("xreq.yaml", OLD);
    let request = PullRequest::merging(repository);
    request.repository.git(&["switch", "--quiet", "topic"]);
    let base = request.repository.git(&["rev-parse", "main^1"]);
    assert_ne!(base, opened);
    let runner = request.runner().fact("github.event.pull_request.base.sha", &opened);
    runner.run().exits(0).gives("widened", "false");
}

#[test]
fn another_revision_can_be_named() {
    let repository = Repository::with_manifest(OLD);
    repository.git(&["tag", "deployed"]);
    repository.write("xreq.yaml", WIDER);
    repository.commit();
    let runner = |base: &str| Runner::new(&repository.home, repository.path()).input("base", base);
    runner("deployed").run().exits(1).gives("widened", "true");
    runner("HEAD").run().exits(0).gives("widened", "false");
    runner("no-such").run().exits(2).gives("widened", "");
    runner("--output=here").run().exits(2);
    assert!(!repository.path().join("here").exists());
}

#[test]
fn manifests_that_are_new_or_elsewhere_are_compared() {
    let repository = Repository::with_manifest(OLD);
    repository.write("named otherwise.yaml", OLD);
    repository.commit();
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.write("agents/new one/inf.yml", WIDER);
    repository.write("named otherwise.yaml", WIDER);
    repository.commit();
    let request = PullRequest::merging(repository);
    let job = request.runner().run().exits(1).gives("widened", "true");
    let job = job.logs("::error file=agents/new one/inf.yml,line=3");
    assert!(!job.log.contains("named otherwise"), "{}", job.log);
    let runner = request.runner().input("manifest", "named otherwise.yaml");
    runner.run().exits(1).logs("::error file=named otherwise.yaml,line=5");
    let runner = request.runner().input("working-directory", "agents");
    runner.run().exits(1).logs("::error file=agents/new one/inf.yml,line=3");
}

/// What was wrong allowed nothing, and whoever mends it adds all that it asks for. What is wrong now
/// has a finding, and is no failure of the job.
#[test]
fn a_wrong_manifest_had_no_authority_and_is_given_none() {
    let broken = OLD.replace("x.tweet.read", "x.tweet.raed");
    let job = PullRequest::new(&broken, OLD).runner().run().exits(1).gives("valid", "true");
    job.gives("widened", "true").logs("title=authority/added::");
    let job = PullRequest::new(OLD, &broken).runner().run().exits(1).gives("valid", "false");
    job.gives("widened", "").sums_up("## xreq diff: not compared");
}

#[test]
fn only_what_a_pull_request_changes_is_validated_where_that_is_asked_for() {
    let repository = Repository::with_manifest(OLD);
    repository.write("old/xreq.yaml", "integrations: [x.no.such]\n");
    repository.commit();
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.write("new/xreq.yaml", OLD);
    repository.commit();
    let request = PullRequest::merging(repository);
    let runner = || request.runner().input("allow-widening", "true");
    runner().run().exits(1).gives("valid", "false").logs("file=old/xreq.yaml");
    let job = runner().input("only-changed", "true").run().exits(0).gives("valid", "true");
    job.logs("1 manifest changed since");
    // There is nothing to compare with.
    let job = runner().input("only-changed", "true").var("GITHUB_EVENT_NAME", "push").run();
    job.exits(1).gives("widened", "");
}

#[test]
fn accounts_of_the_store_that_have_to_consent_are_named() {
    let repository = Repository::with_manifest(OLD);
    repository.keep_store("grants-store");
    repository.commit();
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.write("xreq.yaml", WIDER);
    repository.commit();
    let request = PullRequest::merging(repository);
    let job = request.runner().input("store", "grants-store").run().exits(1);
    job.sums_up("1 account has to consent").sums_up("x (default) has to consent again");
}

/// What a link leads to could be a file of the machine.
#[test]
fn links_are_not_followed() {
    let repository = Repository::with_manifest(OLD);
    let secret = repository.home.path().join("secret.txt");
    fs::write(&secret, "a: of this machine\n").expect("a file can be written");
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.write("agent/README", "");
    symlink(&secret, repository.path().join("agent/xreq.yaml")).expect("a link can be made");
    repository.commit();
    let request = PullRequest::merging(repository);
    let job = request.runner().run().exits(2).gives("widened", "");
    let job = job.logs("agent/xreq.yaml is a link");
    assert!(!job.log.contains("of this machine"), "{}", job.log);
    // Nor where an input names them.
    let folder = request.repository.path().join("linked");
    symlink(secret.parent().expect("a folder"), &folder).expect("a link can be made");
    let whole = folder.join("secret.txt").display().to_string();
    for path in ["agent/xreq.yaml", "linked/secret.txt", "./linked/secret.txt/", &whole] {
        for input in ["paths", "manifest"] {
            let runner = request.runner().input("store", "nowhere").input(input, path);
            let job = runner.run().exits(2).logs("an input names a link, which is not followed");
            assert!(!job.log.contains("of this machine"), "{}", job.log);
        }
    }
}

/// A program that leaves a trace where it is started.
fn trap(repository: &Repository) -> String {
    format!("touch '{}' #", repository.home.path().join("sprung").display())
}

fn is_sprung(repository: &Repository) -> bool {
    repository.home.path().join("sprung").exists()
}

/// A folder of a commit can be a bare repository, whose settings are those of whoever wrote it.
#[test]
fn a_repository_that_was_committed_is_not_asked() {
    let repository = Repository::with_manifest(OLD);
    repository.git(&["switch", "--quiet", "--create", "topic"]);
    repository.git(&["init", "--quiet", "--bare", "agents"]);
    let origin = format!("file://{}", repository.path().display());
    for (name, value) in [
        ("core.bare", "false"),
        ("core.worktree", "."),
        ("core.sshCommand", &trap(&repository)),
        ("core.fsmonitor", &trap(&repository)),
        ("remote.origin.url", "ssh://git@localhost/x"),
        ("remote.origin.uploadpack", &trap(&repository)),
        ("url.ext::sh -c .insteadOf", &origin),
        ("protocol.allow", "always"),
    ] {
        repository.git(&["config", "--file", "agents/config", name, value]);
    }
    repository.write("agents/xreq.yaml", OLD);
    repository.commit();
    let request = PullRequest::merging(repository);
    for base in ["", "deployed", "0123456789012345678901234567890123456789"] {
        let runner = request.runner().input("working-directory", "agents").input("base", base);
        let job = runner.run().exits(2).gives("valid", "true").gives("widened", "");
        job.logs("is in no working tree of git");
    }
    assert!(!is_sprung(&request.repository));
}

/// A checkout may come from elsewhere than actions/checkout: an artifact of another job, a cache.
#[test]
fn no_setting_of_a_checkout_names_a_program_to_fetch_by() {
    let request = PullRequest::new(OLD, WIDER);
    let trap = trap(&request.repository);
    let elsewhere = format!("ext::{trap}");
    let server = format!("file://{}", request.repository.path().display());
    for (fetches, settings) in [
        (false, &[("remote.origin.url", "ssh://git@localhost/x"), ("core.sshCommand", &trap)][..]),
        (false, &[("remote.origin.url", &elsewhere), ("protocol.allow", "always")]),
        (true, &[("remote.origin.uploadpack", &trap)]),
        (true, &[("remote.origin.vcs", "ext"), ("credential.helper", &trap)]),
        (true, &[("core.alternateRefsCommand", &trap), ("core.fsmonitor", &trap)]),
        (true, &[("url.ext::sh.insteadOf", &server), ("protocol.ext.allow", "always")]),
        (true, &[("core.gitProxy", &trap), ("core.askPass", &trap), ("core.hooksPath", ".hooks")]),
    ] {
        let folder = request.checkout(1);
        for hook in ["reference-transaction", "post-checkout", "pre-auto-gc"] {
            let name = folder.join(".hooks").join(hook);
            request.repository.home.write_program(name.to_str().expect("it is UTF-8"), &trap);
            fs::copy(&name, folder.join(".git/hooks").join(hook)).expect("there is a folder");
        }
        for (name, value) in settings {
            Ran::of(git(&request.repository.home, &folder).args(["config", name, value]))
                .succeeds();
        }
        let job = request.runner_in(&folder).run();
        assert!(!is_sprung(&request.repository), "{settings:?}: {}", job.log);
        if fetches {
            job.exits(1).gives("widened", "true");
        } else {
            job.exits(2).gives("widened", "").logs("fetch-depth: 2");
        }
        // The checkout is as good as it was.
        let mut log = git(&request.repository.home, &folder);
        Ran::of(log.args(["-c", "core.fsmonitor=false", "log", "-1", "--format=%H"])).succeeds();
    }
}

/// A program in the place of git, which notes its variables and arguments.
fn with_spy<'a>(repository: &Repository, runner: Runner<'a>) -> Runner<'a> {
    let seen = repository.home.path().join("seen");
    let path = std::env::var("PATH").expect("it is UTF-8");
    let script = format!(
        "#!/bin/sh\n{{ env; echo \"ARGUMENTS=$*\"; }} >>'{}'\nPATH='{path}' exec git \"$@\"\n",
        seen.display()
    );
    repository.home.write_program("spies/git", &script);
    let spies = repository.home.path().join("spies");
    runner.var("PATH", &format!("{}:{path}", spies.display()))
}

/// The credential that actions/checkout leaves is a header with a token, in the settings or in a file
/// that they include.
#[test]
fn git_gets_the_header_of_the_server_and_no_other_token() {
    let request = PullRequest::new(OLD, WIDER);
    let home = &request.repository.home;
    let folder = request.checkout(1);
    let server = format!("http.file://{}/.extraheader", home.path().display());
    let included = home.path().join("credentials.config");
    let set = |args: &[&str]| {
        Ran::of(git(home, &folder).arg("config").args(args)).succeeds();
    };
    let file = included.to_str().expect("it is UTF-8");
    set(&["--file", file, &server, "AUTHORIZATION: basic header-canary"]);
    set(&["http.extraheader", "X: header-of-anywhere"]);
    set(&[&format!("includeIf.gitdir:{}/.git.path", folder.display()), file]);
    let runner = request.runner_in(&folder);
    let job = with_spy(&request.repository, runner)
        .var("GITHUB_TOKEN", "job-canary")
        .var("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job-canary")
        .var("GIT_SSH_COMMAND", "job-canary")
        .run();
    job.exits(1).gives("widened", "true");
    let seen = fs::read_to_string(home.path().join("seen")).expect("it was started");
    assert!(seen.contains("_VALUE_0=AUTHORIZATION: basic header-canary\n"), "{seen}");
    assert!(!seen.contains("job-canary") && !seen.contains("header-of-anywhere"), "{seen}");
    let arguments = seen.lines().filter(|line| line.starts_with("ARGUMENTS="));
    assert!(arguments.clone().any(|line| line.contains(" fetch ")), "{seen}");
    assert!(arguments.clone().all(|line| !line.contains("canary")), "{seen}");
}
