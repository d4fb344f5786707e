//! How a client proves who it is (rule 16), and what no request says (rule 19).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use xreq::sandbox::{ClientAuth, Endpoint};

use crate::oauth::recorder::{CLIENT_SECRET, Studio};
use crate::support::provider::House;

/// The ways in which the clients of all requests to the token and revocation endpoints proved
/// themselves.
fn ways(house: &House) -> Vec<Option<ClientAuth>> {
    let is_ours = |endpoint| matches!(endpoint, Endpoint::Token | Endpoint::Revoke);
    let log = house.control().log().into_iter().filter(|logged| is_ours(logged.endpoint));
    log.map(|logged| logged.client_auth).collect()
}

/// The whole life of a grant: an exchange, a refresh and two revocations.
fn live(house: &House) {
    house.connect(&[]).succeeds();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
    house.home.xreq(&["disconnect", "x"]).succeeds();
}

#[test]
fn rule_16_a_client_with_a_secret_proves_itself_in_the_header_alone() {
    let house = House::new();
    live(&house);
    assert_eq!(ways(&house), [Some(ClientAuth::Basic); 4]);
}

#[test]
fn rule_16_a_client_without_a_secret_names_itself_in_the_form_alone() {
    let house = House::new();
    let id = house.sandbox.public_client().client_id.as_str();
    let uri = house.redirect_uri.as_str();
    let args = ["client", "set", "x", "--id", id, "--redirect-uri", uri, "--public"];
    house.home.xreq(&args).succeeds();
    live(&house);
    assert_eq!(ways(&house), [Some(ClientAuth::None); 4]);
}

#[test]
fn rule_16_id_and_secret_are_encoded_before_they_are_joined() {
    let studio = Studio::new("title: Photos", "title: Photos");
    studio.connect();
    let request = &studio.recorder.requests("/token")[0];
    let header = request.authorization.as_deref().expect("it has one");
    let encoded = STANDARD.decode(header.strip_prefix("Basic ").expect("it is Basic"));
    let pair = String::from_utf8(encoded.expect("it is base64")).expect("it is text");
    // RFC 6749 section 2.3.1 and appendix B.
    assert_eq!(pair, "the+id:-the+secret%3Aof%2Bthe%3Dclient");
    for name in ["client_id", "client_secret"] {
        assert_eq!(request.field(name), None);
    }
}

#[test]
fn rule_16_a_secret_in_the_form_is_not_in_the_header_too() {
    let studio =
        Studio::new("confidential: client_secret_basic", "confidential: client_secret_post");
    studio.connect();
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    studio.home.xreq(&["disconnect", "photos"]).succeeds();
    let mut requests = studio.recorder.requests("/token");
    requests.extend(studio.recorder.requests("/revoke"));
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert_eq!(request.authorization, None);
        assert_eq!(request.field("client_id").as_deref(), Some("the id"));
        assert_eq!(request.field("client_secret").as_deref(), Some(CLIENT_SECRET));
    }
}

#[test]
fn rule_16_what_the_provider_does_not_take_is_not_sent() {
    let ways = "client_authentication: {confidential: client_secret_basic, public: none}";
    let studio = Studio::new(ways, "client_authentication: {public: none}");
    let connecting = studio.connecting();
    connecting.comes_back(&crate::oauth::recorder::back(&connecting.url, "the-code"));
    connecting.end().exits(1).complains("error[client_rejected]").complains("with a secret");
    assert_eq!(studio.recorder.requests("/token").len(), 0);
}

#[test]
fn rule_19_no_request_names_a_resource() {
    // `resource` (RFC 8707) is for servers that issue tokens for others' resources. No provider
    // here is one, and those that do not know the parameter may refuse it.
    let studio = Studio::new("title: Photos", "title: Photos");
    let url = studio.connect();
    studio.home.xreq(&["refresh", "photos", "--force"]).succeeds();
    studio.home.xreq(&["disconnect", "photos"]).succeeds();
    let mut sent = vec![url];
    for path in ["/token", "/revoke"] {
        let requests = studio.recorder.requests(path);
        assert_eq!(requests.len(), 2);
        sent.extend(requests.into_iter().map(|request| request.body));
    }
    for text in sent {
        assert!(!text.contains("resource") && !text.contains("audience"), "{text}");
    }
}
