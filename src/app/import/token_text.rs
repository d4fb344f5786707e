//! The text of the tokens that are imported: reading it, and telling whose they are.

use age::secrecy::ExposeSecret;
use jiff::Timestamp;

use crate::app::imported::TokenText;
use crate::catalog::Provider;
use crate::error::{Code, Error, Inventory, Remedy, Result, advice};
use crate::model::credential_id::Part;
use crate::oauth::token_file::{TokenFile, Unusable};
use crate::text::encoding;

/// Prefixes of tokens of other providers that people have at hand.
const SHAPES: [(&str, &str); 11] = [
    ("gho_", "GitHub"),
    ("ghp_", "GitHub"),
    ("ghu_", "GitHub"),
    ("ghs_", "GitHub"),
    ("ghr_", "GitHub"),
    ("github_pat_", "GitHub"),
    ("glpat-", "GitLab"),
    ("xox", "Slack"),
    ("xapp-", "Slack"),
    ("ya29.", "Google"),
    ("1//", "Google"),
];

/// Reads the tokens that a text has.
pub(super) fn parse(
    TokenText { name, bytes }: &TokenText,
    (provider, part): (&Provider, &Part),
    now: Timestamp,
) -> Result<TokenFile> {
    let text = encoding::decode(bytes).map_err(|what| {
        Error::new(Code::TokenInvalid, format!("{name} {what}")).with_hint(encoding::AS_UTF8)
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::new(Code::TokenInvalid, format!("{name} is empty"))
            .with_hint("pipe a token or a token response in, or name a file that has one"));
    }
    let parsed = if part.is_main() {
        TokenFile::parse(text, now)
    } else {
        let places = [provider.token_of_code(part), provider.token_of_refresh(part)];
        TokenFile::parse_part(text, &places, now)
    };
    parsed.map_err(|Unusable { why, way_out }| {
        let usual = "give the whole token response (JSON), or the access token and nothing else";
        Error::new(Code::TokenInvalid, format!("{name}: {why}"))
            .with_remedy(way_out.unwrap_or(usual.into()))
    })
}

/// Refuses tokens that another provider issued: if a file says whose they are, or if their form does.
pub(super) fn belongs(file: &TokenFile, provider: &Provider) -> Result<()> {
    let endpoints = &provider.endpoints;
    let of_consent = [&endpoints.token_url, &endpoints.authorize_url].into_iter().flatten();
    let urls: Vec<_> = of_consent.chain([&endpoints.api_url]).collect();
    let source = file.source.as_deref().map(host);
    let is_known = |source: &str| urls.iter().any(|url| host(url).eq_ignore_ascii_case(source));
    let other = match source {
        Some(source) if !is_known(source) => Some(source.to_owned()),
        Some(_) => None,
        None => {
            let token = file.response.access_token.expose_secret();
            let is_right = provider.recognise_token(token).is_some();
            let has_shapes = !provider.token_shapes.is_empty();
            let known = SHAPES.iter().find(|(start, _)| token.starts_with(start));
            known.filter(|_| has_shapes && !is_right).map(|(_, issuer)| (*issuer).to_owned())
        }
    };
    match other {
        None => Ok(()),
        Some(other) => Err(Error::new(
            Code::TokenInvalid,
            format!("this is a token of {other}, and the provider is {}", provider.title),
        )
        .with_hint(advice![
            Remedy::List(Inventory::Providers),
            "; a provider file describes another one"
        ])),
    }
}

/// Returns the host of a URL, or a host as it is.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}
