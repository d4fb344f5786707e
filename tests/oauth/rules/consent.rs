//! The request for consent, and what may come back (rules 1 to 4).

use std::io::{Read, Write};
use std::net::TcpStream;

use xreq::sandbox::Endpoint;

use super::asked;
use crate::oauth::recorder::{Studio, back, connect_with};
use crate::support::http::Request;
use crate::support::provider::{Connecting, House, parameter, split};

/// The status of an answer to a request to the address that waits for the redirect.
fn status(method: &str, url: &str) -> u16 {
    let (base, path) = split(url);
    let authority = base.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(authority).expect("somebody listens");
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let status = answer.split(' ').nth(1).expect("a status line");
    status.parse().expect("a status")
}

#[test]
fn rule_01_pkce_is_s256_and_new_each_time() {
    let house = House::new();
    let urls = [(), ()].map(|()| {
        let connecting = Connecting::start(&house.home, &[]);
        let url = connecting.url.clone();
        connecting.comes_back(&house.consent(&url, "alice", |_| true));
        connecting.end().succeeds();
        url
    });
    let challenges = urls.map(|url| {
        assert_eq!(parameter(&url, "code_challenge_method").as_deref(), Some("S256"));
        parameter(&url, "code_challenge").expect("it is there")
    });
    assert_ne!(challenges[0], challenges[1]);
    assert!(challenges.iter().all(|challenge| challenge.len() == 43), "{challenges:?}");
}

#[test]
fn rule_01_the_verifier_has_the_form_of_the_specification_and_is_sent_once() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::{Digest, Sha256};

    let studio = Studio::new("title: Photos", "title: Photos");
    let urls = [studio.connect(), studio.connect()];
    let verifiers: Vec<_> = studio
        .recorder
        .requests("/token")
        .iter()
        .map(|request| request.field("code_verifier").expect("it is there"))
        .collect();
    assert_eq!(verifiers.len(), 2);
    assert_ne!(verifiers[0], verifiers[1]);
    for (url, verifier) in urls.iter().zip(verifiers) {
        // RFC 7636 section 4.1.
        assert!((43..=128).contains(&verifier.len()), "{}", verifier.len());
        assert!(verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        assert_eq!(parameter(url, "code_challenge"), Some(challenge));
    }
}

#[test]
fn rule_01_no_other_method_can_be_chosen() {
    let ran = connect_with("pkce: S256", "pkce: plain").exits(2);
    ran.complains("error[catalog_invalid]").complains("plain");
    // A server that refuses challenges is sent none, and no verifier either.
    let studio = Studio::new("pkce: S256", "pkce: none");
    assert!(!studio.connect().contains("code_challenge"));
    assert_eq!(studio.recorder.requests("/token")[0].field("code_verifier"), None);
}

#[test]
fn rule_02_the_state_is_new_each_time_and_cannot_be_guessed() {
    let house = House::new();
    let states = [(), ()].map(|()| {
        let connecting = Connecting::start(&house.home, &["--timeout", "0s"]);
        let state = parameter(&connecting.url, "state").expect("it is there");
        connecting.end().exits(3);
        state
    });
    assert_ne!(states[0], states[1]);
    for state in states {
        // 128 bits are 22 characters of base64url. X takes 500.
        assert!((22..=500).contains(&state.len()), "{state}");
        assert!(state.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{state}");
    }
}

#[test]
fn rule_02_without_the_right_state_a_redirect_is_nothing() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let state = parameter(&connecting.url, "state").expect("it is there");
    let back = house.consent(&connecting.url, "alice", |_| true);
    for wrong in [
        back.replace(&state, "another"),
        back.replace(&state, ""),
        back.replace("state=", "no="),
        back.replace(&state, &state[1..]),
        format!("{back}&state={state}"),
        format!("{}?error=access_denied&state=another", house.redirect_uri),
    ] {
        assert_eq!(status("GET", &wrong), 400, "{wrong}");
    }
    assert_eq!(asked(&house, Endpoint::Token).len(), 0);
    assert_eq!(status("GET", &back), 200);
    connecting.end().succeeds();
    assert_eq!(asked(&house, Endpoint::Token).len(), 1);
}

#[test]
fn rule_03_strays_neither_end_nor_win_the_login() {
    let house = House::new();
    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    let base = split(&back).0;
    for (method, url, expected) in [
        ("GET", format!("{base}/favicon.ico"), 404),
        ("GET", format!("{base}/"), 404),
        ("GET", house.redirect_uri.clone(), 400),
        ("GET", format!("{}?error=access_denied", house.redirect_uri), 400),
        ("GET", format!("{}?code=somebody-elses-code", house.redirect_uri), 400),
        ("HEAD", back.clone(), 404),
        ("POST", back.clone(), 404),
        ("OPTIONS", back.clone(), 404),
    ] {
        assert_eq!(status(method, &url), expected, "{method} {url}");
    }
    assert_eq!(asked(&house, Endpoint::Token).len(), 0);
    // The redirect comes twice: the second one gets the same page, and is not exchanged.
    let (server, path) = split(&back);
    let tab = || Request::get(path).header("sec-fetch-dest", "document").send(server);
    let page = tab().expect("it is answered").body;
    assert!(page.contains("X is connected"), "{page}");
    assert_eq!(tab().expect("it is answered again").body, page);
    connecting.end().succeeds();
    assert_eq!(asked(&house, Endpoint::Token).len(), 1);
}

#[test]
fn rule_04_another_issuer_is_refused_also_with_an_error() {
    let house = House::new();
    let issuer = house.sandbox.base_url();
    for tail in ["&iss=https%3A%2F%2Fevil.example", "&iss=", "&iss=http%3A%2F%2F127.0.0.1"] {
        let connecting = Connecting::start(&house.home, &[]);
        let back = house.consent(&connecting.url, "alice", |_| true);
        connecting.comes_back(&format!("{back}{tail}"));
        connecting.end().exits(1).complains("error[authorization_denied]").complains("RFC 9207");
    }
    let connecting = Connecting::start(&house.home, &[]);
    let refusal = back(&connecting.url, "x").replace("code=x", "error=access_denied");
    connecting.comes_back(&format!("{refusal}&iss=https%3A%2F%2Fevil.example"));
    connecting.end().exits(1).complains("RFC 9207");
    assert_eq!(asked(&house, Endpoint::Token).len(), 0);
    assert!(!house.home.grant("default").exists());

    let connecting = Connecting::start(&house.home, &[]);
    let back = house.consent(&connecting.url, "alice", |_| true);
    connecting.comes_back(&format!("{back}&iss={}", issuer.replace('/', "%2F")));
    connecting.end().succeeds();
}

#[test]
fn rule_04_the_issuer_of_the_providers_file_is_compared_exactly() {
    let promise = "authorization_response_iss_parameter_supported: true\n";
    for promised in ["", promise] {
        let endpoints = format!("{promised}endpoints:\n  issuer: @/tenant-1\n");
        let studio = Studio::new("endpoints:\n", &endpoints);
        let issuer = format!("{}/tenant-1", studio.recorder.base_url);
        let comes_back = |tail: &str, error: bool| {
            let connecting = studio.connecting();
            let back = back(&connecting.url, "the-code");
            let back = if error { back.replace("code=the-code", "error=e") } else { back };
            connecting.comes_back(&format!("{back}{tail}"));
            connecting.end()
        };
        let other = format!("{}/tenant-2", studio.recorder.base_url);
        for wrong in [&other, &format!("{issuer}/"), &studio.recorder.base_url] {
            for error in [false, true] {
                let ran = comes_back(&format!("&iss={wrong}"), error).exits(1);
                ran.complains("error[authorization_denied]").complains("comes from another server");
            }
        }
        assert_eq!(studio.recorder.requests("/token").len(), 0);
        if promised.is_empty() {
            comes_back("", false).succeeds();
        } else {
            for error in [false, true] {
                comes_back("", error).exits(1).complains("which promises to say so");
            }
            assert_eq!(studio.recorder.requests("/token").len(), 0);
        }
        comes_back(&format!("&iss={issuer}"), false).succeeds();
        if !promised.is_empty() {
            // A bare code hides who sent it.
            let args = ["client", "set", "photos", "--client", "far", "--id", "an-id", "--public"];
            let far = ["--redirect-uri", "https://example.com/done"];
            studio.home.xreq(&[&args[..], &far].concat()).succeeds();
            let mut connecting = Connecting::to("photos", &studio.home, &["--client", "far"]);
            connecting.types("a-bare-code-without-a-sender");
            connecting.end().exits(2).complains("neither the code nor the URL");
        }
        // Another server by the settings has no issuer, or that of the settings.
        let config = |more: &str| {
            let authorize = format!("{}/authorize", studio.recorder.base_url);
            let config = format!("providers: {{photos: {{authorize_url: '{authorize}'{more}}}}}\n");
            studio.home.write("home/config.yaml", config);
        };
        config("");
        comes_back(&format!("&iss={other}"), false).succeeds();
        config(&format!(", issuer: '{other}'"));
        comes_back(&format!("&iss={other}"), false).succeeds();
        comes_back(&format!("&iss={issuer}"), false).exits(1);
    }
}
