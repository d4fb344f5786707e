//! The variables of an agent, as a provider's file names them.

use indexmap::IndexMap;

use crate::model::variable_content::VariableContent;

/// The names of variables, each with its content.
pub(super) type Variables = IndexMap<String, VariableContent>;
