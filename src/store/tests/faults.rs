//! File systems that do not do as they are told.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// The old grant of `default` is as it was, and nothing else is left in its folder.
fn assert_untouched(fixture: &Fixture) {
    let sealed = fixture.get("x", "default").unwrap().expect("the old grant is there");
    let old = sealed.unseal(&fixture.identities).unwrap();
    assert_eq!(old.metadata.handle.as_deref(), Some("somebody"));
    assert_eq!(names(&fixture.home().grants().join("x")), [".default.lock", "default.json"]);
}

/// The grant of `default`, so long that it needs some pages of a disk.
fn longer_grant() -> Grant {
    let mut grant = grant("default");
    grant.metadata.handle = None;
    grant.access_token = SecretString::from("t".repeat(20_000));
    grant
}

#[test]
fn a_symlink_in_the_place_of_a_record_is_refused() {
    let fixture = Fixture::new();
    fixture.put(&grant("default")).unwrap();
    let elsewhere = fixture.folder.path().join("elsewhere.json");
    fs::rename(fixture.file("default"), &elsewhere).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    for target in [elsewhere.clone(), fixture.folder.path().join("nowhere")] {
        symlink(&target, fixture.file("default")).unwrap();
        let error = fixture.get("x", "default").unwrap_err();
        assert_eq!(error.code(), Code::StoreSymlink);
        assert!(error.to_string().contains("default.json"), "{error}");
        assert_eq!(code(fixture.put(&grant("default"))), Some(Code::StoreSymlink));
        let lock = fixture.store.lock_grant(&id("x", "default")).unwrap();
        assert_eq!(code(fixture.store.remove_grant(&lock)), Some(Code::StoreSymlink));
        assert_eq!(fs::read_link(fixture.file("default")).unwrap(), target);
        let listed = fixture.grants();
        assert_eq!(listed[0].metadata.as_ref().unwrap_err().code(), Code::StoreSymlink);
        fs::remove_file(fixture.file("default")).unwrap();
    }
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
}

#[test]
fn a_symlink_in_the_place_of_a_lock_is_refused() {
    let fixture = Fixture::new();
    let folder = fixture.home().grants().join("x");
    fs::create_dir_all(&folder).unwrap();
    let victim = fixture.folder.path().join("victim");
    symlink(&victim, folder.join(".default.lock")).unwrap();
    assert_eq!(code(fixture.put(&grant("default"))), Some(Code::StoreSymlink));
    assert!(!victim.exists());
}

#[test]
fn a_symlinked_folder_is_followed() {
    let fixture = Fixture::new();
    let elsewhere = TempDir::new().unwrap();
    symlink(elsewhere.path(), fixture.home().grants()).unwrap();
    fixture.put(&grant("default")).unwrap();
    assert_untouched(&fixture);
    assert!(elsewhere.path().join("x/default.json").is_file());
    assert_eq!(fixture.grants().len(), 1);
}

#[test]
fn what_is_no_regular_file_is_neither_read_nor_waited_for() {
    let fixture = Fixture::new();
    let folder = fixture.home().grants().join("x");
    fs::create_dir_all(folder.join("folder.json")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.join("pipe.json"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for account in ["folder", "pipe"] {
        assert_eq!(code(fixture.get("x", account)), Some(Code::StoreUnreadable), "{account}");
    }
}

#[test]
fn a_file_in_the_place_of_a_folder_is_an_error() {
    let fixture = Fixture::new();
    fs::write(fixture.home().grants(), "").unwrap();
    assert_eq!(code(fixture.get("x", "default")), Some(Code::StoreUnreadable));
    assert_eq!(code(fixture.store.grant_names()), Some(Code::StoreUnreadable));
    let error = fixture.put(&grant("default")).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnwritable);
    assert!(error.to_string().contains("grants/x`"), "{error}");
}

#[test]
fn temporaries_of_a_killed_writer_are_removed_by_the_next() {
    let fixture = Fixture::new();
    fixture.put(&grant("default")).unwrap();
    fixture.put(&grant("default.2")).unwrap();
    let folder = fixture.home().grants().join("x");
    let own = folder.join(".default~.tmp");
    let other = folder.join(".default.2~.tmp");
    for remove in [false, true] {
        fs::write(&own, "half a gra").unwrap();
        fs::write(&other, "half a gra").unwrap();
        assert_eq!(fixture.grants().len(), 2);
        if remove {
            let lock = fixture.store.lock_grant(&id("x", "default")).unwrap();
            assert!(fixture.store.remove_grant(&lock).unwrap());
        } else {
            fixture.put(&grant("default")).unwrap();
        }
        assert!(!own.exists(), "the temporary of the record that was written");
        assert!(other.exists(), "another record's writer may be at work");
    }
}

#[test]
fn a_failed_rename_leaves_nothing_behind() {
    let fixture = Fixture::new();
    fs::create_dir_all(fixture.file("default").join("in the way")).unwrap();
    let error = fixture.put(&grant("default")).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnwritable);
    assert_eq!(names(&fixture.home().grants().join("x")), [".default.lock", "default.json"]);
}

#[test]
fn a_folder_without_write_permission_loses_nothing() {
    bound_by_permissions("faults::without_write_permission");
}

#[test]
#[ignore = "must not be root, which another test sees to"]
fn without_write_permission() {
    let fixture = Fixture::new();
    fixture.put(&grant("default")).unwrap();
    let folder = fixture.home().grants().join("x");
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o500)).unwrap();
    let written = code(fixture.put(&longer_grant()));
    let lock = fixture.store.lock_grant(&id("x", "default")).unwrap();
    let removed = code(fixture.store.remove_grant(&lock));
    let locked = code(fixture.store.lock_grant(&id("x", "work")));
    fs::set_permissions(fixture.file("default"), PermissionsExt::from_mode(0o000)).unwrap();
    let read = code(fixture.get("x", "default"));
    fs::set_permissions(fixture.file("default"), PermissionsExt::from_mode(0o600)).unwrap();
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!([written, removed, locked], [Some(Code::StoreUnwritable); 3]);
    assert_eq!(read, Some(Code::StoreUnreadable));
    assert_untouched(&fixture);
}

#[test]
fn a_full_and_a_read_only_disk_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let mount = r#"mount -t tmpfs -o size=64k none "$XREQ_TEST_FOLDER" && exec "$0" "$@""#;
    unshared(&["-rm", "sh", "-c", mount], "faults::on_a_small_disk", folder.path());
}

#[test]
#[ignore = "needs a small file system of its own, which another test makes"]
fn on_a_small_disk() {
    let fixture =
        Fixture { folder: TempDir::new_in(folder_of_process()).unwrap(), ..Fixture::new() };
    let store = FolderStore::new(Home::at(fixture.folder.path()));
    let fixture = Fixture { store, ..fixture };
    fixture.put(&grant("default")).unwrap();

    let filler = fixture.folder.path().join("filler");
    let full = fs::write(&filler, vec![0; 1 << 20]).unwrap_err();
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    let error = fixture.put(&longer_grant()).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnwritable);
    assert!(error.hint().unwrap().contains("space"), "{error:?}");
    assert_untouched(&fixture);

    // Room for the beginning of the new file, but not for its end.
    fs::write(&filler, vec![0; 36 << 10]).unwrap();
    assert_eq!(code(fixture.put(&longer_grant())), Some(Code::StoreUnwritable));
    assert_untouched(&fixture);
    fs::remove_file(&filler).unwrap();

    let remount = |how: &str| {
        let folder = folder_of_process();
        let status = Command::new("mount").args(["-o", how]).arg(folder).status().unwrap();
        assert!(status.success());
    };
    remount("remount,ro");
    let error = fixture.put(&longer_grant()).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnwritable);
    assert!(error.hint().unwrap().contains("writable"), "{error:?}");
    assert_untouched(&fixture);
    remount("remount,rw");

    fixture.put(&longer_grant()).unwrap();
    let new = fixture.get("x", "default").unwrap().unwrap();
    assert_eq!(new.metadata.handle, None);
}
