//! SSH keys as recipients and identities.

use super::keys::{PASSPHRASE, Somebody, assert_opens, of_file};
use super::*;

fn ssh_key(kind: &[&str], passphrase: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("key");
    let status = Command::new("ssh-keygen")
        .args(["-q", "-C", "me@here", "-a", "1", "-N", passphrase, "-t"])
        .args(kind)
        .arg("-f")
        .arg(&file)
        .status();
    assert!(status.unwrap().success());
    (folder, file)
}

#[test]
fn ssh_keys_are_recipients_and_identities() {
    if lacks("ssh-keygen") {
        return;
    }
    for kind in [&["ed25519"][..], &["rsa", "-b", "2048"]] {
        let (folder, file) = ssh_key(kind, "");
        let home = Home::at(folder.path());
        let identities = Identities::load(&home, &of_file(&file), &Nobody).unwrap();
        assert_opens(&identities);
        let public = fs::read_to_string(file.with_extension("pub")).unwrap();
        let own = identities.recipients().unwrap().iter().next().unwrap().to_string();
        assert!(public.starts_with(&own), "{public} {own}");

        fs::write(home.recipients_file(), public).unwrap();
        let recipients = Recipients::load(&home, &Env::default(), &Nobody).unwrap();
        let sealed = seal(b"canary", &recipients);
        assert_eq!(**unseal(&sealed, &identities).unwrap(), *b"canary");
        let stranger = Fixture::new();
        assert_eq!(unseal(&sealed, &stranger.identities).unwrap_err(), UnsealFailure::ToOthers);
    }
}

#[test]
fn an_ssh_key_with_a_passphrase_asks_for_it_just_to_open() {
    if lacks("ssh-keygen") {
        return;
    }
    let (folder, file) = ssh_key(&["ed25519"], PASSPHRASE);
    let (home, env) = (Home::at(folder.path()), of_file(&file));
    let recipients = Recipients::load(&home, &env, &Nobody).unwrap();
    let knowing = Somebody::knowing(PASSPHRASE);
    let identities = Identities::load(&home, &env, &knowing).unwrap();
    assert!(knowing.1.borrow()[0].contains(file.to_str().unwrap()));
    assert_eq!(**unseal(&seal(b"canary", &recipients), &identities).unwrap(), *b"canary");
    for prompt in [&Somebody::knowing("canary") as &dyn Passphrase, &Somebody::knowing(""), &Nobody]
    {
        assert_eq!(code(Identities::load(&home, &env, prompt)), Some(Code::PassphraseNeeded));
    }
}

#[test]
fn ssh_keys_of_other_kinds_are_named() {
    if lacks("ssh-keygen") {
        return;
    }
    let (folder, file) = ssh_key(&["ecdsa"], "");
    let error = Identities::load(&Home::at(folder.path()), &of_file(&file), &Nobody).unwrap_err();
    assert_eq!(error.code(), Code::IdentityInvalid);
    assert!(error.to_string().contains("`ecdsa-sha2-nistp256`"), "{error}");

    let (_folder, file) = ssh_key(&["rsa", "-b", "2048", "-m", "PEM"], PASSPHRASE);
    let error = Identities::load(&Home::at(folder.path()), &of_file(&file), &Nobody).unwrap_err();
    assert!(error.to_string().contains("`ssh-keygen -o -p`"), "{error}");
}
