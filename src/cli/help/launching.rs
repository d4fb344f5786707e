//! The manuals of launches, of trust, and of the records of both.

use super::manual::{EMPTY, Manual};

pub(super) const MANUALS: &[Manual] = &[
    Manual {
        command: "run",
        examples: &[
            ("xreq run -- python agent.py", "launches it with what the manifest declares"),
            (
                "xreq run --account x=work --min-ttl 30m -- ./agent",
                "another account, longer tokens",
            ),
            ("xreq run --dry-run -- ./agent", "shows what the agent would get"),
            ("xreq run --keep-fresh -- ./agent", "an agent that runs for weeks"),
            ("xreq run --redact -- ./agent", "hides secrets in what it prints"),
            ("xreq run --isolate --writable .git -- ./agent", "an agent that can do nothing else"),
            (
                "xreq run --broker --limit x.tweet.write=10/1h -- ./agent",
                "at most ten posts an hour",
            ),
            ("xreq run --isolate --ask x.tweet.write -- ./agent", "each post waits for your yes"),
        ],
        notes: &[
            "xreq becomes the agent: signals, the terminal and the exit status are the agent's own. With \
             `--keep-fresh` or `--redact` it stays as the agent's parent, as if it were not there.",
            "With `--isolate` names in the working directory by which others run things (the manifest, \
             .git, .envrc, .vscode and more) stay as they are; those that the agent made are moved aside \
             when it has ended.",
            "In `xreq run -- echo $X_ACCESS_TOKEN` your own shell replaces the variable before xreq \
             starts, by nothing. Let a shell below xreq do it: `xreq run -- sh -c 'echo \
             ${#X_ACCESS_TOKEN}'`.",
        ],
        lists: &[(
            "The agent gets",
            &[
                ("X_ACCESS_TOKEN", "the access token; of another provider, its prefix"),
                ("X_ACCESS_TOKEN_EXPIRES_AT", "when it ends, where that is known"),
                ("SECRET_NAME", "each secret under its own name"),
                ("XREQ_INTEGRATIONS", "the keys that are met"),
                ("X_ACCESS_TOKEN_FILE", "with `--deliver file`: a file that has the newest token"),
                ("XREQ_CREDENTIALS_URL", "with `--deliver endpoint`: where to ask for a token"),
                ("XREQ_CREDENTIALS_TOKEN", "the bearer token to ask with"),
                ("XREQ_EVENT", "a command of `--on-refresh`: refreshed or dead"),
                ("XREQ_PROVIDER", "the same: whose token it is"),
                ("XREQ_AGENT_PID", "the same: the process of the agent"),
            ],
        )],
        exits: &[
            (
                "125",
                "nothing was launched: the command line is wrong, xreq failed or a requirement is \
                 unmet; or a grant died with `--on-dead exit`",
            ),
            ("126", "the command cannot be executed"),
            ("127", "the command was not found"),
            ("other", "that of the agent"),
        ],
        see_also: &["check", "explain", "trust", "broker", "docs/running.md", "docs/isolation.md"],
    },
    Manual {
        command: "trust",
        examples: &[
            ("xreq trust", "the manifest here: shows what it asks for, and asks you"),
            ("xreq trust --yes agent/xreq.yaml", "in a script, once you have read it"),
            ("xreq trust --list", "what is trusted"),
            ("xreq trust --remove agent/xreq.yaml", "no longer"),
        ],
        notes: &[
            "A command of a manifest (`on_refresh: exec COMMAND`) runs with the agent's tokens and \
             secrets. So `xreq run --keep-fresh` refuses it, unless this very command was trusted, of \
             the manifest at this path. All else that the manifest asks for is remembered with it: keys, \
             scopes, secrets and ways of delivery. When any of it grows, it has to be trusted again; \
             when it shrinks, not. Comments and order do not matter. A command of `--on-refresh` or of \
             config.yaml is your own, and needs no trust.",
            "What is trusted lies in $XDG_STATE_HOME/xreq, or ~/.local/state/xreq.",
        ],
        exits: &[("1", "it was not trusted")],
        see_also: &["run", "docs/running.md"],
        ..EMPTY
    },
    Manual {
        command: "audit-log",
        examples: &[
            ("xreq audit-log verify", "proves that the log is whole"),
            ("xreq audit-log verify --format json", "for a program"),
            ("xreq audit-log summary --since 7d", "who called what, and what nobody used"),
            ("xreq schema audit", "prints the schema of its lines"),
        ],
        see_also: &["audit-log verify", "audit-log summary", "docs/audit.md"],
        ..EMPTY
    },
    Manual {
        command: "audit-log verify",
        examples: &[
            ("xreq audit-log verify", "the log of this store"),
            ("xreq audit-log verify --format json", "for a program"),
            (
                "xreq audit-log verify /var/log/archive/audit.jsonl.* --key audit.key",
                "files that were moved away",
            ),
        ],
        notes: &[
            "Without a FILE it is the log of this store, with the files that were moved on. That nothing \
             was cut off its end is known from the state folder ($XDG_STATE_HOME/xreq, else \
             ~/.local/state/xreq): files that are named are proved as far as they go. Lines are sealed \
             with the key beside the log, audit.key.",
        ],
        exits: &[
            ("1", "there are findings"),
            ("2", "there is no log, a file cannot be read, or the command line is wrong"),
            ("3", "there is no key"),
        ],
        see_also: &["docs/audit.md"],
        ..EMPTY
    },
    Manual {
        command: "audit-log summary",
        examples: &[
            ("xreq audit-log summary", "all calls that the log has"),
            ("xreq audit-log summary --since 7d", "those of a week"),
            ("xreq audit-log summary --format json", "for a program"),
        ],
        notes: &[
            "It reads the log of calls, which agents below a broker have (`xreq run --broker`) where the \
             audit log is on. A key that is declared and never used can most likely be left out of the \
             manifest.",
        ],
        exits: &[("2", "a file cannot be read, or the command line is wrong")],
        see_also: &["audit-log verify", "run", "docs/audit.md"],
        ..EMPTY
    },
];
