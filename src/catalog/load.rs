//! Reads the provider files that users write, and says where they are wrong.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_yaml::budget::BudgetBreach;
use serde_yaml::{MergeKeyPolicy, MessageFormatter, UserMessageFormatter};

use super::provider::Provider;
use super::validate;
use crate::error::{Code, Error, Result};
use crate::nearest::nearest;

/// How many bytes a provider file may have: a hundred times the built-in one.
const MAX_BYTES: u64 = 4 << 20;

/// The provider files of a folder, by name. A folder that is not there has none.
pub(super) fn provider_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if is_provider_file(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether a file of the folder holds a provider: editors leave hidden files beside it.
fn is_provider_file(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let extension = path.extension().and_then(|extension| extension.to_str());
    !hidden && matches!(extension, Some("yaml" | "yml" | "json")) && path.is_file()
}

/// Reads one provider file.
pub(super) fn provider(file: &Path) -> Result<Provider> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(file, &error))?;
    let invalid = |what: &str| {
        Error::new(Code::CatalogInvalid, format!("{}: the file {what}", file.display()))
    };
    if bytes.len() as u64 > MAX_BYTES {
        return Err(invalid("is larger than 4 MiB"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("is not UTF-8"))?;
    let mut provider = parse(text).map_err(|faults| {
        let lines: Vec<_> =
            faults.iter().map(|fault| format!("{}:{fault}", file.display())).collect();
        Error::new(Code::CatalogInvalid, lines.join("\n"))
            .with_hint("`xreq schema provider` prints what a provider file may hold")
    })?;
    provider.set_origin(file);
    Ok(provider)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::FileUnreadable, format!("`{}` cannot be read: {error}", path.display()))
}

/// Reads a provider from the text of its file. Each fault is `LINE:COLUMN: what`.
fn parse(text: &str) -> Result<Provider, Vec<String>> {
    let provider: Provider = from_yaml(text).map_err(|fault| vec![fault])?;
    let mut faults: Vec<_> = validate::problems(&provider)
        .into_iter()
        .map(|problem| (problem.place.locate(text), problem.to_string()))
        .collect();
    if faults.is_empty() {
        return Ok(provider);
    }
    faults.sort();
    let line = |((line, column), what)| format!("{line}:{column}: {what}");
    Err(faults.into_iter().map(line).collect())
}

/// Reads what people write by hand. The fault is `LINE:COLUMN: what`.
pub(crate) fn from_yaml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_yaml::from_str_with_options(text, strict())
        .map_err(|error| format!("{}{}", position(&error), explain(&error)))
}

/// YAML without its surprises: one document, no anchors and aliases, no merge keys, no tags, no
/// texts that are really numbers, no key twice.
fn strict() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! { max_anchors: 0, max_aliases: 0 },
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        reject_tagged_field_names: true,
        strict_booleans: true,
        no_schema: true,
        with_snippet: false,
    }
}

fn position(error: &serde_yaml::Error) -> String {
    match error.location() {
        Some(at) => format!("{}:{}: ", at.line(), at.column()),
        None => " ".to_owned(),
    }
}

/// What is wrong, in words for somebody who writes a provider file.
fn explain(error: &serde_yaml::Error) -> String {
    use serde_yaml::Error as Yaml;
    match error {
        Yaml::SerdeUnknownField { field, expected, .. } => unknown("field", field, expected),
        Yaml::SerdeUnknownVariant { variant, expected, .. } => unknown("value", variant, expected),
        Yaml::SerdeMissingField { field, .. } => format!("the field `{field}` is missing"),
        Yaml::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` is there twice"),
        Yaml::MultipleDocuments { .. } => {
            "a second document begins; one file has one provider".into()
        }
        Yaml::MergeKeyNotAllowed { .. } => "merge keys are not supported; repeat the fields".into(),
        Yaml::Budget {
            breach: BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. },
            ..
        } => "anchors and aliases are not supported; repeat the value".into(),
        Yaml::QuotingRequired { value, .. } => {
            format!("a text is expected; put `{value}` into quotes")
        }
        other => UserMessageFormatter.format_message(other).into_owned(),
    }
}

fn unknown(what: &str, word: &str, expected: &[&str]) -> String {
    match nearest(word, expected.iter().copied()) {
        Some(meant) => format!("unknown {what} `{word}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{word}`; known are {}", quoted_list(expected)),
    }
}

fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
