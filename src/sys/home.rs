//! The places of xreq's files.

use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Remedy, Result};
use crate::sys::env::Env;
use crate::sys::files;
use crate::sys::files::Trust;

/// The two folders of xreq: configuration (which a person edits) and data (which xreq writes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    config: PathBuf,
    data: PathBuf,
    trust: Option<Trust>,
}

impl Home {
    /// Returns the home that the environment names: `$XREQ_HOME` for everything, else the XDG base
    /// directories, else their defaults below `$HOME`.
    pub fn of(env: &Env) -> Result<Self> {
        if let Some(path) = env.get("XREQ_HOME") {
            return std::path::absolute(path).map(Self::at).map_err(|error| {
                let message =
                    "`XREQ_HOME` is a relative path, and the working directory is unknown";
                Error::of_system(Code::HomeUnknown, message, &error)
                    .with_hint("set `XREQ_HOME` to an absolute path")
            });
        }
        Ok(Self {
            config: base_folder(env, "XDG_CONFIG_HOME", ".config")?.join("xreq"),
            data: base_folder(env, "XDG_DATA_HOME", ".local/share")?.join("xreq"),
            trust: None,
        })
    }

    /// Returns the home that has everything in one folder (an absolute path), as `$XREQ_HOME` makes
    /// it.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { config: folder.clone(), data: folder, trust: None }
    }

    /// Returns the same home with another folder of everything that is stored.
    #[must_use]
    pub fn with_data(self, folder: impl Into<PathBuf>) -> Self {
        Self { data: folder.into(), ..self }
    }

    /// Returns the same home, where every file that is opened has to be one that others cannot
    /// change. The folders and all that is above them are judged now; what is in them, when it is
    /// opened.
    ///
    /// # Errors
    ///
    /// [`Code::HomeUntrusted`]: others own or can change one of the folders.
    pub fn trusting(self, trust: Trust) -> Result<Self> {
        for folder in [&self.config, &self.data] {
            let judged = trust.above(folder).and_then(|()| trust.folder(folder));
            judged.map_err(|error| unusable(folder, &error))?;
            if self.config == self.data {
                break;
            }
        }
        Ok(Self { trust: Some(trust), ..self })
    }

    /// Returns the owners that its files may have, where a key is used.
    pub(crate) fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// Judges the folders of the home down to this one, where a key is used.
    pub(crate) fn judge(&self, folder: &Path) -> Result<()> {
        let Some(trust) = &self.trust else { return Ok(()) };
        let inner = folder.ancestors().take_while(|above| *above != self.data);
        for folder in inner {
            trust.folder(folder).map_err(|error| unusable(folder, &error))?;
        }
        Ok(())
    }

    /// Returns the file of the user's settings.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.yaml")
    }

    /// Returns the file of the age identity that opens the store.
    pub fn identity_file(&self) -> PathBuf {
        self.config.join("identity.txt")
    }

    /// Returns the file of the recipients to which the store is sealed, if that is not just the
    /// identity.
    pub fn recipients_file(&self) -> PathBuf {
        self.config.join("recipients.txt")
    }

    /// Returns the folder of the user's own provider files.
    pub fn providers(&self) -> PathBuf {
        self.config.join("providers")
    }

    /// Returns the folder of everything that is stored.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Returns the folder of the grants: in it, a folder a provider.
    pub fn grants(&self) -> PathBuf {
        self.data.join("grants")
    }

    /// Returns the folder of the grants that nobody has confirmed yet: in it, a folder a provider.
    pub fn pending(&self) -> PathBuf {
        self.data.join("pending")
    }

    /// Returns the folder of the clients: in it, a folder a provider.
    pub fn clients(&self) -> PathBuf {
        self.data.join("clients")
    }

    /// Returns the folder of the named secrets.
    pub fn secrets(&self) -> PathBuf {
        self.data.join("secrets")
    }
}

fn unusable(folder: &Path, error: &std::io::Error) -> Error {
    let message = format!("cannot use `{}`", folder.display());
    let hint = "point `XREQ_HOME` to a folder of your own";
    files::failure(Code::StoreUnreadable, &message, error, hint)
}

/// Returns a base directory as the XDG Base Directory Specification 0.8 defines it: the variable
/// where it holds an absolute path (others "should be ignored"), else the default below `$HOME`.
fn base_folder(env: &Env, variable: &str, below_home: &str) -> Result<PathBuf> {
    let absolute = |name| env.get(name).map(Path::new).filter(|path| path.is_absolute());
    if let Some(folder) = absolute(variable) {
        return Ok(folder.to_owned());
    }
    absolute("HOME").map(|home| home.join(below_home)).ok_or_else(|| {
        Error::new(
            Code::HomeUnknown,
            format!("neither `XREQ_HOME`, `{variable}` nor `HOME` holds an absolute path"),
        )
        .with_remedy(Remedy::SetVariable {
            name: "XREQ_HOME",
            to: "the folder where xreq shall keep its files",
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(vars: &[(&str, &str)]) -> Result<Home> {
        Home::of(&vars.iter().copied().collect())
    }

    #[test]
    fn xreq_home_holds_everything() {
        let home = home(&[("XREQ_HOME", "/x"), ("XDG_DATA_HOME", "/d"), ("HOME", "/h")]).unwrap();
        assert_eq!(home, Home::at("/x"));
        assert_eq!(home.identity_file(), Path::new("/x/identity.txt"));
        assert_eq!(home.grants(), Path::new("/x/grants"));
    }

    #[test]
    fn a_relative_xreq_home_is_below_the_working_directory() {
        let expected = std::env::current_dir().unwrap().join("some/where");
        assert_eq!(home(&[("XREQ_HOME", "some/where")]).unwrap(), Home::at(expected));
    }

    #[test]
    fn the_base_directories_are_taken_one_by_one() {
        let home = home(&[("XDG_DATA_HOME", "/d"), ("HOME", "/h")]).unwrap();
        assert_eq!(home.config_file(), Path::new("/h/.config/xreq/config.yaml"));
        assert_eq!(home.secrets(), Path::new("/d/xreq/secrets"));
    }

    #[test]
    fn relative_base_directories_are_ignored() {
        let home =
            home(&[("XDG_CONFIG_HOME", "c"), ("XDG_DATA_HOME", "d"), ("HOME", "/h")]).unwrap();
        assert_eq!(home.providers(), Path::new("/h/.config/xreq/providers"));
    }

    #[test]
    fn both_base_directories_do_without_a_home() {
        let home = home(&[("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d")]).unwrap();
        assert_eq!(home.recipients_file(), Path::new("/c/xreq/recipients.txt"));
        assert_eq!(home.grants(), Path::new("/d/xreq/grants"));
    }

    #[test]
    fn nowhere_to_go_is_an_error() {
        for vars in [&[][..], &[("HOME", "")], &[("HOME", "here")], &[("XDG_DATA_HOME", "/d")]] {
            let error = home(vars).unwrap_err();
            assert_eq!(error.code(), Code::HomeUnknown, "{vars:?}");
            assert!(error.hint().unwrap().contains("XREQ_HOME"), "{vars:?}");
        }
    }
}
