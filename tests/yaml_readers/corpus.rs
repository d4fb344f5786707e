//! Small manifests in great number: seeds in every spelling, and mutations of them by the pieces of
//! text at which readers of YAML are known to part.

use crate::support::random::Random;

/// Manifests without a mistake, in the forms that people write.
const SEEDS: &[&str] = &[
    "requirements:\n  integrations:\n    - key: x.tweet.read\n      description: Reads posts\n      optional: true\n    - key: x.dm.read\n  secrets:\n    - key: FAL_KEY\n      description: Makes images\n",
    "name: app\nintegrations:\n  - x.tweet.read\n  - key: x\n    scopes: [users.read, like.read]\nsecrets:\n  - OPENAI_API_KEY\n  - {key: FAL_KEY, optional: true}\n",
    "credentials:\n- key: x.tweet.read\n- key: x.like.read\n  optional: false\n",
    "credentials:\n  x:\n    capabilities: [x.tweet.read, x.like.read]\n    optional: true\n  acme:\n    secrets:\n    - ACME_API_KEY\n",
    "{\"requirements\": {\"integrations\": [{\"key\": \"x.tweet.read\", \"optional\": false}], \"secrets\": [\"A\", \"B\"]}}\n",
    "integrations: [x.tweet.read, {key: x.dm.read, description: 'a text'}]\nsecrets: [A, B]\n",
    "# comment\nname: app # comment\nintegrations: # comment\n  # comment\n  - x.tweet.read # comment\n  # - x.dm.write\n",
    "description: |\n  text\n  - x.dm.write\nintegrations:\n  - x.tweet.read\n",
    "description: >-\n  text\n\n   more\nintegrations:\n- key: x.tweet.read\n  description: >\n    folded\n    text\n",
    "description: plain text\n  over lines\nintegrations:\n  - x.tweet.read\nlast: 'text\n\n  over lines'\n",
    "integrations:\n  - key: x.tweet.read\n    description: \"folded \\\n      text\"\n  - key: \"x.dm.read\"\n",
    "? integrations\n: - x.tweet.read\n? secrets\n: [A]\n",
    "---\nintegrations:\n- x.tweet.read\n...\n",
    "\u{feff}integrations: [x.tweet.read]\nsecrets: [A]\n",
    "name: app\r\nintegrations:\r\n  - key: x.tweet.read\r\n    optional: true\r\n",
    "integrations:\n  - - x.dm.write\n  - x.tweet.read\nother:\n  integrations: [x.dm.write]\n",
    "\"<<\": {integrations: [x.dm.write]}\nsecrets: [A]\n",
    "credentials: {x: , acme: {secrets: [A]}}\n",
    "credentials: {x:, acme: {secrets: [A]}}\n",
    "credentials: {x\n      :, acme: {secrets: [A]}}\n",
    "{?integrations: [x.tweet.read], secrets: [A]}\n",
    "{:integrations: [x.tweet.read], secrets: [A], name: [?b, :c]}\n",
    "# comment\n\u{feff}integrations: [x.tweet.read]\nsecrets: [A]\n",
    "# comment\u{85}integrations: [x.tweet.read]\nsecrets: [A] # comment\rname: app\n",
    "credentials:\n  x: {scopes: [tweet.read, \"users.read\"]}\n  no: {secrets: [A]}\n",
    "secrets: [NO, on, Y, YES, OFF]\nname: {integrations, secrets}\n",
    "requirements: {delivery: [env, file], on_refresh: signal=HUP, secrets: [A]}\n",
    "name: [a, b: c, {d, e: f}, ? g : h]\nsecrets: [A]\n",
    "credentials:\n- slug: x\n  capabilities: [x.tweet.read, x.like.read]\n- provider: x\n  scopes: [users.read]\n- {key: x, slug: x, capabilities: [x.dm.read]}\n",
    "credentials: {x: {slug: x, capabilities: [x.tweet.read]}, acme: {slug: acme, secrets: [A]}}\n",
    "name: \u{1f600} \"text\" 'it''s'\nsecrets:\n  - A\n",
];

/// The pieces that are put into a text, or in the place of a part of it.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "\n", "\r", "\r\n", "\n\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}", "\u{1c}",
    "\t", " ", "  ", "    ", "\u{a0}", "\u{3000}", "\u{2003}", "\u{feff}", "\u{200b}", "\u{7f}",
    "\u{1}", "\u{fffe}", "\u{10ffff}", "\u{1f600}", "#", " #", "# ", "\t#", "\n#", "\n# x\n",
    "\r#", "\u{85}#", ":", ": ", " :", " : ", ":\n", ":\t", "-", "- ", "\n- ", "\n  - ", "-\t",
    "--- ", "---\n", "\n---\n", "\n...\n", "...", "---", "? ", "?", "\n? ", "\n: ", "?\t", ", ",
    ",", "[", "]", "{", "}", "[]", "{}", "[ ", " ]", "'", "\"", "''", "\"\"", "\\", "\\n",
    "\\x2d", "\\u2028", "\\N", "\\\n", "\\/", "\\ud83d\\ude00", "\\U0001F600", "\\x", "\\e", "|",
    ">", "|\n", ">\n", "|-\n", "|2\n", ">+1\n", "|0\n", "| #\n", "\n  ", "\n    ", "\n      ",
    "\n\t", "\n \t", "!", "!!str ", "! ", "!!binary ", "!!set ", "!!omap ", "&a ", "*a", "<<: ",
    "\n<<: ", "\n\"<<\": ", "<<", "%", "\n%YAML 1.1\n---\n", "%TAG ! tag:x,2000:\n", "@", "`",
    "yes", "no", "on", "off", "y", "null", "~", "true", "True", "TRUE", "false", "=", "0o17",
    "0777", "0x1", "1:30", "1_000", "1e3", ".5", ".inf", "2026-11-22", "0b1", "x.dm.write",
    "\n- x.dm.write", "\n  - x.dm.write", "\n    - x.dm.write", "\nintegrations: [x.dm.write]",
    "\nsecrets: [C]", "\ncredentials: {x: {capabilities: [x.dm.write]}}", "integrations: ",
    "requirements:\n  ", "secrets: ", "key: ", "optional: ", "optional: true",
    "\n    optional: true", "{key: x.dm.write}", ", x.dm.write", "[x.dm.write]", "\"x.dm.write\"",
    "'x.dm.write'", "key", "x.dm.write:", "<<<<<<< a\n", "=======\n", "\n__proto__: ", "\n\n\n",
    " \n", "\t\n", "#\n", "\\\"", "\\r", "\\t",
];

/// A number of texts, always the same.
pub fn texts(count: usize) -> impl Iterator<Item = String> {
    let mut random = Random::new(0x9e37_79b9_7f4a_7c15);
    (0..count).map(move |_| {
        let mut text = pick(SEEDS, &mut random).to_owned();
        for _ in 0..=random.below(3) {
            text = mutated(&text, &mut random);
        }
        // A key longer than the 1024 characters that a key in one line may have.
        if random.below(100) == 0 { text.replacen("name", &"n".repeat(1030), 1) } else { text }
    })
}

fn mutated(text: &str, random: &mut Random) -> String {
    let at = place(text, random);
    let (before, after) = text.split_at(at);
    match random.below(12) {
        0..=4 => [before, pick(PIECES, random), after].concat(),
        5 => {
            let mut rest = after.chars();
            rest.next();
            [before, rest.as_str()].concat()
        }
        6 => {
            let mut rest = after.chars();
            rest.next();
            [before, pick(PIECES, random), rest.as_str()].concat()
        }
        7 => text.replacen('\n', pick(PIECES, random), 1 + at % 3),
        8 => {
            let (from, to) = (pick(PIECES, random), pick(PIECES, random));
            text.replace(from, to)
        }
        9 => with_line(text, random),
        10 => {
            let end = place(after, random);
            let quote = pick(&["'", "\"", "[", "{", "|\n", "("], random);
            let close = match quote {
                "[" => "]",
                "{" => "}",
                "|\n" => "",
                other => other,
            };
            [before, quote, &after[..end], close, &after[end..]].concat()
        }
        _ => [before, pick(PIECES, random), pick(PIECES, random), after].concat(),
    }
}

/// The text with one of its lines repeated, moved, indented or left out.
fn with_line(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let any = |random: &mut Random, lines: &[String]| below(random, lines.len());
    let (from, to) = (any(random, &lines), any(random, &lines));
    match random.below(5) {
        0 => lines.insert(to, lines[from].clone()),
        1 => lines.swap(from, to),
        2 => lines[from].insert_str(0, pick(&[" ", "  ", "\t", "- ", "# ", "    "], random)),
        3 => {
            let start = lines[from].len() - lines[from].trim_start().len();
            lines[from].drain(..start);
        }
        _ => drop(lines.remove(from)),
    }
    lines.concat()
}

/// Where a character of the text begins, or where it ends.
fn place(text: &str, random: &mut Random) -> usize {
    text.floor_char_boundary(below(random, text.len() + 1))
}

fn pick<'a>(list: &[&'a str], random: &mut Random) -> &'a str {
    list[below(random, list.len())]
}

fn below(random: &mut Random, limit: usize) -> usize {
    usize::try_from(random.below(limit as u64)).expect("it is below a size")
}
