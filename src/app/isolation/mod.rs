//! `xreq run --isolate`: the confinement of one launch, from what the machine and the user have.

mod aside;
mod boundary;
mod confinement;
mod names;
mod options;
mod sockets;
mod sources;
mod variables;

pub(crate) use confinement::confinement;
pub(crate) use options::IsolationOptions;
pub(crate) use sources::cover as cover_sources;
pub(crate) use variables::point_inside;
