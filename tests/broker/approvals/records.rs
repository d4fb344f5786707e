//! What is recorded of approvals, and what a run tells of itself.

use super::*;
use crate::support::conforms;

#[test]
fn decisions_are_in_the_log_of_calls_and_texts_are_not() {
    let house = house();
    let config = House::config(&house.sandbox.base_url());
    house.home.write("home/config.yaml", format!("{config}audit: true\n"));
    let run = asking(&house, &["--ask-timeout", "5s"], "post canary1; post canary2; post canary3");
    for decision in ["approve", "deny"] {
        let call = run.waits();
        decide(&house, decision, &id(&call)).succeeds();
        until("the next one waits", || {
            pending(&house).first().is_some_and(|other| id(other) != id(&call))
        });
    }
    assert_eq!(run.ends().succeeds().stdout, "201 403 403 ");
    let text = fs::read_to_string(house.home.store().join("calls.jsonl")).expect("it is there");
    assert!(!text.contains("canary"), "{text}");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    for line in &lines {
        conforms("audit", line);
    }
    let events: Vec<_> = lines
        .iter()
        .map(|line| {
            let what = line["approval"].as_str().or(line["code"].as_str()).unwrap_or_default();
            format!("{} {what}", line["event"].as_str().expect("it has one"))
        })
        .collect();
    let of = |event: &str| events.iter().filter(|it| *it == event).count();
    assert_eq!(events[..2], ["approval approved", "call "], "the decision is before the call");
    assert_eq!((of("call "), of("answer ")), (1, 1), "{events:?}");
    assert_eq!((of("approval denied"), of("approval expired")), (1, 1), "{events:?}");
    assert!(of("refusal approval/denied") >= 1, "{events:?}");
    let uid = rustix::process::geteuid().as_raw();
    for line in lines.iter().filter(|line| line["event"] == "approval") {
        assert_eq!(
            (&line["operation"], &line["account"]),
            (&"POST /2/tweets".into(), &"default".into())
        );
        assert_eq!(line["key"], "x.tweet.write");
        let by = if line["approval"] == "expired" { Value::Null } else { uid.into() };
        assert_eq!(line["by_uid"], by);
    }
    house.home.xreq(&["audit-log", "verify"]).succeeds();
    house.home.xreq(&["audit-log", "summary"]).succeeds().prints("approval/denied");
}

#[test]
fn a_run_tells_its_limits_credentials_and_calls() {
    let house = house();
    let me = "curl -sS -o /dev/null -H \"Authorization: Bearer $X_ACCESS_TOKEN\"";
    let script = format!(
        "{me} https://api.x.com/2/users/me https://api.x.com/2/users/me; {me} https://api.x.com/2/users/1/bookmarks; until test -e over; do sleep 0.05; done"
    );
    let options = ["--limit", "x.tweet.read=5/1h", "--limit", "x.tweet.write=3/2h", "--read-only"];
    let mut command = brokered(&house, &[&["--ask", "x.dm.write"], &options[..]].concat(), &script);
    let run = started(&house, &mut command);
    let status = || house.home.xreq(&["broker", "status", "--format", "json"]).succeeds().json();
    until("it has made its calls", || status()["runs"][0]["calls"]["refused"] == 1);
    let status = status();
    let told = &status["runs"][0];
    assert_eq!(status["runs"].as_array().map(Vec::len), Some(1));
    for (name, value) in [
        ("pid", Value::from(run.child.id())),
        ("argv0", "sh".into()),
        ("read_only", true.into()),
        ("asks", serde_json::json!(["x.dm.write"])),
        ("pending", 0.into()),
        ("calls", serde_json::json!({"through": 2, "refused": 1})),
        (
            "credentials",
            serde_json::json!([
                {"provider": "x", "account": "default", "kind": "oauth2", "state": "fresh"}
            ]),
        ),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    let left: Vec<_> = told["limits"]
        .as_array()
        .expect("they are listed")
        .iter()
        .map(|it| (it["key"].as_str().expect("a key"), it["calls"].clone(), it["left"].clone()))
        .collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&("x.tweet.read", 5.into(), 3.into())), "{left:?}");
    assert!(left.contains(&("x.tweet.write", 3.into(), 3.into())), "{left:?}");
    let name = told["run"].as_str().expect("it has a name");
    let shown = house.home.xreq(&["broker", "status", "--run", &name[..4]]).succeeds();
    shown
        .prints("x (default): fresh")
        .prints("3 of 5 in 1h left")
        .prints("2 calls let through, 1 refused");
    end(run);
}
