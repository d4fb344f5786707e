//! Commands that keep a grant alive, show its state and end it.

mod dead;
mod ending;
mod recipients;
mod refreshing;
mod status;
mod token;
