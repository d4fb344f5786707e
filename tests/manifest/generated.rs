//! Broken manifests that are too large to keep as files: each is built when the tests run.
//!
//! They belong to the corpus in `err/` and obey the same bounds: an answer in under 50 ms and
//! 20 MB, no crash, and the named rule among the findings.

/// A manifest in memory, and what must be said of it.
pub struct Generated {
    /// Kebab-case subject, as the file names in `err/`.
    pub name: &'static str,
    /// The bytes of the manifest.
    pub text: Vec<u8>,
    /// The rule that must be among the findings: `manifest/too-deep`.
    pub code: &'static str,
}

/// The size that a manifest may have at most, in bytes.
const SIZE_LIMIT: usize = 1024 * 1024;

/// Nesting far beyond any limit, enough to overflow the stack of a recursive reader.
const DEPTH: usize = 100_000;

/// All generated manifests.
#[must_use]
pub fn generated() -> Vec<Generated> {
    let cases = [
        ("nested-brackets", nested("[", "1", "]"), "manifest/too-deep"),
        ("nested-brackets-unclosed", nested("[", "", ""), "manifest/too-deep"),
        ("nested-braces", nested("{a: ", "1", "}"), "manifest/too-deep"),
        ("nested-dashes", nested("- ", "1", ""), "manifest/too-deep"),
        ("ten-megabytes", padded(VALID, 10_000_000), "manifest/too-large"),
        ("size-limit-and-a-byte", padded(VALID, SIZE_LIMIT + 1), "manifest/too-large"),
        ("size-limit-exactly", padded(UNKNOWN_KEY, SIZE_LIMIT), "manifest/unknown-key"),
        ("long-line", long_line(), "manifest/unknown-key"),
        ("long-key", long_key(), "manifest/unknown-key"),
        ("wide-list", wide_list(), "manifest/too-many-nodes"),
        ("wide-mapping", wide_mapping(), "manifest/too-many-nodes"),
        ("many-mistakes-on-one-line", many_mistakes(), "manifest/more-findings"),
    ];
    cases
        .into_iter()
        .map(|(name, text, code)| Generated { name, text: text.into_bytes(), code })
        .collect()
}

/// A manifest without a mistake.
const VALID: &str = "integrations: [x.tweet.read]\n";

/// A manifest with one mistake.
const UNKNOWN_KEY: &str = "integrations: [x.tweet.raed]\n";

/// `open` and `close` around `core`, [`DEPTH`] times.
fn nested(open: &str, core: &str, close: &str) -> String {
    [&open.repeat(DEPTH), core, &close.repeat(DEPTH), "\n"].concat()
}

/// `manifest` with comment lines after it, `size` bytes in all.
fn padded(manifest: &str, size: usize) -> String {
    let line = format!("# {}\n", "-".repeat(77));
    let rest = size - manifest.len();
    let last = "#".repeat(rest % line.len());
    [manifest, &line.repeat(rest / line.len()), &last].concat()
}

/// 900 kB without a line break, the mistake in the middle, characters of several bytes before it.
fn long_line() -> String {
    let half = "é😀 long ".repeat(37_500);
    format!("{{before: \"{half}\", {}, after: \"{half}\"}}", UNKNOWN_KEY.trim_end())
}

/// A key of half a megabyte, well formed but unknown.
fn long_key() -> String {
    format!("integrations:\n  - x.{}\n", "tweet".repeat(100_000))
}

/// A list of 30,000 numbers.
fn wide_list() -> String {
    format!("{VALID}own: [{}]\n", "0, ".repeat(30_000))
}

/// A mapping of 15,000 keys and as many values.
fn wide_mapping() -> String {
    let pairs: Vec<String> = (0..15_000).map(|i| format!("  k{i}: 0\n")).collect();
    format!("{VALID}own:\n{}", pairs.concat())
}

/// 9,000 unknown keys, all different, on one line of 160 kB.
fn many_mistakes() -> String {
    let keys: Vec<String> = (0..9_000).map(|i| format!("x.tweet.raed{i:04}")).collect();
    format!("integrations: [{}]\n", keys.join(","))
}
