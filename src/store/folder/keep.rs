//! Storing tokens that exist nowhere else.

use std::thread;
use std::time::Duration;

use super::lock::Lock;
use super::write;
use crate::credential::grant::Grant;
use crate::error::{Code, Error, Result};
use crate::store::record::fits;
use crate::text::shell;

/// The number of attempts to store tokens, and the length of the first pause; each is longer by
/// that.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// Writes the grant whose lock is held. A grant that the folder does not take, however often it is
/// asked, is left in the folder for temporary files.
pub(super) fn keep(lock: &Lock<Grant>, content: &[u8]) -> Result<()> {
    let mut failure = None;
    for attempt in 0..ATTEMPTS {
        thread::sleep(PAUSE * attempt);
        match fits(content).and_then(|()| write::replace(lock, content)) {
            Ok(()) => return Ok(()),
            Err(error) => failure = Some(error),
        }
    }
    let failure = failure.expect("there was an attempt");
    let Ok(rescued) = write::aside(&std::env::temp_dir(), content) else {
        let message = format!("{failure}; the new tokens of {} are lost", lock.name());
        return Err(Error::new(Code::StoreUnwritable, message)
            .with_hint("make the store writable, then connect the account anew"));
    };
    let message =
        format!("{failure}; the new tokens of {} are in `{}`", lock.name(), rescued.display());
    let [rescued, place] =
        [rescued, lock.place().file()].map(|path| shell::word(&path.to_string_lossy()));
    Err(Error::new(Code::StoreUnwritable, message).with_hint(format!(
        "they are sealed, and nowhere else; make the store writable, then run `mv {rescued} {place}`"
    )))
}
