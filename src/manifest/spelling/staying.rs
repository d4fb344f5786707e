//! The statements of an app about its tokens while it runs: how it can take new ones, and how it is
//! told.

use super::super::Spanned;
use super::super::delivery::{Delivery, OnRefresh};
use super::super::node::Node;
use super::Reader;
use crate::findings::{Diagnostic, Rule};
use crate::text::escape::quoted;
use crate::text::nearest::{is_slip, nearest};

impl Reader<'_> {
    pub(super) fn delivery(&mut self, list: &Node<'_>) {
        let mut first = Vec::new();
        for (name, span) in self.values.strings(list, "delivery") {
            let Ok(delivery) = name.parse::<Delivery>() else {
                let finding = Diagnostic::new(
                    Rule::BadValue,
                    span,
                    format!("{} is no way in which an agent gets tokens", quoted(&name)),
                );
                let names = Delivery::ALL.map(Delivery::name);
                self.values.report(match nearest(&name, names) {
                    Some(meant) => suggest(finding, meant, is_slip(&name, meant)),
                    None => finding.help("the ways are `env`, `file` and `endpoint`"),
                });
                continue;
            };
            if let Some((_, place)) = first.iter().find(|(known, _)| *known == delivery) {
                self.values.report(
                    Diagnostic::new(
                        Rule::BadValue,
                        span,
                        format!("`{}` is listed twice", delivery.name()),
                    )
                    .related(Clone::clone(place), "first here")
                    .help("keep one of the two"),
                );
                continue;
            }
            first.push((delivery, span));
        }
        self.found.delivery =
            first.into_iter().map(|(value, span)| Spanned { value, span }).collect();
    }

    pub(super) fn on_refresh(&mut self, node: &Node<'_>) {
        let Some(text) = self.values.string(node, "`on_refresh`") else { return };
        match read(&text) {
            Ok(value) => {
                self.found.on_refresh = Some(Spanned { value, span: node.span.clone() });
            }
            Err(help) => {
                let finding = Diagnostic::new(
                    Rule::BadValue,
                    node.span.clone(),
                    format!("{} is no way to tell an agent of a new token", quoted(&text)),
                );
                self.values.report(match OnRefresh::meant(&text) {
                    Some((meant, is_sure)) => suggest(finding, &meant, is_sure),
                    None => finding.help(help),
                });
            }
        }
    }
}

/// Reads an `on_refresh` of a manifest, which is read on other machines than its author's: a signal
/// has a name there, since its number may be another one's.
fn read(text: &str) -> Result<OnRefresh, String> {
    if text.strip_prefix("signal=").is_some_and(|signal| signal.parse::<i32>().is_ok()) {
        return Err("write the signal's name, as in `signal=HUP`: numbers differ between systems"
            .to_owned());
    }
    text.parse()
}

fn suggest(finding: Diagnostic, meant: &str, is_sure: bool) -> Diagnostic {
    let finding = finding.label(format!("did you mean `{meant}`?"));
    if is_sure { finding.fix(meant) } else { finding }
}
