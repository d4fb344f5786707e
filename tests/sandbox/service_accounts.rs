//! Service accounts: tokens from a key, and from the credentials of a user.

use std::process::Command;
use std::sync::LazyLock;

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use xreq::model::scope::ScopeSet;
use xreq::oauth::service_account::assertion::Assertion;
use xreq::oauth::service_account::private_key::PrivateKey;
use xreq::sandbox::Fault;

use super::*;
use crate::oauth::lacks_google_auth;
use crate::support::service_account::{ACCOUNT, key_file, pem};
use crate::support::{Ran, machine};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE: &str = "https://www.example.com/auth/cloud";

static NONE: LazyLock<ScopeSet> = LazyLock::new(ScopeSet::default);

/// The sandbox, and the file of a key that is registered there.
fn registered() -> Option<(Sandbox, Value)> {
    let sandbox = sandbox();
    let file = key_file(&format!("{}/gcp/token", sandbox.base_url()))?;
    sandbox.control().register_service_account(&file.to_string());
    Some((sandbox, file))
}

/// Presents an assertion that is right but for this.
fn present(sandbox: &Sandbox, change: impl FnOnce(&mut Assertion<'_>)) -> Response {
    let key = PrivateKey::from_pem(&pem().expect("it was made").into()).expect("it is a key");
    let audience = format!("{}/gcp/token", sandbox.base_url());
    let scopes = ScopeSet::parse(SCOPE);
    let mut assertion = Assertion {
        issuer: ACCOUNT,
        key_id: Some("0123456789abcdef"),
        subject: None,
        scopes: &scopes,
        audience: &audience,
        issued_at: Timestamp::now(),
    };
    change(&mut assertion);
    let assertion = assertion.signed(&key);
    let fields = [("grant_type", GRANT_TYPE), ("assertion", assertion.expose_secret())];
    App::of(sandbox).send(&Request::form("/gcp/token", &fields))
}

#[test]
fn a_token_is_minted_from_what_the_key_signed() {
    let Some((sandbox, _)) = registered() else { return };
    let answer = present(&sandbox, |_| ()).json();
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3_600)));
    let token = answer["access_token"].as_str().expect("there is one");
    let project = Request::get("/gcp/v1/projects/123").bearer(token);
    let expected = json!({"projectNumber": "123", "caller": ACCOUNT, "scope": SCOPE});
    assert_eq!(App::of(&sandbox).send(&project).json(), expected);
    let other = Request::get("/gcp/v1/projects/123").bearer("another");
    assert_eq!(App::of(&sandbox).send(&other).status, 401);
}

#[test]
fn what_is_not_right_is_refused() {
    let Some((sandbox, _)) = registered() else { return };
    let hour = SignedDuration::from_hours(1);
    let refused = |answer: Response| {
        assert_eq!(answer.status, 400);
        answer.text("/error_description")
    };
    let late = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.";
    assert!(refused(present(&sandbox, |it| it.issued_at += hour)).starts_with(late));
    assert!(refused(present(&sandbox, |it| it.issued_at -= hour)).starts_with(late));
    assert!(
        refused(present(&sandbox, |it| it.audience = "https://x.example")).contains("audience")
    );
    assert!(
        refused(present(&sandbox, |it| it.key_id = Some("other"))).contains("account not found")
    );
    assert!(
        refused(present(&sandbox, |it| it.issuer = "b@example.com")).contains("account not found")
    );
    assert!(refused(present(&sandbox, |it| it.scopes = &NONE)).contains("Invalid OAuth scope"));
    let delegated = |it: &mut Assertion<'_>| it.subject = Some("user@example.com");
    assert!(refused(present(&sandbox, delegated)).contains("unauthorized"));
    sandbox.control().delegate_to_service_account(ACCOUNT);
    assert_eq!(present(&sandbox, delegated).status, 200);
    sandbox.control().remove_service_account(ACCOUNT);
    assert!(refused(present(&sandbox, |_| ())).contains("account not found"));
}

#[test]
fn only_the_key_itself_signs() {
    let Some((sandbox, file)) = registered() else { return };
    let other = Command::new("openssl").args(["genrsa", "2048"]).output().expect("openssl runs");
    let mut other_file = file;
    other_file["private_key"] = String::from_utf8(other.stdout).expect("it is PEM").into();
    let register = Request::json("POST", "/sandbox/service_accounts", &other_file);
    assert_eq!(App::of(&sandbox).send(&register).json(), json!({"client_email": ACCOUNT}));
    let answer = present(&sandbox, |_| ());
    assert_eq!(answer.text("/error_description"), "Invalid JWT Signature.");
}

#[test]
fn the_credentials_of_a_user_are_taken_as_often_as_they_are_presented() {
    let sandbox = sandbox();
    let file =
        sandbox.control().issue_user_credentials("alice@example.com", &ScopeSet::parse(SCOPE));
    let file: Value = serde_json::from_str(file.expose_secret()).expect("it is JSON");
    let present = |name: &str, value: &str| {
        let mut fields = vec![("grant_type", "refresh_token")];
        for field in ["client_id", "client_secret", "refresh_token"] {
            let own = file[field].as_str().expect("it is a text");
            fields.push((field, if field == name { value } else { own }));
        }
        App::of(&sandbox).send(&Request::form("/gcp/token", &fields))
    };
    for _ in 0..2 {
        let answer = present("", "").json();
        assert_eq!(answer["scope"], SCOPE);
        assert_eq!(answer["refresh_token"], Value::Null);
    }
    assert_eq!(present("client_secret", "x").status, 401);
    assert_eq!(present("refresh_token", "x").text("/error"), "invalid_grant");
}

#[test]
fn faults_strike_the_endpoint() {
    let Some((sandbox, _)) = registered() else { return };
    let plan = sandbox.control();
    plan.fault(xreq::sandbox::Endpoint::Mint, Fault::status(503), 1);
    assert_eq!(present(&sandbox, |_| ()).status, 503);
    assert_eq!(present(&sandbox, |_| ()).status, 200);
}

#[test]
fn google_auth_mints_here() {
    let Some((sandbox, file)) = registered() else { return };
    if lacks_google_auth() {
        return;
    }
    let mut command = Command::new(machine::python());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/service_account.py");
    command.args(["-B", script, "mint", &sandbox.base_url(), SCOPE]);
    let ran = Ran::with_input(&mut command, file.to_string().as_bytes()).succeeds();
    assert_eq!(ran.json()["caller"], ACCOUNT);
    assert_eq!(ran.json()["scope"], SCOPE);
}
