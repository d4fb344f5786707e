//! The page that the browser shows in the end.
//!
//! A page has nothing of what the browser brought, so that no code and no state can be in it.

use hyper::StatusCode;

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
        /// The granted scopes, each with what it allows.
        scopes: &'a [(&'a str, &'a str)],
        /// The scopes that were asked for and not granted, each with what that means.
        missing: &'a [(&'a str, &'a str)],
        /// The command that comes next.
        next: &'a str,
    },
    /// No grant was stored.
    Failed {
        /// The failure, in a few words.
        title: &'a str,
        /// The event and its meaning: a message of an [`Error`](crate::error::Error), or sentences
        /// of the same form.
        what: &'a str,
        /// The next step, in the form of a hint.
        next: &'a str,
        /// The stable name of the failure.
        code: &'a str,
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

impl Page<'_> {
    /// Returns the whole document.
    pub fn html(&self) -> String {
        self.page().html()
    }

    /// Returns the page as an answer.
    pub(super) fn response(&self) -> server::Response {
        self.page().response(match self {
            Self::Failed { .. } => StatusCode::BAD_REQUEST,
            Self::TooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            _ => StatusCode::OK,
        })
    }

    /// Returns the page as an answer with this status.
    pub(super) fn response_with(&self, status: StatusCode) -> server::Response {
        self.page().response(status)
    }

    fn page(&self) -> server::Page {
        match *self {
            Self::Connected { provider, handle, account, scopes, missing, next } => {
                let title = connected_title(provider, missing.is_empty());
                let sign = if missing.is_empty() { Sign::Good } else { Sign::Partly };
                let body =
                    [lead(handle, account), not_granted(missing), granted(scopes), command(next)];
                document(&title, sign, &body.concat())
            }
            Self::Failed { title, what, next, code } => {
                let body = format!(
                    "<p class=\"lead\">{}</p>\n<section aria-labelledby=\"do\">\n\
                     <h2 id=\"do\">What to do</h2>\n<p>{}</p>\n<p>No grant was stored, and you can \
                     close this tab. In the terminal, this failure is called <code>{}</code>.\
                     </p>\n</section>\n",
                    sentence(what),
                    sentence(next),
                    escaped(code),
                );
                document(title, Sign::Bad, &body)
            }
            Self::Confirm { provider } => document(
                "Confirm it in the terminal",
                Sign::Calm,
                &format!(
                    "<p class=\"lead\">{} answered. Nothing is stored yet: the terminal asks \
                     whether the account that consented is yours.</p>\n",
                    escaped(provider)
                ),
            ),
            Self::SeeTerminal => document(
                "Back to the terminal",
                Sign::Calm,
                "<p class=\"lead\">The answer arrived. The terminal tells how it goes on, and you \
                 can close this tab.</p>\n",
            ),
            Self::NotThis => document(
                "This is not the awaited answer",
                Sign::Calm,
                "<p class=\"lead\">xreq waits here for the answer to one request for consent, and \
                 got something else. Nothing was changed, and the wait goes on.</p>\n\
                 <section aria-labelledby=\"do\">\n<h2 id=\"do\">What to do</h2>\n<p>If you come \
                 from the page of a provider, that page belonged to an earlier attempt: open the \
                 address that the terminal shows now.</p>\n</section>\n",
            ),
            Self::TooLong => document(
                "The browser sent too much",
                Sign::Calm,
                "<p class=\"lead\">The browser's request is longer than xreq reads. Nothing was \
                 changed, and the wait goes on.</p>\n\
                 <section aria-labelledby=\"do\">\n<h2 id=\"do\">What to do</h2>\n<p>Most of such a \
                 request are cookies: browsers send those of every app on this machine, whatever its \
                 port. Delete the cookies of this address in the browser's settings, or open the \
                 address that the terminal shows in a private window, and consent again. Or copy the \
                 whole address of this page and paste it in the terminal, where it asks for \
                 that.</p>\n</section>\n",
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

fn connected_title(provider: &str, whole: bool) -> String {
    if whole {
        format!("{provider} is connected")
    } else {
        format!("{provider} is connected, with less than was asked for")
    }
}

fn lead(handle: Option<&str>, account: &str) -> String {
    let account = escaped(account);
    let who = match handle {
        Some(handle) => {
            // An address has its own.
            let at = if handle.contains('@') { "" } else { "@" };
            let handle = escaped(handle);
            format!("<b><bdi>{at}{handle}</bdi></b>, stored as account <b>{account}</b>")
        }
        None => format!("The grant is stored as account <b>{account}</b>"),
    };
    format!("<p class=\"lead\">{who}</p>\n")
}

fn granted(scopes: &[(&str, &str)]) -> String {
    if scopes.is_empty() {
        return String::new();
    }
    format!(
        "<section aria-labelledby=\"granted\">\n<h2 id=\"granted\">What was \
         granted</h2>\n<dl>\n{}</dl>\n</section>\n",
        entries(scopes)
    )
}

fn not_granted(missing: &[(&str, &str)]) -> String {
    if missing.is_empty() {
        return String::new();
    }
    format!(
        "<section aria-labelledby=\"missing\">\n<h2 id=\"missing\">What was not granted</h2>\n\
         <dl class=\"unmet\">\n{}</dl>\n<p>What was granted is stored and works. An agent that \
         needs the rest is not started until it is granted too.</p>\n</section>\n",
        entries(missing)
    )
}

fn entries(entries: &[(&str, &str)]) -> String {
    let entry = |(name, text): &(&str, &str)| {
        format!("<div><dt><code>{}</code></dt><dd>{}</dd></div>\n", escaped(name), prose(text))
    };
    entries.iter().map(entry).collect()
}

/// Formats a command whose words keep together where a line ends: half an option is another option.
fn command(next: &str) -> String {
    let words: Vec<_> =
        next.split(' ').map(|word| format!("<span>{}</span>", escaped(word))).collect();
    format!(
        "<section aria-labelledby=\"next\">\n<h2 id=\"next\">What comes next</h2>\n<p>You can \
         close this tab. In the terminal:</p>\n<pre><code>{}</code></pre>\n</section>\n",
        words.join(" ")
    )
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
            scopes: list,
            missing: list,
            next: evil,
        };
        let failed = Page::Failed { title: evil, what: evil, next: evil, code: evil };
        for (page, places) in [(connected, 9), (failed, 5)] {
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
            assert!(lead(Some(handle), "default").contains(shown), "{handle}");
        }
    }
}
