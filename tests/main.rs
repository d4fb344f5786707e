//! xreq as its users meet it: through the built binary.

mod commands;
mod corpus;
mod examples;
mod support;
