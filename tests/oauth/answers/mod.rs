//! What a token endpoint can answer, and what has to follow from each of it.

mod endless;
mod exchanging;
mod fields;
mod odd;
mod refreshing;
mod repeating;

use xreq::sandbox::Fault;

/// What an answer means, as the store and the errors call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// Nothing was done: it may be asked again.
    Transient,
    /// The grant (or the code) is dead.
    Rejected,
    /// The client is not accepted.
    Client,
    /// The app's plan is not sufficient.
    Plan,
    /// The server may have done its work.
    InDoubt,
}

impl Meaning {
    /// The class of the stored error.
    fn class(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Rejected => "rejected",
            Self::Client | Self::Plan => "client",
            Self::InDoubt => "in_doubt",
        }
    }
}

/// An answer, and what it means.
struct Case {
    name: &'static str,
    fault: Fault,
    meaning: Meaning,
    /// Whether the server did its work, so that the refresh token is spent.
    spends: bool,
}

/// The answer of X to a refresh token that is spent, revoked or somebody else's.
const DEAD: &str =
    r#"{"error":"invalid_request","error_description":"Value passed for the token was invalid."}"#;

/// The answer of X to a client whose secret is wrong or missing.
const NO_SECRET: &str =
    r#"{"error":"unauthorized_client","error_description":"Missing valid authorization header"}"#;

/// The answer of X to an app that is in no project with a plan.
const NOT_ENROLLED: &str = r#"{"client_id":"1","detail":"Your app is not enrolled.","reason":"client-not-enrolled","title":"Client Forbidden","type":"https://api.twitter.com/2/problems/client-forbidden"}"#;

fn body(status: u16, json: &str) -> Fault {
    Fault::Body { status, json: json.to_owned() }
}

/// Answers without tokens. The endless and the slow ones are tested apart.
fn cases() -> Vec<Case> {
    use Meaning::{Client, InDoubt, Plan, Rejected, Transient};
    let case = |name, fault, meaning| Case { name, fault, meaning, spends: false };
    let spent = |name, fault| Case { name, fault, meaning: InDoubt, spends: true };
    let said = |error: &str| format!(r#"{{"error":"{error}"}}"#);
    let long = format!(r#"{{"access_token":"a","padding":"{}"}}"#, "a".repeat(1 << 20));
    vec![
        case("a connection that is closed", Fault::DropBefore, InDoubt),
        spent("a lost answer", Fault::DropAfter),
        spent("half an answer", Fault::Truncated),
        case("no JSON", Fault::Garbage, InDoubt),
        spent("no JSON, after the work", Fault::GarbageAfter),
        case("a page of HTML", Fault::Html, InDoubt),
        case("nothing", body(200, ""), InDoubt),
        case("null", body(200, "null"), InDoubt),
        case("an empty object", body(200, "{}"), InDoubt),
        case("more than 1 MiB", body(200, &long), InDoubt),
        spent("a token of another type", Fault::patch("token_type", "mac")),
        spent("a token that no header can hold", Fault::patch("access_token", "a\nb")),
        spent("an empty token", Fault::patch("access_token", "")),
        case("a redirect", Fault::Redirect307, Transient),
        case("200 and a dead grant", body(200, &said("invalid_grant")), Rejected),
        case("200 and X's dead grant", body(200, DEAD), Rejected),
        case("200 and a failure", body(200, &said("server_error")), Transient),
        case("200 and a wrong client", body(200, &said("invalid_client")), Client),
        case("404", Fault::status(404), Transient),
        case("408", Fault::status(408), Transient),
        case("429", Fault::status(429), Transient),
        case("500", Fault::status(500), Transient),
        case("502", Fault::status(502), InDoubt),
        case("503", Fault::status(503), Transient),
        case("504", Fault::status(504), InDoubt),
        case("520", Fault::status(520), InDoubt),
        case("524", Fault::status(524), InDoubt),
        case("400 and a dead grant", body(400, &said("invalid_grant")), Rejected),
        case("400 and X's dead grant", body(400, DEAD), Rejected),
        case("400 and something else", body(400, &said("invalid_scope")), Client),
        case("401 and a wrong client", body(401, &said("invalid_client")), Client),
        case("401 and X's wrong client", body(401, NO_SECRET), Client),
        case("401 without a reason", Fault::status(401), Client),
        case("402", Fault::status(402), Plan),
        case("403 and X's missing plan", body(403, NOT_ENROLLED), Plan),
        case("403 of a firewall", body(403, "<html>"), Transient),
    ]
}
