//! A file of the store: its record is read or refused, and opened or refused; and what was sealed
//! in it by whoever can seal to its owner is taken for a record, or not.

use std::path::PathBuf;
use std::sync::LazyLock;

use age::secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use xreq::error::{Code, Error};
use xreq::model::name::SecretName;
use xreq::store::{
    Client, ClientName, CredentialId, Grant, Identities, LONGEST_VALUE, Nobody, Record,
    SealedRecord, Secret, unseal,
};
use xreq::sys::env::Env;
use xreq::sys::home::Home;

/// What the records of the corpus are sealed to. It is in two parts so that nobody takes it for a
/// key that was lost: it opens these files, and nothing else.
pub const IDENTITY: &str =
    concat!("AGE-SECRET-", "KEY-1CKU74XGWN6SHXU6K90QTDWH9NYVSSPN5YCASG23Y9H62N2F3RVQSD7KLP2");

static IDENTITIES: LazyLock<Identities> = LazyLock::new(|| {
    let env = [("XREQ_IDENTITY", IDENTITY)].into_iter().collect::<Env>();
    Identities::load(&Home::at("/nowhere"), &env, &Nobody).expect("it is an identity")
});

/// Takes the bytes for a file of the store, for what is sealed in one, and for the seal itself.
pub fn check(bytes: &[u8]) {
    let content = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let stated = |field: &str| content["metadata"][field].as_str();
    let provider = || stated("provider").and_then(|text| text.parse().ok());
    let provider = || provider().unwrap_or_else(|| "x".parse().expect("a slug"));
    let label = |field| stated(field).and_then(|text| text.parse().ok()).unwrap_or_default();
    let name = stated("name").and_then(|text| text.parse().ok());
    let name: SecretName = name.unwrap_or_else(|| "FAL_KEY".parse().expect("a name"));

    file::<Grant>(bytes, &CredentialId::grant(provider(), label("account")));
    file::<Client>(bytes, &ClientName { provider: provider(), name: label("name") });
    file::<Secret>(bytes, &name);
    plaintext(bytes, without_tokens);
    plaintext(bytes, without_client_secrets);
    plaintext(bytes, without_value);
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = unseal(text, &IDENTITIES);
    }
}

/// Reads a file, and opens it.
fn file<R: Record>(bytes: &[u8], name: &R::Name) {
    let sealed = match SealedRecord::<R>::parse(bytes, name, PathBuf::from("record.json")) {
        Ok(sealed) => sealed,
        Err(error) => return is_told(&error),
    };
    assert_eq!(R::name_in(&sealed.metadata), *name);
    match sealed.unseal(&IDENTITIES) {
        Ok(record) => assert_eq!(*record.metadata(), sealed.metadata),
        Err(error) => is_told(&error),
    }
}

fn is_told(error: &Error) {
    use Code::{StoreCorrupt, StoreSealed, StoreTampered, StoreTooNew};
    let codes = [StoreCorrupt, StoreSealed, StoreTampered, StoreTooNew];
    assert!(codes.contains(&error.code()), "{error}");
    let told = format!("{error} {}", error.hint().expect("there is a way out"));
    assert!(!told.contains(char::is_control), "it gets to the terminal: {told:?}");
}

/// Takes the bytes for what was sealed: what is taken for a record is written as the same one, and
/// shown without its secrets.
fn plaintext<R: Record + std::fmt::Debug>(bytes: &[u8], without_secrets: fn(&R) -> R) {
    let Some(record) = R::from_plaintexts([bytes]) else { return };
    let written = record.plaintexts();
    let parts = written.iter().map(|(_, part)| part.as_slice());
    let again = R::from_plaintexts(parts).expect("it was written as a record");
    assert_eq!(again.plaintexts(), written);
    assert_eq!(R::name_in(again.metadata()), R::name_in(record.metadata()));
    assert_eq!(format!("{record:?}"), format!("{:?}", without_secrets(&record)));
}

fn nothing() -> SecretString {
    SecretString::from("-")
}

fn without_tokens(grant: &Grant) -> Grant {
    let refresh_token = grant.refresh_token.as_ref().map(|_| nothing());
    Grant { refresh_token, ..Grant::new(grant.metadata.clone(), nothing()) }
}

fn without_client_secrets(client: &Client) -> Client {
    let secret = client.secret.as_ref().map(|_| nothing());
    let consumer_secret = client.consumer_secret.as_ref().map(|_| nothing());
    Client { metadata: client.metadata.clone(), secret, consumer_secret }
}

fn without_value(secret: &Secret) -> Secret {
    let value = secret.value().expose_secret();
    assert!(!value.is_empty() && value.len() <= LONGEST_VALUE && !value.contains('\0'));
    let metadata = secret.metadata();
    let other = Secret::new(metadata.name.clone(), nothing(), metadata.stored_at);
    other.expect("it has a value").of_generation(metadata.generation)
}
