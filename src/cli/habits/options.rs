//! Names that people type in the place of an option.

use super::habit::Meaning::{Advice, Argument, Renamed, Same};
use super::habit::{Meaning, OptionHabit};
use super::sentences::{BY_STDIN, CONFIG};

const fn instead(name: &'static str, value: &'static str, does: &'static str) -> Meaning {
    Meaning::Option { name, value, does }
}

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
pub(in crate::cli) const OPTIONS: &[OptionHabit] = &[
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
