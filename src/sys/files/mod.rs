//! Files that xreq relies on: each is a regular file that can be reached, and that nobody else can
//! change.
//!
//! | module | subject | touches the world |
//! | --- | --- | --- |
//! | `open` | opening, where absent is allowed and anything odd is not | yes |
//! | `create` | making files and folders, as a whole or not at all | yes |
//! | `obstacle` | the link or folder that keeps a path from being reached | yes |
//! | `trust` | owners and modes of the files that decide where secrets go | yes |
//! | `groups` | groups that are one user's own | the two databases |
//! | `fault` | faults in words, each with the way out | names of users |

mod create;
mod fault;
mod groups;
mod obstacle;
mod open;
mod trust;

pub(crate) use create::{create, make_folder, sync_folder, temporary};
pub(crate) use fault::{Site, failure, failure_in, unlocked};
pub(crate) use open::{
    Links, append, entries, exists, give, give_at, glimpse, is_folder, open, own, shut, stream,
};
pub use trust::Trust;
