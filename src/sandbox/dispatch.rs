//! The dispatch of requests: the endpoint that each is for, and what becomes of the answer.

use super::fault::{Endpoint, Fault};
use super::grants::Moment;
use super::http::{Delivery, Reply, Request};
use super::log::LogEntry;
use super::state::{Shared, State};
use super::{
    api, app_only, authorize, device_endpoint, federation, metadata, minting, oauth1, remote,
    service_accounts, slack, token_endpoint,
};

/// Does what a request asks, and says what becomes of the answer.
pub(super) fn answer(shared: &Shared, request: &Request) -> Delivery {
    if request.path == "/sandbox" || request.path.starts_with("/sandbox/") {
        return Delivery::Whole(remote::answer(shared, request));
    }
    let now = Moment::now();
    let mut state = shared.state();
    let endpoint = Endpoint::of(&request.path, &state.paths);
    let mut logged = LogEntry::new(endpoint, &request.method, &request.path);
    let fault = state.faults.next(endpoint);
    match endpoint {
        Endpoint::Authorize => authorize::note(request, &mut logged),
        Endpoint::Token | Endpoint::Revoke => {
            token_endpoint::note(request, state.provider().token.body, &mut logged);
        }
        Endpoint::Me | Endpoint::Api => api::note(request, &mut logged),
        Endpoint::Device => device_endpoint::note(request, &mut logged),
        Endpoint::Oauth1 | Endpoint::Verify => oauth1::note(request, &mut logged),
        Endpoint::AppOnly => app_only::note(request, &mut logged),
        Endpoint::Mint | Endpoint::Project => minting::note(request, &mut logged),
        Endpoint::Metadata | Endpoint::Other => {}
    }
    logged.fault = fault.as_ref().map(Fault::to_string);
    let works = fault.as_ref().is_none_or(Fault::does_work);
    let reply = works.then(|| {
        let reply = work(&mut state, &shared.base_url, endpoint, request, &mut logged, now);
        reply.with_json_type(state.face().json)
    });
    logged.status = reply.as_ref().map(|reply| reply.status);
    let delivery = match (fault, reply) {
        (Some(fault), reply) => {
            fault.deliver(&format!("{}{}", state.base_path, request.path), reply)
        }
        (None, reply) => Delivery::Whole(reply.expect("without a fault, work is done")),
    };
    if let Delivery::Whole(reply) = &delivery {
        logged.status = Some(reply.status);
    }
    state.log.push(logged);
    drop(state);
    shared.announce();
    delivery
}

fn work(
    state: &mut State,
    base_url: &str,
    endpoint: Endpoint,
    request: &Request,
    logged: &mut LogEntry,
    now: Moment,
) -> Reply {
    if state.options.face.provider == slack::PROVIDER {
        return slack::answer(state, request, logged, now);
    }
    if let Some(refusal) = lacks_headers(state, endpoint, request) {
        return refusal;
    }
    match endpoint {
        Endpoint::Authorize => authorize::answer(state, request, logged, now),
        Endpoint::Token => token_endpoint::token(state, request, logged, now),
        Endpoint::Revoke => token_endpoint::revoke(state, request, logged, now),
        Endpoint::Me | Endpoint::Api => api::answer(state, request, logged, now),
        Endpoint::Device => device_endpoint::answer(state, base_url, request, logged, now),
        Endpoint::Oauth1 | Endpoint::Verify => oauth1::answer(state, request, logged, now),
        Endpoint::AppOnly => app_only::answer(state, request),
        Endpoint::Mint if request.path == service_accounts::EXCHANGE => {
            federation::exchange(state, request, logged, now)
        }
        Endpoint::Mint if request.path.starts_with(service_accounts::ACCOUNTS) => {
            federation::impersonate(state, request, logged, now)
        }
        Endpoint::Mint => minting::mint(state, request, logged, base_url, now),
        Endpoint::Project => minting::project(state, request, logged, now),
        Endpoint::Metadata => metadata::answer(state, base_url),
        Endpoint::Other => Reply::problem(404),
    }
}

/// Refuses a request without a header that the provider's file has for such ones.
fn lacks_headers(state: &State, endpoint: Endpoint, request: &Request) -> Option<Reply> {
    let needs =
        matches!(endpoint, Endpoint::Token | Endpoint::Revoke | Endpoint::Me | Endpoint::Api);
    let mut needed = state.provider().token.headers.keys().filter(|_| needs);
    let missing = needed.find(|name| !request.has_header(name))?;
    Some((state.face().without_header)(missing))
}
