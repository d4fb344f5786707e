//! Mistakes in the parts of a provider file that are about several tokens of one consent.

use super::mistakes::assert_found;
use super::tests::By::{Both, Loader};
use super::tests::faults;
use crate::model::credential_id::Kind;

const QUORUM: &str = include_str!("../../../examples/providers/quorum.yaml");

#[test]
#[rustfmt::skip]
fn mistakes_are_found_where_they_are() {
    assert_found(QUORUM, &[
        // Several tokens have what one has.
        ("authorize:\n", "env: {QUORUM_TOKEN: access_token}\nauthorize:\n", Both, "QUORUM_TOKEN", "`env.QUORUM_TOKEN` is of the one token of a consent, and `parts` names several"),
        ("scope_separator: \",\"", "scope_parameter: scopes", Both, "scopes\nparts", "`authorize.scope_parameter` is of the one token"),
        ("  api_url:", "  device_authorization_url: https://quorum.example/device\n  api_url:", Both, "https://quorum.example/device", "`endpoints.device_authorization_url` is of the one token"),
        // The tokens are told apart.
        ("  member:\n    title", "  main:\n    title", Both, "main:", "`parts.main` is the name of the token of a consent that gives one\n"),
        ("  member:\n    title", "  Member:\n    title", Both, "bot:\n", "the name of a provider has at most 32 lower-case letters"),
        ("title: a bot token", "title: ''", Both, "''", "`parts.bot.title` must be one line of text"),
        ("    title: a bot token\n", "", Both, "scope_parameter: bot_scope", "the field `title` is missing"),
        ("scope_parameter: bot_scope", "scope_parameter: state", Both, "state", "`parts.bot.scope_parameter` is no name of a parameter for scopes"),
        ("scope_parameter: bot_scope", "scope_parameter: scope", Loader, "scope\n    response", "`parts.member.scope_parameter` is the parameter of another part, too"),
        ("{access_token: /member/access_token}", "{}", Loader, "{}", "`parts.member.response.access_token` has its access token at `/access_token`, as another part does"),
        ("access_token: /member/access_token", "access_token: member", Both, "member}", "`parts.member.response.access_token` must be a JSON pointer"),
        ("types: [bot]", "types: ['']", Both, "'']", "`parts.bot.types` must name types of tokens"),
        ("{QUORUM_BOT_TOKEN: access_token}", "{QUORUM_MEMBER_ACCESS_TOKEN: access_token}", Loader, "title: a member", "`parts.member.env` has `QUORUM_MEMBER_ACCESS_TOKEN`, which another part has, too"),
        ("{QUORUM_BOT_TOKEN: access_token}", "{BOT_TOKEN: access_token}", Loader, "BOT_TOKEN", "`parts.bot.env.BOT_TOKEN` is not the provider's: it must begin with `QUORUM_`"),
        ("needs_secret: bots", "needs_secret: '' #", Both, "'' #", "`parts.bot.needs_secret` must be one line of text"),
        // What names them.
        ("rooms, parts: [bot]}", "rooms, parts: [bto]}", Loader, "bto]}", "`scopes.rooms:manage.parts` has `bto`, which is not under `parts`; did you mean `bot`?\n"),
        ("published: [search]\n    parts: [member]", "published: [search]\n    parts: [user]", Loader, "user]", "`capabilities.quorum.search.parts` has `user`, which is not under `parts`"),
        ("published: [search]\n    parts: [member]", "published: [search]\n    parts: []", Both, "[]\n", "the name of a part is expected"),
        ("published: [search]\n    parts: [member]", "published: [search]", Loader, "search]\n", "`capabilities.quorum.search.published` has `search`, which `bot` cannot have"),
        ("parts: {member: [search]}", "parts: {bot: [search], member: [search]}", Loader, "search], member", "`operations[3].parts.bot` has `search`, which `bot` cannot have"),
        ("parts: {member: [search]}", "parts: {user: [search]}", Loader, "[search]}", "`operations[3].parts.user` has `user`, which is not under `parts`"),
        ("parts: {member: [search]}", "parts: {member: [serach]}", Loader, "serach]}", "`operations[3].parts.member` has `serach`, which is not under `scopes`; did you mean `search`?"),
        ("parts: {member: [search]}", "user: [search] # once", Loader, "[search] #", "`operations[3].user` is of the one token of a consent"),
        ("parts: {bot: [rooms:write], member: [rooms:write]}", "parts: {bot: [rooms:write]}", Loader, "quorum.rooms.write]", "`operations[2].keys` has `quorum.rooms.write`, and accepts no `member`, which serves the key"),
        ("parts: {bot: [rooms:write], member: [rooms:write]}", "parts: {bot: [rooms:write], member: [rooms:read]}", Loader, "quorum.rooms.write]", "`operations[2].keys` has `quorum.rooms.write`, which lacks `rooms:read`"),
    ]);
}

#[test]
fn one_token_needs_no_name() {
    let start = QUORUM.find("  member:\n").expect("it is there");
    let end = QUORUM.find("client_authentication").expect("it is there");
    let text = QUORUM[..start].to_owned() + &QUORUM[end..];
    assert!(
        faults(&text).contains("`parts` has one token, which needs no name"),
        "{}",
        faults(&text)
    );
}

#[test]
fn each_part_has_variables_of_its_own() {
    let provider = super::parse(QUORUM).expect("it is valid");
    let names = |part: &str| -> Vec<_> {
        let variables = provider.variables_of_part(Kind::Oauth2, &part.parse().expect("a name"));
        variables.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("bot"), ["QUORUM_BOT_TOKEN", "QUORUM_BOT_ACCESS_TOKEN_FILE"]);
    let usual = ["", "_EXPIRES_AT", "_FILE"].map(|end| format!("QUORUM_MEMBER_ACCESS_TOKEN{end}"));
    assert_eq!(names("member"), usual);
    assert!(names("bot").iter().chain(&usual).all(|name| provider.owns_variable(name)));
}
