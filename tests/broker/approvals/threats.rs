//! Attacks on approvals: reuse, another call in the place of the one that was approved, and texts that hide.

use super::*;

/// An approval is for one very call: neither its text, nor its target, nor its media type, nor its account can
/// be another one, and it is good once.
#[test]
fn threat_10_an_approval_is_spent_by_one_sending_of_the_very_same_call() {
    let house = house();
    let script = "send() { curl -sS -o /dev/null -w '%{http_code} ' -H \"Authorization: Bearer \
                  $X_ACCESS_TOKEN\" \"$@\"; }; json='content-type: application/json'; \
                  url=https://api.x.com/2/tweets; \
                  send -H \"$json\" -d '{\"text\":\"hi\"}' $url; until test -e decided; do sleep 0.05; done; \
                  send -H \"$json\" -d '{\"text\":\"hi!\"}' $url; \
                  send -H \"$json\" -d '{\"text\":\"hi\" }' $url; \
                  send -H \"$json; charset=utf-8\" -d '{\"text\":\"hi\"}' $url; \
                  send -X DELETE $url/12345; send -X DELETE $url/12345; \
                  send -H \"$json\" -d '{\"text\":\"hi\"}' $url; send -H \"$json\" -d '{\"text\":\"hi\"}' $url";
    let run = asking(&house, &["--ask-wait", "100ms"], script);
    until("it was told", || pending(&house).first().is_some_and(|call| call["held"] == false));
    run.decides("approve");
    house.home.write("decided", "");
    let ran = run.ends().succeeds();
    let statuses: Vec<_> = ran.stdout.split_whitespace().collect();
    assert_eq!(statuses.len(), 8, "{}", ran.stdout);
    assert!(
        statuses[..6].iter().all(|status| *status != "201" && *status != "200"),
        "{statuses:?}"
    );
    assert_eq!(statuses[6..], ["201", "403"]);
    assert_eq!(posts(&house), 1);
}

#[test]
fn threat_10_an_approval_is_for_the_whole_target() {
    let house = house();
    let script = "get() { curl -sS -o /dev/null -w '%{http_code} ' -H \"Authorization: Bearer \
                  $X_ACCESS_TOKEN\" \"https://api.x.com/2/users/me$1\"; }; \
                  get ?user.fields=id; until test -e decided; do sleep 0.05; done; \
                  get; get ?user.fields=name; get ?user.fields=id; get ?user.fields=id";
    let options = ["--ask", "x.tweet.read", "--ask", "x.user.read", "--ask-wait", "100ms"];
    let run = asking(&house, &options, script);
    until("it was told", || pending(&house).first().is_some_and(|call| call["held"] == false));
    run.decides("approve");
    house.home.write("decided", "");
    assert_eq!(run.ends().succeeds().stdout, "403 403 403 200 403 ");
}

#[test]
fn threat_10_all_of_a_text_is_shown_and_nothing_in_it_hides() {
    let house = house();
    let long = "a".repeat(500);
    let script = format!(
        "post '{long}END'; curl -sS -o /dev/null -w '%{{http_code}} ' -H \"Authorization: Bearer \
         $X_ACCESS_TOKEN\" -H 'content-type: application/json' --data-binary @odd \
         https://api.x.com/2/tweets"
    );
    house.home.write(
        "odd",
        "{\"text\":\"p\\u0061y\u{202e}evil\u{200b}\\u001b[2J \u{9b}2J\",\n\"reply\":{}}",
    );
    let run = asking(&house, &[], &script);
    let call = run.waits();
    let listed = call["text"].as_str().expect("it is a text");
    assert!(!listed.contains("END") && listed.len() == 400, "{listed}");
    assert_eq!(call["more_characters"], 500 + 14 - 400);
    let shown = house.home.xreq(&["broker", "pending"]).succeeds();
    shown.prints("and 114 characters more").prints(&format!("xreq broker pending {}", id(&call)));
    let whole = house.home.xreq(&["broker", "pending", &id(&call)]).succeeds();
    assert!(whole.stdout.contains("END") && !whole.stdout.contains("more"), "{}", whole.stdout);
    decide(&house, "deny", &id(&call)).succeeds();
    until("the other one waits", || pending(&house).iter().any(|other| id(other) != id(&call)));
    let shown = house.home.xreq(&["broker", "pending"]).succeeds();
    shown
        .prints(r#"| {"text":"pay\u{202e}evil\u{200b}\u001b[2J \u{9b}2J","#)
        .prints(r#"| "reply":{}}"#);
    let json = house.home.xreq(&["broker", "pending", "--format", "json"]).succeeds().stdout;
    assert!(
        json.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}' && c != '\u{200b}')
    );
    run.decides("deny");
    assert_eq!(run.ends().succeeds().stdout, "403 403 ");
}

#[test]
fn threat_10_approvals_of_an_agent_with_its_user_s_rights_are_said_to_be_advisory() {
    let house = house();
    let ran = asking(&house, &[], "true").ends().succeeds();
    assert!(ran.stderr.contains("approvals are advisory"), "{}", ran.stderr);
    assert!(ran.stderr.contains("`--isolate`"), "{}", ran.stderr);
    let without = run(&house, "true").succeeds();
    assert!(!without.stderr.contains("advisory"), "{}", without.stderr);
}

/// A question on a key holds what the key could give: by another key, by raw scopes, for another label.
#[test]
fn threat_09_another_entry_is_asked_about_too() {
    let house = House::new();
    house.home.write("xreq.yaml", "integrations: [x.tweet.read, x.dm.read, x.dm.write]\n");
    house.connect(&[]).succeeds();
    house.connect(&["--account", "work"]).succeeds();
    let call = "call() { curl -sS -o /dev/null -w '%{http_code} ' -H \"Authorization: Bearer \
                $X_ACCESS_TOKEN\" \"$@\"; }; ";
    let held = |options: &[&str], script: &str| {
        let all = [&["--ask-wait", "0s", "--account", "x=work"][..], options].concat();
        Ran::of(&mut brokered(&house, &all, &format!("{call}{script}"))).succeeds().stdout
    };
    let me = "call https://api.x.com/2/users/me";
    let delete = "call -X DELETE https://api.x.com/2/dm_events/12345";
    assert_eq!(held(&["--ask", "x.user.read"], me), "403 ");
    assert_eq!(held(&["--ask", "x.dm.write"], me), "200 ", "the key could not give it");
    assert_eq!(held(&["--ask", "x.dm.write"], delete), "403 ");
    house.home.write("xreq.yaml", "integrations: [{key: x, scopes: [dm.read, dm.write]}]\n");
    assert_eq!(held(&["--ask", "x.dm.write"], delete), "403 ");
    assert_eq!(held(&["--ask", "x.dm.write", "--ask", "x.tweet.write"], delete), "403 ");
}
