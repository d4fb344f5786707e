//! `xreq catalog`: what is known of providers, keys, scopes and operations.

mod answer;
mod listing;

use crate::app::catalog_subject::Subject;
use crate::app::context::Context;
use crate::cli::Catalog;
use crate::error::{Exit, Result};
use crate::findings::Format;
use crate::terminal::Terminal;

const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Catalog, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let catalog = context.catalog(&args.catalog.files)?;
    let subject = Subject::find(&catalog, args.subject.join(" ").trim())?;
    if args.format == Format::Json {
        let mut value = answer::json(&catalog, &subject);
        value["schema_version"] = SCHEMA_VERSION.into();
        terminal.print_json(&value)?;
    } else {
        terminal.show(&listing::layout(&catalog, &subject))?;
    }
    Ok(Exit::Done)
}
