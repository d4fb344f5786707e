//! Names of files in output: for a platform as seen from the root of its checkout, for people without
//! what controls a terminal.

use std::path::{Component, Path, PathBuf};

use crate::app::context::Context;
use crate::findings::Format;
use crate::text::escape::on_one_line;

/// The path that stands for standard input.
pub(crate) const STDIN: &str = "-";

/// The variables that name the root of the checkout: of GitHub Actions, and of GitLab.
const ROOTS: [&str; 2] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"];

/// The names by which files are shown.
pub(crate) struct Names {
    /// The root of the checkout and the working folder, if the second is below the first.
    checkout: Option<(PathBuf, PathBuf)>,
    /// The path that standard input stands for.
    stdin: Option<PathBuf>,
    /// Whether people read the names as they are, and no program does.
    are_displayed: bool,
}

impl Names {
    /// Creates the names: files are called as they were named, but for a platform that shows them beside
    /// its checkout.
    pub(crate) fn new(format: Format, context: &Context) -> Self {
        let renderer = format.renderer();
        let checkout = renderer.is_for_platform().then(|| checkout(context)).flatten();
        Self { checkout, stdin: None, are_displayed: renderer.displays_names() }
    }

    /// Names standard input like the file that it stands for.
    pub(crate) fn with_stdin(self, path: Option<&Path>) -> Self {
        Self { stdin: path.map(Path::to_owned), ..self }
    }

    pub(crate) fn of(&self, path: &Path) -> String {
        let path = self.stdin.as_deref().filter(|_| path == Path::new(STDIN)).unwrap_or(path);
        let checkout = self.checkout.as_ref().filter(|_| path != Path::new(STDIN));
        let from_root = checkout.and_then(|(root, here)| {
            let absolute = without_dots(&here.join(path))?;
            absolute.strip_prefix(root).ok().map(Path::to_owned)
        });
        let path = from_root.as_deref().unwrap_or(path);
        if self.are_displayed || path == Path::new(STDIN) {
            display_name(path)
        } else {
            path.display().to_string()
        }
    }
}

/// Returns what a path is called where people read it: whatever the file is called, on one line.
pub(crate) fn display_name(path: &Path) -> String {
    if path == Path::new(STDIN) {
        "<stdin>".to_owned()
    } else {
        on_one_line(&path.display().to_string()).into_owned()
    }
}

fn checkout(context: &Context) -> Option<(PathBuf, PathBuf)> {
    let here = std::env::current_dir().ok()?.canonicalize().ok()?;
    let roots = ROOTS.iter().filter_map(|name| context.env.get(name));
    roots
        .filter_map(|root| Path::new(root).canonicalize().ok())
        .find(|root| here.starts_with(root))
        .map(|root| (root, here))
}

/// Returns an absolute path without `.` and `..`; no link is followed.
fn without_dots(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            other => plain.push(other),
        }
    }
    Some(plain)
}
