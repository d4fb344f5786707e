//! The rule of the broker: which requests go out, and as what.
//!
//! A request goes out if it carries this run's placeholder where the API expects a credential, if its
//! method, its path and the names of its parameters are those of one operation, and if satisfied
//! requirements give that operation to the credential. What could be read in two ways is refused before
//! anything is compared, and never set right: only what was judged is written out.

mod admission;
mod admit;
mod body_check;
mod body_content;
mod body_rule;
mod credential;
mod denial;
mod expected;
mod form_names;
mod framing;
mod host;
mod json_names;
mod media_type;
mod names;
mod outgoing;
mod path;
mod percent;
mod placeholder_place;
mod query;
mod target;
#[cfg(test)]
mod tests;
mod utf8;
mod way;

pub use admission::Admission;
pub use admit::admit;
pub use body_check::BodyCheck;
pub use body_rule::BodyRule;
pub(in crate::broker) use credential::presented;
pub use expected::Expected;
pub(in crate::broker) use framing::announces_body;
pub use host::{canonical_host, tunnel_host};
pub(in crate::broker) use outgoing::named_by_connection;
pub use outgoing::outgoing_headers;
pub use way::Way;
