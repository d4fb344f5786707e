//! The reason why a request has no answer, in words that name what to change: certificates, proxies,
//! names.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use super::proxy::Proxy;
use crate::http::client::{authorities, limit};

/// A setting of this machine that a request goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Its certificate authorities, or the certificate that is held against them.
    Certificates,
    /// The proxy that its environment names.
    Proxy,
}

/// The reason why there is no answer.
#[derive(Debug)]
pub struct Unanswered {
    /// Whether the server may have got the request, and acted on it.
    pub may_have_arrived: bool,
    /// Description of what happened, in words.
    pub what: String,
    /// Setting of this machine that is at fault, if it is one.
    pub blames: Option<Setting>,
}

impl Unanswered {
    /// Describes a request that was not sent.
    pub(crate) fn unsent(what: impl Into<String>) -> Self {
        Self { may_have_arrived: false, what: what.into(), blames: None }
    }

    /// Describes the same, if a setting of this machine is at fault.
    pub(crate) fn unsent_for(blames: Setting, what: impl Into<String>) -> Self {
        Self { blames: Some(blames), ..Self::unsent(what) }
    }

    /// Describes a request that was sent, perhaps, and that nobody answers in time.
    pub(crate) fn late(limits: &Limits) -> Self {
        let what = format!("no answer within {} seconds", limits.answer);
        Self { may_have_arrived: true, what, blames: None }
    }

    /// Reads what the HTTP client says of a request.
    pub(crate) fn of(error: &reqwest::Error, way: &Way, limits: &Limits) -> Self {
        let Way { host, proxy, .. } = way;
        let proxy = proxy.as_ref();
        let may_have_arrived = !(error.is_connect() || error.is_builder());
        let tls = tls_error(error);
        // Neither what reads certificates nor the resolver tells why it found nothing.
        let may_hide_one = error.is_builder() || says(error, "dns error");
        let hidden = || may_hide_one.then(limit::found).flatten();
        if let Some(limit) = limit::met(chain(error)).or_else(hidden) {
            return Self { may_have_arrived, what: limit.to_owned(), blames: None };
        }
        if error.is_builder() && tls.is_some() {
            return Self::unsent_for(Setting::Certificates, authorities::nobody());
        }
        if let Some(rustls::Error::InvalidCertificate(fault)) = tls {
            let whose = match proxy.filter(|proxy| proxy.is_https()) {
                Some(proxy) => format!("`{host}`, or that of the proxy `{proxy}`,"),
                None => format!("`{host}`"),
            };
            let missing = match fault {
                CertificateError::UnknownIssuer => authorities::missing_folders(),
                _ => None,
            };
            let missing = missing.map_or_else(String::new, |missing| format!(": {missing}"));
            let what = format!("the certificate of {whose} {}{missing}", certificate(fault));
            return Self { may_have_arrived, what, blames: Some(Setting::Certificates) };
        }
        if let Some(proxy) = proxy.filter(|_| !may_have_arrived && tls.is_none()) {
            let what =
                format!("{}, which `{}` names", by_proxy(error, host, proxy), proxy.variable());
            return Self { may_have_arrived, what, blames: Some(Setting::Proxy) };
        }
        let what = if error.is_timeout() {
            format!("no connection within {} seconds", limits.connection)
        } else if let Some(tls) = tls {
            format!("there is no TLS connection to `{host}`: {tls}")
        } else if says(error, "dns error") {
            format!(
                "the name `{host}` is not found: {}; where a proxy alone knows it, `HTTPS_PROXY` names \
                 the proxy",
                root_cause(error)
            )
        } else {
            root_cause(error)
        };
        Self { may_have_arrived, what, blames: None }
    }
}

/// The way that a request takes.
pub(crate) struct Way {
    /// The host, with its port if the URL has one.
    pub(crate) host: String,
    pub(crate) is_https: bool,
    pub(crate) proxy: Option<Proxy>,
}

/// The limits of waiting, in seconds.
pub(crate) struct Limits {
    pub(crate) connection: u64,
    pub(crate) answer: u64,
}

/// Describes what is wrong with a certificate, as the rest of a sentence.
fn certificate(fault: &CertificateError) -> String {
    match fault {
        CertificateError::UnknownIssuer => {
            "is of an authority that this machine does not know".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "has expired, by the clock of this machine".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet, by the clock of this machine".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name".to_owned()
        }
        // The words of the verifier are those of a program.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "is signed by itself, or is an authority's own, and none for a server".to_owned()
        }
        CertificateError::Revoked => "is revoked".to_owned(),
        other => format!("is not accepted: {other}"),
    }
}

/// Describes why a proxy does not lead to a host. The client gives the proxy's answer in words alone.
fn by_proxy(error: &reqwest::Error, host: &str, proxy: &Proxy) -> String {
    if says(error, "proxy authorization required") {
        format!("credentials are wanted (407) by the proxy `{proxy}`")
    } else if says(error, "unsuccessful tunnel") || says(error, "tunnel error") && !is_io(error) {
        format!("no way to `{host}` is given by the proxy `{proxy}`")
    } else if error.is_timeout() {
        format!("no connection in time by the proxy `{proxy}`")
    } else {
        format!("{}: so no way leads to `{host}` by the proxy `{proxy}`", root_cause(error))
    }
}

/// Returns the failure of TLS in a chain of errors. An I/O error hides the one that it is made of.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    chain(error).find_map(|error| {
        let mut inner = Some(error);
        while let Some(io) = inner.and_then(|inner| inner.downcast_ref::<io::Error>()) {
            inner = io.get_ref().map(|inner| inner as &(dyn StdError + 'static));
        }
        inner?.downcast_ref()
    })
}

fn is_io(error: &reqwest::Error) -> bool {
    chain(error).any(|error| error.downcast_ref::<io::Error>().is_some())
}

fn says(error: &reqwest::Error, words: &str) -> bool {
    chain(error).skip(1).any(|error| error.to_string().contains(words))
}

/// Describes the bottom of a failure. The layers above quote the URL, or say less.
fn root_cause(error: &reqwest::Error) -> String {
    let bottom = chain(error).skip(1).last();
    bottom.map_or_else(|| "the request could not be made".to_owned(), ToString::to_string)
}

/// Returns an error and all that it comes from.
fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn StdError + 'static) = *error;
        error.source()
    })
}
