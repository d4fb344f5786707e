//! Every kind of refusal of the broker: one table of names, each with the status of its answer.

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal, $status:literal, $title:literal;)+) => {
        /// The stable name of the reason why the broker lets a request not through.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RefusalCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl RefusalCode {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the name that users see: `subject/what-is-wrong`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the HTTP status of the answer.
            pub fn status(self) -> u16 {
                match self {
                    $(Self::$variant => $status,)+
                }
            }

            /// Returns the reason in a few words.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)+
                }
            }

            /// Returns the reason in a sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }

            /// Returns the explanation, in Markdown: when it happens, and what to do.
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("refusals/", $name, ".md")),)+
                }
            }
        }
    };
}

// None is a 401 but that of a dead grant: clients take it for an expired token, and try to sign in anew.
refusals! {
    /// No requirement of the run gives the operation.
    NotDeclared => "operation/not-declared", 403, "Operation not declared";
    /// The request is none of the operations that are known of the API.
    Unknown => "operation/unknown", 403, "Unknown operation";
    /// The operation is given, but not to the credential that was sent.
    WrongKind => "operation/kind", 403, "Other credential needed";
    /// The run may only read, and the operation changes something.
    OperationChanges => "operation/changes", 403, "Only reading allowed";
    /// Two programs could read the request in two ways.
    Ambiguous => "request/ambiguous", 400, "Ambiguous request";
    /// The request has no placeholder of this run where the API expects a credential.
    NoPlaceholder => "request/no-placeholder", 403, "No placeholder";
    /// The request has a credential that is not this run's placeholder for the API.
    ForeignCredential => "request/foreign-credential", 403, "Foreign credential";
    /// The request comes from a page in a browser.
    ForeignPage => "request/foreign-page", 403, "Request of a page";
    /// The limit of calls is reached.
    LimitExceeded => "limit/exceeded", 429, "Limit exceeded";
    /// The calls of a key that has a limit cannot be counted.
    LimitUnavailable => "limit/unavailable", 503, "Limit unavailable";
    /// The run has used up its share of the log of calls.
    LogExceeded => "log/exceeded", 429, "Share of the log used up";
    /// The call cannot be recorded.
    LogUnavailable => "log/unavailable", 503, "Log unavailable";
    /// Nobody has decided yet whether the call may be made.
    ApprovalPending => "approval/pending", 403, "Approval pending";
    /// A person denied the call, or nobody decided in time.
    ApprovalDenied => "approval/denied", 403, "Approval denied";
    /// A person has to approve the call, and it cannot be shown as a whole.
    ApprovalUnshown => "approval/unshown", 403, "Approval impossible";
    /// Too many calls wait for an approval.
    ApprovalExceeded => "approval/exceeded", 429, "Too many approvals pending";
    /// The grant behind the placeholder is dead.
    GrantDead => "grant/dead", 401, "Grant dead";
}

impl RefusalCode {
    /// Returns the code with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// Returns the part of the name before the slash.
    pub fn area(self) -> &'static str {
        self.name().split('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_have_an_area() {
        let names: HashSet<_> = RefusalCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), RefusalCode::ALL.len());
        for name in names {
            let (area, what) = name.split_once('/').expect("an area before the slash");
            let is_plain = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            assert!(is_plain(area) && is_plain(what), "{name}");
            assert_eq!(RefusalCode::named(name).map(RefusalCode::name), Some(name));
        }
    }

    #[test]
    fn no_name_is_that_of_a_rule() {
        for code in RefusalCode::ALL {
            assert_eq!(crate::findings::Rule::named(code.name()), None, "{}", code.name());
        }
    }

    #[test]
    fn every_code_is_refused_and_explained() {
        for code in RefusalCode::ALL {
            let (name, text) = (code.name(), code.explanation());
            assert!((400..500).contains(&code.status()) || code.status() == 503, "{name}");
            assert!(code.summary().ends_with('.') && !code.summary().contains("  "), "{name}");
            assert!(!code.title().ends_with('.'), "{name}");
            let headings: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(headings, ["## What to do"], "{name}");
            assert!(text.split("## What to do").all(|part| part.trim().ends_with('.')), "{name}");
            assert!(text.ends_with('\n') && text.lines().all(|line| line.chars().count() <= 101));
        }
    }
}
