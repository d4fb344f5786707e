//! The steps of a confinement.

macro_rules! steps {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal, $words:literal;)+) => {
        /// A step of a confinement, in the order in which they are taken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Step {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Step {
            /// Every step.
            const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns its name, for reports between processes and for people.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns it as what xreq was about to do.
            pub(super) fn in_words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)+
                }
            }
        }
    };
}

steps! {
    /// Descriptors that xreq was started with are closed.
    Descriptors => "descriptors", "close inherited descriptors";
    /// The namespaces are made.
    Namespaces => "namespaces", "make namespaces";
    /// The user and the group are mapped to themselves.
    Identity => "identity", "map the user into the namespace";
    /// The loopback interface is set up.
    Loopback => "loopback", "set up the loopback interface";
    /// Listeners are made and handed over.
    Listeners => "listeners", "listen on the loopback interface";
    /// The first process of the PID namespace is started.
    Init => "init", "start the first process of the namespace";
    /// Mounts are cut off from those outside.
    Propagation => "propagation", "cut mounts off from those outside";
    /// The file system of processes is that of the namespace.
    Processes => "processes", "mount `/proc`";
    /// No further user namespaces can be made.
    Nesting => "nesting", "forbid further user namespaces";
    /// Paths that can be written are mounts of their own.
    Writable => "writable", "keep a path writable";
    /// Temporary folders are private.
    Private => "private", "make a folder private";
    /// There are no devices but those that hold nothing.
    Devices => "devices", "mount `/dev`";
    /// All else is read-only.
    ReadOnly => "read-only", "make a mount read-only";
    /// Names in the paths that can be written are read-only.
    Names => "names", "keep a name read-only";
    /// Paths are covered.
    Covers => "covers", "cover a path";
    /// The working directory is entered anew, as it is now.
    Folder => "folder", "enter the working directory";
    /// Capabilities are given up.
    Capabilities => "capabilities", "give up capabilities";
    /// System calls are filtered.
    Filter => "filter", "filter system calls";
}

impl Step {
    /// Returns the step of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|step| step.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_names_of_their_own() {
        for step in Step::ALL {
            assert_eq!(Step::named(step.name()), Some(*step));
        }
    }
}
