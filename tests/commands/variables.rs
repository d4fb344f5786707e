//! Names of variables that no file may use.

use crate::support::Home;

const ACME: &str = include_str!("../../examples/providers/acme.yaml");

#[test]
fn threat_18_a_secret_that_steers_programs_is_refused_by_every_command() {
    for name in ["PATH", "LD_PRELOAD", "NODE_OPTIONS", "https_proxy", "SSL_CERT_FILE", "LISTEN_FDS"]
    {
        let manifest = format!("secrets:\n  - {{key: {name}, optional: true}}\n");
        let home = Home::with_manifest(&manifest);
        let rule = "error[manifest/steering-secret-name]";
        home.xreq(&["validate"]).exits(1).prints(rule).prints("xreq.yaml:2:11");
        for line in ["check", "explain", "run -- true", "run --dry-run -- true"] {
            let args: Vec<_> = line.split(' ').collect();
            let ran = home.xreq(&args);
            assert!(!ran.status.success(), "{name}: {line}");
            ran.complains(rule).complains(&format!("`{name}` steers programs, and decides "));
        }
        home.xreq(&["validate", "--allow", "manifest/steering-secret-name"]).exits(2);
    }
}

#[test]
fn threat_18_a_manifest_gives_no_token_a_name_that_steers_programs() {
    for name in ["LD_PRELOAD", "NODE_OPTIONS", "HTTPS_PROXY", "SSL_CERT_FILE", "PATH", "XREQ_HOME"]
    {
        let entry = format!("{{key: x.tweet.read, env: {{access_token: {name}}}}}");
        let home = Home::with_manifest(&format!("integrations: [{entry}]\n"));
        home.import("default", "tweet.read users.read");
        home.xreq(&["validate"]).exits(1).prints(&format!("`{name}`"));
        let ran = home.xreq(&["run", "--", "touch", "launched"]).exits(125);
        ran.complains(&format!("`{name}`"));
        home.xreq(&["run", "--keep-fresh", "--", "touch", "launched"]).exits(125);
        assert!(!home.path().join("launched").exists(), "{name}");
    }
}

#[test]
fn names_that_no_manifest_may_use_are_not_stored() {
    let home = Home::with_manifest("name: an app\n");
    home.write("home/providers/acme.yaml", ACME);
    for (name, says) in [
        ("X_ACCESS_TOKEN", "require a key of `x` instead"),
        ("X_REFRESH_TOKEN", "require a key of `x` instead"),
        ("ACME_CLIENT_SECRET", "require a key of `acme` instead"),
        ("XREQ_HOME", "rename it"),
        ("PATH", "steers programs, and decides where programs find commands"),
        ("no_proxy", "through which machine requests go"),
        ("DYLD_INSERT_LIBRARIES", "dynamic linker"),
    ] {
        let ran = home.xreq_with(&["secret", "set", name], "canary").exits(2);
        let ran = ran.complains("error[secret_name_reserved]").complains(name).complains(says);
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
    }
    assert_eq!(home.xreq(&["secret", "list"]).succeeds().stdout, "");
    home.xreq_with(&["secret", "set", "LD_SDK_KEY"], "value").succeeds();
    assert!(home.xreq(&["secret", "list"]).succeeds().stdout.starts_with("LD_SDK_KEY "));
}

/// A stranger's provider file does not take away what the user has set for all programs.
#[test]
fn a_provider_file_names_its_own_variables_alone() {
    let home = Home::with_manifest("integrations: [acme.order.read]\n");
    for (from, to, says) in [
        (
            "name: ACME_CLIENT_SECRET",
            "name: HTTPS_PROXY",
            "acme.yaml:27:11: `remove_env[0].name` is `HTTPS_PROXY`, which decides through which machine",
        ),
        ("name: ACME_CLIENT_SECRET", "name: SSL_CERT_FILE", "acme.yaml:27:11: "),
        (
            "name: ACME_CLIENT_SECRET",
            "name: ANTHROPIC_API_KEY",
            "acme.yaml:27:11: `remove_env[0].name` is `ANTHROPIC_API_KEY`, which is not the provider's",
        ),
        ("name: ACME_CLIENT_SECRET", "name: X_ACCESS_TOKEN", "acme.yaml:27:11: "),
        (
            "env_prefix: ACME",
            "env_prefix: DYLD",
            "acme.yaml:24:13: `env_prefix` gives `DYLD_ACCESS_TOKEN`",
        ),
    ] {
        home.write("acme.yaml", ACME.replacen(from, to, 1));
        let ran = home.xreq(&["validate", "--catalog", "acme.yaml"]).exits(2);
        ran.complains("error[catalog_invalid]").complains(says);
    }
    let claimed = ACME.replacen("env_prefix: ACME", "env_prefix: X_ACCESS", 1).replacen(
        "name: ACME_CLIENT_SECRET",
        "name: X_ACCESS_TOKEN",
        1,
    );
    home.write("acme.yaml", claimed);
    let ran = home.xreq(&["validate", "--catalog", "acme.yaml"]).exits(2);
    ran.complains("error[catalog_conflict]").complains("the variable `X_ACCESS_TOKEN` is taken by");
}
