//! Settings of egress: what a user says of other hosts, for one launch or for all of them.

use serde::Deserialize;

use super::egress::Egress;
use super::named_host::NamedHost;

/// What a user says of hosts that are no API hosts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EgressSettings {
    /// What holds for hosts that nobody named.
    pub(crate) default: Option<EgressDefault>,
    /// Hosts that an agent may reach in any case.
    pub(crate) hosts: Vec<NamedHost>,
}

/// Whether an agent may reach hosts that nobody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EgressDefault {
    /// It may, by name and at the ports of HTTP.
    Allow,
    /// It may not.
    Deny,
}

impl EgressSettings {
    /// Returns the rule of a launch that says this, over what is said for all of them. An isolated agent
    /// reaches no host that nobody named, unless its own launch says so.
    pub(crate) fn over(&self, settings: &Self, is_isolated: bool) -> Egress {
        let by_default = match settings.default {
            _ if is_isolated => EgressDefault::Deny,
            Some(default) => default,
            None => EgressDefault::Allow,
        };
        let others = self.default.unwrap_or(by_default);
        let named = settings.hosts.iter().chain(&self.hosts).cloned().collect();
        Egress { allows_others: others == EgressDefault::Allow, named }
    }
}

#[cfg(test)]
mod tests {
    use super::EgressDefault::{Allow, Deny};
    use super::*;

    #[test]
    fn a_launch_overrides_the_default_and_adds_hosts() {
        let says = |default, host: &str| EgressSettings {
            default,
            hosts: vec![host.parse().expect("a host")],
        };
        for (launch, always, is_isolated, expected) in [
            (None, None, false, true),
            (None, Some(Deny), false, false),
            (Some(Allow), Some(Deny), false, true),
            (Some(Deny), Some(Allow), false, false),
            (None, None, true, false),
            (None, Some(Allow), true, false),
            (Some(Allow), Some(Deny), true, true),
        ] {
            let egress = says(launch, "a.example").over(&says(always, "b.example"), is_isolated);
            assert_eq!(egress.allows_others, expected, "{launch:?} {always:?} {is_isolated}");
            let named: Vec<_> = egress.named.iter().map(ToString::to_string).collect();
            assert_eq!(named, ["b.example", "a.example"]);
        }
    }
}
