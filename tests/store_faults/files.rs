//! Links, modes, and things that are not what they should be.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::{MANIFEST, SCOPES, home, import, names, token};
use crate::support::{Home, Ran};

#[test]
fn a_link_in_the_place_of_the_store_is_followed() {
    let home = home("old");
    let elsewhere = home.path().join("elsewhere");
    for folder in ["home", "home/grants", "home/grants/x"] {
        let folder = home.path().join(folder);
        fs::rename(&folder, &elsewhere).expect("it can be moved");
        symlink(&elsewhere, &folder).expect("the place is free");
        assert_eq!(token(&home), "old");
        home.import("new", SCOPES);
        assert_eq!(token(&home), "new");
        home.import("old", SCOPES);
        home.xreq(&["status", "--within", "0s"]).succeeds().prints("x (default)");
        assert!(folder.is_symlink(), "the link was replaced");
        fs::remove_file(&folder).expect("it is a link");
        fs::rename(&elsewhere, &folder).expect("it can be moved back");
    }
}

#[test]
fn a_link_in_the_place_of_a_grant_is_refused() {
    let home = home("old");
    let elsewhere = home.path().join("elsewhere.json");
    let grant = home.grant("default");
    fs::rename(&grant, &elsewhere).expect("it can be moved");
    let before = fs::read(&elsewhere).expect("it can be read");
    for target in [elsewhere.as_path(), Path::new("/no/such/file"), Path::new("/dev/null")] {
        symlink(target, &grant).expect("the place is free");
        for (line, exit) in [("check", 3), ("explain", 3), ("status", 1), ("run -- true", 125)] {
            let ran = home.xreq(&line.split(' ').collect::<Vec<_>>()).exits(exit);
            let ran = ran.complains("error[store_symlink]").complains("/grants/x/default.json");
            assert!(!ran.stderr.contains("not-connected"), "{}", ran.stderr);
        }
        import(&home, "default", "new").exits(3).complains("error[store_symlink]");
        assert_eq!(fs::read_link(&grant).expect("it is a link"), target);
        fs::remove_file(&grant).expect("it is a link");
    }
    assert_eq!(fs::read(&elsewhere).expect("it can be read"), before);
    assert_eq!(names(home.store().join("grants/x")), [".default.lock"]);
}

#[test]
fn a_link_in_the_place_of_a_secret_or_of_a_lock_is_refused() {
    let home = home("old");
    home.write("xreq.yaml", "secrets: [FAL_KEY]\n");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "value").succeeds();
    let secret = home.store().join("secrets/FAL_KEY.json");
    let elsewhere = home.path().join("elsewhere.json");
    fs::rename(&secret, &elsewhere).expect("it can be moved");
    symlink(&elsewhere, &secret).expect("the place is free");
    home.xreq(&["check"]).exits(3).complains("error[store_symlink]").complains("FAL_KEY.json");
    home.xreq(&["secret", "list"]).exits(1).complains("error[store_symlink]");
    home.xreq(&["secret", "rm", "FAL_KEY"]).exits(3).complains("error[store_symlink]");
    home.xreq_with(&["secret", "set", "FAL_KEY"], "new").exits(3).complains("store_symlink");

    let victim = home.path().join("victim");
    let lock = home.store().join("grants/x/.work.lock");
    symlink(&victim, &lock).expect("the place is free");
    import(&home, "work", "new").exits(3).complains("error[store_symlink]").complains(".work.lock");
    assert!(!victim.exists());
}

/// The modes of a folder and of all below it.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mode =
        |path: &Path| path.symlink_metadata().expect("it is there").permissions().mode() & 0o7777;
    let mut found = vec![(folder.display().to_string(), mode(folder))];
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            found.extend(modes(&path));
        } else {
            found.push((path.display().to_string(), mode(&path)));
        }
    }
    found
}

#[test]
fn everything_is_for_its_owner_alone_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let home = Home::empty();
        home.write("xreq.yaml", MANIFEST);
        let run = |args: &[&str], input: &str| {
            let direct = home.command();
            let mut command = Command::new("sh");
            command.args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"]);
            command.arg(direct.get_program()).args(args).current_dir(home.path());
            command.envs(direct.get_envs().filter_map(|(name, value)| Some((name, value?))));
            Ran::with_input(&mut command, input.as_bytes()).succeeds()
        };
        run(&["init"], "");
        for _ in 0..2 {
            run(&["import", "x", "--scopes", SCOPES], "token");
            run(&["secret", "set", "FAL_KEY"], "value");
        }
        let modes = modes(&home.store());
        assert_eq!(modes.len(), 10, "{modes:?}");
        for (path, mode) in modes {
            let expected = if Path::new(&path).is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, expected, "{path} has {mode:o} with umask {umask}");
        }
    }
}

#[test]
fn what_is_no_file_is_an_error_and_not_waited_for() {
    let home = home("old");
    let grant = home.grant("default");
    let make: [&dyn Fn(); 3] = [
        &|| fs::create_dir(&grant).expect("the place is free"),
        &|| {
            let status = Command::new("mkfifo").arg(&grant).status();
            assert!(status.expect("`mkfifo` starts").success());
        },
        &|| drop(std::os::unix::net::UnixListener::bind(&grant).expect("the place is free")),
    ];
    for make in make {
        if grant.is_dir() {
            fs::remove_dir(&grant).expect("it is empty");
        } else {
            fs::remove_file(&grant).expect("it is there");
        }
        make();
        for (line, exit) in [("check", 3), ("explain", 3), ("status", 1), ("run -- true", 125)] {
            let ran = home.xreq(&line.split(' ').collect::<Vec<_>>()).exits(exit);
            let ran = ran.complains("error[store_unreadable]").complains("/x/default.json");
            assert!(!ran.stderr.contains("not-connected"), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_file_in_the_place_of_a_folder_is_an_error() {
    for folder in ["home", "home/grants", "home/grants/x"] {
        let home = Home::with_manifest(MANIFEST);
        let _ = fs::remove_dir_all(home.path().join(folder));
        home.write(folder, "in the way");
        for ran in [home.xreq(&["check"]), import(&home, "default", "new")] {
            assert!(matches!(ran.status.code(), Some(2 | 3)), "{}: {}", ran.status, ran.stderr);
            let ran = ran.complains("able]").complains(&format!("/{folder}"));
            assert!(!ran.stderr.contains("not-connected"), "{}", ran.stderr);
        }
        assert_eq!(fs::read(home.path().join(folder)).expect("it is there"), b"in the way");
    }
}
