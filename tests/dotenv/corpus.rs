//! Texts in the syntax of `.env` files, and beside it: the same ones at each run.

use crate::support::random::Random;

const INDENTS: [&str; 5] = ["", "", "", " ", "\t"];
const EXPORTS: [&str; 8] = ["", "", "", "", "", "export ", "export\t ", "export"];
const NAMES: [&str; 6] = ["A", "B_2", "LONG_NAME", "a.b", "export", "c-d"];
const EQUALS: [&str; 9] = ["=", "=", "=", "=", "= ", " =", " = ", ":", ": "];
const QUOTES: [&str; 7] = ["", "", "", "\"", "\"", "'", "`"];
const TAILS: [&str; 9] = ["", "", "", "", " ", " # it's", "#c", " x", " \"y"];
const ENDS: [&str; 7] = ["\n", "\n", "\n", "\r\n", "\n\n", "\r", ""];
const OTHERS: [&str; 8] = ["", "# comment", " # A=1", "A", "export A", "=x", "'A'=1", "# it's \"x"];

const PIECES: [&str; 32] = [
    "x",
    "value",
    "1",
    " ",
    " ",
    "#",
    " #",
    "=",
    "\\n",
    "\\r",
    "\\t",
    "\\\\",
    "\\\"",
    "\\'",
    "\\$",
    "\\x",
    "$B",
    "${A}",
    "${A:-z}",
    "\"",
    "'",
    "`",
    "\n",
    "\r\n",
    "\t",
    "é",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{c}",
    "{\"k\": 1}",
    "-----BEGIN-----",
];

/// Makes so many texts.
pub fn texts(count: usize) -> impl Iterator<Item = String> {
    let mut random = Random::new(0x0d07_e0f5);
    (0..count).map(move |_| {
        let lines = 1 + random.below(3);
        (0..lines).map(|_| line(&mut random)).collect()
    })
}

fn line(random: &mut Random) -> String {
    let end = one(random, &ENDS);
    if random.below(8) == 0 {
        return format!("{}{end}", one(random, &OTHERS));
    }
    let quote = one(random, &QUOTES);
    let pieces = random.below(4);
    let value: String = (0..pieces).map(|_| one(random, &PIECES)).collect();
    let closing = if random.below(12) == 0 { "" } else { quote };
    let parts = [
        one(random, &INDENTS),
        one(random, &EXPORTS),
        one(random, &NAMES),
        one(random, &EQUALS),
        quote,
        &value,
        closing,
        one(random, &TAILS),
        end,
    ];
    parts.concat()
}

fn one<'a>(random: &mut Random, of: &[&'a str]) -> &'a str {
    of[usize::try_from(random.below(of.len() as u64)).expect("it is small")]
}
