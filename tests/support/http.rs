//! A small HTTP client, to whom no answer is too strange.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long a server may be silent, unless a test says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request, which is not sent yet.
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
    patience: Duration,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn new(method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, headers: Vec::new(), body: String::new(), patience: PATIENCE }
    }

    /// A `POST` of a form.
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        Self::new("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish())
    }

    /// A request with a body of JSON.
    pub fn json(method: &str, path: &str, body: &Value) -> Self {
        Self::new(method, path).header("content-type", "application/json").body(body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// How long the server may be silent.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request to a base URL and gives its answer; one that is shorter than it says is an
    /// error.
    pub fn send(&self, base_url: &str) -> io::Result<Response> {
        let answer = self.send_raw(base_url)?;
        Response::read(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Sends the request to a base URL and gives whatever comes until the connection closes.
    pub fn send_raw(&self, base_url: &str) -> io::Result<String> {
        let authority = base_url.strip_prefix("http://").expect("a URL of plain HTTP");
        let mut stream = TcpStream::connect(authority)?;
        stream.set_read_timeout(Some(self.patience))?;
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let named = |name: &str| self.headers.iter().any(|(found, _)| found == name);
        if !named("host") {
            head.push_str(&format!("host: {authority}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = self.body.len();
        head.push_str(&format!("content-length: {length}\r\nconnection: close\r\n\r\n"));
        stream.write_all(head.as_bytes())?;
        stream.write_all(self.body.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Response {
    fn read(answer: &str) -> Option<Self> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let response = Self { status, headers, body: body.to_owned() };
        let length = response.header("content-length").and_then(|length| length.parse().ok());
        (length.unwrap_or(body.len()) == body.len()).then_some(response)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// The values of a header that may come several times.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// A text of the body's JSON, by its pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let json = self.json();
        let text = json.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text at {pointer} in {json}")).to_owned()
    }
}
