//! One writer at a time, in one process and across several.

use std::io::{BufRead, BufReader};
use std::thread;
use std::time::Instant;

use super::*;

#[test]
fn a_held_lock_is_waited_for_and_then_named() {
    let fixture = Fixture::new();
    let held = fixture.store.lock_grant(&id("x", "default")).unwrap();
    let start = Instant::now();
    let error = fixture.store.lock_grant(&id("x", "default")).unwrap_err();
    assert_eq!(error.code(), Code::StoreBusy);
    assert!(error.to_string().contains(".default.lock"), "{error}");
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(200) && waited < Duration::from_secs(10), "{waited:?}");
    drop(held);
    drop(fixture.store.lock_grant(&id("x", "default")).unwrap());
}

#[test]
fn a_lock_is_had_as_soon_as_it_is_given_up() {
    let fixture = Fixture::new();
    let store = FolderStore::new(fixture.home().clone());
    let held = store.lock_grant(&id("x", "default")).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| store.lock_grant(&id("x", "default")).is_ok());
        thread::sleep(Duration::from_millis(100));
        assert!(!waiting.is_finished());
        drop(held);
        assert!(waiting.join().unwrap());
    });
}

#[test]
fn records_have_locks_of_their_own() {
    let fixture = Fixture::new();
    let _held = fixture.store.lock_grant(&id("x", "default")).unwrap();
    let _other = fixture.store.lock_grant(&id("x", "default.json")).unwrap();
    let _others = fixture.store.lock_grant(&id("google", "default")).unwrap();
    let _secret = fixture.store.lock_secret(&"default".parse().unwrap()).unwrap();
}

#[test]
fn readers_need_no_lock() {
    let fixture = Fixture::new();
    fixture.put(&grant("default")).unwrap();
    let _held = fixture.store.lock_grant(&id("x", "default")).unwrap();
    assert!(fixture.get("x", "default").unwrap().is_some());
    assert!(fixture.grants()[0].metadata.is_ok());
}

/// Adds one to the number that the grant holds, which is lost if two do it at the same time.
fn count(fixture: &Fixture) {
    let store = fixture.store.clone().with_patience(Duration::from_mins(1));
    let lock = store.lock_grant(&id("x", "default")).unwrap();
    let sealed = store.grant(&id("x", "default")).unwrap().unwrap();
    let number: u32 = sealed.metadata.handle.as_deref().unwrap().parse().unwrap();
    let mut grant = grant("default");
    grant.metadata.handle = Some((number + 1).to_string());
    store.put_grant(&lock, &grant, &fixture.recipients).unwrap();
}

#[test]
fn no_update_is_lost_and_no_reader_sees_half_of_one() {
    let fixture = Fixture::new();
    let mut grant = grant("default");
    grant.metadata.handle = Some("0".to_owned());
    fixture.put(&grant).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..8).for_each(|_| count(&fixture)));
        }
        for _ in 0..200 {
            assert!(fixture.get("x", "default").unwrap().is_some());
        }
    });
    let sealed = fixture.get("x", "default").unwrap().unwrap();
    assert_eq!(sealed.metadata.handle.as_deref(), Some("32"));
}

#[test]
fn a_lock_dies_with_its_process() {
    let fixture = Fixture::new();
    let mut holder = process("locking::hold_a_lock", fixture.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.map_while(std::result::Result::ok).any(|line| line.ends_with("held")));
    assert_eq!(code(fixture.put(&grant("default"))), Some(Code::StoreBusy));
    holder.kill().unwrap();
    holder.wait().unwrap();
    fixture.put(&grant("default")).unwrap();
}

#[test]
#[ignore = "holds a lock until it is killed, for another test"]
fn hold_a_lock() {
    let store = FolderStore::new(Home::at(folder_of_process()));
    let _held = store.lock_grant(&id("x", "default")).unwrap();
    println!("held");
    thread::sleep(Duration::from_mins(1));
}

#[test]
fn a_program_that_is_started_does_not_inherit_the_lock() {
    let fixture = Fixture::new();
    let lock = fixture.store.lock_grant(&id("x", "default")).unwrap();
    let mut program = Command::new("sleep").arg("60").spawn().unwrap();
    drop(lock);
    let result = fixture.put(&grant("default"));
    program.kill().unwrap();
    program.wait().unwrap();
    result.unwrap();
}
