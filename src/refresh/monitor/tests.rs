use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::catalog::Catalog;
use crate::store::FolderStore;
use crate::sys::home::Home;
use crate::text::time::rfc3339;

const HOUR: i64 = 3_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_800_000_000 + seconds)
}

/// Returns a grant whose token was issued then and lives for two hours.
fn grant(issued: i64) -> GrantMetadata {
    let (issued, end) = (rfc3339(at(issued)), rfc3339(at(issued + 2 * HOUR)));
    let grant = json!({
        "provider": "x", "account": "a", "scopes": ["users.read"], "scopes_assumed": false,
        "token_type": "bearer", "connected_at": issued, "issued_at": issued,
        "expires_at": end, "refreshable": true, "refreshed_at": issued,
    });
    serde_json::from_value(grant).expect("it is one")
}

fn busy(seconds: i64) -> LastError {
    let (class, message) = (FailureClass::Transient, "busy".to_owned());
    LastError { at: at(seconds), class, message, blames: None, retry_at: None }
}

/// The monitor of a grant, and the versions of a file.
struct Test {
    monitor: Monitor,
    catalog: Catalog,
    folder: TempDir,
    writes: usize,
}

impl Test {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self { monitor: Monitor::new(), catalog: Catalog::builtin(), folder, writes: 0 }
    }

    /// Returns a version that differs from all before.
    fn write(&mut self) -> Version {
        self.writes += 1;
        let file = self.folder.path().join("grants/x/a.json");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("it can be made");
        let new = self.folder.path().join(format!("write-{}", self.writes));
        std::fs::write(&new, "").expect("it can be written");
        // A link keeps the number of the file from being used again.
        let _ = std::fs::remove_file(&file);
        std::fs::hard_link(&new, &file).expect("it can be linked");
        self.version()
    }

    fn version(&self) -> Version {
        let store = FolderStore::new(Home::at(self.folder.path()));
        store.grant_version(&grant(0).id())
    }

    fn sees(&mut self, metadata: GrantMetadata, now: i64) -> bool {
        let seen = Observation { version: Some(self.version()), metadata: Ok(metadata) };
        let rules =
            Rules { catalog: &self.catalog, older_than: None, longest_probe: None, seed: 7 };
        let provider = "x".parse().expect("a slug");
        self.monitor.observe(&provider, &seen, &rules, at(now))
    }

    /// Notes the end of a refresh that left the grant as it is now.
    fn fails(&mut self, now: i64) {
        self.monitor.version = Some(self.version());
        let error = Arc::new(Error::new(Code::ProviderUnavailable, "busy"));
        self.monitor.failed(at(now), None, Some(&error), false);
    }
}

#[test]
fn a_failure_that_another_process_states_is_waited_for() {
    let mut test = Test::new();
    test.write();
    test.sees(grant(0), 60);
    test.write();
    let failed = GrantMetadata { last_error: Some(busy(2 * HOUR)), ..grant(0) };
    assert!(!test.sees(failed.clone(), 2 * HOUR));
    assert!(matches!(test.monitor.next, Some(Next::Wait(_))), "{:?}", test.monitor.next);
    let failures = test.monitor.failures;
    test.write();
    test.sees(failed, 2 * HOUR);
    assert_eq!(test.monitor.failures, failures, "it was counted already");
    test.write();
    assert!(test.sees(grant(2 * HOUR), 2 * HOUR + 1), "there are new tokens");
    assert!(!test.monitor.failures.any());
}

#[test]
fn a_failure_of_this_process_counts_once_though_the_grant_states_it_too() {
    let mut test = Test::new();
    test.write();
    test.sees(grant(0), 2 * HOUR);
    test.monitor.begin();
    test.write();
    test.fails(2 * HOUR);
    let failures = test.monitor.failures;
    test.sees(GrantMetadata { last_error: Some(busy(2 * HOUR)), ..grant(0) }, 2 * HOUR);
    assert!(failures.any());
    assert_eq!(test.monitor.failures, failures);
}

/// As it does if new tokens could not be stored: the mark is taken back.
#[test]
fn a_refresh_that_writes_the_same_grant_again_ends_no_failure() {
    let mut test = Test::new();
    test.write();
    test.sees(grant(0), 2 * HOUR);
    for _ in 0..2 {
        test.monitor.begin();
        test.write();
        test.fails(2 * HOUR);
        test.sees(grant(0), 2 * HOUR);
        assert!(matches!(test.monitor.next, Some(Next::Wait(_))), "{:?}", test.monitor.next);
    }
    // Somebody else who writes it has mended it.
    test.write();
    test.sees(grant(0), 2 * HOUR);
    assert_eq!(test.monitor.next, Some(Next::Refresh));
}

#[test]
fn tokens_that_are_dead_on_arrival_are_not_asked_for_all_the_time() {
    let mut test = Test::new();
    test.write();
    test.sees(grant(0), 2 * HOUR);
    let dead = GrantMetadata { expires_at: Some(at(2 * HOUR)), ..grant(2 * HOUR) };
    test.write();
    test.monitor.version = Some(test.version());
    assert!(test.sees(dead, 2 * HOUR));
    assert!(matches!(test.monitor.next, Some(Next::Wait(_))), "{:?}", test.monitor.next);
}
