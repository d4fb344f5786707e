//! Importing a service account: the source that its access tokens are minted from, which is asked once
//! before it is stored.

use std::path::PathBuf;

use age::secrecy::SecretString;
use jiff::Timestamp;

use crate::app::context::{Context, refuse_secret};
use crate::app::imported::{ImportOutcome, TokenText, warn_if_shut};
use crate::app::network::Network;
use crate::app::setup::offer_home;
use crate::audit_log::LoggedEvent;
use crate::catalog::{Provider, ServiceAccount};
use crate::credential::failure::way_out;
use crate::credential::minting::{Minting, SourceSummary};
use crate::credential::origins::Origins;
use crate::error::{Code, Error, Parameter, Result, advice};
use crate::model::credential_id::{CredentialId, Kind, Part};
use crate::model::name::Label;
use crate::model::scope::{ScopeSet, is_scope};
use crate::model::variable_content::VariableContent;
use crate::oauth::service_account::credential_file::CredentialFile;
use crate::oauth::service_account::minting::Mint;
use crate::oauth::service_account::program;
use crate::oauth::service_account::source::{LocalSource, ProgramSource, Source};
use crate::oauth::token::failure::RequestFailure;
use crate::oauth::token::issue;
use crate::oauth::token::response::TokenResponse;
use crate::store::{FailureClass, Grant, GrantMetadata, Recipients};
use crate::text::encoding;

/// The most digits of the number of a project.
const LONGEST_NUMBER: usize = 20;

/// The host of the accounts that a project has by itself; its number stands before them.
const DEFAULT_ACCOUNTS: &str = "-compute@developer.gserviceaccount.com";

/// The account, and the known facts about it beside its source.
#[derive(Clone, Debug)]
pub(crate) struct ServiceAccountOptions {
    pub(crate) provider: String,
    /// The label of the account.
    pub(crate) account: String,
    /// The scopes that tokens are asked for with, as a text; none are the provider's usual ones.
    pub(crate) scopes: Option<String>,
    /// The user in whose name it acts.
    pub(crate) subject: Option<String>,
    pub(crate) project_number: Option<String>,
    /// More provider files.
    pub(crate) catalog: Vec<PathBuf>,
}

/// The place where a source comes from.
#[derive(Clone, Debug)]
pub(crate) enum SourcePlace {
    /// A file of credentials; of a federation, with the source of what is exchanged beside it.
    CredentialFile { beside: Option<LocalSource> },
    /// A program or a file that has a token.
    Local(LocalSource),
}

/// Stores a service account, if its source gives a token; or cannot give one now.
///
/// # Errors
///
/// [`Code::TokenInvalid`]: the file cannot be used, or no token is given for what it has;
/// [`Code::BadArgument`]. Nothing was stored.
pub(crate) fn import(
    options: &ServiceAccountOptions,
    place: &SourcePlace,
    read: impl FnOnce() -> Result<TokenText>,
    context: &Context,
) -> Result<ImportOutcome> {
    let catalog = context.catalog(&options.catalog)?;
    let provider = catalog.known_provider(&options.provider)?;
    let data = data(provider)?;
    let account: Label = options.account.parse()?;
    refuse_secret("label of an account", account.as_str())?;
    let source = match place {
        SourcePlace::CredentialFile { beside } => {
            beside.iter().try_for_each(admit)?;
            parse(&read()?, data, beside.as_ref())?
        }
        SourcePlace::Local(source) => {
            admit(source)?;
            Source::Local(source.clone())
        }
    };
    let minting = minting(options, &source, provider, context)?;
    let scopes = scopes(options, provider, data)?;
    let id = CredentialId {
        kind: Kind::ServiceAccount,
        part: Part::default(),
        ..CredentialId::grant(provider.slug.clone(), account)
    };
    let began = Timestamp::now();
    let response = ask(&source, provider, data, &scopes, &minting, context);
    let mut grant = Grant {
        source: Some(source.to_secret()),
        ..Grant::new(metadata(id, provider, minting, scopes, began), SecretString::from(""))
    };
    match response {
        Ok(response) => issue::mint(&mut grant, response, provider, began),
        Err(failure) => unanswered(&failure, provider, context)?,
    }
    store(grant, context)
}

/// Returns the provider's data of service accounts.
fn data(provider: &Provider) -> Result<&ServiceAccount> {
    provider.kinds.service_account.as_ref().ok_or_else(|| {
        let kinds: Vec<_> = provider.kinds().into_iter().map(Kind::name).collect();
        let message = format!(
            "{} has no service accounts: its kinds of credentials are {}",
            provider.title,
            kinds.join(", ")
        );
        Error::new(Code::BadArgument, message)
    })
}

fn parse(
    TokenText { name, bytes }: &TokenText,
    data: &ServiceAccount,
    beside: Option<&LocalSource>,
) -> Result<Source> {
    let refused = |why: String| Error::new(Code::TokenInvalid, why);
    let text = encoding::decode(bytes)
        .map_err(|what| refused(format!("{name} {what}")).with_hint(encoding::AS_UTF8))?;
    let file = CredentialFile::parse(text.trim_end(), data, beside).map_err(|fault| {
        let error = refused(format!("{name}:{fault}"));
        match fault.way_out {
            Some(way_out) => error.with_hint(way_out),
            None => error.with_hint("give the file as the provider's console handed it out"),
        }
    })?;
    Ok(file.source)
}

/// Refuses a source on this machine that is not named as one has to be.
fn admit(source: &LocalSource) -> Result<()> {
    match source {
        LocalSource::Program(source) => admit_program(source),
        LocalSource::TokenFile { path } if path.is_absolute() => Ok(()),
        LocalSource::TokenFile { path } => {
            let message = format!("the path `{}` is not absolute", path.display());
            Err(Error::new(Code::BadArgument, message)
                .with_hint("name the file by its absolute path: it is read anew for each token"))
        }
    }
}

fn admit_program(source: &ProgramSource) -> Result<()> {
    let shown = source.program.display();
    if let Some(why) = program::refusal(&source.program) {
        return Err(Error::new(Code::BadArgument, format!("the program `{shown}` {why}"))
            .with_hint("name a program by its absolute path, which is run as it stands"));
    }
    source.arguments.iter().try_for_each(|word| refuse_secret("argument of a program", word))
}

/// Returns how tokens are minted.
fn minting(
    options: &ServiceAccountOptions,
    source: &Source,
    provider: &Provider,
    context: &Context,
) -> Result<Minting> {
    if let Some(subject) = &options.subject {
        if !matches!(source, Source::Key(_)) {
            let message = "only the key of a service account acts for a user";
            return Err(Error::new(Code::BadArgument, message).with_hint(advice![
                "leave ",
                Parameter::Subject,
                " out"
            ]));
        }
        let is_user = subject.contains('@') && subject.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_user {
            let message = "the user in whose name the account acts is no address of e-mail";
            return Err(Error::new(Code::BadArgument, message));
        }
        refuse_secret("user", subject)?;
    }
    let summary = source.summary();
    let project_number = match &options.project_number {
        Some(number) if is_project_number(number) => Some(number.clone()),
        Some(_) => {
            let message = format!(
                "the number of a project has up to {LONGEST_NUMBER} digits, and nothing else"
            );
            return Err(Error::new(Code::BadArgument, message).with_hint(
                "a project has an id, too: the number stands beside it in the console",
            ));
        }
        None => number_of(&summary),
    };
    let variables = provider.variables_of(Kind::ServiceAccount);
    let variable = variables.iter().find(|(_, it)| *it == VariableContent::ProjectNumber);
    if let Some((name, _)) = variable.filter(|_| project_number.is_none()) {
        context.reporter.warning(advice![
            format!("the number of the project is not known, and agents get no `{name}`: add "),
            Parameter::ProjectNumber
        ]);
    }
    Ok(Minting { source: summary, subject: options.subject.clone(), project_number })
}

/// Returns the number of the project, where the account has it in its name.
fn number_of(summary: &SourceSummary) -> Option<String> {
    let SourceSummary::Key { account, .. } = summary else { return None };
    let number = account.strip_suffix(DEFAULT_ACCOUNTS)?;
    is_project_number(number).then(|| number.to_owned())
}

fn is_project_number(text: &str) -> bool {
    (1..=LONGEST_NUMBER).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the scopes that tokens are asked for with.
fn scopes(
    options: &ServiceAccountOptions,
    provider: &Provider,
    data: &ServiceAccount,
) -> Result<ScopeSet> {
    let Some(stated) = options.scopes.as_deref().map(ScopeSet::parse) else {
        return Ok(data.scopes.clone());
    };
    if stated.is_empty() || !stated.iter().all(is_scope) || !stated.fits() {
        let message = "the stated scopes are no scopes";
        return Err(Error::new(Code::BadArgument, message));
    }
    stated.iter().try_for_each(|scope| refuse_secret("scope", scope))?;
    Ok(stated.iter().map(|scope| provider.wire_name(scope)).collect())
}

/// Asks the source for a token, to know that it gives any.
fn ask(
    source: &Source,
    provider: &Provider,
    data: &ServiceAccount,
    scopes: &ScopeSet,
    minting: &Minting,
    context: &Context,
) -> Result<TokenResponse, RequestFailure> {
    let network = Network::default();
    let mint = Mint { http: network.http(), provider, data };
    let asked = if source.is_local() { "the source" } else { &provider.title };
    let _shown = context.reporter.progress(&format!("asking {asked} for a token"));
    network.ask(mint.token(source, scopes, minting.subject.as_deref()))
}

/// Refuses a source that gives no token, unless it may give one later.
fn unanswered(failure: &RequestFailure, provider: &Provider, context: &Context) -> Result<()> {
    let title = &provider.title;
    match failure.class {
        FailureClass::Rejected | FailureClass::Client => Err(Error::new(
            Code::TokenInvalid,
            format!("{title} gives no token for this, and nothing was stored: {}", failure.what),
        )
        .with_hint("compare the account, its key and the scopes with the provider's console")),
        FailureClass::Transient | FailureClass::InDoubt => {
            let way_out = failure.blames.and_then(way_out).unwrap_or("the next use asks again");
            let message = format!("there is no token yet: {}; {way_out}", failure.what);
            context.reporter.warning(message.into());
            Ok(())
        }
    }
}

/// Returns the metadata of an account whose token is yet to come.
fn metadata(
    id: CredentialId,
    provider: &Provider,
    minting: Minting,
    scopes: ScopeSet,
    now: Timestamp,
) -> GrantMetadata {
    GrantMetadata {
        origins: Origins::of_kind(provider, Kind::ServiceAccount),
        minting: Some(minting),
        scopes,
        scopes_assumed: true,
        expires_at: Some(now),
        refreshable: true,
        ..GrantMetadata::new(id, now)
    }
}

fn store(mut grant: Grant, context: &Context) -> Result<ImportOutcome> {
    offer_home(context)?;
    let store = context.store()?;
    let recipients = Recipients::load(store.home(), &context.env, &context.passphrase)?;
    let lock = store.lock_grant(&grant.metadata.id())?;
    let replaced = store.grant(&grant.metadata.id());
    grant.metadata.generation = store.next_generation(&lock);
    store.put_grant(&lock, &grant, &recipients)?;
    context.record_grant(LoggedEvent::Import, &grant.metadata, &grant.access_token);
    warn_if_shut(&store, &grant.metadata, context);
    Ok(ImportOutcome { grant: grant.metadata, is_new: matches!(replaced, Ok(None)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_project_stands_in_the_name_of_its_own_account() {
        let number = |account: &str| {
            number_of(&SourceSummary::Key { account: account.to_owned(), key_id: None })
        };
        assert_eq!(number("123-compute@developer.gserviceaccount.com").as_deref(), Some("123"));
        for other in [
            "a-compute@developer.gserviceaccount.com",
            "-compute@developer.gserviceaccount.com",
            "123@project.iam.gserviceaccount.com",
        ] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
