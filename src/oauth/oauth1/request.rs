//! A request as its signature covers it (RFC 5849 section 3.4.1).

use super::percent::encoded;

/// A request that is signed: its method, its URL and the parameters of its body.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method: `POST`.
    pub method: &'a str,
    /// The absolute URL, with its query.
    pub url: &'a str,
    /// The body, if it is `application/x-www-form-urlencoded`. Any other body, as JSON and
    /// `multipart/form-data`, is not signed.
    pub form: Option<&'a [u8]>,
}

impl SignedRequest<'_> {
    /// Returns the signature base string, with the protocol's own parameters; nothing if the URL is none
    /// of HTTP.
    pub fn base_string<'p>(
        &self,
        protocol: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Option<String> {
        let url = self.url.split('#').next()?;
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let mut parameters: Vec<(String, String)> = protocol
            .into_iter()
            .filter(|(name, _)| !matches!(*name, "oauth_signature" | "realm"))
            .map(|(name, value)| (encoded(name), encoded(value)))
            .collect();
        for part in [query.as_bytes(), self.form.unwrap_or_default()] {
            let pairs = form_urlencoded::parse(part);
            parameters.extend(pairs.map(|(name, value)| (encoded(&name), encoded(&value))));
        }
        parameters.sort();
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(format!(
            "{}&{}&{}",
            self.method.to_ascii_uppercase(),
            encoded(&base_uri(address)?),
            encoded(&parameters.join("&"))
        ))
    }
}

/// Returns the base string URI (section 3.4.1.2): scheme and host in lower case, without the scheme's own
/// port.
fn base_uri(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let host = authority.strip_suffix(port).unwrap_or(&authority);
    let is_host = !host.is_empty() && !host.contains('@');
    is_host.then(|| format!("{scheme}://{host}{}", if path.is_empty() { "/" } else { path }))
}
