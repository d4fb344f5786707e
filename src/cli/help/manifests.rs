//! The manuals of the commands that judge manifests.

use super::manual::{EMPTY, Manual};

pub(super) const MANUALS: &[Manual] = &[
    Manual {
        command: "validate",
        examples: &[
            ("xreq validate", "the manifest here"),
            ("xreq validate agents/", "every manifest below a folder"),
            ("xreq validate 'agents/*/app.yaml'", "files of another name"),
            ("xreq validate --changed main", "what this branch changes, in the whole repository"),
            ("git show main:xreq.yaml | xreq validate -", "standard input"),
        ],
        notes: &[
            "In a folder, manifests are the files called xreq.yaml, xreq.yml, inf.yml and inf.yaml. \
             Folders and patterns leave out what `.gitignore` and `.ignore` name, hidden folders, and \
             node_modules, target, vendor and venv, unless the folder itself is named. With `--changed`, \
             nothing that `git` keeps is left out but the configuration of its host, such as .github. A link in the place of a manifest is an error, unless \
             it is named itself.",
        ],
        exits: &[("1", "there are errors")],
        see_also: &["rules", "check", "diff", "docs/validation.md"],
        ..EMPTY
    },
    Manual {
        command: "explain",
        examples: &[
            ("xreq explain", "the manifest here"),
            ("xreq explain x.dm.read x.like.write", "keys by themselves"),
            ("xreq explain --broker", "the calls of an agent below a broker"),
            ("xreq explain --format markdown", "for a page or a comment"),
        ],
        see_also: &["check", "catalog", "docs/broker.md"],
        ..EMPTY
    },
    Manual {
        command: "check",
        examples: &[
            ("xreq check", "the manifest here"),
            ("xreq check --account x=work", "with another account"),
            (
                "xreq check --store deploy/store --format json",
                "in CI, with grants of the repository",
            ),
        ],
        notes: &[
            "It needs no key: what is granted can be read without it, and is not proved. With \
             `--verify` the grants and secrets are opened; one whose readable part is not what was \
             sealed is an error.",
        ],
        exits: &[("1", "a requirement is unmet")],
        see_also: &["explain", "connect", "run"],
        ..EMPTY
    },
    Manual {
        command: "diff",
        examples: &[
            ("xreq diff old.yaml xreq.yaml", "two files"),
            ("xreq diff --git origin/main", "what this branch changes, in the whole repository"),
            ("xreq diff --git origin/main .", "the same below this folder"),
            (
                "git show main:xreq.yaml | xreq diff - xreq.yaml --format markdown",
                "for a comment on a pull request",
            ),
        ],
        notes: &[
            "Authority is scopes, secrets, and ways to the agent (delivery, on_refresh). A key that asks \
             for nothing new is told, and is none. An empty file, such as /dev/null, requires nothing.",
            "With `--git`, what has changed since this branch left the revision is compared, as it is in \
             the working tree: hidden and vendored folders too, and what was deleted or moved. A link is \
             an error.",
        ],
        exits: &[
            ("0", "no new authority"),
            ("1", "new authority"),
            ("2", "a manifest has errors or cannot be read, or the command line is wrong"),
        ],
        see_also: &["validate", "check", "docs/validation.md"],
        ..EMPTY
    },
    Manual {
        command: "rules",
        examples: &[
            (
                "xreq rules",
                "all of them: level, command, what is wrong; then what the broker refuses",
            ),
            ("xreq rules scope/raw", "one, with a bad and a good example"),
            ("xreq rules operation/not-declared", "a refusal: when it happens, what to do"),
            ("xreq rules --format json", "for a program"),
        ],
        notes: &[
            "What is no error by itself can be set otherwise: with `--deny`, `--warn` and `--allow` of \
             `validate`, `check` and `diff`; for every run in config.yaml; for one line of a manifest by \
             a comment above it, which says why.",
        ],
        lists: &[(
            "In files",
            &[
                ("config.yaml", "`rules: {scope/raw: deny, warnings: warn}`"),
                ("a manifest", "`# xreq: allow scope/raw the platform writes it so`"),
            ],
        )],
        see_also: &["validate", "docs/validation.md"],
        ..EMPTY
    },
];
