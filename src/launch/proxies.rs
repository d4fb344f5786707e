//! The proxies of an agent, which must not see what it says to the endpoint on this machine.
//!
//! Many programs send a request for 127.0.0.1 to the proxy that a variable names, its bearer token
//! included, unless another variable makes an exception of it.

use std::ffi::{OsStr, OsString};

use crate::sys::env::Env;

/// The variables by which programs find a proxy.
pub(super) const PROXIES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The variables that make exceptions, in the order in which most programs look for them.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// This machine, as programs may call it.
const THIS_MACHINE: [&str; 3] = ["127.0.0.1", "localhost", "::1"];

/// Returns the variables that keep requests to this machine away from proxies, with the values they need
/// where an agent inherits these ones. Empty if it inherits no proxy.
///
/// A value that is there goes on to count. Programs read one of the two names, so both get one.
pub(super) fn exceptions(inherited: &[(OsString, OsString)]) -> Vec<(&'static str, String)> {
    let value = |name: &str| {
        let found = inherited.iter().find(|(found, _)| found == OsStr::new(name));
        found.map(|(_, value)| value.to_string_lossy()).filter(|value| !value.trim().is_empty())
    };
    if PROXIES.iter().all(|name| value(name).is_none()) {
        return Vec::new();
    }
    let all = EXCEPTIONS.into_iter().zip([EXCEPTIONS[1], EXCEPTIONS[0]]);
    all.map(|(name, other)| {
        let stated = value(name).or_else(|| value(other)).unwrap_or_default();
        (name, with_this_machine(&stated))
    })
    .collect()
}

/// Returns the exceptions from a broker: this machine, the broker's own host, and what the user excepts but for
/// API hosts.
pub(super) fn without_broker(
    inherited: &Env,
    own: &str,
    is_api_host: &dyn Fn(&str) -> bool,
) -> [(&'static str, String); 2] {
    let stated = EXCEPTIONS.iter().filter_map(|name| inherited.get(name)?.to_str());
    let mut names: Vec<&str> = THIS_MACHINE.to_vec();
    let own = own.trim_matches(['[', ']']);
    if !names.contains(&own) {
        names.push(own);
    }
    for name in stated.flat_map(|stated| stated.split([',', ' '])).map(str::trim) {
        let host = name.trim_start_matches(['*', '.']);
        if !host.is_empty() && !is_api_host(host) && !names.contains(&name) {
            names.push(name);
        }
    }
    let value = names.join(",");
    EXCEPTIONS.map(|name| (name, value.clone()))
}

/// Adds this machine to a list of exceptions.
fn with_this_machine(stated: &str) -> String {
    // For programs `*` is everything only where it stands alone.
    if stated.trim() == "*" {
        return stated.to_owned();
    }
    let has = |name: &str| stated.split([',', ' ']).any(|known| known.trim() == name);
    let missing = THIS_MACHINE.into_iter().filter(|name| !has(name));
    let stated = stated.trim().trim_end_matches(',');
    let parts: Vec<_> =
        Some(stated).filter(|text| !text.is_empty()).into_iter().chain(missing).collect();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(inherited: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let all: Vec<_> =
            inherited.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        exceptions(&all)
    }

    fn both(lower: &str, upper: &str) -> Vec<(&'static str, String)> {
        vec![("no_proxy", lower.to_owned()), ("NO_PROXY", upper.to_owned())]
    }

    const ALL: &str = "127.0.0.1,localhost,::1";

    #[test]
    fn without_a_proxy_there_are_no_exceptions() {
        for inherited in
            [&[][..], &[("no_proxy", "a.example")], &[("http_proxy", "")], &[("HTTP_PROXY", " ")]]
        {
            assert_eq!(of(inherited), []);
        }
    }

    #[test]
    fn each_proxy_has_both_exceptions() {
        for name in PROXIES {
            assert_eq!(of(&[(name, "http://proxy:3128")]), both(ALL, ALL), "{name}");
        }
    }

    #[test]
    fn what_the_user_excepts_goes_on_to_count() {
        let with =
            |variables: &[(&str, &str)]| of(&[&[("http_proxy", "p")][..], variables].concat());
        let merged = format!("a.example,{ALL}");
        assert_eq!(with(&[("no_proxy", "a.example")]), both(&merged, &merged));
        assert_eq!(with(&[("NO_PROXY", "a.example")]), both(&merged, &merged));
        assert_eq!(with(&[("NO_PROXY", " a.example, ")]), both(&merged, &merged));
        let other = format!("b.example,{ALL}");
        let apart = [("no_proxy", "a.example"), ("NO_PROXY", "b.example")];
        assert_eq!(with(&apart), both(&merged, &other));
        let some = "localhost, a.example";
        let rest = "localhost, a.example,127.0.0.1,::1";
        assert_eq!(with(&[("no_proxy", some)]), both(rest, rest));
        assert_eq!(with(&[("no_proxy", ALL)]), both(ALL, ALL));
        assert_eq!(with(&[("no_proxy", "*")]), both("*", "*"));
    }
}
