//! Google Cloud: tokens for service accounts.

use serde_json::json;
use xreq::sandbox::Endpoint;

use super::Faced;
use crate::service_account::federation::proof;
use crate::support::Ran;

const ACCOUNT: &str = "agent@sandbox.iam.gserviceaccount.com";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

fn faced() -> Faced {
    Faced::new("gcp", "integrations: [gcp.vertex_ai]\n")
}

/// What a model says to an agent below a launch.
fn asks_model(faced: &Faced, method: &str, body: &str) -> Ran {
    let url = format!(
        "{}/v1/projects/$GCP_PROJECT_NUMBER/locations/us/publishers/google/models/m:{method}",
        faced.sandbox.api_url()
    );
    let curl = format!(
        "curl -s --noproxy '*' -H \"authorization: Bearer $GCP_ACCESS_TOKEN\" -H 'content-type: \
         application/json' -d '{body}' \"{url}\""
    );
    faced.home.xreq(&["run", "--", "sh", "-c", &curl]).succeeds()
}

#[test]
fn a_key_that_a_file_has_becomes_tokens_for_models() {
    let faced = faced();
    let imported = faced.import_key().succeeds();
    imported.prints("stored gcp (default, service_account)");
    faced.home.xreq(&["check"]).succeeds();
    assert_eq!(faced.agent_gets("GCP_PROJECT_NUMBER"), "123456789012");
    let minted = faced.requests(Endpoint::Mint);
    assert_eq!(minted.len(), 1, "{minted:?}");
    assert_eq!(
        (minted[0].account_id.as_deref(), minted[0].scope.as_deref()),
        (Some(ACCOUNT), Some(SCOPE))
    );

    let told = r#"{"contents": [{"role": "user", "parts": [{"text": "hello, model"}]}]}"#;
    let said = asks_model(&faced, "generateContent", told).json();
    assert_eq!(said["candidates"][0]["content"]["parts"], json!([{"text": "hello, model"}]));
    assert_eq!(asks_model(&faced, "generateContent", "{}").json()["error"]["code"], 400);
    let predicted = asks_model(&faced, "predict", r#"{"instances": [7]}"#).json();
    assert_eq!(predicted["predictions"], json!([7]));
    assert_eq!(asks_model(&faced, "rawPredict", "{}").json()["status"], 501);

    // A token that nobody minted is none.
    let path = "/v1/projects/1/locations/us/publishers/google/models/m:predict";
    assert_eq!(faced.asks(path, "Bearer made-up").0, 404, "GET is another operation");
    let request = crate::support::http::Request::json("POST", path, &json!({}));
    let answer = request.header("authorization", "Bearer made-up").send(&faced.sandbox.base_url());
    assert_eq!(answer.expect("it answers").status, 401);
}

#[test]
fn an_identity_of_another_provider_becomes_the_service_account_here() {
    let faced = faced();
    let base_url = faced.sandbox.base_url();
    let path = faced.home.path().join("proof").display().to_string();
    faced.home.write("proof", proof("repo:a/b", 600));
    let file = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("{base_url}/gcp/sts/token"),
        "service_account_impersonation_url":
            format!("{base_url}/gcp/accounts/{ACCOUNT}:generateAccessToken"),
        "credential_source": {"file": path},
    });
    faced.home.write("federation.json", file.to_string());
    let import = ["import", "gcp", "--kind", "service_account", "--project-number", "7"];
    let import = [&import[..], &["federation.json", "--token-file", &path]].concat();
    faced.home.xreq(&import).succeeds();
    let predicted = asks_model(&faced, "predict", r#"{"instances": [7]}"#).json();
    assert_eq!(predicted["predictions"], json!([7]));
    let mut accounts = faced.requests(Endpoint::Mint).into_iter().filter_map(|it| it.account_id);
    assert_eq!(accounts.next_back().as_deref(), Some(ACCOUNT));
}

#[test]
fn a_service_account_of_google_has_its_own_tokens() {
    let faced = Faced::new("google", "integrations: [google.sa]\n");
    faced.import_key().succeeds();
    assert!(!faced.agent_gets("GOOGLE_SA_ACCESS_TOKEN").is_empty());
    let token = faced.agent_gets("GOOGLE_SA_ACCESS_TOKEN");
    // It acts for no person.
    let calendars = faced.asks("/calendar/v3/users/me/calendarList", &format!("Bearer {token}"));
    assert_eq!(calendars.0, 200, "{calendars:?}");
    let mail = faced.asks("/gmail/v1/users/me/messages", &format!("Bearer {token}"));
    assert_eq!(mail.0, 403, "{mail:?}");
}
