//! `xreq import`: a grant from a token response or a bare token, or a token of another kind.

mod oauth1;

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::way;
use crate::app::context::Context;
use crate::app::import::{ImportOptions, ImportOutcome, TokenText, import};
use crate::app::service_account;
use crate::app::service_account::{ServiceAccountOptions, SourcePlace};
use crate::app::setup::Subject;
use crate::cli::{Import, ServiceAccountSource};
use crate::error::{Code, Error, Exit, Parameter, Result, advice};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::Kind;
use crate::oauth::account::named;
use crate::oauth::service_account::source::{LocalSource, ProgramSource};
use crate::store::GrantMetadata;
use crate::sys::files;
use crate::sys::files::Site;
use crate::sys::prompt;
use crate::terminal::Terminal;
use crate::text::time::life;

/// A token response is far smaller.
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn run(args: Import, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let mut subject = Subject { catalog: args.catalog.files.clone(), ..Subject::default() };
    let provider = Some(args.provider.clone());
    let account = AccountChoice { provider, label: args.account.label.clone() };
    subject.criteria.accounts.extend(account.unless_default());
    AccountChoice::within(Some(args.account.clone()), Some(args.provider.clone()))?;
    let kind = kind(&args, context)?;
    let file = args.file.clone().unwrap_or_else(|| "-".into());
    let ImportOutcome { grant, is_new } = match kind {
        Kind::Oauth1 => {
            let asked = "keys and tokens, NAME=value, then an empty line";
            let read = || read(&file, asked, &oauth1::is_whole);
            let exit = oauth1::import(args, read, context, terminal)?;
            if exit == Exit::Done {
                way::tell_next(&subject, context, terminal);
            }
            return Ok(exit);
        }
        Kind::ServiceAccount => {
            let (options, place) = service_account(args);
            let asked =
                "text of the service account's key file (or name the file behind the command)";
            service_account::import(&options, &place, || read(&file, asked, &is_whole), context)?
        }
        _ => import(&options(args), |asked| read(&file, asked, &is_whole), context)?,
    };
    let (id, GrantMetadata { scopes, expires_at, .. }) = (grant.id(), &grant);
    let verb = if is_new { "stored" } else { "replaced" };
    terminal.tell(match grant.kind {
        // The next use asks for the first token.
        Kind::ServiceAccount if expires_at.is_some_and(|at| at <= Timestamp::now()) => {
            format!("{verb} {id}: {scopes}")
        }
        Kind::Oauth2 | Kind::ServiceAccount => {
            format!("{verb} {id}: {scopes}; {}", life(*expires_at, context.now))
        }
        _ => match named(grant.account_id.as_deref(), grant.handle.as_deref()) {
            Some(owner) => format!("{verb} {id}: of {owner}"),
            None => format!("{verb} {id}"),
        },
    })?;
    way::tell_next(&subject, context, terminal);
    Ok(Exit::Done)
}

/// Returns the kind that is meant: where none is named, the first one of the provider.
fn kind(args: &Import, context: &Context) -> Result<Kind> {
    let catalog = context.catalog(&args.catalog.files)?;
    let provider = catalog.known_provider(&args.provider)?;
    let kind = match args.kind {
        Some(kind) if provider.kinds().contains(&kind) => kind,
        Some(kind) => return Err(provider.unsupported(kind)),
        None => provider.kinds().into_iter().next().unwrap_or_default(),
    };
    let ServiceAccountSource { command, token_file, subject, project_number } =
        &args.service_account;
    let of_service_accounts = [
        (!command.is_empty(), Parameter::Command),
        (token_file.is_some(), Parameter::TokenFile),
        (subject.is_some(), Parameter::Subject),
        (project_number.is_some(), Parameter::ProjectNumber),
    ];
    let mut of_grants = [
        (args.expires_in.is_some(), Parameter::ExpiresIn),
        (args.expires_at.is_some(), Parameter::ExpiresAt),
    ]
    .into_iter();
    let foreign = match kind {
        Kind::ServiceAccount => of_grants.find(|(is_given, _)| *is_given),
        _ => of_service_accounts.into_iter().find(|(is_given, _)| *is_given),
    };
    let Some((_, parameter)) = foreign else { return Ok(kind) };
    let message = format!("this is no matter of a credential of the kind `{}`", kind.name());
    Err(Error::new(Code::BadArgument, message).with_hint(advice!["leave ", parameter, " out"]))
}

fn options(args: Import) -> ImportOptions {
    ImportOptions {
        provider: args.provider,
        account: args.account.label,
        kind: args.kind,
        part: args.part,
        scopes: args.scopes,
        expires_in: args.expires_in,
        expires_at: args.expires_at,
        catalog: args.catalog.files,
    }
}

fn service_account(args: Import) -> (ServiceAccountOptions, SourcePlace) {
    let ServiceAccountSource { command, token_file, subject, project_number } =
        args.service_account;
    let mut command = command.into_iter();
    let local = match (command.next(), token_file) {
        (Some(program), _) => {
            let program = program.into();
            Some(LocalSource::Program(ProgramSource { program, arguments: command.collect() }))
        }
        (None, path) => path.map(|path| LocalSource::TokenFile { path }),
    };
    let place = match (args.file.is_some(), local) {
        (false, Some(local)) => SourcePlace::Local(local),
        (_, beside) => SourcePlace::CredentialFile { beside },
    };
    let options = ServiceAccountOptions {
        provider: args.provider,
        account: args.account.label,
        scopes: args.scopes,
        subject,
        project_number,
        catalog: args.catalog.files,
    };
    (options, place)
}

/// Reads the file that has the tokens; `-` is standard input.
fn read(path: &Path, asked: &str, is_whole: &dyn Fn(&str) -> bool) -> Result<TokenText> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if is_stdin && io::stdin().is_terminal() {
        let way_out = "pipe it in, or name a file that has it: `xreq import X FILE`";
        let typed = prompt::ask_for_paste(&format!("{asked}: "), is_whole)
            .map_err(|failure| failure.error("the token", way_out))?;
        bytes.extend_from_slice(typed.as_bytes());
        Ok(())
    } else if is_stdin {
        io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes).map(drop)
    } else {
        files::stream(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes)).map(drop)
    };
    read.map_err(|error| {
        let message = format!("cannot read {name}");
        let hint = "name a file that you can read";
        files::failure_in(Site::Named, Code::FileUnreadable, &message, &error, hint)
    })?;
    Ok(TokenText { name, bytes })
}

/// Returns whether a pasted text is all of it: a token is one line, a token response may be several.
fn is_whole(text: &str) -> bool {
    !text.trim_start().starts_with('{')
        || serde_json::from_str::<serde::de::IgnoredAny>(text)
            .map_or_else(|e| !e.is_eof(), |_| true)
}
