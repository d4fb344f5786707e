//! Sentences that answer several habits.

/// Why a secret is no argument, and how it is given instead.
pub(in crate::cli) const BY_STDIN: &str = "values come from standard input, a prompt or a file, never as an \
                                   argument: other users of the machine see those in the list of \
                                   processes, and the shell keeps them in its history";

pub(super) const CONFIG: &str = "there is no command for settings: they are in `config.yaml`, in the folder \
                      `$XREQ_HOME`, else `$XDG_CONFIG_HOME/xreq`, else `~/.config/xreq`";

/// Why the value of a secret is not shown, and where it goes.
pub(in crate::cli) const UNPRINTED: &str = "the value of a secret is never printed: `xreq run -- COMMAND` hands it to a \
                         program, `xreq secret list` shows the names, and `xreq token PROVIDER` prints \
                         an access token";

pub(super) const REMOVAL: &str = "nothing removes xreq but what installed it; its records are in `$XREQ_HOME`, else in \
                       `~/.config/xreq`, `~/.local/share/xreq` and `~/.local/state/xreq`: `xreq disconnect` \
                       ends what is granted before they are deleted (docs/store.md)";

pub(super) const MOVE: &str = "a store is folders that are copied: `$XREQ_HOME`, else `~/.config/xreq` and \
                    `~/.local/share/xreq`; the identity in them opens it, and one machine alone may use the \
                    copy, since refresh tokens are good once (docs/store.md)";

pub(super) const ENVIRONMENT: &str = "no command prints the values: `xreq run --dry-run -- COMMAND` shows which \
                           variables a program would get, and `xreq run -- COMMAND` starts it with them";
