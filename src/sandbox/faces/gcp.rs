//! Google Cloud: tokens that are minted for service accounts, and models that repeat what they are told.

use serde_json::{Value, json};

use crate::catalog::Operation;
use crate::sandbox::call::{Answer, Call};
use crate::sandbox::face::{Face, RefreshTokenCondition};
use crate::sandbox::http::Reply;

pub(super) const FACE: Face =
    Face { provider: "gcp", refresh_token: RefreshTokenCondition::Never, perform, ..Face::USUAL };

fn perform(operation: &Operation, call: &mut Call<'_>) -> Option<Answer> {
    let method = operation.path.rsplit_once(':').map(|(_, method)| method);
    match (operation.method.name(), method) {
        ("POST", Some("generateContent")) => Some(generate(call)),
        ("POST", Some("predict")) => Some(predict(call)),
        _ => None,
    }
}

/// Answers a model's text: the last one that it was told.
fn generate(call: &Call<'_>) -> Answer {
    let contents = call.body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let told = contents.last().and_then(|last| last.pointer("/parts/0/text"));
    let Some(told) = told.and_then(Value::as_str) else {
        return Err(refused(400, "INVALID_ARGUMENT", "at least one contents field is required"));
    };
    let content = json!({"role": "model", "parts": [{"text": told}]});
    let candidate = json!({"content": content, "finishReason": "STOP", "index": 0});
    Ok(Reply::json(200, &json!({"candidates": [candidate]})))
}

fn predict(call: &Call<'_>) -> Answer {
    match &call.body["instances"] {
        Value::Array(instances) if !instances.is_empty() => {
            Ok(Reply::json(200, &json!({"predictions": instances})))
        }
        _ => Err(refused(400, "INVALID_ARGUMENT", "at least one instance is required")),
    }
}

/// Returns a refusal, as Google's APIs word it.
fn refused(code: u16, status: &str, message: &str) -> Reply {
    Reply::json(code, &json!({"error": {"code": code, "message": message, "status": status}}))
}
