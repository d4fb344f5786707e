//! The findings of one file, rendered.

/// The rendered findings of one file, and their counts.
#[derive(Default)]
pub struct Listed {
    /// Its findings in the format of the listing; empty where it has none.
    pub text: String,
    /// How many findings the text has.
    pub shown: usize,
    /// How many of them are errors.
    pub errors: usize,
    /// How many of them are warnings.
    pub warnings: usize,
}
