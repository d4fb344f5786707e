//! Sources on this machine from which tokens are minted: an isolated agent must not read them.

use std::path::PathBuf;

use crate::catalog::Provider;
use crate::credential::minting::SourceSummary;
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::launch::isolate::Confinement;
use crate::store::SealedGrant;

/// Covers the sources of the tokens of a launch.
///
/// # Errors
///
/// [`Code::IsolationFailed`]: a program is one, and nobody knows what it reads.
pub(crate) fn cover(
    confinement: &mut Confinement,
    serving: &[(&Provider, &SealedGrant)],
) -> Result<()> {
    for (_, grant) in serving {
        if let Some(minting) = &grant.metadata.minting {
            let file = file(&minting.source).map_err(|program| {
                let message = format!(
                    "tokens of {} come from the program `{}`, and what that reads cannot be kept \
                     from an isolated agent",
                    grant.metadata.id(),
                    program.display()
                );
                Error::new(Code::IsolationFailed, message).with_hint(advice![
                    "import a key or a file of tokens in its place, or leave ",
                    Parameter::Isolate,
                    " out"
                ])
            })?;
            confinement.covered.extend(file.and_then(|path| path.canonicalize().ok()));
        }
    }
    Ok(())
}

/// Returns the file that a source reads, if it reads one.
///
/// # Errors
///
/// The program that it is.
fn file(source: &SourceSummary) -> Result<Option<PathBuf>, PathBuf> {
    match source {
        SourceSummary::Key { .. } | SourceSummary::AuthorizedUser { .. } => Ok(None),
        SourceSummary::Program { program, .. } => Err(program.clone()),
        SourceSummary::TokenFile { path } => Ok(Some(path.clone())),
        SourceSummary::Federation { subject, .. } => file(subject),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_exchange_is_that_of_its_subject() {
        let path = PathBuf::from("/run/token");
        let exchange = |subject| SourceSummary::Federation {
            audience: "//iam.example".to_owned(),
            account: None,
            subject: Box::new(subject),
        };
        let of_file = SourceSummary::TokenFile { path: path.clone() };
        assert_eq!(file(&of_file), Ok(Some(path.clone())));
        assert_eq!(file(&exchange(of_file)), Ok(Some(path)));
        let program = PathBuf::from("/usr/bin/gcloud");
        let of_program = SourceSummary::Program { program: program.clone(), arguments: Vec::new() };
        assert_eq!(file(&exchange(of_program)), Err(program));
        let key = SourceSummary::Key { account: "a@example".to_owned(), key_id: None };
        assert_eq!(file(&key), Ok(None));
    }
}
