//! Where secrets are sent to (rule 15).

use crate::oauth::recorder::connect_with;
use crate::support::provider::House;

#[test]
fn rule_15_only_this_machine_is_spoken_to_without_tls() {
    let house = House::connected();
    let config = House::config(&house.sandbox.base_url());
    house.control().clear_log();
    for url in ["http://example.org", "http://127.0.0.1.example.org", "http://0.0.0.0:1", "ftp://a"]
    {
        for endpoint in ["authorize_url", "token_url", "revoke_url", "api_url"] {
            let lines = config.lines().map(|line| match line.split_once(": http") {
                Some((name, _)) if name.trim() == endpoint => format!("{name}: {url}/\n"),
                _ => format!("{line}\n"),
            });
            let unsafe_config: String = lines.collect();
            assert_ne!(config, unsafe_config, "{endpoint}");
            house.home.write("home/config.yaml", &unsafe_config);
            for args in [
                &["connect", "x", "--no-browser", "--timeout", "5s"][..],
                &["refresh", "x", "--force"],
                &["disconnect", "x"],
                &["token", "x"],
            ] {
                let ran = house.home.xreq(args).exits(2);
                ran.complains("error[invalid_config]").complains(endpoint);
            }
        }
    }
    assert_eq!(house.control().log(), []);
    house.home.write("home/config.yaml", config);
    house.home.xreq(&["refresh", "x", "--force"]).succeeds();
}

#[test]
fn rule_15_a_provider_file_cannot_do_without_tls_either() {
    let ran = connect_with("token_url: @", "token_url: http://example.org").exits(2);
    ran.complains("error[catalog_invalid]").complains("endpoints.token_url");
    let ran = connect_with("http://127.0.0.1:0", "http://example.org").exits(2);
    ran.complains("error[catalog_invalid]").complains("redirect_uri");
}

#[test]
fn rule_15_a_code_does_not_come_back_without_tls() {
    let house = House::new();
    for uri in ["http://example.org/callback", "http://192.168.0.1/", "http://0.0.0.0:8080/"] {
        let args = ["client", "set", "x", "--id", "an-id", "--public", "--redirect-uri", uri];
        house.home.xreq(&args).exits(2).complains("error[bad_argument]");
    }
}
