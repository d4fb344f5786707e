//! xreq as its users meet it: through the built binary.

mod corpus;
mod examples;
mod support;
