//! An account's owner without a browser: opens the consent page of a sandbox, decides, and goes
//! where the decision is sent to.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use form_urlencoded::Serializer;

use crate::error::{Code, Error, Result};
use crate::text::html::unescaped;

/// The most bytes of an answer that are read.
const MAX_ANSWER: u64 = 1024 * 1024;

/// The longest time that an answer may take. An app answers its redirect when it has exchanged the
/// code.
const PATIENCE: Duration = Duration::from_mins(1);

/// The decision of the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Lets the app in.
    Grant {
        /// The account's name; without one, it is the one that the page suggests.
        account: Option<String>,
        /// The scopes to grant of those that are asked for; all of them, where there are none here.
        only: Vec<String>,
    },
    /// Lets the app not in.
    Deny,
}

/// The page that the app showed in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPage {
    /// Its HTTP status.
    pub status: u16,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// The PIN on it, where it is the sandbox's own and has one.
    pub pin: Option<String>,
}

/// Answers the request for consent that an authorization URL makes, and follows the redirect.
///
/// # Errors
///
/// [`Code::BadArgument`]: the URL is not one of a server on this machine, or the page does not offer
/// the account or the scope. [`Code::SandboxFailed`]: the sandbox or the app does not answer as it
/// should. No message holds the code of the redirect.
pub fn decide(authorize_url: &str, decision: &Decision) -> Result<LastPage> {
    let target = Target::of(authorize_url).ok_or_else(|| {
        let message = "the URL is not one of a server on this machine (`http://127.0.0.1:PORT/…`)";
        Error::new(Code::BadArgument, message)
            .with_hint("only a sandbox takes decisions that nobody made: open it in a browser")
    })?;
    let page = target.get("the sandbox")?;
    if page.status != 200 {
        return Err(failed(format!("the sandbox refuses: {}", page.gist())));
    }
    let form = Form::of(&page.body).fill_in(decision)?;
    let answer =
        Target { path: form.action.clone(), ..target }.post("the sandbox", &form.body())?;
    if answer.status == 200 {
        // A consent on another device, or to an app that takes a PIN, ends here.
        let (title, pin) = (answer.element("title"), answer.element("code"));
        return Ok(LastPage { status: answer.status, title, pin });
    }
    let Some(location) = answer.header("location").filter(|_| answer.status == 303) else {
        return Err(failed(format!("the sandbox refuses: {}", answer.gist())));
    };
    let callback = Target::of(location)
        .ok_or_else(|| failed("the app's redirect URI is not one of this machine"))?;
    let last = callback.get("the app")?;
    Ok(LastPage { status: last.status, title: last.element("title"), pin: None })
}

fn failed(message: impl Into<String>) -> Error {
    Error::new(Code::SandboxFailed, message)
}

/// A URL of plain HTTP on this machine.
struct Target {
    authority: String,
    path: String,
}

impl Target {
    fn of(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("http://")?;
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()?),
            _ => (authority, 80),
        };
        let is_loopback = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        if !is_loopback || !url.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        let authority = format!("{host}:{port}");
        Some(Self { authority, path: format!("{slash}{path}") })
    }

    fn get(&self, who: &str) -> Result<Answer> {
        self.send(who, "GET", "")
    }

    fn post(&self, who: &str, form: &str) -> Result<Answer> {
        self.send(who, "POST", form)
    }

    fn send(&self, who: &str, method: &str, form: &str) -> Result<Answer> {
        let silent = |error: io::Error| {
            failed(format!("{who} at http://{} does not answer: {error}", self.authority))
        };
        let text = self.converse(method, form).map_err(silent)?;
        Answer::read(&text).ok_or_else(|| failed(format!("{who} does not answer with HTTP")))
    }

    fn converse(&self, method: &str, form: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(&self.authority)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let request = format!(
            "{method} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\naccept: text/html\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.path,
            self.authority,
            form.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(MAX_ANSWER).read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// An answer of HTTP/1.1 after which the connection closes.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn read(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_owned(), body: body.to_owned() })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let found = lines.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    /// Returns the text of the first element with this name that has no element inside.
    fn element(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(unescaped(text.trim()).chars().filter(|c| !c.is_control()).take(200).collect())
    }

    /// Returns the message of an error page, in a line.
    fn gist(&self) -> String {
        match self.element("p").or_else(|| self.element("title")) {
            Some(said) => format!("{} {said}", self.status),
            None => self.status.to_string(),
        }
    }
}

/// The form of a consent page.
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
    accounts: Vec<String>,
    scopes: Vec<String>,
    decision: &'static str,
}

impl Form {
    fn of(page: &str) -> Self {
        let inputs =
            || page.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap_or(""));
        let of_type = |kind: &str| {
            let marker = format!("type=\"{kind}\"");
            inputs().filter(move |input| input.contains(&marker)).collect::<Vec<_>>()
        };
        let values = |kind: &str| of_type(kind).into_iter().filter_map(|i| attribute(i, "value"));
        let form = page.split("<form ").nth(1).unwrap_or_default();
        Self {
            action: attribute(form, "action").unwrap_or_default(),
            hidden: of_type("hidden")
                .into_iter()
                .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
                .collect(),
            accounts: values("radio").collect(),
            scopes: values("checkbox").collect(),
            decision: "authorize",
        }
    }

    fn fill_in(mut self, decision: &Decision) -> Result<Self> {
        if !self.hidden.iter().any(|(name, _)| name == "form_token") || self.accounts.is_empty() {
            return Err(failed(
                "what answers there is no sandbox: it shows no consent page of one",
            ));
        }
        let Decision::Grant { account, only } = decision else {
            self.decision = "cancel";
            return Ok(self);
        };
        if let Some(account) = account {
            choose("account", account, &self.accounts)?;
            self.accounts = vec![account.clone()];
        }
        for scope in only {
            choose("scope", scope, &self.scopes)?;
        }
        self.scopes.retain(|scope| only.is_empty() || only.contains(scope));
        Ok(self)
    }

    fn body(&self) -> String {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(&self.hidden);
        body.append_pair("account", &self.accounts[0]);
        body.extend_pairs(self.scopes.iter().map(|scope| ("granted", scope)));
        body.append_pair("decision", self.decision);
        body.finish()
    }
}

fn choose(what: &str, chosen: &str, offered: &[String]) -> Result<()> {
    if offered.iter().any(|one| one == chosen) {
        return Ok(());
    }
    let message =
        format!("the consent page offers no {what} `{chosen}`: it has {}", offered.join(" "));
    Err(Error::new(Code::BadArgument, message))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_target() {
        for (url, authority, path) in [
            ("http://127.0.0.1:81/a?b=c#d", "127.0.0.1:81", "/a?b=c"),
            ("http://localhost?b", "localhost:80", "/?b"),
            ("http://[::1]:81", "[::1]:81", "/"),
            ("http://[::1]/a", "[::1]:80", "/a"),
        ] {
            let target = Target::of(url).expect("it is on this machine");
            assert_eq!((target.authority.as_str(), target.path.as_str()), (authority, path));
        }
        for url in [
            "https://127.0.0.1/",
            "http://x.com/i/oauth2/authorize",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://127.0.0.1:99999/",
            "http://localhost/\r\nevil: 1",
            "127.0.0.1/",
            "",
        ] {
            assert!(Target::of(url).is_none(), "{url}");
        }
    }
}
