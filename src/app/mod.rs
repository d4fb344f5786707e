//! The use cases that several front ends share.

pub(crate) mod access_token;
pub(crate) mod accounts;
pub(crate) mod audit_recorder;
pub(crate) mod check_store;
pub(crate) mod client_lookup;
pub(crate) mod context;
pub(crate) mod delivery;
pub(crate) mod display_paths;
pub(crate) mod grant_service;
pub(crate) mod manifest_discovery;
pub(crate) mod manifest_source;
pub(crate) mod manifests;
pub(crate) mod network;
pub(crate) mod output_redaction;
pub(crate) mod preflight;
pub(crate) mod refresh_host;
pub(crate) mod refresh_needed;
pub(crate) mod supervised_run;
