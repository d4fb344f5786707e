//! Secrets that were pasted into the wrong place come back from nowhere.

use super::house::House;

#[test]
fn as_an_argument() {
    let house = House::new();
    let canaries = &house.canaries;
    for token in [&canaries.pasted.text, &canaries.short.text, &canaries.identity_text()] {
        for line in [
            "@",
            "--@",
            "--color @",
            "import @",
            "import x @",
            "import x --account @",
            "import x --scopes tweet.read --account @",
            "import x --scopes @",
            "import x --expires-in @",
            "import x --expires-at @",
            "import x --catalog @",
            "secret @",
            "secret set @",
            "secret rm @",
            "status @",
            "status --format @",
            "validate @",
            "validate x.yaml --catalog @",
            "explain @",
            "explain x.@",
            "explain x.tweet.@ --format json",
            "check --manifest @",
            "check --account @",
            "check --account @=work",
            "check --account x=@",
            "check --account x=@ --format json",
            "check --min-ttl @",
            "run @",
            "run -- @",
            "run --account x=@ -- true",
            "run --manifest @ -- true",
            "run --dry-run -- agent --token @",
            "run --dry-run -- agent --token=@",
            "run --dry-run -- curl -H Authorization:Bearer:@",
            "catalog @",
            "catalog x.@",
            "catalog GET @",
            "schema @",
            "completions @",
            "man @",
        ] {
            let line = line.replace('@', token);
            let args: Vec<_> = line.split(' ').collect();
            house.xreq(&args, &canaries.access_token.text);
            let colours: Vec<_> = std::iter::once("--color=always").chain(args).collect();
            house.xreq(&colours, &canaries.access_token.text);
            house.reset();
        }
    }
}

#[test]
fn as_a_variable() {
    let house = House::new();
    let token = &house.canaries.pasted.text;
    let identity = house.canaries.identity_text();
    for (variable, value) in [
        ("XREQ_IDENTITY", token.as_str()),
        ("XREQ_IDENTITY", &identity[..identity.len() - 1]),
        ("XREQ_IDENTITY_FILE", token),
        ("XREQ_IDENTITY_FILE", &identity),
        ("XREQ_IDENTITY_FILE", &format!("# mine\n{identity}\n")),
        ("XREQ_MANIFEST", token),
        ("XREQ_HOME", token),
    ] {
        for line in ["status", "check", "run -- true", "secret list", "run --dry-run -- true"] {
            let args: Vec<_> = line.split(' ').collect();
            house.ran(house.home.command().args(args).env(variable, value), "");
        }
    }
}

#[test]
fn in_the_manifest() {
    let house = House::new();
    let token = &house.canaries.pasted.text;
    for manifest in [
        "@",
        "'@",
        "[@]",
        "@: [x.tweet.read]",
        "integrations: @",
        "integrations: [@]",
        "integrations: [x.@]",
        "integrations: [{key: @}]",
        "integrations: [{key: x.tweet.read, optional: @}]",
        "integrations: [{key: x.tweet.read, description: [@]}]",
        "integrations: [{key: x.tweet.read, token: @}]",
        "integrations: [{key: x.tweet.read, @: true}]",
        "integrations: [{key: x, scopes: [@]}]",
        "integrations: [{key: x, scopes: @}]",
        "integrations: [{key: x, @: 1, @: 2}]",
        "integrations:\n\t- @",
        "integrations: [\"\\q@\"]",
        "integrations: [x.tweet.read, @, @]",
        "credentials: {@: null}",
        "credentials: {x: @}",
        "credentials: {x: {capabilities: [@]}}",
        "credentials: {x: {capabilities: ['@.a']}}",
        "credentials: {x: {secrets: [{key: A, value: @}]}}",
        "secrets: [{key: FAL_KEY, value: @}]",
        "secrets: [FAL_KEY=@]",
        "secrets: [@-]",
        "secrets: [NOT_STORED_HERE] # @",
        "secrets: {FAL_KEY: @}",
        "secrets: [a@]",
        "a: &@ b",
        "a: *@",
        "a: !@ b",
        "a: {<<: @}",
        "%@\n---\na: 1",
        "a: 1\n--- @",
        "a: @\u{0}",
    ] {
        house.plant("xreq.yaml", manifest.replace('@', token));
        house.plant("wide.yaml", manifest.replace('@', &format!("{token:>5000}")));
        for line in [
            "validate",
            "validate --format json",
            "validate --format github",
            "validate --format gitlab",
            "validate --format sarif",
            "validate --format markdown",
            "--color=always validate",
            "validate wide.yaml",
            "validate wide.yaml --format json",
            "check",
            "check --format json",
            "check --format sarif",
            "check --format markdown",
            "diff /dev/null xreq.yaml",
            "diff wide.yaml xreq.yaml --format markdown",
            "explain",
            "explain --format json",
            "explain --format markdown",
            "run -- true",
            "run --dry-run -- true",
        ] {
            let args: Vec<_> = line.split(' ').collect();
            house.xreq(&args, "");
        }
    }
}

#[test]
fn in_the_answer_of_a_token_endpoint() {
    let house = House::new();
    let token = &house.canaries.pasted.text;
    for response in [
        r#"{"error":"@"}"#,
        r#"{"error":"invalid_grant","error_description":"@"}"#,
        r#"{"access_token":"a","token_type":"@"}"#,
        r#"{"access_token":"@","token_type":"@"}"#,
        r#"{"access_token":["@"]}"#,
        r#"{"access_token":{"@":"@"}}"#,
        r#"{"access_token":"@","scope":"@"}"#,
        r#"{"access_token":"@","scope":["@"]}"#,
        r#"{"access_token":"@","expires_in":"@","scope":"tweet.read"}"#,
        r#"{"access_token":"@","expires_in":{"@":1},"scope":"tweet.read"}"#,
        r#"{"@":1}"#,
        r#"{"access_token":"@"#,
        r#"{"access_token":"\q@"}"#,
        r#"{"access_token":"@","access_token":"@"}"#,
        "{@}",
        "[@]",
        "<html>@</html>",
        "@ @",
        "access_token=@&token_type=bearer",
    ] {
        let response = response.replace('@', token);
        for line in ["import x", "import x --scopes tweet.read", "--color=always import x"] {
            let args: Vec<_> = line.split(' ').collect();
            house.xreq(&args, &response);
        }
        house.plant("response.json", &response);
        house.xreq(&["import", "x", "response.json"], "");
        house.reset();
    }
}
