//! The conformance tests of a store, whatever it is kept in: the same for each implementation.

mod subject;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use jiff::SignedDuration;

use self::subject::{InFolder, InMemory, Subject};
use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The output of a future that waits for nothing.
fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn id(account: &str) -> CredentialId {
    CredentialId::grant(slug("x"), label(account))
}

/// A grant whose access token expires so long after now.
fn expiring(account: &str, left: SignedDuration) -> Grant {
    let metadata = GrantMetadata {
        expires_at: Some(now() + left),
        refreshable: true,
        ..GrantMetadata::new(id(account), now())
    };
    let [access_token, refresh_token] = ["access-1", "refresh-1"].map(SecretString::from);
    Grant { refresh_token: Some(refresh_token), ..Grant::new(metadata, access_token) }
}

/// The same with the tokens of its next generation.
fn renewed(mut grant: Grant, until: Timestamp) -> Grant {
    grant.metadata.generation += 1;
    grant.metadata.expires_at = Some(until);
    grant.metadata.refresh_in_flight = None;
    grant.access_token = SecretString::from(format!("access-{}", grant.metadata.generation));
    grant
}

fn marked(mut grant: Grant) -> Grant {
    let token_sha256 = "hash".to_owned();
    grant.metadata.refresh_in_flight = Some(InFlight { since: now(), token_sha256, attempts: 1 });
    grant
}

fn nothing_is_there<S: Subject>() {
    let subject = S::new();
    let store = subject.store();
    assert!(store.list().unwrap().is_empty());
    assert!(store.load(&id("a")).unwrap().is_none());
    assert_eq!(store.revision(&id("a")).unwrap(), store.revision(&id("a")).unwrap());
    assert!(!store.remove(&store.lock(&id("a")).unwrap()).unwrap());
    assert!(subject.claim(10, now() + HOUR * 1_000).is_empty());
    assert!(done(subject.work().expire(now() + HOUR * 1_000)).unwrap().is_empty());
}

fn a_grant_comes_back<S: Subject>() {
    let subject = S::new();
    for account in ["b", "a"] {
        subject.put(&expiring(account, HOUR));
    }
    let found = subject.get(&id("a")).unwrap();
    assert_eq!(found.metadata, expiring("a", HOUR).metadata);
    assert_eq!(found.access_token.expose_secret(), "access-1");
    let listed = subject.store().list().unwrap();
    let names: Vec<_> = listed.iter().map(|listed| listed.name.to_string()).collect();
    assert_eq!(names, ["x (a)", "x (b)"]);
    assert_eq!(*listed[0].metadata.as_ref().unwrap(), found.metadata);
    let lock = subject.store().lock(&id("a")).unwrap();
    assert!(subject.store().remove(&lock).unwrap() && !subject.store().remove(&lock).unwrap());
    assert!(subject.get(&id("a")).is_none() && subject.get(&id("b")).is_some());
}

fn what_was_not_seen_is_not_replaced<S: Subject>() {
    let subject = S::new();
    let (store, keys) = (subject.store(), subject.keys());
    let none = store.revision(&id("a")).unwrap();
    subject.put(&expiring("a", HOUR));
    let first = store.load(&id("a")).unwrap().unwrap().revision;
    assert_eq!(store.revision(&id("a")).unwrap(), first, "reading changed it");
    assert_ne!(first, none);
    let second = renewed(expiring("a", HOUR), now() + HOUR);
    subject.put(&second);
    assert_ne!(store.revision(&id("a")).unwrap(), first);
    let lock = store.lock(&id("a")).unwrap();
    let third = keys.seal(&renewed(second, now()));
    assert!(!store.replace(&lock, &none, &third).unwrap());
    assert!(!store.replace(&lock, &first, &third).unwrap());
    assert_eq!(subject.get(&id("a")).unwrap().metadata.generation, 2);
    let seen = store.revision(&id("a")).unwrap();
    store.remove(&lock).unwrap();
    assert!(!store.replace(&lock, &seen, &third).unwrap());
    assert!(subject.get(&id("a")).is_none());
}

fn one_writes_at_a_time<S: Subject>() {
    let subject = S::new();
    let lock = subject.store().lock(&id("a")).unwrap();
    let _other = subject.store().lock(&id("b")).unwrap();
    assert_eq!(code(subject.store().lock(&id("a"))), Some(Code::StoreBusy));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            loop {
                if let Ok(lock) = subject.store().lock(&id("a")) {
                    return lock;
                }
            }
        });
        drop(lock);
        let _ = waiting.join().unwrap();
    });
}

fn what_is_due_is_claimed_once_and_in_order<S: Subject>() {
    let subject = S::new();
    for (account, hours) in [("late", 3), ("second", 2), ("first", 1), ("never", 9)] {
        subject.put(&expiring(account, HOUR * hours));
    }
    let mut bare = expiring("bare", HOUR);
    bare.metadata.expires_at = None;
    subject.put(&bare);
    assert!(subject.claim(10, now()).is_empty());
    let first = subject.claim(2, now() + HOUR * 3);
    let ids = |claims: &[Claim<_>]| claims.iter().map(|claim| claim.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), [id("first"), id("second")]);
    assert_eq!(first[0].grant.metadata, expiring("first", HOUR).metadata);
    let then = subject.claim(2, now() + HOUR * 3);
    assert_eq!(ids(&then), [id("late")]);
    assert!(subject.claim(2, now() + HOUR * 3).is_empty());
}

fn what_is_completed_is_stored_and_due_again<S: Subject>() {
    let subject = S::new();
    subject.put(&expiring("a", HOUR));
    let mut claim = subject.claim(1, now() + HOUR).pop().unwrap();
    let grant = claim.grant.unseal(&subject.keys().identities).unwrap();
    let mark = marked(grant);
    done(subject.work().announce(&mut claim, subject.keys().seal(&mark))).unwrap();
    let seen = subject.get(&id("a")).unwrap();
    assert_eq!(seen.metadata, mark.metadata, "the mark is stored before anything is sent");
    assert_eq!(seen.access_token.expose_secret(), "access-1");
    let new = subject.keys().seal(&renewed(mark, now() + HOUR * 2));
    assert_eq!(done(subject.work().complete(claim, new)).unwrap(), Completion::Stored);
    let stored = subject.get(&id("a")).unwrap();
    assert_eq!(stored.metadata.generation, 2);
    assert_eq!(stored.access_token.expose_secret(), "access-2");
    assert!(subject.claim(1, now() + HOUR).is_empty());
    assert_eq!(subject.claim(1, now() + HOUR * 2).len(), 1);
}

fn what_is_released_is_due_when_it_says<S: Subject>() {
    let subject = S::new();
    subject.put(&expiring("a", HOUR));
    let claim = subject.claim(1, now() + HOUR).pop().unwrap();
    done(subject.work().release(claim, Some(now() + HOUR * 2))).unwrap();
    assert!(subject.claim(1, now() + HOUR).is_empty());
    assert_eq!(subject.claim(1, now() + HOUR * 2).len(), 1);
    assert_eq!(subject.get(&id("a")).unwrap().metadata, expiring("a", HOUR).metadata);
}

fn one_grant_is_claimed_by_its_name<S: Subject>() {
    let subject = S::new();
    assert!(done(subject.work().claim_one(&id("a"))).unwrap().is_none());
    subject.put(&expiring("a", HOUR));
    let claim = done(subject.work().claim_one(&id("a"))).unwrap().unwrap();
    assert!(!claim.waited && claim.grant.metadata == expiring("a", HOUR).metadata);
    assert!(subject.claim(1, now() + HOUR).is_empty(), "it is claimed already");
    done(subject.work().release(claim, None)).unwrap();
    // Under load one that waits may give up, or come too late to wait.
    let is_waited_for = || {
        let claim = done(subject.work().claim_one(&id("a"))).unwrap().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| done(subject.work().claim_one(&id("a"))));
            std::thread::sleep(Duration::from_millis(20));
            done(subject.work().release(claim, None)).unwrap();
            waiting.join().unwrap().ok().flatten().is_some_and(|claim| {
                let waited = claim.waited;
                done(subject.work().release(claim, None)).unwrap();
                waited
            })
        })
    };
    assert!((0..50).any(|_| is_waited_for()));
}

/// A failure is stored under the claim, with the tokens that were there.
fn why_there_are_no_tokens_is_stored<S: Subject>() {
    let subject = S::new();
    subject.put(&expiring("a", HOUR));
    let claim = done(subject.work().claim_one(&id("a"))).unwrap().unwrap();
    let mut grant = claim.grant.unseal(&subject.keys().identities).unwrap();
    let (message, class) = ("busy".to_owned(), FailureClass::Transient);
    let (at, blames, retry_at) = (now(), None, None);
    grant.metadata.last_error = Some(LastError { at, class, message, blames, retry_at });
    let completion = done(subject.work().complete(claim, subject.keys().seal(&grant))).unwrap();
    assert_eq!(completion, Completion::Stored);
    let stored = subject.get(&id("a")).unwrap();
    assert_eq!(stored.metadata, grant.metadata);
    assert_eq!(stored.access_token.expose_secret(), "access-1");
}

/// A newer grant is never lost to an older completion: it is kept from being written meanwhile, or
/// the completion is refused.
fn what_was_written_meanwhile_stays<S: Subject>() {
    let subject = S::new();
    for account in ["replaced", "removed"] {
        subject.put(&expiring(account, HOUR));
    }
    for claim in subject.claim(2, now() + HOUR) {
        let (store, name) = (subject.store(), claim.id.clone());
        let mut newer = expiring(name.account.as_str(), HOUR * 5);
        newer.access_token = SecretString::from("of another consent");
        let written = store.lock(&name).ok().map(|lock| {
            if name == id("removed") {
                assert!(store.remove(&lock).unwrap());
            } else {
                let seen = store.revision(&name).unwrap();
                assert!(store.replace(&lock, &seen, &subject.keys().seal(&newer)).unwrap());
            }
        });
        let grant = claim.grant.unseal(&subject.keys().identities).unwrap();
        let new = subject.keys().seal(&renewed(grant, now() + HOUR * 2));
        let completion = done(subject.work().complete(claim, new)).unwrap();
        let stored = subject.get(&name).map(|grant| grant.access_token.expose_secret().to_owned());
        if written.is_some() {
            assert_eq!(completion, Completion::Superseded);
            let expected = (name == id("replaced")).then_some("of another consent");
            assert_eq!(stored.as_deref(), expected);
        } else {
            assert_eq!((completion, stored.as_deref()), (Completion::Stored, Some("access-2")));
        }
    }
}

/// A worker that went away leaves a grant that is due, or known to be in doubt.
fn what_a_dead_worker_leaves_is_due_or_in_doubt<S: Subject>() {
    let subject = S::new();
    for account in ["announced", "claimed"] {
        subject.put(&expiring(account, HOUR));
    }
    for mut claim in subject.claim(2, now() + HOUR) {
        if claim.id == id("announced") {
            let grant = marked(claim.grant.unseal(&subject.keys().identities).unwrap());
            done(subject.work().announce(&mut claim, subject.keys().seal(&grant))).unwrap();
        }
        // And no more is heard of it.
        drop(claim);
    }
    let later = now() + HOUR * 2;
    let expired = done(subject.work().expire(later)).unwrap();
    assert!(expired.is_empty() || expired == [id("announced")], "{expired:?}");
    let due: Vec<_> = subject.claim(10, later).into_iter().map(|claim| claim.id).collect();
    assert_eq!(due, [id("claimed")]);
    let in_doubt = subject.get(&id("announced")).unwrap();
    assert!(in_doubt.metadata.refresh_in_flight.is_some());
}

fn many_workers_refresh_each_once<S: Subject>() {
    const GRANTS: u64 = 60;
    let subject = S::new();
    for number in 0..GRANTS {
        subject.put(&expiring(&format!("a{number}"), HOUR));
    }
    let refreshed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while refreshed.load(Ordering::Relaxed) < GRANTS {
                    for claim in subject.claim(4, now() + HOUR) {
                        let grant = claim.grant.unseal(&subject.keys().identities).unwrap();
                        let new = subject.keys().seal(&renewed(grant, now() + HOUR * 2));
                        let completion = done(subject.work().complete(claim, new)).unwrap();
                        assert_eq!(completion, Completion::Stored);
                        refreshed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut generations = BTreeMap::new();
    for listed in subject.store().list().unwrap() {
        *generations.entry(listed.metadata.unwrap().generation).or_insert(0) += 1;
    }
    assert_eq!(generations, BTreeMap::from([(2, GRANTS)]));
}

/// Runs the tests on an implementation.
macro_rules! conforms {
    ($module:ident, $subject:ty: $($test:ident)+) => {
        mod $module {
            use super::*;

            $(
                #[test]
                fn $test() {
                    super::$test::<$subject>();
                }
            )+
        }
    };
    ($($module:ident: $subject:ty),+) => {
        $(conforms! {
            $module, $subject:
            nothing_is_there
            a_grant_comes_back
            what_was_not_seen_is_not_replaced
            one_writes_at_a_time
            what_is_due_is_claimed_once_and_in_order
            what_is_completed_is_stored_and_due_again
            what_is_released_is_due_when_it_says
            one_grant_is_claimed_by_its_name
            why_there_are_no_tokens_is_stored
            what_was_written_meanwhile_stays
            what_a_dead_worker_leaves_is_due_or_in_doubt
            many_workers_refresh_each_once
        })+
    };
}

conforms! { folder: InFolder, memory: InMemory }

/// A copy of the store is put back without the lock.
#[test]
fn a_file_that_was_put_back_is_not_written_over() {
    let subject = InFolder::new();
    subject.put(&expiring("a", HOUR));
    let file = subject.store.home().grants().join("x/a.json");
    let copy = fs::read(&file).unwrap();
    let mut claim = subject.claim(1, now() + HOUR).pop().unwrap();
    let grant = claim.grant.unseal(&subject.keys.identities).unwrap();
    let mark = subject.keys.seal(&marked(grant.clone()));
    done(subject.work.announce(&mut claim, mark)).unwrap();
    fs::write(file.with_extension("back"), &copy).unwrap();
    fs::rename(file.with_extension("back"), &file).unwrap();
    let new = subject.keys.seal(&renewed(grant, now() + HOUR * 2));
    assert_eq!(done(subject.work.complete(claim, new)).unwrap(), Completion::Superseded);
    assert_eq!(fs::read(&file).unwrap(), copy);
    assert_eq!(names(file.parent().unwrap()), [".a.lock", "a.json"], "the room is given back");
}

/// Nothing is sent where new tokens could not be stored, and so nothing is in doubt.
#[test]
fn without_room_nothing_is_announced() {
    let subject = InFolder::new();
    subject.put(&expiring("a", HOUR));
    let mut claim = subject.claim(1, now() + HOUR).pop().unwrap();
    let folder = subject.store.home().grants().join("x");
    let grant = claim.grant.unseal(&subject.keys.identities).unwrap();
    let mark = subject.keys.seal(&marked(grant));
    fs::create_dir(folder.join(".a~.tmp")).unwrap();
    assert_eq!(code(done(subject.work.announce(&mut claim, mark))), Some(Code::StoreUnwritable));
    drop(claim);
    fs::remove_dir(folder.join(".a~.tmp")).unwrap();
    assert_eq!(subject.get(&id("a")).unwrap().metadata.refresh_in_flight, None);
    // A process that another test starts has the lock's file, too, until it is another program.
    let again = (0..500).find_map(|_| {
        thread::sleep(Duration::from_millis(10));
        subject.claim(1, now() + HOUR).pop()
    });
    assert!(again.is_some(), "it is due, and free");
}

#[test]
fn counters_forget_earlier_windows() {
    let counters = MemoryCounters::default();
    let minute = Duration::from_mins(1);
    let start: Timestamp = "2026-11-22T04:05:00Z".parse().unwrap();
    let add = |key, window, at| done(counters.add(key, window, 2, at)).unwrap();
    assert_eq!(add("a", minute, start), 2);
    assert_eq!(add("a", minute, start + Duration::from_secs(59)), 4);
    assert_eq!(add("b", minute, start), 2);
    assert_eq!(add("a", Duration::from_hours(1), start), 2);
    assert_eq!(add("a", minute, start + minute), 2);
}
