//! The rules for the paths of a provider's operations.

use regex_lite::Regex;

use super::Check;
use crate::catalog::locate::Place;
use crate::catalog::operation::{Operation, RequestBody};
use crate::catalog::template;
use crate::text::nearest::suggestion;

impl Check<'_> {
    pub(super) fn path(&mut self, place: &Place, operation: &Operation) {
        if let Some(fault) = template::fault(&operation.path) {
            self.report(place.field("path"), fault);
        }
        self.service(place, operation.service.as_deref());
        for (name, parameter) in &operation.parameters {
            let parameters = place.field("parameters");
            if !template::has_parameter(&operation.path, name) {
                self.report(parameters.name(name), "is no parameter of the path");
            }
            let pattern = parameter.pattern.as_deref().map(Regex::new);
            if let Some(Err(error)) = pattern {
                let what = format!("is no regular expression: {error}");
                self.report(parameters.field(name).field("pattern"), what);
            }
        }
    }

    /// Checks names of parameters of a query, or of a body.
    pub(super) fn parameter_names(&mut self, place: &Place, names: &[String]) {
        for (at, name) in names.iter().enumerate() {
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                let what = format!("has `{name}`, which is no name of a parameter");
                self.report(place.item(name), what);
            } else if names[..at].contains(name) {
                self.report(place.item(name), format!("has `{name}` twice"));
            }
        }
    }

    /// Checks that parameters which may stand several times are among those of the query.
    pub(super) fn repeated(&mut self, place: &Place, operation: &Operation) {
        let place = place.field("repeated");
        self.parameter_names(&place, &operation.repeated);
        for name in operation.repeated.iter().filter(|name| !operation.query.contains(name)) {
            self.report(place.item(name), format!("has `{name}`, which is not under `query`"));
        }
    }

    pub(super) fn body(&mut self, place: &Place, body: &RequestBody) {
        if body.types.is_empty() {
            self.report(place.field("types"), "must name at least one media type");
        }
        for media_type in &body.types {
            if !is_media_type(media_type) {
                let what =
                    format!("has `{media_type}`, which is no media type such as `text/plain`");
                self.report(place.field("types").item(media_type), what);
            }
        }
        self.parameter_names(&place.field("fields"), &body.fields);
    }

    /// Checks the name of a service that stands in a mapping.
    pub(super) fn service(&mut self, place: &Place, service: Option<&str>) {
        let known = &self.provider.services;
        if let Some(service) = service.filter(|service| !known.contains_key(*service)) {
            let meant = suggestion(service, known.keys().map(String::as_str));
            let what = format!("is `{service}`, which is not under `services`{meant}");
            self.report(place.field("service"), what);
        }
    }
}

/// Returns whether a text is a media type without parameters (RFC 9110 section 8.3.1), or a range of them.
fn is_media_type(text: &str) -> bool {
    let is_part = |part: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-*".contains(&byte);
        !part.is_empty() && part.bytes().all(inside)
    };
    text.split_once('/').is_some_and(|(kind, subtype)| is_part(kind) && is_part(subtype))
}
