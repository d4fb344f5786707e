//! The whole way once.

use crate::support::provider::{ASKED, House};

const PRINT_TOKEN: [&str; 5] = ["run", "--", "sh", "-c", "printf %s \"$X_ACCESS_TOKEN\""];

#[test]
fn connect_run_refresh_disconnect() {
    let house = House::new();
    let ran = house.connect(&[]).succeeds();
    ran.prints("connected x (default) as @alice").complains("(x.tweet.write)");
    assert_eq!(
        house.metadata("default")["scopes"],
        serde_json::json!(ASKED.split(' ').collect::<Vec<_>>())
    );
    assert_eq!(house.state(), "connected");
    let first = house.home.xreq(&PRINT_TOKEN).succeeds().stdout;
    assert_eq!(house.refreshes().len(), 0);

    house.age(7_000);
    assert_eq!(house.state(), "expiring");
    let second = house.home.xreq(&PRINT_TOKEN).succeeds().stdout;
    assert_ne!(first, second);
    assert_eq!(house.refreshes().len(), 1);
    assert_eq!(house.home.xreq(&["token", "x"]).succeeds().stdout.trim(), second);

    house.age(8_000);
    assert_eq!(house.state(), "expired");
    house.home.xreq(&["check"]).succeeds().complains("the launch refreshes it");
    assert_eq!(house.refreshes().len(), 1);
    house.home.xreq(&["check", "--refresh"]).succeeds();
    house.home.xreq(&["refresh", "x", "--force"]).succeeds().prints("x (default) is refreshed");
    house.home.xreq(&["refresh", "--all"]).succeeds().prints("1 grant: 1 fresh");
    assert_eq!(house.refreshes().len(), 3);

    house.home.xreq(&["disconnect", "x"]).succeeds();
    assert!(!house.home.grant("default").exists());
    assert!(house.control().grants("alice").iter().all(|grant| !grant.refreshable));
}
