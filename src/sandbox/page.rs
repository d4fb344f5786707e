//! The pages that an account's owner sees.

use super::client::RegisteredClient;
use super::consent_request::{ConsentRequest, PARAMETERS};
use super::device::DeviceRequest;
use super::http::{Parameters, Reply};
use super::oauth1_tokens::{OUT_OF_BAND, RequestToken};
use super::state::State;
use super::world::OWNERS;
use crate::catalog::Provider;
use crate::http::server::Page;
use crate::model::access_level::AccessLevel;
use crate::model::scope::ScopeSet;
use crate::text::html::escaped;

const STYLE: &str = include_str!("page.css");

/// Returns the page that asks an account's owner for consent: who asks, for what in words, and the
/// decision, which is sent to the same path; the single scopes, which may be left out, stand behind
/// it.
pub(super) fn consent(
    state: &State,
    asked: &ConsentRequest<'_>,
    parameters: &Parameters,
    path: &str,
) -> Reply {
    let provider = state.provider();
    let (app, title) = (escaped(&asked.client.name), escaped(&provider.title));
    let actions = actions(provider, &asked.scopes);
    let mut form = form(state, path);
    for (name, value) in PARAMETERS.iter().filter_map(|name| Some((name, parameters.get(name)?))) {
        form.push_str(&hidden(name, value));
    }
    form.push_str(&hidden("form_token", &state.form_token));
    form.push_str(&decision());
    form.push_str(&note(&title));
    form.push_str(&choice(provider, &asked.scopes));
    form.push_str(&format!(
        "<p>Client id: <code>{}</code></p>\n<p>The answer goes to \
         <code>{}</code></p>\n</details>\n</form>\n",
        escaped(&asked.client.client_id),
        escaped(asked.redirect_uri)
    ));
    let heading = format!("{} wants to use your {} account", asked.client.name, provider.title);
    let body = format!("<p>If you allow it, {app} can:</p>\n<ul>\n{actions}</ul>\n{form}");
    page(200, &heading, &body, &format!("'self' {}", origin(asked.redirect_uri)))
}

/// Returns the page where a code is typed (RFC 8628 section 3.3).
pub(super) fn device_code(state: &State) -> Reply {
    let mut form = format!(
        "<form method=\"get\" action=\"{}{}\">\n<label class=\"code\">The code that the device shows \
         <input name=\"user_code\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" \
         autofocus required></label>\n\
         <div class=\"decision\"><button>Continue</button></div>\n</form>\n",
        state.base_path, state.paths.device_page
    );
    form.push_str(&note(&escaped(&state.provider().title)));
    page(200, "Connect a device", &form, "'self'")
}

/// Returns the page that asks an account's owner for consent to what another device asks for.
pub(super) fn device_consent(state: &State, asked: &DeviceRequest) -> Reply {
    let provider = state.provider();
    let client = state.clients.iter().find(|client| client.client_id == asked.client_id);
    let name = client.map_or("", |client| client.name.as_str());
    let mut form = form(state, state.paths.device_page);
    form.push_str(&hidden("user_code", &asked.user_code));
    form.push_str(&hidden("form_token", &state.form_token));
    form.push_str(&decision());
    form.push_str(&note(&escaped(&provider.title)));
    form.push_str(&choice(provider, &asked.scopes));
    form.push_str("</details>\n</form>\n");
    let heading = format!("{name} wants to use your {} account", provider.title);
    let body = format!(
        "<p>Go on only if your device shows the code <code>{}</code>. If you allow it, {} can:</p>\n\
         <ul>\n{}</ul>\n{form}",
        escaped(&asked.user_code),
        escaped(name),
        actions(provider, &asked.scopes)
    );
    page(200, &heading, &body, "'self'")
}

/// Returns the page after the decision.
pub(super) fn device_decided(is_granted: bool) -> Reply {
    let (title, next) = if is_granted {
        ("You allowed it", "You can close this page: the device goes on by itself.")
    } else {
        ("You did not allow it", "Nothing was given. You can close this page.")
    };
    private(page(200, title, &format!("<p>{next}</p>\n{OF_SANDBOX}"), "'none'"))
}

/// Returns the page that asks an account's owner for a token of OAuth 1.0a, which has a level and no
/// scopes.
pub(super) fn oauth1_consent(state: &State, asked: &RequestToken, token: &str) -> Reply {
    let provider = state.provider();
    let is_its = |client: &&RegisteredClient| {
        client.consumer().is_some_and(|(key, _)| key == asked.consumer_key)
    };
    let name = state.clients.iter().find(is_its).map_or("", |client| client.name.as_str());
    let abilities = [
        (AccessLevel::Read, "read what you can read"),
        (AccessLevel::ReadWrite, "post, like and follow as you"),
        (AccessLevel::ReadWriteDirectMessages, "read and send your direct messages"),
    ];
    let abilities = abilities.iter().filter(|(level, _)| *level <= asked.level);
    let actions: String = abilities.map(|(_, ability)| item(ability)).collect();
    let mut form = form(state, "/oauth/authorize");
    form.push_str(&hidden("oauth_token", token));
    form.push_str(&hidden("form_token", &state.form_token));
    form.push_str(&decision());
    form.push_str(&note(&escaped(&provider.title)));
    form.push_str("</form>\n");
    let heading = format!("{name} wants to use your {} account", provider.title);
    let body =
        format!("<p>If you allow it, {} can:</p>\n<ul>\n{actions}</ul>\n{form}", escaped(name));
    let origin =
        if asked.callback == OUT_OF_BAND { String::new() } else { origin(&asked.callback) };
    page(200, &heading, &body, format!("'self' {origin}").trim_end())
}

/// Returns the page that shows a PIN, for an app that no browser is sent back to.
pub(super) fn pin(pin: &str) -> Reply {
    let body =
        format!("<p>Type this PIN into the app:</p>\n<p><code>{}</code></p>\n", escaped(pin));
    private(page(200, "You allowed it", &body, "'none'"))
}

/// Returns the beginning of a form that is sent to a path.
pub(super) fn form(state: &State, path: &str) -> String {
    format!("<form method=\"post\" action=\"{}{}\">\n", state.base_path, escaped(path))
}

/// Returns the accounts to choose from, and the buttons.
pub(super) fn decision() -> String {
    let mut form = String::from(
        "<div class=\"decision\">\n\
         <fieldset class=\"accounts\"><legend>As which account?</legend>\n",
    );
    for (at, username) in OWNERS.iter().enumerate() {
        let checked = if at == 0 { " checked" } else { "" };
        form.push_str(&format!(
            "<label><input type=\"radio\" name=\"account\" value=\"{username}\"{checked}>\
             <span>@{username}</span></label>\n"
        ));
    }
    form.push_str(
        "</fieldset>\n\
         <button name=\"decision\" value=\"authorize\">Allow</button>\
         <button name=\"decision\" value=\"cancel\">Don&#39;t allow</button></div>\n",
    );
    form
}

/// Returns what an app could do with scopes, as items of a list.
pub(super) fn actions(provider: &Provider, scopes: &ScopeSet) -> String {
    let mut actions: String = provider.abilities(scopes).iter().map(|it| item(it)).collect();
    if provider.offline_scope.as_ref().is_some_and(|scope| scopes.contains(scope)) {
        actions.push_str(&item("do so without asking you again, until you take it back"));
    }
    actions
}

/// Returns the beginning of the details: the scopes, each of which may be left out.
fn choice(provider: &Provider, scopes: &ScopeSet) -> String {
    if scopes.is_empty() {
        return "<details>\n<summary>Details</summary>\n".to_owned();
    }
    let mut details = String::from(
        "<details>\n<summary>Details, or allow less</summary>\n<fieldset>\
         <legend>Scopes to grant</legend>\n",
    );
    let described = provider.scopes.iter();
    for (scope, definition) in described.filter(|(scope, _)| scopes.contains(scope)) {
        details.push_str(&format!(
            "<label><input type=\"checkbox\" name=\"granted\" value=\"{0}\" checked>\
             <span>{1}<small>{0}</small></span></label>\n",
            escaped(scope),
            escaped(&definition.text)
        ));
    }
    details + "</fieldset>\n"
}

fn item(text: &str) -> String {
    format!("<li>{}</li>\n", escaped(text))
}

/// Returns the note that nothing here is real; the title is HTML.
pub(super) fn note(title: &str) -> String {
    format!(
        "<p class=\"note\"><b>This is for practice:</b> the sandbox of xreq, not {title}. Nothing leaves this \
         machine.</p>\n"
    )
}

/// Returns the page for a request that cannot be answered to the app.
pub(super) fn refusal(why: &str) -> Reply {
    page(400, REFUSED, &format!("<p>{}</p>\n{BACK}", escaped(why)), "'none'")
}

/// Returns the page for a redirect URI that the client did not register: it says which ones there
/// are.
pub(super) fn wrong_redirect(client: &RegisteredClient, given: &str) -> Reply {
    let known = client.redirect_uris.iter().map(|uri| format!("<li><code>{}</code>", escaped(uri)));
    let body = format!(
        "<p>The redirect URI <code>{}</code> is not registered for {}. It has to be one of these, \
         letter by letter:</p>\n<ul>{}</ul>\n{BACK}",
        escaped(given),
        escaped(&client.name),
        known.collect::<String>()
    );
    page(400, REFUSED, &body, "'none'")
}

/// The title of the pages without a decision.
const REFUSED: &str = "The app could not be given access";

/// The way back of the pages without a decision.
const BACK: &str = "<p>Nothing was changed. Go back to where you came from, and start again there.</p>\n\
    <p class=\"note\">This page is of the sandbox of xreq, on this machine.</p>\n";

/// The note of the pages behind a decision.
const OF_SANDBOX: &str =
    "<p class=\"note\">This page is of the sandbox of xreq, on this machine.</p>\n";

/// Keeps an answer out of caches and its address out of other requests: it may hold a code.
pub(super) fn private(reply: Reply) -> Reply {
    reply.with_header("cache-control", "no-store").with_header("referrer-policy", "no-referrer")
}

pub(super) fn page(status: u16, title: &str, body: &str, form_action: &str) -> Reply {
    let page = Page {
        title: title.to_owned(),
        style: STYLE,
        body: format!("<main>\n<h1>{}</h1>\n{body}</main>\n", escaped(title)),
        form_action: form_action.to_owned(),
    };
    let reply = Reply::html(status, page.html());
    page.headers().into_iter().fold(reply, |reply, (name, value)| reply.with_header(name, value))
}

pub(super) fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escaped(value))
}

/// Returns the origin that a browser may be redirected to after the form, as a source of a content
/// security policy: Chromium holds redirects against `form-action` too.
pub(super) fn origin(redirect_uri: &str) -> String {
    let safe = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b','));
    let origin = match redirect_uri.split_once("://") {
        Some((scheme @ ("http" | "https"), rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            format!("{scheme}://{authority}")
        }
        _ => format!("{}:", redirect_uri.split(':').next().unwrap_or_default()),
    };
    if safe(&origin) { origin } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_where_the_browser_is_sent() {
        for (uri, expected) in [
            ("http://127.0.0.1:8080/callback", "http://127.0.0.1:8080"),
            ("https://app.example?x=1", "https://app.example"),
            ("app.example:/callback", "app.example:"),
            ("http://a;b/", ""),
        ] {
            assert_eq!(origin(uri), expected);
        }
    }
}
