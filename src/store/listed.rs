//! Records in a list.

use super::record::Record;
use crate::error::Result;

/// A record in a list: a file that cannot be read spoils its own entry, not the list.
#[derive(Debug)]
pub struct ListEntry<R: Record> {
    /// The name of the record.
    pub name: R::Name,
    /// The part that can be read without a key.
    pub metadata: Result<R::Metadata>,
}
