//! The scopes that consent is asked for, and what becomes of answers that leave some out.

use serde_json::json;

use super::{home_at, manifest};
use crate::oauth::recorder::{Recorder, back};
use crate::support::Home;
use crate::support::provider::{Connecting, parameter};

/// Connects, with what the provider grants, and gives the scopes that were asked for.
fn connect(
    home: &Home,
    provider: &str,
    recorder: &Recorder,
    granted: &str,
    args: &[&str],
) -> String {
    recorder.issues(&json!({
        "access_token": "at", "token_type": "bearer", "expires_in": 3600, "scope": granted,
    }));
    let connecting = Connecting::to(provider, home, args);
    let asked = parameter(&connecting.url, "scope").expect("scopes are asked for");
    connecting.comes_back(&back(&connecting.url, "the-code"));
    connecting.end().succeeds();
    asked
}

/// A home that knows the provider, and a client.
fn home(recorder: &Recorder, provider: &str, keys: &str) -> Home {
    let home = home_at(&recorder.base_url, keys);
    home.xreq_with(&["client", "set", provider, "--id", "an-app"], "a-secret").succeeds();
    home
}

#[test]
fn line_02_a_scope_that_another_one_includes_is_not_asked_for_and_not_missed_in_the_answer() {
    let recorder = Recorder::start();
    let home = home(&recorder, "hub", "hub.public.read, hub.repo.read");
    assert_eq!(connect(&home, "hub", &recorder, "repo", &[]), "repo");
    let answer = home.xreq(&["check", "--strict", "--format", "json"]).succeeds().json();
    assert_eq!(answer["errors"], json!([]));
    assert_eq!(answer["notes"], json!([]));
    home.xreq(&["run", "--", "sh", "-c", "test \"$HUB_ACCESS_TOKEN\" = at"]).succeeds();
    // Neither when it is asked for by name, nor where it was granted before.
    let both = ["--add-scope", "public_repo", "--add-scope", "repo"];
    assert_eq!(connect(&home, "hub", &recorder, "repo", &both), "repo");
    home.write("xreq.yaml", manifest("hub.public.read"));
    assert_eq!(connect(&home, "hub", &recorder, "repo", &[]), "repo");
    assert_eq!(home.xreq(&["check", "--format", "json"]).succeeds().json()["errors"], json!([]));
}

#[test]
fn what_a_scope_is_asked_for_is_told() {
    let recorder = Recorder::start();
    let home = home(&recorder, "hub", "hub.public.read, hub.repo.read");
    recorder.issues(&json!({"access_token": "at", "token_type": "bearer", "scope": "public_repo"}));
    let connecting = Connecting::to("hub", &home, &[]);
    let told = connecting.before().split_whitespace().collect::<Vec<_>>().join(" ");
    let reasons = "(hub.public.read (includes public_repo), hub.repo.read)";
    assert!(told.contains(reasons), "{told}");
    connecting.comes_back(&back(&connecting.url, "the-code"));
    let ran = connecting.end().exits(1).complains("lacks what was asked for: repo");
    ran.complains("`xreq connect hub --add-scope repo`");
}

#[test]
fn line_11_what_unlocks_least_is_asked_for_whatever_the_order_of_the_manifest() {
    let recorder = Recorder::start();
    let keys = ["hub.status.read", "hub.public.read", "hub.repo.read"];
    for (count, expected) in [(1, "repo:status"), (2, "public_repo"), (3, "repo")] {
        let keys = &keys[..count];
        let rotations = (0..count).map(|by| [&keys[by..], &keys[..by]].concat());
        let reversed = keys.iter().rev().copied().collect();
        for keys in rotations.chain([reversed]) {
            let home = home(&recorder, "hub", &keys.join(", "));
            assert_eq!(connect(&home, "hub", &recorder, expected, &[]), expected, "{keys:?}");
            home.xreq(&["check", "--strict"]).succeeds();
        }
    }
}

#[test]
fn a_narrow_scope_is_never_asked_for_in_the_place_of_another_and_other_names_are_not_sent() {
    let recorder = Recorder::start();
    let home = home(&recorder, "goods", "goods.drive, goods.email");
    let wire = "auth/userinfo.email";
    let asked = format!("{wire} drive");
    assert_eq!(connect(&home, "goods", &recorder, &format!("{wire} drive"), &[]), asked);
    home.xreq(&["check", "--strict"]).succeeds();
}
