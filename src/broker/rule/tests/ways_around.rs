//! A table of ways around the rule, each tried in every way in and version of HTTP.

use super::request::{Form, outcome};

const AMBIGUOUS: &str = "request/ambiguous";
const UNKNOWN: &str = "operation/unknown";
const NOT_DECLARED: &str = "operation/not-declared";
const FOREIGN: &str = "request/foreign-credential";
const NONE: &str = "request/no-placeholder";
const PAGE: &str = "request/foreign-page";

/// Tries each row in every form: its name, the method, the target, the edits of the headers, and the code.
/// What a parser refuses never gets here.
#[track_caller]
fn refused(rows: &[(&str, &str, &str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (name, method, target, edits, expected) in rows {
        for form in Form::ALL {
            let found = outcome(form, method, target, edits);
            if found != *expected && found != "parser" {
                wrong.push(format!("{name} ({form:?}): {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_plain_requests_go_out() {
    for form in Form::ALL {
        for (method, target, expected) in [
            ("GET", "/2/tweets/12", "GET /2/tweets/{id} at https://api.x.com/2/tweets/12"),
            (
                "GET",
                "/2/tweets?ids=1,2&tweet.fields=text",
                "GET /2/tweets at https://api.x.com/2/tweets?ids=1,2&tweet.fields=text",
            ),
            (
                "GET",
                "/2/tweets?ids=1%2C2%26x=y/?",
                "GET /2/tweets at https://api.x.com/2/tweets?ids=1%2C2%26x=y/?",
            ),
            ("GET", "/2/tweets/12?", "GET /2/tweets/{id} at https://api.x.com/2/tweets/12"),
            ("POST", "/2/tweets", "POST /2/tweets at https://api.x.com/2/tweets"),
            ("DELETE", "/2/tweets/12", "DELETE /2/tweets/{id} at https://api.x.com/2/tweets/12"),
        ] {
            assert_eq!(outcome(form, method, target, ""), expected, "{form:?}");
        }
        let json = "+Content-Type: application/json; charset=utf-8\n+Content-Length: 13";
        let posted = outcome(form, "POST", "/2/tweets", json);
        assert_eq!(posted, "POST /2/tweets at https://api.x.com/2/tweets", "{form:?}");
        let waits = outcome(form, "POST", "/2/tweets", &format!("{json}\n+Expect: 100-Continue"));
        assert_eq!(waits, posted);
        let own = "+Sec-Fetch-Site: same-origin";
        let fetched = outcome(form, "GET", "/2/tweets/12", own);
        assert_eq!(fetched, "GET /2/tweets/{id} at https://api.x.com/2/tweets/12");
        let empty = outcome(form, "GET", "/2/tweets/12", "+Content-Length: 0");
        assert_eq!(empty, fetched, "no body is none");
    }
}

#[test]
#[rustfmt::skip]
fn paths() {
    refused(&[
        ("two slashes in front", "GET", "//2/tweets", "", AMBIGUOUS),
        ("two slashes inside", "GET", "/2//tweets", "", AMBIGUOUS),
        ("two slashes before the id", "GET", "/2/tweets//12", "", AMBIGUOUS),
        ("a slash at the end", "GET", "/2/tweets/", "", AMBIGUOUS),
        ("two slashes at the end", "GET", "/2/tweets//", "", AMBIGUOUS),
        ("no path", "GET", "/", "", AMBIGUOUS),
        ("a dot inside", "GET", "/2/./tweets", "", AMBIGUOUS),
        ("a dot at the end", "GET", "/2/tweets/.", "", AMBIGUOUS),
        ("dots inside", "GET", "/2/users/../tweets", "", AMBIGUOUS),
        ("dots at the end", "GET", "/2/tweets/12/..", "", AMBIGUOUS),
        ("dots above everything", "GET", "/../../2/tweets", "", AMBIGUOUS),
        ("dots in a value", "GET", "/2/tweets/..", "", AMBIGUOUS),
        ("an escaped dot", "GET", "/2/%2e/tweets", "", AMBIGUOUS),
        ("escaped dots", "GET", "/2/users/%2e%2e/tweets", "", AMBIGUOUS),
        ("escaped dots in upper case", "GET", "/2/users/%2E%2E/tweets", "", AMBIGUOUS),
        ("half-escaped dots", "GET", "/2/users/.%2e/tweets", "", AMBIGUOUS),
        ("an escaped slash", "GET", "/2%2ftweets", "", AMBIGUOUS),
        ("an escaped slash in upper case", "GET", "/2%2Ftweets", "", AMBIGUOUS),
        ("an escaped slash in a value", "GET", "/2/tweets/12%2f..", "", AMBIGUOUS),
        ("escaped dots and slash", "GET", "/2/tweets/%2e%2e%2fdm_events", "", AMBIGUOUS),
        ("an escaped letter", "GET", "/2/%74weets", "", AMBIGUOUS),
        ("an escaped digit", "GET", "/2/tweets/%31", "", AMBIGUOUS),
        ("an escaped underscore", "GET", "/2/dm%5fevents", "", AMBIGUOUS),
        ("an escape of an escape", "GET", "/2/%2574weets", "", AMBIGUOUS),
        ("an escaped percent sign", "GET", "/2/tweets/%25", "", AMBIGUOUS),
        ("an escaped question mark", "GET", "/2/tweets%3fids=1", "", AMBIGUOUS),
        ("an escaped fragment", "GET", "/2/tweets%23x", "", AMBIGUOUS),
        ("an escaped semicolon", "GET", "/2/tweets%3bx", "", AMBIGUOUS),
        ("an escaped backslash", "GET", "/2%5ctweets", "", AMBIGUOUS),
        ("an escaped NUL", "GET", "/2/tweets%00", "", AMBIGUOUS),
        ("an escaped line feed", "GET", "/2/tweets%0a", "", AMBIGUOUS),
        ("an escaped line end", "GET", "/2/tweets%0d%0aX:y", "", AMBIGUOUS),
        ("an escaped tab", "GET", "/2/tweets%09", "", AMBIGUOUS),
        ("an escaped DEL", "GET", "/2/tweets%7f", "", AMBIGUOUS),
        ("a percent sign alone", "GET", "/2/tweets%", "", AMBIGUOUS),
        ("an escape with one digit", "GET", "/2/tweets%2", "", AMBIGUOUS),
        ("an escape without digits", "GET", "/2/tweets/%zz", "", AMBIGUOUS),
        ("an escape of JavaScript", "GET", "/2/%u0074weets", "", AMBIGUOUS),
        ("an overlong escaped slash", "GET", "/2/tweets/12%c0%af", "", AMBIGUOUS),
        ("an escape that is no UTF-8", "GET", "/2/tweets/%ff", "", AMBIGUOUS),
        ("a parameter of a segment", "GET", "/2/tweets;x=y", "", AMBIGUOUS),
        ("an empty one", "GET", "/2/tweets;", "", AMBIGUOUS),
        ("one before the end", "GET", "/2;x/tweets", "", AMBIGUOUS),
        ("one with dots", "GET", "/2/users/..;/tweets", "", AMBIGUOUS),
        ("a backslash", "GET", "/2\\tweets", "", AMBIGUOUS),
        ("a backslash with dots", "GET", "/2/users\\..\\tweets", "", AMBIGUOUS),
        ("a template", "GET", "/2/tweets/{id}", "", AMBIGUOUS),
        ("braces alone", "GET", "/2/tweets/{}", "", AMBIGUOUS),
        ("a pipe", "GET", "/2/tweets/1|2", "", AMBIGUOUS),
        ("a quotation mark", "GET", "/2/tweets/\"12\"", "", AMBIGUOUS),
        ("brackets", "GET", "/2/tweets/[12]", "", AMBIGUOUS),
        ("a caret", "GET", "/2/tweets/^", "", AMBIGUOUS),
        ("a backtick", "GET", "/2/tweets/`", "", AMBIGUOUS),
        ("an angle bracket", "GET", "/2/tweets/<", "", AMBIGUOUS),
        ("a letter beyond ASCII", "GET", "/2/tweets/\u{e9}", "", AMBIGUOUS),
        ("digits of another script", "GET", "/2/tweets/\u{661}\u{662}", "", AMBIGUOUS),
        ("a full-width slash", "GET", "/2/tweets\u{ff0f}12", "", AMBIGUOUS),
        ("the same, escaped", "GET", "/2/tweets/%EF%BC%8F", "", UNKNOWN),
        ("digits of another script, escaped", "GET", "/2/tweets/%D9%A1", "", UNKNOWN),
        ("an escaped space", "GET", "/2/tweets/12%20", "", UNKNOWN),
        ("another case", "GET", "/2/Tweets", "", UNKNOWN),
        ("upper case", "GET", "/2/DM_EVENTS", "", UNKNOWN),
        ("an extension", "GET", "/2/tweets/12.json", "", UNKNOWN),
        ("a verb behind a colon", "GET", "/2/tweets/12:delete", "", UNKNOWN),
        ("a sign", "GET", "/2/tweets/-12", "", UNKNOWN),
        ("a plus", "GET", "/2/tweets/+12", "", UNKNOWN),
        ("hexadecimal", "GET", "/2/tweets/0x12", "", UNKNOWN),
        ("two ids", "GET", "/2/tweets/12,13", "", UNKNOWN),
        ("too long an id", "GET", "/2/tweets/12345678901234567890", "", UNKNOWN),
        ("a word for an id", "GET", "/2/tweets/compliance", "", UNKNOWN),
        ("a segment more", "GET", "/2/tweets/12/x", "", UNKNOWN),
        ("a segment less", "GET", "/2", "", UNKNOWN),
        ("another version", "POST", "/1.1/statuses/update.json", "", UNKNOWN),
        ("the token endpoint", "POST", "/2/oauth2/token", "", UNKNOWN),
        ("the end of a token", "POST", "/2/oauth2/revoke", "", UNKNOWN),
        ("the name of a provider once more", "GET", "/x/2/tweets", "", UNKNOWN),
        ("an e-mail address as a user name", "GET", "/2/users/by/username/a%40b", "", UNKNOWN),
        ("an asterisk", "GET", "/2/tweets/*", "", UNKNOWN),
    ]);
}

#[test]
#[rustfmt::skip]
fn methods() {
    refused(&[
        ("lower case", "get", "/2/tweets/12", "", UNKNOWN),
        ("mixed case", "Delete", "/2/tweets/12", "", UNKNOWN),
        ("HEAD for GET", "HEAD", "/2/tweets/12", "", UNKNOWN),
        ("OPTIONS", "OPTIONS", "/2/tweets/12", "", UNKNOWN),
        ("TRACE", "TRACE", "/2/tweets/12", "", UNKNOWN),
        ("an extension", "PROPFIND", "/2/tweets/12", "", UNKNOWN),
        ("PATCH for POST", "PATCH", "/2/tweets", "", UNKNOWN),
        ("a tunnel inside", "CONNECT", "/2/tweets/12", "", AMBIGUOUS),
        ("an override in a header", "GET", "/2/dm_events", "+X-HTTP-Method-Override: POST", NOT_DECLARED),
        ("an override in the query", "GET", "/2/tweets/12?_method=DELETE", "", UNKNOWN),
        ("an override of Google", "GET", "/2/tweets/12?$httpMethod=DELETE", "", UNKNOWN),
        ("an override by a header's name", "GET", "/2/tweets/12?X-HTTP-Method-Override=DELETE", "", UNKNOWN),
    ]);
}

#[test]
#[rustfmt::skip]
fn threat_07_operations_that_are_not_declared() {
    refused(&[
        ("direct messages", "GET", "/2/dm_events", "", NOT_DECLARED),
        ("a direct message", "POST", "/2/dm_conversations/with/12/messages", "", NOT_DECLARED),
        ("a key that stays", "POST", "/2/users/12/public_keys", "", NOT_DECLARED),
        ("a webhook", "POST", "/2/webhooks", "", "operation/kind"),
        ("bookmarks", "GET", "/2/users/12/bookmarks", "", NOT_DECLARED),
        ("following", "POST", "/2/users/12/following", "", NOT_DECLARED),
        ("blocking", "POST", "/2/users/12/blocking", "", UNKNOWN),
        ("lists", "DELETE", "/2/lists/12", "", NOT_DECLARED),
    ]);
}

#[test]
#[rustfmt::skip]
fn threat_08_queries() {
    refused(&[
        ("a token", "GET", "/2/tweets?access_token=t", "", FOREIGN),
        ("a token in another case", "GET", "/2/tweets?Access_Token=t", "", FOREIGN),
        ("an escaped token", "GET", "/2/tweets?access%5ftoken=t", "", FOREIGN),
        ("a letter of it escaped", "GET", "/2/tweets?access_toke%6e=t", "", FOREIGN),
        ("a token beside", "GET", "/2/tweets?ids=1&access_token=t", "", FOREIGN),
        ("a token of OAuth 1.0a", "GET", "/2/tweets?oauth_token=t", "", FOREIGN),
        ("a signature", "GET", "/2/tweets?oauth_signature=t", "", FOREIGN),
        ("any part of one", "GET", "/2/tweets?oauth_x=t", "", FOREIGN),
        ("a token of Slack", "GET", "/2/tweets?token=t", "", FOREIGN),
        ("a key of Google", "GET", "/2/tweets?key=k", "", FOREIGN),
        ("an API key", "GET", "/2/tweets?api_key=k", "", FOREIGN),
        ("an API key in one word", "GET", "/2/tweets?apikey=k", "", FOREIGN),
        ("the secret of a client", "GET", "/2/tweets?client_secret=s", "", FOREIGN),
        ("the placeholder itself", "GET", "/2/tweets?access_token=xreq-placeholder-of-x", "", FOREIGN),
        ("a callback", "GET", "/2/tweets?callback=f", "", UNKNOWN),
        ("an unknown name", "GET", "/2/tweets?admin=1", "", UNKNOWN),
        ("a name of another operation", "GET", "/2/tweets/12?max_results=5", "", UNKNOWN),
        ("a name where there are none", "POST", "/2/tweets?ids=1", "", UNKNOWN),
        ("a name in another case", "GET", "/2/tweets?IDS=1", "", UNKNOWN),
        ("a list in PHP's form", "GET", "/2/tweets?ids[]=1", "", UNKNOWN),
        ("a name without a value", "GET", "/2/tweets?admin", "", UNKNOWN),
        ("a name twice", "GET", "/2/tweets?ids=1&ids=2", "", AMBIGUOUS),
        ("a name twice, once escaped", "GET", "/2/tweets?ids=1&i%64s=2", "", AMBIGUOUS),
        ("an escaped name", "GET", "/2/tweets?i%64s=1", "", AMBIGUOUS),
        ("an escaped dot in a name", "GET", "/2/tweets?tweet%2efields=text", "", AMBIGUOUS),
        ("a plus in a name", "GET", "/2/tweets?+ids=1", "", AMBIGUOUS),
        ("a semicolon between", "GET", "/2/tweets?ids=1;access_token=t", "", AMBIGUOUS),
        ("an empty name", "GET", "/2/tweets?=1", "", AMBIGUOUS),
        ("nothing in front", "GET", "/2/tweets?&ids=1", "", AMBIGUOUS),
        ("nothing between", "GET", "/2/tweets?ids=1&&tweet.fields=text", "", AMBIGUOUS),
        ("nothing behind", "GET", "/2/tweets?ids=1&", "", AMBIGUOUS),
        ("a broken escape in a name", "GET", "/2/tweets?i%d=1", "", AMBIGUOUS),
        ("a broken escape in a value", "GET", "/2/tweets?ids=%zz", "", AMBIGUOUS),
        ("half an escape", "GET", "/2/tweets?ids=1%", "", AMBIGUOUS),
        ("a NUL", "GET", "/2/tweets?ids=1%00", "", AMBIGUOUS),
        ("a value that is no UTF-8", "GET", "/2/tweets?ids=%ff", "", AMBIGUOUS),
        ("a name that is no UTF-8", "GET", "/2/tweets?%ff=1", "", AMBIGUOUS),
        ("a backslash", "GET", "/2/tweets?ids=\\", "", AMBIGUOUS),
        ("a letter beyond ASCII", "GET", "/2/tweets?ids=\u{e9}", "", AMBIGUOUS),
    ]);
}

#[test]
#[rustfmt::skip]
fn threat_06_credentials() {
    const BARE: &str = "-Authorization\n";
    let with = |line: &str| format!("{BARE}{line}");
    let rows: Vec<(&str, String, &str)> = vec![
        ("none", with(""), NONE),
        ("another token", with("+Authorization: Bearer AAAA"), FOREIGN),
        ("the beginning of the placeholder", with("+Authorization: Bearer xreq-placeholder-of-"), FOREIGN),
        ("the placeholder and more", with("+Authorization: Bearer X-PLACEHOLDERx"), FOREIGN),
        ("the placeholder without a scheme", with("+Authorization: X-PLACEHOLDER"), FOREIGN),
        ("another scheme", with("+Authorization: Digest X-PLACEHOLDER"), FOREIGN),
        ("two spaces", with("+Authorization: Bearer  X-PLACEHOLDER"), FOREIGN),
        ("a tab", with("+Authorization: Bearer\tX-PLACEHOLDER"), FOREIGN),
        ("two tokens in one", with("+Authorization: Bearer X-PLACEHOLDER, Bearer AAAA"), FOREIGN),
        ("a password", with("+Authorization: Basic dXNlcjpwYXNz"), FOREIGN),
        ("nothing in the header", with("+Authorization: "), FOREIGN),
        ("a scheme alone", with("+Authorization: Bearer"), FOREIGN),
        ("the bot's scheme", with("+Authorization: Bot X-PLACEHOLDER"), FOREIGN),
        ("the placeholder of another provider", with("+Authorization: Bot xreq-placeholder-of-discord"), FOREIGN),
        ("one of another as a bearer", with("+Authorization: Bearer xreq-placeholder-of-google"), FOREIGN),
        ("one of another kind as a bearer", with("+Authorization: Bearer 12-xreq-placeholder-that-signs"), FOREIGN),
        ("a signature with the bearer's", with("+Authorization: OAuth oauth_token=\"X-PLACEHOLDER\""), FOREIGN),
        ("two headers", "+Authorization: Bearer AAAA".to_owned(), AMBIGUOUS),
        ("the same header twice", "+Authorization: Bearer X-PLACEHOLDER".to_owned(), AMBIGUOUS),
        ("an API key beside it", "+X-Api-Key: k".to_owned(), FOREIGN),
        ("a key of Google beside it", "+X-Goog-Api-Key: k".to_owned(), FOREIGN),
        ("a token of GitLab beside it", "+Private-Token: k".to_owned(), FOREIGN),
        ("the placeholder beside it", "+X-Access-Token: X-PLACEHOLDER".to_owned(), FOREIGN),
        ("an API key alone", with("+X-Api-Key: k"), FOREIGN),
        ("the placeholder in another header", with("+X-Auth-Token: X-PLACEHOLDER"), FOREIGN),
        ("the placeholder in a cookie", with("+Cookie: auth_token=X-PLACEHOLDER"), NONE),
        ("the placeholder for the proxy", with("+Proxy-Authorization: Bearer X-PLACEHOLDER"), NONE),
        ("bytes beyond ASCII", with("+Authorization: Bearer \u{e9}"), FOREIGN),
        ("a page", "+Origin: https://evil.example".to_owned(), PAGE),
        ("a page without a name", "+Origin: null".to_owned(), PAGE),
        ("the broker's own page", "+Origin: http://127.0.0.1:4711".to_owned(), PAGE),
        ("another site", "+Sec-Fetch-Site: cross-site".to_owned(), PAGE),
        ("a neighbour", "+Sec-Fetch-Site: same-site".to_owned(), PAGE),
        ("two sites", "+Sec-Fetch-Site: same-origin\n+Sec-Fetch-Site: cross-site".to_owned(), PAGE),
        ("a page without a credential", with("+Origin: https://evil.example"), PAGE),
    ];
    let rows: Vec<_> = rows.iter().map(|(name, edits, code)| (*name, "GET", "/2/tweets/12", edits.as_str(), *code)).collect();
    refused(&rows);
}

#[test]
#[rustfmt::skip]
fn framing() {
    const JSON: &str = "+Content-Type: application/json\n";
    let json = |line: &str| format!("{JSON}{line}");
    let rows: Vec<(&str, &str, &str, String, &str)> = vec![
        ("a length of GET", "GET", "/2/tweets/12", "+Content-Length: 5".into(), AMBIGUOUS),
        ("chunks of GET", "GET", "/2/tweets/12", "+Transfer-Encoding: chunked".into(), AMBIGUOUS),
        ("a body of DELETE", "DELETE", "/2/tweets/12", "+Content-Length: 5".into(), AMBIGUOUS),
        ("another coding", "POST", "/2/tweets", json("+Transfer-Encoding: gzip"), AMBIGUOUS),
        ("two codings", "POST", "/2/tweets", json("+Transfer-Encoding: gzip, chunked"), AMBIGUOUS),
        ("a coding twice", "POST", "/2/tweets", json("+Transfer-Encoding: chunked, chunked"), AMBIGUOUS),
        ("a coding in two headers", "POST", "/2/tweets", json("+Transfer-Encoding: chunked\n+Transfer-Encoding: chunked"), AMBIGUOUS),
        ("no coding", "POST", "/2/tweets", json("+Transfer-Encoding: identity"), AMBIGUOUS),
        ("a misspelled coding", "POST", "/2/tweets", json("+Transfer-Encoding: xchunked"), AMBIGUOUS),
        ("a length and a coding", "POST", "/2/tweets", json("+Content-Length: 5\n+Transfer-Encoding: chunked"), AMBIGUOUS),
        ("two lengths", "POST", "/2/tweets", json("+Content-Length: 5\n+Content-Length: 6"), AMBIGUOUS),
        ("the same length twice", "POST", "/2/tweets", json("+Content-Length: 5\n+Content-Length: 5"), AMBIGUOUS),
        ("two lengths in one", "POST", "/2/tweets", json("+Content-Length: 5, 5"), AMBIGUOUS),
        ("a length with a sign", "POST", "/2/tweets", json("+Content-Length: +5"), AMBIGUOUS),
        ("a negative length", "POST", "/2/tweets", json("+Content-Length: -1"), AMBIGUOUS),
        ("a hexadecimal length", "POST", "/2/tweets", json("+Content-Length: 0x5"), AMBIGUOUS),
        ("an empty length", "POST", "/2/tweets", json("+Content-Length: "), AMBIGUOUS),
        ("an unknown expectation", "POST", "/2/tweets", json("+Expect: 200-ok"), AMBIGUOUS),
        ("two expectations", "POST", "/2/tweets", json("+Expect: 100-continue\n+Expect: 100-continue"), AMBIGUOUS),
        ("a web socket", "GET", "/2/tweets/12", "+Connection: Upgrade\n+Upgrade: websocket".into(), AMBIGUOUS),
        ("HTTP/2 in clear", "GET", "/2/tweets/12", "+Upgrade: h2c".into(), AMBIGUOUS),
        ("an upgrade without a name", "GET", "/2/tweets/12", "+Connection: keep-alive, upgrade".into(), AMBIGUOUS),
        ("a compressed body", "POST", "/2/tweets", json("+Content-Encoding: gzip\n+Content-Length: 5"), AMBIGUOUS),
        ("a body that is compressed in no way", "POST", "/2/tweets", json("+Content-Encoding: identity"), AMBIGUOUS),
        ("no media type", "POST", "/2/tweets", "+Content-Length: 5".into(), AMBIGUOUS),
        ("no media type of chunks", "POST", "/2/tweets", "+Transfer-Encoding: chunked".into(), AMBIGUOUS),
        ("two media types", "POST", "/2/tweets", json("+Content-Type: text/plain"), AMBIGUOUS),
        ("two in one", "POST", "/2/tweets", "+Content-Type: application/json, text/plain".into(), AMBIGUOUS),
        ("a broken media type", "POST", "/2/tweets", "+Content-Type: json".into(), AMBIGUOUS),
        ("another encoding", "POST", "/2/tweets", "+Content-Type: application/json; charset=utf-16".into(), AMBIGUOUS),
        ("a form for JSON", "POST", "/2/tweets", "+Content-Type: application/x-www-form-urlencoded".into(), UNKNOWN),
        ("text for JSON", "POST", "/2/tweets", "+Content-Type: text/plain".into(), UNKNOWN),
        ("parts for JSON", "POST", "/2/tweets", "+Content-Type: multipart/form-data; boundary=x".into(), UNKNOWN),
    ];
    let rows: Vec<_> = rows.iter().map(|(name, method, target, edits, code)| (*name, *method, *target, edits.as_str(), *code)).collect();
    refused(&rows);
}
