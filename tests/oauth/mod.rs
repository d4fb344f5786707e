//! The life of a grant, against the sandbox: consent, refreshing, faults, the end.

mod answers;
mod clock;
mod connecting;
mod disk;
mod keeping;
mod killed;
mod network;
mod oauth1;
mod origins;
pub mod recorder;
mod rules;
mod second_server;
mod service_account;
mod signals;
mod smoke;
mod together;

pub use service_account::lacks_google_auth;

/// A launch whose agent prints the access token that it got, and wants it to live a minute.
const PRINT_TOKEN: [&str; 7] =
    ["run", "--min-ttl", "1m", "--", "sh", "-c", "printf %s \"$X_ACCESS_TOKEN\""];
