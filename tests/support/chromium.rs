//! A browser without a window, driven over the Chrome `DevTools` Protocol on two pipes: no port is
//! opened, and nobody else can drive it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::machine;

/// What no answer comes near unless something hangs.
const LONG: Duration = Duration::from_mins(1);

/// How often the page is asked whether a condition holds.
const PAUSE: Duration = Duration::from_millis(20);

/// Chromium with one tab.
pub struct Chromium {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    profile: TempDir,
}

/// What the tab is shown on.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// How many pixels a CSS pixel is wide.
    pub scale: u32,
    /// Whether it is a phone, which lays pages out as their `viewport` says.
    pub mobile: bool,
    /// Whether the user prefers dark colours.
    pub dark: bool,
}

impl Chromium {
    /// Starts it. None: there is no Chromium here, which is said.
    pub fn start() -> Option<Self> {
        if machine::lacks("chromium") {
            return None;
        }
        let profile = TempDir::new().expect("a temporary folder can be made");
        // It reads commands from descriptor 3 and writes answers to 4.
        let script = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
             --no-first-run --disable-sync --disable-background-networking \
             --disable-component-update --disable-extensions --hide-scrollbars --password-store=basic \
             --remote-debugging-pipe --user-data-dir=\"$1\" about:blank \
             3<&0 4>&1 </dev/null >/dev/null 2>\"$1/log\"";
        let mut process = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(profile.path())
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let commands = process.stdin.take().expect("standard input is a pipe");
        let output = process.stdout.take().expect("standard output is a pipe");
        let (sender, answers) = channel();
        thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let value = serde_json::from_slice(&message).expect("a message is JSON");
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self { process, commands, answers, session: None, last_id: 0, profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &target);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        browser.call("Page.enable", &json!({}));
        Some(browser)
    }

    /// Lays the tab out for a screen.
    pub fn show_on(&mut self, screen: Screen) {
        let Screen { width, height, scale, mobile, dark } = screen;
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if dark { "dark" } else { "light" };
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.call("Emulation.setEmulatedMedia", &json!({"features": [feature]}));
    }

    /// Opens a URL, and returns when its answer begins to come. Its failure is an answer, too.
    pub fn open(&mut self, url: &str) {
        self.call("Page.navigate", &json!({"url": url}));
    }

    /// Opens a URL without waiting for an answer.
    pub fn begin_to_open(&mut self, url: &str) {
        self.send("Page.navigate", &json!({"url": url}));
    }

    /// The value of a JavaScript expression in the page, or of the promise that it gives.
    #[track_caller]
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let answer = self.try_evaluate(expression);
        answer.unwrap_or_else(|exception| panic!("{expression}: {exception}"))
    }

    fn try_evaluate(&mut self, expression: &str) -> Result<Value, Value> {
        let parameters =
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.request("Runtime.evaluate", &parameters)?;
        match answer.get("exceptionDetails") {
            Some(exception) => Err(exception.clone()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Waits until a JavaScript condition holds, in whichever page the tab has come to by then.
    #[track_caller]
    pub fn wait_for(&mut self, condition: &str) {
        let started = Instant::now();
        // While one page gives way to the next there is nobody to answer.
        while self.try_evaluate(&format!("!!({condition})")) != Ok(Value::Bool(true)) {
            if started.elapsed() > LONG {
                let page = self.try_evaluate("location.href + '\\n' + document.body.innerText");
                panic!("not in {LONG:?}: {condition}; the page: {page:?}");
            }
            thread::sleep(PAUSE);
        }
    }

    /// Presses a key: `Tab`, or `Enter`.
    pub fn press(&mut self, key: &str) {
        let (code, text) = if key == "Enter" { (13, "\r") } else { (9, "") };
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code});
            if kind == "keyDown" {
                event["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// Writes the whole page to a PNG file.
    pub fn screenshot(&mut self, path: &Path) {
        let metrics = self.call("Page.getLayoutMetrics", &json!({}));
        let mut clip = metrics["cssContentSize"].clone();
        clip["scale"] = json!(1);
        let parameters = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.call("Page.captureScreenshot", &parameters);
        let data = answer["data"].as_str().expect("a screenshot is base64");
        let bytes = BASE64_STANDARD.decode(data).expect("a screenshot is base64");
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, bytes).expect("a screenshot can be written");
    }

    /// Calls a method of the protocol, which must succeed.
    #[track_caller]
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.request(method, parameters).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn request(&mut self, method: &str, parameters: &Value) -> Result<Value, Value> {
        let id = self.send(method, parameters);
        let deadline = Instant::now() + LONG;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut message = self.answers.recv_timeout(left).unwrap_or_else(|error| {
                panic!("Chromium does not answer {method}: {error}\n{}", self.log())
            });
            if message["id"] == id {
                return match message.get_mut("error") {
                    Some(error) => Err(error.take()),
                    None => Ok(message["result"].take()),
                };
            }
        }
    }

    fn send(&mut self, method: &str, parameters: &Value) -> u64 {
        self.last_id += 1;
        let mut message = json!({"id": self.last_id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let sent = write!(self.commands, "{message}\0").and_then(|()| self.commands.flush());
        sent.unwrap_or_else(|error| panic!("Chromium is gone: {error}\n{}", self.log()));
        self.last_id
    }

    fn log(&self) -> String {
        fs::read_to_string(self.profile.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Without its main process the others end, too.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
