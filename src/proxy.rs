//! One exchange from first to last.

pub mod account;
pub mod admission;
pub mod answer;
pub mod caller;
pub mod clearing;
pub mod coding;
pub mod gather;
pub mod head;
pub mod inbound;
pub mod keyring;
pub mod local;
pub mod pace;
pub mod pattern;
pub mod pictures;
pub mod policies;
pub mod preview;
pub mod readable;
pub mod reply;
pub mod routes;
pub mod state;
pub mod upstream;

use crate::audit::{Kind, Log};
use crate::deid::Scope;
use crate::dialect::{Address, Body as Expected, Endpoint, refuse};
use crate::local::Models;
use crate::refusal::{Reason, Refusal};
use crate::telemetry::{Metrics, Outcome};
use crate::vault::Vault;
use account::Account;
use admission::Admission;
use answer::Answer;
use bytes::Bytes;
use caller::{Caller, Callers};
use clearing::Clearing;
use futures_util::FutureExt;
use gather::{Closing, Gathered, Gatherer, Step, Whole};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Either;
use hyper::body::Incoming;
use inbound::Inbound;
use local::listing;
use pace::{Pace, Paced};
use pictures::Describer;
use policies::Policies;
use reply::{FollowUp, Plan, Reply};
use routes::sensitive::Sensitive;
use routes::{Decision, Destination, Question, Route, Routes, Wish, conversation};
use state::{Keeper, Shelf};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use upstream::{Departure, Upstream, Watched};

/// Everything an exchange needs. Shared by all connections.
pub struct Proxy {
    pub callers: Callers,
    pub admission: Admission,
    pub routes: Routes,
    pub sensitive: Sensitive,
    pub policies: Policies,
    pub clearing: Clearing,
    pub audit: Arc<Log>,
    pub vault: Arc<Vault>,
    pub gatherer: Gatherer,
    pub upstream: Upstream,
    pub models: Arc<Models>,
    pub describer: Describer,
    pub limits: Limits,
    pub metrics: Metrics,
    /// Whether clients speak TLS to this gateway itself.
    pub secure: bool,
}

/// How large and how slow an exchange may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub request: inbound::Limits,
    pub pace: Pace,
    pub reply: reply::Limits,
    /// The whole exchange.
    pub total: Duration,
}

type Restored = Reply<Watched<Incoming>>;
/// What a client reads: a provider's reply, restored, or a local model's answer.
type Outgoing = Either<Restored, local::Body>;

impl Proxy {
    /// Answers every request: with the restored reply, or with a refusal in the shape of its provider.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Answer>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let end = Instant::now() + self.limits.total;
        let (head, body) = request.into_parts();
        let address = Address::of(head.uri.path(), head.uri.query(), |name| head.headers.contains_key(name));
        let mut account = Account::open(address.provider, self.audit.clone(), self.metrics.clone());
        let exchange = self.exchange(&mut account, &head, &address, body);
        // A panic is a refusal like any other: nothing has left, or the record of what has left follows.
        let exchange = tokio::time::timeout_at(end.into(), AssertUnwindSafe(exchange).catch_unwind()).await;
        let outcome = match exchange {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(Reason::Internal.into()),
            Err(_elapsed) => Err(Reason::Deadline.into()),
        };
        match outcome {
            Ok(reply) => {
                let (mut head, body) = reply.into_parts();
                account.describe(&mut head.headers);
                let outcome = if address.preview { Outcome::Previewed } else { Outcome::Answered };
                Response::from_parts(head, Answer::new(body, account, outcome, end))
            }
            Err(refusal) => {
                let mut response = refused(account, &refusal, end);
                gather::refused(&head.headers, response.headers_mut());
                response
            }
        }
    }

    /// The path of a request. Every step can refuse, and no later step is possible without the earlier ones: what is
    /// sent is `Cleared`, and sending takes the `Receipt` of a durable record.
    async fn exchange<B>(
        &self,
        account: &mut Account,
        head: &http::request::Parts,
        address: &Address<'_>,
        body: B,
    ) -> Result<Response<Outgoing>, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        head::check(head)?;
        let caller = self.callers.identify(&head.headers, head.uri.query())?;
        account.admit(&caller, self.admission.try_enter(&caller, Instant::now())?);
        let endpoint = address.endpoint(head.method.as_str())?;
        let body = Paced::new(body, self.limits.pace);
        let origin = self.origin(head, address);
        let (endpoint, mut inbound, closing) = match self.read(&caller, head, endpoint, &origin, body).await? {
            Gathered::Answer(answer) => return Ok(answer.map(Either::Right)),
            Gathered::Whole(whole) => (whole.endpoint, whole.inbound, whole.closing),
        };
        inbound.document = self.clearing.readable(inbound.document).await?;
        let shelf = Shelf::new(self.vault.clone(), Scope::tenant(caller.tenant.clone()), endpoint.provider);
        // A local model keeps nothing, so it has no objects either.
        let kept = if inbound.model().is_some_and(routes::is_local) { None } else { shelf.recall(&inbound.objects)? };
        let holds = kept.as_ref().map(|kept| kept.destination.clone());
        let inbound = inbound.continuing(kept.map(|kept| kept.exchange));
        let ways = Ways { shelf, origin, preview: address.preview };
        if listing::is_list(&endpoint) && !address.preview {
            return self.list(account, &caller, endpoint, inbound, ways).await;
        }
        let opening = self.routes.keep_local().then(|| conversation::opening(inbound.document.body())).flatten();
        let question = Question {
            caller: &caller,
            endpoint: &endpoint,
            models: &inbound.models,
            holds: holds.as_deref(),
            preview: address.preview,
            wish: Wish::of(&head.headers)?,
            sensitive: self.sensitive.reason(&head.headers, inbound.document.body())?,
            continued: match &opening {
                Some(opening) => conversation::is_local(&self.vault, &caller.tenant, opening)?,
                None => false,
            },
        };
        let decision = self.routes.decide(&question)?;
        account.routed(&decision.why);
        let (decision, refusal) = match &decision.route {
            Route::Local(model) if address.preview => {
                return Ok(preview::stays(&endpoint, model, &decision.why).map(Either::Left));
            }
            Route::Local(model) => {
                match self.local(account, &caller, &endpoint, model, &inbound).await {
                    Ok(answer) => {
                        if let Some(opening) = opening.filter(|_| decision.sticky) {
                            conversation::stays_local(&self.vault, &caller.tenant, &opening)?;
                        }
                        return Ok(answer.map(Either::Right));
                    }
                    // Only where the route says so in as many words.
                    Err(refusal) => (decision.after(&refusal), refusal),
                }
            }
            Route::Destination(_) => (Some(decision), Reason::Internal.into()),
        };
        let Some(Decision { route: Route::Destination(destination), why, pictures, .. }) = decision else {
            return Err(refusal);
        };
        account.routed(&why);
        let inbound = match pictures {
            Some(model) => self.described(account, &caller, &model, inbound).await?,
            None => inbound,
        };
        let reply = self.external(account, &caller, endpoint, &destination, inbound, ways).await?;
        if address.preview {
            return Ok(reply.map(Either::Left));
        }
        Ok(self.gatherer.close(closing, reply)?.map(Either::Left))
    }

    /// Reads the request, or what a step of an upload comes to.
    async fn read<B>(
        &self,
        caller: &Caller,
        head: &http::request::Parts,
        endpoint: Endpoint,
        origin: &str,
        body: B,
    ) -> Result<Gathered, Refusal>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let scope = Scope::tenant(caller.tenant.clone());
        let Some(gather) = endpoint.operation.gathers else {
            let inbound = inbound::read(&head.headers, body, &endpoint, scope, &self.limits.request).await?;
            return Ok(Gathered::Whole(Box::new(Whole { endpoint, inbound, closing: Closing::None })));
        };
        if !caller.may_ask(endpoint.operation.name) {
            return Err(Reason::NotPermitted.into());
        }
        self.gatherer.take(Step { headers: &head.headers, endpoint, scope, origin }, gather, body).await
    }

    /// A list of models: that of a destination, if one may be asked, and the local ones.
    async fn list(
        &self,
        account: &mut Account,
        caller: &Caller,
        endpoint: Endpoint,
        inbound: Inbound,
        ways: Ways,
    ) -> Result<Response<Outgoing>, Refusal> {
        let provider = endpoint.provider;
        let mut own = self.models.list();
        own.retain(|model| caller.may_use(&model.name));
        let listed = match self.routes.lists(caller, &endpoint) {
            Ok(destination) => self.external(account, caller, endpoint, &destination, inbound, ways).await,
            Err(refusal) => Err(refusal),
        };
        match listed {
            Ok(response) => {
                Ok(response.map(|reply| Either::Left(reply.with(|list| listing::add(provider, &own, list)))))
            }
            Err(refusal) if listing::can_stand_alone(refusal.reason) && !own.is_empty() => {
                Ok(local::json(&listing::alone(provider, &own)).map(Either::Right))
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The rest of the path where a local model answers. Nothing leaves, so nothing is cleared; it is recorded first
    /// all the same.
    async fn local(
        &self,
        account: &mut Account,
        caller: &Caller,
        endpoint: &Endpoint,
        model: &str,
        inbound: &Inbound,
    ) -> Result<Response<local::Body>, Refusal> {
        let digest = self.models.digest(model)?;
        if listing::is_description(endpoint) {
            let described = self.models.list().into_iter().find(|listed| listed.name == model);
            let described = described.ok_or(Reason::UnknownModel)?;
            return Ok(local::json(&listing::describe(endpoint.provider, &described)));
        }
        let policy = self.policies.of(caller.profile.as_deref())?;
        let intent = account.local_intent(endpoint, model, digest, &policy);
        self.audit.append(intent.clone()).await.map_err(|_| Reason::AuditUnavailable)?;
        account.departs(intent);
        let deadline = Instant::now() + self.limits.total;
        let (tenant, exchange) = (&caller.tenant, account.id().to_string());
        local::answer(&self.models, model, tenant, &exchange, endpoint, inbound.document.body(), deadline).await
    }

    /// The request with words in place of its pictures, before anything of it is cleared.
    async fn described(
        &self,
        account: &mut Account,
        caller: &Caller,
        model: &str,
        mut inbound: Inbound,
    ) -> Result<Inbound, Refusal> {
        let deadline = Instant::now() + self.limits.total;
        let body = inbound.document.body().clone();
        let described = self.describer.describe(&self.models, model, &caller.tenant, body, deadline).await?;
        if described.pictures > 0 {
            account.described(described.pictures, model, self.models.digest(model)?);
            inbound.document = inbound.document.map(|_| Ok::<_, Refusal>(described.body))?;
        }
        Ok(inbound)
    }

    /// The rest of the path where the request goes to a destination.
    async fn external(
        &self,
        account: &mut Account,
        caller: &Caller,
        endpoint: Endpoint,
        destination: &Destination,
        inbound: Inbound,
        ways: Ways,
    ) -> Result<Response<Restored>, Refusal> {
        let Inbound { document, models, stream, structured, extended, stored, passing, .. } = inbound;
        let policy = self.policies.of(destination.profile.as_deref().or(caller.profile.as_deref()))?;
        let started = Instant::now();
        let cleared = self.clearing.clear(document, policy.clone()).await?;
        account.cleared(&cleared, started.elapsed());

        let (target, headers) = (passing.target(&cleared), passing.headers(&cleared));
        if ways.preview {
            return Ok(preview::show(&endpoint, &destination.name, account.why(), &target, &headers, &cleared));
        }
        let intent = account.intent(Kind::Intent, &endpoint, Some(destination), &models, &policy, &cleared);
        let receipt = self.audit.append(intent.clone()).await.map_err(|_| Reason::AuditUnavailable)?;
        account.departs(intent);

        let departure = Departure {
            method: Method::from_bytes(endpoint.operation.method.name().as_bytes()).map_err(|_| Reason::Internal)?,
            destination,
            target,
            headers,
            credential: caller.credential().or_else(|| destination.credential()),
            body: endpoint.operation.body != Expected::None,
            stream,
        };
        let started = Instant::now();
        let response = self.upstream.send(receipt, &cleared, departure).await?;
        account.replied(response.status(), started.elapsed());

        let plan = Plan {
            documents: Plan::documents(&endpoint, &cleared),
            keeper: Keeper::of(ways.shelf, &destination.name, &endpoint, stored, extended),
            follow_up: FollowUp::new(ways.origin, &destination.url),
            seals: self.clearing.seals(&Scope::tenant(caller.tenant.clone())),
            endpoint,
            exchange: cleared.exchange().clone(),
            exchange_id: account.id().to_string(),
            structured,
            limits: self.limits.reply,
        };
        reply::restore(response, Arc::new(plan)).await
    }
}

/// What the rest of an external exchange needs to know of its request line.
struct Ways {
    shelf: Shelf,
    /// Where the client finds this gateway, with the prefix it uses.
    origin: String,
    preview: bool,
}

impl Proxy {
    fn origin(&self, head: &http::request::Parts, address: &Address<'_>) -> String {
        let named = head.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let host = named.or_else(|| head.uri.authority().map(|authority| authority.as_str())).unwrap_or_default();
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{host}{}", address.prefix)
    }
}

/// The answer that says no.
fn refused(mut account: Account, refusal: &Refusal, end: Instant) -> Response<Answer> {
    account.refuses(refusal);
    let body = refuse::body(account.provider(), refusal, &account.id().to_string());
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(refusal.reason.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // SDKs look at this before they look at the status.
    let retry = refuse::may_retry(refusal.reason);
    headers.insert(SHOULD_RETRY, HeaderValue::from_static(if retry { "true" } else { "false" }));
    if retry {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    account.describe(headers);
    response.map(|()| Answer::whole(body.to_string().into_bytes(), account, Outcome::Refused(refusal.reason), end))
}

const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
