//! The summary of the calls of brokers: who called what how often, what was refused, and which declared
//! keys nobody used. It has no clock and no file; lines that it does not know are passed over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The calls of one agent to one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallCount {
    /// The first word of the agent's command line.
    pub argv0: String,
    /// The provider.
    pub provider: String,
    /// The label of the account; none where no credential was needed.
    pub account: Option<String>,
    /// The operation, by its template.
    pub operation: String,
    /// The key that gave it.
    pub key: Option<String>,
    /// The number of calls.
    pub calls: u64,
    /// Those whose answer was not a success, or that have none; one that is under way has what it has so far.
    pub failed: u64,
    /// The bytes that went out.
    pub sent: u64,
    /// The bytes that came back.
    pub received: u64,
}

/// The refusals of one agent by one operation and code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusalCount {
    /// The first word of the agent's command line.
    pub argv0: String,
    /// The provider, where it is known.
    pub provider: Option<String>,
    /// The operation, by its template; none where the request was none.
    pub operation: Option<String>,
    /// The reason.
    pub code: String,
    /// The number of refusals.
    pub refusals: u64,
}

/// A key that a manifest declared, and no call of its agent needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnusedKey {
    /// The manifest, by its path.
    pub manifest: String,
    /// The first word of the agent's command line.
    pub argv0: String,
    /// The key.
    pub key: String,
}

/// The summary of the calls of brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Calls, by agent and operation.
    pub calls: Vec<CallCount>,
    /// Refusals, by agent, operation and code.
    pub refusals: Vec<RefusalCount>,
    /// Declared keys that no call needed.
    pub unused: Vec<UnusedKey>,
}

/// A line of either log, as far as it is needed.
#[derive(Deserialize)]
struct Line {
    time: Timestamp,
    pid: u32,
    event: String,
    outcome: Option<String>,
    manifest: Option<String>,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    unmet: Vec<String>,
    #[serde(default)]
    broker: bool,
    #[serde(default)]
    argv0: String,
    for_pid: Option<u32>,
    call: Option<u64>,
    provider: Option<String>,
    account: Option<String>,
    operation: Option<String>,
    key: Option<String>,
    code: Option<String>,
    #[serde(default)]
    count: u64,
    status: Option<u16>,
    #[serde(default)]
    sent: u64,
    #[serde(default)]
    received: u64,
}

/// An agent, by its manifest and the first word of its command line.
type Agent = (String, String);

/// A call that is not over yet, with what its last line said of it.
struct OpenCall {
    subject: [Option<String>; 5],
    status: Option<u16>,
    sent: u64,
    received: u64,
}

/// A summary that is being made: the lines of launches first, then those of calls, each in their order.
pub(super) struct Summarising {
    since: Option<Timestamp>,
    /// By process that launched: the launches, the oldest first.
    launches: BTreeMap<u32, Vec<(Timestamp, Agent)>>,
    declared: BTreeMap<Agent, BTreeSet<String>>,
    used: BTreeSet<(Agent, String)>,
    calls: BTreeMap<[Option<String>; 5], CallCount>,
    /// By process and number: a call that is not over yet.
    open: BTreeMap<(u32, u64), OpenCall>,
    refusals: BTreeMap<[Option<String>; 4], RefusalCount>,
}

impl Summarising {
    /// Begins a summary of lines from a time on.
    pub(super) fn since(since: Option<Timestamp>) -> Self {
        Self {
            since,
            launches: BTreeMap::new(),
            declared: BTreeMap::new(),
            used: BTreeSet::new(),
            calls: BTreeMap::new(),
            open: BTreeMap::new(),
            refusals: BTreeMap::new(),
        }
    }

    /// Takes a line of the log of launches.
    pub(super) fn launch(&mut self, line: &[u8]) {
        let Some(line) = read(line) else { return };
        let is_launch = matches!(line.event.as_str(), "launch" | "restart");
        if !is_launch || !line.broker || line.outcome.as_deref() != Some("done") {
            return;
        }
        let agent = (line.manifest.unwrap_or_default(), line.argv0);
        if self.since.is_none_or(|since| line.time >= since) {
            let keys = line.keys.into_iter().filter(|key| !line.unmet.contains(key));
            self.declared.entry(agent.clone()).or_default().extend(keys);
        }
        // One that was launched before may call now.
        self.launches.entry(line.pid).or_default().push((line.time, agent));
    }

    /// Takes a line of the log of calls.
    pub(super) fn call(&mut self, line: &[u8]) {
        let Some(line) = read(line) else { return };
        if self.since.is_some_and(|since| line.time < since) {
            return;
        }
        match line.event.as_str() {
            "call" => self.opened(line),
            "open" => self.progressed(&line),
            "answer" => self.answered(&line),
            "refusal" => self.refused(line),
            _ => {}
        }
    }

    fn opened(&mut self, line: Line) {
        let (Some(provider), Some(operation)) = (line.provider, line.operation) else { return };
        if let (Some(launcher), Some(key)) = (line.for_pid, &line.key) {
            let launches = self.launches.get(&launcher).into_iter().flatten().rev();
            if let Some((_, agent)) = launches.into_iter().find(|(time, _)| *time <= line.time) {
                self.used.insert((agent.clone(), key.clone()));
            }
        }
        let subject = [
            Some(line.argv0.clone()),
            Some(provider.clone()),
            line.account.clone(),
            Some(operation.clone()),
            line.key.clone(),
        ];
        let count = self.calls.entry(subject.clone()).or_insert_with(|| CallCount {
            argv0: line.argv0,
            provider,
            account: line.account,
            operation,
            key: line.key,
            calls: 0,
            failed: 0,
            sent: 0,
            received: 0,
        });
        count.calls += 1;
        // Until its answer is there.
        count.failed += 1;
        if let Some(number) = line.call {
            let call = OpenCall { subject, status: None, sent: 0, received: 0 };
            self.open.insert((line.pid, number), call);
        }
    }

    /// Takes the progress of a call, which its next line replaces.
    fn progressed(&mut self, line: &Line) {
        let call = line.call.and_then(|number| self.open.get_mut(&(line.pid, number)));
        let Some(call) = call else { return };
        (call.status, call.sent, call.received) = (line.status, line.sent, line.received);
    }

    fn answered(&mut self, line: &Line) {
        self.progressed(line);
        let call = line.call.and_then(|number| self.open.remove(&(line.pid, number)));
        if let Some(call) = call {
            self.count(&call);
        }
    }

    fn count(&mut self, call: &OpenCall) {
        let Some(count) = self.calls.get_mut(&call.subject) else { return };
        count.sent += call.sent;
        count.received += call.received;
        if call.status.is_some_and(|status| status < 400) {
            count.failed -= 1;
        }
    }

    fn refused(&mut self, line: Line) {
        let Some(code) = line.code else { return };
        let subject = [
            Some(line.argv0.clone()),
            line.provider.clone(),
            line.operation.clone(),
            Some(code.clone()),
        ];
        let count = self.refusals.entry(subject).or_insert_with(|| RefusalCount {
            argv0: line.argv0,
            provider: line.provider,
            operation: line.operation,
            code,
            refusals: 0,
        });
        count.refusals += line.count;
    }

    /// Returns what came of it.
    pub(super) fn end(mut self) -> Summary {
        for call in std::mem::take(&mut self.open).values() {
            self.count(call);
        }
        let used = self.used;
        let declared = self
            .declared
            .into_iter()
            .flat_map(|(agent, keys)| keys.into_iter().map(move |key| (agent.clone(), key)));
        let unused = declared.filter(|declared| !used.contains(declared));
        let unused = unused.map(|((manifest, argv0), key)| UnusedKey { manifest, argv0, key });
        Summary {
            calls: self.calls.into_values().collect(),
            refusals: self.refusals.into_values().collect(),
            unused: unused.collect(),
        }
    }
}

fn read(line: &[u8]) -> Option<Line> {
    serde_json::from_slice(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAUNCHES: [&str; 3] = [
        r#"{"time":"2026-11-22T10:00:00.000Z","pid":7,"event":"launch","outcome":"done","broker":true,"manifest":"/a.yaml","keys":["x.tweet.read","x.tweet.write","x.dm.read"],"unmet":["x.dm.read"],"argv0":"python"}"#,
        r#"{"time":"2026-11-22T10:00:00.000Z","pid":8,"event":"launch","outcome":"done","manifest":"/b.yaml","keys":["x.like.read"],"argv0":"node"}"#,
        r#"{"time":"2026-11-22T10:00:00.000Z","pid":9,"event":"launch","outcome":"denied","broker":true,"manifest":"/c.yaml","keys":["x.like.read"],"argv0":"node"}"#,
    ];

    const CALLS: [&str; 6] = [
        r#"{"time":"2026-11-22T10:00:01.000Z","pid":70,"for_pid":7,"event":"call","argv0":"python","call":1,"provider":"x","account":"default","operation":"GET /2/users/me","key":"x.tweet.read"}"#,
        r#"{"time":"2026-11-22T10:00:02.000Z","pid":70,"for_pid":7,"event":"answer","argv0":"python","call":1,"provider":"x","account":"default","operation":"GET /2/users/me","key":"x.tweet.read","status":200,"sent":0,"received":50,"ms":7}"#,
        r#"{"time":"2026-11-22T10:00:03.000Z","pid":70,"for_pid":7,"event":"call","argv0":"python","call":2,"provider":"x","account":"default","operation":"GET /2/users/me","key":"x.tweet.read"}"#,
        r#"{"time":"2026-11-22T10:00:04.000Z","pid":70,"for_pid":7,"event":"refusal","argv0":"python","provider":"x","operation":"POST /2/dm","code":"operation/not-declared","count":3}"#,
        r#"{"time":"2026-11-22T10:01:04.000Z","pid":70,"for_pid":7,"event":"refusal","argv0":"python","provider":"x","operation":"POST /2/dm","code":"operation/not-declared","count":400}"#,
        "{torn",
    ];

    fn of(since: Option<&str>) -> Summary {
        let mut summary = Summarising::since(since.map(|time| time.parse().expect("a time")));
        for line in LAUNCHES {
            summary.launch(line.as_bytes());
        }
        for line in CALLS {
            summary.call(line.as_bytes());
        }
        summary.end()
    }

    #[test]
    fn calls_and_refusals_are_counted_and_unused_keys_named() {
        let Summary { calls, refusals, unused } = of(None);
        assert_eq!(calls.len(), 1);
        let CallCount { calls, failed, received, .. } = &calls[0];
        assert_eq!((*calls, *failed, *received), (2, 1, 50), "one has no answer");
        assert_eq!(refusals.len(), 1);
        assert_eq!(refusals[0].refusals, 403);
        let unused: Vec<_> = unused.iter().map(|it| (it.argv0.as_str(), it.key.as_str())).collect();
        assert_eq!(unused, [("python", "x.tweet.write")]);
    }

    #[test]
    fn a_call_that_is_under_way_counts_by_its_last_line() {
        let line = |event: &str, rest: &str| {
            format!(
                r#"{{"time":"2026-11-22T10:00:01.000Z","pid":70,"for_pid":7,"event":"{event}","argv0":"python","call":1,"provider":"x","operation":"GET /2/tweets/search/stream"{rest}}}"#
            )
        };
        let opened = line("call", "");
        let open = |received: u32| {
            line("open", &format!(r#","status":200,"sent":0,"received":{received},"ms":1"#))
        };
        let closed = line("answer", r#","status":200,"sent":0,"received":300,"ms":9"#);
        let of = |lines: &[&str]| {
            let mut summary = Summarising::since(None);
            for line in lines {
                summary.call(line.as_bytes());
            }
            let CallCount { calls, failed, received, .. } = summary.end().calls[0].clone();
            (calls, failed, received)
        };
        assert_eq!(of(&[&opened]), (1, 1, 0));
        assert_eq!(of(&[&opened, &open(100), &open(200)]), (1, 0, 200));
        assert_eq!(of(&[&opened, &open(100), &closed]), (1, 0, 300));
    }

    #[test]
    fn what_was_before_does_not_count_but_for_who_calls() {
        let later = of(Some("2026-11-22T10:00:03.000Z"));
        assert_eq!((later.calls[0].calls, later.refusals[0].refusals), (1, 403));
        assert!(later.unused.is_empty(), "nothing was launched since then");
        assert_eq!(of(Some("2026-11-22T10:01:00.000Z")).calls, []);
    }
}
