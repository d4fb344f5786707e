//! Keys of service accounts, as a provider hands them out.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::machine;

/// The account of the key.
pub const ACCOUNT: &str = "agent@a-project.iam.example.com";

/// A new key in PEM, which the tests of a process share; nothing where there is no openssl.
pub fn pem() -> Option<&'static str> {
    static KEY: OnceLock<String> = OnceLock::new();
    if machine::lacks("openssl") {
        return None;
    }
    Some(KEY.get_or_init(|| {
        let arguments = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
        let made = Command::new("openssl").args(arguments).stderr(Stdio::null()).output();
        String::from_utf8(made.expect("openssl runs").stdout).expect("it is PEM")
    }))
}

/// The file of such a key, for a provider that has its token endpoint there.
pub fn key_file(token_url: &str) -> Option<Value> {
    Some(json!({
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "0123456789abcdef",
        "private_key": pem()?,
        "client_email": ACCOUNT,
        "client_id": "100000000000000000001",
        "token_uri": token_url,
    }))
}
