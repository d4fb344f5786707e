//! A remedy: what closes a gap or mends a failure, as data.
//!
//! Each front end words it in its own way: a command, a link, the result of a tool. The command line
//! does so in [`wording`](super::wording).

use std::path::PathBuf;

/// What closes a gap or mends a failure. An account that has no label here is the default one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Connect an account.
    Connect {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
    },
    /// Connect an account anew.
    Reconnect {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
    },
    /// Ask for more scopes.
    AddScopes {
        /// The provider.
        provider: String,
        /// The label of the account.
        account: Option<String>,
        /// The scopes to add.
        scopes: Vec<String>,
    },
    /// Store a token that was issued elsewhere.
    Import {
        /// The provider.
        provider: String,
    },
    /// Store a secret.
    AddSecret {
        /// Its name.
        name: String,
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
    /// Look at the stored grants.
    ListGrants,
    /// Look at the known providers.
    ListProviders,
    /// Look at what the catalog says of a provider.
    ShowProvider {
        /// The provider.
        provider: String,
        /// What to look for: its keys, or its scopes.
        part: &'static str,
    },
    /// Trust a manifest on this machine.
    TrustManifest {
        /// Where it is.
        path: PathBuf,
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
    /// Free-form advice. It names no command of xreq that another variant stands for.
    Advice(String),
}

impl Remedy {
    /// Returns the name that programs see.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connect { .. } => "connect",
            Self::Reconnect { .. } => "reconnect",
            Self::AddScopes { .. } => "add_scopes",
            Self::Import { .. } => "import",
            Self::AddSecret { .. } => "add_secret",
            Self::SetClient { .. } => "set_client",
            Self::ListGrants => "list_grants",
            Self::ListProviders => "list_providers",
            Self::ShowProvider { .. } => "show_provider",
            Self::TrustManifest { .. } => "trust_manifest",
            Self::TrustWriter { .. } => "trust_writer",
            Self::NameAuditFiles => "name_audit_files",
            Self::SetVariable { .. } => "set_variable",
            Self::Advice(_) => "advice",
        }
    }
}

impl From<String> for Remedy {
    fn from(advice: String) -> Self {
        Self::Advice(advice)
    }
}

impl From<&str> for Remedy {
    fn from(advice: &str) -> Self {
        Self::Advice(advice.to_owned())
    }
}
