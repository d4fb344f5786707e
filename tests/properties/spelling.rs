//! However requirements are spelled, they are the same requirements.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::subsequence;
use serde_json::{Map, Value, json};
use xreq::findings::Source;
use xreq::manifest::{self, Requirements};

/// What an app requires of one provider, as all spellings can say it.
#[derive(Clone, Debug)]
struct Wanted {
    provider: String,
    /// Without the provider's name.
    capabilities: Vec<String>,
    /// Raw scopes of the provider itself.
    scopes: Vec<String>,
    /// By name.
    secrets: BTreeMap<String, Manner>,
    manner: Manner,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Manner {
    optional: Option<bool>,
    description: Option<String>,
}

/// The spellings; others are ways to write entries of these.
#[derive(Clone, Copy, Debug)]
enum Spelling {
    Requirements,
    TopLevel,
    CredentialsList,
    CredentialsMap,
    /// An entry a provider, as in the mapping.
    Integrations,
    ListOfProviders,
}

impl Manner {
    fn add_to(&self, object: &mut Map<String, Value>) {
        if let Some(optional) = self.optional {
            object.insert("optional".to_owned(), optional.into());
        }
        if let Some(description) = &self.description {
            object.insert("description".to_owned(), description.as_str().into());
        }
    }

    /// The manner of a secret that comes with this.
    fn around(&self, inner: &Self) -> Self {
        let optional = self.optional == Some(true) || inner.optional == Some(true);
        Self { optional: optional.then_some(true), description: inner.description.clone() }
    }
}

/// An entry of a list; a bare string where that says it all and `bare` is true.
fn entry(key: &str, scopes: &[String], manner: &Manner, bare: bool) -> Value {
    if bare && scopes.is_empty() && *manner == Manner::default() {
        return key.into();
    }
    let mut object = Map::new();
    object.insert("key".to_owned(), key.into());
    if !scopes.is_empty() {
        object.insert("scopes".to_owned(), json!(scopes));
    }
    manner.add_to(&mut object);
    object.into()
}

impl Wanted {
    fn keys(&self) -> impl Iterator<Item = String> {
        self.capabilities.iter().map(|name| format!("{}.{name}", self.provider))
    }

    /// Whether the provider itself is required.
    fn wants_provider(&self) -> bool {
        !self.scopes.is_empty() || self.capabilities.is_empty() && self.secrets.is_empty()
    }

    fn entries(&self, bare: bool) -> Vec<Value> {
        let keys = self.keys().map(|key| entry(&key, &[], &self.manner, bare));
        let whole = self.wants_provider();
        let whole = whole.then(|| entry(&self.provider, &self.scopes, &self.manner, bare));
        keys.chain(whole).collect()
    }

    fn secrets(&self, bare: bool) -> Vec<Value> {
        let secrets = self.secrets.iter();
        secrets.map(|(name, inner)| entry(name, &[], &self.manner.around(inner), bare)).collect()
    }

    /// The provider as one entry of a list, which names it by this field; its secrets stand elsewhere.
    fn in_list(&self, name: &str) -> Option<Value> {
        let mut object = Map::from_iter([(name.to_owned(), self.provider.as_str().into())]);
        let keys: Vec<_> = self.keys().collect();
        if !keys.is_empty() {
            object.insert("capabilities".to_owned(), json!(keys));
        }
        if !self.scopes.is_empty() {
            object.insert("scopes".to_owned(), json!(self.scopes));
        }
        self.manner.add_to(&mut object);
        (self.wants_provider() || !keys.is_empty()).then(|| object.into())
    }

    fn in_map(&self, bare: bool) -> Value {
        let mut object = Map::new();
        if !bare {
            object.insert("slug".to_owned(), self.provider.as_str().into());
        }
        let keys: Vec<_> = self.keys().collect();
        if !keys.is_empty() {
            object.insert("capabilities".to_owned(), json!(keys));
        }
        if !self.scopes.is_empty() {
            object.insert("scopes".to_owned(), json!(self.scopes));
        }
        if !self.secrets.is_empty() {
            let secrets = self.secrets.iter();
            let secrets: Vec<_> =
                secrets.map(|(name, inner)| entry(name, &[], inner, bare)).collect();
            object.insert("secrets".to_owned(), secrets.into());
        }
        self.manner.add_to(&mut object);
        if bare && object.is_empty() { Value::Null } else { object.into() }
    }
}

/// The manifest in one spelling, with top-level fields of the app around it.
fn manifest(wanted: &[Wanted], spelling: Spelling, bare: bool) -> Value {
    let entries: Vec<_> = wanted.iter().flat_map(|wanted| wanted.entries(bare)).collect();
    let secrets: Vec<_> = wanted.iter().flat_map(|wanted| wanted.secrets(bare)).collect();
    let section = |name: &str, list: &[Value]| {
        let present = (!list.is_empty()).then(|| (name.to_owned(), json!(list)));
        present.into_iter().collect::<Map<_, _>>()
    };
    let beside_secrets = |name, entries: &[Value]| {
        let mut lists = section(name, entries);
        lists.extend(section("secrets", &secrets));
        lists
    };
    let lists = |name| beside_secrets(name, &entries);
    let providers = |name, fields: [&str; 2]| {
        let field = fields[usize::from(bare)];
        let entries: Vec<_> = wanted.iter().filter_map(|wanted| wanted.in_list(field)).collect();
        beside_secrets(name, &entries)
    };
    let mut manifest = Map::new();
    manifest.insert("name".to_owned(), json!("an app: # of mine"));
    manifest.extend(match spelling {
        Spelling::Requirements => {
            Map::from_iter([("requirements".to_owned(), lists("integrations").into())])
        }
        Spelling::TopLevel => lists("integrations"),
        Spelling::CredentialsList => lists("credentials"),
        Spelling::Integrations => providers("integrations", ["slug", "key"]),
        Spelling::ListOfProviders => providers("credentials", ["slug", "provider"]),
        Spelling::CredentialsMap => {
            let map: Map<_, _> = wanted
                .iter()
                .map(|wanted| (wanted.provider.clone(), wanted.in_map(bare)))
                .collect();
            Map::from_iter([("credentials".to_owned(), map.into())])
        }
    });
    manifest.insert("env".to_owned(), json!({ "PORT": 80, "secrets": ["not ours"] }));
    manifest.into()
}

/// Writes a value as YAML in block style, where there is something to write below one another.
fn block(value: &Value, indent: usize, yaml: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                yaml.push_str(&format!("\n{margin}{key}:"));
                block(value, indent + 2, yaml);
            }
        }
        Value::Array(array) if !array.is_empty() => {
            for value in array {
                yaml.push_str(&format!("\n{margin}-"));
                block(value, indent + 2, yaml);
            }
        }
        value => yaml.push_str(&format!(" {value} # a comment")),
    }
}

/// A requirement without its place: the key, raw scopes, the description, whether it is optional.
type Required = (String, Vec<String>, Option<String>, bool);

/// The requirements without places and order.
fn normal(requirements: Requirements) -> Vec<Required> {
    let integrations = requirements.integrations.into_iter().map(|integration| {
        let mut scopes: Vec<_> = integration.scopes.into_iter().map(|scope| scope.name).collect();
        scopes.sort();
        (
            integration.key,
            scopes,
            integration.description.map(|words| words.text),
            integration.optional,
        )
    });
    let secrets = requirements.secrets.into_iter();
    let secrets = secrets.map(|secret| {
        (secret.name, Vec::new(), secret.description.map(|words| words.text), secret.optional)
    });
    let mut all: Vec<_> = integrations.chain(secrets).collect();
    all.sort();
    all
}

fn read(text: &str) -> Result<Vec<Required>, TestCaseError> {
    let (requirements, findings) = manifest::read(&Source::new("xreq.yaml", text.to_owned()));
    prop_assert!(findings.is_empty(), "{:?}\n{}", findings, text);
    Ok(normal(requirements))
}

fn manner() -> impl Strategy<Value = Manner> {
    let optional = prop_oneof![4 => Just(None), 1 => Just(Some(true)), 1 => Just(Some(false))];
    let description = prop::option::weighted(0.2, "[ -~é🙂\\n]{1,20}");
    (optional, description).prop_map(|(optional, description)| Manner { optional, description })
}

/// Up to three providers, with names of keys that need not exist.
fn wanted() -> impl Strategy<Value = Vec<Wanted>> {
    let names = ["tweet.read", "tweet.write", "dm.read", "media_2.write", "a"].map(str::to_owned);
    let names = names.to_vec();
    let of = move |provider: &'static str| {
        let secrets = ["KEY", "_", "a1", "LONG_NAME_2"].map(|name| format!("{provider}_{name}"));
        let secrets = subsequence(secrets.map(|name| name.replace('-', "_")).to_vec(), 0..=3);
        let secrets = (secrets, prop::collection::vec(manner(), 3))
            .prop_map(|(names, manners)| names.into_iter().zip(manners).collect());
        (subsequence(names.clone(), 0..=3), subsequence(names.clone(), 0..=2), secrets, manner())
            .prop_map(move |(capabilities, scopes, secrets, manner)| Wanted {
                provider: provider.to_owned(),
                capabilities,
                scopes,
                secrets,
                manner,
            })
    };
    let all = (of("x"), of("acme"), of("google-sa"));
    let all = all.prop_map(|(x, acme, google)| vec![x, acme, google]);
    (all, subsequence(vec![0, 1, 2], 1..=3)).prop_map(|(all, chosen)| {
        chosen.into_iter().map(|index: usize| all[index].clone()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_spellings_mean_the_same(wanted in wanted()) {
        let mut expected: Vec<_> = wanted
            .iter()
            .flat_map(|wanted| {
                let Manner { optional, description } = wanted.manner.clone();
                let optional = optional == Some(true);
                let whole = wanted.wants_provider().then(|| {
                    let mut scopes = wanted.scopes.clone();
                    scopes.sort();
                    (wanted.provider.clone(), scopes, description.clone(), optional)
                });
                let keys: Vec<_> = wanted
                    .keys()
                    .map(|key| (key, Vec::new(), description.clone(), optional))
                    .collect();
                let secrets: Vec<_> = wanted
                    .secrets
                    .iter()
                    .map(|(name, inner)| {
                        let Manner { optional, description } = wanted.manner.around(inner);
                        (name.clone(), Vec::new(), description, optional == Some(true))
                    })
                    .collect();
                keys.into_iter().chain(whole).chain(secrets)
            })
            .collect();
        expected.sort();
        for spelling in [
            Spelling::Requirements,
            Spelling::TopLevel,
            Spelling::CredentialsList,
            Spelling::CredentialsMap,
            Spelling::Integrations,
            Spelling::ListOfProviders,
        ] {
            for bare in [true, false] {
                let manifest = manifest(&wanted, spelling, bare);
                let mut blocks = String::new();
                block(&manifest, 0, &mut blocks);
                let texts = [
                    manifest.to_string(),
                    format!("{manifest:#}\n"),
                    format!("{blocks}\n"),
                    format!("\u{feff}---{}\r\n...\r\n", blocks.replace('\n', "\r\n")),
                ];
                for text in texts {
                    prop_assert_eq!(&read(&text)?, &expected, "{:?} {}", spelling, text);
                }
            }
        }
    }
}
