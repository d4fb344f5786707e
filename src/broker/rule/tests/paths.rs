//! Paths of chance: none is read in two ways.

use proptest::prelude::*;

use super::request::{CATALOG, Form, head, judged};

/// A server that is as careless as they come: it decodes a path twice, cuts off what is behind a `;`, takes
/// `\` for `/`, and resolves dots and empty segments.
fn careless(path: &str) -> Vec<String> {
    let decoded = |text: &str| {
        let (mut bytes, mut plain) = (text.bytes().peekable(), Vec::new());
        while let Some(byte) = bytes.next() {
            let ahead: String = bytes.clone().take(2).map(char::from).collect();
            match u8::from_str_radix(&ahead, 16) {
                Ok(value) if byte == b'%' && ahead.len() == 2 => {
                    bytes.by_ref().take(2).for_each(drop);
                    plain.push(value);
                }
                _ => plain.push(byte),
            }
        }
        String::from_utf8_lossy(&plain).into_owned()
    };
    let plain = decoded(&decoded(path)).replace('\\', "/");
    let mut segments = Vec::new();
    for segment in plain.split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other.to_owned()),
        }
    }
    segments
}

/// Returns the template of the operation that the careless server takes a path for: of those with the same
/// number of segments that fit, the most literal one. Case does not count.
fn meant(method: &str, path: &str) -> Option<&'static str> {
    let segments = careless(path);
    let provider = CATALOG.provider("x").expect("it is built in");
    let fitting = provider.operations().iter().filter(|operation| {
        let template: Vec<_> = operation.path.split('/').skip(1).collect();
        let fits = |(own, given): (&&str, &String)| {
            own.starts_with('{') || own.eq_ignore_ascii_case(given)
        };
        operation.method.name() == method
            && template.len() == segments.len()
            && template.iter().zip(&segments).all(fits)
    });
    let literal = |path: &str| path.split('/').map(|it| !it.starts_with('{')).collect::<Vec<_>>();
    fitting
        .max_by_key(|operation| literal(&operation.path))
        .map(|operation| operation.path.as_str())
}

/// Pieces of which paths of chance are made.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "/2",
        "/tweets",
        "/users",
        "/me",
        "/12",
        "/search",
        "/recent",
        "/by",
        "/username",
        "/dm_events",
        "/likes",
        "/",
        "//",
        "/.",
        "/..",
        ".",
        "..",
        "%2e",
        "%2F",
        "%252f",
        "%5c",
        "\\",
        ";",
        ";x",
        "%3b",
        "%",
        "%zz",
        "%74",
        "?",
        "#",
        "@",
        ":",
        "{id}",
        "%00",
        "%20",
        "%C3%A9",
        "*",
        "1",
        "a",
        "_",
        "-",
    ];
    prop_oneof![
        8 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{1,3}",
        1 => any::<u8>().prop_map(|byte| char::from(byte).to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    /// What goes out is the same operation for a server that is careless, and is written out as it was read.
    #[test]
    fn an_admitted_path_has_one_meaning(
        begins in prop::sample::select(vec!["", "/2", "/2/tweets", "/2/users", "/2/tweets/12", "/2/users/me"]),
        pieces in proptest::collection::vec(piece(), 0..5),
        method in prop::sample::select(vec!["GET", "POST", "DELETE", "PUT"]),
    ) {
        let target = format!("{begins}{}", pieces.concat());
        for form in [Form::Tunnel1, Form::Tunnel2, Form::Socket1] {
            let Some(head) = head(form, method, &target, "") else { continue };
            let Ok(admission) = judged(form, &head) else { continue };
            let url = admission.url.strip_prefix("https://api.x.com").expect("the API of X");
            let path = url.split('?').next().unwrap_or_default();
            let meant = meant(method, path);
            prop_assert_eq!(meant, Some(admission.operation.path.as_str()), "{}", target);
            let given = head.uri.path();
            prop_assert!(given == path || given == format!("/x{path}"), "{} {}", given, path);
        }
    }

    /// Whatever stands in a head, there is an answer.
    #[test]
    fn no_head_is_without_an_answer(
        target in "\\PC{0,30}",
        method in "[A-Za-z]{1,7}",
        name in "(host|authorization|content-type|content-length|transfer-encoding|expect|connection|x-[a-z]{1,5})",
        value in "[ -~\u{e9}]{0,40}",
    ) {
        for form in Form::ALL {
            if let Some(head) = head(form, &method, &target, &format!("+{name}: {value}")) {
                let _ = judged(form, &head);
            }
        }
    }
}

#[test]
fn the_careless_server_is_careless() {
    for path in ["/2/tweets", "//2/./tweets/", "/2/x/..%2ftweets;y", "/2\\%2574weets"] {
        assert_eq!(meant("GET", path), Some("/2/tweets"), "{path}");
    }
}
