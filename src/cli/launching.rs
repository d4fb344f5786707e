//! Arguments of a launch, and of the supervision of an agent.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, ValueEnum};
use jiff::SignedDuration;

use super::arguments::{Against, CatalogFiles, ManifestFile};
use super::format;
use crate::broker::limits::Limit;
use crate::broker::named_host::NamedHost;
use crate::findings::Format;
use crate::manifest::delivery::{Delivery, OnRefresh};
use crate::text::time::duration;

/// Launch an agent with exactly what it declares
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("brokered").args(["broker", "isolate"]).multiple(true)))]
#[allow(clippy::struct_field_names, reason = "fields are named as the options are")]
pub(crate) struct Run {
    #[command(flatten)]
    pub manifest: ManifestFile,
    #[command(flatten)]
    pub against: Against,
    /// Let the agent inherit only what every program needs: PATH, HOME, USER, LOGNAME, SHELL, TERM,
    /// COLORTERM, `NO_COLOR`, LANG, LC_*, TZ, TMPDIR, PWD and `XDG_RUNTIME_DIR`
    #[arg(long)]
    pub pristine: bool,
    /// Show what would be set and removed, with values hidden, and launch nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub catalog: CatalogFiles,
    /// The agent and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
    #[command(flatten)]
    pub staying: Staying,
    #[command(flatten)]
    pub isolation: Isolation,
}

/// Let a manifest decide what nobody looks at, such as a command
#[derive(Args, Debug)]
pub(crate) struct Trust {
    /// The manifest, or a provider file of the configuration [default: `$XREQ_MANIFEST`, else xreq.yaml, xreq.yml, inf.yml or inf.yaml here or
    /// above, in the same repository]
    #[arg(value_name = "MANIFEST")]
    pub manifest: Option<PathBuf>,
    /// Do not ask
    #[arg(long, conflicts_with_all = ["list", "remove"])]
    pub yes: bool,
    /// List what is trusted
    #[arg(long, conflicts_with_all = ["manifest", "remove"])]
    pub list: bool,
    /// Trust it no longer
    #[arg(long)]
    pub remove: bool,
    /// The format of the output
    #[arg(long, value_parser = format::of_results(), default_value = "text", requires = "list")]
    pub format: Format,
    #[command(flatten)]
    pub catalog: CatalogFiles,
}

/// What xreq does for as long as the agent lives.
#[derive(Args, Debug)]
#[command(next_help_heading = "While the agent lives")]
#[allow(clippy::struct_field_names, reason = "fields are named as the options are")]
pub(crate) struct Staying {
    /// Stay as the agent's parent, and keep its access tokens fresh
    #[arg(long)]
    pub keep_fresh: bool,
    /// How the agent gets tokens [default: what the manifest says, else env,endpoint]
    #[arg(long, value_name = "env,file,endpoint", value_delimiter = ',', value_parser = deliveries(), requires = "keep_fresh")]
    pub deliver: Vec<Delivery>,
    /// How the agent is told of a new token: none, restart, signal=HUP or 'exec COMMAND'
    /// [default: what config.yaml says, else the manifest, whose command has to be trusted with
    /// `xreq trust`, else none]
    #[arg(long, value_name = "ACTION", requires = "keep_fresh")]
    pub on_refresh: Option<OnRefresh>,
    /// How long an agent may take to end before it is killed, where xreq ends or restarts it
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration, requires = "keep_fresh")]
    pub grace: SignedDuration,
    /// What to do when a grant dies: end the agent, or wait until its account is connected anew
    #[arg(long, value_enum, value_name = "exit|wait", default_value_t, requires = "keep_fresh")]
    pub on_dead: OnDead,
    /// Replace injected secrets in what the agent prints
    #[arg(long)]
    pub redact: bool,
    /// Keep the tokens: the agent gets placeholders, and a proxy that adds the token to declared
    /// operations and refuses all others
    #[arg(long, help_heading = BROKER)]
    pub broker: bool,
    #[command(flatten)]
    pub brokering: Brokering,
}

/// The heading of the options of a broker.
const BROKER: &str = "Broker";

/// The rules of a broker, beside an agent or as a sidecar.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = BROKER)]
pub(crate) struct Brokering {
    /// Whether the agent may reach hosts that are no API hosts [default: what
    /// config.yaml says, else allow; isolated deny]
    #[arg(long, value_enum, value_name = "allow|deny", requires = "brokered")]
    pub egress: Option<Egress>,
    /// A host that the agent may reach in any case, beside those of config.yaml: HOST, *.HOST or HOST:PORT
    #[arg(long = "egress-host", value_name = "HOST", requires = "brokered")]
    pub egress_hosts: Vec<NamedHost>,
    /// Let only operations through that change nothing
    #[arg(long, requires = "brokered")]
    pub read_only: bool,
    /// Let a key give at most N calls in a time, counted for the account across all of its runs
    #[arg(long = "limit", value_name = "KEY=N/DURATION", requires = "brokered")]
    pub limits: Vec<Limit>,
    /// The folder in which calls are counted for limits [default: limits in the state folder]
    #[arg(long, value_name = "FOLDER", requires = "brokered")]
    pub limit_log: Option<PathBuf>,
    /// Let each call that a key could give wait until a person says yes (`xreq broker pending`)
    #[arg(long = "ask", value_name = "KEY", requires = "brokered")]
    pub asks: Vec<String>,
    /// How long such a call is held before its agent is told to come again
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = duration, requires = "asks")]
    pub ask_wait: SignedDuration,
    /// How long a person has to decide, before the call counts as denied
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, requires = "asks")]
    pub ask_timeout: SignedDuration,
}

/// Whether an agent may reach hosts that are no API hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Egress {
    /// It may, by name and at the ports of HTTP.
    Allow,
    /// It may not.
    Deny,
}

/// The isolation of the agent.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Isolation")]
pub(crate) struct Isolation {
    /// Confine the agent, on Linux, with a broker: it reaches nothing else, writes to the working directory
    /// alone, and sees no store and no process outside
    #[arg(long)]
    pub isolate: bool,
    /// A file or folder that an isolated agent may write too, such as .git
    #[arg(long, value_name = "PATH", requires = "isolate")]
    pub writable: Vec<PathBuf>,
    /// Let an isolated agent make Unix sockets: it then reaches programs that listen where it can see
    #[arg(long, requires = "isolate")]
    pub allow_unix_sockets: bool,
}

/// Returns the actions on a new token that one word says, each with what it does.
pub(crate) fn refresh_actions() -> impl Iterator<Item = (String, &'static str)> {
    OnRefresh::words()
}

/// The ways of delivery as they are typed, completed and suggested.
fn deliveries() -> impl TypedValueParser<Value = Delivery> {
    let names = PossibleValuesParser::new(Delivery::ALL.map(Delivery::name));
    names.map(|name| name.parse().expect("it is one of the names"))
}

/// What to do when a grant dies while the agent lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnDead {
    /// End the agent, and xreq.
    Exit,
    /// Wait for the account to be connected anew.
    #[default]
    Wait,
}
