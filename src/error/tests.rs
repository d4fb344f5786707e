use std::collections::HashSet;

use super::*;

#[test]
fn a_remedy_is_data_and_has_words() {
    let remedy = Remedy::connect("x", None);
    let error = Error::new(Code::NotStored, "there is none").with_remedy(remedy.clone());
    assert_eq!((error.remedy(), error.hint()), (Some(&remedy), Some("run `xreq connect x`")));
    let error = error.with_hint("try again");
    assert_eq!((error.remedy(), error.hint()), (Some(&"try again".into()), Some("try again")));
}

#[test]
fn an_error_keeps_its_source() {
    let number = rustix::io::Errno::NOSPC.raw_os_error();
    for io in [io::Error::other("it broke"), io::Error::from_raw_os_error(number)] {
        let error = Error::of_system(Code::OutputFailed, "cannot write", &io);
        assert_eq!(error.to_string(), format!("cannot write: {io}"));
        let source = std::error::Error::source(&error).expect("it has a source");
        let source: &io::Error = source.downcast_ref().expect("it is of the system");
        assert_eq!((source.kind(), source.raw_os_error()), (io.kind(), io.raw_os_error()));
    }
}

#[test]
fn names_are_unique_snake_case() {
    let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')));
}
