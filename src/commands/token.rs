//! `xreq token`: a fresh access token on standard output.

use age::secrecy::ExposeSecret;
use jiff::Timestamp;
use rustix::process::getppid;
use serde_json::json;
use zeroize::Zeroizing;

use crate::app::accounts::choose;
use crate::app::context::{Context, refuse_secret};
use crate::app::grant_service::{Keeper, Network, failure};
use crate::audit_log::{Audit, Entry, Event};
use crate::cli::{Token, TokenFormat};
use crate::credential::freshness::Want;
use crate::error::{Code, Error, Exit, Result};
use crate::refresh::engine::{Outcome, Refreshed};
use crate::store::{Grant, GrantName};
use crate::terminal::Terminal;
use crate::terminal::hand_over;
use crate::text::time::{in_words, rfc3339};

pub(super) fn run(args: &Token, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog.files)?;
    let provider = catalog.known_provider(&args.provider)?;
    if let Some(label) = &args.account {
        refuse_secret("label of an account", label)?;
    }
    let keeper = Keeper::new(context)?;
    let name = choose(&keeper.store, &provider.slug, args.account.as_deref())?;
    let want = Want { min_ttl: args.min_ttl, ..Want::default() };
    let Refreshed { grant, outcome } = {
        let _shown = context.reporter.progress(&format!("refreshing {name}"));
        keeper.refresh(&Network::default(), provider, &name, want)?
    };
    let trouble = match &outcome {
        Outcome::Failed(trouble) | Outcome::Kept(Some(trouble)) => {
            Some(failure(trouble, &name, provider))
        }
        Outcome::Kept(None) | Outcome::Refreshed => None,
    };
    match (lasts(&grant, args), trouble) {
        (true, None) => {}
        (true, Some(trouble)) => terminal.warn_of(&trouble),
        (false, Some(trouble)) => return Err(trouble),
        (false, None) => return Err(short(&grant, &name, args)),
    }
    let entry = |audit: &Audit| {
        let party = audit.party(&grant.metadata, &grant.access_token)?;
        Ok(Entry::done(Event::Token).with_grants([party]))
    };
    if args.for_parent {
        // An agent that runs gets its token also where nothing can be recorded.
        context.record_done(|audit| Ok(entry(audit)?.with_for_pid(parent())));
    } else {
        context.record(entry)?;
    }
    hand_over(&shown(&grant, args.format))?;
    Ok(Exit::Done)
}

/// Returns the process that the token is printed for; 0 where it is outside the container.
fn parent() -> u32 {
    getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs())
}

fn lasts(grant: &Grant, args: &Token) -> bool {
    grant.metadata.expires_at.is_none_or(|at| {
        let left = at.duration_since(Timestamp::now());
        left.is_positive() && left >= args.min_ttl
    })
}

/// A new token does not live as long as it is asked to.
fn short(grant: &Grant, name: &GrantName, args: &Token) -> Error {
    let left = grant.metadata.expires_at.map(|at| at.duration_since(Timestamp::now()));
    let left = left.map_or_else(String::new, in_words);
    Error::new(
        Code::RequirementsUnmet,
        format!("a new access token of {name} lives {left}, less than {}", in_words(args.min_ttl)),
    )
    .with_hint("ask for less with `--min-ttl`")
}

fn shown(grant: &Grant, format: TokenFormat) -> Zeroizing<String> {
    let token = grant.access_token.expose_secret();
    Zeroizing::new(match format {
        TokenFormat::Text => format!("{token}\n"),
        TokenFormat::Header => format!("Authorization: Bearer {token}\n"),
        TokenFormat::Json => {
            let metadata = &grant.metadata;
            let answer = json!({
                "schema_version": 1,
                "provider": metadata.provider,
                "account": metadata.account,
                "token_type": "bearer",
                "access_token": token,
                "expires_at": metadata.expires_at.map(rfc3339),
                "scopes": metadata.scopes,
            });
            format!("{answer:#}\n")
        }
    })
}
