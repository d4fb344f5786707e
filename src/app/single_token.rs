//! Credentials that are one token which no flow renews: bot tokens, API keys, and the bearer tokens of
//! apps.

use age::secrecy::{ExposeSecret, SecretString};

use crate::app::context::Context;
use crate::app::imported::{ImportOutcome, TokenText, warn_if_shut};
use crate::app::network::Network;
use crate::app::setup::offer_home;
use crate::audit_log::LoggedEvent;
use crate::catalog::{Provider, TokenKind};
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Result};
use crate::model::credential_id::{CredentialId, Kind};
use crate::model::name::Label;
use crate::oauth::account::Owner;
use crate::oauth::static_token;
use crate::store::{FailureClass, Grant, GrantMetadata, Recipients};
use crate::text::encoding;

/// The longest token that is believed to be one, in bytes.
const LONGEST: usize = 8 * 1024;

/// Stores a token that somebody has. The provider is asked whose it is, where its file says how.
///
/// # Errors
///
/// [`Code::TokenInvalid`]: the text is no token, or the provider refuses it; nothing was stored.
pub(super) fn import(
    provider: &Provider,
    kind: Kind,
    account: Label,
    text: &TokenText,
    context: &Context,
) -> Result<ImportOutcome> {
    let token = token(text)?;
    if kind == Kind::AppOnly {
        warn_of_shape(provider, &token, context);
    }
    let owner = owner(provider, kind, &token, context)?;
    store(provider, kind, account, token, owner, LoggedEvent::Import, context)
}

/// Stores a token in the place of the one that the account has of this kind.
pub(super) fn store(
    provider: &Provider,
    kind: Kind,
    account: Label,
    token: SecretString,
    owner: Option<Owner>,
    event: LoggedEvent,
    context: &Context,
) -> Result<ImportOutcome> {
    offer_home(context)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let id = CredentialId { kind, ..CredentialId::grant(provider.slug.clone(), account) };
    let lock = store.lock_grant(&id)?;
    let replaced = store.grant(&id);
    let (account_id, handle) = owner.map(|owner| (owner.id, owner.handle)).unzip();
    let client = (kind == Kind::AppOnly).then(|| id.account.clone());
    let metadata = GrantMetadata {
        account_id,
        handle: handle.flatten(),
        client,
        origins: Origins::of_kind(provider, kind),
        generation: store.next_generation(&lock),
        ..GrantMetadata::new(id, context.now)
    };
    if let Ok(Some(before)) = &replaced {
        warn_of_another_account(&before.metadata, &metadata, context);
    }
    let credential = Grant::new(metadata, token);
    store.put_grant(&lock, &credential, &recipients)?;
    context.record_grant(event, &credential.metadata, &credential.access_token);
    warn_if_shut(&store, &credential.metadata, context);
    Ok(ImportOutcome { grant: credential.metadata, is_new: matches!(replaced, Ok(None)) })
}

/// Reads the token that a text is: one word of visible ASCII.
fn token(TokenText { name, bytes }: &TokenText) -> Result<SecretString> {
    let invalid = |what: &str| {
        Error::new(Code::TokenInvalid, format!("{name} {what}"))
            .with_hint("give the token and nothing else")
    };
    let text = encoding::decode(bytes).map_err(invalid)?.trim();
    if text.is_empty() {
        return Err(invalid("is empty"));
    }
    if text.len() > LONGEST {
        return Err(invalid("is longer than a token"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("is no token: it has spaces, or characters that tokens do not have"));
    }
    Ok(SecretString::from(text))
}

/// Warns of a token whose form is another one than that of the app's tokens: a guess, which refuses none.
fn warn_of_shape(provider: &Provider, token: &SecretString, context: &Context) {
    let is_of_app = |kind: TokenKind| kind == TokenKind::AppOnly;
    let shape = provider.recognise_token(token.expose_secret()).map(|shape| shape.kind);
    let is_known = provider.token_shapes.iter().any(|shape| is_of_app(shape.kind));
    if is_known && !shape.is_some_and(is_of_app) {
        let warning = format!("this does not look like an app-only token of {}", provider.title);
        context.reporter.warning(warning.into());
    }
}

/// Asks the provider whose a static token is. If it does not answer, the token is stored all the same.
fn owner(
    provider: &Provider,
    kind: Kind,
    token: &SecretString,
    context: &Context,
) -> Result<Option<Owner>> {
    let Some(data) = provider.kinds.static_token.as_ref().filter(|_| kind == Kind::Static) else {
        return Ok(None);
    };
    let network = Network::default();
    match network.ask(static_token::look_up(network.http(), provider, data, token)) {
        Ok(owner) => Ok(owner),
        Err(failure) if failure.class == FailureClass::Transient => {
            let title = &provider.title;
            let warning = format!("{title} could not be asked whose it is: {}", failure.what);
            context.reporter.warning(warning.into());
            Ok(None)
        }
        Err(failure) => {
            let message = format!("{} does not take this token: {}", provider.title, failure.what);
            let help = data.help.as_deref();
            let help = help.map_or_else(String::new, |at| format!(": see {at}"));
            Err(Error::new(Code::TokenInvalid, message)
                .with_hint(format!("take the {} as it is now{help}", data.title)))
        }
    }
}

fn warn_of_another_account(before: &GrantMetadata, after: &GrantMetadata, context: &Context) {
    if let (Some(before_id), Some(after_id)) = (&before.account_id, &after.account_id)
        && before_id != after_id
    {
        let of = before.handle.as_ref().map_or_else(String::new, |handle| format!("@{handle}, "));
        let warning = format!("it replaces the token of another account: {of}id {before_id}");
        context.reporter.warning(warning.into());
    }
}
