//! Libraries of other providers, unmodified, below a broker: each is given a placeholder and the base URL.

use serde_json::{Value, json};

use crate::sandbox::faces::Faced;
use crate::support::{machine, node};

/// What a script says that runs below a broker, as JSON. It gets the broker in the place of the API.
fn brokered(faced: &Faced, program: &str, script: &str, library: &str) -> Value {
    let script = format!("{}/tests/{script}", env!("CARGO_MANIFEST_DIR"));
    let url = format!("${}_API_BASE_URL", faced.provider.to_uppercase());
    let shell = format!("exec \"$0\" \"$1\" \"$2\" \"{url}\"");
    let launch = ["run", "--broker", "--", "sh", "-c", &shell, program, &script, library];
    faced.home.xreq(&launch).succeeds().json()
}

#[test]
fn octokit_makes_a_gist_and_no_repository() {
    if node::installed("octokit/package.json").is_none() {
        return;
    }
    let faced = Faced::connected("github", "integrations: [github.gist.write, github.user.read]\n");
    let said = brokered(&faced, "node", "node/provider_libraries.mjs", "github");
    let expected = json!({"login": "alice", "scopes": "gist, read:user", "made": 201, "gists": 2, "refused": 403});
    assert_eq!(said, expected);
    assert_eq!(faced.sandbox.control().posts()[0].text, "hello, gist");
}

#[test]
fn the_client_of_microsoft_graph_sends_mail() {
    if node::installed("@microsoft/microsoft-graph-client/package.json").is_none() {
        return;
    }
    let faced = Faced::connected(
        "microsoft",
        "integrations: [microsoft.mail.send, {key: microsoft, scopes: [User.Read]}]\n",
    );
    let said = brokered(&faced, "node", "node/provider_libraries.mjs", "microsoft");
    assert_eq!(said, json!({"name": "Alice", "refused": 403}));
}

#[test]
fn discord_py_writes_as_a_bot_that_has_no_token() {
    let python = machine::python();
    let absolute = std::path::absolute(&python).ok().filter(|path| path.exists());
    let Some(python) = absolute else {
        return machine::skips("there is no Python with discord: run tests/python/setup");
    };
    let faced = Faced::new("discord", "integrations: [discord.bot]\n");
    faced.import_static().succeeds();
    let python = python.to_str().expect("a plain path");
    let said = brokered(&faced, python, "python/provider_libraries.py", "discord");
    let text = "hello, channel";
    assert_eq!(said, json!({"bot": "helper", "sent": text, "history": [text]}));
}
