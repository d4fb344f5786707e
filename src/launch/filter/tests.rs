mod properties;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;

fn filter(secrets: &[&str]) -> Arc<Filter> {
    let secrets: Vec<_> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
    Arc::new(Filter::new(&secrets))
}

/// No form may be read at all: scanners look for all of them.
const NONE: Allowance = Allowance { at_once: 0, a_byte: 0 };

/// Returns what a filter shows of a text that comes in pieces, at once and at the end.
fn shown(filter: &Arc<Filter>, pieces: &[&[u8]]) -> Vec<u8> {
    shown_by(filter.stream(), pieces)
}

/// Returns what a stream shows of a text.
fn shown_by(mut stream: Stream, pieces: &[&[u8]]) -> Vec<u8> {
    let mut shown = Vec::new();
    for piece in pieces {
        stream.feed(piece, &mut shown);
    }
    stream.finish(&mut shown);
    shown
}

/// Returns the same for a text that comes whole, and byte by byte.
#[track_caller]
fn redacted(filter: &Arc<Filter>, text: &str) -> String {
    let whole = shown(filter, &[text.as_bytes()]);
    let bytes: Vec<_> = text.as_bytes().chunks(1).collect();
    assert_eq!(whole, shown(filter, &bytes), "{text:?} byte by byte");
    for pieces in [&[text.as_bytes()][..], &bytes] {
        let scanned = shown_by(filter.stream_with(NONE), pieces);
        assert_eq!(scanned, whole, "{text:?} by scanners, in {} pieces", pieces.len());
    }
    String::from_utf8(whole).unwrap()
}

/// Percent-encodes each byte of a text.
fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Writes each character of a text as its code in JSON.
fn in_codes(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat()
}

#[test]
fn every_form_is_replaced() {
    let secret = "pa/ss+wörd \"q\\uoted\"=?~\n2nd\u{1}line😀";
    let filter = filter(&[secret]);
    let percent = |stays: &str, space: &str, upper: bool| -> String {
        let encode = |byte: u8| match char::from(byte) {
            ' ' if !space.is_empty() => space.to_owned(),
            c if c.is_ascii_alphanumeric() || stays.contains(c) => c.to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        };
        secret.bytes().map(encode).collect()
    };
    let json = serde_json::to_string(secret).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let ascii = json.replace('ö', "\\u00F6").replace('😀', "\\ud83d\\uDE00");
    let written = [
        secret.to_owned(),
        secret.replace('\n', "\r\n"),
        percent("", "", true),
        percent("", "+", false),
        percent("-_.~", "", true),
        percent("-_.!~*'();/?:@&=+$,#", "", true),
        percent_encoded(secret),
        in_codes(secret),
        json.clone(),
        json.replace('/', "\\/"),
        json.replace('+', "\\u002b"),
        ascii.replace("\\n", "\\u000A"),
        ascii.replace("\\n", "\\r\\n"),
        percent("", "", true).replace("%0A", "%0D%0A").replace("%2F", "/"),
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        STANDARD.encode(secret).replace('=', "%3D").replace('/', "%2f"),
        STANDARD.encode(secret).replace('=', "\\u003d").replace('/', "\\/"),
    ];
    for text in written {
        assert_eq!(redacted(&filter, &text), "***", "{text}");
        assert_eq!(redacted(&filter, &format!("<{text}>")), "<***>", "{text}");
        assert_eq!(redacted(&filter, &format!("{text}{text}")), "******", "{text}");
    }
}

/// As in `Authorization: Basic …`: only characters that others' bytes are mixed into may be seen.
#[test]
fn base64_of_a_longer_text_does_not_show_the_part() {
    let secret = "correct-horse?>battery~staple";
    let filter = filter(&[secret]);
    for (before, after) in (0..7).flat_map(|before| (0..7).map(move |after| (before, after))) {
        let text = format!("{}{secret}{}", &"user1:"[..before], &":realm"[..after]);
        for engine in [&STANDARD, &URL_SAFE] {
            let redacted = redacted(&filter, &engine.encode(&text));
            let (start, end) = redacted.split_once("***").expect("there is one");
            assert!(start.len() <= (before * 8).div_ceil(6), "{text}: {redacted}");
            assert!(
                end.trim_end_matches('=').len() <= (after * 8).div_ceil(6) + 1,
                "{text}: {redacted}"
            );
        }
    }
}

#[test]
fn base64_on_several_lines_is_replaced() {
    let secret = "0123456789".repeat(20);
    let filter = filter(&[&secret]);
    let encoded = STANDARD.encode(&secret);
    for width in [4, 64, 76] {
        for line_break in ["\n", "\r\n", "\\n", "%0A"] {
            let lines: Vec<_> = encoded.as_bytes().chunks(width).collect();
            let lines = String::from_utf8(lines.join(line_break.as_bytes())).unwrap();
            assert_eq!(redacted(&filter, &format!("{lines}\n")), "***\n");
        }
    }
}

/// Candidates are found by pairs of bytes at every second place.
#[test]
fn a_form_is_found_at_any_place_in_letters_of_any_case() {
    let filter = filter(&["\u{a000}bcd", "a\nbcd"]);
    for before in ["", "-", "--", "---"] {
        for form in
            ["%eA%80%80bcd", "%Ea%80%80bcd", "\\uA000bcd", "a\r\nbcd", "a\\r\\nbcd", "a%0d%0Abcd"]
        {
            assert_eq!(redacted(&filter, &format!("{before}{form}")), format!("{before}***"));
        }
    }
}

/// Bytes that are no part of a secret are there as soon as they were printed.
#[test]
fn nothing_waits_but_the_beginning_of_a_secret() {
    let filter = filter(&["secret-one", "secret-two"]);
    let mut stream = filter.stream();
    let mut feed = |bytes: &str| {
        let mut shown = Vec::new();
        stream.feed(bytes.as_bytes(), &mut shown);
        (String::from_utf8(shown).unwrap(), !stream.waiting().is_empty())
    };
    assert_eq!(feed("user: "), ("user: ".to_owned(), false));
    assert_eq!(feed("my sec"), ("my ".to_owned(), true));
    assert_eq!(feed("tion, secret-"), ("section, ".to_owned(), true));
    assert_eq!(feed("o"), (String::new(), true));
    assert_eq!(feed("ne"), ("***".to_owned(), false));
    assert_eq!(feed(" secret-thr"), (" secret-thr".to_owned(), false));
    assert_eq!(feed("secret-t"), (String::new(), true));
    assert_eq!(feed("secret-two"), ("secret-t***".to_owned(), false));
}

/// The mark of a secret does not wait because a longer one begins with it.
#[test]
fn secrets_that_begin_with_others_are_one() {
    let filter = filter(&["abcdef", "abcdefghij", "hijklm"]);
    assert_eq!(redacted(&filter, "-abcdef-abcdefghi-abcdefghij-"), "-***-***ghi-***-");
    assert_eq!(redacted(&filter, "abcdefghijklm"), "***");
    let mut stream = filter.stream();
    let mut shown = Vec::new();
    stream.feed(b"abcdef", &mut shown);
    assert_eq!(shown, MARK);
    stream.feed(b"ghij", &mut shown);
    stream.feed(b"klm!", &mut shown);
    assert_eq!(shown, b"***!");
}

/// Text that a person sees because they typed it is no secret to them; the text that follows it is.
#[test]
fn what_is_let_out_is_still_the_beginning_of_a_secret() {
    let filter = filter(&["secret-one"]);
    let mut stream = filter.stream();
    let mut shown = Vec::new();
    stream.feed(b"$ s", &mut shown);
    assert_eq!((&shown[..], stream.waiting()), (&b"$ "[..], &b"s"[..]));
    stream.let_out(&mut shown);
    assert_eq!((&shown[..], stream.waiting()), (&b"$ s"[..], &b""[..]));
    stream.feed(b"e", &mut shown);
    assert_eq!((&shown[..], stream.waiting()), (&b"$ s"[..], &b"e"[..]));
    stream.let_out(&mut shown);
    stream.feed(b"cret-one!", &mut shown);
    assert_eq!(shown, b"$ se***!");
    stream.feed(b"s", &mut shown);
    stream.let_out(&mut shown);
    stream.feed(b"t secret-", &mut shown);
    stream.finish(&mut shown);
    assert_eq!(shown, b"$ se***!st secret-");
}

#[test]
fn secrets_come_and_go() {
    let filter = filter(&["first-token"]);
    let second = SecretString::from("second-token");
    assert_eq!(redacted(&filter, "first-token second-token"), "*** second-token");
    filter.add([&second, &second]);
    assert_eq!(redacted(&filter, "first-token second-token"), "*** ***");
    filter.remove([&SecretString::from("first-token"), &second]);
    assert_eq!(redacted(&filter, "first-token second-token"), "first-token ***");
    filter.remove([&second]);
    assert_eq!(redacted(&filter, "second-token"), "second-token");
}

#[test]
fn what_is_too_short_is_shown() {
    for (secret, shown) in [("abc", "abc"), (" abc\n", " abc\n"), ("", "x"), ("abcd\n", "***\n")] {
        let text = if secret.is_empty() { "x" } else { secret };
        assert_eq!(redacted(&filter(&[secret]), text), shown);
        assert_eq!(is_long_enough(&SecretString::from(secret)), shown.contains('*'));
    }
}

/// Covers secrets and texts that repeat themselves.
#[test]
fn the_work_for_a_byte_is_bounded() {
    for (secret, text, has_it) in [
        ("%".repeat(400), "%".repeat(4_000), true),
        ("%".repeat(400), format!("{}-", "%".repeat(399)).repeat(10), false),
        ("%".repeat(400), "%25".repeat(1400), true),
        ("\\".repeat(400), "\\".repeat(4_000), true),
        ("\\%".repeat(200), "\\%".repeat(2_000), true),
        ("\n".repeat(400) + "a", "\r\n".repeat(2_000), false),
        ("é ".repeat(200) + "é", "é ".repeat(1000), true),
        (format!("{}b", "a".repeat(3_000)), "a".repeat(6_000), false),
    ] {
        let filter = filter(&[&secret]);
        let allowance = Allowance { at_once: 1000, a_byte: 2 };
        let mut stream = filter.stream_with(allowance);
        let mut shown = Vec::new();
        for piece in text.as_bytes().chunks(4096) {
            stream.feed(piece, &mut shown);
        }
        stream.finish(&mut shown);
        let shown = String::from_utf8(shown).unwrap();
        let secret: String = secret.chars().take(5).collect();
        assert_eq!(shown != text.trim(), has_it || text.trim() != text, "{secret:?}");
        // The steps before the one that is too many, and those of that one.
        let most = stream.search.most_spent();
        let allowed = allowance.at_once + allowance.a_byte * text.len() as u64;
        assert!(most <= allowed + text.len() as u64, "{secret:?}: {most} steps");
    }
}

/// A secret that was printed byte by byte is not read from its beginning for each of them.
#[test]
fn a_long_secret_in_single_bytes_is_found() {
    let secret = format!("{}x", "line of a key\n".repeat(200));
    let filter = filter(&[&secret]);
    let mut stream = filter.stream_with(Allowance { at_once: 1 << 16, a_byte: 2 });
    let mut shown = Vec::new();
    for byte in format!("<{secret}>").bytes() {
        stream.feed(&[byte], &mut shown);
    }
    stream.finish(&mut shown);
    assert_eq!(String::from_utf8(shown).unwrap(), "<***>");
    assert!(stream.search.most_spent() <= (1 << 16) + 4 * secret.len() as u64);
}

/// Parts of a secret are looked for as it is itself.
#[test]
fn parts_of_a_secret_are_replaced() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nk0K8nQ2vYx7zA1bC4dE6fG8h\n-----END PRIVATE KEY-----\n";
    let key = serde_json::json!({
        "type": "service_account",
        "private_key": pem,
        "client_email": "robot@project.iam.gserviceaccount.com",
    })
    .to_string();
    let filter = filter(&[&key, "postgres://app:s3cr%40t-pw@db.example/app"]);
    for (text, expected) in [
        (&*key, "***"),
        (&format!("key: {pem}!"), "key: ***\n!"),
        ("a line: k0K8nQ2vYx7zA1bC4dE6fG8h;", "a line: ***;"),
        ("password s3cr@t-pw or s3cr%40t-pw", "password *** or ***"),
        (
            "service_account robot@project.iam.gserviceaccount.com",
            "service_account robot@project.iam.gserviceaccount.com",
        ),
        ("postgres://app:…@db.example/app", "postgres://app:…@db.example/app"),
    ] {
        assert_eq!(redacted(&filter, text), expected);
    }
}

#[test]
fn long_secrets_of_one_character_end_in_time() {
    let secret = "a".repeat(1000);
    let filter = filter(&[&secret]);
    let text = format!("{}b", "a".repeat(999)).repeat(20);
    assert_eq!(redacted(&filter, &text), text);
}
