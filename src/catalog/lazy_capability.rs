//! A capability that is parsed when somebody asks for it: a launch needs one or two of a provider's.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};

use super::builtin;
use super::capability::Capability;

/// A capability, perhaps not parsed yet.
pub struct LazyCapability {
    parsed: OnceLock<Capability>,
    /// The embedded text of one that is built in.
    text: &'static str,
}

impl LazyCapability {
    /// Leaves a capability that is built in as text.
    pub(super) fn embedded(text: &'static str) -> Self {
        Self { parsed: OnceLock::new(), text }
    }

    /// Returns the capability.
    fn get(&self) -> &Capability {
        self.parsed.get_or_init(|| serde_json::from_str(self.text).expect(builtin::SOUND))
    }

    /// Returns the capability, to change it.
    pub(super) fn get_mut(&mut self) -> &mut Capability {
        self.get();
        self.parsed.get_mut().expect("it has just been parsed")
    }
}

impl Deref for LazyCapability {
    type Target = Capability;

    fn deref(&self) -> &Capability {
        self.get()
    }
}

impl<'de> Deserialize<'de> for LazyCapability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parsed = OnceLock::from(Capability::deserialize(deserializer)?);
        Ok(Self { parsed, text: "" })
    }
}

impl fmt::Debug for LazyCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl PartialEq for LazyCapability {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}
