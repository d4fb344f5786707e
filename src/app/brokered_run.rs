//! The broker of a run, as its parent sees it: beside an agent that is supervised, or that starts elsewhere.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::{ExposeSecret, SecretString};

use crate::app::brokered_asking;
use crate::app::brokered_explanation::brokerable;
use crate::app::brokered_limits;
use crate::app::isolation::IsolationOptions;
use crate::app::launch::{Brokering, Launch, OnDead};
use crate::app::preflight::Preflight;
use crate::app::reporter::Reporter;
use crate::app::terminal_questions::{TerminalQuestions, Turn};
use crate::broker::Authority;
use crate::broker::api_hosts;
use crate::broker::broker::USER;
use crate::broker::doors::PortDoor;
use crate::broker::link::BrokerLink;
use crate::broker::protocol::{News, Ready, ReadyPort, Setup};
use crate::catalog::Catalog;
use crate::error::{Advice, Inventory, Remedy, Result, advice};
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
    /// [`Code::OperationNone`](crate::error::Code::OperationNone): a provider has no operations that a credential could call. The failure that
    /// the broker met, or [`Code::BrokerFailed`](crate::error::Code::BrokerFailed).
    pub(crate) fn begin(
        cleared: &Preflight<'_>,
        brokering: &Brokering,
        launch: Launch<'_>,
        end: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let Launch { options, context, catalog, .. } = launch;
        are_brokerable(cleared)?;
        let limits = brokered_limits::of(brokering, context.config()?, catalog)?;
        let asking = brokered_asking::of(&brokering.questions, catalog)?;
        let password = SecretString::from(random_text());
        let setup = Setup {
            catalog: options.catalog.clone(),
            trusted_owners: context.trust.owners().to_vec(),
            passphrase: context.passphrase.passphrase().cloned(),
            authority: cleared.authority()?,
            doors: brokering.doors.clone(),
            egress: launch.egress()?.unwrap_or_default(),
            read_only: brokering.read_only,
            limits,
            limit_log: brokering.limit_log.clone(),
            serves_java: options.supervision.isolation.is_some(),
            asking,
            password,
            argv0: options.argv0().into_owned(),
        };
        let is_used = Arc::new(AtomicBool::new(false));
        let is_isolated = options.supervision.isolation.is_some();
        let asks = !setup.asking.keys.is_empty();
        let (turns, questions) = asks.then(|| TerminalQuestions::of(is_isolated)).flatten().unzip();
        let listener = Listener {
            reporter: Arc::clone(&context.reporter),
            on_dead: options.supervision.on_dead,
            end,
            is_used: Arc::clone(&is_used),
            turns,
            asked: Mutex::default(),
        };
        let tell = move |news| listener.hear(news);
        let link = BrokerLink::start(&setup, &arguments_of_itself(), tell)?;
        if let Some(questions) = questions {
            questions.begin(link.ready.control.clone());
        }
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
    pub(crate) fn channel_inside(&self, options: &IsolationOptions) -> BrokerChannel {
        let channel = self.channel();
        let Some(ReadyPort { number, java_store, .. }) = &self.link.ready.port else {
            return channel;
        };
        let java_store = java_store.as_deref().unwrap_or(Path::new(""));
        inside(channel, options, &number.to_string(), java_store)
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
/// [`Code::OperationNone`](crate::error::Code::OperationNone): a provider has no operations that a credential could call.
pub(crate) fn preview(
    cleared: &mut Preflight<'_>,
    catalog: &Catalog,
    isolation: Option<&IsolationOptions>,
) -> Result<Channels> {
    are_brokerable(cleared)?;
    let authority = cleared.authority()?;
    let folder = PathBuf::from("<folder of the run>");
    let address = format!("http://{USER}:<made for the run>@127.0.0.1:<port>");
    let port = BrokerPort {
        proxy: address.into(),
        base_urls: base_urls(&authority, catalog, "http://127.0.0.1:<port>"),
        certificates: folder.join("ca.pem"),
        wgetrc: Some(folder.join("wget.conf")),
        java_options: None,
        host: "127.0.0.1".to_owned(),
        is_api_host: is_api_host(&authority, catalog)?,
    };
    let broker = BrokerChannel { port: Some(port), socket: Some(folder.join("broker.sock")) };
    let broker = match isolation {
        Some(options) => inside(broker, options, "<port>", &folder.join("ca.jks")),
        None => broker,
    };
    cleared.brokered = Some(Arc::new(authority));
    Ok(Channels { broker: Some(broker), ..Channels::default() })
}

/// Refuses credentials with which a broker would let nothing through.
fn are_brokerable(cleared: &Preflight<'_>) -> Result<()> {
    cleared.serving().into_iter().try_for_each(|(provider, sealed)| {
        let id = sealed.metadata.id();
        brokerable(provider, id.kind, &id.part)
    })
}

fn channel(setup: &Setup, catalog: &Catalog, link: &BrokerLink) -> Result<BrokerChannel> {
    let Ready { port, socket, .. } = &link.ready;
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
        java_options: None,
        host,
        is_api_host: is_api_host(&setup.authority, catalog)?,
    })
}

/// Returns the ways to a broker for an agent on whose network nobody else is: a proxy without a password,
/// which some programs cannot give, and some print; and a socket only where the agent may make one.
fn inside(
    channel: BrokerChannel,
    options: &IsolationOptions,
    port: &str,
    java_store: &Path,
) -> BrokerChannel {
    let mut java = Vec::new();
    for scheme in ["http", "https"] {
        java.push(format!("-D{scheme}.proxyHost=127.0.0.1"));
        java.push(format!("-D{scheme}.proxyPort={port}"));
    }
    java.push(format!("-Djavax.net.ssl.trustStore={}", java_store.display()));
    let at_port = channel.port.map(|it| BrokerPort {
        proxy: format!("http://127.0.0.1:{port}").into(),
        java_options: Some(java.join(" ")),
        ..it
    });
    BrokerChannel { port: at_port, socket: channel.socket.filter(|_| options.unix_sockets) }
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

/// Who hears the broker's news, and tells people and the agent's parent.
struct Listener<E> {
    reporter: Arc<dyn Reporter>,
    on_dead: OnDead,
    /// Ends the agent and the run.
    end: E,
    is_used: Arc<AtomicBool>,
    /// The terminal of the user, where calls are asked about there.
    turns: Option<Sender<Turn>>,
    /// The operations of which a call has waited.
    asked: Mutex<HashSet<String>>,
}

impl<E: Fn()> Listener<E> {
    fn hear(&self, news: News) {
        match news {
            News::Ready(_) => {}
            News::Used => self.is_used.store(true, Ordering::Relaxed),
            News::Failed(error) => {
                self.reporter.failure(&error);
                (self.end)();
            }
            News::Refused(text) => self.reporter.warning(text.into()),
            News::Asked { id, operation } => self.tell_of_question(id, &operation),
            News::Settled(id) => self.pass(Turn::Settled(id)),
            News::Failing(error) => self.reporter.mishap(&error),
            News::Dead(_, error) => {
                self.reporter.failure(&error);
                if self.on_dead == OnDead::Exit {
                    (self.end)();
                }
            }
            News::Recovered(id) => self.reporter.note(format!("{id} is fresh again").into()),
        }
    }

    /// Tells once for each operation that calls wait, and asks at the terminal if that is the place.
    fn tell_of_question(&self, id: String, operation: &str) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.insert(operation.to_owned()) {
            self.reporter.note(advice![
                format!("`{operation}` waits for an approval: "),
                Remedy::List(Inventory::Approvals)
            ]);
        }
        self.pass(Turn::Asked(id));
    }

    fn pass(&self, turn: Turn) {
        if let Some(turns) = &self.turns {
            // A thread that has ended asks nothing any more.
            let _ = turns.send(turn);
        }
    }
}
