use age::secrecy::ExposeSecret;
use serde_json::json;

use super::*;
use crate::model::scope::ScopeSet;

const NOW: &str = "2026-11-29T12:00:00Z";

fn parse(text: &str) -> Result<TokenFile, Unusable> {
    TokenFile::parse(text.trim(), NOW.parse().unwrap())
}

/// The tokens, the expiry, the scopes, the client and the source.
type Read =
    (String, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

fn read(text: &str) -> Read {
    let file = parse(text).unwrap_or_else(|unusable| panic!("{}: {text}", unusable.why));
    let TokenFile { response, expiry, client_id, source, .. } = file;
    (
        response.access_token.expose_secret().to_owned(),
        response.refresh_token.map(|token| token.expose_secret().to_owned()),
        expiry.expires_at.map(|at| at.to_string()),
        response.scopes.map(|scopes| scopes.to_string()),
        client_id,
        source,
    )
}

#[allow(clippy::unnecessary_wraps, reason = "it is one of what is read")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn files_of_libraries_are_understood() {
    let at = some("2026-11-29T11:00:00Z");
    for (text, expected) in [
        // requests-oauthlib, and tweepy with it.
        (
            r#"{"token_type":"bearer","expires_in":7200,"access_token":"at","scope":["b","a"],"refresh_token":"rt","expires_at":1795950000}"#,
            ("at".into(), some("rt"), at.clone(), some("a b"), None, None),
        ),
        // google-auth.
        (
            r#"{"token":"at","refresh_token":"rt","token_uri":"https://oauth2.googleapis.com/token","client_id":"id","client_secret":"cs","scopes":["a"],"universe_domain":"googleapis.com","account":"","expiry":"2026-11-29T11:00:00Z"}"#,
            (
                "at".into(),
                some("rt"),
                at.clone(),
                some("a"),
                some("id"),
                some("https://oauth2.googleapis.com/token"),
            ),
        ),
        // oauth2client.
        (
            r#"{"access_token":"at","client_id":"id","client_secret":"cs","refresh_token":"rt","token_expiry":"2026-11-29T11:00:00Z","token_uri":"https://a.example/token","token_response":{"access_token":"older","expires_in":3599},"_class":"OAuth2Credentials"}"#,
            (
                "at".into(),
                some("rt"),
                at.clone(),
                None,
                some("id"),
                some("https://a.example/token"),
            ),
        ),
        // Google's library for Node.
        (
            r#"{"access_token":"at","refresh_token":"rt","scope":"a b","token_type":"Bearer","expiry_date":1795950000000}"#,
            ("at".into(), some("rt"), at.clone(), some("a b"), None, None),
        ),
        // Go's oauth2.
        (
            r#"{"access_token":"at","token_type":"Bearer","refresh_token":"rt","expiry":"2026-11-29T12:00:00.0+01:00"}"#,
            ("at".into(), some("rt"), at.clone(), None, None, None),
        ),
        // twitter-api-v2.
        (
            r#"{"accessToken":"at","refreshToken":"rt","expiresIn":7200,"scope":["a"]}"#,
            ("at".into(), some("rt"), None, some("a"), None, None),
        ),
        // An answer in a field of its own.
        (
            r#"{"client_id":"id","token":{"access_token":"at","expires_at":1795950000}}"#,
            ("at".into(), None, at.clone(), None, some("id"), None),
        ),
        // xurl, by its versions.
        (
            "apps:\n  one:\n    client_id: id\n    client_secret: cs\n    default_user: alice\n    oauth2_tokens:\n      alice:\n        type: oauth2\n        oauth2:\n          access_token: at\n          refresh_token: rt\n          expiration_time: 1795950000\n      bob:\n        type: oauth2\n        oauth2: {access_token: of-bob}\n    bearer_token: {type: bearer, bearer: b}\ndefault_app: one\n",
            ("at".into(), some("rt"), at.clone(), None, some("id"), None),
        ),
        (
            r#"{"oauth2_tokens":{"alice":{"type":"oauth2","oauth2":{"access_token":"at","refresh_token":"rt","expiration_time":1795950000}}},"oauth1_tokens":{"type":"oauth1"},"file_path":"/home/a/.xurl"}"#,
            ("at".into(), some("rt"), at, None, None, None),
        ),
        // gh.
        (
            "github.com:\n    oauth_token: gho_made-up\n    user: someone\n    git_protocol: https\n",
            ("gho_made-up".into(), None, None, None, None, some("github.com")),
        ),
        ("at", ("at".into(), None, None, None, None, None)),
        ("a-b_c.d~e+f/g==", ("a-b_c.d~e+f/g==".into(), None, None, None, None, None)),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    let with_secret = r#"{"token":"at","client_secret":"cs"}"#;
    assert!(parse(with_secret).unwrap().has_client_secret);
}

#[test]
fn other_kinds_are_refused_by_name() {
    for (text, why) in [
        (
            r#"{"type":"service_account","private_key":"canary","client_email":"a@b"}"#,
            "key of a service account",
        ),
        (
            r#"{"type":"authorized_user","client_id":"i","client_secret":"canary","refresh_token":"canary"}"#,
            "`authorized_user`",
        ),
        (
            r#"{"type":"external_account","token_url":"https://evil.example"}"#,
            "workload identities",
        ),
        (r#"{"installed":{"client_id":"i","client_secret":"canary"}}"#, "a client of Google"),
        (r#"{"oauth_token":"canary","oauth_token_secret":"canary"}"#, "OAuth 1.0a"),
        (
            r#"{"consumer_key":"canary","consumer_secret":"canary","access_token":"canary"}"#,
            "OAuth 1.0a",
        ),
        (
            "profiles:\n  someone:\n    key: {token: canary}\nconfiguration:\n  default_profile: [someone, key]\n",
            "twurl",
        ),
        (
            "[default]\naws_access_key_id = canary\naws_secret_access_key = canary\n",
            "access keys of AWS",
        ),
        (
            r#"{"Version":1,"AccessKeyId":"canary","SecretAccessKey":"canary"}"#,
            "access keys of AWS",
        ),
        (
            r#"{"startUrl":"https://a.awsapps.com/start","accessToken":"canary","expiresAt":"2026-11-29T13:00:00Z"}"#,
            "AWS IAM Identity Center",
        ),
        (
            r#"{"T123":{"token":"xoxe.canary","refresh_token":"canary","team_domain":"a"}}"#,
            "Slack CLI",
        ),
        (
            "github.com:\n    users:\n        someone:\n    user: someone\n",
            "keeps the token in the keyring",
        ),
        (
            "github.com:\n    oauth_token: canary\ngithub.example.com:\n    oauth_token: canary\n",
            "several hosts",
        ),
        (
            "apps:\n  one:\n    oauth2_tokens: {}\n    bearer_token: {bearer: canary}\n",
            "no OAuth 2.0 token",
        ),
        (
            "apps:\n  one:\n    oauth2_tokens:\n      a: {oauth2: {access_token: canary}}\n      b: {oauth2: {access_token: canary}}\n",
            "several users",
        ),
        ("apps:\n  one: {}\n  two: {}\n", "several apps"),
        (r#"{"id_token":"canary"}"#, "an ID token"),
        ("X_ACCESS_TOKEN=canary", "environment file"),
        ("export X_ACCESS_TOKEN=canary\nX_CLIENT_SECRET=canary", "environment file"),
        ("-----BEGIN PRIVATE KEY-----\ncanary\n", "a key, and no token"),
        (r#"{"error":"invalid_grant"}"#, "`invalid_grant`"),
        (r#"{"access_token":"canary","token_type":"mac"}"#, "`mac`"),
        (r#"{"canary":1}"#, "no `access_token`"),
        (r#"{"access_token":1}"#, "no `access_token`"),
    ] {
        let unusable = parse(text).err().unwrap_or_else(|| panic!("it is taken: {text}"));
        assert!(unusable.why.contains(why), "{} for {text}", unusable.why);
        let shown = format!("{unusable:?}");
        assert!(!shown.contains("canary") && !shown.contains("evil"), "{shown}");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    for text in [
        json!({"access_token": "a", "token": "b"}).to_string(),
        json!({"access_token": "a", "refresh_token": "b", "refreshToken": "c"}).to_string(),
        json!({"access_token": "a", "scope": "a", "scopes": ["b"]}).to_string(),
        json!({"access_token": "a", "expires_at": "never"}).to_string(),
        r#"{"access_token":"a","access_token":"b"}"#.to_owned(),
        r#"{"access_token":"a","expires_at":1,"expires_at":2}"#.to_owned(),
    ] {
        assert!(parse(&text).is_err(), "{text}");
    }
    let same = json!({"access_token": "a", "token": "a", "scope": "b a", "scopes": ["a", "b"]});
    assert_eq!(parse(&same.to_string()).unwrap().response.scopes, Some(ScopeSet::parse("a b")));
}
