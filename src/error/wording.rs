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
            if let Some(kind) = kind {
                push(&mut command, "--kind", kind);
            }
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
            if let Some(part) = part {
                push(&mut command, "--part", part);
            }
            for scope in scopes {
                push(&mut command, "--add-scope", scope);
            }
            command
        }
        Remedy::Import { provider, account, kind } => {
            let mut command = xreq(&["import", provider]);
            if let Some(kind) = kind {
                push(&mut command, "--kind", kind);
            }
            if let Some(account) = account {
                push(&mut command, "--account", account);
            }
            command
        }
        Remedy::AddSecret { name } => xreq(&["secret", "set", name]),
        Remedy::ImportSecrets { file } => format!("xreq secret import {}", shell::path(file)),
        Remedy::SetClient { provider, client, id } => {
            let mut command = xreq(&["client", "set", provider]);
            for (option, value) in [("--client", client), ("--id", id)] {
                if let Some(value) = value {
                    push(&mut command, option, value);
                }
            }
            command
        }
        Remedy::Refresh { provider, account } => {
            let mut command = xreq(&["refresh", provider]);
            if let Some(account) = account {
                push(&mut command, "--account", account);
            }
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
            if let Some(account) = account {
                push(&mut command, "--account", account);
            }
            command
        }
        Remedy::Validate { which } => xreq(&["validate", which]),
        Remedy::Compare => xreq(&["diff"]),
        Remedy::Reseal => xreq(&["reseal"]),
        Remedy::StartSandbox { provider, home } => {
            let mut command = xreq(&["sandbox"]);
            if let Some(provider) = provider {
                push(&mut command, "--provider", provider);
            }
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
        Parameter::Key => "--key",
        Parameter::KeepFresh => "--keep-fresh",
        Parameter::Keys => "KEY",
        Parameter::Kind => "--kind",
        Parameter::LocalOnly => "--local-only",
        Parameter::Part => "--part",
        Parameter::Manifest => "--manifest",
        Parameter::Metrics => "--metrics",
        Parameter::MinTtl => "--min-ttl",
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
        Parameter::TokenFile => "--token-file",
        Parameter::TrustOwner => "--trust-owner",
        Parameter::UrlVariable => "--variable",
        Parameter::Yes => "--yes",
    }
}

/// Returns the command that connects an account, anew or for the first time; `None` is the default one.
pub fn connect(provider: &str, account: Option<&str>) -> String {
    let mut command = xreq(&["connect", provider]);
    if let Some(account) = account {
        push(&mut command, "--account", account);
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;
    use crate::error::advice;

    /// Returns the words that a shell makes of a command, but for the first.
    fn words(command: &str) -> Vec<String> {
        let rest = command.strip_prefix("xreq ").expect("it is a command of xreq");
        let script = format!("printf '%s\\0' {rest}");
        let ran = Command::new("sh").args(["-c", &script]).output().expect("sh starts");
        assert!(ran.status.success() && ran.stderr.is_empty(), "{command}: {ran:?}");
        let printed = String::from_utf8(ran.stdout).expect("it is text");
        printed.split_terminator('\0').map(str::to_owned).collect()
    }

    const HOSTILE: [&str; 9] =
        ["plain", "a b", "$(id)", "`id`", "it's", "a\"b\\c", "x;y|z&w>v<u", "*?[a]~!#{b,c}", ""];

    #[test]
    fn a_pasted_command_has_the_words_that_it_was_made_of() {
        for evil in HOSTILE {
            let one = || evil.to_owned();
            let account = || Some(one());
            let scopes = || vec![one(), "dm.read".to_owned()];
            for (remedy, expected) in [
                (
                    Remedy::Connect { provider: one(), account: account(), kind: None },
                    vec!["connect", evil, "--account", evil],
                ),
                (Remedy::Reconnect { provider: one(), account: None }, vec!["connect", evil]),
                (
                    Remedy::AddScopes {
                        provider: one(),
                        account: account(),
                        part: account(),
                        scopes: scopes(),
                    },
                    vec![
                        "connect",
                        evil,
                        "--account",
                        evil,
                        "--part",
                        evil,
                        "--add-scope",
                        evil,
                        "--add-scope",
                        "dm.read",
                    ],
                ),
                (
                    Remedy::Import { provider: one(), account: None, kind: None },
                    vec!["import", evil],
                ),
                (Remedy::AddSecret { name: one() }, vec!["secret", "set", evil]),
                (
                    Remedy::SetClient { provider: one(), client: account(), id: account() },
                    vec!["client", "set", evil, "--client", evil, "--id", evil],
                ),
                (Remedy::TrustWriter { key: one() }, vec!["writer", "add", evil]),
                (Remedy::ShowProvider { provider: one(), part: "keys" }, vec!["catalog", evil]),
                (Remedy::ShowKey { key: one() }, vec!["catalog", evil]),
                (Remedy::Validate { which: one() }, vec!["validate", evil]),
                (Remedy::Check { account: account() }, vec!["check", "--account", evil]),
                (
                    Remedy::Refresh { provider: one(), account: account() },
                    vec!["refresh", evil, "--account", evil],
                ),
                (
                    Remedy::Disconnect { provider: one(), account: one() },
                    vec!["disconnect", evil, "--account", evil],
                ),
            ] {
                let pasted = command(&remedy).expect("it has a command");
                assert_eq!(words(&pasted), expected, "{pasted}");
                assert!(help(&remedy).contains(&pasted), "{pasted}");
            }
            let path = Path::new("/a folder").join(evil);
            let trust = command(&Remedy::TrustManifest { path: Some(path.clone()) });
            assert_eq!(
                words(&trust.expect("it has a command")),
                ["trust", &path.to_string_lossy()]
            );
        }
    }

    #[test]
    fn advice_names_requests_and_arguments() {
        let connect = || Remedy::connect("x", Some("work"));
        for (made, expected) in [
            (advice!["try again"], "try again"),
            (advice![connect(), "; or wait"], "run `xreq connect x --account work`; or wait"),
            (
                advice![connect().with(Parameter::ReplaceAccount), " replaces it"],
                "`xreq connect x --account work --replace-account` replaces it",
            ),
            (advice!["as with ", Parameter::MinTtl.value("5s")], "as with `--min-ttl 5s`"),
            (advice![Parameter::Manifest.path(Path::new("-a b"))], "`--manifest './-a b'`"),
        ] {
            assert_eq!(advice(&made), expected);
            assert_eq!(help(&Remedy::Advice(made)), expected);
        }
    }

    #[test]
    fn a_value_is_never_an_option() {
        let account = Some("--help".to_owned());
        let command = command(&Remedy::connect("x", account.as_deref()));
        assert_eq!(command.as_deref(), Some("xreq connect x --account=--help"));
    }
}
