//! `xreq disconnect`: the end of a grant, at the provider first.

use crate::app::accounts::choose;
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::{Keeper, Network};
use crate::audit_log::{Entry, Event, Party};
use crate::catalog::Provider;
use crate::cli::Disconnect;
use crate::credential::failure::way_out;
use crate::error::{Code, Error, Exit, Result};
use crate::oauth::token::endpoint::{TokenEndpoint, TokenTypeHint};
use crate::oauth::token::failure::Failure;
use crate::store::{GrantMetadata, GrantName};
use crate::terminal::while_waiting;
use crate::text::time::life;

pub(super) fn run(args: &Disconnect, context: &Context) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog)?;
    let provider = catalog.known_provider(&args.provider)?;
    if let Some(label) = &args.account {
        refuse_secret("label of an account", label)?;
    }
    let ended = if args.local_only {
        forget(args, provider, context)
    } else {
        revoke(args, provider, context)
    };
    ended.inspect_err(|error| {
        if error.code() != Code::OutputFailed {
            let party = Party::of(&provider.slug, args.account.as_deref());
            context.record_failure(Event::Disconnect, party, error);
        }
    })
}

fn revoke(args: &Disconnect, provider: &Provider, context: &Context) -> Result<Exit> {
    let keeper = Keeper::new(context)?;
    let name = choose(&keeper.store, &provider.slug, args.account.as_deref())?;
    let Some(url) = &provider.endpoints.revoke_url else {
        return Err(Error::new(
            Code::RevocationFailed,
            format!("{} revokes no tokens on request, so that {name} is kept", provider.title),
        )
        .with_hint(local_only(&name, "end the access in the account's settings, then run")));
    };
    let lock = keeper.store.lock_grant(&name.provider, &name.account)?;
    let sealed = keeper.store.grant(&name.provider, &name.account)?.ok_or_else(|| gone(&name))?;
    let mut grant = sealed.unseal(&keeper.identities)?;
    let client = keeper.clients().of_grant(provider, &grant.metadata)?;
    let network = Network::default();
    let endpoint = TokenEndpoint::new(network.http()?, provider, &client)?;
    endpoint.admit(&grant.metadata, url)?;
    let lives = |token: &str, failure: &Failure| {
        let message =
            format!("the {token} of {name} is still live, and the grant is kept: {}", failure.what);
        Error::new(Code::RevocationFailed, message).with_hint(local_only(
            &name,
            &match failure.blames.and_then(way_out) {
                Some(way_out) => format!("{way_out}; or remove it here alone with"),
                None => "try again; or remove it here alone with".to_owned(),
            },
        ))
    };
    // The refresh token goes first (RFC 7009 section 2.1): while it lives, it makes access tokens.
    let message = format!("revoking {name}");
    if let Some(token) = grant.refresh_token.take() {
        while_waiting(&message, || endpoint.revoke(url, &token, TokenTypeHint::RefreshToken))
            .map_err(|failure| lives("refresh token", &failure))?;
        grant.metadata.refreshable = false;
        grant.metadata.refresh_token_issued_at = None;
        keeper.store.put_grant(&lock, &grant, &keeper.recipients)?;
    }
    while_waiting(&message, || {
        endpoint.revoke(url, &grant.access_token, TokenTypeHint::AccessToken)
    })
    .map_err(|failure| lives("access token", &failure))?;
    keeper.store.remove_grant(&lock)?;
    context.record_grant(Event::Disconnect, &grant.metadata, &grant.access_token);
    context.terminal.print(&format!("disconnected {name}: its tokens are revoked\n"))?;
    if grant.metadata.refresh_in_flight.is_some() {
        context.terminal.warn(&format!(
            "the answer to a refresh was lost: if it held tokens, they are live until the access of \
             the app is ended in the account's settings at {}",
            provider.title
        ));
    }
    Ok(Exit::Done)
}

fn forget(args: &Disconnect, provider: &Provider, context: &Context) -> Result<Exit> {
    let store = context.store()?;
    let name = match &args.account {
        // What cannot be read can be removed all the same.
        Some(label) => GrantName::grant(provider.slug.parse()?, label.parse()?),
        None => choose(&store, &provider.slug, None)?,
    };
    let found = store.grant(&name.provider, &name.account);
    if matches!(found, Ok(None)) {
        return Err(gone(&name));
    }
    let lock = store.lock_grant(&name.provider, &name.account)?;
    if !store.remove_grant(&lock)? {
        return Err(gone(&name));
    }
    let removed = found.ok().flatten().map(|sealed| sealed.metadata);
    let party = removed.as_ref().map_or_else(|| Party::named(&name), Party::sealed);
    context.record_done(|_| Ok(Entry::done(Event::Disconnect).with_grants([party])));
    context.terminal.print(&format!("removed {name} from this store\n"))?;
    let alive = removed.map(|metadata| still_alive(&metadata, context));
    context.terminal.warn(&format!(
        "{} was told nothing: {}",
        provider.title,
        alive.as_deref().unwrap_or("its tokens stay live")
    ));
    Ok(Exit::Done)
}

fn still_alive(metadata: &GrantMetadata, context: &Context) -> String {
    let access = life(metadata.expires_at, context.now);
    let refresh = if metadata.refreshable {
        ", and the refresh token stays live until the account's owner ends the access"
    } else {
        ""
    };
    format!("the access token {access}{refresh}")
}

fn local_only(name: &GrantName, lead: &str) -> String {
    let GrantName { provider, account, .. } = name;
    format!("{lead} `xreq disconnect {provider} --account {account} --local-only`")
}

fn gone(name: &GrantName) -> Error {
    Error::new(Code::NotStored, format!("there is no grant {name}"))
        .with_hint("`xreq status` lists the grants")
}
