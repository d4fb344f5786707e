//! The output formats: one table. A new one is a file that implements [`Renderer`], and a line here.

use super::github::Github;
use super::gitlab::Gitlab;
use super::json::Json;
use super::markdown::Markdown;
use super::renderer::Renderer;
use super::sarif::Sarif;
use super::text::Text;

macro_rules! formats {
    ($($(#[doc = $doc:literal])+ $format:ident => $name:literal;)+) => {
        /// An output format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Format {
            $($(#[doc = $doc])+ $format,)+
        }

        impl Format {
            /// Every format, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$format,)+];

            /// Returns the name that users type.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$format => $name,)+
                }
            }

            /// Returns a phrase that says who reads it, for help.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$format => concat!($($doc),+).trim_ascii(),)+
                }
            }

            /// Returns the implementation.
            pub fn renderer(self) -> &'static dyn Renderer {
                match self {
                    $(Self::$format => &$format,)+
                }
            }
        }
    };
}

formats! {
    /// For people
    Text => "text";
    /// For programs
    Json => "json";
    /// Annotations of GitHub Actions
    Github => "github";
    /// A code quality report of GitLab
    Gitlab => "gitlab";
    /// SARIF 2.1.0, for code scanning
    Sarif => "sarif";
    /// For the summary of a job, or a comment
    Markdown => "markdown";
}
