//! Calls: which go out, by which way, and what a refused one is answered.

use serde_json::Value;
use xreq::sandbox::LogEntry;

use super::*;

/// The calls of the API that the sandbox saw.
fn seen(house: &House) -> Vec<LogEntry> {
    let calls = house.control().log().into_iter();
    calls.filter(|call| call.path.starts_with("/2/") && !call.path.contains("oauth2")).collect()
}

#[test]
fn a_declared_call_goes_out_by_each_way_in() {
    let house = house();
    for way in [
        "call https://api.x.com/2/users/me",
        "call https://api.twitter.com/2/users/me",
        "call https://API.x.com/2/users/me",
        "call --http1.1 https://api.x.com/2/users/me",
        "call $X_API_BASE_URL/2/users/me",
        "call --http2-prior-knowledge $X_API_BASE_URL/2/users/me",
        "call --noproxy '' $X_API_BASE_URL/2/users/me",
        "call --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/users/me",
    ] {
        let ran = run(&house, &format!("{CALL}{way}")).succeeds();
        assert!(ran.stdout.contains("\"username\":\"alice\""), "{way}: {}", ran.stdout);
    }
}

#[test]
fn an_undeclared_call_is_refused_in_the_shape_of_the_provider() {
    let house = house();
    let before = seen(&house).len();
    for way in ["https://api.x.com", "$X_API_BASE_URL"] {
        let body = r#"-H 'content-type: application/json' -d '{"tweet_id":"1"}'"#;
        let script = format!("{CALL}call -w '\\n%{{http_code}}' {body} {way}/2/users/1/likes");
        let ran = run(&house, &script).succeeds();
        let (body, status) = ran.stdout.rsplit_once('\n').expect("two parts");
        assert_eq!(status, "403");
        let body: Value = serde_json::from_str(body).expect("it is JSON");
        assert_eq!(body["type"], "urn:xreq:operation/not-declared");
        assert!(
            body["detail"].as_str().expect("words").contains("declare `x.like.write`"),
            "{body}"
        );
        assert!(body["errors"][0]["message"].is_string(), "{body}");
        assert_eq!(ran.stderr.matches("operation/not-declared").count(), 1, "{}", ran.stderr);
    }
    assert_eq!(seen(&house).len(), before, "the provider heard of none");
}

#[test]
fn a_refusal_is_told_once() {
    let house = house();
    let call = "call -o /dev/null https://api.x.com/2/users/1/bookmarks;";
    let ran = run(&house, &format!("{CALL}{}", call.repeat(3))).succeeds();
    assert_eq!(ran.stderr.matches("warning").count(), 1, "{}", ran.stderr);
}

#[test]
fn a_call_needs_the_placeholder_of_this_run() {
    let house = house();
    let other = run(&house, "printf %s $X_ACCESS_TOKEN").succeeds().stdout;
    let before = seen(&house).len();
    for (header, code) in [
        (String::new(), "request/no-placeholder"),
        (format!("-H 'Authorization: Bearer {other}'"), "request/foreign-credential"),
        (format!("-H 'Authorization: Bearer {}'", token(&house)), "request/foreign-credential"),
        ("-u user:password".to_owned(), "request/foreign-credential"),
    ] {
        for way in ["https://api.x.com", "$X_API_BASE_URL"] {
            let ran = run(&house, &format!("curl -sS {header} {way}/2/users/me")).succeeds();
            assert!(ran.stdout.contains(code), "{header}: {}", ran.stdout);
        }
    }
    assert_eq!(seen(&house).len(), before, "the provider heard of none");
}

#[test]
fn another_process_gets_nothing_by_the_proxy() {
    let house = house();
    let script = "p=${HTTPS_PROXY##*@}; curl -sS -o /dev/null -w '%{http_connect}' -x http://$p \
                  https://api.x.com/2/users/me; true";
    assert_eq!(run(&house, script).succeeds().stdout, "407");
}

#[test]
fn a_page_gets_nothing() {
    let house = house();
    let script = format!("{CALL}call -H 'Origin: https://evil.example' $X_API_BASE_URL/2/users/me");
    let ran = run(&house, &script).succeeds();
    assert!(ran.stdout.contains("request/"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("alice"), "{}", ran.stdout);
}

#[test]
fn a_post_and_an_upload_go_out_as_they_are() {
    let house = house();
    let script = format!(
        "{CALL}call -H 'content-type: application/json' -d '{{\"text\":\"hi\"}}' \
         https://api.x.com/2/tweets"
    );
    let ran = run(&house, &script).succeeds();
    assert!(ran.stdout.contains("\"text\":\"hi\""), "{}", ran.stdout);
}

#[test]
fn other_hosts_are_tunnels_of_their_own_and_private_addresses_are_none() {
    let house = house();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    for target in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://[::ffff:169.254.169.254]/".to_owned(),
    ] {
        let script = format!("curl -sS --noproxy '' -o /dev/null -w '%{{http_code}}' '{target}'");
        assert_eq!(run(&house, &script).succeeds().stdout, "403", "{target}");
        let script = format!(
            "curl -sS --noproxy '' -p -o /dev/null -w '%{{http_connect}}' '{target}'; true"
        );
        assert_eq!(run(&house, &script).succeeds().stdout, "403", "{target}");
    }
    listener.set_nonblocking(true).expect("it can be");
    assert!(listener.accept().is_err(), "nobody came");
}

#[test]
fn a_host_that_is_named_is_reached() {
    let house = house();
    let base = house.sandbox.base_url();
    let host = base.strip_prefix("http://").expect("it is plain HTTP");
    let options = ["--egress", "deny", "--egress-host", host];
    let script = format!("curl -sS --noproxy '' -o /dev/null -w '%{{http_code}}' {base}/");
    let open = Ran::of(&mut brokered(&house, &options, &script)).succeeds();
    assert_ne!(open.stdout, "403");
    let ran = Ran::of(&mut brokered(&house, &options[..2], &script)).succeeds();
    assert_eq!(ran.stdout, "403");
}

#[test]
fn the_settings_have_a_rule_for_other_hosts() {
    let house = house();
    let base = house.sandbox.base_url();
    let host = base.strip_prefix("http://").expect("it is plain HTTP");
    let config = House::config(&base);
    let script = format!("curl -sS --noproxy '' -o /dev/null -w '%{{http_code}}' {base}/");
    let status = |options: &[&str]| Ran::of(&mut brokered(&house, options, &script)).succeeds();
    let shown = |options: &[&str]| {
        let options = [options, &["--dry-run"]].concat();
        let ran = Ran::of(&mut brokered(&house, &options, "true")).succeeds();
        let mut lines = ran.stdout.lines().filter_map(|it| it.trim().strip_prefix("other hosts: "));
        lines.next().expect("it is shown").to_owned()
    };
    let any = "any, by name at the ports 80 and 443";
    assert_eq!(shown(&[]), any);
    house.home.write("home/config.yaml", format!("{config}egress: {{hosts: [\"{host}\"]}}\n"));
    assert_ne!(status(&[]).stdout, "403", "it is named");
    assert_eq!(shown(&[]), format!("{any}, and {host}"));
    let denying = format!("{config}egress: {{default: deny, hosts: [a.example]}}\n");
    house.home.write("home/config.yaml", denying);
    assert_eq!(shown(&[]), "none but a.example");
    assert_eq!(shown(&["--egress", "allow"]), format!("{any}, and a.example"));
    assert_eq!(status(&[]).stdout, "403");
    assert_ne!(status(&["--egress-host", host]).stdout, "403", "the command line adds it");
    assert_eq!(shown(&["--egress-host", host]), format!("none but a.example, {host}"));
    for (wrong, said) in [
        ("egress:\n  defualt: deny", "did you mean `default`?"),
        ("egress:\n  default: dney", ":9:12: unknown value `dney`; did you mean `deny`?"),
        ("egress:\n  hosts: [a.example, \"https://b.example\"]", ":9:22: it is like example.com"),
    ] {
        house.home.write("home/config.yaml", format!("{config}{wrong}\n"));
        let ran = Ran::of(&mut brokered(&house, &[], "touch launched"));
        ran.exits(125).complains(said);
    }
    assert!(!house.home.path().join("launched").exists());
}
