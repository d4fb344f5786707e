//! The bounds of approvals.

use super::*;

#[test]
fn a_run_has_so_many_questions_and_then_its_calls_are_refused() {
    let house = house();
    let script = "i=0; while test $i -lt 34; do post text$i; i=$((i+1)); done; cat head >&2; \
                  post text3; touch told; until test -e enough; do sleep 0.05; done";
    let run = asking(&house, &["--ask-wait", "0s"], script);
    until("all were told", || house.home.path().join("told").exists());
    let calls = pending(&house);
    assert_eq!(calls.len(), 32);
    let text = calls[0]["text"].as_str();
    assert_eq!(text, Some(r#"{"text":"text0"}"#), "those that wait for the longest come first");
    house.home.write("enough", "");
    let ran = run.ends().succeeds();
    let expected = [vec!["403"; 32], vec!["429"; 2], vec!["403"]].concat().join(" ");
    assert_eq!(ran.stdout.trim(), expected);
    assert!(ran.stderr.to_lowercase().contains("retry-after: 5"), "{}", ran.stderr);
    assert_eq!(posts(&house), 0);
}

#[test]
fn what_cannot_be_shown_as_a_whole_is_refused() {
    let house = house();
    let script = "send() { curl -sS -o answer -w '%{http_code} ' -H \"Authorization: Bearer \
                  $X_ACCESS_TOKEN\" -H 'content-type: application/json' \"$@\" \
                  https://api.x.com/2/tweets; cat answer >>answers; }; \
                  { printf '{\"text\":\"'; head -c 1100000 /dev/zero | tr '\\0' a; printf '\"}'; } >large; \
                  send --data-binary @large; send -H 'transfer-encoding: chunked' --data-binary @large; \
                  printf '{\"text\":\"hi\"}' | gzip >packed; \
                  send -H 'content-encoding: gzip' --data-binary @packed; \
                  send -d '{\"text\":\"a\",\"text\":\"b\"}'; send -d '{\"text\":\"a\",\"t\\u0065xt\":\"b\"}'";
    let ran = asking(&house, &[], script).ends().succeeds();
    assert_eq!(ran.stdout, "403 403 400 400 400 ", "{}", ran.stderr);
    let answers = read(&house, "answers");
    assert_eq!(answers.matches("urn:xreq:approval/unshown").count(), 2, "{answers}");
    assert_eq!(answers.matches("urn:xreq:request/ambiguous").count(), 3, "{answers}");
    assert_eq!((posts(&house), pending(&house).len()), (0, 0));
}

/// Calls that wait take nothing away from others, of the agent or of anybody: neither time nor the memory that
/// bodies share, whatever they did not say of their length.
#[test]
fn calls_that_wait_hold_up_nothing_else() {
    let house = house();
    let script = "chunked='transfer-encoding: chunked'; i=0; while test $i -lt 32; do \
                  post text$i -o /dev/null -D /dev/null -H \"$chunked\" & i=$((i+1)); done; \
                  until test -e wait; do sleep 0.05; done; \
                  curl -sS -m 10 -o /dev/null -w '<%{http_code}> ' -H \"Authorization: Bearer \
                  $X_ACCESS_TOKEN\" https://api.x.com/2/users/me; \
                  post another -m 10 -o /dev/null -D /dev/null -H \"$chunked\"; touch through; wait";
    let run = asking(&house, &[], script);
    until("all wait", || pending(&house).len() == 32);
    house.home.write("wait", "");
    until("others came through", || house.home.path().join("through").exists());
    for call in pending(&house) {
        decide(&house, "deny", &id(&call)).succeeds();
    }
    let ran = run.ends().succeeds();
    assert!(ran.stdout.starts_with("<200> 429 "), "{}", ran.stdout);
    assert_eq!(ran.stdout.matches("403").count(), 32, "{}", ran.stdout);
}

#[test]
fn a_key_that_no_provider_has_launches_nothing() {
    let house = house();
    for (options, said) in [
        (&["--ask", "x.tweet.wirte"][..], "did you mean `x.tweet.write`?"),
        (&["--ask", "x.tweet.wirte", "--dry-run"], "did you mean `x.tweet.write`?"),
        (&["--ask-wait", "1s"], "--ask"),
    ] {
        let ran = Ran::of(&mut brokered(&house, options, "touch launched"));
        ran.exits(125).complains(said);
    }
    assert!(!house.home.path().join("launched").exists());
    let shown = Ran::of(&mut brokered(&house, &[&ASK[..], &["--dry-run"]].concat(), "true"));
    shown
        .succeeds()
        .prints("ask     x.tweet.write  (each call waits for an approval, 10m at most)");
}
