//! `xreq sandbox`: a provider in the shape of X on this machine, and an owner for its accounts.

mod introduction;

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use age::secrecy::SecretString;
use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::network::Network;
use crate::app::running_sandbox::RunningSandbox;
use crate::app::sandbox_home;
use crate::app::sandbox_home::KnownSandbox;
use crate::cli::{Sandbox, SandboxCommand, SandboxServe};
use crate::error::{Code, Error, Exit, Result};
use crate::http::client::{Outgoing, bearer};
use crate::oauth::consent::opening;
use crate::sandbox::{self, Control, Decision, LogEntry, Options};
use crate::terminal::Terminal;

/// The port that is taken where none is named and it is free.
const USUAL_PORT: u16 = 8181;

/// The most bytes of a page that leads to a consent.
const MAX_PAGE: u64 = 64 * 1024;

pub(super) fn run(args: &Sandbox, context: &Context, terminal: &Terminal) -> Result<Exit> {
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
    let start = |port| {
        sandbox::Sandbox::start(Options {
            face: args.provider,
            port,
            expires_in: args.expires_in.unsigned_abs().as_secs(),
            rate_limit: args.rate_limit,
            ..Options::default()
        })
    };
    let sandbox = match args.port {
        Some(port) => start(port)?,
        None => start(USUAL_PORT).or_else(|_| {
            terminal.note(&format!("port {USUAL_PORT} is taken, so a free one is"));
            start(0)
        })?,
    };
    let control = sandbox.control();
    for uri in &args.redirect_uris {
        control.add_redirect_uri(uri);
    }
    for planned in &args.faults {
        control.fault(planned.endpoint, planned.fault.clone(), planned.times);
    }
    let prepare = |home: &Path| {
        let known = KnownSandbox::of(&sandbox, sandbox.client());
        let known = known.redirecting_to(args.redirect_uris.first().cloned());
        sandbox_home::prepare(home, known, &context.env, context)
    };
    let home = args.home.as_deref().map(prepare).transpose()?;
    // Other commands are told of it while it serves.
    let running = RunningSandbox {
        provider: args.provider.provider.to_owned(),
        home: home.as_ref().map(|home| home.path.clone()),
        base_url: sandbox.base_url(),
    };
    let _announced = running.announce(context);
    terminal.show(&introduction::layout(&sandbox, args.expires_in, home.as_ref()))?;
    watch(&control, terminal)
}

fn watch(control: &Control, terminal: &Terminal) -> Result<Exit> {
    let mut printed = Ok(());
    control.watch(|logged| {
        printed = terminal.print(&line(logged));
        if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    printed.map(|()| Exit::Done)
}

/// Formats a request as a line: `200 POST /2/oauth2/token  refresh_token`.
fn line(logged: &LogEntry) -> String {
    let status = logged.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let mut line = format!("{status} {} {}", logged.method, logged.path);
    for detail in [&logged.grant_type, &logged.fault].into_iter().flatten() {
        line.push_str(&format!("  {detail}"));
    }
    line.push('\n');
    line
}
