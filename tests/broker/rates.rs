//! Limits of the provider, whose headers are the agent's to see.

use xreq::sandbox::Options;

use super::*;

#[test]
fn headers_of_rates_and_refusals_are_passed_on() {
    let house = House::with(Options { rate_limit: 2, ..Options::default() });
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.tweet.write]\n");
    house.connect(&[]).succeeds();
    let call = "call -o /dev/null -D - https://api.x.com/2/tweets/20;";
    let ran = run(&house, &format!("{CALL}{}", call.repeat(3))).succeeds();
    let heads: Vec<_> =
        ran.stdout.split("\r\n\r\n").filter(|head| head.contains("x-rate")).collect();
    let left = |head: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix("x-rate-limit-remaining: "));
        line.expect("it is passed on").trim().to_owned()
    };
    assert_eq!(heads.iter().map(|head| left(head)).collect::<Vec<_>>(), ["1", "0", "0"]);
    assert!(heads[2].contains(" 429"), "{}", heads[2]);
    assert!(heads.iter().all(|head| head.contains("x-rate-limit-reset: ")), "{heads:?}");
}
