//! `xreq token`: a fresh access token on standard output.

use std::sync::Arc;

use age::secrecy::ExposeSecret;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::access_token::access_token;
use crate::app::accounts::{choose, only_provider};
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::Keeper;
use crate::app::network::Network;
use crate::audit_log::{Audit, LogEntry, LoggedEvent};
use crate::cli::{Token, TokenFormat};
use crate::credential::freshness::Want;
use crate::error::{Exit, Result};
use crate::model::account_choice::AccountChoice;
use crate::store::Grant;
use crate::terminal::{Terminal, hand_over};
use crate::text::time::rfc3339;

pub(super) fn run(args: &Token, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let catalog = Arc::new(context.catalog(&args.catalog.files)?);
    let (named, label) = AccountChoice::within(args.account.clone(), args.provider.clone())?;
    let named = named.map(|slug| catalog.known_provider(&slug)).transpose()?;
    if let Some(label) = &label {
        refuse_secret("label of an account", label)?;
    }
    let keeper = Keeper::new(context)?;
    let provider = match named {
        Some(provider) => provider,
        None => catalog.known_provider(only_provider(&keeper.store)?.as_str())?,
    };
    let part = args.part.as_deref().map(|part| provider.known_part(part)).transpose()?;
    let name = choose(&keeper.store, &provider.slug, label.as_deref(), part.as_ref())?;
    let want = Want { min_ttl: args.min_ttl, ..Want::default() };
    let result = {
        let _shown = context.reporter.progress(&format!("refreshing {name}"));
        keeper.refresh(&Network::default(), &catalog, &name, want)?
    };
    let token = access_token(result, &name, provider, args.min_ttl)?;
    if let Some(warning) = &token.warning {
        terminal.warn_of(warning);
    }
    let grant = token.grant;
    let entry = |audit: &Audit| {
        let party = audit.party(&grant.metadata, &grant.access_token)?;
        Ok(LogEntry::done(LoggedEvent::Token).with_grants([party]))
    };
    context.record(entry)?;
    hand_over(&shown(&grant, args.format))?;
    Ok(Exit::Done)
}

fn shown(grant: &Grant, format: TokenFormat) -> Zeroizing<String> {
    let token = grant.access_token.expose_secret();
    Zeroizing::new(match format {
        TokenFormat::Text => format!("{token}\n"),
        TokenFormat::Header => format!("Authorization: Bearer {token}\n"),
        TokenFormat::Json => {
            let metadata = &grant.metadata;
            let mut answer = json!({
                "schema_version": 1,
                "provider": metadata.provider,
                "account": metadata.account,
                "token_type": "bearer",
                "access_token": token,
                "expires_at": metadata.expires_at.map(rfc3339),
                "scopes": metadata.scopes,
            });
            if let Some(part) = metadata.id().named_part() {
                answer["part"] = part.into();
            }
            format!("{answer:#}\n")
        }
    })
}
