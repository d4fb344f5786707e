//! What `--redact` costs: megabytes a second through the filter of secrets.
//!
//! ```sh
//! cargo bench --bench redact
//! ```
//!
//! Each text is filtered in pieces of 64 KiB, as they come from a pipe, and the first one in smaller
//! pieces too. A figure is the best of several runs. The floor is a copy of the same pieces.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use xreq::launch::filter::Filter;

const SIZE: usize = 4 << 20;
const PIECE: usize = 64 << 10;
const ROUNDS: usize = 15;

/// How much of a run with tiny pieces is done.
const LITTLE: usize = 1 << 20;

fn main() {
    let secrets = |count: usize| -> Vec<String> {
        let mut random = Random::default();
        (0..count).map(|_| random.text(91)).collect()
    };
    println!("{:44} {:>10}", "", "MB/s");
    let log = log();
    show("a copy, log text", &log, PIECE, |piece, shown| shown.extend_from_slice(piece));
    for count in [1, 2, 8, 32] {
        let secrets = secrets(count);
        let filter = filter(&secrets);
        let name = |what: &str| format!("{what}, secrets: {count}");
        let measure = |what: &str, text: &[u8], piece: usize| {
            let mut stream = filter.stream();
            show(&name(what), text, piece, |piece, shown| stream.feed(piece, shown));
        };
        measure("log text", &log, PIECE);
        measure("binary", &binary(), PIECE);
        measure("base64", &base64(), PIECE);
        measure("JSON with escapes", &json(), PIECE);
        measure("beginnings of secrets", &beginnings(&secrets, str::to_owned), PIECE);
        measure("beginnings, percent-encoded", &beginnings(&secrets, percent), PIECE);
        measure("beginnings, with codes", &beginnings(&secrets, codes), PIECE);
        measure("secrets", &repeated(&secrets.join("\n")), PIECE);
        for piece in [4096, 16, 1] {
            measure(&format!("log text in pieces of {piece}"), &log[..LITTLE], piece);
        }
    }
    let structured = [service_account()];
    let filter_of_parts = filter(&structured);
    let measure = |what: &str, text: &[u8]| {
        let mut stream = filter_of_parts.stream();
        let name = format!("{what}, a service-account key");
        show(&name, text, PIECE, |piece, shown| stream.feed(piece, shown));
    };
    measure("log text", &log);
    measure("base64", &base64());
    measure("secrets", &repeated(&structured[0]));
    let percent = [str::repeat("%", 1000)];
    let filter_of_percent = filter(&percent);
    let mut stream = filter_of_percent.stream();
    let text = &repeated(&percent[0])[..LITTLE];
    show("1000 percent signs, in both", text, PIECE, |piece, shown| stream.feed(piece, shown));
    let same = "a".repeat(91);
    let filter = filter(std::slice::from_ref(&same));
    let mut stream = filter.stream();
    let text = repeated(&format!("{}b", &same[1..]));
    let name = "one letter over and over, in both";
    show(name, &text, PIECE, |piece, shown| stream.feed(piece, shown));
}

fn filter(secrets: &[String]) -> Arc<Filter> {
    let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(secret.clone())).collect();
    Arc::new(Filter::new(&secrets))
}

/// A secret with many parts.
fn service_account() -> String {
    let mut random = Random::default();
    let lines: Vec<_> = (0..26).map(|_| random.text(64)).collect();
    format!(
        "{{\"type\": \"service_account\", \"private_key_id\": \"{}\", \"private_key\": \
         \"-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n\"}}",
        random.text(40),
        lines.join("\\n")
    )
}

/// Measures, and prints.
fn show(name: &str, text: &[u8], piece: usize, mut feed: impl FnMut(&[u8], &mut Vec<u8>)) {
    let mut shown = Vec::with_capacity(2 * PIECE);
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for piece in text.chunks(piece) {
            shown.clear();
            feed(black_box(piece), &mut shown);
            black_box(&shown);
        }
        best = best.min(start.elapsed());
    }
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    let rate = text.len() as f64 / best.as_secs_f64() / 1e6;
    println!("{name:44} {rate:>10.0}");
}

/// What agents print: times, levels, numbers, addresses.
fn log() -> Vec<u8> {
    let mut random = Random::default();
    let mut text = String::new();
    while text.len() < SIZE {
        let [one, two, three] = [(); 3].map(|()| random.next());
        text.push_str(&format!(
            "2026-11-22T13:{:02}:{:02}.{:06}Z INFO  worker-{} GET /2/tweets/{one}?max_results={} \
             took {} ms: 200, rate limit {} of 900, \"next_token\": \"{}\"\n",
            one % 60,
            two % 60,
            three % 1_000_000,
            one % 16,
            two % 100,
            three % 900,
            two % 900,
            random.text(19)
        ));
    }
    text.truncate(SIZE);
    text.into_bytes()
}

fn binary() -> Vec<u8> {
    let mut random = Random::default();
    std::iter::repeat_with(|| random.next().to_le_bytes()).take(SIZE / 8).flatten().collect()
}

fn base64() -> Vec<u8> {
    let mut random = Random::default();
    std::iter::repeat_with(|| random.text(76) + "\n")
        .take(SIZE / 77)
        .collect::<String>()
        .into_bytes()
}

/// JSON within JSON, with a language that it escapes.
fn json() -> Vec<u8> {
    repeated(
        "{\"text\": \"{\\\"id\\\": 1, \\\"t\\\": \\\"\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442 100%\\\"}\\n\"}\n",
    )
}

/// All but the last byte of secrets.
fn beginnings(secrets: &[String], written: fn(&str) -> String) -> Vec<u8> {
    let all: Vec<_> = secrets.iter().map(|secret| written(&secret[..secret.len() - 1])).collect();
    repeated(&(all.join("\n") + "\n"))
}

fn percent(secret: &str) -> String {
    secret.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

fn codes(secret: &str) -> String {
    secret.bytes().map(|byte| format!("\\u00{byte:02x}")).collect::<Vec<_>>().concat()
}

fn repeated(text: &str) -> Vec<u8> {
    text.repeat(SIZE / text.len()).into_bytes()
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self(0x2545_f491_4f6c_dd1d)
    }
}

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn text(&mut self, length: usize) -> String {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut letter = || char::from(alphabet[usize::try_from(self.next() % 64).expect("small")]);
        std::iter::repeat_with(&mut letter).take(length).collect()
    }
}
