use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::error::Code;
use crate::model::credential_id::Kind;
use crate::model::name::Label;
use crate::sys::home::Home;

fn live(token: &str) -> Live {
    let scopes = crate::model::scope::ScopeSet::default();
    Live { access_token: token.to_owned().into(), expires_at: None, scopes }
}

fn grant(provider: &str) -> CredentialId {
    CredentialId::grant(provider.parse().expect("it is a name"), Label::default())
}

fn begin(folder: &TempDir) -> TokenFiles {
    let runtime = Runtime::at(folder.path().join("xreq"), None).expect("it is ours");
    TokenFiles::begin(runtime).expect("it is usable")
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it is there").mode() & 0o7777
}

fn runs(folder: &TempDir) -> BTreeSet<String> {
    let entries = fs::read_dir(folder.path().join("xreq")).expect("it is there");
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// Ends a run as if it was killed: its folder stays as it is, and nobody holds the lock.
fn kill(files: TokenFiles) {
    let path = files.path(&grant("x")).parent().expect("a folder").to_owned();
    let copy = path.with_extension("copy");
    let copied = Command::new("cp").arg("-a").arg(&path).arg(&copy).status();
    assert!(copied.expect("`cp` starts").success());
    drop(files);
    fs::rename(&copy, &path).expect("it is ours");
}

#[test]
fn a_file_holds_the_newest_token_and_nothing_else() {
    let folder = TempDir::new().expect("a folder");
    let files = begin(&folder);
    for token in ["canary-1", "canary-longer-2", "3"] {
        files.write(&grant("x"), &live(token)).expect("there is room");
        assert_eq!(fs::read_to_string(files.path(&grant("x"))).unwrap(), token);
    }
    assert_eq!(mode(&files.path(&grant("x"))), 0o600);
    assert_eq!(mode(files.path(&grant("x")).parent().unwrap()), 0o700);
    assert_eq!(mode(&folder.path().join("xreq")), 0o700);
}

#[test]
fn who_reads_while_it_is_replaced_has_a_whole_token() {
    let folder = TempDir::new().expect("a folder");
    let files = begin(&folder);
    files.write(&grant("x"), &live(&"a".repeat(5_000))).expect("there is room");
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            for _ in 0..2_000 {
                let token =
                    fs::read_to_string(files.path(&grant("x"))).expect("it is always there");
                let first = token.chars().next().expect("it is never empty");
                assert_eq!(token, first.to_string().repeat(5_000));
            }
        });
        while !reader.is_finished() {
            for letter in ["a", "b"] {
                files.write(&grant("x"), &live(&letter.repeat(5_000))).expect("there is room");
            }
        }
    });
}

#[test]
fn nothing_stays_at_the_end() {
    let folder = TempDir::new().expect("a folder");
    let (one, other) = (begin(&folder), begin(&folder));
    one.write(&grant("x"), &live("canary")).expect("there is room");
    other.write(&grant("x"), &live("canary")).expect("there is room");
    let path = one.path(&grant("x"));
    let mut open = File::open(&path).expect("it is there");
    drop(one);
    assert!(!path.exists());
    assert_eq!(runs(&folder), BTreeSet::from([other.0.name.clone()]));
    let mut left = String::new();
    io::Read::read_to_string(&mut open, &mut left).expect("it is open");
    assert!(!left.contains("canary"), "it was not written over");
}

#[test]
fn what_was_killed_is_removed_at_the_next_start_and_what_lives_is_not() {
    let folder = TempDir::new().expect("a folder");
    let living = begin(&folder);
    living.write(&grant("x"), &live("canary")).expect("there is room");
    let killed = begin(&folder);
    killed.write(&grant("x"), &live("canary")).expect("there is room");
    killed.0.fill(".y.tmp", b"canary").expect("there is room");
    kill(killed);
    let empty = folder.path().join("xreq/run-0");
    fs::create_dir(&empty).expect("a folder");
    assert_eq!(runs(&folder).len(), 3);
    let next = begin(&folder);
    assert_eq!(runs(&folder), BTreeSet::from([living.0.name.clone(), next.0.name.clone()]));
    assert_eq!(fs::read_to_string(living.path(&grant("x"))).unwrap(), "canary");
}

#[test]
fn a_run_lives_on_whatever_is_removed_from_its_folder() {
    let folder = TempDir::new().expect("a folder");
    let living = begin(&folder);
    living.write(&grant("x"), &live("canary")).expect("there is room");
    for kept in [folder.path().join("xreq"), living.path(&grant("x")).parent().unwrap().to_owned()]
    {
        let _ = fs::remove_file(kept.join(".lock"));
    }
    let _next = begin(&folder);
    assert_eq!(fs::read_to_string(living.path(&grant("x"))).unwrap(), "canary");
}

#[test]
fn what_is_not_ours_stays() {
    let folder = TempDir::new().expect("a folder");
    let killed = begin(&folder);
    let run = killed.path(&grant("x")).parent().unwrap().to_owned();
    kill(killed);
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    symlink(&victim, run.join("x.token")).expect("a link");
    fs::write(run.join("notes"), "precious").expect("a file");
    symlink(folder.path(), folder.path().join("xreq/run-link")).expect("a link");
    let _next = begin(&folder);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(fs::read_to_string(run.join("notes")).unwrap(), "precious");
    assert!(!run.join("x.token").is_symlink());
}

#[test]
fn a_link_in_the_place_of_a_token_is_replaced_and_not_followed() {
    let folder = TempDir::new().expect("a folder");
    let files = begin(&folder);
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").expect("a file");
    symlink(&victim, files.path(&grant("x"))).expect("a link");
    files.write(&grant("x"), &live("canary")).expect("it is replaced");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    symlink(&victim, files.path(&grant("y")).with_file_name(".y.tmp")).expect("a link");
    let error = files.write(&grant("y"), &live("canary")).expect_err("it is a link");
    assert_eq!(error.code(), Code::RuntimeUnusable);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[test]
fn a_folder_that_others_get_at_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let at = |name: &str| Runtime::at(folder.path().join(name), None).map(drop);
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    let wide = folder.path().join("wide");
    fs::create_dir(&wide).expect("a folder");
    for mode in [0o755, 0o701, 0o770] {
        set(&wide, mode);
        assert_eq!(at("wide").unwrap_err().code(), Code::RuntimeUnusable, "{mode:o}");
    }
    set(&wide, 0o700);
    at("wide").expect("it is ours alone");
    symlink(&wide, folder.path().join("link")).expect("a link");
    assert_eq!(at("link").unwrap_err().code(), Code::RuntimeUnusable);
    fs::write(folder.path().join("file"), "").expect("a file");
    assert_eq!(at("file").unwrap_err().code(), Code::RuntimeUnusable);
    set(&wide, 0o777);
    assert!(at("wide/xreq").unwrap_err().to_string().contains("others can write"));
    set(&wide, 0o1777);
    at("wide/xreq").expect("nobody else can rename it");
}

#[test]
fn where_there_is_no_runtime_folder_the_store_has_one() {
    let folder = TempDir::new().expect("a folder");
    let home = Home::at(folder.path().join("home"));
    let of = |vars: &[(&str, &str)]| {
        Runtime::of(&vars.iter().copied().collect(), &home).expect("usable").path().to_owned()
    };
    let stated = folder.path().to_str().expect("it is text");
    assert_eq!(of(&[("XDG_RUNTIME_DIR", stated)]), folder.path().join("xreq"));
    for nothing in ["", "relative", "/nothing/of/the/kind"] {
        let fallback = folder.path().join("home/run");
        assert_eq!(of(&[("XDG_RUNTIME_DIR", nothing)]), fallback, "{nothing}");
    }
}

#[test]
fn credentials_of_one_provider_have_files_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = begin(&folder);
    let app_only = CredentialId { kind: Kind::AppOnly, ..grant("x") };
    files.write(&grant("x"), &live("of a user")).expect("there is room");
    files.write(&app_only, &live("of the app")).expect("there is room");
    assert_eq!(fs::read_to_string(files.path(&grant("x"))).unwrap(), "of a user");
    assert_eq!(fs::read_to_string(files.path(&app_only)).unwrap(), "of the app");
    assert_eq!(files.path(&grant("x")).file_name().unwrap(), "x.token");
    assert_eq!(files.path(&app_only).file_name().unwrap(), "x~app_only~main.token");
}
