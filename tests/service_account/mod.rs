//! Service accounts: sources that are imported, and the tokens that are minted from them, against the
//! sandbox.

pub mod federation;
mod importing;
#[cfg(target_os = "linux")]
mod isolated;
mod keeping;
mod minting;
mod secrets;
mod together;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use xreq::model::credential_id::{CredentialId, Kind};
use xreq::model::name::Label;
use xreq::sandbox::{Endpoint, LogEntry, Options, Sandbox};

use crate::support::service_account::key_file;
use crate::support::stored::Stored;
use crate::support::{Home, Ran};

/// The scope that tokens are asked for with.
const SCOPE: &str = "https://www.example.com/auth/cloud";

/// A launch whose agent prints its token.
const PRINT_TOKEN: [&str; 5] = ["run", "--", "sh", "-c", "printf %s \"$CLOUD_ACCESS_TOKEN\""];

/// A home that knows the sandbox as a provider in the shape of Google Cloud, and the file of a key.
struct Cloud {
    home: Home,
    sandbox: Sandbox,
    key: Value,
}

impl Cloud {
    /// A home in which nothing was imported; nothing where there is no openssl.
    fn new() -> Option<Self> {
        Self::with(Options::default())
    }

    /// The same with a sandbox of these manners.
    fn with(options: Options) -> Option<Self> {
        let sandbox = Sandbox::start(options).expect("the loopback interface has a free port");
        let key = key_file(&format!("{}/gcp/token", sandbox.base_url()))?;
        sandbox.control().register_service_account(&key.to_string());
        let home = Home::with_manifest("integrations: [cloud.ai]\n");
        home.write("home/providers/cloud.yaml", provider(&sandbox.base_url()));
        home.write("key.json", serde_json::to_string_pretty(&key).expect("it is JSON"));
        Some(Self { home, sandbox, key })
    }

    /// A home in which the key is imported.
    fn imported() -> Option<Self> {
        let cloud = Self::new()?;
        cloud.import(&["key.json", "--project-number", "123456789012"]).succeeds();
        Some(cloud)
    }

    /// Imports a service account.
    fn import(&self, args: &[&str]) -> Ran {
        let import = ["import", "cloud", "--kind", "service_account"];
        self.home.xreq(&[&import, args].concat())
    }

    /// The requests for tokens.
    fn mints(&self) -> Vec<LogEntry> {
        let log = self.sandbox.control().log().into_iter();
        log.filter(|request| request.endpoint == Endpoint::Mint).collect()
    }

    /// What is stored, opened.
    fn stored(&self) -> Stored {
        Stored::named(&self.home, id())
    }

    /// The file in which it lies.
    fn record(&self) -> PathBuf {
        self.home.store().join("grants/cloud/default~service_account~main.json")
    }

    /// Moves what is stored into the past.
    fn ages(&self, seconds: i64) {
        let span = jiff::SignedDuration::from_secs(seconds);
        self.stored().change(|grant| {
            grant.metadata.issued_at -= span;
            grant.metadata.expires_at = grant.metadata.expires_at.map(|at| at - span);
        });
    }

    /// The status of the account, as JSON.
    fn status(&self) -> Value {
        let status = self.home.xreq(&["status", "--format", "json"]).json();
        status["accounts"][0].clone()
    }

    /// Changes a field of the file of the key.
    fn changed_key(&self, field: &str, value: impl Into<Value>) {
        let mut key = self.key.clone();
        key[field] = value.into();
        self.home.write("key.json", serde_json::to_string_pretty(&key).expect("it is JSON"));
    }

    /// Whether nothing is stored.
    fn is_empty(&self) -> bool {
        !fs::exists(self.record()).expect("the folder can be read")
    }
}

fn id() -> CredentialId {
    let grant = CredentialId::grant("cloud".parse().expect("a slug"), Label::default());
    CredentialId { kind: Kind::ServiceAccount, ..grant }
}

fn provider(base_url: &str) -> String {
    format!(
        "provider: cloud\n\
         title: Cloud\n\
         env_prefix: CLOUD\n\
         endpoints: {{api_url: {base_url}/gcp}}\n\
         kinds:\n  \
           service_account:\n    \
             token_url: {base_url}/gcp/token\n    \
             exchange_url: {base_url}/gcp/sts/token\n    \
             impersonation_url: {base_url}/gcp/accounts/{{account}}:generateAccessToken\n    \
             exchange_scopes: [{SCOPE}]\n    \
             help: Cloud's console, “Keys”\n    \
             scopes: [{SCOPE}]\n    \
             env:\n      \
               CLOUD_ACCESS_TOKEN: access_token\n      \
               CLOUD_ACCESS_TOKEN_EXPIRES_AT: expires_at\n      \
               CLOUD_PROJECT_NUMBER: project_number\n\
         scopes:\n  {SCOPE}: everything that the account's roles allow\n  https://www.example.com/auth/logs: logs\n  \
           https://www.example.com/auth/full: {{text: full, implies: [{SCOPE}]}}\n  \
           https://www.example.com/auth/all: {{text: all, wide: opens all that the account's roles allow}}\n\
         capabilities:\n  \
           cloud.ai: {{title: Call models, allows: call models, kinds: [service_account], published: [{SCOPE}]}}\n  \
           cloud.logged: {{title: Logged, allows: call models, kinds: [service_account], published: [{SCOPE}], \
             api: [{SCOPE}, https://www.example.com/auth/logs]}}\n  \
           cloud.all: {{title: All, allows: do all, kinds: [service_account], published: [https://www.example.com/auth/all]}}\n"
    )
}
