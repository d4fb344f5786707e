//! Every input that the fuzzer kept, through the same functions as the fuzzer's: what was found once
//! is not lost, and nothing that is read makes xreq hang.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::fuzz;

/// What no input may take longer than. A build without optimisation is far slower.
const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 50 });

/// Who measures on a busy machine measures others too, and so tries again.
const TRIES: usize = 3;

/// Runs a check on every file of a corpus.
fn replay(target: &str, check: fn(&[u8])) {
    let mut slowest = (Duration::ZERO, PathBuf::new());
    let mut broken = Vec::new();
    let files = files(target);
    check(b"");
    for file in &files {
        let bytes = fs::read(file).expect("the corpus can be read");
        match catch_unwind(|| fastest(check, &bytes)) {
            Ok(took) => slowest = slowest.max((took, file.clone())),
            Err(_) => broken.push(file),
        }
    }
    assert!(broken.is_empty(), "what must hold does not hold for {broken:#?}");
    let (took, file) = slowest;
    println!("{target}: {} inputs, the slowest {took:?}: {}", files.len(), file.display());
    assert!(took <= LONGEST, "{} takes {took:?}", file.display());
}

fn fastest(check: fn(&[u8]), bytes: &[u8]) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..TRIES {
        let began = Instant::now();
        check(bytes);
        fastest = fastest.min(began.elapsed());
        if fastest <= LONGEST {
            break;
        }
    }
    fastest
}

fn files(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    assert!(files.len() >= 50, "the corpus of {target} shrank to {}", files.len());
    files
}

#[test]
fn manifests_of_the_fuzzer() {
    replay("manifest", fuzz::manifest::check);
}

#[test]
fn provider_files_of_the_fuzzer() {
    replay("provider", fuzz::provider::check);
}

#[test]
fn files_of_the_store_of_the_fuzzer() {
    replay("store", fuzz::store::check);
}

#[test]
fn token_responses_of_the_fuzzer() {
    replay("token_response", fuzz::token_response::check);
}
