//! Interoperability with the age program, which opens what xreq seals, and the other way round.

use super::*;

fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn age_opens_what_xreq_seals() {
    if lacks("age") {
        return;
    }
    let fixture = Fixture::new();
    let stored = fixture.stored();
    let mut age = Command::new("age");
    age.arg("-d").arg("-i").arg(fixture.home().identity_file());
    for (part, secret) in
        [("access_token", "access-canary-default"), ("refresh_token", "refresh-canary-default")]
    {
        let plaintext = run(&mut age, stored["sealed"][part].as_str().unwrap().as_bytes());
        let plaintext: serde_json::Value = serde_json::from_slice(&plaintext).unwrap();
        assert_eq!(plaintext, serde_json::json!({ "metadata": stored["metadata"], part: secret }));
    }
    assert_eq!(stored["sealed"].as_object().unwrap().len(), 2);
}

#[test]
fn xreq_opens_what_age_seals() {
    if lacks("age") || lacks("age-keygen") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let home = Home::at(folder.path());
    run(Command::new("age-keygen").arg("-o").arg(home.identity_file()), b"");
    let identities = Identities::load(&home, &Env::default(), &Nobody).unwrap();
    let recipient = identities.recipients().unwrap().iter().next().unwrap().to_string();
    let public = run(Command::new("age-keygen").arg("-y").arg(home.identity_file()), b"");
    assert_eq!(String::from_utf8(public).unwrap().trim(), recipient);

    let plaintext = "canary".repeat(20_000);
    let sealed = run(Command::new("age").args(["-a", "-r", &recipient]), plaintext.as_bytes());
    let opened = unseal(str::from_utf8(&sealed).unwrap(), &identities).unwrap();
    assert_eq!(*opened, plaintext.as_bytes());
}

#[test]
fn age_keygen_reads_the_identity_that_xreq_makes() {
    if lacks("age-keygen") {
        return;
    }
    let fixture = Fixture::new();
    let identity = fixture.home().identity_file();
    let public = run(Command::new("age-keygen").arg("-y").arg(identity), b"");
    let own = fixture.recipients.iter().next().unwrap().to_string();
    assert_eq!(String::from_utf8(public).unwrap().trim(), own);
}

#[test]
fn age_and_xreq_agree_on_ssh_keys() {
    if lacks("age") || lacks("ssh-keygen") {
        return;
    }
    for kind in ["ed25519", "rsa"] {
        let folder = TempDir::new().unwrap();
        let key = folder.path().join("key");
        run(Command::new("ssh-keygen").args(["-q", "-N", "", "-t", kind, "-f"]).arg(&key), b"");
        let env = [("XREQ_IDENTITY_FILE", &key)].into_iter().collect();
        let identities = Identities::load(&Home::at(folder.path()), &env, &Nobody).unwrap();

        let sealed = seal(b"canary", &identities.recipients().unwrap());
        let opened = run(Command::new("age").arg("-d").arg("-i").arg(&key), sealed.as_bytes());
        assert_eq!(opened, b"canary");

        let public = key.with_extension("pub");
        let sealed = run(Command::new("age").args(["-a", "-R"]).arg(public), b"canary");
        let sealed = str::from_utf8(&sealed).unwrap();
        assert_eq!(**unseal(sealed, &identities).unwrap(), *b"canary");
    }
}
