//! The account of an access token, by a question to the provider's API.

use age::secrecy::SecretString;
use serde_json::Value;

use crate::catalog::{Provider, Urls};
use crate::http::client::sent::Sent;
use crate::http::client::{Http, Outgoing, bearer};
use crate::oauth::token::failure;
use crate::oauth::token::failure::RequestFailure;
use crate::store::FailureClass;

/// The longest id or handle that is believed, in characters.
const LONGEST: usize = 200;

/// The owner of an access token, who granted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The account's id at the provider, which never changes.
    pub id: String,
    /// The account's name at the provider, where it has one.
    pub handle: Option<String>,
}

impl Owner {
    /// Returns the account for people: `@someone (id 42)`.
    pub fn named(&self) -> String {
        named(Some(&self.id), self.handle.as_deref()).unwrap_or_default()
    }
}

/// Returns an account for people, of which the id, the handle or both are known.
pub fn named(id: Option<&str>, handle: Option<&str>) -> Option<String> {
    match (id, handle) {
        (Some(id), Some(handle)) => Some(format!("@{handle} (id {id})")),
        (None, Some(handle)) => Some(format!("@{handle}")),
        (Some(id), None) => Some(format!("the account with the id {id}")),
        (None, None) => None,
    }
}

/// Asks whose token it is; none, where the provider's file does not say how.
pub async fn look_up(
    http: &Http,
    provider: &Provider,
    urls: &Urls,
    token: &SecretString,
) -> Result<Option<Owner>, RequestFailure> {
    let Some(account) = &provider.account else { return Ok(None) };
    let url = format!("{}{}", urls.service(account.service.as_deref()), account.path);
    let authorization = bearer(token);
    let request = Outgoing::get(&url).with(&provider.token.headers);
    let request = request.authorized(Some(&authorization));
    let answer = http.send(&request).await.map_err(RequestFailure::from)?;
    if answer.status != 200 {
        return Err(failure::refusal(&answer, provider, &Sent::new([token])));
    }
    owner_in(&answer.body, &account.path, &account.id, &account.handle).map(Some)
}

/// Returns the account in the answer to a request for this path, by JSON pointers.
pub(super) fn owner_in(
    answer: &[u8],
    path: &str,
    id: &str,
    handle: &str,
) -> Result<Owner, RequestFailure> {
    let value: Value = serde_json::from_slice(answer).unwrap_or_default();
    let id = text_at(&value, id).ok_or_else(|| {
        let what = format!("it answers {path} without an id");
        RequestFailure::new(FailureClass::Transient, what)
    })?;
    Ok(Owner { id, handle: text_at(&value, handle) })
}

/// Returns the text (or number) at a JSON pointer, where it is one that can be shown.
pub(super) fn text_at(value: &Value, pointer: &str) -> Option<String> {
    let text = match value.pointer(pointer)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    is_shown(&text).then_some(text)
}

/// Returns whether a text can be an id or a handle.
pub(super) fn is_shown(text: &str) -> bool {
    let shows = |c: char| !c.is_control() && !c.is_whitespace();
    !text.is_empty() && text.chars().count() <= LONGEST && text.chars().all(shows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_texts_or_numbers_that_can_be_shown() {
        let answer = json!({"data": {"id": "12", "username": "alice", "number": 7, "list": []}});
        assert_eq!(text_at(&answer, "/data/id").as_deref(), Some("12"));
        assert_eq!(text_at(&answer, "/data/number").as_deref(), Some("7"));
        for nothing in ["/data/list", "/data/none", "/data"] {
            assert_eq!(text_at(&answer, nothing), None, "{nothing}");
        }
        for odd in ["", "a b", "a\u{1b}[31m", &"a".repeat(LONGEST + 1)] {
            assert_eq!(text_at(&json!({ "id": odd }), "/id"), None, "{odd:?}");
        }
    }
}
