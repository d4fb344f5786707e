//! Whatever comes back: it is judged, and only the right state wins.

use proptest::prelude::*;

use super::*;
use crate::oauth::consent::authorization::Redirected;
use crate::oauth::consent::paste;
use crate::oauth::consent::request::Request;

/// Stands for the state of the attempt.
const STATE: &str = "<state>";

/// A parameter as a redirect may have it: right names and right values among anything.
fn pair() -> impl Strategy<Value = (String, String)> {
    let name =
        prop_oneof!["code", "state", "state", "error", "iss", "error_description", "\\PC{0,8}"];
    let value = prop_oneof![STATE, "<state>.", "[!-~]{0,20}", any::<String>()];
    (name, value)
}

fn query(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn is_foreign(redirected: &Redirected) -> bool {
    matches!(redirected, Redirected::Foreign)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_redirect_belongs_to_the_attempt_exactly_if_it_has_the_state_once(
        mut pairs in prop::collection::vec(pair(), 0..6),
    ) {
        let authorization = authorization(REDIRECT_URI);
        let state = state(&authorization);
        for (_, value) in &mut pairs {
            *value = value.replace(STATE, &state);
        }
        let redirected = authorization.read(&query(&pairs));
        let states: Vec<_> = pairs.iter().filter(|(name, _)| name == "state").collect();
        let is_ours = matches!(&states[..], [(_, value)] if *value == state);
        prop_assert_eq!(is_foreign(&redirected), !is_ours, "{:?}", redirected);
        let codes = pairs.iter().filter(|(name, _)| name == "code").count();
        if matches!(redirected, Redirected::Code(_)) {
            prop_assert_eq!(codes, 1);
            prop_assert!(pairs.iter().all(|(name, _)| name != "error"));
        }
    }

    #[test]
    fn any_text_can_be_pasted(text in any::<String>()) {
        let redirected = paste::read(&authorization(REDIRECT_URI), &text);
        if let Redirected::Code(_) = redirected {
            prop_assert!(!text.trim().contains(['?', '&', ' ', '\n']), "{:?}", text);
        } else {
            prop_assert!(is_foreign(&redirected), "{:?}", redirected);
        }
    }

    #[test]
    fn any_url_can_be_pasted(text in "(https?://)?[!-~]{0,20}\\?[!-~]{0,40}") {
        prop_assert!(is_foreign(&paste::read(&authorization(REDIRECT_URI), &text)));
    }

    #[test]
    fn any_bytes_can_be_sent(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Request::parse(&bytes), None);
    }

    #[test]
    fn any_request_is_read_or_refused(target in "/\\PC{0,40}", line in "\\PC{0,40}") {
        let text = format!("GET {target} HTTP/1.1\r\nHost: h\r\n{line}\r\n\r\n");
        if let Some(request) = Request::parse(text.as_bytes()) {
            let whole = target.split_once('?').map_or((target.as_str(), ""), |parts| parts);
            prop_assert_eq!((request.path, request.query), whole);
        }
    }
}
