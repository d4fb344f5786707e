//! The bodies of requests: names that are the operation's own, once each.

use super::request::{CATALOG, Form, RUN, admit, head, judged};
use crate::broker::{BodyRule, Way};

/// Returns the rule for a body of `POST /2/tweets`.
fn rule(edits: &str) -> BodyRule<'static> {
    let head = head(Form::Base1, "POST", "/2/tweets", edits).expect("a request");
    judged(Form::Base1, &head).expect("it goes out").body
}

fn json() -> BodyRule<'static> {
    rule("+Content-Type: application/json")
}

fn code(rule: &BodyRule<'_>, body: &[u8]) -> &'static str {
    rule.check(body).map_or_else(|refusal| refusal.code.name(), |()| "out")
}

#[test]
fn threat_08_names_of_json_are_the_operation_s_own() {
    let rule = json();
    assert!(rule.buffers());
    for (body, expected) in [
        (r#"{"text": "hello"}"#, "out"),
        (r#"{"text": "hello", "reply": {"in_reply_to_tweet_id": "12"}}"#, "out"),
        (r#"{"\u0074ext": "hello"}"#, "out"),
        ("{}", "out"),
        ("", "out"),
        (r#"{"text": "hello", "admin": true}"#, "operation/unknown"),
        (r#"{"Text": "hello"}"#, "operation/unknown"),
        (r#"{"text": "hello", "access_token": "t"}"#, "request/foreign-credential"),
        (r#"{"text": "hello", "access\u005ftoken": "t"}"#, "request/foreign-credential"),
        (r#"{"oauth_token": "t"}"#, "request/foreign-credential"),
        (r#"{"text": "a", "text": "b"}"#, "request/ambiguous"),
        (r#"{"text": "a", "\u0074ext": "b"}"#, "request/ambiguous"),
        (
            r#"{"reply": {"in_reply_to_tweet_id": "1", "in_reply_to_tweet_id": "2"}}"#,
            "request/ambiguous",
        ),
        (r#"{"text": "a"} {"text": "b"}"#, "request/ambiguous"),
        (r#"{"text": "a"},"#, "request/ambiguous"),
        (r#"{"text": "a",}"#, "request/ambiguous"),
        (r#"{text: "a"}"#, "request/ambiguous"),
        (r"{'text': 'a'}", "request/ambiguous"),
        (r#"{"text": "a" /* b */}"#, "request/ambiguous"),
        (r#"{"text": "a""#, "request/ambiguous"),
        ("\u{feff}{\"text\": \"a\"}", "request/ambiguous"),
        ("text=a", "request/ambiguous"),
        (" ", "request/ambiguous"),
    ] {
        assert_eq!(code(&rule, body.as_bytes()), expected, "{body}");
    }
    assert_eq!(code(&rule, b"{\"text\": \"\xff\"}"), "request/ambiguous");
    let deep = format!("{{\"reply\": {}", "[".repeat(200));
    assert_eq!(code(&rule, deep.as_bytes()), "request/ambiguous");
}

#[test]
fn a_body_that_comes_in_pieces_is_judged_like_a_whole_one() {
    let rule = json();
    let body = r#"{"text": "é", "reply": {"in_reply_to_tweet_id": "12"}}"#.as_bytes();
    for size in 1..body.len() {
        let mut check = rule.begin();
        for piece in body.chunks(size) {
            check.take(piece).expect("all its names are known");
        }
        check.end().expect("it is whole");
    }
    let mut check = rule.begin();
    check.take(br#"{"text": ""#).expect("a name that is known");
    for _ in 0..2048 {
        check.take(&[b'a'; 1024]).expect("a long text");
    }
    let refusal = check.take(br#"", "access_token": "t"}"#).expect_err("it is behind 2 MiB");
    assert_eq!(refusal.code.name(), "request/foreign-credential");
    assert_eq!(refusal.operation.as_deref(), Some("POST /2/tweets"));
}

#[test]
fn a_body_belongs_to_an_operation_that_has_one() {
    let head = head(Form::Base2, "GET", "/2/tweets/12", "").expect("a request");
    let rule = judged(Form::Base2, &head).expect("it goes out").body;
    assert!(rule.buffers(), "HTTP/2 need not announce it");
    assert_eq!((code(&rule, b""), code(&rule, b" ")), ("out", "request/ambiguous"));
    let untyped = self::rule("");
    assert_eq!((code(&untyped, b""), code(&untyped, b"{}")), ("out", "request/ambiguous"));
}

#[test]
fn parts_of_a_form_with_files_are_not_looked_at() {
    let edits = "+Content-Type: multipart/form-data; boundary=x";
    let head = head(Form::Base1, "POST", "/2/media/upload", edits).expect("a request");
    let way = Way::BaseUrl { authorities: &["127.0.0.1:4711".to_owned()] };
    let run = crate::broker::Authority {
        credentials: vec![super::request::credential(
            "x",
            crate::model::credential_id::Kind::Oauth2,
            super::request::X,
            &["x.media.write"],
        )],
    };
    let rule = admit(&CATALOG, &run, way, &head).expect("it goes out").body;
    assert!(!rule.buffers());
    assert_eq!(code(&rule, b"anything"), "out");
    assert!(admit(&CATALOG, &RUN, way, &head).is_err(), "the run has no such key");
}

/// Slack takes forms, and the token in them, too.
#[test]
fn threat_08_names_of_a_form_are_the_operation_s_own() {
    let own = super::request::credential(
        "slack",
        crate::model::credential_id::Kind::Static,
        "xoxb-xreq",
        &["slack.channels.write"],
    );
    let run = crate::broker::Authority { credentials: vec![own] };
    let request = hyper::http::Request::post("/slack/chat.postMessage")
        .header("authorization", "Bearer xoxb-xreq")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(())
        .expect("a request");
    let head = request.into_parts().0;
    let admission = admit(&CATALOG, &run, Way::BaseUrl { authorities: &[] }, &head);
    let admission = admission.expect("it goes out");
    assert_eq!(admission.url, "https://slack.com/api/chat.postMessage");
    let rule = admission.body;
    for (body, expected) in [
        ("channel=C1&text=a+b", "out"),
        ("", "out"),
        ("channel=C1&token=xoxb-other", "request/foreign-credential"),
        ("channel=C1&%74oken=xoxb-other", "request/foreign-credential"),
        ("channel=C1&admin=1", "operation/unknown"),
        ("channel=C1&channel=C2", "request/ambiguous"),
        ("channel=C1;token=x", "request/ambiguous"),
    ] {
        assert_eq!(code(&rule, body.as_bytes()), expected, "{body}");
    }
    let large = vec![b'a'; BodyRule::MOST + 1];
    assert_eq!(code(&rule, &large), "request/ambiguous");
}
