//! The few questions that are asked of the `git` program: what changed since a revision, and what
//! files said then.
//!
//! A repository is a stranger's folder. `git` finds the working tree and its `.git` by a question
//! that runs nothing; whatever else it is asked, it reads settings of xreq in the place of
//! those of the repository, so that none of the programs that they can name is started. It gets the
//! few variables by which it finds itself and its user, and none with a token.
//!
//! A revision is resolved to the id of a commit before anything else sees it, so that none is ever
//! read as an option.

mod changes;
mod fault;
mod isolation;
mod objects;
mod path;
mod program;
mod repository;
mod revision;
mod tree;

pub use changes::ChangedFile;
pub use objects::{Id, Texts};
pub use repository::Repository;
pub use revision::{Base, Commit};
