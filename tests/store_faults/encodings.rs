//! Texts as the editors of other systems write them: byte order marks are skipped, UTF-16 is named.

use std::fs;

use super::{MANIFEST, SCOPES, home, token};
use crate::support::Home;

const MARK: &str = "\u{feff}";

fn utf16(text: &str) -> Vec<u8> {
    [MARK, text].concat().encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A content of each file of the home.
fn texts(home: &Home) -> [(&'static str, String); 4] {
    let identity = fs::read_to_string(home.store().join("identity.txt")).expect("it is there");
    let public = identity.split("# public key: ").nth(1).expect("it says it").lines().next();
    let provider = include_str!("../../examples/providers/minimal.yaml");
    [
        ("config.yaml", "audit: true\n".to_owned()),
        ("recipients.txt", format!("{}\n", public.expect("a line"))),
        ("providers/minimal.yaml", provider.to_owned()),
        ("identity.txt", identity),
    ]
}

#[test]
fn a_byte_order_mark_in_a_file_of_the_home_is_skipped() {
    let home = home("old");
    for (name, text) in texts(&home) {
        home.write(&format!("home/{name}"), format!("{MARK}{text}"));
        super::import(&home, "default", "new").succeeds();
        assert_eq!(token(&home), "new", "{name}");
    }
    assert!(home.store().join("audit.jsonl").exists(), "the settings were read");
    home.xreq(&["catalog"]).succeeds().prints("photos");
}

#[test]
fn utf_16_is_refused_by_name() {
    for at in 0..4 {
        let home = home("old");
        let (name, text) = &texts(&home)[at];
        home.write(&format!("home/{name}"), utf16(text));
        let file = home.path().join("home").join(name);
        fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("it is ours");
        let ran = home.xreq(&["refresh", "x"]);
        assert!(!ran.status.success(), "{name}");
        ran.complains("error[").complains(name).complains("is UTF-16, and not UTF-8");
    }
}

#[test]
fn a_byte_order_mark_on_standard_input_is_skipped() {
    let home = Home::with_manifest(MANIFEST);
    let response =
        r#"{"access_token":"made-up","expires_in":7200,"scope":"tweet.read users.read"}"#;
    for text in [format!("{MARK}{response}"), format!("{MARK}made-up\r\n")] {
        let scopes: &[&str] = if text.contains('{') { &[] } else { &["--scopes", SCOPES] };
        let args = [&["import", "x"], scopes].concat();
        home.xreq_with(&args, &text).succeeds();
        assert_eq!(token(&home), "made-up");
        home.write("response", &text);
        home.xreq(&[&args[..], &["response"]].concat()).succeeds();
        home.xreq_with(&args, utf16(&text)).exits(2).complains("is UTF-16, and not UTF-8");
    }
    home.write("xreq.yaml", "secrets: [FAL_KEY]\n");
    home.xreq_with(&["secret", "set", "FAL_KEY"], format!("{MARK}value\r\n")).succeeds();
    // However it is cut.
    for start in ["", "v", "vv"] {
        let long = format!("{start}{}", "\u{20ac}".repeat(30_000));
        let ran = home.xreq_with(&["secret", "set", "LONG"], long).exits(2);
        ran.complains("has more than 64 KiB");
    }
    let print = ["run", "--", "sh", "-c", "printf %s \"$FAL_KEY\""];
    assert_eq!(home.xreq(&print).succeeds().stdout, "value");
    let ran = home.xreq_with(&["secret", "set", "FAL_KEY"], utf16("value"));
    ran.exits(2).complains("is UTF-16, and not UTF-8");
    let client = ["client", "set", "x", "--id", "an-id"];
    home.xreq_with(&client, format!("{MARK}client-secret\n")).succeeds();
    home.xreq_with(&client, utf16("client-secret")).exits(2).complains("is UTF-16");
}

#[test]
fn an_identity_in_a_variable_is_read_as_env_files_have_it() {
    let home = home("old");
    let text = fs::read_to_string(home.store().join("identity.txt")).expect("it is there");
    fs::remove_file(home.store().join("identity.txt")).expect("it is there");
    let folded = text.replace('\n', "\\n");
    let run = |identity: &str| {
        let mut command = home.command();
        command.args(super::PRINT_TOKEN).env("XREQ_IDENTITY", identity);
        crate::support::Ran::of(&mut command)
    };
    for identity in
        [&folded, &format!("\"{folded}\""), &format!("'{text}'"), &format!("{MARK}{text}")]
    {
        assert_eq!(run(identity).succeeds().stdout, "old");
    }
    let ran = run(&text.replace('\n', " ")).exits(125).complains("error[identity_invalid]");
    ran.complains("its lines were joined");
}
