//! Statements: what a writer signs.

use serde::Serialize;

use super::canonical;

/// A list of fields in a context, encoded so that no two differ and have the same bytes.
///
/// Each field is preceded by its length (64 bits, the highest first), and the first one is the context:
/// what kind of thing it is about, and the version of its list of fields. A signature of one kind is
/// none of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(Vec<u8>);

impl Statement {
    /// Creates a statement without fields.
    pub fn new(context: &'static str) -> Self {
        Self(Vec::new()).field(context.as_bytes())
    }

    /// Adds a field of bytes.
    #[must_use]
    pub fn field(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Adds a number as a field.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.field(&number.to_be_bytes())
    }

    /// Adds a value as a field, in the canonical form of its JSON (RFC 8785).
    #[must_use]
    pub fn json(self, value: &impl Serialize) -> Self {
        self.field(&canonical::json(value))
    }

    /// Returns its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn statement(fields: &[Vec<u8>]) -> Statement {
        fields.iter().fold(Statement::new("test 1"), |statement, field| statement.field(field))
    }

    #[test]
    fn the_encoding_is_stable() {
        let statement = Statement::new("ab").field(b"").number(258).json(&["c"]);
        let expected =
            b"\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\x01\x02\
            \0\0\0\0\0\0\0\x05[\"c\"]";
        assert_eq!(statement.bytes(), expected);
    }

    #[test]
    fn a_context_is_no_field() {
        assert_ne!(Statement::new("a").field(b"b"), Statement::new("ab"));
        assert_ne!(Statement::new("a").field(b"b"), Statement::new("b").field(b"a"));
    }

    proptest! {
        #[test]
        fn other_fields_are_other_bytes(
            one in prop::collection::vec(prop::collection::vec(0..3_u8, 0..9), 0..4),
            other in prop::collection::vec(prop::collection::vec(0..3_u8, 0..9), 0..4),
        ) {
            prop_assert_eq!(one == other, statement(&one) == statement(&other));
        }

        #[test]
        fn a_field_that_is_cut_in_two_is_another_statement(
            field in prop::collection::vec(any::<u8>(), 1..40), at in any::<prop::sample::Index>(),
        ) {
            let (left, right) = field.split_at(at.index(field.len()));
            prop_assert_ne!(statement(&[left.to_vec(), right.to_vec()]), statement(std::slice::from_ref(&field)));
        }
    }
}
