//! The providers that xreq knows by itself, a folder for each: `provider.json`, and `operations.json`,
//! which `tools/catalog` makes.
//!
//! A launch parses the providers that it uses. Of the others it has to know no more than what stands in
//! the table here; a test holds it against the files.

/// A built-in provider.
#[derive(Debug)]
pub(super) struct Builtin {
    /// Its name in keys and in the store.
    pub(super) slug: &'static str,
    /// The prefix of the names of all its variables.
    pub(super) env_prefix: &'static str,
    /// Whether a user's provider file of the same name takes its place: it came later than such files.
    pub(super) yields: bool,
    /// Its hosts; `*` stands for a label that is a variable.
    pub(super) hosts: &'static [&'static str],
    /// The hosts that it shares with others of the same family: one company, which has one place for
    /// consent and tokens.
    pub(super) family: &'static str,
    /// The provider without its capabilities and operations.
    pub(super) provider: &'static str,
    /// The capabilities: a line for each key, and one for what it means.
    capabilities: &'static str,
    /// The operations, compressed. The build script prepares all three.
    operations: &'static [u8],
}

/// Makes a row of the table from a provider's folder.
macro_rules! builtin {
    ($slug:literal, $env_prefix:literal, $family:literal, yields: $yields:literal, $hosts:expr) => {
        Builtin {
            slug: $slug,
            env_prefix: $env_prefix,
            family: $family,
            yields: $yields,
            hosts: &$hosts,
            provider: include_str!(concat!(env!("OUT_DIR"), "/", $slug, ".provider")),
            capabilities: include_str!(concat!(env!("OUT_DIR"), "/", $slug, ".capabilities")),
            operations: include_bytes!(concat!(env!("OUT_DIR"), "/", $slug, ".operations")),
        }
    };
}

/// All of them, the first one first.
pub(super) static BUILTIN: [Builtin; 10] = [
    builtin!("x", "X", "x", yields: false, ["api.twitter.com", "api.x.com", "x.com"]),
    builtin!("discord", "DISCORD", "discord", yields: true, ["discord.com"]),
    builtin!("gcp", "GCP", "google", yields: true, VERTEX_AI),
    builtin!("github", "GITHUB", "github", yields: true, ["api.github.com", "github.com"]),
    builtin!("google", "GOOGLE", "google", yields: true, ["accounts.google.com", "analyticsadmin.googleapis.com", "analyticsdata.googleapis.com", "docs.googleapis.com", "gmail.googleapis.com", "iamcredentials.googleapis.com", "oauth2.googleapis.com", "searchconsole.googleapis.com", "sheets.googleapis.com", "slides.googleapis.com", "sts.googleapis.com", "www.googleapis.com", "youtube.googleapis.com"]),
    builtin!("linkedin", "LINKEDIN", "linkedin", yields: true, ["api.linkedin.com", "www.linkedin.com"]),
    builtin!("microsoft", "MICROSOFT", "microsoft", yields: true, ["graph.microsoft.com", "login.microsoftonline.com"]),
    builtin!("notion", "NOTION", "notion", yields: true, ["api.notion.com"]),
    builtin!("reddit", "REDDIT", "reddit", yields: true, ["oauth.reddit.com", "www.reddit.com"]),
    builtin!("slack", "SLACK", "slack", yields: true, ["slack.com"]),
];

/// The hosts of Google Cloud: Vertex AI has one a region.
const VERTEX_AI: [&str; 52] = [
    "africa-south1-aiplatform.googleapis.com",
    "aiplatform.eu.rep.googleapis.com",
    "aiplatform.googleapis.com",
    "aiplatform.us.rep.googleapis.com",
    "asia-east1-aiplatform.googleapis.com",
    "asia-east2-aiplatform.googleapis.com",
    "asia-northeast1-aiplatform.googleapis.com",
    "asia-northeast2-aiplatform.googleapis.com",
    "asia-northeast3-aiplatform.googleapis.com",
    "asia-south1-aiplatform.googleapis.com",
    "asia-south2-aiplatform.googleapis.com",
    "asia-southeast1-aiplatform.googleapis.com",
    "asia-southeast2-aiplatform.googleapis.com",
    "asia-southeast3-aiplatform.googleapis.com",
    "australia-southeast1-aiplatform.googleapis.com",
    "australia-southeast2-aiplatform.googleapis.com",
    "europe-central2-aiplatform.googleapis.com",
    "europe-north1-aiplatform.googleapis.com",
    "europe-north2-aiplatform.googleapis.com",
    "europe-southwest1-aiplatform.googleapis.com",
    "europe-west1-aiplatform.googleapis.com",
    "europe-west10-aiplatform.googleapis.com",
    "europe-west12-aiplatform.googleapis.com",
    "europe-west15-aiplatform.googleapis.com",
    "europe-west2-aiplatform.googleapis.com",
    "europe-west3-aiplatform.googleapis.com",
    "europe-west4-aiplatform.googleapis.com",
    "europe-west6-aiplatform.googleapis.com",
    "europe-west8-aiplatform.googleapis.com",
    "europe-west9-aiplatform.googleapis.com",
    "iamcredentials.googleapis.com",
    "me-central1-aiplatform.googleapis.com",
    "me-central2-aiplatform.googleapis.com",
    "me-west1-aiplatform.googleapis.com",
    "northamerica-northeast1-aiplatform.googleapis.com",
    "northamerica-northeast2-aiplatform.googleapis.com",
    "oauth2.googleapis.com",
    "southamerica-east1-aiplatform.googleapis.com",
    "southamerica-west1-aiplatform.googleapis.com",
    "sts.googleapis.com",
    "us-central1-aiplatform.googleapis.com",
    "us-central2-aiplatform.googleapis.com",
    "us-east1-aiplatform.googleapis.com",
    "us-east4-aiplatform.googleapis.com",
    "us-east5-aiplatform.googleapis.com",
    "us-east7-aiplatform.googleapis.com",
    "us-south1-aiplatform.googleapis.com",
    "us-west1-aiplatform.googleapis.com",
    "us-west2-aiplatform.googleapis.com",
    "us-west3-aiplatform.googleapis.com",
    "us-west4-aiplatform.googleapis.com",
    "us-west8-aiplatform.googleapis.com",
];

impl Builtin {
    /// Returns the keys, each with the text of its capability, in JSON.
    pub(super) fn capabilities(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let mut lines = self.capabilities.lines();
        std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
    }

    /// Returns the text of the operations, in JSON.
    pub(super) fn operations(&self) -> Vec<u8> {
        miniz_oxide::inflate::decompress_to_vec(self.operations).expect(SOUND)
    }
}

/// The reason why embedded data can be read.
pub(super) const SOUND: &str = "embedded data is well-formed: a test reads all of it";

#[cfg(test)]
mod tests;
