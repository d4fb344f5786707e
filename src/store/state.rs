//! The state folder: notes of this machine about its store, which lie outside home and store.

use std::path::PathBuf;

use super::home::base_folder;
use crate::env::Env;

/// Returns the state folder: `$XDG_STATE_HOME/xreq`, else `~/.local/state/xreq`, also where `$XREQ_HOME` holds
/// everything else. `None` where the environment names neither.
pub fn state_folder(env: &Env) -> Option<PathBuf> {
    base_folder(env, "XDG_STATE_HOME", ".local/state").ok().map(|folder| folder.join("xreq"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn folder(vars: &[(&str, &str)]) -> Option<PathBuf> {
        state_folder(&vars.iter().copied().collect())
    }

    #[test]
    fn it_is_outside_the_home() {
        let below_home = Some(Path::new("/h/.local/state/xreq").to_owned());
        assert_eq!(folder(&[("HOME", "/h"), ("XREQ_HOME", "/x")]), below_home);
        assert_eq!(folder(&[("HOME", "/h"), ("XDG_STATE_HOME", "relative")]), below_home);
        let named = folder(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]);
        assert_eq!(named.as_deref(), Some(Path::new("/s/xreq")));
        assert_eq!(folder(&[("XREQ_HOME", "/x")]), None);
    }
}
