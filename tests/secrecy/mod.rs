//! No command prints or writes a secret outside the sealed part of the store, in no format, at no
//! verbosity, and in no failure. Secrets are planted wherever there is room for them, and looked
//! for in all that comes out. Only the agent may have some of them, in its environment.

mod agent;
mod consent;
mod house;
mod misplaced;
pub mod search;
mod signing;
mod situations;
mod terminal;

use house::House;

/// A command and what is piped into it.
pub struct Call {
    pub args: Vec<String>,
    pub input: String,
}

impl Call {
    fn new(line: &str, input: &str) -> Self {
        Self { args: line.split(' ').map(str::to_owned).collect(), input: input.to_owned() }
    }

    fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }
}

/// Every command in every format.
fn calls(house: &House) -> Vec<Call> {
    let mut calls: Vec<_> = [
        "init",
        "status",
        "status x",
        "status --format json",
        "validate",
        "validate --format json",
        "validate --format github",
        "validate --format gitlab",
        "validate --format sarif",
        "validate --format markdown",
        "validate .",
        "explain",
        "explain --format json",
        "explain --strict",
        "explain x.tweet.write x.dm.read",
        "trust --yes",
        "trust --list",
        "trust --list --format json",
        "check",
        "check --format json",
        "check --format github",
        "check --format gitlab",
        "check --format sarif",
        "check --format markdown",
        "diff /dev/null xreq.yaml",
        "diff xreq.yaml /dev/null --format json",
        "diff /dev/null xreq.yaml --format markdown",
        "check --strict --format json",
        "check --account x=work --format json",
        "check --account x=nobody",
        "check --min-ttl 3h",
        "run -- true",
        "run --pristine -- true",
        "run --account x=work -- true",
        "run --dry-run -- true",
        "run --dry-run --pristine -- true",
        "run --strict -- true",
        "run --min-ttl 3h -- true",
        "run -- no-such-command",
        "run -- ./xreq.yaml",
        "run --manifest no-such-file -- true",
        "check --manifest app.yaml --format json",
        "explain app.yaml",
        "run --manifest app.yaml -- true",
        "run --manifest app.yaml --dry-run -- true",
        "connect x --kind app_only --client nobody",
        "connect x --kind static",
        "disconnect x --kind app_only",
        "disconnect x --kind app_only --local-only",
        "secret list",
        "secret list --format json",
        "secret rm NOT_STORED",
        "catalog",
        "catalog x --format json",
        "catalog x.dm.read",
        "catalog tweet.read",
        "schema manifest",
        "completions bash",
        "man run",
        "--version",
        "run --help",
        "no-such-command",
        "--color=always check",
        "--color=always run -- no-such-command",
        "--color=always status",
        "--color=always validate",
    ]
    .iter()
    .map(|line| Call::new(line, ""))
    .collect();
    let canaries = &house.canaries;
    let response = canaries.token_response();
    calls.extend([
        Call::new("import x", &response),
        Call::new("import x --account work --scopes tweet.read -", &canaries.access_token.text),
        Call::new("import x --account work", &canaries.access_token.text),
        Call::new("import x", &response[..response.len() - 1]),
        Call::new("import x", &format!("{response}{response}")),
        Call::new("import x", &response.replace("bearer", "mac")),
        Call::new("import x", &response.replace("access_token", "token")),
        Call::new("import x", &response.replace("\"access_token\":", "\"access_token\":1,\"a\":")),
        Call::new("import x", &format!("[{response}]")),
        Call::new("import x", &format!("\"{}\"", canaries.access_token.text)),
        Call::new("import x", &format!("Bearer {}", canaries.access_token.text)),
        Call::new("import x", "\0"),
        Call::new("import y", &response),
        Call::new("import x --account no/label", &response),
        Call::new("import x --kind app_only", &canaries.app_token.text),
        Call::new("import x --kind app_only", &format!("a {}", canaries.app_token.text)),
        Call::new("import x --kind app_only --scopes a", &canaries.app_token.text),
        Call::new("import x --kind app_only --client a", &canaries.app_token.text),
        Call::new("import x --kind static", &canaries.app_token.text),
        Call::new("secret set FAL_KEY", &canaries.secret.text),
        Call::new("secret set FAL_KEY", &format!("{}\0", canaries.secret.text)),
        Call::new("secret set NOT-A-NAME", &canaries.secret.text),
        Call::new("secret set FAL_KEY", &canaries.secret.text.repeat(1000)),
        Call::new("secret rm FAL_KEY", ""),
    ]);
    calls
}

#[test]
fn nothing_is_told_when_all_is_well() {
    let house = House::new();
    for call in calls(&house) {
        house.reset();
        house.xreq(&call.args(), &call.input);
    }
}

#[test]
fn the_demo_hides_its_own_tokens() {
    let house = House::new();
    let ran = house.xreq(&["demo"], "").exits(0);
    // How access tokens, refresh tokens and codes of the sandbox end, as X's do.
    for end in ["OmF0OjE", "OnJ0OjE", "OmFjOjE"] {
        assert!(!ran.stdout.contains(end) && !ran.stderr.contains(end), "{end}");
    }
}

#[test]
fn debug_shows_no_secret() {
    use age::secrecy::SecretString;
    use xreq::store::{Grant, Secret};

    let house = House::new();
    let canaries = &house.canaries;
    let store = xreq::store::FolderStore::new(xreq::sys::home::Home::at(house.home.store()));
    let provider = "x".parse().expect("a slug");
    let id = xreq::store::CredentialId::grant(provider, xreq::model::name::Label::default());
    let sealed = store.grant(&id);
    let sealed = sealed.expect("it can be read").expect("it is there");
    let grant = Grant {
        metadata: sealed.metadata.clone(),
        access_token: SecretString::from(canaries.access_token.text.clone()),
        refresh_token: Some(SecretString::from(canaries.refresh_token.text.clone())),
        token_secret: None,
        source: None,
    };
    let env: xreq::sys::env::Env =
        [("XREQ_IDENTITY", canaries.identity_text())].into_iter().collect();
    let identities = xreq::store::Identities::load(store.home(), &env, &xreq::store::Terminal)
        .expect("it is an identity");
    let value = SecretString::from(canaries.secret.text.clone());
    let name = "FAL_KEY".parse().expect("a name");
    let secret = Secret::new(name, value, jiff::Timestamp::UNIX_EPOCH).expect("a value");
    let shown = format!("{sealed:?} {grant:#?} {identities:?} {secret:#?} {store:?}");
    assert!(shown.contains("tweet.read") && shown.contains("FAL_KEY"), "{shown}");
    house.assert_silent(shown, &house.home.command());
}
