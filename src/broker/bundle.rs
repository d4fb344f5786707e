//! The file of certificates that serves every program of an agent.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// The variables by which the user's programs are told of other certificates than those of the system.
const OTHERS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The variables that name files of certificates which the user's programs trust.
const FILES: [&str; 4] =
    ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];

/// The files in which systems have all of their certificates, by the distribution: Debian, Alpine and Arch;
/// Fedora; SUSE; macOS and the BSDs. Beside some of them there is a folder with each of the same in a file of
/// its own, of which some hundred are opened in 10 ms.
const OF_SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Returns a file of certificates that serves every program: those of the system, those of the files that
/// the environment names, and the run's own.
pub(crate) fn bundle(own: &str, variable: impl Fn(&str) -> Option<PathBuf>) -> String {
    let mut bundle = own.to_owned();
    match of_system(&variable) {
        Some(text) => add(&mut bundle, &text),
        None => load(&mut bundle),
    }
    for file in FILES.into_iter().filter_map(variable) {
        if let Ok(text) = fs::read_to_string(file) {
            add(&mut bundle, &text);
        }
    }
    bundle
}

/// Returns the file of the system's certificates, where the environment does not name others.
fn of_system(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<String> {
    if OTHERS.into_iter().any(|name| variable(name).is_some()) {
        return None;
    }
    let mut files = OF_SYSTEM.into_iter().filter_map(|file| fs::read_to_string(file).ok());
    files.find(|text| text.contains("-----BEGIN CERTIFICATE-----"))
}

fn add(bundle: &mut String, text: &str) {
    bundle.push_str(text);
    bundle.push('\n');
}

/// Adds certificates as the system has them, wherever those are.
fn load(bundle: &mut String) {
    for certificate in rustls_native_certs::load_native_certs().certs {
        bundle.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = BASE64_STANDARD.encode(&certificate);
        for line in text.as_bytes().chunks(64) {
            bundle.push_str(str::from_utf8(line).unwrap_or_default());
            bundle.push('\n');
        }
        bundle.push_str("-----END CERTIFICATE-----\n");
    }
}
