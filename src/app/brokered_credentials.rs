//! The broker of one run, with the credentials of the store.

use std::os::unix::net::UnixStream;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::consumer_pair::ConsumerPair;
use crate::app::context::Context;
use crate::audit_log::CallEntry;
use crate::broker::approvals::Approvals;
use crate::broker::broker::{Broker, Ending, RunFacts, Tally};
use crate::broker::bundle::bundle;
use crate::broker::call_log::CallLog;
use crate::broker::certificates::Certificates;
use crate::broker::credentials::{LiveCredential, Renewal, SigningKeys, TokenSource};
use crate::broker::doors::PortDoor;
use crate::broker::limits::{Limits, owner};
use crate::broker::other_hosts::OtherHosts;
use crate::broker::places::{Places, PortMaterial};
use crate::broker::pressure::Pressure;
use crate::broker::process;
use crate::broker::process::tell;
use crate::broker::protocol::{News, Setup};
use crate::broker::rates::RateMemory;
use crate::broker::request_body::Room;
use crate::broker::standings::{Standing, Standings};
use crate::broker::told::Told;
use crate::broker::upstream::Upstream;
use crate::broker::{Expected, api_hosts};
use crate::catalog::Catalog;
use crate::error::{Code, Error, Remedy, Result};
use crate::model::credential_id::Kind;
use crate::refresh::agent::live_token::Live;
use crate::refresh::agent::{GrantEvent, Holding, KeptGrant, Options, Upkeep};
use crate::refresh::worker::Workers;
use crate::store::{CredentialId, FolderStore, Identities, SealedGrant};
use crate::sys::runtime_folder::{RunFolder, Runtime};
use crate::sys::state::StateFolder;

/// Serves a run until its parent has gone.
///
/// # Errors
///
/// What the store, the system or the runtime folder refuses, before anything is served.
pub(crate) fn serve(setup: Setup, context: &Context, parent: &UnixStream) -> Result<()> {
    let failed = |what: &str, error: String| {
        Error::new(Code::BrokerFailed, format!("the broker has no {what}: {error}"))
    };
    let catalog = Arc::new(context.catalog_by(context.config()?, &setup.catalog)?);
    let hosts = api_hosts(&catalog, &setup.authority)?;
    let doors = &setup.doors;
    let own = doors.port.iter().filter(|door| door.has_tls).flat_map(PortDoor::hosts);
    let own = own.map(|host| host.trim_matches(['[', ']']).to_owned());
    let certificates = Certificates::new(hosts.clone(), own.collect())
        .map_err(|error| failed("certificates", error.to_string()))?;
    let material = doors.port.as_ref().map(|door| -> Result<_> {
        let tls = door.has_tls.then(|| certificates.own_config()).transpose();
        let tls = tls.map_err(|error| failed("certificate of its own", error.to_string()))?;
        let variable = |name: &str| context.env.get(name).map(Into::into);
        let certificates = bundle(&certificates.pem(), variable);
        Ok(PortMaterial { certificates, tls: tls.map(Arc::new), serves_java: setup.serves_java })
    });
    let folder = || RunFolder::begin(Runtime::of(&context.env, &context.home()?)?);
    let places = Places::begin(folder()?, folder()?, doors, material.transpose()?)?;
    let standings = Arc::new(Standings::default());
    let (credentials, upkeep) = open(&setup, context, &catalog, parent, &standings)?;
    let limits = Limits::open(&setup.limits, &credentials, || match &setup.limit_log {
        Some(path) => Ok(StateFolder::at(path.clone(), &context.trust)),
        None => StateFolder::of(&context.env, &context.trust),
    })?;
    let calls = context.audit()?.map(|audit| audit.calls().clone());
    let pid = std::os::unix::process::parent_id();
    let entry = CallEntry::of_run(pid, &setup.argv0);
    let calls =
        CallLog::start(calls, entry).map_err(|error| failed("log of calls", error.to_string()))?;
    let calls = Arc::new(calls);
    let told = parent.try_clone().map_err(|error| failed("parent", error.to_string()))?;
    let told = Arc::new(Told::new(move |news| tell(&told, &news)));
    let approvals = Approvals::new(setup.asking, Arc::clone(&told), Arc::clone(&calls));
    let pressure = Pressure::default();
    let broker = Broker {
        expected: Expected::of(&catalog, &setup.authority),
        catalog,
        authority: setup.authority,
        credentials,
        hosts,
        tls: Arc::new(Arc::new(certificates).server_config()),
        password: setup.password,
        other_hosts: OtherHosts::new(setup.egress),
        upstream: Upstream::new(pressure.clone()),
        pressure,
        room: Room::new(),
        read_only: setup.read_only,
        limits,
        approvals,
        rates: RateMemory::default(),
        calls,
        told,
        standings,
        run: RunFacts { pid, argv0: setup.argv0, since: Timestamp::now() },
        tally: Tally::default(),
        ending: Ending::default(),
    };
    let served = process::serve(places, &Arc::new(broker), parent);
    drop(upkeep);
    served
}

/// Opens the credentials of a run, and keeps fresh those that expire.
fn open(
    setup: &Setup,
    context: &Context,
    catalog: &Arc<Catalog>,
    parent: &UnixStream,
    standings: &Arc<Standings>,
) -> Result<(Vec<LiveCredential>, Option<Upkeep>)> {
    let store = context.store()?;
    let identities = context.identities(&store)?;
    let mut owners = Vec::new();
    let opened = setup.authority.credentials.iter().map(|credential| {
        let id = credential.id.clone();
        let sealed = store.grant(&id)?.ok_or_else(|| gone(&id))?;
        let live = Live {
            access_token: sealed.access_token(&identities)?,
            expires_at: sealed.metadata.expires_at,
            scopes: sealed.metadata.scopes.clone(),
        };
        let signing = signing(catalog, &sealed, &store, &identities)?;
        let owner = owner(&id.provider, sealed.metadata.account_id.as_deref(), &id.account);
        owners.push(owner);
        Ok((id, live, signing))
    });
    let opened = opened.collect::<Result<Vec<_>>>()?;
    let workers = || {
        let passphrase = context.passphrase.passphrase().cloned();
        Workers::new(setup.catalog.clone(), passphrase).trusting(context.trust.owners())
    };
    let (mut kept, mut fixed) = (Vec::new(), Vec::new());
    for (id, live, signing) in opened {
        if id.kind.never_expires() {
            fixed.push((id, live, signing));
        } else {
            kept.push(KeptGrant { name: id, live: Some(live) });
        }
    }
    let names: Vec<_> = kept.iter().map(|kept| kept.name.clone()).collect();
    let upkeep = (!kept.is_empty()).then(|| {
        let options = Options {
            store,
            catalog: Arc::clone(catalog),
            workers: workers(),
            holding: Holding::Tokens,
            older_than: None,
        };
        let parent = parent.try_clone().map_err(|error| {
            Error::new(Code::BrokerFailed, format!("the broker has no parent: {error}"))
        })?;
        let standings = Arc::clone(standings);
        Upkeep::start(kept, options, move |event| {
            note(&standings, &event);
            if let Some(news) = news(event) {
                tell(&parent, &news);
            }
            Ok(())
        })
    });
    let upkeep = upkeep.transpose()?;
    let renewing = Arc::new(workers());
    let mut credentials = Vec::new();
    for (credential, owner) in setup.authority.credentials.iter().zip(owners) {
        let id = credential.id.clone();
        let source = if names.contains(&id) {
            let tokens = upkeep.as_ref().expect("it was started for them").tokens();
            TokenSource::Kept { tokens, renewal: Renewal::new(Arc::clone(&renewing)) }
        } else {
            let at = fixed.iter().position(|(of, ..)| *of == id).expect("it was opened");
            let (_, live, signing) = fixed.swap_remove(at);
            TokenSource::Fixed { token: Arc::new(live), signing }
        };
        credentials.push(LiveCredential { id, owner, source });
    }
    Ok((credentials, upkeep))
}

fn signing(
    catalog: &Catalog,
    sealed: &SealedGrant,
    store: &FolderStore,
    identities: &Identities,
) -> Result<Option<SigningKeys>> {
    if sealed.metadata.kind != Kind::Oauth1 {
        return Ok(None);
    }
    let provider = catalog.known_provider(sealed.metadata.provider.as_str())?;
    let pair = ConsumerPair::of(provider, &sealed.metadata, store, identities)?;
    Ok(Some(SigningKeys {
        consumer_key: pair.key,
        consumer_secret: pair.secret,
        token_secret: sealed.token_secret(identities)?,
    }))
}

/// Notes what an event says of a grant.
fn note(standings: &Standings, event: &GrantEvent) {
    match event {
        GrantEvent::Arrived(..) => {}
        GrantEvent::Refreshed(id) | GrantEvent::Recovered(id) => {
            standings.note(id, Standing::Fresh);
        }
        GrantEvent::Failing(id, _) => standings.note(id, Standing::Failing),
        GrantEvent::Dead(id, _) => standings.note(id, Standing::Dead),
    }
}

/// Returns what the parent is told of a grant.
fn news(event: GrantEvent) -> Option<News> {
    Some(match event {
        GrantEvent::Arrived(..) | GrantEvent::Refreshed(_) => return None,
        GrantEvent::Failing(_, error) => News::Failing(error),
        GrantEvent::Dead(id, error) => News::Dead(id, error),
        GrantEvent::Recovered(id) => News::Recovered(id),
    })
}

fn gone(id: &CredentialId) -> Error {
    let account = Some(id.account.as_str());
    Error::new(Code::NotStored, format!("{id} was removed meanwhile"))
        .with_remedy(Remedy::connect(id.provider.as_str(), account))
}
