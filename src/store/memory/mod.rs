//! The store in memory: for tests of whatever uses a store, and as the model of one that machines share.

mod counters;
mod store;
mod work;

pub use self::counters::MemoryCounters;
pub use self::store::MemoryStore;
