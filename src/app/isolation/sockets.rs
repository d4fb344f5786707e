//! Places of sockets by which others do what they are told in this user's name.

use std::path::{Path, PathBuf};

use crate::sys::env::Env;

/// The places that are the same everywhere.
const FIXED: [&str; 13] = [
    "/run/docker.sock",
    "/run/docker",
    "/run/podman",
    "/run/containerd",
    "/run/crio",
    "/run/dbus",
    "/run/systemd/private",
    "/run/systemd/journal",
    "/run/snapd.socket",
    "/run/libvirt",
    "/run/screen",
    "/run/tmux",
    "/run/uuidd",
];

/// The places below the home.
const IN_HOME: [&str; 4] = [".docker/run", ".docker/desktop", ".screen", ".colima"];

/// Returns the places, whether or not anything is there.
pub(super) fn places(env: &Env) -> Vec<PathBuf> {
    let mut places: Vec<_> = FIXED.iter().map(PathBuf::from).collect();
    let absolute = |text: &str| {
        let path = Path::new(text);
        path.is_absolute().then(|| path.to_owned())
    };
    if let Some(home) = env.get("HOME").map(Path::new).filter(|home| home.is_absolute()) {
        places.extend(IN_HOME.iter().map(|name| home.join(name)));
    }
    let value = |name: &str| env.get(name).and_then(|value| value.to_str());
    for name in ["SSH_AUTH_SOCK", "SCREENDIR", "GPG_AGENT_INFO", "TMUX"] {
        // `tmux` and `gpg` write more behind the path.
        let path = value(name).and_then(|value| value.split([',', ':']).next());
        places.extend(path.and_then(absolute));
    }
    for name in ["DOCKER_HOST", "CONTAINER_HOST", "DBUS_SESSION_BUS_ADDRESS"] {
        let parts = value(name).unwrap_or_default().split([',', ';']);
        let path = |part: &str| {
            let path = part.strip_prefix("unix://").or_else(|| part.strip_prefix("unix:path="));
            path.and_then(absolute)
        };
        places.extend(parts.filter_map(path));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_variables_name_is_found() {
        let env: Env = [
            ("HOME", "/home/u"),
            ("SSH_AUTH_SOCK", "/tmp/ssh-x/agent.1"),
            ("TMUX", "/tmp/tmux-1000/default,4711,0"),
            ("DOCKER_HOST", "unix:///home/u/docker.sock"),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus,guid=7;unix:abstract=x"),
            ("SCREENDIR", "relative"),
        ]
        .into_iter()
        .collect();
        let places = places(&env);
        for place in [
            "/home/u/.screen",
            "/tmp/ssh-x/agent.1",
            "/tmp/tmux-1000/default",
            "/home/u/docker.sock",
            "/run/user/1000/bus",
            "/run/docker.sock",
        ] {
            assert!(places.iter().any(|found| found == Path::new(place)), "{place}");
        }
        assert!(places.iter().all(|place| place.is_absolute()));
    }
}
