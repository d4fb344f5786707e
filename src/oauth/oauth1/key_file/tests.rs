use super::*;

const PREFIXES: [&str; 2] = ["X", "TWITTER"];

#[test]
fn the_names_of_every_surveyed_program_are_read() {
    for names in [
        ["X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"],
        ["X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"],
        [
            "X_OAUTH_CONSUMER_KEY",
            "X_OAUTH_CONSUMER_SECRET",
            "X_OAUTH_ACCESS_TOKEN",
            "X_OAUTH_ACCESS_TOKEN_SECRET",
        ],
        ["TWITTER_API_KEY", "TWITTER_API_SECRET", "TWITTER_ACCESS_TOKEN", "TWITTER_ACCESS_SECRET"],
        ["API_KEY", "API_SECRET_KEY", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"],
        ["CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_KEY", "ACCESS_SECRET"],
        ["api_key", "api_secret", "access_token", "access_token_secret"],
    ] {
        let [key, secret, token, token_secret] = names;
        let text = format!(
            "# keys\n{key}=k1\nexport {secret}='k2'\n\n{token}=7-t1\n{token_secret}=\"t2\"\nBEARER_TOKEN=b\n"
        );
        let file = read(&text, &PREFIXES).expect(&text);
        let (key, secret) = file.consumer.expect("it has both");
        let token = file.token.expect("it has both");
        assert_eq!((key.as_str(), secret.expose_secret()), ("k1", "k2"));
        assert_eq!((token.token.expose_secret(), token.secret.expose_secret()), ("7-t1", "t2"));
        assert!(file.has_bearer && file.others.is_empty());
    }
}

#[test]
fn keys_of_others_are_left_alone() {
    let text = "OPENAI_API_KEY=o\nX_PORT=1\nFACEBOOK_ACCESS_TOKEN=f\nX_ACCESS_TOKEN=\n";
    let file = read(text, &PREFIXES).expect("nothing is wrong");
    assert!(file.consumer.is_none() && file.token.is_none() && !file.has_bearer);
    assert_eq!(file.others, ["OPENAI_API_KEY", "X_PORT", "FACEBOOK_ACCESS_TOKEN"]);
}

#[test]
fn one_field_has_one_value() {
    let same = "X_API_KEY=k\nCONSUMER_KEY=k\nX_API_SECRET=s\n";
    assert!(read(same, &PREFIXES).expect("both are the same").consumer.is_some());
    let text = "X_API_KEY=SECRET1\n\nCONSUMER_KEY=SECRET2\nX_API_SECRET=s\n";
    let faults = read(text, &PREFIXES).expect_err("they differ");
    let place = |line| Place { line, column: 1 };
    let places = [(place(1), "X_API_KEY".to_owned()), (place(3), "CONSUMER_KEY".to_owned())];
    assert_eq!(faults, [KeyFileFault::Differing(places)]);
}

#[test]
fn faults_name_their_lines_and_no_value() {
    let text = "X_API_KEY=k\nwhat is this\nX_ACCESS_TOKEN=7-\u{fc}SECRET\n";
    let faults = read(text, &PREFIXES).expect_err("much is wrong");
    assert!(!format!("{faults:?}").contains("SECRET"), "{faults:?}");
    let [
        KeyFileFault::Line(Place { line: 2, .. }, _),
        KeyFileFault::Value(Place { line: 3, .. }, name),
        KeyFileFault::Half {
            there: (Place { line: 1, .. }, half),
            missing: KeyField::ConsumerSecret,
        },
    ] = faults.as_slice()
    else {
        panic!("{faults:?}")
    };
    assert_eq!((name.as_str(), half.as_str()), ("X_ACCESS_TOKEN", "X_API_KEY"));
}

#[test]
fn no_value_is_printed() {
    let text = "X_API_KEY=k\nX_API_SECRET=SECRET\nX_ACCESS_TOKEN=TOKEN\nX_ACCESS_TOKEN_SECRET=S3\n";
    let printed = format!("{:?}", read(text, &PREFIXES).expect("nothing is wrong"));
    assert!(!["SECRET", "TOKEN", "S3"].iter().any(|value| printed.contains(value)), "{printed}");
}
