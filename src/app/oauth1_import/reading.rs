//! The reading of a text that has keys and tokens, and what is said of its faults.

use crate::app::import::TokenText;
use crate::catalog::{Oauth1, Provider};
use crate::error::{Code, Error, Result};
use crate::oauth::oauth1::key_file::{self, KeyFile, KeyFileFault};
use crate::text::encoding;

/// Reads the fields of a text, under all their names.
///
/// # Errors
///
/// All its faults, each with its place.
pub(super) fn parse(
    TokenText { name, bytes }: &TokenText,
    provider: &Provider,
    endpoints: &Oauth1,
) -> Result<KeyFile, Vec<Error>> {
    let text = encoding::decode(bytes).map_err(|what| {
        let error = Error::new(Code::FileUnreadable, format!("{name} {what}"));
        vec![error.with_hint(encoding::AS_UTF8)]
    })?;
    let own = provider.env_prefix.as_str();
    let others = endpoints.other_prefixes.iter().map(String::as_str);
    let prefixes: Vec<_> = [own].into_iter().chain(others).collect();
    let faults = match key_file::read(text, &prefixes) {
        Ok(file) => return Ok(file),
        Err(faults) => faults,
    };
    Err(faults.iter().map(|fault| faulty(fault, name)).collect())
}

fn faulty(fault: &KeyFileFault, file: &str) -> Error {
    match fault {
        KeyFileFault::Line(place, why) => {
            Error::new(Code::AmbiguousAssignment, format!("{file}:{place}: {why}"))
                .with_hint("write it as NAME=value, or make it a comment")
        }
        KeyFileFault::Value(place, name) => {
            let message = format!("{file}:{place}: `{name}` has a value that no such key has");
            Error::new(Code::TokenInvalid, message)
                .with_hint("copy it again: keys and tokens are visible ASCII without blanks")
        }
        KeyFileFault::Differing([(place, name), (other_place, other)]) => {
            let message = format!(
                "{file}:{other_place}: `{other}` has another value than `{name}` at {file}:{place}, and both \
                 name the same thing"
            );
            Error::new(Code::TokenInvalid, message).with_hint("take the one out that is not meant")
        }
        KeyFileFault::Half { there: (place, name), missing } => {
            let message = format!("{file}:{place}: `{name}` is there, and the {missing} is not");
            Error::new(Code::TokenInvalid, message)
                .with_hint("a key and its secret go together: copy both")
        }
    }
}
