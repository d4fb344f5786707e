//! The deliveries and the refresh action of a launch, from the command line, else `config.yaml`, else the
//! manifest, whose commands have to be trusted.

use crate::app::context::Context;
use crate::app::launch::Launch;
use crate::app::manifest_source::LoadedManifest;
use crate::audit_log::LogEntry;
use crate::error::{Advice, Code, Error, Parameter, Remedy, Result, advice};
use crate::launch::delivery::{Delivery, OnRefresh};
use crate::refresh::agent::Holding;
use crate::text::escape::legible;
use crate::trust::{Authority, TrustFile};

/// The source of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    CommandLine,
    Config,
    Manifest,
}

impl Origin {
    fn name(self) -> &'static str {
        match self {
            Self::CommandLine => "command_line",
            Self::Config => "config",
            Self::Manifest => "manifest",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::CommandLine => "of the command line",
            Self::Config => "of config.yaml",
            Self::Manifest => "of the manifest",
        }
    }
}

/// The ways of one launch.
#[derive(Clone, Debug)]
pub(crate) struct Ways {
    deliveries: Vec<Delivery>,
    pub(crate) on_refresh: OnRefresh,
    /// The source of that decision, if there is one.
    origin: Option<Origin>,
}

impl Ways {
    pub(crate) fn of(Launch { options, declared, context, .. }: Launch<'_>) -> Result<Self> {
        let (asked, stated) = (&options.supervision, &declared.requirements);
        let deliveries = if asked.deliver.is_empty() {
            stated.delivery.iter().map(|way| way.value).collect()
        } else {
            asked.deliver.clone()
        };
        let deliveries =
            if deliveries.is_empty() { Delivery::DEFAULT.to_vec() } else { deliveries };
        let by_manifest = stated.on_refresh.as_ref().map(|stated| &stated.value);
        let of_all = [
            (asked.on_refresh.as_ref(), Origin::CommandLine),
            (context.config()?.on_refresh.as_ref(), Origin::Config),
            (by_manifest, Origin::Manifest),
        ];
        let first = of_all.into_iter().find_map(|(action, from)| Some((action?.clone(), from)));
        let (on_refresh, origin) = first.unzip();
        Ok(Self { deliveries, on_refresh: on_refresh.unwrap_or_default(), origin })
    }

    /// Refuses a command of the manifest that nobody trusted on this machine.
    ///
    /// # Errors
    ///
    /// [`Code::NotTrusted`], with what is not trusted; [`Code::TrustUnusable`].
    pub(crate) fn refuse_untrusted(
        &self,
        declared: &LoadedManifest,
        context: &Context,
    ) -> Result<()> {
        let Some(command) = self.command_of_manifest() else { return Ok(()) };
        let name = legible(declared.source.name());
        let own_way =
            advice!["say how the agent is told yourself: ", Parameter::OnRefresh.value("ACTION")];
        let Some(growth) = context.untrusted(declared)? else {
            let message = format!(
                "{name} has a command run at each new token, and has no path to be trusted by: \
                 `{}`",
                legible(command)
            );
            return Err(Error::new(Code::NotTrusted, message).with_hint(own_way));
        };
        if growth.is_empty() {
            return Ok(());
        }
        let parts: Vec<_> =
            growth.parts().map(|(kind, part)| format!("{kind} `{}`", legible(part))).collect();
        let message = format!(
            "{name} has a command run beside the agent, and was not trusted on this machine with: \
             {}",
            parts.join(", ")
        );
        let trust = Remedy::TrustManifest { path: declared.path.clone() };
        Err(Error::new(Code::NotTrusted, message).with_hint(advice![
            trust,
            "; or ",
            Remedy::from(own_way)
        ]))
    }

    /// Returns a warning if the agent would never hear of a new token.
    pub(crate) fn warning(&self) -> Option<Advice> {
        (self.on_refresh == OnRefresh::None && !self.hand_over()).then(|| {
            advice![
                "the agent hears of no new token: variables are those of the launch; deliver by \
                 file or endpoint too, or say how it is told, as with ",
                Parameter::OnRefresh.value("restart")
            ]
        })
    }

    /// Returns the lines of `--dry-run`.
    pub(crate) fn shown(
        &self,
        declared: &LoadedManifest,
        context: &Context,
        is_used: bool,
    ) -> Vec<Advice> {
        let names: Vec<_> = self.deliveries.iter().map(|way| way.name()).collect();
        let mut lines = vec![Advice::from(format!("deliver {}", names.join(",")))];
        if let Some(origin) = self.origin {
            let trust = match self.command_of_manifest().map(|_| context.untrusted(declared)) {
                None => Advice::default(),
                Some(Ok(Some(growth))) if growth.is_empty() => ", which is trusted".into(),
                Some(_) => advice![
                    ", which is not trusted: a launch refuses it until ",
                    Remedy::TrustManifest { path: None }.request()
                ],
            };
            let unused = if is_used {
                Advice::default()
            } else {
                advice![", used with ", Parameter::KeepFresh]
            };
            let action = legible(&self.on_refresh.to_string());
            lines.push(advice![
                format!("on refresh {action}  ({}", origin.in_words()),
                Remedy::from(trust),
                Remedy::from(unused),
                ")"
            ]);
        }
        lines
    }

    /// Adds what of it is to be recorded.
    pub(crate) fn recorded(&self, entry: LogEntry) -> LogEntry {
        let entry = entry.with_delivery(self.deliveries.iter().map(|way| way.name()).collect());
        match self.origin {
            Some(origin) if self.on_refresh != OnRefresh::None => {
                entry.with_on_refresh(&self.on_refresh.to_string(), origin.name())
            }
            _ => entry,
        }
    }

    /// Returns whether the agent gets tokens that are newer than its launch.
    fn hand_over(&self) -> bool {
        self.deliveries.iter().any(|way| *way != Delivery::Env)
    }

    pub(crate) fn holding(&self) -> Holding {
        if self.hand_over() { Holding::Tokens } else { Holding::Metadata }
    }

    pub(crate) fn has(&self, way: Delivery) -> bool {
        self.deliveries.contains(&way)
    }

    fn command_of_manifest(&self) -> Option<&str> {
        self.on_refresh.command().filter(|_| self.origin == Some(Origin::Manifest))
    }
}

impl Context {
    /// Returns the authority of a manifest that was not trusted on this machine; `None` if it has no
    /// path that could be trusted.
    pub(crate) fn untrusted(&self, declared: &LoadedManifest) -> Result<Option<Authority>> {
        let Some(path) = declared.real_path()? else { return Ok(None) };
        let trusted = TrustFile::of(&self.env, &self.trust)?.authority(&path)?.unwrap_or_default();
        Ok(Some(Authority::of(&declared.requirements).beyond(&trusted)))
    }
}
