//! The certificate authorities that the environment names in the place of the system's.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The variable that names a file of certificates in PEM.
const FILE: &str = "SSL_CERT_FILE";

/// The variable that names folders of such files.
const FOLDERS: &str = "SSL_CERT_DIR";

/// Refuses a file of certificates that is named and has none.
pub(crate) fn named_file() -> Result<(), String> {
    env::var_os(FILE).map_or(Ok(()), |path| judged(&path))
}

/// Returns which of the named folders cannot be read, whose authorities are then unknown; as the rest
/// of a sentence.
pub(crate) fn missing_folders() -> Option<String> {
    env::var_os(FOLDERS).and_then(|folders| missing_of(&folders))
}

fn missing_of(folders: &OsStr) -> Option<String> {
    let missing = |folder: PathBuf| {
        let error = fs::read_dir(&folder).err()?;
        Some(format!("`{}`, which cannot be read: {error}", folder.display()))
    };
    let missing: Vec<_> = env::split_paths(folders).filter_map(missing).collect();
    (!missing.is_empty()).then(|| format!("`{FOLDERS}` names {}", missing.join(", and ")))
}

/// Returns why no authority is known.
pub(crate) fn nobody() -> String {
    if let Some(missing) = missing_folders() {
        return format!("no certificate authority is known: {missing}");
    }
    match env::var_os(FOLDERS) {
        Some(folders) => format!(
            "no certificate authority is known: `{FOLDERS}` is `{}`, where no certificates are",
            folders.display()
        ),
        None => format!(
            "no certificate authority is known: this system has no certificates (`ca-certificates` \
             is the package that has them), and `{FILE}` names no file of them"
        ),
    }
}

fn judged(path: &OsStr) -> Result<(), String> {
    const BEGINS: &[u8] = b"-----BEGIN ";
    const CERTIFICATE: &[u8] = b"CERTIFICATE-----";
    if path.is_empty() {
        return Err(format!("`{FILE}` is set and names no file"));
    }
    let path = Path::new(path);
    let content = fs::read(path).map_err(|error| {
        format!("`{FILE}` is `{}`, which cannot be read: {error}", path.display())
    })?;
    let is_first =
        |line: &[u8]| line.starts_with(BEGINS) && line.trim_ascii().ends_with(CERTIFICATE);
    if content.split(|byte| *byte == b'\n').any(is_first) {
        return Ok(());
    }
    Err(format!("`{FILE}` is `{}`, which has no certificate in PEM", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_certificates_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let fault = |content: &str| {
            let path = folder.path().join("ca.pem");
            fs::write(&path, content).unwrap();
            judged(path.as_os_str()).err()
        };
        assert_eq!(
            fault("# ours\n-----BEGIN CERTIFICATE-----\r\nMII\n-----END CERTIFICATE-----\n"),
            None
        );
        assert_eq!(fault("-----BEGIN TRUSTED CERTIFICATE-----\n"), None);
        for other in ["", "MII", "-----BEGIN PRIVATE KEY-----\n"] {
            assert!(fault(other).is_some_and(|fault| fault.ends_with("no certificate in PEM")));
        }
        assert!(judged(OsStr::new("")).is_err());
        let missing = judged(folder.path().join("none").as_os_str()).expect_err("it is not there");
        assert!(missing.starts_with("`SSL_CERT_FILE` is `/"), "{missing}");
        assert!(judged(folder.path().as_os_str()).is_err());
    }

    #[test]
    fn each_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        let named = |folders: &[&Path]| missing_of(&env::join_paths(folders).unwrap());
        assert_eq!(named(&[folder.path()]), None);
        let missing = named(&[&one, folder.path(), &other]).expect("two are not there");
        assert!(missing.starts_with("`SSL_CERT_DIR` names `/"), "{missing}");
        for path in [one, other] {
            assert!(missing.contains(&format!("`{}`, which cannot be read", path.display())));
        }
    }
}
