//! `xreq broker`: the broker for agents that xreq does not launch.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::run::brokering;
use super::way;
use crate::app::context::Context;
use crate::app::criteria::Criteria;
use crate::app::launch::{Launch, LaunchOptions, OnDead, Supervision};
use crate::app::manifest_source::LoadedManifest;
use crate::app::preflight::record_failure;
use crate::app::sidecar as app;
use crate::broker::doors::{Doors, PortDoor, SocketDoor};
use crate::cli::{self, ExportFormat, Sidecar};
use crate::error::{Code, Error, Exit, Result};
use crate::launch::environment::Variable;
use crate::terminal::{Terminal, hand_over};
use crate::text::escape::on_one_line;
use crate::text::shell;

pub(super) fn run(sidecar: Sidecar, context: &Context, terminal: &Terminal) -> Result<Exit> {
    let (format, ready_fd, plain) = (sidecar.format, sidecar.ready_fd, sidecar.insecure_plain_http);
    let options = options(sidecar)?;
    let served = serve(&options, format, app::Surroundings { plain, ready_fd }, context)
        .inspect_err(|error| record_failure(&options, error, context));
    way::after(served, &options, context, terminal)
}

fn serve(
    options: &LaunchOptions,
    format: ExportFormat,
    surroundings: app::Surroundings,
    context: &Context,
) -> Result<Exit> {
    let declared = LoadedManifest::find(options.manifest.as_deref(), context)?;
    let catalog = Arc::new(context.catalog_by(context.config()?, &options.catalog)?);
    let needs = declared.needs(&catalog, context)?;
    let launch = Launch { options, context, catalog: &catalog, declared: &declared, needs: &needs };
    app::serve(launch, surroundings, |variables| hand_over(&shown(variables, format)))
}

fn options(args: Sidecar) -> Result<LaunchOptions> {
    let port = args.listen.map(|address| -> Result<_> {
        let certificates = args.certificates.as_deref().map(from_root).transpose()?;
        Ok(PortDoor { address, names: args.names, has_tls: args.tls, certificates })
    });
    let socket = args.socket.as_deref().map(from_root).transpose()?.map(SocketDoor::At);
    let doors = Doors { port: port.transpose()?, socket };
    Ok(LaunchOptions {
        criteria: Criteria::from(&args.against),
        manifest: args.manifest.path,
        catalog: args.catalog.files,
        pristine: false,
        dry_run: false,
        command: Vec::new(),
        supervision: Supervision {
            keep_fresh: false,
            deliver: Vec::new(),
            on_refresh: None,
            grace: Duration::ZERO,
            on_dead: match args.on_dead {
                cli::OnDead::Exit => OnDead::Exit,
                cli::OnDead::Wait => OnDead::Wait,
            },
            redact: false,
            broker: Some(brokering(args.brokering, doors)),
            isolation: None,
        },
    })
}

/// Returns a path from the root, which has to be text: it stands in variables.
fn from_root(path: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let is_plain = |text: &str| !text.contains(|c: char| c == '\'' || c.is_control());
    if whole.to_str().is_some_and(is_plain) {
        return Ok(whole);
    }
    let why = "is not in UTF-8, or has a quote or a control character";
    let message = format!("the path `{}` {why}", on_one_line(&path.to_string_lossy()));
    Err(Error::new(Code::BadArgument, message).with_hint("name another path"))
}

/// Lays out the variables of agents. They are good at this broker alone.
fn shown(variables: &[Variable], format: ExportFormat) -> Zeroizing<String> {
    let pairs = variables.iter().map(|it| (it.name.as_str(), it.value.reveal()));
    let lines = |before: &str, quoted: fn(&str) -> String| {
        let mut lines = String::new();
        for (name, value) in pairs.clone() {
            lines.push_str(&format!("{before}{name}={}\n", quoted(value)));
        }
        lines
    };
    Zeroizing::new(match format {
        ExportFormat::Shell => lines("export ", shell::word),
        ExportFormat::Dotenv => lines("", dotenv_value),
        ExportFormat::Json => {
            let values = pairs.clone().map(|(name, value)| (name.to_owned(), value.into()));
            format!("{:#}\n", Value::Object(values.collect::<Map<_, _>>()))
        }
    })
}

/// Returns a value as readers of such files take it: as it is, or in quotes where it has to be. Docker takes
/// quotes for a part of the value, so there are none around spaces alone.
fn dotenv_value(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " /._-+,:@%=[]".contains(c);
    let is_bare = value.trim() == value && value.chars().all(is_plain);
    if is_bare { value.to_owned() } else { format!("'{value}'") }
}
