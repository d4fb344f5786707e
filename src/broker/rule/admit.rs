//! The judgement of a request by its head.

use hyper::http::request::Parts;

use super::admission::Admission;
use super::body_rule::BodyRule;
use super::expected::Expected;
use super::query::Query;
use super::target::{Api, Target};
use super::way::Way;
use super::{credential, denial, framing, path, target};
use crate::broker::{Authority, BrokeredCredential, Refusal, RefusalCode};
use crate::catalog::{Catalog, Operation, Permission, Provider};

/// Returns what goes out for a request; nothing does before it returned. `expected` is what was made of the
/// same catalog and authority.
///
/// # Errors
///
/// The refusal that is the answer.
pub fn admit<'a>(
    catalog: &'a Catalog,
    authority: &'a Authority,
    expected: &Expected,
    way: Way<'_>,
    head: &Parts,
) -> Result<Admission<'a>, Refusal> {
    let apis = target::apis(catalog, authority, expected, way, head.uri.path());
    judge(authority, expected, way, head, &apis).map_err(|refusal| match apis.first() {
        Some(api) => refusal.of_provider(api.provider.slug.as_str()),
        None => refusal,
    })
}

fn judge<'a>(
    authority: &'a Authority,
    expected: &Expected,
    way: Way<'_>,
    head: &Parts,
    apis: &[Api<'a, '_>],
) -> Result<Admission<'a>, Refusal> {
    framing::check(head, way)?;
    if let Some(fault) = path::fault(head.uri.path()) {
        return Err(Refusal::new(RefusalCode::Ambiguous, fault));
    }
    let query = Query::of(head.uri.query())?;
    let presented = credential::presented(authority, expected, &head.headers)?;
    let found = target::find(apis, presented, head.method.as_str());
    let Target { provider, operation, mut url } = match found {
        Ok(target) => target,
        Err(refusal) => {
            query.check_unknown()?;
            return Err(refusal);
        }
    };
    let of_operation = |refusal: Refusal| refusal.of_operation(operation);
    query.check(operation, &provider.query).map_err(of_operation)?;
    let (credential, key) = permitted(provider, operation, presented, authority)?;
    let body = BodyRule::of(operation, &head.headers).map_err(of_operation)?;
    if !query.text().is_empty() {
        url.push('?');
        url.push_str(query.text());
    }
    Ok(Admission { provider, operation, credential, key, url, body })
}

/// Returns the credential that is added, and the key that gives the operation to it.
fn permitted<'a>(
    provider: &Provider,
    operation: &Operation,
    presented: Option<&'a BrokeredCredential>,
    authority: &Authority,
) -> Result<(Option<&'a BrokeredCredential>, Option<&'a str>), Refusal> {
    let Some(presented) = presented else {
        if operation.public {
            return Ok((None, None));
        }
        let detail = format!("`{operation}` needs a credential, and the request has none");
        return Err(Refusal::new(RefusalCode::NoPlaceholder, detail).of_operation(operation));
    };
    match provider.allowed(operation, &presented.satisfactions()) {
        Some(Permission::By(at)) => {
            let key = presented.requirements.get(at).map(|requirement| requirement.key.as_str());
            Ok((Some(presented), key))
        }
        Some(Permission::Free) => Ok((None, None)),
        None => Err(denial::of(provider, operation, presented, authority)),
    }
}
