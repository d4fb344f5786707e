//! Many processes that use, renew, replace and remove one grant at once.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Ended, Endpoint, Fault};

use super::PRINT_TOKEN;
use crate::support::Ran;
use crate::support::http::Request;
use crate::support::provider::{ASKED, House, PATIENCE};
use crate::support::random::Random;
use crate::support::stored::Stored;

const AGENTS: usize = 50;

/// How often, and how many, writers meet.
const ROUNDS: usize = 200;
const WRITERS: usize = 8;

/// How many grants there are for that.
const HOUSES: usize = 4;

/// Starts agents on a grant, which is expired, and waits for their end.
fn launch(house: &House) -> Vec<Ran> {
    wait(start(house))
}

/// The same, where none of them gets the lock of the grant before all wait for it.
fn launch_together(house: &House) -> Vec<Ran> {
    let lock = Stored::of(&house.home).lock();
    let agents = start(house);
    let file = house.home.store().join("grants/x/.default.lock");
    let began = Instant::now();
    let mut coming: Vec<_> = agents.iter().map(Child::id).collect();
    loop {
        coming.retain(|process| !(has_open(*process, &file) && is_asleep(*process)));
        if coming.is_empty() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "not all of them want the lock");
        thread::sleep(Duration::from_millis(1));
    }
    drop(lock);
    wait(agents)
}

/// Whether a process has opened a file.
fn has_open(process: u32, file: &Path) -> bool {
    let open = fs::read_dir(format!("/proc/{process}/fd")).expect("it is not waited for");
    open.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|found| found == file))
}

/// Whether a process does nothing: between opening the lock and trying it, it does something.
fn is_asleep(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it is not waited for");
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('S'))
}

fn start(house: &House) -> Vec<Child> {
    let agents = (0..AGENTS).map(|_| {
        let mut command = house.home.command();
        command.args(PRINT_TOKEN).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    });
    agents.collect()
}

fn wait(agents: Vec<Child>) -> Vec<Ran> {
    agents.into_iter().map(|agent| agent.wait_with_output().expect("it ends").into()).collect()
}

/// A house with an expired grant.
fn expired() -> House {
    let house = House::connected();
    house.age(8_000);
    house
}

/// Asserts that every agent got the new token, for which the provider was asked once.
#[track_caller]
fn all_have_the_new_token(house: &House, agents: Vec<Ran>) {
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    assert_eq!(agents.len(), AGENTS);
    for agent in agents {
        let agent = agent.succeeds();
        assert_eq!(agent.stdout, grant.access_token.expose_secret());
        assert_eq!(agent.stderr, "");
    }
    assert_eq!(house.refreshes().len(), 1);
    works(house);
}

/// Asserts that both tokens of the stored grant work, and that it is settled.
#[track_caller]
fn works(house: &House) {
    let grant = Stored::of(&house.home).grant().expect("it is stored");
    let token = grant.access_token.expose_secret();
    let me = Request::get("/2/users/me").bearer(token).send(&house.sandbox.base_url());
    assert_eq!(me.expect("the sandbox answers").status, 200);
    let token = grant.refresh_token.expect("there is one");
    assert!(house.control().accepts_refresh_token(token.expose_secret()));
    assert_eq!(grant.metadata.refresh_in_flight, None);
    assert_eq!(grant.metadata.last_error, None);
}

/// Asserts that no agent was started, and why.
#[track_caller]
fn none_was_started(agents: Vec<Ran>, code: &str) {
    assert_eq!(agents.len(), AGENTS);
    for agent in agents {
        let agent = agent.exits(125).complains(&format!("error[{code}]"));
        assert_eq!(agent.stdout, "");
    }
}

#[test]
fn fifty_agents_refresh_an_expired_grant_once() {
    let house = expired();
    let agents = launch(&house);
    all_have_the_new_token(&house, agents);
    house.age(8_000);
    house.control().clear_log();
    let agents = launch_together(&house);
    all_have_the_new_token(&house, agents);
}

#[test]
fn fifty_agents_wait_for_a_slow_answer() {
    let house = expired();
    house.control().fault(Endpoint::Token, Fault::Slow(Duration::from_secs(1)), 1);
    let agents = launch(&house);
    all_have_the_new_token(&house, agents);
}

#[test]
fn fifty_agents_ask_a_provider_that_is_down_once() {
    let house = expired();
    house.control().fault(Endpoint::Token, Fault::status(503), u32::MAX);
    let agents = launch_together(&house);
    assert_eq!(house.refreshes().len(), 1);
    none_was_started(agents, "provider_unavailable");
    // Nothing was lost by that.
    house.control().clear_faults();
    house.home.xreq(&PRINT_TOKEN).succeeds();
    works(&house);
}

#[test]
fn fifty_agents_keep_away_from_a_provider_as_long_as_it_wants() {
    let house = expired();
    let busy = Fault::Status { status: 429, retry_after: Some(600) };
    house.control().fault(Endpoint::Token, busy, 1);
    let agents = launch(&house);
    assert_eq!(house.refreshes().len(), 1);
    none_was_started(agents, "provider_unavailable");
    house.age(600);
    house.home.xreq(&PRINT_TOKEN).succeeds();
    works(&house);
}

#[test]
fn fifty_agents_lose_an_answer_together() {
    let house = expired();
    house.control().fault(Endpoint::Token, Fault::DropAfter, 1);
    let agents = launch_together(&house);
    assert_eq!(house.refreshes().len(), 1);
    none_was_started(agents, "refresh_in_doubt");
    assert_eq!(house.state(), "in_doubt");
    // Nothing is lost any more by a replay, which those do once who come later.
    house.age(1);
    house.control().clear_log();
    let agents = launch_together(&house);
    assert_eq!(house.refreshes().len(), 1);
    none_was_started(agents, "reconnect_required");
}

#[test]
fn fifty_agents_are_told_that_the_plan_is_not_sufficient() {
    let house = expired();
    house.control().fault(Endpoint::Token, Fault::status(402), 1);
    let agents = launch_together(&house);
    assert_eq!(house.refreshes().len(), 1);
    for agent in agents {
        let agent = agent.exits(125).complains("error[client_rejected]");
        let agent = agent.complains("X does not serve the app of x (default)");
        let agent = agent.complains("the plan of the app is not: ");
        assert!(!agent.stderr.contains("xreq client set"), "{}", agent.stderr);
    }
    house.home.xreq(&PRINT_TOKEN).succeeds();
}

/// What a writer does to the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Deed {
    Connect,
    Import,
    Refresh,
    Disconnect,
}

/// What the writers of a round do, at random. Only one connects: the redirect URI has one port.
fn deeds(random: &mut Random) -> Vec<Deed> {
    let mut deeds = vec![Deed::Connect];
    for _ in 1..WRITERS {
        deeds.push(match random.below(8) {
            0 | 1 => Deed::Disconnect,
            2 => Deed::Import,
            _ => Deed::Refresh,
        });
    }
    let first = usize::try_from(random.below(WRITERS as u64)).expect("it is small");
    if random.below(3) == 0 {
        deeds.remove(0);
    } else {
        deeds.swap(0, first);
    }
    deeds
}

/// Does it, and says whether it was done.
fn does(house: &House, deed: Deed, owner: &str) -> bool {
    let ran = match deed {
        Deed::Connect => house.connect(&[]).succeeds(),
        Deed::Import => {
            let tokens = house.control().issue_grant(owner, &ScopeSet::parse(ASKED));
            house.home.xreq_with(&["import", "x"], tokens.response.expose_secret()).succeeds()
        }
        Deed::Refresh => house.home.xreq(&["refresh", "x", "--force"]),
        Deed::Disconnect => house.home.xreq(&["disconnect", "x"]),
    };
    if ran.status.success() {
        return true;
    }
    // There is nothing left to work on, or alice's new consent ended what was there.
    let why = ["error[not_stored]", "error[reconnect_required]"];
    assert!(why.iter().any(|why| ran.stderr.contains(why)), "{deed:?}: {}", ran.stderr);
    false
}

/// Asserts that the store is whole after a round, and that the grant works if there is one. Says
/// whether there is.
#[track_caller]
fn is_whole(house: &House, was_there: bool, done: &[(Deed, bool)]) -> bool {
    let folder = fs::read_dir(house.home.store().join("grants/x")).expect("it is there");
    let mut names: Vec<_> = folder.map(|entry| entry.expect("it is there").file_name()).collect();
    names.sort_unstable();
    let is_there = Stored::of(&house.home).grant().is_some();
    if is_there {
        assert_eq!(names, [".default.lock", "default.json"]);
        works(house);
    } else {
        assert_eq!(names, [".default.lock"]);
    }
    let was_made = done.contains(&(Deed::Connect, true)) || done.contains(&(Deed::Import, true));
    if done.contains(&(Deed::Disconnect, true)) {
        // Whether that was the last deed is not known.
    } else {
        assert_eq!(is_there, was_there || was_made, "{done:?}");
    }
    is_there
}

/// Asserts that no refresh token was used again after it had worked.
#[track_caller]
fn none_was_reused(house: &House) {
    let mut spent = HashSet::new();
    for request in house.refreshes() {
        let presented = request.presented.expect("a refresh presents a token");
        assert!(!spent.contains(&presented), "a spent refresh token was sent");
        if request.status == Some(200) {
            spent.insert(presented);
        }
    }
    let owners = (0..WRITERS).map(owner).chain(["alice".to_owned()]);
    for grant in owners.flat_map(|owner| house.control().grants(&owner)) {
        assert_ne!(grant.ended, Some(Ended::RefreshTokenReused));
    }
}

/// Asserts that no two disconnects revoked the same grant.
#[track_caller]
fn none_was_revoked_twice(house: &House) {
    let mut revoked = HashSet::new();
    for request in house.control().log() {
        if request.endpoint == Endpoint::Revoke {
            assert!(revoked.insert(request.presented), "a token was revoked twice");
        }
    }
}

/// Whose tokens a writer imports: those of two writers do not end each other.
fn owner(writer: usize) -> String {
    format!("owner-{writer}")
}

/// Lets writers meet on one grant, round after round, and counts what each kind of them did.
fn meet(seed: u64, rounds: usize) -> HashMap<(Deed, bool), usize> {
    let house = House::in_memory();
    let mut random = Random::new(seed);
    let mut is_there = false;
    let mut counts = HashMap::new();
    for _ in 0..rounds {
        let deeds = deeds(&mut random);
        let done: Vec<_> = thread::scope(|scope| {
            let writers: Vec<_> = deeds
                .into_iter()
                .enumerate()
                .map(|(writer, deed)| {
                    let house = &house;
                    scope.spawn(move || (deed, does(house, deed, &owner(writer))))
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().expect("it is done")).collect()
        });
        is_there = is_whole(&house, is_there, &done);
        for deed in done {
            *counts.entry(deed).or_default() += 1;
        }
    }
    none_was_reused(&house);
    none_was_revoked_twice(&house);
    counts
}

#[test]
fn writers_of_all_kinds_leave_a_grant_that_works() {
    let counts = thread::scope(|scope| {
        let houses: Vec<_> = (1..=HOUSES)
            .map(|seed| {
                let seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed as u64);
                scope.spawn(move || meet(seed, ROUNDS / HOUSES))
            })
            .collect();
        let mut sum = HashMap::new();
        for house in houses {
            for (deed, count) in house.join().expect("its store is whole") {
                *sum.entry(deed).or_insert(0) += count;
            }
        }
        sum
    });
    println!("{counts:?}");
    for deed in [Deed::Connect, Deed::Import, Deed::Refresh, Deed::Disconnect] {
        assert!(counts[&(deed, true)] >= ROUNDS / 4, "{deed:?}: {counts:?}");
    }
}
