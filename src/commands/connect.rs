//! `xreq connect`: consent of an account's owner, exchanged for a grant.

mod dialog;
mod oauth1;

use std::time::Duration;

use jiff::Timestamp;

use self::dialog::TerminalDialog;
use super::way;
use crate::app::app_only::{self, MintOptions};
use crate::app::connect::oauth1::connect as connect_oauth1;
use crate::app::connect::{
    AnswerWay, ConnectOptions, ConnectedGrant, Connection, LastPage, asked_again, connect,
    launch_with,
};
use crate::app::context::Context;
use crate::app::setup::Subject;
use crate::cli::Connect;
use crate::error::{Code, Error, Exit, Result};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::Kind;
use crate::store::GrantMetadata;
use crate::terminal::Terminal;
use crate::text::time::life;

/// The note on whoever consents in the sandbox.
const OTHER_OWNER: &str = "in the sandbox, `BROWSER='xreq sandbox approve --as bob %s'` consents as bob, and \
                           without `--as` it is alice";

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
    let is_consent = |kind: &Kind| matches!(kind, Kind::Oauth2 | Kind::Oauth1);
    if let Some(kind) = args.kind.filter(|kind| !is_consent(kind)) {
        return other_kind(kind, args, &subject, context, terminal).unwrap_or_else(|error| {
            terminal.report(&error);
            error.code().exit()
        });
    }
    let named = args.provider.clone();
    let asked = Subject { keys: args.keys.clone(), ..subject.clone() };
    let kind = args.kind.unwrap_or_default();
    let told = options(args, kind).and_then(|options| {
        if kind == Kind::Oauth1 {
            let connection = connect_oauth1(&options, &dialog, context, &mut last_page)?;
            subject = launch_with(&connection.grant, &options);
            oauth1::tell(&connection, terminal)
        } else {
            let connection = connect(&options, &dialog, context, &mut last_page)?;
            if let Some(first) = connection.grants.first() {
                subject = launch_with(&first.grant, &options);
            }
            tell(&connection, terminal)
        }
    });
    if matches!(told, Ok(Exit::Done)) {
        way::tell_next(&subject, context, terminal);
    }
    // The result is seen before the browser is given its moment.
    let exit = told.unwrap_or_else(|error| {
        terminal.report(&error);
        let is_of_sandbox = || context.config().is_ok_and(|config| config.is_of_sandbox);
        if error.code() == Code::AccountMismatch && is_of_sandbox() {
            terminal.note(OTHER_OWNER);
        }
        if way::leads_on(&error) {
            way::show_through(named.as_deref(), &asked, context, terminal);
        }
        error.code().exit()
    });
    last_page.linger();
    exit
}

/// Connects a credential that is no grant.
fn other_kind(
    kind: Kind,
    args: Connect,
    subject: &Subject,
    context: &Context,
    terminal: &Terminal,
) -> Result<Exit> {
    let label = args.account.label.clone();
    let is_labelled = args.account.unless_default().is_some();
    let (provider, _) = AccountChoice::within(Some(args.account), args.provider)?;
    let missing = || Error::new(Code::BadArgument, "no provider was named");
    let provider = provider.ok_or_else(missing)?;
    let client = match args.client {
        Some(client) if is_labelled && client != label => {
            let message = "the account of an app-only token is the name of its client";
            return Err(Error::new(Code::BadArgument, message));
        }
        client => client.unwrap_or(label),
    };
    let catalog = args.catalog.files;
    if kind != Kind::AppOnly {
        let known = context.catalog(&catalog)?.known_provider(&provider)?.kinds().contains(&kind);
        let message = if known {
            format!("credentials of kind `{}` are not connected", kind.name())
        } else {
            format!("`{provider}` has no credentials of the kind `{}`", kind.name())
        };
        return Err(Error::new(Code::KindUnsupported, message));
    }
    let minted = app_only::connect(&MintOptions { provider, client, catalog }, context)?;
    let id = minted.grant.id();
    let verb = if minted.is_new { "connected" } else { "connected anew" };
    terminal.tell(format!("{verb} {id}: a token of the app, for no account"))?;
    way::tell_next(subject, context, terminal);
    Ok(Exit::Done)
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

fn options(args: Connect, kind: Kind) -> Result<ConnectOptions> {
    let of_oauth1 = [("--level", args.level.is_some()), ("--pin", args.pin)];
    let of_oauth2 = [("--add-scope", !args.add_scopes.is_empty())];
    let foreign = if kind == Kind::Oauth1 { &of_oauth2[..] } else { &of_oauth1[..] };
    if let Some((option, _)) = foreign.iter().find(|(_, is_given)| *is_given) {
        let message = format!("`{option}` has no meaning with the kind `{}`", kind.name());
        return Err(Error::new(Code::BadArgument, message));
    }
    let label = args.account.label.clone();
    let (provider, _) = AccountChoice::within(Some(args.account), args.provider)?;
    let ways = [
        (args.device, AnswerWay::Device),
        (args.paste, AnswerWay::Paste),
        (args.pin, AnswerWay::Pin),
    ];
    let way = ways.into_iter().find(|(is_asked, _)| *is_asked);
    let way = way.map_or(AnswerWay::Usual, |(_, way)| way);
    Ok(ConnectOptions {
        provider,
        account: label,
        client: args.client,
        keys: args.keys,
        add_scopes: args.add_scopes,
        part: args.part,
        expect: args.expect,
        may_replace: args.replace_account,
        way,
        level: args.level,
        may_open: !args.no_browser,
        patience: Duration::try_from(args.timeout).unwrap_or(Duration::MAX),
        manifest: args.manifest.path,
        catalog: args.catalog.files,
    })
}

/// Prints what is connected, and what that leaves unmet.
fn tell(connection: &Connection, terminal: &Terminal) -> Result<Exit> {
    let Connection { grants, ungiven, ended, maybe_ended, unmet } = connection;
    for ConnectedGrant { grant, unnamed, .. } in grants {
        let GrantMetadata { handle, scopes, expires_at, .. } = grant;
        let of = handle.as_ref().map_or_else(String::new, |handle| format!(" as @{handle}"));
        terminal.tell(format!(
            "connected {}{of}: {scopes}; {}",
            grant.id(),
            life(*expires_at, Timestamp::now())
        ))?;
        if let Some(why) = unnamed {
            let stored = "the grant is stored, but whose it is could not be asked";
            terminal.warn(&format!("{stored}: {why}"));
        }
        // Without an end it may have none.
        if !grant.refreshable && expires_at.is_some() {
            terminal.warn("there is no refresh token: the grant ends with its access token");
        }
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
    if let Some(unmet) = unmet {
        terminal.findings(&unmet.source, &unmet.findings);
    }
    if let Some((name, scopes)) = ungiven.first() {
        let message =
            format!("the consent gave no token for {name}, which was asked for: {scopes}");
        return Err(Error::new(Code::ScopeMissing, message).with_remedy(asked_again(name, scopes)));
    }
    match grants.iter().find(|it| !it.missing.is_empty()) {
        None => Ok(Exit::Done),
        Some(ConnectedGrant { grant, missing, .. }) => {
            let message = format!("the grant is stored, and lacks what was asked for: {missing}");
            let remedy = asked_again(&grant.id(), missing);
            Err(Error::new(Code::ScopeMissing, message).with_remedy(remedy))
        }
    }
}
