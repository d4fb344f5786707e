//! Files of other programs that are known by name: where their token is, or why it is of no use.

use serde_json::{Map, Value};

use super::unusable::Unusable;
use crate::error::{Advice, Parameter, Remedy, advice};
use crate::model::credential_id::Kind;

/// Fields of OAuth 1.0a: a signature takes all four keys, and no bearer token is among them.
const OAUTH1: [&str; 8] = [
    "oauth_token_secret",
    "access_token_secret",
    "token_secret",
    "consumer_key",
    "consumer_secret",
    "api_secret",
    "api_secret_key",
    "api_key_secret",
];

/// A word for the provider that is meant.
const ANY: &str = "PROVIDER";

/// The form in which a file keeps its token.
pub(super) struct TokenFields {
    /// The fields of the token.
    pub(super) fields: Map<String, Value>,
    /// The client that it belongs to, where that stands beside it.
    pub(super) client_id: Option<Value>,
    /// The host whose token it is, where the file says that.
    pub(super) host: Option<String>,
}

impl TokenFields {
    fn of(fields: Map<String, Value>) -> Self {
        Self { fields, client_id: None, host: None }
    }
}

/// Finds the fields of the token in a file.
///
/// # Errors
///
/// The file is of a kind that has no token for xreq.
pub(super) fn find(mut file: Map<String, Value>) -> Result<TokenFields, Unusable> {
    if let Some(refused) = refused(&file) {
        return Err(refused);
    }
    if file.contains_key("apps") || file.contains_key("oauth2_tokens") {
        return of_xurl(file);
    }
    if let Some(host) = host_of_gh(&file) {
        return of_gh(file, host);
    }
    // Some programs keep the answer of the server in a field of its own; `credential` is that of gcloud.
    for name in ["token", "tokens", "token_response", "credential"] {
        let holds_all = !file.contains_key("access_token") && !file.contains_key("accessToken");
        if holds_all && file.get(name).is_some_and(Value::is_object) {
            let Some(Value::Object(fields)) = file.remove(name) else { continue };
            return Ok(TokenFields {
                client_id: file.remove("client_id"),
                ..TokenFields::of(fields)
            });
        }
    }
    Ok(TokenFields::of(file))
}

fn refused(file: &Map<String, Value>) -> Option<Unusable> {
    let has = |name: &str| file.contains_key(name);
    let kind = file.get("type").and_then(Value::as_str).unwrap_or_default();
    let (what, way_out): (_, Advice) = match kind {
        "authorized_user" if !has("access_token") && !has("token") => (
            "this is an `authorized_user` file of Google, which has a refresh token and no access token",
            advice![
                connect().request(),
                " asks the account's owner for both; where the provider has service accounts, ",
                import_source().request(),
                " stores it, and mints tokens from it"
            ],
        ),
        "service_account" | "gdch_service_account" => return Some(service_account()),
        "external_account"
        | "external_account_authorized_user"
        | "impersonated_service_account" => (
            "this is a configuration of Google's workload identities, and no token",
            advice![
                "name the program that prints a token: ",
                import_source().with(Parameter::Command),
                "; or the file that has one: ",
                import_source().with(Parameter::TokenFile)
            ],
        ),
        _ if has("private_key") && has("client_email") => return Some(service_account()),
        _ if has("installed") || has("web") => (
            "this is a client of Google (`client_secret.json`), and no token of an account",
            advice![Remedy::set_client(ANY).request(), " stores a client"],
        ),
        _ if has("profiles") && has("configuration") => (
            "this is the file of twurl, whose tokens are of OAuth 1.0a, which is not supported",
            advice![connect().request(), " asks for a token of OAuth 2.0"],
        ),
        _ if OAUTH1.iter().any(|name| has(name)) => (
            "these are keys of OAuth 1.0a, which is not supported",
            advice![connect().request(), " asks for a token of OAuth 2.0"],
        ),
        _ if has("AccessKeyId") || has("SecretAccessKey") || has("aws_access_key_id") => {
            return Some(aws());
        }
        _ if has("startUrl") || has("start_url") => (
            "this is a token of AWS IAM Identity Center, which opens no API of a provider here",
            "an agent gets AWS's credentials from its own configuration".into(),
        ),
        _ if file.values().any(is_team_of_slack) => (
            "this is the file of the Slack CLI, whose tokens are for that program alone",
            "give an app's own token, as Slack shows it under “OAuth & Permissions”".into(),
        ),
        _ if has("id_token") && !has("access_token") => (
            "there is an ID token and no access token: it says who somebody is, and opens no API",
            "give the whole token response".into(),
        ),
        _ => return None,
    };
    Some(Unusable::new(what).with_way_out(way_out))
}

fn connect() -> Remedy {
    Remedy::connect(ANY, None)
}

fn import_source() -> Remedy {
    let kind = Some(Kind::ServiceAccount.name());
    Remedy::Import { provider: ANY.to_owned(), account: None, kind }
}

fn service_account() -> Unusable {
    Unusable::new("this is the key of a service account, and no token").with_way_out(advice![
        "where the provider has service accounts, ",
        import_source().request(),
        " stores it, and mints tokens from it"
    ])
}

/// Returns the refusal of AWS's keys.
pub(super) fn aws() -> Unusable {
    Unusable::new("these are access keys of AWS, which are no OAuth tokens").with_way_out(advice![
        "store each as a secret: ",
        Remedy::AddSecret { name: "AWS_SECRET_ACCESS_KEY".to_owned() }.request()
    ])
}

fn is_team_of_slack(value: &Value) -> bool {
    value.get("team_domain").is_some() && value.get("token").is_some()
}

/// Finds the token of the default app and user in the store of xurl, which has apps since its version
/// 1.1.
fn of_xurl(mut file: Map<String, Value>) -> Result<TokenFields, Unusable> {
    let (mut app, client_id) = match file.remove("apps") {
        Some(Value::Object(apps)) => {
            let default = file.get("default_app").and_then(Value::as_str).unwrap_or_default();
            let mut app = choose(apps, default, "apps")?;
            let client_id = app.remove("client_id");
            (app, client_id)
        }
        _ => (file, None),
    };
    let Some(Value::Object(tokens)) = app.remove("oauth2_tokens") else {
        return Err(no_oauth2());
    };
    if tokens.is_empty() {
        return Err(no_oauth2());
    }
    let default = app.get("default_user").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut user = choose(tokens, &default, "users")?;
    let Some(Value::Object(fields)) = user.remove("oauth2") else { return Err(no_oauth2()) };
    // Without tags of their own, Go writes the names of fields so.
    let named = fields.into_iter().map(|(name, value)| match name.as_str() {
        "accesstoken" => ("access_token".to_owned(), value),
        "refreshtoken" => ("refresh_token".to_owned(), value),
        _ => (name, value),
    });
    Ok(TokenFields { client_id, ..TokenFields::of(named.collect()) })
}

fn no_oauth2() -> Unusable {
    Unusable::new("the file of xurl has no OAuth 2.0 token of a user").with_way_out(advice![
        "log in there with `xurl auth oauth2`, or here with ",
        connect().request()
    ])
}

/// Returns the entry of this name, or the only one.
fn choose(
    mut entries: Map<String, Value>,
    name: &str,
    what: &str,
) -> Result<Map<String, Value>, Unusable> {
    let chosen = if entries.contains_key(name) || entries.len() != 1 {
        entries.remove(name)
    } else {
        entries.into_iter().next().map(|(_, value)| value)
    };
    match chosen {
        Some(Value::Object(entry)) => Ok(entry),
        _ => Err(Unusable::new(format!(
            "the file of xurl has several {what}, and none is the default"
        ))
        .with_way_out("`xurl token` prints the token of one: pipe that in")),
    }
}

/// Returns the host that the file of `gh` has, if it is one: its entries are hosts.
fn host_of_gh(file: &Map<String, Value>) -> Option<String> {
    let is_entry = |value: &Value| {
        value.get("oauth_token").is_some() || value.get("users").is_some_and(Value::is_object)
    };
    let found = file.iter().find(|(host, value)| host.contains('.') && is_entry(value));
    found.map(|(host, _)| host.clone())
}

fn of_gh(mut file: Map<String, Value>, host: String) -> Result<TokenFields, Unusable> {
    let several = file.len() > 1;
    let token = match file.remove(&host) {
        Some(Value::Object(mut entry)) => entry.remove("oauth_token"),
        _ => None,
    };
    match token {
        Some(token @ Value::String(_)) if !several => {
            let fields = [("access_token".to_owned(), token)].into_iter().collect();
            Ok(TokenFields { host: Some(host), ..TokenFields::of(fields) })
        }
        _ => Err(Unusable::new(format!(
            "this is the file of GitHub's `gh`, {}",
            if several { "with several hosts" } else { "which keeps the token in the keyring" }
        ))
        .with_way_out("`gh auth token` prints a token: pipe that in")),
    }
}
