//! The proxy that the environment names for requests to providers.
//!
//! The HTTP client's own reader of the variables decides which proxy a request takes. It passes over a
//! value that it cannot read, and the request would go out on its own: so this is an error before
//! anything is sent. A proxy is shown without what stands before its `@`.

use std::env;
use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// The variables that name the proxy of an `https` URL; the first that is set counts, those of all URLs
/// only if none of `https` does.
const FOR_HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const FOR_ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const FOR_NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy, and the variable that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    variable: &'static str,
    /// Without credentials.
    address: String,
}

impl Proxy {
    /// Returns the proxy that a request to an `https` URL takes, if there is one.
    ///
    /// # Errors
    ///
    /// A variable names one that cannot be used, in words.
    pub(crate) fn of(url: &str) -> Result<Option<Self>, String> {
        let variables = Variables {
            https: first(&FOR_HTTPS),
            all: first(&FOR_ALL),
            none: first(&FOR_NONE).map(|(_, value)| value),
            // As the client does: there, a header of a request could name the proxy.
            is_cgi: env::var_os("REQUEST_METHOD").is_some(),
        };
        variables.proxy(url)
    }

    /// Returns the name of the variable.
    pub(crate) fn variable(&self) -> &'static str {
        self.variable
    }

    /// Returns whether the way to the proxy itself is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.address.starts_with("https:")
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// The proxy settings of the environment, each with the variable that states it.
#[derive(Default)]
struct Variables {
    https: Option<(&'static str, String)>,
    all: Option<(&'static str, String)>,
    none: Option<String>,
    is_cgi: bool,
}

impl Variables {
    fn proxy(self, url: &str) -> Result<Option<Proxy>, String> {
        let Ok(url) = url.parse::<Uri>() else { return Ok(None) };
        let set =
            |named: Option<(&'static str, String)>| named.filter(|(_, value)| !value.is_empty());
        let Some((variable, value)) = set(self.https).or(set(self.all)) else { return Ok(None) };
        let any = Matcher::builder().all("http://proxy.invalid").no(self.none.unwrap_or_default());
        if self.is_cgi || any.build().intercept(&url).is_none() {
            return Ok(None);
        }
        address(&value)
            .map(|address| Some(Proxy { variable, address }))
            .map_err(|fault| format!("`{variable}` {fault}"))
    }
}

/// Returns the address of a proxy without credentials, or what is wrong with it, without quoting it.
fn address(value: &str) -> Result<String, String> {
    let written = "is not the URL of a proxy, such as `http://proxy.example:8080`";
    let uri: Uri = value.parse().map_err(|_| written.to_owned())?;
    let scheme = uri.scheme_str().unwrap_or("http");
    if scheme.starts_with("socks") {
        return Err(format!(
            "names a `{scheme}` proxy, and only `http` and `https` ones can be used"
        ));
    }
    if scheme != "http" && scheme != "https" {
        return Err(written.to_owned());
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| written.to_owned())?;
    let is_wrong_port = uri.authority().is_some_and(|authority| {
        let place = authority.as_str().rsplit('@').next().unwrap_or_default();
        authority.port_u16().is_none() && place.len() > host.len()
    });
    if is_wrong_port {
        return Err(written.to_owned());
    }
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    Ok(format!("{scheme}://{host}{port}"))
}

/// Returns the first variable that is set. A value that is no text stays unreadable.
fn first(names: &[&'static str]) -> Option<(&'static str, String)> {
    let value = |name: &str| Some(env::var_os(name)?.to_string_lossy().into_owned());
    names.iter().find_map(|name| Some((*name, value(name)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://api.x.com/2/oauth2/token";

    fn named(https: Option<&str>, all: Option<&str>, none: Option<&str>) -> Variables {
        let owned = |name, value: Option<&str>| value.map(|value| (name, value.to_owned()));
        Variables {
            https: owned("HTTPS_PROXY", https),
            all: owned("ALL_PROXY", all),
            none: none.map(str::to_owned),
            is_cgi: false,
        }
    }

    #[test]
    fn a_proxy_is_shown_without_its_credentials() {
        for (value, shown) in [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("https://user:secret@proxy.example", "https://proxy.example"),
            ("user:secret@proxy.example:1", "http://proxy.example:1"),
        ] {
            let proxy = named(Some(value), None, None).proxy(URL).expect("it can be read");
            assert_eq!(proxy.expect("there is one").to_string(), shown, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_without_being_quoted() {
        for value in [
            "http://",
            "http://user:secret@",
            "http://a b",
            "://secret",
            "secret://a",
            "http://a:port",
            "http://\u{fffd}",
        ] {
            let fault = named(Some(value), None, None).proxy(URL).expect_err(value);
            assert!(fault.starts_with("`HTTPS_PROXY` is not the URL"), "{value}: {fault}");
            assert!(!fault.contains("secret"), "{fault}");
        }
        for value in
            ["socks5://secret@127.0.0.1:1", "socks5h://127.0.0.1:1", "socks4://127.0.0.1:1"]
        {
            let fault = named(None, Some(value), None).proxy(URL).expect_err(value);
            assert!(fault.starts_with("`ALL_PROXY` names a `"), "{value}: {fault}");
            assert!(!fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn the_variable_that_counts_is_the_one_that_is_read() {
        let [one, two] = ["http://one:1", "http://two:2"];
        let of = |variables: Variables| {
            variables.proxy(URL).expect("it can be read").map(|proxy| proxy.to_string())
        };
        assert_eq!(of(named(Some(one), Some(two), None)).as_deref(), Some(one));
        assert_eq!(of(named(Some(""), Some(two), None)).as_deref(), Some(two));
        assert_eq!(of(named(None, None, None)), None);
        for none in ["*", "x.com", ".x.com", "other, api.x.com"] {
            assert_eq!(of(named(Some("socks5://a"), None, Some(none))), None, "{none}");
        }
        assert_eq!(of(named(Some(one), None, Some("example.com"))).as_deref(), Some(one));
        assert_eq!(of(Variables { is_cgi: true, ..named(Some(one), None, None) }), None);
    }
}
