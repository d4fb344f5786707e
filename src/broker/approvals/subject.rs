//! The subject of a question: the call, and what a person is shown of it.

use bytes::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::http::request::Parts;
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::legible::{excerpt, legible};
use crate::broker::Admission;
use crate::broker::call_log::About;

/// The characters of a text that a list shows.
const LISTED: usize = 400;

/// A call that a person is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    provider: String,
    account: Option<String>,
    /// The kind and the part of the credential.
    credential: String,
    /// The operation, by the template of its path.
    pub(super) operation: String,
    key: Option<String>,
    method: String,
    /// The URL to which it goes, with its query.
    url: String,
    content_type: Option<Vec<u8>>,
    body: Bytes,
}

/// What a person is shown of a call that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// The name of the question.
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) account: Option<String>,
    pub(crate) operation: String,
    pub(crate) key: Option<String>,
    pub(crate) method: String,
    /// The URL to which it goes, with its query.
    pub(crate) url: String,
    pub(crate) content_type: Option<String>,
    /// The bytes of its body.
    pub(crate) bytes: usize,
    /// The body as a text, or its beginning.
    pub(crate) text: String,
    /// The characters that are left of the text.
    pub(crate) more: usize,
    /// Whether a client holds the connection; otherwise its agent was told to come again.
    pub(crate) is_held: bool,
    /// The seconds that are left to decide.
    pub(crate) expires_in: u64,
}

impl Subject {
    /// Returns the subject of a call with this body.
    pub(super) fn of(call: &Admission<'_>, head: &Parts, body: &Bytes) -> Self {
        let credential = call.credential.map(|it| &it.id);
        Self {
            provider: call.provider.slug.as_str().to_owned(),
            account: credential.map(|id| id.account.as_str().to_owned()),
            credential: credential.map_or_else(String::new, |id| format!("{id:?}")),
            operation: call.operation.to_string(),
            key: call.key.map(str::to_owned),
            method: head.method.to_string(),
            url: call.url.clone(),
            content_type: head.headers.get(CONTENT_TYPE).map(|value| value.as_bytes().to_vec()),
            body: body.clone(),
        }
    }

    /// Returns what an approval of it is bound to.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&[
            self.provider.as_bytes(),
            self.credential.as_bytes(),
            self.operation.as_bytes(),
            self.method.as_bytes(),
            self.url.as_bytes(),
            &[u8::from(self.content_type.is_some())],
            self.content_type.as_deref().unwrap_or_default(),
            &self.body,
        ])
    }

    /// Returns the bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.body.len() + self.url.len()
    }

    /// Returns what the log of calls says of it.
    pub(super) fn about(&self) -> About<'_> {
        About {
            provider: &self.provider,
            account: self.account.as_deref(),
            operation: &self.operation,
            key: self.key.as_deref(),
        }
    }

    /// Returns what a person is shown: all of it, or as much as a list has.
    pub(super) fn shown(&self, id: &str, is_whole: bool) -> Shown {
        let content_type =
            self.content_type.as_deref().map(|value| String::from_utf8_lossy(value).into_owned());
        let text = legible(content_type.as_deref(), &self.body);
        let (begin, more) = excerpt(&text, if is_whole { usize::MAX } else { LISTED });
        Shown {
            id: id.to_owned(),
            provider: self.provider.clone(),
            account: self.account.clone(),
            operation: self.operation.clone(),
            key: self.key.clone(),
            method: self.method.clone(),
            url: self.url.clone(),
            bytes: self.body.len(),
            text: begin.into_owned(),
            more,
            content_type,
            is_held: false,
            expires_in: 0,
        }
    }
}
