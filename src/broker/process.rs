//! The broker's process: its runtime, its listeners, and the end of it.

use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::{fs, io, thread};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::broker::Broker;
use super::control;
use super::control::SOCKET_NAME;
use super::front;
use super::java_store::java_store;
use super::protocol::{News, Ready};
use crate::error::{Code, Error, Result};
use crate::http::server::Listener;
use crate::sys::passing;
use crate::sys::runtime_folder::{
    CERTIFICATES, JAVA_STORE, RunFolder, SETTINGS, SOCKET, TEMPORARY,
};

/// The sockets and files of a run, which are there until this is dropped.
pub(crate) struct Places {
    folder: RunFolder,
    /// The folder of the control, which an isolated agent is not shown.
    apart: RunFolder,
    tcp: Listener,
    unix: Listener,
    control: UnixListener,
    pub(crate) ready: Ready,
}

impl Places {
    /// Listens, and writes the run's certificates, also as Java reads them where it can use them. The
    /// control is in a folder `apart`.
    ///
    /// # Errors
    ///
    /// [`Code::BrokerFailed`]; [`Code::RuntimeUnusable`].
    pub(crate) fn begin(
        folder: RunFolder,
        apart: RunFolder,
        certificates: &str,
        serves_java: bool,
    ) -> Result<Self> {
        let name = format!("ca{CERTIFICATES}");
        folder.write(&name, &format!(".ca{TEMPORARY}"), certificates.as_bytes())?;
        let java_store = serves_java.then(|| {
            let name = format!("ca{JAVA_STORE}");
            folder.write(&name, &format!(".java{TEMPORARY}"), &java_store(certificates))?;
            Ok(folder.path(&name))
        });
        let java_store = java_store.transpose()?;
        let socket = folder.path(&format!("broker{SOCKET}"));
        let failed = |error: io::Error| {
            Error::new(Code::BrokerFailed, format!("the broker cannot listen: {error}"))
                .with_source(error)
        };
        let tcp = Listener::loopback(0).map_err(failed)?;
        let port = tcp.local_addr().map_err(failed)?.port();
        let unix = Listener::Unix(UnixListener::bind(&socket).map_err(failed)?);
        let at = apart.path(SOCKET_NAME);
        let control = UnixListener::bind(&at).map_err(failed)?;
        // Nobody else comes into the folder in any case.
        fs::set_permissions(&at, Permissions::from_mode(0o600)).map_err(failed)?;
        let certificates = folder.path(&name);
        let settings = format!("ca_certificate = {}\n", certificates.display());
        let wgetrc = format!("wget{SETTINGS}");
        folder.write(&wgetrc, &format!(".wget{TEMPORARY}"), settings.as_bytes())?;
        let wgetrc = folder.path(&wgetrc);
        let ready = Ready { port, socket, control: at, certificates, java_store, wgetrc };
        Ok(Self { folder, apart, tcp, unix, control, ready })
    }

    /// Serves until the parent has gone.
    ///
    /// # Errors
    ///
    /// [`Code::BrokerFailed`]: the system has no room for it.
    pub(crate) fn serve(self, broker: &Arc<Broker>, parent: &UnixStream) -> Result<()> {
        let Self { folder, apart, tcp, unix, control, ready } = self;
        let failed = |error: io::Error| {
            Error::new(Code::BrokerFailed, format!("the broker cannot serve: {error}"))
                .with_source(error)
        };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let names: Arc<[String]> =
            ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{}", ready.port)).into();
        let passed = passed(parent).map_err(failed)?;
        tell(parent, &News::Ready(ready));
        // The agent starts meanwhile. Without the thread, the first call waits for it.
        let preparing = Arc::clone(broker);
        let thread = thread::Builder::new().name("upstream".to_owned());
        let _ = thread.spawn(move || preparing.upstream.prepare());
        let served = runtime.block_on(async {
            tokio::select! {
                served = front::serve(Arc::clone(broker), tcp, Arc::clone(&names)) => served.map(|never| match never {}),
                served = front::serve(Arc::clone(broker), unix, [].into()) => served.map(|never| match never {}),
                served = control::serve(Arc::clone(broker), control) => served.map(|never| match never {}),
                () = serve_passed(broker, &names, passed) => Ok(()),
            }
        });
        // The files go at once; calls that are under way have nobody any more who waits for them.
        drop((folder, apart));
        runtime.shutdown_background();
        served.map_err(failed)
    }
}

/// Writes news to the parent. One that has gone needs none.
pub(crate) fn tell(mut parent: &UnixStream, news: &News) {
    let _ = io::Write::write_all(&mut parent, &news.to_line());
}

/// Serves on the listeners that the parent passed last, until it has gone: in namespaces where nobody is but
/// the agent of that time.
async fn serve_passed(
    broker: &Arc<Broker>,
    names: &Arc<[String]>,
    mut passed: UnboundedReceiver<Vec<Listener>>,
) {
    let mut served = JoinSet::new();
    while let Some(listeners) = passed.recv().await {
        served.abort_all();
        for listener in listeners {
            let (broker, names) = (Arc::clone(broker), Arc::clone(names));
            served.spawn(front::serve_alone(broker, listener, names));
        }
    }
}

/// Returns the listeners that the parent passes, which end when it has gone.
fn passed(parent: &UnixStream) -> io::Result<UnboundedReceiver<Vec<Listener>>> {
    let parent = parent.try_clone()?;
    let (sender, receiver) = unbounded_channel();
    thread::Builder::new().name("parent".to_owned()).spawn(move || {
        while let Ok((Some(_), files)) = passing::take(&parent) {
            let listeners = files.into_iter().map(|file| Listener::Tcp(TcpListener::from(file)));
            let _ = sender.send(listeners.collect());
        }
    })?;
    Ok(receiver)
}
