//! The content of a body, as far as the rule tells one from another.

/// The content of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyContent {
    /// There is none.
    Nothing,
    /// A form.
    Form,
    /// JSON.
    Json,
    /// Something that is not looked at.
    Other,
}
