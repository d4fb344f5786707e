//! The page that asks for consent: what the app can do by each of its tokens. There is no choice among
//! scopes.

use super::request::{Asked, PARAMETERS};
use crate::sandbox::http::{Parameters, Reply};
use crate::sandbox::page::{actions, decision, form, hidden, note, origin, page};
use crate::sandbox::state::State;
use crate::text::html::escaped;

/// Returns the page.
pub(super) fn consent(state: &State, asked: &Asked<'_>, parameters: &Parameters) -> Reply {
    let provider = state.provider();
    let title = escaped(&provider.title);
    let mut body = String::new();
    for (part, scopes) in &asked.parts {
        let by = provider.parts.get(part).map_or("a token", |data| data.title.as_str());
        let actions = actions(provider, scopes);
        let app = escaped(&asked.client.name);
        body.push_str(&format!("<p>By {}, {app} can:</p>\n<ul>\n{actions}</ul>\n", escaped(by)));
    }
    body.push_str(&form(state, &state.paths.authorize.usual));
    for (name, value) in PARAMETERS.iter().filter_map(|name| Some((name, parameters.get(name)?))) {
        body.push_str(&hidden(name, value));
    }
    body.push_str(&hidden("form_token", &state.form_token));
    body.push_str(&decision());
    body.push_str(&note(&title));
    body.push_str("</form>\n");
    let heading = format!("{} wants to join your {} workspace", asked.client.name, provider.title);
    page(200, &heading, &body, &format!("'self' {}", origin(asked.redirect_uri)))
}
