//! A home full of secrets, and commands in it that must not tell.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use age::secrecy::{ExposeSecret, SecretString};

use super::search::{BASE64, Canary, SPECIAL, Search, random};
use crate::support::{Home, Ran};

/// Requires what is there, and what is not.
const MANIFEST: &str = "\
integrations:
  - key: x.tweet.read
  - {key: x.dm.read, optional: true}
secrets:
  - FAL_KEY
  - {key: NOT_STORED, optional: true}
";

/// Requires a token of the app, under a name of its own.
const OF_AN_APP: &str = "\
integrations:
  - {key: x.user.read, kind: app_only, env: {access_token: TWITTER_BEARER}}
";

/// Everything that must stay secret.
pub struct Canaries {
    pub access_token: Canary,
    pub other_access_token: Canary,
    pub refresh_token: Canary,
    pub client_secret: Canary,
    pub oauth1_secret: Canary,
    pub secret: Canary,
    pub other_secret: Canary,
    pub identity: Canary,
    pub other_identity: Canary,
    pub passphrase: Canary,
    pub app_token: Canary,
    /// A token as X makes them, in places where it does not belong.
    pub pasted: Canary,
    /// One that is short enough for the name of an account.
    pub short: Canary,
}

impl Canaries {
    fn new() -> Self {
        let mut secret = Canary::odd_token("secret");
        secret.text.push_str("\nwith a second line");
        let passphrase = random("passphrase", &[BASE64, SPECIAL, " é"].concat(), 40);
        Self {
            access_token: Canary::odd_token("access token"),
            other_access_token: Canary::token("access token of another account", 91),
            refresh_token: Canary::odd_token("refresh token"),
            client_secret: Canary::token("client secret", 50),
            oauth1_secret: Canary::token("secret of OAuth 1.0a", 45),
            secret,
            other_secret: Canary::token("secret in the environment", 40),
            identity: identity("identity"),
            other_identity: identity("other identity"),
            passphrase: Canary { name: "passphrase", text: passphrase },
            app_token: Canary::token("token of an app", 110),
            pasted: Canary::token("pasted token", 91),
            short: Canary::token("short pasted token", 40),
        }
    }

    fn all(&self) -> [&Canary; 13] {
        [
            &self.access_token,
            &self.other_access_token,
            &self.refresh_token,
            &self.client_secret,
            &self.oauth1_secret,
            &self.secret,
            &self.other_secret,
            &self.identity,
            &self.other_identity,
            &self.passphrase,
            &self.app_token,
            &self.pasted,
            &self.short,
        ]
    }
}

/// What stands before every age identity, and is no secret.
const IDENTITY: &str = "AGE-SECRET-KEY-1";

fn identity(name: &'static str) -> Canary {
    let text = age::x25519::Identity::generate().to_string();
    let text = text.expose_secret().strip_prefix(IDENTITY).expect("so they begin").to_owned();
    Canary { name, text }
}

impl Canaries {
    /// The text of the identity of the home.
    pub fn identity_text(&self) -> String {
        format!("{IDENTITY}{}", self.identity.text)
    }

    /// The text of an identity that opens nothing here.
    pub fn other_identity_text(&self) -> String {
        format!("{IDENTITY}{}", self.other_identity.text)
    }

    /// The identity of the home, sealed with the passphrase.
    pub fn sealed_identity(&self) -> Vec<u8> {
        let passphrase = SecretString::from(self.passphrase.text.clone());
        let mut recipient = age::scrypt::Recipient::new(passphrase);
        recipient.set_work_factor(2);
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).expect("one recipient");
        let mut sealed = Vec::new();
        let mut stream = encryptor.wrap_output(&mut sealed).expect("memory can be written");
        stream.write_all(self.identity_text().as_bytes()).expect("memory can be written");
        stream.finish().expect("memory can be written");
        sealed
    }

    /// What a token endpoint answers.
    pub fn token_response(&self) -> String {
        serde_json::json!({
            "token_type": "bearer",
            "expires_in": 7200,
            "access_token": self.access_token.text,
            "refresh_token": self.refresh_token.text,
            "scope": "tweet.read users.read offline.access",
        })
        .to_string()
    }
}

/// The home, with grants, secrets, and an environment that has more of them.
pub struct House {
    pub home: Home,
    pub canaries: Canaries,
    search: Search,
    /// Files that were given secrets by the test, and so may have them.
    planted: RefCell<BTreeSet<PathBuf>>,
    /// The files as they were at first.
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl House {
    pub fn new() -> Self {
        let canaries = Canaries::new();
        let home = Home::empty();
        let temporaries = home.path().join("tmp");
        fs::create_dir(&temporaries).expect("the home is new");
        let home = home
            .var("TMPDIR", temporaries.to_str().expect("a plain path"))
            .var("RUST_BACKTRACE", "full")
            .var("RUST_LIB_BACKTRACE", "full")
            .var("RUST_LOG", "trace")
            .var("X_CLIENT_SECRET", &canaries.client_secret.text)
            .var("X_REFRESH_TOKEN", &canaries.refresh_token.text)
            .var("X_ACCESS_TOKEN_SECRET", &canaries.oauth1_secret.text)
            .var("X_ACCESS_TOKEN", &canaries.other_access_token.text)
            .var("NOT_STORED", &canaries.other_secret.text)
            .var("FAL_KEY", &canaries.other_secret.text);
        let search = Search::new(&canaries.all());
        let mut house =
            Self { home, canaries, search, planted: RefCell::default(), files: BTreeMap::new() };
        house.plant("home/identity.txt", format!("# mine\n{}\n", house.canaries.identity_text()));
        house.home.write("home/config.yaml", "audit: true\n");
        house.home.write("xreq.yaml", MANIFEST);
        house.home.write("app.yaml", OF_AN_APP);
        house.xreq(&["init"], "").exits(0);
        house.xreq(&["import", "x"], house.canaries.token_response()).exits(0);
        let work = ["import", "x", "--account", "work", "--scopes", "tweet.read users.read", "-"];
        house.xreq(&work, &house.canaries.other_access_token.text).exits(0);
        let app_only = ["import", "x", "--kind", "app_only"];
        house.xreq(&app_only, &house.canaries.app_token.text).exits(0);
        let key = ["client", "set", "x", "--consumer-key", "key"];
        house.xreq(&key, &house.canaries.oauth1_secret.text).exits(0);
        house.xreq(&["secret", "set", "FAL_KEY"], &house.canaries.secret.text).exits(0);
        house.files = files(house.home.path());
        house
    }

    /// Writes a file that may have secrets, for its owner alone.
    pub fn plant(&self, name: &str, content: impl AsRef<[u8]>) {
        self.home.write(name, content);
        let mode = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.home.path().join(name), mode).expect("it is ours");
        self.planted.borrow_mut().insert(self.home.path().join(name));
    }

    /// Makes everything as it was at first.
    pub fn reset(&self) {
        for path in files(self.home.path()).into_keys() {
            if !self.files.contains_key(&path) {
                fs::remove_file(path).expect("it can be removed");
            }
        }
        for (path, content) in &self.files {
            if fs::read(path).ok().as_ref() != Some(content) {
                let _ = fs::remove_file(path);
                fs::write(path, content).expect("it can be written");
                let mode = fs::Permissions::from_mode(0o600);
                fs::set_permissions(path, mode).expect("it is ours");
            }
        }
        let identity = self.home.path().join("home/identity.txt");
        self.planted.borrow_mut().retain(|path| *path == identity);
    }

    /// Runs a command, which must not tell or write anything that is secret.
    #[track_caller]
    pub fn xreq(&self, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        self.ran(self.home.command().args(args), input)
    }

    /// Runs a command that was made in another way.
    #[track_caller]
    pub fn ran(&self, command: &mut Command, input: impl AsRef<[u8]>) -> Ran {
        let ran = Ran::with_input(command, input.as_ref());
        self.assert_silent(&ran.stdout, command);
        self.assert_silent(&ran.stderr, command);
        assert!(!ran.stderr.contains("panicked"), "{command:?}: {}", ran.stderr);
        self.assert_clean(command);
        ran
    }

    /// Asserts that something that was said holds no secret.
    #[track_caller]
    pub fn assert_silent(&self, said: impl AsRef<[u8]>, who: &Command) {
        if let Some(found) = self.search.find(said.as_ref()) {
            let program: Vec<_> = who.get_args().map(|arg| arg.display().to_string()).collect();
            panic!("`{}` tells {found}", program.join(" "));
        }
    }

    /// Asserts that no file holds a secret, by its content or by its name.
    #[track_caller]
    fn assert_clean(&self, command: &Command) {
        for (path, content) in files(self.home.path()) {
            let found = self.search.find(path.as_os_str().as_bytes()).or_else(|| {
                let given = self.planted.borrow().contains(&path);
                if given { None } else { self.search.find(&content) }
            });
            if let Some(found) = found {
                panic!("{command:?} leaves {found}: {}", path.display());
            }
        }
        let left = fs::read_dir(self.home.path().join("tmp"));
        let left = left.map_or(0, Iterator::count);
        assert_eq!(left, 0, "{command:?} leaves files in TMPDIR");
    }

    /// Starts a command whose standard input is held open.
    pub fn start(&self, args: &[&str]) -> std::process::Child {
        let mut command = self.home.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }
}

/// The files of a folder and of those below it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let path = entry.path();
        if entry.file_type().expect("it has a type").is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).unwrap_or_default();
            found.insert(path, content);
        }
    }
    found
}
