//! Assertions of service accounts, beside another implementation: google-auth takes what xreq signs.

use std::process::{Command, Stdio};

use jiff::Timestamp;
use serde_json::{Value, json};
use xreq::model::scope::ScopeSet;
use xreq::oauth::service_account::assertion::Assertion;
use xreq::oauth::service_account::private_key::PrivateKey;

use age::secrecy::ExposeSecret;

use crate::support::service_account::{ACCOUNT, pem};
use crate::support::{Ran, machine};

const AUDIENCE: &str = "https://oauth2.example.com/token";

/// Whether Python has no google-auth, which is then said.
pub fn lacks_google_auth() -> bool {
    let mut probe = Command::new(machine::python());
    let probe = probe.args(["-c", "import google.oauth2.service_account, requests"]);
    let is_there = probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !is_there {
        machine::skips("Python has no google-auth: run tests/python/setup");
    }
    !is_there
}

fn claims(assertion: &str, public_key: &str) -> Ran {
    let mut command = Command::new(machine::python());
    command.args(["-B", "tests/python/service_account.py", "verify"]);
    let given = json!({"assertion": assertion, "public_key": public_key, "audience": AUDIENCE});
    Ran::with_input(&mut command, given.to_string().as_bytes())
}

#[test]
fn google_auth_takes_our_assertions() {
    let Some(pem) = pem() else { return };
    if lacks_google_auth() {
        return;
    }
    let mut openssl = Command::new("openssl");
    let public_key =
        Ran::with_input(openssl.args(["pkey", "-pubout"]), pem.as_bytes()).succeeds().stdout;
    let key = PrivateKey::from_pem(&pem.into()).expect("openssl made it");
    let issued_at = Timestamp::now();
    let assertion = Assertion {
        issuer: ACCOUNT,
        key_id: Some("a key"),
        subject: None,
        scopes: &ScopeSet::parse("https://www.example.com/auth/b https://www.example.com/auth/a"),
        audience: AUDIENCE,
        issued_at,
    };
    let signed = assertion.signed(&key);
    let seconds = issued_at.as_second();
    let expected = json!({
        "iss": ACCOUNT,
        "aud": AUDIENCE,
        "scope": "https://www.example.com/auth/a https://www.example.com/auth/b",
        "iat": seconds,
        "exp": seconds + 3_600,
    });
    assert_eq!(claims(signed.expose_secret(), &public_key).succeeds().json(), expected);

    let delegated = Assertion { subject: Some("user@example.com"), ..assertion }.signed(&key);
    let delegated: Value = claims(delegated.expose_secret(), &public_key).succeeds().json();
    assert_eq!(delegated["sub"], "user@example.com");

    // It does verify: neither another text nor another signature is taken.
    let mut other = signed.expose_secret().to_owned();
    let middle = other.rfind('.').expect("it has three parts") + 20;
    let letter = if &other[middle..=middle] == "A" { "B" } else { "A" };
    other.replace_range(middle..=middle, letter);
    claims(&other, &public_key).exits(1).complains("Could not verify token signature");
}
