//! The engine on a store in memory, with a scripted program around it and a scripted provider.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::pin::pin;
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::{ExposeSecret, SecretString};
use jiff::SignedDuration;
use tempfile::TempDir;

use super::*;
use crate::catalog::EndpointOverrides;
use crate::credential::origins::Origins;
use crate::model::name::Label;
use crate::oauth::client::Client;
use crate::refresh::engine::class::RefreshClass;
use crate::refresh::monitor::schedule::due_policy;
use crate::store::{MemoryStore, Nobody};
use crate::sys::env::Env;
use crate::sys::home::Home;

/// The answers of a provider, in turn.
type Script = Vec<(u16, &'static str)>;

const NEW: (u16, &str) = (
    200,
    r#"{"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 7200, "token_type": "bearer"}"#,
);
const BUSY: (u16, &str) = (503, "");
const DEAD: (u16, &str) = (400, r#"{"error": "invalid_grant"}"#);

/// A program that knows one client, and remembers what was recorded.
struct Scripted {
    recipients: Recipients,
    recorded: Arc<Mutex<Vec<Option<RefreshClass>>>>,
    knows_client: bool,
}

impl Host for Scripted {
    fn client(&self, _: &Provider, _: &GrantMetadata) -> Result<Client> {
        if !self.knows_client {
            return Err(Error::new(Code::MissingParams, "no client"));
        }
        let redirect_uri = "http://127.0.0.1/".to_owned();
        let (id, origins) = ("id".to_owned(), Origins::default());
        let url_values = BTreeMap::new();
        Ok(Client { id, secret: None, name: None, redirect_uri, url_values, origins })
    }

    fn recipients(&self) -> Result<Recipients> {
        Ok(self.recipients.clone())
    }

    fn record(&self, _: &CredentialId, _: &Provider, result: Result<&RefreshResult, &Error>) {
        self.recorded.lock().unwrap().push(RefreshClass::of(result));
    }
}

/// A provider that answers by its script, and passes what it is asked to this.
fn provider(script: Script, hears: impl Fn(&str) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for (status, body) in script {
            let (mut stream, _) = listener.accept().expect("somebody asks");
            let mut reader = BufReader::new(stream.try_clone().expect("a descriptor"));
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                let line = line.trim().to_ascii_lowercase();
                if let Some(bytes) = line.strip_prefix("content-length: ") {
                    length = bytes.parse().expect("a number");
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut form = vec![0; length];
            reader.read_exact(&mut form).expect("a body");
            hears(&String::from_utf8(form).expect("a form"));
            let head = format!("HTTP/1.1 {status} OK\r\ncontent-length: {}\r\n", body.len());
            let head = format!("{head}content-type: application/json\r\nconnection: close\r\n\r\n");
            stream.write_all((head + body).as_bytes()).expect("it listens");
        }
    });
    format!("http://{address}/token")
}

/// A store in memory, with its keys.
#[derive(Clone)]
struct Shelf {
    store: MemoryStore,
    identities: Arc<Identities>,
    recipients: Recipients,
}

/// A store with one expired grant, an engine for it, and what the provider heard.
struct House {
    shelf: Shelf,
    engine: Arc<Engine<MemoryStore, MemoryStore>>,
    recorded: Arc<Mutex<Vec<Option<RefreshClass>>>>,
    heard: Arc<Mutex<Vec<String>>>,
}

fn name() -> CredentialId {
    CredentialId::grant("x".parse().expect("a slug"), Label::default())
}

impl Shelf {
    fn new(store: MemoryStore) -> Self {
        let folder = TempDir::new().expect("a folder");
        let home = Home::at(folder.path());
        Identities::generate(&home, Timestamp::now()).expect("ours").expect("it was empty");
        let identities = Identities::load(&home, &Env::default(), &Nobody).expect("it is there");
        let recipients = identities.recipients().expect("it has a public side");
        Self { store, identities: Arc::new(identities), recipients }
    }

    /// Puts a grant there whose access token has expired, without a claim.
    fn put(&self, number: &str, generation: u64) {
        let now = Timestamp::from_second(Timestamp::now().as_second()).expect("it is now");
        let metadata = GrantMetadata {
            expires_at: Some(now - SignedDuration::from_secs(1)),
            refreshable: true,
            generation,
            ..GrantMetadata::new(name(), now - SignedDuration::from_hours(2))
        };
        let token = |kind: &str| SecretString::from(format!("{kind}-{number}"));
        let (access_token, refresh_token) = (token("access"), Some(token("refresh")));
        let grant = Grant { refresh_token, ..Grant::new(metadata, access_token) };
        let lock = self.store.lock(&name()).expect("it is free");
        let seen = self.store.revision(&name()).expect("it can be read");
        let sealed = SealedRecord::seal(&grant, &self.recipients);
        assert!(self.store.replace(&lock, &seen, &sealed).expect("there is room"));
    }

    fn stored(&self) -> Grant {
        let loaded = self.store.load(&name()).expect("it can be read").expect("it is there");
        loaded.grant.unseal(&self.identities).expect("it is ours")
    }
}

impl House {
    fn new(script: Script) -> Self {
        Self::with(script, true, |_| {})
    }

    /// `meanwhile` is done to the store while the provider has a request.
    fn with(
        script: Script,
        knows_client: bool,
        meanwhile: impl Fn(&Shelf) + Send + 'static,
    ) -> Self {
        let (mut catalog, heard) = (Catalog::builtin(), Arc::<Mutex<Vec<_>>>::default());
        let patience = Duration::from_millis(200);
        let policy = due_policy(Arc::new(Catalog::builtin()));
        let shelf = Shelf::new(MemoryStore::new(policy).with_patience(patience));
        shelf.put("1", 1);
        let (log, inside) = (Arc::clone(&heard), shelf.clone());
        let url = provider(script, move |form| {
            log.lock().unwrap().push(form.to_owned());
            meanwhile(&inside);
        });
        let overrides = EndpointOverrides { token_url: Some(url), ..EndpointOverrides::default() };
        catalog.override_endpoints("x", overrides).expect("it is on this machine");
        let recorded = Arc::<Mutex<Vec<_>>>::default();
        let (recipients, records) = (shelf.recipients.clone(), Arc::clone(&recorded));
        let host = Scripted { recipients, recorded: records, knows_client };
        let engine = Arc::new(Engine {
            store: shelf.store.clone(),
            work: shelf.store.clone(),
            identities: Arc::clone(&shelf.identities),
            catalog: Arc::new(catalog),
            http: Arc::new(Http::new()),
            host: Box::new(host),
            disk: BlockingPool::new(2),
        });
        Self { shelf, engine, recorded, heard }
    }

    fn stored(&self) -> Grant {
        self.shelf.stored()
    }

    fn refresh(&self) -> Result<RefreshResult> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let engine = Arc::clone(&self.engine);
        runtime.expect("there is room").block_on(engine.refresh(name(), Want::default()))
    }

    fn recorded(&self) -> Vec<Option<RefreshClass>> {
        self.recorded.lock().unwrap().clone()
    }

    fn is_claimed(&self) -> bool {
        let claim = wait_for(self.engine.work.claim_one(&name()));
        claim.is_err_and(|error| error.code() == Code::StoreBusy)
    }
}

fn secret(token: Option<&SecretString>) -> &str {
    token.expect("there is one").expose_secret()
}

#[test]
fn new_tokens_are_stored_and_recorded() {
    let house = House::with(vec![NEW], true, |house| {
        assert!(house.stored().metadata.refresh_in_flight.is_some(), "it is announced before");
    });
    let result = house.refresh().expect("it is answered");
    assert!(result.has_new_tokens());
    let stored = house.stored();
    assert_eq!(secret(Some(&stored.access_token)), "access-2");
    assert_eq!(secret(stored.refresh_token.as_ref()), "refresh-2");
    assert_eq!((stored.metadata.generation, &stored.metadata.refresh_in_flight), (2, &None));
    assert!(house.heard.lock().unwrap()[0].contains("refresh_token=refresh-1"));
    assert_eq!(house.recorded(), [Some(RefreshClass::Refreshed)]);
}

#[test]
fn many_that_come_at_once_ask_once() {
    let house = House::new(vec![NEW]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let results = runtime.expect("there is room").block_on(async {
        let one = || Arc::clone(&house.engine).refresh(name(), Want::default());
        tokio::join!(one(), one())
    });
    let new = [results.0, results.1].map(|result| result.expect("it is answered").has_new_tokens());
    assert!(new == [true, false] || new == [false, true], "{new:?}");
    assert_eq!(house.heard.lock().unwrap().len(), 1);
}

#[test]
fn a_failure_is_stated_with_the_old_tokens() {
    let house = House::new(vec![BUSY, DEAD]);
    let failed = house.refresh().expect("it is answered");
    assert!(matches!(failed.outcome, Outcome::Failed(_)));
    let stored = house.stored();
    assert_eq!(secret(stored.refresh_token.as_ref()), "refresh-1");
    assert_eq!(stored.metadata.refresh_in_flight, None);
    let class = |grant: &Grant| grant.metadata.last_error.as_ref().map(|error| error.class);
    assert_eq!(class(&stored), Some(FailureClass::Transient));
    house.refresh().expect("it is answered");
    assert_eq!(class(&house.stored()), Some(FailureClass::Rejected));
    let classes = [RefreshClass::Transient, RefreshClass::Rejected].map(Some);
    assert_eq!(house.recorded(), classes);
}

#[test]
fn what_was_not_sent_leaves_no_claim() {
    let house = House::with(Vec::new(), false, |_| {});
    let error = house.refresh().expect_err("there is no client");
    assert_eq!(error.code(), Code::MissingParams);
    assert_eq!(house.recorded(), [Some(RefreshClass::Client)]);
    assert!(!house.is_claimed() && house.stored().metadata.refresh_in_flight.is_none());
}

#[test]
fn a_newer_grant_that_was_put_there_meanwhile_stays() {
    let house = House::with(vec![NEW], true, |house| house.put("other", 5));
    let result = house.refresh().expect("it is answered");
    assert!(matches!(result.outcome, Outcome::Kept(None)));
    assert_eq!(secret(house.stored().refresh_token.as_ref()), "refresh-other");
}

/// Its refresh token was spent: the new tokens are the only ones that work.
#[test]
fn an_old_copy_that_was_put_back_meanwhile_is_written_over() {
    let house = House::with(vec![NEW], true, |house| house.put("1", 1));
    assert!(house.refresh().expect("it is answered").has_new_tokens());
    assert_eq!(secret(house.stored().refresh_token.as_ref()), "refresh-2");
}

#[test]
fn a_rejected_token_that_was_replaced_is_no_dead_grant() {
    let house = House::with(vec![DEAD], true, |house| house.put("other", 5));
    let result = house.refresh().expect("it is answered");
    assert!(matches!(result.outcome, Outcome::Kept(None)));
    assert_eq!(house.stored().metadata.last_error, None);
}

/// Whoever waited for it may be stopped as soon as the answer is on its way to the store.
#[test]
fn an_answer_that_has_arrived_is_stored_though_nobody_waits_any_longer() {
    let (gate, answer) = (Arc::new(Barrier::new(3)), Arc::new(Barrier::new(2)));
    let answers = Arc::clone(&answer);
    let house = House::with(vec![NEW], true, move |_| {
        answers.wait();
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("there is room").block_on(async {
        let mut refresh = pin!(Arc::clone(&house.engine).refresh(name(), Want::default()));
        while house.heard.lock().unwrap().is_empty() {
            let wait = tokio::time::sleep(Duration::from_millis(1));
            tokio::select! { _ = &mut refresh => panic!("nothing was answered"), () = wait => {} }
        }
        // From here on no thread of the pool is free.
        for _ in 0..2 {
            let gate = Arc::clone(&gate);
            let held = house.engine.disk.run(move || {
                gate.wait();
            });
            tokio::select! { biased; () = held => (), () = async {} => () }
        }
        answer.wait();
        let long = tokio::time::sleep(Duration::from_millis(300));
        tokio::select! { _ = &mut refresh => panic!("no thread is free"), () = long => {} }
    });
    assert_eq!(secret(house.stored().refresh_token.as_ref()), "refresh-1");
    gate.wait();
    let began = Instant::now();
    while secret(house.stored().refresh_token.as_ref()) != "refresh-2" {
        assert!(began.elapsed() < Duration::from_secs(20), "the tokens are lost");
        thread::sleep(Duration::from_millis(1));
    }
}
