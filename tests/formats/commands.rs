//! No text of a manifest becomes a command of the runner that keeps the log, in any format.
//!
//! The reader below is written after GitHub's runner, `src/Runner.Common/ActionCommand.cs`: a command
//! is a line that begins with `::` after white space, and has `::` once more; or that has `##[`
//! anywhere, and `]` behind it.

use super::FORMATS;
use crate::support::Home;

/// A command of the runner.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub name: String,
    pub properties: Vec<(String, String)>,
    pub data: String,
}

/// The commands that the runner finds in what a step prints.
pub fn commands(printed: &str) -> Vec<Command> {
    printed.split(['\r', '\n']).filter_map(|line| newer(line).or_else(|| older(line))).collect()
}

fn newer(line: &str) -> Option<Command> {
    let (info, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    let property = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("a property has a value");
        let value = unescaped(value, &[("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")]);
        (name.to_owned(), value)
    };
    let properties = properties.trim().split(',').filter(|pair| !pair.is_empty());
    Some(Command {
        name: name.to_owned(),
        properties: properties.map(property).collect(),
        data: unescaped(data, &[("%0D", "\r"), ("%0A", "\n")]),
    })
}

fn older(line: &str) -> Option<Command> {
    let (_, command) = line.split_once("##[")?;
    let (info, data) = command.split_once(']')?;
    let name = info.split(' ').next().unwrap_or_default().to_owned();
    Some(Command { name, properties: Vec::new(), data: data.to_owned() })
}

fn unescaped(text: &str, escapes: &[(&str, &str)]) -> String {
    let plain = escapes.iter().fold(text.to_owned(), |text, (code, c)| text.replace(code, c));
    plain.replace("%25", "%")
}

/// Commands as others could write them into a manifest.
const HOSTILE: [&str; 8] = [
    "::error::x",
    "::stop-commands::x",
    "::set-output name=valid::true",
    "##[set-output name=valid;]true",
    "##[error]x",
    "##vso[task.setvariable variable=a]b",
    "a ##[add-mask]e",
    "%0A::error::x",
];

/// Manifests in which a command stands wherever somebody can write.
const PLACES: [&str; 22] = [
    "@",
    "'@",
    "integrations: ['@']",
    "integrations: [{key: '@'}]",
    "integrations: ['x.@']",
    "integrations: [{key: x, scopes: ['@']}]",
    "integrations: [{key: x.tweet.read, description: '@', '@': 1}]",
    "integrations: [{key: x.tweet.raed, description: '@'}] # @",
    "integrations: [\"a\\n@\"]",
    "integrations: [\"a\\r@\"]",
    "integrations:\n- |\n  a\n\n  @\n  @\n",
    "integrations:\n- x.tweet.raed\n\n@\n",
    "integrations:\n- \"a\n  @\n  @\"\n",
    "integrations:\r- x.tweet.raed\r@\r",
    "integrations:\n- x.tweet.raed # \u{2028}@\u{85}@\n",
    "integrations: [x.tweet.read]\n? '@'\n: 1\n? '@'\n: 1\n",
    "credentials: {'@': {capabilities: [x.tweet.read]}}",
    "secrets: ['@', {key: '@'}]",
    "# xreq: allow @ because\nintegrations: [x.tweet.read]\n",
    "# xreq: allow scope/raw @\nintegrations: [x.tweet.read]\n",
    "a: !@ b",
    "%@\n---\na: 1\n",
];

#[test]
fn the_reader_finds_commands() {
    let found = commands("a\n  ::error file=a%2Cb,line=1::100%25%0Ab\nb ##[debug]c\n::no\n## [d]");
    let names: Vec<_> = found.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["error", "debug"]);
    assert_eq!(found[0].properties[0], ("file".to_owned(), "a,b".to_owned()));
    assert_eq!(found[0].data, "100%\nb");
}

#[test]
fn manifests_give_no_orders() {
    let home = Home::with_manifest("integrations: [x.tweet.read]\n");
    home.write("old.yaml", "integrations: [x.users.read]\n");
    let mut paths = Vec::new();
    for (at, command) in HOSTILE.iter().enumerate() {
        for (place, manifest) in PLACES.iter().enumerate() {
            let path = format!("m/{at}-{place}.yaml");
            home.write(&path, manifest.replace('@', command));
            paths.push(path);
        }
    }
    for format in FORMATS {
        let args: Vec<_> = ["validate", "--format", format]
            .into_iter()
            .chain(paths.iter().map(String::as_str))
            .collect();
        let ran = home.xreq(&args);
        assert_eq!(commands(&ran.stderr), [], "{format}");
        let found = commands(&ran.stdout);
        if format == "github" {
            // Each is of a finding, and none is of a text.
            assert!(found.len() >= paths.len(), "only {}", found.len());
            for command in found {
                let names: Vec<_> =
                    command.properties.iter().map(|(name, _)| name.as_str()).collect();
                assert!(names.starts_with(&["file", "line", "endLine"]), "{command:?}");
                assert!(command.properties[0].1.starts_with("m/"), "{command:?}");
            }
        } else {
            assert_eq!(found, [], "{format}");
            assert!(!ran.stdout.contains("##vso["), "{format}");
        }
    }
    for path in paths.iter().filter(|path| path.starts_with("m/0") || path.starts_with("m/4")) {
        for args in [
            &["check", "--manifest", path][..],
            &["check", "--format", "json", "--manifest", path],
            &["check", "--format", "markdown", "--manifest", path],
            &["explain", "--manifest", path],
            &["run", "--manifest", path, "--", "true"],
            &["diff", "old.yaml", path],
        ] {
            let ran = home.xreq(args);
            assert_eq!(commands(&ran.stdout), [], "{args:?}");
            assert_eq!(commands(&ran.stderr), [], "{args:?}");
        }
    }
}

#[test]
fn names_of_files_give_no_orders() {
    for name in [
        "a\n::error::b",
        "a\r  ::error::b",
        "##[error]b",
        "a,b:c%0A::d::",
        "\u{1b}[2J\u{9b}\u{202e}é",
    ] {
        let home = Home::empty();
        let manifest = format!("agents/{name}/xreq.yaml");
        home.write(&manifest, "integrations: [x.tweet.raed]\n");
        home.write(&format!("ok/{name}/xreq.yaml"), "integrations: [x.tweet.read]\n");
        home.write(&format!("bad/{name}/xreq.yaml/file"), "");
        let ok = format!("ok/{name}/xreq.yaml");
        let folder = format!("bad/{name}/xreq.yaml");
        for format in FORMATS {
            for args in [
                &["validate", "--format", format, "agents", &ok, &folder, "bad"][..],
                &["check", "--format", format, "--manifest", &manifest],
                &["check", "--format", format, "--manifest", &ok],
                &["diff", "--format", format, "/dev/null", &ok],
                &["diff", "--format", format, "/dev/null", &manifest],
            ] {
                let ran = home.xreq(args);
                for said in [&ran.stderr, &ran.stdout] {
                    let is_odd = |c| matches!(c, '\u{1b}' | '\u{9b}' | '\u{202e}');
                    let is_quoted = matches!(format, "github" | "gitlab");
                    assert!(!said.contains(is_odd) || is_quoted, "{args:?}: {said}");
                    for command in commands(said) {
                        let titled = command.properties.iter().any(|(name, _)| name == "title");
                        assert!(format == "github" && titled, "{args:?}: {command:?} in {said}");
                    }
                }
            }
        }
    }
}
