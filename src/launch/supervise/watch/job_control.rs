//! Job control: xreq stops and goes on with its agent.

use std::io;

use nix::sys::signal::Signal;

use super::Watch;
use crate::launch::supervise::children;
use crate::launch::supervise::signals::JOB_STOPS;

impl Watch<'_> {
    /// Stops as the agent was stopped, until somebody continues the job.
    ///
    /// By `SIGSTOP` it is not stopped as a job: who sends that to the agent alone means it alone.
    pub(super) fn stop_with_the_agent(&mut self, signal: i32) {
        let Some(signal) = JOB_STOPS.into_iter().find(|stop| *stop as i32 == signal) else {
            return;
        };
        if let Some(streams) = &self.streams {
            streams.pause();
        }
        // To stop takes away what would continue.
        self.hear_all();
        let Some(agent) = &self.agent else { return };
        let is_stopped = || match agent.monitored() {
            Some(monitored) => monitored.is_stopped(),
            None => !children::goes_on(agent.process()),
        };
        let stopped = match agent.monitored() {
            _ if !is_stopped() => Err(io::ErrorKind::Interrupted.into()),
            // The keys of a terminal stop all of a group, and these have stopped the agent's alone.
            Some(_) => self.arrivals.stop_group_by(signal),
            None => self.arrivals.stop_by(signal, is_stopped),
        };
        if let Some(streams) = &self.streams {
            streams.resume();
        }
        if stopped.is_err() {
            return;
        }
        // What stops the job again takes away the signal that continued it, if that is not read yet.
        let was_continued = self.arrivals.read_ahead().iter().any(|came| {
            came.number == Signal::SIGCONT as i32
                || JOB_STOPS.iter().any(|stop| *stop as i32 == came.number)
        });
        // A group that no shell looks after cannot be stopped, nor may the agent be then.
        if !was_continued && is_stopped() {
            match agent.monitored() {
                Some(monitored) => monitored.signal_group(Signal::SIGCONT as i32),
                None => agent.signal(Signal::SIGCONT as i32),
            }
        }
    }
}
