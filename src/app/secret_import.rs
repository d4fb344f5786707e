//! Secrets that lie in a `.env` file, taken over into the store.
//!
//! A line on whose value readers differ is refused, since the agent would get another secret than it had;
//! the others are stored.

mod candidates;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use self::candidates::{Candidate, Contents};
use crate::app::context::Context;
use crate::app::display_paths::{STDIN, display_name};
use crate::app::manifest_source::LoadedManifest;
use crate::error::{Code, Error, Result};
use crate::model::name::SecretName;
use crate::store::{FolderStore, Recipients};
use crate::sys::files;
use crate::sys::files::Site;
use crate::text::encoding;
use crate::text::escape::quoted;
use crate::text::nearest::nearest;

/// The maximum size of a file: sixteen values of the greatest length.
const MOST_BYTES: u64 = 1 << 20;

/// A file, and the secrets in it that are wanted.
#[derive(Clone, Debug)]
pub(crate) struct SecretImportOptions {
    /// The file; `-` is standard input.
    pub(crate) file: PathBuf,
    pub(crate) wanted: Wanted,
    /// Whether secrets that are stored already are replaced.
    pub(crate) replace: bool,
    /// Whether nothing is stored.
    pub(crate) dry_run: bool,
}

/// The secrets of a file that are wanted.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Those that a manifest declares.
    Declared { manifest: Option<PathBuf>, catalog: Vec<PathBuf> },
    /// Those with these names.
    Named(Vec<String>),
    /// All.
    All,
}

/// What became of a file.
pub(crate) struct ImportedSecrets {
    /// The name of the file.
    pub(crate) file: String,
    /// The wanted secrets, in the order of the file.
    pub(crate) secrets: Vec<ImportedSecret>,
    /// The names of the others.
    pub(crate) others: Vec<String>,
    /// The lines that could not be used, each with why.
    pub(crate) faults: Vec<Error>,
}

/// A wanted secret of a file.
pub(crate) struct ImportedSecret {
    pub(crate) name: String,
    /// The lines that assign it; the last one counts.
    pub(crate) lines: Vec<RangeInclusive<usize>>,
    pub(crate) fate: Fate,
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was stored for the first time, or would be.
    Stored,
    /// It took the place of a stored one, or would do so.
    Replaced,
    /// The stored one stays.
    Kept,
    /// It has no value.
    Empty,
}

/// Stores secrets of a file.
///
/// # Errors
///
/// Every reason why the file was not looked at, or has none of what was named.
pub(crate) fn import(
    options: &SecretImportOptions,
    context: &Context,
) -> Result<ImportedSecrets, Vec<Error>> {
    let one = |error| vec![error];
    let names = options.wanted.names(options, context).map_err(one)?;
    let file = display_name(&options.file);
    let bytes = read(&options.file, &file).map_err(one)?;
    let text = encoding::decode(&bytes).map_err(|what| {
        let message = format!("{file} {what}");
        one(Error::new(Code::FileUnreadable, message).with_hint(encoding::AS_UTF8))
    })?;
    let catalog = context.catalog(&[]).map_err(one)?;
    let Contents { assigned, candidates, others, faults } =
        Contents::of(text, &file, names.as_ref(), &catalog, context);
    if let (Wanted::Named(_), Some(names)) = (&options.wanted, &names) {
        let missing = names.iter().filter(|name| !assigned.contains(name.as_str()));
        let missing: Vec<_> = missing.map(|name| not_there(name, &file, &others)).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
    }
    let fates = store(&candidates, options, context).map_err(one)?;
    let secrets = candidates.into_iter().zip(fates).map(|(candidate, fate)| ImportedSecret {
        name: candidate.name.to_owned(),
        lines: candidate.lines,
        fate,
    });
    Ok(ImportedSecrets { file, secrets: secrets.collect(), others, faults })
}

impl Wanted {
    /// Returns the names of the secrets; `None` is all.
    fn names(
        &self,
        options: &SecretImportOptions,
        context: &Context,
    ) -> Result<Option<BTreeSet<String>>> {
        match self {
            Self::All => Ok(None),
            Self::Named(names) => Ok(Some(names.iter().cloned().collect())),
            Self::Declared { manifest, catalog } => {
                let manifest = manifest.as_deref();
                if manifest == Some(Path::new(STDIN)) && options.file == Path::new(STDIN) {
                    let message = "the file and the manifest cannot both be standard input";
                    return Err(Error::new(Code::BadArgument, message));
                }
                let declared = LoadedManifest::find(manifest, context)?;
                let catalog = context.catalog(catalog)?;
                let needs = declared.needs(&catalog, context)?;
                Ok(Some(needs.secrets.iter().map(|secret| secret.name.clone()).collect()))
            }
        }
    }
}

fn not_there(name: &str, file: &str, others: &[String]) -> Error {
    let error = Error::new(Code::BadArgument, format!("{file} does not assign {}", quoted(name)));
    match nearest(name, others.iter().map(String::as_str)) {
        Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
        None => error,
    }
}

fn read(path: &Path, name: &str) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if path == Path::new(STDIN) {
        io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        files::stream(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let message = format!("cannot read {name}");
        let hint = "name a file that you can read";
        files::failure_in(Site::Named, Code::FileUnreadable, &message, &error, hint)
    })?;
    if bytes.len() as u64 > MOST_BYTES {
        let message = format!("{name} has more than {} KiB", MOST_BYTES >> 10);
        return Err(Error::new(Code::FileUnreadable, message));
    }
    Ok(bytes)
}

/// Stores what is to be stored.
fn store(
    candidates: &[Candidate<'_>],
    options: &SecretImportOptions,
    context: &Context,
) -> Result<Vec<Fate>> {
    let store = context.store()?;
    let fate = |name: &SecretName, store: &FolderStore| match store.secret(name) {
        Ok(None) => Fate::Stored,
        _ if options.replace => Fate::Replaced,
        _ => Fate::Kept,
    };
    if options.dry_run {
        let fates = candidates.iter().map(|candidate| match &candidate.secret {
            Some((name, _)) => fate(name, &store),
            None => Fate::Empty,
        });
        return Ok(fates.collect());
    }
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let mut fates = Vec::new();
    let mut stored: Vec<&str> = Vec::new();
    for candidate in candidates {
        let Some((name, secret)) = &candidate.secret else {
            fates.push(Fate::Empty);
            continue;
        };
        let put = || {
            let lock = store.lock_secret(name)?;
            let fate = fate(name, &store);
            if fate != Fate::Kept {
                let secret = secret.clone().of_generation(store.next_generation(&lock));
                store.put_secret(&lock, &secret, &recipients)?;
            }
            Ok(fate)
        };
        let fate = put().map_err(|error: Error| match stored.as_slice() {
            [] => error,
            before => {
                let message = format!("{error}; these were stored before: {}", before.join(", "));
                Error::new(error.code(), message).with_remedy_of(&error)
            }
        })?;
        if fate != Fate::Kept {
            stored.push(name.as_str());
        }
        fates.push(fate);
    }
    Ok(fates)
}
