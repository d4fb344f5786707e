//! A launch of an agent: what was asked for, and for which manifest.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::isolation::IsolationOptions;
use crate::app::manifest_source::LoadedManifest;
use crate::broker::doors::Doors;
use crate::broker::egress::Egress;
use crate::broker::egress_settings::EgressSettings;
use crate::broker::limits::Limit;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::launch::delivery::{Delivery, OnRefresh};
use crate::policy::needs::Needs;

/// Options of a launch.
#[derive(Clone, Debug)]
pub(crate) struct LaunchOptions {
    /// The manifest; none is the one that is found here.
    pub(crate) manifest: Option<PathBuf>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
    pub(crate) criteria: Criteria,
    /// Whether the agent inherits only what every program needs.
    pub(crate) pristine: bool,
    /// Whether nothing is launched or recorded.
    pub(crate) dry_run: bool,
    /// The agent and its arguments; nothing where somebody else starts it.
    pub(crate) command: Vec<OsString>,
    pub(crate) supervision: Supervision,
}

/// The work of xreq for as long as the agent lives.
#[derive(Clone, Debug)]
pub(crate) struct Supervision {
    /// Whether the agent's access tokens are kept fresh.
    pub(crate) keep_fresh: bool,
    /// Ways in which the agent gets tokens; none leaves it to the manifest.
    pub(crate) deliver: Vec<Delivery>,
    /// Way in which the agent is told of a new token; none leaves it to `config.yaml` and the manifest.
    pub(crate) on_refresh: Option<OnRefresh>,
    /// Time that an agent may take to end before it is killed.
    pub(crate) grace: Duration,
    pub(crate) on_dead: OnDead,
    /// Whether secrets are replaced in what the agent prints.
    pub(crate) redact: bool,
    /// The broker that holds the agent's tokens; none leaves them to the agent.
    pub(crate) broker: Option<Brokering>,
    /// The options of its isolation, if it is isolated; there is a broker then.
    pub(crate) isolation: Option<IsolationOptions>,
}

/// Options of a broker.
#[derive(Clone, Debug)]
pub(crate) struct Brokering {
    /// The doors that it is to have.
    pub(crate) doors: Doors,
    /// What the launch says of hosts that are no API hosts, beside `config.yaml`.
    pub(crate) egress: EgressSettings,
    /// Whether only operations that change nothing are let through.
    pub(crate) read_only: bool,
    /// The limits on keys, beside those of `config.yaml`.
    pub(crate) limits: Vec<Limit>,
    /// The folder in which calls are counted, from the root; none is the state folder.
    pub(crate) limit_log: Option<PathBuf>,
    /// The keys that a person is asked about.
    pub(crate) questions: Questions,
}

/// Options of approvals.
#[derive(Clone, Debug)]
pub(crate) struct Questions {
    /// The keys whose calls wait until a person says yes.
    pub(crate) keys: Vec<String>,
    /// Time for which a call is held before its agent is told to come again.
    pub(crate) wait: Duration,
    /// Time that a person has to decide.
    pub(crate) timeout: Duration,
}

/// The action when a grant dies while the agent lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDead {
    /// End the agent, and xreq.
    Exit,
    /// Wait for the account to be connected anew.
    Wait,
}

impl LaunchOptions {
    /// Returns the first word of the agent's command line; `-` where somebody else starts it.
    pub(crate) fn argv0(&self) -> Cow<'_, str> {
        self.command.first().map_or(Cow::Borrowed("-"), |word| word.to_string_lossy())
    }

    /// Returns whether the agent is started here, and so gets its secrets from here.
    pub(crate) fn starts_agent(&self) -> bool {
        !self.command.is_empty()
    }
}

impl Supervision {
    /// Returns whether xreq stays as the agent's parent.
    pub(crate) fn is_wanted(&self) -> bool {
        self.keep_fresh || self.redact || self.broker.is_some()
    }
}

/// The command to launch, its manifest and its options.
#[derive(Clone, Copy)]
pub(crate) struct Launch<'a> {
    pub(crate) options: &'a LaunchOptions,
    pub(crate) context: &'a Context,
    pub(crate) catalog: &'a Catalog,
    pub(crate) declared: &'a LoadedManifest,
    pub(crate) needs: &'a Needs<'a>,
}

impl Launch<'_> {
    /// Returns the rule for other hosts, if there is a broker to hold it.
    ///
    /// # Errors
    ///
    /// `config.yaml` cannot be read.
    pub(crate) fn egress(&self) -> Result<Option<Egress>> {
        let supervision = &self.options.supervision;
        let Some(brokering) = &supervision.broker else { return Ok(None) };
        let settings = &self.context.config()?.egress;
        Ok(Some(brokering.egress.over(settings, supervision.isolation.is_some())))
    }
}
