use std::fs;

use super::*;

/// The catalog of a folder whose files have no hosts of others.
fn of_folder(path: &Path, named: &[std::path::PathBuf]) -> Result<Catalog> {
    let agree = &|file: &Path, _: &Provider, claims: &[HostClaim]| -> Result<()> {
        panic!("{} has {claims:?}", file.display())
    };
    let folder = crate::provider_files::ProviderFolder { path, trust: None, agree };
    crate::provider_files::catalog(Some(&folder), named)
}

/// The ways to be allowed an operation: `a b | c` is `a` with `b`, or `c` alone.
pub(super) fn ways(x: &Provider, method: &str, path: &str) -> String {
    let operation = x.operation(method, path).expect(path);
    let ways: Vec<_> = x.keys_for(operation).iter().map(|keys| keys.join(" ")).collect();
    ways.join(" | ")
}

#[test]
fn of_the_keys_that_cover_an_operation_those_with_the_fewest_scopes_are_named() {
    let json = |keys: &[(&str, &str)]| {
        let mut provider: serde_json::Value =
            serde_json::from_str(builtin::BUILTIN[0].provider).expect("JSON");
        let capability = |scopes: &str| {
            let scopes: Vec<_> = scopes.split(' ').collect();
            serde_json::json!({"title": "T", "allows": "a", "published": scopes})
        };
        provider["capabilities"] =
            keys.iter().map(|(key, scopes)| ((*key).to_owned(), capability(scopes))).collect();
        provider["operations"] = serde_json::json!([
            {"method": "GET", "path": "/", "summary": "s", "user": ["a", "b"]}
        ]);
        serde_json::from_value::<Provider>(provider).expect("a provider")
    };
    for (keys, expected) in [
        (&[("big", "a b c"), ("small", "a b"), ("other", "a")][..], "small"),
        (&[("c", "a c"), ("a", "a"), ("d", "b d"), ("b", "b")], "a b"),
        (&[("a", "a"), ("first", "b c"), ("second", "b d")], "a first"),
        (&[("a", "a"), ("c", "c")], ""),
    ] {
        assert_eq!(ways(&json(keys), "GET", "/"), expected);
    }
}

#[test]
fn keys_find_their_provider_and_mistyped_ones_the_right_word() {
    let catalog = Catalog::builtin();
    let x = catalog.provider("x").expect("the built-in provider");
    let capability = x.capability("x.tweet.write").expect("a key of x");
    assert_eq!(capability.allows, "create, repost and delete posts");
    for key in ["x", "x.", "x.tweet", "x.tweet.wirte", "acme.tweet.write", ""] {
        assert!(x.capability(key).is_none(), "{key}");
    }
    assert!(catalog.owner_of_variable("X_ACCESS_TOKEN_SECRET").is_some());
    assert!(catalog.owner_of_variable("PATH").is_none());
    let scopes = || x.scopes.keys().map(String::as_str);
    assert_eq!(nearest("twet.read", scopes()), Some("tweet.read"));
    assert_eq!(nearest("follow.write", scopes()), Some("follows.write"));
}

#[test]
fn user_files_are_added_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let minimal = include_str!("../../examples/providers/minimal.yaml");
    let named =
        |slug: &str| minimal.replace("photos", slug).replace("PHOTOS", &slug.to_uppercase());
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    write("2.yml", &named("two"));
    write("1.yaml", &named("one"));
    write("3.json", r#"{"provider": "three"}"#);
    write(".4.yaml", "broken: [");
    write("5.yaml~", "broken: [");
    fs::create_dir(folder.path().join("6.yaml")).expect("a folder");

    let error = of_folder(folder.path(), &[]).expect_err("3.json is incomplete");
    assert_eq!(error.code(), Code::CatalogInvalid);
    let file = folder.path().join("3.json");
    assert_eq!(error.to_string(), format!("{}:1:1: the field `title` is missing", file.display()));
    fs::remove_file(file).expect("3.json");

    let extra = folder.path().join("extra");
    fs::write(&extra, named("zero")).expect("a file");
    let catalog = of_folder(folder.path(), &[extra]).expect("a catalog");
    let slugs: Vec<_> = catalog.providers().map(|found| found.slug.as_str()).collect();
    assert_eq!(slugs[0], "x");
    assert_eq!(slugs[builtin::BUILTIN.len()..], ["one", "two", "zero"]);
    assert!(catalog.provider("one").expect("one").operations().is_empty());

    let nowhere = folder.path().join("nowhere");
    let catalog = of_folder(&nowhere, &[]).expect("a catalog");
    assert_eq!(catalog.slugs().count(), builtin::BUILTIN.len());
    let error =
        crate::provider_files::catalog(None, &[nowhere]).expect_err("there is no such file");
    assert_eq!(error.code(), Code::FileUnreadable);
}

#[test]
fn what_is_there_is_not_redefined() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    let minimal = include_str!("../../examples/providers/minimal.yaml");
    for (text, taken) in [
        (minimal.replace("photos", "x"), "provider `x` is taken by xreq itself"),
        (minimal.replace("PHOTOS", "X"), "the variable prefix `X` is taken by xreq itself"),
        (
            minimal.replace(
                "env_prefix: PHOTOS",
                "env_prefix: X_ACCESS\nremove_env: [{name: X_ACCESS_TOKEN, reason: it is old}]",
            ),
            "the variable `X_ACCESS_TOKEN` is taken by xreq itself",
        ),
    ] {
        fs::write(&file, text).expect("a file");
        let error = crate::provider_files::catalog(None, std::slice::from_ref(&file))
            .expect_err("a conflict");
        assert_eq!(error.code(), Code::CatalogConflict);
        assert_eq!(error.to_string(), format!("{}: {taken}", file.display()));
        assert!(error.hint().is_some());
    }
    fs::write(&file, minimal).expect("a file");
    let error = crate::provider_files::catalog(None, &[file.clone(), file.clone()])
        .expect_err("it is there twice");
    let file = file.display();
    assert_eq!(error.to_string(), format!("{file}: provider `photos` is taken by {file}"));
}

#[test]
fn files_that_are_too_large_or_no_text_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    for (bytes, what) in
        [(vec![b'#'; (1 << 20) + 1], "is larger than 1 MiB"), (vec![0xff], "is not UTF-8")]
    {
        fs::write(&file, bytes).expect("a file");
        let error =
            crate::provider_files::catalog(None, std::slice::from_ref(&file)).expect_err(what);
        assert_eq!(error.code(), Code::CatalogInvalid);
        assert_eq!(error.to_string(), format!("{}: the file {what}", file.display()));
    }
}

#[test]
fn a_file_full_of_mistakes_is_refused_with_the_first_few() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("p.yaml");
    let minimal = include_str!("../../examples/providers/minimal.yaml");
    let known: Vec<_> = (0..2_000).map(|n| format!("  known{n}: a scope\n")).collect();
    let wrong: Vec<_> = (0..2_000).map(|n| format!("known_{n}, ")).collect();
    let text = minimal
        .replace("scopes:\n", &format!("scopes:\n{}", known.concat()))
        .replace("published: [", &format!("published: [{}", wrong.concat()));
    fs::write(&file, text).expect("a file");
    let error = crate::provider_files::catalog(None, &[file]).expect_err("2,000 unknown scopes");
    assert_eq!(error.to_string().lines().count(), 20);
}

#[test]
fn another_server_has_another_issuer() {
    let acme = include_str!("../../examples/providers/acme.yaml");
    let known = |overrides| {
        let mut catalog = Catalog::builtin();
        catalog.add_file(Path::new("acme.yaml"), acme.as_bytes()).expect("the example is valid");
        catalog.override_endpoints("acme", overrides).expect("they are safe");
        let acme = catalog.provider("acme").expect("it was added");
        let promise = acme.authorization_response_iss_parameter_supported;
        (acme.endpoints.issuer.clone(), promise)
    };
    let (here, there) = (Some("http://127.0.0.1:9".to_owned()), "https://login.acme.example");
    let none = EndpointOverrides::default();
    assert_eq!(known(none.clone()), (Some(there.to_owned()), true));
    let api = EndpointOverrides { api_url: here.clone(), ..none.clone() };
    assert_eq!(known(api), (Some(there.to_owned()), true));
    let server = EndpointOverrides { authorize_url: here.clone(), ..none };
    assert_eq!(known(server.clone()), (None, false));
    assert_eq!(known(EndpointOverrides { issuer: here.clone(), ..server }), (here, true));
}

#[test]
fn endpoints_can_be_overridden_by_safe_urls_alone() {
    let mut catalog = Catalog::builtin();
    let local = "http://127.0.0.1:9000/token".to_owned();
    let overrides = EndpointOverrides { token_url: Some(local.clone()), ..Default::default() };
    catalog.override_endpoints("x", overrides).expect("a URL on this machine");
    let endpoints = &catalog.provider("x").expect("x").endpoints;
    assert_eq!(endpoints.token_url.as_deref(), Some(&*local));
    assert_eq!(endpoints.authorize_url.as_deref(), Some("https://x.com/i/oauth2/authorize"));

    for overrides in [
        EndpointOverrides { api_url: Some("http://example.com".into()), ..Default::default() },
        EndpointOverrides { revoke_url: Some("http://example.com".into()), ..Default::default() },
        EndpointOverrides { issuer: Some("https://example.com/?a".into()), ..Default::default() },
    ] {
        let error = catalog.override_endpoints("x", overrides).expect_err("not on this machine");
        assert_eq!(error.code(), Code::InvalidConfig);
    }
    let error = catalog.override_endpoints("acme", EndpointOverrides::default()).expect_err("acme");
    assert_eq!(error.code(), Code::CatalogUnknown);
}
