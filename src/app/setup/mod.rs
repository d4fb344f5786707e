//! Setting up: the way to the first launch, and the home that it begins with.

mod home;
mod manifest;
mod plan;
mod survey;

pub(crate) use home::{NewHome, make_home, offer_home};
pub(crate) use manifest::MANIFEST;
pub(crate) use plan::{Milestone, SandboxOffer, SetupPlan, SetupStep};
pub(crate) use survey::{Subject, sandbox_for, survey, way_ahead};
