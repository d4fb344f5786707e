//! An app declares which integrations it needs; xreq proves that the stored grants cover them, and
//! launches the agent with exactly those.
//!
//! Data flows one way:
//!
//! ```text
//! text ──manifest──▶ Requirements ──policy──▶ Needs ──policy──▶ Verdict ──launch──▶ the agent
//!          │                          ▲                  ▲
//!      findings                    catalog             store ── refresh ── oauth
//! ```
//!
//! | module | what it is for | touches the world |
//! | --- | --- | --- |
//! | [`model`] | names and scopes | |
//! | [`text`] | texts for people and other programs | |
//! | [`manifest`] | requirements of an app | |
//! | [`catalog`] | providers as data | |
//! | [`policy`] | needs, verdict, change, lint | |
//! | [`findings`] | findings and reports, in every output format | |
//! | [`credential`] | freshness and health of a credential | |
//! | [`signing`] | signatures of records | random numbers |
//! | [`trust`] | manifests that were trusted on this machine | its file |
//! | [`sys`] | environment, files, signals, memory | yes |
//! | [`config`], [`provider_files`] | the user's settings and providers | yes |
//! | [`git`] | changes since a revision | yes |
//! | [`store`] | grants, clients and secrets at rest, sealed with age | yes |
//! | [`http`] | the way to a provider | yes |
//! | [`oauth`] | consent, tokens, revocation | yes |
//! | [`refresh`] | grants kept fresh | yes |
//! | [`broker`] | the proxy beside an agent that holds no token | yes |
//! | [`audit_log`] | the record of launches | yes |
//! | [`launch`] | the agent's environment, its start and its parent | yes |
//! | [`daemon`] | the process that keeps a whole store fresh | yes |
//! | [`sandbox`] | a provider in the shape of X, on the loopback interface | yes |
//! | [`app`] | use cases that front ends share | yes |
//! | [`commands`] | one thin file a command | yes |
//!
//! A pure module has no clock, no file and no network: time is a parameter.

pub mod app;
pub mod audit_log;
pub mod broker;
pub mod catalog;
mod cli;
pub mod commands;
pub mod config;
pub mod credential;
pub mod daemon;
pub mod error;
pub mod findings;
pub mod git;
pub mod http;
pub mod launch;
pub mod manifest;
pub mod model;
pub mod oauth;
pub mod policy;
pub mod provider_files;
pub mod refresh;
pub mod sandbox;
pub mod schema;
pub mod signing;
pub mod store;
pub mod sys;
mod terminal;
pub mod text;
pub mod trust;
