//! The loop that lives as long as the agent: it sleeps until a signal, an order or a deadline comes.

mod job_control;

use std::ffi::OsString;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{getpgid, getpgrp};

use super::arrivals::Arrivals;
use super::children::{self, Change};
use super::ending::{End, Ended};
use super::launcher::{Launcher, News};
use super::link::Monitored;
use super::options::Options;
use super::orders::{Inbox, Order, Orders};
use super::provision::Provision;
use super::restart::Restarts;
use super::signals::{self, Arrived};
use super::stage::Staged;
use super::telling::Telling;
use crate::error::Result;
use crate::launch::streams::Streams;

/// Delay after a kill until the next one, should there still be somebody to kill.
const AGAIN: Duration = Duration::from_secs(1);

/// Delay after a restart that was not possible until the next try.
const RESTART_AGAIN: Duration = Duration::from_secs(10);

pub(super) struct Watch<'a> {
    /// Time that the agent may take to end when ordered to.
    grace: Duration,
    arrivals: Arrivals,
    inbox: Inbox,
    /// Keeps the bell of the inbox from being closed.
    _orders: Orders,
    launcher: Launcher<'a>,
    /// When to try again to restart the agent, if its environment could not be had.
    restart_at: Option<Instant>,
    agent: Option<Staged>,
    /// The streams of the agent, if they are filtered.
    streams: Option<Streams>,
    /// End of an agent whose last output is not all printed.
    unprinted: Option<Last>,
    phase: Phase,
    restarts: Restarts,
    telling: Option<Telling>,
    /// Last process-ending signal sent to xreq since the last launch, and its time.
    asked_to_end: Option<(i32, Instant)>,
    ended: Option<Result<Ended>>,
}

/// The current action on the agent.
enum Phase {
    /// Nothing: it lives its life.
    Living,
    /// It was told to end, and is killed at this time.
    Ending { then: Then, kill_at: Instant },
    /// It has ended like this, and is launched again at this time.
    Waiting { until: Instant, last: Last },
}

/// The step that follows once it has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Launch,
    End,
}

/// The way an agent ended, or the reason why it never began.
type Last = Result<End>;

impl<'a> Watch<'a> {
    pub(super) fn new(
        Options { grace, filter, restarts }: Options,
        arrivals: Arrivals,
        (orders, inbox): (Orders, Inbox),
        command: &'a [OsString],
        provision: &'a mut dyn Provision,
    ) -> Self {
        let launcher = Launcher::new(command, provision, filter, restarts, arrivals.mask());
        Self {
            grace,
            arrivals,
            inbox,
            _orders: orders,
            launcher,
            restart_at: None,
            agent: None,
            streams: None,
            unprinted: None,
            phase: Phase::Living,
            restarts: Restarts::default(),
            telling: None,
            asked_to_end: None,
            ended: None,
        }
    }

    pub(super) fn stay(mut self) -> Result<Ended> {
        self.launch();
        let ended = loop {
            self.hear_all();
            while let Some((child, change)) = children::next() {
                self.notice(child, change);
            }
            while let Some(signal) = self.monitor().and_then(Monitored::stopped) {
                self.stop_with_the_agent(signal);
            }
            if let Some(last) = self.printed() {
                self.go_on_after(last);
            }
            while let Some(order) = self.inbox.next() {
                self.obey(order);
            }
            self.mind_the_time();
            match self.ended.take() {
                Some(ended) => break ended,
                None if self.arrivals.is_empty() => self.sleep(),
                None => {}
            }
        };
        self.arrivals.end();
        ended
    }

    /// Launches the agent, now.
    fn launch(&mut self) {
        self.asked_to_end = None;
        self.restart_at = None;
        self.telling = None;
        self.phase = Phase::Living;
        match self.launcher.launch() {
            Ok(ready) => {
                // What came before the agent was there is for the agent. What came to the group just
                // now waits in it already, and is still one.
                for (arrived, _) in self.arrivals.take() {
                    self.note_asking(&arrived);
                    ready.agent.signal(arrived.number);
                }
                let (agent, streams) = ready.go();
                (self.agent, self.streams) = (Some(agent), streams);
            }
            Err(error) => self.ended = Some(Err(error)),
        }
    }

    /// Tells the agent's own terminal, if it has one, of a new size.
    fn resizes(&self) -> bool {
        let Some(streams) = &self.streams else { return false };
        // Beside xreq the agent was told already, and may have looked too early.
        if let (true, Some(agent)) = (streams.resize(), &self.agent) {
            agent.signal(Signal::SIGWINCH as i32);
        }
        true
    }

    fn monitor(&self) -> Option<&Monitored> {
        self.agent.as_ref().and_then(Staged::monitored)
    }

    /// Returns the end of the agent, once its last output is printed.
    fn printed(&mut self) -> Option<Last> {
        if self.streams.as_ref().is_none_or(Streams::is_printed) {
            let last = self.unprinted.take()?;
            self.streams = None;
            return Some(last);
        }
        None
    }

    /// Passes on what came.
    fn hear_all(&mut self) {
        for (arrived, to_the_group) in self.arrivals.take() {
            self.hear(&arrived, to_the_group);
        }
    }

    /// Passes a signal on, unless the agent has it already.
    fn hear(&mut self, arrived: &Arrived, to_the_group: bool) {
        self.note_asking(arrived);
        if arrived.number == Signal::SIGWINCH as i32 && arrived.is_from_kernel() && self.resizes() {
            return;
        }
        match &self.agent {
            Some(agent) if agent.monitored().is_some() && to_the_group => {
                agent.signal_group(arrived.number);
            }
            Some(agent) if to_the_group && is_beside_us(agent) => {}
            Some(agent) => agent.signal(arrived.number),
            None if ends(arrived) => self.end_with(Ok(End::Signalled(arrived.number))),
            None => {}
        }
    }

    /// Takes note of what happened to a child.
    fn notice(&mut self, child: rustix::process::Pid, change: Change) {
        let agent = self.agent.take_if(|agent| agent.process() == child);
        match (agent, change) {
            (Some(agent), Change::Ended(end)) => {
                self.unprinted = Some(agent.outcome(end));
                if let Some(streams) = &mut self.streams {
                    streams.end();
                }
            }
            (Some(agent), Change::Stopped(signal)) => {
                self.agent = Some(agent);
                self.stop_with_the_agent(signal);
            }
            (None, Change::Ended(_)) => self.arrivals.ended(child),
            (None, Change::Stopped(_)) => {}
        }
    }

    /// Decides what follows the end of the agent.
    fn go_on_after(&mut self, last: Last) {
        let now = Instant::now();
        match self.phase {
            Phase::Ending { then: Then::Launch, .. } if !self.is_asked_to_end(now) => {
                self.restarts.ordered(now);
                self.launch();
            }
            Phase::Ending { .. } => self.end_with(last),
            _ => {
                let failed = last.as_ref().map_or(true, |end| end.is_failure());
                match self.restarts.ended(failed && !self.is_asked_to_end(now), now) {
                    Some(wait) => self.phase = Phase::Waiting { until: now + wait, last },
                    None => self.end_with(last),
                }
            }
        }
    }

    fn is_living(&self) -> bool {
        matches!(self.phase, Phase::Living)
    }

    fn note_asking(&mut self, arrived: &Arrived) {
        if ends(arrived) {
            self.asked_to_end = Some((arrived.number, Instant::now()));
        }
    }

    /// Returns whether somebody wants the agent to end. `SIGTERM` means that; the others have other
    /// uses, too, and mean it for a while.
    fn is_asked_to_end(&self, now: Instant) -> bool {
        self.asked_to_end.is_some_and(|(signal, at)| {
            signal == Signal::SIGTERM as i32 || now.duration_since(at) < self.grace
        })
    }

    /// Ends the agent to launch it anew, as soon as the environment for that is there.
    fn restart(&mut self) {
        match self.launcher.prepare_restart() {
            Ok(()) => {
                self.restart_at = None;
                self.end_the_agent(Then::Launch);
            }
            Err(error) => {
                if self.restart_at.is_none() {
                    self.launcher.warn(&error);
                }
                self.restart_at = Some(Instant::now() + RESTART_AGAIN);
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            // It has ended by itself, and its last words are on their way.
            Order::Restart | Order::End if self.unprinted.is_some() && self.is_living() => {}
            Order::Restart if self.is_living() => self.restart(),
            Order::Restart if matches!(self.phase, Phase::Ending { then: Then::End, .. }) => {}
            // It is about to be launched anew, with what there is now, if that can be had.
            Order::Restart => {
                if let Err(error) = self.launcher.prepare_restart() {
                    self.launcher.warn(&error);
                }
            }
            Order::End => self.end_the_agent(Then::End),
            Order::Signal(number) => {
                self.telling = Some(Telling::new(number, Instant::now()));
                self.tell();
            }
            Order::Exec { command, event, provider } => {
                let news = News { event, provider: &provider };
                let (agent, streams) = (self.agent.as_ref(), self.streams.as_ref());
                if let Err(error) = self.launcher.run_beside(agent, streams, &command, news) {
                    self.launcher.warn(&error);
                }
            }
        }
    }

    /// Tells the agent to end, if it is there and was not told yet.
    fn end_the_agent(&mut self, next: Then) {
        match &mut self.phase {
            Phase::Living => {
                let kill_at = Instant::now() + self.grace;
                self.phase = Phase::Ending { then: next, kill_at };
                if let Some(agent) = &self.agent {
                    agent.signal(Signal::SIGTERM as i32);
                    agent.signal(Signal::SIGCONT as i32);
                }
            }
            Phase::Ending { then, .. } => {
                if next == Then::End {
                    *then = next;
                }
            }
            Phase::Waiting { last, .. } => {
                if next == Then::End {
                    let last = std::mem::replace(last, Ok(End::Exited(0)));
                    self.phase = Phase::Ending { then: next, kill_at: Instant::now() };
                    self.end_with(last);
                }
            }
        }
    }

    /// Sends the agent what it is to be told, or looks again later.
    fn tell(&mut self) {
        let Some(mut telling) = self.telling.take() else { return };
        let Some(agent) = &self.agent else { return };
        if agent.program().is_some_and(|program| telling.may_be_sent(program)) {
            agent.signal(telling.signal);
        } else {
            self.telling = telling.later(Instant::now());
        }
    }

    fn mind_the_time(&mut self) {
        let now = Instant::now();
        if self.telling.is_some_and(|telling| telling.look_at <= now) {
            self.tell();
        }
        match &mut self.phase {
            _ if self.ended.is_some() => {}
            Phase::Ending { kill_at, .. } if *kill_at <= now => {
                *kill_at = now + AGAIN;
                if let Some(agent) = &self.agent {
                    agent.signal(Signal::SIGKILL as i32);
                }
            }
            Phase::Waiting { until, .. } if *until <= now => {
                self.restarts.again(now);
                self.launch();
            }
            Phase::Living if self.restart_at.is_some_and(|at| at <= now) => self.restart(),
            _ => {}
        }
    }

    /// Returns when to be awake, even if nothing comes.
    fn deadline(&self) -> Option<Instant> {
        let of_phase = match self.phase {
            Phase::Living => self.restart_at,
            Phase::Ending { kill_at: at, .. } | Phase::Waiting { until: at, .. } => Some(at),
        };
        let of_telling = self.telling.map(|telling| telling.look_at);
        of_phase.into_iter().chain(of_telling).min()
    }

    /// Sleeps until something may have come.
    fn sleep(&self) {
        let left = self.deadline().map(|at| at.saturating_duration_since(Instant::now()));
        let left = left.map(|left| Timespec::try_from(left).expect("deadlines are near"));
        let mut sources = vec![
            PollFd::new(&self.arrivals, PollFlags::IN),
            PollFd::new(&self.inbox, PollFlags::IN),
        ];
        let link = self.monitor().map(Monitored::link);
        sources.extend(link.map(|link| PollFd::new(link, link.interest())));
        if let (Some(streams), true) = (&self.streams, self.unprinted.is_some()) {
            sources.push(PollFd::new(streams, PollFlags::IN));
        }
        // What interrupts it is looked at like everything else.
        let _ = poll(&mut sources, left.as_ref());
    }

    fn end_with(&mut self, last: Last) {
        let ordered = matches!(self.phase, Phase::Ending { then: Then::End, .. });
        self.ended = Some(last.map(|end| Ended { end, ordered }));
    }
}

/// Returns whether this is sent to end a process, and is not ignored since xreq's start.
fn ends(arrived: &Arrived) -> bool {
    arrived.ends_processes() && !signals::is_ignored(arrived.number)
}

/// Returns whether signals to the group of this process reach the agent.
fn is_beside_us(agent: &Staged) -> bool {
    getpgid(Some(agent.process())).is_ok_and(|group| group == getpgrp())
}
