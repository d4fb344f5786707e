//! `xreq sandbox`: a provider in the shape of X on this machine, and an owner for its accounts.

mod introduction;

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use age::secrecy::SecretString;
use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::network::Network;
use crate::app::running_sandbox::RunningSandbox;
use crate::app::sandbox_home;
use crate::app::sandbox_home::KnownSandbox;
use crate::cli::{self, SandboxCommand, SandboxServe};
use crate::error::{Code, Error, Exit, Result};
use crate::http::client::{Outgoing, bearer};
use crate::oauth::consent::opening;
use crate::sandbox::{self, Decision, Face, LogEntry, Options, Sandbox};
use crate::terminal::Terminal;

/// The port that is taken where none is named and it is free.
const USUAL_PORT: u16 = 8181;

/// The most bytes of a page that leads to a consent.
const MAX_PAGE: u64 = 64 * 1024;

pub(super) fn run(args: &cli::Sandbox, context: &Context, terminal: &Terminal) -> Result<Exit> {
    match &args.command {
        None => serve(&args.serve, context, terminal),
        Some(SandboxCommand::Approve { deny: true, url, .. }) => {
            approve(url, &Decision::Deny, terminal)
        }
        Some(SandboxCommand::Approve { url, account, only, .. }) => {
            let decision = Decision::Grant { account: account.clone(), only: only.clone() };
            approve(url, &decision, terminal)
        }
        Some(SandboxCommand::Post { text }) => post(text, context, terminal),
    }
}

/// Posts a text, as the smallest agent.
fn post(text: &str, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let variable = |name: &str| {
        context.env.get(name).and_then(|value| value.to_str()).ok_or_else(|| {
            Error::new(Code::MissingParams, format!("`{name}` is not set"))
                .with_hint("`xreq run` sets the token, `xreq sandbox` says what the rest is")
        })
    };
    let token = SecretString::from(variable("X_ACCESS_TOKEN")?);
    let url = format!("{}/2/tweets", variable("X_API_BASE_URL")?);
    let body = json!({ "text": text }).to_string();
    let (network, token) = (Network::default(), bearer(&token));
    let request = Outgoing::post(&url, "application/json", &body).authorized(Some(&token));
    let answer = network.wait(network.http().send(&request))?;
    let answer = answer.map_err(|failed| Error::new(Code::SandboxFailed, failed.what))?;
    let id = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let Some(id) = id.pointer("/data/id").and_then(Value::as_str) else {
        let message = format!("the post was refused: {}", answer.status);
        return Err(Error::new(Code::SandboxFailed, message));
    };
    terminal.tell(format!("posted {id}: {text}"))?;
    Ok(Exit::Done)
}

fn approve(url: &str, decision: &Decision, terminal: &Terminal) -> Result<Exit> {
    let page = match opening::file_of(url) {
        Some(file) => sandbox::decide(&led_to(&file)?, decision)?,
        None => sandbox::decide(url, decision)?,
    };
    let title = page.title.unwrap_or_else(|| "(a page without a title)".to_owned());
    let pin = page.pin.map_or_else(String::new, |pin| format!(": {pin}"));
    terminal.tell(format!("{} {title}{pin}", page.status))?;
    Ok(Exit::Done)
}

/// Returns the URL that a page of `xreq connect` leads its browser to.
fn led_to(file: &Path) -> Result<String> {
    let mut page = String::new();
    let read = File::open(file).and_then(|opened| opened.take(MAX_PAGE).read_to_string(&mut page));
    read.map_err(|error| {
        Error::of_system(Code::FileUnreadable, format!("cannot read {}", file.display()), &error)
            .with_hint("the page of an attempt to connect is there for as long as the attempt")
    })?;
    opening::target(&page).ok_or_else(|| {
        let message = format!("{} is no page that leads to a consent", file.display());
        Error::new(Code::BadArgument, message)
    })
}

/// Serves until the process is ended.
fn serve(args: &SandboxServe, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let start = |port| sandbox::Sandbox::start_together(options(args, port));
    let sandboxes = match args.port {
        Some(port) => start(port)?,
        None => start(USUAL_PORT).or_else(|_| {
            terminal.note(&format!("port {USUAL_PORT} is taken, so a free one is"));
            start(0)
        })?,
    };
    for control in sandboxes.iter().map(Sandbox::control) {
        for uri in &args.redirect_uris {
            control.add_redirect_uri(uri);
        }
        for planned in &args.faults {
            control.fault(planned.endpoint, planned.fault.clone(), planned.times);
        }
    }
    let prepare = |home: &Path| {
        let known = sandboxes.iter().enumerate().map(|(at, sandbox)| {
            let known = KnownSandbox::of(sandbox, sandbox.client());
            known.redirecting_to(args.redirect_uris.get(at).cloned())
        });
        sandbox_home::prepare(home, known.collect(), &context.env, context)
    };
    let home = args.home.as_deref().map(prepare).transpose()?;
    // Other commands are told of them while they serve.
    let running = sandboxes.iter().map(|sandbox| RunningSandbox {
        provider: sandbox.face().provider.to_owned(),
        home: home.as_ref().map(|home| home.path.clone()),
        base_url: sandbox.base_url(),
    });
    let _announced: Vec<_> = running.map(|it| it.announce(context)).collect();
    terminal.show(&introduction::layout(&sandboxes, args.expires_in, home.as_ref()))?;
    watch(&sandboxes, terminal)
}

/// Returns the options of each face, which is served once.
fn options(args: &SandboxServe, port: u16) -> Vec<Options> {
    let mut faces: Vec<&'static Face> = Vec::new();
    for face in &args.providers {
        if !faces.contains(face) {
            faces.push(face);
        }
    }
    let of = |face| {
        let usual = Options::of(face);
        let expires_in = args.expires_in.map(|life| life.unsigned_abs().as_secs());
        Options {
            port,
            expires_in: expires_in.unwrap_or(usual.expires_in),
            rate_limit: args.rate_limit,
            ..usual
        }
    };
    faces.into_iter().map(of).collect()
}

/// Prints each request, for as long as there is somebody to read.
fn watch(sandboxes: &[Sandbox], terminal: &Terminal) -> Result<Exit> {
    let (tell, told) = mpsc::channel();
    for sandbox in sandboxes {
        let (tell, control) = (tell.clone(), sandbox.control());
        let provider = (sandboxes.len() > 1).then(|| sandbox.face().provider);
        thread::spawn(move || {
            control.watch(|logged| match tell.send(line(provider, logged)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            });
        });
    }
    drop(tell);
    told.iter().try_for_each(|line| terminal.print(&line)).map(|()| Exit::Done)
}

/// Formats a request as a line: `200 POST /2/oauth2/token  refresh_token`; the path begins with the
/// provider where there are several.
fn line(provider: Option<&str>, logged: &LogEntry) -> String {
    let status = logged.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let below = provider.map_or_else(String::new, |provider| format!("/{provider}"));
    let mut line = format!("{status} {} {below}{}", logged.method, logged.path);
    for detail in [&logged.grant_type, &logged.fault].into_iter().flatten() {
        line.push_str(&format!("  {detail}"));
    }
    line.push('\n');
    line
}
