//! The page that leads the browser to the request for consent.
//!
//! A program's arguments can be read by every user of the machine, and whoever opens the address of a
//! consent before its owner does can consent in the owner's place. So the browser is given the name of
//! a file that nobody else can read, and the address stands in that.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::text::html::{escaped, unescaped};

/// The text before the address in the page.
const LINK: &str = "<a href=\"";

/// Returns a page that goes to the URL by itself, and has a link where a browser does not.
pub fn page(url: &str, provider: &str) -> String {
    let (url, provider) = (escaped(url), escaped(provider));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\">\n\
         <title>Connecting {provider} · xreq</title>\n</head>\n<body>\n\
         <p>{LINK}{url}\">Go on to {provider}</a></p>\n</body>\n</html>\n"
    )
}

/// Returns the URL that such a page leads to.
pub fn target(page: &str) -> Option<String> {
    let (_, rest) = page.split_once(LINK)?;
    Some(unescaped(rest.split_once('"')?.0))
}

/// Returns the URL of a file, for a program on this machine; of one on the other side of WSL, where
/// `distribution` is what Windows calls this system.
pub(crate) fn file_url(path: &Path, distribution: Option<&str>) -> String {
    let mut url = "file://".to_owned();
    if let Some(distribution) = distribution {
        url.push_str("wsl.localhost/");
        encode(distribution.as_bytes(), &mut url);
    }
    encode(path.as_os_str().as_bytes(), &mut url);
    url
}

fn encode(bytes: &[u8], url: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            url.push(char::from(*byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Returns the path that the URL of a file of this machine means.
pub fn file_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = path.split(['?', '#']).next().filter(|path| path.starts_with('/'))?;
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
        rest = after;
    }
    Some(std::ffi::OsStr::from_bytes(&bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_its_url() {
        for url in [
            "https://x.com/i/oauth2/authorize?a=b&state=c%20d",
            "http://127.0.0.1:1/a?b=c'd\"e<f>&lt;g",
        ] {
            let page = page(url, "<X>");
            assert_eq!(target(&page).as_deref(), Some(url));
            let refresh = format!("content=\"0; url={}\"", escaped(url));
            assert!(page.contains(&refresh) && !page.contains("<X>"), "{page}");
            assert!(!page.contains("<script"), "{page}");
        }
        assert_eq!(target("<p>nothing</p>"), None);
    }

    #[test]
    fn a_file_and_its_url_mean_each_other() {
        for (path, url) in [
            ("/home/a/x.html", "file:///home/a/x.html"),
            ("/a b/%41/ü/c;d", "file:///a%20b/%2541/%C3%BC/c%3Bd"),
        ] {
            assert_eq!(file_url(Path::new(path), None), url);
            assert_eq!(file_of(url).as_deref(), Some(Path::new(path)));
        }
        let windows = file_url(Path::new("/home/a/x.html"), Some("Ubuntu 24"));
        assert_eq!(windows, "file://wsl.localhost/Ubuntu%2024/home/a/x.html");
        assert_eq!(file_of("file://localhost/a").as_deref(), Some(Path::new("/a")));
        for odd in ["http://a/b", "file://elsewhere/a", "file:///a%4", "file:///a%zz", "/a", ""] {
            assert_eq!(file_of(odd), None, "{odd}");
        }
    }
}
