//! A placeholder: the texts that an agent has in the place of a token and of what belongs to it. They are
//! good at the broker of the run alone.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::catalog::Provider;
use crate::model::credential_id::{Kind, Part};
use crate::model::variable_content::VariableContent;
use crate::sys::random::random_characters;

/// The texts in the place of a credential's.
#[derive(Clone, PartialEq, Eq)]
pub struct Placeholder {
    texts: Vec<(VariableContent, String)>,
}

impl Placeholder {
    /// Makes a placeholder that nobody can guess, of the form of the provider's tokens; `account` is the
    /// account's id at the provider, where it is known.
    pub fn random(provider: &Provider, kind: Kind, part: &Part, account: Option<&str>) -> Self {
        let secret = VariableContent::of(kind).iter().filter(|content| is_secret(**content));
        let texts = secret.map(|content| {
            let form = provider.placeholder_form(kind, part, *content);
            (*content, form.fill(account, random_characters))
        });
        Self { texts: texts.collect() }
    }

    /// Takes the texts of a placeholder that was made by another process.
    pub fn of(texts: Vec<(VariableContent, String)>) -> Self {
        Self { texts }
    }

    /// Returns the texts, each with what it stands for.
    pub fn texts(&self) -> &[(VariableContent, String)] {
        &self.texts
    }

    /// Returns what stands for the token.
    pub fn token(&self) -> &str {
        self.text(VariableContent::AccessToken).unwrap_or_default()
    }

    /// Returns what stands for a part of the credential.
    pub fn text(&self, content: VariableContent) -> Option<&str> {
        self.texts.iter().find(|(of, _)| *of == content).map(|(_, text)| text.as_str())
    }

    /// Returns whether a text stands for a part of the credential. The time that it takes does not tell how
    /// much of it is right.
    pub(super) fn stands(&self, given: &str, content: VariableContent) -> bool {
        let own = self.text(content).unwrap_or_default();
        !own.is_empty() && bool::from(own.as_bytes().ct_eq(given.as_bytes()))
    }
}

impl fmt::Debug for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Placeholder")
    }
}

fn is_secret(content: VariableContent) -> bool {
    matches!(
        content,
        VariableContent::AccessToken
            | VariableContent::TokenSecret
            | VariableContent::ConsumerKey
            | VariableContent::ConsumerSecret
    )
}

#[cfg(test)]
mod tests {
    use hyper::http::HeaderValue;

    use super::*;
    use crate::catalog::{Catalog, TokenKind};

    /// The kinds and parts of every provider, with a placeholder for each.
    fn all(catalog: &Catalog) -> Vec<(&Provider, Kind, Part, Placeholder)> {
        let providers = catalog.providers().flat_map(|provider| {
            let kinds = provider.kinds_and_parts().into_iter();
            kinds.map(move |(kind, part)| {
                let placeholder = Placeholder::random(provider, kind, &part, Some("1234567890"));
                (provider, kind, part, placeholder)
            })
        });
        providers.collect()
    }

    #[test]
    fn a_placeholder_is_recognised_and_fits_into_a_header() {
        for (provider, kind, part, placeholder) in all(&Catalog::builtin()) {
            for (content, text) in placeholder.texts() {
                let of =
                    format!("{} {kind:?} {part:?} {content:?}: {text}", provider.slug.as_str());
                assert!(text.contains("xreq"), "{of}");
                assert!(
                    HeaderValue::from_str(text).is_ok() && !text.contains([' ', '"', ',']),
                    "{of}"
                );
                assert!(text.len() >= 25, "{of}");
            }
            let kinds = placeholder.texts().len();
            assert_eq!(kinds, if kind == Kind::Oauth1 { 4 } else { 1 });
        }
    }

    #[test]
    fn a_placeholder_has_the_shape_of_its_token() {
        let catalog = Catalog::builtin();
        let mut held = 0;
        for (provider, kind, _, placeholder) in all(&catalog) {
            let expected = match kind {
                Kind::Oauth2 => TokenKind::AccessToken,
                Kind::AppOnly => TokenKind::AppOnly,
                Kind::Oauth1 => TokenKind::Oauth1,
                Kind::Static | Kind::ServiceAccount => continue,
            };
            if provider.token_shapes.iter().any(|shape| shape.kind == expected) {
                let shape = provider.recognise_token(placeholder.token());
                assert_eq!(
                    shape.map(|shape| shape.kind),
                    Some(expected),
                    "{}",
                    placeholder.token()
                );
                held += 1;
            }
            if let Some(oauth1) = provider.kinds.oauth1.as_ref().filter(|_| kind == Kind::Oauth1) {
                for (content, text) in placeholder.texts() {
                    assert!(oauth1.looks_like(*content, text), "{content:?}: {text}");
                }
            }
        }
        assert!(held >= 3, "X has three of them: {held}");
    }

    /// The beginnings that programs look for, and the accounts that they read from tokens.
    #[test]
    fn placeholders_begin_as_programs_expect() {
        let catalog = Catalog::builtin();
        for (slug, kind, part, begins) in [
            ("slack", Kind::Oauth2, "bot", "xoxb-"),
            ("slack", Kind::Oauth2, "user", "xoxp-"),
            ("slack", Kind::Static, "main", "xoxb-"),
            ("github", Kind::Oauth2, "main", "gho_"),
            ("discord", Kind::Static, "main", "MTIzNDU2Nzg5MA."),
            ("google", Kind::Oauth2, "main", "ya29."),
            ("google", Kind::ServiceAccount, "main", "ya29."),
            ("gcp", Kind::ServiceAccount, "main", "ya29."),
            ("notion", Kind::Static, "main", "ntn_"),
            ("x", Kind::Oauth1, "main", "1234567890-"),
            ("x", Kind::AppOnly, "main", "AAAA"),
        ] {
            let found = all(&catalog).into_iter().find(|(provider, of, its, _)| {
                provider.slug.as_str() == slug && *of == kind && its.as_str() == part
            });
            let (.., placeholder) = found.unwrap_or_else(|| panic!("{slug} {kind:?}"));
            assert!(placeholder.token().starts_with(begins), "{slug}: {}", placeholder.token());
        }
    }

    #[test]
    fn a_placeholder_is_itself_alone_and_is_not_shown() {
        let catalog = Catalog::builtin();
        let x = catalog.provider("x").expect("it is built in");
        let make = || Placeholder::random(x, Kind::Oauth2, Part::main(), None);
        let (one, other) = (make(), make());
        assert!(one.stands(one.token(), VariableContent::AccessToken));
        for given in [other.token(), "", &one.token()[1..], &format!("{}x", one.token())] {
            assert!(!one.stands(given, VariableContent::AccessToken), "{given}");
        }
        assert!(!one.stands("", VariableContent::TokenSecret), "it has none");
        assert!(!format!("{one:?}").contains(one.token()));
        assert_eq!(Placeholder::of(one.texts().to_vec()), one);
    }
}
