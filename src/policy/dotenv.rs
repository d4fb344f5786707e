//! Variables of a launch that a `.env` file sets, too: a program that loads the file over its
//! environment runs with the values of the file.

use std::collections::BTreeMap;
use std::iter;
use std::ops::Range;

use crate::error::{Advice, Remedy, advice};
use crate::findings::{Diagnostic, Rule};
use crate::model::credential_id::{Kind, Part};
use crate::policy::needs::Needs;
use crate::text::dotenv::{Entry, entries};
use crate::text::escape::quoted;

/// A line of a file that sets a variable of the launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The name of the file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// The variable.
    pub variable: String,
    /// Whether readers agree on a value that is not empty.
    pub has_value: bool,
    /// The place where the manifest first asks for it, or for the provider whose it is.
    pub span: Range<usize>,
}

/// Returns the lines of a file that set variables of a launch, in their order.
pub fn overrides(needs: &Needs<'_>, file: &str, text: &str) -> Vec<Override> {
    let mut places: BTreeMap<String, Range<usize>> = BTreeMap::new();
    for need in &needs.integrations {
        let (kind, part) = need.ways().next().unwrap_or((Kind::default(), Part::main()));
        for (variable, _) in need.variables(kind, part) {
            places.entry(variable).or_insert_with(|| need.requirement.span.clone());
        }
    }
    for secret in &needs.secrets {
        places.entry(secret.name.clone()).or_insert_with(|| secret.span.clone());
    }
    let found = entries(text).filter_map(|entry| {
        let Entry::Assignment(assigned) = entry else { return None };
        let span = places.get(assigned.name)?.clone();
        let (line, variable) = (*assigned.lines.start(), assigned.name.to_owned());
        let has_value = assigned.value().is_ok_and(|value| !value.is_empty());
        Some(Override { file: file.to_owned(), line, variable, has_value, span })
    });
    found.collect()
}

/// Returns a finding for each line.
pub fn findings(overrides: &[Override]) -> Vec<Diagnostic> {
    let finding = |over: &Override| {
        let message =
            format!("a launch sets {}, and so does {}", quoted(&over.variable), place(over));
        Diagnostic::new(Rule::DotenvOverride, over.span.clone(), message).help(
            "remove it from the file: a program that lets the file override its environment runs \
             with the value of the file",
        )
    };
    overrides.iter().map(finding).collect()
}

/// Returns one finding about lines of secrets that are stored; `None` without lines.
pub fn stored(overrides: &[Override]) -> Option<Diagnostic> {
    let first = overrides.first()?;
    let message = format!("secrets that are stored lie in a .env file, too: {}", listed(overrides));
    Some(Diagnostic::new(Rule::DotenvOverride, first.span.clone(), message).help(
        "remove the lines: a program that lets the file override its environment runs with the \
         values of the file",
    ))
}

/// Returns one finding about lines of secrets that are not stored yet; `None` without lines.
pub fn unstored(overrides: &[Override]) -> Option<Diagnostic> {
    let first = overrides.first()?;
    let message =
        format!("secrets that are not stored yet lie in a .env file: {}", listed(overrides));
    let mut files: Vec<_> = overrides.iter().map(|it| it.file.as_str()).collect();
    files.dedup();
    let imports = files.into_iter().map(import).flat_map(|it| [" and ".into(), it.request()]);
    let help = iter::once("take them over: ".into()).chain(imports.skip(1));
    let help: Advice = help.chain([", then remove the lines".into()]).collect();
    Some(Diagnostic::new(Rule::DotenvOverride, first.span.clone(), message).help(help))
}

/// Returns what stores the secrets of a file.
pub fn import(file: &str) -> Remedy {
    Remedy::ImportSecrets { file: file.into() }
}

/// Returns a sentence about all lines.
pub fn note(overrides: &[Override]) -> Option<Advice> {
    if overrides.is_empty() {
        return None;
    }
    let rule = Remedy::ShowRule { rule: Rule::DotenvOverride.name() };
    Some(advice![
        format!(
            "a .env file sets variables of the launch, too: {}; remove them from the file, whose \
             values a program may prefer: ",
            listed(overrides)
        ),
        rule
    ])
}

fn listed(overrides: &[Override]) -> String {
    let lines: Vec<_> =
        overrides.iter().map(|it| format!("{} ({})", quoted(&it.variable), place(it))).collect();
    lines.join(", ")
}

fn place(over: &Override) -> String {
    format!("{}:{}", over.file, over.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::findings::Source;
    use crate::manifest;
    use crate::policy::needs::resolve;

    #[test]
    fn variables_of_the_launch_are_found() {
        let source = Source::new(
            "xreq.yaml",
            "integrations: [x.tweet.read, x.dm.read]\nsecrets: [FAL_KEY]\n".to_owned(),
        );
        let (requirements, findings) = manifest::read(&source);
        assert!(findings.is_empty(), "{findings:?}");
        let catalog = Catalog::builtin();
        let needs = resolve(&requirements, &catalog).expect("it is in order");
        let text = "OTHER=1\nexport X_ACCESS_TOKEN=canary\n???\nFAL_KEY='a\nb' c\nFAL_KEY= \"x\"\n";
        let found = overrides(&needs, ".env", text);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.variable.as_str(), it.line, &source.text()[it.span.clone()]))
            .collect();
        assert_eq!(found, [("X_ACCESS_TOKEN", 2, "x.tweet.read"), ("FAL_KEY", 6, "FAL_KEY")]);
    }
}
