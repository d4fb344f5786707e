//! The text that a sandbox begins with.

use age::secrecy::ExposeSecret;

use crate::app::sandbox_home;
use crate::app::sandbox_home::{KnownSandbox, SandboxHome};
use crate::sandbox::Sandbox;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::shell;

/// Returns the text printed when it serves: the base URL alone, then what to do.
pub(super) fn layout(sandbox: &Sandbox, home: Option<&SandboxHome>) -> Layout {
    let (base_url, client) = (sandbox.base_url(), sandbox.client());
    let secret = client.secret().expect("it is the client that has one");
    let (key, consumer_secret) = client.consumer().expect("it has consumer keys, too");
    let provider = sandbox.face().provider;
    let prefix = provider.to_ascii_uppercase();
    let mut layout = Layout::default();
    layout.line(0, base_url.as_str());
    layout.gap();
    layout.line(0, "The sandbox serves, until Ctrl-C, the accounts alice and bob.");
    let redirect_uris = sandbox.control().redirect_uris().join(" ");
    let public_client = sandbox.public_client().client_id.as_str();
    layout.definitions(
        0,
        0,
        [
            ("redirect URIs".into(), redirect_uris.into()),
            ("public client".into(), public_client.into()),
            ("consumer keys".into(), format!("{key} {}", consumer_secret.expose_secret()).into()),
        ],
    );
    layout.gap();
    if let Some(removed) = home.map(|home| &home.removed).filter(|removed| !removed.is_empty()) {
        let names: Vec<_> = removed.iter().map(ToString::to_string).collect();
        let lead = Phrase::new(Style::Strong, "Connect again");
        let why = format!(
            ": a sandbox forgets all when it ends, so these grants of an earlier one were removed: {}",
            names.join(", ")
        );
        layout.paragraph(0, lead.then(Style::Plain, &why));
        layout.gap();
    }
    layout.line(0, "In another terminal:");
    layout.gap();
    if let Some(home) = home {
        let home = shell::word(&home.path.display().to_string());
        layout.verbatim(&format!("export XREQ_HOME={home}"));
    } else {
        layout.verbatim("# config.yaml of an XREQ_HOME (`--home DIR` makes one):");
        let config = KnownSandbox::of(sandbox, client).config();
        for line in config.lines().filter(|line| *line != sandbox_home::MARK) {
            layout.verbatim(line);
        }
        layout.gap();
        layout.verbatim(&format!("export {prefix}_CLIENT_ID={}", client.client_id));
        layout.verbatim(&format!("export {prefix}_CLIENT_SECRET={}", shell::word(secret)));
    }
    layout.verbatim(&format!("export {prefix}_API_BASE_URL={base_url}"));
    layout.verbatim("# in a browser:");
    layout.verbatim(&format!("xreq connect {provider}"));
    layout.verbatim("# or without one:");
    layout.verbatim(&format!("BROWSER='xreq sandbox approve %s' xreq connect {provider}"));
    layout.gap();
    layout
}
