//! xreq as the parent of an agent: as if it were not there.
//!
//! By default xreq becomes the agent, and none of this is needed. If it has something to do for as long
//! as the agent lives, it stays as its parent, and everything that deals with the process that it
//! started (a shell, a terminal, a service manager, a container's runtime) must see no difference:
//!
//! * **Signals** reach the agent, each once. All are blocked before anything is started, and read one by
//!   one (`signals`). A signal to xreq alone is passed on. A signal to the whole process group, such as
//!   Ctrl-C, has reached the agent already, which is in the same group and session; a second member of
//!   the group, the `witness`, tells the two apart. Signals that come before the agent is there wait.
//! * **Job control**: when the agent stops, xreq stops by the same signal, so that its shell sees a
//!   stopped job; what continues the job continues both.
//! * **The end**: xreq ends with the agent's status, or [dies of its signal](End::pass_on). If xreq is
//!   killed, the kernel kills the agent: that is seen to in the `stage`, before the agent is there.
//! * **Orphans**: as the first process of a container xreq waits for every process that ends there.
//!
//! No signal has a time limit: an agent takes the time that it needs. Only if xreq itself was
//! [ordered](Order) to end or restart the agent, a grace period bounds that.
//!
//! ```text
//! xreq run (this)
//!  ├─ witness   xreq itself, in the same group, until xreq is gone
//!  └─ stage ──▶ the agent
//! ```
//!
//! If the agent's output is filtered on a terminal, the agent is in a session of its own, and a
//! `monitor` leads that. One that is confined is always below a monitor, the first process of its PID
//! namespace, and that below a `keeper`, from which the namespaces are made.
//!
//! The supervisor knows nothing of tokens: the environment of each launch comes from its caller.

mod arrivals;
mod children;
mod ending;
mod failure;
mod identity;
#[cfg(target_os = "linux")]
mod keeper;
mod launcher;
mod link;
mod monitor;
mod options;
mod orders;
mod parent;
mod part;
mod provision;
mod report;
mod restart;
mod role;
mod signals;
mod stage;
mod supervisor;
mod telling;
mod watch;
mod witness;

pub use ending::{End, Ended};
pub use options::Options;
pub use orders::{Order, Orders};
pub use part::part;
pub use provision::{Provision, Purpose};
pub use role::arguments_of_itself;
pub use supervisor::Supervisor;
