//! Repositories that came from a stranger: looking at what changed in them starts nothing of theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::support::git::paths_of_gits;
use crate::support::machine::lacks;
use crate::support::{Home, Ran};

const RIGHT: &str = "integrations: [x.tweet.read]\n";
const WRONG: &str = "integrations: [x.tweet.raed]\n";
const WIDE: &str = "integrations: [x.tweet.read, x.dm.write]\n";

/// The settings of a repository that name a program.
const PROGRAMS: [&str; 21] = [
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.askPass",
    "core.sshCommand",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "pager.diff",
    "pager.rev-parse",
    "diff.external",
    "diff.trap.command",
    "diff.trap.textconv",
    "filter.trap.clean",
    "filter.trap.smudge",
    "filter.trap.process",
    "filter.of=another \"name.clean",
    "credential.helper",
    "gpg.program",
    "alias.diff",
    "remote.origin.uploadpack",
    "hook.trap.command",
];

const HOOKS: [&str; 4] =
    ["post-index-change", "reference-transaction", "fsmonitor-watchman", "pre-auto-gc"];

/// A repository whose branch `main` has one commit, with a right manifest, which was then made wrong.
struct Strange(Home);

impl Strange {
    fn new() -> Option<Self> {
        if lacks("git") {
            return None;
        }
        let strange = Self(Home::empty());
        strange.0.make_repository();
        strange.0.write("xreq.yaml", RIGHT);
        strange.0.write("README.md", "These are agents.\n");
        strange.0.write("moved.yaml", format!("{RIGHT}# {}\n", "long ".repeat(100)));
        strange.0.commit_all();
        Some(strange)
    }

    /// Makes `git` read a file again, which is as it was.
    fn touch(&self, file: &str) {
        let file = fs::File::options().append(true).open(self.0.path().join(file));
        let later = SystemTime::now() + Duration::from_mins(1);
        file.and_then(|file| file.set_modified(later)).expect("it is there");
    }

    /// A shell command that leaves a trace, and then does what a filter does.
    fn trap(&self) -> String {
        format!("touch '{}'; cat", self.0.path().join("sprung").display())
    }

    /// Lets a file of settings, by its options for `git config`, name the trap in every way.
    fn set_traps(&self, file: &[&str]) {
        let set = |name: &str, value: &str| {
            self.0.git(&[&["config"], file, &[name, value]].concat());
        };
        for name in PROGRAMS {
            set(name, &self.trap());
        }
        for (name, value) in [
            ("filter.trap.required", "true"),
            ("hook.trap.event", "post-index-change"),
            ("remote.origin.url", &format!("ext::sh -c \"{}\"", self.trap())),
            ("protocol.allow", "always"),
        ] {
            set(name, value);
        }
    }

    fn set_hooks(&self, folder: &str) {
        for hook in HOOKS {
            self.0
                .write_program(&format!("{folder}/{hook}"), &format!("#!/bin/sh\n{}", self.trap()));
        }
    }

    /// Looks at the changes in a folder with each `git` of the machine.
    fn looked_at(&self, folder: impl AsRef<Path>) -> Vec<Ran> {
        let mut all = Vec::new();
        for path in paths_of_gits() {
            for words in [["validate", "--changed", "HEAD"], ["diff", "--git", "HEAD"]] {
                let mut command = self.0.command();
                command.env("PATH", &path).current_dir(self.0.path().join(folder.as_ref()));
                all.push(Ran::of(command.args(words)));
                assert!(
                    !self.is_sprung(),
                    "{words:?} by {}: {:?}",
                    path.display(),
                    all.last().map(|r| &r.stderr)
                );
            }
        }
        assert!(!all.is_empty(), "there is a git");
        all
    }

    fn is_sprung(&self) -> bool {
        self.0.path().join("sprung").exists()
    }
}

/// That `git` itself starts what is named, in the same place: else nothing is shown.
#[track_caller]
fn springs(strange: &Strange, folder: &str, words: &[&str]) {
    let mut git = strange.0.program("git");
    Ran::of(git.current_dir(strange.0.path().join(folder)).args(words));
    assert!(strange.is_sprung(), "the trap works");
    fs::remove_file(strange.0.path().join("sprung")).expect("it is there");
}

#[test]
fn no_program_of_a_repositorys_settings_is_started() {
    let Some(strange) = Strange::new() else { return };
    strange.set_traps(&[]);
    strange.set_hooks(".git/hooks");
    strange
        .0
        .write(".git/info/attributes", "* filter=trap diff=trap\n*.yaml filter=\"of=another\n");
    strange.0.write(".gitattributes", "* filter=trap diff=trap\n");
    strange.0.write("xreq.yaml", WIDE);
    strange.0.write("moved again.yaml", format!("{RIGHT}# {}\n", "long ".repeat(101)));
    fs::remove_file(strange.0.path().join("moved.yaml")).expect("it is there");
    strange.touch("README.md");
    for ran in strange.looked_at(".") {
        assert!(
            ran.stdout.contains("xreq.yaml") || ran.stdout.contains("1 manifest"),
            "{ran:?}",
            ran = ran.stdout
        );
        assert_eq!(ran.stderr, "");
    }
    springs(&strange, ".", &["diff", "--raw", "HEAD"]);
}

#[test]
fn what_settings_include_is_not_read() {
    let Some(strange) = Strange::new() else { return };
    strange.set_traps(&["--file", "included"]);
    strange.0.git(&["config", "include.path", "../included"]);
    strange.0.git(&["config", "extensions.worktreeConfig", "true"]);
    strange.set_traps(&["--worktree"]);
    strange.0.write(".gitattributes", "* filter=trap diff=trap\n");
    strange.0.write("xreq.yaml", WRONG);
    strange.looked_at(".");
    springs(&strange, ".", &["diff", "--raw", "HEAD"]);
}

/// A repository without a working tree can be a folder of a commit: its settings are then those of
/// whoever wrote the commit.
#[test]
fn a_bare_repository_in_a_folder_is_refused() {
    let Some(strange) = Strange::new() else { return };
    let home = strange.0.path().display().to_string();
    strange.0.git(&["clone", "-q", "--bare", &home, "agents"]);
    let file = ["--file", "agents/config"];
    strange.set_traps(&file);
    for (name, value) in [("core.bare", "false"), ("core.worktree", "..")] {
        strange.0.git(&["config", "--file", "agents/config", name, value]);
    }
    strange.set_hooks("agents/hooks");
    strange.0.write("agents/info/attributes", "* filter=trap\n");
    strange.0.write("agents/deep/xreq.yaml", WRONG);
    strange.0.write("xreq.yaml", WRONG);
    for folder in ["agents", "agents/deep"] {
        for ran in strange.looked_at(folder) {
            ran.exits(3).complains("git_failed").complains("bare repository");
        }
    }
    springs(&strange, "agents", &["--work-tree=..", "add", "--all", "-n", "../xreq.yaml"]);
}

#[test]
fn nothing_that_lacks_is_fetched() {
    let Some(strange) = Strange::new() else { return };
    let tree = strange.0.git(&["rev-parse", "HEAD^{tree}"]).stdout;
    let tree = tree.trim();
    let file = format!(".git/objects/{}/{}", &tree[..2], &tree[2..]);
    fs::remove_file(strange.0.path().join(file)).expect("it is there");
    strange.set_traps(&[]);
    for (name, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
    ] {
        strange.0.git(&["config", name, value]);
    }
    for ran in strange.looked_at(".") {
        ran.exits(3).complains("git_failed").complains("partial clone").complains("--refetch");
    }
    springs(&strange, ".", &["diff", "--raw", "HEAD"]);
}

/// A stranger's `.gitattributes` can ask for what a user has configured for every repository.
#[test]
fn filters_of_the_user_are_not_started_either() {
    let Some(strange) = Strange::new() else { return };
    strange.set_traps(&["--file", ".gitconfig"]);
    strange.0.write(".gitattributes", "* filter=trap\n*.yaml filter=\"of=another\n");
    strange.0.write("xreq.yaml", WIDE);
    strange.touch("README.md");
    for ran in strange.looked_at(".") {
        assert_eq!(ran.stderr, "", "{}", ran.stdout);
    }
    springs(&strange, ".", &["diff", "--raw", "HEAD"]);
}

#[test]
fn another_folder_is_not_taken_for_the_working_tree() {
    let Some(strange) = Strange::new() else { return };
    let elsewhere = Home::empty();
    elsewhere.write("xreq.yaml", "integrations: [of.elsewhere]\n");
    strange.0.git(&["config", "core.worktree", elsewhere.path().to_str().expect("it is UTF-8")]);
    strange.0.write("xreq.yaml", WRONG);
    for ran in strange.looked_at(".") {
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("elsewhere"), "{}", ran.stdout);
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("xreq.yaml"), "{}", ran.stdout);
    }
}

/// A program in the place of `git`, which notes its variables.
fn spy(home: &Home) -> PathBuf {
    let path = std::env::var("PATH").expect("it is UTF-8");
    let seen = home.path().join("seen");
    let script = format!("#!/bin/sh\nenv >>'{}'\nPATH='{path}' exec git \"$@\"\n", seen.display());
    home.write_program("spies/git", &script)
}

#[test]
fn git_gets_no_variable_that_could_have_a_token() {
    let Some(strange) = Strange::new() else { return };
    let spy = spy(&strange.0);
    let home = strange.0;
    for words in [["validate", "--changed", "HEAD"], ["diff", "--git", "HEAD"]] {
        let mut command = home.command();
        for name in [
            "XREQ_IDENTITY",
            "GITHUB_TOKEN",
            "X_ACCESS_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "SSH_AUTH_SOCK",
            "HTTPS_PROXY",
            "GIT_SSH_COMMAND",
            "GIT_TRACE_CURL",
            "LANG",
        ] {
            command.env(name, "canary");
        }
        let path = std::env::join_paths([spy.parent().expect("a folder"), Path::new("/usr/bin")]);
        command.env("PATH", path.expect("a path")).env("XDG_CONFIG_HOME", "/nowhere");
        Ran::of(command.args(words)).succeeds();
    }
    let seen = fs::read_to_string(home.path().join("seen")).expect("it was started");
    assert!(seen.contains("XDG_CONFIG_HOME=/nowhere") && !seen.contains("canary"), "{seen}");
}

#[test]
fn git_is_no_program_of_the_repository() {
    let Some(strange) = Strange::new() else { return };
    strange.0.write_program("git", &format!("#!/bin/sh\n{}", strange.trap()));
    strange.0.write_program("bin/git", &format!("#!/bin/sh\n{}", strange.trap()));
    let path = std::env::var("PATH").expect("it is UTF-8");
    for path in [format!(".:{path}"), format!(":{path}"), format!("bin:./bin:{path}")] {
        let mut command = strange.0.command();
        command.env("PATH", &path).args(["validate", "--changed", "HEAD"]);
        Ran::of(&mut command).succeeds();
        assert!(!strange.is_sprung(), "{path}");
    }
    let mut command = strange.0.command();
    command.env("PATH", ".:bin").args(["validate", "--changed", "HEAD"]);
    Ran::of(&mut command).exits(3).complains("there is no `git` on the PATH");
}

/// Nothing is left behind, and nothing in the repository is other than it was.
#[test]
fn a_look_leaves_nothing() {
    let Some(strange) = Strange::new() else { return };
    let scratch = strange.0.path().join("scratch");
    fs::create_dir(&scratch).expect("a folder");
    strange.0.write(".gitignore", "scratch\n");
    for words in [["validate", "--changed", "HEAD"], ["diff", "--git", "HEAD"]] {
        Ran::of(strange.0.command().env("TMPDIR", &scratch).args(words)).succeeds();
        assert_eq!(fs::read_dir(&scratch).expect("a folder").count(), 0);
    }
    let nowhere = strange.0.path().join("nowhere");
    let mut command = strange.0.command();
    command.env("TMPDIR", nowhere).args(["validate", "--changed", "HEAD"]);
    Ran::of(&mut command).exits(3).complains("git_failed").complains("set `TMPDIR`");
}

#[test]
fn words_of_git_are_printed_as_words() {
    let Some(strange) = Strange::new() else { return };
    let script = "#!/bin/sh\nprintf 'fatal: it'\"'\"'s \"\\303\\251\" \\033[2J \\342\\200\\256x\\n' >&2\nexit 128\n";
    let folder = strange.0.write_program("bad/git", script);
    let mut command = strange.0.command();
    command.env("PATH", folder.parent().expect("a folder"));
    let ran = Ran::of(command.args(["validate", "--changed", "HEAD"])).exits(3);
    ran.complains("git: it's \"é\" \\u{1b}[2J \\u{202e}x");
    for (words, said) in [
        (["validate", "it's?"], "`it's?`"),
        (["validate", "it's \"["], "`it's \"[`"),
        (["validate", "--changed=it's"], "`it's`"),
    ] {
        strange.0.xreq(&words).exits(2).complains(said);
    }
    strange.0.write("odd.yaml", "integrations: [\"it's\\\\a\"]\n");
    strange.0.xreq(&["validate", "odd.yaml"]).exits(1).prints("`it's\\a`");
}
