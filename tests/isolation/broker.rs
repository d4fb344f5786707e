//! The broker, as an isolated agent comes to it: by listeners in its own network, and nothing else.

use std::fs;

use super::as_each;
use crate::support::machine::lacks;
use crate::support::provider::House;
use crate::support::{Ran, lasting_folder};

/// Its port answers at both addresses and without a password, and its certificates can be read, though
/// they lie in the folder of the store.
#[test]
fn the_broker_is_there_and_its_certificates_too() {
    if lacks("curl") {
        return;
    }
    as_each(|place| {
        let script = "set -e; p=${HTTPS_PROXY##*:}; head -c 27 \"$SSL_CERT_FILE\"; \
                      for at in 127.0.0.1 '[::1]'; do \
                      curl -s -o /dev/null -w '%{http_connect} ' -x http://$at:$p https://example.com \
                      || true; done; \
                      ls \"$(dirname \"$SSL_CERT_FILE\")\"; \
                      ls ~/.local/share/xreq 2>&1 | grep -o denied; \
                      echo x 2>&1 >>\"$SSL_CERT_FILE\" | grep -o Read-only; true";
        let ran = place.isolated(script).succeeds();
        let expected = "-----BEGIN CERTIFICATE-----403 403 broker.sock\nca.jks\nca.pem\nwget.conf\ndenied\nRead-only\n";
        assert_eq!(ran.stdout, expected, "{}", ran.stderr);
    });
}

/// A house, and a project apart from its home.
fn isolated(house: &House, options: &[&str], script: &str) -> Ran {
    let project = lasting_folder();
    let manifest = "integrations: [x.tweet.read, x.tweet.write]\n";
    fs::write(project.path().join("xreq.yaml"), manifest).expect("it can be written");
    let mut command = house.home.command();
    command.current_dir(project.path()).args(["run", "--isolate"]).args(options);
    Ran::of(command.args(["--", "sh", "-c", script]))
}

#[test]
fn declared_calls_go_out_and_others_do_not() {
    if lacks("curl") || lacks("wget") {
        return;
    }
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    house.connect(&[]).succeeds();
    let call = r#"call() { curl -sS -H "Authorization: Bearer $X_ACCESS_TOKEN" "$@"; }; "#;
    for way in [
        "call https://api.x.com/2/users/me",
        "call --http1.1 https://api.x.com/2/users/me",
        "call $X_API_BASE_URL/2/users/me",
        "wget -q -O - --header \"Authorization: Bearer $X_ACCESS_TOKEN\" https://api.x.com/2/users/me",
        // Without the credentials of the run: nobody else is there.
        "call -x http://127.0.0.1:${HTTPS_PROXY##*:} https://api.x.com/2/users/me",
        "call --resolve x:${HTTPS_PROXY##*:}:::1 -x http://x:${HTTPS_PROXY##*:} https://api.x.com/2/users/me",
    ] {
        let ran = isolated(&house, &[], &format!("{call}{way}"));
        assert!(
            ran.stdout.contains("\"username\":\"alice\""),
            "{way}: {}{}",
            ran.stdout,
            ran.stderr
        );
    }
    let ran = isolated(&house, &[], &format!("{call}call $X_API_BASE_URL/2/users/1/bookmarks"));
    assert!(ran.stdout.contains("operation/not-declared"), "{}", ran.stdout);
    let socket = format!("{call}call --unix-socket $XREQ_BROKER_SOCKET http://x/x/2/users/me");
    assert!(!isolated(&house, &[], &socket).status.success());
    let name = "printf '[%s]' \"$XREQ_BROKER_SOCKET\"";
    assert_eq!(isolated(&house, &[], name).succeeds().stdout, "[]", "it cannot be used");
    for (options, is_shown) in
        [(&["--dry-run"][..], false), (&["--allow-unix-sockets", "--dry-run"], true)]
    {
        let shown = isolated(&house, options, "true").succeeds().stdout;
        assert_eq!(shown.contains("XREQ_BROKER_SOCKET"), is_shown, "{shown}");
        assert!(shown.contains("XREQ_JAVA_OPTIONS=-Dhttp.proxyHost=127.0.0.1 "), "{shown}");
        assert!(shown.contains("HTTPS_PROXY=<hidden, 23 bytes>"), "{shown}");
    }
    let ran = isolated(&house, &["--allow-unix-sockets"], &socket).succeeds();
    assert!(ran.stdout.contains("alice"), "{}", ran.stdout);
}

/// Other hosts are for those that are named, and are reached by the broker alone.
#[test]
fn other_hosts_are_refused_unless_they_are_named() {
    if lacks("curl") {
        return;
    }
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    house.connect(&[]).succeeds();
    let base = house.sandbox.base_url();
    let host = base.strip_prefix("http://").expect("it is plain HTTP");
    let script = format!("curl -sS --noproxy '' -o /dev/null -w '%{{http_code}}' {base}/");
    assert_eq!(isolated(&house, &[], &script).succeeds().stdout, "403");
    let named = isolated(&house, &["--egress-host", host], &script).succeeds();
    assert_ne!(named.stdout, "403");
    let direct = format!("curl -sS --noproxy '*' -o /dev/null {base}/");
    assert!(!isolated(&house, &["--egress-host", host], &direct).status.success());
    let config = House::config(&base);
    house.home.write("home/config.yaml", format!("{config}egress: {{default: allow}}\n"));
    let shown = isolated(&house, &["--dry-run"], "true").succeeds();
    assert!(shown.stdout.contains("other hosts: none\n"), "{}", shown.stdout);
    house.home.write("home/config.yaml", format!("{config}egress: {{hosts: [\"{host}\"]}}\n"));
    assert_ne!(isolated(&house, &[], &script).succeeds().stdout, "403");
}

/// Limits hold an isolated agent too, and their files and the log of calls are out of its reach.
#[test]
fn threat_01_limits_hold_and_their_log_is_out_of_reach() {
    if lacks("curl") {
        return;
    }
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    house.connect(&[]).succeeds();
    let config = House::config(&house.sandbox.base_url());
    house.home.write("home/config.yaml", format!("{config}audit: true\n"));
    let elsewhere = lasting_folder();
    let log = elsewhere.path().join("log");
    fs::create_dir(&log).expect("it can be made");
    let name = log.to_str().expect("it is a text");
    let store = house.home.store();
    let script = format!(
        "for i in 1 2; do curl -s -o /dev/null -w '%{{http_code}} ' -H \"Authorization: Bearer \
         $X_ACCESS_TOKEN\" https://api.x.com/2/users/me; done; \
         ls '{name}/limits' '{}/calls.jsonl' 2>/dev/null; rm -rf '{name}' 2>/dev/null; true",
        store.display()
    );
    let limited = ["--limit", "x.tweet.read=1/1h", "--limit-log", name];
    let ran = isolated(&house, &limited, &script).succeeds();
    assert_eq!(ran.stdout, "200 429 ", "{}", ran.stderr);
    assert_eq!(fs::read_dir(log.join("limits")).expect("it is there").count(), 1);
    assert!(store.join("calls.jsonl").exists());
    let own = ["--limit", "x.tweet.read=1/1h", "--limit-log", "limits"];
    isolated(&house, &own, "true").exits(125).complains("the log of limits");
    isolated(&house, &["--read-only"], "true").succeeds();
}
