//! The recipients that the store is sealed to.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use age::ssh::ParseRecipientKeyError;
use age::{ssh, x25519};

use super::personal;
use crate::error::{Code, Error, Result};
use crate::sys::home::Home;
use crate::sys::home_file::unreadable;
use crate::text::encoding;

/// A public key that something can be sealed to.
#[derive(Clone, Debug)]
pub enum Recipient {
    /// age's own kind: `age1…`.
    X25519(x25519::Recipient),
    /// `ssh-ed25519 …` or `ssh-rsa …`.
    Ssh(ssh::Recipient),
}

impl Recipient {
    pub(super) fn as_age(&self) -> &dyn age::Recipient {
        match self {
            Self::X25519(recipient) => recipient,
            Self::Ssh(recipient) => recipient,
        }
    }
}

impl Recipient {
    /// Returns its text without the comment that an SSH key may have.
    pub(super) fn key(&self) -> String {
        self.to_string().split(' ').take(2).collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for Recipient {
    type Err = String;

    /// Reads a recipient; the error says what is wrong with the text without quoting it, since a
    /// private key may have been put in the place of a public one.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(recipient) = text.parse() {
            return Ok(Self::X25519(recipient));
        }
        if text.starts_with("AGE-") || text.starts_with("-----BEGIN") {
            return Err("a private key does not belong here, only the public key of it".to_owned());
        }
        if text.starts_with("age1") {
            return Err(
                "this is no X25519 recipient: it was mistyped, or is of another kind".to_owned()
            );
        }
        text.parse().map(Self::Ssh).map_err(|error| match error {
            ParseRecipientKeyError::Unsupported(kind) => {
                format!("SSH keys of the kind `{kind}` cannot be sealed to, only `ssh-ed25519` and `ssh-rsa`")
            }
            ParseRecipientKeyError::RsaModulusTooLarge => "this RSA key is too large".to_owned(),
            ParseRecipientKeyError::RsaModulusTooSmall => {
                "this RSA key is too weak: it needs 2048 bits at least".to_owned()
            }
            _ => "this is no `age1…`, `ssh-ed25519` or `ssh-rsa` recipient".to_owned(),
        })
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X25519(recipient) => recipient.fmt(f),
            Self::Ssh(recipient) => recipient.fmt(f),
        }
    }
}

/// At least one recipient.
#[derive(Clone, Debug)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Creates a set of these recipients; `None` if there is none.
    pub fn new(recipients: Vec<Recipient>) -> Option<Self> {
        (!recipients.is_empty()).then_some(Self(recipients))
    }

    /// Returns the bytes that their seals take in a record at most, which has two parts: an X25519 one
    /// has some 140, one for an RSA key of 4096 bits some 1,000.
    pub(crate) fn sealed_size(&self) -> u64 {
        let size = |recipient: &Recipient| match recipient {
            Recipient::X25519(_) => 400,
            Recipient::Ssh(_) => 2_400,
        };
        self.iter().map(size).sum()
    }

    /// Returns one after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Recipient> {
        self.0.iter()
    }

    /// Reads the recipients of `recipients.txt`; `None` where there is no such file.
    pub fn named(home: &Home) -> Result<Option<Self>> {
        let path = home.recipients_file();
        let found = personal::personal(&path, home.trust());
        let found = found.map_err(|error| unreadable(&path, &error))?;
        found.map(|(content, _)| Self::parse(&content, &path)).transpose()
    }

    fn parse(content: &[u8], path: &Path) -> Result<Self> {
        let mut recipients = Vec::new();
        let content = encoding::bytes(content).map_err(|what| {
            Error::new(Code::RecipientInvalid, format!("`{}` {what}", path.display()))
                .with_hint(encoding::AS_UTF8)
        })?;
        for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
            let line = str::from_utf8(line).unwrap_or("\u{fffd}").trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            recipients.push(line.parse().map_err(|what: String| {
                Error::new(Code::RecipientInvalid, format!("{}:{number}: {what}", path.display()))
                    .with_hint(
                        "each line is one public key: `age1…`, `ssh-ed25519 …` or `ssh-rsa …`",
                    )
            })?);
        }
        Self::new(recipients).ok_or_else(|| {
            Error::new(Code::RecipientInvalid, format!("`{}` names no recipient", path.display()))
                .with_hint("add a public key to it, or remove it to seal to your identity alone")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

    fn parse(content: impl AsRef<[u8]>) -> Result<Vec<String>> {
        Recipients::parse(content.as_ref(), Path::new("recipients.txt"))
            .map(|recipients| recipients.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn comments_blank_lines_and_line_ends_do_not_matter() {
        let content = format!("# mine\r\n{AGE}\r\n\n  # laptop\n  {ED25519} me@laptop");
        assert_eq!(parse(content).unwrap(), [AGE, ED25519]);
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        for (bad, what) in [
            ("age1qqqq", "no X25519 recipient"),
            ("ssh-ed25519 AAAA", "this is no"),
            ("nonsense", "this is no"),
            ("AGE-SECRET-KEY-1QQQQ", "private key"),
            ("AGE-PLUGIN-YUBIKEY-1QQQQ", "private key"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
        ] {
            let error = parse(format!("{AGE}\n\n{bad}\n")).unwrap_err();
            assert_eq!(error.code(), Code::RecipientInvalid);
            let message = error.to_string();
            assert!(
                message.starts_with("recipients.txt:3: ") && message.contains(what),
                "{message}"
            );
            assert!(!message.contains(bad), "{message}");
        }
        let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHFliOyIZs1gxGF3fmDxFykQhE88wy6AKDGFBfn0R6ZuvRmENABZQa9+pj9hMki+LX0qDJbmHTiWDbYv/cmFt/Q=";
        assert!(parse(ecdsa).unwrap_err().to_string().contains("`ecdsa-sha2-nistp256`"));
        assert!(parse([AGE.as_bytes(), b"\n\xff\n"].concat()).is_err());
    }

    #[test]
    fn nobody_to_seal_to_is_an_error() {
        for content in ["", "\n", "# nobody\n"] {
            assert_eq!(parse(content).unwrap_err().code(), Code::RecipientInvalid, "{content:?}");
        }
    }
}
