//! No command shows the key, the refresh token of a user or a token that was minted.

use std::fs;

use age::secrecy::ExposeSecret;
use serde_json::Value;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault};

use super::{Cloud, SCOPE};

/// Every command that reads or changes an account.
const COMMANDS: [&[&str]; 17] = [
    &["status"],
    &["status", "--format", "json"],
    &["status", "--verify"],
    &["check"],
    &["check", "--strict", "--format", "json"],
    &["explain"],
    &["explain", "--format", "json"],
    &["explain", "--format", "markdown"],
    &["run", "--dry-run", "--", "true"],
    &["run", "--redact", "--", "printenv", "CLOUD_ACCESS_TOKEN"],
    &["refresh", "cloud", "--force"],
    &["refresh", "--all", "--format", "json"],
    &["catalog", "cloud", "--format", "json"],
    &["audit"],
    &["reseal"],
    &["import", "cloud", "key.json"],
    &["disconnect", "cloud"],
];

/// Asserts that none of these texts is anywhere but in the agent's environment.
fn hides(cloud: &Cloud, secrets: &dyn Fn() -> Vec<String>) {
    let mut known = secrets();
    for args in COMMANDS {
        for fault in [None, Some(Fault::status(400)), Some(Fault::GarbageAfter)] {
            cloud.sandbox.control().clear_faults();
            if let Some(fault) = fault {
                cloud.sandbox.control().fault(Endpoint::Mint, fault, 1);
            }
            let ran = cloud.home.xreq(args);
            known.extend(secrets());
            for secret in &known {
                let shown = ran.stdout.contains(secret) || ran.stderr.contains(secret);
                assert!(!shown, "{args:?} shows it:\n{}\n{}", ran.stdout, ran.stderr);
            }
            for file in files(cloud) {
                let content = fs::read(&file).unwrap_or_default();
                let content = String::from_utf8_lossy(&content);
                let found = known.iter().find(|secret| content.contains(secret.as_str()));
                assert_eq!(found, None, "{} has it after {args:?}", file.display());
            }
        }
    }
}

/// All files of the store and beside it.
fn files(cloud: &Cloud) -> Vec<std::path::PathBuf> {
    let (mut folders, mut files) = (vec![cloud.home.path().to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("key.json") && !path.ends_with("user.json") {
                files.push(path);
            }
        }
    }
    files
}

fn minted(cloud: &Cloud) -> Option<String> {
    let grant = cloud.stored().grant()?;
    Some(grant.access_token.expose_secret().to_owned()).filter(|token| !token.is_empty())
}

#[test]
fn the_key_and_its_tokens_are_shown_nowhere() {
    let Some(cloud) = Cloud::imported() else { return };
    let key = cloud.key["private_key"].as_str().expect("it is a text").to_owned();
    let lines: Vec<_> = key
        .lines()
        .filter(|line| line.len() > 40 && !line.contains("KEY"))
        .map(str::to_owned)
        .collect();
    assert!(lines.len() > 20);
    hides(&cloud, &|| lines.iter().cloned().chain(minted(&cloud)).collect());
}

#[test]
fn the_credentials_of_a_user_are_shown_nowhere() {
    let Some(cloud) = Cloud::new() else { return };
    let file =
        cloud.sandbox.control().issue_user_credentials("a@example.com", &ScopeSet::parse(SCOPE));
    cloud.home.write("user.json", file.expose_secret());
    cloud.import(&["user.json", "--project-number", "1"]).succeeds();
    let file: Value = serde_json::from_str(file.expose_secret()).expect("it is JSON");
    let secret = |name: &str| file[name].as_str().expect("it is a text").to_owned();
    let secrets = [secret("client_secret"), secret("refresh_token")];
    hides(&cloud, &|| secrets.iter().cloned().chain(minted(&cloud)).collect());
}
