//! Values that are known of an argument: those of the catalog, the manifest and the store.
//!
//! The store is read as far as no key is needed.

use std::path::PathBuf;

use clap::{Arg, ValueHint};

use super::cursor::Cursor;
use crate::app::clients;
use crate::app::context::Context;
use crate::app::manifest_source::LoadedManifest;
use crate::app::manifests::revisions;
use crate::broker::RefusalCode;
use crate::catalog::{Catalog, Provider};
use crate::cli::refresh_actions;
use crate::error::Result;
use crate::findings::Rule;
use crate::sandbox::OWNERS;
use crate::store::CredentialId;

/// The most accounts whose handles are read.
const DESCRIBED: usize = 50;

/// A word and its description.
pub(super) type Word = (String, String);

/// What an argument takes.
pub(super) enum Values {
    Words(Vec<Word>),
    Files,
    Folders,
    Manifests,
}

/// Returns what an argument takes at a place.
pub(super) fn values(argument: &Arg, cursor: &Cursor<'_>, context: &Context) -> Result<Values> {
    let fixed = argument.get_possible_values();
    if !fixed.is_empty() {
        let shown = fixed.iter().filter(|value| !value.is_hide_set());
        let word = |value: &clap::builder::PossibleValue| {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            (value.get_name().to_owned(), help)
        };
        return Ok(Values::Words(shown.map(word).collect()));
    }
    let name = argument.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
    let known = Known { cursor, context };
    let words = match (name, argument.get_id().as_str()) {
        ("PROVIDER", _) => known.providers()?,
        ("[PROVIDER=]LABEL", _) => known.accounts()?,
        (_, "keys") => known.keys()?,
        ("SCOPE", _) => known.scopes()?,
        (_, "subject") => [known.providers()?, known.keys()?, known.scopes()?].concat(),
        ("CODE", _) => rules(),
        ("REV", _) => {
            revisions(context)?.into_iter().map(|(name, kind)| (name, kind.to_owned())).collect()
        }
        ("ACTION", _) => refresh_actions().map(|(word, does)| (word, does.to_owned())).collect(),
        ("ACCOUNT", _) => OWNERS.map(|owner| (owner.to_owned(), String::new())).into(),
        (_, "name" | "client") if argument.get_long() == Some("client") => known.clients()?,
        (_, "name") if argument.is_positional() => known.secrets(),
        ("MANIFEST", _) | (_, "path" | "paths") => return Ok(Values::Manifests),
        ("FOLDER" | "DIR", _) => return Ok(Values::Folders),
        _ if argument.get_value_hint() == ValueHint::AnyPath => return Ok(Values::Files),
        _ => Vec::new(),
    };
    Ok(Values::Words(words))
}

struct Known<'a> {
    cursor: &'a Cursor<'a>,
    context: &'a Context,
}

impl Known<'_> {
    fn catalog(&self) -> Result<Catalog> {
        let named =
            self.cursor.given.iter().filter(|(argument, _)| argument.get_long() == Some("catalog"));
        let files: Vec<_> = named.map(|(_, file)| PathBuf::from(file)).collect();
        self.context.catalog(&files)
    }

    /// Collects words of each provider, or of the one that the line names.
    fn of_providers(&self, words: impl Fn(&Provider) -> Vec<Word>) -> Result<Vec<Word>> {
        let named = self.cursor.value_given("provider");
        let catalog = self.catalog()?;
        let chosen =
            catalog.providers().filter(|it| named.is_none_or(|slug| it.slug.to_string() == slug));
        Ok(chosen.flat_map(words).collect())
    }

    fn providers(&self) -> Result<Vec<Word>> {
        self.of_providers(|provider| vec![(provider.slug.to_string(), provider.title.clone())])
    }

    fn keys(&self) -> Result<Vec<Word>> {
        self.of_providers(|provider| {
            let keys = provider.capabilities.iter();
            keys.map(|(key, capability)| (key.clone(), capability.title.clone())).collect()
        })
    }

    fn scopes(&self) -> Result<Vec<Word>> {
        self.of_providers(|provider| {
            provider.scopes.iter().map(|(scope, what)| (scope.clone(), what.text.clone())).collect()
        })
    }

    /// Collects the labels of a provider that the line names, else those of all with their providers.
    fn accounts(&self) -> Result<Vec<Word>> {
        let store = self.context.store()?;
        let named = self.cursor.value_given("provider");
        let ids = match named {
            Some(provider) => store.grant_names_of(&provider.parse()?)?,
            None => store.grant_names()?,
        };
        let word = |id: &CredentialId| match named {
            Some(_) => id.account.to_string(),
            None => format!("{}={}", id.provider, id.account),
        };
        let handle = |id: &CredentialId| {
            let grant = store.grant(id).ok().flatten()?;
            grant.metadata.handle.map(|handle| format!("@{handle}"))
        };
        let are_few = ids.len() <= DESCRIBED;
        let described =
            |id| (word(id), if are_few { handle(id) } else { None }.unwrap_or_default());
        let mut words: Vec<Word> = ids.iter().map(described).collect();
        // An account may have credentials of several kinds.
        words.dedup_by(|one, other| one.0 == other.0);
        Ok(words)
    }

    fn clients(&self) -> Result<Vec<Word>> {
        let provider = self.cursor.value_given("provider");
        let listed = clients::list(provider, &[], self.context)?;
        let names = listed.into_iter().flatten().map(|client| client.name());
        Ok(names.map(|it| (it.name.to_string(), it.provider.to_string())).collect())
    }

    /// Collects the stored secrets, and to be stored those of the manifest.
    fn secrets(&self) -> Vec<Word> {
        let mut words = Vec::new();
        if self.cursor.command.get_name() == "set"
            && let Ok(declared) = LoadedManifest::find(None, self.context)
        {
            words.extend(declared.requirements.secrets.into_iter().map(|secret| {
                (secret.name, secret.description.map(|it| it.text).unwrap_or_default())
            }));
        }
        let stored =
            self.context.store().and_then(|store| Ok(store.secrets()?.collect::<Vec<_>>()));
        for listed in stored.into_iter().flatten() {
            let name = listed.name.to_string();
            if !words.iter().any(|(word, _)| *word == name) {
                words.push((name, "stored".to_owned()));
            }
        }
        words
    }
}

fn rules() -> Vec<Word> {
    let rules = Rule::ALL.iter().map(|rule| (rule.name(), rule.summary()));
    let refusals = RefusalCode::ALL.iter().map(|code| (code.name(), code.summary()));
    rules.chain(refusals).map(|(name, summary)| (name.to_owned(), summary.to_owned())).collect()
}
