//! A provider that does not work, beside one that does.

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Endpoint, Fault, Options, Sandbox};

use super::{Daemon, all_live, house, store, until};
use crate::support::Home;

/// A provider `photos` of the user's own, with a grant whose tokens live for eight seconds.
fn photos(home: &Home) -> Sandbox {
    let options = Options { expires_in: 8, ..Options::default() };
    let sandbox = Sandbox::start(options).expect("the loopback interface has a free port");
    let base = sandbox.base_url();
    let file = format!(
        "provider: photos\ntitle: Photos\nenv_prefix: PHOTOS\nendpoints:\n  authorize_url: \
         {base}/i/oauth2/authorize\n  token_url: {base}/2/oauth2/token\n  api_url: {base}\n\
         client_authentication:\n  confidential: client_secret_basic\npkce: S256\n\
         redirect_uri: http://127.0.0.1:8080/callback\nscopes:\n  users.read: See users\n\
         capabilities:\n  photos.user.read:\n    title: Read users\n    allows: see users\n    \
         published: [users.read]\n"
    );
    home.write("home/providers/photos.yaml", file);
    let client = sandbox.client();
    let secret = client.secret().expect("it is confidential");
    home.xreq_with(&["client", "set", "photos", "--id", &client.client_id], secret).succeeds();
    let scopes = ScopeSet::parse("users.read offline.access");
    let issued = sandbox.control().issue_grant("default", &scopes);
    home.xreq_with(&["import", "photos", "-"], issued.response.expose_secret()).succeeds();
    sandbox
}

#[test]
fn a_provider_that_hangs_starves_no_other() {
    let house = house(600, 0);
    let issued_at = Timestamp::now() - SignedDuration::from_mins(20);
    for number in 0..30 {
        store(&house, &format!("account-{number}"), issued_at);
    }
    let photos = photos(&house.home);
    house.control().fault(Endpoint::Token, Fault::Hang, u32::MAX);
    let daemon = Daemon::start(&house.home, &[]);
    until("a refresh of the other one", || !photos.control().log().is_empty());
    daemon.says("was lost");
    let asked = house.control().log().len();
    // One at a time from then on; the second failure is told.
    daemon.says("x gives no tokens: ");
    assert!(house.control().log().len() <= asked + 2, "{} requests", house.control().log().len());
    let (status, health) = daemon.health();
    assert_eq!((status, health["status"].as_str()), (503, Some("failing")));
    assert_eq!(health["outages"][0]["of"], "x");
    assert_eq!(daemon.times_said("gives no tokens"), 1);
    assert_eq!(daemon.times_said("photos"), 0, "{}", daemon.said());
}

#[test]
fn a_single_failure_is_not_told() {
    let house = house(600, 0);
    store(&house, "default", Timestamp::now() - SignedDuration::from_mins(20));
    house.control().fault(Endpoint::Token, Fault::status(503), 1);
    let daemon = Daemon::start(&house.home, &[]);
    until("a fresh token", || all_live(&house));
    until("good health", || daemon.health().0 == 200);
    assert_eq!(house.refreshes().len(), 2);
    assert_eq!(daemon.said().lines().count(), 2, "{}", daemon.said());
}
