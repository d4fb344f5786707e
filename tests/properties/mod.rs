//! What holds for every input.

mod algebra;
mod coverage;
mod spelling;
mod texts;
