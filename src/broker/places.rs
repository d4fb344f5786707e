//! The sockets and files by which agents find a broker.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use rustls::ServerConfig;

use super::control::SOCKET_NAME;
use super::doors::{Doors, PortDoor, SocketDoor};
use super::front::Front;
use super::java_store::java_store;
use super::protocol::{Ready, ReadyPort};
use crate::error::{Code, Error, Result};
use crate::http::server::Listener;
use crate::sys::files;
use crate::sys::public_file;
use crate::sys::runtime_folder::{
    CERTIFICATES, JAVA_STORE, RunFolder, SETTINGS, SOCKET, TEMPORARY,
};
use crate::sys::socket_file;
use crate::sys::transient_file::TransientFile;

/// What a port needs beside its address.
pub(crate) struct PortMaterial {
    /// The certificates that agents trust, in PEM.
    pub(crate) certificates: String,
    /// TLS of the port itself, where it has that.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Whether Java can use it.
    pub(crate) serves_java: bool,
}

/// The sockets and files of a broker.
pub(crate) struct Places {
    pub(super) port: Option<(Listener, Front)>,
    pub(super) socket: Option<Listener>,
    pub(super) control: UnixListener,
    pub(super) files: Files,
    pub(super) ready: Ready,
}

/// Files that are there until this is dropped.
pub(super) struct Files {
    _folder: RunFolder,
    /// The folder of the control, which an isolated agent is not shown.
    _apart: RunFolder,
    _certificates: Option<TransientFile>,
    _socket: Option<TransientFile>,
}

impl Places {
    /// Listens, and writes the run's certificates. The control is in a folder `apart`.
    ///
    /// # Errors
    ///
    /// [`Code::BrokerFailed`]; [`Code::RuntimeUnusable`]; [`Code::SocketUnavailable`]: a place that the user
    /// chose cannot be had.
    pub(crate) fn begin(
        folder: RunFolder,
        apart: RunFolder,
        doors: &Doors,
        material: Option<PortMaterial>,
    ) -> Result<Self> {
        let (mut port, mut certificates) = (None, None);
        let at = apart.path(SOCKET_NAME);
        let control = UnixListener::bind(&at).map_err(|error| failed(&error))?;
        // Nobody else comes into the folder in any case.
        fs::set_permissions(&at, Permissions::from_mode(0o600)).map_err(|error| failed(&error))?;
        let mut ready = Ready { port: None, socket: None, control: at };
        if let (Some(door), Some(material)) = (&doors.port, material) {
            let listener = listen(door)?;
            let number = listener.local_addr().map_err(|error| failed(&error))?.port();
            let written = write(&folder, door, &material)?;
            let Written { path, wgetrc, java_store, file } = written;
            ready.port = Some(ReadyPort { number, certificates: path, java_store, wgetrc });
            certificates = file;
            let names = door.authorities(number).into();
            let front =
                Front { tls: material.tls, is_exposed: door.is_exposed(), ..Front::at(names) };
            port = Some((listener, front));
        }
        let (mut socket, mut file_of_socket) = (None, None);
        match &doors.socket {
            Some(SocketDoor::OfRun) => {
                let path = folder.path(&format!("broker{SOCKET}"));
                socket = Some(UnixListener::bind(&path).map_err(|error| failed(&error))?);
                ready.socket = Some(path);
            }
            Some(SocketDoor::At(path)) => {
                let (file, listener) = socket_file::listen(path)?;
                (socket, file_of_socket) = (Some(listener), Some(file));
                ready.socket = Some(path.clone());
            }
            None => {}
        }
        let files = Files {
            _folder: folder,
            _apart: apart,
            _certificates: certificates,
            _socket: file_of_socket,
        };
        Ok(Self { port, socket: socket.map(Listener::Unix), control, files, ready })
    }
}

/// Certificates that were written.
struct Written {
    path: PathBuf,
    /// The settings of wget, beside those of the run.
    wgetrc: Option<PathBuf>,
    /// The certificates as Java reads them, where it can use the port.
    java_store: Option<PathBuf>,
    /// The file, where it is not in the folder of the run.
    file: Option<TransientFile>,
}

/// The beginning of a file of certificates that a user named. Readers of PEM pass over it.
const MARK: &str = "# The certificates of a broker of xreq, which removes them when it ends.\n";

/// Writes the certificates that agents trust.
fn write(folder: &RunFolder, door: &PortDoor, material: &PortMaterial) -> Result<Written> {
    let PortMaterial { certificates, serves_java, .. } = material;
    let java_store = serves_java.then(|| {
        let name = format!("ca{JAVA_STORE}");
        folder.write(&name, &format!(".java{TEMPORARY}"), &java_store(certificates))?;
        Ok(folder.path(&name))
    });
    let java_store = java_store.transpose()?;
    if let Some(path) = &door.certificates {
        let file = public_file::write(path, MARK, certificates).map_err(|error| {
            let message = format!("cannot write `{}`", path.display());
            files::failure(Code::BrokerFailed, &message, &error, "name another file")
        })?;
        return Ok(Written { path: path.clone(), wgetrc: None, java_store, file: Some(file) });
    }
    let name = format!("ca{CERTIFICATES}");
    folder.write(&name, &format!(".ca{TEMPORARY}"), certificates.as_bytes())?;
    let path = folder.path(&name);
    let settings = format!("ca_certificate = {}\n", path.display());
    let wgetrc = format!("wget{SETTINGS}");
    folder.write(&wgetrc, &format!(".wget{TEMPORARY}"), settings.as_bytes())?;
    Ok(Written { path, wgetrc: Some(folder.path(&wgetrc)), java_store, file: None })
}

/// Listens on an address.
fn listen(door: &PortDoor) -> Result<Listener> {
    Listener::address(door.address).map_err(|error| {
        let message = format!("cannot listen on {}", door.address);
        let hint = "name another address; port 0 is a free one";
        Error::of_system(Code::SocketUnavailable, message, &error).with_hint(hint)
    })
}

fn failed(error: &io::Error) -> Error {
    Error::of_system(Code::BrokerFailed, "the broker cannot listen", error)
}
