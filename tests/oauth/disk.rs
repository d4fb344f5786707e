//! Disks that are full, or cannot be written, while a grant is refreshed: nothing is asked for that
//! could not be stored, and what was given is not lost.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use age::secrecy::ExposeSecret;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use xreq::sandbox::{Endpoint, Fault};

use super::PRINT_TOKEN;
use crate::support::Ran;
use crate::support::http::Request;
use crate::support::machine::unshared;
use crate::support::provider::{Connecting, House, PATIENCE};
use crate::support::stored::Stored;

const FORCED: [&str; 3] = ["refresh", "x", "--force"];

/// How long the provider takes when something happens in between.
const SLOW: Duration = Duration::from_secs(2);

/// Lets a test have namespaces of its own; what it leaves goes with this folder.
fn apart(options: &[&str], test: &str) {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let script = "export TMPDIR=\"$XREQ_TEST_FOLDER\"";
    unshared(options, script, &format!("oauth::disk::{test}"), folder.path());
}

/// Runs a command of the system.
#[track_caller]
fn system(words: &[&str]) {
    let status = Command::new(words[0]).args(&words[1..]).status().expect("it starts");
    assert!(status.success(), "{words:?}: {status}");
}

/// Puts the store of a house on a disk of its own.
fn mount(house: &House, options: &str) {
    let (store, before) = (house.home.store(), house.home.path().join("before"));
    fs::rename(&store, &before).expect("it can be moved");
    fs::create_dir(&store).expect("it was moved");
    system(&["mount", "-t", "tmpfs", "-o", options, "none", path(&store)]);
    system(&["cp", "-a", &format!("{}/.", path(&before)), path(&store)]);
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// A file that takes the room of a disk.
struct Filler(PathBuf);

impl Filler {
    fn on_the_disk_of(house: &House) -> Self {
        Self(house.home.store().join("filler"))
    }

    /// Takes all the room there is, and gives so much back.
    fn leaves(&self, room: u64) {
        let _ = fs::remove_file(&self.0);
        assert!(fs::write(&self.0, vec![0; 1 << 20]).is_err(), "the disk is small");
        let file = OpenOptions::new().write(true).open(&self.0).expect("it is there");
        let size = file.metadata().expect("it is there").len();
        file.set_len(size - room).expect("it gets smaller");
    }
}

/// A house with a grant, whose provider was asked nothing yet.
fn house() -> House {
    let house = House::connected();
    house.control().clear_log();
    house
}

fn refresh_token(house: &House) -> String {
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    grant.refresh_token.expect("there is one").expose_secret().to_owned()
}

/// What lies beside the grants of a house.
fn names(house: &House) -> Vec<String> {
    let folder = fs::read_dir(house.home.store().join("grants/x")).expect("it is there");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("it is there").file_name();
    let mut names: Vec<_> =
        folder.map(|entry| name(entry).into_string().expect("a plain name")).collect();
    names.sort_unstable();
    names
}

/// Asserts that the grant is as a refresh leaves it that came to its end, or did not begin.
#[track_caller]
fn assert_settled(house: &House) {
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    assert_eq!(grant.metadata.refresh_in_flight, None);
    assert!(house.control().accepts_refresh_token(&refresh_token(house)));
    assert_eq!(names(house), [".default.lock", "default.json"]);
}

#[track_caller]
fn assert_unwritable(ran: Ran, status: i32) -> Ran {
    ran.exits(status).complains("error[store_unwritable]").complains("grants/x")
}

#[test]
fn nothing_is_asked_for_without_room_to_store_it() {
    apart(&["-rm"], "with_little_room");
}

#[test]
#[ignore = "needs a mount namespace, which another test makes"]
fn with_little_room() {
    let house = house();
    mount(&house, "size=64k");
    let filler = Filler::on_the_disk_of(&house);
    let mut refused = 0;
    for room in (0..40 << 10).step_by(4 << 10) {
        filler.leaves(room);
        house.control().clear_log();
        let before = refresh_token(&house);
        let ran = house.home.xreq(&FORCED);
        if ran.status.success() {
            assert_eq!(house.refreshes().len(), 1);
            assert_ne!(refresh_token(&house), before);
        } else {
            assert_unwritable(ran, 3).complains("free some space");
            assert_eq!(house.control().log(), []);
            assert_eq!(refresh_token(&house), before);
            refused += 1;
        }
        assert_settled(&house);
    }
    assert!((2..10).contains(&refused), "{refused} refused");

    // The account's owner is not asked either.
    filler.leaves(8 << 10);
    house.control().clear_log();
    assert_unwritable(house.home.xreq(&["connect", "x", "--no-browser", "--timeout", "10s"]), 3);
    assert_eq!(house.control().log(), []);
    assert_settled(&house);
}

/// Starts a refresh whose answer is slow, and waits until the provider has done its work. Temporary
/// files go to `temporaries`.
fn asks_slowly(house: &House, temporaries: &Path) -> Child {
    house.control().fault(Endpoint::Token, Fault::Slow(SLOW), 1);
    let mut command = house.home.command();
    command.args(FORCED).env("TMPDIR", temporaries);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let process = command.spawn().expect("the program starts");
    let asked = house.control().wait_until(PATIENCE, |log| !log.is_empty());
    assert!(asked, "the provider was not asked");
    process
}

/// Asserts that a process still waits for its answer, and waits for its end.
#[track_caller]
fn ends(mut process: Child) -> Ran {
    assert_eq!(process.try_wait().expect("it can be asked"), None, "the answer came too early");
    process.wait_with_output().expect("it ends").into()
}

#[test]
fn a_disk_that_is_full_when_the_answer_comes_has_room_for_it() {
    apart(&["-rm"], "filled_meanwhile");
}

#[test]
#[ignore = "needs a mount namespace, which another test makes"]
fn filled_meanwhile() {
    let house = house();
    mount(&house, "size=64k");
    let before = refresh_token(&house);
    let process = asks_slowly(&house, house.home.path());
    Filler::on_the_disk_of(&house).leaves(0);
    ends(process).succeeds();
    assert_ne!(refresh_token(&house), before);
    assert_settled(&house);

    Filler::on_the_disk_of(&house).leaves(32 << 10);
    let before = refresh_token(&house);
    let fill = |_| Filler::on_the_disk_of(&house).leaves(0);
    connects_slowly(&house, house.home.path(), fill).succeeds();
    assert_ne!(refresh_token(&house), before);
    assert_settled(&house);
}

/// Connects the account of alice, and does something to the process while the provider exchanges the
/// code.
fn connects_slowly(house: &House, temporaries: &Path, meanwhile: impl FnOnce(Pid)) -> Ran {
    let mut command = house.home.command();
    command.args(["connect", "x", "--no-browser"]).env("TMPDIR", temporaries);
    let connecting = Connecting::run(&mut command);
    let back = house.consent(&connecting.url, "alice", |_| true);
    house.control().clear_log();
    house.control().fault(Endpoint::Token, Fault::Slow(SLOW), 1);
    thread::scope(|scope| {
        let browser = scope.spawn(|| connecting.comes_back(&back));
        let asked = house.control().wait_until(PATIENCE, |log| !log.is_empty());
        assert!(asked, "the code was not exchanged");
        let pid = i32::try_from(connecting.id()).expect("a process id is small");
        meanwhile(Pid::from_raw(pid).expect("it is not 0"));
        assert!(!browser.is_finished(), "the answer came too early");
    });
    connecting.end()
}

/// A way to make a store read-only, and back.
trait Shut {
    fn shut(house: &House);
    fn open(house: &House);
}

/// By a mount, which no file may be open on for writing.
struct ByMount;

impl Shut for ByMount {
    fn shut(house: &House) {
        system(&["mount", "-o", "remount,ro", path(&house.home.store())]);
    }

    fn open(house: &House) {
        system(&["mount", "-o", "remount,rw", path(&house.home.store())]);
    }
}

/// By the permissions of the folder.
struct ByPermissions;

impl ByPermissions {
    fn set(house: &House, mode: u32) {
        let folder = house.home.store().join("grants/x");
        fs::set_permissions(folder, Permissions::from_mode(mode)).expect("it is ours");
    }
}

impl Shut for ByPermissions {
    fn shut(house: &House) {
        Self::set(house, 0o500);
    }

    fn open(house: &House) {
        Self::set(house, 0o700);
    }
}

/// Asserts that a store that cannot be written keeps the provider from being asked.
fn is_not_asked<S: Shut>(house: &House) {
    // The old token would serve a little longer, or it would not.
    for (age, launches) in [(7_000, true), (8_000, false)] {
        house.age(age);
        S::shut(house);
        assert_unwritable(house.home.xreq(&FORCED), 3);
        let ran = house.home.xreq(&PRINT_TOKEN);
        if launches {
            ran.succeeds().complains("warning: cannot write");
        } else {
            assert_eq!(assert_unwritable(ran, 125).stdout, "");
        }
        assert_eq!(house.control().log(), []);
        S::open(house);
        assert_settled(house);
        house.home.xreq(&FORCED).succeeds();
        house.control().clear_log();
    }
}

/// Asserts that tokens are rescued when the store becomes unwritable while the provider is asked.
fn are_rescued(house: &House) {
    let temporaries = house.home.path().join("its temporaries");
    fs::create_dir(&temporaries).expect("the folder can be made");
    let before = refresh_token(house);
    let process = asks_slowly(house, &temporaries);
    ByPermissions::shut(house);
    let command = way_back(&assert_unwritable(ends(process), 3), &temporaries);
    // Until somebody goes it, the old token is used.
    house.home.xreq(&PRINT_TOKEN).succeeds();
    assert_eq!(refresh_token(house), before);
    comes_back(house, &command, &before);
    assert_eq!(house.refreshes().len(), 2);

    let before = refresh_token(house);
    let ran = connects_slowly(house, &temporaries, |_| ByPermissions::shut(house));
    comes_back(house, &way_back(&assert_unwritable(ran, 3), &temporaries), &before);

    // A signal that waits for the tokens ends the process once it is said where they are.
    let terminate = |pid| {
        ByPermissions::shut(house);
        kill_process(pid, Signal::TERM).expect("it runs");
    };
    let refreshes = || {
        house.control().clear_log();
        let process = asks_slowly(house, &temporaries);
        terminate(Pid::from_child(&process));
        ends(process)
    };
    let connects = || connects_slowly(house, &temporaries, terminate);
    for interrupted in [&refreshes as &dyn Fn() -> Ran, &connects] {
        let before = refresh_token(house);
        let ran = interrupted();
        assert_eq!(ran.status.signal(), Some(Signal::TERM.as_raw()), "{}", ran.stderr);
        comes_back(house, &way_back(&ran, &temporaries), &before);
    }
}

/// Asserts that tokens are the only thing among the temporary files, and sealed; gives the command
/// that is said to bring them to the store.
#[track_caller]
fn way_back(ran: &Ran, temporaries: &Path) -> String {
    assert!(ran.stderr.contains("the new tokens of x (default) are in"), "{}", ran.stderr);
    let rescued: Vec<_> = fs::read_dir(temporaries).expect("it is there").collect();
    let [Ok(rescued)] = &rescued[..] else { panic!("{rescued:?}") };
    let mode = rescued.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let sealed = fs::read_to_string(rescued.path()).expect("it is text");
    assert!(sealed.contains("BEGIN AGE ENCRYPTED FILE"));
    let command = ran.stderr.split('`').find(|word| word.starts_with("mv "));
    command.unwrap_or_else(|| panic!("no `mv` in {}", ran.stderr)).to_owned()
}

/// Asserts that the tokens work that a command brings to the store.
#[track_caller]
fn comes_back(house: &House, command: &str, before: &str) {
    ByPermissions::open(house);
    system(&["sh", "-c", command]);
    assert_ne!(refresh_token(house), before);
    let token = house.home.xreq(&PRINT_TOKEN).succeeds().stdout;
    let me = Request::get("/2/users/me").bearer(&token).send(&house.sandbox.base_url());
    assert_eq!(me.expect("the sandbox answers").status, 200);
    house.home.xreq(&FORCED).succeeds();
    assert_settled(house);
}

#[test]
fn a_disk_that_cannot_be_written() {
    apart(&["-rm"], "mounted_read_only");
}

#[test]
#[ignore = "needs a mount namespace, which another test makes"]
fn mounted_read_only() {
    let house = house();
    mount(&house, "size=1m");
    is_not_asked::<ByMount>(&house);
}

#[test]
fn a_folder_that_cannot_be_written() {
    // In a user namespace that maps nobody, root is bound by permissions like anyone else.
    apart(&["--user"], "without_permission");
}

#[test]
#[ignore = "needs a user namespace, which another test makes"]
fn without_permission() {
    let house = house();
    is_not_asked::<ByPermissions>(&house);
    are_rescued(&house);
}
