//! The life of a grant, against the sandbox: consent, refreshing, faults, the end.

mod second_server;
mod smoke;
