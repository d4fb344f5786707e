//! Codes, tokens and secrets go to the servers that the client and the grant were sealed with.

use std::fs;

use xreq::sandbox::{Options, Sandbox};

use super::PRINT_TOKEN;
use crate::support::provider::House;

/// Another server, to which somebody directs what is sent to one URL of the provider.
fn redirect(house: &House, field: &str) -> Sandbox {
    let other = Sandbox::start(Options::default()).expect("there is a free port");
    let config = fs::read_to_string(house.home.store().join("config.yaml")).expect("it is there");
    let field = format!("{field}: ");
    let lines = config.lines().map(|line| match line.split_once(&field) {
        Some((space, url)) => {
            let url = url.replace(&house.sandbox.base_url(), &other.base_url());
            format!("{space}{field}{url}\n")
        }
        None => format!("{line}\n"),
    });
    let changed: String = lines.collect();
    assert_ne!(changed, config, "{field}");
    house.home.write("home/config.yaml", changed);
    other
}

#[test]
fn a_token_url_that_leads_elsewhere_gets_no_refresh_token() {
    let house = House::connected();
    house.age(7_000);
    let before = fs::read(house.home.grant("default")).expect("it is stored");
    let other = redirect(&house, "token_url");
    for args in [&["refresh", "x", "--force"][..], &["token", "x", "--min-ttl", "1h"]] {
        let ran = house.home.xreq(args).exits(3).complains("error[origin_changed]");
        ran.complains(&other.base_url()).complains("`xreq client set x`");
    }
    assert_eq!(other.control().log(), []);
    assert_eq!(fs::read(house.home.grant("default")).expect("it is stored"), before);
    // The token that is there serves.
    house.home.xreq(&PRINT_TOKEN).succeeds().complains("other servers of X");
    assert_eq!(other.control().log(), []);
}

#[test]
fn a_client_that_is_stored_anew_does_not_move_a_grant() {
    let house = House::connected();
    let other = redirect(&house, "token_url");
    house.store_client();
    let ran = house.home.xreq(&["refresh", "x", "--force"]).exits(3);
    ran.complains("error[origin_changed]").complains("`xreq connect x`");
    assert_eq!(other.control().log(), []);
    // To connect anew does: the code goes to the other server, which did not give it.
    house.connect(&[]).exits(3).complains("token_exchange_failed");
    assert_eq!(other.control().log().len(), 1);
}

#[test]
fn nobody_is_asked_to_consent_where_the_code_would_go_elsewhere() {
    for field in ["token_url", "api_url", "revoke_url"] {
        let house = House::new();
        let other = redirect(&house, field);
        let ran = house.home.xreq(&["connect", "x", "--no-browser"]).exits(3);
        ran.complains("error[origin_changed]").complains(&other.base_url());
        assert_eq!((house.control().log(), other.control().log()), (vec![], vec![]));
    }
}

#[test]
fn a_revocation_url_that_leads_elsewhere_gets_no_token() {
    let house = House::connected();
    let other = redirect(&house, "revoke_url");
    house.home.xreq(&["disconnect", "x"]).exits(3).complains("error[origin_changed]");
    assert_eq!(other.control().log(), []);
    house.store_client();
    house.home.xreq(&["disconnect", "x"]).exits(3).complains("error[origin_changed]");
    assert_eq!(other.control().log(), []);
    assert!(house.home.grant("default").exists());
}

#[test]
fn another_path_of_the_same_server_is_no_change() {
    let house = House::connected();
    let base = house.sandbox.base_url();
    let config = House::config(&base).replace("/2/oauth2/token", "/2/oauth2/token?again");
    house.home.write("home/config.yaml", config);
    let ran = house.home.xreq(&["refresh", "x", "--force"]);
    assert!(!ran.stderr.contains("origin_changed"), "{}", ran.stderr);
}
