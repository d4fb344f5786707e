//! The rule as a whole: ways around it, and what holds for every request.

mod bodies;
mod credentials;
mod hosts;
mod operations;
mod paths;
mod places;
mod request;
mod ways_around;
