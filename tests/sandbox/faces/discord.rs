//! Discord: one revocation for all tokens, and bots.

use serde_json::json;
use xreq::sandbox::Endpoint;

use super::Faced;

const MANIFEST: &str = "integrations: [discord.guilds.read]\n";

#[test]
fn discord_tells_what_a_token_was_granted() {
    let faced = Faced::connected("discord", MANIFEST);
    faced.home.xreq(&["check"]).succeeds();
    let token = faced.agent_gets("DISCORD_ACCESS_TOKEN");
    let (status, told) = faced.asks("/api/v10/oauth2/@me", &format!("Bearer {token}"));
    assert_eq!((status, &told["scopes"]), (200, &json!(["guilds", "identify"])), "{told}");
    assert_eq!(told["user"]["username"], "alice");
    // Channels are for bots.
    assert_eq!(faced.asks("/api/v10/channels/7/messages", &format!("Bearer {token}")).0, 403);
    // A week, less the time since.
    let left = faced.home.xreq(&["run", "--", "printenv", "DISCORD_ACCESS_TOKEN_EXPIRES_AT"]);
    let ends: jiff::Timestamp = left.succeeds().stdout.trim().parse().expect("it is a time");
    let left = ends.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((604_000..=604_800).contains(&left), "{left}");
}

#[test]
fn line_07_discord_ends_all_tokens_of_an_authorization_by_one_request() {
    let faced = Faced::connected("discord", MANIFEST);
    let first = faced.agent_gets("DISCORD_ACCESS_TOKEN");
    faced.home.xreq(&["refresh", "discord", "--force"]).succeeds();
    faced.connect(&[]).succeeds();
    let bearer = format!("Bearer {first}");
    assert_eq!(faced.asks("/api/v10/users/@me", &bearer).0, 200);
    faced.home.xreq(&["disconnect", "discord"]).succeeds().prints("its tokens are revoked");
    assert_eq!(faced.requests(Endpoint::Revoke).len(), 1);
    assert_eq!(faced.asks("/api/v10/users/@me", &bearer).0, 401);
    assert!(faced.grants().iter().all(|grant| !grant.refreshable && grant.access_tokens == 0));
    assert_eq!(faced.grants().len(), 2);
}

#[test]
fn a_refresh_token_of_discord_is_good_once() {
    let faced = Faced::connected("discord", MANIFEST);
    faced.home.xreq(&["refresh", "discord", "--force"]).succeeds();
    faced.home.xreq(&["refresh", "discord", "--force"]).succeeds();
    let presented = faced.requests(Endpoint::Token).into_iter().filter_map(|it| it.presented);
    let presented: std::collections::BTreeSet<_> = presented.collect();
    assert_eq!(presented.len(), 3, "a code and two refresh tokens");
}

#[test]
fn a_bot_of_discord_has_a_token_of_its_own_scheme() {
    let faced = Faced::new("discord", "integrations: [discord.bot]\n");
    let wrong = faced.home.xreq_with(&["import", "discord", "--kind", "static"], "no-such-token");
    wrong.exits(2).complains("error[token_invalid]");
    faced.import_static().succeeds().prints("@helper");
    faced.home.xreq(&["check", "--verify"]).succeeds();
    let token = faced.agent_gets("DISCORD_BOT_TOKEN");
    assert_eq!(faced.asks("/api/v10/users/@me", &format!("Bot {token}")).1["bot"], true);
    assert_eq!(faced.asks("/api/v10/users/@me", &format!("Bearer {token}")).0, 401);
    // What only accounts can tell, a bot does not get.
    let member = "/api/v10/users/@me/guilds/1/member";
    assert_eq!(faced.asks(member, &format!("Bot {token}")).0, 403);
    let removed = faced.home.xreq(&["disconnect", "discord", "--kind", "static"]).succeeds();
    removed.complains("nothing is revoked");
}

#[test]
fn what_is_stored_in_the_place_of_a_grant_is_named() {
    let faced = Faced::new("discord", "integrations: [discord.bot]\n");
    let ran = faced.home.xreq(&["disconnect", "discord"]).exits(2).complains("error[not_stored]");
    assert!(!ran.stderr.contains("only"), "{}", ran.stderr);
    faced.import_static().succeeds();
    let named = "there is no grant of discord, only discord (default, static)";
    for command in ["disconnect", "token", "refresh"] {
        faced.home.xreq(&[command, "discord"]).exits(2).complains(named);
    }
    let away = ["disconnect", "discord", "--account", "default"];
    for (args, way) in [
        (&away[..2], "xreq disconnect discord --account default --kind static"),
        (&away, "xreq disconnect discord --account default --kind static"),
        (
            &["disconnect", "discord", "--account", "default", "--local-only"],
            "xreq disconnect discord --account default --kind static --local-only",
        ),
    ] {
        faced
            .home
            .xreq(args)
            .exits(2)
            .complains("(default, static)")
            .complains(&format!("`{way}`"));
    }
    // Of another account nothing is said, and a kind that was named is meant.
    let ran = faced.home.xreq(&["disconnect", "discord", "--account", "work"]).exits(2);
    assert!(!ran.stderr.contains("static"), "{}", ran.stderr);
    let ran = faced.home.xreq(&["disconnect", "discord", "--kind", "oauth2"]).exits(2);
    assert!(!ran.stderr.contains("--kind static"), "{}", ran.stderr);
    let ran = faced.home.xreq(&["disconnect", "discord", "--kind", "static"]).succeeds();
    ran.prints("removed discord (default, static)");
}
