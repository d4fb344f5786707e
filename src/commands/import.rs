//! `xreq import`: a grant from a token response or a bare token, or a token of another kind.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::way;
use crate::app::context::Context;
use crate::app::import::{ImportOptions, ImportOutcome, TokenText, import};
use crate::app::setup::Subject;
use crate::cli::Import;
use crate::error::{Code, Exit, Result};
use crate::model::account_choice::AccountChoice;
use crate::model::credential_id::Kind;
use crate::oauth::account::named;
use crate::store::GrantMetadata;
use crate::sys::files;
use crate::sys::files::Site;
use crate::sys::prompt;
use crate::terminal::Terminal;
use crate::text::time::life;

/// A token response is far smaller.
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn run(args: Import, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let file = args.file.clone();
    let mut subject = Subject { catalog: args.catalog.files.clone(), ..Subject::default() };
    let provider = Some(args.provider.clone());
    let account = AccountChoice { provider, label: args.account.label.clone() };
    subject.criteria.accounts.extend(account.unless_default());
    let read = |asked: &str| read(&file, asked);
    let ImportOutcome { grant, is_new } = import(&options(args)?, read, context)?;
    let (id, GrantMetadata { scopes, expires_at, .. }) = (grant.id(), &grant);
    let verb = if is_new { "stored" } else { "replaced" };
    terminal.tell(match grant.kind {
        Kind::Oauth2 => format!("{verb} {id}: {scopes}; {}", life(*expires_at, context.now)),
        _ => match named(grant.account_id.as_deref(), grant.handle.as_deref()) {
            Some(owner) => format!("{verb} {id}: of {owner}"),
            None => format!("{verb} {id}"),
        },
    })?;
    way::tell_next(&subject, context, terminal);
    Ok(Exit::Done)
}

fn options(args: Import) -> Result<ImportOptions> {
    AccountChoice::within(Some(args.account.clone()), Some(args.provider.clone()))?;
    Ok(ImportOptions {
        provider: args.provider,
        account: args.account.label,
        kind: args.kind,
        scopes: args.scopes,
        expires_in: args.expires_in,
        expires_at: args.expires_at,
        catalog: args.catalog.files,
    })
}

/// Reads the file that has the tokens; `-` is standard input.
fn read(path: &Path, asked: &str) -> Result<TokenText> {
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let mut bytes = Zeroizing::new(Vec::new());
    let read = if is_stdin && io::stdin().is_terminal() {
        let way_out = "pipe it in, or name a file that has it: `xreq import X FILE`";
        let typed = prompt::ask_for_paste(&format!("{asked}: "), &is_whole)
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
