//! `/sandbox/`: changing and asking what a sandbox has in memory, from outside its process.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fault::{Fault, PlannedFault};
use super::grants::Moment;
use super::http::{Reply, Request};
use super::service_accounts::{TOKEN, own_key};
use super::state::{Shared, State};
use crate::sandbox::Endpoint;

/// Answers a request for a path below `/sandbox`.
pub(super) fn answer(shared: &Shared, request: &Request) -> Reply {
    let mut state = shared.state();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/sandbox") => Reply::json(200, &description(shared, &state)),
        ("PUT", "/sandbox/faults") => match faults(&request.body) {
            Ok(faults) => {
                state.faults.clear();
                for fault in faults {
                    state.faults.plan(fault);
                }
                done()
            }
            Err(why) => problem(400, &why),
        },
        ("DELETE", "/sandbox/faults") => {
            state.faults.clear();
            done()
        }
        ("POST", "/sandbox/expire") => {
            state.grants.expire_access(Moment::now());
            done()
        }
        ("POST", "/sandbox/revoke") => revoke(&mut state, request),
        ("GET", "/sandbox/service_account.json") => key_file(shared, &state),
        ("POST", "/sandbox/service_accounts") => register(&mut state, request),
        ("GET", "/sandbox/log") => Reply::json(200, &json!(state.log.entries())),
        ("DELETE", "/sandbox/log") => {
            state.log.clear();
            done()
        }
        ("GET", "/sandbox/posts") => Reply::json(200, &json!(state.world.posts_of_agents())),
        ("GET", "/sandbox/messages") => Reply::json(200, &json!(state.world.messages_of_agents())),
        _ => Reply::problem(404),
    }
}

fn done() -> Reply {
    Reply::new(204, "text/plain", "")
}

fn problem(status: u16, detail: &str) -> Reply {
    let title = super::http::reason(status);
    let body = json!({"title": title, "type": "about:blank", "status": status, "detail": detail});
    Reply::json(status, &body)
}

fn description(shared: &Shared, state: &State) -> Value {
    let clients = state.clients.iter().map(|client| {
        json!({
            "client_id": client.client_id,
            "confidential": client.client_secret.is_some(),
            "consumer_key": client.consumer().map(|(key, _)| key),
            "redirect_uris": client.redirect_uris,
        })
    });
    json!({"base_url": shared.base_url, "clients": clients.collect::<Vec<_>>()})
}

/// Hands out the key of the sandbox's own service account, where the provider has such ones.
fn key_file(shared: &Shared, state: &State) -> Reply {
    match state.provider().kinds.service_account {
        Some(_) => Reply::json(200, &own_key::file(&format!("{}{TOKEN}", shared.base_url))),
        None => problem(404, "The provider has no service accounts."),
    }
}

/// Registers the key of a service account, whose file is the body.
fn register(state: &mut State, request: &Request) -> Reply {
    let file = String::from_utf8_lossy(&request.body);
    match state.service_accounts.register(&file) {
        Ok(account) => Reply::json(200, &json!({"client_email": account})),
        Err(why) => problem(400, why),
    }
}

fn revoke(state: &mut State, request: &Request) -> Reply {
    let query = request.query();
    let Some(account) = query.get("account") else {
        return problem(400, "Say whose: /sandbox/revoke?account=alice");
    };
    match state.world.user_named(account).map(|user| user.id.clone()) {
        Some(id) => {
            state.revoke_account(&id);
            done()
        }
        None => problem(404, "There is no such account."),
    }
}

/// A fault in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    endpoint: Endpoint,
    fault: WrittenFault,
    #[serde(default = "once")]
    times: Times,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenFault {
    /// As on the command line.
    Name(String),
    /// Changes of a successful answer.
    Patch { patch: Map<String, Value> },
    /// An answer in the place of the endpoint's.
    Body { status: u16, body: Value },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Times {
    Number(u32),
    Word(Always),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Always {
    Always,
}

fn once() -> Times {
    Times::Number(1)
}

/// Reads faults as JSON (one, or a list), or as they are typed on the command line.
fn faults(body: &[u8]) -> Result<Vec<PlannedFault>, String> {
    let text = str::from_utf8(body).map_err(|_| "The body is not UTF-8.")?.trim();
    let wrong = |error: serde_json::Error| format!("The faults cannot be read: {error}");
    let written: Vec<Written> = if text.starts_with('{') {
        vec![serde_json::from_str(text).map_err(wrong)?]
    } else if text.starts_with('[') {
        serde_json::from_str(text).map_err(wrong)?
    } else {
        return text.split_whitespace().map(str::parse).collect();
    };
    written.into_iter().map(Written::plan).collect()
}

impl Written {
    fn plan(self) -> Result<PlannedFault, String> {
        let fault = match self.fault {
            WrittenFault::Name(name) => name.parse()?,
            WrittenFault::Patch { patch } => Fault::PatchResponse(patch),
            WrittenFault::Body { status, body } => match body {
                Value::String(text) => Fault::Body { status, json: text },
                body => Fault::Body { status, json: body.to_string() },
            },
        };
        let times = match self.times {
            Times::Number(times) => times,
            Times::Word(Always::Always) => u32::MAX,
        };
        Ok(PlannedFault { endpoint: self.endpoint, fault, times })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_in_every_form() {
        let read = |text: &str| faults(text.as_bytes());
        let one = read(r#"{"endpoint": "token", "fault": "drop-after", "times": "always"}"#);
        let expected =
            PlannedFault { endpoint: Endpoint::Token, fault: Fault::DropAfter, times: u32::MAX };
        assert_eq!(one, Ok(vec![expected]));
        let list = read(
            r#"[{"endpoint": "token", "fault": {"patch": {"expires_in": null}}},
                {"endpoint": "me", "fault": {"status": 200, "body": {"error": "x"}}, "times": 2}]"#,
        )
        .expect("it is a list");
        assert_eq!(list[0].fault, Fault::patch("expires_in", Value::Null));
        assert_eq!(list[0].times, 1);
        assert_eq!(list[1].fault, Fault::Body { status: 200, json: r#"{"error":"x"}"#.into() });
        assert_eq!(read("token=503 me=html:2").map(|faults| faults.len()), Ok(2));
        assert_eq!(read("").map(|faults| faults.len()), Ok(0));
        for wrong in ["token", "{", r#"{"endpoint": "token"}"#, r#"{"endpoint":"x","fault":"503"}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
