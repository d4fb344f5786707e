//! A limit as it is typed.

use std::str::FromStr;

use super::pace::Pace;

/// A limit on a key, for whichever account serves it: `x.tweet.write=10/1h`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The integration key.
    pub(crate) key: String,
    /// The calls that it may give.
    pub(crate) pace: Pace,
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = "it is KEY=N/DURATION, such as x.tweet.write=10/1h";
        let (key, pace) = text.split_once('=').ok_or(form)?;
        if key.is_empty() {
            return Err(form.to_owned());
        }
        Ok(Self { key: key.to_owned(), pace: pace.parse()? })
    }
}
