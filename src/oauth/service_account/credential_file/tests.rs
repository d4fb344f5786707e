use std::process::{Command, Stdio};

use age::secrecy::ExposeSecret;
use serde_json::json;

use super::*;

const TOKEN_URL: &str = "https://oauth2.example.com/token";

/// The service accounts of a provider in the shape of Google Cloud.
fn data() -> ServiceAccount {
    let data = json!({
        "token_url": TOKEN_URL,
        "exchange_url": "https://sts.example.com/v1/token",
        "impersonation_url": "https://iam.example.com/accounts/{account}:generateAccessToken",
        "env": {"CLOUD_ACCESS_TOKEN": "access_token"},
    });
    serde_json::from_value(data).expect("it is such data")
}

fn parse(text: &str) -> Result<CredentialFile, CredentialFault> {
    CredentialFile::parse(text, &data(), None)
}

/// Returns a key in PEM, as openssl makes it; nothing where there is no openssl.
fn pem(arguments: &[&str]) -> Option<String> {
    let made = Command::new("openssl").args(arguments).stderr(Stdio::null()).output();
    let Ok(made) = made else {
        let required = std::env::var_os("XREQ_TEST_REQUIRE").is_some_and(|what| what == "all");
        assert!(!required, "there is no `openssl` here");
        return None;
    };
    assert!(made.status.success(), "openssl makes a key");
    Some(String::from_utf8(made.stdout).expect("it is PEM"))
}

fn rsa(bits: u32) -> Option<String> {
    pem(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")])
}

fn key_file(private_key: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "0123abcd",
        "private_key": private_key,
        "client_email": "agent@a-project.iam.example.com",
        "client_id": "1",
        "token_uri": TOKEN_URL,
        "universe_domain": "example.com",
    })
}

fn fault(file: &Value) -> String {
    let text = serde_json::to_string_pretty(file).expect("it is JSON");
    parse(&text).expect_err("it is refused").to_string()
}

#[test]
fn keys_are_read_in_both_forms() {
    let Some(pkcs8) = rsa(2048) else { return };
    let Some(pkcs1) = pem(&["genrsa", "-traditional", "2048"]) else { return };
    assert!(pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----"), "openssl knows the older form");
    for pem in [pkcs8, pkcs1] {
        let text = key_file(&pem).to_string();
        let file = parse(&text).expect("it is a key");
        assert_eq!(file.project.as_deref(), Some("a-project"));
        let Source::Key(key) = file.source else { panic!("it is a key") };
        assert_eq!(key.client_email, "agent@a-project.iam.example.com");
        assert_eq!(key.key_id.as_deref(), Some("0123abcd"));
        assert_eq!(key.private_key.expose_secret(), pem);
    }
}

#[test]
fn keys_that_cannot_sign_are_told_with_their_place() {
    let (Some(small), Some(other)) =
        (rsa(1024), pem(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]))
    else {
        return;
    };
    let damaged = small.replace('x', "!");
    let cut = &small[..400];
    for (pem, told) in [
        (small.as_str(), "is no RSA key of 2,048 to 4,096 bits, or is damaged"),
        (&other, "is no RSA key of 2,048 to 4,096 bits, or is damaged"),
        (&damaged, "is damaged: between its first and its last line is no base64"),
        (cut, "is no key in PEM: it begins with no `-----BEGIN PRIVATE KEY-----`"),
        ("canary", "is no key in PEM: it begins with no `-----BEGIN PRIVATE KEY-----`"),
        (
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
            "is PEM of something else than a private key",
        ),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----",
            "is sealed with a passphrase",
        ),
    ] {
        assert_eq!(fault(&key_file(pem)), format!("5:18: `private_key` {told}"));
    }
}

#[test]
fn the_credentials_of_a_user_are_read() {
    let file = json!({
        "account": "", "type": "authorized_user", "client_id": "c", "client_secret": "s",
        "refresh_token": "1//canary", "quota_project_id": "q", "universe_domain": "example.com",
    });
    let read = parse(&file.to_string()).expect("it is such a file");
    let Source::AuthorizedUser(user) = read.source else { panic!("it is a user's") };
    assert_eq!((user.client_id.as_str(), user.refresh_token.expose_secret()), ("c", "1//canary"));
    assert_eq!(read.project.as_deref(), Some("q"));
    for (name, value, told) in [
        ("refresh_token", json!(""), "4:20: `refresh_token` is missing"),
        ("refresh_token", json!(7), "4:20: `refresh_token` is no text"),
        ("refresh_token", json!("a b"), "4:20: `refresh_token` has characters that none has"),
        ("client_id", json!("ü"), "2:16: `client_id` is no name"),
    ] {
        let mut file = json!({"client_id": "c", "client_secret": "s", "refresh_token": "r", "type": "authorized_user"});
        file[name] = value;
        assert_eq!(fault(&file), told);
    }
}

#[test]
fn threat_15_a_file_decides_neither_what_runs_nor_where_anything_is_sent() {
    let command_line = "which a file does not decide";
    for file in [
        json!({"type": "external_account", "credential_source": {"executable": {"command": "/bin/canary"}}}),
        json!({"type": "external_account", "token_url": "https://evil.example.net/canary"}),
        json!({"type": "external_account_authorized_user"}),
        json!({"type": "impersonated_service_account", "service_account_impersonation_url": "canary"}),
        json!({"type": "gdch_service_account"}),
    ] {
        let text = file.to_string();
        let fault = parse(&text).expect_err("it is refused");
        assert!(fault.what.contains(command_line), "{fault}");
        assert!(!format!("{fault:?}").contains("canary"), "{fault:?}");
        let parts = fault.way_out.expect("there is one");
        for parameter in [Parameter::Command, Parameter::TokenFile] {
            assert!(parts.parts().contains(&parameter.into()), "{parts:?}");
        }
    }
    let Some(pem) = rsa(2048) else { return };
    for (name, value, told) in [
        ("subject", "root@example.com", "9:14: `subject` is no field of such a file"),
        (
            "token_url",
            "https://evil.example.net",
            "9:16: `token_url` is no field of such a file; did you mean `token_uri`?",
        ),
        ("credential_source", "x", "9:24: `credential_source` is no field of such a file"),
        (
            "service_account_impersonation_url",
            "x",
            "9:40: `service_account_impersonation_url` is no field of such a file",
        ),
    ] {
        let mut file = key_file(&pem);
        let fields = file.as_object_mut().expect("it is an object");
        fields.remove("universe_domain");
        fields.insert(name.to_owned(), json!(value));
        assert_eq!(fault(&file), told);
    }
    let mut elsewhere = key_file(&pem);
    elsewhere["token_uri"] = json!("https://evil.example.net/token");
    assert_eq!(fault(&elsewhere), "8:16: `token_uri` is another URL than the provider's");
}

#[test]
fn what_is_no_such_file_is_told_with_its_place() {
    for (text, told) in [
        ("", "1:1: this is no JSON"),
        ("ya29.canary", "1:1: this is no JSON"),
        ("{\n  \"type\": \"service_account\",\n  canary", "3:3: this is no JSON"),
        ("[\"canary\"]", "1:1: this is no object of JSON, or has a field twice"),
        (
            "{\"type\": \"a\",\n \"type\": \"b\"}",
            "2:13: this is no object of JSON, or has a field twice",
        ),
        ("{}", "1:1: `type` is missing"),
        (
            "{\"a\": {\"type\": 1},\n \"type\": \"canary\"}",
            "2:10: `type` is neither `service_account` nor `authorized_user`",
        ),
        (
            "{\"type\": \"service_account\", \"client_email\": \"canary\"}",
            "1:45: `client_email` is no account",
        ),
    ] {
        let fault = parse(text).expect_err("it is refused");
        assert_eq!(fault.to_string(), told, "{text}");
    }
}

fn federation_file() -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.example.com/projects/1/pools/a/providers/b",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.example.com/v1/token",
        "service_account_impersonation_url":
            "https://iam.example.com/accounts/agent@p.example.com:generateAccessToken",
        "credential_source": {"executable": {"command": "/bin/canary"}, "url": "https://evil.example.net"},
    })
}

#[test]
fn threat_15_a_federation_takes_its_tokens_from_the_command_line_alone() {
    let subject = LocalSource::TokenFile { path: "/run/token".into() };
    let parse = |file: &Value, data: &ServiceAccount| {
        let text = serde_json::to_string_pretty(file).expect("it is JSON");
        CredentialFile::parse(&text, data, Some(&subject)).map(|file| file.source)
    };
    let mut file = federation_file();
    let Ok(Source::Federation(read)) = parse(&file, &data()) else { panic!("it is one") };
    assert_eq!(read.subject, subject);
    assert_eq!(read.account.as_deref(), Some("agent@p.example.com"));
    assert_eq!(read.audience, "//iam.example.com/projects/1/pools/a/providers/b");
    file.as_object_mut().expect("an object").remove("service_account_impersonation_url");
    let Ok(Source::Federation(read)) = parse(&file, &data()) else { panic!("it is one") };
    assert_eq!(read.account, None);

    for (name, value, told) in [
        ("token_url", "https://evil.example.net/t", "`token_url` is another URL"),
        (
            "service_account_impersonation_url",
            "https://evil.example.net/accounts/a@b.example.com:generateAccessToken",
            "`service_account_impersonation_url` is another URL",
        ),
        (
            "service_account_impersonation_url",
            "https://iam.example.com/accounts/a@b.c/../x:generateAccessToken",
            "`service_account_impersonation_url` is another URL",
        ),
        (
            "service_account_impersonation_url",
            "https://iam.example.com/accounts/:generateAccessToken",
            "`service_account_impersonation_url` is another URL",
        ),
        (
            "subject_token_type",
            "urn:ietf:params:aws:token-type:aws4_request",
            "`subject_token_type` is no type of token",
        ),
        ("audience", "a b", "`audience` is no name"),
        ("subject", "root@example.com", "`subject` is no field"),
    ] {
        let mut file = federation_file();
        file[name] = json!(value);
        let fault = parse(&file, &data()).expect_err(name);
        assert!(fault.what.starts_with(told), "{fault}");
    }
    // Nothing is exchanged with a provider that does not say where, and for a key.
    let without = ServiceAccount { exchange_url: None, impersonation_url: None, ..data() };
    let fault = parse(&federation_file(), &without).expect_err("it exchanges nothing");
    assert!(fault.what.contains("exchanges no tokens"), "{fault}");
    let user = json!({"type": "authorized_user"});
    assert!(parse(&user, &data()).expect_err("a secret").what.contains("no token is exchanged"));
}
