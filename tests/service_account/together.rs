//! Many launches at once.

use std::collections::HashSet;
use std::process::{Child, Stdio};

use super::{Cloud, PRINT_TOKEN};
use crate::support::Ran;

const AGENTS: usize = 50;

fn start(cloud: &Cloud) -> Vec<Child> {
    let agents = (0..AGENTS).map(|_| {
        let mut command = cloud.home.command();
        command.args(PRINT_TOKEN).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    });
    agents.collect()
}

#[test]
fn fifty_launches_at_once_mint_one_token() {
    let Some(cloud) = Cloud::imported() else { return };
    cloud.ages(3_600);
    let lock = cloud.stored().lock();
    let agents = start(&cloud);
    drop(lock);
    let agents = agents.into_iter().map(|agent| agent.wait_with_output().expect("it ends"));
    let tokens: HashSet<_> = agents.map(|agent| Ran::from(agent).succeeds().stdout).collect();
    assert_eq!(tokens.len(), 1, "all have the same token");
    assert_eq!(cloud.mints().len(), 2, "one at the import, and one for all of them");
}
