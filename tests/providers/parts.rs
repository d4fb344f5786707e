//! Several tokens from one consent: Slack's, and those of a provider file of one's own.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use xreq::sandbox::{Decision, Face, Options, Sandbox, decide};

use crate::oauth::recorder::{CLIENT_SECRET, Recorder, back};
use crate::support::provider::{Connecting, free_redirect_uri, parameter};
use crate::support::{Home, Ran, conforms, machine};

const MANIFEST: &str = "integrations: [slack.chat.write, slack.channels.read, slack.search.read]\n";

/// A home that knows a sandbox with Slack's face.
pub(super) struct Workspace {
    pub(super) home: Home,
    sandbox: Sandbox,
    redirect_uri: String,
}

/// The lifetime of tokens that do not rotate.
fn without_end() -> u64 {
    Options::of(Face::of("slack").expect("there is such a face")).expires_in
}

impl Workspace {
    pub(super) fn new() -> Self {
        Self::with(without_end(), MANIFEST)
    }

    fn with(expires_in: u64, manifest: &str) -> Self {
        let face = Face::of("slack").expect("there is such a face");
        let sandbox = Sandbox::start(Options { expires_in, ..Options::of(face) });
        let sandbox = sandbox.expect("the loopback interface has a free port");
        let home = Home::with_manifest(manifest);
        let urls = sandbox.endpoints().into_iter();
        let urls: Vec<_> = urls.map(|(name, url)| format!("    {name}: {url}\n")).collect();
        let urls = urls.concat();
        home.write("home/config.yaml", format!("audit: true\nproviders:\n  slack:\n{urls}"));
        let redirect_uri = free_redirect_uri();
        sandbox.control().add_redirect_uri(redirect_uri.clone());
        let workspace = Self { home, sandbox, redirect_uri };
        let client = workspace.sandbox.client();
        let secret = client.secret().expect("it has one");
        workspace.client(&["--id", &client.client_id], secret);
        workspace
    }

    fn client(&self, args: &[&str], secret: &str) {
        let set = ["client", "set", "slack", "--redirect-uri", &self.redirect_uri];
        self.home.xreq_with(&[&set[..], args].concat(), secret).succeeds();
    }

    /// Connects, and gives the URL at which consent was asked for.
    fn connected(&self, args: &[&str]) -> (String, Ran) {
        let all = [&["--expect", "@alice"], args].concat();
        let connecting = Connecting::to("slack", &self.home, &all);
        let url = connecting.url.clone();
        let decision = Decision::Grant { account: Some("alice".to_owned()), only: Vec::new() };
        decide(&url, &decision).expect("the owner decides");
        (url, connecting.end())
    }

    fn connect(&self) -> String {
        let (url, ran) = self.connected(&[]);
        ran.succeeds();
        url
    }

    /// What stands in a variable of the agent's.
    pub(super) fn agent_gets(&self, variable: &str) -> String {
        let ran = self.home.xreq(&["run", "--", "printenv", variable]).succeeds();
        ran.stdout.trim().to_owned()
    }

    /// The parts that `status` shows, each with a field.
    pub(super) fn status(&self, field: &str) -> Vec<(Value, Value)> {
        let status = self.home.xreq(&["status", "--format", "json"]).json();
        let accounts = status["accounts"].as_array().expect("it is a list").clone();
        accounts.into_iter().map(|it| (it["part"].clone(), it[field].clone())).collect()
    }
}

fn both<T: Into<Value>>(bot: T, user: T) -> Vec<(Value, Value)> {
    vec![("bot".into(), bot.into()), ("user".into(), user.into())]
}

#[test]
fn line_06_one_consent_of_slack_gives_two_credentials() {
    let slack = Workspace::new();
    slack.home.xreq(&["check"]).exits(1).complains("slack (bot)").complains("slack (user)");
    let url = slack.connect();
    let asked = parameter(&url, "scope").expect("bot scopes are asked for");
    assert_eq!(asked, "channels:history,channels:read,chat:write");
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("search:read"));

    slack.home.xreq(&["check"]).succeeds();
    let bot = json!(["channels:history", "channels:read", "chat:write"]);
    assert_eq!(slack.status("scopes"), both(bot, json!(["search:read"])));
    assert_eq!(slack.status("handle"), both("sandbox_app", "alice"));
    assert!(slack.agent_gets("SLACK_BOT_TOKEN").starts_with("xoxb-"));
    assert!(slack.agent_gets("SLACK_USER_TOKEN").starts_with("xoxp-"));
    slack.home.xreq(&["run", "--", "printenv", "SLACK_ACCESS_TOKEN"]).exits(1);
    let ran = slack.home.xreq(&["explain", "slack.search.read"]).succeeds();
    ran.prints("slack (default, user)").prints("tokens");

    // What was granted is asked for again with what is new.
    let (url, ran) = slack.connected(&["--part", "user", "--add-scope", "chat:write"]);
    ran.succeeds().prints("connected slack (default, user) as @alice: chat:write search:read");
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("chat:write,search:read"));
    assert_eq!(parameter(&url, "scope").as_deref(), Some(&*asked));
}

#[test]
fn each_token_is_named_where_one_is_meant() {
    let slack = Workspace::new();
    slack.connect();
    let token = |part: &str| slack.home.xreq(&["token", "slack", "--part", part]);
    slack.home.xreq(&["token", "slack"]).exits(2).complains("several tokens: bot, user");
    assert!(token("bot").succeeds().stdout.starts_with("xoxb-"));
    assert!(token("user").succeeds().stdout.starts_with("xoxp-"));
    token("usr").exits(2).complains("did you mean `user`?");
    let json = slack.home.xreq(&["token", "slack", "--part", "user", "--format", "json"]).json();
    assert_eq!(json["part"], "user");
    slack.home.xreq(&["token", "x", "--part", "bot"]).exits(2).complains("one token");

    // The log tells them apart, and knows neither token.
    let log = fs::read_to_string(slack.home.store().join("audit.jsonl")).expect("there is a log");
    for event in ["connect", "token"] {
        for part in ["bot", "user"] {
            let is_it = |line: &Value| line["event"] == event && line["grants"][0]["part"] == part;
            let mut lines = log.lines().map(|line| serde_json::from_str(line).expect("JSON"));
            let found: Option<Value> = lines.find(is_it);
            conforms("audit", &found.unwrap_or_else(|| panic!("{event} of {part}: {log}")));
        }
    }
    assert!(!log.contains("xoxb-") && !log.contains("xoxp-"));

    slack.home.xreq(&["disconnect", "slack", "--part", "user"]).succeeds();
    assert_eq!(slack.status("state").len(), 1);
    let ran = slack.home.xreq(&["check"]).exits(1);
    ran.complains("Not connected: slack (user)").complains("xreq connect slack");
    let check = slack.home.xreq(&["check", "--format", "json"]).exits(1).json();
    conforms("check", &check);
    assert_eq!(check["errors"].as_array().map(Vec::len), Some(1), "{check}");

    // The gap is closed by what is said to close it; the bot's grant is asked for again.
    slack.connect();
    slack.home.xreq(&["check"]).succeeds();
    let bot = slack.agent_gets("SLACK_BOT_TOKEN");
    let ran = slack.home.xreq(&["disconnect", "slack"]).succeeds();
    ran.prints("slack (default, bot)").prints("slack (default, user)");
    assert!(slack.status("state").is_empty());
    assert!(!bot.is_empty());
}

#[test]
fn a_part_that_lacks_scopes_is_told_with_what_adds_them_to_it() {
    let slack = Workspace::new();
    slack.connect();
    slack.home.write(
        "xreq.yaml",
        "integrations: [slack.users.read, {key: slack, scopes: [stars:read]}]\n",
    );
    let check = slack.home.xreq(&["check", "--format", "json"]).exits(1).json();
    conforms("check", &check);
    let actions: Vec<_> = check["errors"].as_array().expect("a list").iter().collect();
    assert_eq!(actions.len(), 2, "{check}");
    assert_eq!(actions[0]["action"]["part"], "bot");
    let commands: Vec<_> = actions.iter().map(|it| it["action"]["command"].clone()).collect();
    assert_eq!(commands[0], "xreq connect slack --part bot --add-scope users:read");
    assert_eq!(commands[1], "xreq connect slack --part user --add-scope stars:read");
    slack.connect();
    slack.home.xreq(&["check"]).succeeds();
}

#[test]
fn a_client_without_a_secret_is_given_the_part_that_it_can_have() {
    let slack = Workspace::with(without_end(), "integrations: [slack.chat.write]\n");
    let public = slack.sandbox.public_client().client_id.clone();
    slack.client(&["--id", &public, "--public"], "");
    let url = slack.connect();
    assert_eq!(parameter(&url, "scope"), None);
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("chat:write"));
    assert!(slack.agent_gets("SLACK_USER_TOKEN").starts_with("xoxp-"));

    slack.home.write("xreq.yaml", "integrations: [slack.channels.write]\n");
    let ran = slack.home.xreq(&["connect", "slack", "--expect", "@alice"]).exits(1);
    ran.complains("slack.channels.write").complains("may not ask for a bot's scopes");
}

#[test]
fn line_06_tokens_that_rotate_are_refreshed_each_by_itself() {
    let slack = Workspace::with(43_200, MANIFEST);
    slack.connect();
    assert_eq!(slack.status("refreshable"), both(true, true));
    let tokens = || ["SLACK_BOT_TOKEN", "SLACK_USER_TOKEN"].map(|name| slack.agent_gets(name));
    let before = tokens();
    assert!(before[0].starts_with("xoxe.xoxb-") && before[1].starts_with("xoxe.xoxp-"));
    slack.home.xreq(&["refresh", "slack", "--force", "--part", "user"]).succeeds();
    let after = tokens();
    assert!(before[0] == after[0] && before[1] != after[1], "one of them");
    slack.home.xreq(&["refresh", "slack", "--force"]).succeeds();
    let last = tokens();
    assert!(last[0] != after[0] && last[1] != after[1], "both of them");

    // A passing error leaves a grant as it is; a dead refresh token does not.
    slack.sandbox.control().fault(
        xreq::sandbox::Endpoint::Token,
        xreq::sandbox::Fault::Body {
            status: 200,
            json: r#"{"ok":false,"error":"ratelimited"}"#.to_owned(),
        },
        2,
    );
    slack.home.xreq(&["refresh", "slack", "--force"]).exits(3);
    assert_eq!(tokens(), last);
    slack.sandbox.control().revoke_by_user("alice");
    slack.home.xreq(&["refresh", "slack", "--force", "--part", "bot"]).exits(1);
    let states = slack.status("needs_a_person");
    assert_eq!(states, both(true, false));
    slack.home.xreq(&["status"]).prints("xreq connect slack");
}

#[test]
fn a_token_of_the_wrong_part_is_not_taken() {
    let recorder = Recorder::start();
    let home = Home::with_manifest("integrations: [quorum.rooms.write, quorum.search]\n");
    let file = include_str!("../../examples/providers/quorum.yaml");
    let file = file.replace("https://quorum.example", &recorder.base_url);
    home.write("home/providers/quorum.yaml", file.replace("/api\n", "\n").replace("/oauth/", "/"));
    let uri = free_redirect_uri();
    let client = ["client", "set", "quorum", "--id", "the id", "--redirect-uri", &uri];
    home.xreq_with(&client, CLIENT_SECRET).succeeds();
    let connect = |answer: &Value| {
        recorder.issues(answer);
        let connecting = Connecting::to("quorum", &home, &[]);
        connecting.comes_back(&back(&connecting.url.clone(), "the-code"));
        connecting.end()
    };
    // The place of the bot's token has one of the member's.
    let swapped = json!({
        "access_token": "m-token", "token_type": "member", "scope": "rooms:write",
        "member": {"access_token": "b-token", "scope": "search"},
    });
    connect(&swapped).exits(3).complains("the token type is `member`");
    let status = home.xreq(&["status", "--format", "json"]).json();
    assert_eq!(status["accounts"], json!([]));

    // One of them is not given: what is there is stored, and what is not is told.
    let half = json!({"access_token": "b-token", "token_type": "bot", "scope": "rooms:write"});
    let ran = connect(&half).exits(1).prints("quorum (default, bot)");
    ran.complains("no token for quorum (default, member)").complains("--part member");
    home.xreq(&["check"]).exits(1).complains("quorum (member)");

    let whole = json!({
        "access_token": "b-token", "token_type": "bot", "scope": "rooms:write",
        "member": {"access_token": "m-token", "scope": "search"},
    });
    connect(&whole).succeeds();
    let ran = home.xreq(&["run", "--", "printenv", "QUORUM_BOT_TOKEN"]).succeeds();
    assert_eq!(ran.stdout.trim(), "b-token");
    let ran = home.xreq(&["run", "--", "printenv", "QUORUM_MEMBER_ACCESS_TOKEN"]).succeeds();
    assert_eq!(ran.stdout.trim(), "m-token");
    // An error that repeats a token of a part does not show it.
    recorder.answers(
        "/token",
        "400 Bad Request\r\nContent-Type: application/json",
        r#"{"error":"invalid_scope","error_description":"m-canary","member":{"access_token":"m-canary"}}"#,
    );
    let connecting = Connecting::to("quorum", &home, &[]);
    connecting.comes_back(&back(&connecting.url.clone(), "the-code"));
    let ran = connecting.end();
    assert!(!ran.stderr.contains("m-canary"), "{}", ran.stderr);
}

#[test]
fn a_part_is_imported_by_its_name() {
    let home = Home::with_manifest("integrations: [slack.chat.write, slack.search.read]\n");
    let answer = json!({
        "ok": true, "access_token": "xoxb-1", "token_type": "bot", "scope": "chat:write",
        "authed_user": {
            "id": "U1", "access_token": "xoxp-1", "token_type": "user", "scope": "search:read",
        },
    })
    .to_string();
    let import = |part: &[&str], text: &str| {
        home.xreq_with(&[&["import", "slack", "--kind", "oauth2"], part].concat(), text)
    };
    import(&[], &answer).exits(2).complains("several tokens: bot, user").complains("--part bot");
    import(&["--part", "bot"], &answer).succeeds().prints("slack (default, bot)");
    home.xreq(&["check"]).exits(1).complains("slack (user)");
    import(&["--part", "user"], &answer).succeeds().prints("slack (default, user)");
    home.xreq(&["check"]).succeeds();
    for (variable, token) in [("SLACK_BOT_TOKEN", "xoxb-1"), ("SLACK_USER_TOKEN", "xoxp-1")] {
        let ran = home.xreq(&["run", "--", "printenv", variable]).succeeds();
        assert_eq!(ran.stdout.trim(), token);
    }
    // The token of one part is none of the other.
    let bots = json!({"ok": true, "access_token": "xoxb-2", "token_type": "bot"}).to_string();
    import(&["--part", "user", "--scopes", "search:read"], &bots).exits(2).complains("`bot`");
    import(&["--part", "bot", "--scopes", "chat:write", "--expires-in", "1h"], "xoxb-3").succeeds();
}

#[test]
fn raw_scopes_choose_the_token_that_can_have_them() {
    let home = Home::with_manifest(
        "integrations: [{key: slack, scopes: [search:read, channels:manage]}]\n",
    );
    let ran = home.xreq(&["validate"]).exits(1);
    ran.prints("no token of Slack can have all of").prints("`channels:manage` is of `bot`");
    home.write("xreq.yaml", "integrations: [{key: slack, scopes: [search:read, chat:write]}]\n");
    home.xreq(&["validate"]).succeeds();
    home.xreq(&["check"]).exits(1).complains("slack (user)");
}

#[test]
fn another_token_for_the_same_scopes_is_more_authority() {
    let home = Home::empty();
    let file = include_str!("../../examples/providers/quorum.yaml");
    home.write("home/providers/quorum.yaml", file.replace(
        "  quorum.search:\n    title: Search\n    allows: search\n    published: [search]",
        "  quorum.search:\n    title: Search\n    allows: write as a member\n    published: [rooms:write]",
    ).replace("parts: {member: [search]}", "parts: {member: [rooms:write]}"));
    home.write("old.yaml", "integrations: [quorum.rooms.write]\n");
    home.write("new.yaml", "integrations: [quorum.rooms.write, quorum.search]\n");
    home.xreq(&["diff", "old.yaml", "new.yaml"])
        .exits(1)
        .prints("the agent can now write as a member");
}

#[test]
fn a_manifest_chooses_the_token() {
    let entry = |more: &str| format!("integrations: [{{key: slack.chat.write{more}}}]\n");
    let slack = Workspace::with(without_end(), &entry(", part: user"));
    // A bot token that was pasted is none of the person's.
    let pasted = ["import", "slack", "--kind", "static"];
    let bot = slack.sandbox.static_token().expect("the face has one");
    slack.home.xreq_with(&pasted, bot).succeeds();
    slack.home.xreq(&["check"]).exits(1).complains("Not connected: slack (user)");
    let url = slack.connect();
    assert_eq!(parameter(&url, "scope"), None);
    assert_eq!(parameter(&url, "user_scope").as_deref(), Some("chat:write"));
    assert!(slack.agent_gets("SLACK_USER_TOKEN").starts_with("xoxp-"));
    slack.home.xreq(&["run", "--", "printenv", "SLACK_BOT_TOKEN"]).exits(1);
    let explained = slack.home.xreq(&["explain", "--format", "json"]).succeeds().json();
    let requirement = &explained["requirements"][0];
    assert_eq!(
        (&requirement["parts"], &requirement["covered_by_part"]),
        (&json!(["user"]), &json!("user"))
    );
    slack.home.xreq(&["explain"]).succeeds().prints("tokens      user\n");

    // Which one it is, is authority: of whoever reviews it, and of whoever trusted it.
    slack.home.write("old.yaml", entry(", part: bot"));
    let diff =
        |old: &str, format: &str| slack.home.xreq(&["diff", old, "xreq.yaml", "--format", format]);
    let told = diff("old.yaml", "text").exits(1);
    let told = told.prints("the token `user` may now serve `slack.chat.write`");
    told.prints("the token `bot` serves `slack.chat.write` no longer");
    let changed = diff("old.yaml", "json").exits(1).json();
    let change = &changed["manifests"][0];
    let user = json!([{"key": "slack.chat.write", "part": "user"}]);
    let bot = json!([{"key": "slack.chat.write", "part": "bot"}]);
    assert_eq!((&change["parts_gained"], &change["parts_lost"]), (&user, &bot));
    // Without a word either may: to choose one is less.
    slack.home.write("old.yaml", entry(""));
    let changed = diff("old.yaml", "json").json();
    assert_eq!(changed["manifests"][0]["parts_gained"], json!([]));
    assert_eq!(changed["manifests"][0]["parts_lost"], bot);
    slack.home.write("old.yaml", "integrations: []\n");
    assert_eq!(diff("old.yaml", "json").exits(1).json()["manifests"][0]["parts_gained"], user);
}

#[test]
fn slack_sdk_works_with_both_tokens() {
    let python = machine::python();
    let mut probe = Command::new(&python);
    probe.args(["-c", "import slack_sdk"]).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return machine::skips("there is no Python with slack_sdk here");
    }
    let slack = Workspace::new();
    slack.connect();
    let python = python.into_string().expect("it is text");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/slack_agent.py");
    let run = ["run", "--", &python, "-B", script, &slack.sandbox.base_url()];
    slack.home.xreq(&run).succeeds().prints("all is well");
    // What is disconnected is no token any more.
    let bot = slack.home.xreq(&["token", "slack", "--part", "bot"]).succeeds().stdout;
    slack.home.xreq(&["disconnect", "slack"]).succeeds();
    let code = "import sys; from slack_sdk import WebClient\n\
        WebClient(token=sys.stdin.read().strip(), base_url=sys.argv[1] + '/api/').auth_test()";
    let mut command = Command::new(&python);
    command.args(["-c", code, &slack.sandbox.base_url()]);
    let ran = Ran::with_input(&mut command, bot.as_bytes());
    assert!(ran.stderr.contains("invalid_auth"), "{}", ran.stderr);
}
