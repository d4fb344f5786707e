//! Bot tokens and API keys, of providers that no account consents to and that have no flow.

use crate::oauth::recorder::Recorder;
use crate::support::pty::Pty;
use crate::support::{Home, Ran, conforms};

/// A provider of bots, whose base URL is `@`.
const BOTS: &str = "\
provider: guild
title: Guild
env_prefix: GUILD
endpoints: {api_url: \"@\"}
kinds:
  static:
    title: bot token
    help: the developer portal, “Bot”
    headers: {Authorization: \"Bot {token}\"}
    check: {path: /users/@me, id: /id, handle: /username}
    env: {GUILD_BOT_TOKEN: access_token}
capabilities:
  guild.bot: {title: Act as a bot, allows: act as a bot, kinds: [static]}
";

/// A provider of grants and of internal tokens, whose requests need a version.
const PAGES: &str = "\
provider: pages
title: Pages
env_prefix: PAGES
endpoints: {authorize_url: \"@/authorize\", token_url: \"@/token\", api_url: \"@\"}
client_authentication: {confidential: client_secret_basic}
pkce: none
redirect_uri: http://127.0.0.1:0/callback
kinds:
  static:
    title: internal integration token
    headers: {Authorization: \"Bearer {token}\", Pages-Version: \"2026-06-28\"}
    check: {path: /v1/users/me, id: /bot/owner, handle: /name}
    env: {PAGES_TOKEN: access_token}
capabilities:
  pages.page.read: {title: Read pages, allows: read pages, kinds: [oauth2, static]}
operations:
  - {method: GET, path: /v1/users/me, summary: Look up the bot, user: [], static: true}
  - {method: GET, path: \"/v1/pages/{id}\", summary: Read a page, keys: [pages.page.read], user: [], static: true}
";

const BOT: &str = r#"{"id": "80351110224678912", "username": "heron"}"#;

/// A home that knows a provider, which is a recorder, and a manifest for it.
fn home(provider: &str, key: &str) -> (Home, Recorder) {
    let recorder = Recorder::start();
    recorder.answers("/users/@me", "200 OK", BOT);
    let home = Home::with_manifest(&format!("integrations: [{key}]\n"));
    home.write(
        "home/providers/test.yaml",
        provider
            .replace('@', &recorder.base_url)
            .replace(&format!("/users/{}me", recorder.base_url), "/users/@me"),
    );
    (home, recorder)
}

fn env(home: &Home) -> String {
    let mut run = home.command();
    run.env("PAGES_TOKEN", "inherited").env("GUILD_BOT_TOKEN", "inherited");
    format!("\n{}", Ran::of(run.args(["run", "--", "env"])).succeeds().stdout)
}

#[test]
fn a_bot_token_is_checked_stored_handed_over_and_removed() {
    let (home, recorder) = home(BOTS, "guild.bot");
    let gap = home.xreq(&["check", "--format", "json"]).exits(1).json();
    conforms("check", &gap);
    assert_eq!(gap["errors"][0]["type"], "kind");
    assert_eq!(gap["errors"][0]["action"]["type"], "import");
    assert_eq!(gap["errors"][0]["action"]["command"], "xreq import guild --kind static");
    assert!(gap["next"].as_array().expect("a way").iter().any(|step| step["step"] == "credential"));

    // The only kind that the provider has need not be named.
    let stored = home.xreq_with(&["import", "guild"], "bot-canary-token\n").succeeds();
    let expected = "stored guild (default, static): of @heron (id 80351110224678912)";
    assert_eq!(stored.stdout.lines().next(), Some(expected));
    let sent = recorder.requests("/users/@me");
    assert_eq!(sent[0].authorization.as_deref(), Some("Bot bot-canary-token"));

    let check = home.xreq(&["check", "--verify", "--format", "json"]).succeeds().json();
    assert_eq!(check["warnings"].as_array().map(Vec::len), Some(0), "{check}");
    assert!(env(&home).contains("\nGUILD_BOT_TOKEN=bot-canary-token\n"));
    let shown = home.xreq(&["run", "--dry-run", "--", "env"]).succeeds();
    assert!(shown.stdout.contains("GUILD_BOT_TOKEN") && !shown.stdout.contains("bot-canary-token"));

    let status = home.xreq(&["status"]).succeeds().stdout;
    assert!(status.contains("@heron  static token that does not expire"), "{status}");
    let status = home.xreq(&["status", "--format", "json"]).succeeds().json();
    conforms("status", &status);
    assert_eq!(status["accounts"][0]["account_id"], "80351110224678912");

    let removed = home.xreq(&["disconnect", "guild"]).succeeds();
    assert_eq!(
        removed.stdout.lines().next(),
        Some("removed guild (default, static) from this store")
    );
    removed.complains("nothing is revoked: the token works until it is replaced");
    home.xreq(&["disconnect", "guild"]).exits(2).complains("not_stored");
    assert_eq!(recorder.all().len(), 1, "nothing else was asked");
}

#[test]
fn a_refused_token_is_not_stored_and_an_absent_provider_is_no_obstacle() {
    let (home, recorder) = home(BOTS, "guild.bot");
    let refusal = r#"{"message": "401: Unauthorized", "code": 0}"#;
    recorder.answers("/users/@me", "401 Unauthorized", refusal);
    let import = ["import", "guild", "--kind", "static"];
    let refused = home.xreq_with(&import, "wrong").exits(2).complains("token_invalid");
    refused.complains("developer portal, “Bot”");
    home.xreq(&["check"]).exits(1);
    recorder.answers("/users/@me", "503 Service Unavailable", "{}");
    home.xreq_with(&import, "right").succeeds().complains("could not be asked whose it is");
    home.xreq(&["check"]).succeeds();

    recorder.answers("/users/@me", "200 OK", BOT);
    home.xreq_with(&import, "first").succeeds();
    recorder.answers("/users/@me", "200 OK", r#"{"id": "7", "username": "another"}"#);
    let replaced = home.xreq_with(&import, "second").succeeds();
    replaced.complains("it replaces the token of another account: @heron, id 80351110224678912");
    assert!(env(&home).contains("\nGUILD_BOT_TOKEN=second\n"));
}

#[test]
fn an_internal_token_serves_where_no_grant_is_stored() {
    let (home, recorder) = home(PAGES, "pages.page.read");
    recorder.answers("/v1/users/me", "200 OK", r#"{"name": "notes", "bot": {"owner": "w-1"}}"#);
    home.xreq(&["check"]).exits(1).complains("Not connected: pages");
    home.xreq_with(&["import", "pages", "--kind", "static", "--account", "work"], "secret_canary")
        .succeeds()
        .prints("stored pages (work, static): of @notes (id w-1)");
    let sent = &recorder.requests("/v1/users/me")[0];
    assert_eq!(sent.authorization.as_deref(), Some("Bearer secret_canary"));
    assert_eq!(sent.headers["pages-version"], "2026-06-28");
    assert!(env(&home).contains("\nPAGES_TOKEN=secret_canary\n"));
    let connect = home.xreq(&["connect", "pages", "--kind", "static"]).exits(2);
    connect.complains("kind_unsupported");
}

#[test]
fn a_provider_without_consent_says_which_kind_it_has() {
    let (home, _recorder) = home(BOTS, "guild.bot");
    let connect = home.xreq(&["connect", "guild"]).exits(2).complains("kind_unsupported");
    connect.complains("it has `static`: `xreq import guild --kind static` stores one");
    let client = home.xreq_with(&["client", "set", "guild", "--id", "a"], "s").exits(2);
    client.complains("kind_unsupported");
    home.xreq_with(&["import", "guild", "--kind", "oauth2"], "t")
        .exits(2)
        .complains("it has `static`");
    let shown = home.xreq(&["catalog", "guild"]).succeeds().stdout;
    assert!(shown.contains("the agent gets by `static` GUILD_BOT_TOKEN"), "{shown}");
    let shown = home.xreq(&["catalog", "guild.bot"]).succeeds().stdout;
    assert!(shown.contains("kinds      static"), "{shown}");
}

#[test]
fn what_never_expires_is_left_alone() {
    let (home, recorder) = home(BOTS, "guild.bot");
    home.xreq_with(&["import", "guild"], "a-bot-token-that-is-long").succeeds();
    let asked = recorder.all().len();
    home.xreq(&["refresh", "--all"]).succeeds();
    let kept = home.xreq(&["run", "--keep-fresh", "--", "printenv", "GUILD_BOT_TOKEN"]).succeeds();
    assert_eq!((&*kept.stdout, &*kept.stderr), ("a-bot-token-that-is-long\n", ""));
    let hidden = home.xreq(&["run", "--redact", "--", "printenv", "GUILD_BOT_TOKEN"]).succeeds();
    assert!(!hidden.stdout.contains("long"), "{}", hidden.stdout);
    assert_eq!(recorder.all().len(), asked, "nobody is asked for a token that does not end");
}

/// A token that is typed is not shown.
#[test]
fn the_prompt_names_the_token_and_hides_it() {
    let (home, _recorder) = home(BOTS, "guild.bot");
    let mut terminal = Pty::start(&home, "\"$0\" import guild");
    terminal.wait_for("bot token: ");
    terminal.type_in("typed-canary\r");
    let (shown, status) = terminal.end();
    assert!(status.success(), "{shown}");
    assert!(!shown.contains("typed-canary"), "{shown}");
    assert!(env(&home).contains("\nGUILD_BOT_TOKEN=typed-canary\n"));
}

#[test]
fn a_bot_token_that_is_taken_for_a_grant_is_answered_with_its_kind() {
    let home = Home::with_manifest("integrations: [slack.chat.write]\n");
    let ran = home.xreq_with(&["import", "slack", "--account", "team"], "xoxb-1-2").exits(2);
    let meant = "if it is the bot token: `xreq import slack --kind static --account team`";
    ran.complains("error[missing_params]: a consent of Slack gives several tokens")
        .complains(meant);
    let ran = home.xreq_with(&["import", "x"], "token").exits(2);
    assert!(!ran.stderr.contains("--kind"), "{}", ran.stderr);
}
