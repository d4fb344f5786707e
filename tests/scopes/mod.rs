//! Scopes that include one another, have other names, stand in each other's place, or see less: by
//! provider files in the shape of real ones.

mod consent;
mod verdicts;

use crate::support::Home;

const GOODS: &str = include_str!("goods.yaml");
const HUB: &str = include_str!("hub.yaml");

/// A home that knows both providers, at a URL in which `NAME` is theirs, with a manifest that requires
/// these keys.
fn home_at(base_url: &str, keys: &str) -> Home {
    let home = Home::with_manifest(&manifest(keys));
    for (name, file) in [("goods", GOODS), ("hub", HUB)] {
        let file = file.replace("\"@", &format!("\"{}", base_url.replace("NAME", name)));
        home.write(&format!("home/providers/{name}.yaml"), file);
    }
    home
}

fn manifest(keys: &str) -> String {
    format!("integrations: [{keys}]\n")
}

/// A home in which a grant of a provider has these scopes.
fn granted(provider: &str, scopes: &str, keys: &str) -> Home {
    let home = home_at("https://NAME.example", keys);
    let import = ["import", provider, "--scopes", scopes, "--expires-in", "7200", "-"];
    home.xreq_with(&import, "a-token").succeeds();
    home
}
