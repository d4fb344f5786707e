//! Libraries of providers, unmodified, below a launch: each is given the token that its own documentation
//! asks for, and calls the provider's face of the sandbox.

use std::ffi::OsString;
use std::process::Command;

use serde_json::{Value, json};

use crate::sandbox::faces::Faced;
use crate::support::{Ran, machine, node};

/// The path of a Python that has a module. Where none has it, that is said.
fn python(module: &str) -> Option<OsString> {
    let python = machine::python();
    let mut probe = Command::new(&python);
    if Ran::of(probe.args(["-c", &format!("import {module}")])).status.success() {
        // A launch may begin in another folder.
        let absolute = std::path::absolute(&python).ok().filter(|path| path.exists());
        return Some(absolute.map_or(python, OsString::from));
    }
    machine::skips(&format!("there is no Python with {module}: run tests/python/setup"));
    None
}

/// What an agent says that runs below a launch, as JSON.
fn launched(faced: &Faced, program: &str, script: &str, args: &[&str]) -> Value {
    let folder = env!("CARGO_MANIFEST_DIR");
    let script = format!("{folder}/tests/{script}");
    let launch = [&["run", "--", program, &script], args].concat();
    faced.home.xreq(&launch).succeeds().json()
}

fn in_python(faced: &Faced, module: &str, library: &str) -> Option<Value> {
    let python = python(module)?;
    let python = python.to_str().expect("a plain path");
    Some(launched(
        faced,
        python,
        "python/provider_libraries.py",
        &[library, &faced.sandbox.api_url()],
    ))
}

fn in_node(faced: &Faced, package: &str) -> Option<Value> {
    node::installed(&format!("{package}/package.json"))?;
    let args = [faced.provider, &faced.sandbox.api_url()];
    Some(launched(faced, "node", "node/provider_libraries.mjs", &args))
}

#[test]
fn googleapiclient_sends_mail_and_lists_calendars() {
    let keys = "integrations: [google.gmail.send, google.calendar.readonly]\n";
    let faced = Faced::connected("google", keys);
    let Some(said) = in_python(&faced, "googleapiclient", "google") else { return };
    assert_eq!(said, json!({"sent": ["SENT"], "calendars": ["alice"], "refused": 403}));
    let messages = faced.sandbox.control().messages();
    assert!(messages[0].text.ends_with("hello, bob"), "{messages:?}");
}

#[test]
fn google_auth_asks_a_model_as_a_service_account() {
    let faced = Faced::new("gcp", "integrations: [gcp.vertex_ai]\n");
    faced.import_key().succeeds();
    let Some(said) = in_python(&faced, "google.auth", "gcp") else { return };
    assert_eq!(
        said,
        json!({"said": "hello, model", "caller": "agent@sandbox.iam.gserviceaccount.com"})
    );
}

#[test]
fn discord_py_logs_in_and_writes_as_a_bot() {
    let faced = Faced::new("discord", "integrations: [discord.bot]\n");
    faced.import_static().succeeds();
    let Some(said) = in_python(&faced, "discord", "discord") else { return };
    let text = "hello, channel";
    assert_eq!(said, json!({"bot": "helper", "sent": text, "history": [text]}));
}

#[test]
fn octokit_makes_a_gist_and_is_told_the_scopes() {
    let faced = Faced::connected("github", "integrations: [github.gist.write]\n");
    let Some(said) = in_node(&faced, "octokit") else { return };
    let expected =
        json!({"login": "alice", "scopes": "gist", "made": 201, "gists": 2, "refused": 403});
    assert_eq!(said, expected);
    assert_eq!(faced.sandbox.control().posts()[0].text, "hello, gist");
}

#[test]
fn the_client_of_microsoft_graph_sends_mail() {
    let faced = Faced::connected("microsoft", "integrations: [microsoft.mail.send]\n");
    let Some(said) = in_node(&faced, "@microsoft/microsoft-graph-client") else { return };
    assert_eq!(said, json!({"name": "Alice", "refused": 403}));
    assert_eq!(faced.sandbox.control().messages()[0].text, "hello, bob");
}

#[test]
fn the_client_of_notion_makes_a_page() {
    let faced = Faced::connected("notion", "integrations: [notion.read, notion.write]\n");
    let Some(said) = in_node(&faced, "@notionhq/client") else { return };
    assert_eq!(said, json!({"name": "alice", "type": "bot", "title": "hello, page"}));
}

/// msal takes no token from elsewhere, so that nothing is launched: it judges the face.
#[test]
fn msal_finds_the_face_of_microsoft_as_it_knows_the_provider() {
    let faced = Faced::new("microsoft", "integrations: [microsoft.mail.read]\n");
    let Some(python) = python("msal") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/provider_libraries.py");
    let mut command = Command::new(python);
    command.args(["-B", script, "msal", &faced.sandbox.base_url()]);
    command.arg(&faced.sandbox.public_client().client_id);
    let said = Ran::of(&mut command).succeeds().json();
    let scopes = ["Mail.Read", "openid", "profile"];
    assert_eq!(said, json!({"scope": scopes, "refresh_tokens": 3, "last": null}));
}
