//! Words that people type in the place of a command.

use super::habit::Meaning::{Advice, Command, Same};
use super::habit::{CommandHabit, Meaning};
use super::sentences::{CONFIG, ENVIRONMENT, MOVE, REMOVAL, UNPRINTED};

const fn top(typed: &'static [&'static [&'static str]], meaning: Meaning) -> CommandHabit {
    CommandHabit { below: None, typed, meaning }
}

const fn below(
    command: &'static str,
    typed: &'static [&'static [&'static str]],
    meaning: Meaning,
) -> CommandHabit {
    CommandHabit { below: Some(command), typed, meaning }
}

const fn command(
    words: &'static [&'static str],
    rest: &'static str,
    does: &'static str,
) -> Meaning {
    Command { words, rest: Some(rest), does }
}

const fn alone(words: &'static [&'static str], does: &'static str) -> Meaning {
    Command { words, rest: None, does }
}

/// The habits in the place of a command. Of two that begin alike, the longer stands first.
pub(in crate::cli) const COMMANDS: &[CommandHabit] = &[
    top(&[&["ls"], &["list"]], Same(&["status"])),
    top(&[&["version"]], Same(&["--version"])),
    top(&[&["completion"]], Same(&["completions"])),
    top(
        &[&["login"], &["signin"], &["auth", "login"]],
        command(&["connect"], "PROVIDER", " asks the account's owner for consent"),
    ),
    top(
        &[&["logout"], &["signout"], &["revoke"], &["auth", "logout"]],
        command(&["disconnect"], "PROVIDER", " revokes a grant and removes it"),
    ),
    top(&[&["auth", "token"]], command(&["token"], "PROVIDER", " prints a fresh access token")),
    top(
        &[&["auth", "refresh"], &["rotate"], &["renew"]],
        command(&["refresh"], "PROVIDER", " gets a new access token"),
    ),
    top(
        &[
            &["auth", "status"],
            &["auth"],
            &["whoami"],
            &["me"],
            &["accounts"],
            &["account"],
            &["grants"],
        ],
        alone(&["status"], " shows the accounts; `xreq connect PROVIDER` adds one"),
    ),
    top(
        &[&["doctor"], &["diagnose"], &["preflight"], &["test"]],
        alone(
            &["check"],
            " holds the manifest against the store; `xreq status` shows the accounts",
        ),
    ),
    top(&[&["config"], &["configure"], &["settings"]], Advice(CONFIG)),
    top(
        &[&["setup"], &["new"], &["create"]],
        alone(&["init"], " makes a store, an identity and a manifest"),
    ),
    top(
        &[&["exec"], &["start"], &["launch"], &["shell"]],
        command(&["run", "--"], "COMMAND", " launches a program with what the manifest declares"),
    ),
    top(&[&["get"], &["read"], &["reveal"]], Advice(UNPRINTED)),
    top(
        &[&["add"]],
        command(
            &["connect"],
            "PROVIDER",
            " adds an account; `xreq client set PROVIDER --id ID` a client, and `xreq secret set NAME` a \
             secret",
        ),
    ),
    top(
        &[&["set"]],
        command(
            &["secret", "set"],
            "NAME",
            " stores a secret; `xreq client set PROVIDER --id ID` a client, and `xreq connect \
             PROVIDER` an account",
        ),
    ),
    top(
        &[&["rm"], &["remove"], &["delete"]],
        command(
            &["secret", "rm"],
            "NAME",
            " removes a secret; `xreq client rm PROVIDER` a client, and `xreq disconnect PROVIDER` an \
             account",
        ),
    ),
    top(
        &[&["secrets", "set"], &["secrets", "add"]],
        command(&["secret", "set"], "NAME", " stores a secret"),
    ),
    top(
        &[&["secrets", "rm"], &["secrets", "remove"], &["secrets", "delete"]],
        command(&["secret", "rm"], "NAME", " removes a secret"),
    ),
    top(&[&["secrets", "get"], &["secrets", "download"]], Advice(UNPRINTED)),
    top(&[&["secrets"]], alone(&["secret", "list"], " lists the secrets")),
    top(&[&["clients"], &["apps"]], alone(&["client", "show"], " shows the clients")),
    top(
        &[&["providers"], &["keys"], &["scopes"]],
        command(
            &["catalog"],
            "",
            " shows the providers, and `xreq catalog PROVIDER` keys and scopes",
        ),
    ),
    top(&[&["env"], &["export"], &["printenv"], &["inject"]], Advice(ENVIRONMENT)),
    top(
        &[&["scan"], &["lint"]],
        command(&["validate"], "", " checks that manifests are well-formed"),
    ),
    top(&[&["uninstall"], &["purge"], &["reset"], &["clean"]], Advice(REMOVAL)),
    top(&[&["migrate"], &["move"], &["backup"], &["restore"], &["transfer"]], Advice(MOVE)),
    top(
        &[&["show"], &["info"], &["describe"]],
        command(
            &["catalog"],
            "",
            " shows what a key or provider is, `xreq explain` the manifest's keys, and `xreq status` the \
             accounts",
        ),
    ),
    top(&[&["verify"]], alone(&["check", "--verify"], " opens what the manifest needs")),
    top(
        &[&["audit"], &["log"], &["logs"], &["history"]],
        alone(&["audit-log", "verify"], " proves the audit log"),
    ),
    top(
        &[&["upgrade"], &["update"], &["self-update"]],
        Advice(
            "xreq does not replace itself: whatever installed it gets a new version, and `xreq \
             --version` says which one this is",
        ),
    ),
    below("secret", &[&["ls"], &["show"]], Same(&["list"])),
    below("secret", &[&["remove"], &["delete"]], Same(&["rm"])),
    below("secret", &[&["add"]], command(&["secret", "set"], "NAME", " stores a secret")),
    below("secret", &[&["get"], &["read"]], Advice(UNPRINTED)),
    below("client", &[&["ls"], &["list"]], Same(&["show"])),
    below("client", &[&["remove"], &["delete"]], Same(&["rm"])),
    below(
        "client",
        &[&["add"], &["create"]],
        command(&["client", "set"], "PROVIDER --id ID", " stores a client"),
    ),
    below("writer", &[&["ls"], &["show"]], Same(&["list"])),
    below("writer", &[&["rm"], &["delete"]], Same(&["remove"])),
];
