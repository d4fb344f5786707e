//! The protocol between a process that lives for weeks (the parent of an agent, the daemon) and one that
//! refreshes grants for it.
//!
//! The worker reads lines of JSON from its standard input: a [`Setup`], then a [`Request`] for each
//! grant. It writes a line with a [`Reply`] for each as soon as it has ended, in any order, and ends
//! itself when its input has, and all is done. Each line has the version of the protocol, and one of
//! another version is refused. Buffers with secrets have their final size from the beginning, and are
//! wiped.

use std::ffi::OsString;
use std::io::{self, BufRead};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use age::secrecy::{ExposeSecret, SecretString};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::credential::freshness::Want;
use crate::error::{Code, Error, Result};
use crate::model::credential_id::{Kind, Part};
use crate::model::name::{Label, Slug};
use crate::model::scope::ScopeSet;
use crate::refresh::agent::live_token::Live;
use crate::store::{CredentialId, SecretText};

/// The first argument of a worker, which no person types.
pub const WORKER: &str = "@refresh";

/// The version of the protocol.
pub const VERSION: u32 = 2;

/// The most bytes of a request, and of a reply: a token has 64 KiB at most.
pub(crate) const LONGEST: usize = 160 << 10;

/// The bytes of most lines that have no secret.
const USUAL: usize = 512;

/// Settings of a worker.
pub struct Setup {
    /// Number of grants that it refreshes at once.
    pub at_once: usize,
    /// The provider files beside the built-in ones and those of the config folder.
    pub catalog: Vec<PathBuf>,
    /// The owners beside this user and root that files may have.
    pub trusted_owners: Vec<u32>,
    /// The passphrase of the identity that opens the store, if it has one.
    pub passphrase: Option<SecretString>,
}

/// A grant to be refreshed.
pub struct Request {
    /// The number of the request, which its reply has too.
    pub id: u64,
    /// The grant.
    pub name: CredentialId,
    /// Freshness that is wanted.
    pub want: Want,
    /// Whether the reply is to have the access token.
    pub wants_token: bool,
}

/// The end of the refresh.
#[derive(Debug)]
pub enum Reply {
    /// The access token.
    Token(Live),
    /// Whether the grant got new tokens by this.
    Refresh {
        /// It did; or others were faster.
        has_new_tokens: bool,
    },
}

/// The version of a line.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// A secret within a line.
pub(crate) struct Plain(pub(crate) SecretString);

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SecretText::deserialize(deserializer).map(|SecretText(secret)| Self(secret))
    }
}

#[derive(Serialize, Deserialize)]
struct SetupLine {
    version: u32,
    at_once: usize,
    /// Paths as bytes, since they need not be text.
    catalog: Vec<Vec<u8>>,
    trusted_owners: Vec<u32>,
    passphrase: Option<Plain>,
}

#[derive(Serialize, Deserialize)]
struct RequestLine {
    version: u32,
    id: u64,
    provider: Slug,
    account: Label,
    kind: Kind,
    part: Part,
    min_ttl_ms: i64,
    older_than_ms: Option<i64>,
    force: bool,
    wants_token: bool,
}

/// One of the last three is there.
#[derive(Serialize, Deserialize)]
struct ReplyLine {
    version: u32,
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_new_tokens: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorPart>,
}

#[derive(Serialize, Deserialize)]
struct TokenPart {
    access_token: Plain,
    expires_at: Option<Timestamp>,
    scopes: ScopeSet,
}

/// A failure within a line.
#[derive(Serialize, Deserialize)]
pub(crate) struct ErrorPart {
    code: String,
    message: String,
    hint: Option<String>,
}

impl Setup {
    /// Returns the setup as a line.
    pub fn to_line(&self) -> Zeroizing<Vec<u8>> {
        let setup = SetupLine {
            version: VERSION,
            at_once: self.at_once,
            catalog: self.catalog.iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect(),
            trusted_owners: self.trusted_owners.clone(),
            passphrase: self.passphrase.clone().map(Plain),
        };
        line(&setup, LONGEST)
    }

    /// Reads a setup.
    ///
    /// # Errors
    ///
    /// [`Code::WorkerFailed`]: the line is none, or of another version.
    pub fn parse(line: &[u8]) -> Result<Self> {
        let SetupLine { at_once, catalog, trusted_owners, passphrase, .. } = parse(line)?;
        let path = |bytes| PathBuf::from(OsString::from_vec(bytes));
        Ok(Self {
            at_once,
            catalog: catalog.into_iter().map(path).collect(),
            trusted_owners,
            passphrase: passphrase.map(|Plain(passphrase)| passphrase),
        })
    }
}

impl Request {
    /// Returns the request as a line.
    pub fn to_line(&self) -> Zeroizing<Vec<u8>> {
        let milliseconds =
            |time: SignedDuration| i64::try_from(time.as_millis().max(0)).unwrap_or(i64::MAX);
        let request = RequestLine {
            version: VERSION,
            id: self.id,
            provider: self.name.provider.clone(),
            account: self.name.account.clone(),
            kind: self.name.kind,
            part: self.name.part.clone(),
            min_ttl_ms: milliseconds(self.want.min_ttl),
            older_than_ms: self.want.older_than.map(milliseconds),
            force: self.want.force,
            wants_token: self.wants_token,
        };
        line(&request, USUAL)
    }

    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`Code::WorkerFailed`]: the line is none, or of another version.
    pub fn parse(line: &[u8]) -> Result<Self> {
        let request: RequestLine = parse(line)?;
        let want = Want {
            min_ttl: SignedDuration::from_millis(request.min_ttl_ms),
            older_than: request.older_than_ms.map(SignedDuration::from_millis),
            force: request.force,
        };
        let RequestLine { id, provider, account, kind, part, wants_token, .. } = request;
        Ok(Self { id, name: CredentialId { provider, account, kind, part }, want, wants_token })
    }
}

impl Reply {
    /// Returns the reply to a request, or the failure in its place, as a line.
    pub fn to_line(id: u64, reply: Result<&Self, &Error>) -> Zeroizing<Vec<u8>> {
        let (version, token, has_new_tokens, error) = (VERSION, None, None, None);
        let mut parts = ReplyLine { version, id, token, has_new_tokens, error };
        match reply {
            Ok(Self::Token(Live { access_token, expires_at, scopes })) => {
                let access_token = Plain(access_token.clone());
                let (expires_at, scopes) = (*expires_at, scopes.clone());
                parts.token = Some(TokenPart { access_token, expires_at, scopes });
            }
            Ok(Self::Refresh { has_new_tokens }) => parts.has_new_tokens = Some(*has_new_tokens),
            Err(error) => {
                parts.error = Some(ErrorPart::of(error));
            }
        }
        line(&parts, if parts.token.is_some() { LONGEST } else { USUAL })
    }

    /// Reads the reply of a worker: the number of its request, and the reply or the failure that the
    /// worker met.
    ///
    /// # Errors
    ///
    /// [`Code::WorkerFailed`]: the line is no reply, or of another version.
    pub fn parse(content: &[u8]) -> Result<(u64, Result<Self>)> {
        let line: ReplyLine = parse(content)?;
        Ok((line.id, Self::of(line)))
    }

    fn of(line: ReplyLine) -> Result<Self> {
        match line {
            ReplyLine { error: Some(error), .. } => Err(error.into_error()),
            ReplyLine { token: Some(token), .. } => {
                let TokenPart { access_token: Plain(access_token), expires_at, scopes } = token;
                Ok(Self::Token(Live { access_token, expires_at, scopes }))
            }
            ReplyLine { has_new_tokens: Some(has_new_tokens), .. } => {
                Ok(Self::Refresh { has_new_tokens })
            }
            _ => Err(unusable("the line says nothing")),
        }
    }
}

impl ErrorPart {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            code: error.code().name().to_owned(),
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        }
    }

    pub(crate) fn into_error(self) -> Error {
        let Some(code) = Code::ALL.iter().copied().find(|code| code.name() == self.code) else {
            return unusable(&format!("`{}` is no code of this version", self.code));
        };
        let error = Error::of_lines(code, self.message.lines().map(str::to_owned));
        match self.hint {
            // What is no secret in it, such as a client id, the worker has shown on purpose.
            Some(hint) => error.with_exact_hint(hint),
            None => error,
        }
    }
}

/// Returns an empty buffer that holds the longest line without growing.
pub(crate) fn buffer() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(LONGEST))
}

/// Reads the next line into a buffer, and returns whether there is one. A line that is too long is cut
/// off.
pub(crate) fn read_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    loop {
        let piece = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            piece => piece?,
        };
        let end = piece.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(piece.len(), |end| end + 1);
        let room = line.capacity() - line.len();
        line.extend_from_slice(&piece[..taken.min(room)]);
        from.consume(taken);
        if end.is_some() || taken == 0 {
            return Ok(!line.is_empty());
        }
    }
}

/// Returns a line in a buffer of this size, which grows only where there is no secret in it.
pub(crate) fn line(value: &impl Serialize, size: usize) -> Zeroizing<Vec<u8>> {
    let mut line = Zeroizing::new(Vec::with_capacity(size));
    serde_json::to_writer(&mut *line, value).expect("lines are plain JSON");
    line.push(b'\n');
    line
}

/// Parses a line. (Only if a secret has characters that JSON escapes, which tokens of no provider have,
/// the parser makes a copy of it that is not wiped.)
pub(crate) fn parse<T: for<'a> Deserialize<'a>>(content: &[u8]) -> Result<T> {
    // The parser's own message may quote the line.
    let Ok(Head { version }) = serde_json::from_slice(content) else {
        return Err(unusable("there is no line of the protocol"));
    };
    if version != VERSION {
        let message = format!("the line has version {version} of the protocol, not {VERSION}");
        return Err(unusable(&message).with_hint("xreq was replaced meanwhile: start it again"));
    }
    serde_json::from_slice(content).map_err(|_| unusable("the line is not as expected"))
}

fn unusable(how: &str) -> Error {
    Error::new(Code::WorkerFailed, how)
}

#[cfg(test)]
mod tests;
