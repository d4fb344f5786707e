//! Providers out of the files that users write, and where these are wrong.

use std::path::Path;

use super::provider::Provider;
use super::validate;
use crate::error::{Code, Error, Remedy, Result, advice};
use crate::text::encoding;
use crate::text::strict_yaml;
use crate::text::strict_yaml::Fault;

/// The maximum size of a provider file in bytes: twenty-five times the size of the built-in one.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Reads a provider from the bytes of a file.
pub(super) fn provider(file: &Path, bytes: &[u8]) -> Result<Provider> {
    let invalid = |what: &str| {
        Error::new(Code::CatalogInvalid, format!("{}: the file {what}", file.display()))
    };
    if bytes.len() > MAX_BYTES {
        return Err(invalid("is larger than 1 MiB"));
    }
    let text = encoding::decode(bytes).map_err(invalid)?;
    let mut provider = parse(text).map_err(|faults| {
        let located = |fault: &Fault| format!("{}:{fault}", file.display());
        let lines: Vec<_> = faults.iter().map(located).collect();
        Error::of_lines(Code::CatalogInvalid, lines).with_hint(advice![
            Remedy::ShowSchema { of: "provider" }.request(),
            " prints what a provider file may hold"
        ])
    })?;
    provider.settle_scope_names();
    provider.set_origin(file);
    Ok(provider)
}

/// Reads a provider from the text of its file.
fn parse(text: &str) -> Result<Provider, Vec<Fault>> {
    let document = strict_yaml::parse(text).map_err(|fault| vec![fault])?;
    let provider = document.read().map_err(|fault| vec![fault])?;
    let mut faults: Vec<_> = validate::problems(&provider)
        .iter()
        .map(|problem| Fault {
            position: problem.place.locate(&document),
            what: problem.to_string(),
        })
        .collect();
    faults.sort();
    if faults.is_empty() { Ok(provider) } else { Err(faults) }
}

#[cfg(test)]
mod brokered;
#[cfg(test)]
mod departures;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod parts;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::catalog::builtin::BUILTIN;

    const ACME: &str = include_str!("../../examples/providers/acme.yaml");
    const HERON: &str = include_str!("../../examples/providers/heron.yaml");
    const QUORUM: &str = include_str!("../../examples/providers/quorum.yaml");
    const SCOPES: &str = include_str!("../../examples/providers/scopes.yaml");

    /// The checks that refuse a broken file: the loader, with or without the published schema. The
    /// schema cannot express (`Loader`) that names exist, that values fit one another, and the
    /// errors of YAML itself.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(super) enum By {
        Both,
        Loader,
    }

    pub(super) fn faults(text: &str) -> String {
        let faults = parse(text).err().unwrap_or_default();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn schema() -> jsonschema::Validator {
        let text = include_str!("../../schemas/provider.schema.json");
        let schema = serde_json::from_str(text).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::draft202012::new(&schema).unwrap()
    }

    /// Returns the document as the schema sees it, if it is one.
    pub(super) fn document(text: &str) -> Option<serde_json::Value> {
        strict_yaml::read(text).ok()
    }

    #[test]
    fn the_examples_are_valid() {
        let schema = schema();
        let nimbus = include_str!("../../examples/providers/nimbus.yaml");
        for text in [
            ACME,
            include_str!("../../examples/providers/minimal.yaml"),
            nimbus,
            SCOPES,
            HERON,
            QUORUM,
        ] {
            assert_eq!(faults(text), "");
            let document = document(text).unwrap();
            let errors: Vec<_> = schema.iter_errors(&document).map(|e| e.to_string()).collect();
            assert_eq!(errors, [""; 0]);
        }
    }

    /// The built-in providers are data like any other: the strict loader and the schema take them, and
    /// read the same from them as the fast reader does.
    #[test]
    fn the_built_in_providers_pass_as_users_files() {
        let (catalog, schema) = (Catalog::builtin(), schema());
        for builtin in &BUILTIN {
            let mut merged: serde_json::Value = serde_json::from_str(builtin.provider).unwrap();
            for (key, text) in builtin.capabilities() {
                merged["capabilities"][key] = serde_json::from_str(text).unwrap();
            }
            let file = format!("src/catalog/builtin/{}/provider.json", builtin.slug);
            let whole: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            assert_eq!(merged, whole, "{}", builtin.slug);
            merged["operations"] = serde_json::from_slice(&builtin.operations()).unwrap();
            let text = serde_json::to_string_pretty(&merged).unwrap();

            assert_eq!(faults(&text), "", "{}", builtin.slug);
            assert_eq!(document(&text).unwrap(), merged, "{}", builtin.slug);
            let errors: Vec<_> = schema.iter_errors(&merged).map(|e| e.to_string()).collect();
            assert_eq!(errors, [""; 0], "{}", builtin.slug);

            let fast: Provider = serde_json::from_str(&text).unwrap();
            let mut strict = parse(&text).unwrap();
            // The files have wire names.
            strict.settle_scope_names();
            assert_eq!(format!("{strict:?}"), format!("{fast:?}"));
            let embedded = catalog.provider(builtin.slug).unwrap();
            assert_eq!(embedded.operations(), fast.operations());
            assert_eq!(embedded.capabilities, fast.capabilities);
        }
    }

    /// Each broken file is the example with one text replaced by another.
    #[test]
    #[rustfmt::skip]
    fn mistakes_are_found_where_they_are() {
        use By::{Both, Loader};
        let schema = schema();
        let mut wrong = Vec::new();
        for (from, to, by, expected) in [
            // The form.
            ("title: Acme Anvils", "titel: Acme", Both, "11:1: unknown field `titel`; did you mean `title`?"),
            ("title: Acme Anvils", "colour: red", Both, "11:1: unknown field `colour`; known are `provider`, `title`, `website`,"),
            ("    allows: see orders", "    alows: see orders", Both, "99:5: unknown field `alows`; did you mean `allows`?"),
            ("    allows: see orders\n", "", Both, "98:5: the field `allows` is missing"),
            ("title: Acme Anvils", "title:", Both, "11:6: a text is expected"),
            ("title: Acme Anvils", "title: 12", Both, "11:8: a text is expected; put `12` into quotes"),
            ("title: Acme Anvils", "title: [Acme]", Both, "11:8: a text is expected"),
            ("title: Acme Anvils", "title: ''", Both, "11:8: `title` must be one line of text"),
            ("title: Acme Anvils", r#"title: "A\e[2J""#, Both, "11:8: `title` must be one line of text"),
            ("    user: []", "    user:", Both, "115:9: a list of scopes, or a mapping with `any_of`, is expected"),
            ("    user: []", "    user: orders:read", Both, "115:11: a list of scopes, or a mapping with `any_of`, is expected"),
            ("quirks:", "quirks: []\nunused:", Both, "65:9: a mapping is expected"),
            ("public: true", "public: yes", Both, "139:13: `true` or `false` is expected"),
            ("public: true", "public: 'true'", Both, "139:13: `true` or `false` is expected"),
            ("access_token: 3600", "access_token: '3600'", Both, "60:17: a number of seconds is expected"),
            ("access_token: 3600", "access_token: 3_600", Both, "60:17: a number of seconds is expected"),
            ("access_token: 3600", "access_token: 1h", Both, "60:17: a number of seconds is expected"),
            ("access_token: 3600", "access_token: -1", Both, "60:17: a number of seconds is expected"),
            ("pkce: S256", "pkce: s256", Both, "47:7: unknown value `s256`; did you mean `S256`?"),
            ("method: POST", "method: PSOT", Both, "121:13: unknown value `PSOT`; did you mean `POST`?"),
            // What YAML can do.
            ("title: Acme Anvils", "title: A\ntitle: B", Loader, "12:1: `title` is there twice"),
            ("  offline: Get", "  profile: Get", Loader, "92:3: `profile` is there twice"),
            ("title: Acme Anvils", "title: &a A", Loader, "11:11: anchors and aliases are not supported; repeat the value"),
            ("title: Acme Anvils", "title: A\n<<: {}", Loader, "12:1: merge keys are not supported; repeat the fields"),
            ("title: Acme Anvils", "title: !acme A", Loader, "11:8: unsupported tag `!acme`"),
            ("title: Acme Anvils", "title: 'Acme", Loader, "13:1: invalid indentation in multiline quoted scalar"),
            ("title: Acme Anvils", "title: A\u{2028}B", Loader, "11:9: U+2028 (line separator) ends a line for some readers of YAML"),
            ("title: Acme Anvils", "title: A # B\u{85}", Loader, "11:13: U+0085 (next line) ends a line for some readers of YAML"),
            ("title: Acme Anvils", "title: A\rwebsite: B", Loader, "11:9: a carriage return without a line feed"),
            ("title: Acme Anvils", "\u{feff}title: A", Loader, "11:1: U+FEFF (byte order mark) inside of a file"),
            ("title: Acme Anvils", "title: A\0", Loader, "11:9: unexpected character: `\\u{0}'"),
            ("    public: true\n", "    public: true\n---\na: b\n", Loader, "140:1: a second document begins; a file has one"),
            // What the values must obey.
            ("provider: acme", "provider: Acme", Both, "10:11: `provider` must be lower case letters, digits, `-` and `_`"),
            ("provider: acme", "provider: a.b", Both, "10:11: `provider` must be"),
            ("env_prefix: ACME", "env_prefix: Acme", Both, "24:13: `env_prefix` must be like `ACME`"),
            ("env_prefix: ACME", "env_prefix: ACME_", Both, "24:13: `env_prefix` must be like `ACME`"),
            ("env_prefix: ACME", "env_prefix: XREQ", Both, "24:13: `env_prefix` must not be `XREQ`"),
            ("name: ACME_CLIENT_SECRET", "name: XREQ_HOME", Both, "27:11: `remove_env[0].name` is no name of a variable that can be removed"),
            ("name: ACME_CLIENT_SECRET", "name: ACME_ACCESS_TOKEN", Loader, "27:11: `remove_env[0].name` is `ACME_ACCESS_TOKEN`, which the agent is to get"),
            ("env_prefix: ACME", "env_prefix: DYLD", Loader, "24:13: `env_prefix` gives `DYLD_ACCESS_TOKEN`, which decides what the dynamic linker loads into programs"),
            ("name: ACME_CLIENT_SECRET", "name: HTTPS_PROXY", Loader, "27:11: `remove_env[0].name` is `HTTPS_PROXY`, which decides through which machine requests go"),
            ("name: ACME_CLIENT_SECRET", "name: SSL_CERT_FILE", Loader, "27:11: `remove_env[0].name` is `SSL_CERT_FILE`, which decides which certificates"),
            ("name: ACME_CLIENT_SECRET", "name: OPENAI_API_KEY", Loader, "27:11: `remove_env[0].name` is `OPENAI_API_KEY`, which is not the provider's: it must begin with `ACME_`"),
            ("name: ACME_CLIENT_SECRET", "name: ACMES_TOKEN", Loader, "27:11: `remove_env[0].name` is `ACMES_TOKEN`, which is not the provider's"),
            ("token_url: https:", "token_url: http:", Both, "33:14: `endpoints.token_url` must begin with `https://`"),
            ("issuer: https://login.acme.example", "issuer: https://login.acme.example/?a", Both, "37:11: `endpoints.issuer` must not have a query"),
            ("issuer: https://login.acme.example", "issuer: http://login.acme.example", Both, "37:11: `endpoints.issuer` must begin with `https://`"),
            ("  issuer: https://login.acme.example\n", "", Loader, "40:49: `authorization_response_iss_parameter_supported` needs `endpoints.issuer`"),
            ("http://127.0.0.1:8081/callback", "/callback", Both, "48:15: `redirect_uri` must be a URL"),
            ("api_hosts: [eu.api", "api_hosts: [a.b, https://eu.api", Both, "39:18: `api_hosts` has `https://eu.api.acme.example`, which is no host name"),
            ("read: \"2026-10-01\"", "read: \"1 October\"", Both, "21:9: `specification.read` must be a day such as `2026-10-01`"),
            ("read: \"2026-10-01\"", "read: \"20261001\"", Both, "21:9: `specification.read` must be a day such as `2026-10-01`"),
            ("  confidential: client_secret_post\n  public: none", "  {}", Both, "45:3: `client_authentication` must allow"),
            ("offline_scope: offline", "offline_scope: ofline", Loader, "50:16: `offline_scope` has `ofline`, which is not under `scopes`; did you mean `offline`?"),
            ("id: /account/id", "id: account.id", Both, "55:7: `account.id` must be a JSON pointer such as `/data/id`"),
            ("path: /v3/me", "path: /v3/you", Loader, "54:9: `account.path` has `/v3/you`, which no `GET` operation has"),
            ("refresh_token: 2592000", "refresh_token: 0", Both, "61:18: `lifetimes.refresh_token` must not be 0"),
            ("refresh_margin: 120", "refresh_margin: 3600", Loader, "63:19: `lifetimes.refresh_margin` must be less than `access_token`"),
            ("^acme_rt_[0-9a-f]{40}$", "'^acme_rt_['", Loader, "87:14: `token_shapes[1].pattern` is no regular expression: "),
            ("scopes:\n", "scopes:\n  \"a b\": See\n", Both, "91:3: `scopes.a b` is no scope"),
            ("capabilities:\n", "capabilities:\n  amce.x: {title: T, allows: a, published: [profile]}\n", Loader, "97:3: `capabilities.amce.x` must be `acme.` and lower case words"),
            ("capabilities:\n", "capabilities:\n  acme.: {title: T, allows: a, published: [profile]}\n", Both, "97:3: `capabilities.acme.` must be `acme.`"),
            ("published: [orders:read]", "published: []", Loader, "119:12: `operations[1].keys` has `acme.order.read`, which lacks `orders:read`"),
            ("published: [orders:read]", "published: [profile, orders:raed]", Loader, "101:26: `capabilities.acme.order.read.published` has `orders:raed`, which is not under `scopes`; did you mean `orders:read`?"),
            ("api: [orders:write, profile]", "api: []", Both, "107:10: `capabilities.acme.order.write.api` must name at least one scope, or be left out"),
            ("path: /v3/orders/{id}\n", "path: v3/orders/{id}\n", Both, "117:11: `operations[1].path` must be like `/things/{id}`"),
            ("path: /v3/orders/{id}\n", "path: /v3/orders/id-{id}\n", Both, "117:11: `operations[1].path` must be like `/things/{id}`"),
            ("path: /v3/orders/{id}\n", "path: /v3/orders/{}\n", Both, "117:11: `operations[1].path` must be like `/things/{id}`"),
            ("path: /v3/orders/{id}\n", "path: /v3/../{id}\n", Both, "117:11: `operations[1].path` must be like `/things/{id}`"),
            ("method: POST\n    path: /v3/orders\n", "method: GET\n    path: /v3/orders/{order}\n", Loader, "121:5: `operations[2]` matches the same requests as `operations[1]`"),
            ("keys: [acme.order.write]", "keys: [acme.order.wirte]", Loader, "124:12: `operations[2].keys` has `acme.order.wirte`, which is not under `capabilities`; did you mean `acme.order.write`?"),
            ("keys: [acme.order.write]", "keys: [acme.order.read]", Loader, "124:12: `operations[2].keys` has `acme.order.read`, which lacks `orders:write profile`"),
            ("    user: [orders:write, profile]", "    user: [orders:write, profile]\n    standing: true", Loader, "124:12: `operations[2].keys` has `acme.order.write`, which is not `standing`, as the operation is"),
            ("    user: [orders:read]\n", "    app_only: true\n", Loader, "119:12: `operations[1].keys` has `acme.order.read`, but no user token is accepted"),
            ("public: true", "public: false", Both, "136:5: `operations[5]` must accept `user`, `parts`, `app_only`, `oauth1`, `static` or `service_account`, or else be `public`"),
            ("public: true", "public: true\n    oauth1: true", Both, "136:5: `operations[5]` must accept"),
        ] {
            wrong.extend(unexpected(ACME, [from, to], by, expected, &schema));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Returns what is wrong with what is found in an example in which one text is replaced by another.
    fn unexpected(
        example: &str,
        [from, to]: [&str; 2],
        by: By,
        expected: &str,
        schema: &jsonschema::Validator,
    ) -> Option<String> {
        assert!(example.contains(from), "{from:?} is not in the example");
        let text = example.replacen(from, to, 1);
        let found = faults(&text);
        let refused = document(&text).is_some_and(|document| !schema.is_valid(&document));
        let by_whom = if refused { By::Both } else { By::Loader };
        let is_right = found.starts_with(expected) && !found.contains('\n') && by_whom == by;
        (!is_right).then(|| format!("{to:?} by {by_whom:?}: {found:?}, not {expected:?}"))
    }

    /// The same with the example of scopes that stand to one another.
    #[test]
    #[rustfmt::skip]
    fn mistakes_in_scopes_are_found_where_they_are() {
        use By::{Both, Loader};
        let schema = schema();
        let mut wrong = Vec::new();
        let steps: Vec<_> = (0..9).map(|at| format!("  s{at}: {{text: S, implies: [s{}]}}\n", at + 1)).collect();
        let long = format!("scopes:\n{}  s9: S\n", steps.concat());
        for (from, to, by, expected) in [
            // Definitions.
            ("drawings.read: See all drawings", "drawings.read:", Both, "19:16: a text, or a mapping with `text`, is expected"),
            ("drawings.read: See all drawings", "drawings.read: 12", Both, "19:18: a text, or a mapping with `text`, is expected"),
            ("drawings.read: See all drawings", "drawings.read: [a]", Both, "19:18: a text, or a mapping with `text`, is expected"),
            ("drawings.read: See all drawings", "drawings.read: ''", Both, "19:18: `scopes.drawings.read` must be one line of text"),
            ("    text: See, change and delete all drawings\n", "    text: ''\n", Both, "23:11: `scopes.drawings.text` must be one line of text"),
            ("    text: See, change and delete all drawings\n", "", Both, "23:5: the field `text` is missing"),
            ("    implies: [", "    implise: [", Both, "24:5: unknown field `implise`; did you mean `implies`?"),
            ("implies: [drawings.read, drawings.own]", "implies: drawings.read", Both, "24:14: a list is expected"),
            ("implies: [drawings.read, drawings.own]", "implies:", Both, "24:12: a list is expected"),
            ("implies: [drawings.read, drawings.own]", "implies: [drawings.own, drawings.raed]", Loader, "24:29: `scopes.drawings.implies` has `drawings.raed`, which is not under `scopes`; did you mean `drawings.read`?"),
            ("narrow: sees only", "narrow: '' #", Both, "29:13: `scopes.drawings.own.narrow` must be one line of text"),
            ("narrow: sees only drawings that this app made", "narrow:", Both, "29:11: a text is expected"),
            // Circles and long ways.
            ("implies: [drawings.read, drawings.own]", "implies: [drawings]", Loader, "24:15: `scopes.drawings.implies` has `drawings`, and so includes itself: drawings → drawings"),
            ("    narrow: sees", "    implies: [archive.read, drawings]\n    narrow: sees", Loader, "29:29: `scopes.drawings.own.implies` has `drawings`, and so includes itself: drawings → drawings.own → drawings"),
            ("scopes:\n", &long, Loader, "18:26: `scopes.s0.implies` leads on for more than 8 steps"),
            // Other names.
            ("/scopes/read: drawings.read", "/scopes/read: drawings.raed", Loader, "35:40: `scope_aliases.https://atelier.example/scopes/read` is `drawings.raed`, which is not under `scopes`; did you mean `drawings.read`?"),
            ("  https://atelier.example/scopes/read:", "  drawings.own:", Loader, "35:3: `scope_aliases.drawings.own` is a scope itself"),
            ("  https://atelier.example/scopes/read:", "  \"a b\":", Both, "35:3: `scope_aliases.a b` is no scope"),
            ("drawings.read\n\ncap", "[a]\n\ncap", Both, "35:40: a text is expected"),
            // Alternatives.
            ("any_of: [[archive.read], [drawings.own]]", "any_of: []", Both, "43:13: at least one list of scopes is expected"),
            ("any_of: [[archive.read], [drawings.own]]", "any_of: [archive.read]", Both, "43:14: a list is expected"),
            ("any_of: [[archive.read], [drawings.own]]", "any_of:", Both, "43:11: a list is expected"),
            ("any_of: [[archive.read], [drawings.own]]", "any_of: [[archive.read], []]", Both, "43:30: `capabilities.atelier.drawing.read.any_of[1]` must name at least one scope"),
            ("any_of: [[archive.read], [drawings.own]]", "any_of: [[archive.read], [drawings.own, archive.raed]]", Loader, "43:45: `capabilities.atelier.drawing.read.any_of[1]` has `archive.raed`, which is not under `scopes`; did you mean `archive.read`?"),
            ("any_of: [[drawings.read], [arch", "any_of: [[drawings.raed], [arch", Loader, "56:22: `operations[0].user.any_of[0]` has `drawings.raed`, which is not under `scopes`; did you mean `drawings.read`?"),
            ("[archive.read], [drawings.own]]}", "[archive.read], [drawings.wno]]}", Loader, "56:55: `operations[0].user.any_of[2]` has `drawings.wno`, which is not under `scopes`; did you mean `drawings.own`?"),
            ("[archive.read], [drawings.own]]}", "[archive.read], []]}", Both, "56:54: `operations[0].user.any_of[2]` must name at least one scope"),
            ("user: {any_of: [[drawings.read], [archive.read], [drawings.own]]}", "user: {}", Both, "56:11: the field `any_of` is missing"),
            ("user: {any_of: [[drawings.read], [archive.read], [drawings.own]]}", "user: {any_of: []}", Both, "56:20: at least one list of scopes is expected"),
            ("user: {any_of: [[d", "user: {all_of: [[d", Both, "56:12: unknown field `all_of`; did you mean `any_of`?"),
            ("user: {any_of: [[drawings.read], [archive.read], [drawings.own]]}", "user: {any_of: [[drawings.own]]}", Loader, "54:12: `operations[0].keys` has `atelier.drawing.read`, which lacks `drawings.own`"),
            ("user: {any_of: [[drawings.read], [archive.read], [drawings.own]]}", "user: {any_of: [[drawings.read], [archive.read]]}", Loader, "54:12: `operations[0].keys` has `atelier.drawing.read`, whose `any_of[1]` lacks `drawings.read`"),
        ] {
            wrong.extend(unexpected(SCOPES, [from, to], by, expected, &schema));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // Two ways to the same scope are no circle, and eight steps not too many.
        let two_ways = "  a: {text: S, implies: [drawings, drawings.own]}\n  archive.read:";
        assert_eq!(faults(&SCOPES.replacen("  archive.read:", two_ways, 1)), "");
        assert_eq!(faults(&SCOPES.replacen("scopes:\n", &long.replacen(&steps[0], "", 1), 1)), "");
    }

    #[test]
    fn all_mistakes_are_reported_in_their_order() {
        let text = ACME
            .replace("provider: acme", "provider: acme/x")
            .replace("pattern: ^acme_at", "pattern: '[' #")
            .replace("env_prefix: ACME", "env_prefix: _")
            .replace("http://127.0.0.1", "http://example.com");
        let lines: Vec<_> = faults(&text).lines().map(|line| line[..6].to_owned()).collect();
        assert_eq!(lines, ["10:11:", "24:13:", "48:15:", "85:14:"]);
    }

    #[test]
    fn what_is_no_provider_at_all_is_refused() {
        let deep = "[".repeat(100_000);
        for (text, expected) in [
            ("", "1:1: a mapping is expected"),
            ("# nothing", "1:1: a mapping is expected"),
            ("~", "1:1: a mapping is expected"),
            ("x", "1:1: a mapping is expected"),
            ("{}", "1:1: the field `provider` is missing"),
            ("provider: x\r\ntitel: y\r\n", "2:1: unknown field `titel`"),
            ("{\n\t\"provider\": \"x\",\n\t\"titel\": 1}", "3:2: unknown field `titel`"),
            (r#"{"\u001b[2J": 1}"#, r"1:2: unknown field `\u{1b}[2J`"),
            (&format!("scopes: {deep}"), "1:73: recursion limit exceeded"),
            (&deep, "1:65: recursion limit exceeded"),
        ] {
            let found = faults(text);
            assert!(found.starts_with(expected), "{found:?}, not {expected:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_skipped_once() {
        let error = |text: &str| {
            provider(Path::new("x.yaml"), text.as_bytes()).expect_err("it is none").to_string()
        };
        let found = error("\u{feff}provider: x\r\ntitel: y\r\n");
        assert!(found.starts_with("x.yaml:2:1: unknown field `titel`"), "{found}");
        let found = error("\u{feff}\u{feff}provider: x\n");
        assert!(found.contains("byte order mark"), "{found}");
    }
}
