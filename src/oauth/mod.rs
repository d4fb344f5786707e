//! OAuth 2.0, as far as it is needed: what a token endpoint answers.

pub mod token_response;
