//! `xreq schema`: the JSON Schemas that are published.
//!
//! The manifest's schema names every provider, key and scope, for editors to complete. The file has the
//! built-in catalog; the printed schema has the catalog in use.

use clap::ValueEnum;

use crate::app::context::Context;
use crate::cli::{Schema, SchemaName};
use crate::error::{Exit, Result};
use crate::schema;
use crate::terminal::Terminal;

pub(super) fn run(args: &Schema, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let text = match args.name {
        None => {
            let names =
                SchemaName::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let lines: Vec<_> = names
                .map(|name| {
                    format!("{:9} {}", name.get_name(), name.get_help().unwrap_or_default())
                })
                .collect();
            lines.join("\n") + "\n"
        }
        Some(SchemaName::Manifest) => schema::manifest(&context.catalog(&args.catalog.files)?),
        Some(SchemaName::Provider) => schema::PROVIDER.to_owned(),
        Some(SchemaName::Check) => schema::CHECK.to_owned(),
        Some(SchemaName::Findings) => schema::FINDINGS.to_owned(),
        Some(SchemaName::Status) => schema::STATUS.to_owned(),
        Some(SchemaName::Audit) => schema::AUDIT.to_owned(),
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}
