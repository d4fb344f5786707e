//! A check that comes to no verdict says so in every format, and none looks like a good one.

use super::commands::commands;
use super::{FORMATS, list};
use crate::support::Home;

#[test]
fn a_check_without_a_verdict_is_no_good_one() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    for (args, code) in [
        (&["--store", "nowhere"][..], "file_unreadable"),
        (&["--manifest", "nowhere.yaml"], "file_unreadable"),
    ] {
        for format in FORMATS {
            let args = [&["check", "--format", format], args].concat();
            let ran = home.xreq(&args).exits(2).complains(&format!("error[{code}]: "));
            assert_eq!(ran.stderr.matches("error[").count(), 1, "{}", ran.stderr);
            match format {
                "text" => assert_eq!(ran.stdout, ""),
                "json" => {
                    let answer = ran.json();
                    assert_eq!(answer["satisfied"], false);
                    assert_eq!(answer["failures"][0]["code"], code);
                    assert_eq!(list(&answer, "/diagnostics").len(), 0);
                }
                "sarif" => {
                    let invocation = &ran.json()["runs"][0]["invocations"][0];
                    assert_eq!(invocation["executionSuccessful"], false);
                    let told = &invocation["toolExecutionNotifications"][0];
                    assert_eq!(told["descriptor"]["id"], code);
                }
                "gitlab" => assert_eq!(ran.json(), serde_json::json!([])),
                "github" => assert_eq!(commands(&ran.stdout)[0].properties[0].1, code),
                "markdown" => {
                    ran.prints("## no verdict\n")
                        .prints(&format!("(<code>{}</code>)", code.replace('_', "&#95;")));
                }
                other => panic!("{other} is new"),
            }
        }
    }
}

#[test]
fn names_in_markdown_are_as_seen_from_the_checkout() {
    let home = Home::empty();
    home.write("agents/a/xreq.yaml", "integrations: [x.tweet.raed]\n");
    home.write("agents/b/empty", "");
    let validate = |format: &str| {
        let mut command = home.command();
        command.current_dir(home.path().join("agents/b")).env("GITHUB_WORKSPACE", home.path());
        command.args(["validate", "../a/xreq.yaml", "--format", format]);
        crate::support::Ran::of(&mut command).exits(1)
    };
    validate("markdown").prints("<code>agents/a/xreq.yaml&#58;1&#58;16</code>");
    validate("text").prints("../a/xreq.yaml:1:16");
}
