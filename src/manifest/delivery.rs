//! The ways in which an agent gets tokens while it lives, and is told of a new one.

use std::fmt;
use std::str::FromStr;

use signal_hook::low_level::signal_name;

use crate::text::nearest::{is_slip, nearest};

/// The signals by which programs are told of something most often.
const USUAL_SIGNALS: [&str; 7] = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"];

/// A way in which an agent gets access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delivery {
    /// A variable, which holds the token of the launch.
    Env,
    /// A file, which holds the newest token.
    File,
    /// An endpoint on the loopback interface, which answers with a token that lives long enough.
    Endpoint,
}

impl Delivery {
    /// Every way, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Env, Self::File, Self::Endpoint];

    /// The ways where nobody says otherwise.
    pub const DEFAULT: [Self; 2] = [Self::Env, Self::Endpoint];

    /// Returns the name in manifests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::File => "file",
            Self::Endpoint => "endpoint",
        }
    }
}

impl FromStr for Delivery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|delivery| delivery.name() == text)
            .ok_or_else(|| "there are env, file and endpoint".to_owned())
    }
}

/// The way in which an agent is told of a new token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnRefresh {
    /// It is not told.
    #[default]
    None,
    /// It is ended, and launched anew with the new token.
    Restart,
    /// It gets this signal, by its number.
    Signal(i32),
    /// A shell runs this command.
    Exec(String),
}

impl OnRefresh {
    /// Returns the command that it is, if it is one.
    pub fn command(&self) -> Option<&str> {
        match self {
            Self::Exec(command) => Some(command),
            Self::None | Self::Restart | Self::Signal(_) => None,
        }
    }

    /// Returns the ways that one word says, each with what it does.
    pub fn words() -> impl Iterator<Item = (String, &'static str)> {
        let others =
            [("none", "the agent is not told"), ("restart", "it is ended, and launched anew")];
        let others = others.into_iter().map(|(word, does)| (word.to_owned(), does));
        let signals = USUAL_SIGNALS.iter();
        others.chain(signals.map(|name| (format!("signal={name}"), "it gets this signal")))
    }

    /// Guesses what was meant by a text that has no meaning, and whether this is beyond doubt: one
    /// signal is soon taken for another.
    pub fn meant(text: &str) -> Option<(String, bool)> {
        if let Some(name) = text.strip_prefix("signal=") {
            let signal = nearest(name, USUAL_SIGNALS)?;
            return Some((format!("signal={signal}"), name.eq_ignore_ascii_case(signal)));
        }
        let word = nearest(text, ["none", "restart"])?;
        Some((word.to_owned(), is_slip(text, word)))
    }
}

impl FromStr for OnRefresh {
    type Err = String;

    /// Reads `none`, `restart`, `signal=HUP` (`signal=SIGHUP`, `signal=1`) and `exec COMMAND`.
    fn from_str(text: &str) -> Result<Self, String> {
        let words = "write it as none, restart, signal=HUP or 'exec COMMAND'";
        match text {
            "none" => return Ok(Self::None),
            "restart" => return Ok(Self::Restart),
            _ => {}
        }
        if let Some(name) = text.strip_prefix("signal=") {
            return signal(name).map(Self::Signal).ok_or_else(|| {
                let meant = Self::meant(text).map(|(meant, _)| format!("did you mean `{meant}`?"));
                meant.unwrap_or_else(|| {
                    format!(
                        "`{name}` is no signal that an agent can be told by, such as HUP or USR1"
                    )
                })
            });
        }
        match text.strip_prefix("exec ").map(str::trim) {
            Some(command) if !command.is_empty() => Ok(Self::Exec(command.to_owned())),
            _ => Err(words.to_owned()),
        }
    }
}

impl fmt::Display for OnRefresh {
    /// Writes it in the form in which it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Restart => f.write_str("restart"),
            Self::Signal(number) => {
                let name = signal_name(*number).unwrap_or("?");
                write!(f, "signal={}", name.strip_prefix("SIG").unwrap_or(name))
            }
            Self::Exec(command) => write!(f, "exec {command}"),
        }
    }
}

/// Returns the number of a signal by its name, with or without `SIG`, or by its number. Those that
/// cannot be caught, and those of children, tell an agent nothing.
fn signal(text: &str) -> Option<i32> {
    use signal_hook::consts::{SIGCHLD, SIGKILL, SIGSTOP};
    let is_meant = |number: i32| {
        let name = signal_name(number).unwrap_or_default();
        text.parse() == Ok(number) || name == text || name.strip_prefix("SIG") == Some(text)
    };
    (1..32)
        .filter(|number| signal_name(*number).is_some())
        .filter(|number| ![SIGKILL, SIGSTOP, SIGCHLD].contains(number))
        .find(|number| is_meant(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_shown_as_it_was() {
        for text in ["none", "restart", "signal=HUP", "signal=USR1", "exec ./reload --now"] {
            assert_eq!(text.parse::<OnRefresh>().unwrap().to_string(), text);
        }
        assert_eq!("signal=1".parse(), Ok(OnRefresh::Signal(1)));
        assert_eq!("signal=SIGTERM".parse(), Ok(OnRefresh::Signal(15)));
        let meant = Err("did you mean `signal=HUP`?".to_owned());
        assert_eq!("signal=hup".parse::<OnRefresh>(), meant);
        for text in ["", "exec", "exec  ", "signal=", "signal=KILL", "signal=0", "signal=99", "x"] {
            assert!(text.parse::<OnRefresh>().is_err(), "{text}");
        }
    }

    #[test]
    fn deliveries_have_names() {
        for delivery in Delivery::ALL {
            assert_eq!(delivery.name().parse(), Ok(delivery));
        }
        assert!("Env".parse::<Delivery>().is_err());
    }
}
