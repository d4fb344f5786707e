//! The daemon as a service: one a store, and what its manager hears.

use std::fs;
use std::io::Write;
use std::iter;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use rustix::process::Signal;

use super::{Daemon, PATIENCE, account, house, store, until};
use crate::support::{Home, machine, systemd};

#[test]
fn one_daemon_keeps_a_store() {
    let house = house(7_200, 1);
    let daemon = Daemon::start(&house.home, &[]);
    let socket = house.home.path().join("other.sock");
    let args = ["daemon", "--socket", socket.to_str().expect("a plain path")];
    let ran = house.home.xreq(&args).exits(3);
    ran.complains("error[daemon_running]").complains(&format!("(process {})", daemon.id()));
    assert!(!socket.exists());
    assert_eq!(daemon.health().0, 200);
    let id = daemon.id().to_string();
    drop(daemon);
    // What a killed one left is no daemon.
    let lock = house.home.store().join("daemon.lock");
    assert_eq!(fs::read_to_string(lock).expect("it stays").trim(), id);
    Daemon::start(&house.home, &[]);
}

#[test]
fn without_an_identity_nothing_begins() {
    let home = Home::empty();
    home.xreq(&["daemon"]).exits(3).complains("error[identity_missing]").complains("xreq init");
}

/// What a manager of services hears. It listens all the time: a few messages that wait are enough for
/// the next one to be lost.
struct Manager(Receiver<String>);

impl Manager {
    fn new(socket: UnixDatagram) -> Self {
        let (sender, heard) = mpsc::channel();
        thread::spawn(move || {
            let mut message = [0; 4096];
            while let Ok(length) = socket.recv(&mut message) {
                let text = String::from_utf8(message[..length].to_vec()).expect("it is text");
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
        Self(heard)
    }

    /// The next message.
    #[track_caller]
    fn hears(&self) -> String {
        self.0.recv_timeout(PATIENCE).expect("something comes")
    }

    /// Waits for a message, and lets others pass.
    #[track_caller]
    fn awaits(&self, what: &str) -> String {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let message = self.hears();
            if message.contains(what) {
                return message;
            }
        }
        panic!("it did not hear {what:?}");
    }
}

fn service(home: &Home, address: &str) -> Daemon {
    let mut command = home.command();
    command.arg("daemon").env("NOTIFY_SOCKET", address).env("WATCHDOG_USEC", "400000");
    Daemon::run(&mut command, home)
}

#[test]
fn the_manager_hears_what_it_has_to_know() {
    let house = house(16, 2);
    let path = house.home.path().join("notify");
    let manager = Manager::new(UnixDatagram::bind(&path).expect("it is free"));
    let daemon = service(&house.home, path.to_str().expect("a plain path"));
    assert_eq!(manager.hears(), "READY=1\nSTATUS=2 grants: 2 expiring");
    for _ in 0..3 {
        assert_eq!(manager.hears(), "WATCHDOG=1");
    }
    daemon.signal(Signal::HUP);
    manager.awaits("RELOADING=1");
    manager.awaits("READY=1\nSTATUS=");
    house.control().revoke_by_user("account-1");
    assert_eq!(manager.awaits("reconnect"), "STATUS=2 grants: 1 expiring, 1 reconnect");
    daemon.signal(Signal::TERM);
    manager.awaits("STOPPING=1");
    assert!(daemon.end().0.success());
}

/// Each report looks at all grants.
#[test]
fn the_manager_is_not_told_of_each_refresh() {
    let house = house(7_200, 0);
    for number in 0..30 {
        store(&house, &account(number), Timestamp::now() - SignedDuration::from_hours(3));
    }
    let path = house.home.path().join("notify");
    let manager = Manager::new(UnixDatagram::bind(&path).expect("it is free"));
    let start = Instant::now();
    let _daemon = service(&house.home, path.to_str().expect("a plain path"));
    let mut reports = 0;
    loop {
        let message = manager.awaits("STATUS=");
        reports += 1;
        if message.contains("STATUS=30 grants: 30 connected") {
            break;
        }
    }
    let most = 2 + start.elapsed().as_secs();
    assert!(reports <= most, "{reports} reports in {most} seconds");
}

#[test]
fn a_manager_may_have_no_place_in_the_file_system() {
    let house = house(7_200, 1);
    let name = format!("xreq-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a short name");
    let manager = Manager::new(UnixDatagram::bind_addr(&address).expect("it is free"));
    let _daemon = service(&house.home, &format!("@{name}"));
    manager.awaits("READY=1");
}

#[test]
fn a_manager_that_is_not_there_is_no_trouble() {
    let house = house(7_200, 1);
    let daemon = service(&house.home, "/nowhere/notify");
    daemon.says("keeping ");
    assert_eq!(daemon.health().0, 200);
}

#[test]
fn the_configuration_is_read_again() {
    let house = house(8, 1);
    let right = fs::read(house.home.store().join("config.yaml")).expect("it is there");
    house.home.write("home/config.yaml", "providers: 7\n");
    house.home.xreq(&["daemon"]).exits(2).complains("error[invalid_config]");
    house.home.write("home/config.yaml", &right);
    let daemon = Daemon::start(&house.home, &[]);
    house.home.write("home/config.yaml", "providers: 7\n");
    daemon.signal(Signal::HUP);
    daemon.says("the configuration stays as it was: ");
    daemon.says("config.yaml:1:12: ");
    house
        .home
        .write("home/config.yaml", "providers:\n  nobody: {token_url: \"https://example.com\"}\n");
    daemon.signal(Signal::HUP);
    daemon.says("config.yaml: `providers`: no provider is called `nobody`");
    assert_eq!(daemon.times_said("was read again"), 0, "{}", daemon.said());
    house.home.write("home/config.yaml", &right);
    daemon.signal(Signal::HUP);
    daemon.says("the configuration was read again");
    until("a refresh", || !house.refreshes().is_empty());
}

/// What a daemon says into a file whose device and number the environment names as the journal's.
fn into_journal(home: &Home, named: impl Fn(&fs::Metadata) -> String) -> String {
    let path = home.path().join("journal");
    let file = fs::File::create(&path).expect("it can be made");
    let stream = named(&file.metadata().expect("it is there"));
    let mut command = home.command();
    command.arg("daemon").env("JOURNAL_STREAM", stream).stderr(file);
    let mut daemon = command.spawn().expect("it starts");
    let said = || fs::read_to_string(&path).expect("it is text");
    until("its first lines", || said().contains("keeping "));
    daemon.kill().expect("it lives");
    daemon.wait().expect("it ends");
    said()
}

#[test]
fn the_journal_notes_the_times_itself() {
    let house = house(7_200, 1);
    let said = into_journal(&house.home, |file| format!("{}:{}", file.dev(), file.ino()));
    assert!(said.starts_with("answering on /"), "{said}");
    // What was inherited from a session, while standard error is something else.
    let said = into_journal(&house.home, |file| format!("{}:{}", file.dev(), file.ino() + 1));
    let time = said.split(' ').next().expect("a word");
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{said}");
}

/// Seals the identity of a home with a passphrase.
fn seal_identity(home: &Home) {
    let file = home.store().join("identity.txt");
    let identity = fs::read(&file).expect("an identity");
    let mut recipient = age::scrypt::Recipient::new("open sesame".to_owned().into());
    recipient.set_work_factor(2);
    let encryptor = age::Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient));
    let mut sealed = Vec::new();
    let mut writer = encryptor.expect("one recipient").wrap_output(&mut sealed).expect("it fits");
    writer.write_all(&identity).and_then(|()| writer.finish().map(drop)).expect("it fits");
    fs::write(&file, sealed).expect("the store can be written");
}

#[test]
fn a_passphrase_is_asked_for_once() {
    let house = house(8, 2);
    seal_identity(&house.home);
    house.home.xreq(&["daemon"]).exits(3).complains("error[passphrase_needed]");

    let file = house.home.path().join("passphrase");
    fs::write(&file, "open sesame\n").expect("it can be written");
    let mut command = house.home.command();
    command.arg("daemon").env("XREQ_PASSPHRASE_FILE", &file);
    let daemon = Daemon::run(&mut command, &house.home);
    daemon.says("keeping ");
    fs::remove_file(&file).expect("it is there");
    until("refreshes of both", || house.refreshes().len() >= 2);
    assert_eq!(daemon.said().lines().count(), 2, "{}", daemon.said());
}

fn example(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/daemon").join(name)
}

#[test]
fn systemd_takes_the_unit() {
    let unit = fs::read_to_string(example("xreq.service")).expect("it is there");
    systemd::takes("xreq.service", &unit);
}

#[test]
fn launchd_gets_a_property_list() {
    if machine::lacks("python3") {
        return;
    }
    let script =
        "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let read = Command::new("python3").args(["-c", script]).arg(example("xreq.plist")).output();
    let read = read.expect("it starts");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let list: serde_json::Value = serde_json::from_slice(&read.stdout).expect("it is JSON");
    assert_eq!(list["ProgramArguments"][1], "daemon");
    assert_eq!(list["KeepAlive"], true);
    assert_eq!(list["HardResourceLimits"]["Core"], 0);
}
