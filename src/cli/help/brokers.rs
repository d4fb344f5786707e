//! The manuals of brokers.

use super::manual::{EMPTY, Manual};

/// Where runs are looked for.
const WHERE: &str = "Runs of this user are found in the runtime folder ($XDG_RUNTIME_DIR/xreq, and run in \
                     the folder of the store).";

pub(super) const MANUALS: &[Manual] = &[
    Manual {
        command: "broker",
        examples: &[
            (
                "xreq broker --listen 0 --socket agent.sock",
                "at a free port and on a socket, until Ctrl-C",
            ),
            (
                "xreq broker --socket /run/agent/broker.sock --format dotenv >/run/agent/env",
                "for a container that has this folder",
            ),
            (
                "xreq broker --listen 0.0.0.0:8443 --name broker --tls --certificates /run/agent/ca.pem",
                "beside containers, as the host broker",
            ),
            ("xreq broker pending", "the calls that wait for you, of all brokers"),
            ("xreq broker status", "the brokers, with what is left of their limits"),
        ],
        notes: &[
            "Standard output has the variables that an agent needs, and then nothing more. They are good at \
             this broker alone, and for as long as it serves. Secrets of the manifest are not among them: they \
             stay with whoever starts the agent.",
            "SIGTERM and SIGINT end it: it takes no further calls, and gives those that are under way five \
             seconds. Under systemd it says when it is ready (`Type=notify`).",
            "An address that other machines reach needs `--tls`, or `--insecure-plain-http`.",
        ],
        exits: &[
            ("0", "a signal ended it"),
            ("3", "the broker failed, or a grant died with `--on-dead exit`"),
            ("125", "nothing was served: xreq failed, or a requirement is unmet"),
        ],
        see_also: &[
            "broker pending",
            "broker approve",
            "broker deny",
            "broker status",
            "run",
            "check",
            "docs/broker.md",
            "docs/approvals.md",
        ],
        ..EMPTY
    },
    Manual {
        command: "broker pending",
        examples: &[
            ("xreq broker pending", "the calls of all runs that wait"),
            ("xreq broker pending 3kq9x7tzmw", "all of one call, however long"),
            ("xreq broker pending --format json", "for a program"),
        ],
        notes: &[
            "A call waits where its agent was launched with `xreq run --ask KEY`, and KEY could give its \
             operation. Whoever decides sees the whole target and the text; of a long one the list says how \
             many characters are left, and `xreq broker pending ID` shows all of them.",
            WHERE,
        ],
        exits: &[
            ("1", "no call with this ID waits"),
            ("2", "no run is called so, or the command line is wrong"),
        ],
        see_also: &["broker approve", "broker deny", "run", "docs/approvals.md"],
        ..EMPTY
    },
    Manual {
        command: "broker approve",
        examples: &[
            ("xreq broker approve 3kq9x7tzmw", "the call goes out, or when its agent repeats it"),
            ("xreq broker approve --run 4f0c 3kq9x7tzmw", "of this run and no other"),
            ("xreq broker pending 3kq9x7tzmw", "shows before what it is"),
        ],
        notes: &[
            "An approval is for this very call (its account, operation, whole target, content type and \
             body), once. Where the agent was already told to come again, it is kept for five minutes.",
        ],
        exits: &[
            ("1", "no call with this ID waits"),
            ("2", "no run is called so, or the command line is wrong"),
        ],
        see_also: &["broker pending", "broker deny", "docs/approvals.md"],
        ..EMPTY
    },
    Manual {
        command: "broker deny",
        examples: &[
            ("xreq broker deny 3kq9x7tzmw", "the agent is answered approval/denied"),
            ("xreq broker deny --run 4f0c 3kq9x7tzmw", "of this run and no other"),
            ("xreq rules approval/denied", "what the agent is told"),
        ],
        exits: &[
            ("1", "no call with this ID waits"),
            ("2", "no run is called so, or the command line is wrong"),
        ],
        see_also: &["broker pending", "broker approve", "docs/approvals.md"],
        ..EMPTY
    },
    Manual {
        command: "broker status",
        examples: &[
            ("xreq broker status", "all runs"),
            ("xreq broker status --run 4f0c", "one of them"),
            ("xreq broker status --format json", "for a program"),
        ],
        notes: &[WHERE],
        exits: &[("2", "no run is called so, or the command line is wrong")],
        see_also: &["broker pending", "run", "docs/broker.md", "docs/limits.md"],
        ..EMPTY
    },
];
