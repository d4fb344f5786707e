//! Sealing again, and the mark by which it is known what has to be.

use std::io::Read;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{Decryptor, Encryptor};

use super::*;

/// Recipients beside those of the fixture.
fn with_another(fixture: &Fixture) -> (Identities, Recipients) {
    let folder = TempDir::new().unwrap();
    let home = Home::at(folder.path());
    Identities::generate(&home, now()).unwrap().expect("the folder was empty");
    let other = Identities::load(&home, &Env::default(), &Nobody).unwrap();
    let all = [&fixture.identities, &other].map(|of| of.recipients().unwrap());
    let all = all.iter().flat_map(Recipients::iter).cloned().collect();
    (other, Recipients::new(all).unwrap())
}

fn name() -> RecordName {
    RecordName::Grant(CredentialId::grant(slug("x"), label("default")))
}

#[test]
fn the_mark_tells_the_recipients() {
    let fixture = Fixture::new();
    let (_, both) = with_another(&fixture);
    let turned: Vec<_> = both.iter().cloned().collect();
    let turned = Recipients::new(turned.into_iter().rev().collect()).unwrap();
    fixture.put(&grant("default")).unwrap();
    let sealed = fixture.get("x", "default").unwrap().unwrap();
    assert!(sealed.is_sealed_to(&fixture.recipients) && !sealed.is_sealed_to(&both));
    let lock = fixture.store.lock_grant(&id("x", "default")).unwrap();
    fixture.store.put_grant(&lock, &grant("default"), &both).unwrap();
    let sealed = fixture.get("x", "default").unwrap().unwrap();
    assert!(sealed.is_sealed_to(&turned) && !sealed.is_sealed_to(&fixture.recipients));
}

#[test]
fn a_record_without_a_mark_is_sealed_again() {
    let fixture = Fixture::new();
    let mut stored = fixture.stored();
    let armored = stored["sealed"]["refresh_token"].as_str().unwrap().to_owned();
    let plaintext = unseal(&armored, &fixture.identities).unwrap();
    let recipients = fixture.recipients.iter().map(Recipient::as_age);
    let mut unmarked = Vec::new();
    let armor = ArmoredWriter::wrap_output(&mut unmarked, Format::AsciiArmor).unwrap();
    let mut stream = Encryptor::with_recipients(recipients).unwrap().wrap_output(armor).unwrap();
    stream.write_all(&plaintext).unwrap();
    stream.finish().unwrap().finish().unwrap();
    stored["sealed"]["refresh_token"] = String::from_utf8(unmarked).unwrap().into();
    fixture.reopen(stored.to_string()).unwrap();
    let (store, to) = (&fixture.store, &fixture.recipients);
    assert_eq!(store.seal_of(&name(), to).unwrap(), SealState::Other);
    assert_eq!(store.reseal(&name(), &fixture.identities, to).unwrap(), SealState::Other);
    assert_eq!(store.seal_of(&name(), to).unwrap(), SealState::Current);
    assert_eq!(store.reseal(&name(), &fixture.identities, to).unwrap(), SealState::Current);
    fixture.store.remove_grant(&store.lock_grant(&id("x", "default")).unwrap()).unwrap();
    assert_eq!(store.reseal(&name(), &fixture.identities, to).unwrap(), SealState::Gone);
}

#[test]
fn a_pending_grant_is_sealed_again() {
    let fixture = Fixture::new();
    let (other, both) = with_another(&fixture);
    let id = CredentialId::grant(slug("x"), label("default"));
    let lock = fixture.store.lock_pending_grant(&id).unwrap();
    let pending = PendingGrant::new(grant("default"));
    fixture.store.put_pending_grant(&lock, &pending, &fixture.recipients).unwrap();
    drop(lock);
    let name = RecordName::Pending(id.clone());
    assert_eq!(fixture.store.record_names().unwrap(), std::slice::from_ref(&name));
    fixture.store.reseal(&name, &fixture.identities, &both).unwrap();
    assert_eq!(fixture.store.seal_of(&name, &both).unwrap(), SealState::Current);
    fixture.store.pending_grant(&id).unwrap().unwrap().unseal(&other).unwrap();
}

/// Any change of the mark damages the seal.
#[test]
fn the_mark_cannot_be_changed() {
    let fixture = Fixture::new();
    let mut stored = fixture.stored();
    let armored = stored["sealed"]["access_token"].as_str().unwrap().to_owned();
    let mut bytes = Vec::new();
    ArmoredReader::new(armored.as_bytes()).read_to_end(&mut bytes).unwrap();
    let tag = b"-> xreq-recipients ";
    let at = bytes.windows(tag.len()).position(|part| part == tag).unwrap() + tag.len();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    let mut changed = Vec::new();
    let mut armor = ArmoredWriter::wrap_output(&mut changed, Format::AsciiArmor).unwrap();
    armor.write_all(&bytes).unwrap();
    armor.finish().unwrap();
    assert!(Decryptor::new_buffered(ArmoredReader::new(&changed[..])).is_ok(), "it has the form");
    stored["sealed"]["access_token"] = String::from_utf8(changed).unwrap().into();
    assert_eq!(fixture.reopen(stored.to_string()).unwrap_err().code(), Code::StoreCorrupt);
}
