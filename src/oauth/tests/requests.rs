//! The content of the authorization request.

use age::secrecy::ExposeSecret;

use super::*;
use crate::error::Code;
use crate::oauth::consent::pkce::Verifier;

#[test]
fn the_request_is_the_one_of_the_specification() {
    let authorization = authorization("http://localhost:8080/a b".replace(' ', "%20").as_str());
    let url = authorization.url();
    assert!(
        url.starts_with("https://x.com/i/oauth2/authorize?response_type=code&client_id=client&")
    );
    assert!(url.contains("&scope=tweet.read%20users.read&"), "{url}");
    assert!(url.contains("&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fa%2520b&"), "{url}");
    assert!(!url.contains('+'), "{url}");
}

#[test]
fn rule_1_the_challenge_belongs_to_the_verifier_of_the_attempt() {
    let attempts = [authorization(REDIRECT_URI), authorization(REDIRECT_URI)];
    for attempt in &attempts {
        let verifier = attempt.verifier().expose_secret();
        let challenge = parameter(attempt, "code_challenge").unwrap();
        assert_eq!(challenge, Verifier::from(verifier).challenge());
        assert_eq!(parameter(attempt, "code_challenge_method").unwrap(), "S256");
        assert!(!attempt.url().contains(verifier));
    }
    assert_ne!(attempts[0].verifier().expose_secret(), attempts[1].verifier().expose_secret());
}

#[test]
fn rule_1_a_provider_that_refuses_challenges_gets_none() {
    let catalog = catalog("pkce: S256", "pkce: none");
    let uri = RedirectUri::parse(REDIRECT_URI).unwrap();
    let provider = catalog.provider("photos").unwrap();
    let attempt = super::attempt(provider, uri, &ScopeSet::default()).unwrap();
    assert_eq!(parameter(&attempt, "code_challenge"), None);
    assert_eq!(parameter(&attempt, "code_challenge_method"), None);
    assert_eq!(parameter(&attempt, "scope"), None);
}

#[test]
fn rule_2_each_attempt_has_a_state_of_its_own_that_cannot_be_guessed() {
    let states: Vec<_> = (0..8).map(|_| state(&authorization(REDIRECT_URI))).collect();
    for (at, state) in states.iter().enumerate() {
        // 43 characters of base64url are 258 bits; X takes 500 characters.
        assert_eq!(state.len(), 43);
        assert!(!states[..at].contains(state));
    }
}

#[test]
fn rule_6_the_redirect_uri_is_sent_as_it_was_written() {
    for text in ["http://127.0.0.1:8080", "http://LOCALHOST/".to_lowercase().as_str(), REDIRECT_URI]
    {
        let authorization = authorization(text);
        assert_eq!(parameter(&authorization, "redirect_uri").unwrap(), text);
        assert_eq!(authorization.redirect_uri().to_string(), text);
    }
}

#[test]
fn rule_7_only_a_provider_that_ignores_ports_gets_a_chosen_one() {
    let catalog = catalog("", "");
    let uri = RedirectUri::parse("http://127.0.0.1:0/callback").unwrap();
    let attempt = |provider: &str, uri: RedirectUri| {
        let provider = catalog.provider(provider).unwrap();
        super::attempt(provider, uri, &ScopeSet::default())
    };
    let found = attempt("photos", uri.with_port(4321)).unwrap();
    assert_eq!(parameter(&found, "redirect_uri").unwrap(), "http://127.0.0.1:4321/callback");
    for (provider, uri) in [("x", uri.with_port(4321)), ("x", uri.clone()), ("photos", uri)] {
        let error = attempt(provider, uri).unwrap_err();
        assert_eq!(error.code(), Code::BadArgument);
    }
}

#[test]
fn the_query_of_an_endpoint_is_kept() {
    for (endpoint, expected) in [
        ("authorize?a=b", "https://photos.example/oauth/authorize?a=b&response_type=code&"),
        ("authorize?", "https://photos.example/oauth/authorize?response_type=code&"),
    ] {
        let catalog = catalog("oauth/authorize", &format!("oauth/{endpoint}"));
        let uri = RedirectUri::parse(REDIRECT_URI).unwrap();
        let provider = catalog.provider("photos").unwrap();
        let attempt = super::attempt(provider, uri, &ScopeSet::default()).unwrap();
        assert!(attempt.url().starts_with(expected), "{}", attempt.url());
    }
}

#[test]
fn rule_18_debug_shows_no_secret_of_the_attempt() {
    let attempt = authorization(REDIRECT_URI);
    let shown = format!("{attempt:?}");
    assert!(!shown.contains(&state(&attempt)), "{shown}");
    assert!(!shown.contains(attempt.verifier().expose_secret()), "{shown}");
}
