//! What the endpoint gives to agents that ask a lot: `xreq run --keep-fresh` as a process of its own,
//! asked by this one.
//!
//! ```sh
//! cargo bench --bench endpoint           # 3 seconds for each line
//! cargo bench --bench endpoint -- 10     # 10 seconds
//! XREQ_BENCH=path/to/xreq cargo bench --bench endpoint
//! ```
//!
//! Who asks works on the same machine and takes more of it than who answers. So beside the requests
//! that were answered there is what the endpoint could give if it had a core for itself: the requests
//! a second of its own processor time. Then: what it costs when nothing happens, and its memory.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use tempfile::TempDir;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Options, Sandbox};

/// Clock ticks a second in `/proc` (`USER_HZ`, which is 100 on Linux).
const TICKS: f64 = 100.0;

const AGENT: &str = "echo $XREQ_CREDENTIALS_URL; echo $XREQ_CREDENTIALS_TOKEN; read -r line";

/// An agent that is given tokens, and its parent.
struct Agent {
    xreq: Child,
    authority: String,
    token: String,
    _sandbox: Sandbox,
    _folder: TempDir,
}

fn main() {
    let seconds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(3);
    let time = Duration::from_secs(seconds);
    let agent = Agent::start();
    let before = agent.memory();
    println!("GET /x, one token, {seconds} s each\n");
    println!(
        "{:26} {:>10} {:>12} {:>9} {:>9} {:>9}",
        "connections", "requests/s", "a core/s", "p50 µs", "p99 µs", "max µs"
    );
    for connections in [1, 8, 64] {
        agent.report(&format!("{connections}, kept alive"), connections, time, Agent::keep_asking);
    }
    for connections in [1, 8] {
        let name = format!("{connections}, a new one each time");
        agent.report(&name, connections, time, Agent::ask_anew);
    }
    let after = agent.memory();
    let idle = agent.cpu();
    thread::sleep(time * 3);
    let idle = (agent.cpu() - idle) / (time * 3).as_secs_f64() * 100.0;
    println!("\nmemory (Pss): {before:.1} MiB before, {after:.1} MiB after; idle: {idle:.2} % CPU");
    agent.end();
}

impl Agent {
    fn start() -> Self {
        let sandbox = Sandbox::start(Options::default()).expect("there is a free port");
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("xreq.yaml"), "integrations: [x.tweet.read]\n")
            .expect("a file");
        run(folder.path(), &["init"], b"");
        let scopes = ScopeSet::parse("offline.access tweet.read users.read");
        let issued = sandbox.control().issue_grant("alice", &scopes);
        run(folder.path(), &["import", "x", "-"], issued.response.expose_secret().as_bytes());
        let mut command = xreq(folder.path());
        command.args(["run", "--keep-fresh", "--deliver", "endpoint", "--", "sh", "-c", AGENT]);
        let mut xreq = command.stdout(Stdio::piped()).stdin(Stdio::piped()).spawn().expect("xreq");
        let mut lines = BufReader::new(xreq.stdout.take().expect("a pipe")).lines();
        let mut line = || lines.next().expect("the agent starts").expect("it is text");
        let url = line();
        let authority = url.strip_prefix("http://").expect("a URL").to_owned();
        Self { xreq, authority, token: line(), _sandbox: sandbox, _folder: folder }
    }

    fn report(
        &self,
        name: &str,
        connections: usize,
        time: Duration,
        ask: fn(&Self, Instant) -> Vec<Duration>,
    ) {
        let (cpu, began) = (self.cpu(), Instant::now());
        let mut latencies: Vec<Duration> = thread::scope(|scope| {
            let asking: Vec<_> =
                (0..connections).map(|_| scope.spawn(move || ask(self, began + time))).collect();
            asking.into_iter().flat_map(|asking| asking.join().expect("it asks")).collect()
        });
        let (took, cpu) = (began.elapsed(), self.cpu() - cpu);
        latencies.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
        let count = latencies.len() as f64;
        let at = |part: usize| latencies[(latencies.len() - 1) * part / 1_000].as_secs_f64() * 1e6;
        println!(
            "{name:26} {:10.0} {:12.0} {:9.0} {:9.0} {:9.0}",
            count / took.as_secs_f64(),
            count / cpu,
            at(500),
            at(990),
            at(1_000)
        );
    }

    /// Asks over one connection until this time.
    fn keep_asking(&self, until: Instant) -> Vec<Duration> {
        let mut stream = self.connect();
        let request = self.request("");
        let mut latencies = Vec::with_capacity(1 << 20);
        let mut answer = [0; 4096];
        while Instant::now() < until {
            let began = Instant::now();
            stream.write_all(request.as_bytes()).expect("it reads");
            let mut length = 0;
            while !answer[..length].ends_with(b"}\n") {
                let read = stream.read(&mut answer[length..]).expect("it answers");
                assert!(read > 0, "it closed the connection");
                length += read;
            }
            latencies.push(began.elapsed());
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
        }
        latencies
    }

    /// Asks over a new connection each time.
    fn ask_anew(&self, until: Instant) -> Vec<Duration> {
        let request = self.request("Connection: close\r\n");
        let mut latencies = Vec::with_capacity(1 << 20);
        let mut answer = Vec::with_capacity(4096);
        while Instant::now() < until {
            let began = Instant::now();
            let mut stream = self.connect();
            stream.write_all(request.as_bytes()).expect("it reads");
            answer.clear();
            stream.read_to_end(&mut answer).expect("it answers");
            latencies.push(began.elapsed());
            assert!(answer.starts_with(b"HTTP/1.1 200 "));
        }
        latencies
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.authority).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        stream
    }

    fn request(&self, more: &str) -> String {
        let Self { authority, token, .. } = self;
        format!(
            "GET /x HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
        )
    }

    /// The processor time that the parent took, in seconds.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.xreq.id())).expect("it lives");
        let fields: Vec<_> = stat.rsplit_once(") ").expect("a name").1.split(' ').collect();
        let ticks: f64 = fields[11..13].iter().map(|t| t.parse::<f64>().expect("a number")).sum();
        ticks / TICKS
    }

    /// What of the memory is the parent's share, in MiB.
    fn memory(&self) -> f64 {
        let file = format!("/proc/{}/smaps_rollup", self.xreq.id());
        let rollup = fs::read_to_string(file).expect("it lives");
        let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).expect("it is said");
        let kib = pss.split_whitespace().next().expect("a number").parse::<f64>();
        kib.expect("a number") / 1024.0
    }

    fn end(mut self) {
        drop(self.xreq.stdin.take());
        self.xreq.wait().expect("it ends");
    }
}

fn xreq(folder: &Path) -> Command {
    let program =
        std::env::var("XREQ_BENCH").unwrap_or_else(|_| env!("CARGO_BIN_EXE_xreq").to_owned());
    let mut command = Command::new(program);
    command.current_dir(folder).env("HOME", folder).env("XREQ_HOME", folder.join("home"));
    command
}

fn run(folder: &Path, args: &[&str], input: &[u8]) {
    let mut child = xreq(folder).args(args).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let child = child.as_mut().expect("xreq starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
    assert!(child.wait().expect("it ends").success(), "{args:?}");
}
