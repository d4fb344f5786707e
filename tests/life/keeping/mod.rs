//! Commands that keep a grant alive, show its state and end it.

mod ending;
mod refreshing;
mod status;
mod token;
