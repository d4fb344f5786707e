//! The grants of a sandbox that an agent would not take there: it gets a token, and has to know by itself
//! where the API is.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::app::context::Context;
use crate::app::preflight::Preflight;
use crate::catalog::Provider;
use crate::error::{Advice, Remedy, Result, advice};
use crate::sandbox::Face;

/// The time in which a server of this machine has to take a connection.
const PATIENCE: Duration = Duration::from_millis(500);

/// Tells of each provider of a launch whose grants are those of a sandbox that is gone, or that the
/// agent is not told of.
pub(crate) fn tell(preflight: &Preflight<'_>, context: &Context) -> Result<()> {
    if !context.config()?.is_of_sandbox {
        return Ok(());
    }
    let mut told: Vec<&str> = Vec::new();
    for (provider, _) in preflight.serving() {
        if !told.contains(&provider.slug.as_str()) {
            told.push(provider.slug.as_str());
            if let Some(note) = note(provider, context)? {
                context.reporter.note(note);
            }
        }
    }
    Ok(())
}

fn note(provider: &Provider, context: &Context) -> Result<Option<Advice>> {
    let (slug, title) = (provider.slug.as_str(), &provider.title);
    let is_played = context.config()?.providers.contains_key(slug);
    let Some(face) = Face::of(slug) else { return Ok(None) };
    let url = provider.fixed_service_url(None);
    let Some(address) = local_address(url).filter(|_| is_played) else { return Ok(None) };
    let variable = base_url_variable(provider);
    let home = context.home()?.data().to_owned();
    let told = context.env.get(&variable).and_then(|told| told.to_str());
    if told.and_then(local_address) != Some(address) {
        return Ok(Some(advice![
            format!(
                "the grant of {slug} is one of the sandbox, and `{variable}` does not name it, so \
                 that an agent would send the token to {title} itself: "
            ),
            Remedy::UseSandbox { home, variable, base_url: url.to_owned() }.request()
        ]));
    }
    if TcpStream::connect_timeout(&address, PATIENCE).is_ok() {
        return Ok(None);
    }
    let anew = if provider.has_consent() {
        Remedy::connect(slug, None)
    } else {
        let kind = provider.kinds().first().map(|kind| kind.name());
        Remedy::Import { provider: slug.to_owned(), account: None, kind }
    };
    Ok(Some(advice![
        format!(
            "the grant of {slug} is one of the sandbox, and none answers at {url}; one that is started \
             anew knows none of its tokens: "
        ),
        face.start(Some(home)).request(),
        ", then ",
        anew.request()
    ]))
}

/// Returns the name of the variable by which agents are told where the API is, if it is elsewhere.
pub(crate) fn base_url_variable(provider: &Provider) -> String {
    format!("{}_API_BASE_URL", provider.env_prefix)
}

/// Returns the address of a URL of this machine; of a name, that of its port.
fn local_address(url: &str) -> Option<SocketAddr> {
    let authority = url.trim().strip_prefix("http://")?.split(['/', '?']).next()?;
    let authority = authority
        .strip_prefix("localhost")
        .map_or_else(|| authority.to_owned(), |port| format!("127.0.0.1{port}"));
    authority.parse::<SocketAddr>().ok().filter(|address| address.ip().is_loopback())
}
