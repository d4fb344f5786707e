//! The limits of a format's readers, and the parts that are left out for them.

/// The room that is left in a format.
#[derive(Clone, Debug)]
pub struct Room {
    bytes: usize,
    findings: usize,
    left_out: usize,
}

impl Room {
    /// Returns room for everything.
    pub fn unbounded() -> Self {
        Self { bytes: usize::MAX, findings: usize::MAX, left_out: 0 }
    }

    /// Returns room for so many findings.
    pub fn of_findings(findings: usize) -> Self {
        Self { findings, ..Self::unbounded() }
    }

    /// Returns room for rows of so many bytes together.
    pub fn of_bytes(bytes: usize) -> Self {
        Self { bytes, ..Self::unbounded() }
    }

    /// Returns the part of a text with `findings` for which there is room. Rows are left out one by
    /// one, where each is a finding on a line of its own; else there is room for all of the text,
    /// or for none. Once something was left out, all that follows is.
    pub fn take(&mut self, text: String, findings: usize) -> String {
        if findings > self.findings {
            self.leave_out(findings);
            return String::new();
        }
        self.findings -= findings;
        if text.len() <= self.bytes {
            self.bytes = self.bytes.saturating_sub(text.len());
            return text;
        }
        let mut taken = String::new();
        for row in text.split_inclusive('\n') {
            if row.len() <= self.bytes {
                self.bytes -= row.len();
                taken.push_str(row);
            } else {
                self.leave_out(1);
            }
        }
        taken
    }

    /// Returns the number of findings that were left out.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns a line that says how many rows were left out, where any was.
    pub fn rest(&self) -> String {
        match self.left_out {
            0 => String::new(),
            count => format!("\nand {count} more\n"),
        }
    }

    fn leave_out(&mut self, findings: usize) {
        self.left_out += findings;
        self.bytes = 0;
        self.findings = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_while_there_is_room() {
        let mut room = Room::of_bytes(6);
        assert_eq!(room.take("a\nbc\n".to_owned(), 2), "a\nbc\n");
        assert_eq!(room.take("d\n".to_owned(), 1), "");
        assert_eq!(room.take("\n".to_owned(), 1), "", "what follows is left out too");
        assert_eq!((room.left_out(), room.rest()), (2, "\nand 2 more\n".to_owned()));
    }

    #[test]
    fn results_are_taken_by_the_file() {
        let mut room = Room::of_findings(25);
        assert_eq!(room.take("x".to_owned(), 24), "x");
        assert_eq!(room.take("y".to_owned(), 2), "");
        assert_eq!(room.take("z".to_owned(), 1), "");
        assert_eq!(room.left_out(), 3);
    }
}
