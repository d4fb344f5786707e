//! Ways around the rule, as bytes on the wire: by each way in, none reaches the provider as another request.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;
use crate::support::wait::until;

/// A run whose agent sleeps, in whose place this process calls.
struct Run {
    agent: Child,
    variables: String,
}

impl Run {
    fn start(house: &House) -> Self {
        let script = "env >env.tmp; mv env.tmp env; exec sleep 120";
        let mut command = brokered(house, &[], script);
        let agent = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let file = house.home.path().join("env");
        until("the agent runs", || file.exists());
        let variables = fs::read_to_string(file).expect("it is there");
        Self { agent: agent.expect("it starts"), variables }
    }

    fn variable(&self, name: &str) -> &str {
        let mut lines = self.variables.lines().filter_map(|line| line.split_once('='));
        lines.find(|(known, _)| *known == name).expect("a broker sets it").1
    }

    fn address(&self) -> &str {
        self.variable("HTTPS_PROXY").rsplit('@').next().expect("an address")
    }

    /// Opens a way in, and returns it with what stands for `HOST` and `BASE` in requests there.
    fn open(&self, way: Way) -> (Box<dyn Wire>, String, &'static str) {
        match way {
            Way::BaseUrl => {
                let stream = TcpStream::connect(self.address()).expect("it listens");
                stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
                (Box::new(stream), self.address().to_owned(), "/x")
            }
            Way::Socket => {
                let stream = UnixStream::connect(self.variable("XREQ_BROKER_SOCKET"));
                let stream = stream.expect("it listens");
                stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
                (Box::new(stream), "any".to_owned(), "/x")
            }
            Way::Tunnel => (Box::new(self.tunnel()), "api.x.com".to_owned(), ""),
        }
    }

    fn tunnel(&self) -> StreamOwned<ClientConnection, TcpStream> {
        let mut stream = TcpStream::connect(self.address()).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let proxy = self.variable("HTTPS_PROXY").trim_start_matches("http://");
        let credentials = proxy.split('@').next().expect("credentials");
        let credentials = BASE64_STANDARD.encode(credentials);
        let head = format!(
            "CONNECT api.x.com:443 HTTP/1.1\r\nHost: api.x.com:443\r\n\
             Proxy-Authorization: Basic {credentials}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("an answer");
            answer.push(byte[0]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        let mut roots = RootCertStore::empty();
        let file = self.variable("SSL_CERT_FILE");
        for certificate in CertificateDer::pem_file_iter(file).expect("certificates") {
            let _ = roots.add(certificate.expect("a certificate"));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("api.x.com").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("TLS");
        StreamOwned::new(tls, stream)
    }

    /// Sends a request, and returns the status of its answer; `None` where the connection ended instead.
    fn send(&self, way: Way, request: &str) -> Option<u16> {
        let (mut stream, host, base) = self.open(way);
        let token = format!("Bearer {}", self.variable("X_ACCESS_TOKEN"));
        let request = request.replace("HOST", &host).replace("BASE", base);
        let request = request.replace("TOKEN", &token).replace('\n', "\r\n");
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.flush();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).ok()?;
        str::from_utf8(&answer[9..]).ok()?.parse().ok()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.agent.kill();
        let _ = self.agent.wait();
    }
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    BaseUrl,
    Socket,
    Tunnel,
}

const PATIENCE: Duration = Duration::from_secs(20);

/// A request that goes out by each way, which shows that the others fail for what they are.
const SOUND: &str = "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n";

/// Requests of which none goes out: most would be the sound one to a careless reader.
const AROUND: &[&str] = &[
    // Paths.
    "GET BASE//2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2//users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/./users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/x/../users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/%2e/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2%2fusers/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/%6de HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me/ HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me;x=y HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2\\users\\me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/USERS/ME HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me%3fx HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me%23 HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me%25 HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me%zz HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me%00 HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me\u{1} HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/m\u{e9} HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET * HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    // Methods.
    "get BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "POST BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nContent-Length: 0\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nUpgrade: websocket\nConnection: upgrade\n\n",
    // Queries.
    "GET BASE/2/users/me?access_token=x HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me?oauth_token=x HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me?_method=POST HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me?user.fields=id&user.fields=name HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    // Hosts.
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: user@HOST\nAuthorization: TOKEN\n\n",
    "GET http://evil.example/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\n\n",
    "GET https://api.x.com/2/users/me HTTP/1.1\nHost: evil.example\nAuthorization: TOKEN\n\n",
    "CONNECT evil.example:443 HTTP/1.1\nHost: evil.example:443\nAuthorization: TOKEN\n\n",
    // Credentials.
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: Bearer x\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN, Bearer x\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: Basic eDp5\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nOrigin: https://evil.example\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nSec-Fetch-Site: cross-site\n\n",
    // Framing.
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nContent-Length: 3\n\nabc",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nTransfer-Encoding: chunked\n\n0\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nContent-Length: 1\nContent-Length: 2\n\nab",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nTransfer-Encoding: gzip\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost : HOST\nAuthorization: TOKEN\n\n",
    "GET BASE/2/users/me HTTP/1.1\nHost: HOST\nAuthorization: TOKEN\nExpect: something\n\n",
    "GET BASE/2/users/me HTTP/9.9\nHost: HOST\nAuthorization: TOKEN\n\n",
];

/// What goes out by the socket, which has no name that a `Host` could differ from.
const WITHOUT_HOST: &str = "GET BASE/2/users/me HTTP/1.1\nAuthorization: TOKEN\n\n";

#[test]
fn none_of_the_ways_around_reaches_the_provider() {
    let house = house();
    let run = Run::start(&house);
    let ways = [Way::BaseUrl, Way::Socket, Way::Tunnel];
    for way in ways {
        assert_eq!(run.send(way, SOUND), Some(200), "{way:?}");
    }
    assert_eq!(run.send(Way::Socket, WITHOUT_HOST), Some(200));
    house.control().clear_log();
    for way in [Way::BaseUrl, Way::Tunnel] {
        assert_eq!(run.send(way, WITHOUT_HOST), Some(400), "{way:?}");
    }
    for around in AROUND {
        for way in ways {
            let status = run.send(way, around);
            let is_refused = status.is_none_or(|status| (400..500).contains(&status));
            assert!(is_refused, "{way:?} {status:?}: {around}");
            let seen = house.control().log();
            assert!(seen.is_empty(), "{way:?} {around}: {seen:?}");
        }
    }
}
