//! The wording of remedies on the command line: the one place that knows which command does what.
//!
//! Every word of a command is quoted for a shell, since scopes, labels and paths may hold characters
//! that mean something to one: whoever pastes the command runs xreq, and nothing else.

use super::remedy::Remedy;
use crate::text::shell;

/// Returns the command that applies a remedy, to be pasted into a shell; `None` where none does.
pub fn command(remedy: &Remedy) -> Option<String> {
    Some(match remedy {
        Remedy::Connect { provider, account } | Remedy::Reconnect { provider, account } => {
            connect(provider, account.as_deref())
        }
        Remedy::AddScopes { provider, account, scopes } => {
            let mut command = connect(provider, account.as_deref());
            for scope in scopes {
                push(&mut command, "--add-scope", scope);
            }
            command
        }
        Remedy::Import { provider } => xreq(&["import", provider]),
        Remedy::AddSecret { name } => xreq(&["secret", "set", name]),
        Remedy::SetClient { provider, client, id } => {
            let mut command = xreq(&["client", "set", provider]);
            for (option, value) in [("--client", client), ("--id", id)] {
                if let Some(value) = value {
                    push(&mut command, option, value);
                }
            }
            command
        }
        Remedy::ListGrants => xreq(&["status"]),
        Remedy::ListProviders => xreq(&["catalog"]),
        Remedy::ShowProvider { provider, .. } => xreq(&["catalog", provider]),
        Remedy::TrustManifest { path } => format!("xreq trust {}", shell::path(path)),
        Remedy::TrustWriter { key } => xreq(&["writer", "add", key]),
        Remedy::NameAuditFiles | Remedy::SetVariable { .. } | Remedy::Advice(_) => return None,
    })
}

/// Returns a remedy as a clause, for a line that begins with `help:`.
pub fn help(remedy: &Remedy) -> String {
    let of_command = |before: &str, after: &str| match command(remedy) {
        Some(command) => format!("{before}`{command}`{after}"),
        None => String::new(),
    };
    match remedy {
        Remedy::Connect { .. } | Remedy::Reconnect { .. } | Remedy::AddScopes { .. } => {
            of_command("run ", "")
        }
        Remedy::Import { .. } => of_command("store a token that you have: ", ""),
        Remedy::AddSecret { .. } => of_command("run ", ""),
        Remedy::SetClient { .. } => of_command("store it: ", ""),
        Remedy::ListGrants => of_command("", " lists the grants"),
        Remedy::ListProviders => of_command("", " lists the providers"),
        Remedy::ShowProvider { part, .. } => of_command("", &format!(" lists its {part}")),
        Remedy::TrustManifest { .. } => of_command("read it, then ", ""),
        Remedy::TrustWriter { .. } => of_command(
            "if you know whose key it is, run ",
            "; or else find out who wrote it, and move it away",
        ),
        Remedy::NameAuditFiles => {
            "name files that you can read: `xreq audit-log verify FILE…`".to_owned()
        }
        Remedy::SetVariable { name, to } => format!("set `{name}` to {to}"),
        Remedy::Advice(advice) => advice.clone(),
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
                    Remedy::Connect { provider: one(), account: account() },
                    vec!["connect", evil, "--account", evil],
                ),
                (Remedy::Reconnect { provider: one(), account: None }, vec!["connect", evil]),
                (
                    Remedy::AddScopes { provider: one(), account: account(), scopes: scopes() },
                    vec![
                        "connect",
                        evil,
                        "--account",
                        evil,
                        "--add-scope",
                        evil,
                        "--add-scope",
                        "dm.read",
                    ],
                ),
                (Remedy::Import { provider: one() }, vec!["import", evil]),
                (Remedy::AddSecret { name: one() }, vec!["secret", "set", evil]),
                (
                    Remedy::SetClient { provider: one(), client: account(), id: account() },
                    vec!["client", "set", evil, "--client", evil, "--id", evil],
                ),
                (Remedy::TrustWriter { key: one() }, vec!["writer", "add", evil]),
                (Remedy::ShowProvider { provider: one(), part: "keys" }, vec!["catalog", evil]),
            ] {
                let pasted = command(&remedy).expect("it has a command");
                assert_eq!(words(&pasted), expected, "{pasted}");
                assert!(help(&remedy).contains(&pasted), "{pasted}");
            }
            let path = Path::new("/a folder").join(evil);
            let trust = command(&Remedy::TrustManifest { path: path.clone() });
            assert_eq!(
                words(&trust.expect("it has a command")),
                ["trust", &path.to_string_lossy()]
            );
        }
    }

    #[test]
    fn a_value_is_never_an_option() {
        let account = Some("--help".to_owned());
        let command = command(&Remedy::Connect { provider: "x".to_owned(), account });
        assert_eq!(command.as_deref(), Some("xreq connect x --account=--help"));
    }
}
