//! File systems that cannot lock, or keep no modes.

use super::{home, import_args, token};
use crate::support::trace::{can_trace, with_error};

#[test]
fn a_file_system_that_cannot_lock_is_named_as_that() {
    if !can_trace() {
        return;
    }
    let home = home("old");
    for error in ["ENOLCK", "EOPNOTSUPP", "ENOSYS"] {
        for args in [&import_args("default")[..], &["secret", "set", "A"], &["daemon"]] {
            let ran = with_error(&home, args, "flock", error, "value").exits(3);
            let ran = ran.complains("error[store_unwritable]: cannot lock `");
            let ran = ran.complains("its file system cannot lock files").complains("XREQ_HOME");
            assert!(!ran.stderr.contains("writable to you"), "{}", ran.stderr);
        }
    }
    assert_eq!(token(&home), "old");
}

#[test]
fn a_file_system_that_keeps_no_modes_is_named_as_that() {
    if !can_trace() {
        return;
    }
    let home = home("old");
    for error in ["EPERM", "EOPNOTSUPP", "ENOSYS"] {
        for args in [&import_args("default")[..], &["secret", "set", "A"]] {
            let ran = with_error(&home, args, "fchmod", error, "value").exits(3);
            let ran = ran.complains("error[store_unwritable]: cannot write `");
            let ran = ran.complains("does not keep the mode").complains("XREQ_HOME");
            assert!(!ran.stderr.contains("writable to you"), "{}", ran.stderr);
        }
    }
    assert_eq!(token(&home), "old");
    super::assert_only_default(&home);
}

#[test]
fn too_few_descriptors_or_too_small_files_are_said() {
    if !can_trace() {
        return;
    }
    let home = home("old");
    for error in ["EMFILE", "ENFILE"] {
        let ran = with_error(&home, &["secret", "set", "A"], "fchmod", error, "value").exits(3);
        ran.complains("ulimit -n");
    }
    let ran = with_error(&home, &["secret", "set", "A"], "fchmod", "EFBIG", "value").exits(3);
    ran.complains("ulimit -f");
}
