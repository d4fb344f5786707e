//! The source of the access tokens of a service account, as far as it is readable without a key.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::text::shell;

/// The way in which access tokens are minted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minting {
    /// The source.
    pub source: SourceSummary,
    /// The user in whose name the account acts, where a domain delegated that to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The number of the project that it works in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_number: Option<String>,
}

/// A source, without what is secret of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceSummary {
    /// The key of a service account.
    Key {
        /// The account.
        account: String,
        /// The id of the key, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_id: Option<String>,
    },
    /// The credentials of a user.
    AuthorizedUser {
        /// The client that they were given to.
        client_id: String,
    },
    /// A program that prints a token.
    Program {
        /// The program, as an absolute path.
        program: PathBuf,
        /// Its arguments.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        arguments: Vec<String>,
    },
    /// A file that has a token.
    TokenFile {
        /// The file, as an absolute path.
        path: PathBuf,
    },
    /// A token of another identity provider, which is exchanged.
    Federation {
        /// The identity provider, by the name that it was registered with.
        audience: String,
        /// The service account that its token becomes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<String>,
        /// The source of its tokens.
        subject: Box<Self>,
    },
}

impl SourceSummary {
    /// Returns whether tokens come from this machine, and how long they live is the source's affair.
    pub fn is_local(&self) -> bool {
        matches!(self, Self::Program { .. } | Self::TokenFile { .. })
    }

    /// Returns the source for people.
    pub fn described(&self) -> String {
        match self {
            Self::Key { account, key_id: Some(id) } => format!("the key {id} of {account}"),
            Self::Key { account, key_id: None } => format!("a key of {account}"),
            Self::AuthorizedUser { client_id } => {
                format!("the credentials of a user, given to the client {client_id}")
            }
            Self::Program { program, arguments } => {
                let words = arguments.iter().map(|word| shell::word(word));
                let words = [shell::path(program)].into_iter().chain(words);
                format!("the program {}", words.collect::<Vec<_>>().join(" "))
            }
            Self::TokenFile { path } => format!("the file {}", shell::path(path)),
            Self::Federation { account: Some(account), subject, .. } => {
                format!("{}, exchanged for a token of {account}", subject.described())
            }
            Self::Federation { account: None, audience, subject } => {
                format!("{}, exchanged for a token of {audience}", subject.described())
            }
        }
    }
}
