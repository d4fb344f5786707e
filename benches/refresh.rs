//! What keeping grants fresh costs: whole processes, against the sandbox in this one; and what a
//! daemon costs that keeps them.
//!
//! ```sh
//! cargo bench --bench refresh            # 100, 1,000 and 10,000 grants
//! cargo bench --bench refresh -- 1000    # no more than so many
//! cargo bench --bench refresh -- daemon  # the daemon alone
//! cargo bench --bench refresh -- catch-up # the daemon when every token has expired
//! XREQ_BENCH=path/to/xreq cargo bench --bench refresh
//! ```
//!
//! Each refresh waits for the disk four times (two files, and their folder twice), so the disk
//! decides; a store in memory shows what is left without it. The sandbox answers from the same
//! machine, whose time it takes. Peak memory of one process is `VmHWM`, read until it ends; that of a
//! daemon and its worker the largest sum of their proportional set sizes (`Pss`).

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use xreq::catalog::Catalog;
use xreq::credential::origins::Origins;
use xreq::model::scope::ScopeSet;
use xreq::oauth::client::Client;
use xreq::oauth::token::issue;
use xreq::oauth::token::response::TokenResponse;
use xreq::sandbox::{Options, RegisteredClient, Sandbox};
use xreq::store::{self, CredentialId, FolderStore, Identities, Nobody};
use xreq::sys::env::Env;

const GRANTS: [usize; 3] = [100, 1_000, 10_000];
const AGENTS: usize = 50;
const ROUNDS: usize = 10;
const SCOPES: &str = "offline.access tweet.read tweet.write users.read";

/// For how long a daemon is watched that has nothing to do, after it has settled.
const SETTLING: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_mins(1);

/// How often the memory of a daemon is looked at that catches up.
const SAMPLED_EVERY: Duration = Duration::from_millis(50);

/// How old tokens are that have expired.
const EXPIRED: i64 = 8_000;

/// Clock ticks a second in `/proc` (`USER_HZ`, which is 100 on Linux).
const TICKS: f64 = 100.0;

/// A store with many grants of one sandbox.
struct House {
    folder: TempDir,
    sandbox: Sandbox,
}

/// What a process cost.
struct Cost {
    time: Duration,
    cpu: Duration,
    peak_kib: u64,
}

fn main() {
    let most = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(usize::MAX);
    let is_asked = |part: &str| std::env::args().any(|word| word == part);
    if !is_asked("daemon") && !is_asked("catch-up") {
        refreshes(most);
        launches();
    }
    if !is_asked("catch-up") {
        daemons(most);
    }
    catch_up(most);
}

/// All grants, one time.
fn refreshes(most: usize) {
    println!("xreq refresh --all --force, eight at once\n");
    println!(
        "{:>8} {:8} {:>10} {:>12} {:>14} {:>10}",
        "grants", "store", "seconds", "grants/s", "CPU ms/grant", "peak MiB"
    );
    for count in GRANTS.into_iter().filter(|count| *count <= most) {
        for (name, folder) in [("disk", None), ("memory", Some("/dev/shm"))] {
            report(count, name, &House::with_grants(count, folder).refresh_all());
        }
    }
}

/// Many agents on one grant.
fn launches() {
    println!(
        "\n{AGENTS} agents started at once on one grant, milliseconds until the last one ended\n"
    );
    println!("{:24} {:>8} {:>8}", "", "minimum", "median");
    let house = House::with_grants(1, None);
    for (name, age) in [("a fresh grant", 0), ("an expired grant", EXPIRED)] {
        let mut times: Vec<_> = (0..ROUNDS).map(|_| house.launch(age)).collect();
        times.sort_unstable();
        let [minimum, median] = [0, ROUNDS / 2].map(|at| times[at].as_secs_f64() * 1e3);
        println!("{name:24} {minimum:8.1} {median:8.1}");
    }
}

/// A process that keeps all grants.
fn daemons(most: usize) {
    println!("\nxreq daemon with nothing to do, for {} seconds\n", IDLE.as_secs());
    println!("{:>8} {:>10} {:>12} {:>10}", "grants", "CPU %", "memory MiB", "peak MiB");
    for count in GRANTS.into_iter().filter(|count| *count <= most) {
        House::with_grants(count, None).rests(count);
    }
}

/// A process that has all grants to refresh, and the process that it does that by.
fn catch_up(most: usize) {
    println!("\nxreq daemon when all tokens have expired, with the process that refreshes\n");
    println!(
        "{:>8} {:8} {:>10} {:>12} {:>14} {:>10}",
        "grants", "store", "seconds", "grants/s", "CPU ms/grant", "peak MiB"
    );
    for count in GRANTS.into_iter().filter(|count| *count <= most) {
        for (name, folder) in [("disk", None), ("memory", Some("/dev/shm"))] {
            let cost = House::aged(count, folder, EXPIRED).catches_up(count);
            report(count, name, &cost);
        }
    }
}

fn report(count: usize, name: &str, cost: &Cost) {
    let seconds = cost.time.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
    let (count, peak) = (count as f64, cost.peak_kib as f64 / 1024.0);
    let cpu = cost.cpu.as_secs_f64() * 1e3 / count;
    let rate = count / seconds;
    println!("{count:8} {name:8} {seconds:10.2} {rate:12.0} {cpu:14.2} {peak:10.1}");
}

/// The binary to measure.
fn xreq() -> String {
    std::env::var("XREQ_BENCH").unwrap_or_else(|_| env!("CARGO_BIN_EXE_xreq").to_owned())
}

impl House {
    /// A store with this many grants, `default` the first of them, in a folder of its own.
    fn with_grants(count: usize, folder: Option<&str>) -> Self {
        Self::aged(count, folder, 0)
    }

    /// The same with grants that are so many seconds old.
    fn aged(count: usize, folder: Option<&str>, age: i64) -> Self {
        let options = Options { rate_limit: u32::MAX, ..Options::default() };
        let sandbox = Sandbox::start(options).expect("there is a free port");
        // In memory they are made in no time.
        let made = TempDir::new_in("/dev/shm").expect("a folder in memory");
        let made = Self { folder: made, sandbox };
        made.initialise();
        made.store_grants(count, age);
        let folder = folder.map_or_else(TempDir::new, TempDir::new_in).expect("a folder");
        let from = made.folder.path().join(".");
        let copied = Command::new("cp").arg("-a").arg(from).arg(folder.path()).status();
        assert!(copied.expect("`cp` starts").success());
        assert!(Command::new("sync").status().expect("`sync` starts").success());
        Self { folder, sandbox: made.sandbox }
    }

    fn initialise(&self) {
        let write = |name: &str, text: &str| {
            let path = self.folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("xreq.yaml", "integrations: [x.tweet.write]\n");
        let base = self.sandbox.base_url();
        write(
            "home/config.yaml",
            &format!("providers:\n  x:\n    token_url: {base}/2/oauth2/token\n"),
        );
        assert!(self.command(&["init"]).status().expect("it starts").success());
        let client = self.sandbox.client();
        let mut set = self.command(&["client", "set", "x", "--id", &client.client_id]);
        let mut set = set.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut stdin = set.stdin.take().expect("a pipe");
        stdin.write_all(client.secret().expect("there is one").as_bytes()).expect("it reads");
        drop(stdin);
        assert!(set.wait().expect("it ends").success());
    }

    /// Stores grants that are so many seconds old.
    fn store_grants(&self, count: usize, age: i64) {
        let store = FolderStore::new(store::Home::at(self.folder.path().join("home")));
        let identities = Identities::load(store.home(), &Env::default(), &Nobody);
        let identities = identities.expect("it was initialised");
        let recipients = identities.recipients().expect("it is an age identity");
        let catalog = Catalog::builtin();
        let provider = catalog.provider("x").expect("it is built in");
        let client = client(self.sandbox.client());
        let scopes = ScopeSet::parse(SCOPES);
        let issued_at = Timestamp::now() - SignedDuration::from_secs(age);
        for number in 0..count {
            let account = if number == 0 { "default".into() } else { format!("account-{number}") };
            let issued = self.sandbox.control().issue_grant(&account, &scopes);
            let response = TokenResponse::parse(issued.response.expose_secret());
            let response = response.expect("it is a token response");
            let name = CredentialId::grant(
                "x".parse().expect("a slug"),
                account.parse().expect("a label"),
            );
            let lock = store.lock_grant(&name).expect("it is free");
            let mut grant =
                issue::grant(name, response, &scopes, provider, Some(&client), issued_at);
            grant.metadata.origins = Origins::default();
            store.put_grant(&lock, &grant, &recipients).expect("it can be written");
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(xreq());
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("XREQ_HOME", self.folder.path().join("home"))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    fn refresh_all(&self) -> Cost {
        let start = Instant::now();
        let child = self.command(&["refresh", "--all", "--force"]).spawn().expect("it starts");
        let (cpu, peak_kib) = watch(child);
        Cost { time: start.elapsed(), cpu, peak_kib }
    }

    /// Starts a daemon that has nothing to do, and prints what it costs.
    fn rests(&self, count: usize) {
        let mut daemon =
            self.command(&["daemon"]).stderr(Stdio::null()).spawn().expect("it starts");
        let folder = Path::new("/proc").join(daemon.id().to_string());
        thread::sleep(SETTLING);
        let before = run_time(&folder);
        thread::sleep(IDLE);
        let ran = run_time(&folder).saturating_sub(before);
        let part = ran.as_secs_f64() / IDLE.as_secs_f64();
        let [memory, peak] = ["VmRSS:", "VmHWM:"].map(|name| kib(&folder, name).expect("it lives"));
        let [memory, peak] = [memory, peak].map(mebibytes);
        println!("{count:8} {:10.3} {memory:12.1} {peak:10.1}", part * 100.0);
        end(&mut daemon);
    }

    /// Starts a daemon that has every grant to refresh, and waits until it has.
    fn catches_up(&self, count: usize) -> Cost {
        let start = Instant::now();
        let mut daemon =
            self.command(&["daemon"]).stderr(Stdio::null()).spawn().expect("it starts");
        let patience = Duration::from_mins(30);
        let mut peak_kib = 0;
        while !self.sandbox.control().wait_until(SAMPLED_EVERY, |log| log.len() >= count) {
            assert!(start.elapsed() < patience, "it does not come to an end");
            peak_kib = peak_kib.max(proportional_kib(daemon.id()));
        }
        let time = start.elapsed();
        // The last ones are on their way to the disk.
        thread::sleep(Duration::from_secs(2));
        let processes = [vec![daemon.id()], children(daemon.id())].concat();
        let folders = processes.iter().map(|id| Path::new("/proc").join(id.to_string()));
        let folders: Vec<_> = folders.collect();
        let cpu = folders.iter().map(|folder| cpu_time(folder).expect("it lives")).sum();
        let peak_kib = peak_kib.max(proportional_kib(daemon.id()));
        end(&mut daemon);
        Cost { time, cpu, peak_kib }
    }

    /// Starts agents on a grant that is so many seconds old, and waits for the last one's end.
    fn launch(&self, age: i64) -> Duration {
        self.store_grants(1, age);
        self.sandbox.control().clear_log();
        let start = Instant::now();
        let agents: Vec<_> = (0..AGENTS)
            .map(|_| self.command(&["run", "--", "true"]).spawn().expect("it starts"))
            .collect();
        for mut agent in agents {
            assert!(agent.wait().expect("it ends").success());
        }
        let time = start.elapsed();
        assert_eq!(self.sandbox.control().log().len(), usize::from(age > 0), "one asks for all");
        time
    }
}

fn client(registered: &RegisteredClient) -> Client {
    Client {
        id: registered.client_id.clone(),
        secret: registered.secret().map(Into::into),
        name: Some("default".parse().expect("a label")),
        redirect_uri: registered.redirect_uris[0].clone(),
        url_values: std::collections::BTreeMap::new(),
        origins: Origins::default(),
    }
}

/// Waits for the end of a process; gives the time that it computed, and its peak memory in KiB.
fn watch(mut child: Child) -> (Duration, u64) {
    let folder = Path::new("/proc").join(child.id().to_string());
    let (mut cpu, mut peak) = (Duration::ZERO, 0);
    loop {
        cpu = cpu_time(&folder).unwrap_or(cpu);
        peak = peak_kib(&folder).unwrap_or(peak);
        if let Some(status) = child.try_wait().expect("it can be asked") {
            assert!(status.success(), "{status}");
            return (cpu, peak);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn end(daemon: &mut Child) {
    daemon.kill().expect("it lives");
    daemon.wait().expect("it ends");
}

/// The time that all threads of a process have run, in nanoseconds by `schedstat`.
fn run_time(process: &Path) -> Duration {
    let tasks = fs::read_dir(process.join("task")).expect("it lives");
    let nanoseconds = tasks.map(|task| {
        let stat = task.expect("a thread").path().join("schedstat");
        let stat = fs::read_to_string(stat).expect("the kernel keeps it");
        stat.split(' ').next().and_then(|time| time.parse::<u64>().ok()).expect("a number")
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// Fields 14 and 15 of `stat`: the time in the program and in the kernel.
fn cpu_time(process: &Path) -> Option<Duration> {
    ticks(process, 11)
}

/// The processes that a process has started, and that live.
fn children(process: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("it is there").flatten();
    let parent = |path: &Path| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let children = entries.filter(|entry| parent(&entry.path()) == Some(process));
    children.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn ticks(process: &Path, skipped: usize) -> Option<Duration> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(skipped);
    let ticks = fields.next()?.parse::<u32>().ok()? + fields.next()?.parse::<u32>().ok()?;
    Some(Duration::from_secs_f64(f64::from(ticks) / TICKS))
}

#[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// The proportional set sizes of a process and its children: a page that both have counts half in each.
/// A process that is starting, or has ended, has none.
fn proportional_kib(process: u32) -> u64 {
    let processes = [vec![process], children(process)].concat();
    let sizes = processes.iter().filter_map(|id| {
        let sums = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        field(&sums, "Pss:")
    });
    sizes.sum()
}

fn peak_kib(process: &Path) -> Option<u64> {
    kib(process, "VmHWM:")
}

fn kib(process: &Path, name: &str) -> Option<u64> {
    field(&fs::read_to_string(process.join("status")).ok()?, name)
}

/// The value of a field of `/proc` in KiB.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
