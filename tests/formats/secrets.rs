//! A token in a manifest is in no format, and nothing that is made of its line tells it; nor is what
//! stands where the value of a secret could.

use super::{FORMATS, list, text};
use crate::secrecy::search::{BASE64, random};
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

/// What stands for a value: no token by its looks, and no word of ours.
const VALUE: &str = "hunter qwertz é";

/// Manifests in which `@` stands where the value of a secret could.
const VALUES: [&str; 12] = [
    "secrets: [{key: FAL_KEY, value: @}]\n",
    "secrets:\n- key: FAL_KEY\n  default: '@'\n",
    "secrets:\n- key: FAL_KEY\n  keyy: \"@\"\n",
    "secrets:\n- value: |\n    @\n    @\n  key: FAL_KEY\n",
    "secrets:\n- value: {a: [@, '@'], @: 1}\n  optional: 1\n",
    "secrets:\n- FAL_KEY: @\n",
    "secrets:\n  FAL_KEY: @\n  OTHER: {a: @}\n",
    "secrets: [FAL_KEY=@, 'OTHER: @']\n",
    "\u{feff}secrets:\r\n- key: FAL_KEY\r\n  value: @\r\n",
    "requirements: {secrets: [{key: FAL_KEY, value: @}]}\n",
    "integrations: [{key: x, secrets: [{key: FAL_KEY, value: @}]}]\n",
    "credentials: {x: {secrets: [{key: FAL_KEY, value: @}]}}\n",
];

#[test]
fn what_stands_where_a_value_could_is_not_shown() {
    let home = Home::empty();
    for manifest in VALUES {
        let mut printed = Vec::new();
        for value in [VALUE, "bunter qwerty ü"] {
            home.write("xreq.yaml", manifest.replace('@', value));
            let commands = FORMATS.iter().flat_map(|format| {
                [
                    vec!["validate", "--format", format],
                    vec!["check", "--format", format],
                    vec!["diff", "/dev/null", "xreq.yaml", "--format", format],
                ]
            });
            let others = [vec!["explain"], vec!["run", "--", "true"]];
            for args in commands.chain(others) {
                let ran = home.xreq(&args);
                let said = [ran.stdout, ran.stderr].concat();
                for word in value.split(' ').filter(|word| word.len() > 2) {
                    assert!(!said.contains(word), "{args:?}: {said}");
                }
                printed.push(said);
            }
        }
        let (one, another) = printed.split_at(printed.len() / 2);
        assert_eq!(one, another, "{manifest}");
    }
}

#[test]
fn a_value_is_answered_by_the_command_that_takes_it() {
    let home = Home::empty();
    for (manifest, name) in [
        (VALUES[0], "FAL_KEY"),
        (VALUES[1], "FAL_KEY"),
        (VALUES[4], "NAME"),
        (VALUES[6], "FAL_KEY"),
        (VALUES[7], "OTHER"),
    ] {
        let ran = home.xreq_with(&["validate", "-"], manifest.replace('@', VALUE)).exits(1);
        ran.prints(&format!(
            "a value does not belong here: `xreq secret set {name}`; if this was a real one, replace it"
        ));
    }
}
