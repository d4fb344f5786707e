//! Clients: what an app has of OAuth 2.0, of OAuth 1.0a, or of both.

use std::collections::BTreeMap;

use super::*;
use crate::credential::origins::Origins;

fn client(secret: Option<&str>, consumer: Option<(&str, &str)>) -> Client {
    Client {
        metadata: ClientMetadata {
            provider: slug("x"),
            name: label("default"),
            client_id: Some("client-1".to_owned()),
            origins: Origins::default(),
            url_values: BTreeMap::new(),
            redirect_uri: None,
            confidential: secret.is_some(),
            consumer_key: consumer.map(|(key, _)| key.to_owned()),
            stored_at: now(),
            generation: 1,
        },
        secret: secret.map(SecretString::from),
        consumer_secret: consumer.map(|(_, secret)| SecretString::from(secret)),
    }
}

fn kept(fixture: &Fixture, client: &Client) -> (ClientMetadata, [Option<String>; 2], String) {
    let name = ClientName { provider: slug("x"), name: label("default") };
    let lock = fixture.store.lock_client(&name).unwrap();
    fixture.store.put_client(&lock, client, &fixture.recipients).unwrap();
    let file = fs::read_to_string(fixture.home().clients().join("x/default.json")).unwrap();
    let client = fixture.store.client(&name).unwrap().unwrap().unseal(&fixture.identities).unwrap();
    let clear = |secret: Option<SecretString>| Some(secret?.expose_secret().to_owned());
    (client.metadata, [clear(client.secret), clear(client.consumer_secret)], file)
}

#[test]
fn a_client_keeps_what_it_has_of_each_protocol() {
    let fixture = Fixture::new();
    for (secret, consumer) in [
        (None, None),
        (Some("s-2"), None),
        (None, Some(("k-1", "s-1"))),
        (Some("s-2"), Some(("k-1", "s-1"))),
    ] {
        let client = client(secret, consumer);
        let (metadata, secrets, file) = kept(&fixture, &client);
        assert_eq!(metadata, client.metadata);
        let expected = [secret, consumer.map(|(_, secret)| secret)];
        assert_eq!(secrets.each_ref().map(Option::as_deref), expected);
        assert_eq!(file.contains("k-1"), consumer.is_some(), "the key is no secret: {file}");
        assert!(!file.contains("s-1") && !file.contains("s-2"), "{file}");
    }
}

#[test]
fn a_record_without_consumer_credentials_is_written_as_before() {
    let (_, _, file) = kept(&Fixture::new(), &client(Some("s-2"), None));
    let record: serde_json::Value = serde_json::from_str(&file).unwrap();
    let names = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(
        names(&record["metadata"]),
        ["provider", "name", "client_id", "confidential", "stored_at", "generation"]
    );
    assert_eq!(names(&record["sealed"]), ["client_secret"]);
}

#[test]
fn a_client_may_have_consumer_credentials_alone() {
    let mut client = client(None, Some(("k-1", "s-1")));
    client.metadata.client_id = None;
    let (metadata, secrets, file) = kept(&Fixture::new(), &client);
    assert_eq!((metadata, secrets), (client.metadata, [None, Some("s-1".to_owned())]));
    assert!(!file.contains("client_id"), "{file}");
}

#[test]
fn a_client_has_an_id_or_a_consumer_key() {
    let secret = |secret: &str| Some(SecretString::from(secret));
    let without_id = |mut client: Client| {
        client.metadata.client_id = None;
        client.metadata
    };
    let nothing = without_id(client(None, None));
    assert!(Client::assemble(nothing, vec![None, None]).is_none());
    // A client secret is that of an id.
    let both = without_id(client(Some("s-2"), Some(("k-1", "s-1"))));
    assert!(Client::assemble(both, vec![secret("s-2"), secret("s-1")]).is_none());
}

#[test]
fn a_consumer_key_and_its_secret_go_together() {
    let whole = client(None, Some(("k-1", "s-1")));
    let secret = || Some(SecretString::from("s-1"));
    assert!(Client::assemble(whole.metadata.clone(), vec![None, secret()]).is_some());
    assert!(Client::assemble(whole.metadata, vec![None, None]).is_none());
    assert!(Client::assemble(client(None, None).metadata, vec![None, secret()]).is_none());
}
