//! The key of the service account that every sandbox has. It is known to everybody, and opens nothing else.

use serde_json::{Value, json};

/// The service account.
pub(in crate::sandbox) const ACCOUNT: &str = "agent@sandbox.iam.gserviceaccount.com";

/// The number of its project.
pub(in crate::sandbox) const PROJECT_NUMBER: &str = "123456789012";

/// The key: PKCS #8 (RFC 5958) in base64.
const KEY: &str = include_str!("own_key.txt");

/// Returns the file of the key, as the console hands such ones out, for tokens that are asked for at this
/// URL.
pub(in crate::sandbox) fn file(token_url: &str) -> Value {
    json!({
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": "sandbox",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{KEY}-----END PRIVATE KEY-----\n"),
        "client_email": ACCOUNT,
        "client_id": "100000000000000000000",
        "token_uri": token_url,
    })
}
