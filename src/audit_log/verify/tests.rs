//! Every kind of fault, and any single edit.

use proptest::prelude::*;

use super::*;
use crate::audit_log::chain::{Remarks, line};

/// A log: its lines, and how far it has come.
fn log(key: &Key, bodies: &[String]) -> (Vec<Vec<u8>>, Progress) {
    let mut last = Link::NONE;
    let lines = bodies.iter().map(|body| {
        let (text, link) = line(body, last, Remarks::default(), key);
        last = link;
        text.into_bytes()
    });
    let lines = lines.collect();
    (lines, Progress { last, dropped: 0 })
}

fn verify(key: &Key, lines: &[Vec<u8>], progress: Option<Progress>) -> Proof {
    let mut verifier = Verifier::new(key, progress);
    for (number, line) in (1..).zip(lines) {
        verifier.line(LinePlace { file: 0, line: number }, line);
    }
    verifier.end(true)
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{{\"n\":{number}}}")).collect()
}

fn faults(proof: &Proof) -> Vec<(Fault, u64, u64)> {
    let line = |finding: &Finding| finding.place.map_or(0, |place| place.line);
    proof.findings.iter().map(|found| (found.fault, line(found), found.through)).collect()
}

#[test]
fn each_fault_is_told_once_and_where_it_is() {
    let key = Key::random();
    let (whole, progress) = log(&key, &many(9));
    let (other, _) = log(&Key::random(), &many(2));
    let told = |edit: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut lines = whole.clone();
        edit(&mut lines);
        faults(&verify(&key, &lines, Some(progress)))
    };
    let missing = |first, last| Fault::Missing { first, last };
    assert_eq!(told(&|_| {}), []);
    assert_eq!(told(&|lines| lines[4][2] ^= 1), [(Fault::Changed, 5, 5)]);
    assert_eq!(told(&|lines| lines[8][2] ^= 1), [(Fault::Changed, 9, 9)]);
    assert_eq!(told(&|lines| (3..6).for_each(|at| lines[at][2] ^= 1)), [(Fault::Changed, 4, 6)]);
    assert_eq!(told(&|lines| drop(lines.remove(4))), [(missing(5, 5), 5, 5)]);
    assert_eq!(told(&|lines| drop(lines.drain(2..6))), [(missing(3, 6), 3, 3)]);
    assert_eq!(told(&|lines| drop(lines.drain(..2))), [(missing(1, 2), 1, 1)]);
    assert_eq!(told(&|lines| lines.truncate(7)), [(missing(8, 9), 7, 7)]);
    assert_eq!(told(&Vec::clear), [(missing(1, 9), 0, 0)]);
    assert_eq!(
        told(&|lines| lines.swap(3, 4)),
        [(missing(4, 4), 4, 4), (Fault::OutOfOrder { seq: 4 }, 5, 5),]
    );
    assert_eq!(
        told(&|lines| lines.insert(4, lines[3].clone())),
        [(Fault::Repeated { seq: 4 }, 5, 5),]
    );
    assert_eq!(told(&|lines| lines.insert(4, b"{}".to_vec())), [(Fault::Unchained, 5, 5)]);
    assert_eq!(told(&|lines| lines.extend(other.clone())), [(Fault::Changed, 10, 11)]);
    assert_eq!(told(&|lines| drop(lines.splice(..0, other.clone()))), [(Fault::Changed, 1, 2)]);
    assert_eq!(told(&|lines| drop(lines.splice(4..4, other.clone()))), [(Fault::Changed, 5, 6)]);
}

#[test]
fn a_chain_that_branches_or_begins_anew_is_noticed() {
    let key = Key::random();
    let (mut one, progress) = log(&key, &many(4));
    let (other, _) = log(&key, &many(6)[3..]);
    assert_eq!(
        faults(&verify(&key, &other, Some(progress))),
        [(Fault::Missing { first: 4, last: 4 }, 3, 3)]
    );
    one.extend(other);
    assert_eq!(faults(&verify(&key, &one, None)), [(Fault::BegunAnew, 5, 5),]);
    // An older copy was put back and continued: record 5 belongs behind another record 4.
    let (mut first, second) = (many(5), many(9)[4..].to_vec());
    let (whole, _) = log(&key, &first);
    first.splice(3.., second);
    let (other, _) = log(&key, &first);
    let mixed = [&whole[..4], &other[4..]].concat();
    assert_eq!(faults(&verify(&key, &mixed, None)), [(Fault::Unrelated { seq: 5 }, 5, 5)]);
    let branch = |body: &str| line(body, progress.last, Remarks::default(), &key);
    let (_, recorded) = branch("{\"a\":1}");
    let (forged, _) = branch("{\"a\":2}");
    one.truncate(4);
    one.push(forged.into_bytes());
    let recorded = Progress { last: recorded, dropped: 0 };
    assert_eq!(faults(&verify(&key, &one, Some(recorded))), [(Fault::Unrelated { seq: 5 }, 5, 5)]);
}

#[test]
fn lines_before_the_chain_and_dropped_ones_are_no_faults() {
    let key = Key::random();
    let (mut lines, progress) = log(&key, &many(6));
    let mut after = lines.split_off(3);
    lines.splice(0..0, [b"{\"old\":1}".to_vec(), b"{\"old\":2}".to_vec()]);
    let proof = verify(&key, &lines, None);
    assert_eq!(faults(&proof), []);
    assert_eq!(proof.begin, Some((LinePlace { file: 0, line: 3 }, 1)));
    assert_eq!((proof.lines, proof.last), (5, 3));

    let dropped = |dropped| Some(Progress { dropped, ..progress });
    assert_eq!(faults(&verify(&key, &after, dropped(3))), []);
    let missing = [(Fault::Missing { first: 3, last: 3 }, 1, 1)];
    assert_eq!(faults(&verify(&key, &after, dropped(2))), missing);
    let remarks = Remarks { torn: 1, dropped: 3 };
    after.push(line("{}", progress.last, remarks, &key).0.into_bytes());
    let proof = verify(&key, &after, None);
    assert_eq!((faults(&proof), proof.dropped), (vec![], 3));
    assert_eq!(proof.torn, [LinePlace { file: 0, line: 4 }]);
}

/// A single change to the lines of a log.
#[derive(Clone, Debug)]
enum Edit {
    Byte { line: prop::sample::Index, at: prop::sample::Index, byte: u8 },
    Insert { line: prop::sample::Index, at: prop::sample::Index, byte: u8 },
    Remove { line: prop::sample::Index, at: prop::sample::Index },
    Break { line: prop::sample::Index, at: prop::sample::Index },
    Join(prop::sample::Index),
    Cut { first: prop::sample::Index, last: prop::sample::Index },
    Swap(prop::sample::Index, prop::sample::Index),
    Repeat { line: prop::sample::Index, to: prop::sample::Index },
}

impl Edit {
    fn strategy() -> impl Strategy<Value = Self> {
        let index = any::<prop::sample::Index>;
        prop_oneof![
            (index(), index(), any::<u8>()).prop_map(|(line, at, byte)| Self::Byte {
                line,
                at,
                byte
            }),
            (index(), index(), any::<u8>()).prop_map(|(line, at, byte)| Self::Insert {
                line,
                at,
                byte
            }),
            (index(), index()).prop_map(|(line, at)| Self::Remove { line, at }),
            (index(), index()).prop_map(|(line, at)| Self::Break { line, at }),
            index().prop_map(Self::Join),
            (index(), index()).prop_map(|(first, last)| Self::Cut { first, last }),
            (index(), index()).prop_map(|(one, other)| Self::Swap(one, other)),
            (index(), index()).prop_map(|(line, to)| Self::Repeat { line, to }),
        ]
    }

    fn apply(&self, lines: &mut Vec<Vec<u8>>) {
        let count = lines.len();
        match self {
            Self::Byte { line, at, byte } => {
                let line = &mut lines[line.index(count)];
                let at = at.index(line.len());
                line[at] = *byte;
            }
            Self::Insert { line, at, byte } => {
                let line = &mut lines[line.index(count)];
                line.insert(at.index(line.len() + 1), *byte);
            }
            Self::Remove { line, at } => {
                let line = &mut lines[line.index(count)];
                line.remove(at.index(line.len()));
            }
            Self::Break { line, at } => {
                let number = line.index(count);
                let at = at.index(lines[number].len() + 1);
                let rest = lines[number].split_off(at);
                lines.insert(number + 1, rest);
            }
            Self::Join(line) => {
                let number = line.index(count);
                if number + 1 < count {
                    let rest = lines.remove(number + 1);
                    lines[number].extend(rest);
                }
            }
            Self::Cut { first, last } => {
                let (first, last) = (first.index(count), last.index(count));
                lines.drain(first.min(last)..=first.max(last));
            }
            Self::Swap(one, other) => lines.swap(one.index(count), other.index(count)),
            Self::Repeat { line, to } => {
                let line = lines[line.index(count)].clone();
                lines.insert(to.index(count + 1), line);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_single_edit_is_noticed(
        bodies in prop::collection::vec("\\{\"[a-z\"\\\\ü]{0,9}\":1\\}", 1..12),
        edit in Edit::strategy(),
    ) {
        let key = Key::random();
        let (whole, progress) = log(&key, &bodies);
        prop_assert_eq!(verify(&key, &whole, Some(progress)).findings, []);
        prop_assert_eq!(verify(&key, &whole, None).findings, []);
        let mut lines = whole.clone();
        edit.apply(&mut lines);
        // A line before the chain is none of it.
        let is_before = lines.len() > whole.len() && lines[0].is_empty();
        let is_edited = lines != whole && !is_before;
        prop_assert_eq!(is_edited, !verify(&key, &lines, Some(progress)).findings.is_empty());
        // Without the state, a cut at the end alone is not noticed.
        let is_cut = whole.starts_with(&lines);
        let unknown = verify(&key, &lines, None).findings;
        prop_assert_eq!(is_edited && !is_cut, !unknown.is_empty());
    }
}
