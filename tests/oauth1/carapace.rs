//! The set-up of a product's guide, field by field: keys, a bearer token and a token of an account.

use age::secrecy::ExposeSecret;
use xreq::model::access_level::AccessLevel;

use super::{consumer, house};

/// Reads and writes by OAuth 1.0a, under the guide's own field names.
const MANIFEST: &str = "name: social-agent
requirements:
  integrations:
    - key: x.tweet.read
      kind: oauth1
      env: &fields {consumer_key: API_KEY, consumer_secret: API_SECRET, access_token: ACCESS_TOKEN, token_secret: ACCESS_TOKEN_SECRET}
    - {key: x.tweet.write, kind: oauth1}
    - {key: x.dm.write, kind: oauth1, optional: true}
";

#[test]
fn an_agent_of_the_guide_runs_with_its_five_fields() {
    let manifest = MANIFEST.replace("&fields ", "");
    let house = house(&manifest);
    let pair = house.control().issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let (key, secret) = consumer(&house);
    let (token, token_secret) = (pair.token.expose_secret(), pair.secret.expose_secret());
    let fields = format!(
        "api_key={key}\napi_secret={secret}\nbearer_token=AAAA\naccess_token={token}\n\
         access_token_secret={token_secret}\n"
    );
    house.home.xreq_with(&["import", "x", "--kind", "oauth1"], fields).succeeds();
    let ran = house.home.xreq(&["check"]).succeeds().prints("2 of 3 requirements met");
    ran.complains("`read-write`, and `read-write-directmessages` is needed");
    let script = "printf '%s %s %s' \"$API_KEY\" \"$ACCESS_TOKEN\" \"$XREQ_INTEGRATIONS\"";
    let ran = house.home.xreq(&["run", "--", "sh", "-c", script]).succeeds();
    assert_eq!(ran.stdout, format!("{key} {token} x.tweet.read x.tweet.write"));
}
