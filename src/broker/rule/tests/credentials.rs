//! The place of a credential by its kind, and the answer where another one would be allowed.

use hyper::http::{Request, Uri};

use super::request::{CATALOG, DISCORD, Form, RUN, X_APP, X_CONSUMER, X_SIGNED, admit, outcome};
use crate::broker::{Refusal, Way};

/// Sends a request at the broker's own socket, with a credential.
fn sent(method: &str, target: &str, authorization: &str) -> Result<String, Refusal> {
    let uri: Uri = target.parse().expect("a target");
    let request = Request::builder().method(method).uri(uri);
    let request = request.header("authorization", authorization).body(()).expect("a request");
    let way = Way::BaseUrl { authorities: &[] };
    let admission = admit(&CATALOG, &RUN, way, &request.into_parts().0)?;
    let kind = admission.credential.map_or("none", |credential| credential.id.kind.name());
    Ok(format!("{kind} by {}", admission.key.unwrap_or("nothing")))
}

fn code(method: &str, target: &str, authorization: &str) -> &'static str {
    sent(method, target, authorization).expect_err("it is refused").code.name()
}

#[test]
fn a_bearer_of_the_app_is_one_of_the_run_s_credentials() {
    let app = format!("Bearer {X_APP}");
    assert_eq!(sent("GET", "/x/2/tweets/12", &app).as_deref(), Ok("app_only by x.tweet.read"));
    assert_eq!(sent("POST", "/x/2/webhooks", &app).as_deref(), Ok("app_only by x.webhook.write"));
    let user = outcome(Form::Socket1, "POST", "/2/webhooks", "");
    assert_eq!(user, "operation/kind", "the app's would be allowed");
    assert_eq!(code("POST", "/x/2/tweets", &app), "operation/kind", "the user's would");
    let refusal = sent("POST", "/x/2/tweets", &app).expect_err("it is refused");
    assert!(
        refusal.detail.contains("kind `oauth2` of the account `default`"),
        "{}",
        refusal.detail
    );
}

#[test]
fn a_static_token_stands_in_the_provider_s_header() {
    let target = "/discord/users/@me";
    assert_eq!(
        sent("GET", target, &format!("Bot {DISCORD}")).as_deref(),
        Ok("static by discord.bot")
    );
    for other in [
        format!("Bearer {DISCORD}"),
        format!("bot {DISCORD}"),
        format!("Bot {DISCORD} "),
        format!("Bot  {DISCORD}"),
        DISCORD.to_owned(),
        "Bot other".to_owned(),
    ] {
        assert_eq!(code("GET", target, &other), "request/foreign-credential", "{other}");
    }
}

#[test]
fn a_signed_request_names_the_placeholder() {
    let (token, key) =
        (format!("oauth_token=\"{X_SIGNED}\""), format!("oauth_consumer_key=\"{X_CONSUMER}\""));
    let rest = "oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"1\", oauth_nonce=\"n\", \
                oauth_version=\"1.0\", oauth_signature=\"a%2Bb%3D\"";
    let post = |parameters: &str| sent("POST", "/x/2/tweets", &format!("OAuth {parameters}"));
    let out = Ok("oauth1 by x.tweet.write");
    assert_eq!(post(&format!("{key}, {token}, {rest}")).as_deref(), out);
    assert_eq!(post(&format!("realm=\"\",{rest},{token},{key}")).as_deref(), out);
    let lower = sent("POST", "/x/2/tweets", &format!("oauth {token}, {key}, {rest}"));
    assert_eq!(lower.as_deref(), out);
    let other = "oauth_token=\"12-other\"";
    for foreign in [
        format!("{key}, {rest}"),
        format!("{key}, {other}, {rest}"),
        format!("{key}, {token}, {token}, {rest}"),
        format!("{key}, {token}, {other}, {rest}"),
        format!("{key}, {other}, {token}, {rest}"),
        format!("oauth_consumer_key=\"other\", {token}, {rest}"),
        format!("{key}, {token}, {rest}, oauth_verifier=\"v\""),
        format!("{key}, {token}, {rest}, access_token=\"v\""),
        format!("{key}, oauth_token={X_SIGNED}, {rest}"),
        format!("{key}, oauth_token=\"%zz\", {rest}"),
        format!("{key}, {token}, {rest}, "),
        format!("{key} {token}"),
        String::new(),
    ] {
        let refusal = post(&foreign).expect_err("it is refused");
        assert_eq!(refusal.code.name(), "request/foreign-credential", "{foreign}");
    }
}

#[test]
fn a_refusal_names_the_keys_that_would_unlock() {
    let refusal =
        sent("GET", "/x/2/dm_events", "Bearer xreq-placeholder-of-x").expect_err("no key");
    assert_eq!(refusal.unlock, [["x.dm.read"]]);
    assert_eq!(refusal.sentence(), "`GET /2/dm_events` is not declared: declare `x.dm.read`");
    assert_eq!(refusal.operation.as_deref(), Some("GET /2/dm_events"));
    assert_eq!(refusal.provider.as_deref(), Some("x"));
    let foreign = sent("GET", "/x/2/tweets/12", "Bearer other").expect_err("foreign");
    assert_eq!(foreign.provider.as_deref(), Some("x"), "the answer has the shape of X");
    let shown = format!("{refusal:?} {foreign:?}");
    assert!(!shown.contains("placeholder-of-x") && !shown.contains("12"), "{shown}");
}

#[test]
fn what_needs_no_credential_goes_out_without_one() {
    let request = |authorization: Option<&str>| {
        let mut request = Request::get("/x/2/openapi.json");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let head = request.body(()).expect("a request").into_parts().0;
        let way = Way::BaseUrl { authorities: &[] };
        let admission = admit(&CATALOG, &RUN, way, &head)?;
        Ok::<_, Refusal>((admission.url, admission.credential.is_some(), admission.key.is_some()))
    };
    let url = "https://api.x.com/2/openapi.json".to_owned();
    assert_eq!(request(None), Ok((url.clone(), false, false)));
    assert_eq!(request(Some("Bearer xreq-placeholder-of-x")), Ok((url, false, false)));
    let foreign = request(Some("Bearer other")).expect_err("foreign");
    assert_eq!(foreign.code.name(), "request/foreign-credential");
}
