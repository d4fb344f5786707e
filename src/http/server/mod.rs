//! One server for everything that listens on this machine: the redirect of a consent, an agent's
//! endpoint, the daemon's health and metrics, the sandbox.
//!
//! HTTP itself is hyper's. Here is what local servers share around it: they listen on the loopback
//! address or on a Unix socket, refuse requests that are for another host (DNS rebinding) or come
//! from another site's page, and bound what a client can take of them.
//!
//! | file | subject |
//! | --- | --- |
//! | `listener`, `stream` | sockets, and the connections that they accept |
//! | `limits` | the bounds of a server |
//! | `guard`, `refusal` | the `Host` and the origin of a request; why it is not let in |
//! | `site` | the interface that a server's answers implement |
//! | `server`, `served` | accepting, and the end; what connections share |
//! | `connection` | one connection, from its first byte to its end |
//! | `wire`, `turn`, `timer` | time limits, hyper's own answers, and a close that loses no answer |
//! | `request`, `response`, `body`, `page` | small typed values |
//! | `background` | a thread that runs servers beside synchronous code |
//!
//! A server needs a runtime and makes none: `serve` is a future of the caller's.

mod accept;
mod background;
mod body;
mod connection;
mod guard;
mod limits;
mod listener;
mod page;
mod refusal;
mod request;
mod response;
mod served;
mod site;
mod stream;
#[cfg(test)]
mod tests;
mod timer;
mod turn;
mod wire;

pub(crate) use accept::{Server, Stop};
pub(crate) use background::Background;
pub(crate) use body::Body;
pub(crate) use guard::{Guard, Host, Pages};
pub(crate) use limits::{Crowd, Limits};
pub(crate) use listener::Listener;
pub(crate) use page::Page;
pub(crate) use refusal::Refusal;
pub(crate) use request::Request;
pub(crate) use response::Response;
pub(crate) use site::{Outcome, Site};
pub(crate) use stream::Stream;
