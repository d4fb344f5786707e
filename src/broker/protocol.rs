//! The protocol between the parent of an agent and its broker.
//!
//! Lines of JSON over one socket: the parent sends a [`Setup`], the broker replies that it is [ready](Ready)
//! or why it is not, and then tells of [news](News) until one of them ends, which the other learns by the
//! socket. No token goes over it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::Arc;

use age::secrecy::SecretString;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Placeholder;
use super::approvals::Asking;
use super::doors::Doors;
use super::egress::Egress;
use super::limits::AccountLimit;
use super::{Authority, BrokeredCredential, SatisfiedRequirement};
use crate::error::{Code, Error, Result};
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::name::{Label, Slug};
use crate::model::scope::ScopeSet;
use crate::model::variable_content::VariableContent;
use crate::refresh::worker::protocol::{ErrorPart, LONGEST, Plain, VERSION, line, parse};

/// The first argument of a broker, which no person types.
pub(crate) const BROKER: &str = "@broker";

/// The byte by which the parent passes listeners.
pub(crate) const LISTENERS: u8 = b'l';

/// The byte by which the parent asks it to end once the calls that are under way have come to their end.
pub(crate) const DRAIN: u8 = b'd';

/// Settings of a broker.
pub(crate) struct Setup {
    /// The provider files beside the built-in ones and those of the config folder.
    pub(crate) catalog: Vec<PathBuf>,
    /// The owners beside this user and root that files may have.
    pub(crate) trusted_owners: Vec<u32>,
    /// The passphrase of the identity that opens the store, if it has one.
    pub(crate) passphrase: Option<SecretString>,
    /// The authority of the run.
    pub(crate) authority: Authority,
    /// The doors that it is to have.
    pub(crate) doors: Doors,
    /// The rule for other hosts.
    pub(crate) egress: Egress,
    /// Whether only operations that change nothing are let through.
    pub(crate) read_only: bool,
    /// The limits on keys.
    pub(crate) limits: Vec<AccountLimit>,
    /// The folder in which their calls are counted; none is the state folder.
    pub(crate) limit_log: Option<PathBuf>,
    /// Whether Java can use the proxy, which has to be without a password then.
    pub(crate) serves_java: bool,
    /// The keys that a person is asked about.
    pub(crate) asking: Asking,
    /// The password of the run at the proxy.
    pub(crate) password: SecretString,
    /// The first word of the agent's command line, for the log of calls.
    pub(crate) argv0: String,
}

/// The places at which a broker serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ready {
    /// The port, if it has one.
    pub(crate) port: Option<ReadyPort>,
    /// The Unix socket, if it has one.
    pub(crate) socket: Option<PathBuf>,
    /// The socket for people who decide, which the agent is not told of.
    pub(crate) control: PathBuf,
}

/// The port at which a broker serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReadyPort {
    /// Its number.
    pub(crate) number: u16,
    /// The file of certificates: those of the system, and the run's own.
    pub(crate) certificates: PathBuf,
    /// The same as Java reads them, if that was asked for.
    pub(crate) java_store: Option<PathBuf>,
    /// The settings of wget, which name that file; none where it was put elsewhere.
    pub(crate) wgetrc: Option<PathBuf>,
}

/// News of a broker.
pub(crate) enum News {
    /// It serves.
    Ready(Ready),
    /// It ends, for this reason.
    Failed(Error),
    /// The first request of the agent has come.
    Used,
    /// Calls were refused, in words.
    Refused(String),
    /// A call to an operation waits for an approval of this name.
    Asked { id: String, operation: String },
    /// Nobody has to decide on the call of this name any more.
    Settled(String),
    /// A grant cannot be refreshed for now.
    Failing(Arc<Error>),
    /// A grant is dead.
    Dead(CredentialId, Arc<Error>),
    /// A grant is fresh again.
    Recovered(CredentialId),
}

#[derive(Serialize, Deserialize)]
struct SetupLine {
    version: u32,
    catalog: Vec<Vec<u8>>,
    trusted_owners: Vec<u32>,
    passphrase: Option<Plain>,
    credentials: Vec<CredentialPart>,
    doors: Doors,
    egress: Egress,
    read_only: bool,
    limits: Vec<AccountLimit>,
    limit_log: Option<Vec<u8>>,
    serves_java: bool,
    asking: Asking,
    password: Plain,
    argv0: String,
}

#[derive(Serialize, Deserialize)]
struct IdPart {
    provider: Slug,
    account: Label,
    kind: Kind,
    part: Part,
}

#[derive(Serialize, Deserialize)]
struct CredentialPart {
    id: IdPart,
    placeholder: Vec<(VariableContent, String)>,
    requirements: Vec<(String, ScopeSet)>,
    url_values: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct NewsLine {
    version: u32,
    #[serde(flatten)]
    news: NewsPart,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
enum NewsPart {
    Ready(Ready),
    Failed { error: ErrorPart },
    Used,
    Refused { text: String },
    Asked { id: String, operation: String },
    Settled { id: String },
    Failing { error: ErrorPart },
    Dead { id: IdPart, error: ErrorPart },
    Recovered { id: IdPart },
}

impl Setup {
    /// Returns the setup as a line.
    pub(crate) fn to_line(&self) -> Zeroizing<Vec<u8>> {
        let credentials = self.authority.credentials.iter().map(|credential| CredentialPart {
            id: IdPart::of(&credential.id),
            placeholder: credential.placeholder.texts().to_vec(),
            requirements: credential
                .requirements
                .iter()
                .map(|requirement| (requirement.key.clone(), requirement.scopes.clone()))
                .collect(),
            url_values: credential.url_values.clone(),
        });
        let setup = SetupLine {
            version: VERSION,
            catalog: self.catalog.iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect(),
            trusted_owners: self.trusted_owners.clone(),
            passphrase: self.passphrase.clone().map(Plain),
            credentials: credentials.collect(),
            doors: self.doors.clone(),
            egress: self.egress.clone(),
            read_only: self.read_only,
            limits: self.limits.clone(),
            limit_log: self.limit_log.as_ref().map(|path| path.as_os_str().as_bytes().to_vec()),
            serves_java: self.serves_java,
            asking: self.asking.clone(),
            password: Plain(self.password.clone()),
            argv0: self.argv0.clone(),
        };
        line(&setup, LONGEST)
    }

    /// Reads a setup.
    ///
    /// # Errors
    ///
    /// [`Code::WorkerFailed`]: the line is none, or of another version.
    pub(crate) fn parse(line: &[u8]) -> Result<Self> {
        let setup: SetupLine = parse(line)?;
        let credentials = setup.credentials.into_iter().map(|part| BrokeredCredential {
            id: part.id.into_id(),
            placeholder: Placeholder::of(part.placeholder),
            requirements: part
                .requirements
                .into_iter()
                .map(|(key, scopes)| SatisfiedRequirement { key, scopes })
                .collect(),
            url_values: part.url_values,
        });
        let path = |bytes| PathBuf::from(OsString::from_vec(bytes));
        Ok(Self {
            authority: Authority { credentials: credentials.collect() },
            catalog: setup.catalog.into_iter().map(path).collect(),
            trusted_owners: setup.trusted_owners,
            passphrase: setup.passphrase.map(|Plain(passphrase)| passphrase),
            doors: setup.doors,
            egress: setup.egress,
            read_only: setup.read_only,
            limits: setup.limits,
            limit_log: setup.limit_log.map(path),
            serves_java: setup.serves_java,
            asking: setup.asking,
            password: setup.password.0,
            argv0: setup.argv0,
        })
    }
}

impl IdPart {
    fn of(id: &CredentialId) -> Self {
        let CredentialId { provider, account, kind, part } = id.clone();
        Self { provider, account, kind, part }
    }

    fn into_id(self) -> CredentialId {
        let Self { provider, account, kind, part } = self;
        CredentialId { provider, account, kind, part }
    }
}

impl News {
    /// Returns the news as a line.
    pub(crate) fn to_line(&self) -> Zeroizing<Vec<u8>> {
        let news = match self {
            Self::Ready(ready) => NewsPart::Ready(ready.clone()),
            Self::Failed(error) => NewsPart::Failed { error: ErrorPart::of(error) },
            Self::Used => NewsPart::Used,
            Self::Refused(text) => NewsPart::Refused { text: text.clone() },
            Self::Asked { id, operation } => {
                NewsPart::Asked { id: id.clone(), operation: operation.clone() }
            }
            Self::Settled(id) => NewsPart::Settled { id: id.clone() },
            Self::Failing(error) => NewsPart::Failing { error: ErrorPart::of(error) },
            Self::Dead(id, error) => {
                NewsPart::Dead { id: IdPart::of(id), error: ErrorPart::of(error) }
            }
            Self::Recovered(id) => NewsPart::Recovered { id: IdPart::of(id) },
        };
        line(&NewsLine { version: VERSION, news }, LONGEST)
    }

    /// Reads news.
    ///
    /// # Errors
    ///
    /// [`Code::WorkerFailed`]: the line is none, or of another version.
    pub(crate) fn parse(line: &[u8]) -> Result<Self> {
        let line: NewsLine = parse(line)?;
        Ok(match line.news {
            NewsPart::Ready(ready) => Self::Ready(ready),
            NewsPart::Failed { error } => Self::Failed(error.into_error()),
            NewsPart::Used => Self::Used,
            NewsPart::Refused { text } => Self::Refused(text),
            NewsPart::Asked { id, operation } => Self::Asked { id, operation },
            NewsPart::Settled { id } => Self::Settled(id),
            NewsPart::Failing { error } => Self::Failing(Arc::new(error.into_error())),
            NewsPart::Dead { id, error } => Self::Dead(id.into_id(), Arc::new(error.into_error())),
            NewsPart::Recovered { id } => Self::Recovered(id.into_id()),
        })
    }
}

/// Returns the failure of a broker that ended without a word.
pub(crate) fn ended() -> Error {
    Error::new(Code::BrokerFailed, "the broker of this run has ended")
}
