//! An attempt to connect that is killed between the parts of its consent.

use std::fs;

use super::parts::Workspace;
use crate::support::trace::{can_trace, killed_before};

/// An attempt that its sandbox's owner consents to at once.
const CONNECT: [&str; 4] = ["connect", "slack", "--expect", "@alice"];

/// One that nobody consents to.
const IN_VAIN: [&str; 7] =
    ["connect", "slack", "--expect", "@alice", "--no-browser", "--timeout", "0s"];

impl Workspace {
    /// The number of tokens that wait to become those of the label.
    fn pending(&self) -> usize {
        let folder = fs::read_dir(self.home.store().join("pending/slack"));
        let names = folder.into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".json")).count()
    }
}

#[test]
fn no_part_of_a_consent_is_lost_whichever_step_an_attempt_is_killed_before() {
    if !can_trace() {
        return;
    }
    let mut slack = Workspace::new();
    let approve = format!("{} sandbox approve --as alice %s", crate::support::XREQ);
    slack.home = slack.home.var("BROWSER", &approve);
    let mut seen = Vec::new();
    for call in ["rename", "unlink"] {
        for nth in 1.. {
            let killed = killed_before(&slack.home, &CONNECT, call, nth);
            let reached = (slack.status("state").len(), slack.pending());
            println!("{call} {nth}: {reached:?}");
            if reached.0 == 1 && reached.1 > 0 {
                half_is_mended(&slack);
            }
            seen.push(reached);
            slack.home.xreq(&CONNECT).succeeds();
            assert_eq!((slack.status("state").len(), slack.pending()), (2, 0));
            slack.home.xreq(&["disconnect", "slack"]).succeeds();
            if !killed {
                break;
            }
        }
    }
    // Nothing yet; both pending; one stored, with its pending record and without it; both.
    for state in [(0, 0), (0, 2), (1, 2), (1, 1), (2, 1), (2, 0)] {
        assert!(seen.contains(&state), "no {state:?} in {seen:?}");
    }
}

/// The part that is stored works, the other one is named, and the next attempt brings it back without
/// another consent.
fn half_is_mended(slack: &Workspace) {
    assert!(
        slack.home.xreq(&["token", "slack", "--part", "bot"]).succeeds().stdout.contains("xoxb-")
    );
    let check = slack.home.xreq(&["check"]).exits(1);
    check.complains("Not connected: slack (user)").complains("xreq connect slack");
    let told = slack.home.xreq(&IN_VAIN).exits(3);
    told.complains("slack (default, user)").complains("is stored now");
    slack.home.xreq(&["check"]).succeeds();
    assert!(slack.agent_gets("SLACK_USER_TOKEN").starts_with("xoxp-"));
    // The provider knows it.
    slack.home.xreq(&["check", "--verify"]).succeeds();
}
