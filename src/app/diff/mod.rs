//! Comparing manifests: what newer ones let an agent do beyond older ones, and who has to consent.

mod differ;
mod pair;
mod pairs;
mod since;

pub(crate) use differ::{Differ, Difference, NotComparable};
pub(crate) use pair::Pair;
pub(crate) use pairs::pairs;
