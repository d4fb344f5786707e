//! Texts for people and other programs: encodings, quoting, redaction, times in words. All of it is
//! pure.

pub mod ambiguous;
pub mod count;
pub mod dotenv;
pub mod encoding;
pub mod escape;
pub(crate) mod html;
pub mod layout;
pub mod nearest;
pub mod redact;
pub mod scalar;
pub mod shell;
pub mod strict_yaml;
pub mod time;
