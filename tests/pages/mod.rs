//! The pages that the browser shows in the end, in a real browser, under the headers and the
//! content security policy that they are sent with. The screenshots are kept in `target/tmp/pages`.

mod audit;
mod device;
mod login;

use std::collections::BTreeMap;
use std::fs::File;
use std::future::pending;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;

use xreq::catalog::Catalog;
use xreq::error::{Code, Remedy};
use xreq::oauth::consent::authorization::{Authorization, Wish};
use xreq::oauth::consent::browser::BrowserFailure;
use xreq::oauth::consent::callback::Listener;
use xreq::oauth::consent::page::Page;
use xreq::oauth::consent::redirect_uri::RedirectUri;
use xreq::oauth::consent::wait::{self, Answer, Company, Ways};

use crate::support::chromium::{Chromium, Screen};

const LONG: Duration = Duration::from_mins(1);

const PHONE: Screen = Screen { width: 360, height: 640, scale: 2, mobile: true, dark: false };
const SMALL_PHONE: Screen = Screen { width: 320, height: 568, ..PHONE };
const DESKTOP: Screen = Screen { width: 1280, height: 720, scale: 1, mobile: false, dark: false };

const SCREENS: [(&str, Screen); 5] = [
    ("phone", PHONE),
    ("phone-dark", Screen { dark: true, ..PHONE }),
    ("small-phone", SMALL_PHONE),
    ("desktop", DESKTOP),
    ("desktop-dark", Screen { dark: true, ..DESKTOP }),
];

const SCOPES: [(&str, &str); 4] = [
    ("offline.access", "Get a refresh token, so that the grant outlives its access token"),
    ("tweet.read", "Read every post that the account may see, those of protected users included"),
    ("tweet.write", "Create, repost and delete posts"),
    ("users.read", "See the profiles of users that the account may see"),
];

const ALLOWED: [&str; 3] = [
    "read posts, timelines and search results",
    "create, repost and delete posts",
    "read the profiles of users",
];

const MISSING: [(&str, &str); 2] = [
    ("dm.read", "`x.dm.read` is unmet: the agent cannot read direct messages"),
    ("dm.write", "`x.dm.write` is unmet: the agent cannot send direct messages"),
];

const LONG_WORD: &str = "https://www.provider.example/auth/very.long.scope.that_has_no_\
    place_to_break/0123456789abcdefghijklmnopqrstuvwxyz.readonly";

/// Returns a remedy that lasts as long as the pages.
fn remedy(remedy: Remedy) -> &'static Remedy {
    Box::leak(Box::new(remedy))
}

/// Every page there is, and those with the most unlikely content.
fn pages() -> Vec<(&'static str, Page<'static>)> {
    let connected = |handle, account, scopes, missing| Page::Connected {
        provider: "X",
        handle,
        account,
        allowed: &ALLOWED,
        scopes,
        missing,
        next: Some((&Remedy::Launch, &[])),
    };
    vec![
        ("connected", connected(Some("someone"), "default", &SCOPES, &[])),
        ("partly", connected(Some("someone@provider.example"), "default", &SCOPES[1..], &MISSING)),
        ("nameless", connected(None, "work", &SCOPES, &[])),
        (
            "unlikely",
            Page::Connected {
                provider: "<Größte & längste Plattform der Welt> \u{202e}rotide\u{202c}",
                handle: Some("aVeryLongHandleWithoutAnyPlaceToBreakItWhichNoPlatformWouldHandOut"),
                account: "an-account-with-a-label-that-is-as-long-as-labels-can-be",
                allowed: &[LONG_WORD, "<b>"],
                scopes: &[
                    (LONG_WORD, LONG_WORD),
                    ("<script>alert(1)</script>", "Run `<b>markup</b>` & more"),
                ],
                missing: &[(LONG_WORD, "Nothing ` to see")],
                next: Some((
                    remedy(Remedy::AddScopes {
                        provider: "x".to_owned(),
                        account: Some(
                            "an-account-with-a-label-that-is-as-long-as-labels-can-be".to_owned(),
                        ),
                        part: None,
                        scopes: vec![
                            "https://www.provider.example/auth/very.long.scope".to_owned(),
                        ],
                    }),
                    &[],
                )),
            },
        ),
        (
            "failed",
            Page::Failed {
                provider: "X",
                what: "X gave no tokens for the authorization code: `invalid_request`, \
                       \"Value passed for the authorization code was invalid.\"",
                next: Some(remedy(Remedy::from(
                    "a code lives for 30 seconds and is good once: `xreq connect x` starts again",
                ))),
                code: Code::TokenExchangeFailed,
            },
        ),
        (
            "denied",
            Page::Failed {
                provider: "X",
                what: "the consent was refused on X's page (`access_denied`)",
                next: Some(remedy(Remedy::from("`xreq connect x` asks again"))),
                code: Code::AuthorizationDenied,
            },
        ),
        ("confirm", Page::Confirm { provider: "X" }),
        ("terminal", Page::SeeTerminal),
        ("not-this", Page::NotThis),
        ("too-long", Page::TooLong),
    ]
}

/// Lets the browser come to a page the way that it does in a login: by the redirect.
fn come_to(browser: &mut Chromium, page: &Page<'_>) {
    let uri = RedirectUri::parse("http://127.0.0.1:0/callback").expect("a redirect URI");
    let listener = Listener::bind(&uri).expect("a free port");
    let uri = format!("http://127.0.0.1:{}/callback", listener.port());
    let catalog = Catalog::builtin();
    let provider = catalog.provider("x").expect("the built-in provider");
    let redirect_uri = RedirectUri::parse(&uri).expect("a redirect URI");
    let urls = provider.urls(&BTreeMap::new()).expect("they have no variables");
    let wish = Wish { scopes: &[], adds: false, account: None };
    let authorization = Authorization::new(provider, &urls, "client", redirect_uri, &wish);
    let authorization = authorization.expect("good");
    let authorization = Arc::new(authorization);
    if let Page::NotThis = page {
        // Served while the wait goes on, which the real redirect ends.
        thread::scope(|scope| {
            let waiting = scope.spawn(|| wait(&authorization, listener));
            browser.open(&format!("{uri}?code=1"));
            browser.wait_for("document.readyState == 'complete' && document.querySelector('h1')");
            end(&authorization, &uri);
            waiting.join().expect("no panic").expect("the redirect came");
        });
        return;
    }
    browser.begin_to_open(&redirect(&authorization, &uri));
    let answer = wait(&authorization, listener);
    let held = answer.expect("the browser comes").browser.expect("it is held");
    held.show(page);
    browser.wait_for("document.readyState == 'complete' && document.querySelector('h1')");
}

/// Nobody: no line is pasted, and no browser is started.
struct Alone;

impl Company for Alone {
    fn told(&self, sentence: &str) {
        panic!("{sentence}");
    }

    fn browser_failed(&self, failure: &BrowserFailure) -> xreq::error::Result<()> {
        panic!("{failure:?}");
    }
}

/// A runtime that a thread drives.
static RUNTIME: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(pending::<()>()));
    handle
});

/// Waits for the redirect.
fn wait(authorization: &Arc<Authorization>, listener: Listener) -> xreq::error::Result<Answer> {
    let ways = Ways { listener: Some(listener), ..Ways::default() };
    wait::wait(&RUNTIME, authorization, ways, LONG, &Alone)
}

fn redirect(authorization: &Authorization, uri: &str) -> String {
    let (_, query) = authorization.url().split_once('?').expect("a query");
    let state = query.split('&').find(|pair| pair.starts_with("state=")).expect("a state");
    format!("{uri}?{state}&code=canary-code")
}

/// Sends the real redirect with no browser.
fn end(authorization: &Authorization, uri: &str) {
    use std::io::Write;
    let url = redirect(authorization, uri);
    let rest = url.strip_prefix("http://").expect("a URL");
    let (host, target) = rest.split_at(rest.find('/').expect("a path"));
    let mut stream = std::net::TcpStream::connect(host).expect("somebody listens");
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("it is sent");
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages").join(format!("{name}.png"))
}

/// What a PNG file shows: its width and height, and its pixels as red, green and blue.
fn pixels(path: &Path) -> (u32, u32, Vec<[u8; 3]>) {
    let file = BufReader::new(File::open(path).expect("the screenshot is there"));
    let mut decoder = png::Decoder::new(file);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().expect("a PNG file");
    let mut bytes = vec![0; reader.output_buffer_size().expect("it fits into memory")];
    let frame = reader.next_frame(&mut bytes).expect("a picture");
    let samples = frame.color_type.samples();
    assert!(samples >= 3, "{:?}", frame.color_type);
    let pixels = bytes[..frame.buffer_size()].chunks(samples).map(|p| [p[0], p[1], p[2]]).collect();
    (frame.width, frame.height, pixels)
}

#[test]
fn the_pages_are_readable_on_every_screen() {
    let Some(mut browser) = Chromium::start() else { return };
    for (name, page) in pages() {
        come_to(&mut browser, &page);
        audit::document(&mut browser, name);
        for (screen_name, screen) in SCREENS {
            let name = format!("{name}-{screen_name}");
            browser.show_on(screen);
            audit::unfold(&mut browser, false);
            if screen.height >= PHONE.height {
                audit::fold(&mut browser, &name, first_seen(&page));
            }
            let path = file(&name);
            browser.screenshot(&path);
            picture(&path, screen);
            audit::unfold(&mut browser, true);
            audit::layout(&mut browser, &name);
            browser.screenshot(&file(&format!("{name}-unfolded")));
            if screen.width == PHONE.width {
                audit::accessible(&mut browser, &name);
            }
        }
    }
}

/// The result and the next step, which are seen first.
fn first_seen(page: &Page<'_>) -> &'static [&'static str] {
    match page {
        Page::Connected { provider: "X", .. } => &["h1", ".lead", "#next", "pre"],
        Page::Failed { .. } | Page::NotThis => &["h1", ".lead", "#do", "#do + p"],
        _ => &["h1"],
    }
}

/// Asserts that a screenshot shows a page, in the colours that the user prefers.
#[track_caller]
fn picture(path: &Path, screen: Screen) {
    let (width, height, pixels) = pixels(path);
    let place = path.display();
    assert_eq!(width, screen.width * screen.scale, "{place}");
    assert!(height >= screen.height * screen.scale, "{place}: {height}");
    let brightness = |[r, g, b]: [u8; 3]| (u32::from(r) + u32::from(g) + u32::from(b)) / 3;
    let is_dark = |pixel: &&[u8; 3]| brightness(**pixel) < 128;
    assert_eq!(is_dark(&&pixels[0]), screen.dark, "{place}: {:?}", pixels[0]);
    // Letters and the ground that they stand on; neither is all there is.
    let dark = pixels.iter().filter(is_dark).count();
    let (letters, ground) =
        if screen.dark { (pixels.len() - dark, dark) } else { (dark, pixels.len() - dark) };
    assert!(letters > 1_000 && ground > letters * 4, "{place}: {letters} of {}", pixels.len());
}
