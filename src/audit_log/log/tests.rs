//! Lines that are appended, moved on and continued.

use std::iter;

use tempfile::TempDir;

use super::*;
use crate::audit_log::verify::Fault;
use crate::error::Code;

/// A log in a folder with its key and, below it, its state.
struct Fixture {
    folder: TempDir,
    log: Log,
    key: Key,
}

impl Fixture {
    fn new(max_size: u64, keep: u32) -> Self {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("log");
        let state = Some(folder.path().join("state"));
        let log = Log { file, max_size, keep, keep_for: SignedDuration::ZERO, state };
        Self { folder, log, key: Key::random() }
    }

    fn append_at(&self, name: &str, now: Timestamp) -> Result<()> {
        let body = format!("{{\"time\":\"{now}\",\"name\":\"{name}\"}}");
        self.log.append(&[body], &self.key, now).failure.map_or(Ok(()), Err)
    }

    fn append(&self, name: &str) {
        self.append_at(name, Timestamp::UNIX_EPOCH).expect("it can be written");
    }

    fn number(&self, number: u32) -> PathBuf {
        if number == 0 { self.log.file.clone() } else { self.log.numbered(number) }
    }

    /// The names of the lines of a file, the longest of which is the most that is asked.
    fn names(&self, number: u32) -> Vec<String> {
        let text = fs::read_to_string(self.number(number)).expect("it is there");
        assert!(text.ends_with('\n'), "{text}");
        let name = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
            value["name"].as_str().expect("it has a name").to_owned()
        };
        text.lines().map(name).collect()
    }

    /// The faults of the log as it is.
    fn faults(&self) -> Vec<Fault> {
        let key = self.folder.path().join("key");
        fs::write(&key, &*self.key.text()).expect("it can be written");
        let verified = crate::audit_log::files::verify(&self.log, &key).expect("there is a log");
        verified.proof.findings.iter().map(|finding| finding.fault).collect()
    }
}

/// The size of a file for two short lines.
const TWO: u64 = 400;

#[test]
fn a_line_without_an_end_is_cut_off_and_told() {
    for torn in ["", "torn", &"long ".repeat(4096)] {
        for whole in [0, 1, 2] {
            let fixture = Fixture::new(1 << 20, 1);
            let names: Vec<_> = ["one", "two"].into_iter().take(whole).collect();
            for name in &names {
                fixture.append(name);
            }
            let mut content = fs::read(&fixture.log.file).unwrap_or_default();
            content.extend(torn.as_bytes());
            fs::write(&fixture.log.file, content).expect("it can be written");
            fixture.append("next");
            assert_eq!(fixture.names(0), [&names[..], &["next"]].concat());
            assert_eq!(fixture.faults(), []);
            let text = fs::read_to_string(&fixture.log.file).expect("it is there");
            let told = format!("\"torn\":{}", torn.len());
            assert_eq!(text.contains(&told), !torn.is_empty(), "{text}");
        }
    }
}

#[test]
fn what_is_full_is_moved_on_and_the_last_goes() {
    let fixture = Fixture::new(TWO, 2);
    let long = "a-line-of-its-own".repeat(20);
    for name in ["one", "two", "three", "four", &long, "five"] {
        fixture.append(name);
    }
    assert_eq!(fixture.names(0), ["five"]);
    assert_eq!(fixture.names(1), [long]);
    assert_eq!(fixture.names(2), ["three", "four"]);
    assert!(!fixture.number(3).exists());
    assert_eq!(fixture.faults(), []);
    fs::remove_file(fixture.number(2)).expect("it is there");
    assert_eq!(fixture.faults(), [Fault::Missing { first: 3, last: 4 }]);
    // What was dropped is in the lines, too.
    fs::remove_dir_all(fixture.folder.path().join("state")).expect("it is there");
    assert_eq!(fixture.faults(), [Fault::Missing { first: 3, last: 4 }]);
}

#[test]
fn no_line_is_dropped_before_its_time() {
    let mut fixture = Fixture::new(TWO, 1);
    fixture.log.keep_for = SignedDuration::from_hours(1);
    let second = Timestamp::constant;
    for (name, now) in [("one", 0), ("two", 1), ("three", 2), ("four", 3), ("five", 3_600)] {
        fixture.append_at(name, second(now, 0)).expect("it can be written");
    }
    assert_eq!(fixture.names(1), ["one", "two"]);
    assert_eq!(fixture.names(0), ["three", "four", "five"], "it has grown");
    // Whoever makes the older file look older changes nothing.
    let file = File::options().write(true).open(fixture.number(1)).expect("it is there");
    file.set_modified(std::time::UNIX_EPOCH).expect("it is ours");
    fixture.append_at("six", second(3_600, 0)).expect("it can be written");
    assert_eq!(fixture.names(0).len(), 4);
    fixture.append_at("seven", second(3_601, 0)).expect("it can be written");
    assert_eq!(fixture.names(1), ["three", "four", "five", "six"]);
    assert_eq!(fixture.names(0), ["seven"]);
    assert_eq!(fixture.faults(), []);
}

#[test]
fn moving_on_that_was_cut_short_costs_no_older_file() {
    for free in 1..=3 {
        let fixture = Fixture::new(TWO, 3);
        for number in 1..=3 {
            let content = format!("{{\"name\":\"{number}\"}}\n");
            fs::write(fixture.number(number), content).expect("it can be written");
        }
        fs::remove_file(fixture.number(free)).expect("it is there");
        fixture.append("full");
        fixture.append("full");
        fixture.append("next");
        let old = |number| fixture.names(number)[0].clone();
        let expected = (1..=3).filter(|number| *number != free).map(|number| number.to_string());
        let expected: Vec<_> = iter::once("full".to_owned()).chain(expected).collect();
        assert_eq!([old(1), old(2), old(3)], *expected);
    }
}

#[test]
fn a_line_follows_the_last_one_that_is_known() {
    let missing = |first, last| vec![Fault::Missing { first, last }];
    let after = |change: &dyn Fn(&Fixture)| {
        let fixture = Fixture::new(1 << 20, 1);
        for name in ["one", "two", "three"] {
            fixture.append(name);
        }
        change(&fixture);
        fixture.append("next");
        fixture.faults()
    };
    let lose_state = |fixture: &Fixture| {
        fs::remove_dir_all(fixture.folder.path().join("state")).expect("it is there");
    };
    let cut = |fixture: &Fixture, lines: usize| {
        let text = fs::read_to_string(&fixture.log.file).expect("it is there");
        let kept: String = text.split_inclusive('\n').take(lines).collect();
        fs::write(&fixture.log.file, kept).expect("it can be written");
    };
    assert_eq!(after(&|_| {}), []);
    assert_eq!(after(&|fixture| cut(fixture, 1)), missing(2, 3));
    assert_eq!(after(&|fixture| cut(fixture, 0)), missing(1, 3));
    assert_eq!(after(&|fixture| fs::remove_file(&fixture.log.file).unwrap()), missing(1, 3));
    assert_eq!(after(&lose_state), []);
    // A writer that was killed before it could write the state, and one whose state is older.
    assert_eq!(
        after(&|fixture| {
            let path = fixture.log.state_path().expect("there is one");
            let before = fs::read(&path).expect("it is there");
            for name in ["four", "five"] {
                fixture.append(name);
            }
            fs::write(&path, before).expect("it can be written");
        }),
        []
    );
    // Without the state, a cut at the end is covered up by the next line.
    assert_eq!(
        after(&|fixture| {
            lose_state(fixture);
            cut(fixture, 1);
        }),
        []
    );
    assert_eq!(
        after(&|fixture| {
            lose_state(fixture);
            fs::rename(&fixture.log.file, fixture.number(1)).expect("it is there");
        }),
        []
    );
}

#[test]
fn what_is_no_file_is_refused() {
    let fixture = Fixture::new(10, 1);
    let refused = |why: &str| {
        let error = fixture.append_at("line", Timestamp::UNIX_EPOCH).expect_err("no log");
        assert_eq!(error.code(), Code::AuditFailed);
        assert!(error.to_string().contains(why), "{error}");
    };
    let other = fixture.folder.path().join("other");
    fs::write(&other, "mine\n").expect("it can be written");
    std::os::unix::fs::symlink(&other, &fixture.log.file).expect("it can be made");
    refused("symbolic link");
    assert_eq!(fs::read_to_string(&other).expect("it is there"), "mine\n");
    fs::remove_file(&fixture.log.file).expect("it is there");
    fs::create_dir(&fixture.log.file).expect("it can be made");
    refused("folder");
}
