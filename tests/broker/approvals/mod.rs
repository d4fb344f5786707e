//! Approvals: calls that wait until a person says yes.

mod answers;
mod bounds;
mod places;
mod records;
mod threats;

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::*;
use crate::support::wait::until;

/// Posts a text, and prints the status of the answer; the answer is in `answer`, its head in `head`.
const POST: &str = r#"post() { text=$1; shift; curl -sS -o answer -D head -w '%{http_code} ' \
    -H "Authorization: Bearer $X_ACCESS_TOKEN" -H 'content-type: application/json' \
    -d "{\"text\":\"$text\"}" "$@" ${URL:-https://api.x.com/2/tweets}; }; "#;

const ASK: [&str; 2] = ["--ask", "x.tweet.write"];

/// An agent below a broker that asks, and what it has printed.
struct Asking<'a> {
    house: &'a House,
    child: Child,
}

/// Starts a script below a broker that asks about posts, with more options.
fn asking<'a>(house: &'a House, options: &[&str], script: &str) -> Asking<'a> {
    let script = format!("{POST}{script}");
    started(house, &mut brokered(house, &[&ASK[..], options].concat(), &script))
}

fn started<'a>(house: &'a House, command: &mut Command) -> Asking<'a> {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    Asking { house, child: child.expect("it starts") }
}

impl Asking<'_> {
    /// Waits until it has ended by itself.
    #[track_caller]
    fn ends(self) -> Ran {
        Ran::from(self.child.wait_with_output().expect("it ends"))
    }

    /// Waits for a call that waits, and gives it.
    #[track_caller]
    fn waits(&self) -> Value {
        let mut found = Vec::new();
        until("a call waits", || {
            found = pending(self.house);
            !found.is_empty()
        });
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// Waits for a call that waits, and decides on it.
    #[track_caller]
    fn decides(&self, decision: &str) {
        decide(self.house, decision, &id(&self.waits())).succeeds();
    }
}

/// The calls that wait.
#[track_caller]
fn pending(house: &House) -> Vec<Value> {
    let answer = house.home.xreq(&["broker", "pending", "--format", "json"]).succeeds().json();
    assert_eq!(answer["schema_version"], 1);
    answer["pending"].as_array().expect("they are listed").clone()
}

fn id(call: &Value) -> String {
    call["id"].as_str().expect("it has one").to_owned()
}

fn decide(house: &House, decision: &str, id: &str) -> Ran {
    house.home.xreq(&["broker", decision, id])
}

fn posts(house: &House) -> usize {
    house.control().posts().len()
}

fn read(house: &House, name: &str) -> String {
    fs::read_to_string(house.home.path().join(name)).expect("it was written")
}

/// Lets a run end whose agent waits for it.
fn end(run: Asking<'_>) -> Ran {
    let over = run.house.home.path().join("over");
    fs::write(&over, "").expect("the working folder can be written");
    let ran = run.ends();
    fs::remove_file(over).expect("it was written");
    ran
}
