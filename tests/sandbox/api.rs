//! The operations: who may call them, and what they do.

use serde_json::{Value, json};
use xreq::scope::ScopeSet;

use super::*;

/// All scopes that the simulated operations need.
const ALL: &str = "tweet.read tweet.write users.read dm.read dm.write like.read like.write \
     follows.read follows.write bookmark.read bookmark.write";

/// A caller with a token of its own.
struct Caller<'a> {
    app: App<'a>,
    token: String,
}

impl<'a> Caller<'a> {
    fn new(sandbox: &'a Sandbox, account: &str, scopes: &str) -> Self {
        use age::secrecy::ExposeSecret;
        let issued = sandbox.control().issue_grant(account, &ScopeSet::parse(scopes));
        let token = issued.access_token.expose_secret().to_owned();
        Self { app: App::of(sandbox), token }
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Response {
        self.app.send(&Request::json(method, path, body).bearer(&self.token))
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, &json!(null));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The ids of a list.
    fn ids(&self, path: &str) -> Vec<String> {
        let answer = self.get(path);
        let data = answer["data"].as_array().cloned().unwrap_or_default();
        assert_eq!(answer["meta"]["result_count"], data.len());
        data.iter().map(|item| item["id"].as_str().expect("an id is a text").to_owned()).collect()
    }

    fn post(&self, text: &str) -> String {
        let answer = self.call("POST", "/2/tweets", &json!({"text": text}));
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("/data/id")
    }
}

#[test]
fn posts_are_made_found_and_deleted() {
    let sandbox = sandbox();
    let alice = Caller::new(&sandbox, "alice", ALL);
    let bob = Caller::new(&sandbox, "bob", ALL);
    let id = alice.post("Grüße \"👋\" #one");
    assert_eq!(id.len(), 19);
    assert_eq!(sandbox.control().posts()[0].text, "Grüße \"👋\" #one");

    let path = format!("/2/tweets/{id}");
    let read = bob.get(&format!("{path}?tweet.fields=author_id&expansions=author_id"));
    assert_eq!(read["data"]["author_id"], "1001");
    assert_eq!(read["includes"]["users"][0]["username"], "alice");
    assert_eq!(bob.get(&path)["data"].as_object().map(serde_json::Map::len), Some(3));
    let several = bob.get(&format!("/2/tweets?ids={id},1"));
    assert_eq!(several["data"][0]["id"], id.as_str());
    assert_eq!(several["errors"][0]["resource_id"], "1");
    assert_eq!(bob.ids("/2/tweets/search/recent?query=gr%C3%BC%C3%9Fe+from:alice"), [id.as_str()]);
    assert!(bob.ids("/2/tweets/search/recent?query=gr%C3%BC%C3%9Fe+-from:alice").is_empty());
    assert_eq!(bob.ids("/2/users/1001/tweets")[0], id);

    let delete = |caller: &Caller<'_>| caller.call("DELETE", &path, &json!(null));
    assert_eq!(delete(&bob).status, 403);
    assert_eq!(delete(&alice).json(), json!({"data": {"deleted": true}}));
    assert_eq!(bob.get(&path)["errors"][0]["title"], "Not Found Error");
    assert!(sandbox.control().posts().is_empty());
}
