//! What checking many manifests costs: whole processes, beside validators of JSON Schema that get
//! the same files and the published schema.
//!
//! ```sh
//! cargo bench --bench validate           # 1, 100 and 10,000 manifests, of X alone and of many providers
//! cargo bench --bench validate -- 100    # no more than so many
//! cargo bench --bench validate -- mixed  # those of many providers
//! XREQ_BENCH=path/to/xreq cargo bench --bench validate
//! ```
//!
//! `tests/python/setup` installs check-jsonschema. `tests/node/setup` installs ajv and a reader of
//! YAML, for which `benches/validate.mjs` is the shortest program that compiles the schema once and
//! checks file by file. What is not installed is left out.
//!
//! Programs take turns. A time is the least of several runs, but for programs that take seconds,
//! which run once. Peak memory is `VmHWM`, read until a run ends that is not timed. All have to find
//! the same number of broken files.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const COUNTS: [usize; 3] = [1, 100, 10_000];
const ROUNDS: usize = 30;

/// A program that takes longer runs once.
const PATIENCE: Duration = Duration::from_secs(3);

/// One file in so many is broken.
const BROKEN: usize = 50;

struct Candidate {
    name: &'static str,
    command: Vec<OsString>,
    /// How many files it found to be broken, by what it printed.
    broken: fn(&str) -> usize,
    times: Vec<Duration>,
    peak_kib: u64,
}

fn main() {
    let most = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(usize::MAX);
    let is_named = |mix: &&Mix| {
        let mut words = std::env::args().filter(|word| MIXES.iter().any(|mix| mix.name == word));
        words.next().is_none_or(|word| word == mix.name)
    };
    println!(
        "{:5} {:>8} {:18} {:>12} {:>14} {:>10} {:>8}",
        "keys", "files", "", "minimum, ms", "manifests/s", "peak, MiB", "broken"
    );
    for mix in MIXES.iter().filter(is_named) {
        for count in COUNTS.into_iter().filter(|count| *count <= most) {
            let folder = TempDir::new().expect("a temporary folder");
            let files = (0..count).map(|number| mix.manifest(folder.path(), number));
            let files: Vec<_> = files.collect();
            measure(mix.name, count, &mut candidates(folder.path(), &files));
        }
    }
}

fn measure(mix: &str, count: usize, candidates: &mut [Candidate]) {
    let expected = count / BROKEN;
    for candidate in candidates.iter_mut() {
        let broken = candidate.observe();
        assert_eq!(broken, expected, "{} judges otherwise", candidate.name);
    }
    for _ in 0..ROUNDS {
        for candidate in candidates.iter_mut().filter(|candidate| candidate.is_quick()) {
            candidate.run();
        }
    }
    for candidate in candidates {
        let seconds = candidate.times.iter().min().expect("it ran").as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "these numbers are small")]
        let (files, peak) = (count as f64, candidate.peak_kib as f64 / 1024.0);
        let (name, milliseconds, rate) = (candidate.name, seconds * 1e3, files / seconds);
        println!(
            "{mix:5} {count:8} {name:18} {milliseconds:12.1} {rate:14.0} {peak:10.1} {expected:8}"
        );
    }
    println!();
}

/// The programs that are here, each with a command that checks all files.
fn candidates(folder: &Path, files: &[PathBuf]) -> Vec<Candidate> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = here.join("schemas/manifest.schema.json");
    let python = here.join("target/test-python/bin/check-jsonschema");
    let node = here.join("target/test-node/node_modules");
    let mut candidates = vec![candidate("xreq", [xreq(), "validate".into()], last_number)];
    // A folder is what users name; one file is named itself.
    let asked = if files.len() == 1 { &files[0] } else { folder };
    candidates[0].command.push(asked.into());
    if node.join("ajv").exists() {
        let script = here.join("benches/validate.mjs").into();
        let mut ajv = candidate("yaml + ajv", ["node".into(), script], last_number);
        ajv.command.extend([node.into(), schema.clone().into()]);
        ajv.command.extend(files.iter().map(OsString::from));
        candidates.push(ajv);
    } else {
        println!("ajv is not installed (tests/node/setup)");
    }
    if python.exists() {
        let option = "--schemafile".into();
        let mut peer = candidate("check-jsonschema", [python.into(), option], broken_in_report);
        peer.command.extend([schema.into(), "--output-format".into(), "json".into()]);
        peer.command.extend(files.iter().map(OsString::from));
        candidates.push(peer);
    } else {
        println!("check-jsonschema is not installed (tests/python/setup)");
    }
    candidates
}

fn candidate(name: &'static str, command: [OsString; 2], broken: fn(&str) -> usize) -> Candidate {
    Candidate { name, command: command.into(), broken, times: Vec::new(), peak_kib: 0 }
}

/// The binary to measure.
fn xreq() -> OsString {
    std::env::var_os("XREQ_BENCH").map_or_else(
        || env!("CARGO_BIN_EXE_xreq").into(),
        |path| fs::canonicalize(path).expect("XREQ_BENCH is a binary").into(),
    )
}

impl Candidate {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Runs once while its memory is watched, and says how many files are broken.
    fn observe(&mut self) -> usize {
        let printed = tempfile::NamedTempFile::new().expect("a temporary file");
        let output = printed.reopen().expect("it is there");
        let start = Instant::now();
        let child = self.command().stdout(output).spawn().expect("it starts");
        self.peak_kib = peak_kib(child);
        self.times.push(start.elapsed());
        (self.broken)(&fs::read_to_string(&printed).expect("it is a text"))
    }

    /// What is quick is disturbed by being watched.
    fn is_quick(&self) -> bool {
        self.times[0] < PATIENCE
    }

    fn run(&mut self) {
        let start = Instant::now();
        let status = self.command().status().expect("it starts");
        self.times.push(start.elapsed());
        assert!(matches!(status.code(), Some(0 | 1)), "{}: {status}", self.name);
    }
}

/// Waits for the end of a process; gives its peak memory in KiB.
fn peak_kib(mut child: Child) -> u64 {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    let start = Instant::now();
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = now.unwrap_or(peak);
        if child.try_wait().expect("it can be asked").is_some() {
            return peak;
        }
        // What ends within milliseconds is watched all the time.
        if start.elapsed() > Duration::from_millis(50) {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The number of errors in `100 manifests: 2 errors, 0 warnings`; there is one error in a file.
fn last_number(printed: &str) -> usize {
    let summary = printed.lines().last().expect("there is a summary");
    let (_, counted) = summary.split_once(": ").expect("a colon follows the number of files");
    counted.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// The number of files that a report of check-jsonschema names.
fn broken_in_report(printed: &str) -> usize {
    let report: serde_json::Value = serde_json::from_str(printed).expect("it is JSON");
    assert!(report["parse_errors"].as_array().is_none_or(Vec::is_empty), "{report}");
    let errors = report["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let mut files: Vec<_> = errors.iter().map(|error| error["filename"].as_str()).collect();
    files.dedup();
    files.len()
}

/// A kind of manifests: the keys that they require.
struct Mix {
    name: &'static str,
    /// Keys of which none covers another one: nothing is to be said of them.
    keys: [&'static str; 8],
    /// A provider with raw scopes, of which is warned.
    raw: (&'static str, &'static str),
    /// Whether each manifest begins with another key.
    turns: bool,
}

const MIXES: [Mix; 2] = [
    Mix {
        name: "x",
        keys: [
            "x.tweet.write",
            "x.dm.read",
            "x.media.write",
            "x.bookmark.read",
            "x.list.read",
            "x.mute.read",
            "x.block.read",
            "x.space.read",
        ],
        raw: ("x", "tweet.read, users.read"),
        turns: false,
    },
    Mix {
        name: "mixed",
        keys: [
            "x.tweet.write",
            "google.gmail.send",
            "slack.chat.write",
            "github.gist.write",
            "discord.bot",
            "microsoft.mail.send",
            "notion.read",
            "gcp.vertex_ai",
        ],
        raw: ("slack", "\"chat:write\", \"users:read\""),
        turns: true,
    },
];

impl Mix {
    /// Writes a manifest of 7 to 46 lines in one of the six spellings.
    fn manifest(&self, folder: &Path, number: usize) -> PathBuf {
        let path = folder.join(format!("team-{}/agent-{number}/xreq.yaml", number / 50));
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        let entries = 1 + number * 7 % 8;
        let first = if self.turns { number } else { 0 };
        let keys = (first..first + entries).map(|at| self.keys[at % self.keys.len()]);
        let keys: Vec<_> = keys.collect();
        let broken = number % BROKEN == BROKEN - 1;
        let mut text =
            format!("# What agent {number} needs of its user's accounts.\nname: agent-{number}\n");
        let requirements = self.spelled(number % 6, &keys);
        text.push_str(&if broken { misspelled(&requirements, keys[0]) } else { requirements });
        for line in 0..number * 11 % 24 {
            text.push_str(&format!("setting-{line}: \"{}\"  # of the app itself\n", number + line));
        }
        fs::write(&path, text).expect("a file");
        path
    }

    /// Returns requirements in one of the spellings. That of raw scopes is warned of.
    fn spelled(&self, spelling: usize, keys: &[&str]) -> String {
        let full = |indent: &str| {
            let entry = |key: &&str| {
                format!(
                    "{indent}- key: {key}\n{indent}  description: What it does with {key}\n\
                     {indent}  optional: true\n"
                )
            };
            keys.iter().map(entry).collect::<String>()
        };
        let (provider, scopes) = self.raw;
        let secret = "secrets:\n  - key: FAL_KEY\n    description: Draws the pictures\n";
        match spelling {
            0 => format!("requirements:\n  integrations:\n{}", full("    ")),
            1 => format!("integrations:\n{}{secret}", full("  ")),
            2 => format!("credentials:\n{}", full("  ")),
            3 => format!("credentials:\n{}", by_provider(keys)),
            4 => format!(
                "integrations:\n  - key: {provider}\n    scopes: [{scopes}]\n    optional: false\n\
                 {secret}"
            ),
            _ => format!("integrations: [{}]\n{secret}", keys.join(", ")),
        }
    }
}

/// The keys below the names of their providers.
fn by_provider(keys: &[&str]) -> String {
    let of = |key: &str| key.split_once('.').expect("a key has a dot").0.to_owned();
    let mut text = String::new();
    for (at, key) in keys.iter().enumerate() {
        let provider = of(key);
        if keys[..at].iter().any(|before| of(before) == provider) {
            continue;
        }
        let own: Vec<_> = keys.iter().copied().filter(|key| of(key) == provider).collect();
        let own = own.join(", ");
        text.push_str(&format!("  {provider}:\n    capabilities: [{own}]\n    optional: false\n"));
    }
    text
}

/// One mistake, that a schema can see.
fn misspelled(requirements: &str, key: &str) -> String {
    if requirements.contains("optional") {
        return requirements.replacen("optional", "optinal", 1);
    }
    requirements.replacen(key, &key.replacen('.', ".a.", 1), 1)
}
