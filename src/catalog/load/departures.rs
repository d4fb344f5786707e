//! Mistakes in the parts of a provider file that say where a provider departs from the standards.

use super::mistakes::assert_found;
use super::tests::By::{Both, Loader};
use super::tests::faults;

const NIMBUS: &str = include_str!("../../../examples/providers/nimbus.yaml");

/// Each broken file is the example with one text replaced by another. The fault is at the first place
/// where the file has the text `at` then.
#[test]
#[rustfmt::skip]
fn mistakes_are_found_where_they_are() {
    assert_found(NIMBUS, &[
        // The request for consent.
        ("{access_type: offline}", "{state: x}", Both, "state: x", "`authorize.parameters.state` is a parameter that xreq sets itself"),
        ("{access_type: offline}", "{user_scope: x}", Loader, "user_scope: x", "`authorize.parameters.user_scope` is a parameter that xreq sets itself"),
        ("{access_type: offline}", "{login_hint: x}", Loader, "login_hint: x", "`authorize.parameters.login_hint` is a parameter that xreq sets itself"),
        ("{access_type: offline}", "{'a b': x}", Both, "'a b'", "`authorize.parameters.a b` is no name of a parameter"),
        ("{access_type: offline}", "{a: true}", Both, "true}", "a text is expected; put `true` into quotes"),
        ("{access_type: offline}", "{a: \"x\\ny\"}", Both, "\"x\\ny", "`authorize.parameters.a` must be one line of text"),
        ("{tenant}/authorize", "{tenant}/authorize?access_type=x", Loader, "access_type: offline", "`authorize.parameters.access_type` stands in `endpoints.authorize_url`, too"),
        ("{include_granted_scopes: \"true\"}", "{access_type: x}", Loader, "access_type: x", "`authorize.add_scopes_parameters.access_type` stands in `authorize.parameters`, too"),
        ("  add_scopes_parameters: {include_granted_scopes: \"true\"}\n", "", Both, "merges", "`authorize.consent` is `merges`, which takes `add_scopes_parameters`"),
        ("consent: merges", "consent: merge", Both, "merge\n", "unknown value `merge`; did you mean `merges`?"),
        ("account_hint_parameter: login_hint", "account_hint_parameter: scope", Both, "scope\n  scope_", "`authorize.account_hint_parameter` is no name"),
        ("scope_parameter: user_scope", "scope_parameter: state", Both, "state\n", "`authorize.scope_parameter` is no name"),
        ("scope_separator: \",\"", "scope_separator: \";\"", Both, "\";\"", "unknown value `;`"),
        ("always_scopes: [openid]", "always_scopes: [open]", Loader, "open]", "`always_scopes` has `open`, which is not under `scopes`; did you mean `openid`?"),
        // Tokens.
        ("body: json", "body: xml", Both, "xml", "unknown value `xml`"),
        ("{Nimbus-Version:", "{authorization:", Both, "authorization:", "`token.headers.authorization` is a header that a provider file cannot set"),
        ("{Nimbus-Version:", "{Content-Type:", Both, "Content-Type:", "`token.headers.Content-Type` is a header that a provider file cannot set"),
        ("{Nimbus-Version:", "{'a b':", Both, "'a b'", "`token.headers.a b` is no name of a header"),
        ("\"2026-06-28\"", "\"a\\nb\"", Both, "\"a\\nb\"", "`token.headers.Nimbus-Version` must be visible ASCII"),
        ("{audience:", "{code:", Both, "code:", "`token.exchange_parameters.code` is a parameter that xreq sets itself"),
        ("{expires_in:", "{scope:", Both, "scope: \"1800", "`token.refresh_parameters.scope` is a parameter that xreq sets itself"),
        ("{expires_in:", "{'a b':", Both, "'a b'", "`token.refresh_parameters.a b` is no name of a parameter"),
        ("\"1800\"", "\"a\\nb\"", Both, "\"a\\nb\"", "`token.refresh_parameters.expires_in` must be one line of text"),
        ("types: [bearer, bot]", "types: [bearer, a b]", Both, "a b]", "`token.types` must name types of tokens"),
        ("scope: /authed_user/scope", "scope: authed_user.scope", Both, "authed_user.scope", "`token.response.scope` must be a JSON pointer"),
        ("ok: /ok", "ok: ok", Both, "ok\n", "`token.ok` must be a JSON pointer"),
        ("refresh_url: https:", "refresh_url: http:", Both, "http://login", "`token.refresh_url` must begin with `https://`"),
        // Revocation.
        ("style: basic_delete_json", "style: delete", Both, "delete\n  ends", "unknown value `delete`"),
        ("  api_url: https", "  revoke_url: https://login.nimbus.example/revoke\n  api_url: https", Loader, "url: https://api.nimbus.example/app", "`revoke` stands beside `endpoints.revoke_url`"),
        ("  confidential: client_secret_basic", "  public: none", Loader, "basic_delete_json", "`revoke.style` is `basic_delete_json`, which takes a client with a secret"),
        ("{client_id}/grant", "{clientid}/grant", Loader, "https://api.nimbus.example/applications", "`revoke.url` has `{clientid}`, which is not under `url_variables`"),
        // Variables of an agent.
        ("NIMBUS_OAUTH_TOKEN: access", "OAUTH_TOKEN: access", Loader, "OAUTH_TOKEN: access", "`env.OAUTH_TOKEN` is not the provider's: it must begin with `NIMBUS_`"),
        ("NIMBUS_OAUTH_TOKEN: access", "XREQ_TOKEN: access", Both, "XREQ_TOKEN", "`env.XREQ_TOKEN` is no name of a variable that an agent can get"),
        ("NIMBUS_OAUTH_TOKEN: access", "NIMBUS_CLIENT_SECRET: access", Loader, "NIMBUS_CLIENT_SECRET", "`env.NIMBUS_CLIENT_SECRET` is no name of a variable that an agent can get"),
        ("NIMBUS_OAUTH_TOKEN: access_token", "NIMBUS_OAUTH_TOKEN: refresh_token", Both, "refresh_token\n", "unknown value `refresh_token`"),
        ("NIMBUS_OAUTH_TOKEN: access_token", "NIMBUS_OAUTH_TOKEN: expires_at", Loader, "NIMBUS_OAUTH_TOKEN: exp", "`env` must have a variable for the `access_token`"),
        // URLs.
        ("url: https://login.nimbus.example/{tenant}/token", "url: https://{tenant}/token", Both, "https://{tenant}/token", "`endpoints.token_url` must have at least two fixed labels behind the variable of its host"),
        ("url: https://login.nimbus.example/{tenant}/token", "url: https://{tenant}.example/token", Both, "https://{tenant}.example/token", "`endpoints.token_url` must have at least two fixed labels"),
        ("url: https://login.nimbus.example/{tenant}/token", "url: https://login.nimbus.example/t{tenant}/token", Both, "https://login.nimbus.example/t{tenant}", "`endpoints.token_url` must have its variables as the first label of the host or as whole segments"),
        ("url: https://login.nimbus.example/{tenant}/token", "url: https://login.nimbus.example/{org}/token", Loader, "https://login.nimbus.example/{org}", "`endpoints.token_url` has `{org}`, which is not under `url_variables`"),
        ("  tenant:\n", "  other: {title: another}\n  tenant:\n", Loader, "other: {", "`url_variables.other` stands in no URL"),
        ("  tenant:\n", "  client_id: {title: another}\n  tenant:\n", Both, "client_id: {", "`url_variables.client_id` must be lower case letters"),
        ("\"[a-z0-9-]+\"", "\"[a-z\"", Loader, "\"[a-z\"", "`url_variables.tenant.pattern` is no regular expression"),
        ("\"[a-z0-9-]+\"", "\"a)|(.*\"", Loader, "\"a)|(.*\"", "`url_variables.tenant.pattern` is no regular expression"),
        ("default: common", "default: Common", Loader, "Common", "`url_variables.tenant.default` does not match `[a-z0-9-]+`"),
        ("mail: https:", "mail: http:", Both, "http://mail", "`services.mail` must begin with `https://`"),
        ("services:\n", "services:\n  Post: https://post.nimbus.example\n", Both, "Post: https", "`services.Post` must be lower case"),
        // Paths.
        ("service: sheets", "service: sheet", Loader, "sheet\n", "`operations[0].service` is `sheet`, which is not under `services`; did you mean `sheets`?"),
        ("{range}:append", "x{range}:append", Both, "/v4/spreadsheets/{id}", "`operations[0].path` must be like `/things/{id}`"),
        ("{range}:append", "{range+}/append", Both, "/v4/spreadsheets/{id}", "`operations[0].path` has a parameter that takes the rest, and something behind it"),
        ("{range}:append", "{id}:append", Loader, "/v4/spreadsheets/{id}/values/{id}", "`operations[0].path` has two parameters of one name"),
        ("{id: {pattern:", "{ids: {pattern:", Loader, "ids: {", "`operations[0].parameters.ids` is no parameter of the path"),
        ("query: [valueInputOption]", "query: ['a b']", Both, "'a b'", "`operations[0].query` has `a b`, which is no name of a parameter"),
        ("query: [valueInputOption]", "query: [valueInputOption]\n    repeated: [ranges]", Loader, "ranges]", "`operations[0].repeated` has `ranges`, which is not under `query`"),
        ("query: [fields]", "query: [fields, fields]", Both, "fields, fields", "`query` has `fields` twice"),
        ("types: [application/json]", "types: [json]", Both, "json]", "`operations[0].body.types` has `json`, which is no media type"),
        ("types: [application/json]", "types: []", Both, "[], fields", "`operations[0].body.types` must name at least one media type"),
        ("fields: [range, values]", "fields: ['']", Both, "'']", "`operations[0].body.fields` has ``, which is no name of a parameter"),
        ("[A-Za-z0-9_-]{20,60}", "[A-Za-z", Loader, "\"[A-Za-z\"", "`operations[0].parameters.id.pattern` is no regular expression"),
        ("operations:\n", "operations:\n  - {method: PUT, path: '/{a}:x', summary: S, user: []}\n  - {method: PUT, path: '/{b}:x', summary: S, user: []}\n", Loader, "{method: PUT, path: '/{b}", "`operations[1]` matches the same requests as `operations[0]`"),
        // Kinds of keys.
        ("kinds: [oauth2, static]", "kinds: [oauth2, static, app_only]", Loader, "app_only]\n    partial", "`capabilities.nimbus.archive.read.kinds` has `app_only`, which no operation of the key accepts"),
        ("    keys: [nimbus.hook.write]", "    keys: [nimbus.bot]", Loader, "nimbus.bot]\n    user: [hooks.write]", "`operations[3].keys` has `nimbus.bot`, which is not `standing`, as the operation is"),
        ("exchange_url: https:", "exchange_url: http:", Both, "http://login.nimbus.example/exchange", "`kinds.service_account.exchange_url` must begin with `https://`"),
        ("accounts/{account}/token", "accounts/token", Loader, "https://login.nimbus.example/accounts/token", "`kinds.service_account.impersonation_url` must have `{account}` in its path, once"),
        ("    exchange_url: https://login.nimbus.example/exchange\n", "", Loader, "https://login.nimbus.example/accounts/", "`kinds.service_account.impersonation_url` needs `exchange_url`"),
        // Keys without scopes.
        ("    keys: [nimbus.bot]\n", "", Loader, "title: Act as a bot", "`capabilities.nimbus.bot.published` must name at least one scope, or else operations must list the key"),
    ]);
}

/// A provider file names no variable that steers programs (threat 18).
#[test]
fn threat_18_a_provider_file_names_no_variable_that_steers_programs() {
    for (from, to) in [
        ("NIMBUS_OAUTH_TOKEN: access", "NODE_OPTIONS: access"),
        ("NIMBUS_OAUTH_TOKEN: access", "LD_PRELOAD: access"),
        ("env:\n", "remove_env: [{name: HTTPS_PROXY, reason: r}]\nenv:\n"),
    ] {
        let found = faults(&NIMBUS.replacen(from, to, 1));
        assert!(found.contains("decides") && !found.contains('\n'), "{to}: {found}");
    }
}
