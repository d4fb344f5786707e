//! A sidecar at an address that other machines reach.

use super::*;

const PLAIN: [&str; 5] = ["--listen", "0.0.0.0:0", "--name", "localhost", "--insecure-plain-http"];

#[test]
fn threat_20_an_address_that_others_reach_is_refused_unless_it_is_said_how() {
    let house = house();
    for (options, code, said) in [
        (&["--listen", "0.0.0.0:0"][..], "bad_argument", "--name"),
        (&["--listen", "[::]:0", "--insecure-plain-http"], "bad_argument", "--name"),
        (&PLAIN[..4], "address_exposed", "--tls"),
        (&["--listen", "192.0.2.1:8443"], "address_exposed", "--insecure-plain-http"),
    ] {
        let ran = Ran::of(&mut command(&house, options)).exits(125);
        ran.complains(code).complains(said);
    }
}

#[test]
fn threat_20_what_others_reach_wants_to_know_who_they_are() {
    let house = house();
    let sidecar = Sidecar::start(&house, &PLAIN);
    for way in ["https://api.x.com", "$X_API_BASE_URL"] {
        sidecar.script(&format!("call {way}/2/users/me")).succeeds().prints("alice");
    }
    assert!(sidecar.variable("HTTPS_PROXY").contains("@localhost:"));
    house.control().clear_log();
    let port = sidecar.port();
    let status = "-sS -o /dev/null -w '%{http_code} '";
    // The operation needs no credential, and so would go out for anybody.
    let anybodys = format!("curl {status} http://localhost:{port}/x/2/openapi.json");
    for (script, expected) in [
        (anybodys.clone(), "403 "),
        (format!("curl {status} http://localhost:{port}/x/2/users/me"), "403 "),
        (
            format!("curl {status} -x http://localhost:{port} --noproxy '' http://other.example/"),
            "407 ",
        ),
        (format!("call {status} http://127.0.0.1:{port}/x/2/users/me"), "400 "),
        (
            format!(
                "call {status} -H 'Host: evil.example:{port}' http://localhost:{port}/x/2/users/me"
            ),
            "400 ",
        ),
    ] {
        assert_eq!(sidecar.script(&script).succeeds().stdout, expected, "{script}");
    }
    assert_eq!(house.control().log().len(), 0, "nothing went out");
    let local = Sidecar::start(&house, &["--listen", "0"]);
    let of_machine = anybodys.replace(&port.to_string(), &local.port().to_string());
    assert_ne!(local.script(&of_machine).succeeds().stdout, "403 ", "on this machine it does");
}

#[test]
fn the_address_may_be_reached_by_tls() {
    let house = house();
    let listen = ["--listen", "0.0.0.0:0", "--name", "broker.localhost", "--name", "localhost"];
    let options = [&listen[..], &["--tls", "--certificates", "agent/ca.pem"]].concat();
    fs::create_dir(house.home.path().join("agent")).expect("a folder");
    let sidecar = Sidecar::start(&house, &options);
    assert!(sidecar.variable("HTTPS_PROXY").starts_with("https://run:"));
    assert!(sidecar.variable("X_API_BASE_URL").starts_with("https://broker.localhost:"));
    assert!(!sidecar.variables.contains_key("WGETRC"));
    let file = house.home.path().join("agent/ca.pem");
    assert_eq!(sidecar.variable("SSL_CERT_FILE"), file.to_str().expect("a plain path"));
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(&file).expect("it is there").permissions(),
    );
    assert_eq!(mode & 0o777, 0o644);
    let other_name = sidecar.variable("X_API_BASE_URL").replace("broker.", "");
    sidecar.script(&format!("call {other_name}/2/users/me")).succeeds().prints("alice");
    for way in ["--proxy-cacert $SSL_CERT_FILE https://api.x.com", "$X_API_BASE_URL"] {
        sidecar.script(&format!("call {way}/2/users/me")).succeeds().prints("alice");
    }
    // Its authority signs for its own name, and for no other one.
    let port = sidecar.port();
    let other = format!("curl -sS --noproxy '' https://127.0.0.1:{port}/x/2/users/me");
    assert!(!sidecar.script(&other).status.success());
    let unencrypted = format!("curl -sS http://localhost:{port}/x/2/users/me");
    assert!(!sidecar.script(&unencrypted).status.success());
    sidecar.signal(Signal::TERM);
    assert!(sidecar.end().0.success());
    assert!(!file.exists());
}
