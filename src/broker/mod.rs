//! The broker: a proxy beside an agent that adds the real credential to calls, and lets declared operations
//! through alone.
//!
//! The agent has placeholders, which are good at the broker of its run and nowhere else. A request that comes
//! through a tunnel, to the base URL or over the socket is held against one rule; what that admits is
//! written anew, given the credential at the last moment, and its answer passed on frame by frame.
//!
//! | file | subject |
//! | --- | --- |
//! | `authority`, `placeholder` | the credentials of a run, and the texts that the agent has for them |
//! | `rule`, `refusal`, `refusal_code` | which request goes out, and the answer to any other |
//! | `broker`, `front`, `call` | the broker, its connections, one call |
//! | `credentials`, `standings`, `injection` | the real credentials, what became of them, their place in a request |
//! | `certificates`, `bundle`, `java_store`, `api_hosts` | TLS for the API hosts |
//! | `upstream`, `unanswered` | the way to providers |
//! | `egress`, `egress_settings`, `named_host`, `other_hosts`, `forward` | the way to other hosts |
//! | `request_body`, `flow`, `echo`, `paced` | bodies on their way through |
//! | `agent_stream`, `provider_stream`, `valve`, `pressure` | connections, and how much of them lies in memory |
//! | `reach` | the calls that a key could give |
//! | `limits`, `approvals` | how many of them go out, and which a person is asked about |
//! | `rates` | what providers say of their own limits |
//! | `call_log` | the calls that were made |
//! | `doors`, `places` | where agents come to it |
//! | `protocol`, `process`, `link`, `told` | the process that it is, and its parent's end of it |
//! | `control` | what it tells other processes of its user, and what these decide |

mod agent_stream;
mod api_hosts;
pub(crate) mod approvals;
mod authority;
#[expect(clippy::module_inception, reason = "the broker is the subject of its folder")]
pub(crate) mod broker;
pub(crate) mod bundle;
mod call;
pub(crate) mod call_log;
pub(crate) mod certificates;
pub(crate) mod control;
pub(crate) mod credentials;
pub(crate) mod doors;
mod echo;
pub(crate) mod egress;
pub(crate) mod egress_settings;
mod flow;
mod forward;
pub(crate) mod front;
mod injection;
mod java_store;
pub(crate) mod limits;
pub(crate) mod link;
pub(crate) mod named_host;
pub(crate) mod other_hosts;
mod paced;
mod placeholder;
pub(crate) mod places;
pub(crate) mod pressure;
pub(crate) mod process;
pub(crate) mod protocol;
mod provider_stream;
pub(crate) mod rates;
pub(crate) mod reach;
mod refusal;
mod refusal_code;
pub(crate) mod request_body;
mod rule;
pub(crate) mod standings;
pub(crate) mod told;
mod unanswered;
pub(crate) mod upstream;
mod valve;

pub use api_hosts::{ApiHosts, api_hosts};
pub use authority::{Authority, BrokeredCredential, SatisfiedRequirement};
pub use placeholder::Placeholder;
pub use refusal::Refusal;
pub use refusal_code::RefusalCode;
pub use rule::{
    Admission, BodyCheck, BodyRule, Expected, Way, admit, canonical_host, outgoing_headers,
    tunnel_host,
};
