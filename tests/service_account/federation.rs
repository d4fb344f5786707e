//! Workload identity federation: tokens of another identity provider, which are exchanged.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use xreq::sandbox::{Endpoint, Fault};

use super::{Cloud, PRINT_TOKEN, SCOPE};
use crate::oauth::lacks_google_auth;
use crate::support::service_account::ACCOUNT;
use crate::support::{Ran, machine};

const AUDIENCE: &str = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/a/providers/b";

/// A token of another identity provider, which lives for so many seconds.
pub fn proof(subject: &str, lives: i64) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let ends = Timestamp::now().as_second() + lives;
    let claims = json!({"iss": "https://ci.example", "sub": subject, "exp": ends});
    format!("{}.{}.c2lnbmF0dXJl", part(&json!({"alg": "RS256"})), part(&claims))
}

impl Cloud {
    /// The file of a federation, as the console hands it out; where its tokens come from, it says itself.
    fn federation(&self) -> Value {
        let base_url = self.sandbox.base_url();
        json!({
            "type": "external_account",
            "audience": AUDIENCE,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": format!("{base_url}/gcp/sts/token"),
            "service_account_impersonation_url":
                format!("{base_url}/gcp/accounts/{ACCOUNT}:generateAccessToken"),
            "credential_source": {"file": self.proof_path(), "format": {"type": "text"}},
        })
    }

    fn proof_path(&self) -> String {
        self.home.path().join("proof").display().to_string()
    }

    /// Writes the file, and imports it with the proof in a file.
    fn federate(&self, file: &Value) -> Ran {
        self.home.write("federation.json", file.to_string());
        self.import(&["federation.json", "--token-file", &self.proof_path()])
    }

    /// Whoever calls with a token of a launch.
    fn caller(&self) -> (Value, String) {
        let token = self.home.xreq(&PRINT_TOKEN).succeeds().stdout;
        let url = format!("{}/gcp/v1/projects/1", self.sandbox.base_url());
        let mut curl = std::process::Command::new("curl");
        curl.args(["-s", "--noproxy", "*", "-H", &format!("Authorization: Bearer {token}"), &url]);
        (Ran::of(&mut curl).succeeds().json()["caller"].clone(), token)
    }
}

#[test]
fn an_identity_of_another_provider_becomes_a_service_account() {
    let Some(cloud) = Cloud::new() else { return };
    let first = proof("repo:a/b", 600);
    cloud.home.write("proof", format!("{first}\n"));
    cloud.federate(&cloud.federation()).succeeds().prints("stored cloud");
    let (caller, token) = cloud.caller();
    assert_eq!(caller, ACCOUNT);
    let record = fs::read_to_string(cloud.record()).expect("it is there");
    assert!(!record.contains(&first) && !token.contains(&first), "the proof is nobody's");

    let source = &cloud.status()["minting"]["source"];
    assert_eq!((&source["type"], &source["account"]), (&json!("federation"), &json!(ACCOUNT)));
    assert_eq!(source["subject"], json!({"type": "token_file", "path": cloud.proof_path()}));
    let status = cloud.home.xreq(&["status"]);
    let told = format!("exchanged for a token of {ACCOUNT}");
    assert!(
        status.stdout.split_whitespace().collect::<Vec<_>>().join(" ").contains(&told),
        "{}",
        status.stdout
    );

    // The next token is minted from the proof that is there then.
    cloud.ages(4_000);
    cloud.home.write("proof", proof("repo:a/b", -1));
    let ran = cloud.home.xreq(&PRINT_TOKEN).exits(125);
    ran.complains("The given credential is rejected");
    cloud.home.write("proof", json!({"id_token": proof("repo:a/b", 600)}).to_string());
    cloud.home.xreq(&["refresh", "cloud"]).succeeds();
    let (caller, next) = cloud.caller();
    assert!(caller == ACCOUNT && next != token, "{caller}");
    let scopes: Vec<_> = cloud.mints().iter().filter_map(|it| it.scope.clone()).collect();
    assert!(scopes.iter().all(|scope| scope == SCOPE), "{scopes:?}");
}

#[test]
fn a_program_of_the_command_line_has_the_proof() {
    let Some(cloud) = Cloud::new() else { return };
    let mut file = cloud.federation();
    let fields = file.as_object_mut().expect("it is an object");
    fields.remove("service_account_impersonation_url");
    fields["credential_source"] = json!({"executable": {"command": "/bin/false"}});
    cloud.home.write("federation.json", file.to_string());
    let answer = json!({
        "version": 1,
        "success": true,
        "token_type": "urn:ietf:params:oauth:token-type:id_token",
        "id_token": proof("ci", 600),
    });
    cloud.home.write("proof", answer.to_string());
    let command = ["federation.json", "--command", "/bin/cat", &cloud.proof_path()];
    cloud.import(&command).succeeds();
    // Nobody is impersonated: the identity acts for itself.
    let (caller, _) = cloud.caller();
    let own = AUDIENCE.trim_start_matches('/');
    assert_eq!(caller, format!("principal://{own}/subject/ci"));
    let source = &cloud.status()["minting"]["source"];
    assert_eq!(source["subject"]["program"], "/bin/cat");
}

#[test]
fn threat_15_a_federation_runs_nothing_and_sends_nothing_elsewhere() {
    let Some(cloud) = Cloud::new() else { return };
    cloud.home.write("proof", proof("ci", 600));
    let ran = cloud.home.path().join("ran");
    let mut file = cloud.federation();
    file["credential_source"] =
        json!({"executable": {"command": format!("/usr/bin/touch {}", ran.display())}});
    cloud.home.write("federation.json", file.to_string());
    // Without a source on the command line there is none.
    cloud.import(&["federation.json"]).exits(2).complains("which a file does not decide");
    for (name, value) in [
        ("token_url", "https://evil.example.net/token".to_owned()),
        (
            "service_account_impersonation_url",
            format!("https://evil.example.net/gcp/accounts/{ACCOUNT}:generateAccessToken"),
        ),
    ] {
        let mut file = cloud.federation();
        file[name] = value.into();
        cloud.federate(&file).exits(2).complains("another URL than the provider's");
    }
    let relative = ["federation.json", "--token-file", "proof"];
    cloud.import(&relative).exits(2).complains("is not absolute");
    assert!(cloud.mints().is_empty() && cloud.is_empty() && !ran.exists());

    // The server that it was stored for stays the one that gets the proof.
    cloud.federate(&cloud.federation()).succeeds();
    let file = fs::read_to_string(cloud.home.path().join("home/providers/cloud.yaml"));
    let file = file.expect("it is there");
    let moved = file.replace("/gcp/sts/token", "/elsewhere");
    let moved =
        moved.replacen("exchange_url: http://127.0.0.1", "exchange_url: http://localhost", 1);
    cloud.home.write("home/providers/cloud.yaml", moved);
    cloud.ages(4_000);
    let count = cloud.mints().len();
    let refused = cloud.home.xreq(&["refresh", "cloud"]);
    assert!(refused.stderr.contains("stored for other servers"), "{}", refused.stderr);
    assert_eq!(cloud.mints().len(), count);
}

#[test]
fn what_the_provider_refuses_is_not_stored() {
    let Some(cloud) = Cloud::new() else { return };
    for (proof, told) in [
        (proof("ci", -1), "The given credential is rejected"),
        ("canary words".to_owned(), "one has no spaces in it"),
    ] {
        cloud.home.write("proof", &proof);
        let ran = cloud.federate(&cloud.federation());
        assert!(ran.stderr.contains(told) && !ran.stderr.contains(&proof), "{}", ran.stderr);
    }
    cloud.home.write("proof", proof("ci", 600));
    cloud.sandbox.control().remove_service_account(ACCOUNT);
    let ran = cloud.federate(&cloud.federation()).exits(2);
    ran.complains("Permission 'iam.serviceAccounts.getAccessToken' denied");
    let plan = cloud.sandbox.control();
    plan.register_service_account(&cloud.key.to_string());
    plan.fault(Endpoint::Mint, Fault::status(503), 1);
    cloud.federate(&cloud.federation()).succeeds().complains("there is no token yet");
    cloud.home.xreq(&["refresh", "cloud"]).succeeds();
    assert_eq!(cloud.caller().0, ACCOUNT);
}

/// The judge of the sandbox, and of what xreq reads in such a file.
#[test]
fn google_auth_exchanges_the_same_file_here() {
    let Some(cloud) = Cloud::new() else { return };
    if lacks_google_auth() {
        return;
    }
    cloud.home.write("proof", proof("ci", 600));
    let mut command = std::process::Command::new(machine::python());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/service_account.py");
    command.args(["-B", script, "federate", &cloud.sandbox.base_url(), SCOPE]);
    let file = cloud.federation();
    let answer = Ran::with_input(&mut command, file.to_string().as_bytes()).succeeds().json();
    assert_eq!((&answer["caller"], &answer["scope"]), (&json!(ACCOUNT), &json!(SCOPE)));
    cloud.federate(&file).succeeds();
    assert_eq!(cloud.caller().0, answer["caller"]);
}
