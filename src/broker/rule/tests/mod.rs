//! The rule as a whole.
