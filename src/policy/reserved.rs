//! Names that no secret may have, since a variable of that name is somebody else's.

use crate::catalog::{Catalog, Provider};
use crate::error::{Remedy, advice};
use crate::findings::Rule;
use crate::model::variable;
use crate::model::variable::Steering;

/// The owner of a variable whose name an app asks for as a secret.
pub enum VariableOwner<'a> {
    /// xreq sets it for this provider, or keeps it from agents.
    Provider(&'a Provider),
    /// It is one of xreq's own.
    Own,
    /// It steers programs.
    Steering(&'static Steering),
}

impl<'a> VariableOwner<'a> {
    /// Returns the owner of this variable; `None` if a secret may have the name.
    pub fn of(name: &str, catalog: &'a Catalog) -> Option<Self> {
        let provider = catalog.owner_of_variable(name).map(Self::Provider);
        provider
            .or_else(|| variable::is_own(name).then_some(Self::Own))
            .or_else(|| variable::steering(name).map(Self::Steering))
    }

    /// Returns the rule that a manifest breaks with it.
    pub fn rule(&self) -> Rule {
        match self {
            Self::Provider(_) | Self::Own => Rule::ReservedSecretName,
            Self::Steering(_) => Rule::SteeringSecretName,
        }
    }

    /// Returns the reason why no secret may have the name: completes a sentence that begins with
    /// it.
    pub fn reason(&self) -> String {
        match self {
            Self::Provider(_) => "is a variable that xreq itself sets or removes".to_owned(),
            Self::Own => "starts with `XREQ_`, as xreq's own variables do".to_owned(),
            Self::Steering(steering) => {
                format!("steers programs, and decides {}", steering.decides)
            }
        }
    }

    /// Returns the way out.
    pub fn help(&self) -> Remedy {
        match self {
            Self::Provider(Provider { slug, .. }) => {
                let show = Remedy::ShowProvider { provider: slug.to_string(), part: "keys" };
                advice![format!("require a key of `{slug}` instead: "), show.request()].into()
            }
            Self::Own => "rename it".into(),
            Self::Steering(_) => "rename it: the agent and all that it starts would take the \
                                  secret for this setting"
                .into(),
        }
    }
}
