use super::*;
use crate::catalog::{Inclusion, Wanted};

/// A provider with the shape of two real ones: a scope that includes a smaller one, a chain, other
/// names, and scopes that see less.
const SCOPES: &str = r#"
  "public": "See what is public",
  "repo": {"text": "See all", "implies": ["public", "status"]},
  "status": "See states",
  "mail": {"text": "All mail", "implies": ["change"]},
  "modify": {"text": "Change mail", "implies": ["readonly", "send"]},
  "readonly": {"text": "Read mail", "implies": ["metadata"]},
  "send": "Send mail",
  "metadata": {"text": "See headers", "narrow": "sees headers alone"},
  "drive": {"text": "See files", "implies": ["drive.readonly", "drive.file"]},
  "drive.readonly": "Read files",
  "drive.file": {"text": "See own files", "narrow": "sees its own files", "implies": ["docs"]},
  "docs": "See documents",
  "profile.wire": "See the name"
"#;

fn provider(operations: &str) -> Provider {
    with_keys("", operations)
}

fn with_keys(capabilities: &str, operations: &str) -> Provider {
    let text = format!(
        r#"{{
          "provider": "p", "title": "P", "env_prefix": "P",
          "endpoints": {{"authorize_url": "https://p.example/a", "token_url": "https://p.example/t",
                        "api_url": "https://p.example"}},
          "client_authentication": {{"public": "none"}}, "pkce": "S256",
          "redirect_uri": "http://127.0.0.1:8080/callback",
          "scopes": {{{SCOPES}}},
          "scope_aliases": {{"profile": "profile.wire", "mailbox": "mail", "change": "modify"}},
          "capabilities": {{{capabilities}}},
          "operations": [{operations}]
        }}"#
    );
    crate::catalog::load::provider(std::path::Path::new("p.json"), text.as_bytes())
        .expect("the file is right")
}

/// The alternatives that a text names: `a b | c`.
fn sets(text: &str) -> Vec<ScopeSet> {
    text.split('|').map(ScopeSet::parse).collect()
}

fn alternatives(sets: &[ScopeSet]) -> Alternatives<'_> {
    Alternatives::new(&sets[0], &sets[1..])
}

#[test]
fn granted_scopes_have_all_that_they_include_by_whatever_name() {
    let provider = provider("");
    for (granted, expected) in [
        ("public", "public"),
        ("repo", "public repo status"),
        ("mail", "mail metadata modify readonly send"),
        ("mailbox", "mail metadata modify readonly send"),
        ("profile other", "other profile.wire"),
        ("", ""),
    ] {
        let granted = ScopeSet::parse(granted);
        assert_eq!(provider.closed(&granted).to_string(), expected);
    }
}

#[test]
fn what_is_missing_is_the_rest_of_the_alternative_that_lacks_least() {
    let provider = provider("");
    for (wanted, granted, alternative, missing) in [
        ("public", "repo", "public", ""),
        ("profile", "profile.wire", "profile", ""),
        ("profile.wire", "profile", "profile.wire", ""),
        ("public", "", "public", "public"),
        // Fewer or equal: the first.
        ("public | send status", "send", "public", "public"),
        ("public docs | send status", "send", "send status", "status"),
        ("public | send status", "send status", "send status", ""),
        // One that was granted by its name, before one that is included.
        ("public | repo", "repo", "repo", ""),
        ("public | status", "repo", "public", ""),
        // A narrow one that is meant has to be had, whichever other one is.
        ("drive.file", "metadata", "drive.file", "drive.file"),
        ("drive.file | public", "metadata", "drive.file", "drive.file"),
        // Never a narrow one that was not meant.
        ("public docs | metadata", "", "docs public", "docs public"),
        ("metadata", "", "metadata", "metadata"),
    ] {
        let (wanted, granted) = (sets(wanted), ScopeSet::parse(granted));
        let coverage = provider.coverage(alternatives(&wanted), &granted);
        assert_eq!(*coverage.alternative, ScopeSet::parse(alternative), "{wanted:?} {granted}");
        assert_eq!(coverage.missing, ScopeSet::parse(missing), "{wanted:?} {granted}");
        assert_eq!(coverage.is_covered(), missing.is_empty());
        assert_eq!(provider.covers_any(&granted, alternatives(&wanted)), missing.is_empty());
        assert!(coverage.narrow.is_empty(), "{coverage:?}");
        assert_eq!(coverage.missing_of_whole, coverage.missing);
        assert_eq!(provider.covers_wholly(&granted, alternatives(&wanted)), missing.is_empty());
    }
}

#[test]
fn what_is_covered_through_narrow_scopes_alone_is_told() {
    let provider = provider("");
    for (wanted, granted, narrow, widening) in [
        ("drive | drive.file", "drive.file", "drive.file", "drive"),
        ("drive | drive.file", "drive.file drive", "", ""),
        // What a narrow scope includes is had in part, too.
        ("docs", "drive.file", "drive.file", "docs"),
        ("docs public", "drive.file public metadata", "drive.file", "docs"),
        // It is meant.
        ("drive.file", "drive.file", "", ""),
        ("drive.file | drive", "drive.file", "", ""),
        // Whoever sees all of it sees the part as a whole.
        ("send | drive.file", "drive", "", ""),
        ("readonly | metadata", "modify", "", ""),
    ] {
        let (wanted, granted) = (sets(wanted), ScopeSet::parse(granted));
        let coverage = provider.coverage(alternatives(&wanted), &granted);
        assert!(coverage.is_covered(), "{wanted:?} {granted}");
        assert_eq!(coverage.narrow, ScopeSet::parse(narrow), "{wanted:?} {granted}");
        assert_eq!(coverage.missing_of_whole, ScopeSet::parse(widening), "{wanted:?} {granted}");
        assert_eq!(provider.covers_wholly(&granted, alternatives(&wanted)), widening.is_empty());
    }
}

#[test]
fn the_chain_from_what_was_granted_is_told() {
    let provider = provider("");
    let told = |wanted: &str, granted: &str| {
        let found = provider.inclusions(&ScopeSet::parse(wanted), &ScopeSet::parse(granted));
        let line = |it: &Inclusion| format!("{}: {it}", it.scope);
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    for (wanted, granted, expected) in [
        ("readonly", "modify", "readonly: granted modify, which includes it"),
        (
            "readonly",
            "mailbox",
            "readonly: granted mailbox, which includes modify, which includes it",
        ),
        // The shortest way.
        ("readonly", "mail modify", "readonly: granted modify, which includes it"),
        ("profile", "profile.wire", ""),
        ("profile.wire", "profile", "profile.wire: granted profile, which is the same"),
        ("readonly public", "readonly", ""),
        (
            "docs",
            "drive.file drive",
            "docs: granted drive, which includes drive.file, which includes it",
        ),
        (
            "public send",
            "repo modify",
            "public: granted repo, which includes it\nsend: granted modify, which includes it",
        ),
    ] {
        assert_eq!(told(wanted, granted), expected, "{wanted} of {granted}");
    }
}

#[test]
fn what_is_granted_beyond_the_needed_is_unneeded_or_broad() {
    let provider = provider("");
    for (needed, granted, unneeded, broad) in [
        ("readonly", "modify", "", "modify: readonly"),
        ("public", "repo", "", "repo: public"),
        ("public status", "repo public", "", "repo: public status"),
        ("repo", "repo public", "", ""),
        ("repo", "repo docs", "docs", ""),
        ("send", "readonly", "readonly", ""),
        ("modify readonly", "mailbox send", "", "mailbox: modify"),
        ("profile", "profile.wire", "", ""),
        ("", "public unknown", "public unknown", ""),
    ] {
        let surplus = provider.surplus(&ScopeSet::parse(granted), &ScopeSet::parse(needed));
        assert_eq!(surplus.unneeded, ScopeSet::parse(unneeded), "{granted} for {needed}");
        let found: Vec<_> =
            surplus.broad.iter().map(|it| format!("{}: {}", it.scope, it.enough)).collect();
        assert_eq!(found.join("\n"), broad, "{granted} for {needed}");
    }
}

#[test]
fn a_scope_itself_is_named_before_one_that_includes_it() {
    let provider = provider("");
    for (granted, scope, expected) in [
        ("drive docs", "docs", Some("docs")),
        ("modify readonly", "readonly", Some("readonly")),
        ("modify", "readonly", Some("modify")),
        ("send", "readonly", None),
    ] {
        let granted = ScopeSet::parse(granted);
        assert_eq!(provider.including(&granted, scope), expected, "{scope} of {granted}");
    }
}

#[test]
fn consent_is_asked_for_what_unlocks_the_least() {
    // `drive` unlocks two operations that nobody needs, `drive.readonly` one.
    let provider = provider(
        r#"
        {"method": "GET", "path": "/1", "summary": "s", "user": ["drive"]},
        {"method": "GET", "path": "/2", "summary": "s",
         "user": {"any_of": [["drive"], ["drive.readonly"]]}},
        {"method": "GET", "path": "/3", "summary": "s", "user": ["send"]}
        "#,
    );
    for (wanted, besides, expected) in [
        (&["drive | drive.readonly"][..], "", "drive.readonly"),
        (&["drive | docs"], "", "docs"),
        // What is asked for anyway is enough.
        (&["drive.readonly | docs", "drive"], "", "drive"),
        (&["drive | drive.readonly"], "drive", "drive"),
        // Two that unlock as much: fewer scopes, then the first.
        (&["public status | docs"], "", "docs"),
        (&["public | docs"], "", "public"),
        (&["repo public"], "status", "repo"),
        // Fewer are had by two than by the one that includes them.
        (&["repo | public status"], "", "public status"),
        (&["public | repo"], "public status", "public status"),
        // As many are had: fewer are asked for.
        (&["public status docs | repo"], "", "repo"),
        // One alternative that serves both, though it is the second of each.
        (&["public | docs", "status | docs"], "", "docs"),
        // Never a narrow one by itself.
        (&["drive | drive.file"], "", "drive"),
        (&["drive | drive.file"], "drive.file", "drive"),
        (&["drive.file"], "profile", "drive.file profile.wire"),
        (&[], "", ""),
    ] {
        let wanted: Vec<_> = wanted.iter().map(|text| sets(text)).collect();
        let wanted: Vec<_> =
            wanted.iter().map(|sets| Wanted { key: "p", scopes: alternatives(sets) }).collect();
        let selection = provider.select(&wanted, &ScopeSet::parse(besides));
        assert_eq!(selection.scopes, ScopeSet::parse(expected), "{wanted:?} {besides}");
        for (chosen, wanted) in selection.chosen.iter().zip(&wanted) {
            assert!(wanted.scopes.iter().any(|scopes| scopes == *chosen));
            assert!(provider.covers(&selection.scopes, chosen));
        }
    }
}

/// More combinations than are all tried: each requirement has the same cheap way out.
#[test]
fn an_implication_by_another_name_counts_where_the_file_is_judged() {
    let key = r#"{"title": "T", "allows": "do it", "published": ["mail"]}"#;
    let operation = r#"{"method": "GET", "path": "/1", "summary": "s", "keys": ["p.mail"], "user": ["modify"]}"#;
    let provider = with_keys(&format!(r#""p.mail": {key}"#), operation);
    assert!(provider.covers(&ScopeSet::parse("mail"), &ScopeSet::parse("modify")));
}

#[test]
fn many_requirements_with_many_alternatives_are_improved_one_by_one() {
    let provider = provider("");
    let texts: Vec<_> = (0..40).map(|at| format!("only{at} drive | only{at}b | docs")).collect();
    let wanted: Vec<_> = texts.iter().map(|text| sets(text)).collect();
    let wanted: Vec<_> =
        wanted.iter().map(|sets| Wanted { key: "p", scopes: alternatives(sets) }).collect();
    let selection = provider.select(&wanted, &ScopeSet::default());
    let mut reversed = wanted.clone();
    reversed.reverse();
    assert_eq!(provider.select(&reversed, &ScopeSet::default()).scopes, selection.scopes);
    assert!(wanted.iter().all(|it| provider.covers_any(&selection.scopes, it.scopes)));
    assert!(selection.scopes.len() <= 40, "{}", selection.scopes);
}
