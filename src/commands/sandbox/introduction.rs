//! The text that sandboxes begin with.

use age::secrecy::ExposeSecret;
use jiff::SignedDuration;

use crate::app::criteria::Criteria;
use crate::app::sandbox_home;
use crate::app::sandbox_home::{KnownSandbox, SandboxHome};
use crate::sandbox::Sandbox;
use crate::text::layout::{Layout, Phrase, Style};
use crate::text::shell;
use crate::text::time::in_words;

/// Returns the text printed when they serve: the base URL alone, or each on a line, then what to do.
pub(super) fn layout(
    sandboxes: &[Sandbox],
    expires_in: Option<SignedDuration>,
    home: Option<&SandboxHome>,
) -> Layout {
    let mut layout = Layout::default();
    for sandbox in sandboxes {
        layout.line(0, sandbox.base_url());
    }
    layout.gap();
    let serves = if sandboxes.len() > 1 { "sandboxes serve" } else { "sandbox serves" };
    let consenting: Vec<_> = sandboxes.iter().filter(|it| it.has_consent()).collect();
    let whom =
        if consenting.is_empty() { "a service account" } else { "the accounts alice and bob" };
    layout.line(0, format!("The {serves}, until Ctrl-C, {whom}."));
    for sandbox in sandboxes {
        describe(sandbox, sandboxes.len() > 1, &mut layout);
    }
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
        let known = |sandbox| KnownSandbox::of(sandbox, sandbox.client());
        let config = sandbox_home::config(&sandboxes.iter().map(known).collect::<Vec<_>>(), "");
        for line in config.lines().filter(|line| *line != sandbox_home::MARK) {
            layout.verbatim(line);
        }
        layout.gap();
    }
    for sandbox in sandboxes {
        export(sandbox, home.is_none(), &mut layout);
    }
    if !consenting.is_empty() {
        layout.verbatim("# in a browser:");
        for sandbox in &consenting {
            layout.verbatim(&format!("xreq connect {}", sandbox.face().provider));
        }
        layout.verbatim("# or without one:");
        for sandbox in &consenting {
            let provider = sandbox.face().provider;
            layout.verbatim(&format!("BROWSER='xreq sandbox approve %s' xreq connect {provider}"));
        }
    }
    let with_tokens =
        sandboxes.iter().filter_map(|it| Some((it.face().provider, it.static_token()?)));
    for (provider, token) in with_tokens {
        layout.verbatim(&format!("echo {token} | xreq import {provider} --kind static"));
    }
    let with_keys =
        sandboxes.iter().filter_map(|it| Some((it.face().provider, it.service_account()?)));
    for (provider, (url, number)) in with_keys {
        layout.verbatim(&format!("curl -s {url} >{provider}-key.json"));
        layout.verbatim(&format!(
            "xreq import {provider} --kind service_account --project-number {number} {provider}-key.json"
        ));
    }
    let is_short = |life: &SignedDuration| *life < Criteria::default().min_ttl;
    if let Some(life) = expires_in.filter(is_short) {
        let ttl = life.as_secs() / 2;
        let life = in_words(life);
        layout.verbatim(&format!("# tokens live {life}: a launch has to ask for less than usual"));
        layout.verbatim(&format!("xreq run --min-ttl {ttl}s -- printenv XREQ_INTEGRATIONS"));
    }
    layout.gap();
    layout
}

/// Adds who is registered with a sandbox.
fn describe(sandbox: &Sandbox, is_named: bool, layout: &mut Layout) {
    if is_named {
        layout.gap();
        layout.line(0, sandbox.face().provider);
    }
    if !sandbox.has_consent() {
        return;
    }
    let redirect_uris = sandbox.control().redirect_uris();
    let title = if redirect_uris.len() == 1 { "redirect URI" } else { "redirect URIs" };
    let public_client = sandbox.public_client().client_id.clone();
    let mut facts = vec![
        (title.into(), redirect_uris.join(" ").into()),
        ("public client".into(), public_client.into()),
    ];
    if let Some((key, secret)) = sandbox.client().consumer() {
        facts.push(("consumer keys".into(), format!("{key} {}", secret.expose_secret()).into()));
    }
    layout.definitions(0, 0, facts);
}

/// Adds the variables of other commands, and of the agent.
fn export(sandbox: &Sandbox, has_no_home: bool, layout: &mut Layout) {
    let client = sandbox.client();
    let prefix = sandbox.face().provider.to_ascii_uppercase();
    if has_no_home && sandbox.has_consent() {
        let secret = client.secret().expect("it is the client that has one");
        layout.verbatim(&format!("export {prefix}_CLIENT_ID={}", client.client_id));
        layout.verbatim(&format!("export {prefix}_CLIENT_SECRET={}", shell::word(secret)));
    }
    layout.verbatim(&format!("export {prefix}_API_BASE_URL={}", sandbox.api_url()));
}
