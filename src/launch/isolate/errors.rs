//! What a person is told when an agent cannot be confined.

use rustix::io::Errno;

use super::failure::Failure;
use super::hindrances::Hindrances;
use super::step::Step;
use crate::error::{Advice, Code, Error, Parameter, Remedy, advice};

/// Returns the error of a failure on this machine.
pub(in crate::launch) fn unavailable(failure: &Failure) -> Error {
    let program = std::env::current_exe().map(|path| path.display().to_string());
    error(failure, Hindrances::of_this_machine(), program.as_deref().unwrap_or("xreq"))
}

/// Returns the error of a failure on a machine with these settings, where the program lies there.
fn error(failure: &Failure, hindrances: Hindrances, program: &str) -> Error {
    let message =
        format!("the agent cannot be isolated: {failure} (step `{}`)", failure.step.name());
    Error::new(Code::IsolationFailed, message).with_hint(hint(failure, hindrances, program))
}

/// Returns what to set, or what to use instead.
fn hint(failure: &Failure, hindrances: Hindrances, program: &str) -> Advice {
    let errno = Errno::from_raw_os_error(failure.errno);
    let is_refused = [Errno::PERM, Errno::ACCESS].contains(&errno);
    let makes_namespaces = matches!(
        failure.step,
        Step::Namespaces | Step::Identity | Step::Loopback | Step::Propagation
    );
    if makes_namespaces && is_refused && hindrances.apparmor.is_some_and(|value| value != 0) {
        return advice![
            "AppArmor keeps programs without a profile from using user namespaces \
             (`kernel.apparmor_restrict_unprivileged_userns` is 1): add a profile with `userns,` for \
             `",
            program,
            "`, or set that to 0 with `sysctl`"
        ];
    }
    if failure.step == Step::Namespaces && is_refused && hindrances.unprivileged == Some(0) {
        return "user namespaces are root's here: `sysctl kernel.unprivileged_userns_clone=1` lets \
                other users make them"
            .into();
    }
    if failure.step == Step::Namespaces && is_refused && hindrances.is_filtered {
        return advice![
            "a filter of system calls forbids it, as that of a container does: give the container \
             a seccomp profile that allows `unshare` and `mount`, or leave the container to isolate: \
             without ",
            Parameter::Isolate,
            ", with the broker beside it"
        ];
    }
    match (failure.step, errno) {
        (Step::Namespaces, Errno::NOSPC) if hindrances.most_namespaces == Some(0) => {
            "no user namespaces may be made here: `sysctl user.max_user_namespaces=10000` lets them"
                .into()
        }
        (Step::Namespaces, Errno::NOSPC) => "as many user namespaces are in use as \
                                             `user.max_user_namespaces` allows, or they are nested \
                                             too deeply"
            .into(),
        (Step::Namespaces, Errno::INVAL | Errno::NOSYS) => {
            advice![
                "this kernel has not all namespaces (user, network, mount, IPC, PID): ",
                Remedy::from(without())
            ]
        }
        (Step::Processes, Errno::PERM) => advice![
            "parts of `/proc` are covered here, as in a container, and the kernel then refuses a \
             new one: start the container with `systempaths=unconfined`; or ",
            Remedy::from(without())
        ],
        (Step::Filter, Errno::NOSYS | Errno::INVAL) => {
            advice!["there is no filter for this kernel or processor: ", Remedy::from(without())]
        }
        _ => advice!["run it where namespaces can be made, or ", Remedy::from(without())],
    }
}

/// Returns what to use instead, in words.
fn without() -> Advice {
    advice![
        "leave ",
        Parameter::Isolate,
        " out: the agent then has its user's own rights, and the broker alone holds it back"
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::wording;

    const NOTHING: Hindrances = Hindrances {
        apparmor: None,
        most_namespaces: Some(96_364),
        unprivileged: None,
        is_filtered: false,
    };

    #[track_caller]
    fn says(step: Step, errno: Errno, hindrances: Hindrances, text: &str) {
        let failure = Failure { step, errno: errno.raw_os_error(), path: None };
        let error = error(&failure, hindrances, "/opt/xreq");
        assert_eq!(error.code(), Code::IsolationFailed);
        let hint = wording::advice(&hint(&failure, hindrances, "/opt/xreq"));
        assert!(hint.contains(text), "{hint}");
        assert!(error.to_string().contains(step.name()), "{error}");
    }

    #[test]
    fn ubuntu_names_the_profile_and_the_setting() {
        let apparmor = Hindrances { apparmor: Some(1), ..NOTHING };
        for step in [Step::Namespaces, Step::Identity, Step::Loopback, Step::Propagation] {
            for errno in [Errno::PERM, Errno::ACCESS] {
                says(step, errno, apparmor, "a profile with `userns,` for `/opt/xreq`");
                says(step, errno, apparmor, "kernel.apparmor_restrict_unprivileged_userns");
            }
        }
    }

    #[test]
    fn a_setting_that_is_off_is_not_blamed() {
        let off = Hindrances { apparmor: Some(0), unprivileged: Some(1), ..NOTHING };
        says(Step::Namespaces, Errno::PERM, off, "where namespaces can be made");
    }

    #[test]
    fn a_container_is_told_of_its_filter() {
        let filtered = Hindrances { is_filtered: true, ..NOTHING };
        says(Step::Namespaces, Errno::PERM, filtered, "seccomp profile that allows `unshare`");
        says(Step::Processes, Errno::PERM, filtered, "`systempaths=unconfined`");
    }

    #[test]
    fn settings_of_the_kernel_are_named() {
        let none = Hindrances { most_namespaces: Some(0), ..NOTHING };
        says(Step::Namespaces, Errno::NOSPC, none, "`sysctl user.max_user_namespaces=10000`");
        says(Step::Namespaces, Errno::NOSPC, NOTHING, "are in use");
        let root_only = Hindrances { unprivileged: Some(0), ..NOTHING };
        says(Step::Namespaces, Errno::PERM, root_only, "kernel.unprivileged_userns_clone=1");
        says(Step::Namespaces, Errno::INVAL, NOTHING, "has not all namespaces");
    }

    #[test]
    fn the_message_names_the_step_the_path_and_the_error() {
        let failure = Failure::of(Step::Covers, &Errno::ACCESS.into());
        let failure = failure.at(std::path::Path::new("/run/docker.sock"));
        let text = error(&failure, NOTHING, "/opt/xreq").to_string();
        assert!(text.starts_with("the agent cannot be isolated: cannot cover a path"), "{text}");
        assert!(text.contains("`/run/docker.sock`") && text.contains("ermission denied"), "{text}");
    }
}
