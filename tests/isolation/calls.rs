//! System calls that lead out, or that no agent needs.

use super::as_each;

#[test]
fn families_of_sockets_that_know_no_namespace_are_not_made() {
    as_each(|place| {
        place.refuses(&[
            // AF_VSOCK, AF_PACKET, AF_ALG; raw and of ICMP; a kernel's own messages.
            ("family 40".to_owned(), "EAFNOSUPPORT"),
            ("family 17 3".to_owned(), "EAFNOSUPPORT"),
            ("family 38 5".to_owned(), "EAFNOSUPPORT"),
            ("family 2 3 1".to_owned(), "EPERM"),
            ("family 2 2 1".to_owned(), "EACCES"),
            ("family 16 3 15".to_owned(), "EPROTONOSUPPORT"),
        ]);
    });
}

#[test]
fn a_raw_socket_is_root_s_beside_xreq_alone() {
    as_each(|place| {
        if place.user == 0 {
            place.closes(&[("family 2 3 1".to_owned(), "EPERM")]);
        }
    });
}

#[test]
fn calls_past_the_filter_are_refused() {
    as_each(|place| {
        place.closes(&[("keyctl".to_owned(), "EPERM")]);
        place.refuses(&[
            ("io_uring".to_owned(), "ENOSYS"),
            ("bpf".to_owned(), "EPERM"),
            ("userfaultfd".to_owned(), "EPERM"),
            ("perf_event_open".to_owned(), "EPERM"),
        ]);
    });
}

#[test]
fn no_namespace_gives_a_capability_back() {
    as_each(|place| {
        place.closes(&[("namespace user".to_owned(), "ENOSPC")]);
        place.refuses(&[
            ("namespace mount".to_owned(), "EPERM"),
            ("namespace net".to_owned(), "EPERM"),
            ("namespace pid".to_owned(), "EPERM"),
            ("device /tmp/disk".to_owned(), "EPERM"),
            (format!("mount {}", place.name("project")), "EPERM"),
        ]);
        let ran = place.isolated("grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status");
        let none = "0000000000000000";
        let expected = format!(
            "CapPrm:\t{none}\nCapEff:\t{none}\nCapBnd:\t{none}\nCapAmb:\t{none}\nNoNewPrivs:\t1\n"
        );
        assert_eq!(ran.succeeds().stdout, expected, "as {}", place.user);
    });
}
