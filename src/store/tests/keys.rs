//! Identities: where they come from, what they are sealed with, and what is none.

use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::thread;

use age::armor::{ArmoredWriter, Format};
use age::{Encryptor, scrypt, x25519};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::*;
use crate::sys::files::Trust;

pub(super) const PASSPHRASE: &str = "canary passphrase";

/// Somebody who knows a passphrase, and what they were asked for.
pub(super) struct Somebody(&'static str, pub(super) RefCell<Vec<String>>);

impl Somebody {
    pub(super) fn knowing(passphrase: &'static str) -> Self {
        Self(passphrase, RefCell::default())
    }
}

impl Passphrase for Somebody {
    fn ask(&self, what: &str) -> Result<SecretString> {
        self.1.borrow_mut().push(what.to_owned());
        Ok(SecretString::from(self.0))
    }
}

fn key() -> (x25519::Identity, String) {
    let identity = x25519::Identity::generate();
    let text = identity.to_string().expose_secret().to_owned();
    (identity, text)
}

/// An empty home, and an environment that names an identity with this text in a file there.
fn named(content: impl AsRef<[u8]>) -> (TempDir, Home, Env) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, content).unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let env = [("XREQ_IDENTITY_FILE", file)].into_iter().collect();
    let home = Home::at(folder.path());
    (folder, home, env)
}

fn load(content: impl AsRef<[u8]>, prompt: &dyn Passphrase) -> Result<Identities> {
    let (_folder, home, env) = named(content);
    Identities::load(&home, &env, prompt)
}

/// Sealed to the public side of the identities, something is opened by them.
pub(super) fn assert_opens(identities: &Identities) {
    let sealed = seal(b"canary", &identities.recipients().unwrap());
    assert_eq!(**unseal(&sealed, identities).unwrap(), *b"canary");
}

/// An age file sealed with a passphrase; the little work that it takes to open keeps tests fast.
fn sealed_with_passphrase(content: &str, format: Format) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE));
    recipient.set_work_factor(2);
    let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
    let armor = ArmoredWriter::wrap_output(Vec::new(), format).unwrap();
    let mut stream = encryptor.wrap_output(armor).unwrap();
    stream.write_all(content.as_bytes()).unwrap();
    stream.finish().unwrap().finish().unwrap()
}

pub(super) fn of_file(file: &Path) -> Env {
    [("XREQ_IDENTITY_FILE", file)].into_iter().collect()
}

#[test]
fn an_identity_is_made_once_and_for_its_owner() {
    let folder = TempDir::new().unwrap();
    let home = Home::at(folder.path().join("new/home"));
    let recipient = Identities::generate(&home, now()).unwrap().unwrap().to_string();
    let text = fs::read_to_string(home.identity_file()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..2],
        ["# created: 2026-11-22T04:05:06Z", &format!("# public key: {recipient}")]
    );
    assert!(lines[2].starts_with("AGE-SECRET-KEY-1") && lines.len() == 3);
    let identities = Identities::load(&home, &Env::default(), &Nobody).unwrap();
    assert_eq!(identities.recipients().unwrap().iter().next().unwrap().to_string(), recipient);

    assert!(Identities::generate(&home, now()).unwrap().is_none());
    assert_eq!(fs::read_to_string(home.identity_file()).unwrap(), text);
    assert_eq!(names(&folder.path().join("new/home")), ["identity.txt"]);
}

#[test]
fn of_many_at_once_one_makes_the_identity() {
    let folder = TempDir::new().unwrap();
    let home = Home::at(folder.path().join("new"));
    let start = Barrier::new(8);
    let make = || {
        start.wait();
        Identities::generate(&home, now()).unwrap()
    };
    let generated: Vec<_> = thread::scope(|threads| {
        let makers: Vec<_> = (0..8).map(|_| threads.spawn(make)).collect();
        makers.into_iter().filter_map(|maker| maker.join().unwrap()).collect()
    });
    let [recipient] = &generated[..] else { panic!("{generated:?}") };
    let text = fs::read_to_string(home.identity_file()).unwrap();
    assert!(text.contains(&recipient.to_string()));
    assert_eq!(names(&folder.path().join("new")), ["identity.txt"]);
}

#[test]
fn the_file_comes_before_the_variable_and_that_before_the_home() {
    let fixture = Fixture::new();
    let ((file, file_text), (variable, variable_text)) = (key(), key());
    let path = fixture.folder.path().join("key");
    fs::write(&path, file_text).unwrap();
    let path = path.to_str().unwrap();
    let first = |vars: &[(&str, &str)]| {
        let env = vars.iter().copied().collect();
        let identities = Identities::load(fixture.home(), &env, &Nobody).unwrap();
        identities.recipients().unwrap().iter().next().unwrap().to_string()
    };
    let file_and_variable = [("XREQ_IDENTITY_FILE", path), ("XREQ_IDENTITY", &variable_text)];
    assert_eq!(first(&file_and_variable), file.to_public().to_string());
    assert_eq!(first(&file_and_variable[1..]), variable.to_public().to_string());
    let own = fixture.recipients.iter().next().unwrap().to_string();
    assert_eq!(first(&[]), own);
    assert_eq!(first(&[("XREQ_IDENTITY", ""), ("XREQ_IDENTITY_FILE", "")]), own);
}

#[test]
fn every_identity_of_a_file_opens() {
    let ((one, one_text), (two, two_text)) = (key(), key());
    let text = format!("# one\r\n{one_text}\r\n\n  {two_text}");
    let identities = load(&text, &Nobody).unwrap();
    for public in [one.to_public(), two.to_public()] {
        let recipients = Recipients::new(vec![Recipient::X25519(public)]).unwrap();
        assert_eq!(**unseal(&seal(b"canary", &recipients), &identities).unwrap(), *b"canary");
    }
    assert_eq!(identities.recipients().unwrap().iter().count(), 2);
}

#[test]
fn no_identity_is_an_error_with_a_way_out() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing");
    for env in [Env::default(), of_file(&missing), of_file(folder.path())] {
        let error = Identities::load(&Home::at(folder.path()), &env, &Nobody).unwrap_err();
        assert_eq!(error.code(), Code::IdentityMissing);
        assert!(error.hint().unwrap().contains("`xreq init`"));
    }
}

#[test]
fn what_is_no_identity_is_named_and_not_shown() {
    let (_, text) = key();
    let damaged = text.replace('1', "1CANARY");
    let endless = " ".repeat((1 << 20) + 1);
    for (content, what) in [
        ("", "no identity in it"),
        ("# nothing\n\n", "no identity in it"),
        (damaged.as_str(), "line 1 is no age identity"),
        ("# canary\ncanary", "line 2 is no age identity"),
        ("AGE-PLUGIN-YUBIKEY-1CANARY", "plugin"),
        ("AGE-SECRET-KEY-PQ-1CANARY", "post-quantum"),
        ("age1canary", "public key"),
        ("ssh-ed25519 canary", "public key"),
        ("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n", "SSH private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n", "SSH private key"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\ncanary\n", "damaged age file"),
        ("age-encryption.org/v1\ncanary", "damaged age file"),
    ] {
        let error = load(content, &Nobody).unwrap_err();
        assert_eq!(error.code(), Code::IdentityInvalid, "{content}: {error}");
        assert!(error.to_string().contains(what), "{error}");
        assert!(!format!("{error:?}").to_lowercase().contains("canary"), "{error:?}");
    }
    assert_eq!(code(load(b"\xff", &Nobody)), Some(Code::IdentityInvalid));
    assert_eq!(code(load(endless, &Nobody)), Some(Code::IdentityMissing));
}

#[test]
fn an_identity_in_the_form_of_something_else_is_named_and_not_shown() {
    let (_, text) = key();
    let written = STANDARD.encode(format!("# public key: age1\n{text}\n"));
    let folded = format!("{}\n{}\n", &written[..76], &written[76..]);
    let sealed = STANDARD.encode(sealed_with_passphrase(&text, Format::AsciiArmor));
    let beside = "an identity and something beside it";
    let encoded = "is the base64 of an identity";
    for (content, what) in [
        (format!("export XREQ_IDENTITY={text}"), beside),
        (format!("export XREQ_IDENTITY='{text}'\n"), beside),
        (format!("# created: today\nidentity: {}", text.to_lowercase()), beside),
        (STANDARD.encode(&text), encoded),
        (STANDARD_NO_PAD.encode(&text), encoded),
        (written, encoded),
        (folded, encoded),
        (sealed, encoded),
        (STANDARD.encode("nothing of the kind"), "is no age identity"),
    ] {
        let error = load(&content, &Nobody).unwrap_err();
        assert_eq!(error.code(), Code::IdentityInvalid, "{error}");
        assert!(error.to_string().contains(what), "{error}");
        let shown = format!("{error:?}").to_lowercase();
        let value = text.to_lowercase();
        assert!(!shown.contains(&value[20..30]) && !shown.contains(&content[..20].to_lowercase()));
    }
}

#[test]
fn a_sealed_identity_opens_with_its_passphrase() {
    let (_, text) = key();
    for format in [Format::AsciiArmor, Format::Binary] {
        let sealed = sealed_with_passphrase(&format!("# mine\n{text}\n"), format);
        let knowing = Somebody::knowing(PASSPHRASE);
        assert_opens(&load(&sealed, &knowing).unwrap());
        assert_eq!(knowing.1.borrow().len(), 1, "the passphrase is asked for once");

        let guessing = Somebody::knowing("canary");
        for prompt in [&guessing as &dyn Passphrase, &Nobody] {
            assert_eq!(code(load(&sealed, prompt)), Some(Code::PassphraseNeeded));
        }
        let cut = &sealed[..sealed.len() * 9 / 10];
        let error = load(cut, &knowing).unwrap_err();
        assert_eq!(error.code(), Code::IdentityInvalid);
        assert!(error.to_string().contains("damaged age file"), "{error}");
    }
    let armored = sealed_with_passphrase(&format!("\n{text}"), Format::AsciiArmor);
    let indented = [b" \n", &armored[..]].concat();
    assert_opens(&load(indented, &Somebody::knowing(PASSPHRASE)).unwrap());
    let nothing = sealed_with_passphrase("canary", Format::AsciiArmor);
    assert_eq!(code(load(nothing, &Somebody::knowing(PASSPHRASE))), Some(Code::IdentityInvalid));
}

#[test]
fn without_a_terminal_no_passphrase_can_be_asked_for() {
    if lacks("setsid") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let test = process("keys::of_no_terminal", folder.path());
    let mut command = Command::new("setsid");
    command.arg("--wait").arg(test.get_program()).args(test.get_args());
    let output = command.stdin(Stdio::null()).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && report.contains("1 passed"), "{report}");
}

#[test]
#[ignore = "must have no terminal, which another test sees to"]
fn of_no_terminal() {
    let sealed = sealed_with_passphrase(&key().1, Format::AsciiArmor);
    let error = load(sealed, &Terminal).unwrap_err();
    assert_eq!(error.code(), Code::PassphraseNeeded);
    assert!(error.to_string().contains("terminal"), "{error}");
    assert!(error.hint().unwrap().contains("XREQ_IDENTITY_FILE"));
}

#[test]
fn an_identity_that_is_sealed_to_a_key_is_refused() {
    let fixture = Fixture::new();
    let sealed = seal(key().1.as_bytes(), &fixture.recipients);
    let error = load(sealed, &Nobody).unwrap_err();
    assert_eq!(error.code(), Code::IdentityInvalid);
    assert!(error.to_string().contains("another key"), "{error}");
}

#[test]
fn an_identity_that_others_can_read_is_refused_where_it_is_used() {
    let (folder, home, env) = named(key().1);
    let home = home.trusting(Trust::new(&[])).unwrap();
    for (mode, refused) in
        [(0o600, false), (0o400, false), (0o604, true), (0o606, true), (0o602, true)]
    {
        fs::set_permissions(folder.path().join("key"), PermissionsExt::from_mode(mode)).unwrap();
        let expected = refused.then_some(Code::IdentityExposed);
        assert_eq!(code(Identities::load(&home, &env, &Nobody)), expected, "{mode:o}");
    }
    let in_variable = [("XREQ_IDENTITY", key().1)].into_iter().collect();
    assert_eq!(code(Identities::load(&home, &in_variable, &Nobody)), None);
}

#[test]
fn an_identity_is_read_as_variables_and_editors_have_it() {
    let (public, text) = key();
    let text = format!("# created: now\n# public key: {}\n{text}", public.to_public());
    let folded = text.replace('\n', "\\n");
    let home = Home::at(TempDir::new().unwrap().path());
    let load = |text: &str| {
        let env = [("XREQ_IDENTITY", text)].into_iter().collect();
        Identities::load(&home, &env, &Nobody)
    };
    for text in [
        text.clone(),
        folded.clone(),
        text.replace('\n', "\\r\\n"),
        format!("\"{text}\""),
        format!("'{text}'\n"),
        format!("\"{folded}\""),
        format!(" \"{folded}\\n\" "),
        format!("\u{feff}{text}"),
    ] {
        let identities = load(&text).unwrap_or_else(|error| panic!("{error}"));
        let recipient = identities.recipients().unwrap().iter().next().unwrap().to_string();
        assert_eq!(recipient, public.to_public().to_string());
    }
    let joined = load(&text.replace('\n', " ")).unwrap_err();
    assert_eq!(joined.code(), Code::IdentityInvalid);
    assert!(joined.to_string().contains("its lines were joined"), "{joined}");
    for odd in [format!("\"{text}"), format!("\"{text}'"), "\"".to_owned(), "\"\"".to_owned()] {
        assert_eq!(code(load(&odd)), Some(Code::IdentityInvalid));
    }
}

#[test]
fn a_byte_order_mark_before_a_passphrase_is_no_part_of_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("passphrase");
    let ask = |content: &[u8]| {
        fs::write(&file, content).unwrap();
        let env = [(PASSPHRASE_FILE, &file)].into_iter().collect();
        PassphraseCache::of(&env).ask("the identity")
    };
    assert_eq!(
        ask("\u{feff}open sesame\r\nmore".as_bytes()).unwrap().expose_secret(),
        "open sesame"
    );
    let error = ask(b"\xff\xfeo\0p\0").unwrap_err();
    assert_eq!(error.code(), Code::PassphraseNeeded);
    assert!(error.to_string().contains("is UTF-16"), "{error}");
}

#[test]
fn an_identity_in_utf_16_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let home = Home::at(folder.path());
    for mark in [&[0xfeff][..], &[]] {
        let units = mark.iter().copied().chain(key().1.encode_utf16().collect::<Vec<_>>());
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        fs::write(home.identity_file(), bytes).unwrap();
        let error = Identities::load(&home, &Env::default(), &Nobody).unwrap_err();
        assert_eq!(error.code(), Code::IdentityInvalid);
        assert!(error.to_string().contains("UTF-16"), "{error}");
    }
}

#[test]
fn recipients_of_a_file_need_no_identity() {
    let folder = TempDir::new().unwrap();
    let home = Home::at(folder.path());
    let load = || Recipients::load(&home, &Env::default(), &Nobody);
    assert_eq!(code(load()), Some(Code::IdentityMissing));
    fs::write(home.recipients_file(), key().0.to_public().to_string()).unwrap();
    assert_eq!(load().unwrap().iter().count(), 1);
    fs::write(home.recipients_file(), "nobody").unwrap();
    assert_eq!(code(load()), Some(Code::RecipientInvalid));
    fs::remove_file(home.recipients_file()).unwrap();
    fs::create_dir(home.recipients_file()).unwrap();
    assert_eq!(code(load()), Some(Code::StoreUnreadable));
}
