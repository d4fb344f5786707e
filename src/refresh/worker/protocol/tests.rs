use super::*;

const CANARY: &str = "a canary";

fn setup() -> Setup {
    Setup {
        at_once: 10,
        catalog: vec![OsString::from_vec(b"own-\xff.yaml".to_vec()).into()],
        trusted_owners: vec![1_001],
        passphrase: Some(CANARY.into()),
    }
}

fn request() -> Request {
    Request {
        id: 7,
        name: CredentialId::grant("x".parse().unwrap(), Label::default()),
        want: Want {
            min_ttl: SignedDuration::from_millis(1_250),
            older_than: Some(SignedDuration::from_mins(90)),
            force: false,
        },
        wants_token: true,
    }
}

#[test]
fn lines_are_read_as_they_were_sent() {
    let (sent, line) = (setup(), setup().to_line());
    let read = Setup::parse(&line).expect("it is one");
    assert_eq!((read.at_once, read.catalog), (sent.at_once, sent.catalog));
    assert_eq!(read.trusted_owners, sent.trusted_owners);
    assert_eq!(read.passphrase.expect("there is one").expose_secret(), CANARY);
    let (sent, read) = (request(), Request::parse(&request().to_line()).expect("it is one"));
    assert_eq!((read.id, &read.name, read.wants_token), (7, &sent.name, true));
    assert_eq!(read.want.min_ttl, sent.want.min_ttl);
    assert_eq!(read.want.older_than, sent.want.older_than);
    let (id, reply) =
        Reply::parse(&Reply::to_line(9, Ok(&Reply::Refresh { has_new_tokens: true })))
            .expect("it is one");
    assert!(matches!((id, reply), (9, Ok(Reply::Refresh { has_new_tokens: true }))));
}

#[test]
fn a_failure_arrives_as_it_was_met() {
    let hint = "store it: `xreq client set x --id VGhpc0lzQUNsaWVudElkQW5kTm9TZWNyZXQ6MTpjaQ`";
    let lines = ["no", "  help: none"].map(str::to_owned);
    let met = Error::of_lines(Code::ClientRejected, lines).with_exact_hint(hint);
    let (_, reply) = Reply::parse(&Reply::to_line(1, Err(&met))).expect("it is a reply");
    let error = reply.expect_err("it is a failure");
    assert_eq!(error.code(), Code::ClientRejected);
    assert_eq!((error.to_string().as_str(), error.hint()), ("no\n  help: none", Some(hint)));
}

#[test]
fn no_line_of_another_version_is_understood() {
    for line in [r#"{"version":3,"id":1,"has_new_tokens":true}"#, "{}", "what", ""] {
        let error = Reply::parse(line.as_bytes()).expect_err(line);
        assert_eq!(error.code(), Code::WorkerFailed, "{line}");
    }
    let another = r#"{"version":2,"id":1,"error":{"code":"what","message":"else","hint":null}}"#;
    for line in [another, r#"{"version":2,"id":1}"#] {
        let (_, reply) = Reply::parse(line.as_bytes()).expect(line);
        assert_eq!(reply.expect_err(line).code(), Code::WorkerFailed);
    }
    assert!(Request::parse(br#"{"version":7}"#).is_err());
    assert!(Setup::parse(br#"{"version":7}"#).is_err());
}

#[test]
fn lines_are_read_one_by_one_and_no_buffer_grows() {
    let input = [b"one\n".as_slice(), &vec![b'x'; 2 * LONGEST], b"\nlast"].concat();
    let mut input = io::BufReader::with_capacity(7, input.as_slice());
    let mut line = buffer();
    let mut next = |line: &mut Vec<u8>| read_line(&mut input, line).expect("it is memory");
    assert!(next(&mut line) && **line == *b"one\n");
    assert!(next(&mut line) && line.len() == LONGEST);
    assert!(next(&mut line) && **line == *b"last");
    assert!(!next(&mut line));
    assert_eq!((line.capacity(), setup().to_line().capacity()), (LONGEST, LONGEST));
}
