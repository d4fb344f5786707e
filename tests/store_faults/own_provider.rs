//! A home that was made before Google was built in, with a provider file of that name: it goes on as it is.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use xreq::sandbox::{Endpoint, Fault, Options, Sandbox};

use crate::support::Home;

/// The port that the file names, to whose origin client and grant are sealed.
const PORT: u16 = 21_739;

/// The time for which another run of this test may hold the port.
const PATIENCE: Duration = Duration::from_mins(1);

const NOTE: &str = "google.yaml counts, and the built-in provider `google` does not";

const FILES: [&str; 3] =
    ["providers/google.yaml", "grants/google/default.json", "clients/google/default.json"];

/// Starts the server of its provider.
fn server() -> Sandbox {
    let began = Instant::now();
    loop {
        match Sandbox::start(Options { port: PORT, ..Options::default() }) {
            Ok(sandbox) => return sandbox,
            Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn old_home() -> Home {
    let home = Home::with_manifest("integrations: [google.agenda]\n");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores/own-google");
    for file in FILES {
        home.write(&format!("home/{file}"), fs::read(from.join(file)).expect("it is there"));
    }
    let identity = fs::read(from.join("identity.txt")).expect("it is there");
    fs::write(home.store().join("identity.txt"), identity).expect("it can be written");
    home
}

#[test]
fn a_home_with_a_file_of_its_own_goes_on_beside_the_built_in_provider() {
    let (home, sandbox) = (old_home(), server());
    // Which file counts is said, and the keys of the built-in one are not there.
    home.xreq(&["validate"]).succeeds().complains(NOTE);
    home.xreq(&["catalog", "google.gmail.send"]).exits(2);
    home.xreq(&["catalog", "google"]).succeeds().prints("Google of my own");
    home.xreq(&["status"]).prints("alice");
    home.xreq(&["client", "show", "google"]).succeeds();

    // It is refreshed at its own server, by its own client, and runs with the variables of then.
    let answer = json!({
        "token_type": "bearer", "expires_in": 7200, "access_token": "access-2",
        "refresh_token": "refresh-2", "scope": "tweet.read users.read offline.access",
    });
    let fault = Fault::Body { status: 200, json: answer.to_string() };
    sandbox.control().fault(Endpoint::Token, fault, 1);
    home.xreq(&["refresh", "google", "--force"]).succeeds();
    let log = sandbox.control().log();
    let sent: Vec<_> = log.iter().filter(|it| it.endpoint == Endpoint::Token).collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].grant_type.as_deref(), Some("refresh_token"));
    home.xreq(&["check"]).succeeds();
    let run = ["run", "--", "sh", "-c", "echo $GOOGLE_ACCESS_TOKEN $XREQ_INTEGRATIONS"];
    home.xreq(&run).succeeds().prints("access-2 google.agenda");
    let verified = home.xreq(&["status", "--verify", "--format", "json"]).json();
    assert_eq!(verified["damaged"], json!([]), "{verified}");
}

/// Without its file the grant is not the built-in provider's to use: the servers are others.
#[test]
fn without_its_file_nothing_is_sent_to_the_built_in_providers_servers() {
    let home = old_home();
    fs::remove_file(home.store().join("providers/google.yaml")).expect("it is there");
    let ran = home.xreq(&["refresh", "google", "--force"]);
    assert!(ran.stderr.contains("stored for other servers of Google"), "{}", ran.stderr);
}
