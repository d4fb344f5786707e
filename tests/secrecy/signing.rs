//! Keys and tokens of OAuth 1.0a: neither those that are imported, nor those that a sandbox gives.

use age::secrecy::ExposeSecret;
use xreq::model::access_level::AccessLevel;
use xreq::sandbox::{Endpoint, Fault};

use super::house::House;
use super::search::{Canary, Search};
use crate::support::Ran;
use crate::support::provider::{Connecting, House as Connectable};

/// Nobody answers there.
const UNREACHABLE: &str = "audit: true\nproviders: {x: {api_url: 'http://127.0.0.1:9'}}\n";

const MANIFEST: &str = "integrations: [{key: x.tweet.write, kind: oauth1}]\n";

/// The lines of a file that has the canaries of a house.
fn lines(house: &House) -> String {
    let canaries = &house.canaries;
    format!(
        "API_KEY=a-public-key\nAPI_SECRET={}\nACCESS_TOKEN=1-{}\nACCESS_TOKEN_SECRET={}\n",
        canaries.client_secret.text, canaries.pasted.text, canaries.oauth1_secret.text
    )
}

#[test]
fn no_import_tells_or_leaves_a_key() {
    let house = House::new();
    house.home.write("home/config.yaml", UNREACHABLE);
    let whole = lines(&house);
    let (secret, token) = (&house.canaries.client_secret.text, &house.canaries.pasted.text);
    let import = ["import", "x", "--kind", "oauth1"];
    for text in [
        format!("{whole}X_API_SECRET=another\n"),
        whole.replace("API_KEY=", "NOTHING="),
        whole.replace("ACCESS_TOKEN_SECRET=", "NOTHING="),
        format!("{whole}{secret}\n"),
        format!("{whole}{secret} {token}\n"),
        format!("{whole}X_ACCESS_TOKEN={token} {token}\n"),
        format!("{whole}X_ACCESS_TOKEN=\"{token}\n"),
        format!("{whole}BEARER_TOKEN={token}\n"),
        whole.replace("API_KEY=a-public-key", &format!("API_KEY={secret}\u{e9}")),
        format!("{{\"api_secret\": \"{secret}\"}}"),
        secret.clone(),
        whole.clone(),
    ] {
        house.xreq(&import, text);
    }
    house.xreq(&[&import[..], &["--account", &house.canaries.short.text]].concat(), &whole);
    house.xreq(&[&import[..], &["--client", &house.canaries.short.text]].concat(), &whole);
    house.xreq(&["client", "set", "x", "--consumer-key", "another"], secret).exits(0);
}

#[test]
fn no_command_tells_a_stored_token() {
    let house = House::new();
    house.home.write("home/config.yaml", UNREACHABLE);
    house.home.write("xreq.yaml", MANIFEST);
    house.xreq(&["import", "x", "--kind", "oauth1"], lines(&house)).exits(0);
    for line in [
        "status",
        "status --verify",
        "status --format json",
        "check",
        "check --format json",
        "explain",
        "explain --format json",
        "run --dry-run -- true",
        "run -- true",
        "run --keep-fresh -- true",
        "diff /dev/null xreq.yaml",
        "client show",
        "client show --format json",
        "refresh x",
        "connect x --kind oauth1 --expect @alice",
        "disconnect x --kind oauth1",
        "disconnect x --kind oauth1 --local-only",
    ] {
        let args: Vec<_> = line.split(' ').collect();
        house.xreq(&args, "");
    }
}

#[test]
fn a_consent_tells_neither_verifier_nor_token() {
    let house = Connectable::new();
    house.home.write("xreq.yaml", MANIFEST);
    let (key, secret) = house.sandbox.client().consumer().expect("it has consumer keys");
    let secret = secret.expose_secret().to_owned();
    house.home.xreq_with(&["client", "set", "x", "--consumer-key", key], &secret).succeeds();
    let control = house.control();
    let pair = control.issue_oauth1_token("alice", AccessLevel::ReadWrite);
    let canaries = [
        Canary { name: "consumer secret", text: secret },
        Canary { name: "token", text: pair.token.expose_secret().to_owned() },
        Canary { name: "secret of the token", text: pair.secret.expose_secret().to_owned() },
    ];
    let search = Search::new(&canaries.iter().collect::<Vec<_>>());
    let silent = |ran: &Ran| {
        for said in [&ran.stdout, &ran.stderr] {
            assert_eq!(search.find(said.as_bytes()), None, "{said}");
        }
    };
    // A server that repeats what it was sent, and answers tokens where it refuses.
    let echo = format!(
        "{{\"errors\": [{{\"code\": 32, \"message\": \"no: {} {} {}\"}}]}}",
        canaries[0].text, canaries[1].text, canaries[2].text
    );
    let import = format!(
        "API_KEY={key}\nAPI_SECRET={}\nACCESS_TOKEN={}\nACCESS_TOKEN_SECRET={}\n",
        canaries[0].text, canaries[1].text, canaries[2].text
    );
    let refusal = Fault::Body { status: 401, json: echo };
    control.fault(Endpoint::Verify, refusal.clone(), 1);
    silent(&house.home.xreq_with(&["import", "x", "--kind", "oauth1"], &import));
    control.fault(Endpoint::Oauth1, refusal.clone(), 1);
    silent(&house.home.xreq(&["connect", "x", "--kind", "oauth1", "--expect", "@alice"]));
    silent(&house.home.xreq_with(&["import", "x", "--kind", "oauth1"], &import).succeeds());
    control.fault(Endpoint::Oauth1, refusal, 1);
    silent(&house.home.xreq(&["disconnect", "x", "--kind", "oauth1"]));
    let mut connecting = Connecting::start(&house.home, &["--kind", "oauth1"]);
    connecting.types(&canaries[0].text);
    silent(&connecting.end());
}
