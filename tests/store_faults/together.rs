//! Many processes at once.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Child, Stdio};

use super::{
    MANIFEST, PRINT_TOKEN, assert_only_default, home, import_args, names, token, token_of,
};
use crate::support::{Home, Ran};

const MANY: usize = 50;

/// Starts a command that waits for its input.
fn start(home: &Home, args: &[&str]) -> Child {
    let mut command = home.command();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

/// Gives all of them their input, and asserts that each succeeds.
fn finish(children: Vec<(Child, String)>) {
    let mut children = children;
    for (child, input) in &mut children {
        let mut stdin = child.stdin.take().expect("it is a pipe");
        stdin.write_all(input.as_bytes()).expect("it reads its input");
    }
    for (child, _) in children {
        let output = child.wait_with_output().expect("it ends");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {complaint}", output.status);
    }
}

#[test]
fn of_many_imports_of_one_grant_one_stays() {
    let home = Home::with_manifest(MANIFEST);
    let imports = (0..MANY)
        .map(|number| (start(&home, &import_args("default")), format!("token-of-import-{number}")));
    finish(imports.collect());
    let last = token(&home);
    let number = last.strip_prefix("token-of-import-").expect("it is one of them");
    assert!(number.parse::<usize>().is_ok_and(|number| number < MANY), "{last}");
    assert_only_default(&home);
}

#[test]
fn of_many_imports_of_many_grants_all_stay() {
    let home = Home::with_manifest(MANIFEST);
    let account = |number| format!("account-{number}");
    let imports = (0..MANY).map(|number| {
        (start(&home, &import_args(&account(number))), format!("token-of-import-{number}"))
    });
    finish(imports.collect());
    for number in 0..MANY {
        assert_eq!(token_of(&home, &account(number)), format!("token-of-import-{number}"));
    }
    let expected: BTreeSet<_> = (0..MANY)
        .flat_map(|number| [format!(".account-{number}.lock"), format!("account-{number}.json")])
        .collect();
    assert!(names(home.store().join("grants/x")).into_iter().eq(expected));
}

#[test]
fn of_many_secrets_all_stay() {
    let home = Home::with_manifest(MANIFEST);
    let names: Vec<_> = (0..MANY).map(|number| format!("KEY_{number}")).collect();
    finish(
        names
            .iter()
            .map(|name| (start(&home, &["secret", "set", name]), format!("value-of-{name}")))
            .collect(),
    );
    let listed = home.xreq(&["secret", "list", "--format", "json"]).succeeds().json();
    assert_eq!(listed["secrets"].as_array().map(Vec::len), Some(MANY));
    home.write("xreq.yaml", format!("secrets: [{}]\n", names.join(", ")));
    let script = names.iter().map(|name| format!("test \"${name}\" = value-of-{name}"));
    let script = script.collect::<Vec<_>>().join(" && ");
    home.xreq(&["run", "--", "sh", "-c", &script]).succeeds();
}

#[test]
fn who_reads_meanwhile_reads_a_whole_grant() {
    let home = home("token-of-nobody");
    let imports: Vec<_> = (0..MANY)
        .map(|number| (start(&home, &import_args("default")), format!("token-of-{number}")))
        .collect();
    let readers: Vec<_> = (0..MANY).map(|_| start(&home, &PRINT_TOKEN)).collect();
    finish(imports);
    for reader in readers {
        let output = reader.wait_with_output().expect("it ends");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        assert!(output.stdout.starts_with(b"token-of-"), "{output:?}");
    }
    assert_only_default(&home);
}

#[test]
fn of_many_inits_one_makes_the_identity() {
    let home = Home::empty();
    let all: Vec<_> = (0..MANY).map(|_| start(&home, &["init"])).collect();
    let mut recipients = BTreeSet::new();
    let mut new = 0;
    for init in all {
        let output = init.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        new += usize::from(said.contains("identity.txt  (new;"));
        recipients
            .extend(said.lines().find_map(|l| l.strip_prefix("recipient  ")).map(str::to_owned));
    }
    assert_eq!((new, recipients.len()), (1, 1), "{recipients:?}");
    let ran: Ran = home.xreq(&["check"]).exits(1);
    assert!(ran.stderr.contains("grant/not-connected"), "{}", ran.stderr);
    assert_eq!(names(home.store()), ["clients", "grants", "identity.txt", "secrets"]);
}
