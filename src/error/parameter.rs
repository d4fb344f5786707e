//! Parameters of requests to xreq: what the command line calls options.

use std::path::{Path, PathBuf};

/// An argument of a request: a parameter, and its value if it takes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The parameter.
    pub parameter: Parameter,
    /// The value, or a word that stands for it.
    pub value: Option<ArgumentValue>,
}

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentValue {
    /// A text.
    Text(String),
    /// A path, which may hold any bytes.
    Path(PathBuf),
}

/// A parameter of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The account that is meant.
    Account,
    /// Scopes to ask for besides.
    AddScope,
    /// A level of findings that is overridden.
    Allow,
    /// Whether a manifest may ask for more than before.
    AllowWidening,
    /// A provider file.
    Catalog,
    /// The revision whose changes are meant.
    Changed,
    /// The name of a client.
    Client,
    /// The program that prints a token.
    Command,
    /// The OAuth 1.0a key of a client.
    ConsumerKey,
    /// The channels that hand over tokens.
    Deliver,
    /// The account that is expected.
    Expect,
    /// When a token expires.
    ExpiresAt,
    /// How long a token lives.
    ExpiresIn,
    /// Whether to ask for new tokens in any case.
    Force,
    /// The revision to compare with.
    Git,
    /// The id of a client.
    Id,
    /// Whether other machines may come without TLS.
    InsecurePlainHttp,
    /// Whether the agent is confined.
    Isolate,
    /// The key of the audit log.
    Key,
    /// Whether the token is kept fresh while the agent runs.
    KeepFresh,
    /// The integration keys that are meant, each an argument by itself.
    Keys,
    /// The kind of a credential.
    Kind,
    /// Whether the provider is left alone.
    LocalOnly,
    /// The manifest.
    Manifest,
    /// The address of the metrics.
    Metrics,
    /// How long an access token has to live.
    MinTtl,
    /// A name by which an address is called.
    Name,
    /// Whether no browser is opened.
    NoBrowser,
    /// The action on new tokens.
    OnRefresh,
    /// The part of a consent.
    Part,
    /// Whether the address is pasted that the browser ends at.
    Paste,
    /// The port.
    Port,
    /// Whether the agent inherits as little as possible.
    Pristine,
    /// The number of the project that a service account works in.
    ProjectNumber,
    /// The redirect URI of a client.
    RedirectUri,
    /// Whether an account takes the place of another one.
    ReplaceAccount,
    /// The scopes of a token.
    Scopes,
    /// The path of the socket.
    Socket,
    /// The name of what is read from standard input.
    StdinFilename,
    /// The user in whose name a service account acts.
    Subject,
    /// How long to wait.
    Timeout,
    /// Whether an address is reached by TLS.
    Tls,
    /// The file that has a token.
    TokenFile,
    /// An owner of files who is trusted.
    TrustOwner,
    /// The value of a variable of the provider's URLs.
    UrlVariable,
    /// What a confined agent may write.
    Writable,
    /// Whether nobody is asked whether to go on.
    Yes,
}

impl Parameter {
    /// Returns an argument that gives it a path.
    pub fn path(self, path: &Path) -> Argument {
        Argument { parameter: self, value: Some(ArgumentValue::Path(path.to_owned())) }
    }

    /// Returns an argument that gives it a value.
    pub fn value(self, value: impl Into<String>) -> Argument {
        Argument { parameter: self, value: Some(ArgumentValue::Text(value.into())) }
    }
}

impl From<Parameter> for Argument {
    fn from(parameter: Parameter) -> Self {
        Self { parameter, value: None }
    }
}
