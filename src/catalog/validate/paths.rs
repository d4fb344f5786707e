//! The rules for the paths of a provider's operations.

use regex_lite::Regex;

use super::Check;
use crate::catalog::locate::Place;
use crate::catalog::operation::Operation;
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
