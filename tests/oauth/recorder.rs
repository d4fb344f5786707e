//! A provider that does what the test wants, notes every byte that it is sent, and judges nothing:
//! the other side of what the sandbox keeps no note of.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::provider::{Connecting, parameter};
use crate::support::{Home, Ran};

/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest body that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// The file of the provider, whose base URL is `@`.
pub const PROVIDER: &str = "\
provider: photos
title: Photos
env_prefix: PHOTOS
endpoints:
  authorize_url: @/authorize
  token_url: @/token
  revoke_url: @/revoke
  api_url: @
client_authentication: {confidential: client_secret_basic, public: none}
pkce: S256
redirect_uri: http://127.0.0.1:0/callback
account: {path: /me, id: /id, handle: /name}
lifetimes: {access_token: 7200}
scopes: {albums: See albums, pictures: See pictures}
capabilities:
  photos.album.read: {title: Read albums, allows: see albums, published: [albums]}
";

/// The secret of the client that is stored.
pub const CLIENT_SECRET: &str = "-the secret:of+the=client";

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
    /// All headers, by their names in lower case.
    pub headers: HashMap<String, String>,
    pub body: String,
    /// The arguments of every process on this machine while the client waited.
    pub processes: Vec<u8>,
}

impl Recorded {
    /// A parameter of the form.
    #[track_caller]
    pub fn field(&self, name: &str) -> Option<String> {
        parameter(&format!("?{}", self.body), name)
    }
}

impl Recorded {
    /// A text with what was sent in the place of its names.
    fn repeated_in(&self, text: &str) -> String {
        let header = self.authorization.as_deref().unwrap_or_default();
        let text = text.replace("<authorization>", header).replace("<body>", &self.body);
        form_urlencoded::parse(self.body.as_bytes())
            .fold(text, |text, (name, value)| text.replace(&format!("<{name}>"), &value))
    }
}

/// The provider, which serves until the test ends.
pub struct Recorder {
    pub base_url: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
    /// What is answered, by paths: the head of the answer after its version, and the body.
    answers: Arc<Mutex<HashMap<String, (String, String)>>>,
}

impl Recorder {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let recorder = Self {
            base_url: format!("http://{address}"),
            requests: Arc::default(),
            answers: Arc::default(),
        };
        recorder.answers("/me", "200 OK", r#"{"id":"1","name":"someone"}"#);
        recorder.issues(&json!({
            "access_token": "the-access-token", "token_type": "bearer",
            "expires_in": 3600, "refresh_token": "the-refresh-token", "scope": "albums",
        }));
        let requests = Arc::clone(&recorder.requests);
        let answers = Arc::clone(&recorder.answers);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // A client that goes away gets no answer.
                let _ = serve(&stream, &requests, &answers);
            }
        });
        recorder
    }

    /// Sets what the token endpoint answers.
    pub fn issues(&self, response: &Value) {
        let head = "200 OK\r\nContent-Type: application/json";
        self.answers("/token", head, response.to_string());
    }

    /// Sets the whole answer to requests to a path. In its body stand `<authorization>`, `<body>` and
    /// `<field>` for what is sent: that header, the form, and a field of it.
    pub fn answers(&self, path: &str, head: &str, body: impl Into<String>) {
        lock(&self.answers).insert(path.to_owned(), (head.to_owned(), body.into()));
    }

    /// The requests, in order.
    pub fn all(&self) -> Vec<Recorded> {
        lock(&self.requests).clone()
    }

    /// The requests to a path, in order.
    pub fn requests(&self, path: &str) -> Vec<Recorded> {
        self.all().into_iter().filter(|request| request.path == path).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(
    stream: &TcpStream,
    requests: &Mutex<Vec<Recorded>>,
    answers: &Mutex<HashMap<String, (String, String)>>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let authorization = headers.get("authorization").cloned();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = String::new();
    reader.take(LONGEST.min(length)).read_to_string(&mut body)?;
    let answer = lock(answers).get(&path).cloned();
    let (head, answer) = answer.unwrap_or_else(|| ("200 OK".to_owned(), "{}".to_owned()));
    let processes = processes();
    let request = Recorded { method, path, authorization, headers, body, processes };
    let answer = request.repeated_in(&answer);
    lock(requests).push(request);
    let length = answer.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
    )
}

/// What anybody on this machine can read of all processes.
fn processes() -> Vec<u8> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok()).flatten().collect()
}

/// A home that knows the provider under the name `photos`.
pub struct Studio {
    pub home: Home,
    pub recorder: Recorder,
}

impl Studio {
    /// A provider in whose file a text is replaced by another one, and a client with a secret.
    pub fn new(from: &str, to: &str) -> Self {
        assert!(PROVIDER.contains(from), "{from}");
        Self::of(&PROVIDER.replace(from, to))
    }

    /// A provider whose file has more fields.
    pub fn saying(more: &str) -> Self {
        Self::of(&format!("{PROVIDER}{more}"))
    }

    /// A provider with this file, and a client with a secret.
    pub fn of(file: &str) -> Self {
        let studio = Self::without_client(file);
        let args = ["client", "set", "photos", "--id", "the id"];
        studio.home.xreq_with(&args, CLIENT_SECRET).succeeds();
        studio
    }

    /// The same without a client.
    pub fn without_client(file: &str) -> Self {
        let recorder = Recorder::start();
        let home = Home::with_manifest("integrations: [photos.album.read]\n");
        home.write("home/providers/photos.yaml", file.replace('@', &recorder.base_url));
        Self { home, recorder }
    }

    /// Changes the provider's file.
    pub fn says_instead(&self, from: &str, to: &str) {
        let path = self.home.path().join("home/providers/photos.yaml");
        let file = fs::read_to_string(&path).expect("it is there");
        assert!(file.contains(from), "{from} is not in {file}");
        let file = file.replace(from, &to.replace('@', &self.recorder.base_url));
        fs::write(path, file).expect("it can be written");
    }

    /// A request for consent that waits for its answer.
    pub fn connecting(&self) -> Connecting {
        Connecting::to("photos", &self.home, &[])
    }

    /// Connects, and gives the URL at which consent was asked for.
    pub fn connect(&self) -> String {
        self.connect_with(&[])
    }

    /// The same with more arguments.
    pub fn connect_with(&self, args: &[&str]) -> String {
        let connecting = Connecting::to("photos", &self.home, args);
        let url = connecting.url.clone();
        connecting.comes_back(&back(&url, "the-code"));
        connecting.end().succeeds();
        url
    }
}

/// The provider's file, in which a text is replaced by another one.
fn file(recorder: &Recorder, from: &str, to: &str) -> String {
    assert!(PROVIDER.contains(from), "{from}");
    PROVIDER.replace(from, to).replace('@', &recorder.base_url)
}

/// What becomes of connecting an account where the provider's file says something else.
pub fn connect_with(from: &str, to: &str) -> Ran {
    let home = Home::with_manifest("integrations: [photos.album.read]\n");
    home.write("photos.yaml", file(&Recorder::start(), from, to));
    home.xreq(&["connect", "photos", "--no-browser", "--catalog", "photos.yaml", "--timeout", "5s"])
}

/// Where the provider sends the browser with a code.
#[track_caller]
pub fn back(url: &str, code: &str) -> String {
    let uri = parameter(url, "redirect_uri").expect("it is there");
    let state = parameter(url, "state").expect("it is there");
    format!("{uri}?code={code}&state={state}")
}
