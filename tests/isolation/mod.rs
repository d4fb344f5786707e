//! `xreq run --isolate`: what an agent cannot reach, as an ordinary user and as root.
//!
//! Each way out is tried twice, by the same program: beside xreq, where it has to lead somewhere, and
//! from inside, where it must not. What leads nowhere for this user in any case, or would change the
//! machine, is tried inside alone.

mod aside;
mod broker;
mod calls;
mod ends;
mod files;
mod network;
mod places;
mod processes;
mod refusals;
mod terminal;
mod threats;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::machine::{lacks, skips};
use crate::support::{Ran, XREQ, lasting_folder};

/// The ordinary user that tests are if they are run by root.
const SOMEBODY: u32 = 4711;

/// The program that tries ways out.
const PROBE: &str = include_str!("probe.py");

/// Somebody with a home and a project, neither of which is in a folder of temporary files.
struct Place {
    folder: TempDir,
    user: u32,
}

impl Place {
    /// Makes a place for a user, with a manifest that asks for nothing.
    fn of(user: u32) -> Self {
        let folder = lasting_folder();
        let place = Self { folder, user };
        for folder in ["home", "project"] {
            fs::create_dir(place.path(folder)).expect("a folder can be made");
        }
        place.write("project/xreq.yaml", "name: an app\n");
        place.write("project/probe.py", PROBE);
        let shared = fs::Permissions::from_mode(0o755);
        fs::set_permissions(place.folder.path(), shared).expect("it is ours");
        place.give("");
        place.xreq(&["init"]).succeeds();
        place
    }

    /// The path of something in it.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as a text.
    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("it is a text").to_owned()
    }

    /// Writes a file, with the folders above it.
    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("folders can be made");
        fs::write(path, content).expect("a file can be written");
        self.give("");
    }

    /// The content of a file.
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Gives the user what lies below a path.
    fn give(&self, name: &str) {
        if !rustix::process::geteuid().is_root() || self.user == 0 {
            return;
        }
        let mut folders = vec![self.path(name)];
        while let Some(path) = folders.pop() {
            chown(&path, Some(self.user), Some(self.user)).expect("root gives files away");
            if path.is_dir() && !path.is_symlink() {
                let entries = fs::read_dir(path).expect("a folder can be listed");
                folders.extend(entries.map(|entry| entry.expect("an entry").path()));
            }
        }
    }

    /// A program that the user runs in the project.
    fn program(&self, program: &str) -> Command {
        let is_other = rustix::process::geteuid().as_raw() != self.user;
        let user = self.user.to_string();
        let mut command = Command::new(if is_other { "setpriv" } else { program });
        if is_other {
            command.args(["--reuid", &user, "--regid", &user, "--clear-groups", program]);
        }
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.path("home"))
            .current_dir(self.path("project"));
        command
    }

    /// xreq as the user runs it.
    fn xreq(&self, args: &[&str]) -> Ran {
        Ran::of(self.program(XREQ).args(args))
    }

    /// A shell script, isolated, with these options.
    fn isolated_with(&self, options: &[&str], script: &str) -> Ran {
        let command = [&["run", "--isolate"], options, &["--", "sh", "-c", script]].concat();
        self.xreq(&command)
    }

    /// A shell script, isolated.
    fn isolated(&self, script: &str) -> Ran {
        self.isolated_with(&[], script)
    }

    /// What becomes of ways out, beside xreq.
    #[track_caller]
    fn outside(&self, ways: &[String]) -> Vec<String> {
        let mut command = self.program("python3");
        results(&Ran::with_input(command.args(["probe.py", "-"]), ways.join("\n").as_bytes()))
    }

    /// What becomes of the same, inside.
    #[track_caller]
    fn inside(&self, options: &[&str], ways: &[String]) -> Vec<String> {
        let mut command = self.program(XREQ);
        command.args(["run", "--isolate"]).args(options).args(["--", "python3", "probe.py", "-"]);
        results(&Ran::with_input(&mut command, ways.join("\n").as_bytes()))
    }

    /// Asserts that ways lead out beside xreq, and inside not.
    #[track_caller]
    fn closes(&self, ways: &[(String, &str)]) {
        let tried: Vec<_> = ways.iter().map(|(way, _)| way.clone()).collect();
        let reached: Vec<_> = tried.iter().map(|way| format!("{way}: reached")).collect();
        assert_eq!(self.outside(&tried), reached, "beside xreq, as {}", self.user);
        self.refuses(ways);
    }

    /// Asserts that ways do not lead out.
    #[track_caller]
    fn refuses(&self, ways: &[(String, &str)]) {
        let tried: Vec<_> = ways.iter().map(|(way, _)| way.clone()).collect();
        let refused: Vec<_> =
            ways.iter().map(|(way, errno)| format!("{way}: refused {errno}")).collect();
        assert_eq!(self.inside(&[], &tried), refused, "inside, as {}", self.user);
    }
}

/// The lines that a probe printed.
#[track_caller]
fn results(ran: &Ran) -> Vec<String> {
    assert!(ran.status.success(), "{}\n{}", ran.stdout, ran.stderr);
    ran.stdout.lines().map(str::to_owned).collect()
}

/// Does something as an ordinary user, and as root if the tests are run by root. Says so where there is
/// no isolation.
fn as_each(test: impl Fn(&Place)) {
    let own = rustix::process::geteuid().as_raw();
    if own == 0 && lacks("setpriv") || lacks("python3") {
        return;
    }
    if own == 0 && !can_be_entered(Path::new(XREQ)) {
        skips("only root reaches the programs under test");
        return;
    }
    for user in if own == 0 { vec![SOMEBODY, 0] } else { vec![own] } {
        let place = Place::of(user);
        let tried = place.isolated("true");
        if tried.stderr.contains("isolation_failed") {
            skips(&format!("there is no isolation here: {}", tried.stderr));
            return;
        }
        test(&place);
    }
}

/// Whether everybody can search the folders above a file.
fn can_be_entered(path: &Path) -> bool {
    let is_open = |folder: &Path| {
        fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
    };
    path.ancestors().skip(1).all(is_open)
}
