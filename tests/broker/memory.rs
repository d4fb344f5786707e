//! The memory of a broker, and its patience, among agents and providers that keep to no manners.

use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::stand_in::{StandIn, head};
use super::*;
use crate::support::wait::until;

/// The most memory that a broker takes, in kB.
const MOST: u64 = 64 << 10;

/// The same among a thousand agents that do not read.
const MOST_OF_SLOW: u64 = 192 << 10;

/// Time for a small answer while others are under way, on a machine that has other things to do.
const PROMPT: Duration = Duration::from_secs(10);

/// A run with a broker before a stand-in, and what its agent was told.
pub(super) struct Run {
    _house: House,
    child: Child,
    pub(super) proxy: SocketAddr,
    credentials: String,
    base_url: String,
    token: String,
    tls: TlsConnector,
}

impl Run {
    pub(super) fn start() -> Self {
        let mut house = House::new();
        house.home.write("xreq.yaml", "integrations: [x.user.read]\n");
        house.connect(&[]).succeeds();
        let stand_in = StandIn::start(house.home.path());
        let certificates = stand_in.certificates.to_str().expect("a plain path");
        house.home = house.home.var("SSL_CERT_FILE", certificates);
        house.moves_to(&format!("https://localhost:{}", stand_in.address.port()));
        let script = "printf '%s\\n' \"$HTTPS_PROXY\" \"$X_ACCESS_TOKEN\" \"$X_API_BASE_URL\" \
                      \"$SSL_CERT_FILE\" >ready.tmp; mv ready.tmp ready; exec sleep 600";
        let mut command = brokered(&house, &["--egress", "deny"], script);
        let child = command.stdout(Stdio::null()).spawn().expect("it starts");
        let file = house.home.path().join("ready");
        until("the agent runs", || file.exists());
        let told = std::fs::read_to_string(&file).expect("it is there");
        let [proxy, token, base_url, certificates] =
            told.lines().collect::<Vec<_>>().try_into().expect("four lines");
        let (credentials, proxy) =
            proxy.trim_start_matches("http://").split_once('@').expect("it has credentials");
        Self {
            child,
            proxy: proxy.trim_end_matches('/').parse().expect("an address"),
            credentials: BASE64_STANDARD.encode(credentials),
            base_url: base_url.to_owned(),
            token: token.to_owned(),
            tls: trusting(certificates),
            _house: house,
        }
    }

    /// Connects to the API by a tunnel.
    async fn connect(&self) -> TlsStream<TcpStream> {
        let socket = TcpSocket::new_v4().expect("a socket");
        // The system is not to take what nobody reads.
        socket.set_recv_buffer_size(8 << 10).expect("a size");
        let mut stream = socket.connect(self.proxy).await.expect("it listens");
        let request = format!(
            "CONNECT api.x.com:443 HTTP/1.1\r\nHost: api.x.com:443\r\nProxy-Authorization: Basic {}\r\n\r\n",
            self.credentials
        );
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let answer = head(&mut stream).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let name = "api.x.com".try_into().expect("a name");
        self.tls.connect(name, stream).await.expect("TLS")
    }

    /// The head of a request for what the stand-in is to do.
    pub(super) fn asking(&self, what: &str) -> String {
        let token = &self.token;
        format!(
            "GET /2/users/by/username/{what} HTTP/1.1\r\nHost: api.x.com\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
    }

    /// The host of the base URL.
    pub(super) fn host(&self) -> &str {
        let rest = self.base_url.trim_start_matches("http://");
        rest.split('/').next().expect("a host")
    }

    /// Asks for something on a new connection, and returns it with the head of the answer.
    async fn ask(&self, what: &str) -> (TlsStream<TcpStream>, String) {
        let mut stream = self.connect().await;
        stream.write_all(self.asking(what).as_bytes()).await.expect("it reads");
        let answer = head(&mut stream).await.expect("an answer");
        (stream, answer)
    }

    /// Returns the answer to a small call, which has to come promptly.
    pub(super) async fn small(&self) -> String {
        let call = async {
            let (mut stream, answer) = self.ask("alice").await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            let mut body = [0; 5];
            stream.read_exact(&mut body).await.expect("a body");
            String::from_utf8(body.to_vec()).expect("a text")
        };
        timeout(PROMPT, call).await.expect("nothing holds it up")
    }

    /// Returns the most memory that the broker has had, in kB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", broker_of(&self.child)));
        let status = status.expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("it is told");
        line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn trusting(certificates: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(certificates).expect("certificates") {
        let _ = roots.add(certificate.expect("a certificate"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn a_thousand_slow_readers_take_bounded_memory_and_hold_nobody_up() {
    let run = Run::start();
    block_on(async {
        let mut readers = Vec::new();
        for _ in 0..1000 {
            let (stream, answer) = run.ask("endless_").await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            readers.push(stream);
        }
        assert_eq!(run.small().await, "small");
        // Slow ones read a little now and then.
        for _ in 0..3 {
            for reader in &mut readers {
                let mut some = [0; 4096];
                let read = timeout(PROMPT, reader.read_exact(&mut some));
                read.await.expect("it goes on").expect("it goes on");
            }
            assert_eq!(run.small().await, "small");
        }
        assert!(run.memory() < MOST_OF_SLOW, "{} kB", run.memory());
        drop(readers);
        assert_eq!(run.small().await, "small");
    });
}

/// Passes an answer of so many bytes.
fn pass(run: &Run, length: u64) {
    block_on(async {
        let (mut stream, answer) = run.ask(&format!("big_{length}")).await;
        assert!(answer.contains(&format!("content-length: {length}\r\n")), "{answer}");
        let (mut buffer, mut left) = (vec![0; 64 << 10], length);
        while left > 0 {
            let read = timeout(PROMPT, stream.read(&mut buffer)).await;
            let read = read.expect("it goes on").expect("it goes on");
            assert_ne!(read, 0, "it ends early");
            left -= read as u64;
        }
        assert_eq!(run.small().await, "small");
    });
    assert!(run.memory() < MOST, "{} kB", run.memory());
}

#[test]
fn a_large_answer_passes_in_little_memory() {
    pass(&Run::start(), 100 << 20);
}

#[test]
#[ignore = "slow: an answer of 10 GB, minutes"]
fn an_answer_of_10_gb_passes_in_little_memory() {
    pass(&Run::start(), 10_000_000_000);
}

#[test]
fn a_provider_that_hangs_or_lies_about_lengths_spoils_its_own_calls_alone() {
    let run = Run::start();
    block_on(async {
        let mut hanging = Vec::new();
        for _ in 0..100 {
            let mut stream = run.connect().await;
            stream.write_all(run.asking("hangs_").as_bytes()).await.expect("it reads");
            hanging.push(stream);
        }
        for _ in 0..5 {
            let (mut stream, answer) = run.ask("less_").await;
            assert!(answer.contains("content-length: 1000\r\n"), "{answer}");
            let mut rest = Vec::new();
            // The connection ends before the body does: that is what tells a client.
            let _ = timeout(PROMPT, stream.read_to_end(&mut rest)).await.expect("it ends");
            assert_eq!(rest, b"less");
            let (mut stream, answer) = run.ask("more_").await;
            assert!(answer.contains("content-length: 4\r\n"), "{answer}");
            // The next request of the same connection.
            stream.write_all(run.asking("alice").as_bytes()).await.expect("it reads");
            let mut rest = vec![0; 4];
            stream.read_exact(&mut rest).await.expect("a body");
            assert_eq!(rest, b"more");
            let next = timeout(PROMPT, head(&mut stream)).await.expect("it answers");
            assert!(next.expect("an answer").contains("content-length: 5\r\n"));
            stream.read_exact(&mut rest).await.expect("a body");
            assert_eq!(rest, b"smal", "it is the answer to this request");
            let (_, answer) = run.ask("both_").await;
            assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
            assert_eq!(run.small().await, "small");
        }
        drop(hanging);
    });
    assert!(run.memory() < MOST, "{} kB", run.memory());
}

#[test]
fn half_closed_connections_are_ended() {
    let run = Run::start();
    let host = run.host();
    let whole = run.asking("alice").replace("/2/", "/x/2/").replace("api.x.com", host);
    block_on(async {
        let mut half_closed = Vec::new();
        for sent in [&whole[..0], &whole[..whole.len() / 2], &whole].repeat(100) {
            let mut stream = TcpStream::connect(run.proxy).await.expect("it listens");
            stream.write_all(sent.as_bytes()).await.expect("it reads");
            stream.shutdown().await.expect("it is open");
            half_closed.push(stream);
        }
        let begun = Instant::now();
        for mut stream in half_closed {
            let _ = timeout(PROMPT, stream.read_to_end(&mut Vec::new())).await.expect("it ends");
        }
        assert!(begun.elapsed() < PROMPT);
        assert_eq!(run.small().await, "small");
    });
}
