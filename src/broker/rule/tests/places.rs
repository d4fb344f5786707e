//! The place of an API, and where its requests go.

use std::collections::BTreeMap;

use hyper::http::Request;

use super::request::{CATALOG, GOOGLE, RUN, X, admit, credential};
use crate::broker::{Authority, Way, api_hosts};
use crate::catalog::{Catalog, EndpointOverrides};
use crate::model::credential_id::Kind;

/// Returns the URL to which a `GET` goes, or the code of the refusal.
fn url(
    catalog: &Catalog,
    authority: &Authority,
    way: Way<'_>,
    host: &str,
    target: &str,
    token: &str,
) -> String {
    let request = Request::get(target).header("host", host);
    let request = request.header("authorization", token).body(()).expect("a request");
    match admit(catalog, authority, way, &request.into_parts().0) {
        Ok(admission) => admission.url,
        Err(refusal) => refusal.code.name().to_owned(),
    }
}

fn tunnel(host: &str, target: &str, token: &str) -> String {
    url(&CATALOG, &RUN, Way::Tunnel { host, port: 443 }, host, target, token)
}

fn base(target: &str, token: &str) -> String {
    url(&CATALOG, &RUN, Way::BaseUrl { authorities: &[] }, "a", target, token)
}

#[test]
fn a_service_has_its_own_host_and_its_own_name() {
    let token = format!("Bearer {GOOGLE}");
    let labels = "https://gmail.googleapis.com/gmail/v1/users/me/labels";
    assert_eq!(tunnel("gmail.googleapis.com", "/gmail/v1/users/me/labels", &token), labels);
    assert_eq!(base("/google/gmail/gmail/v1/users/me/labels", &token), labels);
    assert_eq!(base("/google/gmail/v1/users/me/labels", &token), "operation/unknown");
    assert_eq!(
        tunnel("sheets.googleapis.com", "/gmail/v1/users/me/labels", &token),
        "operation/unknown",
        "an operation belongs to its service"
    );
    assert_eq!(
        tunnel("www.googleapis.com", "/gmail/v1/users/me/labels", &token),
        "operation/unknown"
    );
}

#[test]
fn a_path_whose_decoded_form_is_another_operation_is_refused() {
    let token = format!("Bearer {GOOGLE}");
    let read = "/v4/spreadsheets/1a/values/Sheet1%21A1%3AB2";
    assert_eq!(
        tunnel("sheets.googleapis.com", read, &token),
        format!("https://sheets.googleapis.com{read}")
    );
    let request = |path: &str| {
        let request = Request::post(path).header("host", "sheets.googleapis.com");
        let request = request.header("authorization", token.as_str()).body(()).expect("a request");
        let way = Way::Tunnel { host: "sheets.googleapis.com", port: 443 };
        let admission = admit(&CATALOG, &RUN, way, &request.into_parts().0);
        admission
            .map_or_else(|refusal| refusal.code.name().to_owned(), |it| it.operation.path.clone())
    };
    let append = "/v4/spreadsheets/{spreadsheetId}/values/{range}:append";
    assert_eq!(request("/v4/spreadsheets/1a/values/A1:append"), append);
    assert_eq!(request("/v4/spreadsheets/1a/values/A1%3Aappend"), "request/ambiguous");
}

#[test]
fn a_base_path_is_where_programs_expect_it() {
    let token = "Bot xreq-placeholder-of-discord";
    let me = "https://discord.com/api/v10/users/@me";
    assert_eq!(tunnel("discord.com", "/api/v10/users/@me", token), me);
    assert_eq!(base("/discord/users/@me", token), me);
    for other in ["/users/@me", "/api/v9/users/@me", "/api/users/@me", "/api/v10/api/v10/users/@me"]
    {
        assert_eq!(tunnel("discord.com", other, token), "operation/unknown", "{other}");
    }
}

#[test]
fn threat_06_a_placeholder_is_good_at_its_own_provider_alone() {
    let token = format!("Bearer {X}");
    for refused in [
        tunnel("www.googleapis.com", "/calendar/v3/users/me/calendarList", &token),
        tunnel("discord.com", "/api/v10/users/@me", &token),
        base("/discord/users/@me", &token),
        base("/google/gmail/gmail/v1/users/me/labels", &token),
    ] {
        assert_eq!(refused, "request/foreign-credential");
    }
    for unknown in [tunnel("evil.example", "/2/tweets/12", &token), base("/github/user", &token)] {
        assert_eq!(unknown, "operation/unknown", "the run has no such provider");
    }
}

#[test]
fn an_api_that_was_moved_is_expected_where_it_was() {
    let mut catalog = Catalog::builtin();
    let local = EndpointOverrides {
        api_url: Some("http://127.0.0.1:9/moved".to_owned()),
        ..Default::default()
    };
    catalog.override_endpoints("x", local).expect("a URL on this machine");
    let token = format!("Bearer {X}");
    for host in ["api.x.com", "api.twitter.com"] {
        let found =
            url(&catalog, &RUN, Way::Tunnel { host, port: 443 }, host, "/2/tweets/12", &token);
        assert_eq!(found, "http://127.0.0.1:9/moved/2/tweets/12");
    }
    let way = Way::BaseUrl { authorities: &[] };
    let found = url(&catalog, &RUN, way, "a", "/x/2/tweets/12?", &token);
    assert_eq!(found, "http://127.0.0.1:9/moved/2/tweets/12");
    let elsewhere = Way::Tunnel { host: "api.x.com", port: 8443 };
    assert_eq!(
        url(&catalog, &RUN, elsewhere, "api.x.com:8443", "/2/tweets/12", &token),
        "operation/unknown"
    );
    assert!(api_hosts(&catalog, &RUN).expect("no variables").has("API.x.com.", 443));
}

#[test]
fn the_hosts_are_those_of_the_run_s_providers() {
    let hosts = api_hosts(&CATALOG, &RUN).expect("no variables");
    for host in [
        "api.x.com",
        "api.twitter.com",
        "discord.com",
        "gmail.googleapis.com",
        "www.googleapis.com",
    ] {
        assert!(hosts.has(host, 443) && !hosts.has(host, 80), "{host}");
    }
    for other in [
        "x.com",
        "api.github.com",
        "oauth2.googleapis.com",
        "aiplatform.googleapis.com",
        "a.api.x.com",
    ] {
        assert!(!hosts.has(other, 443), "{other}");
    }
    assert_eq!(hosts.names().count(), 12);
}

/// A provider whose API has a host of its own for each client.
const TENANTS: &str = r"
provider: acme
title: Acme
env_prefix: ACME
endpoints:
  authorize_url: https://login.acme.example/authorize
  token_url: https://login.acme.example/token
  api_url: https://{tenant}.api.acme.example/v1/{tenant}
url_variables:
  tenant: {title: the tenant}
client_authentication: {public: none}
pkce: S256
redirect_uri: http://127.0.0.1:8081/callback
scopes: {read: Read}
capabilities:
  acme.read: {title: Read, allows: read, published: [read]}
operations:
  - {method: GET, path: /things, summary: List things, keys: [acme.read], user: [read]}
";

#[test]
fn a_host_of_another_client_is_not_the_credential_s() {
    let mut catalog = Catalog::builtin();
    let file = std::path::Path::new("acme.yaml");
    catalog.add_file(file, TENANTS.as_bytes()).expect("a provider");
    let mut own = credential("x", Kind::Oauth2, X, &[]);
    own.id.provider = "acme".parse().expect("a name");
    own.requirements = vec![crate::broker::SatisfiedRequirement {
        key: "acme.read".to_owned(),
        scopes: crate::model::scope::ScopeSet::parse("read"),
    }];
    own.url_values = BTreeMap::from([("tenant".to_owned(), "blue".to_owned())]);
    let run = Authority { credentials: vec![own] };
    let token = format!("Bearer {X}");
    let at = |host: &str, path: &str| {
        url(&catalog, &run, Way::Tunnel { host, port: 443 }, host, path, &token)
    };
    let blue = "https://blue.api.acme.example/v1/blue/things";
    assert_eq!(at("blue.api.acme.example", "/v1/blue/things"), blue);
    assert_eq!(at("blue.api.acme.example", "/v1/red/things"), "operation/unknown");
    assert_eq!(at("red.api.acme.example", "/v1/red/things"), "operation/unknown");
    let names = api_hosts(&catalog, &run).expect("its client has a value");
    assert_eq!(names.names().collect::<Vec<_>>(), ["blue.api.acme.example"]);
}

/// Clients of Google write a list as one parameter for each value. Whatever else stands twice has two
/// readings.
#[test]
fn threat_08_a_parameter_repeats_where_the_operation_says_so() {
    let token = format!("Bearer {GOOGLE}");
    for (host, target) in [
        ("gmail", "/gmail/v1/users/me/messages?labelIds=INBOX&labelIds=UNREAD&q=a"),
        (
            "gmail",
            "/gmail/v1/users/me/messages/1a?metadataHeaders=From&format=raw&metadataHeaders=To",
        ),
        ("sheets", "/v4/spreadsheets/1a/values:batchGet?ranges=A1&ranges=B2&fields=a"),
    ] {
        let host = format!("{host}.googleapis.com");
        assert_eq!(tunnel(&host, target, &token), format!("https://{host}{target}"));
    }
    for (host, target) in [
        ("gmail", "/gmail/v1/users/me/messages?q=a&q=b"),
        ("gmail", "/gmail/v1/users/me/messages?labelIds=INBOX&labelIds=UNREAD&q=a&q=b"),
        ("gmail", "/gmail/v1/users/me/messages/1a?labelIds=INBOX&labelIds=UNREAD"),
        ("sheets", "/v4/spreadsheets/1a/values:batchGet?ranges=A1&fields=a&fields=b"),
        ("sheets", "/v4/nothing?ranges=A1&ranges=B2"),
    ] {
        let host = format!("{host}.googleapis.com");
        assert_eq!(tunnel(&host, target, &token), "request/ambiguous", "{target}");
    }
}

/// The hosts of regions are hosts of the API: where that was moved, calls to each of them go to the new place.
#[test]
fn the_hosts_of_regions_move_with_the_api() {
    let mut catalog = Catalog::builtin();
    let gcp = Authority {
        credentials: vec![credential("gcp", Kind::ServiceAccount, X, &["gcp.vertex_ai"])],
    };
    let own = "http://127.0.0.1:9".to_owned();
    let overrides = EndpointOverrides { api_url: Some(own.clone()), ..Default::default() };
    catalog.override_endpoints("gcp", overrides).expect("a URL on this machine");
    let token = format!("Bearer {X}");
    let path = "/v1/projects/1/locations/us-east1/endpoints/1:predict";
    for host in ["us-east1-aiplatform.googleapis.com", "aiplatform.googleapis.com"] {
        let request = Request::post(path).header("host", host).header("authorization", &token);
        let request = request.header("content-type", "application/json");
        let parts = request.body(()).expect("a request").into_parts().0;
        let way = Way::Tunnel { host, port: 443 };
        let admission = admit(&catalog, &gcp, way, &parts).expect("it is declared");
        assert_eq!(admission.url, format!("{own}{path}"));
        assert!(api_hosts(&catalog, &gcp).expect("they are known").has(host, 443), "{host}");
    }
}
