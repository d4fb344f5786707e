//! The sections of a manual page that say more than the options: `man(7)`.

use crate::cli::Manual;

pub(super) fn of(manual: &Manual) -> String {
    let mut roff = String::new();
    if !manual.examples.is_empty() {
        section(&mut roff, "EXAMPLES");
        definitions(&mut roff, manual.examples);
    }
    if !manual.notes.is_empty() {
        section(&mut roff, "NOTES");
    }
    for (at, note) in manual.notes.iter().enumerate() {
        if at > 0 {
            roff.push_str(".PP\n");
        }
        line(&mut roff, note);
    }
    for (title, rows) in manual.lists {
        section(&mut roff, &title.to_uppercase());
        definitions(&mut roff, rows);
    }
    section(&mut roff, "EXIT STATUS");
    definitions(&mut roff, &manual.exits());
    if !manual.see_also.is_empty() {
        section(&mut roff, "SEE ALSO");
        line(&mut roff, &manual.see_also().join(", "));
    }
    roff
}

fn section(roff: &mut String, title: &str) {
    roff.push_str(&format!(".SH \"{title}\"\n"));
}

fn definitions(roff: &mut String, rows: &[(&str, &str)]) {
    for (name, text) in rows {
        roff.push_str(&format!(".TP\n\\fB{}\\fR\n", escaped(name)));
        line(roff, text);
    }
}

/// Adds a line of text, which gives no orders to roff.
fn line(roff: &mut String, text: &str) {
    let text = escaped(text);
    let guard = if text.starts_with(['.', '\'']) { "\\&" } else { "" };
    roff.push_str(&format!("{guard}{text}\n"));
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga")
}
