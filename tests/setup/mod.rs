//! The way from nothing to a launched agent, as the commands show it.

mod asking;
mod first_hour;
mod first_record;
mod next;
mod way;
