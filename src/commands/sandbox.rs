//! `xreq sandbox`: a provider in the shape of X on this machine, and an owner for its accounts.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use serde_json::{Value, json};

use crate::app::context::Context;
use crate::app::network::Network;
use crate::cli::{Sandbox, SandboxCommand, SandboxServe};
use crate::error::{Code, Error, Exit, Result};
use crate::http::client::bearer;
use crate::oauth::consent::opening;
use crate::sandbox::{self, Control, Decision, Logged, Options};
use crate::store::{Identities, Store};
use crate::sys::home::Home;
use crate::text::shell;

/// The most bytes of a page that leads to a consent.
const MAX_PAGE: u64 = 64 * 1024;

/// The first line of a `config.yaml` that may be written anew.
const MARK: &str = "# Written by `xreq sandbox`, which may write it anew.";

pub(super) fn run(args: &Sandbox, context: &Context) -> Result<Exit> {
    match &args.command {
        None => serve(&args.serve, context),
        Some(SandboxCommand::Approve { deny: true, url, .. }) => {
            approve(url, &Decision::Deny, context)
        }
        Some(SandboxCommand::Approve { url, account, only, .. }) => {
            let decision = Decision::Grant { account: account.clone(), only: only.clone() };
            approve(url, &decision, context)
        }
        Some(SandboxCommand::Post { text }) => post(text, context),
    }
}

/// The smallest agent.
fn post(text: &str, context: &Context) -> Result<Exit> {
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
    let answer = network.http().post(&url, Some(&token), "application/json", &body);
    let answer = network.wait(answer)?;
    let answer = answer.map_err(|failed| Error::new(Code::SandboxFailed, failed.what))?;
    let id = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let Some(id) = id.pointer("/data/id").and_then(Value::as_str) else {
        let message = format!("the post was refused: {}", answer.status);
        return Err(Error::new(Code::SandboxFailed, message));
    };
    context.terminal.print(&format!("posted {id}: {text}\n"))?;
    Ok(Exit::Done)
}

fn approve(url: &str, decision: &Decision, context: &Context) -> Result<Exit> {
    let page = match opening::file_of(url) {
        Some(file) => sandbox::decide(&led_to(&file)?, decision)?,
        None => sandbox::decide(url, decision)?,
    };
    let title = page.title.unwrap_or_else(|| "(a page without a title)".to_owned());
    context.terminal.print(&format!("{} {title}\n", page.status))?;
    Ok(Exit::Done)
}

/// Returns the URL that a page of `xreq connect` leads its browser to.
fn led_to(file: &Path) -> Result<String> {
    let mut page = String::new();
    let read = File::open(file).and_then(|opened| opened.take(MAX_PAGE).read_to_string(&mut page));
    read.map_err(|error| {
        Error::new(Code::FileUnreadable, format!("cannot read {}: {error}", file.display()))
            .with_hint("the page of an attempt to connect is there for as long as the attempt")
    })?;
    opening::target(&page).ok_or_else(|| {
        let message = format!("{} is no page that leads to a consent", file.display());
        Error::new(Code::BadArgument, message)
    })
}

/// Serves until the process is ended.
fn serve(args: &SandboxServe, context: &Context) -> Result<Exit> {
    let sandbox = sandbox::Sandbox::start(Options {
        port: args.port,
        expires_in: args.expires_in,
        rate_limit: args.rate_limit,
        ..Options::default()
    })?;
    let control = sandbox.control();
    for uri in &args.redirect_uris {
        control.add_redirect_uri(uri);
    }
    for planned in &args.faults {
        control.fault(planned.endpoint, planned.fault.clone(), planned.times);
    }
    let home = args.home.as_deref().map(|home| prepare(home, &sandbox, context)).transpose()?;
    context.terminal.print(&introduction(&sandbox, home.as_deref()))?;
    watch(&control, context)
}

fn watch(control: &Control, context: &Context) -> Result<Exit> {
    let mut printed = Ok(());
    control.watch(|logged| {
        printed = context.terminal.print(&line(logged));
        if printed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    printed.map(|()| Exit::Done)
}

/// A request in a line: `200 POST /2/oauth2/token  refresh_token`.
fn line(logged: &Logged) -> String {
    let status = logged.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let mut line = format!("{status} {} {}", logged.method, logged.path);
    for detail in [&logged.grant_type, &logged.fault].into_iter().flatten() {
        line.push_str(&format!("  {detail}"));
    }
    line.push('\n');
    line
}

/// Makes a folder an `XREQ_HOME` in which the provider is the sandbox; gives its absolute path.
fn prepare(folder: &Path, sandbox: &sandbox::Sandbox, context: &Context) -> Result<PathBuf> {
    let folder = std::path::absolute(folder).map_err(|error| unwritable(folder, &error))?;
    let home = Home::at(&folder);
    let path = home.config_file();
    let is_file = |found: fs::Metadata| found.is_file() && found.nlink() == 1;
    let is_ours = fs::symlink_metadata(&path).is_ok_and(is_file)
        && fs::read_to_string(&path).is_ok_and(|text| text.starts_with(MARK));
    let is_free = match fs::read_dir(&folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_ours && !is_free {
        let message = format!("{} has something else in it", folder.display());
        return Err(Error::new(Code::BadArgument, message).with_hint(
            "name a new folder for the sandbox: what is in a home of yours would be sent to it",
        ));
    }
    Store::new(home.clone()).make()?;
    fs::write(&path, config(&sandbox.base_url())).map_err(|error| unwritable(&path, &error))?;
    Identities::generate(&home, context.now)?;
    Ok(folder)
}

fn config(base_url: &str) -> String {
    let [default, _] = sandbox::OWNERS;
    let labels =
        [("default", default)].into_iter().chain(sandbox::OWNERS.map(|owner| (owner, owner)));
    let expected = labels.map(|(label, owner)| format!("    {label}: \"@{owner}\"\n"));
    format!(
        "{MARK}\nproviders:\n  x:\n    authorize_url: {base_url}/i/oauth2/authorize\n    \
         token_url: {base_url}/2/oauth2/token\n    revoke_url: {base_url}/2/oauth2/revoke\n    \
         api_url: {base_url}\naccounts:\n  x:\n{}",
        expected.collect::<String>()
    )
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(Code::SandboxFailed, format!("cannot write {}: {error}", path.display()))
}

/// What is printed when it serves: the base URL alone, then what to do.
fn introduction(sandbox: &sandbox::Sandbox, home: Option<&Path>) -> String {
    let (base_url, client) = (sandbox.base_url(), sandbox.client());
    let secret = client.secret().expect("it is the client that has one");
    let redirect_uris = sandbox.control().redirect_uris().join(" ");
    let mut text = format!(
        "{base_url}\n\nThe sandbox serves, until Ctrl-C, the accounts alice and bob.\n\
         redirect URIs  {redirect_uris}\npublic client  {}\n\nIn another terminal:\n\n",
        sandbox.public_client().client_id
    );
    text.push_str(&match home {
        Some(home) => format!("export XREQ_HOME={}\n", shell::word(&home.display().to_string())),
        None => format!(
            "# into config.yaml of an XREQ_HOME; `xreq sandbox --home DIR` makes one\n{}\n",
            config(&base_url).trim_start_matches(MARK).trim_start()
        ),
    });
    text.push_str(&format!(
        "export X_CLIENT_ID={}\nexport X_CLIENT_SECRET={}\nexport X_API_BASE_URL={base_url}\n\
         xreq connect x                                       # in a browser\n\
         BROWSER='xreq sandbox approve %s' xreq connect x     # without one\n\n",
        client.client_id,
        shell::word(secret)
    ));
    text
}
