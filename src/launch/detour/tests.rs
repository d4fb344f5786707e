//! Tests of programs that do not hand their environment on: one row each.

use super::*;
use crate::error::wording;

fn said(line: &str, variables: &[&str]) -> Option<String> {
    let command: Vec<_> = line.split(' ').map(OsString::from).collect();
    let advice = advice(&command, variables.iter().copied())?;
    Some(wording::advice(&advice))
}

#[test]
fn the_way_to_hand_a_variable_on_is_named() {
    for (line, way) in [
        ("docker run agent", "add `-e X_ACCESS_TOKEN -e FAL_KEY`"),
        ("/usr/bin/docker --context c run --rm agent", "add `-e X_ACCESS_TOKEN -e FAL_KEY`"),
        ("docker compose run agent", "add `-e X_ACCESS_TOKEN"),
        ("podman exec -it web agent", "add `-e X_ACCESS_TOKEN"),
        ("nerdctl create agent", "add `-e X_ACCESS_TOKEN"),
        ("sudo -u agent ./agent", "add `--preserve-env=X_ACCESS_TOKEN,FAL_KEY`"),
        ("doas ./agent", "doas.conf"),
        ("su - agent -c ./agent", "add `--whitelist-environment=X_ACCESS_TOKEN,FAL_KEY`"),
        ("runuser -l agent", "add `--whitelist-environment="),
        ("ssh host ./agent", "add `-o SendEnv=X_ACCESS_TOKEN -o SendEnv=FAL_KEY`"),
        ("tmux new -d ./agent", "`tmux -L NAME …`"),
        ("screen -S s -X screen ./agent", "`screen -S NAME …`"),
        ("pm2 start agent.js", "`--update-env`"),
        ("systemd-run --user ./agent", "add `--setenv=X_ACCESS_TOKEN --setenv=FAL_KEY`"),
        ("kubectl -n team run agent", "a Secret of the cluster"),
        ("oc exec pod -- ./agent", "a Secret of the cluster"),
        ("env -i ./agent", "`--pristine` leaves out all else"),
    ] {
        let said = said(line, &["X_ACCESS_TOKEN", "FAL_KEY"]).expect(line);
        assert!(said.contains("does not hand X_ACCESS_TOKEN, FAL_KEY on"), "{line}: {said}");
        assert!(said.contains(way), "{line}: {said}");
    }
}

#[test]
fn nothing_is_said_where_nothing_is_lost() {
    for line in [
        "docker run -e A agent",
        "docker run -eA agent",
        "docker run --env A agent",
        "docker run --env=A agent",
        "docker run -e A=1 agent",
        "docker run --env-file=f agent",
        "docker ps",
        "sudo -E ./agent",
        "sudo --preserve-env ./agent",
        "sudo --preserve-env=B,A ./agent",
        "sudo A=1 ./agent",
        "su agent -c ./agent",
        "su - -w B,A agent",
        "ssh -o SendEnv=A host",
        "ssh -oSendEnv=A host",
        "ssh -o SendEnv=A* host",
        "tmux -L own new ./agent",
        "tmux new -e A=1 ./agent",
        "tmux ls",
        "screen ./agent",
        "pm2 restart agent --update-env",
        "systemd-run --scope ./agent",
        "systemd-run -E A ./agent",
        "kubectl run --env=A=1 agent",
        "kubectl get pods",
        "env -u B ./agent",
        "env -i A=1 ./agent",
        "nohup ./agent",
        "./agent run -i -",
        "sh -c sudo",
    ] {
        assert_eq!(said(line, &["A"]), None, "{line}");
    }
    assert_eq!(said("docker run agent", &[]), None);
}

#[test]
fn only_lost_variables_are_named() {
    let said = said("docker run -e A agent", &["A", "B"]).expect("B is lost");
    assert!(said.contains("hand B on") && said.ends_with("add `-e B`"), "{said}");
}
