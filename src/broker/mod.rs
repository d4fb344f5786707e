//! The broker: what an agent that holds no token may do with a run's authority.
//!
//! What is here knows no clock, no file and no network: it judges the head of a request, and the names in
//! its body.

mod api_hosts;
mod authority;
mod placeholder;
mod refusal;
mod refusal_code;
mod rule;

pub use api_hosts::{ApiHosts, api_hosts};
pub use authority::{Authority, BrokeredCredential, SatisfiedRequirement};
pub use placeholder::Placeholder;
pub use refusal::Refusal;
pub use refusal_code::RefusalCode;
pub use rule::{
    Admission, BodyCheck, BodyRule, Way, admit, canonical_host, outgoing_headers, tunnel_host,
};
