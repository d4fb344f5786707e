//! The broker of a run, as its parent sees it: beside an agent that is supervised, or that starts elsewhere.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use age::secrecy::{ExposeSecret, SecretString};

use crate::app::brokered_limits;
use crate::app::context::Context;
use crate::app::launch::{Brokering, Launch, OnDead};
use crate::app::preflight::Preflight;
use crate::app::reporter::Reporter;
use crate::broker::Authority;
use crate::broker::api_hosts;
use crate::broker::broker::USER;
use crate::broker::doors::PortDoor;
use crate::broker::link::BrokerLink;
use crate::broker::protocol::{News, Ready, ReadyPort, Setup};
use crate::catalog::{Catalog, Provider};
use crate::error::{Advice, Code, Error, Result};
use crate::launch::environment::{BrokerChannel, BrokerPort, Channels, HostTest};
use crate::launch::supervise::arguments_of_itself;
use crate::sys::random::random_text;

/// The broker of a run, which ends when this is dropped.
pub(crate) struct BrokeredRun {
    authority: Arc<Authority>,
    password: SecretString,
    channel: BrokerChannel,
    /// Whether a request of the agent has come.
    is_used: Arc<AtomicBool>,
    link: BrokerLink,
}

impl BrokeredRun {
    /// Starts the broker of a launch that passed all checks, and waits until it serves. `end` is called when
    /// the agent has to end with it.
    ///
    /// # Errors
    ///
    /// [`Code::OperationNone`]: a provider has no operations that are known. The failure that the broker met,
    /// or [`Code::BrokerFailed`].
    pub(crate) fn begin(
        cleared: &Preflight<'_>,
        brokering: &Brokering,
        launch: Launch<'_>,
        end: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let Launch { options, context, catalog, .. } = launch;
        for (provider, _) in cleared.serving() {
            has_operations(provider)?;
        }
        let limits = brokered_limits::of(brokering, context.config()?, catalog)?;
        let password = SecretString::from(random_text());
        let setup = Setup {
            catalog: options.catalog.clone(),
            trusted_owners: context.trust.owners().to_vec(),
            passphrase: context.passphrase.passphrase().cloned(),
            authority: cleared.authority()?,
            doors: brokering.doors.clone(),
            egress: brokering.egress.clone(),
            read_only: brokering.read_only,
            limits,
            limit_log: brokering.limit_log.clone(),
            password,
            argv0: options.argv0().into_owned(),
        };
        let is_used = Arc::new(AtomicBool::new(false));
        let teller = teller(context, options.supervision.on_dead, end, Arc::clone(&is_used));
        let link = BrokerLink::start(&setup, &arguments_of_itself(), teller)?;
        let channel = channel(&setup, catalog, &link)?;
        let Setup { authority, password, .. } = setup;
        Ok(Self { authority: Arc::new(authority), password, channel, is_used, link })
    }

    /// Returns the placeholders of the run.
    pub(crate) fn authority(&self) -> &Arc<Authority> {
        &self.authority
    }

    /// Returns the ways to the broker.
    pub(crate) fn channel(&self) -> BrokerChannel {
        self.channel.clone()
    }

    /// Ends the broker, and returns a note for an agent that failed and never found it.
    pub(crate) fn end(self) -> Option<Advice> {
        const NOTE: &str = "the agent failed, and no request of it came to the broker: Node before \
                            22.21, Java, and aiohttp and urllib3 of Python ignore the variables of a \
                            proxy; give them the base URL, or the proxy in their own settings";
        let Self { is_used, link, .. } = self;
        // All of its news have come then.
        drop(link);
        (!is_used.load(Ordering::Relaxed)).then(|| NOTE.into())
    }

    /// Returns the same for an agent on whose network nobody else is: a proxy without a password, which
    /// some programs cannot give, and some print.
    pub(crate) fn channel_inside(&self) -> BrokerChannel {
        let mut channel = self.channel();
        if let (Some(port), Some(ready)) = (&mut channel.port, &self.link.ready.port) {
            port.proxy = format!("http://127.0.0.1:{}", ready.number).into();
        }
        channel
    }

    /// Returns where it serves: its port, and the file of its certificates.
    pub(crate) fn places(&self) -> Option<(u16, &Path)> {
        self.link.ready.port.as_ref().map(|port| (port.number, port.certificates.as_path()))
    }

    /// Ends the broker once the calls that are under way have come to their end.
    pub(crate) fn drain(self) {
        self.link.drain();
    }

    /// Serves an agent on listeners of its own.
    pub(crate) fn listen(&self, listeners: &[OwnedFd]) -> Result<()> {
        self.link.pass(listeners)
    }

    /// Returns the password of the run at the proxy, which programs like to print.
    pub(crate) fn password(&self) -> &SecretString {
        &self.password
    }
}

/// Returns the ways to a broker that is only shown, and gives the launch placeholders.
///
/// # Errors
///
/// [`Code::OperationNone`]: a provider has no operations that are known.
pub(crate) fn preview(cleared: &mut Preflight<'_>, catalog: &Catalog) -> Result<Channels> {
    for (provider, _) in cleared.serving() {
        has_operations(provider)?;
    }
    let authority = cleared.authority()?;
    let folder = PathBuf::from("<folder of the run>");
    let address = format!("http://{USER}:<made for the run>@127.0.0.1:<port>");
    let port = BrokerPort {
        proxy: address.into(),
        base_urls: base_urls(&authority, catalog, "http://127.0.0.1:<port>"),
        certificates: folder.join("ca.pem"),
        wgetrc: Some(folder.join("wget.conf")),
        host: "127.0.0.1".to_owned(),
        is_api_host: is_api_host(&authority, catalog)?,
    };
    let broker = BrokerChannel { port: Some(port), socket: Some(folder.join("broker.sock")) };
    cleared.brokered = Some(Arc::new(authority));
    Ok(Channels { broker: Some(broker), ..Channels::default() })
}

/// Refuses a provider of which a broker would let nothing through.
fn has_operations(provider: &Provider) -> Result<()> {
    if !provider.operations().is_empty() {
        return Ok(());
    }
    let message = format!(
        "no operations of {} are known, so that a broker would let nothing through",
        provider.title
    );
    let hint = "launch the agent without the broker, or declare them in a provider file";
    Err(Error::new(Code::OperationNone, message).with_hint(hint))
}

fn channel(setup: &Setup, catalog: &Catalog, link: &BrokerLink) -> Result<BrokerChannel> {
    let Ready { port, socket } = &link.ready;
    let port = match (&setup.doors.port, port) {
        (Some(door), Some(ready)) => Some(port_of(setup, catalog, door, ready)?),
        _ => None,
    };
    Ok(BrokerChannel { port, socket: socket.clone() })
}

fn port_of(
    setup: &Setup,
    catalog: &Catalog,
    door: &PortDoor,
    ready: &ReadyPort,
) -> Result<BrokerPort> {
    let (scheme, host) = (door.scheme(), door.host());
    let address = format!("{host}:{}", ready.number);
    let proxy = format!("{scheme}://{USER}:{}@{address}", setup.password.expose_secret());
    Ok(BrokerPort {
        proxy: proxy.into(),
        base_urls: base_urls(&setup.authority, catalog, &format!("{scheme}://{address}")),
        certificates: ready.certificates.clone(),
        wgetrc: ready.wgetrc.clone(),
        host,
        is_api_host: is_api_host(&setup.authority, catalog)?,
    })
}

/// Returns the base URLs of the APIs of a run, each with its variable.
fn base_urls(authority: &Authority, catalog: &Catalog, broker: &str) -> Vec<(String, String)> {
    let mut base_urls = Vec::new();
    for credential in &authority.credentials {
        let Some(provider) = catalog.provider(credential.id.provider.as_str()) else { continue };
        let (prefix, slug) = (&provider.env_prefix, &provider.slug);
        let of_services = provider.services.keys().map(|service| {
            let name = service.to_ascii_uppercase().replace('-', "_");
            (format!("{prefix}_{name}_API_BASE_URL"), format!("{broker}/{slug}/{service}"))
        });
        let own = (format!("{prefix}_API_BASE_URL"), format!("{broker}/{slug}"));
        for named in std::iter::once(own).chain(of_services) {
            if !base_urls.contains(&named) {
                base_urls.push(named);
            }
        }
    }
    base_urls
}

fn is_api_host(authority: &Authority, catalog: &Catalog) -> Result<HostTest> {
    let hosts = api_hosts(catalog, authority)?;
    Ok(Arc::new(move |host| hosts.names().any(|name| name.eq_ignore_ascii_case(host))))
}

/// Returns what tells people and the agent's parent of the broker's news.
fn teller(
    context: &Context,
    on_dead: OnDead,
    end: impl Fn() + Send + 'static,
    is_used: Arc<AtomicBool>,
) -> impl Fn(News) + Send + 'static {
    let reporter: Arc<dyn Reporter> = Arc::clone(&context.reporter);
    move |news| match news {
        News::Ready(_) => {}
        News::Used => is_used.store(true, Ordering::Relaxed),
        News::Failed(error) => {
            reporter.failure(&error);
            end();
        }
        News::Refused(text) => reporter.warning(text.into()),
        News::Failing(error) => reporter.mishap(&error),
        News::Dead(_, error) => {
            reporter.failure(&error);
            if on_dead == OnDead::Exit {
                end();
            }
        }
        News::Recovered(id) => reporter.note(format!("{id} is fresh again").into()),
    }
}
