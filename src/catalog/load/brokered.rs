//! Mistakes in the parts of a provider file that an agent without tokens meets.

use super::mistakes::assert_found;
use super::tests::By::{Both, Loader};

const HERON: &str = include_str!("../../../examples/providers/heron.yaml");
const QUORUM: &str = include_str!("../../../examples/providers/quorum.yaml");
const MINIMAL: &str = include_str!("../../../examples/providers/minimal.yaml");

/// The place at which a line is added to each example.
const STATIC: &str = "    title: bot token\n";
const PART: &str = "    title: a bot token\n";
const TOP: &str = "pkce: S256\n";

#[test]
#[rustfmt::skip]
fn mistakes_are_found_where_they_are() {
    let with = |place: &str, line: &str| format!("{place}{line}\n");
    let of_static = |text: &str| with(STATIC, &format!("    placeholder: \"{text}\""));
    assert_found(HERON, &[
        (STATIC, &of_static("hb_{alnum:30}"), Both, "\"hb_", "`kinds.static.placeholder` must contain `xreq`"),
        (STATIC, &of_static("hb_xreq{alnum:20}"), Loader, "\"hb_", "`kinds.static.placeholder` has too little chance in it"),
        (STATIC, &of_static("hb_xreq{hex:40}"), Both, "\"hb_", "`kinds.static.placeholder` has braces in which nothing stands that is known"),
        (STATIC, &of_static("hb_xreq{alnum:0}{alnum:40}"), Both, "\"hb_", "`kinds.static.placeholder` has braces"),
        (STATIC, &of_static("hb_xreq{alnum:256}"), Both, "\"hb_", "`kinds.static.placeholder` has braces"),
        (STATIC, &of_static("hb xreq{alnum:40}"), Both, "\"hb ", "`kinds.static.placeholder` must be letters, digits and"),
        (STATIC, &with(STATIC, "    placeholder: 12"), Both, "12\n", "a text is expected"),
        ("scopes:\n", "placeholder: xreq{alnum:40}\nscopes:\n", Loader, "xreq{alnum", "`placeholder` is of grants, and no account consents"),
        ("scopes:\n", "error_shape: {}\nscopes:\n", Both, "{}\nscopes", "`error_shape` must have a field, or be left out"),
        ("scopes:\n", "error_shape: message\nscopes:\n", Both, "message\n", "a mapping is expected"),
    ]);
    assert_found(QUORUM, &[
        (PART, &with(PART, "    placeholder: xreq"), Loader, "xreq\n", "`parts.bot.placeholder` has too little chance in it"),
        (TOP, &with(TOP, "placeholder: xreq{alnum:40}"), Loader, "xreq{alnum", "`placeholder` is of the one token of a consent"),
    ]);
    let oauth1 = |placeholders: &str| with(TOP, &format!(
        "kinds:\n  oauth1:\n    request_token_url: https://a.example/1\n    authorize_url: https://a.example/2\n    \
         access_token_url: https://a.example/3\n    placeholders: {{{placeholders}}}\n    \
         env: {{PHOTOS_A: consumer_key, PHOTOS_B: consumer_secret, PHOTOS_C: access_token, PHOTOS_D: token_secret}}"
    ));
    assert_found(MINIMAL, &[
        (TOP, &with(TOP, "placeholder: xreq"), Loader, "xreq\n", "`placeholder` has too little chance in it"),
        (TOP, &oauth1("access_token: \"xreq{alnum:20}\""), Loader, "\"xreq{alnum:20}", "`kinds.oauth1.placeholders.access_token` has too little"),
        (TOP, &oauth1("consumer_key: \"xreq{alnum:19}\""), Loader, "\"xreq{alnum:19}", "`kinds.oauth1.placeholders.consumer_key` has too little"),
        (TOP, &oauth1("expires_at: \"xreq{alnum:40}\""), Both, "expires_at", "`kinds.oauth1.placeholders.expires_at` is no key, no token and no secret"),
    ]);
}

#[test]
fn what_a_provider_says_of_them_is_taken() {
    let text = MINIMAL.replacen(
        TOP,
        "pkce: S256\nplaceholder: ph_xreq{alnum:30}\nerror_shape: {error: {code: \"{status}\", list: [1]}}\n",
        1,
    );
    let provider = super::parse(&text).expect("it is valid");
    let shape = provider.error_shape.expect("it is stated");
    assert_eq!(serde_json::Value::Object(shape)["error"]["code"], "{status}");
    assert!(provider.placeholder.is_some());
}
