//! The parts of a structured secret that are secret by themselves.
//!
//! A program rarely prints a whole service-account key, but it prints the private key in it, or one of
//! its lines; not the URL of a database, but the password. So these are looked for too:
//!
//! * strings of a JSON text,
//! * the password of a URL, as it is written and decoded,
//! * the credential behind `Bearer`, `Basic` and `Token`, and the password within `Basic`,
//! * the value of each `name=value` and `name: value`,
//! * the lines of a PEM text, and all of them without line breaks.
//!
//! A text whose name or place says that it is secret is one from [`NAMED`] bytes on. Other values are
//! from [`UNNAMED`] bytes on, if they have letters and digits, no white space, and are no URL, no
//! address and no time. A value with a public name, such as `client_email` and `token_uri`, is none.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex_lite::Regex;
use serde_json::Value;
use zeroize::Zeroizing;

use super::spelling::escaped;

/// From how many bytes on a part is secret that is called so.
const NAMED: usize = 6;

/// From how many bytes on another one may be.
const UNNAMED: usize = 16;

/// Most parts of one secret that are looked for: the lines of an RSA key of 4096 bits, and some more.
const MOST: usize = 64;

/// Maximum depth to which a JSON text is searched.
const DEEPEST: usize = 8;

/// Words that occur in the names of secrets.
#[rustfmt::skip]
const SECRET: [&str; 11] = [
    "secret", "token", "password", "passwd", "passphrase", "pwd", "key", "credential", "private",
    "authorization", "signature",
];

/// Endings of the names of public values.
#[rustfmt::skip]
const PUBLIC: [&str; 24] = [
    "_at", "_in", "type", "uri", "url", "email", "expiry", "expires", "scope", "scopes", "domain",
    "project", "project_id", "client_id", "name", "host", "server", "endpoint", "address", "region",
    "database", "path", "file", "version",
];

type Part = Zeroizing<String>;

/// Returns the parts of a secret, each once, and without the secret itself.
pub(super) fn of(secret: &str) -> Vec<Part> {
    let mut found = Found { secret, parts: Vec::new(), lines: Vec::new() };
    match serde_json::from_str(secret) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => found.json("", value, 0),
        _ => found.text(secret),
    }
    let Found { mut parts, lines, .. } = found;
    for line in lines {
        add(&mut parts, line);
    }
    parts
}

struct Found<'a> {
    secret: &'a str,
    parts: Vec<Part>,
    /// Lines of PEM texts, which come last: there may be many.
    lines: Vec<Part>,
}

impl Found<'_> {
    fn json(&mut self, name: &str, value: Value, depth: usize) {
        match value {
            _ if depth > DEEPEST => {}
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.json(&name, value, depth + 1);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.json(name, item, depth + 1);
                }
            }
            Value::String(text) => {
                let text = Zeroizing::new(text);
                self.value(name, &text);
                self.text(&text);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Collects the parts of a text that is not JSON.
    fn text(&mut self, text: &str) {
        self.urls(text);
        self.credential(text);
        self.pairs(text);
        self.pem(text);
    }

    /// Collects a value under a name, which may say what it is.
    fn value(&mut self, name: &str, value: &str) {
        if is_secret(name, value) {
            self.part(value, NAMED);
        }
    }

    fn part(&mut self, text: &str, least: usize) {
        let text = text.trim();
        if text.len() >= least && text != self.secret {
            add(&mut self.parts, text.to_owned().into());
        }
    }

    fn urls(&mut self, text: &str) {
        for (at, _) in text.match_indices("://") {
            let rest = &text[at + 3..];
            let ends = |c: char| "/?#\"'<>".contains(c) || c.is_whitespace();
            let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
            let Some((user, _)) = authority.rsplit_once('@') else { continue };
            let (password, least) = match user.split_once(':') {
                Some((_, password)) => (password, NAMED),
                None if is_random(user) => (user, UNNAMED),
                None => continue,
            };
            self.part(password, least);
            self.part(&percent_decoded(password), least);
        }
    }

    /// Takes the credential behind the scheme of an `Authorization` header (RFC 9110 section 11.4).
    fn credential(&mut self, text: &str) {
        for line in text.lines() {
            let value = line.split_once(':').map_or(line, |(_, value)| value).trim();
            let Some((scheme, credential)) = value.split_once(' ') else { continue };
            let credential = credential.trim();
            if !is_scheme(scheme) || credential.contains(' ') {
                continue;
            }
            self.part(credential, NAMED);
            if scheme.eq_ignore_ascii_case("basic")
                && let Ok(decoded) = STANDARD.decode(credential).map(Zeroizing::new)
                && let Some((_, password)) =
                    std::str::from_utf8(&decoded).ok().and_then(|text| text.split_once(':'))
            {
                self.part(password, NAMED);
            }
        }
    }

    fn pairs(&mut self, text: &str) {
        static PAIR: LazyLock<Regex> = LazyLock::new(|| {
            let pattern =
                r#"([A-Za-z_][A-Za-z0-9_.-]*)["']?(?:\s*[=:]\s*|\s+)("[^"]*"|'[^']*'|[^\s;&,"']+)"#;
            Regex::new(pattern).expect("a test reads it")
        });
        let mut from = 0;
        while let Some(found) = PAIR.captures_at(text, from) {
            let [Some(name), Some(value)] = [found.get(1), found.get(2)] else { return };
            // Without a sign between them it is as in a `.netrc`.
            let is_pair =
                text[name.end()..value.start()].contains(['=', ':']) || name.as_str() == "password";
            if is_pair && !value.as_str().starts_with("//") {
                self.value(name.as_str(), value.as_str().trim_matches(['"', '\'']));
            }
            // The text behind a name without a value may be a name.
            from = if is_pair { value.end() } else { name.end() };
        }
    }

    /// Collects the lines between `-----BEGIN …-----` and `-----END …-----` (RFC 7468).
    fn pem(&mut self, text: &str) {
        let mut joined = None::<Part>;
        for line in text.lines().map(str::trim) {
            if line.starts_with("-----BEGIN ") {
                joined = Some(Zeroizing::new(String::with_capacity(text.len())));
            } else if line.starts_with("-----END ") {
                if let Some(body) = joined.take() {
                    self.part(&body, UNNAMED);
                }
            } else if let Some(body) = &mut joined {
                body.push_str(line);
                if line.len() >= UNNAMED && !line.contains(':') {
                    add(&mut self.lines, line.to_owned().into());
                }
            }
        }
    }
}

/// Adds a part, unless it is there or there are too many.
fn add(parts: &mut Vec<Part>, part: Part) {
    if parts.len() < MOST && !parts.contains(&part) {
        parts.push(part);
    }
}

/// Decodes the percent-encoding of a part of a URL; invalid escapes stay as they are.
fn percent_decoded(text: &str) -> Part {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let [first, ..] = rest {
        let (byte, length) = match escaped(rest) {
            Some((code, length)) if *first == b'%' => {
                (u8::try_from(code).unwrap_or(*first), length)
            }
            _ => (*first, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    Zeroizing::new(std::str::from_utf8(&bytes).unwrap_or(text).to_owned())
}

/// Returns whether a word is the scheme of a credential.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "token"].into_iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns whether a value is secret under a name.
fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if value.contains("://") || is_scheme(value) || PUBLIC.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    SECRET.iter().any(|word| name.contains(word)) || is_random(value)
}

/// Returns whether a value looks randomly generated.
fn is_random(value: &str) -> bool {
    value.len() >= UNNAMED
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && !value.contains(|c: char| c.is_whitespace() || c == '@')
        && !value.starts_with('/')
        && value.parse::<jiff::Timestamp>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parts(secret: &str) -> Vec<String> {
        of(secret).iter().map(|part| part.to_string()).collect()
    }

    #[test]
    fn a_service_account_key_has_secret_fields_and_lines() {
        let lines = [
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7",
            "short",
            "k0K8nQ2vYx7zA1bC4dE6fG8h",
        ];
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        );
        let key = serde_json::json!({
            "type": "service_account",
            "project_id": "my-project-1234567890",
            "private_key_id": "0123456789abcdef0123456789abcdef01234567",
            "private_key": pem,
            "client_email": "robot-123456@my-project-1234567890.iam.gserviceaccount.com",
            "client_id": "115812345678901234567",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "universe_domain": "googleapis.com",
        });
        let mut found = parts(&key.to_string());
        found.sort();
        let mut expected = vec![
            "0123456789abcdef0123456789abcdef01234567".to_owned(),
            pem.trim().to_owned(),
            lines.concat(),
            lines[0].to_owned(),
            lines[2].to_owned(),
        ];
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn parts_are_found_in_texts() {
        for (secret, expected) in [
            ("postgres://app:s3cr%40t-pw@db.example:5432/app", &["s3cr%40t-pw", "s3cr@t-pw"][..]),
            (
                "postgres://app:hunter22@db-1.internal.example.com/app?sslmode=require",
                &["hunter22"],
            ),
            ("https://ghp_0123456789abcdefABCD@github.com/a/b", &["ghp_0123456789abcdefABCD"]),
            ("https://someone@github.com/a/b", &[]),
            ("https://db.example/?user=a&password=hunter22", &["hunter22"]),
            ("Bearer abc.def-123", &["abc.def-123"]),
            ("Authorization: Bearer abc.def-123", &["abc.def-123"]),
            ("Basic dXNlcjpodW50ZXIyMg==", &["dXNlcjpodW50ZXIyMg==", "hunter22"]),
            ("Server=tcp:db;User Id=app;Password=hunter22;Encrypt=yes", &["hunter22"]),
            ("host=db user=app password='hunter 22'", &["hunter 22"]),
            (
                "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG",
                &["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG"],
            ),
            ("machine api.example login me password hunter22", &["hunter22"]),
            ("password: \"hunter22\"\nuser: me", &["hunter22"]),
            (r#"["0123456789abcdefgh", "a word", {"pin": "1234"}]"#, &["0123456789abcdefgh"]),
            (
                r#"{"a": {"client_secret": "hunter22", "expires_at": "2026-12-01T10:00:00Z"}}"#,
                &["hunter22"],
            ),
            (r#"{"url": "redis://:hunter22@cache:6379"}"#, &["hunter22"]),
            // What has no parts.
            ("sk-proj-0123456789abcdef0123456789", &[]),
            ("hunter22", &[]),
            ("correct horse battery staple", &[]),
            (r#""0123456789abcdefgh""#, &[]),
            ("https://example.com/callback?state=1", &[]),
            ("", &[]),
            ("%%%%%%%%%%%%%%%%", &[]),
        ] {
            assert_eq!(parts(secret), expected, "{secret}");
        }
    }

    #[test]
    fn parts_are_bounded() {
        let fields: serde_json::Map<_, _> =
            (0..1000).map(|n| (format!("key{n}"), format!("value-{n}").into())).collect();
        assert_eq!(of(&Value::Object(fields).to_string()).len(), MOST);
        let deep = format!("{}\"hunter22\"{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(parts(&deep), [""; 0]);
    }
}
