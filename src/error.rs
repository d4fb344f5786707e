//! Every way in which xreq itself can fail: one table of codes, each with its exit status.
//!
//! What is wrong with a *manifest* is a [`Diagnostic`](crate::findings::Diagnostic), what is
//! missing from the *store* is part of a [`Verdict`](crate::policy::verdict::Verdict); an [`Error`] is what
//! keeps a command from doing its work at all. It says what happened, and carries a [`Remedy`] where
//! there is one.

mod parameter;
mod remedy;
pub mod wording;

use std::fmt;
use std::io;
use std::sync::OnceLock;

pub use parameter::{Argument, Parameter};
pub(crate) use remedy::advice;
pub use remedy::{Advice, AdvicePart, Inventory, Remedy};

use crate::text::escape::on_one_line;
use crate::text::redact::redact;

/// The exit statuses of every command (`run` alone adds 125, 126, 127 and the agent's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The work is done.
    Done,
    /// Requirements are unmet, or there are findings.
    Findings,
    /// The command line, or a file named on it, cannot be used.
    Usage,
    /// The store, the network, the provider or `git` failed.
    Failed,
    /// `run`: xreq failed, or the requirements are unmet, before the launch.
    NotLaunched,
    /// `run`: the command was found but cannot be executed.
    NotExecutable,
    /// `run`: the command was not found.
    NotFound,
    /// `run`: the status of the agent, whose parent xreq was.
    Agent(u8),
}

impl Exit {
    /// The status of the process.
    pub fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Failed => 3,
            Self::NotLaunched => 125,
            Self::NotExecutable => 126,
            Self::NotFound => 127,
            Self::Agent(status) => status,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

impl Code {
    /// The exit status of `run` where it fails with this code.
    pub fn exit_of_launch(self) -> Exit {
        match self.exit() {
            exit @ (Exit::NotExecutable | Exit::NotFound) => exit,
            _ => Exit::NotLaunched,
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal, $exit:ident;)+) => {
        /// A stable name for a failure, for scripts and for looking it up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name that users see, in `snake_case`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The exit status of a command that fails with this code.
            pub fn exit(self) -> Exit {
                match self {
                    $(Self::$variant => Exit::$exit,)+
                }
            }
        }
    };
}

codes! {
    /// An argument has a form that the command cannot use.
    BadArgument => "bad_argument", Usage;
    /// No manifest was named, and none has one of the usual names here.
    ManifestMissing => "manifest_missing", Usage;
    /// A file that was named cannot be read.
    FileUnreadable => "file_unreadable", Usage;
    /// `git` is not there, refuses to work here, or fails.
    GitFailed => "git_failed", Failed;
    /// No commit of the repository has this name.
    RevisionUnknown => "revision_unknown", Usage;
    /// The manifest has errors; they were printed as diagnostics.
    ManifestInvalid => "manifest_invalid", Findings;
    /// A manifest has errors, and so cannot be held against another one.
    NotComparable => "not_comparable", Usage;
    /// A provider file has errors.
    CatalogInvalid => "catalog_invalid", Usage;
    /// A provider file redefines a provider that is already there.
    CatalogConflict => "catalog_conflict", Usage;
    /// Nothing in the catalog has this name.
    CatalogUnknown => "catalog_unknown", Usage;
    /// A secret has a name that no manifest may use.
    SecretNameReserved => "secret_name_reserved", Usage;
    /// Programs that read a file of assignments differ on a line of it.
    AmbiguousAssignment => "ambiguous_assignment", Usage;
    /// `config.yaml` has errors.
    InvalidConfig => "invalid_config", Usage;
    /// The environment does not say where the store is.
    HomeUnknown => "home_unknown", Usage;
    /// A file or folder that decides where secrets go belongs to somebody else, or can be changed by them.
    HomeUntrusted => "home_untrusted", Failed;
    /// Others can read the age identity.
    IdentityExposed => "identity_exposed", Failed;
    /// No age identity opens the store.
    IdentityMissing => "identity_missing", Failed;
    /// The age identity is damaged, or of an unsupported kind.
    IdentityInvalid => "identity_invalid", Failed;
    /// The passphrase of the age identity is wrong, or nobody could be asked for it.
    PassphraseNeeded => "passphrase_needed", Failed;
    /// A line of `recipients.txt` is no age or SSH recipient.
    RecipientInvalid => "recipient_invalid", Failed;
    /// A file of the store is damaged.
    StoreCorrupt => "store_corrupt", Failed;
    /// A file of the store was written by a newer version.
    StoreTooNew => "store_too_new", Failed;
    /// The readable part of a file disagrees with its sealed part.
    StoreTampered => "store_tampered", Failed;
    /// A record was written by somebody who is not trusted.
    WriterUnknown => "writer_unknown", Failed;
    /// A record is not signed, though all were.
    RecordUnsigned => "record_unsigned", Failed;
    /// A record is older than the one that was seen in its place.
    RecordOlder => "record_older", Failed;
    /// A file of the store is sealed to somebody else.
    StoreSealed => "store_sealed", Failed;
    /// The store cannot be read.
    StoreUnreadable => "store_unreadable", Failed;
    /// The store cannot be written.
    StoreUnwritable => "store_unwritable", Failed;
    /// Another process has held the lock for too long.
    StoreBusy => "store_busy", Failed;
    /// A grant waits for a confirmation, or is kept in another store.
    GrantNotLive => "grant_not_live", Failed;
    /// A provider's URL leads to a server that a grant or a client was not made for.
    OriginChanged => "origin_changed", Failed;
    /// A grant, a client or a secret is a symbolic link.
    StoreSymlink => "store_symlink", Failed;
    /// The store has nothing of the name that the command line says.
    NotStored => "not_stored", Usage;
    /// Several accounts would do, and none was chosen.
    AccountAmbiguous => "account_ambiguous", Usage;
    /// The text to import is no token and no token response.
    TokenInvalid => "token_invalid", Usage;
    /// A token came without its scopes, and nobody stated them.
    ScopesUnknown => "scopes_unknown", Usage;
    /// The provider has no credentials of this kind, or they are not got in this way.
    KindUnsupported => "kind_unsupported", Usage;
    /// The requirements are unmet, and so nothing was launched.
    RequirementsUnmet => "requirements_unmet", Findings;
    /// The manifest asks for what has to be trusted on this machine first, and is not.
    NotTrusted => "not_trusted", Findings;
    /// The list of what is trusted cannot be used: the file or its folder is not this user's alone, or
    /// is damaged.
    TrustUnusable => "trust_unusable", Failed;
    /// xreq cannot be the parent of an agent here.
    SupervisionFailed => "supervision_failed", Failed;
    /// An agent cannot be confined here, or not in this place.
    IsolationFailed => "isolation_failed", Failed;
    /// The command to launch does not exist.
    CommandNotFound => "command_not_found", NotFound;
    /// The command to launch cannot be executed.
    CommandNotExecutable => "command_not_executable", NotExecutable;
    /// Something that the provider has to be told is not known, such as the client id; or the
    /// provider's redirect lacks what it has to bring.
    MissingParams => "missing_params", Usage;
    /// The account's owner, or the provider, refused the consent.
    AuthorizationDenied => "authorization_denied", Findings;
    /// Nobody can confirm who will have consented: there is no terminal, and no account is expected.
    ConfirmationNeeded => "confirmation_needed", Usage;
    /// Nobody confirmed who consented, or the account could not be looked up.
    AccountUnconfirmed => "account_unconfirmed", Findings;
    /// Another account consented than the one that was expected.
    AccountMismatch => "account_mismatch", Findings;
    /// The label has another account, whose grant would be replaced.
    AccountChanged => "account_changed", Findings;
    /// The process was told to end before its work was done.
    Interrupted => "interrupted", Failed;
    /// Nobody answered the request for consent in time.
    SessionExpired => "session_expired", Failed;
    /// No browser that was to show the request for consent did, and nobody is there to open its address.
    BrowserFailed => "browser_failed", Failed;
    /// The provider gave no tokens for the authorization code.
    TokenExchangeFailed => "token_exchange_failed", Failed;
    /// The account granted less than the manifest, or the command, asks for.
    ScopeMissing => "scope_missing", Findings;
    /// The grant is dead, or cannot be refreshed: its account has to be connected anew.
    ReconnectRequired => "reconnect_required", Findings;
    /// A refresh was sent and its answer is not known.
    RefreshInDoubt => "refresh_in_doubt", Failed;
    /// The provider does not accept the client: its id, its secret or its type.
    ClientRejected => "client_rejected", Findings;
    /// The provider cannot be reached, is busy, or answers what cannot be understood.
    ProviderUnavailable => "provider_unavailable", Failed;
    /// The process that was to refresh a grant did not start, or gave no answer.
    WorkerFailed => "worker_failed", Failed;
    /// The provider let a grant live that was to be revoked.
    RevocationFailed => "revocation_failed", Failed;
    /// The address that the browser is to come back to cannot be listened on.
    RedirectUnavailable => "redirect_unavailable", Failed;
    /// Another daemon keeps the grants of the store.
    DaemonRunning => "daemon_running", Failed;
    /// The socket, or the address, that is to be listened on is taken or cannot be made.
    SocketUnavailable => "socket_unavailable", Failed;
    /// The sandbox cannot be started, or was not answered as it should be.
    SandboxFailed => "sandbox_failed", Failed;
    /// A command of the demo did not do what it was to show.
    DemoFailed => "demo_failed", Failed;
    /// The broker of a run cannot be started, or has ended.
    BrokerFailed => "broker_failed", Failed;
    /// A provider has no operations that are known, so that a broker lets nothing through.
    OperationNone => "operation_none", Usage;
    /// Other machines reach the address of a broker, and nothing protects what is sent there.
    AddressExposed => "address_exposed", Usage;
    /// A limit is on a key that no provider has.
    LimitUnknown => "limit_unknown", Usage;
    /// Approvals are asked for on a key that no provider has.
    AskUnknown => "ask_unknown", Usage;
    /// No call of this name waits for an approval.
    ApprovalUnknown => "approval_unknown", Findings;
    /// No run below a broker is called so.
    RunUnknown => "run_unknown", Usage;
    /// The endpoint that gives tokens to an agent cannot be opened.
    EndpointUnavailable => "endpoint_unavailable", Failed;
    /// The folder for what lives no longer than its processes cannot be used.
    RuntimeUnusable => "runtime_unusable", Failed;
    /// Something could not be recorded in the audit log.
    AuditFailed => "audit_failed", Failed;
    /// Another program of the package is not where this one is, or cannot be started.
    ProgramMissing => "program_missing", Failed;
    /// Another program of the package is of another version.
    ProgramMismatch => "program_mismatch", Failed;
    /// Output could not be written.
    OutputFailed => "output_failed", Failed;
}

/// A failure: its code, what happened, what mends it, and what it comes of.
///
/// Neither the message nor the remedy ever holds a secret. They may quote what a user typed, and what
/// looks like a token there is [hidden](crate::text::redact).
#[derive(Debug)]
pub struct Error(Box<Failure>);

/// The parts of an error, which every result would have to make room for.
#[derive(Debug)]
struct Failure {
    code: Code,
    message: String,
    remedy: Option<Remedy>,
    /// The remedy in the words of the command line, once somebody asks for these.
    hint: OnceLock<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of whatever can fail in xreq.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure with this code; `message` starts in lower case and has no full stop. It is one line,
    /// whoever wrote parts of it.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self::of_lines(code, [message.into()])
    }

    /// A failure that an error of the system is the source of: the message, and its words behind it.
    pub fn of_system(code: Code, message: impl fmt::Display, error: &io::Error) -> Self {
        // An error cannot be copied: one of the system is its number.
        let source = match error.raw_os_error() {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        Self::new(code, format!("{message}: {error}")).with_source(source)
    }

    /// A failure with a message of several lines.
    pub fn of_lines(code: Code, lines: impl IntoIterator<Item = String>) -> Self {
        let lines = lines.into_iter().map(|line| on_one_line(&redact(&line)).into_owned());
        let message = lines.collect::<Vec<_>>().join("\n");
        Self(Box::new(Failure { code, message, remedy: None, hint: OnceLock::new(), source: None }))
    }

    /// Adds what mends it. Its parts are shown as they are: none may be a secret.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.0.remedy = Some(remedy);
        self.0.hint = OnceLock::new();
        self
    }

    /// Adds what mends another failure, which this one tells of.
    #[must_use]
    pub fn with_remedy_of(self, other: &Self) -> Self {
        match other.remedy() {
            Some(remedy) => self.with_remedy(remedy.clone()),
            None => self,
        }
    }

    /// Adds advice, for what no other [`Remedy`] says.
    #[must_use]
    pub fn with_hint(self, advice: impl Into<Advice>) -> Self {
        self.with_remedy(Remedy::Advice(advice.into().redacted()))
    }

    /// Adds advice that has to name what looks like a token and is none, such as a client id. It is
    /// shown as it is: nothing in it may be a secret.
    #[must_use]
    pub fn with_exact_hint(self, advice: impl Into<Advice>) -> Self {
        self.with_remedy(Remedy::Advice(advice.into()))
    }

    /// Adds the error that it comes of. It is for logs and debuggers, and may hold no secret either.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The stable name of what went wrong.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What mends it, where that is known.
    pub fn remedy(&self) -> Option<&Remedy> {
        self.0.remedy.as_ref()
    }

    /// The remedy in the words of the command line.
    pub fn hint(&self) -> Option<&str> {
        let remedy = self.0.remedy.as_ref()?;
        Some(self.0.hint.get_or_init(|| wording::help(remedy)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests;
