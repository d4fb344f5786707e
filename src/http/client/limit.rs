//! The limits of this machine on open files, which a connection may meet.

use std::error::Error as StdError;
use std::fs::File;
use std::io;

use rustix::io::Errno;

/// Returns which limit an error is about, in words, if one in its chain is.
pub(crate) fn met<'a>(
    mut chain: impl Iterator<Item = &'a (dyn StdError + 'static)>,
) -> Option<&'static str> {
    chain.find_map(|error| of(error.downcast_ref()?))
}

/// Returns which limit is met now, in words.
pub(crate) fn found() -> Option<&'static str> {
    File::open("/dev/null").err().as_ref().and_then(of)
}

/// Returns which limit an error is about, in words.
pub(crate) fn of(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error)? {
        Errno::MFILE => Some(
            "this process has as many files open as it may: no connection can be made until its \
             limit (`ulimit -n`) is raised",
        ),
        Errno::NFILE => Some(
            "this machine has as many files open as it can: no connection can be made until its \
             limit (`fs.file-max`) is raised",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_is_named() {
        let said = |errno: Errno| of(&io::Error::from(errno));
        assert!(said(Errno::MFILE).is_some_and(|words| words.contains("`ulimit -n`")));
        assert!(said(Errno::NFILE).is_some_and(|words| words.contains("`fs.file-max`")));
        assert_eq!(said(Errno::CONNREFUSED), None);
        assert_eq!(found(), None);
    }
}
