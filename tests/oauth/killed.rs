//! A process that refreshes a grant can be killed at any moment: before it asks, while it waits for
//! the answer, and after. The grant works afterwards, or it is known to be in doubt.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret;
use jiff::{SignedDuration, Timestamp};
use xreq::model::scope::ScopeSet;
use xreq::sandbox::{Ended, Endpoint, Fault, fingerprint};
use xreq::store::Grant;

use super::PRINT_TOKEN;
use crate::support::Ran;
use crate::support::http::Request;
use crate::support::provider::{ASKED, House};
use crate::support::random::Random;
use crate::support::stored::Stored;
use crate::support::trace::{can_trace, killed_before};

const KILLS: usize = 1_000;
const HOMES: usize = 4;

/// What refreshes a grant however fresh it is, and what does it where the access token is dead.
const FORCED: [&str; 3] = ["refresh", "x", "--force"];
const NEEDED: [&str; 3] = ["run", "--", "true"];

/// How old a token is that lives a little longer, and is refreshed where nothing speaks against it.
const OLD: i64 = 7_000;
const DEAD: i64 = 8_000;

/// How far a refresh was when it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// Nothing was written.
    Nothing,
    /// That a refresh is in flight is stored, and the provider was not asked.
    Mark,
    /// The provider gave new tokens, which are lost.
    Answer,
    /// They are stored.
    End,
}

/// A grant whose refreshes are killed.
struct Victim {
    house: House,
    stored: Stored,
}

impl Victim {
    fn of(house: House) -> Self {
        house.connect(&[]).succeeds();
        let stored = Stored::of(&house.home);
        Self { house, stored }
    }

    /// Starts to refresh the grant, kills the process after a while, and says whether it had ended
    /// by then.
    fn kill_after(&self, args: &[&str], moment: Duration) -> bool {
        let mut command: Command = self.house.home.command();
        command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the program starts");
        thread::sleep(moment);
        process.kill().expect("it can be killed");
        let status = process.wait().expect("it ends");
        assert!(status.success() || status.code().is_none(), "it failed by itself: {status}");
        status.success()
    }

    /// How far the refresh of this grant was, by what it left.
    #[track_caller]
    fn reached(&self, before: &Grant) -> Reached {
        self.settle();
        let after = self.grant();
        let asked = self.house.refreshes();
        let flight = after.metadata.refresh_in_flight.as_ref();
        let renewed = refresh_token(&after) != refresh_token(before);
        let reached = match (flight.map(|flight| flight.attempts), asked.len(), renewed) {
            (None, 0, false) => Reached::Nothing,
            (Some(1), 0, false) => Reached::Mark,
            (Some(1), 1, false) => Reached::Answer,
            (None, 1, true) => Reached::End,
            odd => panic!("(in flight, asked, renewed) is {odd:?}"),
        };
        for request in &asked {
            assert_eq!(request.presented, Some(fingerprint(refresh_token(before))));
            assert_eq!(request.status, Some(200));
        }
        assert_eq!(after.metadata.last_error, None);
        let accepted = self.house.control().accepts_refresh_token(refresh_token(&after));
        assert_eq!(accepted, reached != Reached::Answer, "{reached:?}");
        reached
    }

    /// Waits until the sandbox has read what the killed process sent.
    fn settle(&self) {
        for _ in 0..2 {
            let answer = Request::get("/2/users/me").send(&self.house.sandbox.base_url());
            assert_eq!(answer.expect("the sandbox answers").status, 401);
        }
    }

    /// Asserts that what comes next makes the best of what the killed process left.
    #[track_caller]
    fn recovers(&self, reached: Reached, dead: bool) {
        match reached {
            Reached::Nothing => self.launches(usize::from(dead)),
            Reached::End => self.launches(0),
            Reached::Mark | Reached::Answer => {
                if !dead {
                    // The old token is used while it lives, however short that is.
                    self.house.age(OLD);
                    self.launches(0);
                    assert!(self.grant().metadata.refresh_in_flight.is_some());
                    self.house.age(DEAD - OLD);
                }
                if reached == Reached::Mark {
                    self.launches(1);
                } else {
                    self.ends();
                }
            }
        }
    }

    /// Asserts that an agent gets a token that works, and how often the provider is asked for that.
    #[track_caller]
    fn launches(&self, requests: usize) {
        self.house.control().clear_log();
        let token = self.house.home.xreq(&PRINT_TOKEN).succeeds().stdout;
        assert_eq!(self.house.refreshes().len(), requests);
        let me = Request::get("/2/users/me").bearer(&token).send(&self.house.sandbox.base_url());
        assert_eq!(me.expect("the sandbox answers").status, 200);
    }

    /// Asserts that the one replay finds the grant dead, that this is said, and that nothing is
    /// asked after it. Then consents anew.
    #[track_caller]
    fn ends(&self) {
        self.house.control().clear_log();
        for _ in 0..2 {
            let ran = self.house.home.xreq(&PRINT_TOKEN);
            let ran: Ran = ran.exits(125).complains("no longer accepts the refresh token");
            assert_eq!(ran.complains("run `xreq connect x`").stdout, "");
            assert_eq!(self.house.refreshes().len(), 1);
        }
        let grants = self.house.control().grants("alice");
        let last = grants.last().expect("there is one");
        assert_eq!(last.ended, Some(Ended::RefreshTokenReused));
        self.consent();
    }

    /// What a new consent stores.
    fn consent(&self) {
        let tokens = self.house.control().issue_grant("alice", &ScopeSet::parse(ASKED));
        self.stored.change(|grant| {
            let now = Timestamp::now();
            grant.access_token = tokens.access_token;
            grant.refresh_token = tokens.refresh_token;
            grant.metadata.issued_at = now;
            grant.metadata.expires_at = Some(now + SignedDuration::from_hours(2));
            grant.metadata.refresh_in_flight = None;
            grant.metadata.last_error = None;
        });
    }

    #[track_caller]
    fn grant(&self) -> Grant {
        self.stored.grant().expect("it is stored")
    }

    /// Prepares the grant for a refresh that is to be killed.
    fn prepare(&self, dead: bool) -> Grant {
        if dead {
            self.house.age(DEAD);
        }
        self.house.control().clear_log();
        self.grant()
    }
}

fn refresh_token(grant: &Grant) -> &str {
    grant.refresh_token.as_ref().expect("there is one").expose_secret()
}

/// How long a refresh takes here and now.
fn life(victim: &Victim) -> Duration {
    let mut times: Vec<_> = (0..11)
        .map(|_| {
            let start = Instant::now();
            victim.house.home.xreq(&FORCED).succeeds();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Kills refreshes of one grant at random moments, and counts how far each was.
fn kill_many(seed: u64, kills: usize) -> [usize; 4] {
    let victim = Victim::of(House::in_memory());
    let life = u64::try_from(life(&victim).as_nanos()).expect("a refresh is short");
    let mut random = Random::new(seed);
    let mut counts = [0; 4];
    for _ in 0..kills {
        let dead = random.below(2) == 0;
        let before = victim.prepare(dead);
        // Every other time the provider takes its time.
        let slowness = if random.below(2) == 0 { random.below(life) } else { 0 };
        if slowness > 0 {
            let slow = Fault::Slow(Duration::from_nanos(slowness));
            victim.house.control().fault(Endpoint::Token, slow, 1);
        }
        let moment = random.below(life + life / 4 + slowness);
        let args = if dead { NEEDED } else { FORCED };
        let ended = victim.kill_after(&args, Duration::from_nanos(moment));
        let reached = victim.reached(&before);
        assert!(!ended || reached == Reached::End);
        victim.house.control().clear_faults();
        counts[reached as usize] += 1;
        victim.recovers(reached, dead);
    }
    counts
}

#[test]
fn a_grant_survives_whenever_its_refresh_is_killed() {
    let counts = thread::scope(|scope| {
        let homes: Vec<_> = (1..=HOMES)
            .map(|seed| {
                let seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed as u64);
                scope.spawn(move || kill_many(seed, KILLS / HOMES))
            })
            .collect();
        homes.into_iter().fold([0; 4], |mut sum, home| {
            let counts = home.join().expect("all of its grants survive");
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            sum
        })
    });
    let [nothing, mark, answer, end] = counts;
    println!("{nothing} killed before, {mark} marked, {answer} answers lost, {end} at the end");
    assert!(nothing >= KILLS / 20, "{counts:?}: few kills came before the request");
    assert!(mark + answer >= KILLS / 20 && answer > 0, "{counts:?}: few came while it was out");
    assert!(end >= KILLS / 20, "{counts:?}: few came after it");
}

/// Kills a refresh before each time that it makes a system call, and says how far it was then.
fn killed_at_each(victim: &Victim, call: &str) -> Vec<Reached> {
    let mut all = Vec::new();
    loop {
        let dead = all.len() % 2 == 0;
        let before = victim.prepare(dead);
        let args = if dead { NEEDED } else { FORCED };
        let killed = killed_before(&victim.house.home, &args, call, all.len() + 1);
        let reached = victim.reached(&before);
        victim.recovers(reached, dead);
        if !killed {
            assert_eq!(reached, Reached::End);
            return all;
        }
        all.push(reached);
    }
}

#[test]
fn each_step_of_a_refresh_is_on_the_disk_before_the_next() {
    use Reached::{Answer, End, Mark, Nothing};
    if !can_trace() {
        return;
    }
    let victim = Victim::of(House::new());
    // The mark, its folder; the tokens, their folder.
    assert_eq!(killed_at_each(&victim, "fsync"), [Nothing, Mark, Answer, End]);
    assert_eq!(killed_at_each(&victim, "fallocate"), [Mark]);
    assert_eq!(killed_at_each(&victim, "rename"), [Nothing, Answer]);
    assert_eq!(killed_at_each(&victim, "flock"), [Nothing]);
    assert_eq!(killed_at_each(&victim, "connect"), [Mark]);
    assert_eq!(killed_at_each(&victim, "writev"), [Mark]);
    assert_eq!(killed_at_each(&victim, "recvfrom"), [Answer]);
}
