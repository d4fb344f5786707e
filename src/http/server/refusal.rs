//! Reasons for which a request does not get to the site.

use hyper::StatusCode;

/// The reason why a request does not get to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It does not begin as a request does. It may be TLS, which browsers try.
    Foreign,
    /// It is not HTTP/1.1 or HTTP/1.0.
    Malformed,
    /// Its head is too long, or has too many fields.
    HeadTooLong,
    /// Its body is too long, breaks off, or does not come in time.
    BodyTooLong,
    /// It does not say which host it is for, or says it twice.
    NoHost,
    /// It is for another host: a name that was made to lead here (DNS rebinding).
    OtherHost,
    /// It comes from another site's page.
    OtherSite,
}

impl Refusal {
    /// Returns the status that fits.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Foreign | Self::Malformed => StatusCode::BAD_REQUEST,
            Self::HeadTooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoHost | Self::OtherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::OtherSite => StatusCode::FORBIDDEN,
        }
    }
}
