//! The page that the browser shows in the end.
//!
//! A page has nothing of what the browser brought, so that no code and no state can be in it.

use hyper::StatusCode;

use crate::error::{Argument, Code, Remedy, wording};
use crate::http::server;
use crate::text::html::escaped;

const STYLE: &str = include_str!("page.css");

/// A page.
#[derive(Clone, Copy, Debug)]
pub enum Page<'a> {
    /// The grant is stored.
    Connected {
        /// The name of the provider for people.
        provider: &'a str,
        /// The account's name for people, where it is known: `someone`, or an address.
        handle: Option<&'a str>,
        /// The account's label in the store.
        account: &'a str,
        /// The actions that were allowed, each in words that complete "an agent can …".
        allowed: &'a [&'a str],
        /// The granted scopes, each with what it allows.
        scopes: &'a [(&'a str, &'a str)],
        /// The scopes that were asked for and not granted, each with what that means.
        missing: &'a [(&'a str, &'a str)],
        /// The request to xreq that comes next, with arguments that it takes besides; `None` if the
        /// terminal alone tells it.
        next: Option<(&'a Remedy, &'a [Argument])>,
    },
    /// No grant was stored.
    Failed {
        /// The name of the provider for people.
        provider: &'a str,
        /// The failure.
        code: Code,
        /// The next step; `None` if the terminal alone tells it.
        next: Option<&'a Remedy>,
        /// The message of the failure, as the terminal shows it.
        what: &'a str,
    },
    /// Consent was given, and it is not confirmed yet by whom.
    Confirm {
        /// The name of the provider for people.
        provider: &'a str,
    },
    /// The browser is no longer needed, and nothing is known yet.
    SeeTerminal,
    /// The request was not the one that is waited for.
    NotThis,
    /// The request was too long to be read: most of it are cookies, nearly always.
    TooLong,
}

/// A page that can be sent as often as it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    page: server::Page,
    status: StatusCode,
}

impl Rendered {
    /// Returns the page as an answer.
    pub(super) fn response(&self) -> server::Response {
        self.page.response(self.status)
    }
}

impl Page<'_> {
    /// Returns the whole document.
    pub fn html(&self) -> String {
        self.page().html()
    }

    /// Renders the page with the status that it has as an answer.
    pub(super) fn rendered(&self) -> Rendered {
        let status = match self {
            Self::Failed { .. } => StatusCode::BAD_REQUEST,
            Self::TooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::OK,
        };
        Rendered { page: self.page(), status }
    }

    /// Returns the page as an answer with this status.
    pub(super) fn response_with(&self, status: StatusCode) -> server::Response {
        self.page().response(status)
    }

    fn page(&self) -> server::Page {
        match *self {
            Self::Connected { provider, handle, account, allowed, scopes, missing, next } => {
                let title = connected_title(provider, missing.is_empty());
                let sign = if missing.is_empty() { Sign::Good } else { Sign::Partly };
                let body = [
                    "<p class=\"lead\">You can close this tab and go back to the terminal.</p>\n"
                        .to_owned(),
                    next.map_or_else(String::new, |(next, arguments)| command(next, arguments)),
                    not_allowed(missing),
                    allows(handle, allowed),
                    details(&[
                        format!("<p>It is kept as account <b>{}</b>.</p>\n", escaped(account)),
                        entries("Granted", scopes),
                        entries("Not granted", missing),
                    ]),
                ];
                document(&title, sign, &body.concat())
            }
            Self::Failed { provider, code, next, what } => {
                let title = format!("{provider} was not connected");
                let next = next.map_or_else(|| "the terminal tells more".into(), wording::help);
                let body = [
                    "<p class=\"lead\">Nothing was stored. You can close this tab and go back to the \
                     terminal.</p>\n"
                        .to_owned(),
                    section("do", "What to do", &format!("<p>{}</p>\n", sentence(&next))),
                    section("why", "What happened", &format!("<p>{}</p>\n", event(provider, code))),
                    details(&[format!(
                        "<p>The terminal calls this <code>{}</code>, and says:</p>\n<p>{}</p>\n",
                        code.name(),
                        sentence(what)
                    )]),
                ];
                document(&title, Sign::Bad, &body.concat())
            }
            Self::Confirm { provider } => document(
                "Confirm it in the terminal",
                Sign::Calm,
                &format!(
                    "<p class=\"lead\">{} answered. One step is left: the terminal asks whether the \
                     account is yours. Nothing is stored until you answer there.</p>\n",
                    escaped(provider)
                ),
            ),
            Self::SeeTerminal => document(
                "Back to the terminal",
                Sign::Calm,
                "<p class=\"lead\">The answer arrived. The terminal shows how it goes on, and you can \
                 close this tab.</p>\n",
            ),
            Self::NotThis => document(
                "This is not the awaited answer",
                Sign::Calm,
                &format!(
                    "<p class=\"lead\">Nothing was changed, and xreq still waits for the answer.</p>\n{}",
                    section(
                        "do",
                        "What to do",
                        "<p>Open the address that the terminal shows now, and go on there. A tab that \
                         was open before belongs to an earlier attempt: you can close it.</p>\n"
                    )
                ),
            ),
            Self::TooLong => document(
                "The browser sent too much",
                Sign::Calm,
                &format!(
                    "<p class=\"lead\">Nothing was changed, and xreq still waits for the answer.</p>\n{}",
                    section(
                        "do",
                        "What to do",
                        "<p>Delete the cookies of this address in the browser's settings, or open the address \
                         that the terminal shows in a private window, and answer again: most of what it \
                         sent are cookies, since browsers send those of every app on this machine. Or \
                         copy the whole address of this page, and paste it in the terminal where it asks for that.</p>\n"
                    )
                ),
            ),
        }
    }
}

/// The sign of a page: its subject at first sight.
#[derive(Clone, Copy)]
enum Sign {
    Good,
    Partly,
    Bad,
    Calm,
}

impl Sign {
    /// Returns a drawing of 24 by 24 units, which says nothing that the title does not say.
    fn svg(self) -> String {
        let (class, path) = match self {
            Self::Good => ("good", "M5 13l4.5 4.5L19 7"),
            Self::Partly => ("warn", "M12 5v9M12 18.5v.01"),
            Self::Bad => ("bad", "M6.5 6.5l11 11M17.5 6.5l-11 11"),
            Self::Calm => ("calm", "M6 8l4 4-4 4M13 16h5"),
        };
        format!(
            "<svg class=\"sign {class}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
             <path d=\"{path}\"/></svg>"
        )
    }
}

fn document(title: &str, sign: Sign, body: &str) -> server::Page {
    let heading = escaped(title);
    let sign = sign.svg();
    server::Page {
        title: format!("{title} · xreq"),
        style: STYLE,
        body: format!(
            "<main>\n<header>\n{sign}\n<h1>{heading}</h1>\n</header>\n{body}</main>\n<footer>\n\
             <p>This page came from xreq on your own machine.</p>\n</footer>\n"
        ),
        form_action: "'none'".to_owned(),
    }
}

/// Returns a failure in words that ask for no knowledge; the terminal's are in the details.
fn event(provider: &str, code: Code) -> String {
    let provider = escaped(provider);
    match code {
        Code::AuthorizationDenied => format!("{provider} says that this was not allowed."),
        Code::AccountUnconfirmed => {
            "Nobody confirmed in the terminal that this is the right account.".to_owned()
        }
        Code::ClientRejected => {
            format!("{provider} does not accept the app that asked, as it is set up now.")
        }
        Code::ProviderUnavailable => {
            format!("{provider} did not answer, or not in the way that it should.")
        }
        Code::TokenExchangeFailed => {
            format!("You answered, but {provider} did not carry out what you allowed.")
        }
        Code::Interrupted => "It was ended in the terminal before it was complete.".to_owned(),
        _ => "You answered, but the terminal could not go on.".to_owned(),
    }
}

fn connected_title(provider: &str, whole: bool) -> String {
    if whole {
        format!("{provider} is connected")
    } else {
        format!("{provider} is connected, with less than was asked for")
    }
}

fn section(id: &str, title: &str, body: &str) -> String {
    format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>\n{body}</section>\n")
}

/// Formats what most people need not know.
fn details(parts: &[String]) -> String {
    format!("<details>\n<summary>Details</summary>\n{}</details>\n", parts.concat())
}

fn allows(handle: Option<&str>, allowed: &[&str]) -> String {
    if allowed.is_empty() {
        return String::new();
    }
    let items: String = allowed.iter().copied().map(item).collect();
    let body = format!("<p>{}</p>\n<ul>\n{items}</ul>\n", in_the_name_of(handle));
    section("allowed", "What you allowed", &body)
}

fn item(text: &str) -> String {
    format!("<li>{}</li>\n", prose(text))
}

fn in_the_name_of(handle: Option<&str>) -> String {
    let Some(handle) = handle else { return "An agent that you start can:".to_owned() };
    // An address has its own.
    let at = if handle.contains('@') { "" } else { "@" };
    format!("An agent that you start can, as <b><bdi>{at}{}</bdi></b>:", escaped(handle))
}

fn not_allowed(missing: &[(&str, &str)]) -> String {
    if missing.is_empty() {
        return String::new();
    }
    let items: String = missing.iter().map(|(_, what)| item(what)).collect();
    let body = format!(
        "<ul class=\"unmet\">\n{items}</ul>\n<p>The rest is stored and works. An agent that needs \
         this too is not started until you allow it.</p>\n"
    );
    section("missing", "What you did not allow", &body)
}

fn entries(title: &str, entries: &[(&str, &str)]) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let entry = |(name, text): &(&str, &str)| {
        format!("<div><dt><code>{}</code></dt><dd>{}</dd></div>\n", escaped(name), prose(text))
    };
    let entries: String = entries.iter().map(entry).collect();
    format!("<p>{title}:</p>\n<dl>\n{entries}</dl>\n")
}

/// Formats a command whose words keep together where a line ends: half an option is another option.
fn command(next: &Remedy, arguments: &[Argument]) -> String {
    let Some(next) = wording::request(next, arguments) else { return String::new() };
    let words: Vec<_> =
        next.split(' ').map(|word| format!("<span>{}</span>", escaped(word))).collect();
    let body = format!("<p>In the terminal:</p>\n<pre><code>{}</code></pre>\n", words.join(" "));
    section("next", "What comes next", &body)
}

/// Returns a message of the terminal as a sentence of a page.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let last = message.trim_end_matches(['"', '\'', ')']);
    let end = if last.ends_with(['.', '!', '?']) { "" } else { "." };
    prose(&format!("{first}{}{end}", characters.as_str()))
}

/// Formats a text in which names stand in backticks as HTML.
fn prose(text: &str) -> String {
    let parts: Vec<_> = text.split('`').collect();
    if parts.len() % 2 == 0 {
        return escaped(text);
    }
    let mark = |(at, part): (usize, &&str)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.iter().enumerate().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_terminal_become_sentences() {
        for (message, expected) in [
            ("nobody answered", "Nobody answered."),
            ("`a` & `b`", "<code>a</code> &amp; <code>b</code>."),
            ("it said: \"No.\"", "It said: &quot;No.&quot;"),
            ("is it there?", "Is it there?"),
            ("ärger (no.)", "Ärger (no.)"),
            ("one ` alone", "One ` alone."),
            ("`<b>`", "<code>&lt;b&gt;</code>."),
            ("", "."),
        ] {
            assert_eq!(sentence(message), expected);
        }
    }

    #[test]
    fn whatever_a_page_shows_is_text() {
        let evil = "<b title='\"'>&";
        let list: &[(&str, &str)] = &[(evil, evil)];
        let connected = Page::Connected {
            provider: evil,
            handle: Some(evil),
            account: evil,
            allowed: &[evil],
            scopes: list,
            missing: list,
            // A shell's quotes change it.
            next: Some((&Remedy::ShowKey { key: evil.to_owned() }, &[])),
        };
        let next = Remedy::from(evil);
        let code = Code::AuthorizationDenied;
        let failed = Page::Failed { provider: evil, code, next: Some(&next), what: evil };
        for (page, places) in [(connected, 10), (failed, 5)] {
            let html = page.html();
            assert!(!html.contains("<b title"), "{html}");
            let words = html.replace("</span> <span>", " ");
            let found = words.matches("&lt;b title=&#39;&quot;&#39;&gt;&amp;").count();
            assert_eq!(found, places, "{html}");
        }
    }

    #[test]
    fn a_handle_has_one_at_sign() {
        for (handle, shown) in
            [("someone", ">@someone<"), ("@someone", ">@someone<"), ("a@b", ">a@b<")]
        {
            assert!(in_the_name_of(Some(handle)).contains(shown), "{handle}");
        }
    }
}
