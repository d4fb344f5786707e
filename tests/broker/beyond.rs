//! Other hosts behind a company's proxy, which the user's environment names.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// A proxy that answers in the place of every host, and keeps what it was asked for.
struct CompanyProxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl CompanyProxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(&stream, &kept));
            }
        });
        Self { port, asked }
    }

    /// Takes what it was asked for since the last time.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("nobody panics"))
    }

    fn url(&self) -> String {
        format!("http://user:word@127.0.0.1:{}", self.port)
    }
}

fn serve(mut stream: &TcpStream, kept: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
    let head = head(&mut reader);
    let line = head[0].clone();
    // `user:word`, as of RFC 7617.
    let is_known = head.iter().any(|line| line.to_lowercase().ends_with("basic dxnlcjp3b3jk"));
    let target = line.rsplit_once(' ').expect("a request").0.to_owned();
    kept.lock().expect("nobody panics").push(target);
    let answer =
        |body: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    if !is_known {
        let _ = stream.write_all(b"HTTP/1.1 407 no\r\ncontent-length: 0\r\n\r\n");
    } else if line.starts_with("CONNECT") {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        self::head(&mut reader);
        let _ = stream.write_all(answer("inside").as_bytes());
    } else {
        let _ = stream.write_all(answer("whole").as_bytes());
    }
}

fn head(reader: &mut impl BufRead) -> Vec<String> {
    let lines = reader.lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() { vec![" ".to_owned()] } else { lines }
}

/// Runs a script below a broker whose environment names the proxy.
fn behind(house: &House, proxy: &str, options: &[&str], script: &str) -> Ran {
    let mut command = brokered(house, options, &format!("{CALL}{script}"));
    command.env("HTTP_PROXY", proxy).env("HTTPS_PROXY", proxy);
    command.env("NO_PROXY", "127.0.0.1,near.invalid");
    Ran::of(&mut command)
}

const TUNNEL: &str = "curl -sS -p --noproxy '' -w ' %{http_connect} ' http://far.example/; \
                      curl -sS --noproxy '' -w ' %{http_code} ' http://far.example/page";

#[test]
fn other_hosts_are_reached_by_the_proxy_of_the_environment() {
    let (house, proxy) = (house(), CompanyProxy::start());
    let ran = behind(&house, &proxy.url(), &[], TUNNEL).succeeds();
    assert_eq!(ran.stdout, "inside 200 whole 200 ");
    assert_eq!(proxy.asked(), ["CONNECT far.example:80", "GET http://far.example/page"]);
    // An exception is reached without it: it has no address.
    let near = TUNNEL.replace("far.example", "near.invalid").replace(" -w", " -o /dev/null -w");
    let ran = behind(&house, &proxy.url(), &[], &format!("{near}; true")).succeeds();
    assert_eq!(ran.stdout, " 502  502 ");
    assert_eq!(proxy.asked(), [""; 0]);
}

#[test]
fn a_proxy_that_wants_credentials_is_no_answer_for_the_agent() {
    let (house, proxy) = (house(), CompanyProxy::start());
    let url = proxy.url().replace("user:word@", "");
    let script = format!("{TUNNEL}; true");
    let ran = behind(&house, &url, &[], &script).succeeds();
    assert_eq!(proxy.asked().len(), 2);
    assert!(ran.stdout.starts_with(" 502 ") && ran.stdout.ends_with(" 502 "), "{}", ran.stdout);
    assert!(ran.stdout.contains("the proxy of this machine wants credentials"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("word") && !ran.stderr.contains("word"));
}

#[test]
fn threat_20_an_address_with_a_zone_is_no_name() {
    let (house, proxy) = (house(), CompanyProxy::start());
    // Clients leave the zone out; this one writes what it likes.
    let script = r#"python3 -c "
import base64, os, socket, urllib.parse
proxy = urllib.parse.urlsplit(os.environ['HTTP_PROXY'])
word = base64.b64encode(f'{proxy.username}:{proxy.password}'.encode()).decode()
for host in ('[::1%25lo]', '[::ffff:169.254.169.254%25eth0]', 'localhost.localdomain', 'a%2eb'):
    with socket.create_connection((proxy.hostname, proxy.port)) as stream:
        stream.sendall(f'GET http://{host}/ HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic {word}\r\n\r\n'.encode())
        print(stream.recv(12).decode().split()[1])
""#;
    let ran = behind(&house, &proxy.url(), &[], script).succeeds();
    let statuses: Vec<_> = ran.stdout.split_whitespace().collect();
    assert!(statuses.len() == 4 && statuses.iter().all(|it| it.starts_with('4')), "{statuses:?}");
    assert_eq!(proxy.asked(), [""; 0]);
}

#[test]
fn threat_20_behind_a_proxy_names_decide() {
    let (house, proxy) = (house(), CompanyProxy::start());
    let status = |host: &str| {
        format!(
            "curl -sS -p --noproxy '' -o /dev/null -w '%{{http_connect}} ' http://{host}/; \
             curl -sS --noproxy '' -o /dev/null -w '%{{http_code}} ' http://{host}/; "
        )
    };
    // Where others are let through, names pass and addresses do not.
    for host in [
        "10.1.2.3",
        "169.254.169.254",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "localhost",
        "a.localhost",
    ] {
        let ran = behind(&house, &proxy.url(), &[], &format!("{}true", status(host))).succeeds();
        assert_eq!(ran.stdout, "403 403 ", "{host}");
    }
    assert_eq!(proxy.asked(), [""; 0]);
    let named = ["--egress", "deny", "--egress-host", "named.example", "--egress-host", "10.1.2.3"];
    for (host, expected) in
        [("named.example", "200 200 "), ("10.1.2.3", "200 200 "), ("far.example", "403 403 ")]
    {
        let ran = behind(&house, &proxy.url(), &named, &format!("{}true", status(host))).succeeds();
        assert_eq!(ran.stdout, expected, "{host}");
        assert_eq!(proxy.asked().len(), if expected.starts_with('2') { 2 } else { 0 }, "{host}");
    }
    let ran =
        behind(&house, &proxy.url(), &named[..2], "call https://api.x.com/2/users/me").succeeds();
    assert!(ran.stdout.contains("alice"), "an API host passes: {}", ran.stdout);
}
