//! The reading of a redirect, or of a pasted line.

use age::secrecy::ExposeSecret;

use super::*;
use crate::oauth::consent::awaited::RedirectAnswer;
use crate::oauth::consent::paste;

/// A result in one word, with the code or the provider's words.
fn told(redirected: RedirectAnswer) -> String {
    match redirected {
        RedirectAnswer::Foreign => "foreign".to_owned(),
        RedirectAnswer::Code(code) => format!("code {}", code.expose_secret()),
        RedirectAnswer::Refused { error, description } => {
            format!("refused {error} {}", description.unwrap_or_default()).trim().to_owned()
        }
        RedirectAnswer::Incomplete => "incomplete".to_owned(),
        RedirectAnswer::WrongIssuer => "wrong issuer".to_owned(),
        RedirectAnswer::NoIssuer => "no issuer".to_owned(),
    }
}

#[test]
fn rule_2_without_the_right_state_a_redirect_is_nothing() {
    let authorization = authorization(REDIRECT_URI);
    let state = state(&authorization);
    let other = super::state(&super::authorization(REDIRECT_URI));
    for query in [
        String::new(),
        "code=1".to_owned(),
        "error=access_denied".to_owned(),
        "code=1&state=".to_owned(),
        format!("code=1&state={other}"),
        format!("code=1&state={state}x"),
        format!("code=1&state={}", &state[..42]),
        format!("code=1&state={}", state.to_lowercase()),
        format!("code=1&state={state}&state={state}"),
        format!("code=1&state={state}&state={other}"),
        format!("code=1&State={state}"),
        format!("code=1&state=%20{state}"),
        format!("iss=https://evil.example&state={other}"),
    ] {
        assert_eq!(told(authorization.read(&query)), "foreign", "{query}");
    }
}

#[test]
fn the_right_state_brings_a_code_or_the_reason_for_none() {
    let authorization = authorization(REDIRECT_URI);
    let state = state(&authorization);
    for (query, expected) in [
        ("code=abc".to_owned(), "code abc"),
        ("a=b&code=a%2Bb%3D&code_verifier=c".to_owned(), "code a+b="),
        ("error=access_denied".to_owned(), "refused access_denied"),
        (
            "error=access_denied&error_description=The+user%20said+no".to_owned(),
            "refused access_denied The user said no",
        ),
        ("error=a%1b%5B31m%E2%80%AEb&error_description=%0d%0a".to_owned(), "refused a [31mb"),
        (String::new(), "incomplete"),
        ("code=".to_owned(), "incomplete"),
        ("error=".to_owned(), "incomplete"),
        ("error=%0a".to_owned(), "incomplete"),
        ("code=a&code=b".to_owned(), "incomplete"),
        ("code=a&error=b".to_owned(), "incomplete"),
        ("code=a%0d%0ab".to_owned(), "incomplete"),
        ("code=a+b".to_owned(), "incomplete"),
        ("code=%C3%A4".to_owned(), "incomplete"),
        (format!("code={}", "a".repeat(4097)), "incomplete"),
    ] {
        assert_eq!(
            told(authorization.read(&format!("{query}&state={state}"))),
            expected,
            "{query}"
        );
        assert_eq!(
            told(authorization.read(&format!("state={state}&{query}"))),
            expected,
            "{query}"
        );
    }
}

#[test]
fn rule_4_another_issuer_is_refused_also_with_an_error() {
    let authorization = authorization(REDIRECT_URI);
    let state = state(&authorization);
    for (query, expected) in [
        ("code=1&iss=https://x.com", "code 1"),
        ("code=1&iss=https%3A%2F%2Fapi.x.com%2F", "code 1"),
        ("code=1&iss=https://evil.example", "wrong issuer"),
        ("code=1&iss=https://x.com.evil.example", "wrong issuer"),
        ("code=1&iss=http://x.com", "wrong issuer"),
        ("code=1&iss=", "wrong issuer"),
        ("code=1&iss=https://x.com&iss=https://x.com", "wrong issuer"),
        ("error=access_denied&iss=https://evil.example", "wrong issuer"),
    ] {
        assert_eq!(
            told(authorization.read(&format!("{query}&state={state}"))),
            expected,
            "{query}"
        );
    }
}

/// A provider whose server names itself so, and promises that or not.
fn of_issuer(issuer: &str, is_promised: bool) -> Authorization {
    let data = format!(
        "authorization_response_iss_parameter_supported: {is_promised}\nendpoints:\n  issuer: {issuer}\n"
    );
    let catalog = catalog("endpoints:\n", &data);
    let redirect_uri = RedirectUri::parse(REDIRECT_URI).unwrap();
    let provider = catalog.provider("photos").unwrap();
    attempt(provider, redirect_uri, &ScopeSet::default()).unwrap()
}

#[test]
fn rule_4_an_issuer_is_compared_character_by_character() {
    let issuer = "https://login.example/tenant-1";
    for is_promised in [false, true] {
        let authorization = of_issuer(issuer, is_promised);
        let state = state(&authorization);
        let absent = |otherwise| if is_promised { "no issuer" } else { otherwise };
        for (query, expected) in [
            ("code=1&iss=https%3A%2F%2Flogin.example%2Ftenant-1", "code 1"),
            ("code=1&iss=https://login.example/tenant-1", "code 1"),
            ("code=1&iss=https://login.example/tenant-2", "wrong issuer"),
            ("code=1&iss=https://login.example/tenant-1/", "wrong issuer"),
            ("code=1&iss=https://login.example/tenant-1?a", "wrong issuer"),
            ("code=1&iss=https://LOGIN.example/tenant-1", "wrong issuer"),
            ("code=1&iss=https://login.example:443/tenant-1", "wrong issuer"),
            ("code=1&iss=https://login.example", "wrong issuer"),
            ("code=1&iss=", "wrong issuer"),
            ("code=1&iss=https://login.example/tenant-1&iss=x", "wrong issuer"),
            ("error=e&iss=https://login.example/tenant-2", "wrong issuer"),
            ("error=e&iss=https://login.example/tenant-1", "refused e"),
            ("code=1", absent("code 1")),
            ("error=e", absent("refused e")),
        ] {
            let read = authorization.read(&format!("{query}&state={state}"));
            assert_eq!(told(read), expected, "{query} {is_promised}");
        }
        // Nobody can tell who sent a bare code.
        let pasted = told(paste::read(&authorization, "a-bare-code"));
        assert_eq!(pasted, if is_promised { "foreign" } else { "code a-bare-code" });
    }
}

#[test]
fn rule_18_what_looks_like_a_token_is_not_shown() {
    let authorization = authorization(REDIRECT_URI);
    // What chance makes looks like one nearly always, which is not enough here.
    let token = "a1b2".repeat(10);
    let query = format!(
        "error=denied&error_description=the+token+{token}+is+dead&state={}",
        state(&authorization)
    );
    let shown = told(authorization.read(&query));
    assert!(shown.starts_with("refused denied the token ***"), "{shown}");
    assert!(!shown.contains(&token));
}

#[test]
fn a_providers_words_are_cut() {
    let authorization = authorization(REDIRECT_URI);
    let query =
        format!("error=e&error_description={}&state={}", "ä".repeat(999), state(&authorization));
    assert_eq!(told(authorization.read(&query)).chars().count(), "refused e ".len() + 300);
}

#[test]
fn people_paste_the_url_the_query_or_the_code() {
    let authorization = authorization(REDIRECT_URI);
    let state = state(&authorization);
    for line in [
        format!("http://127.0.0.1:8080/callback?state={state}&code=abcdefgh%3D"),
        format!("127.0.0.1:8080/callback?code=abcdefgh%3D&state={state}"),
        format!("  \"http://127.0.0.1:8080/callback?code=abcdefgh%3D&state={state}#_=_\"\r\n"),
        format!("?code=abcdefgh%3D&state={state}"),
        format!("code=abcdefgh%3D&state={state}\n"),
        format!("<http://127.0.0.1:8080/callback?code=abcdefgh%3D&state={state}>"),
        "abcdefgh%3D".to_owned(),
        "abcdefgh=\n".to_owned(),
        " code=abcdefgh%3D ".to_owned(),
    ] {
        assert_eq!(told(paste::read(&authorization, &line)), "code abcdefgh=", "{line}");
    }
    let google = "4/0Adeu5+x_y-z";
    assert_eq!(told(paste::read(&authorization, google)), format!("code {google}"));
}

#[test]
fn rule_2_a_pasted_url_needs_the_right_state_too() {
    let authorization = authorization(REDIRECT_URI);
    let other = super::state(&super::authorization(REDIRECT_URI));
    for line in [
        format!("http://127.0.0.1:8080/callback?code=abcdefgh&state={other}"),
        format!("code=abcdefgh&state={other}"),
        "http://127.0.0.1:8080/callback?code=abcdefgh".to_owned(),
        "?code=abcdefgh".to_owned(),
        "http://127.0.0.1:8080/callback".to_owned(),
        "y".to_owned(),
        "what now".to_owned(),
        "code=".to_owned(),
        "code=abcdefgh&x=y".to_owned(),
        format!("abc defgh?state={}", state(&authorization)),
    ] {
        assert_eq!(told(paste::read(&authorization, &line)), "foreign", "{line}");
    }
    let url = authorization.url();
    assert_eq!(
        told(paste::read(&authorization, url)),
        "incomplete",
        "the URL that was to be opened"
    );
}

#[test]
fn a_bare_code_needs_the_protection_of_a_challenge() {
    let catalog = catalog("pkce: S256", "pkce: none");
    let uri = RedirectUri::parse(REDIRECT_URI).unwrap();
    let provider = catalog.provider("photos").unwrap();
    let attempt = super::attempt(provider, uri, &ScopeSet::default()).unwrap();
    assert_eq!(told(paste::read(&attempt, "abcdefgh")), "foreign");
    let url = format!("{REDIRECT_URI}?code=abcdefgh&state={}", state(&attempt));
    assert_eq!(told(paste::read(&attempt, &url)), "code abcdefgh");
}
