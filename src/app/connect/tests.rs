use std::io::{self, BufRead};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::app::reporter::{Progress, Reporter};
use crate::app::sandbox_home;
use crate::app::sandbox_home::KnownSandbox;
use crate::app::setup::SandboxOffer;
use crate::error::{Advice, wording};
use crate::findings::{Diagnostic, Source};
use crate::sandbox::{self, Decision, Options, Sandbox};
use crate::sys::env::Env;
use crate::sys::files::Trust;

/// Keeps what it is told.
#[derive(Default)]
struct Events(Mutex<Vec<String>>);

impl Events {
    fn add(&self, event: String) {
        self.0.lock().unwrap().push(event);
    }
}

impl Reporter for Events {
    fn warning(&self, advice: Advice) {
        self.add(format!("warning: {}", wording::advice(&advice)));
    }

    fn note(&self, advice: Advice) {
        self.add(format!("note: {}", wording::advice(&advice)));
    }

    fn mishap(&self, error: &Error) {
        self.add(format!("mishap: {error}"));
    }

    fn failure(&self, error: &Error) {
        self.add(format!("failure: {error}"));
    }

    fn findings(&self, _: &Source, findings: &[Diagnostic]) {
        for finding in findings {
            self.add(finding.message.clone());
        }
    }

    fn progress(&self, _: &str) -> Progress {
        Progress::shown(|| ())
    }
}

/// A front end whose person consents as bob, and answers the question whether that is right.
struct Bob {
    reply: Reply,
    asked: Mutex<Vec<String>>,
}

impl Dialog for Bob {
    fn can_confirm(&self) -> bool {
        true
    }

    fn can_paste(&self) -> bool {
        false
    }

    fn client(&self, _: &Provider, _: Option<&SandboxOffer>) -> Result<Option<AskedClient>> {
        Ok(None)
    }

    fn consumer(&self, _: &Provider, _: Option<&SandboxOffer>) -> Result<Option<AskedConsumer>> {
        Ok(None)
    }

    fn announce(&self, announcement: &Announcement<'_>) {
        self.asked.lock().unwrap().push({
            let mut wanted: Vec<_> = announcement.wanted.iter().map(|it| it.name).collect();
            wanted.sort_unstable();
            wanted.join(" ")
        });
    }

    fn invite(&self, invitation: &Invitation<'_>) {
        assert!(invitation.is_awaited && !invitation.is_opened && !invitation.can_paste);
        let url = invitation.url.to_owned();
        let decision = Decision::Grant { account: Some("bob".to_owned()), only: Vec::new() };
        thread::spawn(move || sandbox::decide(&url, &decision).map(drop));
    }

    fn invite_device(&self, _: &DeviceInvitation<'_>) {
        panic!("the consent comes by a redirect");
    }

    fn pasted(&self) -> Box<dyn BufRead + Send> {
        Box::new(io::empty())
    }

    fn end_pasting(&self) {}

    fn confirm(&self, account: &ConsentedAccount<'_>, _: Duration) -> Reply {
        let owner = account.owner.map_or_else(str::to_owned, crate::oauth::account::Owner::named);
        self.asked.lock().unwrap().push(owner);
        self.reply
    }
}

/// Connects `x (mine)` by a front end without a terminal; returns the result, what the person was
/// shown and asked, and the events.
fn connected(
    reply: Reply,
    context: &Context,
    sandbox: &Sandbox,
) -> (Result<Connection>, Vec<String>) {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let redirect_uri = format!("http://127.0.0.1:{port}/callback");
    sandbox.control().add_redirect_uri(redirect_uri.as_str());
    let registration = Registration {
        provider: "x".to_owned(),
        name: "default".to_owned(),
        id: sandbox.client().client_id.clone(),
        url_values: BTreeMap::new(),
        redirect_uri: Some(redirect_uri),
        catalog: Vec::new(),
    };
    let secret = sandbox.client().client_secret.clone();
    clients::set(&registration, |_| Ok(secret), context).unwrap();
    let options = ConnectOptions {
        provider: Some("x".to_owned()),
        account: "mine".to_owned(),
        client: None,
        keys: vec!["x.tweet.read".to_owned()],
        add_scopes: Vec::new(),
        part: None,
        expect: None,
        may_replace: false,
        way: AnswerWay::Usual,
        level: None,
        may_open: false,
        patience: Duration::from_mins(1),
        manifest: None,
        catalog: Vec::new(),
    };
    let bob = Bob { reply, asked: Mutex::default() };
    let connection = connect(&options, &bob, context, &mut LastPage::default());
    (connection, bob.asked.into_inner().unwrap())
}

#[test]
fn a_front_end_without_a_terminal_connects_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(Options { port: 0, ..Options::default() }).unwrap();
    let events = Arc::new(Events::default());
    let reporter = Arc::clone(&events) as Arc<dyn Reporter>;
    let env = Env::from_iter([("XREQ_HOME", folder.path())]);
    let context = Context::new(env.clone(), Trust::new(&[]), true, reporter);
    let known = KnownSandbox::of(&sandbox, sandbox.client());
    sandbox_home::prepare(folder.path(), vec![known], &env, &context).unwrap();

    let (refused, asked) = connected(Reply::No, &context, &sandbox);
    assert_eq!(refused.err().map(|error| error.code()), Some(Code::AccountUnconfirmed));
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(context.store().unwrap().grant_names().unwrap().is_empty());

    let (connection, asked) = connected(Reply::Yes, &context, &sandbox);
    let Connection { mut grants, unmet, .. } = connection.unwrap();
    let ConnectedGrant { grant, missing, unnamed } = grants.pop().unwrap();
    assert!(grants.is_empty());
    assert_eq!(asked[0], "offline.access tweet.read users.read");
    assert!(asked[1].contains("@bob"), "{asked:?}");
    assert_eq!((grant.handle.as_deref(), unnamed), (Some("bob"), None));
    assert_eq!(grant.scopes.to_string(), asked[0]);
    assert!(missing.is_empty() && unmet.is_none());
    assert_eq!(events.0.lock().unwrap()[..], [""; 0]);
}
