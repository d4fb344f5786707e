//! Colour in what xreq itself says: on terminals, unless somebody objects.

use crate::launch::{TOKEN, covered};
use crate::support::pty::Pty;
use crate::support::{Home, Ran};

const COLOUR: &str = "\x1b[";

/// A home whose every launch gets a warning.
fn warned() -> Home {
    Home::with_manifest("integrations:\n  - {key: x.dm.read, optional: true}\n")
        .var("TERM", "xterm-256color")
}

/// What a warning looks like on a terminal after these settings.
fn on_a_terminal(settings: &str, options: &str) -> String {
    let script = format!("{settings} exec \"$0\" {options} run -- true");
    let (printed, status) = Pty::start(&warned(), &script).end();
    assert!(status.success() && printed.contains("optional x is unmet"), "{printed}");
    printed
}

#[test]
fn on_a_terminal_there_is_colour() {
    assert!(on_a_terminal("", "").starts_with("\x1b[1m\x1b[35mwarning\x1b[0m: "));
    assert!(on_a_terminal("NO_COLOR=", "").contains(COLOUR), "empty is as good as not there");
}

#[test]
fn nobody_who_objects_gets_colour() {
    for settings in ["NO_COLOR=1", "NO_COLOR=0 TERM=xterm", "TERM=dumb", "unset TERM;"] {
        let printed = on_a_terminal(settings, "");
        assert!(!printed.contains('\x1b'), "{settings}: {printed:?}");
    }
    assert!(!on_a_terminal("", "--color never").contains('\x1b'));
    assert!(!on_a_terminal("", "--color=never").contains('\x1b'));
}

#[test]
fn always_is_always() {
    for settings in ["NO_COLOR=1", "TERM=dumb", ""] {
        assert!(on_a_terminal(settings, "--color always").contains(COLOUR), "{settings}");
    }
    let home = warned();
    let ran = home.xreq(&["--color", "always", "run", "--", "true"]).succeeds();
    assert!(ran.stderr.contains(COLOUR), "{}", ran.stderr);
}

#[test]
fn in_a_file_there_is_none() {
    let home = warned();
    for args in [&["run", "--", "true"][..], &["check"], &["explain"], &["run", "--", "nowhere"]] {
        let ran = home.xreq(args);
        assert!(!ran.stderr.contains('\x1b') && !ran.stdout.contains('\x1b'), "{args:?}");
    }
}

/// Output and errors may go to different places, and are coloured each for itself.
#[test]
fn each_stream_is_judged_for_itself() {
    let home = warned();
    let (printed, _) = Pty::start(&home, "\"$0\" run -- true 2>errors; cat errors").end();
    assert!(printed.contains("warning: ") && !printed.contains('\x1b'), "{printed:?}");
    let (printed, _) = Pty::start(&home, "\"$0\" run -- true >/dev/null; exit").end();
    assert!(printed.contains(COLOUR), "{printed:?}");
}

/// Complaints about the command line come before there is a command, and obey all the same.
#[test]
fn usage_errors_are_coloured_by_the_same_rules() {
    let usage = |settings: &str, options: &str| {
        let script = format!("{settings} exec \"$0\" {options} run --no-such-option");
        Pty::start(&warned(), &script).end().0
    };
    assert!(usage("", "").contains(COLOUR));
    for plain in [usage("NO_COLOR=1", ""), usage("TERM=dumb", ""), usage("", "--color never")] {
        assert!(plain.contains("error: ") && !plain.contains('\x1b'), "{plain:?}");
    }
    let home = warned();
    let forced = Ran::of(home.command().args(["--color=always", "run", "--no-such-option"]));
    assert!(forced.stderr.contains(COLOUR), "{}", forced.stderr);
}

/// The agent's own colours are no business of xreq's, in either direction.
#[test]
fn the_agent_is_not_decoloured() {
    let home = covered();
    let colours = "\x1b[31mred\x1b[0m";
    let ran = home.xreq(&["--color", "never", "run", "--", "printf", "%s", colours]).succeeds();
    assert_eq!(ran.stdout, colours);
    let (printed, _) = Pty::start(
        &home,
        "NO_COLOR=1 exec \"$0\" --color never run -- printf '\\033[31m%s' $NO_COLOR-end",
    )
    .end();
    assert_eq!(printed, "\x1b[31m-end");
    assert!(!printed.contains(TOKEN));
}
