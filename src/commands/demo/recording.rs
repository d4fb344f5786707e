//! A recording of what the demo shows, in the format of asciinema (asciicast, version 2).

use serde_json::json;

/// The terminal of the recording, in columns and rows.
const SIZE: (u16, u16) = (80, 24);

/// Milliseconds that a shown line takes to be read.
const PER_LINE: u64 = 400;

/// The texts that were shown, in their order. Their times are those of a reader and follow from the
/// texts alone, whatever the machine needed.
#[derive(Default)]
pub(super) struct Recording {
    texts: Vec<String>,
}

impl Recording {
    pub(super) fn shows(&mut self, text: &str) {
        self.texts.push(text.to_owned());
    }

    /// Returns the recording as a file: a header, and an event a line.
    pub(super) fn asciicast(&self) -> String {
        let (width, height) = SIZE;
        let header = json!({"version": 2, "width": width, "height": height, "title": "xreq demo"});
        let mut file = format!("{header}\n");
        let mut time = 0;
        for text in self.texts.iter().filter(|text| !text.is_empty()) {
            let seconds = format!("{}.{:03}", time / 1000, time % 1000);
            let shown = json!(text.replace('\n', "\r\n"));
            file.push_str(&format!("[{seconds}, \"o\", {shown}]\n"));
            time += PER_LINE * (1 + text.lines().count() as u64);
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_from_the_texts() {
        let mut recording = Recording::default();
        for text in ["a\nb\n", "", "\x1b[1mc\x1b[0m\n", "d\n"] {
            recording.shows(text);
        }
        assert_eq!(
            recording.asciicast(),
            "{\"version\":2,\"width\":80,\"height\":24,\"title\":\"xreq demo\"}\n\
             [0.000, \"o\", \"a\\r\\nb\\r\\n\"]\n\
             [1.200, \"o\", \"\\u001b[1mc\\u001b[0m\\r\\n\"]\n\
             [2.000, \"o\", \"d\\r\\n\"]\n"
        );
    }
}
