//! An app declares which integrations it needs; xreq proves that the stored grants cover them, and
//! launches the agent with exactly those.
//!
//! Data flows one way:
//!
//! ```text
//! text ──manifest──▶ Requirements ──resolve──▶ Needs ──verdict──▶ Verdict ──launch──▶ the agent
//!          │                          ▲                  ▲
//!      diagnostic                  catalog             store
//! ```
//!
//! | module | what it is for | touches the world |
//! | --- | --- | --- |
//! | [`manifest`] | what an app asks for | |
//! | [`catalog`] | what a key means: providers as data | |
//! | [`variable`] | names of variables that steer programs | |
//! | [`resolve`] | requirements × catalog → needs | |
//! | [`change`] | what a newer manifest lets an agent do beyond an older one | |
//! | [`lint`] | needs that are in order, and will hurt nevertheless | |
//! | [`verdict`] | needs × grants → satisfied, or the gaps | |
//! | [`trust`] | what was trusted on this machine, and whether it covers a manifest | its file |
//! | [`diagnostic`], [`report`] | findings and verdicts for people and machines | |
//! | [`redact`] | tokens in the wrong place, kept from being shown | |
//! | [`ambiguous`] | characters that mean something else to other readers of YAML | |
//! | `html`, [`shell`] | texts fit for a page, and for a shell | |
//! | [`text`] | byte order marks, and other encodings than UTF-8 | |
//! | [`provider_files`] | the user's own providers | yes |
//! | [`git`] | what changed since a revision | yes |
//! | [`files`] | opening files that are what they should be, and whose they should be | yes |
//! | `state` | the folder of what this machine remembers for its user | yes |
//! | [`store`] | grants and secrets at rest, sealed with age | yes |
//! | [`oauth`] | the life of a grant: consent, tokens, refreshing, revoking | yes |
//! | [`upkeep`] | grants that are kept fresh for as long as a process lives | yes |
//! | [`audit`] | which agents were launched with what, for those who have to know | yes |
//! | [`daemon`] | every grant of a store, kept fresh | yes |
//! | [`sandbox`] | a provider in the shape of X, on the loopback interface | yes |
//! | `signals` | signals that wait while new tokens are on their way to the disk | yes |
//! | [`memory`] | what keeps the memory of this process from others | yes |
//! | [`launch`] | the agent's environment, and its start | yes |
//! | [`commands`] | one file a command, thin | yes |
//!
//! What is pure has no clock, no file and no network: time is a parameter.

pub mod ambiguous;
pub mod audit;
pub mod catalog;
pub mod change;
mod cli;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod diagnostic;
pub mod env;
pub mod error;
pub mod files;
pub mod git;
pub mod handwritten;
mod html;
mod itself;
pub mod launch;
pub mod lint;
pub mod manifest;
pub mod memory;
pub mod name;
pub mod nearest;
pub mod oauth;
mod prompt;
pub mod provider_files;
pub mod redact;
pub mod report;
pub mod resolve;
pub mod sandbox;
pub mod schema;
pub mod scope;
pub mod shell;
mod signals;
mod state;
pub mod store;
pub mod text;
pub mod time;
pub mod trust;
pub mod upkeep;
pub mod variable;
pub mod verdict;
