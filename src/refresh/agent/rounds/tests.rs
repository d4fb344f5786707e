//! Rounds with a store of their own, and scripts in the place of workers.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tempfile::TempDir;

use super::*;
use crate::catalog::Catalog;
use crate::refresh::agent::options::KeptGrant;
use crate::refresh::agent::token_requests::Asked;
use crate::refresh::worker::tests::script;
use crate::store::{FolderStore, Grant, Identities, Nobody, Recipients};
use crate::sys::env::Env;
use crate::sys::home::Home;

/// Maximum wait of tests for what has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

const NOTHING: &str = r#"echo '{"version": 2, "id": 0, "has_new_tokens": false}'"#;

const FAILS: &str = r#"echo '{"version": 2, "id": 0,
"error": {"code": "provider_unavailable", "message": "X is down", "hint": null}}'; exit 3"#;

/// A grant that a round keeps, and what is told of it.
struct Keeping {
    rounds: Rounds,
    recipients: Recipients,
    events: Arc<Mutex<Vec<&'static str>>>,
    /// Whether new tokens are taken.
    takes: Arc<AtomicBool>,
    /// Folders of the worker and of the store.
    folders: (TempDir, TempDir),
}

impl Keeping {
    /// Keeps this grant, with a token from before if tokens are held.
    fn start(metadata: GrantMetadata, holding: Holding, text: &str) -> Self {
        let stored = TempDir::new().expect("a folder");
        let home = Home::at(stored.path());
        Identities::generate(&home, now()).expect("it is ours").expect("the folder was empty");
        let identities = Identities::load(&home, &Env::default(), &Nobody).expect("it is there");
        let recipients = identities.recipients().expect("it has a public side");
        let (workers, ran) = script(&format!("echo >>ran; {text}"));
        let store = FolderStore::new(home);
        let catalog = Arc::new(Catalog::builtin());
        let options = Options { store, catalog, workers, holding, older_than: None };
        let name = name();
        let scopes = metadata.scopes.clone();
        let expires_at = metadata.expires_at;
        let old = Live { access_token: "old".to_owned().into(), expires_at, scopes };
        let live = (holding == Holding::Tokens).then_some(old);
        let shared = Arc::new(Shared::of(vec![KeptGrant { name: name.clone(), live }]));
        let (events, takes) = (Arc::default(), Arc::new(AtomicBool::new(true)));
        let (told, is_taken) = (Arc::clone(&events), Arc::clone(&takes));
        let tell = move |event: GrantEvent| {
            let events: &Mutex<Vec<_>> = &told;
            let is_taken =
                !matches!(event, GrantEvent::Arrived(..)) || is_taken.load(Ordering::Relaxed);
            events.lock().unwrap().push(said(&event));
            is_taken.then_some(()).ok_or_else(|| Error::new(Code::RuntimeUnusable, "it is full"))
        };
        let rounds = Rounds::new(vec![name], options, shared, Box::new(tell));
        let keeping = Self { rounds, recipients, events, takes, folders: (ran, stored) };
        keeping.put(metadata);
        keeping
    }

    /// Writes the file of the grant.
    fn put(&self, metadata: GrantMetadata) {
        let store = &self.rounds.options.store;
        let lock = store.lock_grant(&metadata.id()).expect("it is free");
        let refresh_token = metadata.refreshable.then(|| "refresh".to_owned().into());
        let grant = Grant { refresh_token, ..Grant::new(metadata, "old".to_owned().into()) };
        store.put_grant(&lock, &grant, &self.recipients).expect("there is room");
    }

    /// Sees to the grant until something is so.
    #[track_caller]
    fn until(&mut self, what: &str, mut is_so: impl FnMut(&mut Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(
                began.elapsed() < PATIENCE,
                "it never came to pass: {what}: {:?}",
                self.events()
            );
            let pause = self.rounds.go_round();
            self.rounds.shared.wait(pause.min(Duration::from_millis(20)));
        }
    }

    /// Sees to the grant until this was told of, and nothing else.
    #[track_caller]
    fn tells(&mut self, expected: &[&'static str]) {
        self.until("it is told of", |keeping| keeping.events().len() >= expected.len());
        assert_eq!(self.events(), expected);
    }

    fn events(&self) -> Vec<&'static str> {
        self.events.lock().unwrap().clone()
    }

    /// Counts the workers that there were.
    fn workers(&self) -> usize {
        let ran = fs::read_to_string(self.folders.0.path().join("ran"));
        ran.map_or(0, |ran| ran.lines().count())
    }

    /// Returns the answer to a request for a token.
    #[track_caller]
    fn ask(&mut self, min_ttl: Option<SignedDuration>) -> Result<String, Unavailable> {
        use age::secrecy::ExposeSecret;
        let live = match self.rounds.shared.ask("x", min_ttl, Timestamp::now()) {
            Asked::Now(live) => Ok(live),
            Asked::Later(mut later) => {
                let mut answer = None;
                self.until("it is answered", |_| {
                    answer = later.try_recv().ok();
                    answer.is_some()
                });
                answer.expect("it was answered")
            }
            Asked::Unknown => panic!("it is kept"),
        };
        live.map(|live| live.access_token.expose_secret().to_owned())
    }
}

fn said(event: &GrantEvent) -> &'static str {
    match event {
        GrantEvent::Arrived(..) => "arrived",
        GrantEvent::Refreshed(_) => "refreshed",
        GrantEvent::Recovered(_) => "recovered",
        GrantEvent::Failing(_, why) => why.code().name(),
        GrantEvent::Dead(..) => "dead",
    }
}

fn name() -> CredentialId {
    CredentialId::grant("x".parse().expect("a slug"), crate::model::name::Label::default())
}

/// Returns the current second.
fn now() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second()).expect("it is now")
}

/// Returns a grant with tokens that live so long, and end in so many seconds.
fn grant(life: i64, left: i64) -> GrantMetadata {
    let expires_at = now() + SignedDuration::from_secs(left);
    let issued_at = expires_at - SignedDuration::from_secs(life);
    GrantMetadata {
        scopes: ["tweet.read"].into_iter().collect(),
        expires_at: Some(expires_at),
        refreshable: true,
        refreshed_at: Some(issued_at),
        ..GrantMetadata::new(name(), issued_at)
    }
}

/// Returns a worker that prints a token which ends then.
fn prints(expires_at: Option<Timestamp>) -> String {
    let expires_at = expires_at.expect("it is known");
    format!(
        r#"echo '{{"version": 2, "id": 0, "token": {{"access_token": "new", "expires_at": "{expires_at}",
"scopes": ["tweet.read"]}}}}'"#
    )
}

#[test]
fn a_worker_that_finds_nothing_to_do_is_not_started_all_the_time() {
    for holding in [Holding::Metadata, Holding::Tokens] {
        let metadata = grant(7_200, 100);
        let text = match holding {
            Holding::Metadata => NOTHING.to_owned(),
            Holding::Tokens => prints(metadata.expires_at).replace("new", "old"),
        };
        let mut keeping = Keeping::start(metadata, holding, &text);
        keeping.tells(&["worker_failed"]);
        assert_eq!(keeping.workers(), 1, "{holding:?}");
        let next = keeping.rounds.monitor(0).failures;
        assert!(next.any(), "the next one has to wait");
    }
}

#[test]
fn a_token_that_was_not_taken_is_told_of_again_and_refreshed_once_it_is() {
    let metadata = grant(40, 39);
    let text = prints(metadata.expires_at);
    let mut keeping = Keeping::start(metadata.clone(), Holding::Tokens, &text);
    keeping.takes.store(false, Ordering::Relaxed);
    keeping.rounds.go_round();
    keeping.put(metadata);
    keeping.tells(&["arrived", "runtime_unusable"]);
    keeping.takes.store(true, Ordering::Relaxed);
    assert_eq!(keeping.ask(None).ok().as_deref(), Some("new"), "others need not wait for it");
    keeping.tells(&["arrived", "runtime_unusable", "arrived", "refreshed", "recovered"]);
    assert_eq!(keeping.workers(), 2);
}

#[test]
fn a_file_that_was_written_anew_with_the_same_tokens_is_not_told_of() {
    let metadata = grant(7_200, 7_000);
    let mut keeping = Keeping::start(metadata.clone(), Holding::Metadata, NOTHING);
    keeping.rounds.go_round();
    keeping.put(metadata.clone());
    keeping.rounds.go_round();
    assert!(keeping.events().is_empty(), "{:?}", keeping.events());
    keeping.put(GrantMetadata { issued_at: now(), ..metadata });
    keeping.rounds.go_round();
    assert_eq!(keeping.events(), ["refreshed"]);
}

#[test]
fn who_asks_for_nothing_special_has_a_token_to_its_end_while_the_provider_is_down() {
    let mut keeping = Keeping::start(grant(7_200, 4), Holding::Tokens, FAILS);
    keeping.rounds.go_round();
    assert_eq!(keeping.ask(None).ok().as_deref(), Some("old"));
    assert!(keeping.workers() >= 1, "nobody tried");
    let hour = Some(SignedDuration::from_hours(1));
    assert!(matches!(keeping.ask(hour), Err(Unavailable::For { .. })));
    keeping.put(grant(7_200, -1));
    keeping.rounds.shared.set_live(0, None);
    assert!(matches!(keeping.ask(None), Err(Unavailable::For { .. })));
}

#[test]
fn a_token_that_nothing_follows_is_given_to_its_end() {
    let last = |left| GrantMetadata { refreshable: false, ..grant(7_200, left) };
    let mut keeping = Keeping::start(last(3), Holding::Tokens, FAILS);
    keeping.rounds.go_round();
    for min_ttl in [None, Some(SignedDuration::from_hours(1))] {
        assert_eq!(keeping.ask(min_ttl).ok().as_deref(), Some("old"));
    }
    let mut answer = keeping.ask(None);
    keeping.until("it ends", |keeping| {
        answer = keeping.ask(None);
        answer.is_err()
    });
    assert!(matches!(answer, Err(Unavailable::Dead(_))));
}
