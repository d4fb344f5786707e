//! Mistakes in the parts of a provider file that say which kinds of credentials serve a provider.

use super::mistakes::assert_found;
use super::tests::By::{Both, Loader};
use super::tests::faults;

const HERON: &str = include_str!("../../../examples/providers/heron.yaml");

/// Each broken file is the example with one text replaced by another. The fault is at the first place
/// where the file has the text `at` then.
#[test]
#[rustfmt::skip]
fn mistakes_are_found_where_they_are() {
    assert_found(HERON, &[
        // Consent, in whole or not at all.
        ("kinds:\n  static:", "pkce: S256\nkinds:\n  static:", Both, "provider: heron", "`client_authentication` must allow `confidential` or `public` clients\n"),
        ("  static:\n", "  oauth2: {}\n  static:\n", Both, "oauth2", "`kinds.oauth2` needs `endpoints.authorize_url`"),
        ("kinds:\n  static:", "env: {HERON_TOKEN: access_token}\nkinds:\n  static:", Both, "HERON_TOKEN", "`env.HERON_TOKEN` is of grants, and no account consents"),
        // Kinds.
        ("  service_account:\n", "  service: \n", Both, "service: ", "unknown value `service`"),
        ("  service_account:\n", "  static: {}\n  service_account:\n", Loader, "static: {}", "`static` is there twice"),
        ("    title: bot token\n", "", Both, "help: the app", "the field `title` is missing"),
        ("title: bot token", "titel: bot token", Both, "titel", "unknown field `titel`; did you mean `title`?"),
        ("title: bot token", "title: ''", Both, "''", "`kinds.static.title` must be one line of text"),
        ("\"Bot {token}\"", "Bot", Loader, "{Authorization", "`kinds.static.headers` must have `{token}` in one value, once"),
        ("Heron-Version:", "Cookie:", Both, "Cookie", "`kinds.static.headers.Cookie` is a header that a provider file cannot set"),
        ("path: /me, id", "path: /you, id", Loader, "/you", "`kinds.static.check.path` has `/you`, which no `GET` operation has"),
        ("id: /id", "id: id", Both, "id, handle", "`kinds.static.check.id` must be a JSON pointer"),
        ("{HERON_BOT_TOKEN: access", "{BOT_TOKEN: access", Loader, "BOT_TOKEN", "`kinds.static.env.BOT_TOKEN` is not the provider's: it must begin with `HERON_`"),
        ("{HERON_BOT_TOKEN: access_token", "{HERON_BOT_TOKEN: expires_at", Both, "{HERON_BOT", "`kinds.static.env` must have a variable for the `access_token`\n"),
        ("{HERON_ACCESS_TOKEN: access_token, HERON", "{HERON", Loader, "{HERON_PROJECT", "`kinds.service_account.env` must have a variable for the `access_token`"),
        ("token_url: https", "token_url: http", Both, "http://login", "`kinds.service_account.token_url` must begin with `https://`"),
        ("scopes: [archive]", "scopes: [archives]", Loader, "archives]", "`kinds.service_account.scopes` has `archives`, which is not under `scopes`; did you mean `archive`?"),
        // Keys.
        ("    kinds: [static]\n", "", Loader, "heron.bot:\n", "`capabilities.heron.bot` takes `oauth2`, which is no kind of the provider"),
        ("    kinds: [static]\n", "    kinds: []\n", Both, "[]", "`capabilities.heron.bot.kinds` must name a kind"),
        ("    kinds: [static]\n", "    kinds: [static, oauth1]\n", Loader, "oauth1]", "`capabilities.heron.bot.kinds` takes `oauth1`, which is no kind of the provider"),
        ("    partial_kinds: [static]\n", "", Loader, "static, service_account]", "`capabilities.heron.archive.read.kinds` has `static`, which only some operations of the key accept: name it in `partial_kinds`, too"),
        ("partial_kinds: [static]", "partial_kinds: [static, service_account]", Loader, "service_account]\noperations", "`capabilities.heron.archive.read.partial_kinds` has `service_account`, which all operations"),
        ("summary: Export the archive\n    keys: [heron.archive.read]", "summary: Export the archive\n    keys: [heron.bot]", Loader, "static]\n  heron.archive", "`capabilities.heron.bot.kinds` has `static`, which only some operations of the key accept: name it in `partial_kinds`, too\n"),
    ]);
}

#[test]
fn an_operation_of_a_key_accepts_one_of_its_kinds() {
    let text = HERON.replacen("kinds: [static]", "kinds: [static]\n    partial_kinds: [static]", 1);
    let text = text.replace(
        "    summary: Look up the bot\n    keys: [heron.bot]\n    static",
        "    summary: Look up the bot\n    keys: [heron.bot]\n    service_account",
    );
    assert_eq!(
        faults(&text),
        "40:12: `operations[0].keys` has `heron.bot`, and accepts no kind that the key does"
    );
}

#[test]
fn a_provider_serves_by_the_kinds_of_its_file_in_their_order() {
    use crate::model::credential_id::Kind::{AppOnly, Oauth2, ServiceAccount, Static};
    let kinds = |text: &str| super::parse(text).expect("it is valid").kinds();
    assert_eq!(kinds(HERON), [Static, ServiceAccount]);
    let minimal = include_str!("../../../examples/providers/minimal.yaml");
    assert_eq!(kinds(minimal), [Oauth2]);
    let app_only = "app_only: {env: {PHOTOS_BEARER: access_token}}";
    let with = |kinds: &str| minimal.replace("pkce:", &format!("kinds: {{{kinds}}}\npkce:"));
    assert_eq!(kinds(&with(app_only)), [Oauth2, AppOnly]);
    assert_eq!(kinds(&with(&format!("{app_only}, oauth2: {{}}"))), [AppOnly, Oauth2]);
}
