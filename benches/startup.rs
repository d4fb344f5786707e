//! What `xreq run` costs: whole processes, from their start to their end, beside the floor.
//!
//! ```sh
//! cargo bench --bench startup            # 300 rounds
//! cargo bench --bench startup -- 1000    # more
//! XREQ_BENCH=path/to/xreq cargo bench --bench startup
//! ```
//!
//! Candidates take turns, so that what else the machine does hits all of them alike; the minima are
//! what to compare. The floor of any program that starts another one is `env`. Minor page faults are
//! counted on Linux; they depend a little on how the binary came into the page cache. Runners that are
//! installed are measured too. Where valgrind is installed, callgrind counts the instructions of
//! `xreq run` up to the `exec`, which are the same in every run.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;
const GRANTS: usize = 10_000;

const MANIFEST: &str = "\
requirements:
  integrations:
    - key: x.tweet.read
      description: Read posts
    - key: x.tweet.write
      description: Post a summary every morning
    - key: x.like.write
      description: Like answers
      optional: true
";
const SCOPES: &str = "tweet.read tweet.write users.read like.write";

struct Candidate {
    name: &'static str,
    command: Vec<OsString>,
    home: PathBuf,
    times: Vec<Duration>,
    faults: Vec<u64>,
}

fn main() {
    let rounds = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let small = home(&folder.path().join("small"));
    let large = home(&folder.path().join("large"));
    multiply(&large.join("home/grants/x"));

    let mut candidates = vec![
        candidate("/bin/true", &["/bin/true"], &small),
        candidate("env X=1 /bin/true", &["/usr/bin/env", "X=1", "/bin/true"], &small),
        candidate("xreq run -- /bin/true", &[&xreq(), "run", "--", "/bin/true"], &small),
        candidate("the same, 10,000 grants", &[&xreq(), "run", "--", "/bin/true"], &large),
        candidate("xreq --version", &[&xreq(), "--version"], &small),
        candidate("xreq check", &[&xreq(), "check"], &small),
    ];
    candidates.extend(peers(&small));
    for _ in 0..rounds {
        for candidate in &mut candidates {
            candidate.run();
        }
    }
    report(&mut candidates, rounds);
    for (name, home) in [("1 grant", &small), ("10,000 grants", &large)] {
        match instructions(home) {
            Some(count) => println!("callgrind, {name}: {count} instructions up to the exec"),
            None => println!("callgrind is not installed: no instructions counted"),
        }
    }
}

/// The binary to measure.
fn xreq() -> String {
    std::env::var("XREQ_BENCH").map_or_else(
        |_| env!("CARGO_BIN_EXE_xreq").to_owned(),
        |path| fs::canonicalize(path).expect("XREQ_BENCH is a binary").display().to_string(),
    )
}

fn candidate(name: &'static str, command: &[&str], home: &Path) -> Candidate {
    let command = command.iter().map(OsString::from).collect();
    Candidate { name, command, home: home.to_owned(), times: Vec::new(), faults: Vec::new() }
}

impl Candidate {
    fn run(&mut self) {
        let mut command = command(&self.command, &self.home);
        let before = faults_of_children();
        let start = Instant::now();
        let status = command.status().expect("the candidate can be started");
        self.times.push(start.elapsed());
        self.faults.push(faults_of_children() - before);
        assert!(status.success(), "{}: {status}", self.name);
    }
}

/// Returns how many minor page faults the children of this process took, as far as they have ended; 0
/// where the system does not say.
fn faults_of_children() -> u64 {
    // `pid (name) state …`; this is the ninth word behind the name.
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let words = stat.rsplit(')').next().unwrap_or_default();
    words.split_whitespace().nth(8).and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn command(words: &[OsString], home: &Path) -> Command {
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(home)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("XREQ_HOME", home.join("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A folder with a manifest and a store in which a fresh grant covers it.
fn home(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("xreq.yaml"), MANIFEST).expect("a manifest");
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    assert!(command(&words(&[&xreq(), "init"]), folder).status().expect("init").success());
    let import = words(&[&xreq(), "import", "x", "--scopes", SCOPES, "--expires-in", "7200", "-"]);
    let mut child =
        command(&import, folder).stdin(Stdio::piped()).spawn().expect("import can be started");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"a-token-of-the-usual-length-a-token-of-the-usual-length").expect("a token");
    drop(stdin);
    assert!(child.wait().expect("import").success());
    folder.to_owned()
}

/// Many other accounts beside the one in use.
fn multiply(grants: &Path) {
    let grant = fs::read_to_string(grants.join("default.json")).expect("there is a grant");
    for number in 1..GRANTS {
        let account = format!("account-{number}");
        let other = grant.replace("\"default\"", &format!("\"{account}\""));
        fs::write(grants.join(format!("{account}.json")), other).expect("another grant");
    }
}

/// Other runners, each in the cheapest way that starts a program with one variable.
fn peers(home: &Path) -> Vec<Candidate> {
    let vars = home.join("vars");
    fs::create_dir_all(&vars).expect("a folder");
    fs::write(vars.join("X"), "1").expect("a variable");
    let identity = home.join("home/identity.txt");
    let sealed = home.join("grant.age");
    let grant = fs::read(home.join("home/grants/x/default.json")).expect("there is a grant");
    let grant: serde_json::Value = serde_json::from_slice(&grant).expect("it is JSON");
    fs::write(&sealed, grant["sealed"]["access_token"].as_str().expect("a sealed part"))
        .expect("a sealed file");
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let (vars, identity, sealed) = (path(&vars), path(&identity), path(&sealed));
    let known: [(&'static str, Vec<&str>); 4] = [
        ("envdir", vec!["envdir", &vars, "/bin/true"]),
        ("s6-envdir", vec!["s6-envdir", &vars, "/bin/true"]),
        ("tini", vec!["tini", "--", "/bin/true"]),
        ("age -d (decrypts, launches nothing)", vec!["age", "-d", "-i", &identity, &sealed]),
    ];
    known
        .iter()
        .map(|(name, words)| candidate(name, words, home))
        .filter(|peer| command(&peer.command, home).status().is_ok_and(|status| status.success()))
        .collect()
}

fn report(candidates: &mut [Candidate], rounds: usize) {
    for candidate in candidates.iter_mut() {
        candidate.times.sort_unstable();
        candidate.faults.sort_unstable();
    }
    let floor = candidates[1].times[0].as_secs_f64();
    println!("{rounds} rounds, milliseconds\n");
    println!("{:36} {:>8} {:>8} {:>14} {:>8}", "", "minimum", "median", "minimum / env", "faults");
    for Candidate { name, times, faults, .. } in candidates.iter() {
        let minimum = times[0].as_secs_f64();
        let median = times[times.len() / 2].as_secs_f64();
        let ratio = minimum / floor;
        let faults = faults[faults.len() / 2];
        let (minimum, median) = (minimum * 1e3, median * 1e3);
        println!("{name:36} {minimum:8.3} {median:8.3} {ratio:14.2} {faults:8}");
    }
    println!();
}

/// A command that is not there ends `run` right where the agent would start.
fn instructions(home: &Path) -> Option<u64> {
    let words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", &xreq(), "run"];
    let words: Vec<_> = words.iter().chain(&["--", "/no/such/agent"]).map(OsString::from).collect();
    let output = command(&words, home).stderr(Stdio::piped()).output().ok()?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    log.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok())
}
