//! `yaml-language-server` on two pipes, spoken to as an editor does: the Language Server Protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::node;

/// What no answer comes near unless something hangs.
const LONG: Duration = Duration::from_mins(1);

/// A running server, and what it said.
pub struct Server {
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
}

/// A file that is open in the editor.
#[derive(Debug)]
pub struct Document {
    uri: String,
    text: String,
    /// What the server underlines in it.
    pub findings: Vec<Finding>,
}

/// What is underlined.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// The text below which the line is.
    pub text: String,
    /// Why.
    pub message: String,
    /// Whether the line is red, for an error.
    pub is_error: bool,
}

impl Server {
    /// Starts it. None: it is not installed, which is said.
    pub fn start() -> Option<Self> {
        let program = node::installed("yaml-language-server/bin/yaml-language-server")?;
        let mut process = Command::new("node")
            .args([program.as_os_str(), "--stdio".as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("Node starts");
        let input = process.stdin.take().expect("its input is piped");
        let output = process.stdout.take().expect("its output is piped");
        let (sender, messages) = channel();
        thread::spawn(move || read(BufReader::new(output), &sender));
        let mut server = Self { process, input, messages, last_id: 0 };
        server.ask(
            "initialize",
            &json!({
                "processId": std::process::id(),
                "rootUri": null,
                "capabilities": {
                    "workspace": { "configuration": true },
                    "textDocument": {
                        "completion": { "completionItem": { "documentationFormat": ["plaintext"] } },
                        "hover": { "contentFormat": ["markdown"] },
                    },
                },
            }),
        );
        server.tell("initialized", &json!({}));
        Some(server)
    }

    /// Opens a file, which need not be there, and waits for what the server finds in it.
    pub fn open(&mut self, path: &Path, text: &str) -> Document {
        let uri = format!("file://{}", path.display());
        let item = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", &json!({ "textDocument": item }));
        let published = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
        });
        let found = published["params"]["diagnostics"].as_array().expect("a list").iter();
        let findings = found
            .map(|found| Finding {
                text: within(text, &found["range"]).to_owned(),
                message: found["message"].as_str().expect("a text").to_owned(),
                is_error: found["severity"] == 1,
            })
            .collect();
        Document { uri, text: text.to_owned(), findings }
    }

    /// What is proposed behind the first `typed`, by label.
    pub fn completions(&mut self, document: &Document, typed: &str) -> Vec<Value> {
        let at = document.text.find(typed).expect("it is in the text") + typed.len();
        let answer = self.ask("textDocument/completion", &document.position(at));
        answer["items"].as_array().or(answer.as_array()).expect("a list").clone()
    }

    /// What is shown for the first `word`, without the signs that keep Markdown from reading it.
    pub fn hover(&mut self, document: &Document, word: &str) -> String {
        let at = document.text.find(word).expect("it is in the text") + 1;
        let answer = self.ask("textDocument/hover", &document.position(at));
        answer["contents"]["value"].as_str().unwrap_or_default().replace('\\', "")
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let mut answer =
            self.wait(|message| message["id"] == id && message.get("method").is_none());
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].take()
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("it listens");
        self.input.flush().expect("it listens");
    }

    /// The next message of which this holds. What the server asks meanwhile is answered.
    fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + LONG;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left).expect("the server answers in time");
            if is_it(&message) {
                return message;
            }
            if let (Some(id), Some(method)) = (message.get("id"), message.get("method")) {
                let result = match &message["params"]["items"] {
                    Value::Array(items) if method == "workspace/configuration" => {
                        items.iter().map(settings).collect()
                    }
                    _ => Value::Null,
                };
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Document {
    /// A place in the text, as a request's parameters.
    fn position(&self, at: usize) -> Value {
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        let last = before.rsplit('\n').next().expect("a text has a last line");
        let character = last.encode_utf16().count();
        json!({
            "textDocument": { "uri": self.uri },
            "position": { "line": line, "character": character },
        })
    }
}

/// The settings of a section: no list of schemas is fetched from elsewhere.
fn settings(item: &Value) -> Value {
    if item["section"] == "yaml" {
        json!({ "schemaStore": { "enable": false }, "hover": true, "completion": true,
                "validate": true })
    } else {
        json!({})
    }
}

/// The text of a range, whose columns count UTF-16 units.
fn within<'a>(text: &'a str, range: &Value) -> &'a str {
    let offset = |place: &Value| {
        let number = |name: &str| {
            let number = place[name].as_u64().expect("a number");
            usize::try_from(number).expect("a place in a file")
        };
        let line_start: usize = text.split_inclusive('\n').take(number("line")).map(str::len).sum();
        let mut units = 0;
        let column = text[line_start..].char_indices().find(|(_, character)| {
            let found = units >= number("character");
            units += character.len_utf16();
            found
        });
        column.map_or(text.len(), |(column, _)| line_start + column)
    };
    &text[offset(&range["start"])..offset(&range["end"])]
}

/// Passes on what the server says, until it ends.
fn read(mut output: BufReader<ChildStdout>, messages: &Sender<Value>) {
    loop {
        let mut length = 0;
        loop {
            let mut header = String::new();
            if output.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
            if header == "\r\n" {
                break;
            }
            if let Some(value) = header.strip_prefix("Content-Length:") {
                length = value.trim().parse().expect("a number of bytes");
            }
        }
        let mut body = vec![0; length];
        if output.read_exact(&mut body).is_err() {
            return;
        }
        let message = serde_json::from_slice(&body).expect("messages are JSON");
        if messages.send(message).is_err() {
            return;
        }
    }
}
