//! What holds for every input.

mod coverage;
mod spelling;
mod texts;
