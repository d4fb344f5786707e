//! A row of what was made.

use crate::text::layout::Layout;

/// The columns of the widest name.
const WIDEST: usize = "recipient".len();

/// Adds what a name stands for.
pub(super) fn row(layout: &mut Layout, name: &str, text: String) {
    layout.definitions(0, WIDEST, [(name.into(), text.into())]);
}
