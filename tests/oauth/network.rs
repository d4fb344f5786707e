//! What is in the way to a provider is told with the variable that decides it: certificates, proxies,
//! names. And a provider that wants to be left alone is, however it says so.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::recorder::Recorder;
use crate::support::{Home, Ran, XREQ, machine};

/// A proxy's credentials, which nobody may see.
const CREDENTIALS: &str = "user:proxy-password-7";

/// A home with a grant of `x`, whose provider is at a base URL.
fn home(base_url: &str) -> Home {
    let home = Home::empty().var("X_CLIENT_ID", "a-client");
    home.initialise("integrations: [x.tweet.read]\n");
    let config = format!(
        "providers:\n  x: {{token_url: '{base_url}/token', revoke_url: '{base_url}/revoke', api_url: \
         '{base_url}'}}\n"
    );
    home.write("home/config.yaml", config);
    let grant = json!({
        "access_token": "made-up-access", "refresh_token": "made-up-refresh",
        "expires_in": 7200, "scope": "tweet.read",
    });
    home.xreq_with(&["import", "x"], grant.to_string()).succeeds();
    home
}

/// Refreshes with these variables, and asserts that the grant is kept.
#[track_caller]
fn refresh(home: &Home, vars: &[(&str, &str)]) -> Ran {
    let mut command = home.command();
    command.args(["refresh", "x", "--force"]).envs(vars.iter().copied());
    let ran = Ran::of(&mut command).exits(3).complains("error[provider_unavailable]");
    assert!(!ran.stderr.contains("try again later"), "{}", ran.stderr);
    let status = home.xreq(&["status", "--format", "json"]).json();
    let account = &status["accounts"][0];
    assert_eq!(account["state"], "connected");
    assert_eq!(account["last_error"]["class"], "transient");
    let stored = std::fs::read_to_string(home.grant("default")).expect("it is stored");
    for place in [&ran.stderr, &stored] {
        assert!(!place.contains("proxy-password-7"), "{place}");
    }
    ran
}

/// Certificates for `localhost` in a folder, made with OpenSSL: `ca.pem` signs `right.pem` and those
/// that are wrong.
fn certificates(folder: &Path) {
    let script = r#"
        key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
        key ca.key
        openssl req -x509 -new -key ca.key -out ca.pem -days 2 -subj '/CN=Company CA'
        for name in right other old; do
            key $name.key
            openssl req -new -key $name.key -out $name.csr -subj /CN=localhost
        done
        sign() {
            echo "subjectAltName=DNS:$2" >ext
            openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $1.pem \
                -days $3 -extfile ext
        }
        sign right localhost 2
        sign other example.com 2
        sign old localhost -1
    "#;
    let mut command = Command::new("sh");
    let made = command.args(["-euc", script]).current_dir(folder).output().expect("a shell");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// A provider with this certificate, which answers every request with new tokens. Its base URL.
fn provider(folder: &Path, name: &str) -> String {
    let path = |extension: &str| folder.join(name).with_extension(extension);
    let chain: Vec<_> = CertificateDer::pem_file_iter(path("pem"))
        .and_then(Iterator::collect)
        .expect("it is a certificate");
    let key = PrivateKeyDer::from_pem_file(path("key")).expect("it is a key");
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .expect("there are some")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("the two fit");
    let config = Arc::new(config);
    let port = serve(move |stream| {
        let tls = ServerConnection::new(Arc::clone(&config)).expect("the config is right");
        let mut stream = StreamOwned::new(tls, stream);
        if head(&mut stream).is_some() {
            let body = r#"{"access_token":"new","token_type":"bearer","expires_in":7200,"refresh_token":"newer","scope":"tweet.read"}"#;
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("https://localhost:{port}")
}

/// A proxy that answers every request so. Its port.
fn proxy(answer: &'static str) -> u16 {
    serve(move |mut stream| {
        if head(&mut stream).is_some() {
            let _ = write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        }
    })
}

/// Serves one connection after the other until the test ends, and gives the port.
fn serve(mut answer: impl FnMut(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let port = listener.local_addr().expect("it has an address").port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            answer(stream);
        }
    });
    port
}

/// The head of a request, if one comes.
fn head(stream: &mut impl Read) -> Option<String> {
    let mut text = String::new();
    let mut reader = BufReader::with_capacity(1, stream);
    while !text.ends_with("\r\n\r\n") {
        (reader.read_line(&mut text).ok()? > 0).then_some(())?;
    }
    Some(text)
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_with_what_decides_it() {
    if machine::lacks("openssl") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    certificates(folder.path());
    let authority = folder.path().join("ca.pem");
    let authority = authority.to_str().expect("a plain path");
    let right = home(&provider(folder.path(), "right"));
    refresh(&right, &[])
        .complains("the certificate of `localhost:")
        .complains("is of an authority that this machine does not know")
        .complains("`SSL_CERT_FILE`");
    // One of the two variables may name authorities while the other one leads nowhere.
    let leaf = folder.path().join("old.pem");
    let leaf = leaf.to_str().expect("a plain path");
    refresh(&right, &[("SSL_CERT_FILE", leaf), ("SSL_CERT_DIR", "/nonexistent")])
        .complains("is of an authority that this machine does not know")
        .complains("`SSL_CERT_DIR` names `/nonexistent`, which cannot be read: No such file");
    for (name, fault) in
        [("other", "is for another name"), ("old", "has expired, by the clock of this machine")]
    {
        let home = home(&provider(folder.path(), name));
        refresh(&home, &[("SSL_CERT_FILE", authority)])
            .complains(fault)
            .complains("docs/network.md");
    }
    let mut command = right.command();
    command.args(["refresh", "x", "--force"]).env("SSL_CERT_FILE", authority);
    Ran::of(&mut command).succeeds();
}

#[test]
fn a_file_of_certificates_that_has_none_is_told_before_anything_is_sent() {
    let asked = proxy("200 OK");
    let home = home(&format!("https://localhost:{asked}"));
    home.write("empty.pem", "");
    home.write("text.pem", "no certificate\n");
    for (value, fault) in [
        ("/nonexistent", "`SSL_CERT_FILE` is `/nonexistent`, which cannot be read: No such file"),
        ("empty.pem", "`SSL_CERT_FILE` is `empty.pem`, which has no certificate in PEM"),
        ("text.pem", "`SSL_CERT_FILE` is `text.pem`, which has no certificate in PEM"),
        ("", "`SSL_CERT_FILE` is set and names no file"),
    ] {
        refresh(&home, &[("SSL_CERT_FILE", value)]).complains(fault);
    }
    std::fs::create_dir(home.path().join("certs")).expect("a folder");
    refresh(&home, &[("SSL_CERT_DIR", "certs")])
        .complains("no certificate authority is known: `SSL_CERT_DIR` is `certs`");
    refresh(&home, &[("SSL_CERT_DIR", "certs:missing")]).complains(
        "no certificate authority is known: `SSL_CERT_DIR` names `missing`, which cannot be read",
    );
}

/// Whatever it is that opens no more files, from the resolver to the certificates.
#[test]
fn a_limit_of_this_machine_is_not_taken_for_a_fault_of_the_provider() {
    let refused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let port = refused.local_addr().expect("it has an address").port();
    drop(refused);
    for base_url in [format!("http://127.0.0.1:{port}"), format!("https://localhost:{port}")] {
        let home = home(&base_url);
        let mut met = 0;
        for most in 3..30 {
            let script = format!("ulimit -n {most}; exec \"$0\" refresh x --force");
            let ran = Ran::of(home.program("sh").args(["-c", &script, XREQ]));
            if !ran.stderr.contains("error[provider_unavailable]") {
                continue;
            }
            if ran.stderr.contains("Connection refused") {
                assert!(met > 0, "it was never met: {}", ran.stderr);
                break;
            }
            met += 1;
            assert!(ran.stderr.contains("`ulimit -n`"), "{most}: {}", ran.stderr);
            let status = home.xreq(&["status", "--format", "json"]).json();
            let error = &status["accounts"][0]["last_error"];
            assert!(error.is_null() || error["class"] == "transient", "{status}");
        }
    }
}

#[test]
fn a_proxy_that_leads_nowhere_is_named_without_its_credentials() {
    let home = home("https://provider.example");
    let wants = proxy("407 Proxy Authentication Required");
    let refuses = proxy("403 Forbidden");
    // Its port is free again, and nobody listens there.
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let gone = nobody.local_addr().expect("it has an address").port();
    drop(nobody);
    for (port, fault) in [
        (wants, "credentials are wanted (407) by the proxy `http://127.0.0.1:"),
        (refuses, "no way to `provider.example` is given by the proxy `http://127.0.0.1:"),
        (gone, "so no way leads to `provider.example` by the proxy `http://127.0.0.1:"),
    ] {
        let url = format!("http://{CREDENTIALS}@127.0.0.1:{port}");
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            refresh(&home, &[(variable, &url)])
                .complains(fault)
                .complains(&format!("which `{variable}` names"))
                .complains("`NO_PROXY`");
        }
    }
    let unknown = format!("http://{CREDENTIALS}@no-such-host.invalid:1");
    refresh(&home, &[("HTTPS_PROXY", &unknown)])
        .complains("the proxy `http://no-such-host.invalid:1`");
}

#[test]
fn a_proxy_that_cannot_be_used_is_told_before_anything_is_sent() {
    let home = home("https://provider.example");
    for (value, fault) in [
        (format!("socks5://{CREDENTIALS}@127.0.0.1:1"), "names a `socks5` proxy"),
        (format!("socks5h://{CREDENTIALS}@127.0.0.1:1"), "names a `socks5h` proxy"),
        (format!("ftp://{CREDENTIALS}@127.0.0.1"), "is not the URL of a proxy"),
        (format!("http://{CREDENTIALS}@"), "is not the URL of a proxy"),
        (format!("http://{CREDENTIALS}@a b"), "is not the URL of a proxy"),
        ("http://127.0.0.1:port".to_owned(), "is not the URL of a proxy"),
    ] {
        for variable in ["HTTPS_PROXY", "ALL_PROXY"] {
            refresh(&home, &[(variable, &value)]).complains(&format!("`{variable}` {fault}"));
        }
    }
    // A host that is asked without a proxy needs none.
    let mut command = home.command();
    command.args(["refresh", "x", "--force"]);
    command.env("HTTPS_PROXY", "socks5://127.0.0.1:1").env("NO_PROXY", "provider.example");
    let ran = Ran::of(&mut command).exits(3);
    assert!(!ran.stderr.contains("socks5"), "{}", ran.stderr);
}

#[test]
fn whoever_disconnects_is_told_the_same() {
    let home = home("https://provider.example");
    let proxy = [("HTTPS_PROXY", "socks5://127.0.0.1:1")];
    let mut command = home.command();
    command.args(["disconnect", "x"]).envs(proxy);
    Ran::of(&mut command).exits(3).complains("names a `socks5` proxy").complains("`NO_PROXY`");
    assert!(home.grant("default").exists());
}

#[test]
fn a_name_that_is_not_found_is_told() {
    let home = home("https://no-such-host.invalid");
    let ran = home.xreq(&["refresh", "x", "--force"]).exits(3);
    ran.complains("the name `no-such-host.invalid` is not found").complains("`HTTPS_PROXY`");
}

#[test]
fn a_provider_is_left_alone_for_as_long_as_it_says() {
    let recorder = Recorder::start();
    let home = home(&recorder.base_url);
    let now = Timestamp::now();
    let date = |seconds: i64, format: &str| {
        (now + SignedDuration::from_secs(seconds)).strftime(format).to_string()
    };
    let imf = "%a, %d %b %Y %H:%M:%S GMT";
    let epoch = |seconds: i64| now.as_second() + seconds;
    for (head, least, most) in [
        (format!("503 No\r\nRetry-After: {}", date(1_800, imf)), 1_700, 1_800),
        (
            format!("503 No\r\nRetry-After: {}", date(1_800, "%A, %d-%b-%y %H:%M:%S GMT")),
            1_700,
            1_800,
        ),
        (format!("503 No\r\nRetry-After: {}", date(1_800, "%a %b %e %H:%M:%S %Y")), 1_700, 1_800),
        (format!("503 No\r\nRetry-After: {}", date(900_000, imf)), 3_590, 3_600),
        (format!("429 No\r\nx-rate-limit-reset: {}", epoch(900)), 800, 900),
        (
            format!("503 No\r\nx-rate-limit-remaining: 0\r\nx-rate-limit-reset: {}", epoch(900)),
            800,
            900,
        ),
        // By its own clock, which is two hours ahead.
        (
            format!("503 No\r\nDate: {}\r\nRetry-After: {}", date(7_200, imf), date(7_800, imf)),
            590,
            600,
        ),
        ("429 No\r\nRetry-After: 60".to_owned(), 50, 60),
    ] {
        recorder.answers("/token", &head, "");
        home.xreq(&["refresh", "x", "--force"]).exits(3).complains("it is tried again from ");
        let error = last_error(&home);
        let time = |name: &str| error[name].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let wait = time("retry_at").expect("a time").duration_since(time("at").expect("a time"));
        assert!((least..=most).contains(&wait.as_secs()), "{head}: {wait:?}");
        let before = recorder.requests("/token").len();
        home.xreq(&["run", "--min-ttl", "3h", "--", "true"]);
        home.xreq(&["refresh", "x", "--older-than", "0s"]);
        assert_eq!(recorder.requests("/token").len(), before, "{head}");
    }
    for head in [
        format!("503 No\r\nRetry-After: {}", date(-60, imf)),
        "503 No\r\nRetry-After: soon".to_owned(),
        format!("503 No\r\nx-rate-limit-remaining: 7\r\nx-rate-limit-reset: {}", epoch(900)),
    ] {
        recorder.answers("/token", &head, "");
        home.xreq(&["refresh", "x", "--force"]).exits(3);
        let before = recorder.requests("/token").len();
        home.xreq(&["refresh", "x", "--older-than", "0s"]).exits(3);
        assert_eq!(recorder.requests("/token").len(), before + 1, "{head}");
    }
}

fn last_error(home: &Home) -> Value {
    let text = std::fs::read_to_string(home.grant("default")).expect("it is stored");
    let grant: Value = serde_json::from_str(&text).expect("it is JSON");
    grant["metadata"]["last_error"].clone()
}
