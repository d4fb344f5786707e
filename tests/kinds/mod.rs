//! Credentials that are no grants: got, judged, handed over and given up.

mod app_only;
mod static_token;
