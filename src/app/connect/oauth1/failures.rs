//! The failures of an attempt to get a token of OAuth 1.0a, with what to do next.

use crate::catalog::Provider;
use crate::credential::failure::way_out;
use crate::error::{Advice, Code, Error, Parameter, Remedy, advice};
use crate::oauth::oauth1::refusal::{Oauth1Failure, Oauth1Fault};
use crate::store::FailureClass;

/// Returns why there is no request token.
pub(super) fn not_asked(failure: &Oauth1Failure, callback: &str, provider: &Provider) -> Error {
    let what = &failure.request.what;
    if failure.fault == Some(Oauth1Fault::Callback) {
        let title = &provider.title;
        let message = format!("{title} does not let the app come back to `{callback}`: {what}");
        return Error::new(Code::ClientRejected, message).with_hint(format!(
            "register it letter by letter{}; a PIN needs a registered redirect URI too, whichever it is",
            place(provider.help.redirect_uri.as_deref())
        ));
    }
    refused(failure, provider, "gave no request token")
        .unwrap_or_else(|| unavailable(failure, provider, "gave no request token"))
}

/// Returns why there is no token for a verifier.
pub(super) fn not_exchanged(failure: &Oauth1Failure, provider: &Provider) -> Error {
    if let Some(error) = refused(failure, provider, "gave no token") {
        return error;
    }
    let (title, what) = (&provider.title, &failure.request.what);
    match failure.request.class {
        FailureClass::Rejected | FailureClass::Client => {
            let message = format!("{title} gave no token for the PIN or the redirect: {what}");
            Error::new(Code::TokenExchangeFailed, message).with_hint(
                "a consent is good once, and for minutes; run the command again, and type the PIN as it is \
                 shown",
            )
        }
        FailureClass::Transient | FailureClass::InDoubt => {
            unavailable(failure, provider, "gave no token")
        }
    }
}

/// Returns the error of a refusal that has nothing to do with the account.
pub(in crate::app) fn refused(
    failure: &Oauth1Failure,
    provider: &Provider,
    outcome: &str,
) -> Option<Error> {
    let (title, what) = (&provider.title, &failure.request.what);
    let (code, hint): (Code, Advice) = match failure.fault? {
        Oauth1Fault::Clock => (
            Code::ProviderUnavailable,
            "correct the clock of this machine (signed requests hold the time), then run the command again"
                .into(),
        ),
        Oauth1Fault::Keys => (
            Code::ClientRejected,
            advice![
                "compare the consumer key and its secret, and that OAuth 1.0a is switched on, then store \
                 them with ",
                Remedy::set_client(provider.slug.as_str()).with(Parameter::ConsumerKey.value("KEY")),
                place(provider.help.client.as_deref())
            ],
        ),
        Oauth1Fault::Plan => (
            Code::ClientRejected,
            format!(
                "the plan of the app is why, not the account{}",
                place(provider.help.billing.as_deref())
            )
            .into(),
        ),
        Oauth1Fault::Level => (
            Code::ClientRejected,
            format!(
                "raise the app's permissions{}, then connect anew: a token keeps the level that it was \
                 made with",
                place(provider.help.client.as_deref())
            )
            .into(),
        ),
        Oauth1Fault::Callback | Oauth1Fault::Token | Oauth1Fault::Verifier => return None,
    };
    Some(Error::new(code, format!("{title} {outcome}: {what}")).with_hint(hint))
}

fn unavailable(failure: &Oauth1Failure, provider: &Provider, outcome: &str) -> Error {
    let message = format!("{} {outcome}: {}", provider.title, failure.request.what);
    let way_out = failure.request.blames.and_then(way_out);
    let way_out = way_out.map_or_else(String::new, |way_out| format!("{way_out}; "));
    Error::new(Code::ProviderUnavailable, message)
        .with_hint(format!("{way_out}nothing was stored; run the command again"))
}

fn place(place: Option<&str>) -> String {
    place.map_or_else(String::new, |place| format!(": {place}"))
}
