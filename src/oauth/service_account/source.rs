//! Sources of tokens, and the form in which the store seals them.

use std::path::PathBuf;

use age::secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::credential::minting::SourceSummary;

/// A source of tokens that live shortly.
#[derive(Clone, Debug)]
pub enum Source {
    /// The key of a service account.
    Key(AccountKey),
    /// The credentials of a user, as a program keeps them.
    AuthorizedUser(AuthorizedUser),
    /// A program or a file that has a token.
    Local(LocalSource),
    /// A program or a file that has a token of another identity provider, which is exchanged.
    Federation(Federation),
}

/// A source of tokens on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LocalSource {
    /// A program that prints a token.
    Program(ProgramSource),
    /// A file that has a token.
    TokenFile {
        /// The file, as an absolute path.
        path: PathBuf,
    },
}

/// The exchange of another identity provider's token (RFC 8693).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federation {
    /// The identity provider, by the name that it was registered with.
    pub audience: String,
    /// The type of its tokens, as a URI (RFC 8693 section 3).
    pub subject_token_type: String,
    /// The service account that its token becomes; without one, it acts for itself.
    pub account: Option<String>,
    /// The source of its tokens.
    pub subject: LocalSource,
}

/// The key of a service account.
#[derive(Clone, Debug)]
pub struct AccountKey {
    /// The account.
    pub client_email: String,
    /// The id of the key, where there is one.
    pub key_id: Option<String>,
    /// The key, in PEM.
    pub private_key: SecretString,
}

/// The credentials of a user: a refresh token and the client that it was given to.
#[derive(Clone, Debug)]
pub struct AuthorizedUser {
    /// The id of the client.
    pub client_id: String,
    /// The secret of the client.
    pub client_secret: SecretString,
    /// The refresh token, which is not rotated.
    pub refresh_token: SecretString,
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramSource {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

/// A source as it is sealed.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Sealed {
    ServiceAccount {
        client_email: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        private_key_id: Option<String>,
        private_key: String,
    },
    AuthorizedUser {
        client_id: String,
        client_secret: String,
        refresh_token: String,
    },
    Program(ProgramSource),
    TokenFile {
        path: PathBuf,
    },
    Federation {
        audience: String,
        subject_token_type: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        subject: LocalSource,
    },
}

impl LocalSource {
    /// Returns it as everybody may see it.
    pub fn summary(&self) -> SourceSummary {
        match self.clone() {
            Self::Program(ProgramSource { program, arguments }) => {
                SourceSummary::Program { program, arguments }
            }
            Self::TokenFile { path } => SourceSummary::TokenFile { path },
        }
    }
}

impl Source {
    /// Returns whether tokens come from this machine, and no provider is asked.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Returns it without what is secret of it.
    pub fn summary(&self) -> SourceSummary {
        match self {
            Self::Key(AccountKey { client_email, key_id, .. }) => {
                SourceSummary::Key { account: client_email.clone(), key_id: key_id.clone() }
            }
            Self::AuthorizedUser(user) => {
                SourceSummary::AuthorizedUser { client_id: user.client_id.clone() }
            }
            Self::Local(source) => source.summary(),
            Self::Federation(federation) => SourceSummary::Federation {
                audience: federation.audience.clone(),
                account: federation.account.clone(),
                subject: Box::new(federation.subject.summary()),
            },
        }
    }

    /// Returns the text that the store seals.
    pub fn to_secret(&self) -> SecretString {
        let sealed = Sealed::of(self);
        // More than any source has: where the buffer does not grow, it leaves no copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(128 * 1024));
        serde_json::to_writer(&mut *text, &sealed).expect("sources are plain JSON");
        String::from_utf8_lossy(&text).into_owned().into()
    }

    /// Reads such a text; `None` where it is none.
    pub fn from_secret(text: &SecretString) -> Option<Self> {
        let mut sealed = serde_json::from_str(text.expose_secret()).ok()?;
        Some(match &mut sealed {
            Sealed::ServiceAccount { client_email, private_key_id, private_key } => {
                Self::Key(AccountKey {
                    client_email: std::mem::take(client_email),
                    key_id: private_key_id.take(),
                    private_key: std::mem::take(private_key).into(),
                })
            }
            Sealed::AuthorizedUser { client_id, client_secret, refresh_token } => {
                Self::AuthorizedUser(AuthorizedUser {
                    client_id: std::mem::take(client_id),
                    client_secret: std::mem::take(client_secret).into(),
                    refresh_token: std::mem::take(refresh_token).into(),
                })
            }
            Sealed::Program(program) => Self::Local(LocalSource::Program(program.clone())),
            Sealed::TokenFile { path } => {
                Self::Local(LocalSource::TokenFile { path: std::mem::take(path) })
            }
            Sealed::Federation { audience, subject_token_type, account, subject } => {
                Self::Federation(Federation {
                    audience: std::mem::take(audience),
                    subject_token_type: std::mem::take(subject_token_type),
                    account: account.take(),
                    subject: subject.clone(),
                })
            }
        })
    }
}

impl Sealed {
    fn of(source: &Source) -> Self {
        match source {
            Source::Key(AccountKey { client_email, key_id, private_key }) => Self::ServiceAccount {
                client_email: client_email.clone(),
                private_key_id: key_id.clone(),
                private_key: private_key.expose_secret().to_owned(),
            },
            Source::AuthorizedUser(user) => Self::AuthorizedUser {
                client_id: user.client_id.clone(),
                client_secret: user.client_secret.expose_secret().to_owned(),
                refresh_token: user.refresh_token.expose_secret().to_owned(),
            },
            Source::Local(LocalSource::Program(program)) => Self::Program(program.clone()),
            Source::Local(LocalSource::TokenFile { path }) => {
                Self::TokenFile { path: path.clone() }
            }
            Source::Federation(federation) => Self::Federation {
                audience: federation.audience.clone(),
                subject_token_type: federation.subject_token_type.clone(),
                account: federation.account.clone(),
                subject: federation.subject.clone(),
            },
        }
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        match self {
            Self::ServiceAccount { private_key, .. } => private_key.zeroize(),
            Self::AuthorizedUser { client_secret, refresh_token, .. } => {
                client_secret.zeroize();
                refresh_token.zeroize();
            }
            Self::Program(_) | Self::TokenFile { .. } | Self::Federation { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_as_they_were_written() {
        let sources = [
            Source::Key(AccountKey {
                client_email: "a@p.iam.gserviceaccount.com".into(),
                key_id: Some("k".into()),
                private_key: "pem-canary".into(),
            }),
            Source::AuthorizedUser(AuthorizedUser {
                client_id: "c".into(),
                client_secret: "secret-canary".into(),
                refresh_token: "refresh-canary".into(),
            }),
            Source::Local(LocalSource::Program(ProgramSource {
                program: "/bin/a".into(),
                arguments: vec!["b".into()],
            })),
            Source::Local(LocalSource::TokenFile { path: "/run/token".into() }),
            Source::Federation(Federation {
                audience: "//iam.example.com/pools/a".into(),
                subject_token_type: "urn:ietf:params:oauth:token-type:jwt".into(),
                account: Some("a@p.iam.gserviceaccount.com".into()),
                subject: LocalSource::TokenFile { path: "/run/token".into() },
            }),
        ];
        for source in sources {
            let text = source.to_secret();
            let read = Source::from_secret(&text).expect("it was written here");
            assert_eq!(read.to_secret().expose_secret(), text.expose_secret());
            assert!(!format!("{source:?}").contains("canary"), "{source:?}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in
            ["", "{}", r#"{"type":"program","program":"/a","shell":true}"#, r#"{"type":"x"}"#]
        {
            assert!(Source::from_secret(&text.into()).is_none(), "{text}");
        }
    }
}
