//! The bounds of a server: what one client, and all of them together, can take of it.

use std::time::Duration;

/// The limits that a server sets its clients. Each listener has its own count of connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most connections that are open at once.
    pub(crate) connections: usize,
    /// Treatment of one more connection.
    pub(crate) crowd: Crowd,
    /// The most bytes of a request's head.
    pub(crate) head: usize,
    /// The most bytes of a request's body.
    pub(crate) body: usize,
    /// Time that a client may take from connecting to the end of its first head.
    pub(crate) first: Duration,
    /// Time that a later head may take, and a body; and for which a client may take nothing of an
    /// answer.
    pub(crate) patience: Duration,
    /// Time that a connection is kept without a request. `None`: it ends with its first answer.
    pub(crate) idle: Option<Duration>,
    /// Whether a request counts whose client sends nothing more, and may be gone. Otherwise it is
    /// dropped where it is.
    pub(crate) half_close: bool,
}

/// The rule for a connection that finds no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// It waits until another one ends.
    Waits,
    /// The oldest one has to go.
    CutsOldest,
}

impl Limits {
    /// Bounds that suit a server of one user. Browsers send the cookies of every app on this machine
    /// to it, whatever its port: 64 KiB of them are taken, beside an address of some length.
    pub(crate) const USUAL: Self = Self {
        connections: 512,
        crowd: Crowd::Waits,
        head: 80 << 10,
        body: 256 << 10,
        first: Duration::from_secs(5),
        patience: Duration::from_secs(5),
        idle: Some(Duration::from_mins(2)),
        half_close: true,
    };
}
