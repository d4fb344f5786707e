//! The explanation of a rule, taken apart: the examples that `xreq rules CODE` shows.
//!
//! An example is a fenced block, ```` ```yaml ````, and for a rule of `diff` two of them, `old` and
//! `new`. What a store has to hold stands behind: `granted="SCOPES"` for a grant of X (or of another
//! provider, `provider="NAME"`: that of `examples/providers/scopes.yaml`) with these scopes, `expires="-1h"` for how long its access token lives (two hours unless said otherwise),
//! `minted="SCOPES"` for a service account of `provider="heron"` (`examples/providers/heron.yaml`),
//! `refresh-token` where the grant has one, `secrets="NAMES"` for secrets; `dotenv="LINE"` is the file `.env`, and
//! `command="WORDS"` what is launched.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use xreq::findings::Rule;

use crate::support::{Home, Ran};

/// The provider of examples about how scopes stand to one another.
const SCOPES_PROVIDER: &str = include_str!("../../examples/providers/scopes.yaml");

/// The provider of examples about kinds of credentials.
const KINDS_PROVIDER: &str = include_str!("../../examples/providers/heron.yaml");

/// The examples below one of the two headings of an explanation.
pub struct Example {
    blocks: Vec<(String, String)>,
}

impl Example {
    /// The example that breaks the rule, and the one that does not.
    pub fn pair(rule: Rule) -> [Self; 2] {
        let (_, rest) = rule.explanation().split_once("\n## Bad\n").expect("a bad example");
        let (bad, good) = rest.split_once("\n## Good\n").expect("a good example");
        [Self { blocks: blocks(bad) }, Self { blocks: blocks(good) }]
    }

    /// Whether it is told in words alone.
    pub fn is_told(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The one manifest, or the newer one.
    pub fn manifest(&self) -> &str {
        match self.blocks.as_slice() {
            [(_, manifest)] => manifest,
            [(old, _), (new, manifest)] if old == "old" && new.starts_with("new") => manifest,
            other => panic!("one manifest, or an old and a new one, and no {}", other.len()),
        }
    }

    /// The older manifest.
    pub fn old(&self) -> &str {
        assert_eq!(self.blocks.len(), 2, "an old and a new manifest");
        &self.blocks[0].1
    }

    /// A home whose store is as the example says, with the manifest in `xreq.yaml`.
    pub fn home(&self) -> Home {
        let home = Home::with_manifest(self.manifest());
        let info = &self.blocks.last().expect("there is a manifest").0;
        let provider = attribute(info, "provider").unwrap_or("x");
        match provider {
            "x" => {}
            "heron" => home.write("home/providers/heron.yaml", KINDS_PROVIDER),
            _ => home.write("home/providers/scopes.yaml", SCOPES_PROVIDER),
        }
        if let Some(scopes) = attribute(info, "minted") {
            home.write("token", "at");
            let token = home.path().join("token");
            let mut import = home.command();
            import.args(["import", provider, "--kind", "service_account", "--scopes", scopes]);
            Ran::of(import.arg("--token-file").arg(token)).succeeds();
        }
        if let Some(scopes) = attribute(info, "granted") {
            let life = attribute(info, "expires").unwrap_or("2h");
            let life: SignedDuration = life.parse().expect("a duration");
            let mut response = json!({ "access_token": "at", "scope": scopes });
            if info.contains("refresh-token") {
                response["refresh_token"] = "rt".into();
            }
            let at = (Timestamp::now() + life).to_string();
            let import = ["import", provider, "--expires-at", &at, "-"];
            home.xreq_with(&import, response.to_string()).succeeds();
        }
        if let Some(kind) = attribute(info, "imported") {
            home.xreq_with(&["import", provider, "--kind", kind], "AAAA").succeeds();
        }
        if let Some(provider) = attribute(info, "oauth1") {
            // Nobody answers there, so that the level stays unknown.
            home.write("home/config.yaml", "providers: {x: {api_url: 'http://127.0.0.1:9'}}\n");
            let keys = "API_KEY=k\nAPI_SECRET=s\nACCESS_TOKEN=1-t\nACCESS_TOKEN_SECRET=s\n";
            home.xreq_with(&["import", provider, "--kind", "oauth1"], keys).succeeds();
        }
        for name in attribute(info, "secrets").into_iter().flat_map(str::split_whitespace) {
            home.xreq_with(&["secret", "set", name], "value").succeeds();
        }
        if let Some(line) = attribute(info, "dotenv") {
            home.write(".env", line);
        }
        home
    }

    /// The command of a launch.
    pub fn command(&self) -> &str {
        let info = &self.blocks.last().expect("there is a manifest").0;
        attribute(info, "command").expect("a launch has a command")
    }
}

/// The fenced blocks of a text: what stands behind the language, and the content.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let info = info.strip_prefix("yaml").expect("every example is YAML").trim();
            let content: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((info.to_owned(), content.join("\n") + "\n"));
        }
    }
    blocks
}

fn attribute<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = info.split_once(&format!("{name}=\""))?;
    Some(rest.split_once('"').expect("a value ends").0)
}
