//! Where people meet the program: the GitHub Action, GitLab's jobs, pre-commit, and scripts.

mod action;
mod comparing;
mod exits;
mod files;
mod gitlab;
mod init;
mod pre_commit;
mod repository;
mod runner;
mod store;
