//! Arguments of X's operations, and how X words what is wrong with them.

use serde_json::{Value, json};

use crate::sandbox::call::Call;
use crate::sandbox::http::Reply;
use crate::sandbox::refusal::PROBLEMS;

impl Call<'_> {
    /// Refuses a call in the name of another user than the token's.
    pub(super) fn is_mine(&self, parameter: &str) -> Result<(), Reply> {
        let given = self.argument(0);
        if given == self.me {
            return Ok(());
        }
        let must = format!("must be the same as the authenticating user [{}]", self.me);
        Err(invalid(parameter, given, &must))
    }

    /// Returns a text of the body that has to be there.
    pub(super) fn text(&self, name: &str) -> Result<String, Reply> {
        let text = self.body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| {
            invalid(name, "", "has to be a text in a JSON body, and may not be empty")
        })
    }
}

/// Returns the answer for an argument that cannot be used, as X words it.
pub(super) fn invalid(parameter: &str, value: &str, why: &str) -> Reply {
    let message = format!("The `{parameter}` query parameter value [{value}] {why}");
    Reply::json(
        400,
        &json!({
            "errors": [{"parameters": {parameter: [value]}, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": format!("{PROBLEMS}invalid-request"),
        }),
    )
}

/// Returns X's words for something that is not there, beside a status of 200.
pub(super) fn not_found(resource: &str, parameter: &str, value: &str) -> Value {
    json!({
        "value": value,
        "detail": format!("Could not find {resource} with {parameter}: [{value}]."),
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": format!("{PROBLEMS}resource-not-found"),
    })
}

/// Refuses what is no id: one to nineteen digits.
pub(super) fn is_id(parameter: &str, value: &str) -> Result<(), Reply> {
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    if digits && (1..=19).contains(&value.len()) {
        return Ok(());
    }
    Err(invalid(parameter, value, "does not match ^[0-9]{1,19}$"))
}
