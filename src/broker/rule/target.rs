//! The operation that a request means, and the URL at which it is.

use super::expected::Expected;
use super::percent::decoded;
use super::way::Way;
use crate::broker::{Authority, BrokeredCredential, Refusal, RefusalCode};
use crate::catalog::{ApiPlace, Catalog, Operation, Provider};

/// A place of an API to which a request may be meant to go, for one of the run's credentials.
pub(super) struct Api<'a, 'r> {
    credential: &'a BrokeredCredential,
    pub(super) provider: &'a Provider,
    place: &'r ApiPlace,
    /// The host that was asked for, where one was.
    host: Option<&'r str>,
    /// The path below the place; `None` if it does not lead there.
    path: Option<&'r str>,
}

/// The operation that a request means.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) provider: &'a Provider,
    pub(super) operation: &'a Operation,
    /// The URL, without a query.
    pub(super) url: String,
}

/// Returns the places of APIs to which a path may lead: those of the host of a tunnel, or those whose names
/// the path begins with.
pub(super) fn apis<'a, 'r>(
    catalog: &'a Catalog,
    authority: &'a Authority,
    expected: &'r Expected,
    way: Way<'r>,
    path: &'r str,
) -> Vec<Api<'a, 'r>> {
    let mut found = Vec::new();
    let tunnel = match way {
        Way::Tunnel { host, port } => Some((host, port)),
        Way::BaseUrl { .. } => None,
    };
    for (credential, expected) in expected.credentials(authority) {
        let slug = credential.id.provider.as_str();
        let Some(provider) = catalog.provider(slug) else { continue };
        let below = path.strip_prefix('/').and_then(|path| path.strip_prefix(slug));
        let below = below.filter(|rest| rest.starts_with('/'));
        for place in &expected.places {
            let (host, path) = match (tunnel, below) {
                (Some((host, port)), _) if place.is_at(host, port) => {
                    (Some(host), place.path_below(path))
                }
                (None, Some(below)) => (None, below_service(below, place.service.as_deref())),
                _ => continue,
            };
            found.push(Api { credential, provider, place, host, path });
        }
    }
    found
}

/// Returns the rest of a path that leads to a service: all of it, if it is the API itself.
fn below_service<'r>(path: &'r str, service: Option<&str>) -> Option<&'r str> {
    let rest = match service {
        None => path,
        Some(service) => path.strip_prefix('/')?.strip_prefix(service)?,
    };
    rest.starts_with('/').then_some(rest)
}

/// Returns the operation that a request means. `presented` is the credential that it has.
///
/// # Errors
///
/// It means none, or could mean several; or the credential is of another provider.
pub(super) fn find<'a>(
    apis: &[Api<'a, '_>],
    presented: Option<&BrokeredCredential>,
    method: &str,
) -> Result<Target<'a>, Refusal> {
    let is_usable =
        |api: &&Api<'a, '_>| presented.is_none_or(|it| std::ptr::eq(it, api.credential));
    let usable: Vec<_> = apis.iter().filter(is_usable).collect();
    if usable.is_empty() && !apis.is_empty() {
        let detail = "the placeholder stands for a token of another provider, or another server";
        return Err(Refusal::new(RefusalCode::ForeignCredential, detail));
    }
    let mut found: Option<Target<'a>> = None;
    for api in usable {
        let Some(path) = api.path else { continue };
        let service = api.place.service.as_deref();
        let operation = api.provider.operation_of(service, method, path);
        // Some servers decode a path before they compare it, and some do not tell cases apart.
        let plain = decoded(path).and_then(|plain| String::from_utf8(plain).ok());
        let Some(plain) = plain else {
            return Err(ambiguous("the path has escapes that are not UTF-8"));
        };
        let other = api.provider.operation_in_any_case(service, method, &plain);
        let differs =
            |other: &Operation| operation.map_or(plain != path, |own| !std::ptr::eq(own, other));
        if other.is_some_and(differs) {
            return Err(ambiguous(
                "the path means another operation once it is decoded, or in lower case",
            ));
        }
        let Some(operation) = operation else { continue };
        let url = format!("{}{path}", api.place.url_for(api.host));
        match &found {
            None => found = Some(Target { provider: api.provider, operation, url }),
            Some(same) if std::ptr::eq(same.operation, operation) && same.url == url => {}
            Some(_) => return Err(ambiguous("the request means several operations")),
        }
    }
    found.ok_or_else(|| {
        let detail = "the method and the path are those of no operation that is known";
        Refusal::new(RefusalCode::Unknown, detail)
    })
}

fn ambiguous(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::Ambiguous, detail)
}
