//! The wording of remedies on the command line: the one place that knows which command does what.
//!
//! Every word of a command is quoted for a shell, since scopes, labels and paths may hold characters
//! that mean something to one: whoever pastes the command runs xreq, and nothing else.

use super::parameter::{Argument, ArgumentValue, Parameter};
use super::remedy::{Advice, AdvicePart, Inventory, Remedy};
use crate::text::shell;

/// The command that launches an agent, and the smallest agent, which prints the keys that it got.
const LAUNCH: &str = "xreq run";
const AGENT: &str = "-- printenv XREQ_INTEGRATIONS";

/// Returns the command that applies a remedy, to be pasted into a shell; `None` where none does.
pub fn command(remedy: &Remedy) -> Option<String> {
    Some(match remedy {
        Remedy::Connect { provider, account, kind } => {
            let mut command = connect(provider, account.as_deref());
            push_some(&mut command, "--kind", kind.as_deref());
            command
        }
        Remedy::RaiseLevel { provider, account, kind, level } => {
            let mut command = connect(provider, account.as_deref());
            push(&mut command, "--kind", kind);
            push(&mut command, "--level", level);
            command
        }
        Remedy::Reconnect { provider, account } => connect(provider, account.as_deref()),
        Remedy::AddScopes { provider, account, part, scopes } => {
            let mut command = connect(provider, account.as_deref());
            push_some(&mut command, "--part", part.as_deref());
            for scope in scopes {
                push(&mut command, "--add-scope", scope);
            }
            command
        }
        Remedy::Import { provider, account, kind } => {
            let mut command = xreq(&["import", provider]);
            push_some(&mut command, "--kind", kind.as_deref());
            push_some(&mut command, "--account", account.as_deref());
            command
        }
        Remedy::AddSecret { name } => xreq(&["secret", "set", name]),
        Remedy::ImportSecrets { file } => format!("xreq secret import {}", shell::path(file)),
        Remedy::SetClient { provider, client, id } => {
            let mut command = xreq(&["client", "set", provider]);
            for (option, value) in [("--client", client), ("--id", id)] {
                push_some(&mut command, option, value.as_deref());
            }
            command
        }
        Remedy::Refresh { provider, account } => {
            let mut command = xreq(&["refresh", provider]);
            push_some(&mut command, "--account", account.as_deref());
            command
        }
        Remedy::Disconnect { provider, account } => {
            let mut command = xreq(&["disconnect", provider]);
            push(&mut command, "--account", account);
            command
        }
        Remedy::Init => xreq(&["init"]),
        Remedy::Check { account } => {
            let mut command = xreq(&["check"]);
            push_some(&mut command, "--account", account.as_deref());
            command
        }
        Remedy::Validate { which } => xreq(&["validate", which]),
        Remedy::Compare => xreq(&["diff"]),
        Remedy::Reseal => xreq(&["reseal"]),
        Remedy::StartSandbox { provider, home } => {
            let mut command = xreq(&["sandbox"]);
            push_some(&mut command, "--provider", provider.as_deref());
            if let Some(home) = home {
                command.push_str(&format!(" --home {}", shell::path(home)));
            }
            command
        }
        Remedy::UseSandbox { home, variable, base_url } => {
            let (home, base_url) = (shell::path(home), shell::word(base_url));
            format!("export XREQ_HOME={home} {variable}={base_url}")
        }
        Remedy::Launch => format!("{LAUNCH} {AGENT}"),
        Remedy::List(listing) => xreq(match listing {
            Inventory::Grants => &["status"],
            Inventory::Providers => &["catalog"],
            Inventory::Clients => &["client", "show"],
            Inventory::Secrets => &["secret", "list"],
            Inventory::TrustedManifests => &["trust", "--list"],
            Inventory::Rules => &["rules"],
            Inventory::Writers => &["writer", "list"],
            Inventory::Approvals => &["broker", "pending"],
            Inventory::Runs => &["broker", "status"],
        }),
        Remedy::ShowProvider { provider, .. } => xreq(&["catalog", provider]),
        Remedy::ShowKey { key } => xreq(&["catalog", key]),
        Remedy::ShowSchema { of } => xreq(&["schema", of]),
        Remedy::ShowRule { rule } => xreq(&["rules", rule]),
        Remedy::TrustManifest { path: Some(path) } => format!("xreq trust {}", shell::path(path)),
        Remedy::TrustManifest { path: None } => xreq(&["trust"]),
        Remedy::TrustWriter { key } => xreq(&["writer", "add", key]),
        Remedy::NameAuditFiles | Remedy::SetVariable { .. } | Remedy::Advice(_) => return None,
    })
}

/// Returns the same command with more arguments.
pub fn request(remedy: &Remedy, arguments: &[Argument]) -> Option<String> {
    let (mut words, agent) = match remedy {
        Remedy::Launch => (LAUNCH.to_owned(), AGENT),
        _ => (command(remedy)?, ""),
    };
    for it in arguments {
        words.push(' ');
        words.push_str(&argument(it));
    }
    Some(if agent.is_empty() { words } else { format!("{words} {agent}") })
}

/// Returns a remedy as a clause, for a line that begins with `help:`.
pub fn help(remedy: &Remedy) -> String {
    let of_command = |before: &str, after: &str| match command(remedy) {
        Some(command) => format!("{before}`{command}`{after}"),
        None => String::new(),
    };
    match remedy {
        Remedy::Import { kind: Some("service_account"), .. } => {
            of_command("store the key file of a service account: ", "")
        }
        Remedy::Import { .. } => of_command("store a token that you have: ", ""),
        Remedy::SetClient { .. } => of_command("store it: ", ""),
        Remedy::Connect { .. }
        | Remedy::Reconnect { .. }
        | Remedy::AddScopes { .. }
        | Remedy::RaiseLevel { .. }
        | Remedy::AddSecret { .. }
        | Remedy::ImportSecrets { .. }
        | Remedy::Refresh { .. }
        | Remedy::Disconnect { .. }
        | Remedy::Init
        | Remedy::Check { .. }
        | Remedy::Validate { .. }
        | Remedy::Compare
        | Remedy::Reseal
        | Remedy::StartSandbox { .. }
        | Remedy::UseSandbox { .. }
        | Remedy::Launch => of_command("run ", ""),
        Remedy::List(listing) => of_command(
            "",
            match listing {
                Inventory::Grants => " lists the grants",
                Inventory::Providers => " lists the providers",
                Inventory::Clients => " lists the clients",
                Inventory::Secrets => " lists the secrets",
                Inventory::TrustedManifests => " lists the manifests that are trusted",
                Inventory::Rules => " lists the rules",
                Inventory::Writers => " lists the writers of the store",
                Inventory::Approvals => " lists the calls that wait for an approval",
                Inventory::Runs => " lists the runs that have a broker",
            },
        ),
        Remedy::ShowProvider { part, .. } => of_command("", &format!(" lists its {part}")),
        Remedy::ShowKey { .. } => of_command("", " lists its operations"),
        Remedy::ShowSchema { .. } => of_command("", " prints what may stand there"),
        Remedy::ShowRule { .. } => of_command("", " explains the rule"),
        Remedy::TrustManifest { .. } => of_command("read it, then ", ""),
        Remedy::TrustWriter { .. } => of_command(
            "if you know whose key it is, run ",
            "; or else find out who wrote it, and move it away",
        ),
        Remedy::NameAuditFiles => {
            "name files that you can read: `xreq audit-log verify FILE…`".to_owned()
        }
        Remedy::SetVariable { name, to } => format!("set `{name}` to {to}"),
        Remedy::Advice(advice) => self::advice(advice),
    }
}

/// Returns an advice in the words of the command line.
pub fn advice(advice: &Advice) -> String {
    advice.parts().iter().map(part).collect()
}

fn part(part: &AdvicePart) -> String {
    match part {
        AdvicePart::Words(words) => words.clone(),
        AdvicePart::Remedy(remedy) => help(remedy),
        AdvicePart::Request(remedy, arguments) => match request(remedy, arguments) {
            Some(command) => format!("`{command}`"),
            None => help(remedy),
        },
        AdvicePart::Argument(it) => format!("`{}`", argument(it)),
    }
}

fn argument(Argument { parameter, value }: &Argument) -> String {
    let mut words = String::new();
    match value {
        Some(ArgumentValue::Text(text)) if *parameter == Parameter::Keys => {
            return shell::word(text);
        }
        Some(ArgumentValue::Text(text)) => push(&mut words, option(*parameter), text),
        Some(ArgumentValue::Path(path)) => {
            return format!("{} {}", option(*parameter), shell::path(path));
        }
        None => words.push_str(option(*parameter)),
    }
    words.trim_start().to_owned()
}

/// Returns the option of a parameter.
fn option(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Account => "--account",
        Parameter::AddScope => "--add-scope",
        Parameter::Allow => "--allow",
        Parameter::AllowWidening => "--allow-widening",
        Parameter::Catalog => "--catalog",
        Parameter::Changed => "--changed",
        Parameter::Client => "--client",
        Parameter::Command => "--command",
        Parameter::ConsumerKey => "--consumer-key",
        Parameter::Deliver => "--deliver",
        Parameter::Expect => "--expect",
        Parameter::ExpiresAt => "--expires-at",
        Parameter::ExpiresIn => "--expires-in",
        Parameter::Force => "--force",
        Parameter::Git => "--git",
        Parameter::Id => "--id",
        Parameter::InsecurePlainHttp => "--insecure-plain-http",
        Parameter::Isolate => "--isolate",
        Parameter::Key => "--key",
        Parameter::KeepFresh => "--keep-fresh",
        Parameter::Keys => "KEY",
        Parameter::Kind => "--kind",
        Parameter::LocalOnly => "--local-only",
        Parameter::Part => "--part",
        Parameter::Manifest => "--manifest",
        Parameter::Metrics => "--metrics",
        Parameter::MinTtl => "--min-ttl",
        Parameter::Name => "--name",
        Parameter::NoBrowser => "--no-browser",
        Parameter::OnRefresh => "--on-refresh",
        Parameter::Paste => "--paste",
        Parameter::Port => "--port",
        Parameter::Pristine => "--pristine",
        Parameter::ProjectNumber => "--project-number",
        Parameter::RedirectUri => "--redirect-uri",
        Parameter::ReplaceAccount => "--replace-account",
        Parameter::Scopes => "--scopes",
        Parameter::Socket => "--socket",
        Parameter::StdinFilename => "--stdin-filename",
        Parameter::Subject => "--subject",
        Parameter::Timeout => "--timeout",
        Parameter::Tls => "--tls",
        Parameter::TokenFile => "--token-file",
        Parameter::TrustOwner => "--trust-owner",
        Parameter::UrlVariable => "--variable",
        Parameter::Writable => "--writable",
        Parameter::Yes => "--yes",
    }
}

/// Returns the command that connects an account, anew or for the first time; `None` is the default one.
pub fn connect(provider: &str, account: Option<&str>) -> String {
    let mut command = xreq(&["connect", provider]);
    push_some(&mut command, "--account", account);
    command
}

fn xreq(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| shell::word(word)).collect();
    format!("xreq {}", words.join(" "))
}

/// Adds an option and its value. A value that begins like an option is joined to it.
fn push(command: &mut String, option: &str, value: &str) {
    let joint = if value.starts_with('-') { '=' } else { ' ' };
    command.push_str(&format!(" {option}{joint}{}", shell::word(value)));
}

/// Adds an option that has a value.
fn push_some(command: &mut String, option: &str, value: Option<&str>) {
    if let Some(value) = value {
        push(command, option, value);
    }
}

#[cfg(test)]
mod tests;
