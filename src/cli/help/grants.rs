//! The manuals of the commands that get, keep and end grants.

use super::manual::{EMPTY, Manual};

pub(super) const MANUALS: &[Manual] = &[
    Manual {
        command: "import",
        examples: &[
            ("xreq import x token-response.json", "from a file"),
            ("pbpaste | xreq import x --account work --expires-in 2h", "from the clipboard"),
            (
                "printf %s \"$TOKEN\" | xreq import x --scopes 'tweet.read users.read' -",
                "a bare token, and the scopes that it was granted",
            ),
            ("xreq import x --kind app_only", "a bearer token of your app; asks for it"),
            ("xreq import x --kind oauth1 keys.env", "keys and a token of OAuth 1.0a"),
            ("xreq import gcp --kind service_account key.json", "the key of a service account"),
            (
                "xreq import gcp --kind service_account --command /usr/bin/gcloud auth print-access-token",
                "a program that prints tokens",
            ),
        ],
        notes: &[
            "The text is a token response as it came (JSON, RFC 6749 section 5.1) or as a library keeps \
             it, the file of google-auth, xurl or gh, or a bare access token. A time that it states \
             (`expires_at` and its like) wins over a duration (`expires_in`).",
            "A token of OAuth 1.0a comes with its secret and the keys of its app, on lines such as \
             `API_KEY=…`, `X_ACCESS_TOKEN=…`. The provider is asked whose it is, and of which level.",
            "Of a service account the source is stored, sealed, and short-lived tokens are minted from it: a \
             key, an `authorized_user` file, a program or a file that has a token. It is asked once before.",
            "A token is never an argument: other users of the machine can read the arguments of a \
             process.",
            "Of another kind (`--kind app_only` or `static`: bot tokens, API keys) the text is the token and \
             nothing else. The provider is asked whose a static token is, where its file says how. The \
             account of an app-only token is the name of its client.",
        ],
        see_also: &["connect", "status", "docs/grants.md", "docs/oauth1.md"],
        ..EMPTY
    },
    Manual {
        command: "client",
        examples: &[
            ("xreq client set x --id ID", "stores a client, and asks for its secret"),
            ("xreq client show", "lists the stored clients"),
            ("xreq client rm x", "removes one"),
        ],
        notes: &[
            "A client is an app that you registered with a provider, such as in X's developer portal. \
             It is the client that asks for consent.",
        ],
        see_also: &["connect"],
        ..EMPTY
    },
    Manual {
        command: "client set",
        examples: &[
            ("xreq client set x --id ID", "asks for the secret"),
            (
                "pass show x-app | xreq client set x --id \"$ID\"",
                "takes it from a password manager",
            ),
            ("xreq client set x --id \"$ID\" --public", "a native app, which has no secret"),
            ("xreq client set x --consumer-key KEY", "adds OAuth 1.0a keys; asks for the secret"),
        ],
        notes: &[
            "The redirect URI has to be the one that the provider has registered, letter by letter.",
            "Where no client is stored, `X_CLIENT_ID` and `X_CLIENT_SECRET` serve; for another provider \
             its own prefix.",
        ],
        see_also: &["client show", "connect"],
        ..EMPTY
    },
    Manual {
        command: "client show",
        examples: &[
            ("xreq client show", "all clients"),
            ("xreq client show x", "those of one provider"),
            ("xreq client show --format json", "for a program"),
        ],
        exits: &[("1", "a client is damaged")],
        see_also: &["client set"],
        ..EMPTY
    },
    Manual {
        command: "client rm",
        examples: &[
            ("xreq client rm x", "the client `default` of x"),
            ("xreq client rm x --client bots", "one by its name"),
            ("xreq client show x", "shows their names"),
        ],
        notes: &["Grants that it got stay, and can no longer be refreshed."],
        see_also: &["client show", "disconnect"],
        ..EMPTY
    },
    Manual {
        command: "connect",
        examples: &[
            ("xreq connect x", "asks for what the manifest needs"),
            ("xreq connect x x.tweet.write", "for what one key needs"),
            (
                "xreq connect x --account work --add-scope dm.read",
                "another account, one more scope",
            ),
            ("xreq connect x --paste", "on a machine without a browser"),
            ("xreq connect x --kind oauth1", "a token of OAuth 1.0a, for agents that sign"),
            ("xreq connect x --expect @me </dev/null", "in a script: says who has to consent"),
            (
                "xreq connect x --kind app_only",
                "mints the bearer token of the app, with its consumer key",
            ),
        ],
        notes: &[
            "Nothing is opened before you have seen what is asked for, and why. What the account granted \
             before is asked for again: with most providers a new grant replaces the old one.",
            "At a terminal you confirm which account consented, unless the label is known to be its. \
             Without one, `--expect` names it, or `accounts: {x: {default: \"@me\"}}` in config.yaml. A \
             grant that is not confirmed is revoked. With X, which keeps one grant of an account, the \
             consent ends that account's stored grant even then.",
            "The browser is given a file that only you can read and that leads to the provider. One that \
             may not read it (in a snap or a container) shows an error: then open the address that is \
             shown, or use `--no-browser`.",
        ],
        exits: &[("1", "less was granted than was asked for, or the wrong account consented")],
        see_also: &["client set", "status", "disconnect", "docs/grants.md", "docs/oauth1.md"],
        ..EMPTY
    },
    Manual {
        command: "status",
        examples: &[
            ("xreq status", "all accounts"),
            ("xreq status x --within 30d", "those of x; who has to act within a month"),
            ("xreq status --format json", "for a program"),
        ],
        notes: &["It needs no key, except with `--verify`."],
        lists: &[(
            "States",
            &[
                ("connected", "the access token is good"),
                ("expiring", "it ends soon; the next use refreshes it"),
                ("expired", "it has ended; the next use refreshes it"),
                ("in_doubt", "the answer to a refresh was lost; the next use asks once more"),
                ("reconnect", "the grant is dead: connect the account anew"),
            ],
        )],
        exits: &[(
            "1",
            "a person has to act now or within the time of `--within`, or a grant is damaged; an end \
             that is only assumed does not count",
        )],
        see_also: &["refresh", "connect", "docs/grants.md"],
    },
    Manual {
        command: "refresh",
        examples: &[
            ("xreq refresh x", "the account `default`, if its token is about to expire"),
            ("xreq refresh --all", "every account; from cron, every minute if you like"),
            ("xreq refresh --all --older-than 90m", "tokens that are so old"),
            ("xreq refresh x --account work --force", "in any case"),
        ],
        exits: &[
            ("1", "a person has to act"),
            ("3", "a provider gave no tokens for now, or the store or the network failed"),
        ],
        see_also: &["status", "daemon", "docs/grants.md"],
        ..EMPTY
    },
    Manual {
        command: "daemon",
        examples: &[
            ("xreq daemon", "refreshes each grant before its token expires"),
            ("xreq daemon --older-than 90m", "and each token that is so old"),
            ("xreq daemon --metrics 9464", "with metrics for Prometheus, on 127.0.0.1"),
            (
                "curl --unix-socket \"$XDG_RUNTIME_DIR/xreq/daemon.sock\" http://xreq/health",
                "asks it how it is",
            ),
        ],
        notes: &[
            "It stays in the foreground: examples/daemon has files for systemd and launchd. It holds no \
             key and no token; each refresh is a process of its own. SIGHUP lets it read the \
             configuration again; SIGTERM and SIGINT end it, and no refresh is cut off.",
            "On standard error it tells of each grant that dies or comes back, and of each outage once.",
        ],
        exits: &[
            ("0", "it was told to end"),
            ("3", "it could not begin, as beside another daemon"),
        ],
        see_also: &["refresh", "status", "docs/daemon.md"],
        ..EMPTY
    },
    Manual {
        command: "token",
        examples: &[
            ("xreq token x", "the access token alone"),
            (
                "xreq token x --format header | curl -H @- https://api.x.com/2/users/me",
                "as a header, which no other user can read",
            ),
            ("xreq token x --min-ttl 1h --format json", "with its expiry and scopes"),
        ],
        notes: &[
            "It refreshes the token where it has to, and never opens a browser. Whoever reads the output \
             can act on the account: `xreq run` hands a token to one program alone.",
        ],
        exits: &[(
            "3",
            "the store, the network or the provider failed, or nobody got the token: standard output \
             is full, closed, or a pipe without a reader",
        )],
        see_also: &["run", "status"],
        ..EMPTY
    },
    Manual {
        command: "disconnect",
        examples: &[
            ("xreq disconnect x", "the account `default` of x"),
            ("xreq disconnect x --account work", "another one"),
            ("xreq disconnect x --local-only", "removes it here alone: its tokens stay live"),
            ("xreq disconnect x --kind app_only", "invalidates the bearer token of the app"),
        ],
        notes: &[
            "An app has one app-only token: it ends for everybody who uses the app, so that you are asked \
             first, and `--yes` answers. A static token (a bot token, an API key) is removed here alone: \
             replace it at the provider.",
            "Where the provider does not revoke the grant, it is kept, since it is still live.",
        ],
        see_also: &["status", "connect"],
        ..EMPTY
    },
    Manual {
        command: "reseal",
        examples: &[
            ("xreq reseal", "seals and signs every record anew"),
            ("xreq reseal --check", "for cron and CI: is there anything to do?"),
            ("xreq reseal --dry-run", "shows what would be sealed"),
        ],
        notes: &[
            "Use it after recipients.txt was changed: records that were sealed before are still open to \
             a key that was removed, and shut to one that was added. What was interrupted is continued \
             by the next run.",
            "From then on, records that no trusted writer signed are refused on this machine. `xreq \
             writer list` shows before whose they are.",
            "It cannot take back what is elsewhere: whoever has copies of the old records, and a key \
             that opened them, has the tokens in them. `xreq refresh --all --force` makes those \
             worthless that can be refreshed; connect the other accounts anew, and replace secrets.",
        ],
        exits: &[
            ("1", "with `--check`: there is something to do"),
            ("3", "a record could not be sealed"),
        ],
        see_also: &["writer list", "docs/store.md"],
        ..EMPTY
    },
];
