//! The life of a grant tells no secret (rule 18 of the security specification; RFC 6750 section
//! 5.3): not the tokens, not the code, not its verifier, not the client's secret. The provider here
//! does its worst: it repeats what it was sent wherever it can.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::search::{Canary, Search};
use crate::oauth::recorder::{Recorded, Studio, back};
use crate::support::provider::{Connecting, free_redirect_uri, led_to, parameter};
use crate::support::wait::until;
use crate::support::{Ran, XREQ};

/// A provider that knows secrets, and a home that must not tell them.
struct Life {
    studio: Studio,
    tokens: Vec<Canary>,
    code: Canary,
    secret: Canary,
    /// The verifier that was sent last.
    verifier: RefCell<Option<String>>,
    /// How many requests were looked at.
    seen: Cell<usize>,
}

/// The tokens by turns: an access token and a refresh token, then those of a refresh.
const ACCESS: usize = 0;
const REFRESH: usize = 1;
const NEXT_ACCESS: usize = 2;
const NEXT_REFRESH: usize = 3;

impl Life {
    fn new() -> Self {
        let redirect_uri = format!("redirect_uri: {}", free_redirect_uri());
        let names = ["life: access", "life: refresh", "life: next access", "life: next refresh"];
        let life = Self {
            // A machine without a browser needs to know where the code comes back to.
            studio: Studio::new("redirect_uri: http://127.0.0.1:0/callback", &redirect_uri),
            tokens: names.map(|name| Canary::token(name, 91)).into(),
            code: Canary::token("life: code", 91),
            secret: Canary::token("life: client secret", 50),
            verifier: RefCell::default(),
            seen: Cell::default(),
        };
        let args = ["client", "set", "photos", "--id", "the id"];
        life.silent(life.command(&args), &life.secret.text, &[]).exits(0);
        life.issues(ACCESS);
        life
    }

    fn token(&self, which: usize) -> &str {
        &self.tokens[which].text
    }

    /// The provider answers an access token and the refresh token that belongs to it.
    fn issues(&self, access: usize) {
        self.studio.recorder.issues(&json!({
            "access_token": self.token(access), "refresh_token": self.token(access + 1),
            "token_type": "bearer", "expires_in": 3600, "scope": "albums",
        }));
    }

    /// A command that tells as much as it can.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.studio.home.command();
        command.args(args).env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full");
        command.env("TMPDIR", self.studio.home.path());
        command
    }

    fn search(&self, but: &[usize]) -> Search {
        let told = |(at, canary)| (!but.contains(&at)).then_some(canary);
        let mut canaries: Vec<_> = self.tokens.iter().enumerate().filter_map(told).collect();
        let verifier = self.verifier.borrow().clone();
        let verifier = verifier.map(|text| Canary { name: "life: verifier", text });
        canaries.extend([&self.code, &self.secret]);
        canaries.extend(&verifier);
        Search::new(&canaries)
    }

    /// Looks at what was said. `but` are the tokens that may be told.
    #[track_caller]
    fn assert_silent(&self, said: impl AsRef<[u8]>, but: &[usize], who: &str) {
        if let Some(found) = self.search(but).find(said.as_ref()) {
            panic!("{who} tells {found}");
        }
    }

    /// Looks at all that can be read afterwards: files, and the arguments of processes while the
    /// provider was asked.
    #[track_caller]
    fn assert_clean(&self, who: &str) {
        let search = self.search(&[]);
        let requests = self.studio.recorder.all();
        for Recorded { processes, path, .. } in &requests[self.seen.replace(requests.len())..] {
            assert!(processes.windows(4).any(|window| window == b"xreq"), "{path}");
            if let Some(found) = search.find(processes) {
                panic!("{who} tells {found}");
            }
        }
        look(self.studio.home.path(), &mut |path, content| {
            if let Some(found) = search.find(content) {
                panic!("{who} leaves {found}: {}", path.display());
            }
        });
    }

    /// Runs a command, which may tell only these tokens, and those only on standard output.
    #[track_caller]
    fn silent(&self, mut command: Command, input: &str, may_print: &[usize]) -> Ran {
        let ran = Ran::with_input(&mut command, input.as_bytes());
        let who = format!("{command:?}");
        self.assert_silent(&ran.stdout, may_print, &who);
        self.assert_silent(&ran.stderr, &[], &who);
        assert!(!ran.stderr.contains("panicked"), "{who}: {}", ran.stderr);
        self.assert_clean(&who);
        ran
    }

    #[track_caller]
    fn xreq(&self, args: &[&str]) -> Ran {
        self.silent(self.command(args), "", &[])
    }

    /// Connects through the browser; what is said and shown must not tell.
    #[track_caller]
    fn connect(&self) -> Ran {
        let mut command =
            self.command(&["connect", "photos", "--no-browser", "--expect=1", "--timeout=1m"]);
        let connecting = Connecting::run(&mut command);
        let page = connecting.comes_back(&back(&connecting.url, &self.code.text));
        let ran = connecting.end();
        self.learn_verifier();
        for said in [&ran.stdout, &ran.stderr, &page] {
            self.assert_silent(said, &[], "connect");
        }
        self.assert_clean("connect");
        ran
    }

    fn learn_verifier(&self) {
        let requests = self.studio.recorder.requests("/token");
        let verifier = requests.last().and_then(|request| request.field("code_verifier"));
        *self.verifier.borrow_mut() = Some(verifier.expect("a code was exchanged"));
    }

    /// Answers that hold every secret that the provider knows.
    fn tales(&self) -> Vec<(&'static str, String)> {
        let secrets: Vec<_> = [ACCESS, REFRESH, NEXT_ACCESS, NEXT_REFRESH]
            .map(|which| self.token(which))
            .into_iter()
            .chain([self.code.text.as_str(), self.secret.text.as_str()])
            .collect();
        let all = secrets.join(" ");
        let object = |field: &str| json!({ field: all, "access_token": 1 }).to_string();
        let described = |error: &str| json!({"error": error, "error_description": all}).to_string();
        vec![
            ("400 No", described("invalid_request")),
            ("400 No", described(&all)),
            ("401 No", described("invalid_client")),
            ("400 No", described("invalid_grant")),
            ("402 No", json!({"title": all, "detail": all, "type": all}).to_string()),
            ("403 No", json!({"reason": all, "detail": all}).to_string()),
            ("429 No\r\nRetry-After: 0", all.clone()),
            ("503 No", described("temporarily_unavailable")),
            ("502 No", format!("<html>{all}")),
            ("307 No\r\nLocation: /elsewhere", all.clone()),
            ("200 OK", all.clone()),
            ("200 OK", format!("{{\"access_token\":\"{}", self.token(NEXT_ACCESS))),
            ("200 OK", object("error")),
            ("200 OK", object("token_type")),
            (
                "200 OK",
                json!({"access_token": self.token(NEXT_ACCESS), "token_type": all}).to_string(),
            ),
            ("200 OK", json!({"access_token": format!("{all}\n")}).to_string()),
            ("200 OK", json!({"access_token": self.token(NEXT_ACCESS), "scope": "é"}).to_string()),
            ("200 OK", json!({"access_token": all.repeat(1_000)}).to_string()),
        ]
    }
}

/// Shows the content of every file of a folder and of those below it.
fn look(folder: &Path, show: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            look(&path, show);
        } else {
            show(&path, &fs::read(&path).unwrap_or_default());
        }
    }
}

#[test]
fn rule_18_a_grant_tells_nothing_while_all_is_well() {
    let life = Life::new();
    life.connect().exits(0);
    for args in [
        &["client", "show"][..],
        &["client", "show", "--format", "json"],
        &["status"],
        &["status", "--format", "json"],
        &["check"],
        &["run", "--dry-run", "--", "true"],
    ] {
        life.xreq(args).exits(0);
    }
    life.issues(NEXT_ACCESS);
    life.xreq(&["refresh", "photos", "--force", "--format", "json"]).exits(0);
    life.xreq(&["refresh", "--all", "--force"]).exits(0);
    life.xreq(&["check", "--refresh"]).exits(0);
    for format in ["text", "json", "header"] {
        let command = life.command(&["token", "photos", "--format", format]);
        let ran = life.silent(command, "", &[NEXT_ACCESS]).exits(0);
        assert!(ran.stdout.contains(life.token(NEXT_ACCESS)), "{}", ran.stdout);
    }
    life.xreq(&["disconnect", "photos"]).exits(0);
    assert_eq!(life.studio.recorder.requests("/revoke").len(), 2);
}

#[test]
fn rule_18_a_provider_that_repeats_secrets_is_not_quoted() {
    let life = Life::new();
    let recorder = &life.studio.recorder;
    for (head, body) in life.tales() {
        recorder.answers("/token", head, body);
        let ran = life.connect();
        // Tokens that are good are taken, whatever stands beside them.
        assert!(!ran.status.success() || head == "200 OK", "{head}: {}", ran.stdout);
    }
    life.issues(ACCESS);
    life.connect().exits(0);
    for (at, (head, body)) in life.tales().into_iter().enumerate() {
        recorder.answers("/token", head, body);
        let ran = life.xreq(&["refresh", "photos", "--force"]);
        // Tokens that are good are taken, whatever stands beside them.
        assert!(!ran.status.success() || head == "200 OK", "{head}: {}", ran.stdout);
        let ran = match at % 4 {
            0 => life.xreq(&["refresh", "--all", "--force", "--format", "json"]),
            1 => life.xreq(&["check", "--refresh", "--min-ttl", "2h", "--format", "json"]),
            2 => life.xreq(&["run", "--min-ttl", "2h", "--", "true"]),
            _ => life.xreq(&["token", "photos", "--min-ttl", "2h"]),
        };
        // Tokens that are good are taken, whatever stands beside them.
        assert!(!ran.status.success() || head == "200 OK", "{head}: {}", ran.stdout);
        life.xreq(if at % 2 == 0 { &["status"] } else { &["status", "--format", "json"] });
    }
    for (head, body) in life.tales() {
        if head.starts_with("200") {
            continue;
        }
        recorder.answers("/revoke", head, body.clone());
        life.xreq(&["disconnect", "photos"]).exits(3);
        life.issues(ACCESS);
        recorder.answers("/me", head, body);
        life.connect().exits(1).complains("error[account_unconfirmed]");
        recorder.answers("/me", "200 OK", r#"{"id":"1","name":"someone"}"#);
        recorder.answers("/revoke", "200 OK", "{}");
        life.connect().exits(0);
    }
}

#[test]
fn rule_18_what_is_pasted_is_not_repeated() {
    let life = Life::new();
    let code = life.code.text.as_str();
    let wrong = [
        format!("http://127.0.0.1:1/callback?code={code}&state=wrong"),
        format!("code={code}&state=wrong"),
        format!("the code is {code}"),
        format!("http://127.0.0.1:1/callback#code={code}"),
        "a".repeat(20_000) + code,
    ];
    for right in [code.to_owned(), String::new()] {
        let mut command =
            life.command(&["connect", "photos", "--paste", "--expect=1", "--timeout=1m"]);
        let mut connecting = Connecting::run(&mut command);
        let redirect = back(&connecting.url, code);
        for line in &wrong {
            connecting.types(line);
        }
        connecting.types(if right.is_empty() { &redirect } else { &right });
        let ran = connecting.end();
        life.learn_verifier();
        for said in [&ran.stdout, &ran.stderr] {
            life.assert_silent(said, &[], "connect --paste");
        }
        life.assert_clean("connect --paste");
        ran.exits(0);
    }
}

#[test]
fn rule_18_the_agent_has_the_access_token_and_the_browser_has_none() {
    let life = Life::new();
    let home = &life.studio.home;
    let script = format!(
        "#!/bin/sh\ncd {}\ncat /proc/self/environ /proc/$PPID/environ /proc/$$/cmdline \
         /proc/$PPID/cmdline >seen\nprintf %s \"$1\" >url.new && mv url.new url\n",
        home.path().display()
    );
    let browser = home.write_program("browser", &script);
    let mut command = life.command(&["connect", "photos", "--expect=1", "--timeout=1m"]);
    command.env("BROWSER", &browser);
    let connecting = Connecting::run(&mut command);
    until("the browser runs", || home.path().join("url").exists());
    let opened = fs::read_to_string(home.path().join("url")).expect("it was opened");
    let opened = led_to(&opened);
    assert_eq!(opened, connecting.url);
    assert!(parameter(&opened, "client_secret").is_none());
    connecting.comes_back(&back(&opened, &life.code.text));
    connecting.end().exits(0);
    life.learn_verifier();
    let seen = fs::read(home.path().join("seen")).expect("it was written");
    assert!(seen.windows(4).any(|window| window == b"HOME"));
    life.assert_silent(seen, &[], "the browser");

    life.issues(NEXT_ACCESS);
    life.xreq(&["refresh", "photos", "--force"]).exits(0);
    let agent = ["run", "--", "sh", "-c", "cat /proc/self/environ; cat /proc/*/cmdline; true"];
    let mut command = life.command(&agent);
    let ran = Ran::of(command.stderr(Stdio::null())).exits(0);
    let own = format!("PHOTOS_ACCESS_TOKEN={}", life.token(NEXT_ACCESS));
    assert!(ran.stdout.contains(&own) && ran.stdout.contains("cat /proc"), "{}", ran.stdout);
    let rest = ran.stdout.replacen(&own, "", 1);
    life.assert_silent(rest, &[], XREQ);
}
