use age::secrecy::SecretString;
use proptest::prelude::*;

use super::*;

const CONSUMER_KEY: &str = "xvz1evFS4wEEPTGEFPHBog";
const CONSUMER_SECRET: &str = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw";
const TOKEN: &str = "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb";
const TOKEN_SECRET: &str = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE";

/// The header of X's example, for a request to one of its hosts.
fn example(url: &str) -> SignatureHeader {
    let (consumer, token) = (SecretString::from(CONSUMER_SECRET), SecretString::from(TOKEN_SECRET));
    let signer = RequestSigner {
        consumer_key: CONSUMER_KEY,
        consumer_secret: &consumer,
        token: Some((TOKEN, &token)),
    };
    let form = b"status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21";
    let request = SignedRequest { method: "post", url, form: Some(form) };
    let nonce = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg";
    let header = signer.authorization(&request, &[], nonce, 1_318_622_958);
    SignatureHeader::parse(&header.expect("it is a URL of HTTP")).expect("it is a header")
}

#[test]
fn the_examples_of_x_have_their_signatures() {
    for (host, signature) in [
        ("api.twitter.com", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
        ("api.x.com", "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="),
    ] {
        let url = format!("https://{host}/1.1/statuses/update.json?include_entities=true");
        assert_eq!(example(&url).get("oauth_signature"), Some(signature));
    }
}

#[test]
fn the_example_of_the_standard_has_its_base_string() {
    // RFC 5849 section 3.4.1.1.
    let request = SignedRequest {
        method: "POST",
        url: "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b#part",
        form: Some(b"c2&a3=2+q"),
    };
    let protocol = [
        ("realm", "Example"),
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("oauth_signature", "bYT5CMsGcbgUdFHObYMEfcx6bsw="),
    ];
    let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5\
                    %3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26\
                    oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D\
                    137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
    let base_string = request.base_string(protocol).expect("it is a URL of HTTP");
    assert_eq!(base_string, expected);
    let consumer = SecretString::from("j49sk3j29djd");
    let token = SecretString::from("dh893hdasih9");
    let secrets = SigningSecrets { consumer: &consumer, token: Some(&token) };
    assert_eq!(secrets.sign(&base_string), "r6/TJjbCOr97/+UU0NsvSne7s5g=");
}

#[test]
fn the_address_is_that_of_the_standard() {
    let base = |url: &str| {
        let request = SignedRequest { method: "GET", url, form: None };
        let base = request.base_string([])?;
        percent::decoded(base.split('&').nth(1)?)
    };
    for (url, expected) in [
        // RFC 5849 section 3.4.1.2.
        ("HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://a.example:443", "https://a.example/"),
        ("http://a.example:443?b", "http://a.example:443/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
    ] {
        assert_eq!(base(url).as_deref(), Some(expected), "{url}");
    }
    for wrong in ["", "/a", "https://", "ftp://a/b", "https://user:password@a.example/"] {
        assert_eq!(base(wrong), None, "{wrong}");
    }
}

#[test]
fn what_is_no_header_is_not_read() {
    let read = |header: &str| SignatureHeader::parse(header).is_some();
    assert!(read(r#"oauth realm="a",oauth_token="%e2%98%83" , oauth_nonce="""#));
    for wrong in [
        "",
        "Bearer abc",
        "OAuth",
        "OAuth a",
        "OAuth a=b",
        r#"OAuth a="b", a="c""#,
        r#"OAuth a="%zz""#,
        r#"OAuth a="%e2""#,
        r#"OAuth a="%4""#,
    ] {
        assert!(!read(wrong), "{wrong}");
    }
}

#[test]
fn a_changed_request_is_not_the_signed_one() {
    let (consumer, token) = (SecretString::from("a b"), SecretString::from("c&d"));
    let signer = RequestSigner {
        consumer_key: "key",
        consumer_secret: &consumer,
        token: Some(("token", &token)),
    };
    let secrets = SigningSecrets { consumer: &consumer, token: Some(&token) };
    let url = "https://api.x.com/2/tweets?a=1";
    let request = SignedRequest { method: "POST", url, form: Some(b"b=2") };
    let header = signer.authorization(&request, &[("oauth_callback", "oob")], "nonce", 1);
    let header = header.expect("it is a URL of HTTP");
    let proof = SignatureHeader::parse(&header).expect("it is a header");
    assert!(proof.is_signed(&request, &secrets));
    for changed in [
        SignedRequest { method: "PUT", ..request },
        SignedRequest { url: "https://api.x.com/2/tweets?a=2", ..request },
        SignedRequest { url: "https://api.x.com/2/users?a=1", ..request },
        SignedRequest { url: "https://api.y.com/2/tweets?a=1", ..request },
        SignedRequest { url: "no URL", ..request },
        SignedRequest { form: Some(b"b=3"), ..request },
        SignedRequest { form: None, ..request },
    ] {
        assert!(!proof.is_signed(&changed, &secrets), "{changed:?}");
    }
    let other = SecretString::from("other");
    for wrong in [
        SigningSecrets { consumer: &other, ..secrets },
        SigningSecrets { token: Some(&other), ..secrets },
        SigningSecrets { token: None, ..secrets },
    ] {
        assert!(!proof.is_signed(&request, &wrong));
    }
    for (part, instead) in [
        ("oauth_nonce=\"nonce\"", "oauth_nonce=\"other\""),
        ("oauth_callback=\"oob\", ", ""),
        ("HMAC-SHA1", "PLAINTEXT"),
        ("oauth_version=\"1.0\"", "oauth_version=\"2.0\""),
        ("oauth_signature=\"", "oauth_signature=\"%20"),
    ] {
        assert!(header.contains(part), "{header}");
        let changed =
            SignatureHeader::parse(&header.replace(part, instead)).expect("it is a header");
        assert!(!changed.is_signed(&request, &secrets), "{instead}");
    }
}

/// The texts and their encodings, with bytes of every kind.
fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec((".{0,6}", ".{0,6}"), 0..6)
}

fn form(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

proptest! {
    #[test]
    fn the_order_of_parameters_does_not_matter(
        ((pairs, shuffled), split) in (pairs().prop_flat_map(|pairs| {
            let shuffled = Just(pairs.clone()).prop_shuffle();
            (Just(pairs), shuffled)
        }), 0..7_usize),
    ) {
        let (consumer, token) = (SecretString::from("consumer"), SecretString::from("token"));
        let secrets = SigningSecrets { consumer: &consumer, token: Some(&token) };
        let sign = |query: &[(String, String)], body: &[(String, String)], protocol: &[(&str, &str)]| {
            let url = format!("https://api.x.com/2/tweets?{}", form(query));
            let body = form(body);
            let request = SignedRequest { method: "POST", url: &url, form: Some(body.as_bytes()) };
            request.base_string(protocol.iter().copied()).map(|base| secrets.sign(&base))
        };
        let protocol = [("oauth_nonce", "a"), ("oauth_timestamp", "1"), ("oauth_version", "1.0")];
        let reversed: Vec<_> = protocol.iter().copied().rev().collect();
        let (query, body) = shuffled.split_at(split.min(shuffled.len()));
        let signature = sign(&pairs, &[], &protocol);
        prop_assert!(signature.is_some());
        prop_assert_eq!(sign(query, body, &reversed), signature);
    }

    #[test]
    fn texts_are_encoded_and_decoded(text in "\\PC{0,20}|.{0,20}") {
        let encoded = percent::encoded(&text);
        prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
        prop_assert_eq!(percent::decoded(&encoded), Some(text));
    }
}
