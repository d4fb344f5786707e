//! A remedy: what closes a gap or mends a failure, as data.
//!
//! Each front end words it in its own way: a command, a link, the result of a tool. The command line
//! does so in [`wording`](super::wording).

use std::path::PathBuf;

use super::parameter::{Argument, ArgumentValue, Parameter};
use crate::text::redact::redact;

/// What closes a gap or mends a failure. An account that has no label here is the default one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Connect an account.
    Connect {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
        /// The kind of the credential, where it is no grant.
        kind: Option<&'static str>,
    },
    /// Connect an account anew.
    Reconnect {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
    },
    /// Ask for a token of a higher level, where tokens have one.
    RaiseLevel {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
        /// The kind of the credential.
        kind: &'static str,
        /// The level.
        level: &'static str,
    },
    /// Ask for more scopes.
    AddScopes {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
        /// The part of the consent, where it gives several tokens.
        part: Option<String>,
        /// The scopes to add.
        scopes: Vec<String>,
    },
    /// Store a token that was issued elsewhere.
    Import {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
        /// The kind of the credential, where it is no grant.
        kind: Option<&'static str>,
    },
    /// Store a secret.
    AddSecret {
        /// Its name.
        name: String,
    },
    /// Store the secrets that a file holds.
    ImportSecrets {
        /// The file.
        file: PathBuf,
    },
    /// Store a client.
    SetClient {
        /// The provider that it is registered with.
        provider: String,
        /// The name of the client, where it has one.
        client: Option<String>,
        /// The id that it is registered with, where that is known.
        id: Option<String>,
    },
    /// Ask for new tokens of an account.
    Refresh {
        /// The provider.
        provider: String,
        /// The label of the account, where one is meant.
        account: Option<String>,
    },
    /// Give up an account.
    Disconnect {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: String,
    },
    /// Make a store, an identity and a manifest.
    Init,
    /// Hold the manifest against the store.
    Check {
        /// The account that is chosen, as `PROVIDER=LABEL`.
        account: Option<String>,
    },
    /// Validate manifests: files, folders, or a pattern of them.
    Validate {
        /// Which.
        which: String,
    },
    /// Compare manifests.
    Compare,
    /// Seal and sign every record anew.
    Reseal,
    /// Start the sandbox.
    StartSandbox {
        /// The provider that it plays; none is the usual one.
        provider: Option<String>,
        /// The home in which it plays the provider.
        home: Option<PathBuf>,
    },
    /// Use a sandbox that serves already.
    UseSandbox {
        /// The home in which it plays the provider.
        home: PathBuf,
        /// The variable that names the API's address to agents.
        variable: String,
        /// The address of its API.
        base_url: String,
    },
    /// Launch an agent.
    Launch,
    /// Look at what there is.
    List(Inventory),
    /// Look at the schema of a kind of file.
    ShowSchema {
        /// The kind.
        of: &'static str,
    },
    /// Look at a rule.
    ShowRule {
        /// Its name.
        rule: &'static str,
    },
    /// Look at what the catalog says of a provider.
    ShowProvider {
        /// The provider.
        provider: String,
        /// What to look for: its keys, or its scopes.
        part: &'static str,
    },
    /// Look at the operations of a key.
    ShowKey {
        /// The key.
        key: String,
    },
    /// Trust a manifest on this machine.
    TrustManifest {
        /// Where it is; `None` is the one that is here.
        path: Option<PathBuf>,
    },
    /// Trust a writer of the store.
    TrustWriter {
        /// The public key of the writer.
        key: String,
    },
    /// Name files of the audit log that can be read.
    NameAuditFiles,
    /// Set a variable of the environment.
    SetVariable {
        /// Its name.
        name: &'static str,
        /// What it is to be set to: completes "set it to …".
        to: &'static str,
    },
    /// Free-form advice.
    Advice(Advice),
}

/// A kind of things that can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inventory {
    /// The stored grants.
    Grants,
    /// The known providers.
    Providers,
    /// The stored clients.
    Clients,
    /// The names of the stored secrets.
    Secrets,
    /// The manifests that are trusted on this machine.
    TrustedManifests,
    /// The rules of findings.
    Rules,
    /// The writers of the store that this machine trusts.
    Writers,
    /// The calls that wait for an approval.
    Approvals,
    /// The runs below a broker.
    Runs,
}

impl Remedy {
    /// Returns the name that programs see.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connect { .. } | Self::RaiseLevel { .. } => "connect",
            Self::Reconnect { .. } => "reconnect",
            Self::AddScopes { .. } => "add_scopes",
            Self::Import { .. } => "import",
            Self::AddSecret { .. } => "add_secret",
            Self::ImportSecrets { .. } => "import_secrets",
            Self::SetClient { .. } => "set_client",
            Self::Refresh { .. } => "refresh",
            Self::Disconnect { .. } => "disconnect",
            Self::Init => "init",
            Self::Check { .. } => "check",
            Self::Validate { .. } => "validate",
            Self::Compare => "compare",
            Self::Reseal => "reseal",
            Self::StartSandbox { .. } => "start_sandbox",
            Self::UseSandbox { .. } => "use_sandbox",
            Self::Launch => "launch",
            Self::List(Inventory::Grants) => "list_grants",
            Self::List(Inventory::Providers) => "list_providers",
            Self::List(Inventory::Clients) => "list_clients",
            Self::List(Inventory::Secrets) => "list_secrets",
            Self::List(Inventory::TrustedManifests) => "list_trusted_manifests",
            Self::List(Inventory::Rules) => "list_rules",
            Self::List(Inventory::Writers) => "list_writers",
            Self::List(Inventory::Approvals) => "list_approvals",
            Self::List(Inventory::Runs) => "list_runs",
            Self::ShowSchema { .. } => "show_schema",
            Self::ShowRule { .. } => "show_rule",
            Self::ShowKey { .. } => "show_key",
            Self::ShowProvider { .. } => "show_provider",
            Self::TrustManifest { .. } => "trust_manifest",
            Self::TrustWriter { .. } => "trust_writer",
            Self::NameAuditFiles => "name_audit_files",
            Self::SetVariable { .. } => "set_variable",
            Self::Advice(_) => "advice",
        }
    }

    /// Returns the request that this remedy makes, as a part of an advice.
    pub fn request(self) -> AdvicePart {
        AdvicePart::Request(Box::new(self), Vec::new())
    }

    /// Does the same with an argument that the request takes besides.
    pub fn with(self, argument: impl Into<Argument>) -> AdvicePart {
        AdvicePart::Request(Box::new(self), vec![argument.into()])
    }

    /// Returns the same remedy with what looks like a token hidden in the words of an advice.
    #[must_use]
    pub fn redacted(&self) -> Self {
        match self {
            Self::Advice(advice) => Self::Advice(advice.redacted()),
            other => other.clone(),
        }
    }

    /// Returns the remedy that an account be connected.
    pub fn connect(provider: impl Into<String>, account: Option<&str>) -> Self {
        Self::Connect { provider: provider.into(), account: account.map(str::to_owned), kind: None }
    }

    /// Returns the remedy that a client of a provider be stored.
    pub fn set_client(provider: impl Into<String>) -> Self {
        Self::SetClient { provider: provider.into(), client: None, id: None }
    }
}

impl From<Advice> for Remedy {
    fn from(advice: Advice) -> Self {
        Self::Advice(advice)
    }
}

impl From<String> for Remedy {
    fn from(words: String) -> Self {
        Self::Advice(words.into())
    }
}

impl From<&str> for Remedy {
    fn from(words: &str) -> Self {
        Self::Advice(words.into())
    }
}

/// Advice in words. Requests to xreq in it are data, which each front end names in its own way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice(Vec<AdvicePart>);

/// A part of an advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdvicePart {
    /// Words.
    Words(String),
    /// A remedy, as a clause.
    Remedy(Box<Remedy>),
    /// The request that a remedy makes, by its name, and arguments that it takes besides.
    Request(Box<Remedy>, Vec<Argument>),
    /// An argument of the request that failed, or of the one that is meant.
    Argument(Argument),
}

impl Advice {
    /// Returns the parts.
    pub fn parts(&self) -> &[AdvicePart] {
        &self.0
    }

    /// Returns the same advice with what looks like a token [hidden](redact) in its words.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let hide = |text: &String| redact(text).into_owned();
        let hide_value = |argument: &Argument| Argument {
            parameter: argument.parameter,
            value: argument.value.as_ref().map(|value| match value {
                ArgumentValue::Text(text) => ArgumentValue::Text(hide(text)),
                ArgumentValue::Path(path) => ArgumentValue::Path(path.clone()),
            }),
        };
        let parts = self.0.iter().map(|part| match part {
            AdvicePart::Words(words) => AdvicePart::Words(hide(words)),
            AdvicePart::Remedy(remedy) => AdvicePart::Remedy(remedy.clone()),
            AdvicePart::Request(remedy, arguments) => {
                AdvicePart::Request(remedy.clone(), arguments.iter().map(hide_value).collect())
            }
            AdvicePart::Argument(argument) => AdvicePart::Argument(hide_value(argument)),
        });
        Self(parts.collect())
    }
}

impl FromIterator<AdvicePart> for Advice {
    fn from_iter<I: IntoIterator<Item = AdvicePart>>(parts: I) -> Self {
        Self(parts.into_iter().collect())
    }
}

impl<T: Into<AdvicePart>> From<T> for Advice {
    fn from(part: T) -> Self {
        Self(vec![part.into()])
    }
}

impl From<&str> for AdvicePart {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for AdvicePart {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<Argument> for AdvicePart {
    fn from(argument: Argument) -> Self {
        Self::Argument(argument)
    }
}

impl From<Parameter> for AdvicePart {
    fn from(parameter: Parameter) -> Self {
        Self::Argument(parameter.into())
    }
}

impl From<Remedy> for AdvicePart {
    fn from(remedy: Remedy) -> Self {
        Self::Remedy(Box::new(remedy))
    }
}

/// Makes an advice of words, remedies, parameters and arguments.
macro_rules! advice {
    ($($part:expr),+ $(,)?) => {
        $crate::error::Advice::from_iter([$($crate::error::AdvicePart::from($part)),+])
    };
}
pub(crate) use advice;
