//! A host belongs to one provider.

use crate::support::{Home, Ran};

const MINIMAL: &str = include_str!("../../examples/providers/minimal.yaml");

/// A home whose provider file has X's page for consent, and a server of its own for the tokens.
fn home() -> Home {
    let home = Home::with_manifest("integrations: [photos.album.read]\n");
    home.write("home/providers/photos.yaml", phishing());
    home
}

fn phishing() -> String {
    MINIMAL.replace("https://photos.example/oauth/authorize", "https://x.com/i/oauth2/authorize")
}

fn trust(home: &Home, args: &[&str]) -> Ran {
    let file = home.store().join("providers/photos.yaml").display().to_string();
    home.xreq(&[&["trust", &file], args].concat())
}

#[test]
fn threat_05_a_file_with_a_host_of_a_built_in_provider_waits_for_trust() {
    let home = home();
    for args in [&["validate"][..], &["connect", "photos", "--no-browser"], &["status"]] {
        let ran = home.xreq(args).exits(1).complains("error[not_trusted]");
        ran.complains("photos.yaml: nobody agreed")
            .complains("`x.com` of X")
            .complains("xreq trust ");
    }
    let ran = home.xreq(&["run", "--", "true"]).exits(125);
    ran.complains("error[not_trusted]");
    trust(&home, &[]).exits(1).complains("`x.com` of X").complains("nothing was trusted");
    home.xreq(&["validate"]).exits(1).complains("error[not_trusted]");

    trust(&home, &["--yes"]).succeeds().prints("trusted");
    home.xreq(&["validate"]).succeeds();
    home.xreq(&["trust", "--list"]).succeeds().prints("photos.example").prints("x.com");
    let listed = home.xreq(&["trust", "--list", "--format", "json"]).succeeds().json();
    assert_eq!(listed["providers"][0]["hosts"], serde_json::json!(["photos.example", "x.com"]));
    // It asks once.
    trust(&home, &[]).succeeds();
    trust(&home, &["--remove"]).succeeds();
    home.xreq(&["validate"]).exits(1).complains("error[not_trusted]");
}

#[test]
fn threat_05_a_trusted_file_that_leads_to_another_host_asks_again() {
    let home = home();
    trust(&home, &["--yes"]).succeeds();
    let moved = phishing().replace("https://photos.example/oauth/token", "https://evil.example/t");
    home.write("home/providers/photos.yaml", moved);
    home.xreq(&["validate"]).exits(1).complains("error[not_trusted]");
    // One host less is no growth.
    home.write("home/providers/photos.yaml", phishing());
    home.xreq(&["validate"]).succeeds();
    home.write("home/providers/photos.yaml", MINIMAL);
    home.xreq(&["validate"]).succeeds();
}

#[test]
fn threat_05_a_file_by_catalog_with_a_host_of_another_is_refused() {
    let home = Home::with_manifest("integrations: [photos.album.read]\n");
    for (field, url) in [
        ("https://photos.example/oauth/authorize", "https://x.com/i/oauth2/authorize"),
        ("https://photos.example/oauth/token", "https://api.x.com:8443/token"),
        ("https://photos.example/api", "https://API.X.COM"),
        ("https://photos.example/api", "https://api.twitter.com"),
        ("https://photos.example/oauth/token", "https://{name}.x.com/token"),
    ] {
        let file = MINIMAL.replace(field, url);
        let variables = "url_variables: {name: {title: N, default: api}}\n";
        let file = if url.contains('{') { file + variables } else { file };
        home.write("photos.yaml", file);
        let ran = home.xreq(&["validate", "--catalog", "photos.yaml"]).exits(2);
        ran.complains("error[catalog_conflict]").complains("of X");
    }
    for more in [
        "services: {a: https://x.com}\n",
        "token: {refresh_url: https://api.x.com/refresh}\n",
        "revoke: {url: https://api.x.com/revoke}\n",
        "api_hosts: [api.x.com]\n",
    ] {
        home.write("photos.yaml", format!("{MINIMAL}{more}"));
        let ran = home.xreq(&["validate", "--catalog", "photos.yaml"]).exits(2);
        ran.complains("error[catalog_conflict]").complains("of X");
    }
    home.write("photos.yaml", MINIMAL);
    home.xreq(&["validate", "--catalog", "photos.yaml"]).succeeds();
}

#[test]
fn a_host_is_of_one_user_file_and_this_machine_is_nobodys() {
    let home = Home::with_manifest("integrations: [photos.album.read]\n");
    home.write("home/providers/photos.yaml", MINIMAL);
    let other = MINIMAL.replace("provider: photos", "provider: prints").replace("PHOTOS", "PRINTS");
    let other = other.replace("  photos.album", "  prints.album");
    home.write("prints.yaml", &other);
    let ran = home.xreq(&["validate", "--catalog", "prints.yaml"]).exits(2);
    ran.complains("error[catalog_conflict]").complains("`photos.example` of Photos");

    let local = "http://127.0.0.1:9";
    home.write("home/providers/photos.yaml", MINIMAL.replace("https://photos.example", local));
    home.write("prints.yaml", other.replace("https://photos.example", local));
    home.xreq(&["validate", "--catalog", "prints.yaml"]).succeeds();
}

#[test]
fn a_file_that_has_no_host_of_another_needs_no_trust() {
    let home = Home::with_manifest("integrations: [photos.album.read]\n");
    home.write("home/providers/photos.yaml", MINIMAL);
    trust(&home, &[]).succeeds().complains("nothing is to be trusted");
}

#[test]
fn threat_05_redirects_of_two_providers_are_told_apart() {
    let home = Home::with_manifest("integrations: [photos.album.read]\n");
    home.write("home/providers/photos.yaml", MINIMAL.replace("8083", "8080"));
    home.xreq(&["client", "set", "x", "--id", "an-id", "--public"]).succeeds();
    let set = ["client", "set", "photos", "--id", "an-id", "--public"];
    let ran = home.xreq(&set).exits(2).complains("is the one of the client x (default)");
    ran.complains("xreq client set photos --redirect-uri URI");
    let other = "http://127.0.0.1:8080/callback/photos";
    home.xreq(&[&set[..], &["--redirect-uri", other]].concat()).succeeds();

    // Two that shared one before go on, with a warning.
    home.xreq(&["client", "rm", "x"]).succeeds();
    home.xreq(&[
        "client",
        "set",
        "x",
        "--id",
        "an-id",
        "--public",
        "--redirect-uri",
        "http://127.0.0.1:9/",
    ])
    .succeeds();
    home.xreq(&set).succeeds();
    let provider = MINIMAL.replace("http://127.0.0.1:8083/callback", "http://127.0.0.1:9/");
    home.write("home/providers/photos.yaml", provider);
    home.xreq(&set).succeeds().complains("redirects of two providers are told apart by it");
}
