//! A token in a manifest is in no format, and nothing that is made of its line tells it.

use super::{FORMATS, list, text};
use crate::canary::search::{BASE64, random};
use crate::support::Home;

#[test]
fn fingerprints_are_made_of_what_is_shown() {
    let home = Home::empty();
    let mut printed = Vec::new();
    for name in ["one token", "another token"] {
        let token = random(name, BASE64, 91);
        home.write("xreq.yaml", format!("integrations: [x.tweet.raed, {token}] # {token}\n"));
        let all = FORMATS.map(|format| {
            let ran = home.xreq(&["validate", "--format", format]).exits(1);
            assert!(!ran.stdout.contains(&token[..12]), "{format}: {}", ran.stdout);
            ran.stdout
        });
        printed.push(all);
    }
    assert_eq!(printed[0], printed[1]);
    let log: serde_json::Value = serde_json::from_str(&printed[0][4]).expect("it is JSON");
    let result = &list(&log, "/runs/0/results")[0];
    assert_eq!(text(result, "/partialFingerprints/primaryLocationLineHash").len(), 18);
}
