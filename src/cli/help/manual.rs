//! The manual of a command: all that its help says beyond its options, as data.

use crate::text::layout::{Layout, Phrase, Style};

/// The manual of a command.
#[derive(Debug)]
pub(crate) struct Manual {
    /// The command, without the name of the program: `secret set`.
    pub command: &'static str,
    /// Lines for a shell, each with its use.
    pub examples: &'static [(&'static str, &'static str)],
    /// Paragraphs.
    pub notes: &'static [&'static str],
    /// Lists, each below a heading.
    pub lists: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    /// The exit statuses that say more than that it was done, that it was used in a wrong way or that it
    /// failed.
    pub exits: &'static [(&'static str, &'static str)],
    /// Other commands, and files of the documentation.
    pub see_also: &'static [&'static str],
}

/// A manual that says nothing, to be completed.
pub(super) const EMPTY: Manual =
    Manual { command: "", examples: &[], notes: &[], lists: &[], exits: &[], see_also: &[] };

/// The statuses that mean the same everywhere.
const EXITS: [(&str, &str); 3] = [
    ("0", "done"),
    ("2", "the command line, or a file named on it, cannot be used"),
    ("3", "the store, the network or the provider failed"),
];

impl Manual {
    /// Returns the exit statuses in their order. A command may have a meaning of its own for each.
    pub(crate) fn exits(&self) -> Vec<(&'static str, &'static str)> {
        if self.exits.iter().any(|(status, _)| status.len() > 1) {
            return self.exits.to_vec();
        }
        let is_own = |status: &str| self.exits.iter().any(|(own, _)| *own == status);
        let common = EXITS.into_iter().filter(|(status, _)| !is_own(status));
        let mut exits: Vec<_> = common.chain(self.exits.iter().copied()).collect();
        exits.sort_by_key(|(status, _)| *status);
        exits
    }

    /// Returns the other commands, and the files of the documentation.
    pub(crate) fn see_also(&self) -> Vec<String> {
        let shown =
            |it: &&str| if it.contains('/') { (*it).to_owned() } else { format!("xreq {it}") };
        self.see_also.iter().map(shown).collect()
    }

    /// Lays the manual out below the options.
    pub(super) fn layout(&self) -> Layout {
        let mut layout = Layout::default();
        let heading = |layout: &mut Layout, text: &str| {
            layout.gap();
            layout.line(0, Phrase::new(Style::Strong, &format!("{text}:")));
        };
        if !self.examples.is_empty() {
            heading(&mut layout, "Examples");
            layout.definitions(
                2,
                0,
                self.examples
                    .iter()
                    .map(|(command, meaning)| (Phrase::command(command), (*meaning).into())),
            );
        }
        for note in self.notes {
            layout.gap();
            layout.paragraph(0, *note);
        }
        let pairs = |rows: &[(&'static str, &'static str)]| -> Vec<(Phrase, Phrase)> {
            rows.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect()
        };
        for (title, rows) in self.lists {
            heading(&mut layout, title);
            layout.definitions(2, 0, pairs(rows));
        }
        heading(&mut layout, "Exit status");
        layout.definitions(2, 0, pairs(&self.exits()));
        if !self.see_also.is_empty() {
            heading(&mut layout, "See also");
            layout.paragraph(
                2,
                self.see_also().iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "),
            );
        }
        layout
    }
}
