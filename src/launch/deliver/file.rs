//! Files that hold the newest access token, for agents that read one at each use; and the page that
//! leads a browser to a consent.

use std::path::PathBuf;

use age::secrecy::ExposeSecret;

use crate::error::Result;
use crate::model::credential_id::CredentialId;
use crate::refresh::agent::live_token::Live;
use crate::sys::runtime_folder::{PAGE, RunFolder, Runtime, TEMPORARY, TOKEN};

/// The token files of one run, which are there until this is dropped.
#[derive(Debug)]
pub struct TokenFiles(RunFolder);

impl TokenFiles {
    /// Makes a folder for this run, and removes what others left behind.
    ///
    /// # Errors
    ///
    /// [`Code::RuntimeUnusable`](crate::error::Code::RuntimeUnusable).
    pub fn begin(runtime: Runtime) -> Result<Self> {
        RunFolder::begin(runtime).map(Self)
    }

    /// Returns the path of a credential's token file: `X_ACCESS_TOKEN_FILE`.
    pub fn path(&self, id: &CredentialId) -> PathBuf {
        self.0.path(&format!("{}{TOKEN}", id.name_in_launch()))
    }

    /// Puts a token into the file of its credential.
    ///
    /// # Errors
    ///
    /// [`Code::RuntimeUnusable`](crate::error::Code::RuntimeUnusable): the old token is still there.
    pub fn write(&self, id: &CredentialId, live: &Live) -> Result<()> {
        let name = id.name_in_launch();
        let (name, temporary) = (format!("{name}{TOKEN}"), format!(".{name}{TEMPORARY}"));
        self.0.write(&name, &temporary, live.access_token.expose_secret().as_bytes())
    }
}

/// A page for the user's browser alone, which is there until this is dropped.
#[derive(Debug)]
pub struct PageFile {
    folder: RunFolder,
    name: String,
}

impl PageFile {
    /// Writes a page into a folder of its own, and removes what others left behind.
    ///
    /// # Errors
    ///
    /// [`Code::RuntimeUnusable`](crate::error::Code::RuntimeUnusable).
    pub fn write(runtime: Runtime, name: &str, html: &str) -> Result<Self> {
        let (folder, name) = (RunFolder::begin(runtime)?, format!("{name}{PAGE}"));
        folder.write(&name, &format!(".page{TEMPORARY}"), html.as_bytes())?;
        Ok(Self { folder, name })
    }

    /// Returns where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path(&self.name)
    }
}

#[cfg(test)]
mod tests;
