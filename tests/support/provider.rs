//! A home whose provider `x` is a sandbox, and the account's owner who consents there.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use xreq::credential::origins::Origins;
use xreq::sandbox::{Control, Endpoint, GrantState, LogEntry, Options, Sandbox};

use super::http::Request;
use super::stored::Stored;
use super::{Home, Ran};

/// What most agents of the tests need: `x.tweet.write`.
pub const MANIFEST: &str = "integrations: [x.tweet.write]\n";

/// What `xreq connect` asks for that.
pub const ASKED: &str = "offline.access tweet.read tweet.write users.read";

/// Who is expected to consent where nobody says so: those who mean it.
const EXPECTED: &str = "accounts: {x: {default: \"@alice\"}}\n";

/// A sandbox, and a home that knows it as provider `x`.
pub struct House {
    pub home: Home,
    pub sandbox: Sandbox,
    /// Where this home's client wants the browser to come back to.
    pub redirect_uri: String,
    /// The folder for temporary files: tokens that a store does not take are left there.
    _temporaries: TempDir,
}

impl House {
    /// A sandbox with usual manners, and a home in which nothing is connected yet.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// The same with a sandbox of these manners.
    pub fn with(options: Options) -> Self {
        Self::at(Home::empty(), options)
    }

    /// One whose home is in memory, for what happens a thousand times.
    pub fn in_memory() -> Self {
        Self::in_memory_with(Options::default())
    }

    /// The same with a sandbox of these manners.
    pub fn in_memory_with(options: Options) -> Self {
        Self::at(Home::in_memory(), options)
    }

    /// A sandbox, and a home that does not know it yet.
    pub fn empty() -> Self {
        Self::beside(Home::empty(), Options::default())
    }

    fn beside(home: Home, options: Options) -> Self {
        let sandbox = Sandbox::start(options).expect("the loopback interface has a free port");
        let temporaries = TempDir::new().expect("a temporary folder can be made");
        // Some commands are run as somebody else.
        let everybody = Permissions::from_mode(0o1777);
        fs::set_permissions(temporaries.path(), everybody).expect("the folder is ours");
        let home = home.var("TMPDIR", temporaries.path().to_str().expect("a plain path"));
        Self { home, sandbox, redirect_uri: free_redirect_uri(), _temporaries: temporaries }
    }

    fn at(home: Home, options: Options) -> Self {
        let house = Self::beside(home, options);
        house.home.initialise(MANIFEST);
        house.sandbox.control().add_redirect_uri(house.redirect_uri.clone());
        house.home.write("home/config.yaml", Self::config(&house.sandbox.base_url()));
        house.store_client();
        house
    }

    /// A house in which the account of `alice` is connected.
    pub fn connected() -> Self {
        let house = Self::new();
        house.connect(&[]).succeeds();
        house
    }

    /// What a user writes to have another server in the place of X.
    pub fn config(base_url: &str) -> String {
        format!(
            "providers:\n  x:\n    authorize_url: {base_url}/i/oauth2/authorize\n    \
             token_url: {base_url}/2/oauth2/token\n    revoke_url: {base_url}/2/oauth2/revoke\n    \
             api_url: {base_url}\n{EXPECTED}"
        )
    }

    /// Has another server in the place of the sandbox, as if the client had been stored and the account
    /// been connected there.
    pub fn moves_to(&self, base_url: &str) {
        self.home.write("home/config.yaml", Self::config(base_url));
        self.store_client();
        Stored::of(&self.home).change(|grant| grant.metadata.origins = Origins::default());
    }

    /// Stores the client of this home.
    pub fn store_client(&self) {
        let client = self.sandbox.client();
        let (id, uri) = (&client.client_id, self.redirect_uri.as_str());
        let args = ["client", "set", "x", "--id", id, "--redirect-uri", uri];
        self.home.xreq_with(&args, client.secret().expect("it is confidential")).succeeds();
    }

    /// Lets nobody be expected to consent: a person has to confirm who did.
    pub fn expects_nobody(&self) {
        let config = Self::config(&self.sandbox.base_url());
        self.home.write("home/config.yaml", config.replace(EXPECTED, ""));
    }

    pub fn control(&self) -> Control {
        self.sandbox.control()
    }

    /// Runs `xreq connect x` with more arguments, and consents as alice to all of it.
    pub fn connect(&self, args: &[&str]) -> Ran {
        self.connect_as("alice", args, |_| true)
    }

    /// The same as another owner, who grants the scopes that this picks.
    pub fn connect_as(&self, owner: &str, args: &[&str], grants: impl Fn(&str) -> bool) -> Ran {
        let expected = format!("--expect=@{owner}");
        let connecting = Connecting::start(&self.home, &[args, &[&expected]].concat());
        let back = self.consent(&connecting.url, owner, grants);
        connecting.comes_back(&back);
        connecting.end()
    }

    /// Consents to what a URL asks for, and gives where the browser is sent then.
    pub fn consent(&self, url: &str, owner: &str, grants: impl Fn(&str) -> bool) -> String {
        let base = self.sandbox.base_url();
        let path = url.strip_prefix(&base).expect("the URL is one of the sandbox");
        let page = Request::get(path).send(&base).expect("the sandbox answers");
        assert_eq!(page.status, 200, "{}", page.body);
        let query = path.split_once('?').expect("it has a query").1;
        let asked: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let scopes = &asked.iter().find(|(name, _)| name == "scope").expect("it asks for some").1;
        let token = page.body.split_once("name=\"form_token\" value=\"").expect("a token").1;
        let token = token.split_once('"').expect("it ends").0;
        let mut fields: Vec<(&str, &str)> =
            asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(scopes.split(' ').filter(|s| grants(s)).map(|scope| ("granted", scope)));
        fields.extend([("form_token", token), ("account", owner), ("decision", "authorize")]);
        let path = path.split_once('?').expect("it has a query").0;
        let answer = Request::form(path, &fields).send(&base).expect("the sandbox answers");
        let back = answer.header("location").unwrap_or_else(|| panic!("{}", answer.body));
        back.to_owned()
    }

    /// Whether the account gave grants, and no token of any works.
    pub fn is_revoked(&self, account: &str) -> bool {
        let grants = self.control().grants(account);
        let is_dead = |grant: &GrantState| !grant.refreshable && grant.access_tokens == 0;
        !grants.is_empty() && grants.iter().all(is_dead)
    }

    /// The requests to the token endpoint that asked for a refresh, and those of which a fault kept
    /// the sandbox from noting what they asked for.
    pub fn refreshes(&self) -> Vec<LogEntry> {
        let is_refresh = |logged: &LogEntry| {
            logged.endpoint == Endpoint::Token
                && logged.grant_type.as_deref() != Some("authorization_code")
        };
        self.control().log().into_iter().filter(is_refresh).collect()
    }

    /// The readable part of the grant of an account.
    pub fn metadata(&self, account: &str) -> Value {
        let text = std::fs::read_to_string(self.home.grant(account)).expect("it is stored");
        let value: Value = serde_json::from_str(&text).expect("it is JSON");
        value["metadata"].clone()
    }

    /// Changes the readable and the sealed part of the grant `default`: the clock of the tests.
    /// What is stored must be a grant of the store's own making.
    pub fn age(&self, seconds: i64) {
        xreq_age(&self.home.store(), seconds);
    }

    /// The state that `xreq status` gives the account `default`.
    pub fn state(&self) -> String {
        let ran = self.home.xreq(&["status", "x", "--format", "json"]);
        let answer = ran.json();
        super::conforms("status", &answer);
        let mut accounts = answer["accounts"].as_array().expect("they are listed").iter();
        let default = accounts.find(|account| account["account"] == "default");
        default.expect("it is stored")["state"].as_str().expect("it has one").to_owned()
    }
}

/// Moves all times of the grant `default` of provider `x` into the past, as if so many seconds had
/// gone by.
fn xreq_age(store: &Path, seconds: i64) {
    use jiff::SignedDuration;
    use xreq::model::name::Label;
    use xreq::store;
    use xreq::store::{FolderStore, Identities, Nobody};
    use xreq::sys::env::Env;
    use xreq::sys::home::Home;

    let store = FolderStore::new(Home::at(store));
    let identities =
        Identities::load(store.home(), &Env::default(), &Nobody).expect("the home was initialised");
    let recipients = identities.recipients().expect("it is an age identity");
    let id = store::CredentialId::grant("x".parse().expect("a slug"), Label::default());
    let lock = store.lock_grant(&id).expect("nobody else is at work");
    let sealed = store.grant(&id).expect("readable").expect("it is stored");
    let mut grant: store::Grant = sealed.unseal(&identities).expect("it is ours");
    let ago = SignedDuration::from_secs(seconds);
    let metadata = &mut grant.metadata;
    metadata.issued_at -= ago;
    metadata.connected_at -= ago;
    for time in [
        &mut metadata.expires_at,
        &mut metadata.refreshed_at,
        &mut metadata.refresh_token_issued_at,
    ] {
        *time = time.map(|time| time - ago);
    }
    if let Some(flight) = &mut metadata.refresh_in_flight {
        flight.since -= ago;
    }
    if let Some(error) = &mut metadata.last_error {
        error.at -= ago;
        error.retry_at = error.retry_at.map(|time| time - ago);
    }
    store.put_grant(&lock, &grant, &recipients).expect("the store is writable");
}

/// An `xreq connect` that waits for consent.
pub struct Connecting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    before: String,
    /// Where the owner is to be asked.
    pub url: String,
}

impl Connecting {
    /// Starts `xreq connect x` and reads up to the URL that it shows.
    pub fn start(home: &Home, args: &[&str]) -> Self {
        Self::to("x", home, args)
    }

    /// The same with another provider.
    pub fn to(provider: &str, home: &Home, args: &[&str]) -> Self {
        let mut command = home.command();
        command.args(["connect", provider]).args(args);
        if !args.iter().any(|arg| arg.starts_with("--expect")) {
            command.args(["--expect", if provider == "x" { "@alice" } else { "@someone" }]);
        }
        if !args.contains(&"--paste") {
            command.arg("--no-browser");
        }
        if !args.contains(&"--timeout") {
            command.args(["--timeout", "1m"]);
        }
        Self::run(&mut command)
    }

    /// Starts a command that shows a URL.
    pub fn run(command: &mut Command) -> Self {
        // Scopes may look like URLs, too: their texts stand beside them.
        Self::showing(command, |line| line.starts_with("http") && !line.contains(' '))
    }

    /// Starts a command, and reads up to a line: the address at which the owner is to be asked, or a code
    /// for it.
    pub fn showing(command: &mut Command, is_it: impl Fn(&str) -> bool) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("xreq starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("it is a pipe"));
        let (mut before, mut url) = (String::new(), String::new());
        while !is_it(&url) {
            let start = before.len();
            let read = stderr.read_line(&mut before).expect("it is text");
            assert!(read > 0, "xreq ended before it showed a URL:\n{before}");
            before[start..].trim().clone_into(&mut url);
        }
        Self { child, stderr, before, url }
    }

    /// Sends the browser to where the provider redirects it, and gives the page that it shows.
    #[allow(clippy::unused_self, reason = "it is this attempt that it belongs to")]
    pub fn comes_back(&self, url: &str) -> String {
        let (base, path) = split(url);
        Request::get(path).send(base).map_or_else(|error| error.to_string(), |page| page.body)
    }

    /// What was shown before the URL.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        use std::io::Write;
        let stdin = self.child.stdin.as_mut().expect("it is a pipe");
        writeln!(stdin, "{line}").expect("xreq reads it");
    }

    /// Waits until it ends.
    pub fn end(mut self) -> Ran {
        let mut stderr = std::mem::take(&mut self.before);
        let rest = std::thread::spawn(move || {
            self.stderr.read_to_string(&mut stderr).expect("it is text");
            stderr
        });
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().expect("it ends");
        let mut ran = Ran::from(output);
        ran.stderr = rest.join().expect("the reader does not panic");
        ran
    }
}

/// Where the page leads to whose URL a browser was given.
#[track_caller]
pub fn led_to(url: &str) -> String {
    let file = xreq::oauth::consent::opening::file_of(url).expect("it is the URL of a file");
    let page = std::fs::read_to_string(file).expect("it is there while xreq waits");
    xreq::oauth::consent::opening::target(&page).expect("it leads somewhere")
}

/// The base and the rest of a URL of plain HTTP.
pub fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").expect("an absolute URL") + 3;
    let path = url[host..].find('/').map_or(url.len(), |at| host + at);
    url.split_at(path)
}

/// A parameter of a URL's query, which must not be there twice.
#[track_caller]
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?').unwrap_or_default();
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name);
    let value = found.next().map(|(_, value)| value.into_owned());
    assert_eq!(found.next(), None, "`{name}` stands twice in {url}");
    value
}

/// A redirect URI on a port that nobody else uses: each is handed out once.
pub fn free_redirect_uri() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 100).expect("it is small") * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return format!("http://127.0.0.1:{port}/callback");
        }
    }
}

/// How long tests wait for what has to happen.
pub const PATIENCE: Duration = Duration::from_secs(20);
