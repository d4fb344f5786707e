//! One call: held against the rule, given its credential, sent, and its answer passed on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;
use tokio::time::timeout;

use super::approvals::Approval;
use super::broker::Broker;
use super::call_log::{Call, Counted};
use super::credentials::{LiveCredential, text};
use super::echo::{WithoutToken, replacement};
use super::flow::{self, Flow, passing};
use super::forward::passed_headers;
use super::front::plain;
use super::injection::inject;
use super::paced::{Ends, LONGEST_STILL, Paced};
use super::provider_stream::ProviderValve;
use super::rates::RateSubject;
use super::request_body::{Outgoing, Unread};
use super::unanswered::Unanswered;
use super::valve::Valve;
use super::{Admission, Refusal, RefusalCode, Way, admit, outgoing_headers};
use crate::refresh::agent::Unavailable;
use crate::refresh::agent::live_token::Live;

/// Time for the head of an answer, once the body of the request has gone out.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(3);

impl Broker {
    /// Answers a call to a provider's API. The valve is that of the connection that it came over.
    pub(crate) async fn answer(
        &self,
        way: Way<'_>,
        request: Request<Incoming>,
        agent: &Arc<Valve>,
    ) -> Response<Flow> {
        let (head, body) = request.into_parts();
        let admitted = admit(&self.catalog, &self.authority, &self.expected, way, &head);
        match admitted.and_then(|admission| self.held_to_reading(admission)) {
            Ok(admission) => match self.call(&admission, &head, body, agent).await {
                Ok(response) => response,
                Err(refusal) => self.refused(&refusal),
            },
            Err(refusal) => self.refused(&refusal),
        }
    }

    /// Refuses what changes something in a run that may only read.
    fn held_to_reading<'a>(&self, admission: Admission<'a>) -> Result<Admission<'a>, Refusal> {
        let Admission { provider, operation, .. } = &admission;
        if !self.read_only || operation.only_reads() {
            return Ok(admission);
        }
        let detail = format!("`{operation}` may change something, and this run only reads");
        Err(Refusal::new(RefusalCode::OperationChanges, detail)
            .of_provider(provider.slug.as_str())
            .of_operation(*operation))
    }

    pub(crate) fn refused(&self, refusal: &Refusal) -> Response<Flow> {
        self.note(refusal);
        let mut response = Response::new(flow::full(refusal.body(&self.catalog)));
        *response.status_mut() =
            StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::FORBIDDEN);
        let media_type = HeaderValue::from_static(refusal.media_type(&self.catalog));
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        if let Some(seconds) = refusal.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    async fn call(
        &self,
        admission: &Admission<'_>,
        head: &Parts,
        body: Incoming,
        agent: &Arc<Valve>,
    ) -> Result<Response<Flow>, Refusal> {
        let is_shown = self.approvals.hold(admission);
        let body = match self.room.read(body, &admission.body, is_shown).await {
            Ok(body) => body,
            Err(Unread::Refused(refusal)) => return Err(refusal),
            Err(Unread::Broken) => {
                return Ok(plain(StatusCode::BAD_REQUEST, "the body of the request broke off"));
            }
        };
        let mut approval = self.approvals.ask(admission, head, body.whole()).await?;
        let answer = self.approved(admission, head, body, &mut approval, agent).await;
        approval.settle();
        answer
    }

    /// Makes a call that nobody has to be asked about any more. Where nothing of it was sent, the approval is not
    /// spent.
    async fn approved(
        &self,
        admission: &Admission<'_>,
        head: &Parts,
        mut body: Outgoing,
        approval: &mut Approval,
        agent: &Arc<Valve>,
    ) -> Result<Response<Flow>, Refusal> {
        let Some(of_run) = admission.credential else {
            let call = self.calls.begin(admission).await?;
            approval.spend();
            let sent = self.send(admission, head, &mut body, &mut None, &call).await;
            if matches!(sent, Err(Unanswered::Unsent(_))) {
                approval.unspend();
            }
            return Ok(self.passed(admission, sent, &body, None, call, agent));
        };
        let at = self.authority.credentials.iter().position(|it| std::ptr::eq(it, of_run));
        let at = at.expect("it is one of them");
        let credential = &self.credentials[at];
        let live = match credential.token().await {
            Ok(live) => live,
            Err(Unavailable::Dead(error)) => {
                return Err(dead(admission, &error.to_string()));
            }
            Err(Unavailable::For { error, retry_at }) => {
                return Ok(unavailable(&error.to_string(), retry_at));
            }
        };
        let counted = self.limits.count(at, admission).await?;
        let call = match self.calls.begin(admission).await {
            Ok(call) => call,
            Err(refusal) => {
                counted.give_back().await;
                return Err(refusal);
            }
        };
        let mut used = Some((credential, live));
        approval.spend();
        let sent = self.send(admission, head, &mut body, &mut used, &call).await;
        if matches!(sent, Err(Unanswered::Unsent(_))) {
            approval.unspend();
            counted.give_back().await;
        }
        let token = used.as_ref().map(|(_, live)| (text(live), of_run.placeholder.token()));
        Ok(self.passed(admission, sent, &body, token, call, agent))
    }

    /// Sends a call; a second time with a new token, which is the one in use then, where the provider
    /// refused the old one and the body is still there.
    async fn send(
        &self,
        admission: &Admission<'_>,
        head: &Parts,
        body: &mut Outgoing,
        used: &mut Option<(&LiveCredential, Arc<Live>)>,
        call: &Call,
    ) -> Result<Response<Incoming>, Unanswered> {
        self.tally.through.fetch_add(1, Ordering::Relaxed);
        let is_kept = body.whole().is_some();
        let answer = self.send_once(admission, head, body, used.as_ref(), call).await?;
        if let Some((credential, live)) = used
            && answer.status() == StatusCode::UNAUTHORIZED
            && is_kept
            && let Some(new) = credential.renewed(live).await
        {
            *live = new;
            let again = self.send_once(admission, head, body, used.as_ref(), call).await;
            // The first time it went out.
            return again.map_err(Unanswered::once_sent);
        }
        Ok(answer)
    }

    async fn send_once(
        &self,
        admission: &Admission<'_>,
        head: &Parts,
        body: &mut Outgoing,
        credential: Option<&(&LiveCredential, Arc<Live>)>,
        call: &Call,
    ) -> Result<Response<Incoming>, Unanswered> {
        let form = body.whole().filter(|_| admission.body.is_form()).cloned();
        let flow = body.take();
        let is_empty = flow.is_end_stream();
        let mut request =
            Request::new(if is_empty { flow } else { passing(Counted::new(flow, call.sending())) });
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = admission.url.parse().map_err(|_| Unanswered::unfit())?;
        *request.headers_mut() = outgoing_headers(&head.headers, admission.provider);
        if let Some((credential, live)) = credential {
            inject(&mut request, admission.provider, credential, live, form.as_deref())
                .map_err(|_| Unanswered::unfit())?;
        }
        let mut answer = std::pin::pin!(self.upstream.send(request));
        let mut sent = call.sent();
        loop {
            if let Ok(answer) = timeout(ANSWER_TIMEOUT, &mut answer).await {
                return answer;
            }
            // A long upload takes longer than that; what stands still does not.
            let before = std::mem::replace(&mut sent, call.sent());
            if sent == before {
                return Err(Unanswered::Late);
            }
        }
    }

    /// Returns the answer to a call that was sent, or should have been. `token` is the one in use, and what
    /// the agent has in its place.
    fn passed(
        &self,
        admission: &Admission<'_>,
        sent: Result<Response<Incoming>, Unanswered>,
        body: &Outgoing,
        token: Option<(&str, &str)>,
        call: Call,
        agent: &Arc<Valve>,
    ) -> Response<Flow> {
        let unanswered = match sent {
            Ok(answer) => {
                self.remember(admission, &answer);
                return self.pass_on(answer, token, call, agent);
            }
            Err(unanswered) => unanswered,
        };
        if let Some(refusal) = body.refused() {
            return self.refused(&refusal);
        }
        plain(unanswered.status(), &unanswered.to_string())
    }

    /// Remembers what the provider says of its own limits.
    fn remember(&self, admission: &Admission<'_>, answer: &Response<Incoming>) {
        let &Admission { provider, operation, credential, .. } = admission;
        let subject = RateSubject { provider, operation, credential };
        let (status, now) = (answer.status().as_u16(), Timestamp::now());
        self.rates.record(subject, status, answer.headers(), now);
    }

    /// Passes an answer on, without the token where it repeats that.
    fn pass_on(
        &self,
        answer: Response<Incoming>,
        token: Option<(&str, &str)>,
        call: Call,
        agent: &Arc<Valve>,
    ) -> Response<Flow> {
        let (mut head, body) = answer.into_parts();
        call.answered(head.status.as_u16());
        head.headers = passed_headers(&head.headers);
        let provider = head.extensions.remove::<ProviderValve>();
        let ends = Ends {
            agent: Arc::clone(agent),
            provider: provider.map_or_else(Arc::default, |ProviderValve(valve)| valve),
        };
        let body = Paced::new(body, ends, self.pressure.clone(), LONGEST_STILL);
        let count = move |bytes| call.receive(bytes);
        let Some((token, placeholder)) = token else {
            return Response::from_parts(head, passing(Counted::new(body, count)));
        };
        for value in head.headers.values_mut() {
            hide(value, token, placeholder);
        }
        let body = if head.headers.contains_key(CONTENT_ENCODING) {
            passing(Counted::new(body, count))
        } else {
            passing(Counted::new(WithoutToken::new(body, token, placeholder), count))
        };
        Response::from_parts(head, body)
    }
}

/// Puts the placeholder in the place of the token in a header.
fn hide(value: &mut HeaderValue, token: &str, placeholder: &str) {
    let Ok(shown) = value.to_str() else { return };
    if shown.contains(token) {
        let replacement = replacement(token.len(), placeholder);
        let hidden = shown.replace(token, &String::from_utf8_lossy(&replacement));
        *value = HeaderValue::from_str(&hidden).unwrap_or(HeaderValue::from_static(""));
    }
}

/// Refuses a call since its grant is dead.
fn dead(admission: &Admission<'_>, why: &str) -> Refusal {
    Refusal::new(RefusalCode::GrantDead, why)
        .of_provider(admission.provider.slug.as_str())
        .of_operation(admission.operation)
}

/// Returns the answer while a grant cannot be refreshed.
fn unavailable(why: &str, retry_at: Timestamp) -> Response<Flow> {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, why);
    let wait = retry_at.duration_since(Timestamp::now()).as_secs().clamp(1, 3600);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.unsigned_abs()));
    response
}
