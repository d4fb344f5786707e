//! The `.env` files around a manifest, as far as they set variables of a launch.
//!
//! They are nobody's business here but for a note: a file that is absent, strange or too large is
//! passed over, and costs a launch one failed call.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::slice;

use zeroize::Zeroizing;

use crate::app::display_paths::display_name;
use crate::app::manifest_source::LoadedManifest;
use crate::error::advice;
use crate::findings::{Diagnostic, Levels, Rule};
use crate::policy::dotenv;
use crate::policy::dotenv::Override;
use crate::policy::needs::Needs;
use crate::sys::files;
use crate::text::encoding;

const NAMES: [&str; 2] = [".env", ".env.local"];

/// What is behind so many bytes is not looked at.
const MOST_BYTES: u64 = 64 << 10;

/// Returns the lines that set variables of a launch, in the working folder and that of the manifest.
pub(crate) fn overrides(declared: &LoadedManifest, needs: &Needs<'_>) -> Vec<Override> {
    if needs.integrations.is_empty() && needs.secrets.is_empty() {
        return Vec::new();
    }
    let beside = declared.path.as_deref().and_then(Path::parent);
    let beside = beside.filter(|folder| !folder.as_os_str().is_empty());
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for folder in [Some(Path::new("")), beside].into_iter().flatten() {
        for name in NAMES {
            let path = folder.join(name);
            let Some((file, metadata)) = files::glimpse(&path) else { continue };
            let number = (metadata.dev(), metadata.ino());
            if seen.contains(&number) {
                continue;
            }
            seen.push(number);
            let mut bytes = Zeroizing::new(Vec::new());
            if file.take(MOST_BYTES).read_to_end(&mut bytes).is_err() {
                continue;
            }
            let Ok(bytes) = encoding::bytes(&bytes) else { continue };
            let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
            found.extend(dotenv::overrides(needs, &display_name(&path), &text));
        }
    }
    found
}

/// Leaves out the lines that may set their variable by a comment of the manifest or by these levels.
pub(crate) fn unwanted(
    mut lines: Vec<Override>,
    declared: &LoadedManifest,
    levels: &Levels,
) -> Vec<Override> {
    lines.retain(|line| {
        let found = dotenv::findings(slice::from_ref(line));
        !declared.findings(found, &[], levels).shown.is_empty()
    });
    lines
}

/// Names the import of a file in the gaps that it closes. Returns the lines that it takes.
pub(crate) fn name_imports(lines: &[Override], gaps: &mut [Diagnostic]) -> Vec<Override> {
    let mut taken: Vec<Override> = Vec::new();
    for line in lines.iter().filter(|line| line.has_value) {
        let Some(gap) = gaps.iter_mut().find(|gap| is_of(gap, line)) else { continue };
        if !taken.iter().any(|other| other.variable == line.variable) {
            let by_hand = gap.help.take();
            let import = dotenv::import(&line.file);
            gap.help = Some(match by_hand {
                Some(by_hand) => advice![import, ", or ", by_hand].into(),
                None => import,
            });
        }
        taken.push(line.clone());
    }
    taken
}

/// Returns whether a finding is about the missing secret of a line.
pub(crate) fn is_of(gap: &Diagnostic, line: &Override) -> bool {
    gap.rule == Rule::MissingSecret && gap.span == line.span
}
