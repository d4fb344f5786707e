//! The habits of people who know other tools: words that are no commands or options here, and what they
//! mean.
//!
//! A word that means exactly one thing here is taken for it, and is shown nowhere: there is one name for
//! one thing. Any other is answered with the line to type. None of this is looked at before the command
//! line turned out to be wrong, so that it costs a launch nothing.

use Meaning::{Advice, Argument, Command, Renamed, Same};

/// The meaning of a habit.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meaning {
    /// These words, which take its place.
    Same(&'static [&'static str]),
    /// The option of this name, with the same value.
    Renamed(&'static str),
    /// The value that follows, as an argument.
    Argument,
    /// A command, to be typed with what was typed after the habit.
    Command {
        words: &'static [&'static str],
        /// Stands for what was not typed, or is not shown; `None` takes nothing of what was typed.
        rest: Option<&'static str>,
        /// Completes the sentence that begins with the command.
        does: &'static str,
    },
    /// An option to type instead, with the same value.
    Option {
        name: &'static str,
        /// Stands for a value that was not typed, or is not shown.
        value: &'static str,
        /// Completes the sentence that begins with the option.
        does: &'static str,
    },
    /// A sentence.
    Advice(&'static str),
}

/// Words in the place of a command, and their meaning.
pub(super) struct CommandHabit {
    /// The command below which they stand; none is xreq itself.
    pub below: Option<&'static str>,
    pub typed: &'static [&'static [&'static str]],
    pub meaning: Meaning,
}

/// Names in the place of an option, and their meaning.
pub(super) struct OptionHabit {
    /// The commands that it is a habit of; none is any command.
    pub of: &'static [&'static str],
    /// The option that a command needs for it to make sense.
    pub needs: Option<&'static str>,
    pub typed: &'static [&'static str],
    pub meaning: Meaning,
}

/// Why a secret is no argument, and how it is given instead.
pub(super) const BY_STDIN: &str = "values come from standard input, a prompt or a file, never as an \
                                   argument: other users of the machine see those in the list of \
                                   processes, and the shell keeps them in its history";

const CONFIG: &str = "there is no command for settings: they are in `config.yaml`, in the folder \
                      `$XREQ_HOME`, else `$XDG_CONFIG_HOME/xreq`, else `~/.config/xreq`";

/// Why the value of a secret is not shown, and where it goes.
pub(super) const UNPRINTED: &str = "the value of a secret is never printed: `xreq run -- COMMAND` hands it to a \
                         program, `xreq secret list` shows the names, and `xreq token PROVIDER` prints \
                         an access token";

const REMOVAL: &str = "nothing removes xreq but what installed it; its records are in `$XREQ_HOME`, else in \
                       `~/.config/xreq`, `~/.local/share/xreq` and `~/.local/state/xreq`: `xreq disconnect` \
                       ends what is granted before they are deleted (docs/store.md)";

const MOVE: &str = "a store is folders that are copied: `$XREQ_HOME`, else `~/.config/xreq` and \
                    `~/.local/share/xreq`; the identity in them opens it, and one machine alone may use the \
                    copy, since refresh tokens are good once (docs/store.md)";

const ENVIRONMENT: &str = "no command prints the values: `xreq run --dry-run -- COMMAND` shows which \
                           variables a program would get, and `xreq run -- COMMAND` starts it with them";

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

const fn instead(name: &'static str, value: &'static str, does: &'static str) -> Meaning {
    Meaning::Option { name, value, does }
}

/// The habits in the place of a command. Of two that begin alike, the longer stands first.
pub(super) const COMMANDS: &[CommandHabit] = &[
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

const fn option(typed: &'static [&'static str], meaning: Meaning) -> OptionHabit {
    OptionHabit { of: &[], needs: None, typed, meaning }
}

const fn option_of(
    of: &'static [&'static str],
    typed: &'static [&'static str],
    meaning: Meaning,
) -> OptionHabit {
    OptionHabit { of, needs: None, typed, meaning }
}

const fn option_with(
    needs: &'static str,
    typed: &'static [&'static str],
    meaning: Meaning,
) -> OptionHabit {
    OptionHabit { of: &[], needs: Some(needs), typed, meaning }
}

/// The habits in the place of an option. Of several with one name, the first that fits a command is it.
pub(super) const OPTIONS: &[OptionHabit] = &[
    option_with("format", &["--json"], Same(&["--format", "json"])),
    option_with("format", &["-o", "--output"], Advice("`--format` says how to print it")),
    option_of(&["validate", "trust"], &["-f", "--file", "--manifest"], Argument),
    option_with("manifest", &["-f", "--file"], Renamed("--manifest")),
    option_of(&["client"], &["--client-id"], Renamed("--id")),
    option_of(&["client"], &["-n", "--name"], Renamed("--client")),
    option_with("dry-run", &["-n"], Same(&["--dry-run"])),
    option(
        &["-n", "--dry-run"],
        Advice(
            "`xreq run --dry-run -- COMMAND` shows what a launch would do; `xreq check` changes nothing",
        ),
    ),
    option(&["--no-color", "--no-colour"], Same(&["--color", "never"])),
    option_with(
        "account",
        &["-p", "--profile", "-u", "--user", "--label"],
        instead("--account", "LABEL", " says which account is meant"),
    ),
    option(
        &["-v", "--verbose", "--debug", "-q", "--quiet", "--silent"],
        Advice(
            "there is one level of detail: results go to standard output and all else to standard \
             error, so that `2>/dev/null` leaves notes and warnings out; `xreq explain` tells more of a \
             manifest",
        ),
    ),
    option(
        &["-y", "--yes", "--no-input", "--non-interactive"],
        Advice(
            "it is not needed: where no terminal is, nothing is asked, and what would be is said",
        ),
    ),
    option_of(
        &["connect"],
        &["-s", "--scope", "--scopes"],
        instead(
            "--add-scope",
            "SCOPE",
            " asks for a scope beside those of the manifest; it can be repeated",
        ),
    ),
    option_of(&["connect"], &["-w", "--web"], Advice("it is not needed: the browser is opened")),
    option(
        &["--with-token", "--token", "--access-token"],
        Advice(
            "a token is never an argument, which other users of the machine can read: `xreq import \
             PROVIDER` reads it from standard input",
        ),
    ),
    option(&["--value", "--secret", "--client-secret", "--password"], Advice(BY_STDIN)),
    option_with(
        "min-ttl",
        &["-d", "--duration", "--ttl"],
        instead("--min-ttl", "DURATION", " says how long an access token must still live"),
    ),
    option_of(
        &["run"],
        &["--env-file"],
        Advice(
            "no file of variables is read: `xreq secret set NAME` stores a secret that the manifest \
                names",
        ),
    ),
    option_of(
        &["run"],
        &["-e", "--env"],
        Advice(
            "an agent inherits the variables of its launch: `NAME=VALUE xreq run -- COMMAND`; secrets are \
             those that the manifest names",
        ),
    ),
    option_of(
        &["run", "check"],
        &["-s", "--scope", "--scopes", "--add-scope"],
        Advice(
            "the manifest says what is needed: `xreq explain` shows the scopes of its keys, and `xreq \
             connect PROVIDER --add-scope SCOPE` asks for one more",
        ),
    ),
    option_of(
        &["run"],
        &["--no-masking", "--mask"],
        Advice("what an agent prints is left as it is, unless `--redact` is given"),
    ),
    option_of(
        &["run"],
        &["--command"],
        Advice("the program stands behind `--`: `xreq run -- sh -c 'COMMAND'`"),
    ),
    option_of(
        &["connect"],
        &["--device-code", "--headless", "--no-launch-browser"],
        Advice(
            "on a machine without a browser, `xreq connect PROVIDER --paste` prints the address to open \
             elsewhere, and takes the one that the browser ends on; `--device` shows a code to type \
             there, with providers that have that",
        ),
    ),
    option_of(
        &["check"],
        &["--fix", "--repair"],
        Advice(
            "`xreq check` changes nothing: it ends with the command that closes the first gap, and `xreq \
             check --refresh` refreshes tokens that are about to expire",
        ),
    ),
    option_of(
        &["disconnect"],
        &["-a", "--all"],
        Advice(
            "accounts are disconnected one by one: `xreq status` lists them, and `xreq disconnect PROVIDER \
             --account LABEL` ends one",
        ),
    ),
    option_of(
        &["token"],
        &["-c", "--copy", "--clipboard"],
        Advice("`xreq token PROVIDER` prints it for a pipe: `| wl-copy`, `| xclip` or `| pbcopy`"),
    ),
    option_of(
        &["status"],
        &["--expired", "--dead"],
        Advice(
            "`xreq status` exits with 1 where an account needs a person, and `xreq status --format json` \
             has the `state` of each",
        ),
    ),
    option_of(
        &["status"],
        &["-w", "--watch", "-f", "--follow"],
        Advice(
            "`xreq status` shows one moment: `watch xreq status` repeats it, and `xreq daemon` keeps grants \
             fresh",
        ),
    ),
    option(&["--config"], Advice(CONFIG)),
    option_of(
        &["status"],
        &["-t", "--show-token"],
        Advice("`xreq token PROVIDER` prints an access token"),
    ),
];
