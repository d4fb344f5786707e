//! Files: the working directory and temporary folders can be written, the store cannot be read.

use std::fs::{self, File};
use std::os::fd::OwnedFd;

use super::as_each;
use crate::support::{Ran, XREQ};

#[test]
fn the_working_directory_and_temporary_folders_are_written() {
    as_each(|place| {
        let script = "set -e; echo one >here; mkdir -p sub/folder; echo two >sub/folder/file; \
                      mv sub moved; echo three >\"$TMPDIR/file\"; echo four >/tmp/x; \
                      echo five >/var/tmp/x; echo six >/dev/shm/x; mktemp; \
                      mkdir -p \"$XDG_CACHE_HOME/a\" \"$npm_config_cache\"; cat here /tmp/x";
        let ran = place.isolated(script).succeeds();
        assert!(ran.stdout.ends_with("one\nfour\n"), "{}", ran.stdout);
        assert_eq!(place.read("project/moved/folder/file"), "two\n");
        for name in ["/tmp/x", "/var/tmp/x", "/dev/shm/x"] {
            assert!(!fs::exists(name).expect("it can be asked"), "{name} is the agent's own");
        }
    });
}

#[test]
fn the_store_is_neither_read_nor_uncovered() {
    as_each(|place| {
        let identity = place.name("home/.config/xreq/identity.txt");
        let store = place.name("home/.local/share/xreq");
        place.write("home/.local/share/xreq/recipients", "");
        let config = place.name("home/.config/xreq");
        place.closes(&[
            (format!("read {identity}"), "EACCES"),
            // Only the folder of the run is in there.
            (format!("read {store}/recipients"), "ENOENT"),
        ]);
        place.refuses(&[
            (format!("unmount {config}"), "EPERM"),
            (format!("unmount {store}"), "EPERM"),
            (format!("rename {config} {config}.away"), "EROFS"),
            (format!("create {config}/config.yaml"), "EACCES"),
        ]);
        // An agent that runs xreq finds no store either.
        let token = place.isolated(&format!("{XREQ} status"));
        assert!(!token.status.success(), "{}", token.stdout);
    });
}

/// A part of the file system that is mounted twice has the store twice.
#[test]
fn the_store_is_covered_wherever_it_is_mounted() {
    as_each(|place| {
        place.write("home/.local/share/xreq/recipients", "");
        fs::create_dir(place.path("home/again")).expect("a folder can be made");
        place.give("");
        let script = "mount --bind ~/.local ~/again && python3 probe.py read \
                      ~/again/share/xreq/recipients && exec \"$0\" run --isolate -- python3 probe.py \
                      read ~/again/share/xreq/recipients";
        let mut unshare = place.program("unshare");
        unshare.args(["--user", "--map-current-user", "--keep-caps", "--mount"]);
        let ran = Ran::of(unshare.args(["sh", "-c", script, XREQ])).succeeds();
        let way = format!("read {}", place.name("home/again/share/xreq/recipients"));
        assert_eq!(ran.stdout, format!("{way}: reached\n{way}: refused EACCES\n"));
    });
}

#[test]
fn keys_elsewhere_are_covered() {
    as_each(|place| {
        let identity = place.read("home/.config/xreq/identity.txt");
        place.write("home/keys/identity", &identity);
        place.write("home/keys/passphrase", "secret");
        fs::remove_file(place.path("home/.config/xreq/identity.txt")).expect("it is there");
        for key in ["identity", "passphrase"] {
            let path = place.path("home/keys").join(key);
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            fs::set_permissions(path, mode).expect("it is ours");
        }
        let ways = ["identity", "passphrase"]
            .map(|key| format!("read {}", place.name(&format!("home/keys/{key}"))));
        let reached = ways.each_ref().map(|way| format!("{way}: reached"));
        assert_eq!(place.outside(&ways), reached);
        let mut command = place.program(XREQ);
        command.env("XREQ_IDENTITY_FILE", place.path("home/keys/identity"));
        command.env("XREQ_PASSPHRASE_FILE", place.path("home/keys/passphrase"));
        command.args(["run", "--isolate", "--", "python3", "probe.py", "-"]);
        let ran = Ran::with_input(&mut command, ways.join("\n").as_bytes());
        assert_eq!(super::results(&ran), ways.map(|way| format!("{way}: refused EACCES")));
    });
}

#[test]
fn all_else_is_read_only() {
    as_each(|place| {
        place.write("home/.profile", "");
        let profile = place.name("home/.profile");
        place.closes(&[(format!("write {profile}"), "EROFS")]);
        place.refuses(&[
            (format!("create {}", place.name("home/.bashrc")), "EROFS"),
            (format!("create {}", place.name("beside")), "EROFS"),
            ("write /proc/self/oom_score_adj".to_owned(), "EROFS"),
        ]);
        if place.user == 0 {
            place.refuses(&[
                ("write /etc/passwd".to_owned(), "EROFS"),
                ("write /proc/sys/kernel/core_pattern".to_owned(), "EROFS"),
                ("create /sys/fs/cgroup/x".to_owned(), "EROFS"),
                ("create /dev/x".to_owned(), "EROFS"),
            ]);
        }
    });
}

#[test]
fn what_is_named_can_be_written_too() {
    as_each(|place| {
        place.write("home/notes/old", "");
        let notes = place.name("home/notes");
        let ran = place.isolated_with(&["--writable", &notes], &format!("echo new >{notes}/new"));
        ran.succeeds();
        assert_eq!(place.read("home/notes/new"), "new\n");
        let ran = place.isolated_with(&["--writable", &notes], "echo x >../home/other");
        assert!(ran.stderr.contains("Read-only"), "{}", ran.stderr);
    });
}

/// A descriptor would lead past every cover.
#[test]
fn descriptors_do_not_come_along() {
    as_each(|place| {
        let script = "exec 9<..; exec \"$0\" run --isolate -- python3 probe.py beside 9 home";
        let ran = Ran::of(place.program("sh").args(["-c", script, XREQ]));
        assert_eq!(ran.succeeds().stdout, "beside 9 home: refused EBADF\n");
        let script = "exec 9<..; exec python3 probe.py beside 9 home";
        let ran = Ran::of(place.program("sh").args(["-c", script]));
        assert_eq!(ran.succeeds().stdout, "beside 9 home: reached\n");
    });
}

/// Whoever has a file open can open it once more, for writing.
#[test]
fn a_file_that_is_read_cannot_be_written() {
    as_each(|place| {
        place.write("home/prompt", "do something\n");
        let open = || OwnedFd::from(File::open(place.path("home/prompt")).expect("it is there"));
        let mut outside = place.program("python3");
        let ran = Ran::of(outside.args(["probe.py", "anew", "0"]).stdin(open()));
        assert_eq!(ran.stdout, "anew 0: reached\n");
        let script = "cat; echo more >>/proc/self/fd/0; exit 0";
        let mut inside = place.program(XREQ);
        inside.args(["run", "--isolate", "--", "sh", "-c", script]).stdin(open());
        assert_eq!(Ran::of(&mut inside).succeeds().stdout, "do something\n");
        assert_eq!(place.read("home/prompt"), "do something\n");
        // A folder leads everywhere, and is no input.
        let mut inside = place.program(XREQ);
        let folder = File::open(place.path("home")).expect("it is there");
        inside.args(["run", "--isolate", "--", "true"]).stdin(OwnedFd::from(folder));
        Ran::of(&mut inside).exits(125);
    });
}
