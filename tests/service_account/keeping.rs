//! Tokens that are kept fresh while an agent runs.

use xreq::sandbox::Options;

use super::Cloud;

/// Waits for a second token in the file.
const WAIT_FOR_ANOTHER: &str = "first=$(cat \"$CLOUD_ACCESS_TOKEN_FILE\")\n\
    for _ in $(seq 200); do\n\
      second=$(cat \"$CLOUD_ACCESS_TOKEN_FILE\")\n\
      if [ \"$first\" != \"$second\" ]; then printf '%s %s' \"$first\" \"$second\"; exit 0; fi\n\
      sleep 0.1\n\
    done\n\
    exit 9";

fn short_lived() -> Option<Cloud> {
    let cloud = Cloud::with(Options { expires_in: 6, ..Options::default() })?;
    cloud.import(&["key.json", "--project-number", "1"]).succeeds();
    Some(cloud)
}

#[test]
fn an_agent_that_runs_gets_new_tokens() {
    let Some(cloud) = short_lived() else { return };
    let run = [
        "run",
        "--keep-fresh",
        "--min-ttl",
        "1s",
        "--deliver",
        "file",
        "--",
        "sh",
        "-c",
        WAIT_FOR_ANOTHER,
    ];
    let ran = cloud.home.xreq(&run).succeeds();
    let (first, second) = ran.stdout.split_once(' ').expect("two tokens");
    assert!(!first.is_empty() && !second.is_empty() && first != second);
    assert!(cloud.mints().len() >= 2);
}

#[test]
fn the_daemon_mints() {
    let Some(cloud) = short_lived() else { return };
    let mut command = cloud.home.command();
    let runtime = cloud.home.path().join("runtime");
    std::fs::create_dir(&runtime).expect("a folder");
    command.arg("daemon").env("XDG_RUNTIME_DIR", &runtime);
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    let mut daemon = command.spawn().expect("the program starts");
    crate::support::wait::until("the daemon mints", || cloud.mints().len() >= 3);
    daemon.kill().expect("it runs");
    daemon.wait().expect("it ends");
}
