//! The store as its users see it, and what may go wrong with it.

mod age_program;
mod clients;
mod conformance;
mod faults;
mod keys;
mod locking;
mod records;
mod resealing;
mod ssh_keys;
mod tampering;
mod writers;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::error::{Code, Error, Result};
use crate::model::name::{Label, SecretName, Slug};
use crate::sys::env::Env;

/// A store in a folder of its own, with an identity that it is sealed to.
struct Fixture {
    folder: TempDir,
    store: FolderStore,
    identities: Identities,
    recipients: Recipients,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let home = Home::at(folder.path());
        Identities::generate(&home, now()).unwrap().expect("the folder was empty");
        let identities = Identities::load(&home, &Env::default(), &Nobody).unwrap();
        let recipients = identities.recipients().unwrap();
        let store = FolderStore::new(home).with_patience(Duration::from_millis(200));
        Self { folder, store, identities, recipients }
    }

    fn home(&self) -> &Home {
        self.store.home()
    }

    fn put(&self, grant: &Grant) -> Result<()> {
        let lock = self.store.lock_grant(&grant.metadata.id())?;
        self.store.put_grant(&lock, grant, &self.recipients)
    }

    fn get(&self, provider: &str, account: &str) -> Result<Option<SealedGrant>> {
        self.store.grant(&id(provider, account))
    }

    fn grants(&self) -> Vec<ListEntry<Grant>> {
        self.store.list_grants(self.store.grant_names().unwrap()).collect()
    }

    /// The file of the grant of this account of the provider `x`.
    fn file(&self, account: &str) -> PathBuf {
        self.home().grants().join("x").join(format!("{account}.json"))
    }

    /// Stores a grant of the account `default` and answers its file as JSON.
    fn stored(&self) -> serde_json::Value {
        self.put(&grant("default")).unwrap();
        serde_json::from_slice(&fs::read(self.file("default")).unwrap()).unwrap()
    }

    /// Puts something in the place of that file, and opens it.
    fn reopen(&self, content: impl AsRef<[u8]>) -> Result<Grant> {
        fs::write(self.file("default"), content).unwrap();
        self.get("x", "default")?.expect("it was just written").unseal(&self.identities)
    }
}

/// A passphrase source that must not be asked.
struct Nobody;

impl Passphrase for Nobody {
    fn ask(&self, what: &str) -> Result<SecretString> {
        Err(Error::new(Code::PassphraseNeeded, format!("nobody knows the passphrase of {what}")))
    }
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn id(provider: &str, account: &str) -> CredentialId {
    CredentialId::grant(slug(provider), label(account))
}

fn label(text: &str) -> Label {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-22T04:05:06Z".parse().unwrap()
}

/// A grant of the provider `x` with every field filled in.
fn grant(account: &str) -> Grant {
    Grant {
        metadata: GrantMetadata {
            generation: 7,
            account_id: Some("2244994945".to_owned()),
            handle: Some("somebody".to_owned()),
            client_id: Some("client-1".to_owned()),
            client: Some(label("default")),
            origins: serde_json::from_value(serde_json::json!(["https://api.x.com"])).unwrap(),
            scopes: ["tweet.read", "users.read"].into_iter().collect(),
            expires_at: Some(now() + Duration::from_hours(2)),
            refreshable: true,
            refresh_token_issued_at: Some(now()),
            refreshed_at: Some(now()),
            refresh_in_flight: Some(InFlight {
                since: now(),
                token_sha256: "hash".to_owned(),
                attempts: 1,
            }),
            last_error: Some(LastError {
                at: now(),
                class: FailureClass::InDoubt,
                message: "no answer".to_owned(),
                blames: Some(Blame::Client),
                retry_at: Some(now()),
            }),
            ..GrantMetadata::new(CredentialId::grant(slug("x"), label(account)), now())
        },
        access_token: SecretString::from(format!("access-canary-{account}")),
        refresh_token: Some(SecretString::from(format!("refresh-canary-{account}"))),
        token_secret: None,
        source: None,
    }
}

fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code())
}

/// The names of what lies in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Returns whether to skip a test for want of something. `XREQ_TEST_REQUIRE=all` takes no excuse.
fn skips(reason: &str) -> bool {
    assert!(std::env::var_os("XREQ_TEST_REQUIRE").is_none_or(|what| what != "all"), "{reason}");
    writeln!(io::stderr(), "skipped: {reason}").unwrap();
    true
}

fn lacks(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    !found && skips(&format!("there is no `{program}` here"))
}

/// The folder in which a test works that another one runs as a process of its own.
const FOLDER: &str = "XREQ_TEST_FOLDER";

/// The arguments that run one ignored test.
fn process(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("store::tests::{test}"), "--ignored", "--nocapture"]);
    command.env(FOLDER, folder);
    command
}

/// Runs one ignored test below `unshare`, which gives it namespaces of its own.
fn unshared(options: &[&str], test: &str, folder: &Path) {
    let test = process(test, folder);
    let mut command = Command::new("unshare");
    command.args(options).arg(test.get_program()).args(test.get_args()).env(FOLDER, folder);
    match command.output() {
        Ok(output) if output.status.success() => {
            let report = String::from_utf8_lossy(&output.stdout);
            assert!(report.contains("1 passed"), "there is no such test: {report}");
        }
        // The test itself would have begun to report.
        Ok(output) if output.stdout.is_empty() => {
            let reason = String::from_utf8_lossy(&output.stderr);
            skips(&format!("`unshare` does not work here: {}", reason.trim()));
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => {
            skips(&format!("`unshare` does not start: {error}"));
        }
    }
}

/// Runs one ignored test as somebody who is bound by permissions, which root is not: in a user
/// namespace that maps nobody, root is just the owner of its files.
fn bound_by_permissions(test: &str) {
    let folder = TempDir::new().unwrap();
    unshared(&["--user"], test, folder.path());
}

fn folder_of_process() -> PathBuf {
    PathBuf::from(std::env::var_os(FOLDER).expect("another test runs this one"))
}
