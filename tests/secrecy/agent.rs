//! The agent has the access token and the secrets that it declared, and none of the rest.

use super::house::House;
use super::search::Search;
use crate::support::Ran;

fn environment(house: &House, options: &[&str]) -> String {
    let mut command = house.home.command();
    command.arg("run").args(options).args(["--", "cat", "/proc/self/environ"]);
    command.env("XREQ_IDENTITY", house.canaries.identity_text());
    let ran = Ran::of(&mut command).exits(0);
    house.assert_silent(ran.stderr, &command);
    ran.stdout
}

#[test]
fn the_agent_has_its_own_and_nothing_else() {
    let house = House::new();
    let canaries = &house.canaries;
    for options in [&[][..], &["--pristine"]] {
        let environment = environment(&house, options);
        for own in [&canaries.access_token, &canaries.secret] {
            assert!(environment.contains(&own.text), "the {} is missing", own.name);
        }
        let others = Search::new(&[
            &canaries.other_access_token,
            &canaries.refresh_token,
            &canaries.client_secret,
            &canaries.oauth1_secret,
            &canaries.other_secret,
            &canaries.identity,
            &canaries.passphrase,
        ]);
        assert_eq!(others.find(environment.as_bytes()), None);
    }
}

#[test]
fn an_account_has_its_own_token() {
    let house = House::new();
    let environment = environment(&house, &["--account", "x=work"]);
    assert!(environment.contains(&house.canaries.other_access_token.text));
    let others = Search::new(&[&house.canaries.access_token, &house.canaries.refresh_token]);
    assert_eq!(others.find(environment.as_bytes()), None);
}
