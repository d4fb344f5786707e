//! Where people meet the program: the GitHub Action, GitLab's jobs, pre-commit, and scripts.

mod exits;
mod repository;
mod store;
