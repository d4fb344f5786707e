//! The private keys that open the store.
//!
//! They come from `$XREQ_IDENTITY_FILE`, else from `$XREQ_IDENTITY` (the text itself), else from
//! `identity.txt`. Each of these can be what `age-keygen` writes (with several identities), the
//! same sealed with a passphrase (`age -p`), or an SSH private key, with a passphrase or without.

use std::fmt;
use std::fs::Metadata;
use std::io::{self, Read};
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use age::armor::ArmoredReader;
use age::secrecy::{ExposeSecret, SecretString};
use age::ssh::UnsupportedKey;
use age::{DecryptError, Decryptor, scrypt, ssh, x25519};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::passphrase::Passphrase;
use super::personal;
use super::recipients::{Recipient, Recipients};
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::sys::env::Env;
use crate::sys::home::Home;
use crate::sys::home_file;
use crate::sys::{files, memory};
use crate::text::encoding;

/// Base64, padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The most work that a passphrase may cost (the age program allows 2^22, about 4 GiB).
const MOST_WORK: u8 = 22;

/// One private key or more.
pub struct Identities {
    keys: Vec<Key>,
    origin: Origin,
}

enum Key {
    X25519(x25519::Identity),
    Ssh(Box<ssh::Identity>),
}

#[derive(Clone, Debug)]
enum Origin {
    Variable,
    File(PathBuf),
}

impl Identities {
    /// Loads the identity that the environment names, else the one of this home, and asks for its
    /// passphrase where it has one.
    pub fn load(home: &Home, env: &Env, prompt: &dyn Passphrase) -> Result<Self> {
        let mut identities = Self::locked(home, env, prompt)?;
        for key in &mut identities.keys {
            key.unlock(&identities.origin, prompt)?;
        }
        Ok(identities)
    }

    /// Loads the same as [`load`](Self::load), but an SSH key keeps its passphrase: the public side
    /// of it can be read without.
    pub(super) fn locked(home: &Home, env: &Env, prompt: &dyn Passphrase) -> Result<Self> {
        let (origin, text) = match (env.get("XREQ_IDENTITY_FILE"), env.get("XREQ_IDENTITY")) {
            (Some(path), _) => read(PathBuf::from(path), home, personal::named)?,
            (None, Some(text)) => (Origin::Variable, Zeroizing::new(text.as_bytes().to_vec())),
            (None, None) => read(home.identity_file(), home, |path| {
                personal::personal(path, None)?.ok_or_else(|| io::ErrorKind::NotFound.into())
            })?,
        };
        let keys = parse(&text, &origin, prompt);
        memory::overwrite_stack();
        Ok(Self { keys: keys?, origin })
    }

    /// Makes an identity and writes it to `identity.txt` of this home, for its owner alone.
    ///
    /// Answers the public side of it; `None` where there is such a file, which is left alone.
    pub fn generate(home: &Home, now: Timestamp) -> Result<Option<Recipient>> {
        let identity = x25519::Identity::generate();
        let recipient = identity.to_public();
        let created = Timestamp::from_second(now.as_second()).expect("it is the second of a time");
        let public_part = format!("# created: {created}\n# public key: {recipient}\n");
        // The form of `age-keygen`. With room for all of it the buffer leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(256));
        text.push_str(&public_part);
        text.push_str(identity.to_string().expose_secret());
        text.push('\n');
        let is_new = home_file::create(&home.identity_file(), text.as_bytes())?;
        Ok(is_new.then_some(Recipient::X25519(recipient)))
    }

    /// Returns the public side of every key.
    pub fn recipients(&self) -> Result<Recipients> {
        let recipients = self.keys.iter().map(|key| match key {
            Key::X25519(identity) => Ok(Recipient::X25519(identity.to_public())),
            Key::Ssh(identity) => ssh::Recipient::try_from(identity.as_ref().clone())
                .map(Recipient::Ssh)
                .map_err(|_| invalid(&self.origin, "nothing can be sealed to this SSH key")),
        });
        let recipients = recipients.collect::<Result<_>>()?;
        Ok(Recipients::new(recipients).expect("there is an identity"))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn age::Identity> {
        self.keys.iter().map(|key| match key {
            Key::X25519(identity) => identity as &dyn age::Identity,
            Key::Ssh(identity) => identity.as_ref(),
        })
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl fmt::Display for Identities {
    /// Formats their origin.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the identity {}", self.origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable => f.write_str("`XREQ_IDENTITY`"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

impl Key {
    fn unlock(&mut self, origin: &Origin, prompt: &dyn Passphrase) -> Result<()> {
        let Self::Ssh(identity) = self else { return Ok(()) };
        let ssh::Identity::Encrypted(key) = identity.as_ref() else { return Ok(()) };
        let passphrase = prompt.ask(&format!("the SSH key {origin}"))?;
        let unlocked = key.decrypt(passphrase).map_err(|_| {
            prompt.refuse();
            wrong_passphrase(origin)
        })?;
        **identity = unlocked.into();
        Ok(())
    }
}

/// The text of an identity, and how its file lies there.
type Content = (Zeroizing<Vec<u8>>, Metadata);

/// Reads the file of an identity, which nobody else may read where a key is used.
fn read(
    path: PathBuf,
    home: &Home,
    content: impl FnOnce(&Path) -> io::Result<Content>,
) -> Result<(Origin, Zeroizing<Vec<u8>>)> {
    let judged = content(&path).and_then(|(text, metadata)| {
        home.trust().map_or(Ok(()), |trust| trust.identity(&metadata, &path))?;
        Ok(text)
    });
    let text = judged.map_err(|error| unreadable(&path, &error))?;
    Ok((Origin::File(path), text))
}

#[inline(never)]
fn parse(text: &[u8], origin: &Origin, prompt: &dyn Passphrase) -> Result<Vec<Key>> {
    let text = encoding::bytes(text)
        .map_err(|what| invalid(origin, &format!("it {what}")))?
        .trim_ascii_start();
    let text = unfolded(text);
    let text = &*text;
    let is_sealed = [&b"age-encryption.org/"[..], b"-----BEGIN AGE ENCRYPTED FILE-----"]
        .iter()
        .any(|start| text.starts_with(start));
    if is_sealed {
        let passphrase = || prompt.ask(&format!("the identity {origin}"));
        let opened = open(text, origin, passphrase).inspect_err(|_| prompt.refuse())?;
        parse_text(&opened, origin)
    } else {
        parse_text(text, origin)
    }
}

/// A text as a file has it.
enum Unfolded<'a> {
    AsItIs(&'a [u8]),
    Made(Zeroizing<Vec<u8>>),
}

impl Deref for Unfolded<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::AsItIs(text) => text,
            Self::Made(text) => text,
        }
    }
}

/// Returns a text as a file has it, where it is as the files of variables have it: in quotes, with `\n`
/// for the end of a line. No identity has a quote or a backslash.
fn unfolded(text: &[u8]) -> Unfolded<'_> {
    let trimmed = text.trim_ascii_end();
    let inner = match trimmed {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner.trim_ascii_start(),
        _ => text,
    };
    if !inner.windows(2).any(|pair| pair == br"\n") {
        return Unfolded::AsItIs(inner);
    }
    let mut lines = Zeroizing::new(Vec::with_capacity(inner.len()));
    let mut rest = inner;
    loop {
        rest = match rest {
            [b'\\', b'r', b'\\', b'n', behind @ ..] | [b'\\', b'n', behind @ ..] => {
                lines.push(b'\n');
                behind
            }
            [byte, behind @ ..] => {
                lines.push(*byte);
                behind
            }
            [] => return Unfolded::Made(lines),
        };
    }
}

fn parse_text(text: &[u8], origin: &Origin) -> Result<Vec<Key>> {
    let text = str::from_utf8(text).map_err(|_| invalid(origin, "it is no text"))?;
    if text.starts_with("-----BEGIN ") {
        parse_ssh(text, origin).map(|identity| vec![Key::Ssh(Box::new(identity))])
    } else {
        parse_lines(text, origin)
    }
}

/// Returns whether a line has an identity behind something else, as a line of a shell or of YAML
/// has it.
fn has_identity_behind(line: &str) -> bool {
    const MARK: &[u8] = b"AGE-SECRET-KEY-1";
    line.as_bytes().windows(MARK.len()).skip(1).any(|part| part.eq_ignore_ascii_case(MARK))
}

/// Returns whether a text is an identity in base64, as secrets of Kubernetes and of some CI systems
/// are shown.
fn is_base64_of_identity(text: &str) -> bool {
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    joined.extend(text.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut decoded = Zeroizing::new(vec![0; joined.len()]);
    let Ok(length) = BASE64.decode_slice(&*joined, &mut decoded) else { return false };
    [&b"AGE-SECRET-KEY-"[..], b"-----BEGIN ", b"age-encryption.org/"]
        .iter()
        .any(|mark| decoded[..length].windows(mark.len()).any(|window| window == *mark))
}

/// Opens an identity that is sealed with a passphrase.
fn open(
    sealed: &[u8],
    origin: &Origin,
    passphrase: impl FnOnce() -> Result<SecretString>,
) -> Result<Zeroizing<Vec<u8>>> {
    let damaged = || invalid(origin, "it is a damaged age file");
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|_| damaged())?;
    if !decryptor.is_scrypt() {
        return Err(invalid(origin, "it is sealed to another key, and not with a passphrase"));
    }
    let mut key = scrypt::Identity::new(passphrase()?);
    key.set_max_work_factor(MOST_WORK);
    let mut stream =
        decryptor.decrypt(std::iter::once(&key as _)).map_err(|error| match error {
            DecryptError::ExcessiveWork { .. } => {
                invalid(origin, "its passphrase takes too much work to check")
            }
            DecryptError::InvalidHeader | DecryptError::InvalidMac => damaged(),
            _ => wrong_passphrase(origin),
        })?;
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    stream.read_to_end(&mut text).map_err(|_| damaged())?;
    Ok(text)
}

/// Parses the output of `age-keygen`: an identity a line, comments and blank lines. No line is ever
/// shown.
fn parse_lines(text: &str, origin: &Origin) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let identity = line.parse().map_err(|_| {
            let what = if line.starts_with("AGE-PLUGIN-") {
                "is the identity of a plugin, and plugins are not supported"
            } else if line.starts_with("AGE-SECRET-KEY-PQ-") {
                "is a post-quantum identity, which is not supported"
            } else if line.starts_with("age1") || line.starts_with("ssh-") {
                "is a public key, and opening takes the private one"
            } else if has_identity_behind(line) {
                "has an identity and something beside it, such as `export NAME=`: the identity alone \
                 is wanted"
            } else if is_base64_of_identity(text) {
                "is the base64 of an identity: decode it first"
            } else {
                "is no age identity"
            };
            invalid(origin, &format!("line {number} {what}"))
        })?;
        keys.push(Key::X25519(identity));
    }
    if keys.is_empty() && text.contains("AGE-SECRET-KEY-") {
        return Err(invalid(origin, "its lines were joined, so that the identity is in a comment"));
    }
    if keys.is_empty() {
        return Err(invalid(origin, "there is no identity in it"));
    }
    Ok(keys)
}

fn parse_ssh(text: &str, origin: &Origin) -> Result<ssh::Identity> {
    let identity = ssh::Identity::from_buffer(text.as_bytes(), None)
        .map_err(|_| invalid(origin, "it is no SSH private key of a known form"))?;
    let ssh::Identity::Unsupported(kind) = &identity else { return Ok(identity) };
    Err(invalid(
        origin,
        &match kind {
            UnsupportedKey::EncryptedPem => {
                "the old encryption of this SSH key is weak; renew it with `ssh-keygen -o -p`"
                    .to_owned()
            }
            UnsupportedKey::EncryptedSsh(cipher) => {
                format!("the cipher `{cipher}` of this SSH key is not supported")
            }
            UnsupportedKey::Hardware(_) => {
                "this SSH key is kept by a security key, which cannot open anything sealed"
                    .to_owned()
            }
            UnsupportedKey::Type(kind) => {
                format!(
                    "SSH keys of the kind `{kind}` open nothing, only `ssh-ed25519` and `ssh-rsa`"
                )
            }
        },
    ))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let hint = advice![
        "make one with ",
        Remedy::Init.request(),
        ", or name yours with `XREQ_IDENTITY_FILE`"
    ];
    let path = path.display();
    if error.kind() == io::ErrorKind::NotFound {
        let message = format!("there is no identity `{path}`");
        return Error::new(Code::IdentityMissing, message).with_hint(hint);
    }
    let message = format!("cannot read the identity `{path}`");
    files::failure(Code::IdentityMissing, &message, error, hint)
}

fn invalid(origin: &Origin, what: &str) -> Error {
    Error::new(Code::IdentityInvalid, format!("the identity {origin} cannot be used: {what}"))
        .with_hint(
            "an identity is what `age-keygen` makes, with or without a passphrase, or an SSH \
             private key",
        )
}

fn wrong_passphrase(origin: &Origin) -> Error {
    Error::new(
        Code::PassphraseNeeded,
        format!("this is not the passphrase of the identity {origin}"),
    )
    .with_hint("try again")
}
