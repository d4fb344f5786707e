//! `xreq diff`: what newer manifests let an agent do beyond older ones, and who has to consent to it.

mod rendering;

use serde_json::{Value, json};

use self::rendering::Rendering;
use crate::app::context::Context;
use crate::app::diff::{Differ, NotComparable, Pair, pairs};
use crate::cli::Diff;
use crate::error::{Exit, Result};
use crate::findings::{Format, Frame, Tally, UnjudgedFile};
use crate::terminal::Terminal;

/// The version of the JSON form.
const SCHEMA_VERSION: u32 = 1;

pub(super) fn run(args: &Diff, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let format = args.format;
    let differ = Differ::new(
        context.catalog(&args.catalog.files)?,
        context.levels(args.levels.by_setting())?,
        args.allow_widening,
        args.store.as_deref(),
        context,
    );
    let compare = |pair: Pair| {
        let compared = differ.compare(&pair, |difference| Rendering::of(difference, format));
        compared.unwrap_or_else(|not_comparable| match not_comparable {
            NotComparable::Invalid { findings, failure } => {
                Rendering::invalid(&pair.new.source, &findings, failure, format)
            }
            NotComparable::Failed(failure) => Rendering::impossible(failure, format),
        })
    };
    let compared: Vec<_> = pairs(&args.paths, args.git.as_deref(), format, context)?
        .into_iter()
        .map(|pair| pair.map_or_else(|failure| Rendering::impossible(failure, format), compare))
        .collect();
    let failures = compared.iter().filter_map(|compared| compared.failure.as_ref());
    let exit = match failures.map(|error| error.code().exit()).max() {
        // Whoever looks for new authority must not take a wrong manifest for it.
        Some(exit) => exit.max(Exit::Usage),
        None if compared.iter().any(|compared| compared.piece.errors > 0) => Exit::Findings,
        None => Exit::Done,
    };
    print(format, compared, args.git.as_deref(), terminal)?;
    Ok(exit)
}

fn print(
    format: Format,
    compared: Vec<Rendering>,
    revision: Option<&str>,
    terminal: &Terminal,
) -> Result<()> {
    for failure in compared.iter().filter_map(|compared| compared.failure.as_ref()) {
        terminal.report(failure);
    }
    let failures: Vec<_> = compared
        .iter()
        .filter_map(|compared| compared.failure.as_ref())
        .map(UnjudgedFile::of)
        .collect();
    let widened = if compared.iter().any(|compared| compared.is_widening == Some(true)) {
        Some(true)
    } else {
        failures.is_empty().then_some(false)
    };
    let object = |objects| as_json(objects, widened, &failures);
    let title = compared.is_empty().then_some("xreq diff");
    let tally = Tally {
        since: revision.map(str::to_owned),
        failures: failures.clone(),
        ..Tally::default()
    };
    let pieces = compared.into_iter().map(|compared| compared.piece).collect();
    terminal.whole(format, pieces, &Frame { title, tally, object: &object })
}

/// Writes the answer as JSON. If a manifest cannot be compared, it is not known whether anything is
/// wider, unless another one is.
fn as_json(objects: Vec<Value>, widened: Option<bool>, failures: &[UnjudgedFile]) -> Value {
    let failures: Vec<_> = failures
        .iter()
        .map(|failure| json!({ "code": failure.code, "message": failure.message }))
        .collect();
    let objects: Vec<_> = objects.into_iter().filter(|object| !object.is_null()).collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "widened": widened,
        "manifests": objects,
        "failures": failures,
    })
}
