//! What a client of the endpoint asks, and whether it may: a question to the head of its request.

use age::secrecy::{ExposeSecret, SecretString};
use jiff::SignedDuration;
use subtle::ConstantTimeEq;

use crate::text::time::duration;

/// The most header fields of a request.
const MOST_FIELDS: usize = 48;

/// A request of somebody who may ask.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Whose token it is for.
    pub(super) provider: String,
    /// How long the token must live, where that is said.
    pub(super) min_ttl: Option<SignedDuration>,
    /// Whether the connection is kept for another request.
    pub(super) keeps_alive: bool,
}

/// Why a request is not answered with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no HTTP.
    NoHttp,
    /// It is for another host: a name that was made to lead here.
    OtherHost,
    /// It comes from a page in a browser.
    Browser,
    /// It has not the bearer token of the run.
    Unauthorized,
    /// It has a body.
    Body,
    /// It is no `GET`.
    Method,
    /// There is nothing of this name.
    Unknown,
    /// Its query cannot be understood.
    Query,
    /// Its head is too long.
    TooLong,
}

/// What a head turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// There is more to come.
    Partial,
    /// A request, in so many bytes.
    Request(usize, Request),
    /// Something that is refused. Nothing after it is read.
    Refused(Refusal),
}

/// Who may ask.
pub(super) struct Gate {
    /// The only right `Host`: `127.0.0.1:PORT`.
    pub(super) host: String,
    /// The bearer token.
    pub(super) token: SecretString,
}

impl Gate {
    /// Reads the first request of what was received. What is wrong is looked for in an order in
    /// which who may not ask learns nothing of what there is.
    pub(super) fn read(&self, received: &[u8]) -> Head {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        let mut head = httparse::Request::new(&mut fields);
        let length = match head.parse(received) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Head::Partial,
            Err(httparse::Error::TooManyHeaders) => return Head::Refused(Refusal::TooLong),
            Err(_) => return Head::Refused(Refusal::NoHttp),
        };
        match self.judge(&head) {
            Ok(request) => Head::Request(length, request),
            Err(refusal) => Head::Refused(refusal),
        }
    }

    fn judge(&self, head: &httparse::Request<'_, '_>) -> Result<Request, Refusal> {
        let fields = Fields(head.headers);
        if fields.only("host") != Some(self.host.as_bytes()) {
            return Err(Refusal::OtherHost);
        }
        if fields.has("origin") || fields.has("sec-fetch-site") {
            return Err(Refusal::Browser);
        }
        if !fields.only("authorization").is_some_and(|stated| self.opens(stated)) {
            return Err(Refusal::Unauthorized);
        }
        if fields.has("transfer-encoding")
            || fields.all("content-length").any(|length| length != b"0")
        {
            return Err(Refusal::Body);
        }
        if head.method != Some("GET") {
            return Err(Refusal::Method);
        }
        let target = head.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let provider = path.strip_prefix('/').ok_or(Refusal::Unknown)?.to_owned();
        let is_old = head.version == Some(0);
        let keeps_alive = !is_old && !fields.says("connection", "close");
        Ok(Request { provider, min_ttl: min_ttl(query)?, keeps_alive })
    }

    /// Whether the value of an `Authorization` field has the bearer token (RFC 6750 section 2.1).
    /// How long this takes says nothing of how much of it is right.
    fn opens(&self, stated: &[u8]) -> bool {
        let Some((scheme, token)) = stated.split_at_checked(b"bearer ".len()) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ")
            && bool::from(token.trim_ascii().ct_eq(self.token.expose_secret().as_bytes()))
    }
}

/// The header fields of a request.
struct Fields<'a>(&'a [httparse::Header<'a>]);

impl<'a> Fields<'a> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let fields = self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
        fields.map(|field| field.value)
    }

    fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The value of a field, where it is there once.
    fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut all = self.all(name);
        all.next().filter(|_| all.next().is_none())
    }

    /// Whether a list of words has this one.
    fn says(&self, name: &str, word: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|found| found.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// Reads `min_ttl=5m`. Anything else is a mistake that must not pass for a wish that is granted.
fn min_ttl(query: &str) -> Result<Option<SignedDuration>, Refusal> {
    let mut min_ttl = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "min_ttl" || min_ttl.is_some() {
            return Err(Refusal::Query);
        }
        min_ttl = Some(duration(&value).map_err(|_| Refusal::Query)?);
    }
    Ok(min_ttl)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "the-token-of-the-run";

    fn gate() -> Gate {
        Gate { host: "127.0.0.1:4711".to_owned(), token: TOKEN.into() }
    }

    /// A head with these lines beside the usual ones, or in their place; `name!` leaves one out.
    fn head(first: &str, fields: &[&str]) -> String {
        let usual = ["Host: 127.0.0.1:4711", "Authorization: Bearer the-token-of-the-run"];
        let name = |field: &str| field.split([':', '!']).next().unwrap_or_default().to_lowercase();
        let mut lines = vec![first.to_owned()];
        for usual in usual {
            if !fields.iter().any(|field| name(field) == name(usual)) {
                lines.push(usual.to_owned());
            }
        }
        lines.extend(fields.iter().filter(|f| !f.ends_with('!')).map(|f| (*f).to_owned()));
        format!("{}\r\n\r\n", lines.join("\r\n"))
    }

    fn read(first: &str, fields: &[&str]) -> Head {
        gate().read(head(first, fields).as_bytes())
    }

    fn refused(first: &str, fields: &[&str]) -> Option<Refusal> {
        match read(first, fields) {
            Head::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    #[test]
    fn a_request_says_whose_token_and_for_how_long() {
        let text = head("GET /x?min_ttl=5m HTTP/1.1", &[]);
        let five = Some(SignedDuration::from_mins(5));
        let request = Request { provider: "x".to_owned(), min_ttl: five, keeps_alive: true };
        let next = format!("{text}GET /");
        assert_eq!(gate().read(next.as_bytes()), Head::Request(text.len(), request));
        for (query, expected) in
            [("", None), ("?", None), ("?min_ttl=90", Some(90)), ("?min_ttl=1m30s", Some(90))]
        {
            let Head::Request(_, Request { min_ttl, .. }) =
                read(&format!("GET /x{query} HTTP/1.1"), &[])
            else {
                panic!("{query}");
            };
            assert_eq!(min_ttl, expected.map(SignedDuration::from_secs), "{query}");
        }
    }

    #[test]
    fn connections_are_kept_unless_somebody_says_otherwise() {
        for (first, fields, kept) in [
            ("GET /x HTTP/1.1", &[][..], true),
            ("GET /x HTTP/1.0", &[], false),
            ("GET /x HTTP/1.1", &["Connection: Close"], false),
            ("GET /x HTTP/1.1", &["connection: keep-alive, close"], false),
            ("GET /x HTTP/1.1", &["Connection: keep-alive", "Content-Length: 0"], true),
        ] {
            let Head::Request(_, request) = read(first, fields) else { panic!("{first}") };
            assert_eq!(request.keeps_alive, kept, "{first} {fields:?}");
        }
    }

    #[test]
    fn a_request_that_is_not_whole_is_waited_for() {
        let text = head("GET /x HTTP/1.1", &[]);
        for end in 0..text.len() {
            assert_eq!(gate().read(&text.as_bytes()[..end]), Head::Partial, "{end}");
        }
    }

    #[test]
    fn only_this_host_is_served() {
        for host in [
            "Host: localhost:4711",
            "Host: 127.0.0.1",
            "Host: 127.0.0.1:4712",
            "Host: evil.example",
            "Host: 127.0.0.1:4711.evil.example",
            "Host:",
            "Host: 127.0.0.1:4711\r\nHost: 127.0.0.1:4711",
            "host!",
        ] {
            assert_eq!(refused("GET /x HTTP/1.1", &[host]), Some(Refusal::OtherHost), "{host}");
        }
    }

    #[test]
    fn no_browser_is_served() {
        for field in ["Origin: null", "Sec-Fetch-Site: none", "origin: http://127.0.0.1:4711"] {
            assert_eq!(refused("GET /x HTTP/1.1", &[field]), Some(Refusal::Browser), "{field}");
        }
    }

    #[test]
    fn only_the_token_of_the_run_opens() {
        for field in [
            "authorization!",
            "Authorization: Bearer",
            "Authorization: Bearer ",
            "Authorization: Bearer the-token-of-the-ru",
            "Authorization: Bearer the-token-of-the-run1",
            "Authorization: Bearer The-token-of-the-run",
            "Authorization: Basic the-token-of-the-run",
            "Authorization: the-token-of-the-run",
            "Authorization: Bearer the-token-of-the-run\r\nAuthorization: Bearer x",
        ] {
            let refusal = refused("GET /x HTTP/1.1", &[field]);
            assert_eq!(refusal, Some(Refusal::Unauthorized), "{field}");
        }
        for field in [
            "authorization: bearer the-token-of-the-run",
            "Authorization:   Bearer   the-token-of-the-run  ",
        ] {
            assert_eq!(refused("GET /x HTTP/1.1", &[field]), None, "{field}");
        }
    }

    #[test]
    fn what_there_is_nobody_learns_without_the_token() {
        let wrong = "Authorization: Bearer wrong";
        for first in ["GET /nothing HTTP/1.1", "POST /x HTTP/1.1", "GET /x?y HTTP/1.1"] {
            assert_eq!(refused(first, &[wrong]), Some(Refusal::Unauthorized), "{first}");
        }
    }

    #[test]
    fn nothing_else_is_understood() {
        for (first, fields, refusal) in [
            ("POST /x HTTP/1.1", &[][..], Refusal::Method),
            ("HEAD /x HTTP/1.1", &[], Refusal::Method),
            ("OPTIONS * HTTP/1.1", &[], Refusal::Method),
            ("GET x HTTP/1.1", &[], Refusal::Unknown),
            ("GET /x HTTP/1.1", &["Content-Length: 1"], Refusal::Body),
            ("GET /x HTTP/1.1", &["Content-Length: 5", "Content-Length: 5"], Refusal::Body),
            ("GET /x HTTP/1.1", &["Content-Length: 0", "Content-Length: 5"], Refusal::Body),
            ("GET /x HTTP/1.1", &["Transfer-Encoding: chunked"], Refusal::Body),
            ("GET /x?min_ttl=soon HTTP/1.1", &[], Refusal::Query),
            ("GET /x?min_ttl=-5 HTTP/1.1", &[], Refusal::Query),
            ("GET /x?min-ttl=5 HTTP/1.1", &[], Refusal::Query),
            ("GET /x?min_ttl=5&min_ttl=6 HTTP/1.1", &[], Refusal::Query),
            ("GET /x HTTP/2.0", &[], Refusal::NoHttp),
            ("GET /x y HTTP/1.1", &[], Refusal::NoHttp),
            ("\u{1}\u{2}", &[], Refusal::NoHttp),
        ] {
            assert_eq!(refused(first, fields), Some(refusal), "{first} {fields:?}");
        }
        let many = vec!["A: b"; 60];
        assert_eq!(refused("GET /x HTTP/1.1", &many), Some(Refusal::TooLong));
    }
}
