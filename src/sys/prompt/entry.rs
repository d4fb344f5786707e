//! The input that is typed or pasted at a prompt, taken byte by byte.
//!
//! A terminal that knows bracketed paste says where a paste begins and where it ends, so that a line
//! break in it is told from the Enter key.

use zeroize::Zeroizing;

/// The sequence that asks a terminal to put marks around a paste, and the one that takes that back.
pub(super) const BEGIN_MARKS: &[u8] = b"\x1b[?2004h";
pub(super) const END_MARKS: &[u8] = b"\x1b[?2004l";

/// The parameters of the control sequences around a paste.
const PASTE: &[u8] = b"200";

/// The sequence that ends a paste.
const PASTE_ENDS: &[u8] = b"\x1b[201~";

const INTERRUPT: u8 = 0x03;
const END_OF_INPUT: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const ERASE_LINE: u8 = 0x15;
const ERASE_WORD: u8 = 0x17;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// The most bytes of an answer.
const LONGEST: usize = 1 << 20;

/// More bytes than a usual answer has: as long as it does not grow, no copy of it is left behind.
const USUAL: usize = 16 * 1024;

/// The effect of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More is to come.
    More,
    /// A paste ended: it has so many lines.
    Pasted(usize),
    /// The Enter key was pressed.
    Entered,
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, before anything was typed.
    Ended,
    /// It is longer than any answer.
    TooLong,
}

/// The input that was typed and pasted until now.
pub(super) struct Entry {
    text: Zeroizing<Vec<u8>>,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Typed,
    /// Behind an escape character.
    Escape,
    /// In a control sequence: its parameters so far, as far as they can be those of a paste.
    Control {
        parameters: [u8; 3],
        length: usize,
    },
    /// In a paste that began at `start`; so many bytes of its end were seen.
    Pasted {
        start: usize,
        ends: usize,
        after_return: bool,
    },
}

impl Entry {
    pub(super) fn new() -> Self {
        Self { text: Zeroizing::new(Vec::with_capacity(USUAL)), state: State::Typed }
    }

    /// Adds a line break, where an answer goes on behind the Enter key.
    pub(super) fn break_line(&mut self) {
        self.text.push(b'\n');
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn into_text(self) -> Zeroizing<Vec<u8>> {
        self.text
    }

    pub(super) fn take(&mut self, byte: u8) -> Step {
        if byte == INTERRUPT {
            return Step::Interrupted;
        }
        if self.text.len() >= LONGEST {
            return Step::TooLong;
        }
        match self.state {
            State::Typed => return self.typed(byte),
            State::Escape => {
                self.state = match byte {
                    b'[' => State::Control { parameters: [0; 3], length: 0 },
                    _ => State::Typed,
                };
            }
            State::Control { parameters, length } => self.control(byte, parameters, length),
            State::Pasted { start, ends, after_return } => {
                return self.pasted(byte, start, ends, after_return);
            }
        }
        Step::More
    }

    fn typed(&mut self, byte: u8) -> Step {
        match byte {
            b'\r' | b'\n' => return Step::Entered,
            END_OF_INPUT if self.text.is_empty() => return Step::Ended,
            END_OF_INPUT => {}
            ESCAPE => self.state = State::Escape,
            BACKSPACE | DELETE => {
                // A character is its first byte and those that continue it.
                while self.text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            ERASE_LINE => self.text.clear(),
            ERASE_WORD => {
                let kept = self.text.trim_ascii_end();
                let kept = kept.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
                self.text.truncate(kept);
            }
            _ => self.text.push(byte),
        }
        Step::More
    }

    /// Takes a byte of a control sequence (ECMA-48 section 5.4), of which the one alone counts that
    /// begins a paste.
    fn control(&mut self, byte: u8, mut parameters: [u8; 3], length: usize) {
        self.state = match byte {
            b'~' if length == PASTE.len() && parameters == PASTE => {
                State::Pasted { start: self.text.len(), ends: 0, after_return: false }
            }
            0x40..=0x7e => State::Typed,
            _ => {
                if let Some(parameter) = parameters.get_mut(length) {
                    *parameter = byte;
                }
                State::Control { parameters, length: length + 1 }
            }
        };
    }

    fn pasted(&mut self, byte: u8, start: usize, ends: usize, after_return: bool) -> Step {
        let mut next = |ends, after_return| {
            self.state = State::Pasted { start, ends, after_return };
            Step::More
        };
        if PASTE_ENDS[ends] == byte {
            if ends + 1 < PASTE_ENDS.len() {
                return next(ends + 1, after_return);
            }
            self.state = State::Typed;
            let pasted = self.text[start..].trim_ascii_end();
            return Step::Pasted(pasted.split(|byte| *byte == b'\n').count());
        }
        if ends > 0 {
            // It only looked like the end.
            self.text.extend_from_slice(&PASTE_ENDS[..ends]);
            self.state = State::Pasted { start, ends: 0, after_return: false };
            return self.pasted(byte, start, 0, false);
        }
        match byte {
            b'\n' if after_return => next(0, false),
            b'\r' => {
                self.text.push(b'\n');
                self.state = State::Pasted { start, ends: 0, after_return: true };
                Step::More
            }
            _ => {
                self.text.push(byte);
                self.state = State::Pasted { start, ends: 0, after_return: false };
                Step::More
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the steps that are no `More`, and the text.
    fn typed(bytes: &[u8]) -> (Vec<Step>, String) {
        let mut entry = Entry::new();
        let steps = bytes.iter().map(|byte| entry.take(*byte));
        let steps: Vec<_> = steps.filter(|step| *step != Step::More).collect();
        (steps, String::from_utf8(entry.into_text().to_vec()).unwrap())
    }

    #[test]
    fn a_line_is_typed_and_corrected() {
        for (bytes, text) in [
            ("abc", "abc"),
            ("aü\x7f\x08b", "b"),
            ("\x7fa", "a"),
            ("wrong\x15right", "right"),
            ("a b c\x17d", "a b d"),
            ("a \x17b", "b"),
            ("a\x04b", "ab"),
            ("a\x1b[Db\x1b[3~c\x1bxd\x1b[1;5Ce", "abcde"),
        ] {
            assert_eq!(typed(bytes.as_bytes()), (vec![], text.to_owned()), "{bytes:?}");
        }
        for (bytes, step) in [
            ("a\r", Step::Entered),
            ("a\n", Step::Entered),
            ("a\x03", Step::Interrupted),
            ("\x04", Step::Ended),
            ("\x1b[200~a\x03", Step::Interrupted),
        ] {
            assert_eq!(typed(bytes.as_bytes()).0, [step], "{bytes:?}");
        }
    }

    #[test]
    fn a_paste_is_taken_whole() {
        for (bytes, text, lines) in [
            ("\x1b[200~one\x1b[201~", "one", 1),
            ("\x1b[200~one\ntwo\n\x1b[201~", "one\ntwo\n", 2),
            ("\x1b[200~one\r\ntwo\rthree\x1b[201~", "one\ntwo\nthree", 3),
            ("\x1b[200~\r\n\r\nx\x1b[201~", "\n\nx", 3),
            ("\x1b[200~a\x15\x7f\x04\tb\x1b[201~", "a\x15\x7f\x04\tb", 1),
            ("\x1b[200~a\x1b[2x\x1b\x1b[20\x1b[201~", "a\x1b[2x\x1b\x1b[20", 1),
        ] {
            let expected = (vec![Step::Pasted(lines)], text.to_owned());
            assert_eq!(typed(bytes.as_bytes()), expected, "{bytes:?}");
        }
        // Typed before and behind it.
        let (steps, text) = typed(b"<\x1b[200~a\nb\x1b[201~>\r");
        assert_eq!((steps, text.as_str()), (vec![Step::Pasted(2), Step::Entered], "<a\nb>"));
    }

    #[test]
    fn there_is_an_end() {
        let mut entry = Entry::new();
        let steps = (0..=LONGEST).map(|_| entry.take(b'a'));
        assert_eq!(steps.filter(|step| *step == Step::TooLong).count(), 1);
    }
}
