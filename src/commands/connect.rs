//! `xreq connect`: consent of an account's owner, exchanged for a grant.

mod dialog;
mod keyboard;

use std::time::Duration;

use jiff::Timestamp;

use self::dialog::TerminalDialog;
use super::way;
use crate::app::connect::{AnswerWay, ConnectOptions, Connection, LastPage, asked_again, connect};
use crate::app::context::Context;
use crate::app::setup::Subject;
use crate::cli::Connect;
use crate::error::{Code, Error, Exit, Result};
use crate::model::account_choice::AccountChoice;
use crate::store::GrantMetadata;
use crate::terminal::Terminal;
use crate::text::time::life;

pub(super) fn run(args: Connect, context: &Context, terminal: &Terminal) -> Exit {
    let mut last_page = LastPage::default();
    let dialog = TerminalDialog::new(terminal);
    let mut subject = Subject {
        manifest: args.manifest.path.clone(),
        catalog: args.catalog.files.clone(),
        ..Subject::default()
    };
    subject.criteria.accounts.extend(args.account.unless_default());
    let args = with_provider_of_key(args);
    let named = args.provider.clone();
    let asked = Subject { keys: args.keys.clone(), ..subject.clone() };
    let connection =
        options(args).and_then(|options| connect(&options, &dialog, context, &mut last_page));
    let told = connection.and_then(|connection| {
        subject.criteria.accounts = of_account(&connection.grant);
        tell(&connection, terminal)
    });
    if matches!(told, Ok(Exit::Done)) {
        way::tell_next(&subject, context, terminal);
    }
    // The result is seen before the browser is given its moment.
    let exit = told.unwrap_or_else(|error| {
        terminal.report(&error);
        if way::leads_on(&error) {
            way::show_through(named.as_deref(), &asked, context, terminal);
        }
        error.code().exit()
    });
    last_page.linger();
    exit
}

/// Takes a key in the place of a provider for a key of its provider.
fn with_provider_of_key(mut args: Connect) -> Connect {
    let provider = args.provider.as_deref().and_then(|key| key.split_once('.'));
    if let Some((provider, _)) = provider {
        let provider = Some(provider.to_owned());
        args.keys.splice(..0, std::mem::replace(&mut args.provider, provider));
    }
    args
}

/// Returns the choice of an account that has to be named.
fn of_account(grant: &GrantMetadata) -> Vec<AccountChoice> {
    let provider = Some(grant.provider.to_string());
    let choice = AccountChoice { provider, label: grant.account.to_string() };
    choice.unless_default().into_iter().collect()
}

fn options(args: Connect) -> Result<ConnectOptions> {
    let label = args.account.label.clone();
    let (provider, _) = AccountChoice::within(Some(args.account), args.provider)?;
    let way = match (args.device, args.paste) {
        (true, _) => AnswerWay::Device,
        (false, true) => AnswerWay::Paste,
        (false, false) => AnswerWay::Usual,
    };
    Ok(ConnectOptions {
        provider,
        account: label,
        client: args.client,
        keys: args.keys,
        add_scopes: args.add_scopes,
        expect: args.expect,
        may_replace: args.replace_account,
        way,
        may_open: !args.no_browser,
        patience: Duration::try_from(args.timeout).unwrap_or(Duration::MAX),
        manifest: args.manifest.path,
        catalog: args.catalog.files,
    })
}

/// Prints what is connected, and what that leaves unmet.
fn tell(connection: &Connection, terminal: &Terminal) -> Result<Exit> {
    let Connection { grant, missing, unnamed, ended, maybe_ended, unmet } = connection;
    let GrantMetadata { provider, account, handle, scopes, expires_at, .. } = grant;
    let of = handle.as_ref().map_or_else(String::new, |handle| format!(" as @{handle}"));
    terminal.tell(format!(
        "connected {provider} ({account}){of}: {scopes}; {}",
        life(*expires_at, Timestamp::now())
    ))?;
    if let Some(why) = unnamed {
        let stored = "the grant is stored, but whose it is could not be asked";
        terminal.warn(&format!("{stored}: {why}"));
    }
    if !grant.refreshable {
        terminal.warn("there is no refresh token: the grant ends with its access token");
    }
    for (name, unnoted) in ended {
        terminal.warn(&format!(
            "{name} is the same account with the same client, and is ended by this grant: `xreq \
             disconnect {} --account {} --local-only`",
            name.provider, name.account
        ));
        if let Some(error) = unnoted {
            terminal.warn_of(error);
        }
    }
    for name in maybe_ended {
        terminal.warn(&format!(
            "where {name} is the same account, it is ended by this grant: `xreq refresh {} --account {} \
             --force` tells",
            name.provider, name.account
        ));
    }
    if missing.is_empty() {
        return Ok(Exit::Done);
    }
    if let Some(unmet) = unmet {
        terminal.findings(&unmet.source, &unmet.findings);
    }
    let message = format!("the grant is stored, and lacks what was asked for: {missing}");
    Err(Error::new(Code::ScopeMissing, message).with_remedy(asked_again(grant, missing)))
}
