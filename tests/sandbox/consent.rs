//! The consent of an account's owner: the page, the decision, and where it leads.

use xreq::catalog::Catalog;

use super::*;

/// A request for consent with one parameter changed; without a value, it is left out.
fn changed(app: &App<'_>, name: &str, value: Option<&str>) -> Vec<(&'static str, String)> {
    let mut asked = app.asking(SCOPES);
    asked.retain(|(found, _)| *found != name || value.is_some());
    for (found, old) in &mut asked {
        if let Some(value) = value.filter(|_| *found == name) {
            value.clone_into(old);
        }
    }
    asked
}

#[test]
fn the_page_says_who_asks_for_what() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let page = app.page(&app.asking(SCOPES));
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<h1>Sandbox App wants to use your X account</h1>"));
    assert!(page.body.contains("<li>create, repost and delete posts</li>"));
    let catalog = Catalog::builtin();
    let described = &catalog.provider("x").expect("it is built in").scopes;
    for scope in SCOPES.split(' ') {
        let text = described[scope].text.replace('\'', "&#39;");
        let checkbox =
            format!("<label><input type=\"checkbox\" name=\"granted\" value=\"{scope}\" checked>");
        assert!(page.body.contains(&checkbox), "{scope}");
        assert!(page.body.contains(&format!("{text}<small>{scope}</small>")), "{scope}");
    }
    assert!(!page.body.contains("dm.read"), "what is not asked for is not offered");
    for account in ["alice", "bob"] {
        assert!(page.body.contains(&format!("name=\"account\" value=\"{account}\"")));
    }
    let policy = page.header("content-security-policy").expect("there is one");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(policy.contains("form-action 'self' http://127.0.0.1:8080;"), "{policy}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for outside in ["src=", "href=", "@import", "url("] {
        assert!(!page.body.contains(outside), "{outside}");
    }
}

#[test]
fn nothing_that_an_app_sends_becomes_html() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let evil = "\"><script>alert('1')</script>";
    for name in ["state", "redirect_uri", "client_id"] {
        let page = app.page(&changed(&app, name, Some(evil)));
        assert!(!page.body.contains("<script"), "{name}: {}", page.body);
    }
    let page = app.page(&changed(&app, "state", Some(evil)));
    assert!(page.body.contains("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)"), "{}", page.body);
}

#[test]
fn the_owner_may_grant_less_and_choose_the_account() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let decision = [
        ("account", "bob"),
        ("decision", "authorize"),
        ("granted", "tweet.read"),
        ("granted", "users.read"),
        ("granted", "dm.read"),
    ];
    let answer = app.decide(&app.asking(SCOPES), &decision);
    assert!(
        answer
            .header("location")
            .is_some_and(|to| to.starts_with("http://127.0.0.1:8080/callback?"))
    );
    assert_eq!(returned(&answer, "state").as_deref(), Some("a state"));
    let tokens = app.exchange(&returned(&answer, "code").expect("a code"));
    assert_eq!(
        tokens.text("/scope"),
        "users.read tweet.read",
        "what was not asked for is not given"
    );
    let me = app.send(&Request::get("/2/users/me").bearer(&tokens.text("/access_token")));
    assert_eq!(me.text("/data/username"), "bob");
}

#[test]
fn the_owner_may_refuse() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let answer = app.decide(&app.asking(SCOPES), &[("decision", "cancel"), ("account", "alice")]);
    assert_eq!(returned(&answer, "error").as_deref(), Some("access_denied"));
    assert_eq!(returned(&answer, "state").as_deref(), Some("a state"));
    assert_eq!(returned(&answer, "code"), None);
    assert!(sandbox.control().grants("alice").is_empty());
    for (decision, why) in [
        (&[("decision", "authorize"), ("account", "alice")][..], "no scope"),
        (&[("decision", "authorize"), ("granted", "tweet.read")], "no account"),
        (&[("decision", "authorize"), ("granted", "tweet.read"), ("account", "eve")], "unknown"),
    ] {
        let answer = app.decide(&app.asking(SCOPES), decision);
        assert_eq!((answer.status, answer.header("location")), (400, None), "{why}");
    }
}

#[test]
fn only_the_page_itself_can_decide() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let asked = app.asking(SCOPES);
    let mut fields: Vec<_> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend([("account", "alice"), ("granted", "tweet.read"), ("decision", "authorize")]);
    fields.push(("form_token", "a guess"));
    let answer = app.send(&Request::form("/i/oauth2/authorize", &fields));
    assert_eq!((answer.status, answer.header("location")), (400, None));
}

/// RFC 6749 section 4.1.2.1: the browser is sent nowhere that is not registered.
#[test]
fn what_cannot_be_trusted_is_a_page() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let long = "s".repeat(501);
    for (name, value) in [
        ("client_id", Some("unknown")),
        ("client_id", None),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/callback")),
        ("redirect_uri", Some("http://127.0.0.1:8080/callback/")),
        ("redirect_uri", Some("http://127.0.0.1:8081/callback")),
        ("redirect_uri", Some("http://localhost:8080/callback")),
        ("redirect_uri", Some("http://127.0.0.1:8080/callback?a=b")),
        ("state", Some(long.as_str())),
    ] {
        let answer = app.page(&changed(&app, name, value));
        assert_eq!((answer.status, answer.header("location")), (400, None), "{name} {value:?}");
        assert!(answer.body.contains("<title>The app could not be given access</title>"));
    }
    let mut twice = app.asking(SCOPES);
    twice.push(("redirect_uri", "https://evil.example/callback".to_owned()));
    assert_eq!(app.page(&twice).status, 400);
}

#[test]
fn a_mismatch_names_the_registered_redirect_uris() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    sandbox.control().add_redirect_uri("http://127.0.0.1:9/other");
    let page = app.page(&changed(&app, "redirect_uri", Some("http://127.0.0.1:9/callback")));
    for uri in [
        "http://127.0.0.1:9/callback",
        "http://127.0.0.1:8080/callback",
        "http://127.0.0.1:9/other",
    ] {
        assert!(page.body.contains(&format!("<code>{uri}</code>")), "{uri}");
    }
    let page = app.page(&changed(&app, "redirect_uri", Some("http://127.0.0.1:9/other")));
    assert_eq!(page.status, 200);
}

#[test]
fn other_mistakes_are_told_to_the_app() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    for (name, value, error) in [
        ("response_type", Some("token"), "unsupported_response_type"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("scope", None, "invalid_scope"),
        ("scope", Some("tweet.read tweet.fly"), "invalid_scope"),
    ] {
        let answer = app.page(&changed(&app, name, value));
        assert_eq!(returned(&answer, "error").as_deref(), Some(error), "{name} {value:?}");
        assert_eq!(returned(&answer, "state").as_deref(), Some("a state"));
    }
}

/// DNS rebinding: a page of another name in the user's browser finds its way here.
#[test]
fn only_names_of_this_machine_are_served() {
    let sandbox = sandbox();
    let app = App::of(&sandbox);
    let (_, port) = sandbox
        .base_url()
        .rsplit_once(':')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a port");
    for path in ["/i/oauth2/authorize", "/2/users/me", "/sandbox/log", "/"] {
        for host in ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", ""] {
            let answer = app.send(&Request::get(path).header("host", &format!("{host}:{port}")));
            assert_eq!(answer.status, 421, "{path} {host}");
        }
    }
    let answer = app.send(&Request::get("http://evil.example/sandbox/log"));
    assert_eq!(answer.status, 421);
    for host in ["localhost", "[::1]", "127.0.0.1"] {
        let answer = app.send(&Request::get("/sandbox").header("host", host));
        assert_eq!(answer.status, 200, "{host}");
    }
    assert!(sandbox.control().log().is_empty());
}
