//! The text that a sandbox begins with.

use age::secrecy::ExposeSecret;
use jiff::SignedDuration;

use crate::app::criteria::Criteria;
use crate::app::sandbox_home;
use crate::app::sandbox_home::{KnownSandbox, SandboxHome};
use crate::sandbox::{PROVIDER, Sandbox};
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::shell;
use crate::text::time::in_words;

/// Returns the text printed when it serves: the base URL alone, then what to do.
pub(super) fn layout(
    sandbox: &Sandbox,
    expires_in: SignedDuration,
    home: Option<&SandboxHome>,
) -> Layout {
    let (base_url, client) = (sandbox.base_url(), sandbox.client());
    let secret = client.secret().expect("it is the client that has one");
    let provider = sandbox.face().provider;
    let prefix = provider.to_ascii_uppercase();
    let mut layout = Layout::default();
    layout.line(0, base_url.as_str());
    layout.gap();
    layout.line(0, "The sandbox serves, until Ctrl-C, the accounts alice and bob.");
    layout.definitions(0, 0, registered(sandbox));
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
        let config = KnownSandbox::of(sandbox, client).config("");
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
    if sandbox.face().tokens_expire && expires_in < Criteria::default().min_ttl {
        let life = in_words(expires_in);
        layout.verbatim(&format!("# tokens live {life}: a launch has to ask for less than usual"));
        let ttl = expires_in.as_secs() / 2;
        layout.verbatim(&format!("xreq run --min-ttl {ttl}s -- printenv XREQ_INTEGRATIONS"));
    }
    layout.gap();
    layout
}

/// Returns the things that are registered, each with its title.
fn registered(sandbox: &Sandbox) -> Vec<(Phrase, Phrase)> {
    let redirect_uris = sandbox.control().redirect_uris();
    let title = if redirect_uris.len() == 1 { "redirect URI" } else { "redirect URIs" };
    let public_client = sandbox.public_client().client_id.as_str();
    let mut rows = vec![
        (title.into(), redirect_uris.join(" ").into()),
        ("public client".into(), public_client.into()),
    ];
    // Of the providers that it looks like, X alone has OAuth 1.0a.
    if sandbox.face().provider == PROVIDER {
        let (key, secret) = sandbox.client().consumer().expect("it has consumer keys, too");
        rows.push(("consumer keys".into(), format!("{key} {}", secret.expose_secret()).into()));
    }
    rows
}
