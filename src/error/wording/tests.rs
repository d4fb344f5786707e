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
            (Remedy::Import { provider: one(), account: None, kind: None }, vec!["import", evil]),
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
        assert_eq!(words(&trust.expect("it has a command")), ["trust", &path.to_string_lossy()]);
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
