//! `xreq run`: the verdict, the environment, the launch.
//!
//! This is on everybody's hot path: where no token is about to expire, nothing here starts a runtime
//! or a thread, compiles a schema, lists a folder where a name is known, or parses operations that it
//! does not need.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;

use super::Context;
use super::accounts::Stored;
use super::declared::Declared;
use super::fresh::{self, Fresh};
use super::holding::tell;
use crate::cli::Run;
use crate::error::{Code, Error, Exit, Result};
use crate::launch::environment::{self, Given, Plan, Secret, Token, Value};
use crate::launch::exec;
use crate::redact::redact;
use crate::report;
use crate::resolve::Needs;
use crate::store::Identities;
use crate::verdict::{Verdict, judge};

pub(super) fn run(args: &Run, context: &Context) -> Result<Exit> {
    let declared = Declared::find(args.manifest.path.as_deref(), context)?;
    let catalog = context.catalog(&args.catalog)?;
    let needs = declared.needs(&catalog, context)?;
    let mut stored = Stored::find(&needs, &args.against.accounts, context.store()?, context)?;
    let Fresh { troubles, identities } =
        fresh::refresh(&mut stored, &needs, &args.against, context)?;
    let verdict = judge(&needs, &stored.holdings(), Context::policy(&args.against));
    if verdict.is_satisfied() {
        for trouble in &troubles {
            trouble.tell(&verdict, context);
        }
        for warning in report::warnings(&verdict) {
            context.terminal.warn(&warning);
        }
    } else {
        tell(&verdict, &declared, &troubles, context);
        return Err(Error::new(
            Code::RequirementsUnmet,
            "a requirement is unmet, and nothing was launched",
        ));
    }
    let given = unseal(&needs, &verdict, &stored, identities, context)?;
    let plan = environment::plan(&context.env, &catalog, &needs, &verdict, given, args.pristine);
    if args.dry_run {
        context.terminal.print(&show(&plan, &args.command))?;
        return Ok(Exit::Done);
    }
    for removed in plan.removed.iter().filter(|removed| removed.surprising) {
        context.terminal.warn(&format!(
            "{} is kept from the agent: {}",
            removed.name.to_string_lossy(),
            removed.reason
        ));
    }
    Err(exec::replace_process(&args.command, &plan))
}

/// Opens the grants that serve a key and the secrets that are there, in the manifest's order.
fn unseal<'a>(
    needs: &Needs<'a>,
    verdict: &Verdict<'_>,
    stored: &Stored,
    identities: Option<Identities>,
    context: &Context,
) -> Result<Given<'a>> {
    let serving: Vec<_> = needs
        .providers()
        .into_iter()
        .filter(|provider| verdict.serves(&provider.slug))
        .filter_map(|provider| Some((provider, stored.grants.get(&provider.slug)?)))
        .collect();
    let sealed_secrets: Vec<_> =
        needs.secrets.iter().filter_map(|secret| stored.secrets.get(&secret.name)).collect();
    if serving.is_empty() && sealed_secrets.is_empty() {
        return Ok(Given::default());
    }
    let identities = match identities {
        Some(identities) => identities,
        None => context.identities(stored.store())?,
    };
    let mut tokens = Vec::new();
    for (provider, sealed) in serving {
        let grant = sealed.unseal(&identities)?;
        tokens.push(Token {
            provider,
            account: grant.metadata.account.to_string(),
            access_token: grant.access_token,
            expires_at: grant.metadata.expires_at,
        });
    }
    let mut secrets = Vec::new();
    for sealed in sealed_secrets {
        let secret = sealed.unseal(&identities)?;
        secrets.push(Secret {
            name: secret.metadata().name.to_string(),
            value: secret.value().clone(),
        });
    }
    Ok(Given { tokens, secrets, ..Given::default() })
}

/// The plan for people. Values that may not be shown are replaced by their length.
fn show(plan: &Plan, command: &[OsString]) -> String {
    let command: Vec<_> = command.iter().map(|word| quoted(word)).collect();
    let mut text = format!("would launch: {}\n", redact(&command.join(" ")));
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    for variable in &plan.set {
        let value = match &variable.value {
            Value::Public(value) => value.clone(),
            Value::Secret(_) => format!("<hidden, {} bytes>", variable.value.reveal().len()),
        };
        line(format!("  set     {}={value}  ({})", variable.name, variable.origin));
    }
    for removed in &plan.removed {
        line(format!("  remove  {}  ({})", quoted(&removed.name), removed.reason));
    }
    line(format!("  inherit {} other variables", plan.inherited.len()));
    text
}

/// A word as it is, or in quotes and with escapes where it would not be seen for what it is.
fn quoted(word: &OsStr) -> String {
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '"' || c == '\\';
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains(odd) { format!("{word:?}") } else { word.into_owned() }
}
