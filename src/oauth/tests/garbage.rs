//! Judgement of whatever comes back: only the right state wins.

use proptest::prelude::*;

use super::*;
use crate::oauth::consent::awaited::RedirectAnswer;
use crate::oauth::consent::paste;

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

fn is_foreign(redirected: &RedirectAnswer) -> bool {
    matches!(redirected, RedirectAnswer::Foreign)
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
        if matches!(redirected, RedirectAnswer::Code(_)) {
            prop_assert_eq!(codes, 1);
            prop_assert!(pairs.iter().all(|(name, _)| name != "error"));
        }
    }

    #[test]
    fn any_text_can_be_pasted(text in any::<String>()) {
        let redirected = paste::read(&authorization(REDIRECT_URI), &text);
        if let RedirectAnswer::Code(_) = redirected {
            prop_assert!(!text.trim().contains(['?', '&', ' ', '\n']), "{:?}", text);
        } else {
            prop_assert!(is_foreign(&redirected), "{:?}", redirected);
        }
    }

    #[test]
    fn any_url_can_be_pasted(text in "(https?://)?[!-~]{0,20}\\?[!-~]{0,40}") {
        prop_assert!(is_foreign(&paste::read(&authorization(REDIRECT_URI), &text)));
    }
}
