//! What the machine that runs the tests may lack.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder in which an ignored test works that another test runs.
const FOLDER: &str = "XREQ_TEST_FOLDER";

/// Says why a test does nothing here; with `XREQ_TEST_REQUIRE=all` that is a failure.
pub fn skips(reason: &str) {
    let required = env::var_os("XREQ_TEST_REQUIRE").is_some_and(|value| value == "all");
    assert!(!required, "{reason}");
    println!("skipped: {reason}");
}

/// Whether a program is missing, which is then said.
pub fn lacks(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        skips(&format!("there is no `{program}` here"));
    }
    !found
}

/// The Python that has the packages of the examples, if `tests/python/setup` made it.
pub fn python() -> OsString {
    let prepared = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-python/bin/python");
    env::var_os("XREQ_TEST_PYTHON")
        .or_else(|| prepared.exists().then(|| prepared.into()))
        .unwrap_or_else(|| "python3".into())
}

/// Runs an ignored test of this crate in namespaces of its own, after a shell script that sets
/// them up and finds the test's folder in `$XREQ_TEST_FOLDER`.
pub fn unshared(options: &[&str], script: &str, test: &str, folder: &Path) {
    let mut command = Command::new("unshare");
    command.args(options).args(["sh", "-c", &format!("{script}\nexec \"$@\""), "sh"]);
    command.arg(env::current_exe().expect("a test is a program"));
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(FOLDER, folder);
    match command.output() {
        Ok(output) if output.status.success() => {
            let report = String::from_utf8_lossy(&output.stdout);
            assert!(report.contains("1 passed"), "there is no such test: {report}");
        }
        // The test itself would have begun to report.
        Ok(output) if output.stdout.is_empty() => {
            let reason = String::from_utf8_lossy(&output.stderr);
            skips(&format!("`unshare` does not work here: {}", reason.trim()));
        }
        Ok(output) => panic!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => skips(&format!("`unshare` does not start: {error}")),
    }
}

/// The folder of a test that is run by [`unshared`].
pub fn folder() -> PathBuf {
    env::var_os(FOLDER).expect("another test runs this one").into()
}
