//! GitHub: dropped scopes, and tokens that do not expire.

use super::Faced;

#[test]
fn github_leaves_included_scopes_out_and_tokens_do_not_expire() {
    let faced = Faced::new(
        "github",
        "integrations: [github.repo.read, github.public.write, github.gist.write]\n",
    );
    faced.connect(&[]).succeeds().prints("gist").prints("repo");
    faced.home.xreq(&["check"]).succeeds();
    assert_eq!(faced.status()["accounts"][0]["scopes"], serde_json::json!(["gist", "repo"]));
    faced.home.xreq(&["run", "--", "printenv", "GITHUB_ACCESS_TOKEN"]).succeeds();
    // Several tokens of one account live beside one another.
    faced.connect(&[]).succeeds();
    let alive = |faced: &Faced| {
        let grants = faced.sandbox.control().grants("alice");
        grants.iter().filter(|grant| grant.access_tokens > 0).count()
    };
    assert_eq!(alive(&faced), 2);
    faced.home.xreq(&["disconnect", "github"]).succeeds();
    assert_eq!(alive(&faced), 1);
}
