//! Paths of chance: none is read in two ways.

use std::sync::LazyLock;

use hyper::http::{Request, Uri};
use proptest::prelude::*;

use super::request::{CATALOG, Form, admit, credential, head, judged};
use crate::broker::{Authority, Way};
use crate::model::credential_id::Kind;

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

/// Returns the template of the operation of X that the careless server takes a path for.
fn meant(method: &str, path: &str) -> Option<&'static str> {
    meant_of("x", None, method, path)
}

/// The same of a provider: of the operations with the same number of segments that fit, the most literal one.
/// Case does not count, nor do patterns.
fn meant_of(slug: &str, service: Option<&str>, method: &str, path: &str) -> Option<&'static str> {
    let segments = careless(path);
    let provider = CATALOG.provider(slug).expect("it is built in");
    let fitting = provider.operations().iter().filter(|operation| {
        let template: Vec<_> = operation.path.split('/').skip(1).collect();
        let fits = |(own, given): (&&str, &String)| match own.split_once('}') {
            None => own.eq_ignore_ascii_case(given),
            Some((_, suffix)) => {
                let given = given.to_ascii_lowercase();
                given.strip_suffix(&suffix.to_ascii_lowercase()).is_some_and(|it| !it.is_empty())
            }
        };
        operation.method.name() == method
            && operation.service.as_deref() == service
            && template.len() == segments.len()
            && template.iter().zip(&segments).all(fits)
    });
    let literal = |segment: &str| match segment.split_once('}') {
        None => (2, 0),
        Some((_, suffix)) => (usize::from(!suffix.is_empty()), suffix.len()),
    };
    let rank = |path: &str| path.split('/').map(literal).collect::<Vec<_>>();
    fitting.max_by_key(|operation| rank(&operation.path)).map(|operation| operation.path.as_str())
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

/// APIs whose paths have parameters without patterns.
const FREE: [(&str, Option<&str>); 4] =
    [("github", None), ("google", Some("sheets")), ("google", Some("gmail")), ("google", None)];

/// A run that uses them.
static WIDE: LazyLock<Authority> = LazyLock::new(|| Authority {
    credentials: ["github", "google"]
        .map(|slug| credential(slug, Kind::Oauth2, &format!("xreq-{slug}"), &[]))
        .into(),
});

/// A value of a parameter.
fn value() -> impl Strategy<Value = String> {
    let known = [
        "1",
        "12",
        "a",
        "comments",
        "Comments",
        "PUBLIC",
        "public",
        "search",
        "batchGet",
        "me",
        "A1:B2",
        "A1%3Aappend",
        "A1:APPEND",
        "A1:append",
        "x%20y",
        "%C3%A9",
        "a@b",
        "..",
        ".",
        "%2e%2e",
        "a%2fb",
        "a/b",
        "a;b",
        "",
        "{id}",
        "a\\b",
        "a%5cb",
        "%",
        "%2541",
        "*",
        "archive",
        "items",
        "import",
    ];
    prop_oneof![8 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[!-~]{1,4}"]
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

    /// The same where parameters may be anything: nothing but the rule tells paths apart there.
    #[test]
    fn a_path_with_free_parameters_has_one_meaning(
        api in 0..FREE.len(),
        at in any::<prop::sample::Index>(),
        values in proptest::collection::vec(value(), 8),
        method in prop::sample::select(vec!["GET", "POST", "DELETE", "PUT", "PATCH"]),
    ) {
        let (slug, service) = FREE[api];
        let provider = CATALOG.provider(slug).expect("it is built in");
        let of_service = provider.operations().iter();
        let of_service: Vec<_> = of_service.filter(|it| it.service.as_deref() == service).collect();
        let template = &at.get(&of_service).path;
        let mut values = values.into_iter();
        let filled = template.split('/').map(|segment| match segment.split_once('}') {
            Some((_, suffix)) => format!("{}{suffix}", values.next().unwrap_or_default()),
            None => segment.to_owned(),
        });
        let below = filled.collect::<Vec<_>>().join("/");
        let service_path = service.map(|name| format!("/{name}")).unwrap_or_default();
        let Ok(uri) = format!("/{slug}{service_path}{below}").parse::<Uri>() else { return Ok(()) };
        let request = Request::builder().method(method).uri(uri);
        let request = request.header("authorization", format!("Bearer xreq-{slug}"));
        let head = request.body(()).expect("a request").into_parts().0;
        // Whether it is declared does not matter: it is taken for an operation.
        let taken = match admit(&CATALOG, &WIDE, Way::BaseUrl { authorities: &[] }, &head) {
            Ok(admission) => Some(admission.operation.to_string()),
            Err(refusal) => refusal.operation,
        };
        let Some(taken) = taken else { return Ok(()) };
        let below = &head.uri.path()[1 + slug.len() + service_path.len()..];
        let meant = meant_of(slug, service, method, below).map(|path| format!("{method} {path}"));
        prop_assert_eq!(meant, Some(taken), "{}", below);
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

/// For each operation with a parameter where another one has a word: what is sent for the one with that word
/// as its value, in another case or escaped, is not taken for it.
#[test]
fn a_value_that_is_the_word_of_another_operation_is_not_taken_for_a_value() {
    let mut tried = 0;
    for (slug, service) in FREE {
        let provider = CATALOG.provider(slug).expect("it is built in");
        let all: Vec<_> = provider
            .operations()
            .iter()
            .filter(|it| it.service.as_deref() == service && !it.path.contains("+}"))
            .map(|it| (it.method.name(), it.path.as_str()))
            .collect();
        for (method, own) in &all {
            for word in words_in_place_of_values(own, method, &all) {
                for spelling in [word.to_ascii_uppercase(), word.replacen(':', "%3A", 1)] {
                    if spelling == word {
                        continue;
                    }
                    let path = own.split('/').map(|segment| match segment.split_once('}') {
                        Some((_, "")) if own.ends_with(segment) => spelling.clone(),
                        Some((_, suffix)) => format!("1{suffix}"),
                        None => segment.to_owned(),
                    });
                    let path = path.collect::<Vec<_>>().join("/");
                    let service_path = service.map(|name| format!("/{name}")).unwrap_or_default();
                    let request = Request::builder().method(*method);
                    let request = request.uri(format!("/{slug}{service_path}{path}"));
                    let request = request.header("authorization", format!("Bearer xreq-{slug}"));
                    let head = request.body(()).expect("a request").into_parts().0;
                    let way = Way::BaseUrl { authorities: &[] };
                    let refusal = admit(&CATALOG, &WIDE, way, &head).expect_err("no keys");
                    let code = refusal.code.name();
                    assert!(
                        matches!(code, "request/ambiguous" | "operation/unknown"),
                        "{method} {path}: {code}"
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 20, "{tried}");
}

/// Returns the words that other operations have where one has a parameter as its last segment.
fn words_in_place_of_values<'p>(
    own: &str,
    method: &str,
    all: &[(&'p str, &'p str)],
) -> Vec<&'p str> {
    let (before, last) = own.rsplit_once('/').expect("a path");
    if !last.ends_with('}') {
        return Vec::new();
    }
    let others = all.iter().filter(|(of, _)| *of == method);
    let words =
        others.filter_map(|(_, path)| path.rsplit_once('/').filter(|(it, _)| *it == before));
    // A suffix of the other one stands behind a value.
    words.map(|(_, word)| word).filter(|word| *word != last && !word.starts_with('{')).collect()
}
