//! Accounts of the built-in providers beside X, from the request for consent to the agent: each
//! provider's URLs lead to a server that answers as its documentation says.

use serde_json::{Value, json};

use crate::oauth::recorder::{CLIENT_SECRET, Recorder, back};
use crate::support::provider::{Connecting, free_redirect_uri, parameter};
use crate::support::{Home, Ran};

/// A home with a client of a built-in provider whose servers are one of this machine.
struct Booth {
    provider: &'static str,
    home: Home,
    recorder: Recorder,
}

impl Booth {
    fn new(provider: &'static str, keys: &str, account: (&str, &Value)) -> Self {
        let recorder = Recorder::start();
        let home = Home::with_manifest(&format!("integrations: [{keys}]\n"));
        let base = &recorder.base_url;
        let endpoints = ["authorize", "token", "revoke"];
        let endpoints = endpoints.map(|name| format!("    {name}_url: {base}/{name}\n")).concat();
        let config = format!("providers:\n  {provider}:\n{endpoints}    api_url: {base}\n");
        home.write("home/config.yaml", config);
        let (path, answer) = account;
        recorder.answers(path, "200 OK", answer.to_string());
        let uri = free_redirect_uri();
        let client = ["client", "set", provider, "--id", "the id", "--redirect-uri", &uri];
        home.xreq_with(&client, CLIENT_SECRET).succeeds();
        Self { provider, home, recorder }
    }

    /// Connects with this answer of the token endpoint, and gives the URL at which consent was asked for.
    fn connect(&self, answer: &Value) -> String {
        let (url, ran) = self.connected(answer);
        ran.succeeds();
        url
    }

    /// The same with what was said.
    fn connected(&self, answer: &Value) -> (String, Ran) {
        self.recorder.issues(answer);
        let connecting = Connecting::to(self.provider, &self.home, &[]);
        let url = connecting.url.clone();
        connecting.comes_back(&back(&url, "the-code"));
        (url, connecting.end())
    }

    fn scopes(url: &str) -> Vec<String> {
        let scopes = parameter(url, "scope").unwrap_or_default();
        let mut scopes: Vec<_> = scopes.split([' ', ',']).map(str::to_owned).collect();
        scopes.sort();
        scopes
    }

    /// Returns what an agent gets in a variable.
    fn agent_gets(&self, variable: &str) -> String {
        let ran = self.home.xreq(&["run", "--", "printenv", variable]).succeeds();
        ran.stdout.trim().to_owned()
    }
}

const SEND: &str = "https://www.googleapis.com/auth/gmail.send";
const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";
const EMAIL: &str = "https://www.googleapis.com/auth/userinfo.email";

#[test]
fn google_is_asked_for_a_refresh_token_and_may_grant_less() {
    let account = json!({"id": "108", "email": "someone"});
    let booth = Booth::new(
        "google",
        "google.gmail.send, google.calendar",
        ("/oauth2/v2/userinfo", &account),
    );
    // Only one of two boxes was ticked.
    let granted = format!("openid {EMAIL} {SEND}");
    let tokens = json!({
        "access_token": "ya29.first", "refresh_token": "1//first", "expires_in": 3599,
        "token_type": "Bearer", "scope": granted,
    });
    let (url, ran) = booth.connected(&tokens);
    ran.exits(1).complains("lacks what was asked for").complains(CALENDAR);
    assert_eq!(Booth::scopes(&url), [CALENDAR, SEND, EMAIL, "openid"]);
    assert_eq!(parameter(&url, "access_type").as_deref(), Some("offline"));
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("consent"));
    assert_eq!(parameter(&url, "code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(parameter(&url, "include_granted_scopes"), None);
    booth.home.xreq(&["check"]).exits(1).complains("google.calendar").complains(CALENDAR);

    // What was granted stays: only the rest is asked for.
    let all = format!("{granted} {CALENDAR}");
    let more = json!({"access_token": "ya29.second", "refresh_token": "1//second", "scope": all});
    let url = booth.connect(&more);
    assert!(Booth::scopes(&url).contains(&CALENDAR.to_owned()));
    assert!(!Booth::scopes(&url).contains(&SEND.to_owned()), "{url}");
    assert_eq!(parameter(&url, "include_granted_scopes").as_deref(), Some("true"));
    booth.home.xreq(&["check"]).succeeds();
    assert_eq!(booth.agent_gets("GOOGLE_OAUTH_ACCESS_TOKEN"), "ya29.second");

    // A refresh answers no refresh token: the old one stays.
    booth.recorder.issues(&json!({"access_token": "ya29.third", "expires_in": 3599}));
    for _ in 0..2 {
        booth.home.xreq(&["refresh", "google", "--force"]).succeeds();
        let sent = booth.recorder.requests("/token");
        let sent = sent.last().expect("it was asked");
        assert_eq!(sent.field("refresh_token").as_deref(), Some("1//second"));
    }
}

#[test]
fn github_drops_included_scopes_and_nothing_is_missed() {
    let account = json!({"id": 583_231, "login": "someone"});
    let booth = Booth::new("github", "github.repo.read, github.public.write", ("/user", &account));
    let tokens = json!({"access_token": "gho_first", "token_type": "bearer", "scope": "repo"});
    let url = booth.connect(&tokens);
    assert_eq!(Booth::scopes(&url), ["repo"]);
    booth.home.xreq(&["check"]).succeeds();
    assert_eq!(booth.agent_gets("GITHUB_ACCESS_TOKEN"), "gho_first");
    // Nothing more is asked for.
    assert_eq!(Booth::scopes(&booth.connect(&tokens)), ["repo"]);

    booth.home.xreq(&["disconnect", "github"]).succeeds();
    let revoked = booth.recorder.requests("/revoke");
    assert_eq!((revoked.len(), revoked[0].method.as_str()), (1, "DELETE"));
    assert!(revoked[0].authorization.as_deref().is_some_and(|proof| proof.starts_with("Basic ")));
}

#[test]
fn notion_takes_json_and_has_no_scopes() {
    let account = json!({"object": "user", "id": "b1", "name": "someone", "type": "bot"});
    let booth = Booth::new("notion", "notion.read", ("/v1/users/me", &account));
    let tokens = json!({
        "access_token": "ntn_first", "refresh_token": "nrt_first", "token_type": "bearer",
        "bot_id": "b1", "workspace_name": "W",
    });
    let url = booth.connect(&tokens);
    assert_eq!(parameter(&url, "owner").as_deref(), Some("user"));
    assert_eq!(parameter(&url, "scope").unwrap_or_default(), "");
    let sent = &booth.recorder.requests("/token")[0];
    let body: Value = serde_json::from_str(&sent.body).expect("it is JSON");
    assert_eq!(body["grant_type"], "authorization_code");
    assert_eq!(sent.headers["notion-version"], "2025-09-03");
    assert!(sent.authorization.as_deref().is_some_and(|proof| proof.starts_with("Basic ")));
    booth.home.xreq(&["check"]).succeeds();
    assert_eq!(booth.agent_gets("NOTION_ACCESS_TOKEN"), "ntn_first");
}

#[test]
fn microsoft_ends_all_sessions_or_none() {
    let account = json!({"id": "m1", "userPrincipalName": "someone"});
    let booth = Booth::new("microsoft", "microsoft.mail.read", ("/v1.0/me", &account));
    let tokens = json!({
        "access_token": "eyJ.first", "refresh_token": "M.first", "expires_in": 3600,
        "scope": "https://graph.microsoft.com/Mail.ReadWrite User.Read openid profile",
    });
    let url = booth.connect(&tokens);
    let asked = ["Mail.Read", "User.Read", "offline_access", "openid", "profile"];
    assert_eq!(Booth::scopes(&url), asked);
    booth.home.xreq(&["check"]).succeeds();
    let ran = booth.home.xreq(&["disconnect", "microsoft"]).exits(3);
    ran.complains("Microsoft ends a grant only with every session of the account");
    assert!(booth.recorder.requests("/revoke").is_empty());
    booth.home.xreq(&["check"]).succeeds();
}

#[test]
fn slack_answers_errors_with_status_200() {
    let account = json!({"ok": true, "user_id": "U1", "user": "someone", "team_id": "T1"});
    let booth =
        Booth::new("slack", "slack.chat.write, slack.search.read", ("/auth.test", &account));
    let tokens = json!({
        "ok": true, "access_token": "xoxe.xoxb-first", "refresh_token": "xoxe-first",
        "token_type": "bot", "expires_in": 43_200, "scope": "chat:write",
        "authed_user": {
            "id": "U1", "access_token": "xoxe.xoxp-first", "refresh_token": "xoxe-second",
            "token_type": "user", "expires_in": 43_200, "scope": "search:read",
        },
    });
    let url = booth.connect(&tokens);
    assert_eq!(parameter(&url, "scope").as_deref(), Some("chat:write"));
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("search:read"));
    booth.home.xreq(&["check"]).succeeds();
    assert_eq!(booth.agent_gets("SLACK_BOT_TOKEN"), "xoxe.xoxb-first");
    assert_eq!(booth.agent_gets("SLACK_USER_TOKEN"), "xoxe.xoxp-first");

    booth.recorder.issues(&json!({"ok": false, "error": "ratelimited"}));
    booth.home.xreq(&["refresh", "slack", "--force"]).exits(3);
    booth.home.xreq(&["check"]).succeeds();
    booth.recorder.issues(&json!({"ok": false, "error": "invalid_refresh_token"}));
    booth.home.xreq(&["refresh", "slack", "--force"]).exits(1);
    booth.home.xreq(&["status"]).prints("xreq connect slack");
}

#[test]
fn linkedin_says_how_long_a_refresh_token_lives() {
    let account = json!({"sub": "l1", "name": "someone"});
    let booth = Booth::new("linkedin", "linkedin.post.write", ("/v2/userinfo", &account));
    let tokens = json!({
        "access_token": "AQX-first", "expires_in": 5_184_000, "refresh_token": "AQW-first",
        "refresh_token_expires_in": 31_536_000, "scope": "openid,profile,w_member_social",
    });
    let url = booth.connect(&tokens);
    assert_eq!(Booth::scopes(&url), ["openid", "profile", "w_member_social"]);
    assert_eq!(parameter(&url, "code_challenge"), None);
    booth.home.xreq(&["check"]).succeeds();
    let status = booth.home.xreq(&["status", "--format", "json"]).succeeds().json();
    assert!(status.to_string().contains("refresh"), "{status}");
    assert_eq!(booth.agent_gets("LINKEDIN_ACCESS_TOKEN"), "AQX-first");
}

#[test]
fn reddit_is_asked_for_a_lasting_grant_by_a_program_with_a_name() {
    let account = json!({"id": "r1", "name": "someone"});
    let booth = Booth::new("reddit", "reddit.read", ("/api/v1/me", &account));
    let tokens = json!({
        "access_token": "eyJ.first", "token_type": "bearer", "expires_in": 86_400,
        "refresh_token": "r-first", "scope": "identity read",
    });
    let url = booth.connect(&tokens);
    assert_eq!(parameter(&url, "duration").as_deref(), Some("permanent"));
    assert_eq!(Booth::scopes(&url), ["identity", "read"]);
    for path in ["/token", "/api/v1/me"] {
        let sent = &booth.recorder.requests(path)[0];
        assert!(sent.headers["user-agent"].starts_with("xreq "), "{path}: {:?}", sent.headers);
    }
    booth.home.xreq(&["check"]).succeeds();
}

#[test]
fn discord_revokes_an_authorization_by_one_request() {
    let account = json!({"id": "80351110224678912", "username": "someone"});
    let booth = Booth::new("discord", "discord.guilds.read", ("/users/@me", &account));
    let tokens = json!({
        "access_token": "d-first", "token_type": "Bearer", "expires_in": 604_800,
        "refresh_token": "dr-first", "scope": "identify guilds",
    });
    let url = booth.connect(&tokens);
    assert_eq!(Booth::scopes(&url), ["guilds", "identify"]);
    booth.home.xreq(&["check"]).succeeds();
    assert_eq!(booth.agent_gets("DISCORD_ACCESS_TOKEN"), "d-first");
    booth.home.xreq(&["disconnect", "discord"]).succeeds();
    assert_eq!(booth.recorder.requests("/revoke").len(), 1);
}

/// Pastes a bot's token, and has it checked by the provider.
fn bot(provider: &'static str, key: &str, account: (&str, &Value), variable: &str) -> String {
    let recorder = Recorder::start();
    recorder.answers(account.0, "200 OK", account.1.to_string());
    let home = Home::with_manifest(&format!("integrations: [{key}]\n"));
    let base = &recorder.base_url;
    home.write("home/config.yaml", format!("providers: {{{provider}: {{api_url: \"{base}\"}}}}\n"));
    home.xreq(&["check"]).exits(1);
    home.xreq_with(&["import", provider, "--kind", "static"], "a.bot.token").succeeds();
    home.xreq(&["check"]).succeeds();
    let ran = home.xreq(&["run", "--", "printenv", variable]).succeeds();
    assert_eq!(ran.stdout.trim(), "a.bot.token");
    let sent = recorder.requests(account.0);
    sent[0].authorization.clone().expect("it has the token")
}

#[test]
fn bots_are_pasted_and_told_who_they_are() {
    let discord = json!({"id": "1", "username": "a bot", "bot": true});
    let header = bot("discord", "discord.bot", ("/users/@me", &discord), "DISCORD_BOT_TOKEN");
    assert_eq!(header, "Bot a.bot.token");
    let slack = json!({"ok": true, "user_id": "U1", "user": "a bot", "bot_id": "B1"});
    let header = bot("slack", "slack.chat.write", ("/auth.test", &slack), "SLACK_BOT_TOKEN");
    assert_eq!(header, "Bearer a.bot.token");
    let notion = json!({"object": "user", "id": "b1", "name": "a bot", "type": "bot"});
    let header = bot("notion", "notion.read", ("/v1/users/me", &notion), "NOTION_ACCESS_TOKEN");
    assert_eq!(header, "Bearer a.bot.token");
}
