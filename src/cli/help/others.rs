//! The manuals of the commands on secrets, writers, the catalog, and the program itself.

use super::manual::{EMPTY, Manual};

pub(super) const MANUALS: &[Manual] = &[
    Manual {
        command: "",
        examples: &[
            ("xreq demo", "see all of it, with no account and no network"),
            ("xreq init", "make a store, a key and a manifest"),
            ("xreq client set x --id ID", "say which app asks: its client id and secret"),
            ("xreq connect x", "ask for what the manifest needs, in the browser"),
            ("xreq check", "do the stored credentials cover the manifest?"),
            ("xreq run -- python agent.py", "launch the agent with what it declares"),
        ],
        notes: &["Colours are for terminals, unless `NO_COLOR` is set."],
        exits: &[
            ("0", "done"),
            ("1", "requirements are unmet, or there are findings"),
            ("2", "the command line, or a file named on it, cannot be used"),
            ("3", "the store, the network or the provider failed"),
            ("125, 126, 127", "of `xreq run` alone: its help says which"),
        ],
        ..EMPTY
    },
    Manual {
        command: "init",
        examples: &[
            ("xreq init", "a store, a key, a manifest and its schema"),
            ("xreq init --ci github --ci pre-commit", "and files that check it"),
            ("xreq init --ci gitlab", "and jobs for GitLab"),
        ],
        notes: &["Nothing that is there already is written over."],
        see_also: &["client set", "connect", "docs/store.md"],
        ..EMPTY
    },
    Manual {
        command: "secret",
        examples: &[
            ("xreq secret set FAL_KEY", "asks for the value, and stores it"),
            ("xreq secret list", "the names of all"),
            ("xreq secret rm FAL_KEY", "removes one"),
        ],
        see_also: &["check", "run"],
        ..EMPTY
    },
    Manual {
        command: "secret set",
        examples: &[
            ("xreq secret set FAL_KEY", "asks for the value"),
            ("pass show fal | xreq secret set FAL_KEY", "takes it from a password manager"),
            ("xreq secret set FAL_KEY <key.txt", "takes it from a file"),
        ],
        notes: &[
            "A value is never an argument: other users of the machine can read the arguments of a \
             process. One line break at the end of standard input is not part of the value.",
        ],
        see_also: &["secret list", "run"],
        ..EMPTY
    },
    Manual {
        command: "secret import",
        examples: &[
            ("xreq secret import .env --dry-run", "shows what would be stored"),
            ("xreq secret import .env", "the secrets that the manifest declares"),
            ("xreq secret import .env FAL_KEY", "this one"),
            ("sops -d .env.enc | xreq secret import -", "what another program opens"),
        ],
        notes: &[
            "The file is read as python-dotenv and npm's dotenv read it, and docker's `--env-file` where a \
             line has neither quotes nor `export`. A line on which they differ is not stored, but named with \
             its place. The file stays as it is.",
        ],
        exits: &[("1", "a line of a wanted secret could not be used; the others are stored")],
        see_also: &["secret set", "secret list", "docs/running.md"],
        ..EMPTY
    },
    Manual {
        command: "secret list",
        examples: &[
            ("xreq secret list", "the names, and when each was stored"),
            ("xreq secret list --format json", "for a program"),
            ("xreq secret list --color always | less -R", "with colours in a pager"),
        ],
        exits: &[("1", "a secret is damaged")],
        see_also: &["secret set", "secret rm"],
        ..EMPTY
    },
    Manual {
        command: "secret rm",
        examples: &[
            ("xreq secret rm FAL_KEY", "removes it"),
            ("xreq secret list", "shows the names"),
            ("xreq secret set FAL_KEY", "stores another value"),
        ],
        see_also: &["secret list"],
        ..EMPTY
    },
    Manual {
        command: "writer",
        examples: &[
            ("xreq writer list", "who wrote the records of the store"),
            ("xreq writer add KEY --name laptop", "trusts another machine"),
            ("xreq writer remove KEY", "trusts it no longer"),
        ],
        notes: &[
            "A writer is a user on a machine who stores records: each signs them with a key of its own.",
        ],
        see_also: &["reseal", "docs/store.md"],
        ..EMPTY
    },
    Manual {
        command: "writer add",
        examples: &[
            ("xreq writer list", "on the other machine: prints its key"),
            ("xreq writer add KEY --name laptop", "on this one"),
            ("xreq writer list", "shows that it is trusted"),
        ],
        notes: &[
            "Keys and what is trusted lie in $XDG_STATE_HOME/xreq, or ~/.local/state/xreq, for each \
             store of its own.",
        ],
        see_also: &["writer list", "reseal", "docs/store.md"],
        ..EMPTY
    },
    Manual {
        command: "writer list",
        examples: &[
            ("xreq writer list", "keys, whether they are trusted, and what they wrote"),
            ("xreq writer list --format json", "for a program"),
            ("xreq writer add KEY", "trusts one that is unknown"),
        ],
        notes: &["It needs no key."],
        see_also: &["writer add", "reseal", "docs/store.md"],
        ..EMPTY
    },
    Manual {
        command: "writer remove",
        examples: &[
            ("xreq writer list", "shows the keys"),
            ("xreq writer remove KEY", "trusts one no longer"),
            ("xreq reseal", "signs its records with your own key"),
        ],
        see_also: &["writer list", "reseal"],
        ..EMPTY
    },
    Manual {
        command: "catalog",
        examples: &[
            ("xreq catalog", "the providers"),
            ("xreq catalog x", "keys and scopes of x"),
            ("xreq catalog x.dm.read", "what a key allows"),
            ("xreq catalog dm.read", "who needs a scope"),
            ("xreq catalog 'POST /2/tweets'", "what an operation needs"),
            ("xreq catalog google email", "where several providers have one of that name"),
        ],
        see_also: &["explain", "schema"],
        ..EMPTY
    },
    Manual {
        command: "schema",
        examples: &[
            ("xreq schema", "the names of the schemas"),
            ("xreq schema manifest > xreq.schema.json", "for an editor"),
            ("xreq schema check", "of the JSON that `xreq check` prints"),
        ],
        see_also: &["init", "validate"],
        ..EMPTY
    },
    Manual {
        command: "completions",
        examples: &[
            ("echo 'eval \"$(xreq completions bash)\"' >> ~/.bashrc", "once, for bash"),
            ("echo 'eval \"$(xreq completions zsh)\"' >> ~/.zshrc", "once, for zsh"),
            (
                "echo 'xreq completions fish | source' >> ~/.config/fish/config.fish",
                "once, for fish",
            ),
        ],
        notes: &[
            "In these three, also providers, keys, scopes, accounts, clients, secrets, codes of rules and \
             the sandbox's users are completed, as they are at that moment: xreq is asked, which uses \
             neither a key nor the network. Elvish and PowerShell get commands, options and fixed values.",
        ],
        see_also: &["man"],
        ..EMPTY
    },
    Manual {
        command: "man",
        examples: &[
            ("xreq man", "the page of xreq itself"),
            ("xreq man secret-set", "of `xreq secret set`"),
            ("xreq man run > ~/.local/share/man/man1/xreq-run.1", "installs one"),
        ],
        notes: &[
            "At a terminal `man` shows the page, or the help where that cannot; elsewhere it is printed as \
             roff.",
        ],
        see_also: &["completions"],
        ..EMPTY
    },
    Manual {
        command: "demo",
        examples: &[
            ("xreq demo", "a step at a time: Enter goes on"),
            ("xreq demo --fast", "all of it at once, as in a pipe"),
            ("xreq demo --record demo.cast", "for asciinema: the times are those of a reader"),
        ],
        notes: &[
            "Everything is in a new folder for temporary files, and goes away with it, also after Ctrl-C.",
        ],
        see_also: &["sandbox", "init"],
        ..EMPTY
    },
    Manual {
        command: "sandbox",
        examples: &[
            (
                "xreq sandbox --home /tmp/try",
                "then paste the lines that it prints in another terminal",
            ),
            ("xreq connect x", "there: consent on the sandbox's page, as alice or bob"),
            ("BROWSER='xreq sandbox approve %s' xreq connect x", "asks nobody: for scripts"),
            (
                "xreq sandbox --provider x --provider google --home /tmp/try",
                "several providers, and a home that knows all",
            ),
            ("xreq sandbox --expires-in 60s", "access tokens that live for a minute"),
            ("xreq sandbox --fault token=drop-after", "loses the answer to a refresh"),
        ],
        notes: &[
            "The first line of standard output is the base URL and nothing else; of several providers each \
             has a line, and is below a path of its name. It serves the consent \
             page, the token and revocation endpoints, users, posts, direct messages, likes, follows and \
             bookmarks, each operation with the scopes that X wants; for every other operation it judges \
             the scopes and answers 501. Everything is in memory and gone with it.",
            "Faults strike the endpoints authorize, token, revoke, me (GET /2/users/me), api, oauth1, verify (which \
             tells a token's level), mint or project (service accounts); once, or as often as stands behind a \
             colon: `--fault api=429-retry-60:3`, `--fault me=hang:always`.",
        ],
        lists: &[
            (
                "Faults",
                &[
                    ("drop-before", "closes the connection"),
                    ("drop-after", "does its work first: a refresh is spent"),
                    ("hang, slow-2s", "never answers; answers late"),
                    ("truncated, garbage", "sends half an answer; something else"),
                    ("garbage-after, html", "does its work first; sends a page"),
                    ("redirect", "sends the client elsewhere"),
                    ("no-level", "does its work, and leaves the token's level out"),
                    ("oauth1-permissions", "says that the token's level is too low"),
                    ("clock-10m", "has another clock, and refuses what is signed by this one"),
                    ("503, 429-retry-60", "answers with a status, or any other; with a delay"),
                ],
            ),
            (
                "While it runs",
                &[
                    (
                        "PUT /sandbox/faults",
                        "`token=503:2` makes it fail; DELETE takes faults back",
                    ),
                    ("POST /sandbox/expire", "all access tokens die"),
                    ("POST /sandbox/revoke?account=alice", "alice takes the access away"),
                    ("GET /sandbox/log", "shows all requests; also posts, messages"),
                ],
            ),
        ],
        see_also: &["sandbox approve", "demo", "docs/sandbox.md"],
        ..EMPTY
    },
    Manual {
        command: "sandbox approve",
        examples: &[
            ("BROWSER='xreq sandbox approve %s' xreq connect x", "consents as alice"),
            (
                "BROWSER='xreq sandbox approve --as bob %s' xreq connect x --account bob",
                "consents as bob",
            ),
            ("BROWSER='xreq sandbox approve --only tweet.read %s' xreq connect x", "grants less"),
        ],
        notes: &[
            "Only a URL of this machine is taken, or the file that `xreq connect` gives a browser. It \
             prints the status and the title of the page that the app shows in the end.",
        ],
        see_also: &["sandbox", "connect"],
        ..EMPTY
    },
    Manual {
        command: "sandbox post",
        examples: &[
            ("xreq run -- xreq sandbox post 'good morning'", "as an agent"),
            ("xreq run --dry-run -- xreq sandbox post hello", "shows what it would get"),
            ("xreq run --redact -- xreq sandbox post hello", "hides secrets in what it prints"),
        ],
        see_also: &["sandbox", "run"],
        ..EMPTY
    },
];
