//! The operations: who may call them, and what they do.

use serde_json::{Value, json};
use xreq::model::scope::ScopeSet;

use super::*;

/// All scopes that the simulated operations need.
pub(super) const ALL: &str = "tweet.read tweet.write users.read dm.read dm.write like.read like.write \
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

#[test]
fn scopes_are_judged_for_every_operation() {
    let sandbox = sandbox();
    let reader = Caller::new(&sandbox, "alice", "tweet.read users.read");
    let refused =
        json!({"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"});
    for (method, path) in [
        ("POST", "/2/tweets"),
        ("GET", "/2/dm_events"),
        ("POST", "/2/users/1001/likes"),
        ("GET", "/2/users/1001/bookmarks"),
        ("PUT", "/2/tweets/1/hidden"),
    ] {
        let answer = reader.call(method, path, &json!({"text": "no"}));
        assert_eq!((answer.status, answer.json()), (403, refused.clone()), "{method} {path}");
    }
    assert!(sandbox.control().posts().is_empty());
    let writer = Caller::new(&sandbox, "bob", "tweet.write users.read");
    assert_eq!(writer.call("POST", "/2/tweets", &json!({"text": "no"})).status, 403);

    let answer = App::of(&sandbox).send(&Request::get("/2/users/me").bearer("another token"));
    assert_eq!(answer.status, 401);
    assert_eq!(answer.text("/title"), "Unauthorized");
    assert_eq!(App::of(&sandbox).send(&Request::get("/2/users/me")).status, 401);
    assert_eq!(reader.call("GET", "/2/nothing", &json!(null)).status, 404);
}

#[test]
fn what_is_not_simulated_says_so_after_its_scopes() {
    let sandbox = sandbox();
    let caller = Caller::new(&sandbox, "alice", "tweet.read users.read list.read");
    let answer = caller.call("GET", "/2/lists/1", &json!(null));
    assert_eq!(answer.status, 501);
    assert!(answer.text("/detail").contains("GET /2/lists/{id}"), "{}", answer.body);
    assert_eq!(caller.call("POST", "/2/lists", &json!({"name": "a"})).status, 403);
}

#[test]
fn kinds_of_tokens_are_told_apart() {
    let sandbox = sandbox();
    let caller = Caller::new(&sandbox, "alice", ALL);
    let kind = "https://api.x.com/2/problems/unsupported-authentication";
    let app_only = format!("AAAA{}", "A".repeat(100));
    let answer = caller.app.send(&Request::get("/2/users/me").bearer(&app_only));
    assert_eq!((answer.status, answer.text("/type").as_str()), (403, kind));
    assert!(answer.text("/detail").contains("OAuth 2.0 Application-Only is forbidden"));
    let answer = caller.call("GET", "/2/tweets/search/all?query=a", &json!(null));
    assert_eq!((answer.status, answer.text("/type").as_str()), (403, kind));
    assert!(answer.text("/detail").ends_with("types are [OAuth 2.0 Application-Only]."));
}

#[test]
fn users_are_found() {
    let sandbox = sandbox();
    let alice = Caller::new(&sandbox, "alice", "tweet.read users.read");
    assert_eq!(alice.get("/2/users/1002")["data"]["username"], "bob");
    let carol = alice.get("/2/users/by/username/CAROL?user.fields=public_metrics");
    assert_eq!(carol["data"]["id"], "1003");
    assert_eq!(carol["data"]["public_metrics"]["tweet_count"], 1);
    assert_eq!(alice.get("/2/users/9")["errors"][0]["resource_type"], "user");
    assert_eq!(alice.get("/2/users/by/username/eve")["errors"][0]["value"], "eve");
    let answer = alice.call("GET", "/2/users/alice", &json!(null));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.text("/errors/0/parameters/id/0"), "alice");
}

#[test]
fn messages_are_read_and_sent() {
    let sandbox = sandbox();
    let alice = Caller::new(&sandbox, "alice", ALL);
    let bob = Caller::new(&sandbox, "bob", ALL);
    let seeded = alice.ids("/2/dm_events");
    assert_eq!(seeded.len(), 3);
    assert_eq!(bob.ids("/2/dm_events").len(), 2, "others' messages are not shown");
    let path = "/2/dm_conversations/with/1002/messages";
    let sent = alice.call("POST", path, &json!({"text": "hello"}));
    assert_eq!((sent.status, sent.text("/data/dm_conversation_id").as_str()), (201, "1001-1002"));
    let back = bob.call("POST", "/2/dm_conversations/1001-1002/messages", &json!({"text": "hi"}));
    assert_eq!(back.status, 201);
    let answer =
        bob.get("/2/dm_conversations/with/1001/dm_events?max_results=2&dm_event.fields=sender_id");
    assert_eq!(answer["data"][0]["text"], "hi");
    assert_eq!(answer["data"][1]["sender_id"], "1001");
    assert_eq!(answer["data"][1]["id"], sent.text("/data/dm_event_id").as_str());
    let next = answer["meta"]["next_token"].as_str().expect("there are more");
    let rest = bob.ids(&format!("/2/dm_conversations/1001-1002/dm_events?pagination_token={next}"));
    assert_eq!(rest, seeded[..2]);
    for path in ["1001-1003", "with/1003"] {
        let own = alice.get(&format!("/2/dm_conversations/{path}/dm_events"));
        assert_eq!(
            (&own["data"][0]["text"], &own["meta"]["result_count"]),
            (&json!("hello"), &json!(1))
        );
    }
    assert!(bob.ids("/2/dm_events?event_types=ParticipantsJoin").is_empty());
    let texts: Vec<_> = sandbox.control().messages().into_iter().map(|sent| sent.text).collect();
    assert_eq!(texts, ["hello", "hi"]);
    let foreign =
        alice.call("POST", "/2/dm_conversations/1002-1003/messages", &json!({"text": "?"}));
    assert_eq!(foreign.status, 403);
    assert_eq!(alice.call("POST", path, &json!({})).status, 400);
}

#[test]
fn likes_bookmarks_and_follows_come_and_go() {
    let sandbox = sandbox();
    let alice = Caller::new(&sandbox, "alice", ALL);
    let post = alice.post("mine");
    for (add, list, word) in [
        ("/2/users/1001/likes", "/2/users/1001/liked_tweets", "liked"),
        ("/2/users/1001/bookmarks", "/2/users/1001/bookmarks", "bookmarked"),
    ] {
        let added = alice.call("POST", add, &json!({"tweet_id": post}));
        assert_eq!(added.json(), json!({"data": {word: true}}));
        assert_eq!(alice.ids(list), [post.as_str()]);
        let removed = alice.call("DELETE", &format!("{add}/{post}"), &json!(null));
        assert_eq!(removed.json(), json!({"data": {word: false}}));
        assert!(alice.ids(list).is_empty());
        assert_eq!(alice.call("POST", add, &json!({"tweet_id": "1"})).status, 400);
    }
    let followed =
        alice.call("POST", "/2/users/1001/following", &json!({"target_user_id": "1003"}));
    assert_eq!(followed.json(), json!({"data": {"following": true, "pending_follow": false}}));
    assert_eq!(alice.ids("/2/users/1001/following"), ["1003", "1002"]);
    assert_eq!(alice.ids("/2/users/1003/followers"), ["1001"]);
    alice.call("DELETE", "/2/users/1001/following/1003", &json!(null));
    assert_eq!(alice.ids("/2/users/1001/following"), ["1002"]);
}

#[test]
fn nobody_acts_for_another() {
    let sandbox = sandbox();
    let alice = Caller::new(&sandbox, "alice", ALL);
    let post = alice.post("mine");
    for (method, path, body) in [
        ("POST", "/2/users/1002/likes", json!({"tweet_id": post})),
        ("POST", "/2/users/1002/bookmarks", json!({"tweet_id": post})),
        ("GET", "/2/users/1002/bookmarks", json!(null)),
        ("POST", "/2/users/1002/following", json!({"target_user_id": "1003"})),
        ("DELETE", "/2/users/1002/following/1001", json!(null)),
        ("DELETE", "/2/users/1002/likes/1", json!(null)),
    ] {
        let answer = alice.call(method, path, &body);
        assert_eq!(answer.status, 400, "{method} {path}");
        let message = answer.text("/errors/0/message");
        assert!(
            message.ends_with("must be the same as the authenticating user [1001]"),
            "{message}"
        );
    }
}

#[test]
fn long_lists_come_in_pages() {
    let sandbox = sandbox();
    let alice = Caller::new(&sandbox, "alice", ALL);
    let mut made: Vec<_> = (0..12).map(|n| alice.post(&format!("number {n}"))).collect();
    made.reverse();
    let path = "/2/tweets/search/recent?query=number&max_results=10";
    let first = alice.get(path);
    let next = first["meta"]["next_token"].as_str().expect("there are more");
    assert_eq!(alice.ids(path), made[..10]);
    let second = alice.get(&format!("{path}&next_token={next}"));
    assert_eq!(second["meta"], json!({"result_count": 2}));
    assert_eq!(second["data"][1]["id"], made[11].as_str());
    for wrong in ["max_results=9", "max_results=101", "max_results=x", "next_token=x"] {
        let path = format!("/2/tweets/search/recent?query=number&{wrong}");
        assert_eq!(alice.call("GET", &path, &json!(null)).status, 400, "{wrong}");
    }
    for unknown in ["", "lang:en", "(a+OR+b)"] {
        let path = format!("/2/tweets/search/recent?query={unknown}");
        assert_eq!(alice.call("GET", &path, &json!(null)).status, 400, "{unknown}");
    }
}

#[test]
fn calls_are_counted() {
    let sandbox = sandbox_with(|options| options.rate_limit = 2);
    let alice = Caller::new(&sandbox, "alice", ALL);
    let me = || alice.call("GET", "/2/users/me", &json!(null));
    let first = me();
    assert_eq!(first.header("x-rate-limit-limit"), Some("2"));
    assert_eq!(first.header("x-rate-limit-remaining"), Some("1"));
    let reset: u64 =
        first.header("x-rate-limit-reset").and_then(|at| at.parse().ok()).expect("a time");
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    assert!((890..=900).contains(&(reset - now.as_secs())), "{reset}");
    assert_eq!(me().status, 200);
    let refused = me();
    assert_eq!((refused.status, refused.text("/title").as_str()), (429, "Too Many Requests"));
    assert_eq!(refused.header("x-rate-limit-remaining"), Some("0"));
    assert_eq!(alice.call("GET", "/2/users/1002", &json!(null)).status, 200);
}
