//! A page of a local server: one file, without a script, with nothing from elsewhere. Its style stands
//! in it, and is allowed by its hash.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::response::Response;
use crate::text::html::escaped;

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The title, as text.
    pub(crate) title: String,
    /// The style sheet.
    pub(crate) style: &'static str,
    /// Content of the page, as HTML.
    pub(crate) body: String,
    /// Allowed targets of its forms, as sources of a content security policy.
    pub(crate) form_action: String,
}

impl Page {
    /// Returns the whole document.
    pub(crate) fn html(&self) -> String {
        let Self { title, style, body, .. } = self;
        let title = escaped(title);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n\
             <style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
        )
    }

    /// Returns the headers under which the page works: no cache keeps it, no other site frames it or
    /// learns its address, and nothing of it is run or fetched (CSP level 3).
    pub(crate) fn headers(&self) -> [(&'static str, String); 5] {
        let hash = BASE64_STANDARD.encode(Sha256::digest(self.style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action {}; \
             frame-ancestors 'none'",
            self.form_action
        );
        [
            ("cache-control", "no-store".to_owned()),
            ("content-security-policy", policy),
            ("referrer-policy", "no-referrer".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-frame-options", "DENY".to_owned()),
        ]
    }

    /// Returns the page as an answer.
    pub(crate) fn response(&self, status: StatusCode) -> Response {
        let kind = HeaderValue::from_static(HTML);
        let response =
            Response::bare(status).with_body(self.html().into()).with(CONTENT_TYPE, kind);
        self.headers().into_iter().fold(response, |response, (name, value)| {
            // Without a policy that can be sent, nothing is allowed.
            let value = HeaderValue::from_str(&value)
                .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
            response.with(HeaderName::from_static(name), value)
        })
    }
}

/// The type of a page.
const HTML: &str = "text/html; charset=utf-8";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_text_and_the_style_is_allowed_by_its_hash() {
        let page = Page {
            title: "</title><script>".to_owned(),
            style: "b{}",
            body: "<p>a</p>\n".to_owned(),
            form_action: "'none'".to_owned(),
        };
        let html = page.html();
        assert!(html.contains("<title>&lt;/title&gt;&lt;script&gt;</title>"), "{html}");
        assert!(html.contains("<style>b{}</style>") && html.contains("<p>a</p>"), "{html}");
        let policy = &page.headers()[1].1;
        let hash = BASE64_STANDARD.encode(Sha256::digest(b"b{}"));
        assert!(policy.contains(&format!("style-src 'sha256-{hash}';")), "{policy}");
    }
}
