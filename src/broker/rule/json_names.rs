//! A strict reader of JSON (RFC 8259) that comes in pieces: it tells the names at the top of an object, and
//! refuses what other readers could take for something else: a name twice, text that is not UTF-8, half a
//! surrogate pair, comments and other liberties.

use std::collections::HashSet;

use super::utf8::Utf8;

/// The deepest nesting.
const DEEPEST: usize = 128;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 1024;

/// The most names of objects that are open at once: two that are equal are to be found.
const MOST_NAMES: usize = 100_000;

/// A reader of JSON.
#[derive(Debug)]
pub(super) struct JsonNames {
    state: State,
    levels: Vec<Level>,
    text: Text,
    names: usize,
    top: Vec<String>,
}

/// A list or an object that is open.
#[derive(Debug)]
enum Level {
    List,
    Object(HashSet<Vec<u8>>),
}

/// The next thing that may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    /// A value, or the end of the list that has just begun.
    ValueOrEnd,
    /// A name, after a comma.
    Name,
    /// A name, or the end of the object that has just begun.
    NameOrEnd,
    Colon,
    /// A comma, or the end of the level; at the top, the end.
    Next,
    /// The rest of a text; of a name or of a value.
    Text {
        is_name: bool,
    },
    /// The rest of a number.
    Number(Number),
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
}

/// The place in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Sign,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Number {
    /// Returns the place after one more character; `None` where it does not belong to the number.
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Sign, b'0') => Self::Zero,
            (Self::Sign, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Self::ExponentDigits
            }
            _ => return None,
        })
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }
}

/// A text that is being read.
#[derive(Debug, Default)]
struct Text {
    /// The text without escapes, of a name.
    bytes: Vec<u8>,
    utf8: Utf8,
    escape: Escape,
    /// The first half of a surrogate pair, which waits for the second.
    half: Option<u16>,
}

/// The place in an escape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    /// The hexadecimal digits that are there, and how many are missing.
    Digits(u16, u8),
}

impl Default for JsonNames {
    fn default() -> Self {
        Self {
            state: State::Value,
            levels: Vec::new(),
            text: Text::default(),
            names: 0,
            top: Vec::new(),
        }
    }
}

impl JsonNames {
    /// Reads on, and returns the names at the top that are complete by now.
    ///
    /// # Errors
    ///
    /// The reason why the text is not read.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Vec<String>, &'static str> {
        for byte in bytes {
            self.step(*byte)?;
        }
        Ok(std::mem::take(&mut self.top))
    }

    /// Makes sure that the text ends here.
    pub(super) fn end(&self) -> Result<(), &'static str> {
        let is_whole = match self.state {
            State::Next => true,
            State::Number(place) => place.may_end(),
            _ => false,
        };
        if is_whole && self.levels.is_empty() { Ok(()) } else { Err("the JSON is not complete") }
    }

    fn step(&mut self, byte: u8) -> Result<(), &'static str> {
        const BROKEN: &str = "the JSON is malformed";
        match self.state {
            State::Text { is_name } => return self.in_text(byte, is_name),
            State::Number(place) => {
                if let Some(place) = place.after(byte) {
                    self.state = State::Number(place);
                    return Ok(());
                }
                if !place.may_end() {
                    return Err(BROKEN);
                }
                self.state = State::Next;
            }
            State::Word(rest) => {
                let (next, rest) = rest.split_first().ok_or(BROKEN)?;
                if byte != *next {
                    return Err(BROKEN);
                }
                self.state = if rest.is_empty() { State::Next } else { State::Word(rest) };
                return Ok(());
            }
            _ => {}
        }
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            return Ok(());
        }
        self.state = match (self.state, byte) {
            (State::ValueOrEnd, b']') | (State::NameOrEnd, b'}') => self.close(),
            (State::Value | State::ValueOrEnd, b'{') => {
                self.open(Level::Object(HashSet::new()))?;
                State::NameOrEnd
            }
            (State::Value | State::ValueOrEnd, b'[') => {
                self.open(Level::List)?;
                State::ValueOrEnd
            }
            (State::Value | State::ValueOrEnd, b'"') => State::Text { is_name: false },
            (State::Name | State::NameOrEnd, b'"') => State::Text { is_name: true },
            (State::Value | State::ValueOrEnd, b't') => State::Word(b"rue"),
            (State::Value | State::ValueOrEnd, b'f') => State::Word(b"alse"),
            (State::Value | State::ValueOrEnd, b'n') => State::Word(b"ull"),
            (State::Value | State::ValueOrEnd, b'-') => State::Number(Number::Sign),
            (State::Value | State::ValueOrEnd, byte) => {
                State::Number(Number::Sign.after(byte).ok_or(BROKEN)?)
            }
            (State::Colon, b':') => State::Value,
            (State::Next, byte) => match (self.levels.last(), byte) {
                (Some(Level::List), b',') => State::Value,
                (Some(Level::Object(_)), b',') => State::Name,
                (Some(Level::List), b']') | (Some(Level::Object(_)), b'}') => self.close(),
                _ => return Err(BROKEN),
            },
            _ => return Err(BROKEN),
        };
        Ok(())
    }

    fn open(&mut self, level: Level) -> Result<(), &'static str> {
        if self.levels.len() >= DEEPEST {
            return Err("the JSON is nested too deep");
        }
        self.levels.push(level);
        Ok(())
    }

    fn close(&mut self) -> State {
        if let Some(Level::Object(names)) = self.levels.pop() {
            self.names -= names.len();
        }
        State::Next
    }

    fn in_text(&mut self, byte: u8, is_name: bool) -> Result<(), &'static str> {
        if byte == b'"' && self.text.escape == Escape::None {
            if self.text.half.is_some() || !self.text.utf8.is_whole() {
                return Err("the JSON has half a character");
            }
            self.state = State::Next;
            if is_name {
                self.state = State::Colon;
                return self.named();
            }
            return Ok(());
        }
        self.text.take(byte, is_name)
    }

    /// Notes the name that has just ended.
    fn named(&mut self) -> Result<(), &'static str> {
        let name = std::mem::take(&mut self.text.bytes);
        if self.levels.len() == 1 {
            let text = String::from_utf8(name.clone()).map_err(|_| "the JSON is not UTF-8")?;
            self.top.push(text);
        }
        self.names += 1;
        if self.names > MOST_NAMES {
            return Err("the JSON has more names than are looked at");
        }
        if let Some(Level::Object(names)) = self.levels.last_mut()
            && !names.insert(name)
        {
            return Err("the JSON has a name twice");
        }
        Ok(())
    }
}

impl Text {
    fn take(&mut self, byte: u8, is_name: bool) -> Result<(), &'static str> {
        const BROKEN: &str = "the JSON has a broken escape";
        match self.escape {
            Escape::None if byte == b'\\' => {
                if !self.utf8.is_whole() {
                    return Err("the JSON is not UTF-8");
                }
                self.escape = Escape::Begun;
            }
            Escape::None => {
                if byte < 0x20 {
                    return Err("the JSON has a control character in a text");
                }
                if self.half.is_some() || !self.utf8.takes(byte) {
                    return Err("the JSON is not UTF-8");
                }
                self.keep(&[byte], is_name)?;
            }
            Escape::Begun => {
                self.escape = Escape::None;
                let character = match byte {
                    b'"' | b'\\' | b'/' => byte,
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'u' => {
                        self.escape = Escape::Digits(0, 4);
                        return Ok(());
                    }
                    _ => return Err(BROKEN),
                };
                if self.half.is_some() {
                    return Err("the JSON has half a character");
                }
                self.keep(&[character], is_name)?;
            }
            Escape::Digits(number, missing) => {
                let digit = char::from(byte).to_digit(16).ok_or(BROKEN)?;
                let number = number << 4 | u16::try_from(digit).map_err(|_| BROKEN)?;
                self.escape = match missing {
                    1 => Escape::None,
                    _ => Escape::Digits(number, missing - 1),
                };
                if missing == 1 {
                    self.unit(number, is_name)?;
                }
            }
        }
        Ok(())
    }

    /// Takes a unit of UTF-16.
    fn unit(&mut self, unit: u16, is_name: bool) -> Result<(), &'static str> {
        const HALF: &str = "the JSON has half a character";
        let units = match (self.half.take(), unit) {
            (None, 0xd800..=0xdbff) => {
                self.half = Some(unit);
                return Ok(());
            }
            (None, unit) => vec![unit],
            (Some(first), second) => vec![first, second],
        };
        let text = String::from_utf16(&units).map_err(|_| HALF)?;
        self.keep(text.as_bytes(), is_name)
    }

    fn keep(&mut self, bytes: &[u8], is_name: bool) -> Result<(), &'static str> {
        if is_name {
            self.bytes.extend_from_slice(bytes);
        }
        if self.bytes.len() > LONGEST_NAME {
            return Err("the JSON has a name that is too long");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
