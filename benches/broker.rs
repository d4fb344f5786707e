//! What a broker adds to a call, and gives at most: the built binary between a client and a stand-in for the
//! API, TLS on both sides, beside the same client going there straight and by other proxies.
//!
//! ```sh
//! cargo bench --bench broker            # 3 seconds for each line
//! cargo bench --bench broker -- 10      # 10 seconds
//! XREQ_BENCH=path/to/xreq cargo bench --bench broker
//! ```
//!
//! Proxies run on the first core, one at a time; the client and the stand-in share the second one. Beside the
//! calls that were answered there is the processor time that a proxy took for each. nginx is measured where it
//! is installed: as a server that ends TLS and keeps connections to the stand-in. Each call is a `GET` that is
//! answered with 1 KiB; each connection is kept.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::convert::Infallible;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Clock ticks a second in `/proc` (`USER_HZ`, which is 100 on Linux).
const TICKS: f64 = 100.0;

const CONNECTIONS: [usize; 3] = [1, 16, 256];

const PATH: &str = "/2/users/me";

/// A way to the stand-in, as a client takes it.
#[derive(Clone)]
struct Route {
    /// The host of the URL, and of TLS.
    host: String,
    /// The address that is connected to.
    address: SocketAddr,
    /// The credentials of a proxy, where that is one.
    proxy: Option<String>,
    token: String,
    certificates: PathBuf,
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--client") {
        return client_below_broker(words[at + 1].parse().expect("seconds"));
    }
    let seconds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(3);
    let folder = TempDir::new().expect("a temporary folder");
    let stand_in = StandIn::start(folder.path());
    println!("GET, 1 KiB, TLS 1.3 on both sides, {seconds} s each\n");
    println!(
        "{:24} {:>11} {:>11} {:>9} {:>9} {:>12}",
        "", "connections", "calls/s", "p50 µs", "p99 µs", "CPU µs/call"
    );
    let straight = Route {
        host: "localhost".to_owned(),
        address: stand_in.address,
        proxy: None,
        token: "none".to_owned(),
        certificates: stand_in.certificates.clone(),
    };
    for connections in CONNECTIONS {
        report("straight", connections, &measure(&straight, connections, seconds), None);
    }
    if let Some(nginx) = Nginx::start(folder.path(), &stand_in) {
        let route = Route { address: nginx.address, ..straight.clone() };
        for connections in CONNECTIONS {
            let before = nginx.cpu();
            let times = measure(&route, connections, seconds);
            report("nginx", connections, &times, Some(nginx.cpu() - before));
        }
    }
    below_broker(folder.path(), &stand_in, seconds);
}

/// Runs this program as the agent of a run with a broker.
fn below_broker(folder: &Path, stand_in: &StandIn, seconds: u64) {
    fs::write(folder.join("xreq.yaml"), "integrations: [x.user.read]\n").expect("a manifest");
    xreq(folder, stand_in, &["init"], b"");
    let api = format!("https://localhost:{}", stand_in.address.port());
    let config = format!("providers:\n  x:\n    api_url: {api}\n");
    fs::write(folder.join("home/config.yaml"), config).expect("a configuration");
    let import = ["import", "x", "--scopes", "users.read tweet.read", "--expires-in", "7200", "-"];
    xreq(folder, stand_in, &import, b"a-token-of-the-usual-length-a-token-of-the-usual-length");
    let own = std::env::current_exe().expect("it runs").display().to_string();
    let launch = ["run", "--broker", "--", &own, "--client", &seconds.to_string()];
    xreq(folder, stand_in, &launch, b"");
}

fn xreq(folder: &Path, stand_in: &StandIn, words: &[&str], input: &[u8]) {
    let program = std::env::var_os("XREQ_BENCH")
        .map_or_else(|| env!("CARGO_BIN_EXE_xreq").into(), PathBuf::from);
    let program = fs::canonicalize(program).expect("it is there");
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(program).args(words).current_dir(folder).env_clear();
    command
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("XREQ_HOME", folder.join("home"))
        .env("SSL_CERT_FILE", &stand_in.certificates)
        .stdin(Stdio::piped());
    if words[0] != "run" {
        command.stderr(Stdio::null());
    }
    let mut child = command.spawn().expect("taskset and xreq can be started");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut stdin, input).expect("it reads");
    drop(stdin);
    assert!(child.wait().expect("it ends").success(), "{words:?}");
}

/// Measures as an agent: by the proxy that the environment names.
fn client_below_broker(seconds: u64) {
    pin(1);
    let variable = |name: &str| std::env::var(name).expect("a broker sets it");
    let proxy = variable("HTTPS_PROXY");
    let (credentials, address) =
        proxy.trim_start_matches("http://").split_once('@').expect("it has credentials");
    let route = Route {
        host: "api.x.com".to_owned(),
        address: address.parse().expect("an address"),
        proxy: Some(BASE64_STANDARD.encode(credentials)),
        token: variable("X_ACCESS_TOKEN"),
        certificates: variable("SSL_CERT_FILE").into(),
    };
    let broker = process_that_ends_with("@broker");
    for connections in CONNECTIONS {
        let before = cpu(broker);
        let times = measure(&route, connections, seconds);
        report("xreq run --broker", connections, &times, Some(cpu(broker) - before));
    }
    println!("\nthe broker's memory: {} kB", memory(broker));
}

/// Calls as often as it can, for so long, and returns the time of each call.
fn measure(route: &Route, connections: usize, seconds: u64) -> Vec<Duration> {
    pin(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut calls = Vec::new();
        for _ in 0..connections {
            calls.push(connect(route).await);
        }
        let until = Instant::now() + Duration::from_secs(seconds);
        let running: Vec<_> = calls
            .into_iter()
            .map(|mut sender| {
                let route = route.clone();
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    while Instant::now() < until {
                        let request = Request::get(PATH)
                            .header("host", &route.host)
                            .header("authorization", format!("Bearer {}", route.token))
                            .body(Empty::<Bytes>::new())
                            .expect("a request");
                        let begun = Instant::now();
                        let answer = sender.send_request(request).await.expect("an answer");
                        assert_eq!(answer.status(), 200);
                        let body = answer.into_body().collect().await.expect("a body");
                        assert_eq!(body.to_bytes().len(), 1024);
                        times.push(begun.elapsed());
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in running {
            times.extend(task.await.expect("it does not panic"));
        }
        times.sort_unstable();
        times
    })
}

type Sender = hyper::client::conn::http1::SendRequest<Empty<Bytes>>;

async fn connect(route: &Route) -> Sender {
    let mut stream = TcpStream::connect(route.address).await.expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    if let Some(credentials) = &route.proxy {
        let head = format!(
            "CONNECT {0}:443 HTTP/1.1\r\nHost: {0}:443\r\nProxy-Authorization: Basic {credentials}\r\n\r\n",
            route.host
        );
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("an answer"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&route.certificates).expect("certificates") {
        let _ = roots.add(certificate.expect("a certificate"));
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(route.host.clone()).expect("a name");
    let tls = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS");
    let (sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(tls)).await.expect("HTTP");
    tokio::spawn(connection);
    sender
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn report(name: &str, connections: usize, times: &[Duration], cpu: Option<f64>) {
    let total: Duration = times.iter().sum();
    let wall = total.as_secs_f64() / f64::from(u32::try_from(connections).expect("it is small"));
    let count = f64::from(u32::try_from(times.len()).expect("it is small"));
    let at =
        |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1e6;
    let cpu = cpu.map_or_else(String::new, |cpu| format!("{:.1}", cpu / count * 1e6));
    println!(
        "{name:24} {connections:>11} {:>11.0} {:>9.0} {:>9.0} {cpu:>12}",
        count / wall,
        at(50),
        at(99)
    );
}

/// A stand-in for the API, in a thread of this process.
struct StandIn {
    address: SocketAddr,
    certificates: PathBuf,
    key: PathBuf,
}

impl StandIn {
    fn start(folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a name");
        let (certificates, key) = (folder.join("server.pem"), folder.join("server.key"));
        fs::write(&certificates, made.cert.pem()).expect("a file");
        fs::write(&key, made.signing_key.serialize_pem()).expect("a file");
        let private = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("ring has them")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], PrivateKeyDer::from(private))
            .expect("a certificate");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        listener.set_nonblocking(true).expect("a socket");
        std::thread::spawn(move || {
            pin(1);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(serve(listener, Arc::new(config)));
        });
        Self { address, certificates, key }
    }
}

async fn serve(listener: TcpListener, config: Arc<ServerConfig>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
    let acceptor = TlsAcceptor::from(config);
    let body = Bytes::from(vec![b'x'; 1024]);
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (acceptor, body) = (acceptor.clone(), body.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let Ok(tls) = acceptor.accept(stream).await else { return };
            let service = hyper::service::service_fn(move |_| {
                let body = Full::new(body.clone());
                async move { Ok::<_, Infallible>(Response::new(body)) }
            });
            let server = hyper::server::conn::http1::Builder::new();
            let _ = server.serve_connection(TokioIo::new(tls), service).await;
        });
    }
}

/// nginx, which ends TLS and keeps connections to the stand-in, on the first core.
struct Nginx {
    master: Child,
    address: SocketAddr,
}

impl Nginx {
    fn start(folder: &Path, stand_in: &StandIn) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let (certificates, key) = (stand_in.certificates.display(), stand_in.key.display());
        let config = format!(
            "daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null crit;\n\
             events {{ worker_connections 2048; }}\n\
             http {{ access_log off; keepalive_requests 1000000;\n\
             upstream api {{ server {api}; keepalive 512; keepalive_requests 1000000; }}\n\
             server {{ listen {address} ssl; ssl_certificate {certificates};\n\
             ssl_certificate_key {key}; ssl_protocols TLSv1.3;\n\
             location / {{ proxy_pass https://api; proxy_http_version 1.1;\n\
             proxy_set_header Connection \"\"; proxy_set_header Host localhost;\n\
             proxy_ssl_protocols TLSv1.3; proxy_ssl_name localhost; proxy_ssl_server_name on;\n\
             proxy_ssl_verify on; proxy_ssl_trusted_certificate {certificates}; }} }} }}\n",
            folder = folder.display(),
            api = stand_in.address,
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, config).expect("a file");
        let mut command = Command::new("taskset");
        command.args(["-c", "0", "nginx", "-c"]).arg(&file).stderr(Stdio::null());
        let mut master = command.spawn().ok()?;
        for _ in 0..100 {
            if std::net::TcpStream::connect(address).is_ok() {
                return Some(Self { master, address });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = master.kill();
        let _ = master.wait();
        println!("nginx is not installed, or does not start");
        None
    }

    /// Returns the seconds that its worker has worked.
    fn cpu(&self) -> f64 {
        let children = format!("/proc/{0}/task/{0}/children", self.master.id());
        let children = fs::read_to_string(children).expect("it runs");
        let worker = children.split_whitespace().next().expect("there is one");
        cpu(worker.parse().expect("a process"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = i32::try_from(self.master.id()).ok().and_then(Pid::from_raw);
        let signal = rustix::process::Signal::TERM;
        let _ = pid.map(|pid| rustix::process::kill_process(pid, signal));
        let _ = self.master.wait();
    }
}

/// Keeps this thread on a core.
fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    // On a machine with one core, all share it.
    let _ = sched_setaffinity(None, &cores);
}

/// Returns the processor time of a process in seconds.
fn cpu(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let words: Vec<_> = stat.rsplit(')').next().expect("a name").split_whitespace().collect();
    let ticks = |at: usize| words[at].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / TICKS
}

/// Returns the memory of a process in kB.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it is told");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number")
}

/// Returns the youngest process whose last argument is this.
fn process_that_ends_with(argument: &str) -> u32 {
    let processes = fs::read_dir("/proc").expect("it is there").flatten();
    let own = processes.filter(|process| {
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        command.strip_suffix(b"\0").is_some_and(|command| command.ends_with(argument.as_bytes()))
    });
    let found = own.filter_map(|process| process.file_name().to_string_lossy().parse().ok());
    found.max().expect("there is one")
}
